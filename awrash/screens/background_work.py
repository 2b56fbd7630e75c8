"""Papers in bulk on the screens: what will be issued, how far it is, what was not issued and why, the file."""

from collections.abc import Mapping
from typing import Any

from babel.numbers import format_decimal
from flask import abort, jsonify, redirect, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import ColumnElement

from awrash import worker
from awrash.database.record import Record, record_named
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
from awrash.screens.papers import PapersPage, may_issue, page_kind, papers_page
from awrash.values.language import FORMATS, _l, local_today, now
from awrash.values.language import language as language_served
from awrash.values.text import clean, number_or_none

LONGEST_REASON = 240  # characters
MEDIA_TYPES = {"pdf": "application/pdf", "zip": "application/zip"}


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

    def scope(self) -> ColumnElement[bool] | None:
        """One's own work; everybody's for who administers or audits."""
        mine = Work.asked_by_id == current_user.id
        return None if current_user.may((Role.administrator, Role.auditor)) else mine

    @expose("/ask/", methods=("GET", "POST"))
    def ask(self) -> ResponseReturnValue:
        """What will be issued, in which form; then the work waits its turn."""
        paper_set, record, page = chosen_set(request.args)
        paper = PAPERS[paper_set.paper]
        if not may_issue(paper):
            abort(403)
        numbers = list(db.session.scalars(paper_set.members(record)))
        wrong = ""
        if request.method == "POST":
            try:
                return redirect(self.get_url(".details_view", id=self._enqueue(paper_set, record, numbers)))
            except RuleError as refusal:
                wrong = str(refusal)
        refusals = list(paper.lacks_for_any_record(local_today()))
        answer = self.render(
            "awrash/ask_work.html",
            found=paper_set,
            record=record,
            back=page.address,
            count=len(numbers),
            wrong=wrong,
            forms=BatchFormat,
            languages=paper.languages,
            left_out=paper_set.said_of_left_out(record),
            stops=refusals,
            is_refused=paper_set.is_refused(record, refusals),
        )
        return answer, 422 if wrong else 200

    def _enqueue(self, paper_set: PaperSet, record: Record, numbers: list[int]) -> int:
        """Queue the papers of these members in the form and language that were chosen; the number of the work.

        RuleError when there is nothing to issue.
        """
        form, language = request.form.get("form", ""), request.form.get("language", "")
        if form not in set(BatchFormat) or language not in PAPERS[paper_set.paper].languages:
            abort(400)
        reason = clean(request.form.get("reason", ""))[:LONGEST_REASON]
        issuance = Issuance(current_user._get_current_object(), local_today(), now())

        def queue() -> int:
            return paper_batches.ask_for_papers(
                paper_set, record, numbers, BatchFormat(form), language, issuance, reason
            ).id

        number = int(self.carry_out(queue, lambda number: self.get_url(".details_view", id=number)))
        worker.enqueue(number)
        return number

    @expose("/progress/")
    def progress(self) -> ResponseReturnValue:
        """How far the work is, for the bar of its page."""
        work = self.record_or_404(request.args.get("id"))
        return jsonify({"done": work.done, "state": work.state.value, "said": how_far(work)})

    @expose("/file/")
    def file(self) -> ResponseReturnValue:
        """What the work made; a 404 once its day is over."""
        work = self.record_or_404(request.args.get("id"))
        path = temporary.result_of(work.id)
        if path is None or not work.file_name:
            abort(404)
        tracing.trace(AuditEvent.fetched, work, file=work.file_name, lines=len(work.made))
        media_type = MEDIA_TYPES[work.file_name.rpartition(".")[2]]
        return send_file(path, media_type, as_attachment=True, download_name=work.file_name)

    def more_details(self, record: Work) -> dict[str, Any]:
        paper_set = paper_batches.set_of(record)
        number = record.asked.get("record")
        about = db.session.get(record_named(paper_set.of), number) if number else None
        return {
            "is_kept": bool(record.file_name and temporary.result_of(record.id)),
            "is_over": record.state in (WorkState.done, WorkState.failed),
            "how_far": how_far(record),
            "about": about if opens(paper_set.of) else None,
            "refused": [(name, why, _page_address(paper_set.member, *number)) for name, why, *number in record.refused],
        }


def _page_address(kind: str, number: int | str | None = None) -> str:
    """The page of a record whose paper was not issued; empty when the work keeps no number or it may not be opened."""
    record = db.session.get(record_named(kind), number) if number is not None else None
    if record is None or not opens(page_kind(kind)):
        return ""
    return papers_page(record).address


def how_far(work: Work) -> str:
    """How many papers are done of how many, in words."""
    locale = FORMATS[language_served()]
    done, total = (format_decimal(count, locale=locale) for count in (work.done, work.total))
    return _("%(done)s of %(total)s", done=done, total=total)


def chosen_set(address: Mapping[str, str]) -> tuple[PaperSet, Record, PapersPage]:
    """The set of papers, the record and its page that the arguments of an address name; a 404 for any other."""
    of, name, number = address.get("of", ""), address.get("set", ""), number_or_none(address.get("id"))
    paper_set = next((known for known in paper_batches.SETS if (known.of, known.name) == (of, name)), None)
    if paper_set is None or paper_set.paper not in PAPERS or number is None:
        abort(404)
    record = db.session.get(record_named(paper_set.of), number)
    if record is None:
        abort(404)
    return paper_set, record, papers_page(record)
