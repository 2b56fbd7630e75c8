"""The morning page: what waits, who can't be paid, where the quota stands."""

from typing import Any

from flask import redirect, request, url_for
from flask_admin import AdminIndexView, BaseView, expose
from flask_login import current_user

from awrash import counter, preflight, reports, standing
from awrash.admin_base import COMPLAINT_READERS, Guarded
from awrash.admin_cover import readings
from awrash.admin_stopped import StoppedPages
from awrash.language import local_today
from awrash.payable import PAYABLE
from awrash.rules import RuleError
from awrash.text import searched


class Today(StoppedPages, Guarded, AdminIndexView):
    """The first page of the morning: who can't be paid, why, and whom to call."""

    def __init__(self, **named: Any) -> None:
        super().__init__(**named)
        self.static_folder = None  # Flask-Admin's own files, which our pages do without, would be anybody's

    @expose("/")
    def index(self) -> Any:
        return self.render("awrash/today.html", **told())

    @expose("/governor/")
    def governor(self) -> Any:
        """The same as one page to print for the governor."""
        return self.render("awrash/governor.html", **told())


def told() -> dict[str, Any]:
    """What the morning page tells, asked of the database."""
    day, edition = local_today(), reports.open_edition()
    month = preflight.month_to_close(day)
    months = preflight.months_owed(month)
    causes = preflight.blockers(months, day)
    return {
        "day": day,
        "month": month,
        "gates": standing.close_of(month),
        "causes": causes,
        "to_raise": preflight.count_to_raise(month),
        "people_stopped": preflight.count_stopped(months),
        "edition": edition,
        "figures": standing.standing_of(edition, day) if edition else None,
        "due": standing.due_this_week(day),
        "waiting": standing.waiting_for(current_user.role_names),
        "wages": standing.wages_by_month(),
        "communes": standing.people_by_commune(),
        "themes": standing.places_by_theme(),
    }


class Counter(Guarded, BaseView):
    """What somebody at the counter asks: one person, one file, one number."""

    @expose("/")
    def index(self) -> Any:
        asked = searched(request.args.get("q", "").strip())
        sheet = counter.sheet_of_code(asked)
        if sheet is not None:  # the code of a scanned page means one sheet and nothing else
            return redirect(url_for("attendance_sheet.details_view", id=sheet.id))
        may_read = current_user.may(COMPLAINT_READERS)
        answer = counter.look_up(asked, with_complaints=may_read) if asked else None
        lines = readings(one.person for one in answer.people) if answer else {}
        return self.render(
            "awrash/find.html", counter_q=asked, answer=answer, stop_titles=preflight.stop_titles, readings=lines
        )

    def is_visible(self) -> bool:
        return False


def cause_lines(run: Any) -> list[tuple[str, Any, int]]:
    """What stops wages in a run: the rule's code, its name, how many people."""
    return [(code, preflight.TITLES[code], count) for code, count in reports.causes(run).items()]


def stop_sentences(slip: Any) -> list[str]:
    """What the rules say of a wage that was stopped; the cause alone where nothing stops it any more."""
    by_code = {rule.code: rule for rule in PAYABLE}
    return [_said(by_code[code], slip) for code in (slip.blocked_by or "").split()]


def _said(rule: Any, slip: Any) -> str:
    try:
        rule.check(slip)
    except RuleError as refusal:
        return str(refusal)
    return str(rule.title)
