"""Papers in bulk on the screens: what will be issued, how far it is, what was not issued and why, the file."""

from typing import Any

from babel.numbers import format_decimal
from flask import abort, jsonify, redirect, request, send_file
from flask_babel import gettext as _
from flask_login import current_user

from awrash import worker
from awrash.database.record import record_named
from awrash.database.session import db
from awrash.files import temporary
from awrash.operations import paper_batches
from awrash.operations.paper_batches import BatchFormat, PaperSet
from awrash.papers.catalogue import PAPERS
from awrash.papers.issue import Issuance
from awrash.records.accounts import Role
from awrash.records.audit import AuditEvent
from awrash.records.background_work import Work, WorkState
from awrash.rules.rule import RuleError
from awrash.screens import tracing
from awrash.screens.addresses import expose
from awrash.screens.base import RecordView, opens
from awrash.screens.papers import may_issue, page_kind, page_view
from awrash.values.language import FORMATS, _l, local_today, now
from awrash.values.language import language as language_served
from awrash.values.text import clean, number_or_none

LONGEST_REASON = 240
TYPES = {"pdf": "application/pdf", "zip": "application/zip"}


class WorkView(RecordView):
    """Long work: one's own, or everybody's for who administers."""

    can_create = can_edit = can_delete = False
    column_list = ("asked_at", "about", "done", "total", "asked_by", "state")
    column_filters = ("state", "asked_by")
    column_details_list = ("asked_by", "asked_at", "ended_at", "state")
    details_template = "awrash/work.html"
    empty = _l(
        "No long work was asked for. Papers are issued in bulk from the page of a worksite, a payroll, a session."
    )

    def scope(self) -> Any:
        mine = Work.asked_by_id == current_user.id
        return None if current_user.may((Role.administrator, Role.auditor)) else mine

    @expose("/ask/", methods=("GET", "POST"))
    def ask(self) -> Any:
        """What will be issued, in which form; then the work waits its turn."""
        found, record, page = asked_set(request.args)
        document = PAPERS[found.paper]
        if not may_issue(document):
            abort(403)
        numbers = list(db.session.scalars(found.members(record)))
        wrong = ""
        if request.method == "POST":
            try:
                return redirect(self.get_url(".details_view", id=self._asked_for(found, record, numbers)))
            except RuleError as refusal:
                wrong = str(refusal)
        told = {"found": found, "record": record, "back": page.address, "count": len(numbers), "wrong": wrong}
        told |= {"forms": BatchFormat, "languages": document.languages, "left_out": found.said_of_left_out(record)}
        told["stops"] = stops = list(document.lacks_for_any_record(local_today()))
        told["is_refused"] = found.is_refused(record, stops)
        return self.render("awrash/ask_work.html", **told), 422 if wrong else 200

    def _asked_for(self, found: PaperSet, record: Any, numbers: list[int]) -> int:
        document = PAPERS[found.paper]
        form, language = request.form.get("form", ""), request.form.get("language", "")
        if form not in set(BatchFormat) or language not in document.languages:
            abort(400)
        reason = clean(request.form.get("reason", ""))[:LONGEST_REASON]
        person = current_user._get_current_object()
        issue = Issuance(person, local_today(), now())
        asked = (found, record, numbers, BatchFormat(form), language, issue, reason)
        page = lambda number: self.get_url(".details_view", id=number)  # noqa: E731
        number = int(self.carry_out(lambda: paper_batches.ask_for_papers(*asked).id, page))
        worker.enqueue(number)
        return number

    @expose("/progress/")
    def progress(self) -> Any:
        """How far the work is, for the bar of its page."""
        work = self.found(request.args.get("id"))
        return jsonify({"done": work.done, "state": work.state.value, "said": how_far(work)})

    @expose("/file/")
    def file(self) -> Any:
        """What the work made; a 404 once its day is over."""
        work = self.found(request.args.get("id"))
        path = temporary.result_of(work.id)
        if path is None or not work.file_name:
            abort(404)
        tracing.trace(AuditEvent.fetched, work, file=work.file_name, lines=len(work.made))
        kind = TYPES[work.file_name.rpartition(".")[2]]
        return send_file(path, kind, as_attachment=True, download_name=work.file_name)

    def more_details(self, record: Any) -> dict[str, Any]:
        found = paper_batches.set_of(record)
        number = record.asked.get("record")
        about = db.session.get(record_named(found.of), number) if number else None
        return {
            "is_kept": bool(record.file_name and temporary.result_of(record.id)),
            "is_over": record.state in (WorkState.done, WorkState.failed),
            "how_far": how_far(record),
            "about": about if opens(found.of) else None,
            "refused": [(name, why, self._page_of(found, known)) for name, why, *known in record.refused],
        }

    @staticmethod
    def _page_of(found: PaperSet, known: list[int]) -> str:
        """The page of a record whose paper was not issued; empty when it was not kept or may not be opened."""
        record = db.session.get(record_named(found.member), known[0]) if known else None
        if record is None or not opens(page_kind(found.member)):
            return ""
        return str(page_view(record).address)


def how_far(work: Work) -> str:
    locale = FORMATS[language_served()]
    done, total = (format_decimal(one, locale=locale) for one in (work.done, work.total))
    return _("%(done)s of %(total)s", done=done, total=total)


def asked_set(args: Any) -> tuple[PaperSet, Any, Any]:
    """The set of papers, the record and its page that an address asks for; a 404 for any other."""
    of, name, number = args.get("of", ""), args.get("set", ""), number_or_none(args.get("id"))
    found = next((one for one in paper_batches.SETS if (one.of, one.name) == (of, name)), None)
    if found is None or found.paper not in PAPERS or number is None:
        abort(404)
    record = db.session.get(record_named(found.of), number)
    return found, record, page_view(record) if record is not None else abort(404)
