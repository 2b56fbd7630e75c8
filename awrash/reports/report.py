"""What a report declares: its title, its columns, its select, who reads it; the screens show and export any of them.

A report's select gives the rows in their order. A column reads its value by a path from the row: `more` is a labelled
column of the select, `Participant.cnie` a field of a record that the select gives.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from flask_babel.speaklater import LazyString
from sqlalchemy import BigInteger, Row, Select, func, select, type_coerce

from awrash.database.record import value_at
from awrash.database.session import db
from awrash.records.accounts import Role
from awrash.reports.places import Place
from awrash.values.money import dirhams
from awrash.values.text import number_or_none

Answers = Mapping[str, int | None]  # of each question: a number, or the id of a record; None where it was left open


class ColumnKind(StrEnum):
    """How the values of a column are written and aligned."""

    text = "text"  # names, words, days, whole numbers: as their type asks
    code = "code"  # an identifier or a phone: digits that keep their order
    month = "month"
    amount = "amount"  # dirhams


@dataclass(frozen=True)
class ReportColumn:
    """A column: the path of its value, its label, and whether the report ends with its total.

    `opens` is the path of the record whose page a cell leads to. Only a labelled column of the select has a total;
    that of an amount is in dirhams.
    """

    path: str
    label: LazyString
    kind: ColumnKind = ColumnKind.text
    opens: str | None = None
    has_total: bool = False

    def value(self, row: Row[Any]) -> Any:
        return value_at(row, self.path)

    def place(self, row: Row[Any]) -> Place | None:
        """The record that a cell of this column leads to."""
        record = value_at(row, self.opens) if self.opens else None
        return None if record is None else Place(record.__tablename__, record.id)


@dataclass(frozen=True)
class NumberAsked:
    """A whole number that narrows a report, within bounds; `usual` stands while nothing is answered."""

    name: str
    label: LazyString
    usual: int
    least: int
    most: int

    def read(self, text: str) -> int:
        """The number that was answered; ValueError for what is none within the bounds."""
        number = number_or_none(text) if text else self.usual
        if number is None or not self.least <= number <= self.most:
            raise ValueError(f"{text!r} is no whole number from {self.least} to {self.most}")
        return number


@dataclass(frozen=True)
class RecordAsked:
    """A record that narrows a report, of the kind named; `unanswered` says what is told while none is chosen."""

    name: str
    label: LazyString
    record: str
    unanswered: LazyString

    def read(self, text: str) -> int | None:
        """The id that was answered; ValueError for what is no id."""
        number = number_or_none(text) if text else None
        if text and number is None:
            raise ValueError(f"{text!r} is not the number of a record")
        return number


@dataclass(frozen=True)
class Report:
    """A question of the office and the table that answers it; only the roles named here read it."""

    code: str
    title: LazyString
    explanation: LazyString
    columns: tuple[ReportColumn, ...]
    rows: Callable[[date, Answers], Select[Any]]  # of a day, and of what was answered
    empty: LazyString
    roles: tuple[Role, ...]
    questions: tuple[NumberAsked | RecordAsked, ...] = ()


@dataclass(frozen=True)
class Summary:
    """How many rows a report has, and the totals of its columns by path."""

    count: int
    totals: Mapping[str, Decimal | int]


def summary_of(report: Report, rows: Select[Any]) -> Summary:
    """Count and totals of a report's rows, in one select; an amount's total in dirhams."""
    counted = rows.order_by(None).subquery()
    summed = [column for column in report.columns if column.has_total]
    sums = (func.coalesce(func.sum(type_coerce(counted.c[column.path], BigInteger)), 0) for column in summed)
    count, *totals = db.session.execute(select(func.count(), *sums).select_from(counted)).one()
    by_column = zip(summed, map(int, totals), strict=True)
    return Summary(count, {column.path: _total(column, total) for column, total in by_column})


def _total(column: ReportColumn, whole: int) -> Decimal | int:
    return dirhams(whole) if column.kind == ColumnKind.amount else whole


def page_of_rows(rows: Select[Any], first: int, length: int) -> list[Row[Any]]:
    """So many rows of a report, from the one that stands at `first`."""
    return list(db.session.execute(rows.offset(first).limit(length)))
