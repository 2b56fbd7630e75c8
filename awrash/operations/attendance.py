"""Attendance sheets: opened, filled, verified, locked."""

from datetime import date

from sqlalchemy import select

from awrash.database.session import db
from awrash.models import AttendanceLine, AttendanceSheet, Worksite
from awrash.records.steps import step
from awrash.rules.steps import starts_from
from awrash.values import months
from awrash.values.states import NO_MARK, SHEET_STEPS, Mark, SheetState, Situation, WorksiteState

# ---- attendance


@starts_from(WorksiteState.open, WorksiteState.suspended, WorksiteState.completed)
def open_sheet(worksite: Worksite, month: date) -> AttendanceSheet:
    """The sheet of a month with a line for each contract that touches it; opened again, it only gains who is new."""
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


def mark_line(line: AttendanceLine, marks: str, days: int, situation: Situation) -> None:
    """Write a line of the sheet: its days one by one, else their sum only."""
    marks = marks.strip().upper()
    has_marks = bool(marks.strip(NO_MARK))
    line.marks, line.situation = (marks if has_marks else None), situation
    line.days_worked = marks.count(Mark.worked) if has_marks else days


@starts_from(SheetState.open)
def fill_sheet(sheet: AttendanceSheet) -> None:
    step(sheet, SheetState.filled)


@starts_from(SheetState.filled)
def verify_sheet(sheet: AttendanceSheet) -> None:
    step(sheet, SheetState.verified)


@starts_from(SheetState.open, SheetState.filled, SheetState.verified)
def lock_attendance(sheet: AttendanceSheet, on: date) -> None:
    """Lock a sheet: filled and verified on the way when they were not yet, each with its audit line."""
    for state in (SheetState.filled, SheetState.verified):
        if state in SHEET_STEPS[sheet.state]:
            step(sheet, state)
    sheet.locked_on = on
    step(sheet, SheetState.locked)
