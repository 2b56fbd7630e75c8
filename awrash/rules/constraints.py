"""What a database refuses, told as the sentence of the rule that stands before it."""

import re
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from awrash.database.record import lock_version
from awrash.database.session import Base
from awrash.rules.rule import Rule, RuleError
from awrash.values.language import _l


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

    def check_seen(self, record: Any, version: str | None) -> None:
        """Refuse to change a record by a form that was opened before its last change, or that doesn't say when."""
        if not (version and version.isascii() and version.isdigit()):
            self.refuse(sentence=self.unread, subject=record)
        if version != str(lock_version(record)):
            self.refuse(subject=record)


KEPT_FOR_GOOD: list[Rule] = []  # what every record obeys when it is deleted, besides its own rules


# ---- what the database refuses when two people write at once

BEHIND_CONSTRAINT: dict[str, Rule] = {}  # name of a constraint -> the rule that it makes certain


def refusal_of(error: IntegrityError | StaleDataError, subject: Any = None) -> RuleError:
    """The rule's sentence behind a constraint that the database enforced, by its name, or behind a lost version."""
    if isinstance(error, StaleDataError):
        return RuleError(Changed(), Changed.unnamed) if subject is None else RuleError(Changed(), subject=subject)
    said = str(getattr(getattr(error.orig, "diag", None), "constraint_name", None) or _named(str(error.orig)))
    for name, rule in BEHIND_CONSTRAINT.items():
        if name in said:
            return RuleError(rule)
    taken = "unique" in said.lower() or said.startswith("uq_")
    return RuleError(Taken() if taken else StillInUse())


def _named(said: str) -> str:
    """SQLite tells the columns of a unique index, `payment.pay_slip_id`: its own names are added to what it says."""
    told = re.fullmatch(r"UNIQUE constraint failed: ((\w+)\.\w+(?:, \w+\.\w+)*)", said)
    if told is None:
        return said
    table = Base.metadata.tables[told[2]]
    alike = [one for one in table.indexes if one.unique and ", ".join(map(str, one.columns)) == told[1]]
    return " ".join([said, *(str(one.name) for one in alike)])
