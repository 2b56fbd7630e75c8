"""A record checked as it is about to be written: its fields, its texts, its rules, one refusal after another."""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import String, Text, inspect, select
from sqlalchemy.orm import (
    ColumnProperty,
    Mapper,
    MapperProperty,
    RelationshipDirection,
    RelationshipProperty,
    object_session,
)

from awrash.database.columns import SEARCH_LENGTH
from awrash.database.record import Record, Searchable, changed, is_new, mapper_of, value_at, value_before
from awrash.rules.constraints import KEPT_FOR_GOOD
from awrash.rules.fields import AsWritten
from awrash.rules.rule import Rule, RuleError
from awrash.values.language import _l
from awrash.values.spelling import search_words
from awrash.values.states import Word
from awrash.values.text import YEARS, clean, clean_lines

LARGEST = 2**31 - 1  # what an integer column holds on both databases
LONGEST_TEXT = 20_000  # characters of a text whose column sets no length of its own
ROOM = 1_000  # characters that a text may be typed with besides what is kept: spaces, dots, direction marks


# ---- what every record obeys


class Required(Rule):
    """A record without its required fields says nothing to anybody."""

    message = _l("%(field)s is missing: fill it in.")


class TooLong(Rule):
    """A text that its column would cut."""

    message = _l("%(field)s is too long: at most %(most)s characters.")


class TooLarge(Rule):
    """A number that its column cannot hold."""

    message = _l("%(field)s is too large.")


class FarAway(Rule):
    """A year that a finger slipped on."""

    message = _l("%(field)s, %(given)s, is too far away: read the year again.")


class Unique(Rule):
    """A number on a card or a receipt belongs to one record only."""

    message = _l("%(field)s %(given)s is already recorded for %(other)s.")


# ---- how a record is checked


def prepare_record(record: Record) -> None:
    """Clean the new texts of a record before it is checked, and note the words by which the search box finds it.

    A text that is far too long is left as it was typed, unread: `TooLong` refuses it.
    """
    for attribute in mapper_of(record).column_attrs:
        value = getattr(record, attribute.key) if changed(record, attribute.key) else None
        if isinstance(value, str) and not isinstance(value, Word) and not is_far_too_long(value, longest(attribute)):
            text = cleaned(value, attribute.info.get("rules", ()), isinstance(attribute.columns[0].type, Text))
            if text != value:
                setattr(record, attribute.key, text)
    if isinstance(record, Searchable) and record.__search__:
        values = (value_at(record, path) for path in record.__search__)
        texts = [str(value)[:LONGEST_TEXT] for value in values if value]
        names = [(getattr(record, name) or "")[:ROOM] for name in record.__sounds__]
        words = search_words(texts, names)[:SEARCH_LENGTH]
        if is_new(record) or record.search_text != words:
            record.search_text = words


def longest(attribute: ColumnProperty[Any]) -> int | None:
    """How many characters of text a mapped column keeps; None for what is no text, or kept sign for sign."""
    kind, rules = attribute.columns[0].type, attribute.info.get("rules", ())
    if isinstance(kind, Text) and not kind.length:
        return None if any(isinstance(rule, AsWritten) for rule in rules) else LONGEST_TEXT
    return kind.length if isinstance(kind, String) else None


def is_far_too_long(text: str, most: int | None) -> bool:
    """Whether a text cannot be what its column keeps, whatever is cleaned off it: nothing needs to read it."""
    return most is not None and len(text) > most + ROOM


def cleaned(text: str, rules: Iterable[Rule] = (), is_long: bool = False) -> str | None:
    """A text as its column keeps it, line by line when it `is_long`; None when only spaces were typed."""
    for rule in rules:
        if hasattr(rule, "clean"):
            return rule.clean(text) or None
    return (clean_lines(text) if is_long else clean(text)) or None


def refusals_of(record: Record, on_delete: bool = False, whole: bool = False) -> Iterator[RuleError]:
    """Every refusal of a record, fields first; the record's own rules run only when its fields hold.

    A field is judged when it is new or changes, or when the record is asked about as a `whole`: a rule that became
    stricter never refuses the other fields of an old row. Of a record that is deleted, only those rules that say so
    (`on_delete`) and those of every record.
    """
    field_refusals = [] if on_delete else list(_field_refusals(record, whole))
    yield from field_refusals
    rules = (*record.__rules__, *KEPT_FOR_GOOD) if on_delete else record.__rules__
    for rule in () if field_refusals else rules:
        if on_delete and not getattr(rule, "on_delete", False):
            continue
        try:
            rule.check(record)
        except RuleError as refusal:
            yield refusal


def closing(record: Record) -> str:
    """Why nothing of a record can be changed any more; empty while something can."""
    for rule in record.__rules__:
        try:
            rule.closed(record)
        except RuleError as refusal:
            return str(refusal)
    return ""


def _field_refusals(record: Record, whole: bool) -> Iterator[RuleError]:
    for attribute in mapper_of(record).attrs:
        info = getattr(attribute, "info", {})
        if "label" not in info or attribute.key in ("id", "version") or getattr(attribute, "uselist", False):
            continue  # a list of records is not read to be checked: a payroll has hundreds of thousands of wages
        value = getattr(record, attribute.key)
        try:
            _check_field(record, attribute, value, whole)
        except RuleError as refusal:
            refusal.field = attribute.key
            yield refusal


def _check_field(record: Record, attribute: MapperProperty[Any], value: Any, whole: bool) -> None:
    label = {"field": attribute.info["label"]}
    columns = _columns(attribute)
    if value is None or value == "":
        if columns and not any(column.nullable or column.default or column.server_default for column in columns):
            Required().refuse(**label)
        return
    if not isinstance(attribute, ColumnProperty) or not (whole or _says_something_else(record, attribute, value)):
        return
    most = longest(attribute)
    if isinstance(value, str) and most is not None and len(value) > most:
        TooLong().refuse(most=most, **label)
    if isinstance(value, int) and not isinstance(value, bool) and not -LARGEST <= value <= LARGEST:
        TooLarge().refuse(**label)
    if isinstance(value, Decimal) and abs(value) > LARGEST:
        TooLarge().refuse(**label)
    if isinstance(value, date) and value.year not in YEARS:
        FarAway().refuse(given=value, **label)
    for rule in attribute.info["rules"]:
        rule.check(value)
    if columns[0].unique and changed(record, attribute.key):
        _check_unique(record, attribute, value)


def _says_something_else(record: Record, attribute: ColumnProperty[Any], value: Any) -> bool:
    """Whether a field is new or changes, by more than the spaces and signs that are cleaned off it."""
    if not changed(record, attribute.key):
        return False
    before = value_before(record, attribute.key)
    if isinstance(before, str) and not isinstance(before, Word):
        before = cleaned(before, attribute.info["rules"], isinstance(attribute.columns[0].type, Text))
    return bool(value != before)


def judged_columns(kind: type[Record]) -> list[ColumnProperty[Any]]:
    """The columns of a kind of record that have rules of their own."""
    mapper: Mapper[Any] = inspect(kind)
    return [attribute for attribute in mapper.column_attrs if attribute.info.get("rules")]


def value_refusal(attribute: ColumnProperty[Any], value: Any) -> RuleError | None:
    """What the rules of a column refuse of a value that it holds; None when they hold."""
    try:
        for rule in attribute.info["rules"]:
            rule.check(value)
    except RuleError as refusal:
        return refusal
    return None


def _columns(attribute: MapperProperty[Any]) -> list[Any]:
    """The columns that a field fills: its own, or the foreign key of a relation to one record."""
    if isinstance(attribute, RelationshipProperty):
        return list(attribute.local_columns) if attribute.direction is RelationshipDirection.MANYTOONE else []
    return list(attribute.columns) if isinstance(attribute, ColumnProperty) else []


def _check_unique(record: Record, attribute: ColumnProperty[Any], value: Any) -> None:
    session, kind = object_session(record), type(record)
    if session is None:
        return
    same = select(kind).filter(getattr(kind, attribute.key) == value)
    other = session.scalar(same.filter(kind.id != record.id) if record.id else same)
    if other is not None and other is not record:
        Unique().refuse(field=attribute.info["label"], given=value, other=other)
