"""Papers from the call to the scoring: what each says, who signs it, when it is issued."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from awrash.models import Call, Project, SpecificationVersion
from awrash.papers import requirements
from awrash.papers.fields import Derived, TableRows, optional_fact, optional_table, written_lines, zero_or_one
from awrash.papers.paper import Paper
from awrash.records.letterheads import Quality
from awrash.values.language import _l
from awrash.values.states import ProjectState

FILE_COMPLETE = _l("The file has all the documents required.")
MISSING_WORDS = {
    "رقم المشروع": "reference",
    "عنوان المشروع": "title_ar",
    "اسم الهيئة": "carrier.name_ar",
    "رقم طلب المشاريع": "call.number",
    "تاريخ الإيداع": "deposited_on",
    "الوثائق الناقصة": "missing",
}


# ---- the call


def specifications_on(call: Call, on: date) -> SpecificationVersion | None:
    """The version published last by a day; before the first of them, the latest draft; None when none is written."""
    published = [version for version in call.specifications if version.published_on and version.published_on <= on]
    return next(reversed(published or call.specifications), None)


def _specifications(call: Call, on: date) -> list[dict[str, Any]]:
    """The text in force: in French too where it is written, else in Arabic alone."""
    version = specifications_on(call, on)
    if version is None:
        return []
    arabic, french = written_lines(version.body_ar), written_lines(version.body_fr)
    return [
        {
            "number": version.number,
            "published": zero_or_one(version.published_on),
            "arabic": arabic,
            "french": french,
            "arabic_only": zero_or_one([] if french else arabic),
        }
    ]


# ---- the file


def _received(project: Project) -> Iterator[dict[str, Any]]:
    for received in project.documents:
        if received.received_on:
            yield {"name": received.document.name_ar, "on": received.received_on}


def _missing(project: Project, _on: date) -> list[str]:
    return [document.name_ar for document in project.missing_documents]


# ---- the scoring


def _scoring(project: Project, _on: date) -> dict[str, Any]:
    """The grid with the points given, or with room for them; the total once every criterion has its points."""
    criteria = project.call.criteria
    points = {score.criterion: score.points for score in project.scores}
    rows = [
        {
            "name": criterion.name_ar,
            "weight": criterion.weight,
            "points": [points[criterion]] if criterion in points else [],
            "weighted": [points[criterion] * criterion.weight] if criterion in points else [],
        }
        for criterion in criteria
    ]
    is_scored = not project.unscored_criteria
    return {
        "rows": rows,
        "weights": sum(criterion.weight for criterion in criteria),
        "sums": [sum(points[criterion] * criterion.weight for criterion in criteria)] if is_scored else [],
        "scores": [project.score] if is_scored else [],
    }


PAPERS = (
    Paper(
        name="call_specifications",
        label=_l("Call for projects and its specifications"),
        record="call",
        number="{record.number}",
        facts=(
            *("number", "title_ar", "title_fr", "edition.year", "opens_on", "closes_on"),
            Derived("specifications", _specifications),
            TableRows("required_documents", ("name_ar", "name_fr", "is_required")),
            TableRows("criteria", ("name_ar", "name_fr", "weight")),
            Derived("weights", lambda call, on: sum(criterion.weight for criterion in call.criteria)),
        ),
        languages=("ar", "fr"),
        signers=(Quality.governor,),
        requirements=(requirements.CallPublished(),),
    ),
    Paper(
        name="deposit_receipt",
        label=_l("Receipt of deposit"),
        record="project",
        number="{record.reference}",
        facts=(
            *("call.number", "carrier.name_ar", "carrier.registration_number", "title_ar", "commune.name_ar"),
            *("places", "months", "value", "deposited_on"),
            optional_table("received", _received),
            Derived("missing", lambda project, on: zero_or_one(_missing(project, on))),
            Derived("complete", lambda project, on: [] if project.missing_documents else [FILE_COMPLETE]),
        ),
        signers=(Quality.head_of_unit,),
        requirements=(requirements.Deposited(),),
    ),
    Paper(
        name="completeness_letter",
        label=_l("Letter about missing documents"),
        record="project",
        number="M-",
        facts=(
            *("reference", "title_ar", "carrier.name_ar", "call.number", "deposited_on"),
            optional_fact("addresses", "carrier.address"),
            Derived("missing", _missing),
        ),
        signers=(Quality.head_of_unit,),
        words={"ar": MISSING_WORDS},
        offered=lambda project: bool(project.state == ProjectState.deposited and project.missing_documents),
    ),
    Paper(
        name="scoring_sheet",
        label=_l("Scoring sheet"),
        record="project",
        number="{record.reference}",
        facts=(
            *("reference", "title_ar", "call.number", "carrier.name_ar", "commune.name_ar", "places", "months"),
            *("value", Derived("scoring", _scoring)),
        ),
        requirements=(requirements.ReadyToScore(),),
    ),
)
