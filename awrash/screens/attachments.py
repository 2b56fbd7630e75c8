"""The card "Attached files" of a record's page: attach a scan, download it, take it off with a reason."""

import io
from types import SimpleNamespace
from typing import Any

from flask import abort, flash, redirect, request, send_file
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.datastructures import FileStorage

from awrash.database.session import db
from awrash.operations import attachments
from awrash.records.attachments import MOST_MEGABYTES, SCANS_OF, Attachment, ScanKind, attachments_of
from awrash.records.audit import AuditEvent
from awrash.rules.rule import RuleError
from awrash.screens import tracing
from awrash.screens.addresses import expose
from awrash.screens.base import RecordView
from awrash.values.language import now
from awrash.values.text import clean, number_or_none


class Attached(RecordView):
    """What a record with papers adds to its page. Who can't read the record can't read its papers."""

    def page_of(self, record: Any) -> dict[str, Any]:
        scans = attachments_of(record)
        papers = SCANS_OF[self.endpoint]
        card = SimpleNamespace(scans=scans, papers=papers, most=MOST_MEGABYTES, is_logo=papers == (ScanKind.logo,))
        return super().page_of(record) | {"attached": card}

    @expose("/attach/", methods=("POST",))
    def attach(self) -> Any:
        if not self.can_write:
            abort(403)
        record, kind = self.record_or_404(request.args.get("id")), request.form.get("kind")
        if kind not in set(ScanKind):
            abort(400)
        file, note = request.files.get("file"), clean(request.form.get("note", "")) or None
        page = self.get_url(".details_view", id=record.id, _anchor="attached")
        if file is None or not file.filename:
            flash(_("Choose the scan first."), "error")
            return self.details_view(), 422
        try:
            made = self.carry_out(lambda: attached(record, ScanKind(kind), file, note), lambda _: page)
        except RuleError as refusal:
            flash(str(refusal), "error")
            return self.details_view(), 422
        flash(_("“%(file)s” is attached.", file=made.file_name), "success")
        return redirect(page)

    @expose("/attached/")
    def attached_scan(self) -> Any:
        """A scan as it was uploaded; only to be saved, never opened inside the page."""
        scan = self._scan(request.args)
        record = self.record_or_404(request.args.get("id"))
        tracing.trace(AuditEvent.fetched, record, file=scan.file_name)
        tracing.trace_reading(record, file=scan.file_name)
        sent = io.BytesIO(scan.content)
        answer = send_file(sent, scan.media_type, as_attachment=True, download_name=scan.file_name)
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Cache-Control"] = "no-store"
        return answer

    @expose("/take_off/", methods=("POST",))
    def take_off(self) -> Any:
        if not self.can_write:
            abort(403)
        scan, person = self._scan(request.form), current_user._get_current_object()
        name, number = scan.file_name, scan.record_id
        reason = clean(request.form.get("reason", "")) or None
        try:
            self.carry_out(lambda: attachments.take_off(scan, reason, person, now()))
        except RuleError as refusal:
            flash(str(refusal), "error")
        else:
            flash(_("“%(file)s” is taken off; it stays below, with the reason.", file=name), "success")
        return redirect(self.get_url(".details_view", id=number, _anchor="attached"))

    def _scan(self, asked: Any) -> Attachment:
        """A scan of a record that this person may read; a 404 for any other."""
        record, given = self.record_or_404(asked.get("id")), number_or_none(asked.get("scan"))
        scan = None if given is None else db.session.get(Attachment, given)
        if scan is None or (scan.record, scan.record_id) != (self.endpoint, record.id):
            abort(404)
        return scan


def attached(record: Any, kind: ScanKind, file: FileStorage, note: str | None = None) -> Attachment:
    """An upload kept with its record, by the person who asks."""
    person = current_user._get_current_object()
    return attachments.attach(record, kind, file.filename or "", file.read(), person, now(), note)
