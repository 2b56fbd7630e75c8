"""Papers from the call to the agreement: what each says, who signs it, when it is issued."""

from datetime import date
from typing import Any

from awrash import ready
from awrash import states as s
from awrash.facts import Rows, Told, number
from awrash.figures import Parameter
from awrash.language import _l
from awrash.paper_kinds import PaperKind
from awrash.papering import CouncilInFull, Document
from awrash.parameters import Figure
from awrash.stationery import HeadKind, Quality

HUNDRED = 100
AGREEMENT_WORDS = {
    "رقم طلب المشاريع": "project.call.number",
    "رقم المشروع": "project.reference",
    "عنوان المشروع": "project.title_ar",
    "الجماعة": "project.commune.name_ar",
    "اسم الهيئة": "carrier.name_ar",
    "تاريخ موافقة اللجنة": "approved_on",
    "قيمة المشروع": "value",
    "قيمة المشروع بالحروف": "value|words",
    "نسبة مصاريف التدبير": "fee_rate",
    "مصاريف التدبير": "management_fee",
    "مصاريف التدبير بالحروف": "management_fee|words",
    "المدة بالأشهر": "months",
    "تاريخ البداية": "starts_on",
    "تاريخ النهاية": "ends_on",
    "عدد المناصب": "project.places",
}
DECISION_FACTS = (
    *("project.reference", "project.title_ar", "project.places", "project.months", "project.commune.name_ar"),
    *("project.carrier.name_ar", "project.carrier.address", "session.held_on", "session.chair", "reason"),
)
DECISION_WORDS = {
    "رقم المشروع": "project.reference",
    "عنوان المشروع": "project.title_ar",
    "اسم الهيئة": "project.carrier.name_ar",
    "الجماعة": "project.commune.name_ar",
    "عدد المناصب": "project.places",
    "المدة بالأشهر": "project.months",
    "تاريخ الجلسة": "session.held_on",
    "رئيس الجلسة": "session.chair",
    "سبب القرار": "reason",
}


def council_of(edition: Any) -> CouncilInFull:
    """The council as the edition's papers name it."""
    return CouncilInFull(edition.council_name.value)


def fee_rate(agreement: Any, _on: date) -> str:
    """Share of the project's value for administrative management, in percent, of the call's opening day."""
    rate = Parameter.on(Figure.management_fee_rate, agreement.opening_day) * HUNDRED
    return number(f"{rate.normalize():f} %")


def approved_on(agreement: Any, _on: date) -> date | None:
    """The day of the session that approved the agreement's project."""
    days = [one.session.held_on for one in agreement.project.decisions if one.outcome == s.Outcome.approved]
    return days[-1] if days else None


def _supports(agreement: Any, _on: date) -> list[Any]:
    """The support of external services as one table, or none."""
    rows = [
        {"service": one.service, "kind": one.kind, "description": one.description} for one in agreement.project.supports
    ]
    return [rows] if rows else []


PAPERS = (
    Document(
        PaperKind.deposit_receipt,
        "project",
        "{record.reference}",
        (
            *("call.number", "carrier.name_ar", "carrier.registration_number", "title_ar", "commune.name_ar"),
            *("places", "months", "value", "deposited_on"),
            Rows("documents", ("document.name_ar", "received_on|short")),
            Told("missing_documents", lambda project, on: [one.name_ar for one in project.missing_documents] or [None]),
        ),
        signed=(Quality.head_of_unit,),
        needs=(ready.Deposited(),),
    ),
    Document(
        PaperKind.approval_letter,
        "decision",
        "M-",
        DECISION_FACTS,
        signed=(Quality.general_secretary,),
        words={"ar": DECISION_WORDS},
        offered=lambda decision: decision.outcome == s.Outcome.approved,
    ),
    Document(
        PaperKind.agreement,
        "agreement",
        "{record.number}",
        (
            *("project.call.number", "project.reference", "project.title_ar", "project.commune.name_ar"),
            *("project.places", "carrier.name_ar", "carrier.registration_number", "carrier.address"),
            *("carrier.cnss_affiliation", "value", "value|words", "management_fee", "management_fee|words"),
            *("months", "starts_on", "ends_on"),
            Told("council", lambda agreement, on: council_of(agreement.project.call.edition)),
            Told("carrier_president", lambda agreement, on: agreement.carrier.president),
            Told("approved_on", approved_on),
            Told("fee_rate", fee_rate),
            Told("commune_party", lambda one, on: [one.project.commune.name_ar] if one.tripartite else []),
            Told("communal_clauses", lambda one, on: [one.communal_clause] if one.communal_clause else []),
            Told("support_tables", _supports),
            Rows("project.budget_lines", ("kind", "in_kind", "amount")),
            Rows("instalments", ("due_on", "amount")),
        ),
        head=HeadKind.council,
        signed=(
            Quality.council_president,
            (_l("The carrier"), "carrier.president", ""),
            (_l("The commune"), "", "tripartite"),
        ),
        needs=(ready.AgreementNumbered(),),
        words={"ar": AGREEMENT_WORDS},
    ),
)
