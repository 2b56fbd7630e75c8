"""The attendance sheet as a grid: people down, days across, one letter a day; or the sum of days alone."""

from datetime import date
from types import SimpleNamespace
from typing import Any

from flask import abort, flash, redirect, request
from flask_babel import gettext as _

from awrash.database.session import db
from awrash.files.import_kinds import SHOWN
from awrash.models import AttendanceLine
from awrash.operations import attendance, corrections
from awrash.rules.check import refusals_of
from awrash.rules.constraints import Changed
from awrash.rules.rule import RuleError
from awrash.screens.addresses import expose
from awrash.screens.base import RecordView, view_named
from awrash.screens.forms import status_of
from awrash.values import months
from awrash.values.language import local_today
from awrash.values.states import NO_MARK, Mark, SheetState, Situation
from awrash.values.text import clean, number_or_none, western_digits


class SheetGrid(RecordView):
    """What the sheet's own page adds to a record's: the grid, read or filled."""

    details_template = "awrash/attendance.html"

    def more_details(self, record: Any) -> dict[str, Any]:
        locked = record.state == SheetState.locked
        corrects = locked and view_named("attendance_correction").can_write
        return {"grid": grid_of(record), "fills": self.can_write and not locked, "corrects": corrects}

    @expose("/fill/", methods=("POST",))
    def fill(self) -> Any:
        """Write every line of a sheet, or none: a line that is refused says why beside the name."""
        if not self.can_write:
            abort(403)
        sheet = self.found(request.args.get("id"))
        number, typed = sheet.id, typed_lines(sheet)
        refused: dict[int, list[str]] = {}
        try:
            page = self.get_url(".details_view", id=number)
            self.carry_out(lambda: self._written(sheet, typed, refused), lambda _: page, changes=True)
        except LinesRefused:
            db.session.rollback()
            return self._again(self.found(str(number)), typed, refused), 422
        except RuleError as refusal:
            flash(str(refusal), "error")
            return self._again(self.found(str(number)), typed, {}), status_of(refusal)
        flash(_("The sheet of %(sheet)s is written.", sheet=sheet), "success")
        return redirect(page)

    def _written(self, sheet: Any, typed: Any, refused: dict[int, list[str]]) -> None:
        """Write the lines as typed; `refused` gets the sentences that refuse one, by line."""
        Changed().check_seen(sheet, request.form.get("version"))
        with db.session.no_autoflush:
            for line in sheet.lines:
                if line.id in typed:
                    refused[line.id] = written(line, typed[line.id])
        if any(refused.values()):
            raise LinesRefused
        db.session.flush()

    def _again(self, sheet: Any, typed: Any, refused: Any) -> str:
        """The page as it was typed, with what was refused, and the version that was read before typing."""
        grid = grid_of(sheet, typed, refused)
        grid.version = request.form.get("version", "")
        return str(self.render(self.details_template, **self.page_of(sheet) | {"grid": grid}))


class CorrectionPages(RecordView):
    """A correction is written from a line of a locked sheet: the address gives its id."""

    can_create = can_edit = False

    @expose("/of/", methods=("GET", "POST"))
    def of_line(self) -> Any:
        if not self.can_write:
            abort(403)
        self._line()
        return self.form_page(None)

    def prepare(self, record: Any) -> None:
        record.line = self._line()
        slips = corrections.correct_attendance(record, local_today())
        if slips:
            flash(_("The frozen wage is taken back and paid again in the payroll of %(month)s.", month=slips[0].run))

    def _line(self) -> Any:
        number = number_or_none(request.args.get("id"))
        line = None if number is None else db.session.get(AttendanceLine, number)
        return line or abort(404)

    def _shown_form(self, form: Any, record: Any, **told: Any) -> str:
        line = self._line()
        if request.method == "GET":
            form.days_worked.data, form.situation.data = line.days, line.said
        return str(self.render("awrash/correction.html", form=form, record=None, line=line))


class LinesRefused(Exception):
    """Some lines of a sheet cannot be written as they were typed."""


def typed_lines(sheet: Any) -> dict[int, SimpleNamespace]:
    """What the form says of each line that it holds, as it was typed; a line that it doesn't hold stays as it is."""
    held = [line.id for line in sheet.lines if f"days-{line.id}" in request.form]
    names = ("marks", "days", "situation")
    return {one: SimpleNamespace(**{name: request.form.get(f"{name}-{one}", "") for name in names}) for one in held}


def written(line: Any, typed: SimpleNamespace) -> list[str]:
    """Write one line as typed; the sentences that refuse it."""
    days = number_or_none(western_digits(clean(typed.days)) or "0")
    if days is None:
        return [_("“%(given)s” is not a whole number.", given=typed.days[:SHOWN])]
    if typed.situation not in set(Situation):
        return [_("“%(given)s” is not among the choices.", given=typed.situation[:SHOWN])]
    attendance.mark_line(line, typed.marks, days, Situation(typed.situation))
    return [str(one) for one in refusals_of(line)]


def grid_of(sheet: Any, typed: Any = None, refused: Any = None) -> SimpleNamespace:
    """The sheet as the page draws it: its days with what visits counted, its lines as they are or as typed."""
    first, last = sheet.month, months.last_day(sheet.month)
    counted = {one.visited_on.day: one.head_count for one in sheet.visits}
    days = [SimpleNamespace(on=first.replace(day=number)) for number in range(1, last.day + 1)]
    lines = [
        row_of(line, first, last, (typed or {}).get(line.id), (refused or {}).get(line.id)) for line in sheet.lines
    ]
    by_name = sorted(lines, key=lambda one: str(one.person))
    told = SimpleNamespace(days=days, lines=by_name, counted=counted, marks=Mark, situations=Situation)
    told.version = str(sheet.version)
    return told


def row_of(line: Any, first: date, last: date, typed: Any, refused: Any) -> SimpleNamespace:
    kept = typed or SimpleNamespace(marks=line.marks, days=line.days_worked, situation=line.situation)
    starts, ends = max(line.contract.starts_on, first), min(line.contract.ends_on, last)
    return SimpleNamespace(
        id=line.id,
        person=line.contract.participant,
        contract=line.contract,
        marks=(kept.marks or "").ljust(last.day, NO_MARK)[: last.day],
        days=kept.days,
        situation=kept.situation,
        corrected=None if line.corrected_days is None else (line.corrected_days, line.corrected_situation),
        starts=starts.day if starts <= ends else last.day + 1,
        ends=ends.day if starts <= ends else 0,
        refused=refused or [],
    )
