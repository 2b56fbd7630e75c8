"""The days on which nobody is expected at work: legal holidays, kept by the office with the text that says so."""

from datetime import date
from typing import Any

from sqlalchemy import String, event, select
from sqlalchemy.orm import Mapped, Session

from awrash.database.columns import column
from awrash.database.record import Named
from awrash.database.session import db
from awrash.values import months
from awrash.values.language import _l

HOLIDAYS_KEY = "holidays"  # in the session's info: the whole table, kept for one transaction


class Holiday(Named):
    """A legal holiday: on one day, or each year on the same day from then on."""

    __shown__ = ("falls_on", "name")

    falls_on: Mapped[date] = column(_l("Day"), unique=True)
    every_year: Mapped[bool] = column(
        _l("Each year on this day"),
        help=_l("Not for the feasts of the Hijri calendar: record each year's day once it is announced."),
        default=False,
    )
    source: Mapped[str] = column(_l("Decree or source"), type_=String(160))

    def day_in(self, month: date) -> date | None:
        """Its day in a month; None when it has none there."""
        if not self.every_year:
            return self.falls_on if months.month_of(self.falls_on) == month else None
        if self.falls_on.month != month.month or self.falls_on.year > month.year:
            return None
        last = months.last_day(month)
        return last if self.falls_on.day > last.day else self.falls_on.replace(year=month.year)


def holidays_of(month: date) -> dict[date, Holiday]:
    """The holidays of a month, by their day."""
    known: list[Holiday] | None = db.session.info.get(HOLIDAYS_KEY)
    if known is None:
        with db.session.no_autoflush:
            known = db.session.info[HOLIDAYS_KEY] = list(db.session.scalars(select(Holiday)))
    days = {holiday.day_in(month): holiday for holiday in known}
    return {day: holiday for day, holiday in days.items() if day is not None}


@event.listens_for(Session, "after_flush")
@event.listens_for(Session, "after_commit")
@event.listens_for(Session, "after_rollback")
def forget_holidays(session: Session, *_: Any) -> None:
    """The rows kept for a transaction are forgotten when it ends, or when it changes one of them."""
    changed = [*session.new, *session.dirty, *session.deleted]
    if not changed or any(isinstance(record, Holiday) for record in changed):
        session.info.pop(HOLIDAYS_KEY, None)
