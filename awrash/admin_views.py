"""One declaration for each record, and the menu, in the order of the life of a file."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, url_for
from flask_admin import Admin, BaseView
from flask_admin.theme import Bootstrap4Theme
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import Select

from awrash.cnss.records import Complement
from awrash.database.record import Record, value_at
from awrash.models import (
    Agreement,
    AttendanceCorrection,
    AttendanceSheet,
    Call,
    Carrier,
    Certificate,
    CommitteeSession,
    Commune,
    Complaint,
    Contract,
    Declaration,
    Edition,
    FollowUp,
    InformationMeeting,
    Instalment,
    Participant,
    Payment,
    PayrollChange,
    PayrollRun,
    PaySlip,
    Project,
    Skill,
    Theme,
    Training,
    Visit,
    Worksite,
)
from awrash.operations import people
from awrash.records.accounts import Role, SavedView, User, saved_views
from awrash.records.audit import AuditLine
from awrash.records.background_work import Work
from awrash.records.dated_figures import Parameter, TaxBracket
from awrash.records.issued_papers import IssuedPaper
from awrash.records.letterheads import Letterhead, Signatory
from awrash.records.paper_texts import Wording
from awrash.records.work_calendar import Holiday
from awrash.reports import blocked_wages, dashboard, month_wages, payroll_totals, ranking
from awrash.screens import actions
from awrash.screens.actions import COMPLAINTS, FIELD, OFFICE, PAYROLL
from awrash.screens.addresses import address_of
from awrash.screens.attachments import Attached
from awrash.screens.attendance import CorrectionPages, SheetGrid
from awrash.screens.audit import AuditView, InConfidence
from awrash.screens.background_work import WorkView
from awrash.screens.bank_returns import ReturnsView
from awrash.screens.base import COMPLAINT_READERS, RecordView, view_named
from awrash.screens.cnss_files import CheckView, ComplementPages
from awrash.screens.costs import CostsView, late_fee
from awrash.screens.declarations import DeclarationPages
from awrash.screens.forms import Checklist
from awrash.screens.health_cover import CoverView, PersonPages
from awrash.screens.imports import ImportView
from awrash.screens.lists import Filter
from awrash.screens.papers import IssuedPaperView, LetterheadView, Papered, SignatoryView, WordingView
from awrash.screens.reports import ReportView
from awrash.screens.today import Counter, Today, block_sentences, cause_lines
from awrash.screens.transfers import TransferPages
from awrash.screens.wage_delays import PaidView, StageDaysView
from awrash.values.language import Label, _l, local_today
from awrash.values.months import add_months

PERSON = "contract.participant"


class EditionView(Papered):
    """The quota and the settings of a year."""

    column_list = ("year", "quota_person_months", "places", "committee_quorum", "starts_on", "ends_on", "state")
    column_filters = ("state",)
    form_columns = (
        *("year", "quota_person_months", "places", "starts_on", "ends_on"),
        *("strict_once_only", "one_person_locks", "rest_days", "council_name", "accepted_banks", "eligible_kinds"),
        "committee_quorum",
        *("damancom_surname_first", "damancom_crlf", "damancom_month_first"),
    )
    related = {"calls": ("number", "title_ar", "state")}
    verbs = actions.EDITION


class ParameterView(RecordView):
    """The dated figures, each with its decree."""

    column_list = ("name", "since", "value", "borne_by", "reference")
    column_filters = ("name", "since")
    form_columns = ("name", "since", "value", "borne_by", "reference")
    newest_first = "name"


class TaxBracketView(RecordView):
    """The brackets of the income tax, law by law."""

    column_list = ("since", "over", "rate", "reference")
    column_filters = ("since",)
    form_columns = ("since", "over", "rate", "reference")
    newest_first = "since"


class CommuneView(RecordView):
    """The communes of the prefecture."""

    column_list = ("code", "name_ar", "name_fr", "is_rural")
    column_filters = ("is_rural",)
    form_columns = ("code", "name_ar", "name_fr", "is_rural")
    newest_first = "id"


class HolidayView(RecordView):
    """The legal holidays, each with the text that says so."""

    column_list = ("falls_on", "name_ar", "name_fr", "every_year", "source")
    column_filters = ("falls_on", "every_year")
    form_columns = ("falls_on", "name_ar", "name_fr", "every_year", "source")
    newest_first = "-falls_on"


class CodedView(RecordView):
    """The words of one list of the office: themes, skills."""

    column_list = ("code", "name_ar", "name_fr", "name_en")
    form_columns = ("code", "name_ar", "name_fr", "name_en")
    newest_first = "id"


class CallView(Papered):
    """Calls for projects, with specifications, checklist and grid."""

    column_list = ("number", "edition", "title_ar", "title_fr", "opens_on", "closes_on", "state")
    column_filters = ("state", "edition", "opens_on")
    form_columns = ("number", "edition", "title_ar", "title_fr", "opens_on", "closes_on")
    lines = {
        "specifications": ("number", "body_ar", "body_fr"),
        "required_documents": ("name_ar", "name_fr", "is_required"),
        "criteria": ("kind", "name_ar", "name_fr", "weight"),
    }
    related = {
        "specifications": ("number", "published_on"),
        "required_documents": ("name_ar", "name_fr", "is_required"),
        "criteria": ("kind", "name_ar", "weight"),
        "projects": ("reference", "title_ar", "carrier", "state"),
    }
    verbs = actions.CALL
    empty = _l("There is no call yet: record one, with its specifications, checklist and scoring grid.")


class CarrierView(Attached):
    """Associations and cooperatives."""

    column_list = ("name_ar", "name_fr", "kind", "registration_number", "cnss_affiliation", "commune", "state")
    told_apart_by = ("registration_number", "commune", "state")
    column_filters = ("state", "kind", "commune", "registration_number")
    form_columns = (
        *("kind", "name_ar", "name_fr", "registration_number", "founded_on", "ice", "cnss_affiliation", "rib"),
        *("address", "commune", "phone", "email", "overlap_answer", "overlap_answered_by"),
    )
    sections = (
        (
            _l("Who"),
            ("kind", "name_ar", "name_fr", "registration_number", "founded_on"),
            _l("As on the receipt of deposit."),
        ),
        (_l("Numbers"), ("ice", "cnss_affiliation", "rib"), _l("Spaces and small letters are cleaned for you.")),
        (_l("Where"), ("address", "commune", "phone", "email"), None),
        (
            _l("Shared officers"),
            ("overlap_answer", "overlap_answered_by"),
            _l("Only when an officer also sits in another bureau."),
        ),
    )
    figures = (("to_verify", _l("To verify on the card")), ("shared_officers", _l("Officers also in another bureau")))
    lines = {"officers": ("role", "name_ar", "name_fr", "cnie")}
    related = {
        "officers": ("role", "name_ar", "name_fr", "cnie"),
        "projects": ("reference", "title_ar", "call", "state"),
        "agreements": ("number", "value", "management_fee", "ends_on", "state"),
        "agreements.worksites": ("code", "name_ar", "commune", "places", "state"),
        "agreements.worksites.contracts": ("number", "participant", "job", "starts_on", "ends_on", "state"),
        "agreements.worksites.contracts.pay_slips.payments": ("pay_slip", "amount", "sent_on", "paid_on", "state"),
        "declarations": ("run", "file_name", "state"),
    }
    writes = OFFICE
    verbs = actions.CARRIER
    export_list = imports = "carriers"


class ProjectView(Papered, Attached):
    """What carriers propose, from draft to the committee's decision."""

    details_template = "awrash/project.html"
    column_list = ("reference", "title_ar", "carrier", "commune", "score", "places", "months", "deposited_on", "state")
    told_apart_by = ("carrier", "commune", "state")
    column_filters = ("state", "call", "theme", "commune", "carrier.kind", "deposited_on", "within_communal_powers")
    form_columns = (
        *("call", "carrier", "title_ar", "title_fr", "theme", "commune", "within_communal_powers"),
        *("direct_impact", "innovation", "places", "months", "months_reason", "monthly_wage"),
    )
    sections = (
        (_l("What is proposed"), ("call", "carrier", "title_ar", "title_fr", "theme"), None),
        (_l("Where"), ("commune", "within_communal_powers"), None),
        (_l("For whom and why"), ("direct_impact", "innovation"), _l("The committee scores what is written here.")),
        (
            _l("How many and how long"),
            ("places", "months", "months_reason", "monthly_wage"),
            _l("A long duration asks for a written reason."),
        ),
    )
    lines = {
        "budget_lines": ("kind", "in_kind", "amount"),
        "supports": ("service", "kind", "description"),
    }
    checklists = {
        "documents": Checklist("call.required_documents", "document", "received_on"),
        "scores": Checklist("call.criteria", "criterion", "points"),
    }
    figures = (
        ("value", _l("Value of the project")),
        ("management_fee", _l("Management fee")),
        ("person_months", _l("Person-months")),
        ("score", _l("Score out of 100")),
    )
    related = {
        "budget_lines": ("kind", "in_kind", "amount"),
        "supports": ("service", "kind"),
        "documents": ("document", "received_on"),
        "scores": ("criterion", "points"),
        "decisions": ("session", "outcome", "reason"),
        "agreements": ("number", "value", "starts_on", "ends_on", "state"),
    }
    papers_at = ("decisions",)
    writes = OFFICE
    verbs = actions.PROJECT
    empty = _l("No project is here. A project appears when a carrier proposes it: record it, then take its file in.")

    def reader(self, records: list[Project]) -> Callable[[Any, str], Any]:
        scores = ranking.scores_of(records)
        return lambda record, path: scores[record.id] if path == "score" else value_at(record, path)


class CommitteeSessionView(Papered, Attached):
    """Sessions of the selection committee."""

    column_list = ("held_on", "opens_at", "chair", "state")
    column_filters = ("state", "held_on")
    column_details_list = ("held_on", "opens_at", "place", "chair", "state")
    form_columns = ("held_on", "opens_at", "place", "chair")
    lines = {"attendance": ("member", "interest_in")}
    papers_at = ("decisions",)
    related = {"attendance": ("member", "interest_in"), "decisions": ("project", "outcome", "reason")}
    writes = OFFICE
    verbs = actions.SESSION
    newest_first = "-held_on"


class AgreementView(Papered, Attached):
    """Prepare and sign the agreements of a call."""

    column_list = ("number", "carrier", "project", "value", "management_fee", "starts_on", "ends_on", "state")
    told_apart_by = ("project.title", "ends_on", "state")
    column_filters = ("state", "carrier.kind", "carrier.commune", "council_signed_on", "carrier_signed_on", "ends_on")
    form_columns = ("project", "starts_on", "ends_on", "value", "management_fee", "tripartite", "service")
    lines = {"instalments": ("due_on", "amount")}
    column_details_list = (
        *column_list,
        *("tripartite", "service", "council_signed_on", "carrier_signed_on", "commune_signed_on", "service_signed_on"),
    )
    figures = (("communal_clause", _l("Clause on communal powers")),)
    related = {
        "instalments": ("due_on", "amount", "approved_on", "paid_on", "state"),
        "worksites": ("code", "name_ar", "commune", "opens_on", "closes_on", "places", "state"),
        "worksites.contracts": ("number", "participant", "state"),
    }
    writes = OFFICE
    verbs = actions.AGREEMENT
    export_list = "agreements"


class InstalmentView(Attached):
    """The management fee, part by part: to approve, to pay."""

    can_create = can_edit = can_delete = False
    questions = (late_fee,)
    column_list = ("agreement", "agreement.carrier", "due_on", "amount", "approved_on", "paid_on", "reference", "state")
    column_filters = ("state", "due_on", "paid_on", "agreement.carrier")
    column_details_list = (*column_list[:4], "approved_by", *column_list[4:])
    writes = OFFICE
    verbs = actions.INSTALMENT
    newest_first = "due_on"
    empty = _l("No management fee is owed: its instalments come with each agreement.")


class WorksiteView(Papered, Attached):
    """Where people work, with visits and skills."""

    column_list = ("code", "name_ar", "agreement.carrier", "commune", "opens_on", "closes_on", "places", "state")
    told_apart_by = ("agreement.carrier", "commune", "state")
    column_filters = ("state", "commune", "agreement.project.theme", "opens_on", "closes_on")
    form_columns = (
        *("code", "agreement", "name_ar", "name_fr", "commune", "opens_on", "closes_on", "places", "rest_days"),
        "skills",
    )
    lines = {"visits": ("visited_on", "head_count", "notes", "gap_answer")}
    papers_at = ("visits",)
    related = {
        "skills": ("code", "name_ar", "name_fr"),
        "visits": ("visited_on", "head_count", "notes"),
        "contracts": ("number", "participant", "job", "starts_on", "ends_on", "state"),
        "sheets": ("month", "state"),
        "trainings": ("title", "held_on", "hours"),
    }
    writes = FIELD
    verbs = actions.WORKSITE
    export_list = "worksites"


class VisitView(Papered, Attached):
    """Visits to worksites, with the people counted there."""

    column_list = ("visited_on", "worksite", "head_count", "notes")
    column_filters = ("worksite", "visited_on")
    form_columns = ("worksite", "visited_on", "head_count", "notes", "gap_answer")
    writes = FIELD
    newest_first = "-visited_on"


def cover_opens() -> Filter:
    """People whose health cover opens this month, or the next."""
    this_month = local_today().replace(day=1)
    months = {"this_month": this_month, "next_month": add_months(this_month, 1)}
    choices = (("this_month", _("this month")), ("next_month", _("next month")))

    def rows(choice: str) -> Select[tuple[int]]:
        return dashboard.cover_opening(months[choice])

    return Filter("cover_opens", "id", _("Cover opens"), "choice", choices, rows=rows)


class ParticipantView(Papered, PersonPages):
    """The people of the programme."""

    questions = (cover_opens,)

    column_list = (
        *("family_name_ar", "given_name_ar", "family_name_fr", "given_name_fr", "cnie", "cnss_number", "commune"),
        *("account_state", "state"),
    )
    told_apart_by = ("cnie", "commune", "state")
    column_filters = (
        "state",
        "account_state",
        "cnss_state",
        "cover_state",
        "sex",
        "commune",
        "commune.is_rural",
        "born_on",
    )
    form_columns = (
        *("cnie", "family_name_ar", "given_name_ar", "family_name_fr", "given_name_fr", "born_on", "sex"),
        *("education", "commune", "address", "phone", "phone_answer", "anapec_number", "cnss_number", "rib"),
        *("declared_elsewhere_by", "declared_elsewhere_until"),
    )
    sections = (
        (
            _l("Identity, as on the card"),
            ("cnie", "family_name_ar", "given_name_ar", "family_name_fr", "given_name_fr", "born_on", "sex"),
            _l("Names in both scripts: CNSS and the bank read the Latin one."),
        ),
        (_l("Where"), ("commune", "address", "phone", "phone_answer", "education"), None),
        (_l("Numbers"), ("anapec_number", "cnss_number", "rib"), _l("Leave empty what is not known yet.")),
        (
            _l("On another payroll"),
            ("declared_elsewhere_by", "declared_elsewhere_until"),
            _l("Nobody is paid here for a month in which another employer declares them."),
        ),
    )
    column_details_list = (*form_columns, "cnss_state", "account_state", "cover_state", "cover_opened_on", "state")
    figures = (
        ("to_verify", _l("To verify on the card")),
        ("cover_by_months", _l("Cover opens, by months since the declaration")),
        ("cover_by_days", _l("Cover opens, by declared days")),
        ("cover_ends_on", _l("Rights end at the latest")),
    )
    related = {
        "contracts": ("number", "worksite", "job", "starts_on", "ends_on", "state"),
        "contracts.pay_slips": ("month", "days", "gross", "net", "blocked_by"),
        "contracts.pay_slips.payments": ("pay_slip", "amount", "sent_on", "paid_on", "state"),
        "contracts.certificates": ("serial", "issued_on", "state"),
    }
    writes = OFFICE
    verbs = actions.PARTICIPANT
    export_list = imports = "participants"
    empty = _l("No participant matches. Import the list of candidates, or record one.")

    def prepare(self, record: Participant) -> None:
        record.recorded_on = local_today()


def blocked_by() -> Filter:
    """Contracts whose wage is blocked as things stand: by one cause, or any."""
    today = local_today()
    months = blocked_wages.months_owed(blocked_wages.month_to_close(today))
    choices = (("any", _("any cause")), *((code, str(title)) for code, title in blocked_wages.TITLES.items()))

    def rows(choice: str) -> Select[tuple[int]]:
        return blocked_wages.blocked_contracts(months, None if choice == "any" else choice, today)

    return Filter("stopped_by", "id", _("Cannot be paid:"), "choice", choices, rows=rows)


def below_minimum() -> Filter:
    """Contracts whose wage the payroll of the month being closed will raise to its minimum wage."""
    month = blocked_wages.month_to_close(local_today())

    def rows(_choice: str) -> Select[tuple[int]]:
        return blocked_wages.contracts_to_raise(month)

    return Filter("below_minimum", "id", _("Below the minimum wage"), "choice", (("yes", _("Yes")),), rows=rows)


class ContractView(Papered, Attached):
    """Who works where, from when to when, for what wage."""

    questions = (blocked_by, below_minimum)

    column_list = ("number", "participant", "worksite", "job", "starts_on", "ends_on", "monthly_wage", "state")
    told_apart_by = ("participant.cnie", "worksite", "state")
    column_filters = ("state", "worksite", "starts_on", "ends_on", "monthly_wage", "anapec_approved_on")
    form_columns = ("number", "participant", "worksite", "job", "starts_on", "ends_on", "monthly_wage")
    column_details_list = (*column_list, "signed_on", "anapec_approved_on", "planned_ends_on", "ended_reason")
    figures = (
        ("worked_days", _l("Days worked")),
        ("planned_days", _l("Days planned")),
        ("certificate_days", _l("Days that earn the certificate")),
    )
    related = {
        "attendance_lines": ("sheet", "days_worked", "situation"),
        "pay_slips": ("month", "days", "gross", "net", "blocked_by"),
        "certificates": ("serial", "issued_on", "state"),
        "follow_ups": ("months_after", "due_on", "situation", "state"),
    }
    writes = OFFICE
    verbs = actions.CONTRACT
    export_list = imports = "contracts"


class AttendanceSheetView(Papered, Attached, SheetGrid):
    """The month's sheets, one a worksite."""

    column_list = ("month", "worksite", "locked_on", "state")
    column_details_list = ("month", "worksite", "filled_by", "locked_by", "locked_on", "state")
    told_apart_by = ("worksite.name", "state")
    column_filters = ("state", "month", "worksite")
    form_columns = ("worksite", "month")
    lines = {"lines": ("contract", "days_worked", "situation")}
    writes = FIELD
    related = {"lines.corrections": ("line.contract.participant", "days_worked", "situation", "corrected_on", "reason")}
    verbs = actions.SHEET
    imports = "attendance"
    newest_first = "-month"


class AttendanceCorrectionView(CorrectionPages):
    """The right days found after a lock, each with its day and its reason."""

    column_list = (
        *("line.contract.participant", "line.sheet.worksite", "line.sheet.month", "line.days_worked", "days_worked"),
        *("situation", "corrected_on", "reason"),
    )
    column_filters = ("line.sheet.month", "line.sheet.worksite", "corrected_on")
    form_columns = ("days_worked", "situation", "reason")
    writes = (*FIELD, Role.payroll_officer)
    imports = "corrections"
    empty = _l("No day was corrected after a lock. A correction starts on the line of a locked sheet.")


class PayrollRunView(TransferPages, Papered, Attached):
    """The payroll of each month."""

    column_list = ("month", "calculated_by", "calculated_at", "approved_by", "frozen_at", "state")
    column_filters = ("state", "month")
    form_columns = ("month",)
    column_details_list = (*column_list, "seal")
    can_edit = False
    related = {
        "slips": ("contract", "kind", "days", "gross", "net", "blocked_by"),
        "declarations": ("carrier", "file_name", "state"),
    }
    details_template = "awrash/payroll_run.html"
    writes = PAYROLL
    verbs = actions.PAYROLL_RUN
    newest_first = "-month"

    def more_details(self, record: PayrollRun) -> dict[str, Any]:
        return {
            "totals": payroll_totals.run_totals(record),
            "causes": cause_lines(record),
            "raises": payroll_totals.raises_of(record),
            "changes": payroll_totals.changes_of(record),
            "over": payroll_totals.slips_over_full_month(record),
        }


def raised() -> Filter:
    """Slips whose wage the payroll raised to the minimum wage of the month."""
    choices = (("yes", _("Yes")), ("no", _("No")))
    return Filter("raised", "id", _("Raised to the minimum wage"), "choice", choices, rows=payroll_totals.raised_slips)


def more_worked() -> Filter:
    """Slips that count fewer days than were worked: those of a full month."""
    choices = (("yes", _("Yes")), ("no", _("No")))
    rows = payroll_totals.over_full_month
    return Filter("over", "id", _("More days worked than count"), "choice", choices, rows=rows)


class PaySlipView(Papered):
    """Wages worked out, each with its calculation step by step."""

    questions = (raised, more_worked)

    column_list = ("month", PERSON, "kind", "days", "gross", "capped", "net", "blocked_by")
    told_apart_by = ("contract.participant.cnie", "contract.worksite")
    column_filters = ("run", "kind", "month", "contract.worksite", "net", "blocked_by")
    column_details_list = (
        *("run", "contract", "month", "kind", "reverses", "days", "situation", "contract_wage", "wage", "gross"),
        *("capped", "employee_share", "employer_share", "income_tax", "net", "cnss_number", "rib", "blocked_by"),
        *("cnie", "family_name_fr", "given_name_fr", "contract_number", "worksite_code"),
    )
    related = {"payments": ("amount", "sent_on", "paid_on", "rejection_reason", "state")}
    details_template = "awrash/pay_slip.html"
    writes = PAYROLL
    verbs = actions.PAY_SLIP

    def more_details(self, record: PaySlip) -> dict[str, Any]:
        return {"steps": month_wages.explain(record), "stops": block_sentences(record)}


class PayrollChangeView(RecordView):
    """What calculating an open payroll again changed, wage by wage."""

    can_create = can_edit = can_delete = False
    column_list = ("at", PERSON, "month", "what", "net_before", "net_after", "blocked_before", "blocked_after")
    column_filters = ("run", "month", "what", "contract.worksite")
    empty = _l("No payroll was calculated a second time with another result.")

    def is_visible(self) -> bool:
        """Reached from its payroll: the menu has enough."""
        return False


class DeclarationView(DeclarationPages):
    """What each carrier declares to CNSS each month."""

    column_list = (
        *("run", "carrier", "state", "due_on", "days_left", "late_costs", "file_name"),
        *("uploaded_on", "receipt", "rejection_code"),
    )
    column_details_list = (
        *("run", "carrier", "file_name", "due_on", "uploaded_on", "uploaded_by", "receipt", "rejection_code", "state"),
    )
    column_filters = ("state", "run", "carrier", "uploaded_on")
    verbs = actions.DECLARATION


class ComplementView(ComplementPages):
    """What later payrolls add to months that were declared already; experimental."""

    column_list = ("month", "carrier", "number", "run", "state", "file_name", "uploaded_on", "receipt")
    column_details_list = (*column_list, "uploaded_by", "rejection_code")
    column_filters = ("state", "month", "carrier")
    verbs = actions.COMPLEMENT


class PaymentView(RecordView):
    """Wages due, sent, paid, rejected."""

    column_list = (f"pay_slip.{PERSON}", "pay_slip.month", "amount", "sent_on", "paid_on", "rejection_reason", "state")
    told_apart_by = ("pay_slip.contract.participant.cnie", "reference", "state")
    column_filters = ("state", "pay_slip.month", "sent_on", "paid_on", "amount", "reference")
    column_details_list = ("pay_slip", "amount", "sent_on", "paid_on", "rejection_reason", "reference", "state")
    verbs = actions.PAYMENT
    export_list = "payments"


class TrainingView(Attached):
    """Trainings given to the people of a worksite."""

    column_list = ("held_on", "title", "worksite", "skill", "hours")
    column_filters = ("worksite", "skill", "held_on")
    form_columns = ("worksite", "title", "skill", "held_on", "hours")
    related = {"participants": ("family_name_ar", "given_name_ar", "cnie")}
    writes = FIELD
    newest_first = "-held_on"


class CertificateView(Papered):
    """Certificates issued, replaced, revoked."""

    column_list = ("serial", "name_ar", "name_fr", "contract.worksite", "days_worked", "issued_on", "state")
    told_apart_by = ("contract.participant.cnie", "issued_on", "state")
    column_filters = ("state", "issued_on", "contract.worksite")
    column_details_list = (*column_list, "contract", "code", "replaces")
    related = {"skills": ("code", "name_ar", "name_fr")}
    details_template = "awrash/certificate.html"
    writes = OFFICE
    verbs = actions.CERTIFICATE


class ComplaintView(InConfidence, Papered, Attached):
    """Complaints, with the day their answer is due."""

    column_list = ("number", "received_on", "kind", "participant", "worksite", "due_on", "state")
    told_apart_by = ("received_on", "kind", "state")
    column_filters = ("state", "kind", "received_on", "due_on", "is_confidential")
    form_columns = ("received_on", "kind", "participant", "from_name", "worksite", "is_confidential", "text")
    column_details_list = (*column_list, "from_name", "is_confidential", "text", "answer", "answered_on")
    reads = COMPLAINT_READERS
    writes = COMPLAINTS
    verbs = actions.COMPLAINT
    newest_first = "due_on"

    def prepare(self, record: Complaint) -> None:
        people.number_complaint(record)


class FollowUpView(RecordView):
    """What became of people some months after the programme."""

    column_list = ("due_on", "contract", "months_after", "called_on", "situation", "state")
    column_filters = ("state", "due_on", "situation")
    verbs = actions.FOLLOW_UP
    newest_first = "due_on"


class InformationMeetingView(RecordView):
    """Meetings where the programme is presented."""

    column_list = ("held_on", "place", "commune", "people_present", "speakers")
    column_filters = ("held_on", "commune")
    form_columns = ("held_on", "place", "commune", "people_present", "speakers", "notes")
    newest_first = "-held_on"


class UserView(RecordView):
    """Accounts of the team."""

    column_list = ("email", "full_name", "active", "language", "last_login_at")
    column_filters = ("active",)
    form_columns = ("full_name", "active", "roles")
    can_create = False
    related = {"roles": ("name",)}
    reads = writes = (Role.administrator,)


WORKSITES, MONTH, SETTINGS = _l("Worksites"), _l("The month"), _l("Settings")  # categories with pages of no record
MENU: tuple[tuple[Label, tuple[tuple[type[RecordView], type[Record], Label], ...]], ...] = (
    (
        _l("Selection"),
        (
            (InformationMeetingView, InformationMeeting, _l("Information meetings")),
            (CallView, Call, _l("Calls")),
            (CarrierView, Carrier, _l("Carriers")),
            (ProjectView, Project, _l("Projects")),
            (CommitteeSessionView, CommitteeSession, _l("Committee")),
        ),
    ),
    (
        WORKSITES,
        (
            (AgreementView, Agreement, _l("Agreements")),
            (InstalmentView, Instalment, _l("Management fee")),
            (WorksiteView, Worksite, _l("Worksites")),
            (VisitView, Visit, _l("Visits")),
            (TrainingView, Training, _l("Trainings")),
        ),
    ),
    (
        _l("People"),
        (
            (ParticipantView, Participant, _l("Participants")),
            (ContractView, Contract, _l("Contracts")),
            (CertificateView, Certificate, _l("Certificates")),
            (FollowUpView, FollowUp, _l("Follow-up")),
        ),
    ),
    (
        MONTH,
        (
            (AttendanceSheetView, AttendanceSheet, _l("Attendance")),
            (AttendanceCorrectionView, AttendanceCorrection, _l("Corrections")),
            (PayrollRunView, PayrollRun, _l("Payroll")),
            (PaySlipView, PaySlip, _l("Pay slips")),
            (PayrollChangeView, PayrollChange, _l("Calculated again")),
            (DeclarationView, Declaration, _l("Declarations")),
            (ComplementView, Complement, _l("Complementary files")),
            (PaymentView, Payment, _l("Payments")),
        ),
    ),
    (_l("Complaints"), ((ComplaintView, Complaint, _l("Complaints")),)),
    (
        SETTINGS,
        (
            (EditionView, Edition, _l("Editions")),
            (ParameterView, Parameter, _l("Figures")),
            (TaxBracketView, TaxBracket, _l("Income tax")),
            (LetterheadView, Letterhead, _l("Letterheads")),
            (SignatoryView, Signatory, _l("Signatories")),
            (WordingView, Wording, _l("Texts of papers")),
            (IssuedPaperView, IssuedPaper, _l("Papers issued")),
            (WorkView, Work, _l("Long work")),
            (HolidayView, Holiday, _l("Holidays")),
            (CommuneView, Commune, _l("Communes")),
            (CodedView, Theme, _l("Themes")),
            (CodedView, Skill, _l("Skills")),
            (UserView, User, _l("Accounts")),
            (AuditView, AuditLine, _l("Audit")),
        ),
    ),
)


PHONE = (("attendance_sheet", "calendar-check"), ("visit", "eye"))  # what the field works with: a view and its icon


@dataclass(frozen=True)
class MenuEntry:
    """A view in the menu, with how many of its records wait for this person, and its lists kept under a name."""

    view: BaseView
    name: str
    url: str
    waiting: int | None
    views: list[SavedView]


@dataclass(frozen=True)
class MenuGroup:
    """A category of the menu, without a title for a view that has none: folded, and open around the page shown."""

    title: str
    children: list[MenuEntry]
    folded: bool
    open: bool


@dataclass(frozen=True)
class MenuFrame:
    """The menu beside a page, and the shortcuts of a phone: title, address, icon."""

    items: list[MenuGroup]
    phone: list[tuple[str, str, str]]


def menu_frame(here: BaseView) -> MenuFrame:
    """The menu as this person sees it on the page of a view: what their role opens and what waits for them."""
    menu = current_app.extensions["admin"][0].menu()
    waiting, saved = dashboard.waiting_for(current_user.role_names), saved_views(current_user)

    def entry(view: BaseView) -> MenuEntry:
        saved_here = [kept for kept in saved if kept.record == view.endpoint]
        return MenuEntry(view, view.name, view.url + "/", waiting.get(view.endpoint), saved_here)

    groups = []
    for item in menu:
        views = [link._view for link in (item.get_children() if item.is_category() else [item])]
        entries = [entry(view) for view in views if view.is_accessible() and view.is_visible()]
        title = item.name if item.is_category() else ""
        is_open = any(shown.view is here for shown in entries)
        if entries:
            groups.append(MenuGroup(title, entries, folded=title == SETTINGS, open=is_open))
    by_name = {shown.view.endpoint: shown for group in groups for shown in group.children}
    phone = [(_("Today"), url_for("admin.index"), "home"), (_("Search"), url_for("counter.index"), "search")]
    phone += [(by_name[name].name, by_name[name].url, icon) for name, icon in PHONE if name in by_name]
    return MenuFrame(groups, phone)


def may_open(name: str) -> bool:
    """Whether this person's role opens the list of a record."""
    return view_named(name).is_accessible()


def install(app: Flask) -> None:
    """Serve the panel under `/admin/`, give templates what they ask of it, and keep its verbs for the command line."""
    theme = Bootstrap4Theme(base_template="awrash/base.html")
    admin = Admin(app, name="Awrash", theme=theme, index_view=Today(name=_l("Today"), url="/admin"))
    for category, views in MENU:
        for view, record, label in views:
            admin.add_view(view(record, label, category))
    admin.add_view(Counter(name=_l("Search"), endpoint="counter", url="/admin/find"))
    admin.add_view(ReturnsView(name=_l("Bank returns"), endpoint="returns", url="/admin/returns", category=MONTH))
    admin.add_view(PaidView(name=_l("Paid on time"), endpoint="paid", url="/admin/paid", category=MONTH))
    admin.add_view(StageDaysView(name=_l("Days at each stage"), endpoint="gates", url="/admin/gates", category=MONTH))
    admin.add_view(CoverView(name=_l("Cover"), endpoint="cover", url="/admin/cover", category=MONTH))
    admin.add_view(CostsView(name=_l("Costs"), endpoint="costs", url="/admin/costs", category=WORKSITES))
    admin.add_view(ReportView(name=_l("Reports"), endpoint="report", url="/admin/report", category=MONTH))
    admin.add_view(CheckView(name=_l("Check a file"), endpoint="cnss_check", url="/admin/check", category=MONTH))
    admin.add_view(ImportView(name=_l("Import"), endpoint="import", url="/admin/import", category=SETTINGS))
    linked = {record.__tablename__ for _, views in MENU for _, record, _ in views}
    names = {record.__tablename__: label for _, views in MENU for _, record, label in views}
    app.jinja_env.globals.update(today=local_today, linked=linked, menu_frame=menu_frame, list_name=names.get)
    app.jinja_env.globals.update(may_open=may_open, address_of=address_of)
    verbs = {
        (record.__tablename__, verb.name): (record, verb)
        for _, views in MENU
        for view, record, _ in views
        for verb in view.verbs
    }
    app.extensions["awrash_verbs"] = verbs
