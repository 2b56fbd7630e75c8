"""The audit on screen: who did what, to which record, in words; and what complaints tell it of their readers."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from markupsafe import Markup, escape
from sqlalchemy import Date, Enum, Text, inspect, select

from awrash.database.columns import Instant, Month
from awrash.database.record import record_named
from awrash.database.session import Base, db
from awrash.models import Complaint
from awrash.records.accounts import Role
from awrash.records.audit import AuditEvent, AuditLine, SignInFault
from awrash.screens import tracing
from awrash.screens.base import RecordView
from awrash.screens.format import format_value, record_name
from awrash.screens.lists import Filter
from awrash.values.language import _l, language
from awrash.values.money import FigureType, Money
from awrash.values.states import Word

LONGEST = 60  # characters of a value in the list; its own page has them all
SHOWN = 4  # facts of a line in the list
CONFIDENTIAL = {"text", "answer"}
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

    def reader(self, records: list[Any], is_list: bool = True) -> Callable[[Any, str], Any]:
        names = names_of(records)

        def read(line: AuditLine, path: str) -> Any:
            if path == "about":
                return names.get((line.record, line.record_id), f"# {line.record_id}" if line.record_id else None)
            if path == "record":
                return kind_label(line.record)
            return told_of(line, is_list) if path == "told" else getattr(line, path)

        return read

    def page_of(self, record: Any) -> dict[str, Any]:
        if record.record == Complaint.__tablename__ and record.changes:
            tracing.trace_reading(db.session.get(Complaint, record.record_id))
        return super().page_of(record) | {"reach": self.reader([record], is_list=False)}


class InConfidence(RecordView):
    """A list that leaves a trace of its readers when it shows what confidential records say."""

    def trace_list(self, paths: list[str], ids: Any) -> None:
        if CONFIDENTIAL.isdisjoint(paths):
            return
        asked = select(self.model).where(self.model.id.in_(ids), self.model.is_confidential)
        tracing.trace_reading(*db.session.scalars(asked))


# ---- kinds of records by name


def kind_label(name: str) -> str:
    """What a kind of record or a page is called: by its list, else by the relation that leads to it."""
    view = next((one for one in current_app.extensions["admin"][0]._views if one.endpoint == name), None)
    if view is not None or name in UNLISTED:
        return str(view.name if view is not None else UNLISTED[name])
    ways = [way for mapper in Base.registry.mappers for way in mapper.relationships if way.target.name == name]
    ways = [way for way in sorted(ways, key=lambda way: not way.uselist) if "label" in way.info]
    return str(ways[0].info["label"] if ways else name)


def kinds() -> tuple[tuple[str, str], ...]:
    """The kinds that lines of the audit can be about, as choices of a filter."""
    records = [mapper.class_.__tablename__ for mapper in Base.registry.mappers]
    return tuple(sorted(((name, kind_label(name)) for name in (*records, *PAGES)), key=lambda one: one[1]))


def names_of(lines: list[AuditLine]) -> dict[tuple[str, int | None], Any]:
    """The names of the records that lines are about, asked for kind by kind; none for one that is deleted."""
    numbers: dict[str, set[int]] = {}
    for line in lines:
        if line.record_id and line.record in Base.metadata.tables:
            numbers.setdefault(line.record, set()).add(line.record_id)
    found = {}
    for name, some in numbers.items():
        kind = record_named(name)
        for one in db.session.scalars(select(kind).where(kind.id.in_(some))):
            found[name, one.id] = Markup("<bdi>{}</bdi>").format(record_name(one))
    return found


# ---- one line in words


def told_of(line: AuditLine, is_list: bool = False) -> Markup | None:
    """What a line tells: the step, the fields before and after, the list that went out; short in the list."""
    facts = list(_facts(line, is_list))
    more = [Markup("…")] if is_list and len(facts) > SHOWN else []
    return Markup("<br>").join([*(facts[:SHOWN] if is_list else facts), *more]) if facts else None


def _facts(line: AuditLine, is_list: bool) -> Iterator[Markup]:
    kind = record_named(line.record) if line.record in Base.metadata.tables else None
    if line.from_state and line.to_state:
        step = _before_after(_value(kind, "state", line.from_state), _value(kind, "state", line.to_state))
        yield _fact(field_label(kind, "state"), step)
    for name, (before, after) in (line.changes or {}).items():
        label = field_label(kind, name)
        if is_list and _is_hidden(kind, name):
            yield escape(label)
        elif line.what is AuditEvent.deleted:
            yield _fact(label, _cut(_value(kind, name, before), is_list))
        else:
            yield _fact(label, _before_after(*(_cut(_value(kind, name, one), is_list) for one in (before, after))))
    for name, label in DETAILS.items():
        if name in (line.details or {}) and not (is_list and name == "columns"):
            yield _fact(str(label), _cut(_detail(name, (line.details or {})[name]), is_list))


def _fact(label: str, value: Any) -> Markup:
    return Markup("{}: {}").format(label, _apart(value))


def _apart(value: Any) -> Markup:
    """A text that keeps its own order; marks around parts that have theirs would turn their order round."""
    return value if isinstance(value, Markup) else Markup("<bdi>{}</bdi>").format(value)


def _before_after(before: Any, after: Any) -> Markup:
    arrow = "←" if language() == "ar" else "→"
    return Markup("{} {} {}").format(_apart(before), arrow, _apart(after))


def _cut(value: Any, is_list: bool) -> Any:
    """A value short enough for a list; one that holds its parts apart is short already."""
    is_long = is_list and not isinstance(value, Markup) and len(str(value)) > LONGEST
    return f"{str(value)[:LONGEST]}…" if is_long else value


def _detail(name: str, value: Any) -> Any:
    if name == "fault":
        return str(SignInFault(value).label)
    return _list(value) if isinstance(value, list) else format_value(value)


def _list(values: list[Any]) -> Markup:
    comma = Markup("، " if language() == "ar" else ", ")
    return comma.join(_apart(one) for one in values) or Markup("—")


def _is_hidden(kind: Any, name: str) -> bool:
    """Long texts, and whatever a record says in confidence, stand on the line's own page only."""
    column = inspect(kind).column_attrs.get(name) if kind else None
    return hasattr(kind, "is_confidential") or (column is not None and isinstance(column.columns[0].type, Text))


def field_label(kind: Any, name: str) -> str:
    """A field's label; a foreign key has that of its relation."""
    attribute = _relation(kind, name) or (inspect(kind).attrs.get(name) if kind else None)
    return str(getattr(attribute, "info", {}).get("label", name))


def _relation(kind: Any, name: str) -> Any:
    """The relation to one record behind a foreign key, or the list of a name."""
    for way in inspect(kind).relationships if kind else ():
        if way.key == name or (not way.uselist and [one.key for one in way.local_columns] == [name]):
            return way
    return None


def _value(kind: Any, name: str, kept: Any) -> Any:
    """A value that the audit keeps as text or number, as a person reads it."""
    way = _relation(kind, name)
    if isinstance(kept, list):
        return _list([_element(way, one) for one in kept])
    if kept is None or way is not None:
        record = db.session.get(way.mapper.class_, kept) if kept is not None else None
        return "—" if kept is None else str(record) if record is not None else f"# {kept}"
    words = _words(kind, name)
    if words is not None and kept in set(words):
        return str(words(kept).label)
    if isinstance(kept, bool):
        return _("Yes") if kept else _("No")
    column = inspect(kind).column_attrs.get(name) if kind else None
    return str(kept) if column is None else format_value(_typed(column.columns[0].type, kept), name)


def _typed(kind: Any, kept: Any) -> Any:
    """A value of the trace, which keeps texts and numbers only, as its column would give it."""
    if isinstance(kind, Money | FigureType):
        return Decimal(kept)
    if isinstance(kind, Instant):
        return datetime.fromisoformat(kept)
    return date.fromisoformat(kept) if isinstance(kind, Date | Month) else kept


def _words(kind: Any, name: str) -> type[Word] | None:
    column = inspect(kind).column_attrs.get(name) if kind else None
    type_ = column.columns[0].type if column is not None else None
    words = type_.enum_class if isinstance(type_, Enum) else None
    return words if words is not None and issubclass(words, Word) else None


def _element(way: Any, kept: Any) -> str:
    """An element of a list by its name; as it was kept when it is gone or named already."""
    traced = way.mapper.class_.__traced__ if way is not None else None
    if traced is None:
        return str(kept)
    found = db.session.scalar(select(way.mapper.class_).filter_by(**{traced: kept}))
    return str(found) if found is not None else str(kept)
