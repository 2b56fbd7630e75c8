"""What a line of the trace changed, in words: each field by its label, each value as its own screen shows it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import Date, DateTime, Enum, inspect
from sqlalchemy.orm import RelationshipDirection, RelationshipProperty

from awrash.audit import AuditLine, What
from awrash.database import Instant, Month, db, record_named
from awrash.money import Figure, Money
from awrash.show import show


def told_changes(line: AuditLine) -> list[Markup]:
    """Each field that a line changed, or that a deleted record lost; none for a line that keeps no field."""
    kind = inspect(record_named(line.record))
    return [_told(kind, line, name, *values) for name, values in (line.changes or {}).items() if name in kind.attrs]


def _told(kind: Any, line: AuditLine, name: str, before: Any, after: Any) -> Markup:
    attribute = _named_by(kind, name)
    was, then = (_in_words(attribute, name, value) for value in (before, after))
    facts = {"field": str(attribute.info.get("label", name)), "before": was, "after": then}
    if line.what == What.deleted:
        return Markup(_("%(field)s: %(before)s")) % facts
    return Markup(_("%(field)s: from %(before)s to %(after)s")) % facts


def _named_by(kind: Any, name: str) -> Any:
    """A field, or for a foreign key the relation that has its label."""
    for way in kind.relationships:
        if way.direction is RelationshipDirection.MANYTOONE and name in {one.key for one in way.local_columns}:
            return way
    return kind.attrs[name]


def _in_words(attribute: Any, name: str, value: Any) -> Any:
    """A kept value as its screen shows it; the name of a record that is gone is its number."""
    if value is None:
        return show(value)
    if isinstance(attribute, RelationshipProperty):
        numbers = value if isinstance(value, list) else [value]
        return show([db.session.get(attribute.mapper.class_, one) or f"# {one}" for one in numbers])
    return show(_read(attribute.columns[0].type, value), name)


def _read(kind: Any, value: Any) -> Any:
    """A value of the trace, which keeps texts and numbers only, as its column would give it."""
    if isinstance(kind, Enum) and kind.enum_class is not None:
        return next((one for one in kind.enum_class if one.value == value), value)
    if isinstance(kind, Money | Figure):
        return Decimal(value)
    if isinstance(kind, Instant | DateTime):
        return datetime.fromisoformat(value)
    if isinstance(kind, Date | Month):
        return date.fromisoformat(value)
    return value
