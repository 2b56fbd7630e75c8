"""The bulk actions of the screens: which verb, who may, what its form asks, what it will do."""

from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _
from wtforms import FileField, Form, StringField, TextAreaField

from awrash import attaching, complementing, paying_fee, payroll_run
from awrash import operations as do
from awrash import states as s
from awrash.accounts import Role
from awrash.admin_base import WRITERS, Verb
from awrash.admin_forms import DayField, Filled, Kept, MonthField, NumberField, RecordField, WordField
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


class InsertionForm(Form):
    situation = WordField(_l("Situation"), [Filled()], words=Insertion, optional=False)


class ReversalForm(Form):
    run = RecordField(_l("Payroll that takes it back"), [Filled()], record=PayrollRun, optional=False)
    days = NumberField(_l("Right number of days, if the wage is paid again"), [Kept()])
    reason = TextAreaField(_l("Reason"), [Filled()])


def plain(verb: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    return lambda record, ask: verb(record)


def dated(verb: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    return lambda record, ask: verb(record, ask.day)


def on_its_day(verb: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    """Done on the day that the form asks for: what is recorded today may have been signed last week."""
    return lambda record, ask: verb(record, ask.on)


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
    Verb("publish", _l("Publish"), dated(do.publish_call), to=s.CallState.published),
    Verb("open", _l("Open to projects"), plain(do.open_call), to=s.CallState.open),
    Verb("close", _l("Close"), plain(do.close_call), to=s.CallState.closed),
)
CARRIER = (
    Verb(
        "complete",
        _l("Documents are complete"),
        plain(do.complete_carrier),
        OFFICE,
        to=s.CarrierState.documents_complete,
    ),
    Verb("admit", _l("Declare eligible"), plain(do.admit_carrier), OFFICE, to=s.CarrierState.eligible),
)
PROJECT = (
    Verb("deposit", _l("Take the file in"), dated(do.deposit_project), OFFICE, to=s.ProjectState.deposited),
    Verb(
        "receive",
        _l("All documents were brought"),
        dated(do.receive_documents),
        OFFICE,
        when=(s.ProjectState.draft, s.ProjectState.deposited),
    ),
    Verb("complete", _l("File is complete"), plain(do.complete_project), OFFICE, to=s.ProjectState.complete),
    Verb("score", _l("Close the scoring"), plain(do.score_project), OFFICE, to=s.ProjectState.scored),
    Verb(
        "approve",
        _l("Approve"),
        lambda project, ask: do.approve_project(project, ask.session, ask.reason),
        asks=SessionReasonForm,
        to=s.ProjectState.approved,
        effect=places_left,
    ),
    Verb(
        "defer",
        _l("Defer"),
        lambda project, ask: do.defer_project(project, ask.session, ask.reason),
        asks=SessionReasonForm,
        to=s.ProjectState.deferred,
    ),
    Verb(
        "refuse",
        _l("Refuse"),
        lambda project, ask: do.refuse_project(project, ask.session, ask.reason),
        asks=SessionReasonForm,
        to=s.ProjectState.refused,
    ),
    Verb(
        "prepare",
        _l("Prepare the agreement"),
        lambda project, ask: do.prepare_agreement(project, ask.on),
        OFFICE,
        asks=DayForm,
        when=(s.ProjectState.approved,),
    ),
)


def signature(party: str, label: Any, sign: Callable[..., Any], roles: tuple[Role, ...] = OFFICE) -> Verb:
    """A party that has not signed an agreement yet signs it, on the day written beside its signature."""

    def awaits(agreement: Any) -> bool:
        return party in agreement.to_sign

    drafted = (s.AgreementState.drafted,)
    return Verb(f"sign_{party}", label, on_its_day(sign), roles, asks=SignatureForm, when=drafted, fits=awaits)


AGREEMENT = (
    Verb(
        "number",
        _l("Give it its number"),
        dated(do.number_agreement),
        OFFICE,
        when=(s.AgreementState.drafted,),
    ),
    signature("council", _l("Sign for the council"), do.sign_for_council, WRITERS),
    signature("carrier", _l("Sign for the carrier"), do.sign_for_carrier),
    signature("commune", _l("Sign for the commune"), do.sign_for_commune),
    signature("service", _l("Sign for the external service"), do.sign_for_service),
    Verb(
        "terminate",
        _l("Terminate"),
        lambda one, ask: do.terminate_agreement(one, ask.reason),
        asks=ReasonForm,
        to=s.AgreementState.terminated,
    ),
)
INSTALMENT = (
    Verb(
        "approve",
        _l("Approve"),
        lambda one, ask: paying_fee.approve_instalment(one, ask.actor, ask.day),
        WRITERS,
        effect=sum_of_fees,
        to=s.InstalmentState.approved,
        when=(s.InstalmentState.due,),
    ),
    Verb(
        "pay",
        _l("Fee was paid"),
        lambda one, ask: paying_fee.pay_instalment(one, ask.on, ask.reference),
        OFFICE,
        asks=TransferForm,
        effect=sum_of_fees,
        to=s.InstalmentState.paid,
    ),
    Verb(
        "take_back",
        _l("One step back"),
        lambda one, ask: paying_fee.take_back_instalment(one, ask.reason),
        WRITERS,
        asks=ReasonForm,
        when=(s.InstalmentState.approved, s.InstalmentState.paid),
    ),
)
WORKSITE = (
    Verb(
        "open_sheet",
        _l("Open the month's attendance sheet"),
        lambda site, ask: do.open_sheet(site, ask.month),
        FIELD,
        asks=MonthForm,
        when=(s.WorksiteState.open, s.WorksiteState.suspended, s.WorksiteState.completed),
    ),
    Verb("open", _l("Open the worksite"), plain(do.open_worksite), FIELD, to=s.WorksiteState.open),
    Verb(
        "suspend",
        _l("Suspend"),
        lambda one, ask: do.suspend_worksite(one, ask.reason),
        FIELD,
        asks=ReasonForm,
        to=s.WorksiteState.suspended,
    ),
    Verb(
        "complete",
        _l("Complete"),
        lambda one, ask: do.complete_worksite(one, ask.on, ask.reason),
        FIELD,
        asks=EndForm,
        to=s.WorksiteState.completed,
    ),
)
PARTICIPANT = (
    Verb("request_number", _l("CNSS number was requested"), plain(do.request_cnss_number), OFFICE),
    Verb("record_number", _l("CNSS number was obtained"), plain(do.record_cnss_number), OFFICE),
    Verb("verify_account", _l("Account is verified in their name"), plain(do.verify_account), OFFICE),
    Verb("confirm_cover", _l("Health cover is open"), dated(do.confirm_cover), OFFICE),
)
CONTRACT = (
    Verb(
        "sign",
        _l("Contract is signed"),
        on_its_day(do.sign_contract),
        OFFICE,
        asks=SignatureForm,
        to=s.ContractState.signed,
    ),
    Verb(
        "approve_anapec",
        _l("ANAPEC has approved"),
        on_its_day(do.record_anapec_approval),
        OFFICE,
        asks=ApprovalDayForm,
    ),
    Verb("start", _l("Person is at work"), plain(do.start_contract), FIELD, to=s.ContractState.running),
    Verb(
        "end",
        _l("End the contract"),
        lambda one, ask: do.end_contract(one, ask.on, ask.reason),
        OFFICE,
        asks=EndForm,
        to=s.ContractState.ended,
    ),
    Verb(
        "issue_certificate",
        _l("Issue the certificate"),
        dated(do.issue_certificate),
        OFFICE,
        when=(s.ContractState.running, s.ContractState.ended),
    ),
)
SHEET = (
    Verb("fill", _l("Sheet is filled"), plain(do.fill_sheet), FIELD, to=s.SheetState.filled),
    Verb("verify", _l("Sheet is verified"), plain(do.verify_sheet), FIELD, to=s.SheetState.verified),
    Verb(
        "lock",
        _l("Lock"),
        dated(do.lock_attendance),
        FIELD,
        when=(s.SheetState.open, s.SheetState.filled, s.SheetState.verified),
    ),
)
PAYROLL_RUN = (
    Verb(
        "calculate",
        _l("Calculate"),
        lambda run, ask: payroll_run.calculate_payroll(run, ask.actor, ask.at),
        PAYROLL,
        tells=lambda result: result.told,
    ),
    Verb("approve", _l("Approve"), lambda run, ask: payroll_run.approve_payroll(run, ask.actor), PAYROLL),
    Verb(
        "freeze",
        _l("Freeze"),
        lambda run, ask: payroll_run.freeze_payroll(run, ask.at),
        PAYROLL,
        to=s.RunState.frozen,
    ),
)
PAY_SLIP = (
    Verb(
        "reverse",
        _l("Take back in a later payroll"),
        lambda slip, ask: payroll_run.reverse_slip(slip, ask.run, ask.reason, ask.days),
        PAYROLL,
        asks=ReversalForm,
    ),
)
UPLOADED = (
    Verb("upload", _l("File is uploaded"), upload, PAYROLL, asks=UploadForm, to=s.DeclarationState.uploaded),
    Verb("accept", _l("CNSS accepted"), plain(do.accept_declaration), PAYROLL, to=s.DeclarationState.accepted),
    Verb(
        "reject",
        _l("CNSS rejected"),
        lambda one, ask: do.reject_declaration(one, ask.code),
        PAYROLL,
        asks=RejectionForm,
        to=s.DeclarationState.rejected,
    ),
)
DECLARATION = (
    Verb("make", _l("File is made"), plain(do.make_declaration), PAYROLL, to=s.DeclarationState.made),
    *UPLOADED,
)
COMPLEMENT = (
    Verb("make", _l("File is made"), plain(complementing.make_complement), PAYROLL, to=s.DeclarationState.made),
    *UPLOADED,
)
PAYMENT = (
    Verb("send", _l("Wage was sent"), dated(do.send_payment), PAYROLL, to=s.PaymentState.sent),
    Verb("paid", _l("Wage was paid"), dated(do.record_paid), PAYROLL, to=s.PaymentState.paid),
    Verb(
        "reject",
        _l("Transfer was rejected"),
        lambda one, ask: do.record_rejected(one, ask.code),
        PAYROLL,
        asks=RejectionForm,
        to=s.PaymentState.rejected,
    ),
    Verb("reissue", _l("Issue again"), plain(do.reissue_payment), PAYROLL, to=s.PaymentState.reissued),
)
CERTIFICATE = (
    Verb(
        "replace",
        _l("Replace by a corrected one"),
        lambda one, ask: do.replace_certificate(one, ask.reason, ask.day),
        OFFICE,
        asks=ReasonForm,
        when=(s.CertificateState.issued, s.CertificateState.revoked),
        tells=lambda made: _("Certificate %(serial)s takes its place: issue its paper.", serial=made.serial),
    ),
    Verb(
        "revoke",
        _l("Revoke"),
        lambda one, ask: do.revoke_certificate(one, ask.reason),
        asks=ReasonForm,
        to=s.CertificateState.revoked,
    ),
)
COMPLAINT = (
    Verb("study", _l("Study"), plain(do.study_complaint), COMPLAINTS, to=s.ComplaintState.under_study),
    Verb(
        "answer",
        _l("Answer"),
        lambda one, ask: do.answer_complaint(one, ask.answer, ask.day),
        COMPLAINTS,
        asks=AnswerForm,
        to=s.ComplaintState.answered,
    ),
    Verb("close", _l("Close"), plain(do.close_complaint), COMPLAINTS, to=s.ComplaintState.closed),
)
FOLLOW_UP = (
    Verb(
        "done",
        _l("Person was called"),
        lambda one, ask: do.close_follow_up(one, ask.situation, ask.day),
        asks=InsertionForm,
        to=s.FollowUpState.done,
    ),
)
EDITION = (
    Verb("open", _l("Open the edition"), plain(do.open_edition), to=s.EditionState.open),
    Verb("close", _l("Close the edition"), plain(do.close_edition), to=s.EditionState.closed),
)
SESSION = (
    Verb("hold", _l("Session was held"), plain(do.hold_session), OFFICE, to=s.SessionState.held),
    Verb("close", _l("Minutes are signed"), plain(do.close_session), OFFICE, to=s.SessionState.closed),
)
