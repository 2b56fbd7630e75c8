"""The audit on screen: who did what to which record, in words; and the trace that readers of complaints leave in it."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup, escape
from sqlalchemy import ColumnElement, Date, Select, Text, and_, false, func, inspect, not_, or_, select
from sqlalchemy.orm import Mapper, RelationshipProperty
from sqlalchemy.types import TypeEngine

from awrash.database.columns import Instant, Month
from awrash.database.record import Record, record_named
from awrash.database.session import Base, db
from awrash.files.exports import Column
from awrash.models import Complaint
from awrash.records.accounts import Role
from awrash.records.attachments import Attachment
from awrash.records.audit import AuditEvent, AuditLine, SignInFault
from awrash.records.issued_papers import IssuedPaper
from awrash.rules.confidence import reads
from awrash.screens import tracing
from awrash.screens.base import RecordView
from awrash.screens.format import format_value, record_name
from awrash.screens.lists import Filter, words_of
from awrash.values.cells import cell
from awrash.values.language import _l, language
from awrash.values.money import FigureType, Money

LONGEST_VALUE = 60  # characters of a value in the list; the line's own page has them all
SHOWN_FACTS = 4  # facts of a line in the list
CONFIDENTIAL = {"text", "answer"}  # columns that tell what a complaint says
DETAILS = {
    "filters": _l("Which lines"),
    "lines": _l("How many lines"),
    "columns": _l("Columns"),
    "file": _l("File"),
    "month": _l("Month"),
    "fault": _l("Why not"),
    "address": _l("From the address"),
}
PAGES = ("costs", "cover", "paid", "gates")  # lists of no one kind of record
WITHHELD = _l("Confidential")  # in the place of what this person does not read
UNLISTED = {  # kinds to which no list gives a name, and no relation a clear one
    "attachment": _l("Attached files"),
    "attendance_line": _l("Lines of attendance"),
    "return_file": _l("Bank returns"),
    "return_line": _l("Lines of bank returns"),
    "saved_view": _l("Saved views"),
    "session_attendance": _l("Members at the session"),
}


class AuditView(RecordView):
    """Who did what, when and why."""

    column_list = ("at", "actor", "what", "record", "about", "told", "why")
    column_details_list = ("at", "actor", "what", "record", "about", "told", "why")
    column_filters = ("record_id", "actor", "what")
    reads = (Role.administrator, Role.head_of_unit, Role.auditor)
    figures = (("about", _l("Which one")), ("told", _l("In detail")))
    can_create = can_edit = False
    questions = (lambda: Filter("record", "record", str(_l("Record")), "choice", kinds()),)

    def reader(self, records: list[AuditLine], is_list: bool = True) -> Callable[[AuditLine, str], Any]:
        names = names_of(records)
        on_page = select(AuditLine.id).where(AuditLine.id.in_([line.id for line in records]), is_withheld())
        withheld = set(db.session.scalars(on_page))

        def read(line: AuditLine, path: str) -> Any:
            is_open = line.id not in withheld
            if not is_open and path == "why":
                return WITHHELD if line.why else None
            if not is_open and path == "about" and line.record == Attachment.__tablename__:
                return WITHHELD
            if path == "about":
                return names.get((line.record, line.record_id), f"# {line.record_id}" if line.record_id else None)
            if path == "record":
                return kind_label(line.record)
            return in_words(line, is_list, is_open) if path == "told" else getattr(line, path)

        return read

    def export_lines(self, columns: tuple[Column, ...], ids: Select[tuple[int]]) -> Iterator[list[str]]:
        withheld = {cell(number) for number in db.session.scalars(select(AuditLine.id).where(is_withheld()))}
        for *cells, number in super().export_lines((*columns, Column("id")), ids):
            hidden = {"why"} if number in withheld else set()
            yield [
                str(WITHHELD) if text and column.source in hidden else text
                for text, column in zip(cells, columns, strict=True)
            ]

    def page_of(self, record: AuditLine) -> dict[str, Any]:
        if record.record == Complaint.__tablename__ and record.changes:
            tracing.trace_reading(db.session.get(Complaint, record.record_id))
        return super().page_of(record) | {"reach": self.reader([record], is_list=False)}


class InConfidence(RecordView):
    """A list of records that may be confidential.

    Those whom the kind of record names read all of them, and leave a trace when they do; others see that there is one.
    """

    @property
    def is_reader(self) -> bool:
        """Whether this person is one of those."""
        return bool(current_user.may(self.model.__confided_to__))

    def is_confided(self, path: str) -> bool:
        """Whether a path leads to what a confidential record says, or to whose it is."""
        return path.split(".")[0] in self.model.__confided__

    @property
    def sortable(self) -> list[str]:
        return [path for path in super().sortable if self.is_reader or not self.is_confided(path)]

    def holds(self, word: str) -> ColumnElement[bool]:
        """Others find a confidential record by its number alone."""
        kind: Any = self.model
        if self.is_reader:
            return super().holds(word)
        by_number = func.lower(getattr(kind, kind.__shown__[0])).contains(word, autoescape=True)
        return or_(by_number, and_(not_(kind.is_confidential), super().holds(word)))

    def reader(self, records: list[Any]) -> Callable[[Any, str], Any]:
        read = super().reader(records)

        def read_what_is_open(record: Any, path: str) -> Any:
            is_open = not self.is_confided(path) or reads(current_user, record)
            return read(record, path) if is_open else WITHHELD

        return read_what_is_open

    def export_lines(self, columns: tuple[Column, ...], ids: Select[tuple[int]]) -> Iterator[list[str]]:
        flag = Column("is_confidential")
        for *cells, is_confidential in super().export_lines((*columns, flag), ids):
            is_open = self.is_reader or is_confidential != cell(True)
            yield [
                text if is_open or not self.is_confided(column.source) else str(WITHHELD)
                for text, column in zip(cells, columns, strict=True)
            ]

    def page_of(self, record: Any) -> dict[str, Any]:
        shown = super().page_of(record)
        if not reads(current_user, record):
            for card in ("attached", "papers"):
                shown.pop(card, None)
            shown["history"] = [_without_reason(line) for line in shown["history"]]
        return shown

    def trace_list(self, paths: list[str], ids: Select[tuple[int]] | list[int]) -> None:
        if CONFIDENTIAL.isdisjoint(paths):
            return
        confidential = select(self.model).where(self.model.id.in_(ids), self.model.is_confidential)
        tracing.trace_reading(*db.session.scalars(confidential))


def _without_reason(line: AuditLine) -> SimpleNamespace:
    """What a line of a record's history tells whom its reasons are kept from."""
    names = ("at", "actor", "what", "from_state", "to_state")
    return SimpleNamespace(**{name: getattr(line, name) for name in names}, why=WITHHELD if line.why else None)


def is_withheld() -> ColumnElement[bool]:
    """Whether a line is about a record that this person does not read all of, or about a scan or a paper of one."""
    conditions: list[ColumnElement[bool]] = [false()]
    for kind in (mapper.class_ for mapper in Base.registry.mappers if mapper.class_.__confided_to__):
        if current_user.may(kind.__confided_to__):
            continue
        not_open = select(kind.id).where(not_(kind.is_confidential))
        conditions.append(and_(AuditLine.record == kind.__tablename__, AuditLine.record_id.not_in(not_open)))
        for leaf in (Attachment, IssuedPaper):
            of_it = select(leaf.id).where(leaf.record == kind.__tablename__, leaf.record_id.not_in(not_open))
            conditions.append(and_(AuditLine.record == leaf.__tablename__, AuditLine.record_id.in_(of_it)))
    return or_(*conditions)


# ---- kinds of records by name


def kind_label(name: str) -> str:
    """What a kind of record or a page is called: by its list, else by the relation that leads to it."""
    view = next((view for view in current_app.extensions["admin"][0]._views if view.endpoint == name), None)
    if view is not None:
        return str(view.name)
    if name in UNLISTED:
        return str(UNLISTED[name])
    relations = [
        relation
        for mapper in Base.registry.mappers
        for relation in mapper.relationships
        if relation.target.name == name and "label" in relation.info
    ]
    many_first = sorted(relations, key=lambda relation: not relation.uselist)
    return str(many_first[0].info["label"] if many_first else name)


def kinds() -> tuple[tuple[str, str], ...]:
    """The kinds that lines of the audit can be about, as choices of a filter, in the order of their labels."""
    tables = [mapper.class_.__tablename__ for mapper in Base.registry.mappers]
    return tuple(sorted(((name, kind_label(name)) for name in (*tables, *PAGES)), key=lambda choice: choice[1]))


def names_of(lines: list[AuditLine]) -> dict[tuple[str, int | None], Markup]:
    """The names of the records that lines are about, by kind and number, with a query a kind; none of a deleted one."""
    numbers: dict[str, set[int]] = {}
    for line in lines:
        if line.record_id and line.record in Base.metadata.tables:
            numbers.setdefault(line.record, set()).add(line.record_id)
    names: dict[tuple[str, int | None], Markup] = {}
    for table, ids in numbers.items():
        kind = record_named(table)
        for record in db.session.scalars(select(kind).where(kind.id.in_(ids))):
            names[table, record.id] = Markup("<bdi>{}</bdi>").format(record_name(record))
    return names


# ---- one line in words


def in_words(line: AuditLine, is_list: bool = False, is_open: bool = True) -> Markup | None:
    """What a line tells: the step, the fields before and after, the list that went out; short in the list.

    Of a record that is not open to this person it names the fields and says nothing of what they held.
    """
    facts = list(_facts(line, is_list, is_open))
    if is_list and len(facts) > SHOWN_FACTS:
        facts = [*facts[:SHOWN_FACTS], Markup("…")]
    return Markup("<br>").join(facts) if facts else None


def _facts(line: AuditLine, is_list: bool, is_open: bool) -> Iterator[Markup]:
    kind = record_named(line.record) if line.record in Base.metadata.tables else None
    if line.from_state and line.to_state:
        step = _before_after(_value(kind, "state", line.from_state), _value(kind, "state", line.to_state))
        yield _fact(field_label(kind, "state"), step)
    for name, (before, after) in (line.changes or {}).items():
        label = field_label(kind, name)
        if not is_open or (is_list and _is_hidden(kind, name)):
            yield escape(label)
            continue
        old, new = (_cut(_value(kind, name, kept), is_list) for kept in (before, after))
        yield _fact(label, old if line.what is AuditEvent.deleted else _before_after(old, new))
    for name, label in DETAILS.items() if is_open else ():
        if name in (line.details or {}) and not (is_list and name == "columns"):
            yield _fact(str(label), _cut(_detail(name, (line.details or {})[name]), is_list))


def _fact(label: str, value: str) -> Markup:
    return Markup("{}: {}").format(label, _isolated(value))


def _isolated(value: str) -> Markup:
    """A text that keeps its own order; marks around parts that have theirs would turn their order round."""
    return value if isinstance(value, Markup) else Markup("<bdi>{}</bdi>").format(value)


def _before_after(before: str, after: str) -> Markup:
    arrow = "←" if language() == "ar" else "→"
    return Markup("{} {} {}").format(_isolated(before), arrow, _isolated(after))


def _cut(value: str, is_list: bool) -> str:
    """A value short enough for a list; markup holds its parts apart and is short already."""
    is_long = is_list and not isinstance(value, Markup) and len(value) > LONGEST_VALUE
    return f"{value[:LONGEST_VALUE]}…" if is_long else value


def _detail(name: str, value: Any) -> str:
    """A detail of a line as a person reads it; `value` is what JSON keeps, a text, a number or a list of them."""
    if name == "fault":
        return str(SignInFault(value).label)
    return _list(value) if isinstance(value, list) else format_value(value)


def _list(values: list[str]) -> Markup:
    comma = Markup("، " if language() == "ar" else ", ")
    return comma.join(_isolated(value) for value in values) or Markup("—")


def _is_hidden(kind: type[Record] | None, name: str) -> bool:
    """Long texts, and whatever a record says in confidence, stand on the line's own page only."""
    return hasattr(kind, "is_confidential") or isinstance(_column_type(kind, name), Text)


def field_label(kind: type[Record] | None, name: str) -> str:
    """A field's label; a foreign key has that of its relation."""
    attribute = _relation(kind, name) or (_mapper(kind).attrs.get(name) if kind else None)
    return str(getattr(attribute, "info", {}).get("label", name))


def _mapper(kind: type[Record]) -> Mapper[Any]:
    mapper: Mapper[Any] = inspect(kind)
    return mapper


def _relation(kind: type[Record] | None, name: str) -> RelationshipProperty[Any] | None:
    """The relation of this name, or the one to a single record behind the foreign key of this name."""
    for relation in _mapper(kind).relationships if kind else ():
        foreign_keys = [column.key for column in relation.local_columns]
        if relation.key == name or (not relation.uselist and foreign_keys == [name]):
            return relation
    return None


def _column_type(kind: type[Record] | None, name: str) -> TypeEngine[Any] | None:
    """The type of a kind's column; None for a name that is no column."""
    column = _mapper(kind).column_attrs.get(name) if kind else None
    return None if column is None else column.columns[0].type


def _value(kind: type[Record] | None, name: str, kept: Any) -> str:
    """A field's value as a person reads it; `kept` is what JSON keeps: a text, a number, a list of them, or None."""
    relation = _relation(kind, name)
    if isinstance(kept, list):
        return _list([_element(relation, element) for element in kept])
    if kept is None:
        return "—"
    if relation is not None:
        record = db.session.get(relation.mapper.class_, kept)
        return f"# {kept}" if record is None else str(record)
    column_type = _column_type(kind, name)
    words = words_of(column_type) if column_type is not None else None
    if words is not None and kept in set(words):
        return str(words(kept).label)
    if isinstance(kept, bool):
        return _("Yes") if kept else _("No")
    return str(kept) if column_type is None else format_value(_typed(column_type, kept), name)


def _typed(column_type: TypeEngine[Any], kept: Any) -> Any:
    """A value of the audit, which keeps texts and numbers only, as its column would give it."""
    if isinstance(column_type, Money | FigureType):
        return Decimal(kept)
    if isinstance(column_type, Instant):
        return datetime.fromisoformat(kept)
    return date.fromisoformat(kept) if isinstance(column_type, Date | Month) else kept


def _element(relation: RelationshipProperty[Any] | None, kept: int | str) -> str:
    """An element of a list by its record's name; as it was kept when the record is gone or the audit kept a name."""
    key = relation.mapper.class_.__traced__ if relation is not None else None
    if relation is None or key is None:
        return str(kept)
    record = db.session.scalar(select(relation.mapper.class_).filter_by(**{key: kept}))
    return str(kept if record is None else record)
