"""How a value reads on a screen: dates and amounts as CLDR writes them here, numbers kept in order."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, format_percent
from flask import Flask
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup, escape

from awrash.database.record import Record
from awrash.models import PayrollRun
from awrash.records.audit import AuditEvent
from awrash.values.figure_names import Figure
from awrash.values.language import FORMATS, OFFICE_TIME, Label, language, month_name
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
LONG_TEXT = 22  # characters; a longer text may take two lines in a table, a shorter one never


def tone(word: str) -> str:
    """The tone in which a state's word is shown; `plain` for a word that has none."""
    return TONE_OF.get(word, "plain")


def format_value(value: object, path: str = "") -> str:
    """A value as the person served reads it, as markup where its order or tone must be kept; a dash for nothing.

    `path` leads to the value: by its last field a month is told from a day, a state from another word.
    """
    locale, field = FORMATS[language()], path.rsplit(".", 1)[-1]
    if value is None or value == "" or value == []:
        return "—"
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, Word) and not field.endswith(("state", "outcome")):
        return str(value.label)
    if isinstance(value, Word):
        return Markup('<span class="word {}">{}</span>').format(tone(value.value), value.label)
    if isinstance(value, Decimal):
        return Markup('<bdi class="number amount">{}</bdi>').format(format_decimal(value, "#,##0.00##", locale=locale))
    if isinstance(value, int):
        return unbroken(format_decimal(value, locale=locale) if path != "year" else value)
    if isinstance(value, datetime):
        return unbroken(format_datetime(value.astimezone(OFFICE_TIME), "d MMM y HH:mm", locale=locale))
    if isinstance(value, date):
        return unbroken(month_name(value) if field == "month" else format_date(value, "d MMMM y", locale=locale))
    if isinstance(value, list):
        return Markup("، " if language() == "ar" else ", ").join(format_value(element) for element in value)
    if field == "blocked_by" and not isinstance(value, Record):
        return escape(ngettext("%(num)s rule blocks it", "%(num)s rules block it", len(str(value).split())))
    return isolated_text(record_name(value) if isinstance(value, Record) else value)


def isolated_text(text: object) -> Markup:
    """A text, or markup, that keeps its own order beside others; one that is long may wrap."""
    return Markup("<bdi class=wrap>{}</bdi>" if len(str(text)) > LONG_TEXT else "<bdi>{}</bdi>").format(text)


def unbroken(number: object) -> Markup:
    """A number or a date whose digits keep their order and never wrap."""
    return Markup('<bdi class="number">{}</bdi>').format(number)


def percent_of(value: Decimal) -> Markup:
    """A number of hundredths as a percentage, written as the language does: 46.2 as 46,2 %."""
    return unbroken(format_percent(value / 100, "#,##0.#\u00a0%", locale=FORMATS[language()]))


def record_name(record: Record) -> str:
    """A record's name, a payroll's month in words; its number when it has no name."""
    if isinstance(record, PayrollRun):
        return month_name(record.month)
    return str(record) or f"# {record.id}"


def state_label(state: str, record: object) -> Label:
    """The label of a state that the audit keeps as a word alone; the word itself when `record` knows no such state."""
    current = getattr(record, "state", None)
    if not isinstance(current, Word):
        return state
    return next((word.label for word in type(current) if word == state), state)


FILTERS: dict[str, Callable[..., object]] = {
    "show": format_value,
    "tone": tone,
    "state_label": state_label,
    "what_label": lambda event: AuditEvent(event).label,
    "figure_label": lambda name: Figure(name).label,
    "bearer_label": lambda name: Bearer(name).label,
    "dirhams": dirhams,
    "percent_of": percent_of,
    "percent": lambda rate: Decimal(rate) / 1000,
}


def install(app: Flask) -> None:
    """Let templates write amounts, days and states by these filters."""
    for name, template_filter in FILTERS.items():
        app.add_template_filter(template_filter, name)
