"""How a value reads on a screen: dates and amounts as CLDR writes them here, numbers kept in order."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup, escape

from awrash.audit import What
from awrash.database import Record
from awrash.language import FORMATS, OFFICE_TIME, language
from awrash.money import dirhams
from awrash.parameters import Figure
from awrash.states import Bearer, Word


def show(value: Any, path: str = "") -> Any:
    """A value as the person reads it; `path` tells a month from a day and a code from a number."""
    locale = FORMATS[language()]
    if value is None or value == "" or value == []:
        return "—"
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, Word) and not path.rsplit(".", 1)[-1].endswith(("state", "outcome")):
        return str(value.label)
    if isinstance(value, Word):
        return Markup('<span class="word word-{}">{}</span>').format(value.value, value.label)
    if isinstance(value, Decimal):
        return number(format_decimal(value, "#,##0.00##", locale=locale))
    if isinstance(value, int):
        return number(format_decimal(value, locale=locale) if path != "year" else value)
    if isinstance(value, datetime):
        return number(format_datetime(value.astimezone(OFFICE_TIME), "d MMM y HH:mm", locale=locale))
    if isinstance(value, date):
        pattern = "MMMM y" if path.rsplit(".", 1)[-1] == "month" else "d MMMM y"
        return number(format_date(value, pattern, locale=locale))
    if isinstance(value, list):
        return Markup("، " if language() == "ar" else ", ").join(show(one) for one in value)
    if isinstance(value, Record):
        return Markup("<bdi>{}</bdi>").format(record_name(value))
    if path.rsplit(".", 1)[-1] == "blocked_by":
        return escape(ngettext("%(num)s rule stops it", "%(num)s rules stop it", len(str(value).split())))
    return Markup("<bdi>{}</bdi>").format(value)


def number(text: Any) -> Markup:
    """Digits that keep their order and never wrap."""
    return Markup('<bdi class="number">{}</bdi>').format(text)


def record_name(record: Record) -> str:
    """A record's name; a month inside it is written in words."""
    if getattr(record, "__tablename__", "") == "payroll_run":
        return format_date(record.month, "MMMM y", locale=FORMATS[language()])  # type: ignore[attr-defined]
    return str(record) or f"# {record.id}"


def state_label(value: str, record: Any) -> Any:
    """A kept state by its label; an audit line holds only the word."""
    now = getattr(record, "state", None)
    return next((one.label for one in type(now) if one == value), value) if isinstance(now, Word) else value


FILTERS = {
    "show": show,
    "state_label": state_label,
    "what_label": lambda value: What(value).label,
    "figure_label": lambda name: Figure(name).label,
    "bearer_label": lambda name: Bearer(name).label,
    "dirhams": dirhams,
    "percent": lambda rate: Decimal(rate) / 1000,
}
