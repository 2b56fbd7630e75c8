"""Who reads what a record says in confidence."""

from collections.abc import Iterable
from typing import Protocol

from awrash.rules.rule import Rule
from awrash.values.language import _l


class Confided(Protocol):
    """A record that may be confidential, and the names of the roles that read it then."""

    is_confidential: bool
    __confided_to__: tuple[str, ...]


class Reader(Protocol):
    """An account, as far as reading goes."""

    def may(self, roles: Iterable[str]) -> bool: ...


class ReadInConfidence(Rule):
    """[D] A confidential complaint is read by those whom the record names alone; others see that there is one, not
    whose (docs/programme.md, "What went wrong elsewhere")."""

    message = _l(
        "%(record)s is confidential: only the complaints officer and the head of the unit read it. Ask one of them."
    )

    def check_reader(self, record: object, reader: Reader) -> None:
        """Refuse that an account reads all that a record says."""
        if not reads(reader, record):
            self.refuse(record=record)


def reads(reader: Reader, record: object) -> bool:
    """Whether an account reads all that a record says; of a record that cannot be confidential everybody does."""
    return not getattr(record, "is_confidential", False) or reader.may(getattr(record, "__confided_to__", ()))
