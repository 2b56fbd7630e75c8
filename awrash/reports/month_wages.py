"""The wages that a month's payroll looks at, and what blocks each: the rules of payability as SQL conditions."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from awrash.database.session import db
from awrash.models import (
    Agreement,
    AttendanceLine,
    AttendanceSheet,
    Call,
    Carrier,
    Contract,
    Edition,
    Participant,
    Payment,
    PayrollRun,
    PaySlip,
    Project,
    Worksite,
)
from awrash.records.dated_figures import Parameter, pay_month
from awrash.values import pay_formula
from awrash.values.figure_names import Figure
from awrash.values.money import centimes
from awrash.values.months import last_day
from awrash.values.states import (
    AccountState,
    ContractState,
    PaymentState,
    RunState,
    SheetState,
    SlipKind,
)

PAID_STATES = (ContractState.running, ContractState.ended)
AMOUNTS = ("contract_wage", "wage", "gross", "capped", "employee_share", "employer_share", "net", "income_tax")


def run_of(month: date) -> PayrollRun | None:
    """The run of a month, or None before it is opened."""
    return db.session.scalar(select(PayrollRun).filter_by(month=month))


def months_with_blocked(before: date) -> Iterable[date]:
    """The frozen months before another in which a wage is blocked."""
    months = select(PayrollRun.month).join(PayrollRun.slips).distinct().order_by(PayrollRun.month)
    frozen = months.where(PayrollRun.state == RunState.frozen, PayrollRun.month < before)
    return db.session.scalars(frozen.where(PaySlip.blocked_by.is_not(None))).all()


def blocked_in(month: date, calculated: PayrollRun | None = None) -> Select[Any]:
    """Ids of the contracts blocked in a month's frozen run and not paid since, but by the run `calculated`."""
    blocked = aliased(PaySlip)
    settled = select(PaySlip.contract_id).where(
        PaySlip.month == month, PaySlip.kind == SlipKind.correction, PaySlip.blocked_by.is_(None)
    )
    if calculated is not None:
        settled = settled.where(or_(PaySlip.run_id != calculated.id, PaySlip.reverses_id.is_not(None)))
    return select(blocked.contract_id).where(
        blocked.month == month,
        blocked.kind == SlipKind.regular,
        blocked.blocked_by.is_not(None),
        blocked.contract_id.not_in(settled),
    )


def payable_lines(month: date, *columns: Any) -> Select[Any]:
    """Columns of each contract in a month's payroll, joined to its person, worksite, carrier, edition and sheet."""
    return (
        select(*columns)
        .select_from(Contract)
        .join(Contract.participant)
        .join(Contract.worksite)
        .join(Worksite.agreement)
        .join(Agreement.carrier)
        .join(Agreement.project)
        .join(Project.call)
        .join(Call.edition)
        .outerjoin(AttendanceSheet, and_(AttendanceSheet.worksite_id == Worksite.id, AttendanceSheet.month == month))
        .outerjoin(
            AttendanceLine,
            and_(AttendanceLine.sheet_id == AttendanceSheet.id, AttendanceLine.contract_id == Contract.id),
        )
        .where(
            Contract.state.in_(PAID_STATES),
            Contract.starts_on <= last_day(month),
            Contract.ends_on >= month,
        )
    )


def block_conditions(month: date) -> dict[str, ColumnElement[bool]]:
    """Each rule of `PAYABLE`, by its code, as the condition that it blocks a line of `payable_lines`."""
    other = aliased(Participant)
    unsigned = or_(
        Agreement.council_signed_on.is_(None),
        Agreement.carrier_signed_on.is_(None),
        and_(Agreement.tripartite, Agreement.commune_signed_on.is_(None)),
        and_(Agreement.service.is_not(None), Agreement.service_signed_on.is_(None)),
    )
    at_other_bank = and_(
        func.coalesce(Edition.accepted_banks, "") != "",
        Edition.accepted_banks.not_like(literal("%").concat(func.substr(Participant.rib, 1, 3)).concat("%")),
    )
    unverified = or_(Participant.account_state != AccountState.verified, Participant.rib.is_(None), at_other_bank)
    shared = exists().where(other.rib == Participant.rib, other.id != Participant.id)
    same_phone = exists().where(other.phone == Participant.phone, other.id != Participant.id)
    earlier = AttendanceSheet.month <= month
    most, months = (int(Parameter.on(figure, month)) for figure in (Figure.full_month_days, Figure.longest_months))
    return {
        "agreement_signed": unsigned,
        "contract_approved": Contract.anapec_approved_on.is_(None),
        "attendance_locked": or_(AttendanceLine.id.is_(None), AttendanceSheet.state != SheetState.locked),
        "declared_by_carrier": Carrier.cnss_affiliation.is_(None),
        "bank_account": unverified,
        "account_of_one_person": shared,
        "known_to_cnss": and_(Participant.cnss_number.is_(None), Participant.cnie == ""),
        "phone_of_one_person": and_(Participant.phone_answer.is_(None), same_phone),
        "not_declared_elsewhere": and_(
            Participant.declared_elsewhere_by.is_not(None),
            or_(Participant.declared_elsewhere_until.is_(None), Participant.declared_elsewhere_until >= month),
        ),
        "days_within_month": Participant.id.in_(_with_days_over(most, most, AttendanceSheet.month == month)),
        "within_twelve_months": Participant.id.in_(_with_days_over(most * months, most, earlier)),
    }


def _with_days_over(most: int, each: int, months: ColumnElement[bool]) -> Select[Any]:
    """Ids of the people who have more declared days than allowed on the locked sheets of some months.

    Of one line, at most `each` days count.
    """
    counted = case((AttendanceLine.days > each, each), else_=AttendanceLine.days)
    declared = (
        select(Contract.participant_id)
        .join(Contract.attendance_lines)
        .join(AttendanceLine.sheet)
        .where(AttendanceSheet.state == SheetState.locked, months)
    )
    return declared.group_by(Contract.participant_id).having(func.sum(counted) > most)


def block_codes(month: date) -> ColumnElement[str | None]:
    """The codes of the rules that block a wage, a space between them; NULL when none does."""
    codes: ColumnElement[str] = literal("", String)
    for code, condition in block_conditions(month).items():
        codes = codes.concat(case((condition, f"{code} "), else_=""))
    return func.nullif(func.rtrim(codes), "")


def sheet_of(contract: Contract, month: date) -> AttendanceSheet | None:
    """The sheet of a contract's worksite in a month, or None before it is opened."""
    return db.session.scalar(select(AttendanceSheet).filter_by(worksite_id=contract.worksite_id, month=month))


def rejected_of(contract: Contract, month: date) -> Payment | None:
    """The transfer of a month's wage that the bank rejected and nobody issued again."""
    payments = select(Payment).join(Payment.pay_slip).where(PaySlip.contract_id == contract.id, PaySlip.month == month)
    return db.session.scalar(payments.where(Payment.state == PaymentState.rejected))


def explain(slip: PaySlip) -> list[tuple[str, dict[str, Any]]]:
    """The slip's calculation step by step, in centimes, by the figures of its month; without tax if it had none."""
    month = pay_month(slip.month)
    known = month if slip.income_tax else replace(month, tax=None)
    return pay_formula.steps(centimes(slip.contract_wage), slip.days, known)
