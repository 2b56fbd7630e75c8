"""A record's version counts what changes inside it too: its lines, and the lists ticked on it.

So of two people with the same page open the second is refused, whichever part of the record the first changed, and
through whichever door. The record's own row is written before its lines: two transactions wait, and never deadlock.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import Mapper, RelationshipProperty, Session, SessionTransaction

from awrash.database.record import Record, parent_relation, state_of
from awrash.database.session import RecordSession

COUNTED = "counted"  # in the session's info: the records whose version was raised in this transaction


@cache
def held_lists(mapper: Mapper[Any]) -> tuple[str, ...]:
    """The relations to many that a record holds: its lines, and the lists of which its link table says that it owns."""
    return tuple(
        relation.key for relation in mapper.relationships if relation.cascade.delete_orphan or _is_owner(relation)
    )


def _is_owner(relation: RelationshipProperty[Any]) -> bool:
    if relation.secondary is None:
        return False
    owner_side = next(iter(relation.secondary.columns))  # `database/columns.py` names the owner first
    return any(key.column.table is relation.parent.local_table for key in owner_side.foreign_keys)


def holder_keys(kind: type[Record]) -> list[Any]:
    """The keys by which lines are ordered before many are written: two who do so lock their records in one order."""
    mapper: Mapper[Any] = inspect(kind)
    relation = parent_relation(mapper)
    return [*mapper.relationships[relation].local_columns] if relation else []


def count_what_changed_inside(session: Session, written: Iterable[Record]) -> None:
    """Raise by one, once a transaction, the version of each record of which a line or a ticked list is written."""
    counted = session.info.setdefault(COUNTED, set())
    waiting = [holder for record in written for holder in _touched_by(record)]
    while waiting:
        record = waiting.pop()
        state = state_of(record)
        if not state.persistent or record in session.deleted or state.identity_key in counted:
            continue
        counted.add(state.identity_key)
        if not state.attrs.version.history.has_changes():
            record.version += 1
        waiting += _holders_of(record)


def _touched_by(record: Record) -> Iterator[Record]:
    """The records whose content changes with this one: itself when one of its lists does, and what it is part of."""
    state = state_of(record)
    if any(state.attrs[name].history.has_changes() for name in held_lists(state.mapper)):
        yield record
    yield from _holders_of(record)


def _holders_of(line: Record) -> Iterator[Record]:
    """The record that a line is part of, and the one that it was part of before this flush."""
    state = state_of(line)
    if relation := parent_relation(state.mapper):
        holders = (getattr(line, relation), *(state.attrs[relation].history.deleted or ()))
        yield from (holder for holder in holders if holder is not None)


@event.listens_for(RecordSession, "after_soft_rollback")
def forget_what_was_taken_back(session: Session, _: SessionTransaction) -> None:
    session.info.pop(COUNTED, None)


@event.listens_for(RecordSession, "after_transaction_end")
def forget_at_the_end(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(COUNTED, None)
