"""How a value reads on a screen: dates and amounts as CLDR writes them here, numbers kept in order."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, format_percent
from flask import Flask
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup, escape

from awrash.database.record import Record
from awrash.records.audit import AuditEvent
from awrash.values.figure_names import Figure
from awrash.values.language import FORMATS, OFFICE_TIME, language, month_name
from awrash.values.money import dirhams
from awrash.values.states import Bearer, Word

TONES = {  # the colour of a state; its sign and its word say the same without it
    "way": "open running assigned calculated sent uploaded under_study published held being_opened made reviewed "
    "signed",
    "wait": "deposited complete scored due to_make received deferred requested filled planned drafted prepared "
    "registered documents_complete candidate waiting ending paid_late",
    "good": "approved paid issued in_use frozen verified obtained accepted eligible completed locked done answered "
    "paid_in_time",
    "bad": "refused rejected terminated revoked suspended unreachable never_opened blocked overdue failed",
    "gone": "replaced reissued taken_back",
}
TONE_OF = {word: tone for tone, words in TONES.items() for word in words.split()}


LONG = 22  # characters; a longer text may take two lines in a table, a shorter one never


def tone(word: str) -> str:
    """The tone of a state's word: `screens.md`, "States and colours"; what is not named is plain."""
    return TONE_OF.get(word, "plain")


def format_value(value: Any, path: str = "") -> Any:
    """A value as the person reads it; `path` tells a month from a day and a code from a number."""
    locale = FORMATS[language()]
    if value is None or value == "" or value == []:
        return "—"
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, Word) and not path.rsplit(".", 1)[-1].endswith(("state", "outcome")):
        return str(value.label)
    if isinstance(value, Word):
        return Markup('<span class="word {}">{}</span>').format(tone(value.value), value.label)
    if isinstance(value, Decimal):
        return Markup('<bdi class="number amount">{}</bdi>').format(format_decimal(value, "#,##0.00##", locale=locale))
    if isinstance(value, int):
        return number(format_decimal(value, locale=locale) if path != "year" else value)
    if isinstance(value, datetime):
        return number(format_datetime(value.astimezone(OFFICE_TIME), "d MMM y HH:mm", locale=locale))
    if isinstance(value, date):
        return number(month_name(value) if path.rsplit(".", 1)[-1] == "month" else _day_said(value))
    if isinstance(value, list):
        return Markup("، " if language() == "ar" else ", ").join(format_value(one) for one in value)
    if isinstance(value, Record):
        name = record_name(value)
        return Markup("<bdi class=wrap>{}</bdi>" if len(name) > LONG else "<bdi>{}</bdi>").format(name)
    if path.rsplit(".", 1)[-1] == "blocked_by":
        return escape(ngettext("%(num)s rule blocks it", "%(num)s rules block it", len(str(value).split())))
    return Markup("<bdi class=wrap>{}</bdi>" if len(str(value)) > LONG else "<bdi>{}</bdi>").format(value)


def _day_said(day: date) -> str:
    return format_date(day, "d MMMM y", locale=FORMATS[language()])


def number(text: Any) -> Markup:
    """Digits that keep their order and never wrap."""
    return Markup('<bdi class="number">{}</bdi>').format(text)


def percent_of(value: Decimal) -> Markup:
    """A share in percent, as the language writes it: 46,2 %."""
    return number(format_percent(value / 100, "#,##0.#\u00a0%", locale=FORMATS[language()]))


def record_name(record: Record) -> str:
    """A record's name; a month inside it is written in words."""
    if getattr(record, "__tablename__", "") == "payroll_run":
        return month_name(record.month)  # type: ignore[attr-defined]
    return str(record) or f"# {record.id}"


def state_label(value: str, record: Any) -> Any:
    """A kept state by its label; an audit line holds only the word."""
    now = getattr(record, "state", None)
    return next((one.label for one in type(now) if one == value), value) if isinstance(now, Word) else value


FILTERS: dict[str, Callable[..., Any]] = {
    "show": format_value,
    "tone": tone,
    "state_label": state_label,
    "what_label": lambda value: AuditEvent(value).label,
    "figure_label": lambda name: Figure(name).label,
    "bearer_label": lambda name: Bearer(name).label,
    "dirhams": dirhams,
    "percent_of": percent_of,
    "percent": lambda rate: Decimal(rate) / 1000,
}


def install(app: Flask) -> None:
    """Let templates write amounts, days and states by these filters."""
    for name, written in FILTERS.items():
        app.add_template_filter(written, name)
