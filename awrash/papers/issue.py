"""To issue a paper: its bytes are kept with number and fingerprint; issued again it is the same, changed it is new."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import force_locale
from sqlalchemy import select
from sqlalchemy.orm import joinedload, undefer

from awrash.database.record import rows_about
from awrash.database.session import db
from awrash.papers import catalogue
from awrash.papers.document import Document
from awrash.papers.fields import isolate_text
from awrash.records.issued_papers import IssuedPaper, IssuedState
from awrash.records.numbering import next_number
from awrash.records.paper_texts import Article, PaperLanguage, Wording, WordingState, next_version
from awrash.records.steps import step
from awrash.rules.rule import Rule
from awrash.rules.steps import starts_from
from awrash.values.language import _l

PART = 100  # papers read at a time
WIDTH = 4  # digits of a number in its series


class ChangedSinceIssued(Rule):
    """Accountability [D]: an issued paper says what it said; a change is a new version, with the reason."""

    message = _l(
        "%(number)s was issued on %(day)s and its record has changed since: give the reason, and a new version that "
        "names it is issued."
    )
    field = "reason"


class TextInUse(Rule):
    """Papers issue [D]: a paper with a text of the office's own is issued with the version in use."""

    message = _l("No text is in use for “%(paper)s”: write one under Settings, Texts, and put it in use.")


class KeptWhole(Rule):
    """Accountability [D]: what is printed again says, sign for sign, what was issued.

    Papers issued before 2026-11-26 lost the marks of direction of what they say, and 112-14 would read 14-112.
    """

    message = _l("What %(number)s says was kept in part only: ask for a ZIP, which holds the papers as issued.")

    def check(self, paper: IssuedPaper) -> None:
        if json.loads(paper.told)["number"] != isolate_text(paper.number):
            self.refuse(number=paper.number)


@dataclass(frozen=True)
class Issue:
    """Who issues, on which day and at what instant."""

    by: Any
    on: date
    at: datetime


def standing(document: Document, record: Any, language: str) -> IssuedPaper | None:
    """The version that stands of a paper of a record."""
    return db.session.scalar(_of(record).filter_by(document=document.kind, language=language, state=IssuedState.issued))


def any_stands(document: Document, records: Any) -> bool:
    """Whether a paper of a kind stands for one of these records, selected by number."""
    asked = select(IssuedPaper.id).filter_by(document=document.kind, record=document.record, state=IssuedState.issued)
    return db.session.scalar(asked.where(IssuedPaper.record_id.in_(records)).limit(1)) is not None


def issued_of(records: Sequence[Any]) -> list[IssuedPaper]:
    """Every version of every paper of these records, the latest first, asked once a kind; never their bytes."""
    asked = select(IssuedPaper).options(joinedload(IssuedPaper.issued_by), joinedload(IssuedPaper.replaces))
    found = [one for of_kind in rows_about(IssuedPaper, records) for one in db.session.scalars(asked.where(of_kind))]
    return sorted(found, key=lambda one: -one.id)


def _of(record: Any) -> Any:
    return select(IssuedPaper).filter_by(record=record.__tablename__, record_id=record.id)


def issue(document: Document, record: Any, language: str, asked: Issue, reason: str | None = None) -> IssuedPaper:
    """The paper that stands when its record has not changed; else a new one, or with a reason a new version of it.

    Who signs and which text is in use since then change no paper that was issued, unless a reason asks for another.
    """
    known = standing(document, record, language)
    if known is not None and not reason:
        then = catalogue.say(document, record, language, known.issued_on, known.wording)
        if catalogue.fingerprint(then) == known.fingerprint:
            return known
        ChangedSinceIssued().refuse(number=known.number, day=known.issued_on)
    text = wording_of(document, language)
    said = catalogue.say(document, record, language, asked.on, text)
    if known is not None and catalogue.fingerprint(said) == known.fingerprint:
        return known
    for refusal in document.stops(record, asked.on):
        raise refusal
    given = known.number if known is not None else number_of(document, record, asked.on)
    return _kept(document, record, language, asked, said, text, given, known, reason)


def _kept(
    document: Document,
    record: Any,
    language: str,
    asked: Issue,
    said: dict[str, Any],
    text: Wording | None,
    given: str,
    known: IssuedPaper | None,
    reason: str | None,
) -> IssuedPaper:
    revision = known.revision + 1 if known is not None else 1
    whole = catalogue.numbered(said, given, revision, known) | catalogue.proof(document, record, asked.on)
    content = catalogue.typeset(document, language, catalogue.laid_out(document, language, [whole], asked.on, given))
    if known is not None:
        step(known, IssuedState.replaced, why=reason)
    made = IssuedPaper(
        document=document.kind,
        language=PaperLanguage(language),
        record=record.__tablename__,
        record_id=record.id,
        about=about_of(record, language)[:160],
        number=given,
        revision=revision,
        reason=reason if known is not None else None,
        issued_on=asked.on,
        issued_at=asked.at,
        told=json.dumps(whole, ensure_ascii=False, sort_keys=True),
        fingerprint=catalogue.fingerprint(said),
        content=content,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    with db.session.no_autoflush:
        made.replaces, made.wording, made.issued_by = known, text, asked.by
        db.session.add(made)
    db.session.flush()
    return made


def about_of(record: Any, language: str) -> str:
    """The name of a record in the language of its paper."""
    with force_locale(language):
        return str(record)


def wording_of(document: Document, language: str) -> Wording | None:
    try:
        return catalogue.text_in_use(document, language)
    except catalogue.NoTextInUse:
        TextInUse().refuse(paper=document.kind)


def number_of(document: Document, record: Any, on: date) -> str:
    """The record's own number, or the next of the paper's series in the year."""
    if document.has_series:
        return next_number(IssuedPaper, "number", f"{document.number}{on.year}-", width=WIDTH)
    return document.number.format(record=record)


def together(papers: Sequence[int]) -> bytes:
    """Issued papers of one kind as one PDF, typeset again from what each says, to print in one go.

    Each stands under the letterhead and the day on which it was issued.
    """
    asked = select(IssuedPaper).where(IssuedPaper.id.in_(papers)).options(undefer(IssuedPaper.told))
    found = {one.id: one for one in db.session.scalars(asked)}
    chosen = [found[number] for number in papers]
    document, language = catalogue.DOCUMENTS[chosen[0].document.value], chosen[0].language.value
    for one in chosen:
        KeptWhole().check(one)
    last = max(one.issued_on for one in chosen)
    days = {one.issued_on for one in chosen} - {last}
    sheets = {on: {"sheet": catalogue.head_of(document.head, language, on)} for on in days}
    said = [json.loads(one.told) | sheets.get(one.issued_on, {}) for one in chosen]
    return catalogue.typeset(document, language, catalogue.laid_out(document, language, said, last, ""))


@starts_from(WordingState.draft)
def put_in_use(wording: Wording) -> None:
    """Use a draft text from now on; the one before it is replaced."""
    asked = select(Wording).filter_by(document=wording.document, language=wording.language, state=WordingState.in_use)
    for before in db.session.scalars(asked):
        step(before, WordingState.replaced)
    step(wording, WordingState.in_use)


def content_of(number: int) -> bytes:
    """The bytes of one issued paper."""
    return bytes(db.session.scalars(select(IssuedPaper.content).filter_by(id=number)).one())


def changed_papers() -> Iterator[str]:
    """Numbers of the issued papers whose bytes are not those that were issued, read in parts."""
    asked = select(IssuedPaper.number, IssuedPaper.sha256, IssuedPaper.content)
    for number, sha256, content in db.session.execute(asked.execution_options(yield_per=PART)):
        if hashlib.sha256(content).hexdigest() != sha256:
            yield number


# ---- the office's own texts


@starts_from(WordingState.in_use, WordingState.replaced)
def copied(wording: Wording, ask: Any) -> Wording:
    """A draft of the next version, with the same articles."""
    made = Wording(document=wording.document, language=wording.language, number=next_version(wording))
    made.articles = [Article(position=one.position, title=one.title, body=one.body) for one in wording.articles]
    db.session.add(made)
    db.session.flush()
    return made
