"""The morning page: what waits, who can't be paid, where the quota stands."""

from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import AdminIndexView, BaseView
from flask_login import current_user

from awrash.models import PayrollRun, PaySlip
from awrash.reports import blocked_wages, counter_search, dashboard, payroll_totals
from awrash.rules.payability import PAYABLE
from awrash.rules.rule import Rule, RuleError
from awrash.screens.addresses import expose
from awrash.screens.base import COMPLAINT_READERS, Guarded
from awrash.screens.blocked_wages import BlockedWagePages
from awrash.screens.health_cover import readings
from awrash.values.language import Label, local_today
from awrash.values.text import trim_query


class Today(BlockedWagePages, AdminIndexView):
    """The first page of the morning: who can't be paid, why, and whom to call."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.static_folder = None  # Flask-Admin's own files, which our pages do without, would be anybody's

    @expose("/")
    def index(self) -> ResponseReturnValue:
        return self.render("awrash/today.html", **morning())

    @expose("/governor/")
    def governor(self) -> ResponseReturnValue:
        """The same as one page to print for the governor."""
        return self.render("awrash/governor.html", **morning())


def morning() -> dict[str, Any]:
    """All that the morning page shows, read from the database as of today."""
    day, edition = local_today(), payroll_totals.open_edition()
    month = blocked_wages.month_to_close(day)
    standing = blocked_wages.standing_on(day)
    months = blocked_wages.open_months(day) or [month]
    return {
        "day": day,
        "closes": [(month, dashboard.close_of(month, day)) for month in months],
        "causes": standing.causes,
        "to_raise": blocked_wages.count_to_raise(month),
        "people_blocked": standing.people,
        "edition": edition,
        "figures": dashboard.summary_of_edition(edition, day) if edition else None,
        "due": dashboard.due_this_week(day),
        "waiting": dashboard.waiting_for(current_user.role_names),
        "wages": dashboard.wages_by_month(),
        "communes": dashboard.people_by_commune(),
        "themes": dashboard.places_by_theme(),
    }


class Counter(Guarded, BaseView):
    """What somebody at the counter asks: one person, one file, one number."""

    @expose("/")
    def index(self) -> ResponseReturnValue:
        query = trim_query(request.args.get("q", "").strip())
        sheet = counter_search.sheet_of_code(query)
        if sheet is not None:  # the code of a scanned page means one sheet and nothing else
            return redirect(url_for("attendance_sheet.details_view", id=sheet.id))
        answer = None
        if query:
            answer = counter_search.look_up(query, with_complaints=current_user.may(COMPLAINT_READERS))
        return self.render(
            "awrash/find.html",
            counter_q=query,
            answer=answer,
            stop_titles=blocked_wages.titles_of,
            readings=readings(found.person for found in answer.people) if answer else {},
        )

    def is_visible(self) -> bool:
        """Reached from the search box at the head of every page."""
        return False


def cause_lines(run: PayrollRun) -> list[tuple[str, Label, int]]:
    """What blocks wages in a run: the rule's code, its title, how many people it blocks."""
    return [(code, blocked_wages.TITLES[code], count) for code, count in payroll_totals.causes(run).items()]


def block_sentences(slip: PaySlip) -> list[str]:
    """What the rules that blocked a wage say of it now; of one that blocks it no more, the title alone."""
    by_code = {rule.code: rule for rule in PAYABLE}
    return [_sentence(by_code[code], slip) for code in (slip.blocked_by or "").split()]


def _sentence(rule: Rule, slip: PaySlip) -> str:
    try:
        rule.check(slip)
    except RuleError as refusal:
        return str(refusal)
    return str(blocked_wages.TITLES[rule.code])
