"""The right days of a line found after the lock: what counts changes, and a wage already frozen is taken back."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import aliased

from awrash.database.session import db
from awrash.models import AttendanceCorrection, AttendanceLine, PayrollRun, PaySlip
from awrash.operations.payroll import open_run, reverse_slip
from awrash.records.steps import step
from awrash.values import months
from awrash.values.states import RunState, SlipKind


def correct_attendance(correction: AttendanceCorrection, on: date) -> list[PaySlip]:
    """Let a correction count; the slips made when its wage was frozen already, none when it was not.

    The wage is taken back and paid again in the payroll that follows the frozen ones.
    """
    with db.session.no_autoflush:
        line = correction.line
        db.session.add(correction)
        correction.corrected_on = on
        line.corrected_days, line.corrected_situation = correction.days_worked, correction.situation
        if correction not in line.corrections:
            line.corrections.append(correction)
    db.session.flush()
    slip = _standing(line)
    return _pay_again(slip, correction) if slip else []


def _standing(line: AttendanceLine) -> PaySlip | None:
    """The frozen slip that pays a line as things stand: not blocked, and not taken back by another frozen payroll."""
    back, taker = aliased(PaySlip), aliased(PayrollRun)
    taken_back = (
        select(back.reverses_id)
        .join(taker, taker.id == back.run_id)
        .where(back.kind == SlipKind.reversal, taker.state == RunState.frozen)
    )
    standing = (
        select(PaySlip)
        .join(PaySlip.run)
        .where(
            PaySlip.contract_id == line.contract.id,
            PaySlip.month == line.sheet.month,
            PaySlip.kind != SlipKind.reversal,
            PaySlip.blocked_by.is_(None),
            PayrollRun.state == RunState.frozen,
            PaySlip.id.not_in(taken_back),
        )
    )
    return db.session.scalar(standing)


def _pay_again(slip: PaySlip, correction: AttendanceCorrection) -> list[PaySlip]:
    run = next_run()
    for earlier in db.session.scalars(select(PaySlip).where(PaySlip.reverses_id == slip.id)):
        db.session.delete(earlier)  # a correction whose payroll is not frozen yet: the new one stands in its place
    db.session.flush()
    made = reverse_slip(slip, run, correction.reason, correction.days_worked)
    made[-1].situation = correction.situation
    if run.state in (RunState.reviewed, RunState.approved):
        run.approved_by = None
        step(run, RunState.calculated, why=correction.reason)  # what was approved has changed
    db.session.flush()
    return made


def next_run() -> PayrollRun:
    """The payroll that takes what is found after a freeze: the first that follows the frozen ones, opened if needed."""
    frozen = select(PayrollRun.month).where(PayrollRun.state == RunState.frozen)
    last = db.session.scalars(frozen.order_by(PayrollRun.month.desc())).first()
    later = select(PayrollRun).where(PayrollRun.state != RunState.frozen).order_by(PayrollRun.month)
    if last is None:
        raise LookupError("no payroll is frozen")
    known = db.session.scalar(later.where(PayrollRun.month > last).limit(1))
    return known or open_run(months.add_months(last, 1))
