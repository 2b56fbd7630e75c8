"""A step of a record along its states: the rules refuse in the hook when the change is flushed."""

from typing import Any

from sqlalchemy import inspect

from awrash.database.session import db
from awrash.rules.steps import AllowedStep


def step(record: Any, state: Any, why: str | None = None, name: str = "state") -> None:
    """Move a record along its steps and write it; the audit line keeps the reason.

    Of two people who take the same step, the second is told: nothing that follows from it happens twice.
    """
    AllowedStep(inspect(type(record)).attrs[name].info["steps"], name).check_taken(record, state)
    record.why = why
    setattr(record, name, state)
    db.session.flush()
