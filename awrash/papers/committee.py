"""Papers of the selection committee: what its members are sent, and what they decided."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from awrash.database.session import db
from awrash.models import Call, CommitteeSession, Decision, Edition, Project, Score
from awrash.papers import requirements
from awrash.papers.document import Document
from awrash.papers.fields import TableRows, Told, optional, some
from awrash.records.derived import NOTHING
from awrash.records.letterheads import HeadKind, Letterhead
from awrash.records.paper_kinds import PaperKind
from awrash.reports import payroll_totals
from awrash.values.language import _l
from awrash.values.states import EditionState, Outcome, ProjectState, SessionState

WAITING = (ProjectState.scored, ProjectState.deferred)
CHAIR = (_l("The chair of the committee"), "chair", "")
SEAT, SEAT_IN = _l("the seat of the prefecture"), _l("the seat of the prefecture in %(city)s")
NOTHING_WAITS = _l("No project waits for a decision of the committee.")
NOTHING_DECIDED = _l("The committee decided on no project in this session.")
ALL_PRESENT = _l("All the members present")
ALL_PRESENT_BUT = _l("All the members present but %(members)s")
NO_INTEREST = _l("No member declared an interest in a carrier, and all voted.")
DECIDED = {
    Outcome.approved: _l("Approval"),
    Outcome.deferred: _l("Deferral"),
    Outcome.refused: _l("Refusal"),
}
CONVOCATION_WORDS = {
    "تاريخ الجلسة": "held_on",
    "ساعة الجلسة": "opens_at",
    "مكان الجلسة": "place",
    "رئيس الجلسة": "chair",
    "المدينة": "city",
    "عدد المشاريع": "count",
}


def projects_before(session: CommitteeSession) -> list[Project]:
    """What a session has to decide, the best score first; once it was held, what it decided."""
    asked = select(Project).options(
        joinedload(Project.carrier),
        joinedload(Project.commune),
        joinedload(Project.call).joinedload(Call.edition),
        selectinload(Project.budget_lines),
        selectinload(Project.scores).joinedload(Score.criterion),
    )
    if session.state == SessionState.planned:
        running = Call.edition.has(Edition.state != EditionState.closed)
        asked = asked.where(Project.state.in_(WAITING), Project.call.has(running))
    else:
        asked = asked.where(Project.decisions.any(Decision.session_id == session.id))
    found = db.session.scalars(asked.order_by(Project.id))
    return sorted(found, key=lambda one: (-(one.score or 0), one.reference or ""))


def _agenda(session: CommitteeSession, _on: date) -> dict[str, Any]:
    """The projects of a session as one table, or a sentence; what they ask together, what the quota has left."""
    projects = projects_before(session)
    rows = [_line(one) | {"value": one.value, "scores": some(one.score)} for one in projects]
    tables = [{"rows": rows, "total": _sum_of(projects)}] if rows else []
    planned = session.state == SessionState.planned
    return {
        "tables": tables,
        "nothing": [] if rows else [NOTHING_WAITS if planned else NOTHING_DECIDED],
        "quotas": [_quota(one) for one in _editions(projects)] if planned else [],
    }


def _line(project: Project) -> dict[str, Any]:
    names = {"title": project.title_ar, "carrier": project.carrier.name_ar}
    commune = project.commune.name_ar if project.commune else None
    return names | {
        "reference": project.reference,
        "communes": some(commune),
        "places": project.places,
        "months": project.months,
    }


def _sum_of(projects: Sequence[Project]) -> dict[str, Any]:
    return {
        "count": len(projects),
        "places": sum(one.places or 0 for one in projects),
        "person_months": sum(one.person_months for one in projects),
        "value": sum((one.value for one in projects), NOTHING),
    }


def _editions(projects: Sequence[Project]) -> list[Edition]:
    """The editions whose quota the projects ask of; the one under way when there is no project."""
    years = {one.call.edition.id for one in projects}
    under_way = payroll_totals.open_edition()
    years |= {under_way.id} if under_way and not years else set()
    booked = selectinload(Edition.calls).selectinload(Call.projects).selectinload(Project.agreements)
    return list(db.session.scalars(select(Edition).where(Edition.id.in_(years)).options(booked).order_by(Edition.year)))


def _quota(edition: Edition) -> dict[str, Any]:
    """Person-months of an edition: its quota, what approvals have booked, what they have left."""
    quota, booked = edition.quota_person_months, edition.booked_person_months()
    return {"year": edition.year, "quota": quota, "booked": booked, "left": quota - booked}


def _minutes(session: CommitteeSession, _on: date) -> dict[str, Any]:
    """Who was there and with which interest, what was decided on each project, why, by whose votes; the sums."""
    asked = select(Decision).where(Decision.session_id == session.id).order_by(Decision.id)
    decided = asked.options(
        selectinload(Decision.voters),
        joinedload(Decision.project).options(
            joinedload(Project.carrier),
            joinedload(Project.commune),
            joinedload(Project.call).joinedload(Call.edition),
            selectinload(Project.budget_lines),
        ),
    )
    decisions = db.session.scalars(decided).all()
    apart = list(_apart(session, decisions))
    return {
        "present": [one.member for one in session.attendance],
        "apart": some(apart),
        "together": [NO_INTEREST] if decisions and not apart else [],
        "tables": some([_decided(one, session) for one in decisions]),
        "totals": some(list(_totals(decisions))),
        "nothing": [] if decisions else [NOTHING_DECIDED],
    }


def _apart(session: CommitteeSession, decisions: Sequence[Decision]) -> Iterable[dict[str, Any]]:
    """The members with an interest, and whoever did not vote on a project."""
    for member in session.attendance:
        interest = member.interest_in.name_ar if member.interest_in else None
        projects = [one.project.reference for one in decisions if member not in one.voters]
        if interest or projects:
            yield {"member": member.member, "interests": some(interest), "projects": projects}


def _decided(decision: Decision, session: CommitteeSession) -> dict[str, Any]:
    return _line(decision.project) | {
        "outcome": DECIDED[decision.outcome],
        "reasons": some(decision.reason),
        "voters": _voters(decision, session),
    }


def _voters(decision: Decision, session: CommitteeSession) -> list[Any]:
    """Who voted, as it is said shortest: all, all but some, or each by name."""
    apart = [one.member for one in session.attendance if one not in decision.voters]
    if not apart:
        return [ALL_PRESENT]
    if len(apart) < len(decision.voters):
        return [str(ALL_PRESENT_BUT) % {"members": "، ".join(apart)}]
    return [one.member for one in session.attendance if one in decision.voters]


def _totals(decisions: Sequence[Decision]) -> Iterable[dict[str, Any]]:
    for outcome in Outcome:
        projects = [one.project for one in decisions if one.outcome == outcome]
        if projects:
            yield {"outcome": DECIDED[outcome]} | _sum_of(projects)


def _city(session: CommitteeSession, on: date) -> str | None:
    """The city of the office, where the committee meets."""
    head = Letterhead.on(HeadKind.prefecture, on)
    return head.city_ar if head else None


def _place(session: CommitteeSession, on: date) -> str:
    """Where the committee meets: at the seat of the prefecture, in its city, when nothing else is written."""
    city = _city(session, on)
    return session.place or (str(SEAT_IN) % {"city": city} if city else str(SEAT))


PAPERS = (
    Document(
        PaperKind.convocation,
        "committee_session",
        "M-",
        (
            *("held_on", "opens_at", "chair"),
            Told("place", _place),
            Told("city", _city),
            Told("agenda", _agenda),
            Told("count", lambda session, on: len(projects_before(session))),
            TableRows("attendance", ("member",)),
        ),
        signed=(CHAIR,),
        needs=(requirements.SessionToCome(), requirements.MembersNamed(), requirements.HourWritten()),
        words={"ar": CONVOCATION_WORDS},
        offered=lambda session: bool(session.state == SessionState.planned),
    ),
    Document(
        PaperKind.agenda,
        "committee_session",
        "OJ-",
        ("held_on", optional("hours", "opens_at"), "chair", Told("agenda", _agenda)),
        signed=(CHAIR,),
        needs=(requirements.SessionToCome(),),
    ),
    Document(
        PaperKind.minutes,
        "committee_session",
        "PV-",
        ("held_on", optional("hours", "opens_at"), "chair", Told("minutes", _minutes)),
        needs=(requirements.SessionHeld(),),
    ),
)
