"""Paid on time, as pages and files: each person's wages by month, and the days that each stage of a month took."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, TypedDict

from flask import abort, request
from flask.typing import ResponseReturnValue
from flask_admin import BaseView
from flask_babel import gettext as _
from sqlalchemy import select

from awrash.database.session import db
from awrash.models import Carrier, Participant, Worksite
from awrash.reports import stage_days, wage_delays
from awrash.reports.stage_days import MonthStages, StageCode
from awrash.reports.wage_delays import PART
from awrash.screens.addresses import expose
from awrash.screens.base import Guarded
from awrash.screens.lists import PAGE, SHOWN, choices_of, existing_page, page_number
from awrash.screens.sending import send_list
from awrash.values import months as periods
from awrash.values.cells import InMonth
from awrash.values.language import local_today, month_name
from awrash.values.text import number_or_none, parse_month

MONTHS_SHOWN, MOST_MONTHS = 4, 12
CELLS = 200  # months of people on a page, which weighs as much whether few months are asked or many


class Narrowing(TypedDict):
    """What narrows the months: the id of a worksite or a carrier, the first and the last month."""

    worksite: int | None
    carrier: int | None
    since: date
    until: date


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
    def narrowing(self) -> Narrowing:
        """The arguments by which `reports/wage_delays.py` narrows the people and their months."""
        return {"worksite": self.worksite, "carrier": self.carrier, "since": self.since, "until": self.until}

    def address(self, **changes: str | int | None) -> dict[str, str | int]:
        """The arguments of this page's address, some of them changed; None takes one out."""
        arguments: dict[str, str | int | None] = {"worksite": self.worksite, "carrier": self.carrier}
        arguments |= {"from": f"{self.since:%Y-%m}", "to": f"{self.until:%Y-%m}"}
        arguments |= {"late": "yes" if self.late else None, "page": self.page or None}
        return {name: value for name, value in (arguments | changes).items() if value is not None}

    @property
    def length(self) -> int:
        """How many people stand on a page."""
        return min(PAGE, CELLS // len(list(periods.months(self.since, self.until))))

    def in_words(self) -> list[str]:
        """What narrows the months, in words."""
        worksite = db.session.get(Worksite, self.worksite) if self.worksite else None
        carrier = db.session.get(Carrier, self.carrier) if self.carrier else None
        months = f"{month_name(self.since)} – {month_name(self.until)}"
        places = [str(place) for place in (worksite, carrier) if place]
        return [months, *places, *([_("Late")] if self.late else [])]


class PaidView(Guarded, BaseView):
    """Each person's months on one line; a cell says due, sent, paid and how late."""

    @expose("/")
    def index(self) -> ResponseReturnValue:
        query, today = _query(), local_today()
        people_ids = _people_ids(query, today)
        page = existing_page(query.page, len(people_ids), query.length)
        ids_on_page = page.rows_of(people_ids)
        on_page = db.session.scalars(select(Participant).where(Participant.id.in_(ids_on_page)))
        people = {person.id: person for person in on_page}
        wages = wage_delays.months_of(ids_on_page, today, **query.narrowing)
        names = {month: month_name(month) for month in periods.months(query.since, query.until)}
        return self.render(
            "awrash/wage_delays.html",
            asked=query,
            rows=[(people[person_id], wages[person_id]) for person_id in ids_on_page],
            count=page.count,
            choices={
                "worksites": choices_of(Worksite, query.worksite),
                "carriers": choices_of(Carrier, query.carrier),
            },
            months=list(names),
            names=names,
            pages=page.pages,
        )

    @expose("/export/<any(csv, xlsx, pdf):kind>/")
    def export(self, kind: str) -> ResponseReturnValue:
        query, today = _query(), local_today()
        header = [_("CNIE"), _("Family name in French"), _("Given name in French"), _("Month"), _("Due on")]
        header += [_("Amount owed"), _("Sent on"), _("Paid on"), _("Amount paid"), _("Days late"), _("State")]
        header += [_("What holds it")]
        rows = _rows_of(query, today)
        return send_list(self.endpoint, "paid", kind, header, rows, str(self.name), query.in_words())


def _people_ids(query: DelayQuery, today: date) -> list[int]:
    """The ids of the people whose months are shown, in the order of their names."""
    people = wage_delays.people(**query.narrowing)
    if not query.late:
        return list(db.session.scalars(people))
    perhaps_late = list(db.session.scalars(wage_delays.late_people(people, today)))
    return wage_delays.whose_wage_is_late(wage_delays.in_parts(perhaps_late, today, **query.narrowing))


def _rows_of(query: DelayQuery, today: date) -> Iterator[list[Any]]:
    """A line of the file for each month of each person; people are read some hundreds at a time."""
    people_ids = _people_ids(query, today)
    columns = (Participant.id, Participant.cnie, Participant.family_name_fr, Participant.given_name_fr)
    for start in range(0, len(people_ids), PART):
        part = people_ids[start : start + PART]
        people = db.session.execute(select(*columns).where(Participant.id.in_(part)))
        names = {person_id: name for person_id, *name in people}
        for person_id, wages in wage_delays.months_of(part, today, **query.narrowing).items():
            for wage in wages:
                days = (wage.due_on, wage.amount, wage.sent_on, wage.paid_on, wage.paid, wage.days_late)
                causes = "; ".join(map(str, wage.why))
                yield [*names[person_id], InMonth(wage.month), *days, str(wage.state.label), causes]


def _query() -> DelayQuery:
    """The address understood; a 400 with a sentence for what it can't be."""
    until = _month("to") or local_today().replace(day=1)
    since = _month("from") or periods.add_months(until, 1 - MONTHS_SHOWN)
    if since > until or periods.add_months(since, MOST_MONTHS) <= until:
        abort(400, _("Choose a first and a last month, at most %(count)s months.", count=MOST_MONTHS))
    page = page_number(request.args)
    late = request.args.get("late", "")
    if late not in ("", "yes"):
        abort(400, _("“%(given)s” cannot be used to filter “%(field)s”.", given=late[:SHOWN], field=_("Late")))
    return DelayQuery(_number("worksite"), _number("carrier"), since, until, late == "yes", page)


def _number(name: str) -> int | None:
    """The id that an argument of the address gives; None without it, a 400 for what is no number."""
    text = request.args.get(name, "")
    number = number_or_none(text)
    if text and number is None:
        abort(400, _("“%(given)s” cannot be used to filter “%(field)s”.", given=text[:SHOWN], field=name))
    return number


def _month(name: str) -> date | None:
    """The month that an argument of the address gives; None without it, a 400 for what is no month."""
    text = request.args.get(name, "")
    try:
        return parse_month(text) if text else None
    except ValueError:
        abort(400, _("“%(given)s” cannot be used to filter “%(field)s”.", given=text[:SHOWN], field=_("Month")))


class StageDaysView(Guarded, BaseView):
    """The days that each stage of each month took; the longest is said in words."""

    @expose("/")
    def index(self) -> ResponseReturnValue:
        rows = stage_days.stages_of_months(local_today())
        most = max((month.total for month in rows), default=0)
        return self.render("awrash/stage_days.html", rows=rows, codes=list(StageCode), most=most)

    @expose("/export/<any(csv, xlsx, pdf):kind>/")
    def export(self, kind: str) -> ResponseReturnValue:
        header = [_("Month"), *(str(stage.label) for stage in StageCode), _("Days in all"), _("Longest stage")]
        header += [_("Wages due on"), _("Days late"), _("State")]
        months = stage_days.stages_of_months(local_today())
        rows = map(_file_values, months)
        return send_list(self.endpoint, "gates", kind, header, rows, str(self.name), lines=len(months))

    def is_visible(self) -> bool:
        """Reached from the morning page, the payroll and the months: the menu has enough."""
        return False


def _file_values(month: MonthStages) -> list[str | int | date | InMonth | None]:
    """The values of a month's line in the file."""
    longest = str(month.longest.code.label) if month.longest else ""
    state = _("open") if month.is_open else _("closed")
    days = [stage.days for stage in month.stages]
    return [InMonth(month.month), *days, month.total, longest, month.due_on, month.late, state]
