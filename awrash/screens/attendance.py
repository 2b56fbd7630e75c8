"""The attendance sheet as a grid: people down, days across, one letter a day; or the sum of days alone."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import abort, flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from awrash.database.session import db
from awrash.files.import_kinds import SHOWN
from awrash.models import AttendanceCorrection, AttendanceLine, AttendanceSheet, Contract, Participant
from awrash.operations import attendance, corrections
from awrash.operations.attendance import LineEntry
from awrash.rules.constraints import Changed
from awrash.rules.rule import RuleError
from awrash.screens.addresses import expose
from awrash.screens.base import RecordView, view_named
from awrash.screens.forms import RecordForm, status_of
from awrash.values import months
from awrash.values.language import local_today, localized
from awrash.values.states import NO_MARK, Mark, SheetState, Situation, Weekday
from awrash.values.text import clean, number_or_none, western_digits


@dataclass(frozen=True)
class TypedLine:
    """What the form of a sheet sends for one line, as it was typed."""

    marks: str
    days: str
    situation: str


TypedLines = dict[int, TypedLine]  # by the id of the attendance line
Sentences = dict[int, list[str]]  # what refuses a line, by its id


class LinesRefused(Exception):
    """Some lines of a sheet cannot be written as they were typed."""

    def __init__(self, sentences: Sentences) -> None:
        super().__init__(sentences)
        self.sentences = sentences


class SheetGrid(RecordView):
    """What the sheet's own page adds to a record's: the grid, read or filled."""

    details_template = "awrash/attendance.html"

    def more_details(self, record: AttendanceSheet) -> dict[str, Any]:
        locked = record.state == SheetState.locked
        corrects = locked and view_named("attendance_correction").can_write
        return {"grid": grid_of(record), "fills": self.can_write and not locked, "corrects": corrects}

    @expose("/fill/", methods=("POST",))
    def fill(self) -> ResponseReturnValue:
        """Write every line of a sheet, or none: a line that is refused says why beside the name."""
        if not self.can_write:
            abort(403)
        sheet = self.record_or_404(request.args.get("id"))
        number, typed = sheet.id, typed_lines(sheet)
        try:
            page = self.get_url(".details_view", id=number)
            self.carry_out(lambda: write_lines(sheet, typed), lambda _: page, changes=True)
        except LinesRefused as refused:
            db.session.rollback()
            return self._page_as_typed(self.record_or_404(str(number)), typed, refused.sentences), 422
        except RuleError as refusal:
            flash(str(refusal), "error")
            return self._page_as_typed(self.record_or_404(str(number)), typed, {}), status_of(refusal)
        flash(_("The sheet of %(sheet)s is written.", sheet=sheet), "success")
        return redirect(page)

    def _page_as_typed(self, sheet: AttendanceSheet, typed: TypedLines, refused: Sentences) -> str:
        """The page as it was typed, with what was refused, and the version that was read before typing."""
        grid = grid_of(sheet, typed, refused, version=request.form.get("version", ""))
        return str(self.render(self.details_template, **self.page_of(sheet) | {"grid": grid}))


class CorrectionPages(RecordView):
    """A correction is written from a line of a locked sheet: the address gives the line's id."""

    can_create = can_edit = False

    @expose("/of/", methods=("GET", "POST"))
    def of_line(self) -> ResponseReturnValue:
        """The form of a correction; a 404 for an id that no line has."""
        if not self.can_write:
            abort(403)
        self._line()
        return self.form_page(None)

    def prepare(self, record: AttendanceCorrection) -> None:
        record.line = self._line()
        slips = corrections.correct_attendance(record, local_today())
        if slips:
            flash(_("The frozen wage is taken back and paid again in the payroll of %(month)s.", month=slips[0].run))

    def _line(self) -> AttendanceLine:
        number = number_or_none(request.args.get("id"))
        line = None if number is None else db.session.get(AttendanceLine, number)
        return line or abort(404)

    def _render_form(self, form: RecordForm, record: AttendanceCorrection | None, **_shown: Any) -> str:
        line = self._line()
        if request.method == "GET":
            form.days_worked.data, form.situation.data = line.days, line.said
        return str(self.render("awrash/correction.html", form=form, record=None, line=line))


# ---- the lines that the form sends


def typed_lines(sheet: AttendanceSheet) -> TypedLines:
    """What the form says of each line that it holds, as it was typed; a line that it doesn't hold stays as it is."""
    ids = [line.id for line in sheet.lines if f"days-{line.id}" in request.form]
    sent = request.form.get
    return {id_: TypedLine(*(sent(f"{name}-{id_}", "") for name in ("marks", "days", "situation"))) for id_ in ids}


def write_lines(sheet: AttendanceSheet, typed: TypedLines) -> None:
    """Write the lines of a sheet as typed, or raise LinesRefused with the sentences that refuse some of them.

    RuleError when somebody changed the sheet since the form was opened.
    """
    Changed().check_seen(sheet, request.form.get("version"))
    refused, entries = {}, {}
    for number, line in typed.items():
        read = entry_of(line)
        if isinstance(read, LineEntry):
            entries[number] = read
        else:
            refused[number] = [read]
    written = attendance.write_lines(sheet, entries)
    refused |= {number: [str(refusal) for refusal in refusals] for number, refusals in written.items() if refusals}
    if refused:
        raise LinesRefused(refused)
    db.session.flush()


def entry_of(typed: TypedLine) -> LineEntry | str:
    """What was typed for a line, read; else the sentence that says what cannot be read."""
    days = number_or_none(western_digits(clean(typed.days)) or "0")
    if days is None:
        return _("“%(given)s” is not a whole number.", given=typed.days[:SHOWN])
    if typed.situation not in set(Situation):
        return _("“%(given)s” is not among the choices.", given=typed.situation[:SHOWN])
    return LineEntry(typed.marks, days, Situation(typed.situation))


# ---- the grid that the page draws


@dataclass(frozen=True)
class GridDay:
    """A day of the sheet's month, the head of a column; `name` says which day it is, or which holiday."""

    on: date
    name: str
    rests: bool


@dataclass(frozen=True)
class GridLine:
    """One person's line: a mark for each day of the month, or the sum of days alone.

    `days` and `situation` are texts where the line is shown as it was typed. `corrected` are the days and situation
    that count since a correction. The contract runs from day `starts` to day `ends` of the month; `refused` are the
    sentences that refuse the line.
    """

    id: int
    person: Participant
    contract: Contract
    marks: str
    days: int | str
    situation: Situation | str
    corrected: tuple[int, Situation | None] | None
    starts: int
    ends: int
    refused: list[str]


@dataclass(frozen=True)
class Grid:
    """A sheet as the page draws it; `counted` are the heads that visits counted, by day of the month.

    `version` is that of the sheet when its form was opened.
    """

    days: list[GridDay]
    lines: list[GridLine]
    counted: dict[int, int]
    version: str
    marks: type[Mark] = Mark
    situations: type[Situation] = Situation


def grid_of(
    sheet: AttendanceSheet,
    typed: TypedLines | None = None,
    refused: Sentences | None = None,
    version: str | None = None,
) -> Grid:
    """The grid of a sheet, its lines in the order of names: as they are, or as they were typed and refused."""
    last = months.last_day(sheet.month)
    typed, refused = typed or {}, refused or {}
    lines = [
        grid_line_of(line, sheet.month, last, typed.get(line.id), refused.get(line.id, []))
        for line in sorted(sheet.lines, key=lambda line: line.id)  # namesakes keep their places
    ]
    return Grid(
        days=[grid_day(sheet, day) for day in months.days(sheet.month, last)],
        lines=sorted(lines, key=lambda line: str(line.person)),
        counted={visit.visited_on.day: visit.head_count for visit in sheet.visits},
        version=str(sheet.version) if version is None else version,
    )


def grid_day(sheet: AttendanceSheet, day: date) -> GridDay:
    """The head of a day's column."""
    holiday = sheet.holiday_on(day)
    name = localized(holiday, "name") if holiday else str(list(Weekday)[day.weekday()].label)
    return GridDay(day, name, sheet.is_rest(day))


def grid_line_of(
    line: AttendanceLine, first: date, last: date, typed: TypedLine | None, refused: list[str]
) -> GridLine:
    """The line of one person in a month from its first to its last day."""
    marks = line.marks if typed is None else typed.marks
    starts, ends = max(line.contract.starts_on, first), min(line.contract.ends_on, last)
    runs = starts <= ends
    return GridLine(
        id=line.id,
        person=line.contract.participant,
        contract=line.contract,
        marks=(marks or "").ljust(last.day, NO_MARK)[: last.day],
        days=line.days_worked if typed is None else typed.days,
        situation=line.situation if typed is None else typed.situation,
        corrected=None if line.corrected_days is None else (line.corrected_days, line.corrected_situation),
        starts=starts.day if runs else last.day + 1,
        ends=ends.day if runs else 0,
        refused=refused,
    )
