"""What every record is: its number and version, its name, what it was before a change, the lines that it owns."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, Protocol

from flask_sqlalchemy.session import Session
from sqlalchemy import ColumnElement, String, Table, and_, event, inspect, not_, or_, select
from sqlalchemy.orm import InstanceState, Mapped, Mapper, RelationshipDirection, declared_attr, mapped_column

from awrash.database.columns import CODE, NAME, SEARCH_LENGTH, column, field
from awrash.database.session import Base, RecordSession, db, only_asks, only_reading
from awrash.values.language import _l, localized
from awrash.values.spelling import SOUNDS_BEGIN


class RecordRule(Protocol):
    """A rule of a whole record: `check` refuses what is about to be written, `closed` whatever would be."""

    def check(self, record: Any, /) -> None: ...

    def closed(self, record: Any, /) -> None: ...


class Record(db.Model):  # type: ignore[name-defined,misc]
    """A record of the office: numbered, and counted at each change so that no edit is lost."""

    __abstract__ = True
    __rules__: tuple[RecordRule, ...] = ()
    __search__: tuple[str, ...] = ()  # fields that the search box reads
    __sounds__: tuple[str, ...] = ()  # Latin names that the counter finds by their sound
    __shown__: tuple[str, ...] = ("id",)  # what names it in a list, a link, a sentence
    __between__: str = " · "  # what stands between the parts of that name
    __key__: str = "id"  # the natural key, dotted where it crosses a relation
    __given__: tuple[str, ...] = ()  # numbers, receipts, signatures: once one is written, the record is never deleted
    __traced__: str | None = None  # the field that names it in the audit's lists; None for its name and number
    __confided_to__: tuple[str, ...] = ()  # the roles that read what a confidential record says
    __confided__: tuple[str, ...] = ()  # the fields that tell it, and whose it is
    why: str | None = None  # the reason given for the step being taken; the audit line keeps it

    id: Mapped[int] = mapped_column(primary_key=True, info=field("#"))
    version: Mapped[int] = mapped_column(nullable=False, server_default="1", info=field("version"))

    @classmethod
    def __table_cls__(cls, *parts: Any, **options: Any) -> Table | None:
        """SQLite gives the last number again unless told not to: what a trace or a paper names is one record."""
        table: Table | None = super().__table_cls__(*parts, sqlite_autoincrement=True, **options)
        return table

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}

    def __str__(self) -> str:
        return self.__between__.join(filter(None, (name_part(value_at(self, path), path) for path in self.__shown__)))


def record_named(table: str) -> Any:
    """The class of the records that a table holds; StopIteration when there is no such table."""
    return next(mapper.class_ for mapper in Base.registry.mappers if mapper.class_.__tablename__ == table)


def mapper_of(record: object) -> Mapper[Any]:
    """How the class of a record is mapped: its columns, its relations, and what their `info` carries."""
    mapper: Mapper[Any] = inspect(type(record), raiseerr=True)
    return mapper


def rows_about(kind: Any, records: Iterable[Record]) -> Iterator[ColumnElement[bool]]:
    """The conditions that select the rows of `kind` about these records, one for each kind of record among them.

    `kind` names a record by its table and number, as an attachment or an issued paper does.
    """
    numbers: dict[str, list[int]] = {}
    for record in records:
        numbers.setdefault(record.__tablename__, []).append(record.id)
    for table, ids in numbers.items():
        yield and_(kind.record == table, kind.record_id.in_(ids))


def value_at(record: Any, path: str) -> Any:
    """The value at the end of a dotted path; None when a relation on the way leads nowhere.

    A stem such as `name` is read in the language served, as `name_ar` or `name_fr`.
    """
    for step in path.split("."):
        if record is None:
            return None
        record = getattr(record, step) if hasattr(record, step) else localized(record, step)
    return record


def records_at(record: object, path: str) -> Iterator[Any]:
    """The records at the end of a path of relations, to one or to many."""
    step, _dot, rest = path.partition(".")
    related = getattr(record, step)
    for other in related if isinstance(related, list) else [related] if related is not None else []:
        yield from records_at(other, rest) if rest else (other,)


def name_part(value: object, path: str = "") -> str:
    """A value inside a record's name: a word by its label, a month without its day."""
    if value is None:
        return ""
    if path == "month":
        return f"{value:%Y-%m}"
    return str(getattr(value, "label", value))


@event.listens_for(Record, "init", propagate=True)
def set_defaults(record: Record, _: object, values: dict[str, Any]) -> None:
    """Scalar defaults at construction, or rules would read None before the flush."""
    for stored in record.__table__.columns:
        default = stored.default
        if default is not None and default.is_scalar and stored.key not in values:
            values[stored.key] = default.arg


class Searchable(Record):
    """A record that the search box finds by the fields in `__search__`."""

    __abstract__ = True

    search_text: Mapped[str | None] = mapped_column(String(SEARCH_LENGTH))


def holds_word(kind: type[Searchable], word: str) -> ColumnElement[bool]:
    """Whether a record's texts hold a folded word; one letter alone is looked for where a word begins."""
    return begins_word(kind, word) if len(word) == 1 and word.isalpha() else _texts_are_like(kind, word, "%")


def begins_word(kind: type[Searchable], word: str) -> ColumnElement[bool]:
    """Whether a word of a record's texts begins with a folded word."""
    return _texts_are_like(kind, word, "", "% ")


def _texts_are_like(kind: type[Searchable], word: str, *beginnings: str) -> ColumnElement[bool]:
    """Whether the texts of a record have a word after one of these patterns; sounds that follow don't count."""
    plain = "".join(f"/{sign}" if sign in "%_/" else sign for sign in word)
    without_sounds = not_(kind.search_text.contains(SOUNDS_BEGIN))
    return or_(
        *(kind.search_text.like(f"{before}{plain}%{SOUNDS_BEGIN}%", escape="/") for before in beginnings),
        *(and_(without_sounds, kind.search_text.like(f"{before}{plain}%", escape="/")) for before in beginnings),
    )


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
    """Give a mapped field the label and rules of its column, where those of a relation stand too."""
    for attribute in mapper.column_attrs:
        attribute.info.update(attribute.columns[0].info)


# ---- what a record was before the change that is about to be written


def is_new(record: object) -> bool:
    """Whether a record is being made: it is not written yet."""
    return not state_of(record).persistent


def is_deleted(record: object) -> bool:
    """Whether a record is about to be deleted."""
    session = state_of(record).session
    return session is not None and record in session.deleted


def value_before(record: object, name: str) -> Any:
    """A field's value as the database has it; None while the record is being made."""
    if is_new(record):
        return None
    history = state_of(record).attrs[name].history
    return (history.deleted or history.unchanged or [None])[0]


def list_before(record: object, name: str) -> list[Any]:
    """What a list of records held as the database has it; nothing while its record is being made."""
    if is_new(record):
        return []
    getattr(record, name)  # a list that was never read has no history
    history = state_of(record).attrs[name].history
    return [*history.unchanged, *history.deleted]


def relation_changed(record: object, *names: str) -> bool:
    """Whether any of these relations to one record is about to lead to another one."""
    for name in names:
        other = getattr(record, name)
        if changed(record, f"{name}_id") or value_before(record, f"{name}_id") != (None if other is None else other.id):
            return True
    return False


def changed(record: object, *names: str) -> bool:
    """Whether any of the fields, or any column at all, is about to change; all of a new record's are."""
    if is_new(record):
        return True
    state = state_of(record)
    columns = (column.key for column in state.mapper.column_attrs if column.key not in ("version", "search_text"))
    return any(state.attrs[name].history.has_changes() for name in names or columns)


def state_of(record: object) -> InstanceState[Any]:
    """What the session knows of a record: whether it is written, and what each field held before."""
    state: InstanceState[Any] = inspect(record, raiseerr=True)
    return state


def lock_version(record: Record) -> int | None:
    """A record's version as the database has it, its row locked to the end of the transaction; None if it is gone.

    What the session read before may be older: the record, its lines and lists are read one after the other.
    """
    kind = type(record)
    with db.session.no_autoflush:
        version: int | None = db.session.scalar(select(kind.version).where(kind.id == record.id).with_for_update())
    return version


def lock_row(record: Record) -> None:
    """Lock a record's row to the end of the transaction: who counts on what it allows waits for who did so before.

    A transaction that only reads, or only asks what would refuse its work, takes nothing and locks nothing.
    """
    if record.id is not None and not only_reading.get() and not only_asks(db.session):
        kind = type(record)
        with db.session.no_autoflush:
            db.session.execute(select(kind.id).where(kind.id == record.id).with_for_update(key_share=True))


def lock_and_refresh(record: Record) -> None:
    """Lock a record to the end of the transaction and read it anew: what somebody else just wrote counts.

    Work that is only asked about locks nothing: opening a page waits for nobody.
    """
    if not only_asks(db.session):
        db.session.refresh(record, with_for_update=True)


# ---- lines of a record


@cache
def parent_relation(kind: Mapper[Any]) -> str | None:
    """The relation of a line to the record that it is part of; None for a record that stands by itself."""
    for relation in kind.relationships:
        lines = relation.mapper.relationships.get(relation.back_populates or "")
        is_to_one = relation.direction is RelationshipDirection.MANYTOONE
        if is_to_one and lines is not None and lines.cascade.delete_orphan:
            return relation.key
    return None


def parent_of(line: object) -> Any:
    """The record that a line is part of, also of a line just taken out of it; None for what stands by itself."""
    relation = parent_relation(mapper_of(line))
    return relation and (getattr(line, relation) or value_before(line, relation))


@event.listens_for(RecordSession, "before_flush")
def delete_removed_lines(session: Session, *_: object) -> None:
    """A line taken out of its record is deleted, for the rules and the trace as for the database."""
    for line in session.dirty:
        relation = parent_relation(mapper_of(line))
        if relation and changed(line, relation) and getattr(line, relation) is None:
            session.delete(line)


def label_of(kind: type[Record], path: str) -> str:
    """The label of a field at the end of a path from a kind of record; a field of a relation names the relation too."""
    *relations, name = path.split(".")
    mapper: Mapper[Any] = inspect(kind)
    relation_label = None
    for relation in relations:
        relationship = mapper.relationships[relation]
        mapper, relation_label = relationship.mapper, relationship.info.get("label")
    described: Any = mapper.attrs[name] if name in mapper.attrs else mapper.all_orm_descriptors[name]
    field_label = described.info.get("label", name)
    if relation_label is None:
        return str(field_label)
    return str(_l("%(relation)s: %(field)s")) % {"relation": relation_label, "field": field_label}


def is_computed(kind: type[Record], path: str) -> bool:
    """Whether a path ends in a figure that no column keeps and that SQL works out as well as Python."""
    *relations, name = path.split(".")
    mapper: Mapper[Any] = inspect(kind)
    for relation in relations:
        mapper = mapper.relationships[relation].mapper
    return name not in mapper.attrs and name in mapper.all_orm_descriptors
