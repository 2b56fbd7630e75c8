"""Texts as people type them: cleaned, folded for search, read as dates, months and amounts."""

import re
import unicodedata
from datetime import date
from decimal import Decimal

# What nobody sees: direction marks and isolates, zero-width signs, soft hyphen, BOM.
INVISIBLE = "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
UNSEEN = re.compile(f"[{INVISIBLE}\x00-\x1f\x7f-\x9f\ud800-\udfff]")  # and what controls, or is half a sign
SPACE = re.compile(r"\s")
SPACES = re.compile(r" +")
TOKENS = re.compile(r"\s+|\S+")
DIGIT = re.compile(r"\d")
LONGEST_SEARCH = 120  # characters that a search reads: no name on a card is longer
MARKS_ON_A_LETTER = 30  # as in Unicode's Stream-Safe Text Format: to put more in order takes the square of their count
LONG_TEXT = 1_000  # characters below which even that is nothing
DIGITS = {ord(sign): str(index % 10) for index, sign in enumerate("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹")}
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # the wide ones run in some spreadsheets
GROUPED = r"[0-9]{1,3}(?:(?P<group>[ .,٬])[0-9]{3})(?:(?P=group)[0-9]{3})*"
AMOUNT = re.compile(rf"(?P<minus>[-−]?)(?P<whole>{GROUPED}|[0-9]+)(?:(?P<mark>[.,٫])(?P<decimals>[0-9]{{1,2}}))?")
WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,10}")
FIGURE = re.compile(r"[+-]?(?:[0-9]{1,10}(?:\.[0-9]{0,12})?|\.[0-9]{1,12})")
IN_ADDRESS = re.compile(r"[0-9]{1,9}")  # below what a column of whole numbers holds on both databases
YEARS = range(1900, 2101)
LONGEST_AMOUNT = 12  # digits of whole dirhams: more is a slip, and must not overflow a column


def clean(text: str) -> str:
    """A text without what nobody sees: direction marks, control characters, doubled and outer spaces."""
    kept = _few_marks(UNSEEN.sub("", SPACE.sub(" ", text)))
    return SPACES.sub(" ", unicodedata.normalize("NFC", kept)).strip(" ")


def _few_marks(text: str) -> str:
    """A text without the accents and vowel signs that no letter can carry any more."""
    if len(text) <= LONG_TEXT or text.isascii():
        return text
    kept, run = [], 0
    for sign in text:
        run = run + 1 if unicodedata.combining(sign) else 0
        if run <= MARKS_ON_A_LETTER:
            kept.append(sign)
    return "".join(kept)


def trim_query(typed: str) -> str:
    """The beginning of what was typed in a search box: cut here, and only here, before anything else reads it."""
    return typed[:LONGEST_SEARCH]


def clean_lines(text: str) -> str:
    """A long text, cleaned line by line."""
    return "\n".join(clean(line) for line in text.splitlines()).strip()


def western_digits(text: str) -> str:
    """Arabic-Indic and Persian digits as 0 to 9."""
    return text.translate(DIGITS)


def has_digit(word: str) -> bool:
    """Whether a word holds a digit of any script."""
    return DIGIT.search(word) is not None


def parse_date(text: str) -> date:
    """`1990-12-31`, `31/12/1990`, `31-12-1990` or `31.12.1990`, any digits; ValueError for anything else.

    The day comes before the month: `12/31/1990` is refused, never turned round. So is a year of two digits.
    """
    plain = western_digits(clean(text))
    if match := re.fullmatch(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?: 00:00:00)?", plain):
        year, month, day = match.groups()
    elif match := re.fullmatch(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4})", plain):
        day, _, month, year = match.groups()
    else:
        raise ValueError(f"{text!r} is not a date")
    return date(int(year), int(month), int(day))


def parse_month(text: str) -> date:
    """`2026-10` or `10/2026`, as the first day of the month; ValueError for anything else."""
    plain = western_digits(clean(text))
    if match := re.fullmatch(r"([0-9]{4})-([0-9]{1,2})(?:-01(?: 00:00:00)?)?", plain):
        year, month = match.groups()
    elif match := re.fullmatch(r"(?:01/)?([0-9]{1,2})/([0-9]{4})", plain):
        month, year = match.groups()
    else:
        raise ValueError(f"{text!r} is not a month")
    if int(year) not in YEARS:  # months are counted on from it, and the calendar ends
        raise ValueError(f"{text!r} is no month of this programme")
    return date(int(year), int(month), 1)


def parse_amount(text: str) -> Decimal:
    """`3422,72`, `3422.72`, `3 422,72`, `3.422,72`, `3,422.72` or `٣٬٤٢٢٫٧٢`, exactly.

    ValueError for more than two decimals, for groups that are not of three digits, and for a lone
    point or comma before three digits: `3.422` is three thousand to one person and three to another.
    """
    match = AMOUNT.fullmatch(western_digits(clean(text)))
    if not match:
        raise ValueError(f"{text!r} is not an amount")
    group, mark = match["group"], match["mark"]
    is_ambiguous = group in (".", ",") and not mark and match["whole"].count(group) == 1
    whole = re.sub(r"[^0-9]", "", match["whole"])
    if is_ambiguous or (group and group == mark) or len(whole.lstrip("0")) > LONGEST_AMOUNT:
        raise ValueError(f"{text!r} is not an amount")
    amount = Decimal(f"{whole}.{match['decimals']}" if mark else whole)
    return -amount if match["minus"] else amount


def parse_figure(text: str) -> Decimal:
    """`17.92` or `17,92`, any digits, at most ten before the mark; ValueError for anything else, `1e400` too."""
    plain = re.sub("[,٫]", ".", western_digits(clean(text))).replace("−", "-")
    if not FIGURE.fullmatch(plain):
        raise ValueError(f"{text!r} is not a figure")
    return Decimal(plain)


def whole_number(text: str) -> int:
    """A count as people type it, in any of the office's digits; ValueError for anything else, `²` too."""
    plain = western_digits(clean(text)).replace("−", "-")
    if not WHOLE_NUMBER.fullmatch(plain):
        raise ValueError(f"{text!r} is not a whole number")
    return int(plain)


def number_or_none(text: object) -> int | None:
    """The number of a record or of a page, as an address or a form carries it; None for anything else.

    Every such number is read here: `²` is a digit to Python and no number, and a long one overflows a column.
    """
    return int(text) if isinstance(text, str) and IN_ADDRESS.fullmatch(text) else None


def isolate(text: str) -> str:
    """A Latin name, a date or a number that keeps its own order inside an Arabic line."""
    return f"\u2066{text}\u2069"


def defuse(text: str) -> str:
    """A text that a spreadsheet would run as a formula, with an apostrophe before it; `restore` undoes it.

    A text that has apostrophes before its formula gets one more, so that none is lost on the way back.
    """
    return f"'{text}" if text.lstrip("'").startswith(FORMULA) else text


def restore(text: str) -> str:
    """The text that `defuse` made harmless, as it was before."""
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(FORMULA) else text
