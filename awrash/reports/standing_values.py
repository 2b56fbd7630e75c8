"""Values that stand from before a rule of their field became as strict as it is: nothing refuses them any more."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial

from sqlalchemy import or_, select

from awrash.database.record import Record, mapper_of, parent_of
from awrash.database.session import Base, db, rows_in_parts
from awrash.models import AttendanceLine, AttendanceSheet
from awrash.rules.check import closing, judged_columns, value_refusal
from awrash.rules.rule import RuleError
from awrash.validators import LockedOnceWorked, NoDayToCome
from awrash.values import months
from awrash.values.states import SheetState


@dataclass(frozen=True)
class StandingValue:
    """A value that its rule would refuse today.

    `holder` names the record on whose page it stands, `label` its field, `sentence` what the rule says of it, and
    `closed_by` why the record cannot be changed any more; empty while it can.
    """

    holder: str
    label: str
    sentence: str
    closed_by: str


def standing_values() -> Iterator[StandingValue]:
    """Every value that a rule of its field would refuse if it were written today, by kind of record."""
    for mapper in sorted(Base.registry.mappers, key=lambda mapper: str(mapper.class_.__tablename__)):
        yield from _standing_in(mapper.class_)


def _standing_in(kind: type[Record]) -> Iterator[StandingValue]:
    attributes = judged_columns(kind)
    if not attributes:
        return
    columns = [getattr(kind, attribute.key) for attribute in attributes]
    rows = select(kind.id, *columns).where(or_(*(column.is_not(None) for column in columns))).order_by(kind.id)
    for number, *values in rows_in_parts(rows):
        for attribute, value in zip(attributes, values, strict=True):
            refusal = value_refusal(attribute, value) if value not in (None, "") else None
            if refusal is not None:
                record = db.session.get_one(kind, number)
                closed_by = closing(record)
                yield StandingValue(_holder_of(record), str(attribute.info["label"]), str(refusal), closed_by)


def standing_attendance(today: date) -> Iterator[StandingValue]:
    """Attendance from before its rules were as strict: days to come on open sheets, and locks before the last day."""
    ahead = select(AttendanceLine).join(AttendanceLine.sheet).order_by(AttendanceLine.id)
    ahead = ahead.where(AttendanceSheet.state != SheetState.locked, AttendanceSheet.month >= months.month_of(today))
    for line in db.session.scalars(ahead):
        yield from _standing(line, "marks", partial(NoDayToCome().check_whole, line, today))
    locked = select(AttendanceSheet).where(AttendanceSheet.locked_on.is_not(None)).order_by(AttendanceSheet.id)
    for sheet in db.session.scalars(locked):
        if sheet.locked_on and sheet.locked_on < months.last_day(sheet.month):
            yield from _standing(sheet, "locked_on", partial(LockedOnceWorked().check_whole, sheet))


def _standing(record: Record, name: str, check: Callable[[], None]) -> Iterator[StandingValue]:
    """What a check refuses of a field of a record, if it does."""
    try:
        check()
    except RuleError as refusal:
        label = str(mapper_of(record).attrs[name].info["label"])
        yield StandingValue(_holder_of(record), label, str(refusal), closing(record))


def _holder_of(record: Record) -> str:
    """The record on whose page another stands, by kind, number and name: itself, or the one that it is a line of."""
    while (holder := parent_of(record)) is not None:
        record = holder
    return f"{record.__tablename__} #{record.id}, {record}"
