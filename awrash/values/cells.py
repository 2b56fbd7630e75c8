"""A value as a cell of an exported list."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from awrash.values.text import defuse


@dataclass(frozen=True)
class InMonth:
    """A month, which a date alone doesn't tell from its first day."""

    month: date


def cell(value: Any) -> str:
    """A value as a CSV cell: amounts with a comma, days and instants as ISO 8601, months as YYYY-MM, nothing for None.

    Only texts are made harmless to spreadsheets; what is counted or dated is never altered.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, Decimal):
        return f"{value:f}".replace(".", ",")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, InMonth):
        return f"{value.month:%Y-%m}"
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return " ".join(cell(part) for part in value)
    return defuse(str(value))
