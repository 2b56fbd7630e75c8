"""The issue of papers: the bytes are kept with number and fingerprint.

A paper that is issued again is the same paper; one whose record has changed is a new version of it.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import force_locale
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, undefer

from awrash.database.record import Record, record_named, rows_about
from awrash.database.session import db
from awrash.papers import catalogue
from awrash.papers.fields import isolate_text
from awrash.papers.paper import Paper
from awrash.papers.requirements import DayHasCome
from awrash.records.accounts import User
from awrash.records.fingerprints import altered_files
from awrash.records.issued_papers import IssuedPaper, IssuedState
from awrash.records.numbering import next_number
from awrash.records.paper_texts import Article, PaperLanguage, Wording, WordingState, next_version
from awrash.records.steps import step
from awrash.rules.confidence import ReadInConfidence
from awrash.rules.rule import Rule, RuleError
from awrash.rules.steps import starts_from
from awrash.values.language import _l

WIDTH = 4  # digits of a number in its series
LONGEST_ABOUT = 160  # signs kept of a record's name


class ChangedSinceIssued(Rule):
    """[D] An issued paper says what it said; a change is a new version, with the reason.

    Source: docs/programme.md, "Accountability".
    """

    message = _l(
        "%(number)s was issued on %(day)s and its record has changed since: give the reason, and a new version that "
        "names it is issued."
    )
    field = "reason"


class TextInUse(Rule):
    """[D] A paper with a text of the office's own is issued with the version in use (docs/programme.md, "Papers")."""

    message = _l("No text is in use for “%(paper)s”: write one under Settings, Texts, and put it in use.")


class KeptWhole(Rule):
    """[D] What is printed again says, sign for sign, what was issued.

    Papers issued before 2026-11-26 lost the marks of direction of what they say, and 112-14 would read 14-112.
    Source: docs/programme.md, "Accountability".
    """

    message = _l("What %(number)s says was kept in part only: ask for a ZIP, which holds the papers as issued.")

    def check(self, issued: IssuedPaper) -> None:
        if json.loads(issued.told)["number"] != isolate_text(issued.number):
            self.refuse(number=issued.number)


@dataclass(frozen=True)
class Issuance:
    """Who issues, on which day and at what instant."""

    by: User
    on: date
    at: datetime


# ---- what was issued


def standing_paper(paper: Paper, record: Record, language: str) -> IssuedPaper | None:
    """The version that stands of a paper of a record."""
    versions = select(IssuedPaper).filter_by(record=record.__tablename__, record_id=record.id)
    return db.session.scalar(versions.filter_by(document=paper.kind, language=language, state=IssuedState.issued))


def any_stands(paper: Paper, records: Select[tuple[int]]) -> bool:
    """Whether a paper stands for one of these records, selected by their `id`."""
    standing = select(IssuedPaper.id).filter_by(document=paper.kind, record=paper.record, state=IssuedState.issued)
    return db.session.scalar(standing.where(IssuedPaper.record_id.in_(records)).limit(1)) is not None


def issued_papers_of(records: Sequence[Any]) -> list[IssuedPaper]:
    """Every version of every paper of these records, the latest first; one select a kind of record, never the bytes."""
    versions = select(IssuedPaper).options(joinedload(IssuedPaper.issued_by), joinedload(IssuedPaper.replaces))
    issued_papers = [
        issued
        for about_these in rows_about(IssuedPaper, records)
        for issued in db.session.scalars(versions.where(about_these))
    ]
    return sorted(issued_papers, key=lambda issued: -issued.id)


def content_of(issued_id: int) -> bytes:
    """The bytes of one issued paper, by its `id`."""
    return bytes(db.session.scalars(select(IssuedPaper.content).filter_by(id=issued_id)).one())


def altered_papers() -> Iterator[str]:
    """Numbers of the issued papers whose bytes are no longer those that were issued; they are read in parts."""
    return altered_files(select(IssuedPaper.number, IssuedPaper.sha256, IssuedPaper.content))


def papers_of_days_to_come() -> Iterator[tuple[str, str]]:
    """Numbers of the standing papers that tell of a day after the one on which they were issued; what is said of it."""
    for paper in catalogue.PAPERS.values():
        rules = [rule for rule in paper.requirements if isinstance(rule, DayHasCome)]
        standing = select(IssuedPaper).filter_by(document=paper.kind, state=IssuedState.issued).order_by(IssuedPaper.id)
        for issued in db.session.scalars(standing) if rules else ():
            record = db.session.get(record_named(issued.record), issued.record_id)
            for rule in rules if record is not None else ():
                try:
                    rule.check_on(record, issued.issued_on)
                except RuleError as refusal:
                    yield issued.number, str(refusal)


# ---- to issue


def issue(paper: Paper, record: Record, language: str, issuance: Issuance, reason: str | None = None) -> IssuedPaper:
    """The paper that stands when its record has not changed; else a new one, or with a reason a new version of it.

    Who signs and which text is in use since then change no paper that was issued, unless a reason asks for another.
    RuleError when the record has changed and no reason is given, when it lacks what the paper requires, or when it is
    confidential and not to be read by who issues.
    """
    ReadInConfidence().check_reader(record, issuance.by)
    standing = standing_paper(paper, record, language)
    if standing is not None and not reason:
        facts_then = catalogue.facts_of(paper, record, language, standing.issued_on, standing.wording)
        if catalogue.fingerprint(facts_then) == standing.fingerprint:
            return standing
        ChangedSinceIssued().refuse(number=standing.number, day=standing.issued_on)
    wording = wording_of(paper, language)
    facts = catalogue.facts_of(paper, record, language, issuance.on, wording)
    if standing is not None and catalogue.fingerprint(facts) == standing.fingerprint:
        return standing
    for refusal in paper.lacks(record, issuance.on):
        raise refusal
    version = _new_version(paper, record, language, issuance, facts, standing)
    if standing is not None:
        version.reason = reason
        step(standing, IssuedState.replaced, why=reason)
    with db.session.no_autoflush:
        version.replaces, version.wording, version.issued_by = standing, wording, issuance.by
        db.session.add(version)
    db.session.flush()
    return version


def _new_version(
    paper: Paper, record: Record, language: str, issuance: Issuance, facts: dict[str, Any], standing: IssuedPaper | None
) -> IssuedPaper:
    """The paper typeset under its number: the number of the version that it replaces, else its own or the next."""
    number = standing.number if standing is not None else number_of(paper, record, issuance.on)
    revision = standing.revision + 1 if standing is not None else 1
    all_facts = catalogue.with_number(facts, number, revision, standing) | catalogue.proof_facts(
        paper, record, issuance.on
    )
    data = catalogue.template_data(paper, language, [all_facts], issuance.on, number)
    content = catalogue.typeset(paper, language, data)
    return IssuedPaper(
        document=paper.kind,
        language=PaperLanguage(language),
        record=record.__tablename__,
        record_id=record.id,
        about=about_of(record, language)[:LONGEST_ABOUT],
        number=number,
        revision=revision,
        issued_on=issuance.on,
        issued_at=issuance.at,
        told=json.dumps(all_facts, ensure_ascii=False, sort_keys=True),
        fingerprint=catalogue.fingerprint(facts),
        content=content,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def about_of(record: Record, language: str) -> str:
    """The name of a record in the language of its paper."""
    with force_locale(language):
        return str(record)


def wording_of(paper: Paper, language: str) -> Wording | None:
    """The text in use of a paper, or None when it has none of the office's own; RuleError when none is in use."""
    try:
        return catalogue.text_in_use(paper, language)
    except catalogue.NoTextInUse:
        TextInUse().refuse(paper=paper.kind)


def number_of(paper: Paper, record: Record, on: date) -> str:
    """The record's own number, or the next of the paper's series in the year."""
    if paper.has_series:
        return next_number(IssuedPaper, "number", f"{paper.number}{on.year}-", width=WIDTH)
    return paper.number.format(record=record)


def as_one_pdf(issued_ids: Sequence[int]) -> bytes:
    """Issued papers of one kind as one PDF, typeset again from what each says, to print in one go.

    Each stands under the letterhead and the day on which it was issued.
    """
    chosen = select(IssuedPaper).where(IssuedPaper.id.in_(issued_ids)).options(undefer(IssuedPaper.told))
    by_id = {issued.id: issued for issued in db.session.scalars(chosen)}
    issued_papers = [by_id[issued_id] for issued_id in issued_ids]
    paper, language = catalogue.PAPERS[issued_papers[0].document.value], issued_papers[0].language.value
    for issued in issued_papers:
        KeptWhole().check(issued)
    last = max(issued.issued_on for issued in issued_papers)
    other_days = {issued.issued_on for issued in issued_papers} - {last}
    letterheads = {on: {"sheet": catalogue.letterhead_data(paper.head, language, on)} for on in other_days}
    each_facts = [json.loads(issued.told) | letterheads.get(issued.issued_on, {}) for issued in issued_papers]
    return catalogue.typeset(paper, language, catalogue.template_data(paper, language, each_facts, last, ""))


# ---- the office's own texts


@starts_from(WordingState.draft)
def put_in_use(wording: Wording) -> None:
    """Use a draft text from now on; the one before it is replaced."""
    in_use = select(Wording).filter_by(document=wording.document, language=wording.language, state=WordingState.in_use)
    for earlier in db.session.scalars(in_use):
        step(earlier, WordingState.replaced)
    step(wording, WordingState.in_use)


@starts_from(WordingState.in_use, WordingState.replaced)
def copy_wording(wording: Wording) -> Wording:
    """A draft of the next version, with the same articles."""
    draft = Wording(document=wording.document, language=wording.language, number=next_version(wording))
    draft.articles = [
        Article(position=article.position, title=article.title, body=article.body) for article in wording.articles
    ]
    db.session.add(draft)
    db.session.flush()
    return draft
