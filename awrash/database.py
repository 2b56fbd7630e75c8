"""The ground of the records: session, column kinds, and how each database is opened.

SQLite loses updates with the driver's defaults: what writes takes its lock when it begins
(`BEGIN IMMEDIATE`), what only reads opens with `BEGIN` and never waits in the writers' queue.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from sqlalchemy import (
    JSON,
    Column,
    Date,
    DateTime,
    Dialect,
    Enum,
    ForeignKey,
    Index,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    and_,
    event,
    inspect,
    select,
    text,
)
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Mapper,
    ORMExecuteState,
    RelationshipDirection,
    declared_attr,
    mapped_column,
    relationship,
)

from awrash.language import _l, localized

only_reading: ContextVar[bool] = ContextVar("only_reading", default=False)

SEARCH_LENGTH = 600
NAME, TEXT, CODE = String(160), Text(), String(40)

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)


class UnvouchedStatement(RuntimeError):
    """A bulk statement passed by the rules without naming the check that stands for them."""


class RecordSession(Session):
    """A session in which nothing is written without its rules."""

    def bulk_save_objects(self, *_: Any, **__: Any) -> None:
        raise UnvouchedStatement("bulk_save_objects passes by the rules")

    bulk_insert_mappings = bulk_update_mappings = bulk_save_objects  # type: ignore[assignment]


db = SQLAlchemy(model_class=Base, session_options={"class_": RecordSession})


@event.listens_for(RecordSession, "do_orm_execute")
def refuse_unvouched_statements(state: ORMExecuteState) -> None:
    """A bulk statement names in `vouched_by` the set-based check that stands for the rules."""
    writes = state.is_insert or state.is_update or state.is_delete
    if writes and not state.execution_options.get("vouched_by"):
        raise UnvouchedStatement(str(state.statement))


def open_database(engine: Engine) -> None:
    """Set a new engine up for many people at once."""
    if engine.dialect.name != "sqlite":
        event.listen(engine, "connect", without_jit)
        return

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # the driver's own BEGIN comes too late
        for pragma in ("foreign_keys=ON", "journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if only_reading.get() else "BEGIN IMMEDIATE")


@contextmanager
def writing() -> Iterator[Connection]:
    """A short transaction of its own, kept at its end, inside a page that otherwise only reads.

    Never inside work that writes: on SQLite it would wait for the lock that the work holds.
    """
    mode = only_reading.set(False)
    try:
        with db.engine.begin() as connection:
            yield connection
    finally:
        only_reading.reset(mode)


def without_jit(connection: Any, _: Any) -> None:
    """PostgreSQL compiles the pay formula far longer than it computes: 10.9 s against 1.7 s on 100,000 wages."""
    connection.autocommit = True
    connection.execute("SET jit = off")
    connection.autocommit = False


def field(label: Any, *rules: Any, help: Any = None, **more: Any) -> dict[str, Any]:
    """What a column or relation carries for every door: its label, its rules, its help line."""
    return {"label": label, "rules": rules, "help": help, **more}


class Instant(TypeDecorator[datetime]):
    """An aware instant; SQLite keeps no time zone, so UTC goes in and UTC comes out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("an instant carries its time zone")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


class Month(TypeDecorator[date]):
    """A month, kept as its first day."""

    impl = Date
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> date | None:
        if value is not None and value.day != 1:
            raise ValueError("a month is kept as its first day")
        return value


class Words(TypeDecorator[list[Any]]):
    """A few words of one enumeration, kept as JSON."""

    impl = JSON
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: Sequence[Any] | None, dialect: Dialect) -> Any:
        return None if value is None else [self.words(word).value for word in value]

    def process_result_value(self, value: Any, dialect: Dialect) -> list[Any] | None:
        return None if value is None else [self.words(word) for word in value]


def word_type(words: type[StrEnum], checked: bool = True) -> Enum:
    """The column type of an enumeration: text with a CHECK, the same on both databases; none for a list that grows."""
    name = "".join(f"_{c.lower()}" if c.isupper() else c for c in words.__name__).lstrip("_")
    return Enum(
        words,
        native_enum=False,
        create_constraint=checked,
        length=30,
        name=name,
        values_callable=lambda kind: [word.value for word in kind],
    )


def word_column(words: type[StrEnum], label: Any, *rules: Any, **options: Any) -> Mapped[Any]:
    """A choice among words, an ordinary form field."""
    more = {key: options.pop(key) for key in ("help",) if key in options}
    return mapped_column(word_type(words, options.pop("checked", True)), info=field(label, *rules, **more), **options)


def state_column(first: Any, label: Any, steps: Any) -> Mapped[Any]:
    """A state: never a form field, moved by operations along its steps.

    `active_history` because an expired object's change of state would have no old value.
    """
    return mapped_column(
        word_type(type(first)),
        default=first,
        index=True,
        nullable=False,
        active_history=True,
        info=field(label, steps=steps),
    )


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
        return self.__between__.join(filter(None, (shown(reach(self, path), path) for path in self.__shown__)))


def record_named(name: str) -> Any:
    """The kind of record of a table's name."""
    return next(one.class_ for one in Base.registry.mappers if one.class_.__tablename__ == name)


def by_kind(kept: Any, records: Iterable[Any]) -> Iterator[Any]:
    """What selects the rows of `kept` about these records, kind by kind."""
    numbers: dict[str, list[int]] = {}
    for record in records:
        numbers.setdefault(record.__tablename__, []).append(record.id)
    for name, some in numbers.items():
        yield and_(kept.record == name, kept.record_id.in_(some))


def reach(record: Any, path: str) -> Any:
    """What stands at the end of a dotted path; a stem such as `name` is read in the language served."""
    for step in path.split("."):
        if record is None:
            return None
        record = getattr(record, step) if hasattr(record, step) else localized(record, step)
    return record


def walk(record: Any, path: str) -> Iterator[Any]:
    """The records at the end of a path of relations, to one or to many."""
    step, _dot, rest = path.partition(".")
    found = getattr(record, step)
    for one in found if isinstance(found, list) else [found] if found is not None else []:
        yield from walk(one, rest) if rest else (one,)


def shown(value: Any, path: str = "") -> str:
    """A value inside a record's name: a word by its label, a month without its day."""
    if value is None:
        return ""
    if path == "month":
        return f"{value:%Y-%m}"
    return str(getattr(value, "label", value))


@event.listens_for(Record, "init", propagate=True)
def set_defaults(record: Record, _: Any, values: dict[str, Any]) -> None:
    """Scalar defaults at construction, or rules would read None before the flush."""
    for column in record.__table__.columns:
        default = column.default
        if default is not None and default.is_scalar and column.key not in values:
            values[column.key] = default.arg


def column(label: Any, *rules: Any, type_: Any = None, help: Any = None, **options: Any) -> Mapped[Any]:
    """A column with what every door needs of it: label, rules, help line."""
    return mapped_column(type_, info=field(label, *rules, help=help), **options)


def to(label: Any, back: str | None = None, **options: Any) -> Any:
    """A relation to another record, or to many; `back` names the relation on the other side."""
    if back and back[:1].isupper():
        return relationship(back, info=field(label), **options)
    return relationship(back_populates=back, info=field(label), **options)


def parts(label: Any, back: str, **options: Any) -> Mapped[Any]:
    """Lines that live and die with their record."""
    return relationship(back_populates=back, cascade="all, delete-orphan", info=field(label), **options)


def owner(table: str, required: bool = True, **options: Any) -> Mapped[Any]:
    """A foreign key, indexed; its label and rules stand on the relation."""
    return mapped_column(ForeignKey(f"{table}.id"), index=True, nullable=not required, **options)


def one_of(name: str, columns: str, where: str) -> Index:
    """At most one row of the columns' values among those that match, whoever writes at once."""
    return Index(name, *columns.split(), unique=True, sqlite_where=text(where), postgresql_where=text(where))


def link(name: str, left: str, right: str) -> Table:
    """A table that only links two records."""
    return Table(
        name,
        Base.metadata,
        Column(f"{left}_id", ForeignKey(f"{left}.id", ondelete="CASCADE"), primary_key=True),
        Column(f"{right}_id", ForeignKey(f"{right}.id"), primary_key=True, index=True),
    )


class Searched(Record):
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


def before(record: Any, name: str) -> Any:
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


def repointed(record: Any, *names: str) -> bool:
    """Whether any of these relations to one record is about to lead to another one."""
    for name in names:
        other = getattr(record, name)
        if changed(record, f"{name}_id") or before(record, f"{name}_id") != (None if other is None else other.id):
            return True
    return False


def changed(record: Any, *names: str) -> bool:
    """Whether any of the fields, or any column at all, is about to change; all of a new record's are."""
    if is_new(record):
        return True
    known = inspect(record)
    fields = names or [one.key for one in known.mapper.column_attrs if one.key not in ("version", "search_text")]
    return any(known.attrs[name].history.has_changes() for name in fields)


def version_held(record: Any) -> int | None:
    """A record's version in the database, held until the end: who changes it now is waited for; None if it is gone.

    What the session read before may be older: the record, its lines and lists are read one after the other.
    """
    asked = select(type(record).version).where(type(record).id == record.id)
    with db.session.no_autoflush:
        found: int | None = db.session.scalar(asked.with_for_update())
    return found


# ---- lines of a record


@cache
def way_to_whole(kind: Mapper[Any]) -> str | None:
    """The relation of a line to the record that it is part of; None for a record that stands by itself."""
    for way in kind.relationships:
        there = way.mapper.relationships.get(way.back_populates or "")
        if way.direction is RelationshipDirection.MANYTOONE and there is not None and there.cascade.delete_orphan:
            return way.key
    return None


def whole_of(line: Any) -> Any:
    """The record that a line is part of, also of a line just taken out of it; None for what stands by itself."""
    way = way_to_whole(inspect(line).mapper)
    return way and (getattr(line, way) or before(line, way))


@event.listens_for(RecordSession, "before_flush")
def delete_what_was_taken_out(session: Session, *_: Any) -> None:
    """A line taken out of its record is deleted, for the rules and the trace as for the database."""
    for line in session.dirty:
        way = way_to_whole(inspect(line).mapper)
        if way and changed(line, way) and getattr(line, way) is None:
            session.delete(line)
