"""What a later payroll corrects of a month already declared, and the complementary file that says it; experimental.

Where the sources are silent this is decided: the file adds. A person goes in with the days and the wage that the
correction adds to what was declared before; a person from whom something is only taken back can't go in a file whose
amounts have no sign, and is named on the page, to be settled with the agency of CNSS by letter.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from awrash.cnss import damancom, declarations
from awrash.cnss.declaration_file import DeclarationFile, limits_of
from awrash.cnss.records import Complement, SomethingToAdd
from awrash.database.session import db
from awrash.models import Agreement, Carrier, Declaration, Participant, PayrollRun, PaySlip
from awrash.values.money import centimes
from awrash.values.states import SlipKind

DAYS_SIGN = {SlipKind.reversal: -1}  # a reversal keeps its days as they were, and its amounts below zero


@dataclass(frozen=True)
class PersonChange:
    """What a correction changes for one person: days and centimes, below zero when they are taken back."""

    person: Participant
    slip: PaySlip  # the last of those that make the difference: it says who they are
    days: int
    gross: int

    @property
    def goes_in(self) -> bool:
        """Whether the file can say it: it only adds."""
        return self.days > 0 and self.gross > 0


def slips_of(run: PayrollRun, carrier: Carrier, month: date | None = None) -> list[PaySlip]:
    """The corrections and reversals that this payroll froze of a carrier's earlier months, or of one of them."""
    query = declarations.of_carrier(PaySlip).where(
        PaySlip.run_id == run.id,
        PaySlip.month < run.month,
        PaySlip.kind.in_((SlipKind.correction, SlipKind.reversal)),
        Agreement.carrier_id == carrier.id,
    )
    query = query.where(PaySlip.month == month) if month else query
    return list(db.session.scalars(query.order_by(PaySlip.month, PaySlip.contract_id, PaySlip.id)))


def changes_by_month(run: PayrollRun, carrier: Carrier) -> dict[date, list[PersonChange]]:
    """What this payroll changes in each earlier month of the carrier."""
    by_month: dict[date, list[PaySlip]] = {}
    for slip in slips_of(run, carrier):
        by_month.setdefault(slip.month, []).append(slip)
    return {month: _changes(slips) for month, slips in by_month.items()}


def changes_of(complement: Complement) -> list[PersonChange]:
    """What the complement's payroll changes in its month, whether it goes in the file or not."""
    return _changes(slips_of(complement.run, complement.carrier, complement.month))


def _changes(slips: list[PaySlip]) -> list[PersonChange]:
    """The difference that each person's slips make; nobody for whom they make none."""
    changes = [
        PersonChange(
            person,
            own_slips[-1],
            days=sum(DAYS_SIGN.get(slip.kind, 1) * slip.days for slip in own_slips),
            gross=sum(centimes(slip.gross) for slip in own_slips),
        )
        for person, own_slips in declarations.by_person(slips).items()
    ]
    return [change for change in changes if change.days or change.gross]


def file_of(complement: Complement) -> DeclarationFile:
    """The E-file: who is added to stands in E04, whether CNSS knows them or not (1.4); RuleError for nobody."""
    month, carrier = complement.month, complement.carrier
    changes = [change for change in changes_of(complement) if change.goes_in]
    if not changes:
        SomethingToAdd().refuse(run=complement.run, month=f"{month:%Y-%m}", carrier=carrier)
    ceiling = limits_of(month)["ceiling"]
    lines = tuple(_declared_month(change, ceiling) for change in changes)
    first = db.session.scalar(
        select(Declaration).join(Declaration.run).filter(Declaration.carrier == carrier, PayrollRun.month == month)
    )
    prefilled = declarations.prefilled_of(first) if first else None
    return DeclarationFile(carrier, complement.carrier_edition, month, lines, prefilled, complement.number)


def _declared_month(change: PersonChange, ceiling: int) -> damancom.DeclaredMonth:
    return damancom.DeclaredMonth(
        number=change.person.cnss_number or "",
        family_name=change.slip.family_name_fr or "",
        given_name=change.slip.given_name_fr or "",
        days=change.days,
        gross=change.gross,
        capped=min(change.gross, ceiling),
        cnie=change.slip.cnie or "",
    )
