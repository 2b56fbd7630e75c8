"""A step of a record along its states: the rules refuse in the hook when the change is flushed."""

from sqlalchemy.orm import object_mapper

from awrash.database.record import Record
from awrash.database.session import db
from awrash.rules.steps import AllowedStep
from awrash.values.states import Word


def step(record: Record, state: Word, why: str | None = None, name: str = "state") -> None:
    """Move a record to a state along its steps and write it; the audit line keeps the reason.

    `name` is the field that holds the state. Of two people who take the same step the second is refused, so nothing
    that follows from it happens twice; RuleError for a step that does not exist.
    """
    AllowedStep(object_mapper(record).attrs[name].info["steps"], name).check_taken(record, state)
    record.why = why
    try:
        setattr(record, name, state)
        db.session.flush()
    finally:
        record.why = None  # a step that is refused leaves no reason for the next change
