"""Paid on time, as pages and files: each person's months on one line, and the days that each stage of a month took."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import abort, request
from flask_admin import BaseView
from flask_babel import gettext as _
from sqlalchemy import select

from awrash.database.session import db
from awrash.models import Carrier, Participant, Worksite
from awrash.reports import stage_days, wage_delays
from awrash.reports.wage_delays import PART
from awrash.screens.addresses import expose
from awrash.screens.base import Guarded, send
from awrash.screens.lists import PAGE, choices_of, page_number, pages_of
from awrash.values import months as periods
from awrash.values.cells import cell
from awrash.values.language import local_today, month_name
from awrash.values.text import number_or_none, parse_month

MONTHS_SHOWN, MOST_MONTHS = 4, 12
CELLS = 200  # months of people on a page, which weighs as much whether few months are asked or many


@dataclass(frozen=True)
class DelayQuery:
    """What the address asks of the months: at which worksite, of which carrier, from when to when, late ones only."""

    worksite: int | None
    carrier: int | None
    since: date
    until: date
    late: bool
    page: int

    @property
    def where(self) -> dict[str, Any]:
        """The same for `wage_months`."""
        return {"worksite": self.worksite, "carrier": self.carrier, "since": self.since, "until": self.until}

    def address(self, **changes: Any) -> dict[str, Any]:
        """The arguments of this page's address, some of them changed."""
        now: dict[str, Any] = {"worksite": self.worksite, "carrier": self.carrier}
        now |= {"from": f"{self.since:%Y-%m}", "to": f"{self.until:%Y-%m}"}
        now |= {"late": "yes" if self.late else None, "page": self.page or None}
        return {name: value for name, value in (now | changes).items() if value is not None}

    @property
    def length(self) -> int:
        """How many people stand on a page."""
        return min(PAGE, CELLS // len(list(periods.months(self.since, self.until))))

    def said(self) -> list[str]:
        """What narrows the months, in words."""
        places = [
            db.session.get(kind, one) for kind, one in ((Worksite, self.worksite), (Carrier, self.carrier)) if one
        ]
        months = f"{month_name(self.since)} – {month_name(self.until)}"
        return [months, *(str(one) for one in places if one), *([_("Late")] if self.late else [])]


class PaidView(Guarded, BaseView):
    """Each person's months on one line; a cell says due, sent, paid and how late."""

    @expose("/")
    def index(self) -> Any:
        asked, today = _asked(), local_today()
        chosen = _people(asked, today)
        first = asked.page * asked.length
        if asked.page and first >= len(chosen):
            abort(404)
        on_page = chosen[first : first + asked.length]
        people = {one.id: one for one in db.session.scalars(select(Participant).where(Participant.id.in_(on_page)))}
        months = wage_delays.months_of(on_page, today, **asked.where)
        choices = {"worksites": choices_of(Worksite, asked.worksite), "carriers": choices_of(Carrier, asked.carrier)}
        told = {"rows": [(people[one], months[one]) for one in on_page], "count": len(chosen), "choices": choices}
        names = {month: month_name(month) for month in periods.months(asked.since, asked.until)}
        shown = {"months": list(names), "names": names, "pages": pages_of(len(chosen), asked.length)}
        return self.render("awrash/wage_delays.html", asked=asked, **told, **shown)

    @expose("/export/<kind>/")
    def export(self, kind: str) -> Any:
        if kind not in ("csv", "xlsx"):
            abort(404)
        asked, today = _asked(), local_today()
        header = [_("CNIE"), _("Family name in French"), _("Given name in French"), _("Month"), _("Due on")]
        header += [_("Amount owed"), _("Sent on"), _("Paid on"), _("Amount paid"), _("Days late"), _("State")]
        return send(
            self.endpoint, "paid", kind, [*header, _("What holds it")], _lines(asked, today), filters=asked.said()
        )


def _people(asked: DelayQuery, today: date) -> list[int]:
    """Whom the page tells of, in the order of their names."""
    people = wage_delays.people(**asked.where)
    if not asked.late:
        return list(db.session.scalars(people))
    chosen = list(db.session.scalars(wage_delays.late_people(people, today)))
    return wage_delays.whose_wage_is_late(wage_delays.in_parts(chosen, today, **asked.where))


def _lines(asked: DelayQuery, today: date) -> Iterator[list[str]]:
    """A line of the file for each month of each person, some hundreds of people read at a time."""
    chosen = _people(asked, today)
    for at in range(0, len(chosen), PART):
        part = chosen[at : at + PART]
        named = (Participant.cnie, Participant.family_name_fr, Participant.given_name_fr)
        names = {
            one.id: one[1:]
            for one in db.session.execute(select(Participant.id, *named).where(Participant.id.in_(part)))
        }
        for person, months in wage_delays.months_of(part, today, **asked.where).items():
            for one in months:
                days = (one.due_on, one.amount, one.sent_on, one.paid_on, one.paid, one.days_late)
                told = (f"{one.month:%Y-%m}", *days, str(one.state.label), "; ".join(map(str, one.why)))
                yield [cell(value) for value in (*names[person], *told)]


def _asked() -> DelayQuery:
    """The address understood; a 400 with a sentence for what it can't be."""
    until = _month("to") or local_today().replace(day=1)
    since = _month("from") or periods.add_months(until, 1 - MONTHS_SHOWN)
    if since > until or periods.add_months(since, MOST_MONTHS) <= until:
        abort(400, _("Choose a first and a last month, at most %(count)s months.", count=MOST_MONTHS))
    page = page_number(request.args)
    late = request.args.get("late", "")
    if late not in ("", "yes"):
        abort(400, _("“%(given)s” cannot be used to filter “%(field)s”.", given=late[:80], field=_("Late")))
    return DelayQuery(_number("worksite"), _number("carrier"), since, until, late == "yes", page)


def _number(name: str) -> int | None:
    given = request.args.get(name, "")
    number = number_or_none(given)
    if given and number is None:
        abort(400, _("“%(given)s” cannot be used to filter “%(field)s”.", given=given[:80], field=name))
    return number


def _month(name: str) -> date | None:
    given = request.args.get(name, "")
    try:
        return parse_month(given) if given else None
    except ValueError:
        abort(400, _("“%(given)s” cannot be used to filter “%(field)s”.", given=given[:80], field=_("Month")))


class StageDaysView(Guarded, BaseView):
    """The days that each stage of each month took; the longest is said in words."""

    @expose("/")
    def index(self) -> Any:
        rows = stage_days.stages_of_months(local_today())
        most = max((one.total for one in rows), default=0)
        return self.render("awrash/stage_days.html", rows=rows, codes=list(stage_days.StageCode), most=most)

    @expose("/export/<kind>/")
    def export(self, kind: str) -> Any:
        if kind not in ("csv", "xlsx"):
            abort(404)
        header = [_("Month"), *(str(one.label) for one in stage_days.StageCode), _("Days in all"), _("Longest stage")]
        rows = stage_days.stages_of_months(local_today())
        lines = ([cell(value) for value in _stage_cells(one)] for one in rows)
        header += [_("Wages due on"), _("Days late"), _("State")]
        return send(self.endpoint, "gates", kind, header, lines, lines=len(rows))

    def is_visible(self) -> bool:
        """Reached from the morning page, the payroll and the months: the menu has enough."""
        return False


def _stage_cells(one: stage_days.MonthStages) -> list[Any]:
    longest = str(one.longest.code.label) if one.longest else ""
    state = _("open") if one.is_open else _("closed")
    days = [stage.days for stage in one.stages]
    return [f"{one.month:%Y-%m}", *days, one.total, longest, one.due_on, one.late, state]
