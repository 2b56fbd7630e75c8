"""The card "Attached files" of a record's page: attach a scan, download it, take it off with a reason."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.datastructures import FileStorage

from awrash.database.record import Record
from awrash.database.session import db
from awrash.operations import attachments
from awrash.records.attachments import MOST_MEGABYTES, SCANS_OF, Attachment, ScanKind, attachments_of
from awrash.records.audit import AuditEvent
from awrash.rules.confidence import reads
from awrash.rules.rule import RuleError
from awrash.screens import tracing
from awrash.screens.addresses import expose
from awrash.screens.base import RecordView
from awrash.values.language import now
from awrash.values.text import clean, number_or_none


@dataclass(frozen=True)
class AttachmentsCard:
    """The card of a record: its scans, the kinds of scan that it takes, the megabytes that one may weigh."""

    scans: list[Attachment]
    papers: tuple[ScanKind, ...]
    most: int = MOST_MEGABYTES

    @property
    def is_logo(self) -> bool:
        """Whether the record takes a logo and nothing else."""
        return self.papers == (ScanKind.logo,)


class Attached(RecordView):
    """What a record with attached files adds to its page. Who can't read the record can't read its files."""

    def page_of(self, record: Record) -> dict[str, Any]:
        card = AttachmentsCard(attachments_of(record), SCANS_OF[self.endpoint])
        return super().page_of(record) | {"attached": card}

    @expose("/attach/", methods=("POST",))
    def attach(self) -> ResponseReturnValue:
        """Keep a scan with its record; the page again with the refusal when it is none."""
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
            scan = self.carry_out(lambda: attach_upload(record, ScanKind(kind), file, note), lambda _: page)
        except RuleError as refusal:
            flash(str(refusal), "error")
            return self.details_view(), 422
        flash(_("“%(file)s” is attached.", file=scan.file_name), "success")
        return redirect(page)

    @expose("/attached/")
    def attached_scan(self) -> ResponseReturnValue:
        """A scan as it was uploaded; only to be saved, never opened inside the page."""
        scan = self._scan(request.args)
        record = self.record_or_404(request.args.get("id"))
        if not reads(current_user, record):
            abort(403)
        tracing.trace(AuditEvent.fetched, record, file=scan.file_name)
        tracing.trace_reading(record, file=scan.file_name)
        content = io.BytesIO(scan.content)
        response = send_file(content, scan.media_type, as_attachment=True, download_name=scan.file_name)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = "no-store"
        return response

    @expose("/take_off/", methods=("POST",))
    def take_off(self) -> ResponseReturnValue:
        """Strike a scan out, with a reason; it stays on the card."""
        if not self.can_write:
            abort(403)
        scan, person = self._scan(request.form), current_user._get_current_object()
        file_name, record_id = scan.file_name, scan.record_id
        reason = clean(request.form.get("reason", "")) or None
        try:
            self.carry_out(lambda: attachments.take_off(scan, reason, person, now()))
        except RuleError as refusal:
            flash(str(refusal), "error")
        else:
            flash(_("“%(file)s” is taken off; it stays below, with the reason.", file=file_name), "success")
        return redirect(self.get_url(".details_view", id=record_id, _anchor="attached"))

    def _scan(self, sent: Mapping[str, str]) -> Attachment:
        """The scan that an address or a form names, of a record that this person may read; a 404 for any other."""
        record, number = self.record_or_404(sent.get("id")), number_or_none(sent.get("scan"))
        scan = None if number is None else db.session.get(Attachment, number)
        if scan is None or (scan.record, scan.record_id) != (self.endpoint, record.id):
            abort(404)
        return scan


def attach_upload(record: Record, kind: ScanKind, file: FileStorage, note: str | None) -> Attachment:
    """Keep an upload with its record, in the name of the person signed in; RuleError for what is no scan."""
    person = current_user._get_current_object()
    return attachments.attach(record, kind, file.filename or "", file.read(), person, now(), note)
