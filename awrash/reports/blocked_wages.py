"""Who can't be paid as things stand now, why, since when, and who mends it: asked of the database each time.

The conditions are those of the payroll itself, so what leaves this list is paid by the next calculation.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Date, Select, String, and_, case, func, literal, or_, select, type_coerce, union_all

from awrash.database.session import db
from awrash.models import (
    Agreement,
    AttendanceSheet,
    Carrier,
    Contract,
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
from awrash.values.language import _l, language
from awrash.values.months import last_day
from awrash.values.states import PaymentState, RunState

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


def block_titles(slip: Any) -> str:
    """What stops one wage, in few words; empty when nothing does."""
    titles = [str(TITLES[code]) for code in (slip.blocked_by or "").split()]
    return ("، " if language() == "ar" else ", ").join(titles)


@dataclass(frozen=True)
class Blocker:
    """One cause: how many people it stops, the days that the oldest has waited, and who mends it."""

    code: str
    title: Any
    count: int
    oldest: int
    owner: Role


@dataclass(frozen=True)
class BlockedWage:
    """Somebody's wage that one cause stops, the day since, and the months it stops."""

    contract: Contract
    person: Participant
    site: Worksite
    carrier: Carrier
    code: str
    since: date
    months: list[date]


def month_to_close(today: date) -> date:
    """The oldest month with attendance or a payroll that is not frozen yet; else the last one; else this one."""
    frozen = select(PayrollRun.month).where(PayrollRun.state == RunState.frozen)
    months = select(AttendanceSheet.month).union(select(PayrollRun.month)).subquery()
    waiting = select(func.min(months.c.month)).where(months.c.month.not_in(frozen))
    return db.session.scalar(waiting) or db.session.scalar(select(func.max(months.c.month))) or today.replace(day=1)


def months_owed(month: date) -> list[date]:
    """The month being closed, and the frozen ones before it in which somebody is still stopped."""
    waits = or_(PaySlip.blocked_by.is_not(None), PaySlip.id.in_(_rejected(Payment.pay_slip_id)))
    frozen = select(PaySlip.month).join(PaySlip.run).where(PayrollRun.state == RunState.frozen, waits)
    return [*sorted(db.session.scalars(frozen.where(PaySlip.month < month).distinct())), month]


def _rejected(*columns: Any) -> Select[Any]:
    """The transfers that the bank sent back and nobody issued again."""
    return select(*columns).where(Payment.state == PaymentState.rejected)


def blocked_lines(month: date) -> Select[Any]:
    """A row for each contract and cause that stops a wage of the month: contract, person, worksite, code, since.

    Of a frozen month, only who was stopped in it and has not been paid for it since; a transfer that came back
    stops the wage again.
    """
    frozen = select(PayrollRun.id).where(PayrollRun.month == month, PayrollRun.state == RunState.frozen)
    who = (Contract.id.label("contract_id"), Contract.participant_id, Contract.worksite_id)
    conditions = block_conditions(month)
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
    """Ids of the contracts whose wage is below the minimum wage of a month: its run will lift them, nobody waits."""
    wage = type_coerce(Contract.monthly_wage, BigInteger)
    return payable_lines(month, Contract.id).where(wage < pay_month(month).smig)


def count_to_raise(month: date) -> int:
    """How many wages the month's run will lift to the minimum wage; none once it is frozen."""
    frozen = select(PayrollRun.id).where(PayrollRun.month == month, PayrollRun.state == RunState.frozen)
    raised = contracts_to_raise(month).where(~frozen.exists()).subquery()
    return db.session.scalar(select(func.count()).select_from(raised)) or 0


def _since(code: str, month: date) -> Any:
    """The day from which a cause has been waiting."""
    if code == "attendance_locked":
        return literal(last_day(month), Date)
    if code == "contract_approved":
        return type_coerce(func.coalesce(Contract.signed_on, Contract.starts_on), Date)
    return Agreement.starts_on if code == "agreement_signed" else Contract.starts_on


def _rows(months: Iterable[date]) -> Any:
    return union_all(*(blocked_lines(month) for month in months)).cte()


def blockers(months: list[date], today: date) -> list[Blocker]:
    """The causes of these months, those that stop most people first."""
    rows = _rows(months)
    people = func.count(rows.c.participant_id.distinct())
    by_cause = select(rows.c.code, people, func.min(rows.c.since)).group_by(rows.c.code)
    causes = [
        Blocker(code, TITLES[code], count, max((today - _day(since)).days, 0), OWNERS[code])
        for code, count, since in db.session.execute(by_cause)
    ]
    return sorted(causes, key=lambda cause: (-cause.count, cause.code))


def _day(value: date | str) -> date:
    """SQLite gives the least of united days as text."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def blocked_people(months: list[date]) -> Select[Any]:
    """Ids of the people whom something stops."""
    return select(_rows(months).c.participant_id)


def count_blocked(months: list[date]) -> int:
    """How many people something stops; somebody stopped twice counts once."""
    people = blocked_people(months).subquery()
    return db.session.scalar(select(func.count(people.c[0].distinct()))) or 0


def blocked_contracts(months: list[date], code: str | None = None) -> Select[Any]:
    """Ids of the contracts that one cause stops, or any."""
    rows = _rows(months)
    contracts = select(rows.c.contract_id)
    return contracts if code is None else contracts.where(rows.c.code == code)


def wages_blocked(
    months: list[date], code: str | None = None, limit: int | None = None, offset: int = 0
) -> list[BlockedWage]:
    """Each blocked contract and cause with its months, the longest blocked first: all of them, or one page."""
    rows = _rows(months)
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


def count_causes(months: list[date], code: str | None = None) -> int:
    """How many lines `wages_blocked` gives: a contract that two causes block counts twice."""
    lines = _longest_blocked(_rows(months), code).order_by(None).subquery()
    return db.session.scalar(select(func.count()).select_from(lines)) or 0


def _longest_blocked(rows: Any, code: str | None) -> Select[Any]:
    """A row for each contract and cause, with the day since which its first month waits; the oldest first."""
    order = func.row_number().over(partition_by=(rows.c.contract_id, rows.c.code), order_by=rows.c.month)
    wanted = select(rows.c.contract_id, rows.c.code, rows.c.since, order.label("place"))
    ranked = (wanted if code is None else wanted.where(rows.c.code == code)).subquery()
    lines = select(ranked.c.contract_id, ranked.c.code, ranked.c.since).where(ranked.c.place == 1)
    return lines.order_by(ranked.c.since, ranked.c.contract_id, ranked.c.code)
