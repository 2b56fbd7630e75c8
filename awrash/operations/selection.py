"""From the call to the decision: specifications, deposits, completeness, scores, the committee."""

from datetime import date
from typing import Any

from awrash.database.record import lock_and_refresh
from awrash.database.session import db
from awrash.models import (
    Call,
    Carrier,
    CommitteeSession,
    DocumentReceived,
    Edition,
    Project,
    Score,
)
from awrash.models import Decision as CommitteeDecision
from awrash.records.numbering import next_number
from awrash.records.steps import step
from awrash.rules.steps import starts_from
from awrash.validators import NewVersionPublished
from awrash.values.states import CallState, CarrierState, EditionState, Outcome, ProjectState, SessionState

# ---- call, carrier, project


@starts_from(CallState.draft)
def publish_call(call: Call, on: date) -> None:
    """Publish the call, and its latest draft specifications with it."""
    for version in call.specifications[-1:]:
        version.published_on = version.published_on or on
    step(call, CallState.published)


@starts_from(CallState.published, CallState.open)
def publish_version(call: Call, on: date) -> None:
    """Publish the version of the specifications that was written last; RuleError when none waits."""
    rule = NewVersionPublished()
    version = rule.last_version(call)
    if version is None or version.published_on:
        rule.refuse(sentence=rule.unwritten, call=call)
    version.published_on = on
    db.session.flush()


@starts_from(CallState.published)
def open_call(call: Call) -> None:
    step(call, CallState.open)


@starts_from(CallState.open)
def close_call(call: Call) -> None:
    step(call, CallState.closed)


@starts_from(EditionState.draft)
def open_edition(edition: Edition) -> None:
    step(edition, EditionState.open)


@starts_from(EditionState.open)
def close_edition(edition: Edition) -> None:
    step(edition, EditionState.closed)


@starts_from(SessionState.planned)
def hold_session(session: CommitteeSession) -> None:
    step(session, SessionState.held)


@starts_from(SessionState.held)
def close_session(session: CommitteeSession) -> None:
    step(session, SessionState.closed)


@starts_from(CarrierState.registered)
def complete_carrier(carrier: Carrier) -> None:
    step(carrier, CarrierState.documents_complete)


@starts_from(CarrierState.documents_complete)
def admit_carrier(carrier: Carrier) -> None:
    step(carrier, CarrierState.eligible)


@starts_from(ProjectState.draft)
def deposit_project(project: Project, on: date) -> None:
    """Take the file in and give its receipt number."""
    project.deposited_on = on
    project.reference = next_number(Project, "reference", f"{project.call.edition.year}-", width=4)
    step(project, ProjectState.deposited)


@starts_from(ProjectState.draft, ProjectState.deposited)
def receive_documents(project: Project, on: date) -> None:
    """Record that every document still missing was brought."""
    known: dict[object, DocumentReceived] = {received.document: received for received in project.documents}
    for document in project.missing_documents:
        line = known.get(document) or DocumentReceived(document=document)
        line.received_on = on
        if line not in project.documents:
            project.documents.append(line)
    db.session.flush()


@starts_from(ProjectState.deposited)
def complete_project(project: Project) -> None:
    step(project, ProjectState.complete)


@starts_from(ProjectState.complete)
def reopen_file(project: Project, reason: str | None) -> None:
    """Go back to a file that was found complete by mistake; its receipt keeps its number and its day."""
    step(project, ProjectState.deposited, why=reason)


@starts_from(ProjectState.complete)
def score_project(project: Project, points: dict[Any, int] | None = None) -> None:
    """Close the scoring; `points` out of a hundred by criterion, when they are not on the project yet."""
    for criterion, mark in (points or {}).items():
        project.scores.append(Score(criterion=criterion, points=mark))
    step(project, ProjectState.scored)


def _decide(project: Project, session: CommitteeSession, outcome: Outcome, reason: str | None) -> None:
    with db.session.no_autoflush:
        voters = [member for member in session.attendance if member.interest_in is not project.carrier]
        decision = CommitteeDecision(outcome=outcome, reason=reason, voters=voters)
        decision.session, decision.project = session, project
    db.session.add(decision)
    if session.state == SessionState.planned:
        session.state = SessionState.held
    step(project, ProjectState(outcome.value), why=reason)


@starts_from(ProjectState.scored, ProjectState.deferred)
def approve_project(project: Project, session: CommitteeSession, reason: str | None) -> None:
    """Approve within the quota; approvals wait for each other, so that two cannot take the same places."""
    edition = project.call.edition
    lock_and_refresh(edition)
    _decide(project, session, Outcome.approved, reason)


@starts_from(ProjectState.scored)
def defer_project(project: Project, session: CommitteeSession, reason: str | None) -> None:
    _decide(project, session, Outcome.deferred, reason)


@starts_from(ProjectState.scored, ProjectState.deferred)
def refuse_project(project: Project, session: CommitteeSession, reason: str | None) -> None:
    _decide(project, session, Outcome.refused, reason)
