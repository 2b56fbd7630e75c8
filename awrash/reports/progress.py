"""Where a record stands in the life of a file: the steps it passed, the one it is at, those ahead.

docs/programme.md, "Life of a file". The record's own states come first, then what grows out of it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from flask_babel.speaklater import LazyString
from sqlalchemy import func, select

from awrash.database.record import Record
from awrash.database.session import db
from awrash.models import Agreement, Carrier, Certificate, Contract, Participant, Payment, Project, Worksite
from awrash.records.audit import AuditLine
from awrash.values.language import _l, office_day
from awrash.values.states import (
    AgreementState,
    CallState,
    CarrierState,
    CertificateState,
    ComplaintState,
    ContractState,
    DeclarationState,
    EditionState,
    FollowUpState,
    Outcome,
    ParticipantState,
    PaymentState,
    ProjectState,
    RunState,
    SessionState,
    SheetState,
    WorksiteState,
)

USUAL_STATES: dict[str, tuple[Any, ...]] = {
    "call": tuple(CallState),
    "edition": tuple(EditionState),
    "carrier": tuple(CarrierState),
    "project": (
        ProjectState.draft,
        ProjectState.deposited,
        ProjectState.complete,
        ProjectState.scored,
        ProjectState.approved,
    ),
    "committee_session": tuple(SessionState),
    "agreement": (
        AgreementState.drafted,
        AgreementState.signed,
        AgreementState.running,
        AgreementState.ended,
    ),
    "worksite": (
        WorksiteState.planned,
        WorksiteState.open,
        WorksiteState.completed,
        WorksiteState.closed,
    ),
    "participant": (ParticipantState.candidate, ParticipantState.eligible, ParticipantState.assigned),
    "contract": tuple(ContractState),
    "attendance_sheet": tuple(SheetState),
    "payroll_run": tuple(RunState),
    "declaration": (
        DeclarationState.to_make,
        DeclarationState.made,
        DeclarationState.uploaded,
        DeclarationState.accepted,
    ),
    "payment": (PaymentState.due, PaymentState.sent, PaymentState.paid),
    "complaint": tuple(ComplaintState),
    "follow_up": (FollowUpState.planned, FollowUpState.done),
}


# The record's own days of its states: the trace knows when a step was typed, which may be weeks later. By the names of
# tables, since words of two kinds of states that are written alike are equal.
OWN_DAYS: dict[str, dict[Any, Callable[[Any], date | datetime | None]]] = {
    "call": {
        CallState.open: lambda call: call.opens_on,
        CallState.closed: lambda call: call.closes_on,
    },
    "project": {
        ProjectState.deposited: lambda project: project.deposited_on,
        ProjectState.approved: lambda project: _decided(project, Outcome.approved),
        ProjectState.deferred: lambda project: _decided(project, Outcome.deferred),
        ProjectState.refused: lambda project: _decided(project, Outcome.refused),
    },
    "committee_session": {SessionState.held: lambda session: session.held_on},
    "agreement": {
        AgreementState.signed: lambda agreement: agreement.council_signed_on,
        AgreementState.running: lambda agreement: agreement.starts_on,
        AgreementState.ended: lambda agreement: agreement.ends_on,
    },
    "worksite": {
        WorksiteState.open: lambda worksite: worksite.opens_on,
        WorksiteState.completed: lambda worksite: worksite.closes_on,
    },
    "contract": {
        ContractState.signed: lambda contract: contract.signed_on,
        ContractState.approved: lambda contract: contract.anapec_approved_on,
        ContractState.running: lambda contract: contract.starts_on,
        ContractState.ended: lambda contract: contract.ends_on,
    },
    "attendance_sheet": {SheetState.locked: lambda sheet: sheet.locked_on},
    "payroll_run": {
        RunState.calculated: lambda run: run.calculated_at,
        RunState.frozen: lambda run: run.frozen_at,
    },
    "declaration": {DeclarationState.uploaded: lambda declaration: declaration.uploaded_on},
    "payment": {
        PaymentState.sent: lambda payment: payment.sent_on,
        PaymentState.paid: lambda payment: payment.paid_on,
    },
    "complaint": {
        ComplaintState.received: lambda complaint: complaint.received_on,
        ComplaintState.answered: lambda complaint: complaint.answered_on,
    },
    "follow_up": {FollowUpState.done: lambda follow_up: follow_up.called_on},
}
ENDED_WELL = {"participant": ParticipantState.ended}  # a state beside the road in which nothing went wrong


@dataclass(frozen=True)
class ProgressStep:
    """A step in the life of a record: its name, whether it was passed, and the day it was if that is known."""

    label: LazyString
    place: str  # passed | here | ahead | stopped
    on: date | None = None


def progress_of(record: Record, history: Iterable[AuditLine]) -> list[ProgressStep]:
    """The steps of a record, in order; none for a kind without usual states."""
    road = USUAL_STATES.get(record.__tablename__)
    if not road:
        return []
    steps = {line.to_state: office_day(line.at) for line in history if line.to_state}
    own = _own_steps(record, road, steps)
    beyond = [_later_step(label, on(record)) for label, on in LATER_STEPS.get(record.__tablename__, ())]
    return _placed(own + beyond)


def _placed(way: list[ProgressStep]) -> list[ProgressStep]:
    """The steps with the record at the last one reached, also where that is a later step."""
    reached = [at for at, step in enumerate(way) if step.place in ("passed", "here")]
    if not reached or any(step.place == "stopped" for step in way):
        return way
    places = ["passed" if at < reached[-1] else "here" if at == reached[-1] else "ahead" for at in range(len(way))]
    return [replace(step, place=place) for step, place in zip(way, places, strict=True)]


def _own_steps(record: Any, road: tuple[Any, ...], steps: dict[str, date]) -> list[ProgressStep]:
    """The states of a record; `steps` are the days on which the trace says that it came to them."""
    if record.state not in road:  # refused, suspended, terminated: what it passed, then where it stopped
        passed = [ProgressStep(word.label, "passed", _day_of(record, word, steps)) for word in road if word in steps]
        place = "here" if record.state == ENDED_WELL.get(record.__tablename__) else "stopped"
        return [*passed, ProgressStep(record.state.label, place, _day_of(record, record.state, steps))]
    at = road.index(record.state)
    places = ["passed"] * at + ["here"] + ["ahead"] * (len(road) - at - 1)
    days = [_day_of(record, word, steps) for word in road[: at + 1]] + [None] * (len(road) - at - 1)
    return [
        ProgressStep(word.label, place, day if _stands(day, days[here + 1 :]) else None)
        for here, (word, place, day) in enumerate(zip(road, places, days, strict=True))
    ]


def _stands(day: date | None, later: list[date | None]) -> bool:
    """Whether a day comes before those of the steps after it: what was typed afterwards says nothing of when it was."""
    return day is not None and all(other is None or day <= other for other in later)


def _day_of(record: Any, state: Any, steps: dict[str, date]) -> date | None:
    """The record's own day of a state; for a state that has none, the day on which the step was written."""
    own = OWN_DAYS.get(record.__tablename__, {}).get(state)
    if own is None:
        return steps.get(state.value)
    day = own(record)
    return office_day(day) if isinstance(day, datetime) else day


def _decided(project: Project, outcome: Outcome) -> date | None:
    """The day of the session that decided so last."""
    days = [decision.session.held_on for decision in project.decisions if decision.outcome == outcome]
    return days[-1] if days else None


def _later_step(label: LazyString, on: date | bool | None) -> ProgressStep:
    return ProgressStep(label, "passed" if on else "ahead", on if isinstance(on, date) else None)


# ---- later steps: the first day something grew out of a record, True where no day is kept, None before


def _first(days: Iterable[date | None]) -> date | None:
    return min((day for day in days if day), default=None)


def _agreements(record: Carrier | Project) -> list[Agreement]:
    return [agreement for agreement in record.agreements if agreement.is_signed]


def _worksites(record: Carrier | Project) -> list[Worksite]:
    opened = (WorksiteState.planned, WorksiteState.never_opened)
    return [site for agreement in record.agreements for site in agreement.worksites if site.state not in opened]


def _certified(sites: Iterable[Worksite]) -> date | None:
    first_issue = select(func.min(Certificate.issued_on)).join(Certificate.contract)
    first_issue = first_issue.where(Contract.worksite_id.in_([site.id for site in sites]))
    return db.session.scalar(first_issue.where(Certificate.state == CertificateState.issued))


def _valid(contract: Contract) -> list[Certificate]:
    return [certificate for certificate in contract.certificates if certificate.state == CertificateState.issued]


def _payments(person: Participant) -> list[Payment]:
    return [payment for contract in person.contracts for slip in contract.pay_slips for payment in slip.payments]


def _signed(record: Carrier | Project) -> date | None:
    return _first(agreement.council_signed_on for agreement in _agreements(record))


def _opened(record: Carrier | Project) -> date | None:
    return _first(site.opens_on for site in _worksites(record))


def _has_approved_project(carrier: Carrier) -> bool:
    return any(project.state == ProjectState.approved for project in carrier.projects)


def _work_started(person: Participant) -> date | None:
    return _first(contract.starts_on for contract in person.contracts if contract.ran)


def _first_certificate(person: Participant) -> date | None:
    return _first(certificate.issued_on for contract in person.contracts for certificate in _valid(contract))


LATER_STEPS: dict[str, tuple[tuple[LazyString, Callable[[Any], date | bool | None]], ...]] = {
    "carrier": (
        (_l("Project approved"), _has_approved_project),
        (_l("Agreement signed"), _signed),
        (_l("Worksite opened"), _opened),
        (_l("Certificates issued"), lambda record: _certified(_worksites(record))),
    ),
    "project": (
        (_l("Agreement signed"), _signed),
        (_l("Worksite opened"), _opened),
        (_l("Certificates issued"), lambda record: _certified(_worksites(record))),
    ),
    "worksite": ((_l("Certificates issued"), lambda site: _certified([site])),),
    "participant": (
        (_l("Work started"), _work_started),
        (_l("First wage paid"), lambda person: _first(payment.paid_on for payment in _payments(person))),
        (_l("Cover open"), lambda person: person.cover_opened_on),
        (_l("Certificate of skills"), _first_certificate),
    ),
}
