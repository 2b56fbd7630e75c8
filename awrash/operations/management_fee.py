"""To approve and pay the instalments of the management fee, and what each agreement has cost to date."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Select, and_, case, func, select, type_coerce

from awrash.database.session import db
from awrash.models import (
    Agreement,
    Call,
    Carrier,
    Commune,
    Contract,
    Edition,
    Instalment,
    PayrollRun,
    PaySlip,
    Project,
    Worksite,
)
from awrash.records.dated_figures import Parameter
from awrash.records.steps import step
from awrash.rules.steps import starts_from
from awrash.values.figure_names import Figure
from awrash.values.money import dirhams
from awrash.values.states import AgreementState, InstalmentState, RunState, SlipKind

HUNDRED = 100


@starts_from(InstalmentState.due)
def approve_instalment(instalment: Instalment, by: Any, on: date) -> None:
    """The council owes this part of the fee."""
    instalment.approved_by, instalment.approved_on = by, on
    step(instalment, InstalmentState.approved)


@starts_from(InstalmentState.approved)
def pay_instalment(instalment: Instalment, on: date, reference: str | None) -> None:
    """The carrier received it."""
    instalment.paid_on, instalment.reference = on, reference
    step(instalment, InstalmentState.paid)


@starts_from(InstalmentState.approved)
def take_back_instalment(instalment: Instalment, reason: str | None) -> None:
    """An approval taken back: the instalment is due again."""
    instalment.approved_by = instalment.approved_on = None
    step(instalment, InstalmentState.due, why=reason)


@starts_from(InstalmentState.paid)
def return_instalment(instalment: Instalment, reason: str | None) -> None:
    """A transfer that came back: the instalment is approved still, and paid again."""
    instalment.paid_on = None
    step(instalment, InstalmentState.approved, why=reason)


def is_late(today: date) -> Any:
    """The condition of an instalment of an agreement in force whose day is over and that is not paid."""
    out_of_force = (AgreementState.drafted, AgreementState.terminated)
    owed = Instalment.agreement_id.in_(select(Agreement.id).where(Agreement.state.not_in(out_of_force)))
    return and_(Instalment.due_on < today, Instalment.state != InstalmentState.paid, owed)


# ---- what it costs


@dataclass(frozen=True)
class Cost:
    """What an agreement, a carrier or a commune has cost to date, in dirhams, beside what was agreed.

    `budget` is the value agreed and the fee; `spent` the wages and contributions of the frozen payrolls and the fee
    paid. Person-months are declared days by the days of a full month.
    """

    subject: Any
    value: Decimal
    fee: Decimal
    gross: Decimal
    employer_share: Decimal
    fee_late: Decimal
    fee_approved: Decimal
    fee_paid: Decimal
    person_months_agreed: int
    person_months: Decimal

    @property
    def budget(self) -> Decimal:
        return self.value + self.fee

    @property
    def spent(self) -> Decimal:
        return self.gross + self.employer_share + self.fee_paid

    @property
    def left(self) -> Decimal:
        return self.budget - self.spent

    @property
    def share(self) -> Decimal:
        """Per cent of the budget that is spent."""
        return HUNDRED * self.spent / self.budget if self.budget else Decimal("0.00")


COST_SUBJECTS: dict[str, tuple[Any, Any]] = {  # what the costs are told by, and how an agreement leads to it
    "agreement": (Agreement, Agreement.id),
    "carrier": (Carrier, Agreement.carrier_id),
    "commune": (Commune, Project.commune_id),
}
SUMS = ("value", "fee", "gross", "employer_share", "fee_late", "fee_approved", "fee_paid")


def costs_of(by: str, today: date, edition: Edition | None = None) -> list[Cost]:
    """What each agreement, carrier or commune has cost to date, who used most of its budget first; one select."""
    record, key = COST_SUBJECTS[by]
    wages, fees = _wages().subquery(), _fees(today).subquery()
    months = Project.places * Project.months
    parts = {
        "value": type_coerce(Agreement.value, BigInteger),
        "fee": type_coerce(Agreement.management_fee, BigInteger),
        **{name: wages.c[name] for name in ("gross", "employer_share", "days")},
        **{name: fees.c[name] for name in ("fee_late", "fee_approved", "fee_paid")},
        "agreed": months,
    }
    sums = (
        select(key.label("key"), *(func.coalesce(func.sum(amount), 0).label(name) for name, amount in parts.items()))
        .select_from(Agreement)
        .join(Agreement.project)
        .outerjoin(wages, wages.c.agreement_id == Agreement.id)
        .outerjoin(fees, fees.c.agreement_id == Agreement.id)
        .group_by(key)
    )
    if edition is not None:
        sums = sums.join(Project.call).where(Call.edition_id == edition.id)
    summed = sums.subquery()
    lines = db.session.execute(select(record, summed).join(summed, summed.c.key == record.id)).all()
    full = Parameter.on(Figure.full_month_days, today)
    costs = [_cost(line, full) for line in lines]
    return sorted(costs, key=lambda cost: (-cost.share, cost.subject.id))


def _cost(line: Any, full_month: Decimal) -> Cost:
    sums = {name: dirhams(int(getattr(line, name))) for name in SUMS}
    months = (Decimal(int(line.days)) / full_month).quantize(Decimal("0.01"))
    return Cost(line[0], person_months_agreed=int(line.agreed), person_months=months, **sums)


def _wages() -> Select[Any]:
    """Of each agreement: gross wages and employer's contributions in centimes, and days, of the frozen payrolls."""
    signed = case((PaySlip.kind == SlipKind.reversal, -PaySlip.days), else_=PaySlip.days)
    return (
        select(
            Worksite.agreement_id,
            func.sum(type_coerce(PaySlip.gross, BigInteger)).label("gross"),
            func.sum(type_coerce(PaySlip.employer_share, BigInteger)).label("employer_share"),
            func.sum(signed).label("days"),
        )
        .join(PaySlip.run)
        .join(PaySlip.contract)
        .join(Contract.worksite)
        .where(PayrollRun.state == RunState.frozen, PaySlip.blocked_by.is_(None))
        .group_by(Worksite.agreement_id)
    )


def _fees(today: date) -> Select[Any]:
    """Of each agreement: its fee that is late, approved and not paid, and paid, in centimes."""
    amount = type_coerce(Instalment.amount, BigInteger)
    kinds = {
        "fee_late": is_late(today),
        "fee_approved": Instalment.state == InstalmentState.approved,
        "fee_paid": Instalment.state == InstalmentState.paid,
    }
    sums = (func.sum(case((condition, amount), else_=0)).label(name) for name, condition in kinds.items())
    return select(Instalment.agreement_id, *sums).group_by(Instalment.agreement_id)
