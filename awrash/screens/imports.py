"""The screen that brings files in: upload, preview with the faults by line and column, then write."""

from contextlib import ExitStack
from dataclasses import replace

from flask import abort, flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_admin import BaseView
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from awrash.database.preview import preview
from awrash.files.import_kinds import KINDS
from awrash.files.imports import ImportReport, LineChange, check_file, title_of
from awrash.files.temporary import keep_upload, upload_of
from awrash.records import audit
from awrash.records.accounts import Role
from awrash.screens.actions import FIELD, OFFICE
from awrash.screens.addresses import expose
from awrash.screens.base import Guarded, only_reads
from awrash.screens.format import format_value
from awrash.values.language import _l, local_today

NAMES = {
    "carriers": _l("Carriers"),
    "participants": _l("Participants"),
    "contracts": _l("Contracts"),
    "attendance": _l("Attendance"),
}
RECORDS = {
    "carriers": "carrier",
    "participants": "participant",
    "contracts": "contract",
    "attendance": "attendance_sheet",
}
# The roles that record them one by one in the forms.
WRITERS = {"carriers": OFFICE, "participants": OFFICE, "contracts": OFFICE, "attendance": FIELD}
SHOWN_CHANGES = 500  # a page of more is not read to its end
MOST_LINES = 20_000  # a screen answers within minutes; the command reads longer files


class FaultyFile(Exception):
    """An upload with lines that cannot be written, when its good lines were not chosen alone."""

    def __init__(self, kind: str, content: bytes, report: ImportReport) -> None:
        super().__init__(kind)
        self.kind, self.content, self.report = kind, content, report


class ImportView(Guarded, BaseView):
    """Upload a list, read what it would do, then write all of it or its good lines."""

    reads = (Role.administrator, Role.head_of_unit, Role.file_officer, Role.field_officer)

    @expose("/")
    def index(self) -> ResponseReturnValue:
        return self._choice(request.args.get("kind"))

    @expose("/", methods=("POST",))
    @only_reads()
    def preview(self) -> ResponseReturnValue:
        """What an upload would do; nothing of it is written."""
        kind, file = request.form.get("kind", ""), request.files.get("file")
        if kind not in WRITERS or file is None or not file.filename:
            flash(_("Choose what the file holds, then the file."), "error")
            return self._choice(kind), 422
        self._only_writers(kind)
        content = file.read()
        with audit.acting(current_user, day=local_today()), preview(KINDS[kind].record):
            report = check_file(kind, content, local_today(), MOST_LINES)
        return self._preview(kind, content, report), 422 if report.faults else 200

    @expose("/write/", methods=("POST",))
    def write(self) -> ResponseReturnValue:
        """Write the upload that was previewed: all of it, or its good lines."""
        with ExitStack() as held:  # the upload waits again when anything up to the commit breaks off
            try:
                report = self.carry_out(lambda: self._write_upload(held), self._list_of)
            except FaultyFile as faulty:
                return self._preview(faulty.kind, faulty.content, faulty.report), 422
        _announce(report)
        return redirect(self._list_of(report))

    def _list_of(self, report: ImportReport) -> str:
        """The address of the list in which the imported records stand."""
        return str(self.get_url(f"{RECORDS[report.kind]}.index_view"))

    def _write_upload(self, held: ExitStack) -> ImportReport:
        """Write the upload that waits; it is taken once the form's key is held, so that a second press waits here.

        FaultyFile when a line cannot be written and the good ones were not chosen alone.
        """
        kept = held.enter_context(upload_of(current_user.id, request.form.get("token", "")))
        if kept is None or kept[0] not in WRITERS:
            flash(_("This file was already written or waited too long: upload it again."), "error")
            abort(redirect(self.get_url(".index")))
        kind, content = kept
        self._only_writers(kind)
        report = check_file(kind, content, local_today(), MOST_LINES)
        if report.faults and not request.form.get("good_lines"):
            raise FaultyFile(kind, content, report)
        return report

    def _choice(self, chosen: str | None) -> str:
        """The form, with the kinds that this person may write."""
        kinds = {kind: KINDS[kind] for kind in WRITERS if current_user.may(WRITERS[kind])}
        names = {kind: NAMES[kind] for kind in kinds}
        return self.render("awrash/import.html", names=names, kinds=kinds, chosen=chosen)

    def _only_writers(self, kind: str) -> None:
        if not current_user.may(WRITERS[kind]):
            abort(403)

    def _preview(self, kind: str, content: bytes, report: ImportReport) -> str:
        """What the file would do, each fault under the label of its column; the file waits for the answer."""
        token = keep_upload(current_user.id, kind, content) if report.good else None
        faults = [replace(fault, field=title_of(kind, fault.field)) for fault in report.faults]
        changes = [_in_words(kind, change) for change in report.changes[:SHOWN_CHANGES]]
        shown = {"report": replace(report, faults=faults, changes=changes), "kind": kind, "name": NAMES[kind]}
        hidden = len(report.changes) - len(changes)
        return self.render("awrash/preview.html", **shown, token=token, hidden_changes=hidden)


def _in_words(kind: str, change: LineChange) -> LineChange:
    """A change under the label of its column, its values as the person served reads them."""
    before, after = (format_value(value, change.field) for value in (change.before, change.after))
    return replace(change, field=title_of(kind, change.field), before=before, after=after)


def _announce(report: ImportReport) -> None:
    """Flash how many lines were written, changed, or there already."""
    flash(ngettext("%(num)s line was written.", "%(num)s lines were written.", len(report.made)), "success")
    if report.changed:
        flash(ngettext("%(num)s line was changed.", "%(num)s lines were changed.", len(report.changed)), "success")
    if report.same:
        flash(ngettext("%(num)s line was already there.", "%(num)s lines were already there.", report.same), "success")
