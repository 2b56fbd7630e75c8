"""How many days each stage of closing a month took, from the last day of the month to the last wage paid.

A stage begins where the one before it ended and lasts until its own last paper: the last sheet locked, the last
calculation, the freeze of what a second person approved, the last declaration taken to Damancom, the last wage paid.
The days are those that the office itself wrote on its papers.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, case, func, select

from awrash.database.session import db
from awrash.models import AttendanceSheet, Contract, Declaration, Payment, PayrollRun, PaySlip
from awrash.records.dated_figures import declare_by, wages_due_on
from awrash.reports.month_wages import payable_lines
from awrash.values.language import _l, office_day
from awrash.values.months import last_day
from awrash.values.states import DeclarationState, PaymentState, RunState, SheetState, Word

Locks = list[tuple[date | None, bool]]  # of a month's sheets: the day of the lock, and whether it still holds
Waiting = dict[int, tuple[int, date | None]]  # by payroll: how many are left to do, and the day of the last one done

UPLOADED = (DeclarationState.uploaded, DeclarationState.accepted)


class StageCode(Word):
    """The stages whose days are counted, in order."""

    attendance = "attendance", _l("Attendance")
    calculation = "calculation", _l("Calculation")
    approval = "approval", _l("Approval and freeze")
    declaration = "declaration", _l("Declaration")
    payment = "payment", _l("Payment")


@dataclass(frozen=True)
class StageDays:
    """One stage of one month: whole days until it was passed, or so far; None while an earlier stage is open."""

    code: StageCode
    days: int | None
    until: date | None

    @property
    def is_passed(self) -> bool:
        return self.until is not None

    @property
    def is_open(self) -> bool:
        """Whether the month stands at this stage now."""
        return self.days is not None and self.until is None


@dataclass(frozen=True)
class MonthStages:
    """The stages of one month; `total` counts the days from its last day, `late` those after the day wages are due."""

    month: date
    run_id: int | None
    stages: tuple[StageDays, ...]
    declare_by: date
    due_on: date
    total: int
    late: int

    @property
    def is_open(self) -> bool:
        return not self.stages[-1].is_passed

    @property
    def longest(self) -> StageDays | None:
        """The stage that took most days, the first of several; None where no stage took a day."""
        taken = [stage for stage in self.stages if stage.days]
        return max(taken, key=lambda stage: stage.days or 0, default=None)


def stages_of_months(today: date, since: date | None = None, until: date | None = None) -> list[MonthStages]:
    """Each month with a sheet or a payroll, the latest first: four selects, and one more for a month not calculated."""
    locks, runs = _locks(), _runs()
    declared, paid = _declared(), _paid()
    months = sorted({*locks, *runs}, reverse=True)
    wanted = [month for month in months if (not since or month >= since) and (not until or month <= until)]
    return [_month(month, locks.get(month, []), runs.get(month), declared, paid, today) for month in wanted]


def _locks() -> dict[date, Locks]:
    """Of each month: the days on which sheets were locked, and whether they still are."""
    state = AttendanceSheet.state == SheetState.locked
    sheets = select(AttendanceSheet.month, AttendanceSheet.locked_on, state).distinct()
    locks: dict[date, Locks] = {}
    for month, locked_on, is_locked in db.session.execute(sheets):
        locks.setdefault(month, []).append((locked_on, bool(is_locked)))
    return locks


def _runs() -> dict[date, Row[Any]]:
    columns = (PayrollRun.month, PayrollRun.id, PayrollRun.state, PayrollRun.calculated_at, PayrollRun.frozen_at)
    return {row.month: row for row in db.session.execute(select(*columns))}


def _declared() -> Waiting:
    """Of each payroll: declarations not taken to Damancom, and the day of the last that was."""
    left = func.sum(case((Declaration.state.in_(UPLOADED), 0), else_=1))
    last = func.max(case((Declaration.state.in_(UPLOADED), Declaration.uploaded_on)))
    uploads = select(Declaration.run_id, left, last).group_by(Declaration.run_id)
    return {run: (int(count), day) for run, count, day in db.session.execute(uploads)}


def _paid() -> Waiting:
    """Of each payroll: wages not paid, and the day of the last that was; a transfer issued again counts once."""
    payments = (
        select(
            PaySlip.run_id,
            func.sum(case((Payment.state == PaymentState.paid, 0), else_=1)),
            func.max(Payment.paid_on),
        )
        .join(Payment.pay_slip)
        .where(Payment.state != PaymentState.reissued)
        .group_by(PaySlip.run_id)
    )
    return {run: (int(count), day) for run, count, day in db.session.execute(payments)}


def _month(
    month: date, locks: Locks, run: Row[Any] | None, declared: Waiting, paid: Waiting, today: date
) -> MonthStages:
    ends = _ends(month, locks, run, declared, paid)
    start = here = last_day(month)
    stages, is_open = [], False
    for code in StageCode:
        ended = None if is_open else next(ends)
        until = max(ended, here) if ended else None
        days = None if is_open else max(((until or today) - here).days, 0)
        stages.append(StageDays(code, days, until))
        is_open, here = is_open or until is None, until or here
    last, due_on = (today if is_open else here), wages_due_on(month)
    total, late = max((last - start).days, 0), max((last - due_on).days, 0)
    return MonthStages(month, run.id if run else None, tuple(stages), declare_by(month), due_on, total, late)


def _ends(month: date, locks: Locks, run: Row[Any] | None, declared: Waiting, paid: Waiting) -> Iterator[date | None]:
    """The day on which each stage was passed, in order; the caller stops at the first that was not."""
    calculated = office_day(run.calculated_at) if run and run.state != RunState.open else None
    yield _last_lock(month, locks, calculated)
    yield calculated
    frozen = office_day(run.frozen_at) if run and run.state == RunState.frozen else None
    yield frozen
    if run is None:
        return  # nobody asks further: without a run the month stands before its freeze
    uploaded = _last(declared.get(run.id), frozen)
    yield uploaded
    yield _last(paid.get(run.id), uploaded)


def _last(counted: tuple[int, date | None] | None, nothing: date | None) -> date | None:
    """The day of the last of them, `nothing` where there are none to wait for; None while one is missing."""
    if counted is None:
        return nothing
    return counted[1] if counted[0] == 0 else None


def _last_lock(month: date, locks: Locks, calculated: date | None) -> date | None:
    """The day of the last lock; once the payroll is calculated, of the last that it could take."""
    if calculated is not None:
        return max((day for day, _locked in locks if day and day <= calculated), default=calculated)
    if not all(is_locked for _day, is_locked in locks) or _lacks_a_sheet(month):
        return None
    return max((day for day, _locked in locks if day), default=None)


def _lacks_a_sheet(month: date) -> bool:
    """Whether somebody's worksite has no sheet of a month yet."""
    return db.session.scalar(payable_lines(month, Contract.id).where(AttendanceSheet.id.is_(None)).limit(1)) is not None
