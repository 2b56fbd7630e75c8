"""Who can't be paid as things stand now, why, since when, and who mends it: asked of the database each time.

The conditions are those of the payroll itself, so what leaves this list is paid by the next calculation.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from flask_babel.speaklater import LazyString
from sqlalchemy import (
    CTE,
    BigInteger,
    CompoundSelect,
    Date,
    Select,
    SQLColumnExpression,
    String,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    type_coerce,
    union_all,
)

from awrash.database.session import db
from awrash.models import (
    Agreement,
    AttendanceSheet,
    Carrier,
    Complaint,
    Contract,
    Declaration,
    Participant,
    Payment,
    PayrollRun,
    PaySlip,
    Worksite,
)
from awrash.records.accounts import Role
from awrash.records.dated_figures import pay_month
from awrash.reports.month_wages import block_conditions, blocked_in, payable_lines
from awrash.rules.payability import PAYABLE
from awrash.rules.rule import RuleError
from awrash.values.language import _l, language
from awrash.values.months import add_months, last_day
from awrash.values.states import OPEN_COMPLAINTS, UNDECLARED, PaymentState, RunState

OWNERS = {
    "agreement_signed": Role.head_of_unit,
    "contract_approved": Role.file_officer,
    "attendance_locked": Role.field_officer,
    "declared_by_carrier": Role.file_officer,
    "bank_account": Role.file_officer,
    "account_of_one_person": Role.file_officer,
    "known_to_cnss": Role.file_officer,
    "phone_of_one_person": Role.file_officer,
    "not_declared_elsewhere": Role.file_officer,
    "days_within_month": Role.field_officer,
    "within_twelve_months": Role.head_of_unit,
    "payment_rejected": Role.payroll_officer,
}
TITLES = {rule.code: rule.title for rule in PAYABLE} | {"payment_rejected": _l("transfer rejected by the bank")}


class HasBlocks(Protocol):
    """A slip, or a line that prints one: the codes of the rules that block it, a space between them."""

    @property
    def blocked_by(self) -> str | None: ...


def block_titles(slip: HasBlocks) -> str:
    """The titles of the rules that block a wage, as a list in a sentence; empty when none does."""
    return titles_of((slip.blocked_by or "").split())


def titles_of(codes: Iterable[str]) -> str:
    """The titles of these rules, as a list in a sentence."""
    return ("، " if language() == "ar" else ", ").join(str(TITLES[code]) for code in codes)


def causes_now(slip: PaySlip) -> tuple[str, ...]:
    """Codes of the rules that block a wage as things stand, whatever blocked it when it was calculated."""
    codes = []
    for rule in PAYABLE:
        try:
            rule.check(slip)
        except RuleError:
            codes.append(rule.code)
    return tuple(codes)


def paid_with(slip: PaySlip) -> date:
    """The month of the payroll that takes in a wage which was blocked and no longer is.

    That of its own payroll while that is not frozen; else the next one that can still be calculated.
    """
    if slip.run.state != RunState.frozen:
        return slip.run.month
    later = select(PayrollRun.month).where(PayrollRun.state.in_((RunState.open, RunState.calculated)))
    still_open = db.session.scalar(later.where(PayrollRun.month > slip.run.month).order_by(PayrollRun.month).limit(1))
    return still_open or add_months(db.session.scalars(select(func.max(PayrollRun.month))).one(), 1)


@dataclass(frozen=True)
class Blocker:
    """A cause: how many people it blocks, for how many days the oldest, and which role can take it away."""

    code: str
    title: LazyString
    count: int
    oldest: int
    owner: Role


@dataclass(frozen=True)
class BlockedWage:
    """A wage that one cause blocks: since which day, and for which months."""

    contract: Contract
    person: Participant
    site: Worksite
    carrier: Carrier
    code: str
    since: date
    months: list[date]


@dataclass(frozen=True)
class Standing:
    """Who cannot be paid on a day, as every page and paper tells it: in which months, how many people, why.

    One person may have several causes, so the causes add up to as many people, or more.
    """

    months: list[date]
    people: int
    causes: list[Blocker]


def standing_on(today: date) -> Standing:
    """Who cannot be paid as things stand, in the month to close and in those before it."""
    months = months_owed(month_to_close(today))
    return Standing(months, count_blocked(months, today), blockers(months, today))


def month_to_close(today: date) -> date:
    """The oldest month with attendance or a payroll that is not frozen yet; else the last one; else this one."""
    frozen = select(PayrollRun.month).where(PayrollRun.state == RunState.frozen)
    months = _months_known().subquery()
    waiting = select(func.min(months.c.month)).where(months.c.month.not_in(frozen))
    return db.session.scalar(waiting) or db.session.scalar(select(func.max(months.c.month))) or today.replace(day=1)


def _months_known() -> CompoundSelect[tuple[date]]:
    """The months with attendance or a payroll."""
    return select(AttendanceSheet.month).union(select(PayrollRun.month))


def open_months(today: date) -> list[date]:
    """The months that are not closed, the oldest first: the one to close is always among them while it is open.

    A month is closed when its payroll is frozen, each carrier has declared it, each wage is paid, and each complaint
    received in it has its answer.
    """
    frozen = {run.month: run.id for run in db.session.scalars(select(PayrollRun).filter_by(state=RunState.frozen))}
    late = set(db.session.scalars(select(Declaration.run_id).where(Declaration.state.in_(UNDECLARED))))
    over = (PaymentState.paid, PaymentState.reissued)
    unpaid = select(PaySlip.run_id).join(Payment, Payment.pay_slip_id == PaySlip.id)
    late |= set(db.session.scalars(unpaid.where(Payment.state.not_in(over)).distinct()))
    unanswered = select(Complaint.received_on).where(Complaint.state.in_(OPEN_COMPLAINTS))
    complained = {day.replace(day=1) for day in db.session.scalars(unanswered)}
    known = sorted(month for month in db.session.scalars(_months_known()) if month <= today)
    return [month for month in known if month not in frozen or frozen[month] in late or month in complained]


def months_owed(month: date) -> list[date]:
    """The month being closed, and the frozen ones before it in which a wage is still blocked or rejected."""
    waits = or_(PaySlip.blocked_by.is_not(None), PaySlip.id.in_(_rejected(Payment.pay_slip_id)))
    frozen = select(PaySlip.month).join(PaySlip.run).where(PayrollRun.state == RunState.frozen, waits)
    return [*sorted(db.session.scalars(frozen.where(PaySlip.month < month).distinct())), month]


def _rejected(*columns: Any) -> Select[Any]:
    """Transfers that the bank rejected and nobody issued again."""
    return select(*columns).where(Payment.state == PaymentState.rejected)


def blocked_lines(month: date, today: date | None = None) -> Select[Any]:
    """A row for each wage of the month and each cause that blocks it: contract, person, worksite, month, code, since.

    Of a frozen month, only the wages blocked in it and not paid since. A transfer that the bank rejected is a cause.
    A sheet that is not locked is none before the month is over; without `today` it always is, as for the payroll.
    """
    frozen = select(PayrollRun.id).where(PayrollRun.month == month, PayrollRun.state == RunState.frozen)
    who = (Contract.id.label("contract_id"), Contract.participant_id, Contract.worksite_id)
    conditions = block_conditions(month)
    if today is not None and today <= last_day(month):
        del conditions["attendance_locked"]
    since = (case((condition, _since(code, month))).label(code) for code, condition in conditions.items())
    payable = payable_lines(month, *who, *since)
    if db.session.scalar(frozen) is not None:
        payable = payable.where(Contract.id.in_(blocked_in(month)))
    lines = payable.cte()  # the month's contracts are gone through once, not once a cause
    known = (lines.c.contract_id, lines.c.participant_id, lines.c.worksite_id, literal(month, Date))
    parts = (
        select(*known, literal(code, String), lines.c[code]).where(lines.c[code].is_not(None)) for code in conditions
    )
    rows = union_all(*parts, _rejected_lines(month)).subquery()
    names = ("contract_id", "participant_id", "worksite_id", "month", "code", "since")
    return select(*(column.label(name) for column, name in zip(rows.c, names, strict=True)))


def _rejected_lines(month: date) -> Select[Any]:
    columns = (Contract.id, Contract.participant_id, Contract.worksite_id, literal(month, Date))
    since = type_coerce(func.coalesce(Payment.sent_on, literal(last_day(month), Date)), Date)
    rejected = _rejected(*columns, literal("payment_rejected", String), since).select_from(Payment)
    return rejected.join(Payment.pay_slip).join(PaySlip.contract).where(PaySlip.month == month)


def contracts_to_raise(month: date) -> Select[Any]:
    """Ids of the contracts paid below the minimum wage of a month: its run raises them, so they block nobody."""
    wage = type_coerce(Contract.monthly_wage, BigInteger)
    return payable_lines(month, Contract.id).where(wage < pay_month(month).smig)


def count_to_raise(month: date) -> int:
    """How many wages the month's run will raise to the minimum wage; 0 once it is frozen."""
    frozen = select(PayrollRun.id).where(PayrollRun.month == month, PayrollRun.state == RunState.frozen)
    raised = contracts_to_raise(month).where(~frozen.exists()).subquery()
    return db.session.scalar(select(func.count()).select_from(raised)) or 0


def _since(code: str, month: date) -> SQLColumnExpression[Any]:
    """The day from which a cause has been waiting."""
    if code == "attendance_locked":
        return literal(last_day(month), Date)
    if code == "contract_approved":
        return type_coerce(func.coalesce(Contract.signed_on, Contract.starts_on), Date)
    return Agreement.starts_on if code == "agreement_signed" else Contract.starts_on


def _rows(months: Iterable[date], today: date | None = None) -> CTE:
    return union_all(*(blocked_lines(month, today) for month in months)).cte()


def blockers(months: list[date], today: date) -> list[Blocker]:
    """The causes in these months, those that block most people first."""
    rows = _rows(months, today)
    people = func.count(rows.c.participant_id.distinct())
    by_cause = select(rows.c.code, people, func.min(rows.c.since)).group_by(rows.c.code)
    causes = [
        Blocker(code, TITLES[code], count, max((today - _day(since)).days, 0), OWNERS[code])
        for code, count, since in db.session.execute(by_cause)
    ]
    return sorted(causes, key=lambda cause: (-cause.count, cause.code))


def _day(value: date | str) -> date:
    """The day; SQLite gives the minimum over a union as text."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def blocked_people(months: list[date], today: date | None = None) -> Select[Any]:
    """Ids of the people with a blocked wage, once for each month and cause."""
    return select(_rows(months, today).c.participant_id)


def count_blocked(months: list[date], today: date | None = None) -> int:
    """How many people have a blocked wage; each counts once."""
    people = blocked_people(months, today).subquery()
    return db.session.scalar(select(func.count(people.c[0].distinct()))) or 0


def blocked_contracts(months: list[date], code: str | None = None, today: date | None = None) -> Select[Any]:
    """Ids of the contracts whose wage a cause blocks; without a code, any cause."""
    rows = _rows(months, today)
    contracts = select(rows.c.contract_id)
    return contracts if code is None else contracts.where(rows.c.code == code)


def wages_blocked(
    months: list[date],
    code: str | None = None,
    limit: int | None = None,
    offset: int = 0,
    today: date | None = None,
) -> list[BlockedWage]:
    """Each blocked contract and cause with its months, the longest blocked first: all of them, or one page."""
    rows = _rows(months, today)
    page = _longest_blocked(rows, code).limit(limit).offset(offset).subquery()
    lines = (
        select(Contract, Participant, Worksite, Carrier, page.c.code, page.c.since, rows.c.month)
        .join(page, page.c.contract_id == Contract.id)
        .join(rows, and_(rows.c.contract_id == page.c.contract_id, rows.c.code == page.c.code))
        .join(Participant, Participant.id == rows.c.participant_id)
        .join(Worksite, Worksite.id == rows.c.worksite_id)
        .join(Agreement, Agreement.id == Worksite.agreement_id)
        .join(Carrier, Carrier.id == Agreement.carrier_id)
        .order_by(page.c.since, page.c.contract_id, page.c.code, rows.c.month)
    )
    wages: dict[tuple[int, str], BlockedWage] = {}
    for contract, person, site, carrier, cause, since, month in db.session.execute(lines):
        blocked = wages.setdefault((contract.id, cause), BlockedWage(contract, person, site, carrier, cause, since, []))
        blocked.months.append(month)
    return list(wages.values())


def count_causes(months: list[date], code: str | None = None, today: date | None = None) -> int:
    """How many lines `wages_blocked` gives: a contract that two causes block counts twice."""
    lines = _longest_blocked(_rows(months, today), code).order_by(None).subquery()
    return db.session.scalar(select(func.count()).select_from(lines)) or 0


def _longest_blocked(rows: Any, code: str | None) -> Select[Any]:
    """A row for each contract and cause, with the day since which its first month waits; the oldest first."""
    order = func.row_number().over(partition_by=(rows.c.contract_id, rows.c.code), order_by=rows.c.month)
    wanted = select(rows.c.contract_id, rows.c.code, rows.c.since, order.label("place"))
    ranked = (wanted if code is None else wanted.where(rows.c.code == code)).subquery()
    lines = select(ranked.c.contract_id, ranked.c.code, ranked.c.since).where(ranked.c.place == 1)
    return lines.order_by(ranked.c.since, ranked.c.contract_id, ranked.c.code)
