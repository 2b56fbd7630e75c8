"""People and their contracts: CNSS number, account, cover, certificate, complaint, follow-up."""

import secrets
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from awrash.database.session import db
from awrash.models import (
    Certificate,
    Complaint,
    Contract,
    FollowUp,
    Participant,
)
from awrash.records.dated_figures import Parameter
from awrash.records.numbering import next_number
from awrash.records.steps import step
from awrash.rules.steps import starts_from
from awrash.values.figure_names import Figure
from awrash.values.months import add_months
from awrash.values.states import (
    AccountState,
    CertificateState,
    CnssState,
    ComplaintState,
    ContractState,
    CoverState,
    FollowUpState,
    Insertion,
    ParticipantState,
)

FOLLOW_UPS = (3, 6)  # months after leaving, docs/programme.md, "Life of a file"
CODE_BYTES = 15  # 120 random bits: a certificate's code can be neither guessed nor enumerated


# ---- people and contracts


def correct_cnie(participant: Participant, cnie: str | None, reason: str | None) -> None:
    """Replace a CNIE that was read wrong by the one on the card; frozen papers and slips keep what they named."""
    participant.why, participant.cnie = reason, cnie  # type: ignore[assignment]
    db.session.flush()


@starts_from(CnssState.none, name="cnss_state")
def request_cnss_number(participant: Participant) -> None:
    step(participant, CnssState.requested, name="cnss_state")


@starts_from(CnssState.none, CnssState.requested, name="cnss_state")
def record_cnss_number(participant: Participant) -> None:
    step(participant, CnssState.obtained, name="cnss_state")


@starts_from(AccountState.none, AccountState.being_opened, name="account_state")
def verify_account(participant: Participant) -> None:
    """Record that somebody checked: the account is open and in the person's own name."""
    step(participant, AccountState.verified, name="account_state")


@starts_from(CoverState.waiting, CoverState.ending, name="cover_state")
def confirm_cover(participant: Participant, on: date) -> None:
    """Record the day on which CNSS opened the cover."""
    participant.cover_opened_on = on
    step(participant, CoverState.open, name="cover_state")


@starts_from(ContractState.prepared)
def sign_contract(contract: Contract, on: date) -> None:
    """Record the signature; a day recorded before stays."""
    contract.signed_on = contract.signed_on or on
    step(contract, ContractState.signed)


@starts_from(ContractState.signed, ContractState.approved, ContractState.running)
def change_wage(contract: Contract, wage: Decimal | None, reason: str | None) -> None:
    """Another monthly wage, in dirhams, for a contract of which no wage was paid yet."""
    contract.why, contract.monthly_wage = reason, wage  # type: ignore[assignment]
    db.session.flush()


@starts_from(ContractState.signed, ContractState.running, ContractState.ended)
def record_anapec_approval(contract: Contract, on: date) -> None:
    """Record the visa of ANAPEC; one that comes after the work began changes no state."""
    contract.anapec_approved_on = contract.anapec_approved_on or on
    if contract.state == ContractState.signed:
        contract.state = ContractState.approved
    db.session.flush()


@starts_from(ContractState.signed, ContractState.approved)
def start_contract(contract: Contract) -> None:
    """Record that the person is at work; the payroll, not this step, asks whether ANAPEC approved the contract."""
    contract.planned_ends_on = contract.planned_ends_on or contract.ends_on
    step(contract, ContractState.running)
    if contract.participant.state != ParticipantState.assigned:
        step(contract.participant, ParticipantState.assigned)


@starts_from(ContractState.prepared, ContractState.signed, ContractState.approved, ContractState.running)
def end_contract(contract: Contract, on: date, reason: str | None) -> None:
    """End a contract on a day, plan the follow-up calls, and end the participant's assignment."""
    contract.planned_ends_on = contract.planned_ends_on or contract.ends_on
    contract.ends_on, contract.ended_reason = min(on, contract.ends_on), reason
    step(contract, ContractState.ended, why=reason)
    if contract.participant.state == ParticipantState.assigned:
        step(contract.participant, ParticipantState.ended)
    planned = {follow_up.months_after for follow_up in contract.follow_ups}
    for months in sorted(set(FOLLOW_UPS) - planned):
        due = add_months(contract.ends_on, months)
        contract.follow_ups.append(FollowUp(months_after=months, due_on=due))
    db.session.flush()


# ---- certificates, complaints, follow-up


@starts_from(ContractState.running, ContractState.ended)
def issue_certificate(contract: Contract, on: date, skills: Sequence[Any] | None = None) -> Certificate:
    """Issue the certificate of a contract, with its serial number and a code that anybody can verify.

    The contract's own valid certificate is given back when there is one: issuing twice changes nothing.
    """
    for known in contract.certificates:
        if known.state == CertificateState.issued:
            return known
    return _certified(contract, on, list(skills or contract.worksite.skills))


@starts_from(CertificateState.issued, CertificateState.revoked)
def replace_certificate(certificate: Certificate, reason: str | None, on: date) -> Certificate:
    """Issue a certificate in the place of one with a fault: today's names, its own serial number and code.

    A revoked one stays revoked; it is replaced when the reason for revoking it no longer holds.
    """
    if certificate.state != CertificateState.revoked:
        step(certificate, CertificateState.replaced, why=reason)
    return _certified(certificate.contract, on, list(certificate.contract.worksite.skills), certificate, reason)


def _certified(
    contract: Contract,
    on: date,
    skills: list[Any],
    replaces: Certificate | None = None,
    why: str | None = None,
) -> Certificate:
    person = contract.participant
    certificate = Certificate(
        serial=next_number(Certificate, "serial", f"C-{on.year}-", width=5),
        code=secrets.token_hex(CODE_BYTES),
        name_ar=f"{person.given_name_ar} {person.family_name_ar}",
        name_fr=f"{person.given_name_fr} {person.family_name_fr}",
        days_worked=contract.worked_days,
        issued_on=on,
        skills=skills,
        state=CertificateState.issued,
    )
    certificate.contract, certificate.replaces, certificate.why = contract, replaces, why
    db.session.add(certificate)
    db.session.flush()
    return certificate


@starts_from(CertificateState.issued)
def revoke_certificate(certificate: Certificate, reason: str | None) -> None:
    step(certificate, CertificateState.revoked, why=reason)


def number_complaint(complaint: Complaint) -> None:
    """Give a complaint its number and the day its answer is due."""
    if complaint.received_on:
        year = complaint.received_on.year
        complaint.number = next_number(Complaint, "number", f"R-{year}-", width=4)
        days = int(Parameter.on(Figure.complaint_answer_days, complaint.received_on))
        complaint.due_on = complaint.received_on + timedelta(days=days)


@starts_from(ComplaintState.received)
def study_complaint(complaint: Complaint) -> None:
    step(complaint, ComplaintState.under_study)


@starts_from(ComplaintState.answered)
def reopen_complaint(complaint: Complaint, reason: str | None) -> None:
    """Study a complaint again after it was answered."""
    step(complaint, ComplaintState.under_study, why=reason)


@starts_from(ComplaintState.answered)
def close_complaint(complaint: Complaint) -> None:
    step(complaint, ComplaintState.closed)


@starts_from(ComplaintState.received, ComplaintState.under_study)
def answer_complaint(complaint: Complaint, answer: str, on: date) -> None:
    complaint.answer, complaint.answered_on = answer, on
    step(complaint, ComplaintState.answered)


@starts_from(FollowUpState.planned, FollowUpState.unreachable)
def close_follow_up(follow_up: FollowUp, situation: Insertion, on: date) -> None:
    follow_up.situation, follow_up.called_on = situation, on
    step(follow_up, FollowUpState.done)
