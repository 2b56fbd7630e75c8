"""Attendance sheets: opened, filled, verified, locked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from awrash.database.record import changed, is_new
from awrash.database.session import RecordSession, db
from awrash.models import AttendanceLine, AttendanceSheet, Worksite
from awrash.records.accounts import User
from awrash.records.audit import actor_of_work
from awrash.records.steps import step
from awrash.rules.check import refusals_of
from awrash.rules.rule import RuleError
from awrash.rules.steps import starts_from
from awrash.values import months
from awrash.values.states import NO_MARK, SHEET_STEPS, Mark, SheetState, Situation, WorksiteState

# ---- attendance


@starts_from(WorksiteState.open, WorksiteState.suspended, WorksiteState.completed)
def open_sheet(worksite: Worksite, month: date) -> AttendanceSheet:
    """The sheet of a month, with a line for each contract that touches it; opened again, it gains the new contracts."""
    known = select(AttendanceSheet).filter_by(worksite_id=worksite.id, month=month)
    with db.session.no_autoflush:
        sheet = db.session.scalar(known) or AttendanceSheet(month=month)
        sheet.worksite = worksite
        listed = {line.contract for line in sheet.lines}
        for contract in worksite.contracts:
            touches = contract.starts_on <= months.last_day(month) and contract.ends_on >= month and contract.ran
            if touches and contract not in listed:
                sheet.lines.append(AttendanceLine(contract=contract, days_worked=0))
        db.session.add(sheet)
    db.session.flush()
    return sheet


@dataclass(frozen=True)
class LineEntry:
    """What is to be written on a line: its letters, the sum of days where there are none, the situation."""

    marks: str
    days: int
    situation: Situation


def mark_line(line: AttendanceLine, marks: str, days: int, situation: Situation) -> None:
    """Write a line of the sheet: its days one by one by their marks, else the number of days alone."""
    marks = marks.strip().upper()
    has_marks = bool(marks.strip(NO_MARK))
    line.marks, line.situation = (marks if has_marks else None), situation
    line.days_worked = marks.count(Mark.worked) if has_marks else days


def write_lines(sheet: AttendanceSheet, entries: Mapping[int, LineEntry]) -> dict[int, list[RuleError]]:
    """Write the lines of a sheet, by their ids, and give what refuses each; the caller takes all back if any is."""
    refused = {}
    with db.session.no_autoflush:
        for line in sheet.lines:
            if line.id in entries:
                entry = entries[line.id]
                mark_line(line, entry.marks, entry.days, entry.situation)
                refused[line.id] = list(refusals_of(line))
    return refused


@event.listens_for(RecordSession, "before_flush")
def note_who_fills(session: Session, *_: Any) -> None:
    """A sheet keeps who wrote on its lines last, whatever the door: somebody else locks it."""
    actor = actor_of_work()
    if actor is None:
        return
    with session.no_autoflush:
        for line in [*session.new, *session.dirty]:
            is_written = isinstance(line, AttendanceLine) and line.sheet is not None and _is_filled(line)
            if is_written and line.sheet.filled_by_id != actor:
                line.sheet.filled_by_id = actor


def _is_filled(line: AttendanceLine) -> bool:
    """Whether days are about to be written on a line; one that is only added says nothing yet."""
    if is_new(line):
        return bool(line.days_worked or line.marks)
    return changed(line, "days_worked", "marks", "situation")


@starts_from(SheetState.open)
def fill_sheet(sheet: AttendanceSheet) -> None:
    step(sheet, SheetState.filled)


@starts_from(SheetState.filled)
def verify_sheet(sheet: AttendanceSheet) -> None:
    step(sheet, SheetState.verified)


@starts_from(SheetState.open, SheetState.filled, SheetState.verified)
def lock_attendance(sheet: AttendanceSheet, on: date, by: User | None = None) -> None:
    """Lock a sheet; one that is not filled or verified yet passes these states first, each with its audit line.

    `by` is another person than who filled it.
    """
    for state in (SheetState.filled, SheetState.verified):
        if state in SHEET_STEPS[sheet.state]:
            step(sheet, state)
    sheet.locked_on, sheet.locked_by = on, by
    step(sheet, SheetState.locked)
