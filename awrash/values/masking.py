"""What is left out of a published page: numbers of people in typed texts, counts that would point to a person."""

import re
from collections.abc import Collection, Sequence

from awrash.values.text import AMOUNT, DIGITS, clean_lines

MASK = "•••"
MOST_AMOUNT_DIGITS = 8  # whole dirhams that a sentence may write in groups: a phone or CNSS number has nine digits
LEAST_DIGITS = 9  # of the number of a person: CNSS
YEAR = r"(?:19|20)\d{2}"
DAY = rf"\d{{1,2}}[/.-]\d{{1,2}}[/.-]{YEAR}|{YEAR}-\d{{1,2}}-\d{{1,2}}|{YEAR}-\d{{3,5}}"  # or a reference of a year
DAYS = re.compile(rf"((?<![\d/.-])(?:{DAY})(?![/.-]?\d))")
WORDS = (
    re.compile(r"(?<![^\s@<>،,;:()])[^\s@<>،,;:()]+@[^\s@<>،,;:()]+"),  # an address
    re.compile(r"(?:(?<![A-Za-z0-9])[A-Za-z]{1,2}\d{3,4}|[A-Za-z]{1,2}\d{5,6})(?![\d-])"),  # a CNIE
    re.compile(r"(?<![A-Za-z0-9])(?:[A-Z][ .-]{1,2}\d{4,6}|[A-Z]{2}[ .-]{1,2}\d{5,6})(?!-?\d)"),  # a CNIE, spaced
)
# a phone, an account, a CNSS number
NUMBER = re.compile(r"(?<!\d)(?:[Mm][Aa] ?)?\+?\d(?:[ \u00a0\u202f.\-_/()]{0,2}\d){8,}")


def _mask(match: re.Match[str]) -> str:
    """A run of digits masked, but for the days and the references inside it, and for an amount in groups."""
    parts = DAYS.split(match.group())  # every second part is a day or a reference
    return "".join(part if index % 2 or not _is_number(part) else MASK for index, part in enumerate(parts))


def _is_number(text: str) -> bool:
    """Whether digits are enough for the number of a person and are no amount in groups."""
    amount = AMOUNT.fullmatch(re.sub(r"[\u00a0\u202f]", " ", text.strip()))
    if amount and amount["group"] and len(re.sub(r"\D", "", amount["whole"])) <= MOST_AMOUNT_DIGITS:
        return False
    return len(re.sub(r"\D", "", text)) >= LEAST_DIGITS


def mask_numbers(text: str | None) -> str | None:
    """A text typed by hand without what looks like the number of a card, an account, a phone or an e-mail address.

    Dates, references and amounts stay. To mask a number of nobody is better than to publish somebody's.
    """
    if not text:
        return text
    plain = clean_lines(text).translate(DIGITS)
    for pattern in WORDS:
        plain = pattern.sub(MASK, plain)
    return NUMBER.sub(_mask, plain)


def rows_to_withhold(
    parts: Sequence[int], wholes: Sequence[int] | None, fewest: int, forced: Collection[int] = ()
) -> tuple[set[int], bool]:
    """The indexes of a column's rows that are not published, and whether its total isn't either.

    A part of 1 to `fewest` - 1 people, or one that leaves so few of its whole, points to a person. The sum of what is
    withheld can be had from the total: so at least two rows are withheld, and together they say of no fewer than
    `fewest`; when the column has no such rows left, its total is withheld. `forced` rows are withheld in any case.
    """
    withheld = set(forced)
    for row, part in enumerate(parts):
        others = wholes[row] - part if wholes else 0
        if 0 < part < fewest or 0 < others < fewest:
            withheld.add(row)
    size = wholes or parts
    others_left = sorted((row for row in range(len(parts)) if row not in withheld and size[row]), key=size.__getitem__)
    while withheld and _reveals(withheld, parts, wholes, fewest):
        if not others_left:
            return withheld, True
        withheld.add(others_left.pop(0))
    return withheld, False


def _reveals(rows: Collection[int], parts: Sequence[int], wholes: Sequence[int] | None, fewest: int) -> bool:
    """Whether the sum of withheld rows, which the total gives away, points to a person."""
    part = sum(parts[row] for row in rows)
    others = sum(wholes[row] for row in rows) - part if wholes else fewest
    return len(rows) < 2 or part < fewest or others < fewest
