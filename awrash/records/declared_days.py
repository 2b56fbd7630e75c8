"""Days declared to CNSS: those of wages whose declaration went to Damancom and was not rejected, month by month.

[A] Cover rests on the declaration; [D] a file that nobody uploaded has declared nobody, and what a correction takes
back stays declared until the agency of CNSS settles it (docs/programme.md, "Health cover").
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select, union_all

from awrash.database.record import Record
from awrash.database.session import db
from awrash.values.states import DECLARED, SlipKind


@dataclass(frozen=True)
class DeclaredMonth:
    """Days of one person in one month, and the day on which they were declared first; None where it was not kept."""

    days: int
    declared_on: date | None


DeclaredMonths = dict[date, DeclaredMonth]
Whose = Callable[[ColumnElement[int]], ColumnElement[bool]]  # the condition of the people's ids


def declared_months(whose: Whose | None = None) -> Select[Any]:
    """Participant, month, days and first day of declaration, of the people meant or of all: one row a month."""
    parts = union_all(_in_declarations(whose), _in_complements(whose)).subquery()
    person, month = parts.c.participant_id, parts.c.month
    sums = (func.sum(parts.c.days).label("days"), func.min(parts.c.declared_on).label("declared_on"))
    return select(person, month, *sums).group_by(person, month).order_by(person, month)


def declared_of(whose: Whose) -> dict[int, DeclaredMonths]:
    """The declared months of these people, each in its order; nobody without. One select, which flushes nothing."""
    declared: dict[int, DeclaredMonths] = {}
    with db.session.no_autoflush:
        for person, month, days, declared_on in db.session.execute(declared_months(whose)):
            declared.setdefault(person, {})[month] = DeclaredMonth(int(days), declared_on)
    return declared


def first_declared() -> Any:
    """Of each person who was declared: `participant_id` and `declared_on`, the day of their first declaration."""
    months = declared_months().order_by(None).subquery()
    first = select(months.c.participant_id, func.min(months.c.declared_on).label("declared_on"))
    return first.group_by(months.c.participant_id).subquery()


def _in_declarations(whose: Whose | None) -> Select[Any]:
    """Days of the month's own wages."""
    slip, declaration, run = (Record.metadata.tables[name] for name in ("pay_slip", "declaration", "payroll_run"))
    days = func.sum(slip.c.days)
    query = _slips(declaration, days, whose).join(run, run.c.id == slip.c.run_id)
    return query.where(slip.c.kind == SlipKind.regular, slip.c.month == run.c.month).having(days > 0)


def _in_complements(whose: Whose | None) -> Select[Any]:
    """Days that complementary files add to an earlier month."""
    slip, complement = (Record.metadata.tables[name] for name in ("pay_slip", "complement"))
    days = func.sum(case((slip.c.kind == SlipKind.reversal, -slip.c.days), else_=slip.c.days))
    query = _slips(complement, days, whose).where(slip.c.kind != SlipKind.regular)
    return query.where(complement.c.month == slip.c.month).group_by(complement.c.id).having(days > 0)


def _slips(file: Any, days: Any, whose: Whose | None) -> Select[Any]:
    """The wages that stand in a kind of file of CNSS, by person and month."""
    names = ("pay_slip", "contract", "worksite", "agreement")
    slip, contract, worksite, agreement = (Record.metadata.tables[name] for name in names)
    person = contract.c.participant_id
    query = (
        select(person, slip.c.month, days.label("days"), func.min(file.c.uploaded_on).label("declared_on"))
        .select_from(slip)
        .join(contract, contract.c.id == slip.c.contract_id)
        .join(worksite, worksite.c.id == contract.c.worksite_id)
        .join(agreement, agreement.c.id == worksite.c.agreement_id)
        .join(file, and_(file.c.run_id == slip.c.run_id, file.c.carrier_id == agreement.c.carrier_id))
        .where(slip.c.blocked_by.is_(None), file.c.state.in_(DECLARED))
        .group_by(person, slip.c.month)
    )
    return query.where(whose(person)) if whose else query
