"""Papers on the screens: the card of a record, look before issuing, the list of what was issued, the office's texts."""

import base64
import io
from types import SimpleNamespace
from typing import Any

from flask import abort, flash, redirect, request, send_file, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import false, select
from sqlalchemy.orm import undefer

from awrash.database.record import record_named, records_at
from awrash.database.session import db
from awrash.operations.paper_batches import sets_of
from awrash.papers import catalogue, typesetting
from awrash.papers import issue as issuing
from awrash.papers.dossier import DOSSIERS, dossier
from awrash.papers.issue import copy_wording
from awrash.papers.paper import Paper
from awrash.records.audit import AuditEvent
from awrash.records.issued_papers import IssuedPaper, IssuedState
from awrash.records.paper_texts import Wording, WordingState, next_version
from awrash.rules.rule import RuleError
from awrash.screens import tracing
from awrash.screens.addresses import expose
from awrash.screens.attachments import Attached
from awrash.screens.base import WRITERS, RecordView, Verb, does, opens, view_named
from awrash.values.language import _l, local_today, now
from awrash.values.language import language as language_served
from awrash.values.text import clean, number_or_none

SHOWN_PAGES = 4
SAMPLES = 50  # records looked through for one to show a text on
PAGE_OF = {"decision": "project"}  # records without a page of their own, and the way to the one that has theirs


class Papered(RecordView):
    """What a record with papers adds to its page; `papers_at` are the paths to records whose papers stand there too."""

    papers_at: tuple[str, ...] = ()

    def page_of(self, record: Any) -> dict[str, Any]:
        told = super().page_of(record)
        card = card_of([record, *(one for path in self.papers_at for one in records_at(record, path))])
        card.sets = [one for one in sets_of(record) if may_issue(catalogue.PAPERS[one.paper])]
        card.has_dossier = record.__tablename__ in DOSSIERS
        return told | {"papers": card}

    @expose("/dossier/")
    def dossier(self) -> Any:
        """Everything of the record as one PDF, in the language of the person who asks."""
        record = self.record_or_404(request.args.get("id"))
        if record.__tablename__ not in DOSSIERS:
            abort(404)
        content = dossier(record, language_served(), local_today(), opens)
        name = f"{record.__tablename__}-{record.id}"
        tracing.trace(AuditEvent.printed, record, file=f"{name}.pdf")
        told = getattr(record, "complaints", ()) if opens("complaint") else ()
        tracing.trace_reading(*told, file=f"{name}.pdf")
        return sent(content, name)


def card_of(records: list[Any]) -> Any:
    """The papers of a page: those that can be made of its records, and every version that was issued."""
    issued = issuing.issued_papers_of(records)
    standing = {(one.document.value, one.language.value, one.record_id): one for one in issued if is_standing(one)}
    gone = dict(standing)  # issued when the record could still have it, such as a letter about missing documents
    lines = []
    for record in records:
        for document in catalogue.papers_of(record):
            for language in document.languages:
                key = (document.kind.value, language, record.id)
                stops = [] if key in standing else list(document.lacks(record, local_today()))
                asked = {"document": document.kind.value, "language": language, "of": record.id}
                line = {"document": document, "asked": asked, "stops": stops, "again": True}
                about = str(record) if record is not records[0] else ""
                lines.append(SimpleNamespace(**line, issued=gone.pop(key, None), about=about))
    for (kind, language, _number), paper in gone.items():
        line = {"document": catalogue.PAPERS[kind], "asked": {"language": language}, "stops": [], "again": False}
        lines.append(SimpleNamespace(**line, issued=paper, about=paper.about))
    replaced = [one for one in issued if not is_standing(one)]
    return SimpleNamespace(lines=lines, replaced=replaced)


def is_standing(paper: IssuedPaper) -> bool:
    return paper.state == IssuedState.issued


def page_kind(name: str) -> str:
    """The kind of record on whose page the papers of a kind of record stand."""
    return PAGE_OF.get(name, name)


def may_issue(document: Paper) -> bool:
    """Whether this person's role writes the records that a paper is made of."""
    return bool(view_named(page_kind(document.record)).can_write)


def asked_paper(args: Any) -> tuple[Paper, Any, str, Any]:
    """The document, record, language and the view of the record's page that an address asks for; else a 404 or 403."""
    document = catalogue.PAPERS.get(args.get("document", ""))
    language, number = args.get("language", ""), number_or_none(args.get("of"))
    if document is None or language not in document.languages or number is None:
        abort(404)
    record = db.session.get(record_named(document.record), number)
    if record is None or not document.offered(record):
        abort(404)
    return document, record, language, page_view(record)


def page_view(record: Any) -> Any:
    """The view on whose page a record's papers stand, when this person may open it for this record."""
    way = PAGE_OF.get(record.__tablename__)
    holder = getattr(record, way) if way else record
    view = view_named(holder.__tablename__)
    if not view.is_accessible():
        abort(403)
    view.record_or_404(str(holder.id))
    address = url_for(f"{view.endpoint}.details_view", id=holder.id, _anchor="papers")
    return SimpleNamespace(view=view, address=address)


class IssuedPaperView(RecordView):
    """Every paper that left the office, with its number, its version and its fingerprint."""

    can_create = can_edit = can_delete = False
    column_list = ("number", "document", "about", "language", "revision", "issued_on", "issued_by", "state")
    column_filters = ("document", "state", "issued_on", "issued_by", "language")
    column_details_list = (
        *("document", "about", "language", "number", "revision", "replaces", "reason", "wording"),
        *("issued_on", "issued_by", "size", "sha256", "state"),
    )
    details_template = "awrash/issued_paper.html"
    empty = _l("No paper is issued yet. Papers are issued from the page of their record.")

    def scope(self) -> Any:
        """Only the papers of records that this person's role opens."""
        opened = {one.record for one in catalogue.PAPERS.values() if opens(page_kind(one.record))}
        return IssuedPaper.record.in_(opened) if opened else false()

    def more_details(self, record: Any) -> dict[str, Any]:
        about = db.session.get(record_named(record.record), record.record_id)
        return {"about": about, "page": page_view(about).address if about is not None else ""}

    @expose("/file/")
    def file(self) -> Any:
        """The bytes that were issued."""
        number = self.record_or_404(request.args.get("id")).id
        paper = db.session.get_one(IssuedPaper, number, options=[undefer(IssuedPaper.content)])
        name = f"{paper.number}-{paper.revision}"
        tracing.trace(AuditEvent.fetched, paper, file=f"{name}.pdf")
        tracing.trace_reading(db.session.get(record_named(paper.record), paper.record_id), file=f"{name}.pdf")
        return sent(paper.content, name)

    @expose("/draft/")
    def draft(self) -> Any:
        """A paper as it would be issued, with "draft" across."""
        document, record, language, _page = asked_paper(request.args)
        data = self._draft(document, record, language)
        name = f"{document.kind.value}-{record.id}"
        tracing.trace(AuditEvent.printed, record, file=f"{name}.pdf")
        tracing.trace_reading(record, file=f"{name}.pdf")
        return sent(catalogue.typeset(document, language, data), name)

    @expose("/issue/", methods=("GET", "POST"))
    def issue(self) -> Any:
        """Look at the paper, then issue it; what stands already is shown, a change asks for its reason."""
        document, record, language, page = asked_paper(request.args)
        if not page.view.can_write:
            abort(403)
        if request.method == "POST":
            return self._issued(document, record, language, page)
        tracing.trace_reading(record)
        return self._before_issuing(document, record, language, page)

    def _issued(self, document: Paper, record: Any, language: str, page: Any) -> Any:
        reason = clean(request.form.get("reason", "")) or None
        person = current_user._get_current_object()
        asked = issuing.Issuance(person, local_today(), now())
        known, address = issuing.standing_paper(document, record, language), page.address
        try:
            made = self.carry_out(lambda: issuing.issue(document, record, language, asked, reason), lambda _: address)
        except RuleError as refusal:
            return self._before_issuing(document, record, language, page, str(refusal)), 422
        facts = {"paper": document.kind.label, "number": made.number, "revision": made.revision}
        if made is known:
            flash(_("Nothing has changed: “%(paper)s”, number %(number)s, stays as it was issued.", **facts))
        elif made.revision > 1:
            flash(_("Version %(revision)s of “%(paper)s”, number %(number)s, is issued.", **facts), "success")
        else:
            flash(_("“%(paper)s” is issued under number %(number)s.", **facts), "success")
        return redirect(page.address)

    def _before_issuing(self, document: Paper, record: Any, language: str, page: Any, wrong: str = "") -> str:
        data = self._draft(document, record, language)
        pages = typesetting.page_pictures(document.template(language), data)
        told = {
            "document": document,
            "record": record,
            "back": page.address,
            "wrong": wrong,
            "known": issuing.standing_paper(document, record, language),
            "stops": list(document.lacks(record, local_today())),
            "pages": [base64.b64encode(one).decode() for one in pages[:SHOWN_PAGES]],
            "count": len(pages),
            "asked": request.args,
        }
        return str(self.render("awrash/issue.html", **told))

    def _draft(self, document: Paper, record: Any, language: str) -> dict[str, Any]:
        try:
            return catalogue.draft_data(document, record, language, local_today())
        except catalogue.NoTextInUse:
            issuing.TextInUse().refuse(paper=document.kind)


def sent(content: bytes, name: str) -> Any:
    """A PDF to read or to print; never kept by a browser."""
    answer = send_file(io.BytesIO(content), "application/pdf", download_name=f"{name}.pdf")
    answer.headers["Cache-Control"] = "no-store"
    return answer


WORDING = (
    Verb(
        "use",
        _l("Put in use"),
        does(issuing.put_in_use),
        WRITERS,
        effect=lambda texts: _(
            "From now on papers are issued with this text, and the one in use before is kept as replaced. Papers "
            "already issued keep what they said."
        ),
        to=WordingState.in_use,
    ),
    Verb(
        "copy",
        _l("Write a new version"),
        copy_wording,
        WRITERS,
        effect=lambda texts: _(
            "A draft with the same articles is made. The text in use stays in use until the draft is put in its place."
        ),
        tells=lambda made: _(
            "Version %(number)s is a draft: change it, look at it, put it in use.", number=made.number
        ),
    ),
)


class WordingView(RecordView):
    """The texts of papers, by version: the one in use never changes, a draft is looked at before it is used."""

    column_list = ("document", "language", "number", "note", "state")
    column_filters = ("document", "language", "state")
    form_columns = ("document", "language", "note")
    lines = {"articles": ("position", "title", "body")}
    related = {"articles": ("position", "title", "body")}
    details_template = "awrash/wording.html"
    edit_template = create_template = "awrash/wording_form.html"
    verbs = WORDING
    newest_first = "document"
    empty = _l("No text is written yet.")

    @property
    def can_change(self) -> bool:
        return self.can_write

    def prepare(self, record: Any) -> None:
        record.number = next_version(record)

    def more_details(self, record: Any) -> dict[str, Any]:
        return {"words": words_of(record), "preview": self._preview(record)}

    def _render_form(self, form: Any, record: Any, **told: Any) -> str:
        written = record or SimpleNamespace(document=form.document.data, language=form.language.data)
        return super()._render_form(form, record, words=words_of(written), **told)

    def _preview(self, wording: Wording) -> list[str]:
        """The pages of the paper with this text, of the latest record that it can be made of.

        None without such a record, and none to a role that does not open it: complaints are confidential.
        """
        document = catalogue.PAPERS.get(wording.document.value)
        if document is None or not opens(page_kind(document.record)):
            return []
        sample = sample_of(document)
        if sample is None:
            return []
        language = wording.language.value
        tracing.trace_reading(sample)
        data = catalogue.draft_data(document, sample, language, local_today(), wording)
        pages = typesetting.page_pictures(document.template(language), data)
        return [base64.b64encode(one).decode() for one in pages[:SHOWN_PAGES]]


def words_of(wording: Any) -> list[str]:
    """The words in braces that a text may write; none before its paper and its language are chosen."""
    document = catalogue.PAPERS.get(getattr(wording.document, "value", ""))
    return list(document.words.get(getattr(wording.language, "value", ""), ())) if document else []


def sample_of(document: Paper) -> Any:
    """The latest record that a paper can be made of."""
    kind = record_named(document.record)
    latest = db.session.scalars(select(kind).order_by(kind.id.desc()).limit(SAMPLES))
    return next((one for one in latest if document.offered(one)), None)


class LetterheadView(Attached):
    """The head and foot of papers, by period; the logo is an attached picture."""

    column_list = ("kind", "since", "lines_ar", "city_ar")
    column_filters = ("kind", "since")
    form_columns = ("kind", "since", "lines_ar", "lines_fr", "city_ar", "city_fr", "foot_ar", "foot_fr", "site")
    newest_first = "kind"


class SignatoryView(RecordView):
    """Who signs in which quality, by period."""

    column_list = ("quality", "name_ar", "name_fr", "since", "until")
    column_filters = ("quality", "since")
    form_columns = ("quality", "name_ar", "name_fr", "since", "until")
    newest_first = "quality"
    empty = _l("Nobody is recorded: papers leave the name of who signs open. Record who signs, and since when.")
