"""Health cover on screen: whose opens, whose rights end; and what a person's own page tells at the counter."""

from dataclasses import dataclass
from typing import Any

from flask import abort, request
from flask_admin import BaseView
from flask_babel import gettext as _
from sqlalchemy import select

from awrash.database.session import db
from awrash.models import Participant
from awrash.records.dated_figures import Parameter
from awrash.reports import health_cover, wage_delays
from awrash.reports.wage_delays import PART
from awrash.screens.addresses import expose
from awrash.screens.attachments import Attached
from awrash.screens.base import Guarded, send
from awrash.screens.lists import PAGE, page_number, pages_of
from awrash.values.cells import cell
from awrash.values.figure_names import Figure
from awrash.values.language import local_today
from awrash.values.text import number_or_none

LISTS = ("this_month", "next_month", "ending", "ended")


@dataclass(frozen=True)
class CoverQuery:
    """Which list, how many months ahead rights are told as about to end, which page."""

    which: str
    within: int
    page: int

    def address(self, **changes: Any) -> dict[str, Any]:
        now: dict[str, Any] = {"which": self.which, "within": self.within, "page": self.page or None}
        return {name: value for name, value in (now | changes).items() if value is not None}


class CoverView(Guarded, BaseView):
    """Whose cover opens this month or the next, whose rights are about to end, whose have ended."""

    @expose("/")
    def index(self) -> Any:
        asked = _asked()
        lists = _lists(asked)
        lines = lists[asked.which]
        if asked.page and asked.page * PAGE >= len(lines):
            abort(404)
        on_page = lines[asked.page * PAGE : (asked.page + 1) * PAGE]
        people = _people([one.participant_id for one in on_page])
        counts = {name: len(found) for name, found in lists.items()}
        told = {"rows": [(people[one.participant_id], one) for one in on_page], "counts": counts, "titles": titles()}
        pages, most = pages_of(len(lines)), _lasts()
        return self.render("awrash/cover.html", asked=asked, pages=pages, most=most, **told)

    @expose("/export/<kind>/")
    def export(self, kind: str) -> Any:
        if kind not in ("csv", "xlsx"):
            abort(404)
        asked = _asked()
        header = [_("CNIE"), _("Family name in French"), _("Given name in French"), _("Phone"), _("CNSS number")]
        header += [titles()[asked.which], _("By which rule"), _("Days declared"), _("Health cover")]
        found = _lists(asked)[asked.which]
        told = {"lines": len(found), "filters": [titles()[asked.which]]}
        return send(self.endpoint, f"cover-{asked.which}", kind, header, _file_lines(found), **told)


def _file_lines(lines: list[health_cover.CoverLine]) -> Any:
    for at in range(0, len(lines), PART):
        part = lines[at : at + PART]
        people = _people([one.participant_id for one in part])
        for one in part:
            who = people[one.participant_id]
            facts = (who.cnie, who.family_name_fr, who.given_name_fr, who.phone, who.cnss_number)
            told = (one.day, str(one.rule.label), one.days, str(who.cover_state.label))
            yield [cell(value) for value in (*facts, *told)]


def _people(chosen: list[int]) -> dict[int, Participant]:
    return {one.id: one for one in db.session.scalars(select(Participant).where(Participant.id.in_(chosen)))}


def _lists(asked: CoverQuery) -> dict[str, list[health_cover.CoverLine]]:
    today = local_today()
    return health_cover.opening(today) | health_cover.ending(today, asked.within)


def _lasts() -> int:
    """Months that rights last after leaving: no window of the list is longer."""
    return int(Parameter.on(Figure.cover_lasts_months, local_today()))


def _asked() -> CoverQuery:
    which, within = request.args.get("which", LISTS[0]), request.args.get("within", str(health_cover.ENDING_WITHIN))
    page, months = page_number(request.args), number_or_none(within)
    if which not in LISTS or months is None or not 1 <= months <= _lasts():
        abort(400, _("There is no such list of covers: choose one of those above the table."))
    return CoverQuery(which, months, page)


def titles() -> dict[str, str]:
    return {
        "this_month": _("Opens this month"),
        "next_month": _("Opens next month"),
        "ending": _("Rights about to end"),
        "ended": _("Rights ended"),
    }


class PersonPages(Attached):
    """What a participant's page tells first: the wages month by month, the cover, what to read out at the counter."""

    details_template = "awrash/participant.html"

    def more_details(self, record: Any) -> dict[str, Any]:
        today = local_today()
        told = health_cover.cover_of(record, today)
        months = wage_delays.months_of([record.id], today)[record.id]
        return {"cover": told, "reading": health_cover.reading(told, today), "wage_months": list(reversed(months))}


def readings(people: Any) -> dict[int, dict[str, list[str]]]:
    """What to read out to each person found at the counter."""
    today = local_today()
    return {one.id: health_cover.reading(health_cover.cover_of(one, today), today) for one in people}
