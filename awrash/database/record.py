"""The ground of the records: session, column kinds, and how each database is opened.

SQLite loses updates with the driver's defaults: what writes takes its lock when it begins
(`BEGIN IMMEDIATE`), what only reads opens with `BEGIN` and never waits in the writers' queue.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from flask_sqlalchemy.session import Session
from sqlalchemy import (
    String,
    Table,
    and_,
    event,
    inspect,
    select,
)
from sqlalchemy.orm import (
    Mapped,
    Mapper,
    RelationshipDirection,
    declared_attr,
    mapped_column,
)

from awrash.database.columns import CODE, NAME, SEARCH_LENGTH, column, field
from awrash.database.session import Base, RecordSession, db
from awrash.values.language import _l, localized


class Record(db.Model):  # type: ignore[name-defined,misc]
    """A record of the office: numbered, and counted at each change so that no edit is lost."""

    __abstract__ = True
    __rules__: tuple[Any, ...] = ()
    __search__: tuple[str, ...] = ()  # fields that the search box reads
    __sounds__: tuple[str, ...] = ()  # Latin names that the counter finds by their sound
    __shown__: tuple[str, ...] = ("id",)  # what names it in a list, a link, a sentence
    __between__: str = " · "
    __key__: str = "id"  # the natural key, dotted where it crosses a relation
    __given__: tuple[str, ...] = ()  # numbers, receipts, signatures: once one is written, the record is never deleted
    __traced__: str | None = None  # the field that names it in the audit's lists; None for its name and number
    why: str | None = None  # the reason given for the step being taken; the audit line keeps it

    id: Mapped[int] = mapped_column(primary_key=True, info=field("#"))
    version: Mapped[int] = mapped_column(nullable=False, server_default="1", info=field("version"))

    @classmethod
    def __table_cls__(cls, *parts: Any, **options: Any) -> Table | None:
        """SQLite gives the last number again unless told not to: what a trace or a paper names is one record."""
        made: Table | None = super().__table_cls__(*parts, sqlite_autoincrement=True, **options)
        return made

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}

    def __str__(self) -> str:
        return self.__between__.join(filter(None, (name_part(value_at(self, path), path) for path in self.__shown__)))


def record_named(name: str) -> Any:
    """The kind of record of a table's name."""
    return next(one.class_ for one in Base.registry.mappers if one.class_.__tablename__ == name)


def rows_about(kept: Any, records: Iterable[Any]) -> Iterator[Any]:
    """What selects the rows of `kept` about these records, kind by kind."""
    numbers: dict[str, list[int]] = {}
    for record in records:
        numbers.setdefault(record.__tablename__, []).append(record.id)
    for name, some in numbers.items():
        yield and_(kept.record == name, kept.record_id.in_(some))


def value_at(record: Any, path: str) -> Any:
    """What stands at the end of a dotted path; a stem such as `name` is read in the language served."""
    for step in path.split("."):
        if record is None:
            return None
        record = getattr(record, step) if hasattr(record, step) else localized(record, step)
    return record


def records_at(record: Any, path: str) -> Iterator[Any]:
    """The records at the end of a path of relations, to one or to many."""
    step, _dot, rest = path.partition(".")
    found = getattr(record, step)
    for one in found if isinstance(found, list) else [found] if found is not None else []:
        yield from records_at(one, rest) if rest else (one,)


def name_part(value: Any, path: str = "") -> str:
    """A value inside a record's name: a word by its label, a month without its day."""
    if value is None:
        return ""
    if path == "month":
        return f"{value:%Y-%m}"
    return str(getattr(value, "label", value))


@event.listens_for(Record, "init", propagate=True)
def set_defaults(record: Record, _: Any, values: dict[str, Any]) -> None:
    """Scalar defaults at construction, or rules would read None before the flush."""
    for each in record.__table__.columns:
        default = each.default
        if default is not None and default.is_scalar and each.key not in values:
            values[each.key] = default.arg


class Searchable(Record):
    """A record that the search box finds by the fields in `__search__`."""

    __abstract__ = True

    search_text: Mapped[str | None] = mapped_column(String(SEARCH_LENGTH))


class Named(Record):
    """A record with a name in Arabic and one in French."""

    __abstract__ = True
    __shown__: tuple[str, ...] = ("name",)

    name_ar: Mapped[str] = column(_l("Name in Arabic"), type_=NAME)
    name_fr: Mapped[str] = column(_l("Name in French"), type_=NAME)


class Coded(Named):
    """A word of the office's own lists, found by its code or either name."""

    __abstract__ = True
    __key__, __aliases__ = "code", ("name_ar", "name_fr")
    __traced__ = "code"

    code: Mapped[str] = column(_l("Code"), type_=CODE, unique=True)


@event.listens_for(Mapper, "mapper_configured")
def carry_labels(mapper: Mapper[Any], _: type) -> None:
    """A column's label and rules, found on its mapped field as they are on a relation."""
    for attribute in mapper.column_attrs:
        attribute.info.update(attribute.columns[0].info)


# ---- what a record was before the change that is about to be written


def is_new(record: Any) -> bool:
    """Not written yet: a record being made."""
    return not inspect(record).persistent


def is_deleted(record: Any) -> bool:
    session = inspect(record).session
    return session is not None and record in session.deleted


def value_before(record: Any, name: str) -> Any:
    """A field's value as the database has it; None while the record is being made."""
    if is_new(record):
        return None
    history = inspect(record).attrs[name].history
    return (history.deleted or history.unchanged or [None])[0]


def list_before(record: Any, name: str) -> list[Any]:
    """What a list of records held as the database has it; nothing while its record is being made."""
    if is_new(record):
        return []
    getattr(record, name)  # a list that was never read has no history
    history = inspect(record).attrs[name].history
    return [*history.unchanged, *history.deleted]


def relation_changed(record: Any, *names: str) -> bool:
    """Whether any of these relations to one record is about to lead to another one."""
    for name in names:
        other = getattr(record, name)
        if changed(record, f"{name}_id") or value_before(record, f"{name}_id") != (None if other is None else other.id):
            return True
    return False


def changed(record: Any, *names: str) -> bool:
    """Whether any of the fields, or any column at all, is about to change; all of a new record's are."""
    if is_new(record):
        return True
    known = inspect(record)
    fields = names or [one.key for one in known.mapper.column_attrs if one.key not in ("version", "search_text")]
    return any(known.attrs[name].history.has_changes() for name in fields)


def lock_version(record: Any) -> int | None:
    """A record's version in the database, held until the end: who changes it now is waited for; None if it is gone.

    What the session read before may be older: the record, its lines and lists are read one after the other.
    """
    asked = select(type(record).version).where(type(record).id == record.id)
    with db.session.no_autoflush:
        found: int | None = db.session.scalar(asked.with_for_update())
    return found


# ---- lines of a record


@cache
def parent_relation(kind: Mapper[Any]) -> str | None:
    """The relation of a line to the record that it is part of; None for a record that stands by itself."""
    for way in kind.relationships:
        there = way.mapper.relationships.get(way.back_populates or "")
        if way.direction is RelationshipDirection.MANYTOONE and there is not None and there.cascade.delete_orphan:
            return way.key
    return None


def parent_of(line: Any) -> Any:
    """The record that a line is part of, also of a line just taken out of it; None for what stands by itself."""
    way = parent_relation(inspect(line).mapper)
    return way and (getattr(line, way) or value_before(line, way))


@event.listens_for(RecordSession, "before_flush")
def delete_removed_lines(session: Session, *_: Any) -> None:
    """A line taken out of its record is deleted, for the rules and the trace as for the database."""
    for line in session.dirty:
        way = parent_relation(inspect(line).mapper)
        if way and changed(line, way) and getattr(line, way) is None:
            session.delete(line)


def label_of(record: Any, path: str) -> str:
    """The label of a field at the end of a path; a field of a relation names the relation too."""
    *relations, name = path.split(".")
    label = None
    for relation in relations:
        way = inspect(record).relationships[relation]
        record, label = way.mapper.class_, way.info.get("label")
    own = inspect(record).attrs[name].info.get("label", name)
    if label is None:
        return str(own)
    return str(_l("%(relation)s: %(field)s")) % {"relation": label, "field": own}
