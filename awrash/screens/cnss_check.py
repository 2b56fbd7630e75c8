"""The page that checks a file of CNSS: it is dropped, and every fault is named; nothing is kept of it."""

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_admin import BaseView
from flask_babel import gettext as _

from awrash.cnss.file_check import CheckedFile, check_file
from awrash.records.accounts import Role
from awrash.rules.rule import RuleError
from awrash.screens.actions import PAYROLL
from awrash.screens.addresses import expose
from awrash.screens.base import Guarded, only_reads
from awrash.values.language import local_today
from awrash.values.text import clean

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
