"""Papers on the screens: the card of a record, look before issuing, the list of what was issued, the office's texts."""

import base64
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import ColumnElement, false, select
from sqlalchemy.orm import undefer

from awrash.database.record import Record, record_named, records_at
from awrash.database.session import db
from awrash.operations.paper_batches import PaperSet, sets_of
from awrash.papers import catalogue, typesetting
from awrash.papers import issue as issuing
from awrash.papers.dossier import DOSSIERS, Readable, dossier
from awrash.papers.issue import copy_wording
from awrash.papers.paper import Paper
from awrash.records.audit import AuditEvent
from awrash.records.issued_papers import IssuedPaper, IssuedState
from awrash.records.paper_texts import PaperLanguage, Wording, WordingState, next_version
from awrash.rules.confidence import reads
from awrash.rules.rule import RuleError
from awrash.screens import tracing
from awrash.screens.addresses import expose
from awrash.screens.attachments import Attached
from awrash.screens.base import WRITERS, RecordView, Verb, does, opens, view_named
from awrash.screens.forms import RecordForm
from awrash.screens.sending import pdf_response
from awrash.values.language import _l, local_today, now
from awrash.values.language import language as language_served
from awrash.values.states import Word
from awrash.values.text import clean, number_or_none

SHOWN_PAGES = 4
SAMPLES = 50  # records looked through for one to show a text on
PAGE_OF = {"decision": "project"}  # records without a page of their own, and the relation to the one that has theirs


# ---- the card of a record


@dataclass(frozen=True)
class PaperLine:
    """A paper on the card, in one language: issued, or what its record lacks.

    `asked` are the arguments of its address. `again` says whether a new version can be issued: the record may no
    longer be in the state that has this paper. `about` names the record where it is not that of the page.
    """

    document: Paper
    asked: dict[str, str | int]
    stops: list[RuleError]
    again: bool
    issued: IssuedPaper | None
    about: str


@dataclass(frozen=True)
class PapersCard:
    """The papers of a page: one line each, the versions replaced, what can be issued in bulk, the whole file."""

    lines: list[PaperLine]
    replaced: list[IssuedPaper]
    sets: list[PaperSet]
    has_dossier: bool


class Papered(RecordView):
    """What a record with papers adds to its page; `papers_at` are the paths to records whose papers stand there too."""

    papers_at: tuple[str, ...] = ()

    def page_of(self, record: Record) -> dict[str, Any]:
        others = [other for path in self.papers_at for other in records_at(record, path)]
        return super().page_of(record) | {"papers": card_of(record, others)}

    @expose("/dossier/")
    def dossier(self) -> ResponseReturnValue:
        """Everything of the record as one PDF, in the language of the person who asks."""
        record = self.record_or_404(request.args.get("id"))
        if record.__tablename__ not in DOSSIERS:
            abort(404)
        content = dossier(record, language_served(), local_today(), Readable(opens, partial(reads, current_user)))
        name = f"{record.__tablename__}-{record.id}"
        tracing.trace(AuditEvent.printed, record, file=f"{name}.pdf")
        complaints = getattr(record, "complaints", ()) if opens("complaint") else ()
        tracing.trace_reading(*complaints, file=f"{name}.pdf")
        return pdf_response(content, name)


def card_of(record: Record, others: Iterable[Record] = ()) -> PapersCard:
    """The card of a record's page, with the papers of the others that stand there too."""
    records = [record, *others]
    issued_papers = issuing.issued_papers_of(records)
    return PapersCard(
        lines=_lines(records, [issued for issued in issued_papers if is_standing(issued)]),
        replaced=[issued for issued in issued_papers if not is_standing(issued)],
        sets=[paper_set for paper_set in sets_of(record) if may_issue(catalogue.PAPERS[paper_set.paper])],
        has_dossier=record.__tablename__ in DOSSIERS,
    )


def _lines(records: list[Record], standing_papers: list[IssuedPaper]) -> list[PaperLine]:
    """A line for each paper that can be made of these records, then one for each other version that stands.

    The others were issued when the record could still have them, such as a letter about missing documents.
    """
    standing = {(issued.document.value, issued.language.value, issued.record_id): issued for issued in standing_papers}
    others = dict(standing)
    lines = []
    for record in records:
        for paper in catalogue.papers_of(record):
            for language in paper.languages:
                key = (paper.kind.value, language, record.id)
                lacks = [] if key in standing else list(paper.lacks(record, local_today()))
                address: dict[str, str | int] = {"document": paper.kind.value, "language": language, "of": record.id}
                about = str(record) if record is not records[0] else ""
                lines.append(PaperLine(paper, address, lacks, True, others.pop(key, None), about))
    for (kind, language, _number), issued in others.items():
        lines.append(PaperLine(catalogue.PAPERS[kind], {"language": language}, [], False, issued, issued.about))
    return lines


def is_standing(paper: IssuedPaper) -> bool:
    """Whether no later version has replaced an issued paper."""
    return paper.state == IssuedState.issued


# ---- the paper and the page that an address names


@dataclass(frozen=True)
class PapersPage:
    """The page on which a record's papers stand: its view and its address."""

    view: RecordView
    address: str


@dataclass(frozen=True)
class ChosenPaper:
    """One paper of one record in one language, as an address names it, and the page of the record."""

    paper: Paper
    record: Record
    language: str
    page: PapersPage


def chosen_paper(address: Mapping[str, str]) -> ChosenPaper:
    """The paper that the arguments of an address name; a 404 for none, a 403 for who may not read its record."""
    paper = catalogue.PAPERS.get(address.get("document", ""))
    language, number = address.get("language", ""), number_or_none(address.get("of"))
    if paper is None or language not in paper.languages or number is None:
        abort(404)
    record = db.session.get(record_named(paper.record), number)
    if record is None or not paper.offered(record):
        abort(404)
    if not reads(current_user, record):
        abort(403)
    return ChosenPaper(paper, record, language, papers_page(record))


def papers_page(record: Record) -> PapersPage:
    """The page on which a record's papers stand; a 403 or 404 unless this person may open it for this record."""
    relation = PAGE_OF.get(record.__tablename__)
    holder: Record = getattr(record, relation) if relation else record
    view: RecordView = view_named(holder.__tablename__)
    if not view.is_accessible():
        abort(403)
    view.record_or_404(str(holder.id))
    return PapersPage(view, url_for(f"{view.endpoint}.details_view", id=holder.id, _anchor="papers"))


def page_kind(kind: str) -> str:
    """The kind of record on whose page the papers of a kind of record stand; kinds by the names of their tables."""
    return PAGE_OF.get(kind, kind)


def may_issue(paper: Paper) -> bool:
    """Whether this person's role writes the records that a paper is made of."""
    return bool(view_named(page_kind(paper.record)).can_write)


# ---- issued papers


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

    def scope(self) -> ColumnElement[bool]:
        """Only the papers of records that this person's role opens."""
        kinds = {paper.record for paper in catalogue.PAPERS.values() if opens(page_kind(paper.record))}
        return IssuedPaper.record.in_(kinds) if kinds else false()

    def more_details(self, record: IssuedPaper) -> dict[str, Any]:
        about = db.session.get(record_named(record.record), record.record_id)
        return {"about": about, "page": papers_page(about).address if about is not None else ""}

    @expose("/file/")
    def file(self) -> ResponseReturnValue:
        """The bytes that were issued."""
        number = self.record_or_404(request.args.get("id")).id
        issued = db.session.get_one(IssuedPaper, number, options=[undefer(IssuedPaper.content)])
        about = db.session.get(record_named(issued.record), issued.record_id)
        if not reads(current_user, about):
            abort(403)
        name = f"{issued.number}-{issued.revision}"
        tracing.trace(AuditEvent.fetched, issued, file=f"{name}.pdf")
        tracing.trace_reading(about, file=f"{name}.pdf")
        return pdf_response(issued.content, name)

    @expose("/draft/")
    def draft(self) -> ResponseReturnValue:
        """A paper as it would be issued, with "draft" across."""
        chosen = chosen_paper(request.args)
        data = self._draft_data(chosen)
        name = f"{chosen.paper.kind.value}-{chosen.record.id}"
        tracing.trace(AuditEvent.printed, chosen.record, file=f"{name}.pdf")
        tracing.trace_reading(chosen.record, file=f"{name}.pdf")
        return pdf_response(catalogue.typeset(chosen.paper, chosen.language, data), name)

    @expose("/issue/", methods=("GET", "POST"))
    def issue(self) -> ResponseReturnValue:
        """Look at the paper, then issue it; what stands already is shown, a change asks for its reason."""
        chosen = chosen_paper(request.args)
        if not chosen.page.view.can_write:
            abort(403)
        if request.method == "POST":
            return self._issue(chosen)
        tracing.trace_reading(chosen.record)
        return self._before_issuing(chosen)

    def _issue(self, chosen: ChosenPaper) -> ResponseReturnValue:
        paper, record, language = chosen.paper, chosen.record, chosen.language
        reason = clean(request.form.get("reason", "")) or None
        issuance = issuing.Issuance(current_user._get_current_object(), local_today(), now())
        standing = issuing.standing_paper(paper, record, language)
        try:
            issued = self.carry_out(
                lambda: issuing.issue(paper, record, language, issuance, reason), lambda _: chosen.page.address
            )
        except RuleError as refusal:
            return self._before_issuing(chosen, str(refusal)), 422
        facts = {"paper": paper.kind.label, "number": issued.number, "revision": issued.revision}
        if issued is standing:
            flash(_("Nothing has changed: “%(paper)s”, number %(number)s, stays as it was issued.", **facts))
        elif issued.revision > 1:
            flash(_("Version %(revision)s of “%(paper)s”, number %(number)s, is issued.", **facts), "success")
        else:
            flash(_("“%(paper)s” is issued under number %(number)s.", **facts), "success")
        return redirect(chosen.page.address)

    def _before_issuing(self, chosen: ChosenPaper, wrong: str = "") -> str:
        """The page that shows a paper before it is issued; `wrong` is the sentence that refused its issue."""
        paper, record, language = chosen.paper, chosen.record, chosen.language
        pages = typesetting.page_pictures(paper.template(language), self._draft_data(chosen))
        return self.render(
            "awrash/issue.html",
            document=paper,
            record=record,
            back=chosen.page.address,
            wrong=wrong,
            known=issuing.standing_paper(paper, record, language),
            stops=list(paper.lacks(record, local_today())),
            pages=_first_pages(pages),
            count=len(pages),
            asked=request.args,
        )

    def _draft_data(self, chosen: ChosenPaper) -> dict[str, Any]:
        """What the template of a draft takes; RuleError when no text of the office's own is in use for the paper."""
        try:
            return catalogue.draft_data(chosen.paper, chosen.record, chosen.language, local_today())
        except catalogue.NoTextInUse:
            issuing.TextInUse().refuse(paper=chosen.paper.kind)


def _first_pages(pages: list[bytes]) -> list[str]:
    """The first pictures of pages, in base64 for the address of an image."""
    return [base64.b64encode(page).decode() for page in pages[:SHOWN_PAGES]]


# ---- the office's texts, letterheads, signatories


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
        does(copy_wording),
        WRITERS,
        effect=lambda texts: _(
            "A draft with the same articles is made. The text in use stays in use until the draft is put in its place."
        ),
        tells=lambda draft: _(
            "Version %(number)s is a draft: change it, look at it, put it in use.", number=draft.number
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

    def prepare(self, record: Wording) -> None:
        record.number = next_version(record)

    def more_details(self, record: Wording) -> dict[str, Any]:
        return {"words": words_of(record.document, record.language), "preview": self._preview(record)}

    def _render_form(self, form: RecordForm, record: Wording | None, **shown: Any) -> str:
        paper_kind = record.document if record else form.document.data
        language = record.language if record else form.language.data
        return super()._render_form(form, record, words=words_of(paper_kind, language), **shown)

    def _preview(self, wording: Wording) -> list[str]:
        """The pages of the paper with this text, of the latest record that it can be made of.

        None without such a record, and none to a role that does not open it: complaints are confidential.
        """
        paper = catalogue.PAPERS.get(wording.document.value)
        if paper is None or not opens(page_kind(paper.record)):
            return []
        sample = sample_of(paper, partial(reads, current_user))
        if sample is None:
            return []
        language = wording.language.value
        tracing.trace_reading(sample)
        data = catalogue.draft_data(paper, sample, language, local_today(), wording)
        return _first_pages(typesetting.page_pictures(paper.template(language), data))


def words_of(paper_kind: Word | None, language: PaperLanguage | None) -> list[str]:
    """The words in braces that a text may write; none before its paper and its language are chosen."""
    paper = catalogue.PAPERS.get(paper_kind.value) if paper_kind else None
    return list(paper.words.get(language.value, ())) if paper and language else []


def sample_of(paper: Paper, may_read: Callable[[Record], bool]) -> Record | None:
    """The latest record that a paper can be made of and that may be read, among the last ones of its kind."""
    kind = record_named(paper.record)
    latest = db.session.scalars(select(kind).order_by(kind.id.desc()).limit(SAMPLES))
    return next((record for record in latest if paper.offered(record) and may_read(record)), None)


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
