"""The complementary files' own pages: whom a later payroll corrects, the file, and what can't go in it."""

from typing import Any

from flask import abort, flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from awrash.cnss import complements
from awrash.cnss.records import Complement
from awrash.database.session import db
from awrash.models import Declaration
from awrash.operations import declarations
from awrash.rules.rule import RuleError
from awrash.screens.addresses import expose
from awrash.screens.declarations import SentPages
from awrash.values.language import _l
from awrash.values.text import number_or_none, parse_month


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
