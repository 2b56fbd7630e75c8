"""What stands from before a rule became as strict as it is, a value or a whole record: nothing refuses it any more."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from awrash.database.record import Record, label_of, mapper_of, parent_of
from awrash.database.session import Base, db, rows_in_parts
from awrash.models import (
    AttendanceLine,
    AttendanceSheet,
    Call,
    CommitteeSession,
    Criterion,
    Decision,
    DocumentReceived,
    Project,
    RequiredDocument,
    Score,
)
from awrash.records.audit import AuditEvent, AuditLine
from awrash.rules.check import closing, judged_columns, value_refusal
from awrash.rules.immutability import GridStays, NeverEdited, TakenOutInTime
from awrash.rules.rule import Rule, RuleError
from awrash.validators import LockedOnceWorked, NoDayToCome, OfItsCall, OpenSession
from awrash.values import months
from awrash.values.states import ProjectState, SessionState, SheetState

DECIDED = (ProjectState.approved, ProjectState.refused)  # nothing is taken out of such a project any more
CHANGED_IN_USE = "It was written since: the audit says by whom, and what it said before."


@dataclass(frozen=True)
class StandingValue:
    """A value, a line or a decision that its rule would refuse today.

    `holder` names the record on whose page it stands, `label` its field, `sentence` what the rule says of it, and
    `closed_by` why the record cannot be changed any more; empty while it can.
    """

    holder: str
    label: str
    sentence: str
    closed_by: str


def standing_values() -> Iterator[StandingValue]:
    """Every value that a rule of its field would refuse if it were written today, by kind of record.

    Then what rules of a whole record would: decisions, lines of another call, grids changed in use.
    """
    for mapper in sorted(Base.registry.mappers, key=lambda mapper: str(mapper.class_.__tablename__)):
        yield from _standing_in(mapper.class_)
    yield from _standing_decisions()
    yield from _lines_of_another_call()
    yield from _grids_changed_in_use()


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


def _standing_decisions() -> Iterator[StandingValue]:
    """Decisions of a session that could not take them; one that lacks its quorum is named once."""
    rule, without_quorum = OpenSession(), set()
    decisions = (
        select(Decision)
        .order_by(Decision.id)
        .options(
            joinedload(Decision.session).selectinload(CommitteeSession.attendance),
            selectinload(Decision.project).joinedload(Project.call).joinedload(Call.edition),
        )
    )
    for decision in db.session.scalars(decisions):
        session = decision.session
        try:
            rule.check_sitting(decision)
        except RuleError as refusal:
            lacks_quorum = refusal.sentence is rule.too_few
            if lacks_quorum and session in without_quorum:
                continue
            without_quorum |= {session} if lacks_quorum else set()
            can_mend = lacks_quorum and session.state != SessionState.closed
            holder = _holder_of(session if lacks_quorum else decision)
            label = label_of(CommitteeSession, "attendance") if lacks_quorum else label_of(Decision, "session")
            stays = "" if can_mend else str(RuleError(NeverEdited(), project=decision.project))
            yield StandingValue(holder, label, str(refusal), stays)


def _lines_of_another_call() -> Iterator[StandingValue]:
    """Documents and points of a project that stand in another call than its own."""
    for kind, item, name in ((DocumentReceived, "document", "documents"), (Score, "criterion", "scores")):
        relation = getattr(kind, item)
        asked = relation.property.mapper.class_
        lines = select(kind).join(kind.project).join(relation).where(asked.call_id != Project.call_id)
        for line in db.session.scalars(lines.order_by(kind.id)):
            decided = line.project.state if line.project.state in DECIDED else None
            stays = str(RuleError(TakenOutInTime(), record=line.project, state=decided)) if decided else ""
            for refusal in _refusals(partial(OfItsCall(item).check_standing, line)):
                yield StandingValue(_holder_of(line), label_of(Project, name), str(refusal), stays)


def standing_records() -> Iterator[tuple[str, str]]:
    """Every record that a rule would refuse if it were written today: where it is found, and what the rule says."""
    for mapper in sorted(Base.registry.mappers, key=lambda mapper: str(mapper.class_.__tablename__)):
        rules = [rule for rule in mapper.class_.__rules__ if type(rule).judge is not Rule.judge]
        records = select(mapper.class_).order_by(mapper.class_.id)
        for (record,) in rows_in_parts(records) if rules else ():
            for rule in rules:
                for refusal in _refusals(partial(rule.judge, record)):
                    yield _holder_of(record), str(refusal)


def _grids_changed_in_use() -> Iterator[StandingValue]:
    """Calls of which the trace says that their grid or checklist was written after somebody had deposited."""
    rule = GridStays()
    taken_in = and_(
        AuditLine.record == Project.__tablename__,
        AuditLine.record_id == Project.id,
        AuditLine.to_state == ProjectState.deposited,
    )
    deposits = select(Project.call_id, func.min(AuditLine.at).label("first")).join(AuditLine, taken_in)
    first = deposits.group_by(Project.call_id).subquery()
    for kind, name in ((Criterion, "criteria"), (RequiredDocument, "required_documents")):
        line: Any = kind
        written = and_(AuditLine.record == line.__tablename__, AuditLine.record_id == line.id)
        in_use = select(line.call_id).join(first, first.c.call_id == line.call_id).join(AuditLine, written)
        in_use = in_use.where(AuditLine.what.in_((AuditEvent.made, AuditEvent.changed)), AuditLine.at > first.c.first)
        for call in db.session.scalars(select(Call).where(Call.id.in_(in_use)).order_by(Call.id)):
            for refusal in _refusals(partial(rule.check_in_use, call)):
                yield StandingValue(_holder_of(call), label_of(Call, name), str(refusal), CHANGED_IN_USE)


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
    for refusal in _refusals(check):
        label = str(mapper_of(record).attrs[name].info["label"])
        yield StandingValue(_holder_of(record), label, str(refusal), closing(record))


def _refusals(check: Callable[[], None]) -> Iterator[RuleError]:
    """What a check refuses today, if anything."""
    try:
        check()
    except RuleError as refusal:
        yield refusal


def _holder_of(record: Record) -> str:
    """The record on whose page another stands, by kind, number and name: itself, or the one that it is a line of."""
    while (holder := parent_of(record)) is not None:
        record = holder
    return f"{record.__tablename__} #{record.id}, {record}"
