"""Files in: cleaned, checked by the rules of the form, then written.

A faulty file writes nothing and names each fault by line (the header is line 1), field and rule;
when asked, its good lines are written. Reading a file again changes nothing, and an empty cell erases nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import zip_longest
from typing import Any, NoReturn

from sqlalchemy import Date, Enum, select
from sqlalchemy import inspect as mapped
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import RelationshipProperty
from sqlalchemy.orm.exc import StaleDataError

from awrash.database.columns import Month
from awrash.database.record import is_new, label_of
from awrash.database.session import db
from awrash.files.import_kinds import (
    KINDS,
    READ_OVER,
    SHOWN,
    ColumnMissing,
    ColumnTwice,
    Kind,
    NoLines,
    NotFound,
    NotReadable,
    TwiceInFile,
    UnknownColumn,
    WrongCellCount,
    _parsed,
    find,
    in_each_language,
)
from awrash.files.tables import TableError, read_table
from awrash.models import (
    AttendanceCorrection,
    AttendanceLine,
    AttendanceSheet,
    Contract,
    Participant,
    PaySlip,
    Worksite,
)
from awrash.operations.corrections import correct_attendance
from awrash.operations.payment_matching import BankLine, Ledger, check_complete, record_answer
from awrash.rules.check import Required, TooLong, is_far_too_long, longest, prepare_record, refusals_of
from awrash.rules.constraints import refusal_of
from awrash.rules.rule import Rule, RuleError
from awrash.values.language import _l
from awrash.values.money import Money
from awrash.values.months import last_day
from awrash.values.spelling import fold
from awrash.values.states import NO_MARK, Mark
from awrash.values.text import restore, western_digits

# States travel out with a list; coming in they are read over, since only operations move them.
MONTH_DAYS = range(1, 32)


@dataclass(frozen=True)
class LineFault:
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
    faults: list[LineFault] = field(default_factory=list)

    @property
    def good(self) -> int:
        return len(self.made) + len(self.changed) + self.same


def check_file(name: str, content: bytes, day: date, most_lines: int | None = None) -> Report:
    """Read a file into the session line by line, inside savepoints; whoever called commits or rolls back.

    `day` is when the file is read: a participant keeps the day that it was recorded.
    """
    kind, report = KINDS[name], Report(name)
    number = 1
    try:
        (number, names), *lines = with_days(kind, read_table(content, most_lines))
        reading = READINGS.get(name, Reading)(kind, header_of(kind, names), day)
        if not lines:
            NoLines().refuse()
    except TableError as refusal:
        report.faults.append(_fault(refusal.line, "", refusal))
        return report
    except RuleError as refusal:
        report.faults.append(_fault(number, "", refusal))
        return report
    for number, cells in lines:
        report.lines += 1
        try:
            reading.read(number, cells, report)
        except FaultyLine as faulty:
            report.faults += [_fault(number, reading.column_of(one.field), one) for one in faulty.refusals]
    return report


def title_of(name: str, column: str) -> str:
    """A column's label in the language of the person served; a name that is no column as it is."""
    kind = KINDS[name]
    return label_of(kind.record, kind.label_path(column)) if column in kind.columns else column


def _fault(number: int, column: str, refusal: RuleError) -> LineFault:
    return LineFault(number, column or refusal.field or "", refusal.code, str(refusal))


# ---- the header


def with_days(kind: Kind, lines: list[Any]) -> list[Any]:
    """A sheet with a column a day, named 1 to 31, read as its marks: one letter a day."""
    (number, names), *others = lines
    days = {western_digits(name): place for place, name in enumerate(names)}
    places = [days[str(day)] for day in MONTH_DAYS if str(day) in days]
    if "marks" not in kind.columns or not places:
        return lines
    kept = [place for place in range(len(names)) if place not in places]

    def folded(cells: list[str], marks: str) -> list[str]:
        return [*(cells[place] for place in kept if place < len(cells)), *[""] * (len(kept) - len(cells)), marks]

    def letters(cells: list[str]) -> str:
        found = {place: cells[place].strip().upper() for place in places if place < len(cells)}
        by_day = [found.get(days.get(str(day), -1), "") or NO_MARK for day in MONTH_DAYS]
        return "".join(by_day).rstrip(NO_MARK)

    return [(number, folded(names, "marks")), *((at, folded(cells, letters(cells))) for at, cells in others)]


def header_of(kind: Kind, cells: list[str]) -> list[str | None]:
    """The column under each cell of the header, a field name or a label in any language; RuleError if unknown.

    None stands for a column that is read over, an empty text for one without a name.
    """
    known = {fold(text): column for column in kind.columns for text in _names_of(kind, column)}
    fields = READ_OVER & set(mapped(kind.record).attrs.keys())
    labels = {fold(text) for name in fields for text in in_each_language(label_of, kind.record, name)}
    read_over = labels | {fold(name) for name in READ_OVER}
    found: list[str | None] = []
    for cell in cells:
        column = known.get(fold(cell))
        if column in found and column is not None:
            ColumnTwice().refuse(name=cell)
        if cell and column is None and fold(cell) not in read_over:
            UnknownColumn().refuse(given=cell[:SHOWN], known="، ".join(kind.columns))
        found.append(column or (None if cell else ""))
    for column in kind.key:
        if column not in found:
            ColumnMissing().refuse(name=column)
    return found


def _names_of(kind: Kind, column: str) -> Iterator[str]:
    yield column
    paths = [kind.label_path(column)]
    attribute = _attribute(kind.record, paths[0])
    if isinstance(attribute, RelationshipProperty):
        target = attribute.mapper.class_
        names = (target.__key__, *getattr(target, "__aliases__", ()))
        yield from (f"{column}.{name}" for name in names)
        paths += [f"{paths[0]}.{name}" for name in names]
    for path in paths:
        yield from in_each_language(label_of, kind.record, path)


def _attribute(record: Any, path: str) -> Any:
    *relations, name = path.split(".")
    for relation in relations:
        record = mapped(record).relationships[relation].mapper.class_
    return mapped(record).attrs[name]


# ---- the lines


class FaultyLine(Exception):
    """What is wrong on one line; raised inside its savepoint, so that nothing of the line stays."""

    def __init__(self, *refusals: RuleError) -> None:
        super().__init__(len(refusals))
        self.refusals = refusals


class Reading:
    """One file being read: what its columns fill, and what was already looked up for it."""

    def __init__(self, kind: Kind, header: list[str | None], day: date) -> None:
        self.kind, self.header, self.day = kind, header, day
        self.attributes = {name: _attribute(kind.record, kind.path_of(name)) for name in header if name}
        self._columns_by_field: dict[str | None, str] = {}
        for name in kind.columns:
            for step in (kind.path_of(name).split(".")[-1], kind.path_of(name).split(".")[0]):
                self._columns_by_field.setdefault(step, name)
        self._lines: dict[tuple[Any, ...], int] = {}
        self._found: dict[tuple[Any, str], Any] = {}
        self._words: dict[Any, dict[str, Any]] = {}

    def column_of(self, name: str | None) -> str:
        """The column in which a person mends a field; the field's own name if no column fills it."""
        return self._columns_by_field.get(name, name or "") if name not in self.kind.columns else str(name)

    def read(self, number: int, cells: list[str], report: Report) -> None:
        """Write one line into the session and count it; FaultyLine leaves nothing of it behind."""
        try:
            with db.session.begin_nested(), db.session.no_autoflush:
                record, made, altered = self._write(number, cells)
        except RuleError as refusal:
            raise FaultyLine(refusal) from refusal
        except (IntegrityError, StaleDataError) as error:
            raise FaultyLine(refusal_of(error, " ".join(cells)[:SHOWN])) from error
        if altered:
            (report.made if made else report.changed).append(record)
        report.same += not altered

    def _write(self, number: int, cells: list[str]) -> tuple[Any, bool, bool]:
        values, refusals = self._values(cells)
        self._seen_once(number, values)
        if not all(name in values for name in self.kind.key):
            raise FaultyLine(*refusals)
        record = self._record_of(values)
        made, altered = is_new(record), is_new(record) or db.session.is_modified(record)
        if altered:
            prepare_record(record)
            named = {one.field for one in refusals}
            refusals += [one for one in refusals_of(record) if self.column_of(one.field) not in named]
        if refusals:
            raise FaultyLine(*refusals)
        if altered:
            db.session.add(record)
            db.session.flush()
        return record, made, altered

    def _values(self, cells: list[str]) -> tuple[dict[str, Any], list[RuleError]]:
        """What the cells of a line mean by column, and a refusal for each that means nothing."""
        values: dict[str, Any] = {}
        refusals = []
        for name, cell in zip_longest(self.header, cells, fillvalue=""):
            if name == "" and cell:
                raise FaultyLine(_refusal(WrongCellCount(), given=len(cells), expected=len(self.header)))
            if not name:
                continue
            try:
                values[name] = self._value(self.attributes[name], restore(str(cell)))
            except RuleError as refusal:
                refusal.field = name
                refusals.append(refusal)
        return values, refusals

    def _seen_once(self, number: int, values: dict[str, Any]) -> None:
        key = tuple(values.get(name) for name in self.kind.key)
        if None in key:
            return
        first = self._lines.setdefault(key, number)
        if first != number:
            refusal = _refusal(TwiceInFile(), given=key[-1], line=first)
            refusal.field = self.kind.key[-1]
            raise FaultyLine(refusal)

    def _value(self, attribute: Any, text: str) -> Any:
        """The value that a cell means for a field; RuleError when it means none."""
        if not text:
            return _nothing(attribute)
        if isinstance(attribute, RelationshipProperty):
            target = attribute.mapper.class_
            key = mapped(target).attrs[target.__key__]
            if is_far_too_long(text, longest(key)):
                NotFound().refuse(given=text[:SHOWN])
            return self._find(target, _as_kept(key, text))
        most = longest(attribute)
        if is_far_too_long(text, most):
            TooLong().refuse(field=attribute.info["label"], most=most)
        kind = attribute.columns[0].type
        try:
            if isinstance(kind, Enum):
                return self._words_of(kind.enum_class)[fold(text)]
            return _parsed(kind, _as_kept(attribute, text))
        except (ValueError, LookupError):
            return _not_readable(kind, text)

    def _words_of(self, words: Any) -> dict[str, Any]:
        """The words of an enumeration by their value and their labels in any language."""
        if words not in self._words:
            labels = {fold(text): one for one in words for text in in_each_language(str, one.label)}
            self._words[words] = labels | {fold(one.value): one for one in words}
        return self._words[words]

    def _find(self, record: Any, text: str) -> Any:
        if (record, text) not in self._found:
            self._found[record, text] = find(record, text)
        return self._found[record, text]

    def _record_of(self, values: dict[str, Any]) -> Any:
        """The record that a line means, known or new, with its values set."""
        return self._filled(_known(self.kind, values) or self._new(), values)

    def _filled(self, record: Any, values: dict[str, Any]) -> Any:
        for name, value in values.items():
            path = self.kind.path_of(name)
            if "." not in path and value is not None and getattr(record, path) != value:
                setattr(record, path, value)
        return record

    def _new(self) -> Any:
        record = self.kind.record()
        if isinstance(record, Participant):
            record.recorded_on = self.day
        return record


class AttendanceReading(Reading):
    """Attendance: the lines of sheets, by their sum of days or one letter a day."""

    def _record_of(self, values: dict[str, Any]) -> Any:
        if values.get("marks"):
            values.setdefault("days_worked", values["marks"].count(Mark.worked))
        return self._filled(_attendance_line(*(values[name] for name in self.kind.key)), values)


class CorrectionReading(Reading):
    """Corrections of locked lines: each is made once, and takes back what was frozen."""

    def _write(self, number: int, cells: list[str]) -> tuple[Any, bool, bool]:
        values, refusals = self._values(cells)
        self._seen_once(number, values)
        if refusals:
            raise FaultyLine(*refusals)
        line = _attendance_line(*(values[name] for name in self.kind.key))
        record = self._filled(AttendanceCorrection(line=line), values)
        if (record.days_worked, record.situation) == (line.days, line.said):
            line.corrections.remove(record)
            return line, False, False
        prepare_record(record)
        refusals = list(refusals_of(record))
        if refusals:
            raise FaultyLine(*refusals)
        correct_attendance(record, self.day)
        return record, True, True


class PaymentReading(Reading):
    """Payments: nothing is made; a line moves the payment that it means, as a return file of the bank does."""

    def __init__(self, kind: Kind, header: list[str | None], day: date) -> None:
        super().__init__(kind, header, day)
        self._ledger = Ledger()

    def _find(self, record: Any, text: str) -> Any:
        """A person by the CNIE of their card, or by the one that a wage was sent under before it was corrected."""
        try:
            return super()._find(record, text)
        except RuleError:
            paid = select(Participant).join(Participant.contracts).join(Contract.pay_slips).where(PaySlip.cnie == text)
            known = db.session.scalars(paid.limit(1)).first() if record is Participant else None
            if known is None:
                raise
            return known

    def _write(self, number: int, cells: list[str]) -> tuple[Any, bool, bool]:
        values, refusals = self._values(cells)
        if refusals:
            raise FaultyLine(*refusals)
        names = ("state", "month", "amount", "paid_on", "rejection_reason", "reference")
        line = BankLine(**{name: values.get(name) for name in names}, cnie=values["participant.cnie"].cnie)
        check_complete(line)
        found = self._ledger.match(number, line)
        if found.refusal is not None or found.payment is None:
            raise FaultyLine(*[found.refusal] if found.refusal else [])
        return found.payment, False, record_answer(found.payment, line, self.day)


READINGS: dict[str, type[Reading]] = {
    "attendance": AttendanceReading,
    "corrections": CorrectionReading,
    "payments": PaymentReading,
}


def _nothing(attribute: Any) -> None:
    """An empty cell says nothing; RuleError where the field must say something."""
    filled = attribute.local_columns if isinstance(attribute, RelationshipProperty) else attribute.columns
    if not any(column.nullable or column.default or column.server_default for column in filled):
        Required().refuse(field=attribute.info["label"])


def _as_kept(attribute: Any, text: str) -> str:
    """A text cleaned by the rules of its field, so that the same number is the same text."""
    cleaners = (rule for rule in attribute.info.get("rules", ()) if hasattr(rule, "clean"))
    rule = next(cleaners, None)
    return str(rule.clean(text)) if rule else text


def _not_readable(kind: Any, text: str) -> NoReturn:
    if isinstance(kind, Enum):
        expected: Any = "، ".join(f"{word.value} ({word.label})" for word in kind.enum_class)
    elif isinstance(kind, Month):
        expected = _l("write a month as 2026-10")
    elif isinstance(kind, Date):
        expected = _l("write a date as 31/12/1990")
    elif isinstance(kind, Money):
        expected = _l("write an amount as 3422,72")
    else:
        expected = _l("write a whole number")
    NotReadable().refuse(given=text[:SHOWN], expected=expected)


def _refusal(rule: Rule, **facts: Any) -> RuleError:
    try:
        rule.refuse(**facts)
    except RuleError as refusal:
        return refusal


def _known(kind: Kind, values: dict[str, Any]) -> Any:
    conditions = {name: values[name] for name in kind.key}
    return db.session.scalar(select(kind.record).filter_by(**conditions))


def _attendance_line(worksite: Worksite, month: date, person: Participant) -> AttendanceLine:
    """A person's line on the sheet of a worksite and month, both made when they are not there yet."""
    contract = next((one for one in person.contracts if one.worksite is worksite and _touches(one, month)), None)
    if contract is None:
        refusal = _refusal(NotFound(), given=f"{person} · {worksite} · {month:%Y-%m}")
        refusal.field = "contract"
        raise refusal
    sheet = db.session.scalar(select(AttendanceSheet).filter_by(worksite=worksite, month=month))
    if sheet is None:
        sheet = AttendanceSheet(month=month, worksite=worksite)
        db.session.add(sheet)
        db.session.flush()
    known = next((one for one in sheet.lines if one.contract is contract), None)
    return known or AttendanceLine(sheet=sheet, contract=contract)


def _touches(contract: Contract, month: date) -> bool:
    return contract.starts_on <= last_day(month) and contract.ends_on >= month
