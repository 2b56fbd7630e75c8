"""What the rules read of each record, and nothing else: a rule is tested on anything that has these attributes.

A protocol bears the name of its record; those at the end are what several records have in common.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Protocol

from awrash.values.states import (
    AccountState,
    AgreementState,
    CallState,
    CertificateState,
    CnssState,
    ComplaintState,
    ContractState,
    CoverState,
    CriterionKind,
    DeclarationState,
    FollowUpState,
    InstalmentState,
    Outcome,
    PaymentState,
    ProjectState,
    SessionState,
    SheetState,
    Situation,
    WorksiteState,
)


class Record(Protocol):
    """Any record: its table and number, the fields that keep it for good once written, the reason of a step."""

    __tablename__: str
    __given__: tuple[str, ...]
    id: int
    version: int
    why: str | None


# ---- calls and projects


class Edition(Protocol):
    quota_person_months: int
    strict_once_only: bool
    committee_quorum: int
    accepted_banks: str | None
    one_person_locks: bool

    def booked_person_months(self, besides: Project) -> int: ...


class SpecificationVersion(Protocol):
    number: int
    published_on: date | None


class Criterion(Protocol):
    kind: CriterionKind


class Call(Protocol):
    edition: Edition
    state: CallState
    opens_on: date
    closes_on: date
    specifications: Sequence[SpecificationVersion]
    criteria: Sequence[Criterion]
    projects: Sequence[Project]


class Officer(Protocol):
    carrier: Carrier


class Carrier(Protocol):
    cnss_affiliation: str | None
    overlap_answer: str | None
    overlap_answered_by: str | None
    agreements: Sequence[Agreement]
    projects: Sequence[Project]
    shared_officers: Sequence[Officer]


class Project(Protocol):
    reference: str | None
    is_being_deposited: bool
    state: ProjectState
    call: Call
    carrier: Carrier
    commune: object | None
    theme: object | None
    title_ar: str
    places: int | None
    months: int | None
    months_reason: str | None
    within_communal_powers: bool
    deposited_on: date | None
    decisions: Sequence[Decision]
    documents: Sequence[DocumentReceived]
    scores: Sequence[Score]
    missing_documents: Sequence[object]
    unscored_criteria: Sequence[object]
    standing_agreements: Sequence[Agreement]
    person_months: int
    value: Decimal
    management_fee: Decimal

    def month_bounds(self) -> tuple[int, int, int]: ...


class DocumentReceived(Protocol):
    project: Project
    document: OfCall


class Score(Protocol):
    project: Project
    criterion: OfCall


class SessionAttendance(Protocol):
    interest_in: Carrier | None


class CommitteeSession(Protocol):
    held_on: date
    state: SessionState
    attendance: Sequence[SessionAttendance]


class Decision(Protocol):
    session: CommitteeSession
    project: Project
    outcome: Outcome
    reason: str | None
    voters: Sequence[SessionAttendance]


# ---- agreements and worksites


class Agreement(Protocol):
    number: str | None
    state: AgreementState
    project: Project
    carrier: Carrier
    council_signed_on: date | None
    commune_signed_on: date | None
    service_signed_on: date | None
    tripartite: bool
    service: str | None
    value: Decimal
    management_fee: Decimal
    instalments: Sequence[Instalment]
    is_signed: bool
    has_benefited: bool
    starts_on: date
    ends_on: date
    months: int
    places: int
    running_worksites: Sequence[Worksite]
    running_contracts: Sequence[object]

    def month_bounds(self) -> tuple[int, int, int]: ...


class Instalment(Protocol):
    agreement: Agreement
    state: InstalmentState
    due_on: date
    amount: Decimal
    paid_on: date | None
    reference: str | None


class Worksite(Protocol):
    agreement: Agreement
    commune: object
    state: WorksiteState
    opens_on: date
    closes_on: date
    months: int
    places: int
    places_beside: int
    places_taken: int


class Visit(Protocol):
    visited_on: date
    head_count: int
    gap_answer: str | None

    def sheets_before(self) -> Sequence[AttendanceSheet]: ...


# ---- people and contracts


class Participant(Protocol):
    why: str | None
    cnie: str
    family_name_ar: str
    given_name_ar: str
    family_name_fr: str
    given_name_fr: str
    born_on: date
    cnss_number: str | None
    cnss_state: CnssState
    rib: str | None
    account_state: AccountState
    phone_answer: str | None
    declared_elsewhere_by: str | None
    declared_elsewhere_until: date | None
    cover_state: CoverState
    cover_opened_on: date | None
    cover_by_months: date | None
    cover_by_days: date | None
    contracts: Sequence[Contract]

    def is_adult_on(self, day: date) -> bool: ...

    def others_with(self, field: str) -> Sequence[object]: ...

    def locked_days(self) -> Mapping[date, int]: ...


class Contract(Protocol):
    why: str | None
    number: str
    participant: Participant
    worksite: Worksite
    state: ContractState
    starts_on: date
    ends_on: date
    anapec_approved_on: date | None
    months: int
    longest_months: int
    never_ran: bool
    is_paid: bool
    locked_lines: Sequence[AttendanceLine]
    worked_days: int
    planned_days: int
    certificate_days: int
    certificates: Sequence[Certificate]

    def taken_places(self) -> Mapping[date, int]: ...


# ---- attendance


class AttendanceSheet(Protocol):
    worksite: Worksite
    month: date
    state: SheetState
    filled_by: object | None
    locked_by: object | None
    locked_on: date | None
    last_worked_day: date
    written_on: date | None
    most_days: int

    def gaps(self) -> Sequence[tuple[Visit, int]]: ...

    def has_marks_on(self, day: date) -> bool: ...

    def days_elsewhere(self, line: AttendanceLine) -> int: ...


class AttendanceLine(Protocol):
    sheet: AttendanceSheet
    contract: Contract
    marks: str | None
    days_worked: int
    days: int
    said: Situation
    corrected_days: int | None
    corrected_situation: Situation | None
    corrections: Sequence[AttendanceCorrection]

    def marked_days(self) -> Sequence[date | None]: ...

    def days_newly_marked(self) -> Sequence[date | None]: ...

    def said_before(self, correction: AttendanceCorrection) -> tuple[int, Situation]: ...


class AttendanceCorrection(Protocol):
    line: AttendanceLine
    days_worked: int
    situation: Situation


# ---- payroll


class PayrollRun(Protocol):
    month: date
    first_edition_on: date | None
    calculated_by: object | None
    approved_by: object | None


class PaySlip(Protocol):
    run: PayrollRun
    contract: Contract
    month: date
    payments: Sequence[Payment]
    most_days: int
    most_days_in_all: int


class Payment(Protocol):
    pay_slip: PaySlip
    state: PaymentState
    sent_on: date | None
    paid_on: date | None
    is_declared: bool


# ---- certificates, complaints, follow-up


class Certificate(Protocol):
    why: str | None
    serial: str
    state: CertificateState
    issued_on: date | None
    contract: Contract
    replaces: Certificate | None


class Complaint(Protocol):
    number: str
    state: ComplaintState
    answer: str | None
    answered_on: date | None


class FollowUp(Protocol):
    contract: Contract
    state: FollowUpState
    situation: object | None
    called_on: date | None


# ---- accounts


class User(Protocol):
    administers: bool

    def administered(self) -> bool: ...

    def others_administer(self) -> bool: ...

    def is_used(self) -> bool: ...


# ---- what several records have in common


class OfCall(Protocol):
    """A document of a call's checklist, or a criterion of its grid."""

    call: Call


class Lasting(Protocol):
    """A project or its agreement: it lasts some months, within the bounds of its call."""

    months: int | None
    months_reason: str | None

    def month_bounds(self) -> tuple[int, int, int]: ...


class Benefiting(Protocol):
    """A project or its agreement, by which a carrier benefits of the programme."""

    carrier: Carrier
    as_project: Project
    would_benefit: bool
    is_being_deposited: bool


class OfAge(Protocol):
    """A participant or a contract: somebody who begins on a day."""

    as_person: Participant
    first_day: date | None


class Waged(Protocol):
    """A project or a contract, with its monthly wage and the lowest that is allowed, in dirhams."""

    monthly_wage: Decimal | None
    wage_floor: Decimal


class DoneForMonth(Protocol):
    """A payroll, and the day on which it was calculated."""

    month: date
    done_on: date | None


class Rejectable(Protocol):
    """A payment or a file of CNSS: rejected, it says why in a field of its own."""

    state: PaymentState | DeclarationState


class Figure(Protocol):
    """A figure of the programme or a bracket of the tax, in force from a day on."""

    def used_by_frozen_payroll(self) -> date | None: ...
