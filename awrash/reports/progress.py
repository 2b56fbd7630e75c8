"""Where a record stands in the life of a file: the steps it passed, the one it is at, those ahead.

docs/programme.md, "Life of a file". The record's own states come first, then what grows out of it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
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
    days = {line.to_state: office_day(line.at) for line in history if line.to_state}
    own = _own_steps(record, road, days)
    beyond = [_later_step(label, on(record)) for label, on in LATER_STEPS.get(record.__tablename__, ())]
    return _placed(own + beyond)


def _placed(way: list[ProgressStep]) -> list[ProgressStep]:
    """The steps with the record at the last one reached, also where that is a later step."""
    reached = [at for at, step in enumerate(way) if step.place in ("passed", "here")]
    if not reached or any(step.place == "stopped" for step in way):
        return way
    places = ["passed" if at < reached[-1] else "here" if at == reached[-1] else "ahead" for at in range(len(way))]
    return [replace(step, place=place) for step, place in zip(way, places, strict=True)]


def _own_steps(record: Any, road: tuple[Any, ...], days: dict[str, date]) -> list[ProgressStep]:
    if record.state not in road:  # refused, suspended, terminated: what it passed, then where it stopped
        passed = [ProgressStep(word.label, "passed", days[word.value]) for word in road if word.value in days]
        return [*passed, ProgressStep(record.state.label, "stopped", days.get(record.state.value))]
    at = road.index(record.state)
    places = ["passed"] * at + ["here"] + ["ahead"] * (len(road) - at - 1)
    return [
        ProgressStep(word.label, place, days.get(word.value) if place != "ahead" else None)
        for word, place in zip(road, places, strict=True)
    ]


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
