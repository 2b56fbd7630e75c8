"""Words with a label: the states of each record, the steps between them, kinds and situations.

The life of a file: docs/programme.md, "Life of a file"; a state that no step leaves is final.
"""

from collections.abc import Mapping, Set
from enum import StrEnum
from typing import Any, Self

from awrash.values.language import Label, _l


class Word(StrEnum):
    """A value kept as text with its label on the same line; names equal values."""

    label: Label

    def __new__(cls, value: str, label: Label = "") -> Self:
        word = str.__new__(cls, value)
        word._value_ = value
        word.label = label
        return word


Steps = Mapping[Any, Set[Any]]


class EditionState(Word):
    draft = "draft", _l("Draft")
    open = "open", _l("Open")
    closed = "closed", _l("Closed")


EDITION_STEPS: Steps = {
    EditionState.draft: {EditionState.open},
    EditionState.open: {EditionState.closed},
    EditionState.closed: set(),
}


class CallState(Word):
    draft = "draft", _l("Draft")
    published = "published", _l("Published")
    open = "open", _l("Open")
    closed = "closed", _l("Closed")


CALL_STEPS: Steps = {
    CallState.draft: {CallState.published},
    CallState.published: {CallState.open},
    CallState.open: {CallState.closed},
    CallState.closed: set(),
}


class CarrierState(Word):
    registered = "registered", _l("Registered")
    documents_complete = "documents_complete", _l("Documents complete")
    eligible = "eligible", _l("Eligible")


CARRIER_STEPS: Steps = {
    CarrierState.registered: {CarrierState.documents_complete},
    CarrierState.documents_complete: {CarrierState.eligible, CarrierState.registered},
    CarrierState.eligible: {CarrierState.registered},
}


class ProjectState(Word):
    draft = "draft", _l("Draft")
    deposited = "deposited", _l("Deposited")
    complete = "complete", _l("Complete")
    scored = "scored", _l("Scored")
    approved = "approved", _l("Approved")
    deferred = "deferred", _l("Deferred")
    refused = "refused", _l("Refused")


PROJECT_STEPS: Steps = {
    ProjectState.draft: {ProjectState.deposited},
    ProjectState.deposited: {ProjectState.complete},
    ProjectState.complete: {ProjectState.scored, ProjectState.deposited},
    ProjectState.scored: {ProjectState.approved, ProjectState.deferred, ProjectState.refused},
    ProjectState.deferred: {ProjectState.approved, ProjectState.refused},
    ProjectState.approved: set(),
    ProjectState.refused: set(),
}


class SessionState(Word):
    planned = "planned", _l("Planned")
    held = "held", _l("Held")
    closed = "closed", _l("Minutes signed")


SESSION_STEPS: Steps = {
    SessionState.planned: {SessionState.held},
    SessionState.held: {SessionState.closed},
    SessionState.closed: set(),
}


class AgreementState(Word):
    drafted = "drafted", _l("Drafted")
    signed = "signed", _l("Signed")
    running = "running", _l("Running")
    ended = "ended", _l("Ended")
    terminated = "terminated", _l("Terminated")


AGREEMENT_STEPS: Steps = {
    AgreementState.drafted: {AgreementState.signed, AgreementState.terminated},
    AgreementState.signed: {AgreementState.running, AgreementState.terminated},
    AgreementState.running: {AgreementState.ended, AgreementState.terminated},
    AgreementState.ended: set(),
    AgreementState.terminated: set(),
}
BENEFITED = (AgreementState.signed, AgreementState.running, AgreementState.ended)
AGREEMENT_OVER = (AgreementState.ended, AgreementState.terminated)


class WorksiteState(Word):
    planned = "planned", _l("Planned")
    open = "open", _l("Open")
    suspended = "suspended", _l("Suspended")
    completed = "completed", _l("Completed")
    closed = "closed", _l("Closed")
    never_opened = "never_opened", _l("Never opened")


WORKSITE_STEPS: Steps = {
    WorksiteState.planned: {WorksiteState.open, WorksiteState.never_opened},
    WorksiteState.open: {WorksiteState.suspended, WorksiteState.completed},
    WorksiteState.suspended: {WorksiteState.open, WorksiteState.completed},
    WorksiteState.completed: {WorksiteState.closed},
    WorksiteState.closed: set(),
    WorksiteState.never_opened: set(),
}


# the states of a worksite that opened some day
OPENED = (WorksiteState.open, WorksiteState.suspended, WorksiteState.completed, WorksiteState.closed)

# those of one where nobody works any more, or ever will
OVER = (WorksiteState.completed, WorksiteState.closed, WorksiteState.never_opened)


class ParticipantState(Word):
    candidate = "candidate", _l("Candidate")
    eligible = "eligible", _l("Eligible")
    assigned = "assigned", _l("Assigned")
    ended = "ended", _l("Ended")


PARTICIPANT_STEPS: Steps = {
    ParticipantState.candidate: {ParticipantState.eligible, ParticipantState.assigned},
    ParticipantState.eligible: {ParticipantState.assigned, ParticipantState.candidate},
    ParticipantState.assigned: {ParticipantState.ended, ParticipantState.eligible},
    ParticipantState.ended: {ParticipantState.assigned},
}


class CnssState(Word):
    none = "none", _l("No CNSS number")
    requested = "requested", _l("CNSS number requested")
    obtained = "obtained", _l("CNSS number obtained")


CNSS_STEPS: Steps = {
    CnssState.none: {CnssState.requested, CnssState.obtained},
    CnssState.requested: {CnssState.obtained, CnssState.none},
    CnssState.obtained: set(),
}


class AccountState(Word):
    none = "none", _l("No account")
    being_opened = "being_opened", _l("Account being opened")
    verified = "verified", _l("Account verified")


ACCOUNT_STEPS: Steps = {
    AccountState.none: {AccountState.being_opened, AccountState.verified},
    AccountState.being_opened: {AccountState.verified, AccountState.none},
    AccountState.verified: {AccountState.being_opened, AccountState.none},
}


class CoverState(Word):
    waiting = "waiting", _l("Waiting for cover")
    open = "open", _l("Cover open")
    ending = "ending", _l("Cover ending")


COVER_STEPS: Steps = {
    CoverState.waiting: {CoverState.open},
    CoverState.open: {CoverState.ending},
    CoverState.ending: {CoverState.open, CoverState.waiting},
}


# The states that a participant has besides the main one: their steps, and the field that holds them.
STEPS_BESIDE = ((CNSS_STEPS, "cnss_state"), (ACCOUNT_STEPS, "account_state"), (COVER_STEPS, "cover_state"))


class ContractState(Word):
    prepared = "prepared", _l("Prepared")
    signed = "signed", _l("Signed")
    approved = "approved", _l("Approved by ANAPEC")
    running = "running", _l("Running")
    ended = "ended", _l("Ended")


CONTRACT_STEPS: Steps = {
    ContractState.prepared: {ContractState.signed, ContractState.ended},
    ContractState.signed: {
        *(ContractState.approved, ContractState.running, ContractState.ended),
        ContractState.prepared,
    },
    ContractState.approved: {ContractState.running, ContractState.ended, ContractState.prepared},
    ContractState.running: {ContractState.ended},
    ContractState.ended: set(),
}


class SheetState(Word):
    open = "open", _l("Open")
    filled = "filled", _l("Filled")
    verified = "verified", _l("Verified")
    locked = "locked", _l("Locked")


SHEET_STEPS: Steps = {
    SheetState.open: {SheetState.filled},
    SheetState.filled: {SheetState.verified, SheetState.open},
    SheetState.verified: {SheetState.locked, SheetState.open},
    SheetState.locked: set(),
}


class RunState(Word):
    open = "open", _l("Open")
    calculated = "calculated", _l("Calculated")
    reviewed = "reviewed", _l("Reviewed")
    approved = "approved", _l("Approved")
    frozen = "frozen", _l("Frozen")


class Recalculated(Word):
    """What calculating again did to one wage."""

    changed = "changed", _l("Changed")
    came = "came", _l("Came in")
    left = "left", _l("Left")


RUN_STEPS: Steps = {
    RunState.open: {RunState.calculated},
    RunState.calculated: {RunState.reviewed, RunState.open, RunState.calculated},
    RunState.reviewed: {RunState.approved, RunState.calculated},
    RunState.approved: {RunState.frozen, RunState.calculated},
    RunState.frozen: set(),
}


class SlipKind(Word):
    regular = "regular", _l("Wage of the month")
    reversal = "reversal", _l("Reversal of an earlier slip")
    correction = "correction", _l("Corrected slip")


class DeclarationState(Word):
    to_make = "to_make", _l("To make")
    made = "made", _l("File made")
    uploaded = "uploaded", _l("Uploaded")
    accepted = "accepted", _l("Accepted")
    rejected = "rejected", _l("Rejected")


UNDECLARED = (DeclarationState.to_make, DeclarationState.rejected)

DECLARATION_STEPS: Steps = {
    DeclarationState.to_make: {DeclarationState.made},
    DeclarationState.made: {DeclarationState.uploaded, DeclarationState.made},
    DeclarationState.uploaded: {DeclarationState.accepted, DeclarationState.rejected},
    DeclarationState.accepted: set(),
    DeclarationState.rejected: {DeclarationState.made},
}
NOT_MADE = (DeclarationState.to_make, DeclarationState.rejected)  # no wage is sent on a declaration in these states
# The states in which CNSS has been told: a file that waits to be uploaded, or was rejected, has declared nobody.
DECLARED = (DeclarationState.uploaded, DeclarationState.accepted)


class PaymentState(Word):
    due = "due", _l("Due")
    sent = "sent", _l("Sent")
    paid = "paid", _l("Paid")
    rejected = "rejected", _l("Rejected")
    reissued = "reissued", _l("Reissued")


PAYMENT_STEPS: Steps = {
    PaymentState.due: {PaymentState.sent},
    PaymentState.sent: {PaymentState.paid, PaymentState.rejected},
    PaymentState.paid: {PaymentState.rejected},
    PaymentState.rejected: {PaymentState.reissued},
    PaymentState.reissued: set(),
}


class CertificateState(Word):
    eligible = "eligible", _l("To issue")
    issued = "issued", _l("Issued")
    replaced = "replaced", _l("Replaced")
    revoked = "revoked", _l("Revoked")


CERTIFICATE_STEPS: Steps = {
    CertificateState.eligible: {CertificateState.issued},
    CertificateState.issued: {CertificateState.replaced, CertificateState.revoked},
    CertificateState.replaced: set(),
    CertificateState.revoked: set(),
}


class FollowUpState(Word):
    planned = "planned", _l("To call")
    done = "done", _l("Called")
    unreachable = "unreachable", _l("Could not be reached")


FOLLOW_UP_STEPS: Steps = {
    FollowUpState.planned: {FollowUpState.done, FollowUpState.unreachable},
    FollowUpState.unreachable: {FollowUpState.done},
    FollowUpState.done: set(),
}


class ComplaintState(Word):
    received = "received", _l("Received")
    under_study = "under_study", _l("Under study")
    answered = "answered", _l("Answered")
    closed = "closed", _l("Closed")


OPEN_COMPLAINTS = (ComplaintState.received, ComplaintState.under_study)

COMPLAINT_STEPS: Steps = {
    ComplaintState.received: {ComplaintState.under_study, ComplaintState.answered},
    ComplaintState.under_study: {ComplaintState.answered},
    ComplaintState.answered: {ComplaintState.closed, ComplaintState.under_study},
    ComplaintState.closed: set(),
}


class InstalmentState(Word):
    due = "due", _l("Due")
    approved = "approved", _l("Approved")
    paid = "paid", _l("Paid")


INSTALMENT_STEPS: Steps = {
    InstalmentState.due: {InstalmentState.approved},
    InstalmentState.approved: {InstalmentState.paid, InstalmentState.due},
    InstalmentState.paid: {InstalmentState.approved},
}


# A step that takes something from somebody is never taken without saying why. Compared with `is`:
# words of two enumerations are equal when their text is.
STEPS_WITH_REASON: tuple[Any, ...] = (
    ProjectState.deferred,
    ProjectState.refused,
    AgreementState.terminated,
    WorksiteState.suspended,
    WorksiteState.never_opened,
    ContractState.ended,
    CertificateState.replaced,
    CertificateState.revoked,
)
# Neither is a step that takes back what somebody decided: from, to.
STEPS_BACK: tuple[tuple[Any, Any], ...] = (
    (ProjectState.complete, ProjectState.deposited),
    (ContractState.signed, ContractState.prepared),
    (ContractState.approved, ContractState.prepared),
    (InstalmentState.approved, InstalmentState.due),
    (InstalmentState.paid, InstalmentState.approved),
    (RunState.reviewed, RunState.calculated),
    (RunState.approved, RunState.calculated),
    (ComplaintState.answered, ComplaintState.under_study),
)


class CarrierKind(Word):
    association = "association", _l("Association")
    cooperative = "cooperative", _l("Cooperative")


class OfficerRole(Word):
    president = "president", _l("President")
    treasurer = "treasurer", _l("Treasurer")
    secretary_general = "secretary_general", _l("Secretary general")
    member = "member", _l("Member of the bureau")


BUREAU = (OfficerRole.president, OfficerRole.treasurer, OfficerRole.secretary_general)


class CouncilName(Word):
    prefectural = "prefectural", _l("Prefectural council")
    provincial = "provincial", _l("Provincial council")


class CriterionKind(Word):
    direct_impact = "direct_impact", _l("Direct impact")
    innovation = "innovation", _l("Innovation")
    transparency = "transparency", _l("Transparency")
    seriousness = "seriousness", _l("Seriousness")
    other = "other", _l("Other criterion")


class BudgetKind(Word):
    wages = "wages", _l("Wages")
    employer_contributions = "employer_contributions", _l("Employer contributions")
    accident_insurance = "accident_insurance", _l("Work accident insurance")
    materials = "materials", _l("Raw materials")
    equipment = "equipment", _l("Equipment")
    transport = "transport", _l("Transport")
    other = "other", _l("Other cost")


class SupportKind(Word):
    technical_supervision = "technical_supervision", _l("Technical supervision")
    raw_materials = "raw_materials", _l("Raw materials")


class Outcome(Word):
    approved = "approved", _l("Approved")
    deferred = "deferred", _l("Deferred")
    refused = "refused", _l("Refused")


class Sex(Word):
    F = "F", _l("Woman")
    M = "M", _l("Man")


class Education(Word):
    none = "none", _l("No schooling")
    primary = "primary", _l("Primary school")
    secondary = "secondary", _l("Secondary school")
    vocational = "vocational", _l("Vocational training")
    higher = "higher", _l("Higher education")


class Doubt(Word):
    """Why a number should be read again on the card; never a refusal."""

    key = "key", _l("the key of the number does not match")
    first_digit = "first_digit", _l("the first digit is unusual")
    short = "short", _l("the number is unusually short")
    bank = "bank", _l("the bank is not known")
    range = "range", _l("this range of phone numbers is not known")
    shared = "shared", _l("recorded for somebody else too")


class Situation(Word):
    """Codes of the CNSS file, docs/cnss.md, "1.6 Situation codes"; present is two spaces there."""

    present = "present", _l("Present")
    SO = "SO", _l("Left")
    DE = "DE", _l("Deceased")
    IT = "IT", _l("Maternity")
    IL = "IL", _l("Sickness")
    AT = "AT", _l("Work accident")
    CS = "CS", _l("Unpaid leave")
    MS = "MS", _l("Kept without wage")
    MP = "MP", _l("Occupational disease")


class Mark(Word):
    """One day of one person on the attendance sheet, a letter each; a day of rest or to fill has none."""

    worked = "P", _l("At work")
    absent = "A", _l("Absent")
    sick = "M", _l("Sick")
    accident = "T", _l("Work accident")
    leave = "C", _l("Leave without wage")


NO_MARK = "."


class Weekday(Word):
    """A day of the week, in the order of `date.weekday`."""

    monday = "monday", _l("Monday")
    tuesday = "tuesday", _l("Tuesday")
    wednesday = "wednesday", _l("Wednesday")
    thursday = "thursday", _l("Thursday")
    friday = "friday", _l("Friday")
    saturday = "saturday", _l("Saturday")
    sunday = "sunday", _l("Sunday")


DEFAULT_REST = [Weekday.sunday]  # six days of work a week make the 26 of a month; docs/programme.md, "Days of rest"

UNPAID_SITUATIONS = (Situation.CS, Situation.MS, Situation.MP)


class Bearer(Word):
    state = "state", _l("The State")
    carrier = "carrier", _l("The carrier")
    participant = "participant", _l("The participant")


class ComplaintKind(Word):
    late_wage = "late_wage", _l("Late wage")
    wrong_wage = "wrong_wage", _l("Wrong wage")
    kickback = "kickback", _l("Part of the wage asked for")
    card_kept = "card_kept", _l("Bank card kept by the carrier")
    ghost_worker = "ghost_worker", _l("Person declared who does not work")
    cover = "cover", _l("Health cover")
    other = "other", _l("Other complaint")


class Insertion(Word):
    employed = "employed", _l("Employed")
    self_employed = "self_employed", _l("Self-employed")
    in_training = "in_training", _l("In training")
    looking = "looking", _l("Looking for work")
    other = "other", _l("Other situation")
