"""The hook: every record about to be written obeys its rules, whichever door it came through."""

from collections.abc import Callable, Iterator

from sqlalchemy import event
from sqlalchemy.orm import Session

from awrash.database.record import Record
from awrash.database.session import ONLY_ASKED, RecordSession
from awrash.rules.check import prepare_record, refusals_of
from awrash.rules.rule import RuleError
from awrash.rules.versions import count_what_changed_inside


class Tried(Exception):
    """A piece of work that was only tried came as far as writing: its refusals are known."""


@event.listens_for(RecordSession, "before_flush")
def obey_the_rules(session: Session, *_: object) -> None:
    """Raise the first refusal of the records about to be written; of work that is only tried, collect them all."""
    collected: list[RuleError] | None = session.info.get(ONLY_ASKED)
    with session.no_autoflush:
        if collected is not None:
            if not (session.new or session.deleted or any(map(session.is_modified, session.dirty))):
                return
            collected += _refusals(session)
            raise Tried
        refusal = next(_refusals(session), None)
        if refusal is not None:
            raise refusal
        count_what_changed_inside(session, [*_written(session), *session.deleted])


def _written(session: Session) -> Iterator[Record]:
    for record in [*session.new, *session.dirty]:
        if record in session.new or session.is_modified(record):
            yield record


def _refusals(session: Session) -> Iterator[RuleError]:
    for record in _written(session):
        prepare_record(record)
        yield from refusals_of(record)
    for record in session.deleted:
        yield from refusals_of(record, on_delete=True)


def refusals_if_run(session: Session, work: Callable[[], object]) -> list[RuleError] | None:
    """What the rules would refuse of a piece of work up to its first write; None when it would change nothing.

    Nothing is written, locked or counted, and the session is rolled back: a page asks before it shows a button.
    """
    refusals: list[RuleError] = []
    session.info[ONLY_ASKED] = refusals
    try:
        with session.no_autoflush:  # the work says when it is ready to be judged
            work()
    except Tried:
        return refusals
    except RuleError as refusal:
        return [*refusals, refusal]
    finally:
        del session.info[ONLY_ASKED]
        session.rollback()
    return None
