"""The costs page: what each agreement, carrier or commune has cost to date beside what was agreed."""

from typing import Any

from flask import abort, request
from flask_admin import BaseView
from flask_babel import gettext as _
from sqlalchemy import select

from awrash.database.session import db
from awrash.models import Edition, Instalment
from awrash.operations.management_fee import COST_SUBJECTS, Cost, costs_of, is_late
from awrash.records.accounts import Role
from awrash.screens.actions import OFFICE, PAYROLL
from awrash.screens.addresses import expose
from awrash.screens.base import Guarded, send
from awrash.screens.lists import PAGE, Filter, page_number, pages_of
from awrash.values.cells import cell
from awrash.values.language import local_today
from awrash.values.text import number_or_none


def late_fee() -> Filter:
    """Instalments of the management fee whose day is over and that are not paid."""

    def rows(given: str) -> Any:
        late = is_late(local_today())
        return select(Instalment.id).where(late if given == "yes" else ~late)

    return Filter("late", "id", _("Late"), "choice", (("yes", _("Yes")), ("no", _("No"))), rows=rows)


MONEY = ("budget", "gross", "employer_share", "fee_paid", "spent", "left")


class CostsView(Guarded, BaseView):
    """Costs by agreement, carrier or commune, of one edition or of all; on screen and as a file."""

    reads = (*dict.fromkeys((*OFFICE, *PAYROLL)), Role.auditor)

    @expose("/")
    def index(self) -> Any:
        by, edition = self._asked()
        costs = costs_of(by, local_today(), edition)
        editions = list(db.session.scalars(select(Edition).order_by(Edition.year.desc())))
        page = page_number(request.args)
        if page and page * PAGE >= len(costs):
            abort(404)
        told: dict[str, Any] = {"total": total_of(costs), "by": by, "edition": edition, "editions": editions}
        told |= {
            "count": len(costs),
            "costs": costs[page * PAGE : (page + 1) * PAGE],
            "page": page,
            "pages": pages_of(len(costs)),
        }
        if edition is not None:
            told["booked"] = edition.booked_person_months()
        return self.render("awrash/costs.html", titles=titles(), told_of=told_of, **told)

    @expose("/export/<kind>/")
    def export(self, kind: str) -> Any:
        if kind not in ("csv", "xlsx"):
            abort(404)
        by, edition = self._asked()
        names = ("value", "fee", *MONEY[:3], "fee_late", "fee_approved", *MONEY[3:], "share")
        months = ("person_months_agreed", "person_months")
        header = [titles()[by], *(told_of(name) for name in (*names, *months))]
        costs = costs_of(by, local_today(), edition)
        lines = (
            [cell(str(one.subject)), *(_number(getattr(one, name)) for name in (*names, *months))] for one in costs
        )
        told = [titles()[by], *([str(edition)] if edition else [])]
        return send(self.endpoint, f"costs-{by}", kind, header, lines, lines=len(costs), filters=told)

    def _asked(self) -> tuple[str, Edition | None]:
        by, given = request.args.get("by", "agreement"), request.args.get("edition", "")
        number = number_or_none(given)
        if by not in COST_SUBJECTS or (given and number is None):
            abort(400)
        edition = None if number is None else db.session.get(Edition, number)
        if given and edition is None:
            abort(404)
        return by, edition


def _number(value: Any) -> str:
    return cell(round(value, 2) if not isinstance(value, int) else value)


def titles() -> dict[str, str]:
    return {"agreement": _("Agreement"), "carrier": _("Carrier"), "commune": _("Commune")}


def told_of(name: str) -> str:
    """The label of a figure of the costs."""
    return {
        "value": _("Value of the project"),
        "fee": _("Management fee"),
        "budget": _("Agreed in all"),
        "gross": _("Gross wages"),
        "employer_share": _("Employer contributions"),
        "fee_late": _("Fee late"),
        "fee_approved": _("Fee approved, not paid"),
        "fee_paid": _("Fee paid"),
        "spent": _("Spent to date"),
        "left": _("Remaining"),
        "share": _("Share spent"),
        "person_months_agreed": _("Person-months agreed"),
        "person_months": _("Person-months worked"),
    }[name]


def total_of(costs: list[Cost]) -> Cost | None:
    """All the lines as one; nothing of no line."""
    if not costs:
        return None
    names = [name for name in Cost.__dataclass_fields__ if name != "subject"]
    return Cost(None, **{name: sum(getattr(one, name) for one in costs) for name in names})
