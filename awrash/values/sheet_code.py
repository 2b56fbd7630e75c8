"""The code on each page of an attendance sheet, which ties a scanned page to its sheet: `FP-1274-02-93`.

FP (feuille de présence), the number of the sheet, the page of two digits, and two check digits after ISO 7064
(MOD 97-10) over the digits before them: one wrong digit, or two that changed places, is no code.
"""

import re
from typing import NamedTuple

from awrash.values.identifiers import plain

SIGN = "FP"
MODULUS = 97
MOST_PAGES = 99
CODE = re.compile(rf"{SIGN}([1-9][0-9]{{0,8}})([0-9]{{2}})([0-9]{{2}})")


class SheetPage(NamedTuple):
    """One page of one sheet."""

    sheet: int
    page: int


def code_of(sheet: int, page: int) -> str:
    """The code of a page, from 1 to 99, of the sheet of this id; ValueError for another page."""
    if not 1 <= page <= MOST_PAGES:
        raise ValueError(f"a sheet has no page {page}")
    check = MODULUS + 1 - int(f"{sheet}{page:02d}00") % MODULUS
    return f"{SIGN}-{sheet}-{page:02d}-{check:02d}"


def page_of(text: str) -> SheetPage | None:
    """The page that a code names, typed or scanned; None for a text that is no code or whose check does not hold."""
    match = CODE.fullmatch(plain(text))
    if match is None or int("".join(match.groups())) % MODULUS != 1:
        return None
    sheet, page = int(match[1]), int(match[2])
    return SheetPage(sheet, page) if page else None
