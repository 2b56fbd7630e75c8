"""The governor's page of the month: the figures of the screen `/admin/governor/`, on one sheet."""

from datetime import date
from decimal import Decimal
from typing import Any

from babel.numbers import format_decimal

from awrash.models import PayrollRun
from awrash.papers.document import Document
from awrash.papers.fields import Told, Written, number, written
from awrash.papers.fields import month as month_in
from awrash.records.letterheads import Quality
from awrash.records.paper_kinds import PaperKind
from awrash.reports import blocked_wages, dashboard, payroll_totals
from awrash.values.language import FORMATS, _l, language

OF = _l("%(done)s of %(all)s")
YES, NOT_YET = _l("Yes"), _l("Not yet")
TAKEN_OR_NOT = ("calculated", "approved", "frozen")
STATES = {"done": _l("done"), "now": _l("under way"), "later": _l("to come")}


def page(run: PayrollRun, on: date) -> dict[str, Any]:
    """What the governor is told of a month: the edition's figures, the month's gates, who can't be paid and why."""
    edition, month = payroll_totals.edition_of_month(run.month), run.month
    months = blocked_wages.months_owed(month)
    causes = blocked_wages.blockers(months, on)
    return {
        "day": on,
        "year": number(edition.year),
        "month": month,
        "figures": _figures(dashboard.summary_of_edition(edition, on)),
        "gates": [_gate(one, on) for one in dashboard.close_of(month)],
        "stopped": blocked_wages.count_blocked(months),
        "causes": [[_cause(one) for one in causes]] if causes else [],
        "nobody": [] if causes else [_l("Nobody is stopped: everybody who worked can be paid.")],
        "communes": [[commune.name_ar, people] for commune, people in dashboard.people_by_commune()],
        "wages": [[Written(month_in(row[0], language())), *row[1:]] for row in dashboard.wages_by_month()],
    }


def _figures(told: dashboard.EditionSummary) -> list[list[Any]]:
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


def _of(done: Any, whole: Any) -> Written:
    facts = {"done": written(done, language()), "all": written(whole, language())}
    return Written(str(OF) % facts)


def _share(percent: Decimal, part: int, whole: int) -> Written:
    told = number(f"{format_decimal(percent, '0.0', locale=FORMATS[language()])} %")
    return Written(f"{told} ({_of(part, whole)})")


def _gate(one: dashboard.CloseStage, on: date) -> list[Any]:
    """A gate: its name, how much of it is done, the day it is due, the days left or late, and where it stands."""
    done = (YES if one.done else NOT_YET) if one.code in TAKEN_OR_NOT else _of(one.done, one.all)
    late = one.due_on is not None and not one.is_done and one.due_on < on
    return [one.label, done, one.due_on, _l("late") if late else STATES[one.state]]


def _cause(one: blocked_wages.Blocker) -> list[Any]:
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
