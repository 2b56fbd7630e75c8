"""Health cover on screen: whose opens, whose rights end; and what a person's own page tells at the counter."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort, request
from flask.typing import ResponseReturnValue
from flask_admin import BaseView
from flask_babel import gettext as _
from sqlalchemy import select

from awrash.database.session import db
from awrash.models import Participant
from awrash.records.dated_figures import Parameter
from awrash.reports import health_cover, wage_delays
from awrash.reports.health_cover import CoverLine
from awrash.reports.wage_delays import PART
from awrash.screens.addresses import expose
from awrash.screens.attachments import Attached
from awrash.screens.base import Guarded
from awrash.screens.lists import existing_page, page_number
from awrash.screens.sending import send_list
from awrash.values.figure_names import Figure
from awrash.values.language import local_today
from awrash.values.text import number_or_none

LISTS = ("this_month", "next_month", "ending", "ended")


@dataclass(frozen=True)
class CoverQuery:
    """Which list the address asks for, within how many months from today its rights end, and which page of it."""

    which: str
    within: int
    page: int

    def address(self, **changes: str | int | None) -> dict[str, str | int]:
        """The arguments of this page's address, some of them changed; None takes one out."""
        arguments: dict[str, str | int | None] = {"which": self.which, "within": self.within, "page": self.page or None}
        return {name: value for name, value in (arguments | changes).items() if value is not None}


class CoverView(Guarded, BaseView):
    """Whose cover opens this month or the next, whose rights are about to end, whose have ended."""

    @expose("/")
    def index(self) -> ResponseReturnValue:
        query = _query()
        lists = _lists(query)
        lines = lists[query.which]
        page = existing_page(query.page, len(lines))
        lines_on_page = page.rows_of(lines)
        people = _people_of(lines_on_page)
        return self.render(
            "awrash/cover.html",
            asked=query,
            rows=[(people[line.participant_id], line) for line in lines_on_page],
            counts={which: len(every_line) for which, every_line in lists.items()},
            titles=titles(),
            pages=page.pages,
            most=_months_rights_last(),
        )

    @expose("/export/<any(csv, xlsx, pdf):kind>/")
    def export(self, kind: str) -> ResponseReturnValue:
        query = _query()
        title = titles()[query.which]
        header = [_("CNIE"), _("Family name in French"), _("Given name in French"), _("Phone"), _("CNSS number")]
        header += [title, _("By which rule"), _("Days declared"), _("Health cover")]
        lines = _lists(query)[query.which]
        name = f"cover-{query.which}"
        return send_list(self.endpoint, name, kind, header, _rows_of(lines), title, lines=len(lines))


def _rows_of(lines: list[CoverLine]) -> Iterator[list[Any]]:
    """The values of the file, line by line; people are read some hundreds at a time."""
    for start in range(0, len(lines), PART):
        part = lines[start : start + PART]
        people = _people_of(part)
        for line in part:
            person = people[line.participant_id]
            identity = (person.cnie, person.family_name_fr, person.given_name_fr, person.phone, person.cnss_number)
            cover = (line.day, str(line.rule.label), line.days, str(person.cover_state.label))
            yield [*identity, *cover]


def _people_of(lines: Sequence[CoverLine]) -> dict[int, Participant]:
    """The people of these lines, by their id."""
    ids = [line.participant_id for line in lines]
    people = db.session.scalars(select(Participant).where(Participant.id.in_(ids)))
    return {person.id: person for person in people}


def _lists(query: CoverQuery) -> dict[str, list[CoverLine]]:
    """The lines of every list, by the list's name."""
    today = local_today()
    return health_cover.opening(today) | health_cover.ending(today, query.within)


def _months_rights_last() -> int:
    """How many months rights last after leaving: no list looks further ahead."""
    return int(Parameter.on(Figure.cover_lasts_months, local_today()))


def _query() -> CoverQuery:
    """The address understood; a 400 with a sentence for a list or a page that can't be."""
    which, within = request.args.get("which", LISTS[0]), request.args.get("within", str(health_cover.ENDING_WITHIN))
    page, months = page_number(request.args), number_or_none(within)
    if which not in LISTS or months is None or not 1 <= months <= _months_rights_last():
        abort(400, _("There is no such list of covers: choose one of those above the table."))
    return CoverQuery(which, months, page)


def titles() -> dict[str, str]:
    """The title of each list, by the list's name in the address."""
    return {
        "this_month": _("Opens this month"),
        "next_month": _("Opens next month"),
        "ending": _("Rights about to end"),
        "ended": _("Rights ended"),
    }


class PersonPages(Attached):
    """What a participant's page tells first: the wages month by month, the cover, what to read out at the counter."""

    details_template = "awrash/participant.html"

    def more_details(self, record: Participant) -> dict[str, Any]:
        today = local_today()
        cover = health_cover.cover_of(record, today)
        months = wage_delays.months_of([record.id], today)[record.id]
        return {"cover": cover, "reading": health_cover.reading(cover, today), "wage_months": list(reversed(months))}


def readings(people: Iterable[Participant]) -> dict[int, dict[str, list[str]]]:
    """What to read out to each of these people at the counter: sentences by language, by the person's id."""
    today, people = local_today(), list(people)
    declared = health_cover.declared_of_people(people)
    covers = {person.id: health_cover.cover_of(person, today, declared[person.id]) for person in people}
    return {number: health_cover.reading(cover, today) for number, cover in covers.items()}
