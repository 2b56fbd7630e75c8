"""Lists out: the columns of each list in one place, read from the database in parts and streamed.

CSV is UTF-8 with BOM, `;`, CRLF, amounts `3422,72`, dates `2026-10-31`, identifiers as text. A text that a
spreadsheet would run as a formula is defused; numbers are never altered.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter
from sqlalchemy import ColumnElement, Select, inspect, select
from sqlalchemy.orm import aliased

from awrash.database.columns import Month
from awrash.database.record import Record, label_of
from awrash.database.session import rows_in_parts
from awrash.models import (
    Agreement,
    AttendanceCorrection,
    AttendanceLine,
    Carrier,
    Contract,
    Participant,
    Payment,
    PaySlip,
    Worksite,
)
from awrash.rules.fields import Phone
from awrash.values.cells import cell
from awrash.values.spelling import latin_capitals
from awrash.values.states import Situation

PART_SENT = 64_000  # characters of a CSV gathered before they leave
LONGEST_CELL = 32_767  # characters that a cell of a workbook holds


@dataclass(frozen=True)
class Column:
    """One column of a file.

    `path` leads from the record to the value, `label` to the field whose label heads the column on a screen; both are
    the name unless they are given. `write` turns the value into what a cell says.
    """

    name: str
    path: str = ""
    write: Callable[[Any], Any] = field(default=lambda value: value)
    label: str = ""

    @property
    def source(self) -> str:
        """The path of the value."""
        return self.path or self.name


@dataclass(frozen=True)
class ExportList:
    """A list that goes out: the record it reads, its columns, the paths of its order and of its month.

    `only` gives the conditions of the rows that leave; all of them do unless it is given.
    """

    record: type[Record]
    columns: tuple[Column, ...]
    order: str = "id"
    month: str | None = None
    only: Callable[[Any], list[ColumnElement[bool]]] = field(default=lambda _record: [])


def _columns(names: str) -> tuple[Column, ...]:
    return tuple(map(Column, names.split()))


def _cnss_columns() -> tuple[Column, ...]:
    """Whom a frozen month paid, and where, as its slips say it."""
    carrier = "contract.worksite.agreement.carrier"
    return (
        Column("cnss_number"),
        Column("cnie"),
        Column("family_name_fr", write=latin_capitals),
        Column("given_name_fr", write=latin_capitals),
        Column("carrier.cnss_affiliation", f"{carrier}.cnss_affiliation"),
        Column("carrier.name_fr", f"{carrier}.name_fr", latin_capitals),
        Column("worksite.code", "worksite_code"),
        Column("month"),
        Column("days"),
        Column("gross"),
        Column("capped"),
        Column("situation", write=lambda value: "" if value == Situation.present else value),
        Column("rib"),
    )


LISTS: dict[str, ExportList] = {
    "cnss": ExportList(
        PaySlip,
        _cnss_columns(),
        order="contract_id",
        month="run.month",
        only=lambda slip: [slip.blocked_by.is_(None)],
    ),
    "participants": ExportList(
        Participant,
        _columns(
            "cnie family_name_ar given_name_ar family_name_fr given_name_fr born_on sex address commune.code"
            " phone anapec_number cnss_number rib account_state education state"
        ),
    ),
    "carriers": ExportList(
        Carrier,
        _columns(
            "kind name_ar name_fr registration_number founded_on ice cnss_affiliation rib address commune.code"
            " phone email state"
        ),
    ),
    "contracts": ExportList(
        Contract,
        _columns(
            "number participant.cnie worksite.code job starts_on ends_on monthly_wage anapec_approved_on state"
            " ended_reason"
        ),
    ),
    "attendance": ExportList(
        AttendanceLine,
        (
            Column("worksite.code", "sheet.worksite.code"),
            Column("month", "sheet.month"),
            Column("participant.cnie", "contract.participant.cnie"),
            Column("days_worked"),
            Column("situation"),
        ),
        month="sheet.month",
    ),
    "corrections": ExportList(
        AttendanceCorrection,
        (
            Column("worksite.code", "line.sheet.worksite.code"),
            Column("month", "line.sheet.month"),
            Column("participant.cnie", "line.contract.participant.cnie"),
            *_columns("days_worked situation reason corrected_on"),
        ),
        month="line.sheet.month",
    ),
    "payments": ExportList(
        Payment,
        (
            Column("month", "pay_slip.month"),
            Column("participant.cnie", "pay_slip.cnie", label="pay_slip.contract.participant.cnie"),
            *_columns("amount state sent_on paid_on rejection_reason reference"),
        ),
        month="pay_slip.run.month",
    ),
    "agreements": ExportList(
        Agreement,
        _columns(
            "number project.reference carrier.registration_number carrier.name_ar carrier.name_fr starts_on ends_on"
            " value management_fee council_signed_on carrier_signed_on commune_signed_on service"
            " service_signed_on state"
        ),
    ),
    "worksites": ExportList(
        Worksite,
        _columns(
            "code agreement.number name_ar name_fr commune.code opens_on closes_on places state"
            " agreement.carrier.name_fr"
        ),
    ),
}


def query(
    record: type[Record], columns: Iterable[Column], order: str = "id"
) -> tuple[Select[Any], Callable[[str], Any]]:
    """One select for the columns' paths, with an outer join for each relation on the way.

    Gives the select, and a function from a path to its SQL column for filters.
    """
    joined: dict[str, Any] = {"": record}
    joins: list[tuple[Any, Any]] = []

    def reach(path: str) -> Any:
        *relations, name = path.split(".")
        here = ""
        for relation in relations:
            before, here = here, f"{here}.{relation}"
            if here not in joined:
                attribute = getattr(joined[before], relation)
                joined[here] = aliased(attribute.property.mapper.class_)
                joins.append((joined[here], attribute))
        return getattr(joined[here], name)

    statement = select(*(reach(column.source) for column in columns)).select_from(record)
    last = reach(order)
    for target, attribute in joins:
        statement = statement.outerjoin(target, attribute)
    return statement.order_by(last, record.id), reach


def listing(name: str, month: date | None = None) -> tuple[tuple[Column, ...], Select[Any]]:
    """The columns and the select of a list, for one month or for all; KeyError for an unknown list."""
    export_list = LISTS[name]
    # The month is selected too, so that the relations on the way to it are joined.
    extra = [Column("month of the list", export_list.month)] if month and export_list.month else []
    statement, reach = query(export_list.record, [*export_list.columns, *extra], export_list.order)
    statement = statement.where(*export_list.only(export_list.record))
    if month and export_list.month:
        statement = statement.where(reach(export_list.month) == month)
    return export_list.columns, statement


def labels(record: type[Record], columns: Iterable[Column]) -> list[str]:
    """Header of a screen's file: the labels in the language of the person served."""
    return [label_of(record, column.label or column.source) for column in columns]


def _month_cell(value: date | None) -> str:
    return f"{value:%Y-%m}" if value else ""


def _phone_cell(value: str | None) -> str:
    """As people write it: a plus sign would have to be defused."""
    return cell(re.sub(r"^\+212(?=[0-9]{9}$)", "0", value) if value else value)


def writer_of(record: type[Record], column: Column) -> Callable[[Any], str]:
    """The function that writes a column's values as cells."""
    *relations, name = column.source.split(".")
    mapper = inspect(record)
    for relation in relations:
        mapper = mapper.relationships[relation].mapper
    if name not in mapper.column_attrs:  # a relation, or a figure that SQL works out
        return cell
    attribute = mapper.column_attrs[name]
    if isinstance(attribute.columns[0].type, Month):
        return _month_cell
    if Phone() in attribute.info.get("rules", ()):
        return _phone_cell
    return lambda value: cell(None if value is None else column.write(value))


def rows(record: type[Record], columns: tuple[Column, ...], statement: Select[Any]) -> Iterator[list[str]]:
    """The cells of each row, read in parts; columns of the select beyond those named are left out."""
    writers = [writer_of(record, column) for column in columns]
    for row in rows_in_parts(statement):
        yield [write(value) for write, value in zip(writers, row, strict=False)]


def csv_stream(header: list[str], lines: Iterable[list[str]]) -> Iterator[bytes]:
    """A CSV file in parts: UTF-8 with BOM, `;`, CRLF."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerow(header)
    yield "\ufeff".encode()
    for line in lines:
        writer.writerow(line)
        if buffer.tell() > PART_SENT:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def xlsx_bytes(header: list[str], lines: Iterable[list[str]]) -> bytes:
    """The same cells as a workbook: every cell text, so that no RIB is rounded and no formula runs."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"constant_memory": True, "strings_to_formulas": False})
    sheet, bold = book.add_worksheet(), book.add_format({"bold": True})
    for column, text in enumerate(header):
        sheet.write_string(0, column, text, bold)
    for index, line in enumerate(lines, 1):
        for column, text in enumerate(line):
            sheet.write_string(index, column, text[:LONGEST_CELL])
    book.close()
    return target.getvalue()


def write_list(name: str, month: date | None, out: Path) -> int:
    """Write a list of one month, or all of it, with field names in its header; gives the number of lines under it."""
    columns, statement = listing(name, month)
    count = 0

    def counted() -> Iterator[list[str]]:
        nonlocal count
        for line in rows(LISTS[name].record, columns, statement):
            count += 1
            yield line

    with out.open("wb") as file:
        file.writelines(csv_stream([column.name for column in columns], counted()))
    return count
