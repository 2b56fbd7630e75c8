"""The partnership agreement: between the council, the carrier and, where they take part, commune and service."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from awrash.models import Agreement, Edition
from awrash.papers import requirements
from awrash.papers.fields import (
    Derived,
    TableRows,
    duration,
    isolate_number,
    optional_fact,
    optional_table,
    zero_or_one,
)
from awrash.papers.paper import Paper, Signer
from awrash.records.dated_figures import Parameter
from awrash.records.letterheads import HeadKind, Quality
from awrash.values.figure_names import Figure
from awrash.values.language import _l
from awrash.values.states import Outcome, Word

PERCENT = 100  # per cent in a whole
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
    "المدة": "duration",
    "المدة بالأشهر": "months",
    "تاريخ البداية": "starts_on",
    "تاريخ النهاية": "ends_on",
    "عدد المناصب": "project.places",
}


class CouncilInFull(Word):
    """The council as papers name it; which of the two is a setting of the edition."""

    prefectural = "prefectural", _l("Council of the prefecture of Inezgane-Aït Melloul")
    provincial = "provincial", _l("Provincial council of Inezgane-Aït Melloul")


def council_of(edition: Edition) -> CouncilInFull:
    """The council as the edition's papers name it."""
    return CouncilInFull(edition.council_name.value)


def _fee_rate(agreement: Agreement, _on: date) -> str:
    """Share of the project's value for administrative management, in percent, of the call's opening day."""
    rate = Parameter.on(Figure.management_fee_rate, agreement.opening_day) * PERCENT
    return isolate_number(f"{rate.normalize():f} %")


def _approved_on(agreement: Agreement, _on: date) -> date | None:
    """The day of the session that approved the agreement's project; the last when it was approved twice."""
    days = [
        decision.session.held_on for decision in agreement.project.decisions if decision.outcome == Outcome.approved
    ]
    return days[-1] if days else None


def _supports(agreement: Agreement) -> Iterator[dict[str, Any]]:
    for support in agreement.project.supports:
        yield {"service": support.service, "kind": support.kind, "description": zero_or_one(support.description)}


def _commune_party(agreement: Agreement, _on: date) -> list[str]:
    """The commune, as third party of an agreement of three."""
    commune = agreement.project.commune
    return [commune.name_ar] if commune and agreement.tripartite else []


def _service_third(agreement: Agreement, _on: date) -> list[str]:
    """The external service, when it is the third party: the commune is none."""
    return zero_or_one(None if agreement.tripartite else agreement.service)


def _service_fourth(agreement: Agreement, _on: date) -> list[str]:
    """The external service, when it is the fourth party after the commune."""
    return zero_or_one(agreement.service if agreement.tripartite else None)


PAPERS = (
    Paper(
        name="agreement",
        label=_l("Partnership agreement"),
        record="agreement",
        number="{record.number}",
        facts=(
            *("project.call.number", "project.reference", "project.title_ar", "project.commune.name_ar"),
            *("project.places", "carrier.name_ar", "carrier.registration_number", "value"),
            *("value|words", "management_fee", "management_fee|words", "months", "starts_on", "ends_on"),
            Derived("council", lambda agreement, on: council_of(agreement.project.call.edition)),
            Derived("carrier_president", lambda agreement, on: agreement.carrier.president),
            Derived("approved_on", _approved_on),
            Derived("fee_rate", _fee_rate),
            Derived("commune_party", _commune_party),
            Derived("service_third", _service_third),
            Derived("service_fourth", _service_fourth),
            optional_fact("communal_clauses", "communal_clause"),
            optional_table("supports", _supports),
            duration("months"),
            optional_fact("seats", "carrier.address"),
            optional_fact("affiliations", "carrier.cnss_affiliation"),
            TableRows("project.budget_lines", ("kind", "in_kind", "amount")),
            TableRows("instalments", ("due_on", "amount")),
        ),
        head=HeadKind.council,
        signers=(
            Quality.council_president,
            Signer(_l("The carrier"), "carrier.president"),
            Signer(_l("The commune"), only_if="tripartite"),
            Signer(_l("The external service"), "service", only_if="service"),
        ),
        requirements=(
            requirements.AgreementStands(),
            requirements.AgreementNumbered(),
            requirements.PresidentNamed(),
        ),
        words={"ar": AGREEMENT_WORDS},
    ),
)
