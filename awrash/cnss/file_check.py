"""The check of any B-file or E-file, whoever wrote it: each fault by line, field and rule; nothing is kept."""

import re
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from awrash.cnss import damancom, declarations
from awrash.database.session import db
from awrash.models import Carrier, Declaration, PayrollRun


@dataclass(frozen=True)
class Checked:
    """A file as it was read: whose and of which month when that can be read, how many lines, what is wrong."""

    affiliation: str
    month: date | None
    carrier: Carrier | None
    is_complementary: bool
    is_compared: bool  # with the pre-filled file that was brought for this carrier and month
    lines: int
    faults: tuple[damancom.FileFault, ...]


def check_file(content: bytes, today: date) -> Checked:
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
    faults = damancom.check(content, prefilled=prefilled, **declarations.limits_of(month or today))
    compared = prefilled is not None
    return Checked(affiliation, month, carrier, letter == "E", compared, len(rows), tuple(faults))


def _month(period: str) -> date | None:
    pattern, _rule = damancom.PATTERNS["period"]
    return date(int(period[:4]), int(period[4:]), 1) if re.fullmatch(pattern, period) else None


def _prefilled(carrier: Carrier | None, month: date | None) -> damancom.Prefilled | None:
    if carrier is None or month is None:
        return None
    asked = select(Declaration).join(Declaration.run)
    known = db.session.scalar(asked.where(Declaration.carrier_id == carrier.id, PayrollRun.month == month))
    return declarations.prefilled_of(known) if known else None
