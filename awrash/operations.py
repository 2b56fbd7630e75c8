"""What the team does: one verb each, given the records, the day and the actor; who asked is the door's affair.

Rules refuse in the hook when the change is flushed. Nothing here commits.
"""

import secrets
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from sqlalchemy import inspect, select

from awrash import declaring, periods
from awrash import states as s
from awrash.database import db
from awrash.figures import Parameter
from awrash.issued import IssuedPaper
from awrash.models import (
    Agreement,
    AttendanceLine,
    AttendanceSheet,
    Call,
    Carrier,
    Certificate,
    CommitteeSession,
    Complaint,
    Contract,
    Declaration,
    DocumentReceived,
    Edition,
    FollowUp,
    Instalment,
    Participant,
    Payment,
    Project,
    Score,
    SpecificationVersion,
    Worksite,
)
from awrash.models import Decision as CommitteeDecision
from awrash.money import split_evenly
from awrash.paper_kinds import PaperKind
from awrash.parameters import Figure
from awrash.rules import AllowedStep
from awrash.signing import SignedOnce
from awrash.starting import starts_from
from awrash.text import numbered
from awrash.wordings import PaperLanguage

FOLLOW_UPS = (3, 6)  # months after leaving, `reference/programme.md`, "The life of a file"
CODE_BYTES = 15  # 120 random bits: a certificate's code is neither guessed nor walked


def step(record: Any, state: Any, why: str | None = None, name: str = "state") -> None:
    """Move a record along its steps and write it; the audit line keeps the reason.

    Of two people who take the same step, the second is told: nothing that follows from it happens twice.
    """
    AllowedStep(inspect(type(record)).attrs[name].info["steps"], name).check_taken(record, state)
    record.why = why
    setattr(record, name, state)
    db.session.flush()


def next_number(kind: Any, field: str, before: str, after: str = "", width: int = 0) -> str:
    """The next number of a series such as `23-أ ع م-2026` or `2026-0041`: after the last given, and on no paper.

    A record that has its number is never deleted; of those deleted before that was a rule, the papers keep the number.
    """
    column = getattr(kind, field)
    with db.session.no_autoflush:
        taken = db.session.scalars(select(column).filter(column.startswith(before), column.endswith(after))).all()
        middle = (text[len(before) : len(text) - len(after)] for text in taken)
        last = max((number for number in map(numbered, middle) if number is not None), default=0)
        following = (f"{before}{number:0{width}d}{after}" for number in count(last + 1))
        return next(number for number in following if not _is_printed(kind, number))


def _is_printed(kind: Any, number: str) -> bool:
    """Whether a paper of this kind of record bears a number; every paper is named, so that their index is read."""
    asked = select(IssuedPaper.record).filter_by(number=number)
    asked = asked.where(IssuedPaper.document.in_(PaperKind), IssuedPaper.language.in_(PaperLanguage))
    return kind.__tablename__ in db.session.scalars(asked).all()


# ---- call, carrier, project


def publish_specifications(version: SpecificationVersion, on: date) -> None:
    version.published_on = on
    db.session.flush()


@starts_from(s.CallState.draft)
def publish_call(call: Call, on: date) -> None:
    """Publish the call, and its latest draft specifications with it."""
    for version in call.specifications[-1:]:
        version.published_on = version.published_on or on
    step(call, s.CallState.published)


@starts_from(s.CallState.published)
def open_call(call: Call) -> None:
    step(call, s.CallState.open)


@starts_from(s.CallState.open)
def close_call(call: Call) -> None:
    step(call, s.CallState.closed)


@starts_from(s.EditionState.draft)
def open_edition(edition: Edition) -> None:
    step(edition, s.EditionState.open)


@starts_from(s.EditionState.open)
def close_edition(edition: Edition) -> None:
    step(edition, s.EditionState.closed)


@starts_from(s.SessionState.planned)
def hold_session(session: CommitteeSession) -> None:
    step(session, s.SessionState.held)


@starts_from(s.SessionState.held)
def close_session(session: CommitteeSession) -> None:
    step(session, s.SessionState.closed)


@starts_from(s.CarrierState.registered)
def complete_carrier(carrier: Carrier) -> None:
    step(carrier, s.CarrierState.documents_complete)


@starts_from(s.CarrierState.documents_complete)
def admit_carrier(carrier: Carrier) -> None:
    step(carrier, s.CarrierState.eligible)


@starts_from(s.ProjectState.draft)
def deposit_project(project: Project, on: date) -> None:
    """Take the file in and give its receipt number."""
    project.deposited_on = on
    project.reference = next_number(Project, "reference", f"{project.call.edition.year}-", width=4)
    step(project, s.ProjectState.deposited)


@starts_from(s.ProjectState.draft, s.ProjectState.deposited)
def receive_documents(project: Project, on: date) -> None:
    """Record that every document still missing was brought."""
    known = {one.document: one for one in project.documents}
    for document in project.missing_documents:
        line = known.get(document) or DocumentReceived(document=document)
        line.received_on = on
        if line not in project.documents:
            project.documents.append(line)
    db.session.flush()


@starts_from(s.ProjectState.deposited)
def complete_project(project: Project) -> None:
    step(project, s.ProjectState.complete)


@starts_from(s.ProjectState.complete)
def score_project(project: Project, points: dict[Any, int] | None = None) -> None:
    """Close the scoring; `points` out of a hundred by criterion, when they are not on the project yet."""
    for criterion, given in (points or {}).items():
        project.scores.append(Score(criterion=criterion, points=given))
    step(project, s.ProjectState.scored)


def _decide(project: Project, session: CommitteeSession, outcome: s.Outcome, reason: str | None) -> None:
    with db.session.no_autoflush:
        voters = [one for one in session.attendance if one.interest_in is not project.carrier]
        decision = CommitteeDecision(outcome=outcome, reason=reason, voters=voters)
        decision.session, decision.project = session, project
    db.session.add(decision)
    if session.state == s.SessionState.planned:
        session.state = s.SessionState.held
    step(project, s.ProjectState(outcome.value), why=reason)


@starts_from(s.ProjectState.scored, s.ProjectState.deferred)
def approve_project(project: Project, session: CommitteeSession, reason: str | None) -> None:
    """Approve within the quota; approvals wait for each other, so that two cannot take the same places."""
    edition = project.call.edition
    db.session.refresh(edition, with_for_update=True)
    _decide(project, session, s.Outcome.approved, reason)


@starts_from(s.ProjectState.scored)
def defer_project(project: Project, session: CommitteeSession, reason: str | None) -> None:
    _decide(project, session, s.Outcome.deferred, reason)


@starts_from(s.ProjectState.scored, s.ProjectState.deferred)
def refuse_project(project: Project, session: CommitteeSession, reason: str | None) -> None:
    _decide(project, session, s.Outcome.refused, reason)


# ---- agreement and worksite


@starts_from(s.ProjectState.approved)
def prepare_agreement(project: Project, starts_on: date, instalments: int = 2, tripartite: bool = False) -> Agreement:
    """Draft the agreement of an approved project: value, fee and instalments come from it."""
    ends_on = periods.end_of(starts_on, project.months or 0)
    fee = project.management_fee
    dues = [periods.add_months(starts_on, index * (project.months or 0) // instalments) for index in range(instalments)]
    agreement = Agreement(
        starts_on=starts_on,
        ends_on=ends_on,
        value=project.value,
        management_fee=fee,
        tripartite=tripartite,
        instalments=[
            Instalment(due_on=due, amount=part) for due, part in zip(dues, split_evenly(fee, instalments), strict=True)
        ],
    )
    agreement.project = project
    db.session.add(agreement)
    db.session.flush()
    return agreement


def _sign(agreement: Agreement, name: str, on: date) -> None:
    SignedOnce().check_first(agreement, name)
    setattr(agreement, name, on)


def _signed(agreement: Agreement) -> None:
    if agreement.is_signed and agreement.state == s.AgreementState.drafted:
        agreement.state = s.AgreementState.signed
    db.session.flush()


@starts_from(s.AgreementState.drafted)
def number_agreement(agreement: Agreement, on: date) -> None:
    """Give an agreement the number under which it is printed and signed."""
    _numbered(agreement, on)
    db.session.flush()


def _numbered(agreement: Agreement, on: date) -> None:
    if not agreement.number:
        agreement.number = next_number(Agreement, "number", "", f"-أ ع م-{on.year}")


@starts_from(s.AgreementState.drafted, judged=True)
def sign_for_council(agreement: Agreement, on: date) -> None:
    """Sign for the council; an agreement that was not printed from here gets its number now."""
    _sign(agreement, "council_signed_on", on)
    _numbered(agreement, on)
    _signed(agreement)


@starts_from(s.AgreementState.drafted, judged=True)
def sign_for_carrier(agreement: Agreement, on: date) -> None:
    _sign(agreement, "carrier_signed_on", on)
    _signed(agreement)


@starts_from(s.AgreementState.drafted, judged=True)
def sign_for_commune(agreement: Agreement, on: date) -> None:
    _sign(agreement, "commune_signed_on", on)
    _signed(agreement)


@starts_from(s.AgreementState.drafted, judged=True)
def sign_for_service(agreement: Agreement, on: date) -> None:
    _sign(agreement, "service_signed_on", on)
    _signed(agreement)


@starts_from(s.AgreementState.drafted, s.AgreementState.signed, s.AgreementState.running)
def terminate_agreement(agreement: Agreement, reason: str | None) -> None:
    step(agreement, s.AgreementState.terminated, why=reason)


@starts_from(s.WorksiteState.planned, s.WorksiteState.suspended)
def open_worksite(worksite: Worksite) -> None:
    """Open a worksite; the first one sets its agreement running."""
    step(worksite, s.WorksiteState.open)
    if worksite.agreement.state == s.AgreementState.signed:
        step(worksite.agreement, s.AgreementState.running)


@starts_from(s.WorksiteState.open)
def suspend_worksite(worksite: Worksite, reason: str | None) -> None:
    step(worksite, s.WorksiteState.suspended, why=reason)


@starts_from(s.WorksiteState.open, s.WorksiteState.suspended)
def complete_worksite(worksite: Worksite, on: date, reason: str) -> None:
    """Complete a worksite: its running contracts end with it, and follow-up calls are planned."""
    step(worksite, s.WorksiteState.completed)
    for contract in worksite.contracts:
        if contract.state == s.ContractState.running:
            end_contract(contract, min(on, contract.ends_on), reason)


# ---- people and contracts


def correct_cnie(participant: Participant, cnie: str | None, reason: str | None) -> None:
    """The number that the card bears, in the place of one read wrong; what was frozen keeps the number it named."""
    participant.why, participant.cnie = reason, cnie  # type: ignore[assignment]
    db.session.flush()


@starts_from(s.CnssState.none, name="cnss_state")
def request_cnss_number(participant: Participant) -> None:
    step(participant, s.CnssState.requested, name="cnss_state")


@starts_from(s.CnssState.none, s.CnssState.requested, name="cnss_state")
def record_cnss_number(participant: Participant) -> None:
    step(participant, s.CnssState.obtained, name="cnss_state")


@starts_from(s.AccountState.none, s.AccountState.being_opened, name="account_state")
def verify_account(participant: Participant) -> None:
    """Somebody looked: the account is open and in the person's own name."""
    step(participant, s.AccountState.verified, name="account_state")


@starts_from(s.CoverState.waiting, s.CoverState.ending, name="cover_state")
def confirm_cover(participant: Participant, on: date) -> None:
    participant.cover_opened_on = on
    step(participant, s.CoverState.open, name="cover_state")


@starts_from(s.ContractState.prepared)
def sign_contract(contract: Contract, on: date) -> None:
    contract.signed_on = contract.signed_on or on
    step(contract, s.ContractState.signed)


@starts_from(s.ContractState.signed, s.ContractState.approved)
def take_back_signature(contract: Contract, reason: str | None) -> None:
    """A signature taken back before the work begins: what was written wrong is mended, then signed again."""
    contract.signed_on = contract.anapec_approved_on = None
    step(contract, s.ContractState.prepared, why=reason)


@starts_from(s.ContractState.signed, s.ContractState.approved, s.ContractState.running)
def change_wage(contract: Contract, wage: Decimal | None, reason: str | None) -> None:
    """Another monthly wage, in dirhams, for a contract of which no wage was paid yet."""
    contract.why, contract.monthly_wage = reason, wage  # type: ignore[assignment]
    db.session.flush()


@starts_from(s.ContractState.signed, s.ContractState.running, s.ContractState.ended)
def record_anapec_approval(contract: Contract, on: date) -> None:
    contract.anapec_approved_on = contract.anapec_approved_on or on
    if contract.state == s.ContractState.signed:
        contract.state = s.ContractState.approved
    db.session.flush()


@starts_from(s.ContractState.signed, s.ContractState.approved)
def start_contract(contract: Contract) -> None:
    """The person is at work; whether ANAPEC approved is the payroll's question, not the shovel's."""
    contract.planned_ends_on = contract.planned_ends_on or contract.ends_on
    step(contract, s.ContractState.running)
    if contract.participant.state != s.ParticipantState.assigned:
        step(contract.participant, s.ParticipantState.assigned)


@starts_from(s.ContractState.prepared, s.ContractState.signed, s.ContractState.approved, s.ContractState.running)
def end_contract(contract: Contract, on: date, reason: str | None) -> None:
    """End a contract on a day, plan the follow-up calls, and let the participant go."""
    contract.planned_ends_on = contract.planned_ends_on or contract.ends_on
    contract.ends_on, contract.ended_reason = min(on, contract.ends_on), reason
    step(contract, s.ContractState.ended, why=reason)
    if contract.participant.state == s.ParticipantState.assigned:
        step(contract.participant, s.ParticipantState.ended)
    planned = {one.months_after for one in contract.follow_ups}
    for months in sorted(set(FOLLOW_UPS) - planned):
        due = periods.add_months(contract.ends_on, months)
        contract.follow_ups.append(FollowUp(months_after=months, due_on=due))
    db.session.flush()


# ---- attendance


@starts_from(s.WorksiteState.open, s.WorksiteState.suspended, s.WorksiteState.completed)
def open_sheet(worksite: Worksite, month: date) -> AttendanceSheet:
    """The sheet of a month with a line for each contract that touches it; opened again, it only gains who is new."""
    asked = select(AttendanceSheet).filter_by(worksite_id=worksite.id, month=month)
    with db.session.no_autoflush:
        sheet = db.session.scalar(asked) or AttendanceSheet(month=month)
        sheet.worksite = worksite
        there = {one.contract for one in sheet.lines}
        for contract in worksite.contracts:
            touches = contract.starts_on <= periods.last_day(month) and contract.ends_on >= month and contract.ran
            if touches and contract not in there:
                sheet.lines.append(AttendanceLine(contract=contract, days_worked=0))
        db.session.add(sheet)
    db.session.flush()
    return sheet


def mark_line(line: AttendanceLine, marks: str, days: int, situation: s.Situation) -> None:
    """Write a line of the sheet: its days one by one, else their sum only."""
    marks = marks.strip().upper()
    said = bool(marks.strip(s.NO_MARK))
    line.marks, line.situation = (marks if said else None), situation
    line.days_worked = marks.count(s.Mark.worked) if said else days


@starts_from(s.SheetState.open)
def fill_sheet(sheet: AttendanceSheet) -> None:
    step(sheet, s.SheetState.filled)


@starts_from(s.SheetState.filled)
def verify_sheet(sheet: AttendanceSheet) -> None:
    step(sheet, s.SheetState.verified)


@starts_from(s.SheetState.open, s.SheetState.filled, s.SheetState.verified)
def lock_attendance(sheet: AttendanceSheet, on: date) -> None:
    """Lock a sheet: filled and verified on the way when they were not yet, each with its audit line."""
    for state in (s.SheetState.filled, s.SheetState.verified):
        if state in s.SHEET_STEPS[sheet.state]:
            step(sheet, state)
    sheet.locked_on = on
    step(sheet, s.SheetState.locked)


# ---- declarations and payments


@starts_from(s.DeclarationState.to_make, s.DeclarationState.made, s.DeclarationState.rejected)
def make_declaration(declaration: Declaration) -> None:
    """Write the file that goes to Damancom and say that it is made; `reference/damancom.md` 1.8."""
    declaration.content = declaring.file_of(declaration)
    edition = declaration.carrier_edition
    declaration.file_name = declaring.file_name(declaration.carrier, declaration.run.month, edition)
    step(declaration, s.DeclarationState.made)


@starts_from(s.DeclarationState.made)
def record_upload(declaration: Any, on: date, by: Any = None) -> None:
    """A person took the file, or a complementary one, to Damancom."""
    declaration.uploaded_on, declaration.uploaded_by = on, by
    step(declaration, s.DeclarationState.uploaded)


@starts_from(s.DeclarationState.uploaded)
def accept_declaration(declaration: Any) -> None:
    step(declaration, s.DeclarationState.accepted)


@starts_from(s.DeclarationState.uploaded)
def reject_declaration(declaration: Any, code: str) -> None:
    declaration.rejection_code = code
    step(declaration, s.DeclarationState.rejected, why=code)


@starts_from(s.PaymentState.due)
def send_payment(payment: Payment, on: date) -> None:
    payment.sent_on = on
    step(payment, s.PaymentState.sent)


@starts_from(s.PaymentState.sent)
def record_paid(payment: Payment, on: date, reference: str | None = None) -> None:
    payment.paid_on, payment.reference = on, reference or payment.reference
    step(payment, s.PaymentState.paid)


@starts_from(s.PaymentState.sent, s.PaymentState.paid)
def record_rejected(payment: Payment, reason: str) -> None:
    payment.rejection_reason = reason
    step(payment, s.PaymentState.rejected, why=reason)


@starts_from(s.PaymentState.rejected)
def reissue_payment(payment: Payment) -> Payment:
    """A new payment of the same wage, in the place of a rejected one."""
    step(payment, s.PaymentState.reissued)
    again = Payment(amount=payment.amount)
    again.pay_slip = payment.pay_slip
    db.session.add(again)
    db.session.flush()
    return again


# ---- certificates, complaints, follow-up


@starts_from(s.ContractState.running, s.ContractState.ended)
def issue_certificate(contract: Contract, on: date, skills: Sequence[Any] | None = None) -> Certificate:
    """Issue the certificate of a contract, with its serial number and a code that anybody can verify.

    The contract's own valid certificate is given back when there is one: issuing twice changes nothing.
    """
    for known in contract.certificates:
        if known.state == s.CertificateState.issued:
            return known
    return _certified(contract, on, list(skills or contract.worksite.skills))


@starts_from(s.CertificateState.issued, s.CertificateState.revoked)
def replace_certificate(certificate: Certificate, reason: str | None, on: date) -> Certificate:
    """Another certificate in the place of one with a fault: names as they are now, its own serial number and code.

    In the place of a revoked one, which stays revoked, when the reason of it no longer holds.
    """
    if certificate.state != s.CertificateState.revoked:
        step(certificate, s.CertificateState.replaced, why=reason)
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
        state=s.CertificateState.issued,
    )
    certificate.contract, certificate.replaces, certificate.why = contract, replaces, why
    db.session.add(certificate)
    db.session.flush()
    return certificate


@starts_from(s.CertificateState.issued)
def revoke_certificate(certificate: Certificate, reason: str | None) -> None:
    step(certificate, s.CertificateState.revoked, why=reason)


def number_complaint(complaint: Complaint) -> None:
    """Give a complaint its number and the day its answer is due."""
    if complaint.received_on:
        year = complaint.received_on.year
        complaint.number = next_number(Complaint, "number", f"R-{year}-", width=4)
        days = int(Parameter.on(Figure.complaint_answer_days, complaint.received_on))
        complaint.due_on = complaint.received_on + timedelta(days=days)


@starts_from(s.ComplaintState.received)
def study_complaint(complaint: Complaint) -> None:
    step(complaint, s.ComplaintState.under_study)


@starts_from(s.ComplaintState.answered)
def reopen_complaint(complaint: Complaint, reason: str | None) -> None:
    """Study again what was answered."""
    step(complaint, s.ComplaintState.under_study, why=reason)


@starts_from(s.ComplaintState.answered)
def close_complaint(complaint: Complaint) -> None:
    step(complaint, s.ComplaintState.closed)


@starts_from(s.ComplaintState.received, s.ComplaintState.under_study)
def answer_complaint(complaint: Complaint, answer: str, on: date) -> None:
    complaint.answer, complaint.answered_on = answer, on
    step(complaint, s.ComplaintState.answered)


@starts_from(s.FollowUpState.planned, s.FollowUpState.unreachable)
def close_follow_up(follow_up: FollowUp, situation: s.Insertion, on: date) -> None:
    follow_up.situation, follow_up.called_on = situation, on
    step(follow_up, s.FollowUpState.done)
