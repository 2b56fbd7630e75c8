"""Papers in bulk: certificates of a worksite, pay slips of a payroll, agreements of a session, in one go.

Each is issued and kept as if it were asked for alone; what comes out is one PDF to print, or a ZIP of named files.
"""

import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import undefer
from sqlalchemy.orm.exc import StaleDataError

from awrash import issuing
from awrash import operations as do
from awrash import states as s
from awrash.database import db, record_named
from awrash.documents import DOCUMENTS
from awrash.issued import IssuedPaper
from awrash.language import _l
from awrash.long_work import Work
from awrash.models import Agreement, Contract, PaySlip
from awrash.models import Decision as CommitteeDecision
from awrash.paper_kinds import PaperKind
from awrash.rules import Rule, RuleError, refusal_of
from awrash.text import clean

PAPERS_WORK = "papers"
PART = 25  # papers issued in one transaction: the others never wait for more than a moment
LONGEST_NAME = 80
KEPT_FROM_NAMES = str.maketrans(dict.fromkeys('/\\:*?"<>|', " "))


class Form(s.Word):
    """How papers issued in bulk come out."""

    pdf = "pdf", _l("One PDF to print")
    zip = "zip", _l("A ZIP of files, each with its name")


class SomethingToIssue(Rule):
    """[D] Work in bulk that would make nothing is not begun."""

    message = _l("There is nothing to issue here: no record has this paper yet.")


@dataclass(frozen=True)
class PaperSet:
    """The papers of one kind that belong to a record: `members` selects the records that they are made of.

    `through` makes the record of the paper from a member, by the operation that the office uses for one.
    """

    name: str
    label: Any
    of: str
    document: PaperKind
    members: Callable[[Any], Select[Any]]
    source: str = ""
    through: Callable[[Any, date], Any] | None = None


def _completed() -> Select[Any]:
    return select(Contract.id).where(Contract.state == s.ContractState.ended).order_by(Contract.id)


SETS = (
    PaperSet(
        "certificates",
        _l("Certificates of who completed"),
        "worksite",
        PaperKind.certificate,
        lambda site: _completed().where(Contract.worksite_id == site.id),
        source="contract",
        through=do.issue_certificate,
    ),
    PaperSet(
        "certificates",
        _l("Certificates of all who completed"),
        "edition",
        PaperKind.certificate,
        lambda edition: _completed(),
        source="contract",
        through=do.issue_certificate,
    ),
    PaperSet(
        "contracts",
        _l("Work contracts"),
        "worksite",
        PaperKind.work_contract,
        lambda site: select(Contract.id).filter_by(worksite_id=site.id).order_by(Contract.id),
    ),
    PaperSet(
        "information",
        _l("Information sheets"),
        "worksite",
        PaperKind.information_sheet,
        lambda site: select(Contract.id).filter_by(worksite_id=site.id).order_by(Contract.id),
    ),
    PaperSet(
        "slips",
        _l("Pay slips"),
        "payroll_run",
        PaperKind.pay_slip,
        lambda run: (
            select(PaySlip.id).where(PaySlip.run_id == run.id, PaySlip.blocked_by.is_(None)).order_by(PaySlip.id)
        ),
    ),
    PaperSet(
        "agreements",
        _l("Agreements of the projects approved"),
        "committee_session",
        PaperKind.agreement,
        lambda session: (
            select(Agreement.id)
            .join(CommitteeDecision, CommitteeDecision.project_id == Agreement.project_id)
            .where(CommitteeDecision.session_id == session.id, Agreement.state != s.AgreementState.terminated)
            .order_by(Agreement.id)
        ),
    ),
)


def sets_of(record: Any) -> list[PaperSet]:
    """What can be issued in bulk from a record's page."""
    return [one for one in SETS if one.of == record.__tablename__ and one.document.value in DOCUMENTS]


def ask(
    found: PaperSet,
    numbers: Sequence[int],
    language: str,
    form: Form,
    about: str,
    by: Any,
    on: date,
    at: datetime,
    site: str,
) -> Work:
    """Work that waits its turn: these papers, issued on a day by a person."""
    if not numbers:
        SomethingToIssue().refuse()
    asked = {"set": [found.of, found.name], "numbers": list(numbers), "language": language, "form": form.value}
    work = Work(kind=PAPERS_WORK, about=about[:160], total=len(numbers), refused=[], made=[], asked_at=at)
    work.asked = asked | {"on": on.isoformat(), "site": site}
    with db.session.no_autoflush:
        work.asked_by = by
        db.session.add(work)
    db.session.flush()
    return work


def set_of(work: Work) -> PaperSet:
    of, name = work.asked["set"]
    return next(one for one in SETS if (one.of, one.name) == (of, name))


def carry_on(work: Work, at: datetime) -> bool:
    """Issue the next part of the papers asked for; whether any are left. What is refused is kept with its sentence."""
    found, asked = set_of(work), work.asked
    document = DOCUMENTS[found.document.value]
    day = date.fromisoformat(asked["on"])
    issue = issuing.Issue(work.asked_by, day, at, asked["site"])
    kind = record_named(found.source or document.record)
    made, refused = list(work.made), list(work.refused)
    for number in asked["numbers"][work.done : work.done + PART]:
        member = db.session.get(kind, number)
        if member is None:  # deleted since it was asked for
            continue
        name = str(member)
        try:
            with db.session.begin_nested():
                record = found.through(member, day) if found.through else member
                made.append(issuing.issue(document, record, asked["language"], issue).id)
        except RuleError as refusal:
            refused.append([name, str(refusal)])
        except (IntegrityError, StaleDataError) as error:  # somebody else issued or changed it at the same moment
            refused.append([name, str(refusal_of(error, name))])
    work.made, work.refused = made, refused
    work.done = min(work.done + PART, work.total)
    db.session.flush()
    return work.done < work.total


def brought_together(work: Work) -> tuple[bytes, str]:
    """All that was issued, as it was asked for, and the file's name."""
    form, name = Form(work.asked["form"]), f"{set_of(work).document.value}-{work.id}"
    if form == Form.pdf:
        return issuing.together(work.made), f"{name}.pdf"
    return _zipped(work.made), f"{name}.zip"


def _zipped(papers: Sequence[int]) -> bytes:
    """Issued papers, byte for byte, each under its number and what it is about."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_STORED) as bundle:
        for number in papers:
            paper = db.session.get(IssuedPaper, number, options=[undefer(IssuedPaper.content)])
            assert paper is not None
            bundle.writestr(file_name(paper), paper.content)
            db.session.expunge(paper)
    return held.getvalue()


def file_name(paper: IssuedPaper) -> str:
    """A name that any system takes: number, version, what it is about."""
    revision = f"-v{paper.revision}" if paper.revision > 1 else ""
    plain = clean(f"{paper.number}{revision} {paper.about}".translate(KEPT_FROM_NAMES))
    return f"{plain[:LONGEST_NAME].strip('. ')}.pdf"
