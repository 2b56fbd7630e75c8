"""The three languages of the office, how dates and amounts are written in them, and the office's own day."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_decimal
from flask import current_app
from flask_babel import LazyString, get_locale, lazy_gettext

OFFICE_TIME = ZoneInfo("Africa/Casablanca")
LANGUAGES = {"ar": "العربية", "fr": "Français", "en": "English"}
FORMATS = {"ar": "ar_MA", "fr": "fr_MA", "en": "en"}  # babel's `ar` writes أغسطس and 3,422.72

_l = lazy_gettext
Label = str | LazyString  # a text for the screen; a lazy one is read in the language served


def language() -> str:
    """The language of the person served: `ar`, `fr` or `en`; `ar` when none was chosen."""
    locale = get_locale()
    return locale.language if locale and locale.language in LANGUAGES else "ar"


def local_today() -> date:
    """The office's day; only doors ask, everything below is given the day.

    The setting `TODAY` holds it still for the tests.
    """
    return current_app.config.get("TODAY") or datetime.now(OFFICE_TIME).date()


def office_day(at: datetime) -> date:
    """The office's day of an instant."""
    return at.astimezone(OFFICE_TIME).date()


def now() -> datetime:
    """This instant, aware, in UTC."""
    return datetime.now(UTC)


def localized(record: object, stem: str) -> str:
    """The text `<stem>_<language>` of a record; French stands in for English, Arabic for what is missing."""
    for code in (language(), "fr", "ar"):
        text = getattr(record, f"{stem}_{code}", None)
        if text:
            return str(text)
    return ""


def format_in_sentence(value: Any) -> str:
    """A value inside a sentence: a date and an amount as CLDR writes them here, the rest as it writes itself."""
    locale = FORMATS[language()]
    if isinstance(value, date) and not isinstance(value, datetime):
        return format_date(value, "d MMMM y", locale=locale)
    if isinstance(value, Decimal):
        return format_decimal(value, "#,##0.00##", locale=locale)
    return str(value)


def isolate_in_arabic(text: str) -> str:
    """A fact that keeps its own order inside an Arabic sentence; other languages need no mark."""
    return f"\u2068{text}\u2069" if language() == "ar" and text else text


def month_name(month: date) -> str:
    """A month in words, with its year."""
    return format_date(month, "MMMM y", locale=FORMATS[language()])
