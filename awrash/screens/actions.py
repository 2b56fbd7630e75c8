"""The bulk actions of the screens, by kind of record: who may do each, what its form asks, what it will do."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from flask_babel import gettext as _
from wtforms import FileField, Form, StringField, TextAreaField

from awrash.models import Agreement, CommitteeSession, Instalment, PayrollRun, Project
from awrash.operations import (
    agreements,
    attachments,
    attendance,
    declarations,
    management_fee,
    payments,
    payroll,
    selection,
    worksites,
)
from awrash.operations.declarations import (
    CnssRecord,
    accept_declaration,
    make_declaration,
    record_upload,
    reject_declaration,
)
from awrash.operations.people import (
    answer_complaint,
    change_wage,
    close_complaint,
    close_follow_up,
    confirm_cover,
    correct_cnie,
    end_contract,
    issue_certificate,
    record_anapec_approval,
    record_cnss_number,
    reopen_complaint,
    replace_certificate,
    request_cnss_number,
    revoke_certificate,
    sign_contract,
    start_contract,
    study_complaint,
    verify_account,
)
from awrash.records.accounts import Role
from awrash.records.attachments import ScanKind
from awrash.reports import blocked_wages, payroll_totals, ranking
from awrash.reports.payroll_totals import RunOutline
from awrash.rules.fields import Cnie, Positive
from awrash.screens.base import WRITERS, Verb, VerbAnswers, does, with_starts_of
from awrash.screens.forms import (
    AmountField,
    DayField,
    MayBeEmpty,
    MonthField,
    MustBeFilled,
    NumberField,
    RecordField,
    WordField,
)
from awrash.values.language import Label, _l, format_in_sentence, local_today, month_name
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
    Insertion,
    InstalmentState,
    PaymentState,
    ProjectState,
    RunState,
    SessionState,
    SheetState,
    WorksiteState,
)

OFFICE = (*WRITERS, Role.file_officer)
FIELD = (*WRITERS, Role.field_officer)
PAYROLL = (*WRITERS, Role.payroll_officer)
COMPLAINTS = (Role.head_of_unit, Role.complaints_officer)


class SessionForm(Form):
    session = RecordField(
        _l("Session of the committee"), [MustBeFilled()], record=CommitteeSession, optional=False, name="session"
    )


class ReasonForm(Form):
    reason = TextAreaField(_l("Reason"), [MustBeFilled()])


class SessionReasonForm(SessionForm):
    reason = TextAreaField(_l("Reason"), [MustBeFilled()])


class RejectionForm(Form):
    code = TextAreaField(_l("Code or reason given"), [MustBeFilled()])


class AnswerForm(Form):
    answer = TextAreaField(_l("Answer"), [MustBeFilled()])


class DayForm(Form):
    on = DayField(_l("Day"), [MustBeFilled()])


class SignatureForm(Form):
    on = DayField(_l("Signed on"), [MustBeFilled()], default=local_today)


class ApprovalDayForm(Form):
    on = DayField(_l("Approved by ANAPEC on"), [MustBeFilled()], default=local_today)


class TransferForm(Form):
    on = DayField(_l("Paid on"), [MustBeFilled()], default=local_today)
    reference = StringField(_l("Reference of the transfer"), [MustBeFilled()])


class UploadForm(Form):
    on = DayField(_l("Uploaded on"), [MustBeFilled()], default=local_today)
    receipt = FileField(
        _l("Receipt of Damancom"),
        [MayBeEmpty()],
        description=_l(
            "PDF, JPEG or PNG; one receipt for one declaration. It can also be attached later, on its page."
        ),
    )


class MonthForm(Form):
    month = MonthField(_l("Month"), [MustBeFilled()])


class EndForm(DayForm):
    reason = TextAreaField(_l("Reason"), [MustBeFilled()])


class TerminationForm(Form):
    on = DayField(_l("Day from which it is terminated"), [MustBeFilled()], default=local_today)
    reason = TextAreaField(_l("Reason"), [MustBeFilled()])


class WageForm(ReasonForm):
    wage = AmountField(_l("Monthly wage"), [MustBeFilled(), Positive()])


class CnieForm(ReasonForm):
    cnie = StringField(_l("CNIE as on the card"), [MustBeFilled(), Cnie()])


class InsertionForm(Form):
    situation = WordField(_l("Situation"), [MustBeFilled()], words=Insertion, optional=False)


class ReversalForm(Form):
    run = RecordField(_l("Payroll that takes it back"), [MustBeFilled()], record=PayrollRun, optional=False)
    days = NumberField(_l("Right number of days, if the wage is paid again"), [MayBeEmpty()])
    reason = TextAreaField(_l("Reason"), [MustBeFilled()])


def sum_of_fees(instalments: list[Instalment]) -> str:
    """A sentence with what these instalments come to, in dirhams."""
    return _("%(amount)s dirhams in all", amount=format_in_sentence(sum(part.amount for part in instalments)))


def upload(declaration: CnssRecord, answers: VerbAnswers) -> None:
    """Record that a file is uploaded, and attach its receipt when there is one; RuleError for what is no scan."""
    record_upload(declaration, answers.on, answers.actor)
    receipt = answers.receipt
    if receipt:
        receipt.stream.seek(0)  # of two declarations ticked, the second is told that the receipt is the first one's
        name, content = receipt.filename or "", receipt.read()
        attachments.attach(declaration, ScanKind.receipt, name, content, answers.actor, answers.at)


def places_left(projects: list[Project]) -> str:
    """A sentence with the person-months of those projects that pass, and those that their edition's quota still has."""
    asked = sum(project.person_months for project in ranking.ranking_of(projects).passing)
    left = ranking.person_months_left(projects[0].call.edition)
    return _("%(asked)s person-months will be booked of the %(left)s that are left.", asked=asked, left=left)


def offer_sessions(form: Form, projects: list[Project]) -> None:
    """Offer the sessions that may decide on one of these projects at least."""
    form["session"].offer(ranking.sessions_for(projects))


def decision(name: str, label: Label, decide: Callable[..., None], to: ProjectState, **more: Any) -> Verb:
    """The verb by which a session of the committee decides on projects, the best score first."""
    run = does(decide, "session", "reason")
    more |= {"order": ranking.best_first, "narrow": offer_sessions}
    return Verb(name, label, run, asks=SessionReasonForm, to=to, **more)


def running_under(agreement: Agreement) -> list[object]:
    """The worksites and contracts that end with an agreement."""
    return [*agreement.running_worksites, *agreement.running_contracts]


def wages_of_terminated(chosen: list[Agreement]) -> str | None:
    """A sentence on what ends with these agreements and on the wages earned; nothing where nobody works."""
    sites = sum(len(agreement.running_worksites) for agreement in chosen)
    contracts = sum(len(agreement.running_contracts) for agreement in chosen)
    if not sites and not contracts:
        return None
    return _(
        "End with it: worksites %(sites)s, contracts %(contracts)s. What was worked until that day is counted, "
        "declared and paid as usual; nothing is counted after it. What is not approved of the management fee is not "
        "owed any more.",
        sites=sites,
        contracts=contracts,
    )


def outlines(runs: list[PayrollRun]) -> list[Label]:
    """What these payrolls are about, a line each: wages, what is left out and why, the month before, open sheets."""
    return [line for run in runs for line in _outline(payroll_totals.outline_of(run))]


def _outline(run: RunOutline) -> Iterator[Label]:
    month, earlier = month_name(run.month), run.earlier and month_name(run.earlier)
    sums = {"gross": format_in_sentence(run.gross), "net": format_in_sentence(run.net)}
    yield _(
        "%(month)s: wages to pay: %(count)s. Gross: %(gross)s dirhams, net: %(net)s dirhams.",
        month=month,
        count=run.wages,
        **sums,
    )
    if run.left_out:
        yield _("Left out of the pay: %(count)s. One person may be left out for several causes:", count=run.left_out)
    for code, count in run.causes.items():
        yield _("%(cause)s: %(count)s", cause=blocked_wages.TITLES[code], count=count)
    if earlier:
        more, now = run.net - run.net_before, format_in_sentence(abs(run.net - run.net_before))
        if more > 0:
            yield _("Net against %(month)s: %(amount)s dirhams more.", month=earlier, amount=now)
        elif more < 0:
            yield _("Net against %(month)s: %(amount)s dirhams less.", month=earlier, amount=now)
        else:
            yield _("Net against %(month)s: the same.", month=earlier)
    for worksite in run.unlocked:
        yield _("The attendance of %(worksite)s is not locked: its people are not paid this month.", worksite=worksite)


CALL = (
    Verb("publish", _l("Publish"), does(selection.publish_call, "day"), to=CallState.published),
    Verb(
        "publish_version",
        _l("Publish the new version"),
        does(selection.publish_version, "day"),
        fits=lambda call: bool(call.specifications) and not call.specifications[-1].published_on,
    ),
    Verb("open", _l("Open to projects"), does(selection.open_call), to=CallState.open),
    Verb("close", _l("Close"), does(selection.close_call), to=CallState.closed),
)
CARRIER = (
    Verb(
        "complete",
        _l("Documents are complete"),
        does(selection.complete_carrier),
        OFFICE,
        to=CarrierState.documents_complete,
    ),
    Verb("admit", _l("Declare eligible"), does(selection.admit_carrier), OFFICE, to=CarrierState.eligible),
)
PROJECT = (
    Verb("deposit", _l("Take the file in"), does(selection.deposit_project, "day"), OFFICE, to=ProjectState.deposited),
    Verb(
        "receive",
        _l("All documents were brought"),
        does(selection.receive_documents, "day"),
        OFFICE,
    ),
    Verb("complete", _l("File is complete"), does(selection.complete_project), OFFICE, to=ProjectState.complete),
    Verb(
        "reopen",
        _l("Reopen the file"),
        does(selection.reopen_file, "reason"),
        OFFICE,
        asks=ReasonForm,
        corrects=True,
        effect=lambda projects: _("Each keeps the number and the day of its receipt."),
    ),
    Verb("score", _l("Close the scoring"), does(selection.score_project), OFFICE, to=ProjectState.scored),
    decision(
        "approve",
        _l("Approve"),
        selection.approve_project,
        ProjectState.approved,
        effect=places_left,
        ranks=ranking.ranking_of,
    ),
    decision("defer", _l("Defer"), selection.defer_project, ProjectState.deferred),
    decision("refuse", _l("Refuse"), selection.refuse_project, ProjectState.refused),
    Verb(
        "prepare",
        _l("Prepare the agreement"),
        does(agreements.prepare_agreement, "on"),
        OFFICE,
        asks=DayForm,
        fits=lambda project: not project.standing_agreements,
    ),
)


def signature(
    party: str, label: Label, sign: Callable[[Agreement, date], None], roles: tuple[Role, ...] = OFFICE
) -> Verb:
    """The verb by which a party that has not signed an agreement yet signs it, on the day beside its signature."""

    def awaits_signature(agreement: Agreement) -> bool:
        return party in agreement.to_sign

    return Verb(f"sign_{party}", label, does(sign, "on"), roles, asks=SignatureForm, fits=awaits_signature)


AGREEMENT = (
    Verb(
        "number",
        _l("Give it its number"),
        does(agreements.number_agreement, "day"),
        OFFICE,
    ),
    signature("council", _l("Sign for the council"), agreements.sign_for_council, WRITERS),
    signature("carrier", _l("Sign for the carrier"), agreements.sign_for_carrier),
    signature("commune", _l("Sign for the commune"), agreements.sign_for_commune),
    signature("service", _l("Sign for the external service"), agreements.sign_for_service),
    Verb(
        "terminate",
        _l("Terminate"),
        does(agreements.terminate_agreement, "on", "reason"),
        asks=TerminationForm,
        effect=wages_of_terminated,
        ends=lambda chosen: [each for agreement in chosen for each in running_under(agreement)],
        to=AgreementState.terminated,
    ),
)
INSTALMENT = (
    Verb(
        "approve",
        _l("Approve"),
        does(management_fee.approve_instalment, "actor", "day"),
        WRITERS,
        effect=sum_of_fees,
        to=InstalmentState.approved,
    ),
    Verb(
        "pay",
        _l("Fee was paid"),
        does(management_fee.pay_instalment, "on", "reference"),
        OFFICE,
        asks=TransferForm,
        effect=sum_of_fees,
        to=InstalmentState.paid,
    ),
    Verb(
        "take_back",
        _l("Take the approval back"),
        does(management_fee.take_back_instalment, "reason"),
        WRITERS,
        asks=ReasonForm,
        corrects=True,
    ),
    Verb(
        "came_back",
        _l("Transfer came back"),
        does(management_fee.return_instalment, "reason"),
        WRITERS,
        asks=ReasonForm,
        corrects=True,
    ),
)
WORKSITE = (
    Verb(
        "open_sheet",
        _l("Open the month's attendance sheet"),
        does(attendance.open_sheet, "month"),
        FIELD,
        asks=MonthForm,
    ),
    Verb("open", _l("Open the worksite"), does(worksites.open_worksite), FIELD, to=WorksiteState.open),
    Verb(
        "suspend",
        _l("Suspend"),
        does(worksites.suspend_worksite, "reason"),
        FIELD,
        asks=ReasonForm,
        to=WorksiteState.suspended,
    ),
    Verb(
        "complete",
        _l("Complete"),
        does(worksites.complete_worksite, "on", "reason"),
        FIELD,
        asks=EndForm,
        to=WorksiteState.completed,
    ),
)
PARTICIPANT = (
    Verb("request_number", _l("CNSS number was requested"), does(request_cnss_number), OFFICE),
    Verb("record_number", _l("CNSS number was obtained"), does(record_cnss_number), OFFICE),
    Verb("verify_account", _l("Account is verified in their name"), does(verify_account), OFFICE),
    Verb(
        "correct_cnie",
        _l("Correct the CNIE"),
        does(correct_cnie, "cnie", "reason"),
        WRITERS,
        asks=CnieForm,
        corrects=True,
        effect=lambda people: _("What was frozen or issued keeps the CNIE that it named."),
    ),
    Verb("confirm_cover", _l("Health cover is open"), does(confirm_cover, "day"), OFFICE),
)
CONTRACT = (
    Verb(
        "sign",
        _l("Contract is signed"),
        does(sign_contract, "on"),
        OFFICE,
        asks=SignatureForm,
        to=ContractState.signed,
    ),
    Verb(
        "approve_anapec",
        _l("ANAPEC has approved"),
        does(record_anapec_approval, "on"),
        OFFICE,
        asks=ApprovalDayForm,
    ),
    Verb(
        "take_back",
        _l("Take the signature back"),
        does(agreements.take_back_signature, "reason"),
        OFFICE,
        asks=ReasonForm,
        corrects=True,
    ),
    Verb(
        "change_wage",
        _l("Change the wage"),
        does(change_wage, "wage", "reason"),
        OFFICE,
        asks=WageForm,
        corrects=True,
    ),
    Verb("start", _l("Person is at work"), does(start_contract), FIELD, to=ContractState.running),
    Verb(
        "end",
        _l("End the contract"),
        does(end_contract, "on", "reason"),
        OFFICE,
        asks=EndForm,
        to=ContractState.ended,
    ),
    Verb(
        "issue_certificate",
        _l("Issue the certificate"),
        does(issue_certificate, "day"),
        OFFICE,
    ),
)
SHEET = (
    Verb("fill", _l("Sheet is filled"), does(attendance.fill_sheet), FIELD, to=SheetState.filled),
    Verb("verify", _l("Sheet is verified"), does(attendance.verify_sheet), FIELD, to=SheetState.verified),
    Verb(
        "lock",
        _l("Lock"),
        does(attendance.lock_attendance, "day", "actor"),
        FIELD,
    ),
)
PAYROLL_RUN = (
    Verb(
        "calculate",
        _l("Calculate"),
        does(payroll.calculate_payroll, "actor", "at"),
        PAYROLL,
        tells=lambda result: result.sentence,
    ),
    Verb(
        "approve",
        _l("Approve"),
        does(payroll.approve_payroll, "actor"),
        PAYROLL,
        about=outlines,
        effect=lambda _runs: _("Until it is frozen, the approval can be taken back, with its reason."),
    ),
    Verb(
        "take_back",
        _l("Take the approval back"),
        does(payroll.take_back_approval, "reason"),
        PAYROLL,
        asks=ReasonForm,
        corrects=True,
    ),
    Verb(
        "freeze",
        _l("Freeze"),
        does(payroll.freeze_payroll, "at"),
        PAYROLL,
        about=outlines,
        effect=lambda _runs: _("It cannot be taken back: an error found later is paid or taken back by a correction."),
        to=RunState.frozen,
    ),
)
PAY_SLIP = (
    Verb(
        "reverse",
        _l("Take back in a later payroll"),
        does(payroll.reverse_slip, "run", "reason", "days"),
        PAYROLL,
        asks=ReversalForm,
    ),
)
UPLOADED = (
    Verb(
        "upload",
        _l("File is uploaded"),
        with_starts_of(record_upload, upload),
        PAYROLL,
        asks=UploadForm,
        to=DeclarationState.uploaded,
    ),
    Verb("accept", _l("CNSS accepted"), does(accept_declaration), PAYROLL, to=DeclarationState.accepted),
    Verb(
        "reject",
        _l("CNSS rejected"),
        does(reject_declaration, "code"),
        PAYROLL,
        asks=RejectionForm,
        to=DeclarationState.rejected,
    ),
)
DECLARATION = (
    Verb("make", _l("File is made"), does(make_declaration), PAYROLL, to=DeclarationState.made),
    *UPLOADED,
)
COMPLEMENT = (
    Verb("make", _l("File is made"), does(declarations.make_complement), PAYROLL, to=DeclarationState.made),
    *UPLOADED,
)
PAYMENT = (
    Verb("send", _l("Wage was sent"), does(payments.send_payment, "day"), PAYROLL, to=PaymentState.sent),
    Verb("paid", _l("Wage was paid"), does(payments.record_paid, "day"), PAYROLL, to=PaymentState.paid),
    Verb(
        "reject",
        _l("Transfer was rejected"),
        does(payments.record_rejected, "code"),
        PAYROLL,
        asks=RejectionForm,
        to=PaymentState.rejected,
    ),
    Verb("reissue", _l("Issue again"), does(payments.reissue_payment), PAYROLL, to=PaymentState.reissued),
)
CERTIFICATE = (
    Verb(
        "replace",
        _l("Replace by a corrected one"),
        does(replace_certificate, "reason", "day"),
        OFFICE,
        asks=ReasonForm,
        tells=lambda made: _("Certificate %(serial)s takes its place: issue its paper.", serial=made.serial),
    ),
    Verb(
        "revoke",
        _l("Revoke"),
        does(revoke_certificate, "reason"),
        asks=ReasonForm,
        to=CertificateState.revoked,
    ),
)
COMPLAINT = (
    Verb("study", _l("Study"), does(study_complaint), COMPLAINTS, to=ComplaintState.under_study),
    Verb(
        "answer",
        _l("Answer"),
        does(answer_complaint, "answer", "day"),
        COMPLAINTS,
        asks=AnswerForm,
        to=ComplaintState.answered,
    ),
    Verb("reopen", _l("Study again"), does(reopen_complaint, "reason"), COMPLAINTS, asks=ReasonForm, corrects=True),
    Verb("close", _l("Close"), does(close_complaint), COMPLAINTS, to=ComplaintState.closed),
)
FOLLOW_UP = (
    Verb(
        "done",
        _l("Person was called"),
        does(close_follow_up, "situation", "day"),
        asks=InsertionForm,
        to=FollowUpState.done,
    ),
)
EDITION = (
    Verb("open", _l("Open the edition"), does(selection.open_edition), to=EditionState.open),
    Verb("close", _l("Close the edition"), does(selection.close_edition), to=EditionState.closed),
)
SESSION = (
    Verb("hold", _l("Session was held"), does(selection.hold_session), OFFICE, to=SessionState.held),
    Verb("close", _l("Minutes are signed"), does(selection.close_session), OFFICE, to=SessionState.closed),
)
