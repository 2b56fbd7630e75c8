"""The governor's page of the month: the figures of the screen `/admin/governor/`, on one sheet."""

from datetime import date
from decimal import Decimal
from typing import Any

from babel.numbers import format_decimal

from awrash import preflight, reports, standing
from awrash.facts import Ready, Told, number, written
from awrash.facts import month as month_in
from awrash.language import FORMATS, _l, language
from awrash.models import PayrollRun
from awrash.paper_kinds import PaperKind
from awrash.papering import Document
from awrash.stationery import Quality

OF = _l("%(done)s of %(all)s")
YES, NOT_YET = _l("Yes"), _l("Not yet")
TAKEN_OR_NOT = ("calculated", "approved", "frozen")
STATES = {"done": _l("done"), "now": _l("under way"), "later": _l("to come")}


def page(run: PayrollRun, on: date) -> dict[str, Any]:
    """What the governor is told of a month: the edition's figures, the month's gates, who can't be paid and why."""
    edition, month = reports.edition_of_month(run.month), run.month
    months = preflight.months_owed(month)
    causes = preflight.blockers(months, on)
    return {
        "day": on,
        "year": number(edition.year),
        "month": month,
        "figures": _figures(standing.standing_of(edition, on)),
        "gates": [_gate(one, on) for one in standing.close_of(month)],
        "stopped": preflight.count_stopped(months),
        "causes": [[_cause(one) for one in causes]] if causes else [],
        "nobody": [] if causes else [_l("Nobody is stopped: everybody who worked can be paid.")],
        "communes": [[commune.name_ar, people] for commune, people in standing.people_by_commune()],
        "wages": [[Ready(month_in(row[0], language())), *row[1:]] for row in standing.wages_by_month()],
    }


def _figures(told: standing.Standing) -> list[list[Any]]:
    """Name of each figure, its value, and the whole that it is part of where it is one."""
    places = _of(told.places, told.places_asked) if told.places_asked else told.places
    return [
        [_l("Places taken"), places],
        [_l("Person-months booked"), _of(told.person_months, told.quota)],
        [_l("Women"), _share(told.share(told.women), told.women, told.people)],
        [_l("Rural communes"), _share(told.share(told.rural), told.rural, told.people)],
        [_l("Cover opening this month"), told.cover_opening],
        [_l("Value of agreements"), told.committed],
        [_l("Wages to pay"), told.wages_due],
        [_l("Wages paid"), told.wages_paid],
        [_l("Management fee"), told.fee],
        [_l("Management fee due to date"), told.fee_due],
        [_l("Management fee paid"), told.fee_paid],
    ]


def _of(done: Any, whole: Any) -> Ready:
    facts = {"done": written(done, language()), "all": written(whole, language())}
    return Ready(str(OF) % facts)


def _share(percent: Decimal, part: int, whole: int) -> Ready:
    told = number(f"{format_decimal(percent, '0.0', locale=FORMATS[language()])} %")
    return Ready(f"{told} ({_of(part, whole)})")


def _gate(one: standing.Gate, on: date) -> list[Any]:
    """A gate: its name, how much of it is done, the day it is due, the days left or late, and where it stands."""
    done = (YES if one.done else NOT_YET) if one.code in TAKEN_OR_NOT else _of(one.done, one.all)
    late = one.due_on is not None and not one.is_done and one.due_on < on
    return [one.label, done, one.due_on, _l("late") if late else STATES[one.state]]


def _cause(one: preflight.Blocker) -> list[Any]:
    return [one.title, one.count, one.oldest, one.owner.label]


PAPERS = (
    Document(
        PaperKind.governor_page,
        "payroll_run",
        "TP-{record.month:%Y-%m}",
        (Told("page", page),),
        signed=(Quality.head_of_unit,),
    ),
)
