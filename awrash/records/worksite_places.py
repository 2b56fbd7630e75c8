"""The places of a worksite that contracts hold on each day, and those of an agreement that its worksites have."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any, TypeAlias

from sqlalchemy import func, literal, select, union_all

from awrash.database.record import lock_row, mapper_of
from awrash.database.session import db
from awrash.values.states import OVER, ContractState

Span: TypeAlias = tuple[date, date]  # a first and a last day, both included
ONE_DAY = timedelta(days=1)


def places_taken_by_others(contract: Any, spans: Sequence[Span]) -> dict[date, int]:
    """How many other contracts hold a place at a contract's worksite, on the first day of each span and at each change.

    Contracts that are about to be written count as they will be. The worksite's row is locked first: of two people who
    hire for the last place at once, the second waits and counts the first.
    """
    if not spans:
        return {}
    lock_row(contract.worksite)
    whole = min(first for first, _ in spans), max(last for _, last in spans)
    changes = Counter({first: 0 for first, _ in spans})
    for day, number in _changes_by_others(contract, whole):
        changes[max(day, whole[0])] += number
    held, taken = 0, {}
    for day in sorted(changes):
        held += changes[day]
        if any(first <= day <= last for first, last in spans):
            taken[day] = held
    return taken


def _changes_by_others(contract: Any, span: Span) -> Iterator[tuple[date, int]]:
    """The days on which others come and, the day after they leave, go; with how many more or fewer there are then."""
    kind, (first, last) = type(contract), span
    pending = [record for record in (*db.session.new, *db.session.dirty) if isinstance(record, kind)]
    replaced = {record.id for record in (*pending, *db.session.deleted, contract) if isinstance(record, kind)}
    overlap = (
        kind.starts_on <= last,
        kind.ends_on >= first,
        kind.ends_on >= kind.starts_on,
    )  # some left before it began
    others = (kind.worksite_id == contract.worksite.id, kind.id.not_in(replaced - {None}), *overlap)
    comings = select(kind.starts_on, func.count(), literal(True)).where(*others).group_by(kind.starts_on)
    goings = select(kind.ends_on, func.count(), literal(False)).where(*others).group_by(kind.ends_on)
    with db.session.no_autoflush:
        rows = db.session.execute(union_all(comings, goings)).all()
    for day, number, is_coming in rows:
        yield (day, number) if is_coming else (day + ONE_DAY, -number)
    for other in pending:
        if other is contract or other.worksite is not contract.worksite or not (other.starts_on and other.ends_on):
            continue
        if other.starts_on <= last and other.ends_on >= first and not other.never_ran:
            yield other.starts_on, 1
            yield other.ends_on + ONE_DAY, -1


def most_places_beside(worksite: Any) -> int:
    """The most places that other worksites of its agreement have on one of a worksite's days; those over have none.

    The agreement's row is locked first: of two people who plan a worksite at once, the second counts the first.
    """
    lock_row(worksite.agreement)
    kind = type(worksite)
    others, replaced = _pending_of(kind, worksite)
    columns = select(kind.opens_on, kind.closes_on, kind.places)
    of_agreement = (kind.agreement_id == worksite.agreement.id, kind.id.not_in(replaced), kind.state.not_in(OVER))
    with db.session.no_autoflush:
        spans = [tuple(row) for row in db.session.execute(columns.where(*of_agreement))]
    for other in others:
        is_complete = other.opens_on and other.closes_on and other.places
        if other.agreement is worksite.agreement and other.state not in OVER and is_complete:
            spans.append((other.opens_on, other.closes_on, other.places))
    first, last = worksite.opens_on, worksite.closes_on
    return _most_at_once((max(opens, first), min(closes, last), places) for opens, closes, places in spans)


def most_places_taken(worksite: Any) -> int:
    """The most people who have a place at a worksite on one day, by contracts that have not ended.

    The worksite's row is locked first: who hires at the same time waits, and counts the places as they will be.
    """
    lock_row(worksite)
    kind = mapper_of(worksite).relationships["contracts"].mapper.class_
    others, replaced = _pending_of(kind)
    there = (kind.worksite_id == worksite.id, kind.id.not_in(replaced), kind.state != ContractState.ended)
    with db.session.no_autoflush:
        spans = [(*row, 1) for row in db.session.execute(select(kind.starts_on, kind.ends_on).where(*there))]
    for other in others:
        if other.worksite is worksite and other.state != ContractState.ended and other.starts_on and other.ends_on:
            spans.append((other.starts_on, other.ends_on, 1))
    return _most_at_once(spans)


def _pending_of(kind: type[Any], but: object = None) -> tuple[list[Any], set[int]]:
    """The records of a kind that are about to be written, and the numbers of the rows that don't count as they are."""
    pending = [record for record in (*db.session.new, *db.session.dirty) if isinstance(record, kind)]
    gone = [record for record in (*db.session.deleted, but) if isinstance(record, kind)]
    replaced = {record.id for record in (*pending, *gone)} - {None}
    return [record for record in pending if record is not but], replaced


def _most_at_once(spans: Iterable[tuple[date, date, int]]) -> int:
    """The highest sum of the numbers of those spans that hold a common day; a span that ends before it begins is none.

    A span is a first and a last day, both included, with a number.
    """
    changes: Counter[date] = Counter()
    for first, last, number in spans:
        if first <= last:
            changes[first] += number
            changes[last + ONE_DAY] -= number
    held = most = 0
    for day in sorted(changes):
        held += changes[day]
        most = max(most, held)
    return most
