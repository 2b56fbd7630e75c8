"""What the team does: one verb each, given the records, the day and the actor; who asked is the door's affair.

Rules refuse in the hook when the change is flushed. Nothing here commits.
"""

from datetime import date
from itertools import count
from typing import Any

from sqlalchemy import inspect, select

from awrash.database.session import db
from awrash.models import Agreement
from awrash.records.issued_papers import IssuedPaper
from awrash.records.paper_kinds import PaperKind
from awrash.records.paper_texts import PaperLanguage
from awrash.rules.signatures import SignedOnce
from awrash.rules.steps import AllowedStep
from awrash.values.text import numbered


def step(record: Any, state: Any, why: str | None = None, name: str = "state") -> None:
    """Move a record along its steps and write it; the audit line keeps the reason.

    Of two people who take the same step, the second is told: nothing that follows from it happens twice.
    """
    AllowedStep(inspect(type(record)).attrs[name].info["steps"], name).check_taken(record, state)
    record.why = why
    setattr(record, name, state)
    db.session.flush()


def next_number(kind: Any, field: str, before: str, after: str = "", width: int = 0) -> str:
    """The next number of a series such as `23-أ ع م-2026` or `2026-0041`: after the last given, and on no paper.

    A record that has its number is never deleted; of those deleted before that was a rule, the papers keep the number.
    """
    column = getattr(kind, field)
    with db.session.no_autoflush:
        taken = db.session.scalars(select(column).filter(column.startswith(before), column.endswith(after))).all()
        middle = (text[len(before) : len(text) - len(after)] for text in taken)
        last = max((number for number in map(numbered, middle) if number is not None), default=0)
        following = (f"{before}{number:0{width}d}{after}" for number in count(last + 1))
        return next(number for number in following if not _is_printed(kind, number))


def _is_printed(kind: Any, number: str) -> bool:
    """Whether a paper of this kind of record bears a number; every paper is named, so that their index is read."""
    asked = select(IssuedPaper.record).filter_by(number=number)
    asked = asked.where(IssuedPaper.document.in_(PaperKind), IssuedPaper.language.in_(PaperLanguage))
    return kind.__tablename__ in db.session.scalars(asked).all()


def _sign(agreement: Agreement, name: str, on: date) -> None:
    SignedOnce().check_first(agreement, name)
    setattr(agreement, name, on)


def _numbered(agreement: Agreement, on: date) -> None:
    if not agreement.number:
        agreement.number = next_number(Agreement, "number", "", f"-أ ع م-{on.year}")
