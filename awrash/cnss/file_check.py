"""The check of any B-file or E-file, whoever wrote it: each fault by line, field and rule; nothing is kept."""

import re
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from awrash.cnss import damancom, declarations
from awrash.cnss.declaration_file import limits_of
from awrash.database.session import db
from awrash.models import Carrier, Declaration, PayrollRun


@dataclass(frozen=True)
class CheckedFile:
    """A file as it was read: whose and of which month when that can be read, how many lines, what is wrong."""

    affiliation: str
    month: date | None
    carrier: Carrier | None
    is_complementary: bool
    is_compared: bool  # with the pre-filled file that was brought for this carrier and month
    lines: int
    faults: tuple[damancom.FileFault, ...]


def check_file(content: bytes, today: date) -> CheckedFile:
    """Check a file with the figures of its own month, or of today when it names none.

    FigureMissing for a month before the figures begin.
    """
    declarations.FewLinesForCnss().check(content)
    letter = "E" if content.startswith(b"E") else "B"
    rows, _faults = damancom.read_rows(content, letter)
    employer = next((row for row in rows if row.part == "01"), None)
    affiliation = employer.texts["affiliation"].strip() if employer else ""
    month = _month(employer.texts["period"]) if employer else None
    carrier = db.session.scalar(select(Carrier).filter_by(cnss_affiliation=affiliation)) if affiliation else None
    prefilled = _prefilled(carrier, month) if letter == "B" else None
    faults = damancom.check(content, prefilled=prefilled, **limits_of(month or today))
    return CheckedFile(
        affiliation,
        month,
        carrier,
        is_complementary=letter == "E",
        is_compared=prefilled is not None,
        lines=len(rows),
        faults=tuple(faults),
    )


def _month(period: str) -> date | None:
    pattern, _rule = damancom.PATTERNS["period"]
    return date(int(period[:4]), int(period[4:]), 1) if re.fullmatch(pattern, period) else None


def _prefilled(carrier: Carrier | None, month: date | None) -> damancom.Prefilled | None:
    if carrier is None or month is None:
        return None
    query = select(Declaration).join(Declaration.run)
    query = query.where(Declaration.carrier_id == carrier.id, PayrollRun.month == month)
    declaration = db.session.scalar(query)
    return declarations.prefilled_of(declaration) if declaration else None
