"""Papers of a complaint: its receipt, and the letter that answers it."""

from typing import Any

from awrash.database.record import value_at
from awrash.papers import requirements
from awrash.papers.document import Document
from awrash.papers.fields import Told
from awrash.records.letterheads import Quality
from awrash.records.paper_kinds import PaperKind
from awrash.values.language import _l
from awrash.values.text import clean_lines

CONFIDENTIAL = _l("Confidential")


def _lines(text: str | None) -> list[str]:
    return [line for line in clean_lines(text or "").splitlines() if line]


def _open(complaint: Any, value: Any) -> list[Any]:
    """A value that a confidential paper keeps to itself: whoever finds the paper learns nothing of who and where."""
    return [value] if value and not complaint.is_confidential else []


def _person(complaint: Any) -> Any:
    return complaint.participant or complaint.from_name


COMPLAINT_WORDS = {
    "رقم الشكاية": "number",
    "تاريخ الشكاية": "received_on",
    "موضوع الشكاية": "kind",
    "تاريخ الجواب": "answered_on",
}
MARK = Told("marks", lambda complaint, on: [CONFIDENTIAL] if complaint.is_confidential else [])

PAPERS = (
    Document(
        PaperKind.complaint_receipt,
        "complaint",
        "{record.number}",
        (
            *("received_on", "kind", "due_on"),
            MARK,
            Told("people", lambda complaint, on: _open(complaint, _person(complaint))),
            Told("worksites", lambda complaint, on: _open(complaint, value_at(complaint, "worksite.name_ar"))),
            Told("texts", lambda complaint, on: _open(complaint, _lines(complaint.text))),
        ),
        signed=((_l("The officer who received it"), "", ""),),
    ),
    Document(
        PaperKind.complaint_answer,
        "complaint",
        "{record.number}",
        (
            *("number", "received_on", "kind", "answered_on"),
            MARK,
            Told("people", lambda complaint, on: [_person(complaint)] if _person(complaint) else []),
            Told("answer", lambda complaint, on: _lines(complaint.answer)),
        ),
        signed=(Quality.head_of_unit,),
        needs=(requirements.ComplaintAnswered(),),
        words={"ar": COMPLAINT_WORDS},
    ),
)
