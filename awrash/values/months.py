"""Days and months: first days, lengths, and the days a contract plans."""

import calendar
from collections.abc import Iterator
from datetime import date, timedelta

from awrash.values.money import round_half_up


def month_of(day: date) -> date:
    """The month of a day, as its first day."""
    return day.replace(day=1)


def last_day(month: date) -> date:
    """The last day of a month."""
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])


def days(first: date, last: date) -> Iterator[date]:
    """The days of a period; none when it ends before it starts."""
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def add_months(day: date, months: int) -> date:
    """The same day some months later, or the last day of a shorter month."""
    years, index = divmod(day.month - 1 + months, 12)
    first = date(day.year + years, index + 1, 1)
    return first.replace(day=min(day.day, last_day(first).day))


def months(starts_on: date, ends_on: date) -> Iterator[date]:
    """First days of the months that a period touches; none when it ends before it starts."""
    month = month_of(starts_on)
    while month <= ends_on:
        yield month
        month = add_months(month, 1)


def whole_months(starts_on: date, ends_on: date) -> int:
    """Months that a period lasts, a begun month counted whole; 1 Jan to 31 Mar is three."""
    count = 0
    while add_months(starts_on, count) <= ends_on:
        count += 1
    return count


def end_of(starts_on: date, length: int) -> date:
    """Last day of a period of so many months."""
    return add_months(starts_on, length) - timedelta(days=1)


def years_on(born_on: date, day: date) -> int:
    """Age in whole years on a day."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def planned_days(starts_on: date, ends_on: date, full_month_days: int) -> int:
    """Days that a period plans: those of a full month, or their share by calendar days, half up."""
    total = 0
    for month in months(starts_on, ends_on):
        first, last = max(month, starts_on), min(last_day(month), ends_on)
        total += round_half_up(full_month_days * ((last - first).days + 1), last_day(month).day)
    return total
