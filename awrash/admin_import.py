"""The screen that brings files in: upload, preview with the faults by line and column, then write."""

from typing import Any

from flask import flash, redirect, request
from flask_admin import BaseView, expose
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from awrash import audit
from awrash.accounts import Role
from awrash.admin_base import Guarded
from awrash.database import db
from awrash.imports import KINDS, check_file
from awrash.jobs import keep_upload, take_upload
from awrash.language import _l, local_today

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


class ImportView(Guarded, BaseView):
    """Upload a list, read what it would do, then write all of it or its good lines."""

    reads = (Role.administrator, Role.head_of_unit, Role.file_officer, Role.field_officer)

    @expose("/")
    def index(self) -> Any:
        return self.render("awrash/import.html", names=NAMES, kinds=KINDS, chosen=request.args.get("kind"))

    @expose("/", methods=("POST",))
    def preview(self) -> Any:
        kind, file = request.form.get("kind", ""), request.files.get("file")
        if kind not in KINDS or file is None or not file.filename:
            flash(_("Choose what the file holds, then the file."), "error")
            return self.render("awrash/import.html", names=NAMES, kinds=KINDS, chosen=kind), 422
        content = file.read()
        report = check_file(kind, content, local_today())
        db.session.rollback()
        token = keep_upload(current_user.id, kind, content) if report.good else None
        page = self.render("awrash/preview.html", report=report, kind=kind, name=NAMES[kind], token=token)
        return page, 422 if report.faults else 200

    @expose("/write/", methods=("POST",))
    def write(self) -> Any:
        kept = take_upload(current_user.id, request.form.get("token", ""))
        if kept is None:
            flash(_("This file was already written or waited too long: upload it again."), "error")
            return redirect(self.get_url(".index"))
        kind, content = kept
        with audit.acting(current_user):
            report = check_file(kind, content, local_today())
            if report.faults and not request.form.get("good_lines"):
                db.session.rollback()
                token = keep_upload(current_user.id, kind, content)
                page = self.render("awrash/preview.html", report=report, kind=kind, name=NAMES[kind], token=token)
                return page, 422
            db.session.commit()
        made = ngettext("%(num)s line was written.", "%(num)s lines were written.", len(report.made))
        flash(made, "success")
        if report.changed:
            flash(ngettext("%(num)s line was changed.", "%(num)s lines were changed.", len(report.changed)), "success")
        if report.same:
            flash(
                ngettext("%(num)s line was already there.", "%(num)s lines were already there.", report.same), "success"
            )
        return redirect(self.get_url(f"{RECORDS[kind]}.index_view"))
