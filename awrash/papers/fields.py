"""What a paper says of a record: paths that are walked, and how each value is written in the paper's language.

Everything leaves as text. In a line of the other direction a name, a number or a date would change places with its
neighbours, so each is an isolate of its own (Unicode UAX 9); what nobody sees in a text (U+202E) is taken out first.
"""

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal
from flask_babel import force_locale, ngettext
from sqlalchemy import inspect
from sqlalchemy.orm import RelationshipProperty

from awrash.database.record import Record, value_at
from awrash.reports.blocked_wages import block_titles
from awrash.rules.fields import IdentifierRule
from awrash.values.amount_in_words import dirhams_in_words
from awrash.values.cells import InMonth
from awrash.values.language import FORMATS, OFFICE_TIME, _l
from awrash.values.states import Word
from awrash.values.text import clean, clean_lines

DASH = "—"  # a fact that the record does not have
LTR, RTL, END = "\u2066", "\u2067", "\u2069"  # isolate from left to right, from right to left, its end
SIDES = {"L": LTR, "R": RTL, "AL": RTL}  # by the bidirectional class of a letter
YES, NO = _l("Yes"), _l("No")


@dataclass(frozen=True)
class TableRows:
    """The rows of a table: the records at the end of a path, each with its own facts."""

    path: str
    facts: tuple["Fact", ...]


@dataclass(frozen=True)
class Derived:
    """A fact that no path leads to: `work_out` derives it from the record and the day of the paper."""

    name: str
    work_out: Callable[[Any, date], Any]


Fact = str | TableRows | Derived


class Formatted(str):
    """A text that is formatted already, with its marks of direction: it is printed as it is, even when empty."""

    __slots__ = ()


def gather_facts(record: Any, facts: Iterable[Fact], language: str, on: date) -> dict[str, Any]:
    """The facts of a record, formatted, by name: `carrier.name_ar` is found as `carrier_name_ar`."""
    with force_locale(language):
        return {template_name(fact): _format_fact(record, fact, language, on) for fact in facts}


def zero_or_one(value: Any) -> list[Any]:
    """What a record may not have, as a template loops over it: a list of one, or an empty one."""
    return [value] if value else []


def optional_fact(name: str, path: str) -> Derived:
    """A fact that a record may not have: its line is left out then."""
    return Derived(name, lambda record, _on: zero_or_one(value_at(record, path)))


def optional_table(name: str, rows_of: Callable[[Any], Iterable[dict[str, Any]]]) -> Derived:
    """A table that is left out, with its heading, when it has no row."""
    return Derived(name, lambda record, _on: zero_or_one(list(rows_of(record))))


def duration(path: str) -> Derived:
    """A number of months as it is said: 3 months, 11 months, each with its own word in Arabic."""

    def in_months(record: Any, _on: date) -> str:
        months = value_at(record, path) or 0
        return ngettext("one month", "%(num)s months", months)

    return Derived("duration", in_months)


def template_name(fact: Fact) -> str:
    """The name under which a template finds a fact."""
    name = fact if isinstance(fact, str) else fact.path if isinstance(fact, TableRows) else fact.name
    return name.replace(".", "_").replace("|", "_")


def _format_fact(record: Any, fact: Fact, language: str, on: date) -> Any:
    if isinstance(fact, TableRows):
        return [gather_facts(row, fact.facts, language, on) for row in value_at(record, fact.path)]
    if isinstance(fact, Derived):
        return formatted(fact.work_out(record, on), language, fact.name)
    path, _bar, style = fact.partition("|")
    value = value_at(record, path)
    return STYLES[style](value, language) if style and value is not None else formatted(value, language, path)


def formatted(value: Any, language: str, path: str = "") -> Any:
    """A value as a paper writes it; lists and dictionaries keep their shape. A path to `month` writes no day."""
    if isinstance(value, dict):
        return {name: formatted(item, language, name) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [formatted(item, language, path) for item in value]
    if isinstance(value, Formatted):
        return str(value)
    if value is None or value == "":
        return DASH
    if isinstance(value, bool):
        return str(YES if value else NO)
    if isinstance(value, Word):
        return isolate_text(str(value.label))
    if isinstance(value, Decimal):
        return format_amount(value, language)
    if isinstance(value, int):
        return f"{LTR}{value}{END}"
    if isinstance(value, InMonth):
        return format_month(value.month, language)
    if isinstance(value, date):
        is_month = path.rsplit(".", 1)[-1] == "month"
        return format_month(value, language) if is_month else format_day(value, language)
    return isolate_text(str(value))


def relations_on(kind: type[Record], names: list[str]) -> Iterator[RelationshipProperty[Any]]:
    """The relations on a path."""
    for name in names:
        relation = inspect(kind).relationships[name]
        yield relation
        kind = relation.mapper.class_


def written(record: Record, path: str, language: str) -> Any:
    """What stands at the end of a path: an identifier in its groups, anything else as papers write it."""
    value, (*relations, name) = value_at(record, path), path.split(".")
    if name == "blocked_by" and value:
        return isolate_text(block_titles(record))
    kind = [type(record), *(relation.mapper.class_ for relation in relations_on(type(record), relations))][-1]
    column = inspect(kind).column_attrs.get(name)
    rules = column.info.get("rules", ()) if column is not None else ()
    identifier = next((rule.identifier for rule in rules if isinstance(rule, IdentifierRule)), None)
    return isolate_number(identifier.format(value)) if identifier and value else formatted(value, language, path)


def is_number(value: Any) -> bool:
    """Whether a value is written under its column's end: an amount or a count."""
    return isinstance(value, Decimal | int) and not isinstance(value, bool)


def in_both_languages(text: Any, **facts: Any) -> dict[str, Formatted]:
    """A word or a sentence in Arabic and in French, its facts formatted for each."""
    texts = {}
    for language in ("ar", "fr"):
        with force_locale(language):
            values = {name: formatted(fact, language, name) for name, fact in facts.items()}
            texts[language] = Formatted(f"{RTL if language == 'ar' else LTR}{str(text) % values}{END}")
    return texts


def isolate_text(text: str) -> str:
    """A text that keeps the order of its first letter whatever stands beside it; digits alone run from the left."""
    plain = clean(text)
    side = next((SIDES[kind] for kind in map(unicodedata.bidirectional, plain) if kind in SIDES), LTR)
    return f"{side}{plain}{END}"


def isolate_number(text: Any) -> str:
    """Digits and Latin signs, from left to right."""
    return f"{LTR}{clean(str(text))}{END}"


def format_amount(value: Decimal, language: str) -> str:
    """Dirhams with their centimes, as the language groups them: 3.422,72."""
    return f"{LTR}{format_decimal(value, '#,##0.00', locale=FORMATS[language])}{END}"


def format_day(value: date, language: str) -> str:
    """A date, or an instant as the office's clock shows it, its month in words; in Arabic from right to left."""
    value = value.astimezone(OFFICE_TIME) if isinstance(value, datetime) else value
    side = RTL if language == "ar" else LTR
    return f"{side}{format_date(value, 'd MMMM y', locale=FORMATS[language])}{END}"


def format_month(value: date, language: str) -> str:
    """The month of a date, in words: octobre 2026."""
    side = RTL if language == "ar" else LTR
    return f"{side}{format_date(value, 'MMMM y', locale=FORMATS[language])}{END}"


def month_in_french(record: Any, _on: date) -> Formatted:
    """The month of a record in French, on papers in Arabic that say it in both languages."""
    return Formatted(format_month(record.month, "fr"))


def written_lines(text: str | None) -> list[str]:
    """The lines of a long text that have something written on them."""
    return [line for line in clean_lines(text or "").splitlines() if line]


def _short_date(value: date, _language: str) -> str:
    return f"{LTR}{value:%d/%m/%Y}{END}"


def _in_words(value: Decimal, language: str) -> str:
    return isolate_text(dirhams_in_words(value, language))


def _lines(value: str, _language: str) -> list[str]:
    return [isolate_text(line) for line in written_lines(value)]


def _names(records: Iterable[Record], language: str) -> str:
    names = [str(record) for record in records]
    return isolate_text(("، " if language == "ar" else ", ").join(names)) if names else DASH


# how a fact may be written besides its usual way: `starts_on|short`, `value|words`
STYLES: dict[str, Callable[[Any, str], Any]] = {
    "short": _short_date, "words": _in_words, "lines": _lines, "names": _names,
}  # fmt: skip
