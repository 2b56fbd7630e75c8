"""The attendance sheet on paper: to fill, and as filled; each page has the code that ties a scan to its sheet."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from babel.dates import format_date
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from awrash.database.session import db
from awrash.models import AttendanceLine, AttendanceSheet, Contract
from awrash.papers import requirements
from awrash.papers.document import Document
from awrash.papers.fields import Told, Written, both, isolate_text, month, number
from awrash.papers.typesetting import qr
from awrash.records.paper_kinds import PaperKind
from awrash.values import months
from awrash.values.language import FORMATS, _l
from awrash.values.sheet_code import code_of
from awrash.values.states import NO_MARK, Mark, Situation

ROWS = 15  # people on a page: with letterhead, legend and signatures they fill one side
COLUMNS = 31
REST = (4, 6)  # Friday, Sunday
YES = [Written("x")]  # a cell is shaded for each that stands in a list
EMPTY = Written("")
MARKS = str.maketrans({NO_MARK: " "})


def lines_of(sheet: AttendanceSheet) -> list[AttendanceLine]:
    """The lines of a sheet by name, read at once with their people and corrections."""
    asked = select(AttendanceLine).filter_by(sheet_id=sheet.id)
    people = joinedload(AttendanceLine.contract).joinedload(Contract.participant)
    found = db.session.scalars(asked.options(people, selectinload(AttendanceLine.corrections)))
    return sorted(found, key=_by_name)


def _by_name(line: AttendanceLine) -> tuple[str, str, int]:
    person = line.contract.participant
    return person.family_name_ar, person.given_name_ar, line.id


def blank_pages(sheet: AttendanceSheet, _on: date) -> list[dict[str, Any]]:
    """The pages of a sheet to fill: the days outside a contract are shaded, what is written by hand is empty."""
    return _pages(sheet, lines_of(sheet), lambda line: ("", [], [EMPTY, EMPTY]), lambda lines: {})


def filled_pages(sheet: AttendanceSheet, _on: date) -> list[dict[str, Any]]:
    """The pages of a filled sheet: letters or sums, the days and the situation that count, and what visits counted."""
    return _pages(sheet, lines_of(sheet), _filled, lambda lines: _sums(sheet, lines))


def _filled(line: AttendanceLine) -> tuple[str, list[Any], list[Any]]:
    only_sum = [] if line.marks else [both(_l("Only the sum of the days is kept"))]
    return line.marks or "", only_sum, [line.days_worked, line.days, situation(line.said)]


def situation(said: Situation) -> Written:
    """A situation, with the code that CNSS has for it when it has one."""
    code = "" if said == Situation.present else f" {number(said.value)}"
    return Written(f"{isolate_text(str(said.label))}{code}")


def _pages(sheet: AttendanceSheet, lines: Sequence[AttendanceLine], told: Any, sums: Any) -> list[dict[str, Any]]:
    parts = [lines[start : start + ROWS] for start in range(0, len(lines), ROWS)] or [[]]
    pages = []
    for page, part in enumerate(parts, start=1):
        code = code_of(sheet.id, page)
        rows = [_row(sheet, line, place, *told(line)) for place, line in enumerate(part, start=(page - 1) * ROWS + 1)]
        is_last = page == len(parts)
        pages.append(
            {
                "code": Written(number(code)),
                "qr": Written(qr(code)),
                "place": Written(number(f"{page} / {len(parts)}")),
                "days": _days(sheet.month),
                "rows": rows,
                "sums": [one for one in [sums(lines)] if one and is_last],
            }
        )
    return pages


def _days(month: date) -> list[dict[str, Any]]:
    """The 31 columns: number and letter of the day, whether it is a Friday or a Sunday, or past the month's end."""
    last, days = months.last_day(month).day, []
    for day in range(1, COLUMNS + 1):
        if day > last:
            days.append({"number": EMPTY, "name": EMPTY, "rest": [], "out": YES})
            continue
        on = month.replace(day=day)
        name = format_date(on, "EEEEE", locale=FORMATS["ar"])
        days.append(
            {"number": Written(day), "name": Written(name), "rest": YES if on.weekday() in REST else [], "out": []}
        )
    return days


def _row(sheet: Any, line: Any, place: int, marks: str, only_sum: list[Any], ends: list[Any]) -> dict[str, Any]:
    contract, person = line.contract, line.contract.participant
    first, last = sheet.month, months.last_day(sheet.month)
    letters = marks.translate(MARKS).ljust(COLUMNS)
    worked = [contract.starts_on <= first.replace(day=day) <= contract.ends_on for day in range(1, last.day + 1)]
    inside = worked + [False] * (COLUMNS - last.day)
    return {
        "place": Written(number(place)),
        "name_ar": f"{person.family_name_ar} {person.given_name_ar}",
        "name_fr": f"{person.family_name_fr} {person.given_name_fr}",
        "cnie": person.cnie,
        "only_sum": only_sum,
        "cells": [] if only_sum else [_cell(mark, is_in) for mark, is_in in zip(letters, inside, strict=True)],
        "ends": ends,
    }


def _cell(mark: str, is_in: bool) -> dict[str, Any]:
    return {"mark": Written(mark.strip()), "out": [] if is_in else YES}


def _sums(sheet: AttendanceSheet, lines: Sequence[AttendanceLine]) -> dict[str, Any]:
    """Under the last line: people at work each day where all lines say so, what visits counted, and the days."""
    at_work = [0] * COLUMNS
    for line in lines:
        for day, mark in enumerate(line.marks or ""):
            at_work[day] += mark == Mark.worked
    last = months.last_day(sheet.month).day
    counted = {one.visited_on.day: one.head_count for one in sheet.visits}
    present = [Written(one) if day < last else EMPTY for day, one in enumerate(at_work)]
    visits = [Written(counted[day]) if day in counted else EMPTY for day in range(1, COLUMNS + 1)]
    return {
        "present": [present] if lines and all(line.marks for line in lines) else [],
        "visits": [visits] if counted else [],
        "written": sum(line.days_worked for line in lines),
        "days": sum(line.days for line in lines),
    }


def corrections(sheet: AttendanceSheet, _on: date) -> list[list[dict[str, Any]]]:
    """What was corrected after the lock, in the order it was written, as one table; or none."""
    found = [(one, line) for line in lines_of(sheet) for one in line.corrections]
    told = [_corrected(one, line) for one, line in sorted(found, key=lambda pair: pair[0].id)]
    return [told] if told else []


def _corrected(one: Any, line: AttendanceLine) -> dict[str, Any]:
    earlier = [other for other in line.corrections if other.id < one.id]
    before = earlier[-1] if earlier else line
    person = line.contract.participant
    return {
        "on": one.corrected_on,
        "name_ar": f"{person.family_name_ar} {person.given_name_ar}",
        "cnie": person.cnie,
        "before": before.days_worked,
        "situation_before": situation(before.situation),
        "days": one.days_worked,
        "situation": situation(one.situation),
        "reason": one.reason,
    }


def legend(_sheet: AttendanceSheet, _on: date) -> list[dict[str, Any]]:
    """Each letter of a day, and what it says in both languages."""
    return [{"mark": Written(number(one.value)), **both(one.label)} for one in Mark]


def month_in_french(sheet: AttendanceSheet, _on: date) -> Written:
    return Written(month(sheet.month, "fr"))


HEAD: tuple[Any, ...] = (
    *("worksite.code", "worksite.name_ar", "worksite.name_fr", "worksite.commune.name_ar", "worksite.commune.name_fr"),
    *("worksite.agreement.carrier.name_ar", "worksite.agreement.carrier.name_fr", "month"),
    "worksite.agreement.carrier.cnss_affiliation",
    Told("month_fr", month_in_french),
    Told("legend", legend),
)
CARRIER = (_l("The carrier"), "worksite.agreement.carrier.president", "")

PAPERS = (
    Document(
        PaperKind.blank_sheet,
        "attendance_sheet",
        "FP-{record.id}",
        (*HEAD, Told("pages", blank_pages)),
        signed=(CARRIER, (_l("The field officer"), "", "")),
        needs=(requirements.SheetNamesPeople(),),
    ),
    Document(
        PaperKind.filled_sheet,
        "attendance_sheet",
        "EP-{record.id}",
        (*HEAD, "locked_on", Told("pages", filled_pages), Told("corrections", corrections)),
        signed=(CARRIER, (_l("The field officer"), "", "")),
        needs=(requirements.SheetIsLocked(), requirements.SheetNamesPeople()),
    ),
)
