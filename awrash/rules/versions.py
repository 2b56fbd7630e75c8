"""A record's version counts what changes inside it too: its lines, and the lists ticked on it.

So of two people with the same page open the second is told, whichever part of the record the first changed, and
through whichever door. The record's own row is written before its lines: two transactions wait, and never deadlock.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import Mapper, RelationshipProperty, Session, SessionTransaction

from awrash.database.record import parent_relation
from awrash.database.session import RecordSession

COUNTED = "counted"  # in the session's info: the records whose version was raised in this transaction


@cache
def held_lists(mapper: Mapper[Any]) -> tuple[str, ...]:
    """The relations to many that a record holds: its lines, and the lists of which its link table says that it owns."""
    return tuple(one.key for one in mapper.relationships if one.cascade.delete_orphan or _holds(one))


def _holds(relation: RelationshipProperty[Any]) -> bool:
    if relation.secondary is None:
        return False
    owner_side = next(iter(relation.secondary.columns))  # `database/columns.py` names the owner first
    return any(key.column.table is relation.parent.local_table for key in owner_side.foreign_keys)


def holder_keys(kind: Any) -> list[Any]:
    """The keys by which lines are ordered before many are written: two who do so lock their records in one order."""
    way = parent_relation(inspect(kind))
    return [*inspect(kind).relationships[way].local_columns] if way else []


def count_what_changed_inside(session: Session, written: Iterable[Any]) -> None:
    """Raise by one, once a transaction, the version of each record of which a line or a ticked list is written."""
    counted = session.info.setdefault(COUNTED, set())
    waiting = [one for record in written for one in _touched_by(record)]
    while waiting:
        record = waiting.pop()
        known = inspect(record)
        if not known.persistent or record in session.deleted or known.identity_key in counted:
            continue
        counted.add(known.identity_key)
        if not known.attrs.version.history.has_changes():
            record.version += 1
        waiting += _holders_of(record)


def _touched_by(record: Any) -> Iterator[Any]:
    known = inspect(record)
    if any(known.attrs[name].history.has_changes() for name in held_lists(known.mapper)):
        yield record
    yield from _holders_of(record)


def _holders_of(line: Any) -> Iterator[Any]:
    """The record that a line is part of, and the one that it was part of before this flush."""
    known = inspect(line)
    if way := parent_relation(known.mapper):
        yield from (one for one in (getattr(line, way), *(known.attrs[way].history.deleted or ())) if one is not None)


@event.listens_for(RecordSession, "after_soft_rollback")
def forget_what_was_taken_back(session: Session, _: SessionTransaction) -> None:
    session.info.pop(COUNTED, None)


@event.listens_for(RecordSession, "after_transaction_end")
def forget_at_the_end(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(COUNTED, None)
