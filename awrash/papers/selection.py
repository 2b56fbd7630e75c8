"""Papers from the call to the agreement: what each says, who signs it, when it is issued."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from flask_babel import ngettext

from awrash.database.record import value_at
from awrash.papers import requirements
from awrash.papers.document import CouncilInFull, Document
from awrash.papers.fields import TableRows, Told, number, optional, some
from awrash.records.dated_figures import Parameter
from awrash.records.letterheads import HeadKind, Quality
from awrash.records.paper_kinds import PaperKind
from awrash.values.figure_names import Figure
from awrash.values.language import _l
from awrash.values.states import Outcome, ProjectState
from awrash.values.text import clean_lines

HUNDRED = 100
FILE_COMPLETE = _l("The file has all the documents required.")
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
DECISION_WORDS = {
    "رقم المشروع": "project.reference",
    "عنوان المشروع": "project.title_ar",
    "اسم الهيئة": "project.carrier.name_ar",
    "الجماعة": "project.commune.name_ar",
    "عدد المناصب": "project.places",
    "المدة": "duration",
    "المدة بالأشهر": "project.months",
    "تاريخ الجلسة": "session.held_on",
    "رئيس الجلسة": "session.chair",
    "سبب القرار": "reasons",
}
MISSING_WORDS = {
    "رقم المشروع": "reference",
    "عنوان المشروع": "title_ar",
    "اسم الهيئة": "carrier.name_ar",
    "رقم طلب المشاريع": "call.number",
    "تاريخ الإيداع": "deposited_on",
    "الوثائق الناقصة": "missing",
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
    days = [one.session.held_on for one in agreement.project.decisions if one.outcome == Outcome.approved]
    return days[-1] if days else None


def table(name: str, of: Callable[[Any], Iterable[dict[str, Any]]]) -> Told:
    """The rows of a table, and none of its table when there is no row."""
    return Told(name, lambda record, _on: some(list(of(record))))


def duration(path: str) -> Told:
    """A number of months as it is said: 3 months, 11 months, each with its own word in Arabic."""

    def said(record: Any, _on: date) -> str:
        months = value_at(record, path) or 0
        return ngettext("one month", "%(num)s months", months)

    return Told("duration", said)


def _supports(agreement: Any) -> Iterable[dict[str, Any]]:
    for one in agreement.project.supports:
        yield {"service": one.service, "kind": one.kind, "description": some(one.description)}


def _received(project: Any) -> Iterable[dict[str, Any]]:
    for one in project.documents:
        if one.received_on:
            yield {"name": one.document.name_ar, "on": one.received_on}


def _missing(project: Any, _on: date | None = None) -> list[str]:
    return [one.name_ar for one in project.missing_documents]


# ---- the call


def specifications_on(call: Any, day: date) -> Any:
    """The version published last by a day; before the first of them, the latest draft; None when none is written."""
    published = [one for one in call.specifications if one.published_on and one.published_on <= day]
    return next(reversed(published or call.specifications), None)


def _specifications(call: Any, on: date) -> list[Any]:
    """The text in force: in French too where it is written, else in Arabic alone."""
    version = specifications_on(call, on)
    if version is None:
        return []
    arabic, french = (_lines(text) for text in (version.body_ar, version.body_fr))
    only = [] if french else arabic
    shown = {"number": version.number, "published": some(version.published_on)}
    return [shown | {"arabic": arabic, "french": french, "arabic_only": some(only)}]


def _lines(text: str | None) -> list[str]:
    return [line for line in clean_lines(text or "").splitlines() if line]


# ---- the scoring


def _scoring(project: Any, _on: date) -> dict[str, Any]:
    """The grid with the points given, or with room for them; the total once every criterion has its points."""
    given = {one.criterion: one.points for one in project.scores}
    rows = [
        {
            "name": one.name_ar,
            "weight": one.weight,
            "points": [given[one]] if one in given else [],
            "weighted": [given[one] * one.weight] if one in given else [],
        }
        for one in project.call.criteria
    ]
    scored = not project.unscored_criteria
    return {
        "rows": rows,
        "weights": sum(one.weight for one in project.call.criteria),
        "sums": [sum(given[one] * one.weight for one in project.call.criteria)] if scored else [],
        "scores": [project.score] if scored else [],
    }


def _letter(kind: PaperKind, outcome: Outcome) -> Document:
    """What a carrier is told of the committee's decision on its project."""
    return Document(
        kind,
        "decision",
        "M-",
        (
            *("project.reference", "project.title_ar", "project.places", "project.months", "project.commune.name_ar"),
            *("project.carrier.name_ar", "session.held_on", "session.chair", duration("project.months")),
            optional("addresses", "project.carrier.address"),
            optional("reasons", "reason"),
        ),
        signed=(Quality.general_secretary,),
        words={"ar": DECISION_WORDS},
        offered=lambda decision: bool(decision.outcome == outcome),
    )


PAPERS = (
    Document(
        PaperKind.call_specifications,
        "call",
        "{record.number}",
        (
            *("number", "title_ar", "title_fr", "edition.year", "opens_on", "closes_on"),
            Told("specifications", _specifications),
            TableRows("required_documents", ("name_ar", "name_fr", "is_required")),
            TableRows("criteria", ("name_ar", "name_fr", "weight")),
            Told("weights", lambda call, on: sum(one.weight for one in call.criteria)),
        ),
        languages=("ar", "fr"),
        signed=(Quality.governor,),
        needs=(requirements.CallPublished(),),
    ),
    Document(
        PaperKind.deposit_receipt,
        "project",
        "{record.reference}",
        (
            *("call.number", "carrier.name_ar", "carrier.registration_number", "title_ar", "commune.name_ar"),
            *("places", "months", "value", "deposited_on"),
            table("received", _received),
            Told("missing", lambda project, on: some(_missing(project))),
            Told("complete", lambda project, on: [] if project.missing_documents else [FILE_COMPLETE]),
        ),
        signed=(Quality.head_of_unit,),
        needs=(requirements.Deposited(),),
    ),
    Document(
        PaperKind.completeness_letter,
        "project",
        "M-",
        (
            *("reference", "title_ar", "carrier.name_ar", "call.number", "deposited_on"),
            optional("addresses", "carrier.address"),
            Told("missing", _missing),
        ),
        signed=(Quality.head_of_unit,),
        words={"ar": MISSING_WORDS},
        offered=lambda project: bool(project.state == ProjectState.deposited and project.missing_documents),
    ),
    Document(
        PaperKind.scoring_sheet,
        "project",
        "{record.reference}",
        (
            *("reference", "title_ar", "call.number", "carrier.name_ar", "commune.name_ar", "places", "months"),
            *("value", Told("scoring", _scoring)),
        ),
        needs=(requirements.ReadyToScore(),),
    ),
    _letter(PaperKind.approval_letter, Outcome.approved),
    _letter(PaperKind.deferral_letter, Outcome.deferred),
    _letter(PaperKind.refusal_letter, Outcome.refused),
    Document(
        PaperKind.agreement,
        "agreement",
        "{record.number}",
        (
            *("project.call.number", "project.reference", "project.title_ar", "project.commune.name_ar"),
            *("project.places", "carrier.name_ar", "carrier.registration_number", "value"),
            *("value|words", "management_fee", "management_fee|words", "months", "starts_on", "ends_on"),
            Told("council", lambda agreement, on: council_of(agreement.project.call.edition)),
            Told("carrier_president", lambda agreement, on: agreement.carrier.president),
            Told("approved_on", approved_on),
            Told("fee_rate", fee_rate),
            Told("commune_party", lambda one, on: [one.project.commune.name_ar] if one.tripartite else []),
            Told("service_third", lambda one, on: some(None if one.tripartite else one.service)),
            Told("service_fourth", lambda one, on: some(one.service if one.tripartite else None)),
            Told("communal_clauses", lambda one, on: [one.communal_clause] if one.communal_clause else []),
            table("supports", _supports),
            duration("months"),
            optional("seats", "carrier.address"),
            optional("affiliations", "carrier.cnss_affiliation"),
            TableRows("project.budget_lines", ("kind", "in_kind", "amount")),
            TableRows("instalments", ("due_on", "amount")),
        ),
        head=HeadKind.council,
        signed=(
            Quality.council_president,
            (_l("The carrier"), "carrier.president", ""),
            (_l("The commune"), "", "tripartite"),
            (_l("The external service"), "service", "service"),
        ),
        needs=(requirements.AgreementStands(), requirements.AgreementNumbered(), requirements.PresidentNamed()),
        words={"ar": AGREEMENT_WORDS},
    ),
)
