"""The bulk actions of the screens: which verb, who may, what its form asks, what it will do."""

from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _
from wtforms import FileField, Form, StringField, TextAreaField

from awrash import attaching, complementing, paying_fee, payroll_run
from awrash import operations as do
from awrash import states as s
from awrash import validators as v
from awrash.accounts import Role
from awrash.admin_base import WRITERS, Verb, as_from, does
from awrash.admin_forms import AmountField, DayField, Filled, Kept, MonthField, NumberField, RecordField, WordField
from awrash.attachments import Paper
from awrash.language import _l, local_today, said
from awrash.models import CommitteeSession, PayrollRun
from awrash.states import Insertion

OFFICE = (*WRITERS, Role.file_officer)
FIELD = (*WRITERS, Role.field_officer)
PAYROLL = (*WRITERS, Role.payroll_officer)
COMPLAINTS = (Role.head_of_unit, Role.complaints_officer)


class SessionForm(Form):
    session = RecordField(
        _l("Session of the committee"), [Filled()], record=CommitteeSession, optional=False, name="session"
    )


class ReasonForm(Form):
    reason = TextAreaField(_l("Reason"), [Filled()])


class SessionReasonForm(SessionForm):
    reason = TextAreaField(_l("Reason"), [Filled()])


class RejectionForm(Form):
    code = TextAreaField(_l("Code or reason given"), [Filled()])


class AnswerForm(Form):
    answer = TextAreaField(_l("Answer"), [Filled()])


class DayForm(Form):
    on = DayField(_l("Day"), [Filled()])


class SignatureForm(Form):
    on = DayField(_l("Signed on"), [Filled()], default=local_today)


class ApprovalDayForm(Form):
    on = DayField(_l("Approved by ANAPEC on"), [Filled()], default=local_today)


class TransferForm(Form):
    on = DayField(_l("Paid on"), [Filled()], default=local_today)
    reference = StringField(_l("Reference of the transfer"), [Filled()])


class UploadForm(Form):
    on = DayField(_l("Uploaded on"), [Filled()], default=local_today)
    receipt = FileField(
        _l("Receipt of Damancom"),
        [Kept()],
        description=_l(
            "PDF, JPEG or PNG; one receipt for one declaration. It can also be attached later, on its page."
        ),
    )


class MonthForm(Form):
    month = MonthField(_l("Month"), [Filled()])


class EndForm(DayForm):
    reason = TextAreaField(_l("Reason"), [Filled()])


class WageForm(ReasonForm):
    wage = AmountField(_l("Monthly wage"), [Filled(), v.Positive()])


class CnieForm(ReasonForm):
    cnie = StringField(_l("CNIE as on the card"), [Filled(), v.Cnie()])


class InsertionForm(Form):
    situation = WordField(_l("Situation"), [Filled()], words=Insertion, optional=False)


class ReversalForm(Form):
    run = RecordField(_l("Payroll that takes it back"), [Filled()], record=PayrollRun, optional=False)
    days = NumberField(_l("Right number of days, if the wage is paid again"), [Kept()])
    reason = TextAreaField(_l("Reason"), [Filled()])


def sum_of_fees(instalments: list[Any]) -> str:
    """What the instalments chosen come to, all together."""
    return _("%(amount)s dirhams in all", amount=said(sum(one.amount for one in instalments)))


def upload(declaration: Any, ask: Any) -> None:
    """Say that a file is uploaded, and keep its receipt when there is one."""
    do.record_upload(declaration, ask.on, ask.actor)
    receipt = getattr(ask, "receipt", None)
    if receipt:
        receipt.stream.seek(0)  # of two declarations ticked, the second is told that the receipt is the first one's
        attaching.attach(declaration, Paper.receipt, receipt.filename, receipt.read(), ask.actor, ask.at)


def places_left(projects: list[Any]) -> str:
    """What approving these projects books of the edition's quota."""
    asked = sum(one.person_months for one in projects)
    edition = projects[0].call.edition
    left = edition.quota_person_months - edition.booked_person_months()
    return _("%(asked)s person-months will be booked of the %(left)s that are left.", asked=asked, left=left)


CALL = (
    Verb("publish", _l("Publish"), does(do.publish_call, "day"), to=s.CallState.published),
    Verb("open", _l("Open to projects"), does(do.open_call), to=s.CallState.open),
    Verb("close", _l("Close"), does(do.close_call), to=s.CallState.closed),
)
CARRIER = (
    Verb(
        "complete",
        _l("Documents are complete"),
        does(do.complete_carrier),
        OFFICE,
        to=s.CarrierState.documents_complete,
    ),
    Verb("admit", _l("Declare eligible"), does(do.admit_carrier), OFFICE, to=s.CarrierState.eligible),
)
PROJECT = (
    Verb("deposit", _l("Take the file in"), does(do.deposit_project, "day"), OFFICE, to=s.ProjectState.deposited),
    Verb(
        "receive",
        _l("All documents were brought"),
        does(do.receive_documents, "day"),
        OFFICE,
    ),
    Verb("complete", _l("File is complete"), does(do.complete_project), OFFICE, to=s.ProjectState.complete),
    Verb("score", _l("Close the scoring"), does(do.score_project), OFFICE, to=s.ProjectState.scored),
    Verb(
        "approve",
        _l("Approve"),
        does(do.approve_project, "session", "reason"),
        asks=SessionReasonForm,
        to=s.ProjectState.approved,
        effect=places_left,
    ),
    Verb(
        "defer",
        _l("Defer"),
        does(do.defer_project, "session", "reason"),
        asks=SessionReasonForm,
        to=s.ProjectState.deferred,
    ),
    Verb(
        "refuse",
        _l("Refuse"),
        does(do.refuse_project, "session", "reason"),
        asks=SessionReasonForm,
        to=s.ProjectState.refused,
    ),
    Verb(
        "prepare",
        _l("Prepare the agreement"),
        does(do.prepare_agreement, "on"),
        OFFICE,
        asks=DayForm,
    ),
)


def signature(party: str, label: Any, sign: Callable[..., Any], roles: tuple[Role, ...] = OFFICE) -> Verb:
    """A party that has not signed an agreement yet signs it, on the day written beside its signature."""

    def awaits(agreement: Any) -> bool:
        return party in agreement.to_sign

    return Verb(f"sign_{party}", label, does(sign, "on"), roles, asks=SignatureForm, fits=awaits)


AGREEMENT = (
    Verb(
        "number",
        _l("Give it its number"),
        does(do.number_agreement, "day"),
        OFFICE,
    ),
    signature("council", _l("Sign for the council"), do.sign_for_council, WRITERS),
    signature("carrier", _l("Sign for the carrier"), do.sign_for_carrier),
    signature("commune", _l("Sign for the commune"), do.sign_for_commune),
    signature("service", _l("Sign for the external service"), do.sign_for_service),
    Verb(
        "terminate",
        _l("Terminate"),
        does(do.terminate_agreement, "reason"),
        asks=ReasonForm,
        to=s.AgreementState.terminated,
    ),
)
INSTALMENT = (
    Verb(
        "approve",
        _l("Approve"),
        does(paying_fee.approve_instalment, "actor", "day"),
        WRITERS,
        effect=sum_of_fees,
        to=s.InstalmentState.approved,
    ),
    Verb(
        "pay",
        _l("Fee was paid"),
        does(paying_fee.pay_instalment, "on", "reference"),
        OFFICE,
        asks=TransferForm,
        effect=sum_of_fees,
        to=s.InstalmentState.paid,
    ),
    Verb(
        "take_back",
        _l("Take the approval back"),
        does(paying_fee.take_back_instalment, "reason"),
        WRITERS,
        asks=ReasonForm,
        corrects=True,
    ),
    Verb(
        "came_back",
        _l("Transfer came back"),
        does(paying_fee.return_instalment, "reason"),
        WRITERS,
        asks=ReasonForm,
        corrects=True,
    ),
)
WORKSITE = (
    Verb(
        "open_sheet",
        _l("Open the month's attendance sheet"),
        does(do.open_sheet, "month"),
        FIELD,
        asks=MonthForm,
    ),
    Verb("open", _l("Open the worksite"), does(do.open_worksite), FIELD, to=s.WorksiteState.open),
    Verb(
        "suspend",
        _l("Suspend"),
        does(do.suspend_worksite, "reason"),
        FIELD,
        asks=ReasonForm,
        to=s.WorksiteState.suspended,
    ),
    Verb(
        "complete",
        _l("Complete"),
        does(do.complete_worksite, "on", "reason"),
        FIELD,
        asks=EndForm,
        to=s.WorksiteState.completed,
    ),
)
PARTICIPANT = (
    Verb("request_number", _l("CNSS number was requested"), does(do.request_cnss_number), OFFICE),
    Verb("record_number", _l("CNSS number was obtained"), does(do.record_cnss_number), OFFICE),
    Verb("verify_account", _l("Account is verified in their name"), does(do.verify_account), OFFICE),
    Verb(
        "correct_cnie",
        _l("Correct the CNIE"),
        does(do.correct_cnie, "cnie", "reason"),
        WRITERS,
        asks=CnieForm,
        corrects=True,
        effect=lambda people: _("What was frozen or issued keeps the CNIE that it named."),
    ),
    Verb("confirm_cover", _l("Health cover is open"), does(do.confirm_cover, "day"), OFFICE),
)
CONTRACT = (
    Verb(
        "sign",
        _l("Contract is signed"),
        does(do.sign_contract, "on"),
        OFFICE,
        asks=SignatureForm,
        to=s.ContractState.signed,
    ),
    Verb(
        "approve_anapec",
        _l("ANAPEC has approved"),
        does(do.record_anapec_approval, "on"),
        OFFICE,
        asks=ApprovalDayForm,
    ),
    Verb(
        "take_back",
        _l("Take the signature back"),
        does(do.take_back_signature, "reason"),
        OFFICE,
        asks=ReasonForm,
        corrects=True,
    ),
    Verb(
        "change_wage",
        _l("Change the wage"),
        does(do.change_wage, "wage", "reason"),
        OFFICE,
        asks=WageForm,
        corrects=True,
    ),
    Verb("start", _l("Person is at work"), does(do.start_contract), FIELD, to=s.ContractState.running),
    Verb(
        "end",
        _l("End the contract"),
        does(do.end_contract, "on", "reason"),
        OFFICE,
        asks=EndForm,
        to=s.ContractState.ended,
    ),
    Verb(
        "issue_certificate",
        _l("Issue the certificate"),
        does(do.issue_certificate, "day"),
        OFFICE,
    ),
)
SHEET = (
    Verb("fill", _l("Sheet is filled"), does(do.fill_sheet), FIELD, to=s.SheetState.filled),
    Verb("verify", _l("Sheet is verified"), does(do.verify_sheet), FIELD, to=s.SheetState.verified),
    Verb(
        "lock",
        _l("Lock"),
        does(do.lock_attendance, "day"),
        FIELD,
    ),
)
PAYROLL_RUN = (
    Verb(
        "calculate",
        _l("Calculate"),
        does(payroll_run.calculate_payroll, "actor", "at"),
        PAYROLL,
        tells=lambda result: result.told,
    ),
    Verb("approve", _l("Approve"), does(payroll_run.approve_payroll, "actor"), PAYROLL),
    Verb(
        "take_back",
        _l("Take the approval back"),
        does(payroll_run.take_back_approval, "reason"),
        PAYROLL,
        asks=ReasonForm,
        corrects=True,
    ),
    Verb(
        "freeze",
        _l("Freeze"),
        does(payroll_run.freeze_payroll, "at"),
        PAYROLL,
        to=s.RunState.frozen,
    ),
)
PAY_SLIP = (
    Verb(
        "reverse",
        _l("Take back in a later payroll"),
        does(payroll_run.reverse_slip, "run", "reason", "days"),
        PAYROLL,
        asks=ReversalForm,
    ),
)
UPLOADED = (
    Verb(
        "upload",
        _l("File is uploaded"),
        as_from(do.record_upload, upload),
        PAYROLL,
        asks=UploadForm,
        to=s.DeclarationState.uploaded,
    ),
    Verb("accept", _l("CNSS accepted"), does(do.accept_declaration), PAYROLL, to=s.DeclarationState.accepted),
    Verb(
        "reject",
        _l("CNSS rejected"),
        does(do.reject_declaration, "code"),
        PAYROLL,
        asks=RejectionForm,
        to=s.DeclarationState.rejected,
    ),
)
DECLARATION = (
    Verb("make", _l("File is made"), does(do.make_declaration), PAYROLL, to=s.DeclarationState.made),
    *UPLOADED,
)
COMPLEMENT = (
    Verb("make", _l("File is made"), does(complementing.make_complement), PAYROLL, to=s.DeclarationState.made),
    *UPLOADED,
)
PAYMENT = (
    Verb("send", _l("Wage was sent"), does(do.send_payment, "day"), PAYROLL, to=s.PaymentState.sent),
    Verb("paid", _l("Wage was paid"), does(do.record_paid, "day"), PAYROLL, to=s.PaymentState.paid),
    Verb(
        "reject",
        _l("Transfer was rejected"),
        does(do.record_rejected, "code"),
        PAYROLL,
        asks=RejectionForm,
        to=s.PaymentState.rejected,
    ),
    Verb("reissue", _l("Issue again"), does(do.reissue_payment), PAYROLL, to=s.PaymentState.reissued),
)
CERTIFICATE = (
    Verb(
        "replace",
        _l("Replace by a corrected one"),
        does(do.replace_certificate, "reason", "day"),
        OFFICE,
        asks=ReasonForm,
        tells=lambda made: _("Certificate %(serial)s takes its place: issue its paper.", serial=made.serial),
    ),
    Verb(
        "revoke",
        _l("Revoke"),
        does(do.revoke_certificate, "reason"),
        asks=ReasonForm,
        to=s.CertificateState.revoked,
    ),
)
COMPLAINT = (
    Verb("study", _l("Study"), does(do.study_complaint), COMPLAINTS, to=s.ComplaintState.under_study),
    Verb(
        "answer",
        _l("Answer"),
        does(do.answer_complaint, "answer", "day"),
        COMPLAINTS,
        asks=AnswerForm,
        to=s.ComplaintState.answered,
    ),
    Verb("reopen", _l("Study again"), does(do.reopen_complaint, "reason"), COMPLAINTS, asks=ReasonForm, corrects=True),
    Verb("close", _l("Close"), does(do.close_complaint), COMPLAINTS, to=s.ComplaintState.closed),
)
FOLLOW_UP = (
    Verb(
        "done",
        _l("Person was called"),
        does(do.close_follow_up, "situation", "day"),
        asks=InsertionForm,
        to=s.FollowUpState.done,
    ),
)
EDITION = (
    Verb("open", _l("Open the edition"), does(do.open_edition), to=s.EditionState.open),
    Verb("close", _l("Close the edition"), does(do.close_edition), to=s.EditionState.closed),
)
SESSION = (
    Verb("hold", _l("Session was held"), does(do.hold_session), OFFICE, to=s.SessionState.held),
    Verb("close", _l("Minutes are signed"), does(do.close_session), OFFICE, to=s.SessionState.closed),
)
