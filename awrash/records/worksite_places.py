"""The places of a worksite that contracts hold on each day."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, TypeAlias

from sqlalchemy import func, literal, select, union_all

from awrash.database.record import lock_row
from awrash.database.session import db

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
