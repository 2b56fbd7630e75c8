"""What stands from before a rule became as strict as it is, a value or a whole record: nothing refuses it any more."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import or_, select

from awrash.database.record import Record, parent_of
from awrash.database.session import Base, db, rows_in_parts
from awrash.rules.check import closing, judged_columns, value_refusal
from awrash.rules.rule import Rule, RuleError


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


def standing_records() -> Iterator[tuple[str, str]]:
    """Every record that a rule would refuse if it were written today: where it is found, and what the rule says."""
    for mapper in sorted(Base.registry.mappers, key=lambda mapper: str(mapper.class_.__tablename__)):
        rules = [rule for rule in mapper.class_.__rules__ if type(rule).judge is not Rule.judge]
        records = select(mapper.class_).order_by(mapper.class_.id)
        for (record,) in rows_in_parts(records) if rules else ():
            for rule in rules:
                try:
                    rule.judge(record)
                except RuleError as refusal:
                    yield _holder_of(record), str(refusal)


def _holder_of(record: Record) -> str:
    """The record on whose page another stands, by kind, number and name: itself, or the one that it is a line of."""
    while (holder := parent_of(record)) is not None:
        record = holder
    return f"{record.__tablename__} #{record.id}, {record}"
