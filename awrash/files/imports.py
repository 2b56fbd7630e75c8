"""Files in: cleaned, checked by the rules of the form, then written.

A faulty file writes nothing and names each fault by line (the header is line 1), field and rule;
when asked, its good lines are written. Reading a file again changes nothing, and an empty cell erases nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import zip_longest
from typing import Any

from sqlalchemy import Enum, select
from sqlalchemy import inspect as mapped
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import ColumnProperty, RelationshipProperty
from sqlalchemy.orm.exc import StaleDataError

from awrash.database import parsing
from awrash.database.parsing import in_each_language, words_by_text
from awrash.database.record import Record, is_new, label_of, state_of
from awrash.database.session import db
from awrash.files.exports import LISTS
from awrash.files.import_kinds import (
    IGNORED,
    KINDS,
    SHOWN,
    AnyRecord,
    ColumnMissing,
    ColumnTwice,
    IdentityAsRecorded,
    Kind,
    NoLines,
    NotFound,
    NotReadable,
    TwiceInFile,
    UnknownColumn,
    WrongCellCount,
    find,
)
from awrash.files.tables import Line, TableError, read_table
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
from awrash.rules.rule import RuleError
from awrash.values.language import format_in_sentence
from awrash.values.months import last_day
from awrash.values.spelling import fold
from awrash.values.states import NO_MARK, Mark, Word
from awrash.values.text import restore, western_digits

Change = tuple[str, Any, Any]  # the column of a field, its value before and after
MONTH_DAYS = range(1, 32)  # the names of a sheet's columns that hold one day each
Attribute = ColumnProperty[Any] | RelationshipProperty[Any]


@dataclass(frozen=True)
class LineFault:
    """One thing wrong on one line: the column in which it is mended, the code of the rule, its sentence."""

    line: int
    field: str
    rule: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.line}:{self.field}:{self.rule}:{self.sentence}"


@dataclass(frozen=True)
class LineChange:
    """One field that a line changes of a record that is there: the record's name, the column, before and after."""

    line: int
    record: str
    field: str
    before: Any
    after: Any

    def __str__(self) -> str:
        return f"{self.line}:{self.field}:{self.record}: {_in_text(self.before)} → {_in_text(self.after)}"


@dataclass
class ImportReport:
    """What a file would do: the records that it makes and changes, how many it leaves as they are, its faults.

    `changes` tells the changed ones field by field.
    """

    kind: str
    made: list[Record] = field(default_factory=list)
    changed: list[Record] = field(default_factory=list)
    changes: list[LineChange] = field(default_factory=list)
    same: int = 0
    lines: int = 0
    faults: list[LineFault] = field(default_factory=list)

    @property
    def good(self) -> int:
        """How many lines can be written."""
        return len(self.made) + len(self.changed) + self.same


def check_file(name: str, content: bytes, day: date, most_lines: int | None = None) -> ImportReport:
    """Read a file of the kind `name` into the session, a savepoint a line; the caller commits or rolls back.

    `day` is when the file is read: a participant keeps the day that it was recorded. `most_lines` None reads a file
    of any length. KeyError for a kind that is none; whatever is wrong in the file is a fault of the report.
    """
    kind, report = KINDS[name], ImportReport(name)
    number = 1
    try:
        (number, names), *lines = with_marks(kind, read_table(content, most_lines))
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
            report.faults += [_fault(number, reading.column_of(refusal.field), refusal) for refusal in faulty.refusals]
    return report


def title_of(name: str, column: str) -> str:
    """A column's label in the language of the person served; a name that is no column as it is."""
    kind = KINDS[name]
    return label_of(kind.record, kind.label_path(column)) if column in kind.columns else column


def _in_text(value: Any) -> str:
    """A value as a terminal prints it; a dash for nothing."""
    return "—" if value in (None, "") else format_in_sentence(getattr(value, "label", value))


def _fault(number: int, column: str, refusal: RuleError) -> LineFault:
    return LineFault(number, column or refusal.field or "", refusal.code, str(refusal))


# ---- the header


def with_marks(kind: Kind, lines: list[Line]) -> list[Line]:
    """A sheet with a column a day, named 1 to 31, as one with a column of marks: one letter a day."""
    (header_number, names), *others = lines
    places = {western_digits(name): place for place, name in enumerate(names)}
    day_places = [places[str(day)] for day in MONTH_DAYS if str(day) in places]
    if "marks" not in kind.columns or not day_places:
        return lines
    kept = [place for place in range(len(names)) if place not in day_places]

    def with_last(cells: list[str], last: str) -> list[str]:
        return [*(cells[place] for place in kept if place < len(cells)), *[""] * (len(kept) - len(cells)), last]

    def marks_of(cells: list[str]) -> str:
        letters = {place: cells[place].strip().upper() for place in day_places if place < len(cells)}
        by_day = [letters.get(places.get(str(day), -1), "") or NO_MARK for day in MONTH_DAYS]
        return "".join(by_day).rstrip(NO_MARK)

    header = (header_number, with_last(names, "marks"))
    return [header, *((number, with_last(cells, marks_of(cells))) for number, cells in others)]


def header_of(kind: Kind, cells: list[str]) -> list[str | None]:
    """The column under each cell of the header, a field name or a label in any language; RuleError if unknown.

    None stands for a column that is ignored, an empty text for one without a name.
    """
    columns = {fold(name): column for column in kind.columns for name in _names_of(kind, column)}
    ignored = {fold(name) for name in _names_read_over(kind)}
    header: list[str | None] = []
    for cell in cells:
        column = columns.get(fold(cell))
        if column in header and column is not None:
            ColumnTwice().refuse(name=cell)
        if cell and column is None and fold(cell) not in ignored:
            UnknownColumn().refuse(given=cell[:SHOWN], known="، ".join(kind.columns))
        header.append(column or (None if cell else ""))
    for column in kind.key:
        if column not in header:
            ColumnMissing().refuse(name=column)
    return header


def _names_read_over(kind: Kind) -> Iterator[str]:
    """Names and labels of what our own exports say of a record beside what an import writes."""
    yield from IGNORED
    paths = IGNORED & set(mapped(kind.record).attrs.keys())
    for export_list in LISTS.values():
        if export_list.record is kind.record:
            yield from (column.name for column in export_list.columns)
            paths |= {column.label or column.source for column in export_list.columns}
    for path in paths:
        yield from in_each_language(label_of, kind.record, path)


def _names_of(kind: Kind, column: str) -> Iterator[str]:
    """What a column may be called: the field, the natural key it is found by, their labels in each language."""
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


def _attribute(record: type[Record], path: str) -> Attribute:
    *relations, name = path.split(".")
    mapper = mapped(record)
    for relation in relations:
        mapper = mapper.relationships[relation].mapper
    return mapper.relationships[name] if name in mapper.relationships else mapper.column_attrs[name]


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
        self._found: dict[tuple[type[Record], str], Record] = {}
        self._words: dict[type[Word], dict[str, Word]] = {}

    def column_of(self, name: str | None) -> str:
        """The column in which a person mends a field; the field's own name if no column fills it."""
        return self._columns_by_field.get(name, name or "") if name not in self.kind.columns else str(name)

    def read(self, number: int, cells: list[str], report: ImportReport) -> None:
        """Write one line into the session and count it; FaultyLine leaves nothing of it behind."""
        try:
            with db.session.begin_nested(), db.session.no_autoflush:
                record, is_made, changes = self._write(number, cells)
                name = name_with_key(record)
        except RuleError as refusal:
            raise FaultyLine(refusal) from refusal
        except (IntegrityError, StaleDataError) as error:
            raise FaultyLine(refusal_of(error, " ".join(cells)[:SHOWN])) from error
        if is_made:
            report.made.append(record)
        elif changes:
            report.changed.append(record)
            report.changes += [LineChange(number, name, *change) for change in changes]
        else:
            report.same += 1

    def _write(self, number: int, cells: list[str]) -> tuple[Record, bool, list[Change]]:
        """The record that a line means, whether it is new, and what the line changes of one that is there."""
        values, refusals = self._values(cells)
        self._check_only_line(number, values)
        if not all(name in values for name in self.kind.key):
            raise FaultyLine(*refusals)
        record = self._record_of(values)
        is_made = is_new(record)
        is_altered = is_made or db.session.is_modified(record)
        if is_altered:
            prepare_record(record)
            refused = {refusal.field for refusal in refusals}
            refusals += [more for more in refusals_of(record) if self.column_of(more.field) not in refused]
            refusals += [] if is_made or refusals else self._identity_refusals(record)
        if refusals:
            raise FaultyLine(*refusals)
        changes = [] if is_made else self._changes(record)
        if is_altered:
            db.session.add(record)
            db.session.flush()
        return record, is_made, changes

    def _identity_refusals(self, record: Record) -> list[RuleError]:
        """A refusal for each column by which a line says anew who a recorded person is."""
        refusals = []
        for name in self.kind.identity:
            try:
                IdentityAsRecorded().check_same(record, name)
            except RuleError as refusal:
                refusal.field = name
                refusals.append(refusal)
        return refusals

    def _changes(self, record: Record) -> list[Change]:
        """The columns of a record's own fields that are about to change, each with its value before and after."""
        changes = []
        for column, path in ((column, self.kind.path_of(column)) for column in self.kind.columns):
            history = None if "." in path else state_of(record).attrs[path].history
            if history and history.has_changes():
                before, after = (next(iter(values or ()), None) for values in (history.deleted, history.added))
                changes.append((column, _shown(before), _shown(after)))
        return changes

    def _values(self, cells: list[str]) -> tuple[dict[str, Any], list[RuleError]]:
        """What the cells of a line mean by column, and a refusal for each that means nothing."""
        values: dict[str, Any] = {}
        refusals = []
        for name, cell in zip_longest(self.header, cells, fillvalue=""):
            if name == "" and cell:
                raise FaultyLine(RuleError(WrongCellCount(), given=len(cells), expected=len(self.header)))
            if not name:
                continue
            try:
                values[name] = self._value(self.attributes[name], restore(str(cell)))
            except RuleError as refusal:
                refusal.field = name
                refusals.append(refusal)
        return values, refusals

    def _check_only_line(self, number: int, values: dict[str, Any]) -> None:
        """FaultyLine when an earlier line is about the same record."""
        key = tuple(values.get(name) for name in self.kind.key)
        if None in key:
            return
        first = self._lines.setdefault(key, number)
        if first != number:
            refusal = RuleError(TwiceInFile(), given=key[-1], line=first)
            refusal.field = self.kind.key[-1]
            raise FaultyLine(refusal)

    def _value(self, attribute: Attribute, text: str) -> Any:
        """The value that a cell means for a field, None for an empty cell; RuleError when it means none."""
        if not text:
            _check_may_be_empty(attribute)
            return None
        if isinstance(attribute, RelationshipProperty):
            target = attribute.mapper.class_
            key = mapped(target).attrs[target.__key__]
            if is_far_too_long(text, longest(key)):
                NotFound().refuse(given=text[:SHOWN])
            return self._find(target, _as_kept(key, text))
        most = longest(attribute)
        if is_far_too_long(text, most):
            TooLong().refuse(field=attribute.info["label"], most=most)
        column_type = attribute.columns[0].type
        if isinstance(column_type, Enum):
            return self._word(column_type.enum_class, text)
        try:
            return parsing.parse(column_type, _as_kept(attribute, text))
        except ValueError:
            text_format = parsing.format_of(column_type) or parsing.WHOLE_NUMBER
            NotReadable().refuse(given=text[:SHOWN], expected=text_format.expected)

    def _word(self, words: Any, text: str) -> Word:
        """A word of an enumeration, by its value or its label in any language; RuleError for what is none."""
        if words not in self._words:
            self._words[words] = words_by_text(words)
        if fold(text) not in self._words[words]:
            expected = "، ".join(f"{word.value} ({word.label})" for word in words)
            NotReadable().refuse(given=text[:SHOWN], expected=expected)
        return self._words[words][fold(text)]

    def _find(self, record: type[Record], text: str) -> Record:
        if (record, text) not in self._found:
            self._found[record, text] = find(record, text)
        return self._found[record, text]

    def _record_of(self, values: dict[str, Any]) -> Record:
        """The record that a line means, known or new, with its values set."""
        return self._fill(_known(self.kind, values) or self._new(), values)

    def _fill(self, record: AnyRecord, values: dict[str, Any]) -> AnyRecord:
        """Set the values of a line on a record; an empty cell erases nothing."""
        for name, value in values.items():
            path = self.kind.path_of(name)
            if "." not in path and value is not None and getattr(record, path) != value:
                setattr(record, path, value)
        return record

    def _new(self) -> Record:
        record = self.kind.record()
        if isinstance(record, Participant):
            record.recorded_on = self.day
        return record


class AttendanceReading(Reading):
    """Attendance: the lines of sheets, by their sum of days or one letter a day."""

    def _record_of(self, values: dict[str, Any]) -> Record:
        if values.get("marks"):
            values.setdefault("days_worked", values["marks"].count(Mark.worked))
        return self._fill(_attendance_line(*(values[name] for name in self.kind.key)), values)


class CorrectionReading(Reading):
    """Corrections of locked lines: each is made once, and takes back what was frozen."""

    def _write(self, number: int, cells: list[str]) -> tuple[Record, bool, list[Change]]:
        values, refusals = self._values(cells)
        self._check_only_line(number, values)
        if refusals:
            raise FaultyLine(*refusals)
        line = _attendance_line(*(values[name] for name in self.kind.key))
        correction = self._fill(AttendanceCorrection(line=line), values)
        if (correction.days_worked, correction.situation) == (line.days, line.said):
            line.corrections.remove(correction)
            return line, False, []
        prepare_record(correction)
        refusals = list(refusals_of(correction))
        if refusals:
            raise FaultyLine(*refusals)
        correct_attendance(correction, self.day)
        return correction, True, []


class PaymentReading(Reading):
    """Payments: nothing is made; a line moves the payment that it means, as a return file of the bank does."""

    def __init__(self, kind: Kind, header: list[str | None], day: date) -> None:
        super().__init__(kind, header, day)
        self._ledger = Ledger()

    def _find(self, record: type[Record], text: str) -> Record:
        """A person by the CNIE of their card, or by the one that a wage was sent under before it was corrected."""
        try:
            return super()._find(record, text)
        except RuleError:
            paid = select(Participant).join(Participant.contracts).join(Contract.pay_slips).where(PaySlip.cnie == text)
            participant = db.session.scalars(paid.limit(1)).first() if record is Participant else None
            if participant is None:
                raise
            return participant

    def _write(self, number: int, cells: list[str]) -> tuple[Record, bool, list[Change]]:
        values, refusals = self._values(cells)
        if refusals:
            raise FaultyLine(*refusals)
        names = ("state", "month", "amount", "paid_on", "rejection_reason", "reference")
        line = BankLine(**{name: values.get(name) for name in names}, cnie=values["participant.cnie"].cnie)
        check_complete(line)
        match = self._ledger.match(number, line)
        if match.refusal is not None or match.payment is None:
            raise FaultyLine(*[match.refusal] if match.refusal else [])
        answered = ("state", "sent_on", "paid_on", "rejection_reason", "reference")
        before = [getattr(match.payment, name) for name in answered]
        record_answer(match.payment, line, self.day)
        both = ((name, old, getattr(match.payment, name)) for name, old in zip(answered, before, strict=True))
        return match.payment, False, [change for change in both if change[1] != change[2]]


def name_with_key(record: Record) -> str:
    """A record's name, with the key that tells it from its namesakes where the name has it not."""
    key = getattr(record, record.__key__, None) if record.__key__ != "id" else None
    return str(record) if key is None or str(key) in str(record) else f"{record} · {key}"


def _shown(value: Any) -> Any:
    """A value that outlives its session: another record by its name."""
    return str(value) if isinstance(value, Record) else value


READINGS: dict[str, type[Reading]] = {
    "attendance": AttendanceReading,
    "corrections": CorrectionReading,
    "payments": PaymentReading,
}


def _check_may_be_empty(attribute: Attribute) -> None:
    """RuleError where a field must hold something."""
    columns = attribute.local_columns if isinstance(attribute, RelationshipProperty) else attribute.columns
    if not any(column.nullable or column.default or column.server_default for column in columns):
        Required().refuse(field=attribute.info["label"])


def _as_kept(attribute: Attribute, text: str) -> str:
    """A text cleaned by the rules of its field, so that the same number is the same text."""
    cleaners = (rule for rule in attribute.info.get("rules", ()) if hasattr(rule, "clean"))
    rule = next(cleaners, None)
    return str(rule.clean(text)) if rule else text


def _known(kind: Kind, values: dict[str, Any]) -> Record | None:
    conditions = {name: values[name] for name in kind.key}
    return db.session.scalar(select(kind.record).filter_by(**conditions))


def _attendance_line(worksite: Worksite, month: date, person: Participant) -> AttendanceLine:
    """A person's line on the sheet of a worksite and month, both made when they are not there yet."""
    contracts = (contract for contract in person.contracts if contract.worksite is worksite)
    contract = next((contract for contract in contracts if _runs_in(contract, month)), None)
    if contract is None:
        refusal = RuleError(NotFound(), given=f"{person} · {worksite} · {month:%Y-%m}")
        refusal.field = "contract"
        raise refusal
    sheet = db.session.scalar(select(AttendanceSheet).filter_by(worksite=worksite, month=month))
    if sheet is None:
        sheet = AttendanceSheet(month=month, worksite=worksite)
        db.session.add(sheet)
        db.session.flush()
    line = db.session.scalar(select(AttendanceLine).filter_by(sheet=sheet, contract=contract))
    return line or AttendanceLine(sheet=sheet, contract=contract)


def _runs_in(contract: Contract, month: date) -> bool:
    """Whether a contract has a day in a month."""
    return contract.starts_on <= last_day(month) and contract.ends_on >= month
