"""Papers of a complaint: its receipt, and the letter that answers it."""

from typing import Any

from awrash.models import Complaint, Participant
from awrash.papers import requirements
from awrash.papers.fields import Derived, written_lines, zero_or_one
from awrash.papers.paper import Paper, Signer
from awrash.records.letterheads import Quality
from awrash.values.language import _l

CONFIDENTIAL = _l("Confidential")


def _unless_confidential(complaint: Complaint, value: Any) -> list[Any]:
    """A value that a confidential paper leaves out: whoever finds the paper learns nothing of who and where."""
    return [] if complaint.is_confidential else zero_or_one(value)


def _complainant(complaint: Complaint) -> Participant | str | None:
    """Who complains: a participant, or somebody else by name; None for nobody."""
    return complaint.participant or complaint.from_name


def _worksite_name(complaint: Complaint) -> str | None:
    return complaint.worksite.name_ar if complaint.worksite else None


COMPLAINT_WORDS = {
    "رقم الشكاية": "number",
    "تاريخ الشكاية": "received_on",
    "موضوع الشكاية": "kind",
    "تاريخ الجواب": "answered_on",
}
MARK = Derived("marks", lambda complaint, on: [CONFIDENTIAL] if complaint.is_confidential else [])

PAPERS = (
    Paper(
        name="complaint_receipt",
        label=_l("Receipt of a complaint"),
        record="complaint",
        number="{record.number}",
        facts=(
            *("received_on", "kind", "due_on"),
            MARK,
            Derived("people", lambda complaint, on: _unless_confidential(complaint, _complainant(complaint))),
            Derived("worksites", lambda complaint, on: _unless_confidential(complaint, _worksite_name(complaint))),
            Derived("texts", lambda complaint, on: _unless_confidential(complaint, written_lines(complaint.text))),
        ),
        signers=(Signer(_l("The officer who received it")),),
    ),
    Paper(
        name="complaint_answer",
        label=_l("Answer to a complaint"),
        record="complaint",
        number="{record.number}",
        facts=(
            *("number", "received_on", "kind", "answered_on"),
            MARK,
            Derived("people", lambda complaint, on: zero_or_one(_complainant(complaint))),
            Derived("answer", lambda complaint, on: written_lines(complaint.answer)),
        ),
        signers=(Quality.head_of_unit,),
        requirements=(requirements.ComplaintAnswered(),),
        words={"ar": COMPLAINT_WORDS},
    ),
)
