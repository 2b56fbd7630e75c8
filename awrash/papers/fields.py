"""What a paper says of a record: paths that are walked, and how each value is written in the paper's language.

Everything leaves as text. In a line of the other direction a name, a number or a date would change places with its
neighbours, so each is an isolate of its own (Unicode UAX 9); what nobody sees in a text (U+202E) is taken out first.
"""

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal
from flask_babel import force_locale

from awrash.database.record import Record, value_at
from awrash.values.amount_in_words import dirhams_in_words
from awrash.values.language import FORMATS, OFFICE_TIME, _l
from awrash.values.states import Word
from awrash.values.text import clean, clean_lines

NOTHING = "—"
LTR, RTL, END = "\u2066", "\u2067", "\u2069"
SIDES = {"L": LTR, "R": RTL, "AL": RTL}
YES, NO = _l("Yes"), _l("No")


@dataclass(frozen=True)
class TableRows:
    """The lines of a table: the records at the end of a path, each told by its own facts."""

    path: str
    facts: tuple["Fact", ...]


@dataclass(frozen=True)
class Told:
    """A fact that no path leads to: worked out from the record and the day of the paper."""

    name: str
    of: Callable[[Any, date], Any]


Fact = str | TableRows | Told


class Written(str):
    """A text that is written already, with its marks: it stands as it is, be it empty."""

    __slots__ = ()


def gather(record: Any, facts: Iterable[Fact], language: str, on: date) -> dict[str, Any]:
    """The facts of a record by name, written: `carrier.name_ar` is `carrier_name_ar`, `value|words` `value_words`."""
    with force_locale(language):
        return {key_of(one): _told(record, one, language, on) for one in facts}


def some(value: Any) -> list[Any]:
    """What may be missing, for a template: a list of one, or of none."""
    return [value] if value else []


def optional(name: str, path: str) -> Told:
    """A fact that a record may not have: what is said of it is left out then."""
    return Told(name, lambda record, _on: some(value_at(record, path)))


def key_of(fact: Fact) -> str:
    """The name under which a template finds a fact."""
    named = fact if isinstance(fact, str) else fact.path if isinstance(fact, TableRows) else fact.name
    return named.replace(".", "_").replace("|", "_")


def _told(record: Any, fact: Fact, language: str, on: date) -> Any:
    if isinstance(fact, TableRows):
        return [gather(one, fact.facts, language, on) for one in value_at(record, fact.path)]
    if isinstance(fact, Told):
        return written(fact.of(record, on), language, fact.name)
    path, _bar, how = fact.partition("|")
    value = value_at(record, path)
    return WAYS[how](value, language) if how and value is not None else written(value, language, path)


def written(value: Any, language: str, path: str = "") -> Any:
    """A value as a paper writes it; lists and dictionaries keep their shape."""
    if isinstance(value, dict):
        return {name: written(one, language, name) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [written(one, language, path) for one in value]
    if isinstance(value, Written):
        return str(value)
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return str(YES if value else NO)
    if isinstance(value, Word):
        return isolate_text(str(value.label))
    if isinstance(value, Decimal):
        return amount(value, language)
    if isinstance(value, int):
        return f"{LTR}{value}{END}"
    if isinstance(value, date):
        return month(value, language) if path.rsplit(".", 1)[-1] == "month" else day(value, language)
    return isolate_text(str(value))


def both(text: Any, **named: Any) -> dict[str, Written]:
    """A word or a sentence in Arabic and in French, its facts written in each."""
    told = {}
    for language in ("ar", "fr"):
        with force_locale(language):
            facts = {name: written(one, language, name) for name, one in named.items()}
            told[language] = Written(f"{RTL if language == 'ar' else LTR}{str(text) % facts}{END}")
    return told


def isolate_text(text: str) -> str:
    """A text that keeps the order of its first letter whatever stands beside it; digits alone run from the left."""
    plain = clean(text)
    side = next((SIDES[kind] for kind in map(unicodedata.bidirectional, plain) if kind in SIDES), LTR)
    return f"{side}{plain}{END}"


def number(text: Any) -> str:
    """Digits and Latin signs, from left to right."""
    return f"{LTR}{clean(str(text))}{END}"


def amount(value: Decimal, language: str) -> str:
    """Dirhams with their centimes, as the language groups them: 3.422,72."""
    return f"{LTR}{format_decimal(value, '#,##0.00', locale=FORMATS[language])}{END}"


def day(value: date, language: str) -> str:
    """A date with its month in words; in Arabic it runs from right to left."""
    value = value.astimezone(OFFICE_TIME) if isinstance(value, datetime) else value
    side = RTL if language == "ar" else LTR
    return f"{side}{format_date(value, 'd MMMM y', locale=FORMATS[language])}{END}"


def month(value: date, language: str) -> str:
    side = RTL if language == "ar" else LTR
    return f"{side}{format_date(value, 'MMMM y', locale=FORMATS[language])}{END}"


def _short(value: date, _language: str) -> str:
    return f"{LTR}{value:%d/%m/%Y}{END}"


def _words(value: Decimal, language: str) -> str:
    return isolate_text(dirhams_in_words(value, language))


def _lines(value: str, _language: str) -> list[str]:
    return [isolate_text(line) for line in clean_lines(value).splitlines() if line]


def _names(value: Iterable[Record], language: str) -> str:
    return isolate_text(("، " if language == "ar" else ", ").join(str(one) for one in value)) if value else NOTHING


# how a fact may be written besides its usual way: `starts_on|short`, `value|words`
WAYS: dict[str, Callable[[Any, str], Any]] = {
    "short": _short, "words": _words, "lines": _lines, "names": _names,
}  # fmt: skip
