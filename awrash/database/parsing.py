"""What a text means for a column, by the column's type: the one reader of forms, imports and the bank's files."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from flask_babel import LazyString, force_locale
from sqlalchemy import Date, Integer
from sqlalchemy.types import TypeEngine

from awrash.database.columns import Month
from awrash.values.language import LANGUAGES, _l
from awrash.values.money import PER_UNIT, FigureType, Money
from awrash.values.spelling import fold
from awrash.values.states import Word
from awrash.values.text import parse_amount, parse_date, parse_figure, parse_month, whole_number

AnyWord = TypeVar("AnyWord", bound=Word)


@dataclass(frozen=True)
class TextFormat:
    """How people write the values of one type."""

    parse: Callable[[str], Any]  # ValueError for what is written otherwise
    refusal: LazyString  # the whole sentence under a form field, with `given`
    expected: LazyString | str = ""  # what the report of a file asks for; nothing where no file has such a column


def _kept_figure(text: str) -> Decimal:
    """A figure with no more decimals than are kept; ValueError otherwise."""
    value = parse_figure(text)
    if value * PER_UNIT % 1:
        raise ValueError(text)
    return value


MONTH = TextFormat(
    parse_month,
    _l("“%(given)s” is not a month: write it as 2026-10."),
    _l("write a month as 2026-10"),
)
DAY = TextFormat(
    parse_date,
    _l("“%(given)s” is not a date: write it as 31/12/1990."),
    _l("write a date as 31/12/1990"),
)
AMOUNT = TextFormat(
    parse_amount,
    _l("“%(given)s” is not an amount: write it as 3422,72."),
    _l("write an amount as 3422,72"),
)
FIGURE = TextFormat(_kept_figure, _l("“%(given)s” is not a number: write it as 17.92."))
WHOLE_NUMBER = TextFormat(
    whole_number,
    _l("“%(given)s” is not a whole number."),
    _l("write a whole number"),
)

FORMATS: tuple[tuple[type[TypeEngine[Any]], TextFormat], ...] = (
    (Month, MONTH),
    (Date, DAY),
    (Money, AMOUNT),
    (FigureType, FIGURE),
    (Integer, WHOLE_NUMBER),
)


def format_of(column_type: TypeEngine[Any]) -> TextFormat | None:
    """How the values of a column are written; None for a column of texts or words."""
    return next((text_format for kind, text_format in FORMATS if isinstance(column_type, kind)), None)


def parse(column_type: TypeEngine[Any], text: str) -> Any:
    """The value that a text means for a column, a text itself for one of texts; ValueError when it means none."""
    text_format = format_of(column_type)
    return text_format.parse(text) if text_format else text


# ---- words


def in_each_language(function: Callable[..., Any], *arguments: Any) -> list[str]:
    """What a function answers, as text, in each of the office's languages."""
    texts = []
    for code in LANGUAGES:
        with force_locale(code):
            texts.append(str(function(*arguments)))
    return texts


def words_by_text(words: Iterable[AnyWord]) -> dict[str, AnyWord]:
    """Words by what a file may call them, folded: their labels in any language, and their values above all."""
    words = list(words)
    labels = {fold(label): word for word in words for label in in_each_language(str, word.label)}
    return labels | {fold(word.value): word for word in words}
