"""Papers in bulk: certificates of a worksite, pay slips of a payroll, agreements of a session.

Each paper is issued and kept as if it were issued alone; the result is one PDF to print, or a ZIP of named files.
"""

import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from flask_babel import ngettext
from sqlalchemy import Select, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import undefer
from sqlalchemy.orm.exc import StaleDataError

from awrash.database.record import Record, record_named
from awrash.database.session import db
from awrash.models import (
    Agreement,
    Call,
    Certificate,
    CommitteeSession,
    Contract,
    Edition,
    PayrollRun,
    PaySlip,
    Project,
    Worksite,
)
from awrash.models import Decision as CommitteeDecision
from awrash.operations import people
from awrash.papers import issue as issuing
from awrash.papers.catalogue import PAPERS
from awrash.records.background_work import Work
from awrash.records.issued_papers import IssuedPaper
from awrash.rules.constraints import refusal_of
from awrash.rules.rule import Rule, RuleError
from awrash.values.language import _l
from awrash.values.states import AgreementState, CertificateState, ContractState, Outcome, Word
from awrash.values.text import clean

PAPERS_WORK = "papers"
PART = 25  # papers issued in one transaction: the others never wait for more than a moment
LONGEST_NAME = 80
KEPT_FROM_NAMES = str.maketrans(dict.fromkeys('/\\:*?"<>|', " "))


class BatchFormat(Word):
    """How papers issued in bulk come out."""

    pdf = "pdf", _l("One PDF to print")
    zip = "zip", _l("A ZIP of files, each with its name")


class SomethingToIssue(Rule):
    """[D] A batch without a single paper to issue is not begun (docs/programme.md, "Papers")."""

    message = _l("There is nothing to issue here: no record has this paper yet.")


class StillThere(Rule):
    """[D] A record deleted since the batch was asked for is named among the refusals, not passed over
    (docs/programme.md, "Papers")."""

    message = _l("It was deleted after this was asked for.")

    def check(self, member: Record | None) -> None:
        if member is None:
            self.refuse()


@dataclass(frozen=True)
class PaperSet:
    """The papers of one kind that can be issued in bulk from a record of the kind `of`.

    `members` selects the ids of the records that they are issued for. `through` makes the record that a paper prints
    from a member, as the office does for a single one. `left_out` selects the members that can have no paper yet, and
    `tells` is the sentence for their number. `made_of` selects, from the members, the records printed already.
    """

    name: str
    label: Any
    of: str
    paper: str
    members: Callable[[Any], Select[Any]]
    source: str = ""
    through: Callable[[Any, date], Record] | None = None
    left_out: Callable[[Any], Select[Any]] | None = None
    tells: Callable[[int], str] = str
    made_of: Callable[[Select[Any]], Select[Any]] = field(default=lambda members: members)

    @property
    def member(self) -> str:
        """The kind of its members, by the name of their table."""
        return self.source or PAPERS[self.paper].record

    def is_refused(self, record: Record, refusals: Sequence[RuleError]) -> bool:
        """Whether nothing can come out: new papers are refused, and none issued before stands to be taken again."""
        made = self.made_of(self.members(record))
        return bool(refusals) and not issuing.any_stands(PAPERS[self.paper], made)

    def said_of_left_out(self, record: Record) -> str:
        """The sentence for the members that can have no paper yet; empty when there are none."""
        if self.left_out is None:
            return ""
        number = db.session.scalar(select(func.count()).select_from(self.left_out(record).subquery())) or 0
        return self.tells(number) if number else ""


def _of_edition(edition: Edition) -> Select[Any]:
    ways = (Contract.worksite, Worksite.agreement, Agreement.project, Project.call)
    contracts = select(Contract.id).order_by(Contract.id)
    for way in ways:
        contracts = contracts.join(way)
    return contracts.where(Call.edition_id == edition.id)


def _of_worksite(site: Worksite) -> Select[Any]:
    return select(Contract.id).filter_by(worksite_id=site.id).order_by(Contract.id)


def _slips(run: PayrollRun) -> Select[Any]:
    return select(PaySlip.id).filter_by(run_id=run.id).order_by(PaySlip.id)


STANDING = Agreement.state != AgreementState.terminated


def _approved(session: CommitteeSession) -> Select[Any]:
    """The projects that a session approved."""
    return select(CommitteeDecision.project_id).filter_by(session_id=session.id, outcome=Outcome.approved)


def _agreements(session: CommitteeSession) -> Select[Any]:
    approved = Agreement.project_id.in_(_approved(session))
    return select(Agreement.id).where(approved, STANDING).order_by(Agreement.id)


def _decided(outcome: Outcome) -> Callable[[Any], Select[Any]]:
    decisions = select(CommitteeDecision.id).filter_by(outcome=outcome).order_by(CommitteeDecision.id)
    return lambda session: decisions.where(CommitteeDecision.session_id == session.id)


def _without_agreement(session: CommitteeSession) -> Select[Any]:
    return select(Project.id).where(Project.id.in_(_approved(session)), ~Project.agreements.any(STANDING))


def _still_at_work(number: int) -> str:
    return ngettext(
        "One contract has not ended: its certificate comes once it has.",
        "%(num)s contracts have not ended: their certificates come once they have.",
        number,
    )


def _blocked(number: int) -> str:
    return ngettext(
        "One wage is blocked: its slip comes once what blocks it is mended.",
        "%(num)s wages are blocked: their slips come once what blocks them is mended.",
        number,
    )


def _to_prepare(number: int) -> str:
    return ngettext(
        "One approved project has no agreement yet: prepare it first.",
        "%(num)s approved projects have no agreement yet: prepare them first.",
        number,
    )


ENDED = Contract.state == ContractState.ended
CERTIFIED: dict[str, Any] = {
    "source": "contract",
    "through": people.issue_certificate,
    "tells": _still_at_work,
    "made_of": lambda contracts: select(Certificate.id).where(
        Certificate.contract_id.in_(contracts), Certificate.state == CertificateState.issued
    ),
}

SETS = (
    PaperSet(
        "certificates",
        _l("Certificates of who completed"),
        "worksite",
        "certificate",
        lambda site: _of_worksite(site).where(ENDED),
        left_out=lambda site: _of_worksite(site).where(~ENDED),
        **CERTIFIED,
    ),
    PaperSet(
        "certificates",
        _l("Certificates of all who completed"),
        "edition",
        "certificate",
        lambda edition: _of_edition(edition).where(ENDED),
        left_out=lambda edition: _of_edition(edition).where(~ENDED),
        **CERTIFIED,
    ),
    PaperSet("contracts", _l("Work contracts"), "worksite", "work_contract", _of_worksite),
    PaperSet("information", _l("Information sheets"), "worksite", "information_sheet", _of_worksite),
    PaperSet(
        "slips",
        _l("Pay slips"),
        "payroll_run",
        "pay_slip",
        lambda run: _slips(run).where(PaySlip.blocked_by.is_(None)),
        left_out=lambda run: _slips(run).where(PaySlip.blocked_by.is_not(None)),
        tells=_blocked,
    ),
    PaperSet(
        "agreements",
        _l("Agreements of the projects approved"),
        "committee_session",
        "agreement",
        _agreements,
        left_out=_without_agreement,
        tells=_to_prepare,
    ),
    *(
        PaperSet(f"{outcome.value}_letters", label, "committee_session", kind, _decided(outcome))
        for outcome, kind, label in (
            (Outcome.approved, "approval_letter", _l("Letters of approval")),
            (Outcome.deferred, "deferral_letter", _l("Letters of deferral")),
            (Outcome.refused, "refusal_letter", _l("Letters of refusal")),
        )
    ),
)


def sets_of(record: Record) -> list[PaperSet]:
    """The sets of papers that can be issued in bulk from a record's page."""
    return [paper_set for paper_set in SETS if paper_set.of == record.__tablename__ and paper_set.paper in PAPERS]


def ask_for_papers(
    paper_set: PaperSet,
    record: Record,
    numbers: Sequence[int],
    form: BatchFormat,
    language: str,
    issue: issuing.Issuance,
    reason: str = "",
) -> Work:
    """Queue these papers of a record; with a reason, those that have changed since come out as new versions.

    `numbers` are the ids of the members; RuleError when there are none, or when all would be refused.
    """
    if not numbers:
        SomethingToIssue().refuse()
    refusals = list(PAPERS[paper_set.paper].lacks_for_any_record(issue.on))
    if paper_set.is_refused(record, refusals):
        raise refusals[0]
    about = f"{paper_set.label} · {record}"[:160]
    work = Work(kind=PAPERS_WORK, about=about, total=len(numbers), refused=[], made=[], asked_at=issue.at)
    work.asked = {
        "set": [paper_set.of, paper_set.name],
        "record": record.id,
        "numbers": list(numbers),
        "form": form.value,
        "language": language,
        "on": issue.on.isoformat(),
        "reason": reason,
    }
    with db.session.no_autoflush:
        work.asked_by = issue.by
        db.session.add(work)
    db.session.flush()
    return work


def set_of(work: Work) -> PaperSet:
    """The set of papers that a piece of work issues."""
    of, name = work.asked["set"]
    return next(paper_set for paper_set in SETS if (paper_set.of, paper_set.name) == (of, name))


def issue_next_part(work: Work, at: datetime) -> bool:
    """Issue the next part of a batch; True while papers are left.

    Of a paper that is refused the work keeps the record's name, the sentence of the refusal and the record's id.
    """
    paper_set, order = set_of(work), work.asked
    kind = record_named(paper_set.member)
    issue = issuing.Issuance(work.asked_by, date.fromisoformat(order["on"]), at)
    made, refused = list(work.made), list(work.refused)
    for number in order["numbers"][work.done : work.done + PART]:
        member = db.session.get(kind, number)
        name = str(member or number)
        try:
            with db.session.begin_nested():
                made.append(_issued(paper_set, member, order, issue).id)
        except RuleError as refusal:
            refused.append([name, str(refusal), number])
        except (IntegrityError, StaleDataError) as error:  # somebody else issued or changed it at the same moment
            refused.append([name, str(refusal_of(error, name)), number])
    work.made, work.refused = made, refused
    work.done = min(work.done + PART, work.total)
    db.session.flush()
    return work.done < work.total


def _issued(paper_set: PaperSet, member: Record | None, order: dict[str, Any], issue: issuing.Issuance) -> IssuedPaper:
    """Issue the paper of a member; the reason counts only where the record has changed since its last version."""
    if member is None:
        StillThere().refuse()
    document, language = PAPERS[paper_set.paper], order["language"]
    record = paper_set.through(member, issue.on) if paper_set.through else member
    try:
        return issuing.issue(document, record, language, issue)
    except RuleError as refusal:
        if refusal.code != issuing.ChangedSinceIssued().code or not order.get("reason"):
            raise
    return issuing.issue(document, record, language, issue, order["reason"])


def combined_file(work: Work) -> tuple[bytes, str]:
    """The papers issued, as one file of the format chosen, and the file's name."""
    form, name = BatchFormat(work.asked["form"]), plain_name(work.about)
    if form == BatchFormat.pdf:
        return issuing.as_one_pdf(work.made), f"{name}.pdf"
    return _zipped(work.made), f"{name}.zip"


def _zipped(papers: Sequence[int]) -> bytes:
    """A ZIP of the papers as they were issued, each named by its number and subject."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_STORED) as bundle:
        for number in papers:
            paper = db.session.get(IssuedPaper, number, options=[undefer(IssuedPaper.content)])
            assert paper is not None
            bundle.writestr(file_name(paper), paper.content)
            db.session.expunge(paper)
    return held.getvalue()


def file_name(paper: IssuedPaper) -> str:
    """The name of a paper's file, valid on any system: its number, its version, its subject."""
    revision = f"-v{paper.revision}" if paper.revision > 1 else ""
    about = paper.about.removeprefix(paper.number).lstrip(" ·")
    return f"{plain_name(f'{paper.number}{revision} {about}')}.pdf"


def plain_name(text: str) -> str:
    """A text without the characters that file systems reserve, cut to `LONGEST_NAME`."""
    return clean(text.translate(KEPT_FROM_NAMES))[:LONGEST_NAME].strip(". ")
