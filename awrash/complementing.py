"""What a later payroll corrects of a month already declared, and the complementary file that says it; experimental.

Where the sources are silent this is decided: the file adds. A person goes in with the days and the wage that the
correction adds to what was declared before; a person from whom something is only taken back can't go in a file whose
amounts have no sign, and is named on the page, to be settled with the agency of CNSS by letter.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select

from awrash import damancom, declaring
from awrash import states as s
from awrash.complements import Complement, SomethingToAdd
from awrash.database import db
from awrash.models import Agreement, Carrier, Declaration, PayrollRun, PaySlip
from awrash.money import centimes
from awrash.operations import step
from awrash.starting import starts_from


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
    asked = declaring.of_carrier(PaySlip).where(
        PaySlip.run_id == run.id,
        PaySlip.month < run.month,
        PaySlip.kind.in_((s.SlipKind.correction, s.SlipKind.reversal)),
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
    signs = {s.SlipKind.reversal: -1}  # a reversal keeps its days as they were, and its amounts below zero
    sums = [
        Added(
            person,
            mine[-1],
            sum(signs.get(one.kind, 1) * one.days for one in mine),
            sum(centimes(one.gross) for one in mine),
        )
        for person, mine in declaring.by_person(slips).items()
    ]
    return [one for one in sums if one.days or one.gross]


def open_complement(run: PayrollRun, carrier: Carrier, month: date) -> Complement:
    """The complementary file of a payroll, carrier and earlier month, numbered after those the month has."""
    known = db.session.scalar(select(Complement).filter_by(run_id=run.id, carrier_id=carrier.id, month=month))
    if known is not None:
        return known
    asked = select(func.coalesce(func.max(Complement.number), 0)).filter_by(carrier_id=carrier.id, month=month)
    made = Complement(month=month, number=(db.session.scalar(asked) or 0) + 1)
    with db.session.no_autoflush:
        made.run, made.carrier = run, carrier
        db.session.add(made)
    db.session.flush()
    return made


def lines_of(complement: Complement) -> list[Added]:
    return added(slips_of(complement.run, complement.carrier, complement.month))


@starts_from(s.DeclarationState.to_make, s.DeclarationState.made, s.DeclarationState.rejected)
def make_complement(complement: Complement) -> None:
    """Write the complementary file and say that it is made; a refusal in the place of a file that CNSS would refuse."""
    complement.content = file_of(complement)
    edition, number = complement.carrier_edition, complement.number
    complement.file_name = declaring.file_name(complement.carrier, complement.month, edition, number)
    step(complement, s.DeclarationState.made)


def file_of(complement: Complement) -> bytes:
    """The E-file: who is added to stands in E04, whether CNSS knows them or not (1.4)."""
    month, carrier = complement.month, complement.carrier
    lines = [one for one in lines_of(complement) if one.goes_in]
    if not lines:
        SomethingToAdd().refuse(run=complement.run, month=f"{month:%Y-%m}", carrier=carrier)
    ceiling = declaring.limits_of(month)["ceiling"]
    people = [_declared(one, ceiling) for one in lines]
    first = db.session.scalar(
        select(Declaration).join(Declaration.run).filter(Declaration.carrier == carrier, PayrollRun.month == month)
    )
    more = {"prefilled": declaring.prefilled_of(first) if first else None, "complementary": complement.number}
    return declaring.written(carrier, complement.carrier_edition, month, people, **more)


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
