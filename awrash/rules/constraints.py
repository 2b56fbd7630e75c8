"""What the database refuses, said in the sentence of the rule that stands before its constraint."""

import re

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from awrash.database.record import Record, lock_version
from awrash.database.session import Base
from awrash.rules.rule import Rule, RuleError
from awrash.values.language import _l
from awrash.values.text import number_or_none


class Taken(Rule):
    """Two people wrote the same number at the same moment; the constraint let one pass."""

    message = _l("Somebody has just recorded the same: read the list again.")


class StillInUse(Rule):
    """What others rest on is not deleted."""

    message = _l("Other records rest on this one: it cannot be deleted.")


class Changed(Rule):
    """Two people open the same record; the second to save sees what the first wrote before saving again."""

    message = _l("%(subject)s was changed by somebody else meanwhile: read it again, then save.")
    unnamed = _l("Somebody else changed this meanwhile: read it again, then repeat what you did.")
    unread = _l("This form does not say which state of %(subject)s it changes: open it again, then save.")

    def check_seen(self, record: Record, version: str | None) -> None:
        """Refuse to change a record by a form that was opened before its last change, or that doesn't say when.

        `version` is that of the record when the form was opened, as the form sends it.
        """
        if number_or_none(version) is None:
            self.refuse(sentence=self.unread, subject=record)
        if version != str(lock_version(record)):
            self.refuse(subject=record)


KEPT_FOR_GOOD: list[Rule] = []  # what every record obeys when it is deleted, besides its own rules


# ---- what the database refuses when two people write at once

BEHIND_CONSTRAINT: dict[str, Rule] = {}  # name of a constraint -> the rule that it makes certain


def refusal_of(error: IntegrityError | StaleDataError, subject: Record | str | None = None) -> RuleError:
    """The refusal behind a constraint that the database enforced, by its name, or behind a version that has changed.

    `subject` is the record, or its name, of which a lost change is said.
    """
    if isinstance(error, StaleDataError):
        return RuleError(Changed(), Changed.unnamed) if subject is None else RuleError(Changed(), subject=subject)
    constraint_name = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
    message = str(constraint_name or _with_index_names(str(error.orig)))
    for name, rule in BEHIND_CONSTRAINT.items():
        if name in message:
            return RuleError(rule)
    is_unique = "unique" in message.lower() or message.startswith("uq_")
    return RuleError(Taken() if is_unique else StillInUse())


def _with_index_names(message: str) -> str:
    """SQLite names the columns of a unique index, `payment.pay_slip_id`: the names of the index are added."""
    failed = re.fullmatch(r"UNIQUE constraint failed: ((\w+)\.\w+(?:, \w+\.\w+)*)", message)
    if failed is None:
        return message
    columns, table = failed[1], Base.metadata.tables[failed[2]]
    unique = [index for index in table.indexes if index.unique and ", ".join(map(str, index.columns)) == columns]
    return " ".join([message, *(str(index.name) for index in unique)])
