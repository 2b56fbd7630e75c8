"""The attendance sheet on paper: to fill, and as filled; each page has the code that ties a scan to its sheet."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from babel.dates import format_date
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from awrash.database.session import db
from awrash.models import AttendanceCorrection, AttendanceLine, AttendanceSheet, Contract
from awrash.papers import requirements
from awrash.papers.fields import (
    Derived,
    Fact,
    Formatted,
    in_both_languages,
    isolate_number,
    isolate_text,
    month_in_french,
)
from awrash.papers.paper import Paper, Signer
from awrash.papers.typesetting import qr_code
from awrash.values import months
from awrash.values.language import FORMATS, _l
from awrash.values.sheet_code import code_of
from awrash.values.states import NO_MARK, Mark, Situation

ROWS = 15  # people on a page: with letterhead, legend and signatures they fill one side
COLUMNS = 31  # days
SHADED = [Formatted("x")]  # a cell is shaded for each item of a list
EMPTY = Formatted("")
MARKS = str.maketrans({NO_MARK: " "})


@dataclass(frozen=True)
class RowEntries:
    """What a row of the sheet says besides its person: letters of the days, or a sentence, and the last columns."""

    marks: str = ""
    only_sum: list[dict[str, Formatted]] = field(default_factory=list)
    ends: list[Any] = field(default_factory=list)


def lines_of(sheet: AttendanceSheet) -> list[AttendanceLine]:
    """The lines of a sheet by name, read at once with their people and corrections."""
    of_sheet = select(AttendanceLine).filter_by(sheet_id=sheet.id)
    people = joinedload(AttendanceLine.contract).joinedload(Contract.participant)
    lines = db.session.scalars(of_sheet.options(people, selectinload(AttendanceLine.corrections)))
    return sorted(lines, key=_by_name)


def _by_name(line: AttendanceLine) -> tuple[str, str, int]:
    person = line.contract.participant
    return person.family_name_ar, person.given_name_ar, line.id


# ---- the pages


def _blank_pages(sheet: AttendanceSheet, _on: date) -> list[dict[str, Any]]:
    """The pages of a sheet to fill: the days outside a contract are shaded, what is written by hand is empty."""
    return _pages(sheet, lines_of(sheet), lambda line: RowEntries(ends=[EMPTY, EMPTY]), lambda lines: {})


def _filled_pages(sheet: AttendanceSheet, _on: date) -> list[dict[str, Any]]:
    """The pages of a filled sheet: letters or sums, the days and the situation that count, and what visits counted."""
    return _pages(sheet, lines_of(sheet), _filled, lambda lines: _sums(sheet, lines))


def _filled(line: AttendanceLine) -> RowEntries:
    only_sum = [] if line.marks else [in_both_languages(_l("Only the sum of the days is kept"))]
    return RowEntries(line.marks or "", only_sum, [line.days_worked, line.days, _situation(line.said)])


def _situation(situation: Situation) -> Formatted:
    """A situation, with the code that CNSS has for it when it has one."""
    code = "" if situation == Situation.present else f" {isolate_number(situation.value)}"
    return Formatted(f"{isolate_text(str(situation.label))}{code}")


def _pages(
    sheet: AttendanceSheet,
    lines: Sequence[AttendanceLine],
    entries_of: Callable[[AttendanceLine], RowEntries],
    sums_of: Callable[[Sequence[AttendanceLine]], dict[str, Any]],
) -> list[dict[str, Any]]:
    """The pages of a sheet, `ROWS` lines on each; the sums, where there are any, stand on the last."""
    parts = [lines[start : start + ROWS] for start in range(0, len(lines), ROWS)] or [[]]
    sums = sums_of(lines)
    pages = []
    for page, part in enumerate(parts, start=1):
        code = code_of(sheet.id, page)
        first_place = (page - 1) * ROWS + 1
        pages.append(
            {
                "code": Formatted(isolate_number(code)),
                "qr": Formatted(qr_code(code)),
                "place": Formatted(isolate_number(f"{page} / {len(parts)}")),
                "days": _days(sheet),
                "rows": [_row(sheet, line, place, entries_of(line)) for place, line in enumerate(part, first_place)],
                "sums": [sums] if sums and page == len(parts) else [],
            }
        )
    return pages


def _days(sheet: AttendanceSheet) -> list[dict[str, Any]]:
    """The 31 columns: number and letter of the day, whether it is a day of rest there, or past the month's end."""
    month, last = sheet.month, months.last_day(sheet.month).day
    return [_day(sheet, month.replace(day=number)) if number <= last else _no_day() for number in range(1, COLUMNS + 1)]


def _day(sheet: AttendanceSheet, day: date) -> dict[str, Any]:
    letter = format_date(day, "EEEEE", locale=FORMATS["ar"])
    rest = SHADED if sheet.is_rest(day) else []
    return {"number": Formatted(day.day), "name": Formatted(letter), "rest": rest, "out": []}


def _no_day() -> dict[str, Any]:
    return {"number": EMPTY, "name": EMPTY, "rest": [], "out": SHADED}


def _row(sheet: AttendanceSheet, line: AttendanceLine, place: int, entries: RowEntries) -> dict[str, Any]:
    contract, person = line.contract, line.contract.participant
    first, last = sheet.month, months.last_day(sheet.month)
    letters = entries.marks.translate(MARKS).ljust(COLUMNS)
    in_month = [contract.starts_on <= first.replace(day=day) <= contract.ends_on for day in range(1, last.day + 1)]
    in_contract = in_month + [False] * (COLUMNS - last.day)
    cells = [_cell(letter, is_inside) for letter, is_inside in zip(letters, in_contract, strict=True)]
    return {
        "place": Formatted(isolate_number(place)),
        "name_ar": f"{person.family_name_ar} {person.given_name_ar}",
        "name_fr": f"{person.family_name_fr} {person.given_name_fr}",
        "cnie": person.cnie,
        "only_sum": entries.only_sum,
        "cells": [] if entries.only_sum else cells,
        "ends": entries.ends,
    }


def _cell(letter: str, is_inside: bool) -> dict[str, Any]:
    """The cell of a day, shaded when it is outside the contract."""
    return {"mark": Formatted(letter.strip()), "out": [] if is_inside else SHADED}


def _sums(sheet: AttendanceSheet, lines: Sequence[AttendanceLine]) -> dict[str, Any]:
    """Under the last line: people at work each day where all lines say so, what visits counted, and the days."""
    at_work = [0] * COLUMNS
    for line in lines:
        for day, mark in enumerate(line.marks or ""):
            at_work[day] += mark == Mark.worked
    last = months.last_day(sheet.month).day
    head_counts = {visit.visited_on.day: visit.head_count for visit in sheet.visits}
    present = [Formatted(people) if day < last else EMPTY for day, people in enumerate(at_work)]
    visits = [Formatted(head_counts[day]) if day in head_counts else EMPTY for day in range(1, COLUMNS + 1)]
    return {
        "present": [present] if lines and all(line.marks for line in lines) else [],
        "visits": [visits] if head_counts else [],
        "written": sum(line.days_worked for line in lines),
        "days": sum(line.days for line in lines),
    }


# ---- corrections and legend


def _corrections(sheet: AttendanceSheet, _on: date) -> list[list[dict[str, Any]]]:
    """What was corrected after the lock, in the order it was written, as one table; or none."""
    corrections = [(correction, line) for line in lines_of(sheet) for correction in line.corrections]
    in_order = sorted(corrections, key=lambda pair: pair[0].id)
    rows = [_corrected(correction, line) for correction, line in in_order]
    return [rows] if rows else []


def _corrected(correction: AttendanceCorrection, line: AttendanceLine) -> dict[str, Any]:
    """A correction beside what stood before it: the correction before, or what the line said when it was locked."""
    earlier = [other for other in line.corrections if other.id < correction.id]
    before = earlier[-1] if earlier else line
    person = line.contract.participant
    return {
        "on": correction.corrected_on,
        "name_ar": f"{person.family_name_ar} {person.given_name_ar}",
        "cnie": person.cnie,
        "before": before.days_worked,
        "situation_before": _situation(before.situation),
        "days": correction.days_worked,
        "situation": _situation(correction.situation),
        "reason": correction.reason,
    }


def _legend(_sheet: AttendanceSheet, _on: date) -> list[dict[str, Any]]:
    """Each letter of a day, and what it means in both languages."""
    return [{"mark": Formatted(isolate_number(mark.value)), **in_both_languages(mark.label)} for mark in Mark]


SHEET_FACTS: tuple[Fact, ...] = (
    *("worksite.code", "worksite.name_ar", "worksite.name_fr", "worksite.commune.name_ar", "worksite.commune.name_fr"),
    *("worksite.agreement.carrier.name_ar", "worksite.agreement.carrier.name_fr", "month"),
    "worksite.agreement.carrier.cnss_affiliation",
    Derived("month_fr", month_in_french),
    Derived("legend", _legend),
)
CARRIER = Signer(_l("The carrier"), "worksite.agreement.carrier.president")
SIGNERS = (CARRIER, Signer(_l("The field officer")))

PAPERS = (
    Paper(
        name="blank_sheet",
        label=_l("Attendance sheet to fill"),
        record="attendance_sheet",
        number="FP-{record.id}",
        facts=(*SHEET_FACTS, Derived("pages", _blank_pages)),
        signers=SIGNERS,
        requirements=(requirements.SheetNamesPeople(),),
    ),
    Paper(
        name="filled_sheet",
        label=_l("Attendance sheet as filled"),
        record="attendance_sheet",
        number="EP-{record.id}",
        facts=(*SHEET_FACTS, "locked_on", Derived("pages", _filled_pages), Derived("corrections", _corrections)),
        signers=SIGNERS,
        requirements=(requirements.SheetIsLocked(), requirements.SheetNamesPeople()),
    ),
)
