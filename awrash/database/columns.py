"""The kinds of column a record is written with: texts, days, months, words, money, owners, lists."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, Protocol, TypeAlias

from flask_babel.speaklater import LazyString
from sqlalchemy import (
    JSON,
    Column,
    Date,
    DateTime,
    Dialect,
    Enum,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    TypeDecorator,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from awrash.database.session import Base
from awrash.values.states import Steps, Word

SEARCH_LENGTH = 600  # characters of a record's words that the search box reads
NAME, TEXT, CODE = String(160), Text(), String(40)

Label: TypeAlias = LazyString | str


class FieldRule(Protocol):
    """A rule of one field: `check` refuses a value that it cannot hold."""

    def check(self, value: Any, /) -> None: ...


def field(label: Label, *rules: FieldRule, help: Label | None = None, **more: Any) -> dict[str, Any]:
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


class Words(TypeDecorator[list[Word]]):
    """A few words of one enumeration, kept as JSON."""

    impl = JSON
    cache_ok = True

    def __init__(self, words: type[Word]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> list[str] | None:
        return None if value is None else [self.words(word).value for word in value]

    def process_result_value(self, value: Sequence[str] | None, dialect: Dialect) -> list[Word] | None:
        return None if value is None else [self.words(word) for word in value]


def word_type(words: type[StrEnum], checked: bool = True) -> Enum:
    """The column type of an enumeration: text with a CHECK, the same on both databases; none for a list that grows."""
    name = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in words.__name__).lstrip("_")
    return Enum(
        words,
        native_enum=False,
        create_constraint=checked,
        length=30,
        name=name,
        values_callable=lambda kind: [word.value for word in kind],
    )


def word_column(words: type[StrEnum], label: Label, *rules: FieldRule, **options: Any) -> Mapped[Any]:
    """A choice among words, an ordinary form field."""
    more = {key: options.pop(key) for key in ("help",) if key in options}
    return mapped_column(word_type(words, options.pop("checked", True)), info=field(label, *rules, **more), **options)


def state_column(first: StrEnum, label: Label, steps: Steps) -> Mapped[Any]:
    """A state, in which a record is made as `first`: never a form field, moved by operations along its steps.

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


def column(
    label: Label, *rules: FieldRule, type_: Any = None, help: Label | None = None, **options: Any
) -> Mapped[Any]:
    """A column with what every door needs of it: label, rules, help line."""
    return mapped_column(type_, info=field(label, *rules, help=help), **options)


def relation(label: Label, back: str | None = None, **options: Any) -> Any:
    """A relation to another record, or to many; `back` names the relation on the other side.

    With a capital it names the other record's class instead, which has no relation back.
    """
    if back and back[:1].isupper():
        return relationship(back, info=field(label), **options)
    return relationship(back_populates=back, info=field(label), **options)


def owned_lines(label: Label, back: str, **options: Any) -> Mapped[Any]:
    """Lines that live and die with their record."""
    return relationship(back_populates=back, cascade="all, delete-orphan", info=field(label), **options)


def foreign_key(table: str, required: bool = True, **options: Any) -> Mapped[Any]:
    """A foreign key, indexed; its label and rules stand on the relation."""
    return mapped_column(ForeignKey(f"{table}.id"), index=True, nullable=not required, **options)


def unique_where(name: str, columns: str, where: str) -> Index:
    """A unique index over some rows: of those that match `where`, at most one has the same values in `columns`.

    It holds whoever writes at once; `columns` are names with spaces between them.
    """
    return Index(name, *columns.split(), unique=True, sqlite_where=text(where), postgresql_where=text(where))


def link_table(name: str, owner: str, other: str) -> Table:
    """A table that only links two records: a list that `owner` holds, and that goes with it."""
    return Table(
        name,
        Base.metadata,
        Column(f"{owner}_id", ForeignKey(f"{owner}.id", ondelete="CASCADE"), primary_key=True),
        Column(f"{other}_id", ForeignKey(f"{other}.id"), primary_key=True, index=True),
    )
