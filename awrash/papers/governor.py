"""The governor's page of the month: the figures of the screen `/admin/governor/`, on one sheet."""

from datetime import date
from decimal import Decimal
from typing import Any

from babel.numbers import format_decimal

from awrash.models import PayrollRun
from awrash.papers.fields import Derived, Formatted, format_month, formatted, isolate_number
from awrash.papers.paper import Paper
from awrash.records.letterheads import Quality
from awrash.reports import blocked_wages, dashboard, payroll_totals
from awrash.values.language import FORMATS, _l, language

DONE_OF_WHOLE = _l("%(done)s of %(all)s")
YES, NOT_YET = _l("Yes"), _l("Not yet")
YES_OR_NO_STAGES = ("calculated", "approved", "frozen")  # the others are counted
SEVERAL = _l("One person may have several causes, so the causes can add up to more than the people.")
STATES = {"done": _l("done"), "now": _l("under way"), "later": _l("to come")}


def _page(run: PayrollRun, on: date) -> dict[str, Any]:
    """A month for the governor: the edition's figures, the month's stages, who can't be paid that day and why.

    The names of its facts are kept with every page that was issued, so `gates` and `stopped` stay.
    """
    edition, month = payroll_totals.edition_of_month(run.month), run.month
    standing = blocked_wages.standing_on(on)
    return {
        "day": on,
        "year": isolate_number(edition.year),
        "month": month,
        "figures": _figures(dashboard.summary_of_edition(edition, on)),
        "gates": [_stage(stage, on) for stage in dashboard.close_of(month, on)],
        "stopped": standing.people,
        "several": [SEVERAL] if standing.causes else [],
        "causes": [[_cause(cause) for cause in standing.causes]] if standing.causes else [],
        "nobody": [] if standing.causes else [_l("No wage is blocked: everybody who worked can be paid.")],
        "communes": [[commune.name_ar, people] for commune, people in dashboard.people_by_commune()],
        "wages": [
            [Formatted(format_month(month, language())), *amounts] for month, *amounts in dashboard.wages_by_month()
        ],
    }


def _figures(summary: dashboard.EditionSummary) -> list[list[Any]]:
    """Name of each figure, its value, and the whole that it is part of where it is one."""
    places = _of(summary.places, summary.places_asked) if summary.places_asked else summary.places
    return [
        [_l("Places taken"), places],
        [_l("Person-months booked"), _of(summary.person_months, summary.quota)],
        [_l("Women"), _share(summary.share(summary.women), summary.women, summary.people)],
        [_l("Rural communes"), _share(summary.share(summary.rural), summary.rural, summary.people)],
        [_l("Cover opening this month"), summary.cover_opening],
        [_l("Value of agreements"), summary.committed],
        [_l("Wages to pay"), summary.wages_due],
        [_l("Wages paid"), summary.wages_paid],
        [_l("Management fee"), summary.fee],
        [_l("Management fee due to date"), summary.fee_due],
        [_l("Management fee paid"), summary.fee_paid],
    ]


def _of(done: int, whole: int) -> Formatted:
    facts = {"done": formatted(done, language()), "all": formatted(whole, language())}
    return Formatted(str(DONE_OF_WHOLE) % facts)


def _share(percent: Decimal, part: int, whole: int) -> Formatted:
    share = isolate_number(f"{format_decimal(percent, '0.0', locale=FORMATS[language()])} %")
    return Formatted(f"{share} ({_of(part, whole)})")


def _stage(stage: dashboard.CloseStage, on: date) -> list[Any]:
    """A stage of the month: its name, how much of it is done, the day it is due, and where it stands."""
    is_late = stage.due_on is not None and not stage.is_done and stage.due_on < on
    if stage.code in YES_OR_NO_STAGES:
        done: Any = YES if stage.done else NOT_YET
    else:
        done = _of(stage.done, stage.all)
    return [stage.label, done, stage.due_on, _l("late") if is_late else STATES[stage.state]]


def _cause(cause: blocked_wages.Blocker) -> list[Any]:
    """A cause of blocked wages: its title, people, days that the oldest has waited, who mends it."""
    return [cause.title, cause.count, cause.oldest, cause.owner.label]


PAPERS = (
    Paper(
        name="governor_page",
        label=_l("Monthly page for the governor"),
        record="payroll_run",
        number="TP-{record.month:%Y-%m}",
        facts=(Derived("page", _page),),
        signers=(Quality.head_of_unit,),
    ),
)
