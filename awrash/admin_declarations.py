"""The declarations' own pages: the pre-filled file in, both lists side by side, the file for Damancom out."""

from types import SimpleNamespace
from typing import Any

from flask import Response, abort, flash, redirect, request
from flask_admin import expose
from flask_babel import gettext as _

from awrash import damancom, declaring
from awrash import states as s
from awrash.admin_base import RecordView
from awrash.language import local_today
from awrash.rules import RuleError

DONE = (s.DeclarationState.uploaded, s.DeclarationState.accepted)


class DeclarationPages(RecordView):
    """What a declaration's own page adds to a record's."""

    details_template = "awrash/declaration.html"

    def more_details(self, record: Any) -> dict[str, Any]:
        people = declaring.people_of(record)
        matching = declaring.matching_of(record)
        late = record.state not in DONE and local_today() > record.due_on
        told = SimpleNamespace(
            people=len(people),
            days=sum(slip.days for slips in people.values() for slip in slips),
            gross=sum(slip.gross for slips in people.values() for slip in slips),
            late=late,
            days_left=(record.due_on - local_today()).days,
            penalty=declaring.lateness_costs(len(people), record.run.month),
        )
        return {"told": told, "matching": matching, "sides": sides_of(matching) if matching else []}

    @expose("/prefilled/", methods=("POST",))
    def prefilled(self) -> Any:
        """Keep CNSS's pre-filled file with the declaration, once it is that of the carrier and month."""
        if not self.can_write:
            abort(403)
        record = self.found(request.args.get("id"))
        file = request.files.get("file")
        content = file.read() if file else b""
        try:
            self.carry_out(lambda: declaring.bring_prefilled(record, content))
        except RuleError as refusal:
            flash(str(refusal), "error")
        else:
            flash(_("The pre-filled file is read: compare both lists below."), "success")
        return redirect(self.get_url(".details_view", id=request.args.get("id")))

    @expose("/file/")
    def cnss_content(self) -> Any:
        """The file as it was made, to the byte."""
        record = self.found(request.args.get("id"))
        if not record.content:
            abort(404)
        return Response(
            record.content,
            mimetype="text/plain",
            headers={"Content-Disposition": f"attachment; filename={record.file_name}"},
        )


def sides_of(matching: damancom.Matching) -> list[SimpleNamespace]:
    """Both lists side by side: who is on theirs alone, on ours alone, named differently; the rest agrees."""
    rows = [SimpleNamespace(what="theirs", theirs=one, ours=None) for one in matching.theirs_only]
    rows += [SimpleNamespace(what="ours", theirs=None, ours=one) for one in matching.ours_only]
    rows += [SimpleNamespace(what="named", theirs=one.theirs, ours=one.ours) for one in matching.named_differently]
    return rows
