"""What a later payroll corrects of a month already declared, and the complementary file that says it; experimental.

Where the sources are silent this is decided: the file adds. A person goes in with the days and the wage that the
correction adds to what was declared before; a person from whom something is only taken back can't go in a file whose
amounts have no sign, and is named on the page, to be settled with the agency of CNSS by letter.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from awrash.cnss import damancom, declarations
from awrash.cnss.records import Complement, SomethingToAdd
from awrash.database.session import db
from awrash.models import Agreement, Carrier, Declaration, PayrollRun, PaySlip
from awrash.values.money import centimes
from awrash.values.states import SlipKind


@dataclass(frozen=True)
class Added:
    """What a correction changes for one person: days and centimes, below zero when they are taken back."""

    person: Any
    slip: PaySlip  # the last of those that make the difference: it says who they are
    days: int
    gross: int

    @property
    def goes_in(self) -> bool:
        return self.days > 0 and self.gross > 0


def slips_of(run: PayrollRun, carrier: Carrier, month: date | None = None) -> list[PaySlip]:
    """The corrections and reversals of earlier months of the carrier, or of one of them, that this payroll froze."""
    asked = declarations.of_carrier(PaySlip).where(
        PaySlip.run_id == run.id,
        PaySlip.month < run.month,
        PaySlip.kind.in_((SlipKind.correction, SlipKind.reversal)),
        Agreement.carrier_id == carrier.id,
    )
    asked = asked.where(PaySlip.month == month) if month else asked
    return list(db.session.scalars(asked.order_by(PaySlip.month, PaySlip.contract_id, PaySlip.id)))


def months_of(run: PayrollRun, carrier: Carrier) -> dict[date, list[Added]]:
    """What this payroll changes in each earlier month of the carrier."""
    found: dict[date, list[PaySlip]] = {}
    for slip in slips_of(run, carrier):
        found.setdefault(slip.month, []).append(slip)
    return {month: added(slips) for month, slips in found.items()}


def added(slips: list[PaySlip]) -> list[Added]:
    """The difference that each person's slips make; nobody for whom they make none."""
    signs = {SlipKind.reversal: -1}  # a reversal keeps its days as they were, and its amounts below zero
    sums = [
        Added(
            person,
            mine[-1],
            sum(signs.get(one.kind, 1) * one.days for one in mine),
            sum(centimes(one.gross) for one in mine),
        )
        for person, mine in declarations.by_person(slips).items()
    ]
    return [one for one in sums if one.days or one.gross]


def lines_of(complement: Complement) -> list[Added]:
    return added(slips_of(complement.run, complement.carrier, complement.month))


def file_of(complement: Complement) -> bytes:
    """The E-file: who is added to stands in E04, whether CNSS knows them or not (1.4)."""
    month, carrier = complement.month, complement.carrier
    lines = [one for one in lines_of(complement) if one.goes_in]
    if not lines:
        SomethingToAdd().refuse(run=complement.run, month=f"{month:%Y-%m}", carrier=carrier)
    ceiling = declarations.limits_of(month)["ceiling"]
    people = [_declared(one, ceiling) for one in lines]
    first = db.session.scalar(
        select(Declaration).join(Declaration.run).filter(Declaration.carrier == carrier, PayrollRun.month == month)
    )
    more = {"prefilled": declarations.prefilled_of(first) if first else None, "complementary": complement.number}
    return declarations.written(carrier, complement.carrier_edition, month, people, **more)


def _declared(one: Added, ceiling: int) -> damancom.Declared:
    return damancom.Declared(
        number=one.person.cnss_number or "",
        family_name=one.slip.family_name_fr or "",
        given_name=one.slip.given_name_fr or "",
        days=one.days,
        gross=one.gross,
        capped=min(one.gross, ceiling),
        cnie=one.slip.cnie or "",
    )
