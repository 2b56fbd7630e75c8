"""Papers of the selection committee: what its members are sent, what they decided, what carriers are written of it."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from awrash.database.session import db
from awrash.models import Call, CommitteeSession, Decision, Edition, Project, Score
from awrash.papers import requirements
from awrash.papers.fields import Derived, TableRows, duration, optional_fact, zero_or_one
from awrash.papers.paper import Paper, Signer
from awrash.records.derived import NOTHING
from awrash.records.letterheads import HeadKind, Letterhead, Quality
from awrash.reports import payroll_totals
from awrash.reports.ranking import WAITING
from awrash.values.language import _l
from awrash.values.states import EditionState, Outcome, SessionState

CHAIR = Signer(_l("The chair of the committee"), "chair")
SEAT, SEAT_IN = _l("the seat of the prefecture"), _l("the seat of the prefecture in %(city)s")
NOTHING_WAITS = _l("No project waits for a decision of the committee.")
NOTHING_DECIDED = _l("The committee decided on no project in this session.")
ALL_PRESENT = _l("All the members present")
ALL_PRESENT_BUT = _l("All the members present but %(members)s")
NO_INTEREST = _l("No member declared an interest in a carrier, and all voted.")
OUTCOMES = {  # as the minutes call them
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
DECISION_WORDS = {
    "رقم المشروع": "project.reference",
    "عنوان المشروع": "project.title_ar",
    "اسم الهيئة": "project.carrier.name_ar",
    "الجماعة": "project.commune.name_ar",
    "عدد المناصب": "project.places",
    "المدة": "duration",
    "المدة بالأشهر": "project.months",
    "تاريخ الجلسة": "session.held_on",
    "رئيس الجلسة": "session.chair",
    "سبب القرار": "reasons",
}


# ---- the agenda


def projects_before(session: CommitteeSession) -> list[Project]:
    """What a session has to decide, the best score first; once it was held, what it decided."""
    projects = select(Project).options(
        joinedload(Project.carrier),
        joinedload(Project.commune),
        joinedload(Project.call).joinedload(Call.edition),
        selectinload(Project.budget_lines),
        selectinload(Project.scores).joinedload(Score.criterion),
    )
    if session.state == SessionState.planned:
        in_running_edition = Call.edition.has(Edition.state != EditionState.closed)
        projects = projects.where(Project.state.in_(WAITING), Project.call.has(in_running_edition))
    else:
        projects = projects.where(Project.decisions.any(Decision.session_id == session.id))
    by_number = db.session.scalars(projects.order_by(Project.id))
    return sorted(by_number, key=lambda project: (-(project.score or 0), project.reference or ""))


def _agenda(session: CommitteeSession, _on: date) -> dict[str, Any]:
    """The projects of a session as one table, or a sentence; their sums, and what the quota has left for them."""
    projects = projects_before(session)
    rows = [_project(project) | {"value": project.value, "scores": zero_or_one(project.score)} for project in projects]
    tables = [{"rows": rows, "total": _sum_of(projects)}] if rows else []
    is_planned = session.state == SessionState.planned
    return {
        "tables": tables,
        "nothing": [] if rows else [NOTHING_WAITS if is_planned else NOTHING_DECIDED],
        "quotas": [_quota(edition) for edition in _editions(projects)] if is_planned else [],
    }


def _project(project: Project) -> dict[str, Any]:
    """What every table of projects begins with."""
    return {
        "title": project.title_ar,
        "carrier": project.carrier.name_ar,
        "reference": project.reference,
        "communes": zero_or_one(project.commune.name_ar if project.commune else None),
        "places": project.places,
        "months": project.months,
    }


def _sum_of(projects: Sequence[Project]) -> dict[str, Any]:
    """Number of the projects, their places and person-months, their value in dirhams."""
    return {
        "count": len(projects),
        "places": sum(project.places or 0 for project in projects),
        "person_months": sum(project.person_months for project in projects),
        "value": sum((project.value for project in projects), NOTHING),
    }


def _editions(projects: Sequence[Project]) -> list[Edition]:
    """The editions whose quota the projects would take from; the one under way when there is no project."""
    edition_ids = {project.call.edition.id for project in projects}
    under_way = payroll_totals.open_edition()
    if under_way and not edition_ids:
        edition_ids = {under_way.id}
    booked = selectinload(Edition.calls).selectinload(Call.projects).selectinload(Project.agreements)
    editions = select(Edition).where(Edition.id.in_(edition_ids)).options(booked).order_by(Edition.year)
    return list(db.session.scalars(editions))


def _quota(edition: Edition) -> dict[str, Any]:
    """Person-months of an edition: its quota, what approvals have booked, what they have left."""
    quota, booked = edition.quota_person_months, edition.booked_person_months()
    return {"year": edition.year, "quota": quota, "booked": booked, "left": quota - booked}


# ---- the minutes


def _minutes(session: CommitteeSession, _on: date) -> dict[str, Any]:
    """Who was there and with which interest, what was decided on each project, why, by whose votes; the sums."""
    of_session = select(Decision).where(Decision.session_id == session.id).order_by(Decision.id)
    with_projects = of_session.options(
        selectinload(Decision.voters),
        joinedload(Decision.project).options(
            joinedload(Project.carrier),
            joinedload(Project.commune),
            joinedload(Project.call).joinedload(Call.edition),
            selectinload(Project.budget_lines),
        ),
    )
    decisions = db.session.scalars(with_projects).all()
    apart = list(_set_apart(session, decisions))
    return {
        "present": [attendance.member for attendance in session.attendance],
        "apart": zero_or_one(apart),
        "together": [NO_INTEREST] if decisions and not apart else [],
        "tables": zero_or_one([_decided(decision, session) for decision in decisions]),
        "totals": zero_or_one(list(_totals(decisions))),
        "nothing": [] if decisions else [NOTHING_DECIDED],
    }


def _set_apart(session: CommitteeSession, decisions: Sequence[Decision]) -> Iterator[dict[str, Any]]:
    """The members with an interest in a carrier, and those who did not vote on a project."""
    for attendance in session.attendance:
        interest = attendance.interest_in.name_ar if attendance.interest_in else None
        projects = [decision.project.reference for decision in decisions if attendance not in decision.voters]
        if interest or projects:
            yield {"member": attendance.member, "interests": zero_or_one(interest), "projects": projects}


def _decided(decision: Decision, session: CommitteeSession) -> dict[str, Any]:
    return _project(decision.project) | {
        "outcome": OUTCOMES[decision.outcome],
        "reasons": zero_or_one(decision.reason),
        "voters": _voters(decision, session),
    }


def _voters(decision: Decision, session: CommitteeSession) -> list[Any]:
    """Who voted, as it is said shortest: all, all but some, or each by name."""
    not_voting = [attendance.member for attendance in session.attendance if attendance not in decision.voters]
    if not not_voting:
        return [ALL_PRESENT]
    if len(not_voting) < len(decision.voters):
        return [str(ALL_PRESENT_BUT) % {"members": "، ".join(not_voting)}]
    return [attendance.member for attendance in session.attendance if attendance in decision.voters]


def _totals(decisions: Sequence[Decision]) -> Iterator[dict[str, Any]]:
    """The sums of the projects that had each outcome, without an outcome that none had."""
    for outcome in Outcome:
        projects = [decision.project for decision in decisions if decision.outcome == outcome]
        if projects:
            yield {"outcome": OUTCOMES[outcome]} | _sum_of(projects)


# ---- where it meets


def _city(_session: CommitteeSession, on: date) -> str | None:
    """The city of the office, where the committee meets."""
    head = Letterhead.on(HeadKind.prefecture, on)
    return head.city_ar if head else None


def _place(session: CommitteeSession, on: date) -> str:
    """Where the committee meets: at the seat of the prefecture, in its city, when nothing else is written."""
    city = _city(session, on)
    return session.place or (str(SEAT_IN) % {"city": city} if city else str(SEAT))


# ---- the letters


def _letter(name: str, label: Any, outcome: Outcome) -> Paper:
    """The letter that tells a carrier what the committee decided on its project."""
    return Paper(
        name=name,
        label=label,
        record="decision",
        number="M-",
        facts=(
            *("project.reference", "project.title_ar", "project.places", "project.months", "project.commune.name_ar"),
            *("project.carrier.name_ar", "session.held_on", "session.chair", duration("project.months")),
            optional_fact("addresses", "project.carrier.address"),
            optional_fact("reasons", "reason"),
        ),
        signers=(Quality.general_secretary,),
        requirements=(requirements.DayHasCome("session.held_on"),),
        words={"ar": DECISION_WORDS},
        offered=lambda decision: bool(decision.outcome == outcome),
    )


PAPERS = (
    Paper(
        name="convocation",
        label=_l("Convocation of the committee"),
        record="committee_session",
        number="M-",
        facts=(
            *("held_on", "opens_at", "chair"),
            Derived("place", _place),
            Derived("city", _city),
            Derived("agenda", _agenda),
            Derived("count", lambda session, on: len(projects_before(session))),
            TableRows("attendance", ("member",)),
        ),
        signers=(CHAIR,),
        requirements=(requirements.SessionToCome(), requirements.MembersNamed(), requirements.HourWritten()),
        words={"ar": CONVOCATION_WORDS},
        offered=lambda session: bool(session.state == SessionState.planned),
    ),
    Paper(
        name="agenda",
        label=_l("Agenda of the committee"),
        record="committee_session",
        number="OJ-",
        facts=("held_on", optional_fact("hours", "opens_at"), "chair", Derived("agenda", _agenda)),
        signers=(CHAIR,),
        requirements=(requirements.SessionToCome(),),
    ),
    Paper(
        name="minutes",
        label=_l("Minutes of the committee"),
        record="committee_session",
        number="PV-",
        facts=("held_on", optional_fact("hours", "opens_at"), "chair", Derived("minutes", _minutes)),
        requirements=(requirements.SessionHeld(), requirements.DayHasCome("held_on")),
    ),
    _letter("approval_letter", _l("Letter of approval"), Outcome.approved),
    _letter("deferral_letter", _l("Letter of deferral"), Outcome.deferred),
    _letter("refusal_letter", _l("Letter of refusal"), Outcome.refused),
)
