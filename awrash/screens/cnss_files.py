"""The pages of files for CNSS beside the declarations: any file checked, and complementary files."""

from typing import Any

from flask import abort, flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_admin import BaseView
from flask_babel import gettext as _

from awrash.cnss import complements
from awrash.cnss.file_check import CheckedFile, check_file
from awrash.cnss.records import Complement
from awrash.database.session import db
from awrash.models import Declaration
from awrash.operations import declarations
from awrash.records.accounts import Role
from awrash.rules.rule import RuleError
from awrash.screens.actions import PAYROLL
from awrash.screens.addresses import expose
from awrash.screens.base import Guarded, only_reads
from awrash.screens.declarations import SentPages
from awrash.values.language import _l, local_today
from awrash.values.text import clean, number_or_none, parse_month

SHOWN_FAULTS = 200  # on the page; a file with more is another file


class CheckView(Guarded, BaseView):
    """What CNSS would send a declaration or a complementary file back for."""

    reads = (*PAYROLL, Role.auditor)

    @expose("/")
    def index(self) -> ResponseReturnValue:
        return self._page()

    @expose("/", methods=("POST",))
    @only_reads()
    def check(self) -> ResponseReturnValue:
        """The page with every fault of an upload; the refusal of a file that is none of CNSS."""
        file = request.files.get("file")
        if file is None or not file.filename:
            flash(_("Choose the file for Damancom first."), "error")
            return self._page(), 422
        try:
            checked = check_file(file.read(), local_today())
        except RuleError as refusal:
            flash(str(refusal), "error")
            return self._page(), 422
        return self._page(checked, clean(file.filename.replace("\\", "/").rpartition("/")[2]))

    def _page(self, checked: CheckedFile | None = None, name: str = "") -> str:
        return self.render("awrash/cnss_check.html", told=checked, file_name=name, most=SHOWN_FAULTS)


class ComplementPages(SentPages):
    """What a complementary file's page adds to a record's: its people, and those for whom a letter is written."""

    details_template = "awrash/complement.html"
    empty = _l("There is no complementary file: open one from a declaration whose payroll corrects an earlier month.")

    def more_details(self, record: Complement) -> dict[str, Any]:
        return {"added": complements.changes_of(record)}

    @expose("/open/", methods=("POST",))
    def open(self) -> ResponseReturnValue:
        """Open the complementary file of an earlier month, from the declaration of the month that corrects it."""
        if not self.can_write:
            abort(403)
        number = number_or_none(request.form.get("declaration"))
        declaration = None if number is None else db.session.get(Declaration, number)
        if declaration is None:
            abort(404)
        run, carrier = declaration.run, declaration.carrier
        try:
            month = parse_month(request.form.get("month", ""))
        except ValueError:
            abort(400)
        try:
            complement: Complement = self.carry_out(
                lambda: declarations.open_complement(run, carrier, month),
                lambda opened: self.get_url(".details_view", id=opened.id),
            )
        except RuleError as refusal:
            flash(str(refusal), "error")
            return redirect(self.get_url("declaration.details_view", id=number))
        flash(_("Read who goes in, then make the file."), "success")
        return redirect(self.get_url(".details_view", id=complement.id))
