"""Files in: read in any of the office's encodings, cleaned, checked by the rules of the form, then written.

A faulty file writes nothing and names each fault by line (the header is line 1), field and rule;
when asked, its good lines are written. Reading a file again changes nothing.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook
from sqlalchemy import Date, Enum, Integer, select
from sqlalchemy import inspect as mapped
from sqlalchemy.orm import RelationshipProperty

from awrash import states as s
from awrash.database import Month, db, is_new
from awrash.exports import label_of
from awrash.language import _l
from awrash.models import (
    AttendanceLine,
    AttendanceSheet,
    Carrier,
    Contract,
    Participant,
    Worksite,
)
from awrash.money import Money
from awrash.rules import Rule, RuleError, refusals_of, settle
from awrash.text import clean, fold, parse_amount, parse_date, parse_month, restore, same_spelling, western_digits

ENCODINGS = ("utf-8-sig", "utf-16", "windows-1256")
YES, NO = {"1", "true", "yes", "oui", "نعم"}, {"0", "false", "no", "non", "لا", ""}


class UnreadableFile(Rule):
    """A file that holds no table."""

    message = _l("This file cannot be read as a table: save it as CSV or XLSX with a first line of column names.")


class UnknownColumn(Rule):
    """A header that names no field."""

    message = _l("There is no column “%(given)s” here: the columns are %(known)s.")


class ColumnMissing(Rule):
    """A file without the column that tells its lines apart."""

    message = _l("The column “%(name)s” is missing.")


class NotReadable(Rule):
    """A cell that is not what its field holds."""

    message = _l("“%(given)s” cannot be read: %(expected)s.")


class NotFound(Rule):
    """A cell that names a record which is not there."""

    message = _l("“%(given)s” is not recorded: add it first or correct it.")


class TwiceInFile(Rule):
    """Two lines of a file for the same record."""

    message = _l("“%(given)s” is already on line %(line)s of this file.")


class WrongCellCount(Rule):
    """A line with more cells than the header has names."""

    message = _l("This line has %(given)s cells; the header has %(expected)s.")


@dataclass(frozen=True)
class Kind:
    """A kind of file: the record it makes, its natural key, and its columns."""

    record: Any
    key: tuple[str, ...]
    columns: tuple[str, ...]


KINDS: dict[str, Kind] = {
    "carriers": Kind(
        Carrier,
        ("registration_number",),
        (
            "kind",
            "name_ar",
            "name_fr",
            "registration_number",
            "founded_on",
            "ice",
            "cnss_affiliation",
            "rib",
            "address",
            "commune",
            "phone",
            "email",
        ),
    ),
    "participants": Kind(
        Participant,
        ("cnie",),
        (
            "cnie",
            "family_name_ar",
            "given_name_ar",
            "family_name_fr",
            "given_name_fr",
            "born_on",
            "sex",
            "address",
            "commune",
            "phone",
            "anapec_number",
            "cnss_number",
            "rib",
            "education",
        ),
    ),
    "contracts": Kind(
        Contract,
        ("number",),
        ("number", "participant.cnie", "worksite.code", "job", "starts_on", "ends_on", "monthly_wage"),
    ),
    "attendance": Kind(
        AttendanceLine,
        ("worksite.code", "month", "participant.cnie"),
        ("worksite.code", "month", "participant.cnie", "days_worked", "situation"),
    ),
}
# States travel out with a list; coming in they are read over, since only operations move them.
READ_OVER = {"state", "account_state", "anapec_approved_on", "ended_reason", "id", "version"}


@dataclass
class Fault:
    """One thing wrong on one line."""

    line: int
    field: str
    rule: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.line}:{self.field}:{self.rule}:{self.sentence}"


@dataclass
class Report:
    """What a file would do: records made, changed and left, and its faults."""

    kind: str
    made: list[Any] = field(default_factory=list)
    changed: list[Any] = field(default_factory=list)
    same: int = 0
    lines: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def good(self) -> int:
        return len(self.made) + len(self.changed) + self.same


# ---- the table in a file


def read_table(content: bytes) -> list[list[str]]:
    """The cells of a CSV or XLSX file; RuleError when there is no table in it."""
    if content[:4] == b"PK\x03\x04":
        table = _workbook(content)
    else:
        text = _decoded(content)
        table = [[clean(cell) for cell in row] for row in csv.reader(io.StringIO(text), delimiter=_separator(text))]
    if not any(any(row) for row in table):
        UnreadableFile().refuse()
    return table


def _workbook(content: bytes) -> list[list[str]]:
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        return [[_text(cell) for cell in row] for row in sheet.to_python()]
    except (CalamineError, IndexError, OSError):
        UnreadableFile().refuse()


def _text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return clean(str(cell)) if cell is not None else ""


def _decoded(content: bytes) -> str:
    if b"\x00" in content and content[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        UnreadableFile().refuse()
    for encoding in ENCODINGS:
        if encoding == "utf-16" and content[:2] not in (b"\xff\xfe", b"\xfe\xff"):
            continue
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    UnreadableFile().refuse()


def _separator(text: str) -> str:
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(";,\t", key=first.count)


def header_of(kind: Kind, row: list[str]) -> list[str]:
    """Field names of a header written as field names or as labels of any language."""
    known = {fold(name): name for name in kind.columns}
    for name in kind.columns:
        known |= {fold(text): name for text in _labels(kind.record, name)}
        if name == "commune":
            known |= {fold(f"commune.{part}"): name for part in ("code", "name_ar", "name_fr")}
    skipped = {fold(name) for name in READ_OVER}
    for name in READ_OVER & set(mapped(kind.record).attrs.keys()):
        skipped |= {fold(text) for text in _labels(kind.record, name)}
    found = [known.get(fold(cell), "" if fold(cell) in skipped else cell) for cell in row]
    for name in found:
        if name and name not in kind.columns:
            UnknownColumn().refuse(given=name, known="، ".join(kind.columns))
    for name in kind.key:
        if name not in found:
            ColumnMissing().refuse(name=name)
    return found


LABEL_LANGUAGES: dict[str, Any] = {}  # set by the application: a function for each language


def _labels(record: Any, name: str) -> Iterator[str]:
    path = name
    if record is AttendanceLine:
        path = {"worksite.code": "sheet.worksite.code", "month": "sheet.month"}.get(name, name)
        path = {"participant.cnie": "contract.participant.cnie"}.get(path, path)
    for speak in LABEL_LANGUAGES.values():
        yield speak(label_of, record, path)
        if path == "commune":
            yield speak(label_of, record, "commune.code")


# ---- cells


def value_of(record: Any, name: str, text: str) -> Any:
    """The value that a cell means for a field; RuleError when it means none."""
    if not text:
        return None
    attribute = mapped(record).attrs[name]
    if isinstance(attribute, RelationshipProperty):
        return find(attribute.mapper.class_, text)
    kind = attribute.columns[0].type
    try:
        if isinstance(kind, Enum):
            return _word(kind.enum_class, text)
        if isinstance(kind, Month):
            return parse_month(text)
        if isinstance(kind, Date):
            return parse_date(text)
        if isinstance(kind, Money):
            return parse_amount(text)
        if isinstance(kind, Integer):
            return int(western_digits(text))
    except (ValueError, LookupError):
        NotReadable().refuse(given=text, expected=_expected(kind))
    return restore(text)


def _expected(kind: Any) -> Any:
    if isinstance(kind, Enum):
        return "، ".join(f"{word.value} ({word.label})" for word in kind.enum_class)
    if isinstance(kind, Month):
        return _l("write a month as 2026-10")
    if isinstance(kind, Date):
        return _l("write a date as 31/12/1990")
    if isinstance(kind, Money):
        return _l("write an amount as 3422,72")
    return _l("write a whole number")


def _word(words: Any, text: str) -> Any:
    for word in words:
        if fold(text) in (fold(word.value), *(fold(speak(str, word.label)) for speak in LABEL_LANGUAGES.values())):
            return word
    raise LookupError(text)


def find(record: Any, text: str) -> Any:
    """The record that a natural key, or another name of it, points to; RuleError when there is none."""
    key = mapped(record).attrs[record.__key__].columns[0].type
    wanted: Any = text
    if isinstance(key, (Month, Integer)):
        try:
            wanted = parse_month(text) if isinstance(key, Month) else int(western_digits(text))
        except ValueError:
            NotFound().refuse(given=text)
    found = db.session.scalar(select(record).filter(getattr(record, record.__key__) == wanted))
    if found is not None:
        return found
    folded = fold(same_spelling(text))
    for name in getattr(record, "__aliases__", ()):
        for one in db.session.scalars(select(record)):
            if fold(getattr(one, name)) == folded:
                return one
    NotFound().refuse(given=text)


# ---- lines


def check_file(name: str, content: bytes) -> Report:
    """Read a file into the session line by line, inside savepoints; whoever called commits or rolls back."""
    kind, report = KINDS[name], Report(name)
    try:
        table = read_table(content)
        start = next(index for index, row in enumerate(table) if any(row))
        header = header_of(kind, table[start])
    except RuleError as refusal:
        report.faults.append(Fault(1, refusal.field or "", refusal.code, str(refusal)))
        return report
    seen: dict[tuple[str, ...], int] = {}
    for number, row in enumerate(table[start + 1 :], start + 2):
        if any(row):
            report.lines += 1
            report.faults += _read_line(kind, header, row, number, seen, report)
    return report


def _read_line(
    kind: Kind, header: list[str], row: list[str], number: int, seen: dict[Any, int], report: Report
) -> list[Fault]:
    if len(row) > len(header) and any(row[len(header) :]):
        return [_fault(number, "", _refusal(WrongCellCount(), given=len(row), expected=len(header)))]
    cells = {name: cell for name, cell in zip(header, row, strict=False) if name}
    key = tuple(fold(cells.get(name, "")) for name in kind.key)
    if all(key) and key in seen:
        refusal = _refusal(TwiceInFile(), given=cells[kind.key[-1]], line=seen[key])
        return [_fault(number, kind.key[-1], refusal)]
    try:
        with db.session.begin_nested():
            with db.session.no_autoflush:
                record = _checked(kind, cells, number)
            altered = is_new(record) or db.session.is_modified(record)
            kept = report.made if is_new(record) else report.changed
            db.session.add(record)
    except FaultyLine as line:
        return line.faults
    except RuleError as refusal:
        return [_fault(number, refusal.field, refusal)]
    seen[key] = number
    if altered:
        kept.append(record)
    report.same += not altered
    return []


class FaultyLine(Exception):
    """A line that is not written: its savepoint is taken back, with what it touched."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(len(faults))
        self.faults = faults


def _checked(kind: Kind, cells: dict[str, str], number: int) -> Any:
    """The record a line means, once every rule of its record holds."""
    record, faults = _record_of(kind, cells, number)
    if not faults:
        settle(record)
        faults = [_fault(number, refusal.field, refusal) for refusal in refusals_of(record)]
    if faults:
        raise FaultyLine(faults)
    return record


def _refusal(rule: Rule, **facts: Any) -> RuleError:
    try:
        rule.refuse(**facts)
    except RuleError as refusal:
        return refusal


def _fault(number: int, name: str | None, refusal: RuleError) -> Fault:
    return Fault(number, name or refusal.field or "", refusal.code, str(refusal))


def _record_of(kind: Kind, cells: dict[str, str], number: int) -> tuple[Any, list[Fault]]:
    """The record a line means, known or new, with its cells set; faults of cells that cannot be read."""
    values, faults = {}, []
    for name, text in cells.items():
        try:
            values[name] = _cell_value(kind, name, text)
        except RuleError as refusal:
            faults.append(_fault(number, name, refusal))
    if faults:
        return None, faults
    if kind.record is AttendanceLine:
        return _attendance_line(values, number)
    known = values.get(kind.key[0])
    record = (
        db.session.scalar(select(kind.record).filter(getattr(kind.record, kind.key[0]) == known)) if known else None
    )
    record = record or kind.record()
    for name, value in values.items():
        target = name.split(".")[0]
        if (value is not None or is_new(record)) and getattr(record, target) != value:
            setattr(record, target, value)
    return record, []


def _cell_value(kind: Kind, name: str, text: str) -> Any:
    """A cell's value, cleaned by the rules of its field so that the same number is the same text."""
    if kind.record is AttendanceLine and name in ("month", "worksite.code", "participant.cnie"):
        target = {"month": (AttendanceSheet, "month"), "worksite.code": (AttendanceSheet, "worksite")}
        record, field_name = target.get(name, (Contract, "participant"))
        return value_of(record, field_name, _clean_for(record, field_name, text))
    target_name = name.split(".")[0]
    return value_of(kind.record, target_name, _clean_for(kind.record, target_name, text))


def _clean_for(record: Any, name: str, text: str) -> str:
    attribute = mapped(record).attrs[name]
    if isinstance(attribute, RelationshipProperty):
        attribute = mapped(attribute.mapper.class_).attrs[attribute.mapper.class_.__key__]
    for rule in attribute.info.get("rules", ()):
        if text and hasattr(rule, "clean"):
            return rule.clean(text)
    return text


def _attendance_line(values: dict[str, Any], number: int) -> tuple[Any, list[Fault]]:
    worksite, month, person = values.get("worksite.code"), values.get("month"), values.get("participant.cnie")
    if not (worksite and month and person):
        empty = next(name for name in KINDS["attendance"].key if not values.get(name))
        return None, [_fault(number, empty, _refusal(ColumnMissing(), name=empty))]
    contract = next((one for one in person.contracts if one.worksite is worksite and _touches(one, month)), None)
    if contract is None:
        refusal = _refusal(NotFound(), given=f"{person} · {worksite} · {month:%Y-%m}")
        return None, [_fault(number, "participant.cnie", refusal)]
    asked = select(AttendanceSheet).filter_by(worksite=worksite, month=month)
    sheet = db.session.scalar(asked) or next(
        (
            one
            for one in db.session.new
            if isinstance(one, AttendanceSheet) and (one.worksite, one.month) == (worksite, month)
        ),
        None,
    )
    if sheet is None:
        sheet = AttendanceSheet(month=month)
        sheet.worksite = worksite
        db.session.add(sheet)
        db.session.flush()
    line = next((one for one in sheet.lines if one.contract is contract), None)
    if line is None:
        line = AttendanceLine()
        line.sheet, line.contract = sheet, contract
    for name in ("days_worked", "situation"):
        value = values.get(name)
        if value is None and name == "situation":
            value = s.Situation.present
        if getattr(line, name) != value:
            setattr(line, name, value)
    return line, []


def _touches(contract: Contract, month: date) -> bool:
    ends = contract.ends_on
    return contract.starts_on.replace(day=1) <= month <= ends


def worksite_by_code(code: str) -> Worksite:
    """The worksite of a code; RuleError when there is none."""
    return find(Worksite, code)
