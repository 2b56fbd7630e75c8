"""The costs page: what each agreement, carrier or commune has cost to date beside what was agreed."""

from decimal import Decimal

from flask import abort, request
from flask.typing import ResponseReturnValue
from flask_admin import BaseView
from flask_babel import gettext as _
from sqlalchemy import Select, select

from awrash.database.session import db
from awrash.models import Edition, Instalment
from awrash.operations.management_fee import COST_SUBJECTS, Cost, costs_of, is_late
from awrash.records.accounts import Role
from awrash.screens.actions import OFFICE, PAYROLL
from awrash.screens.addresses import expose
from awrash.screens.base import Guarded
from awrash.screens.lists import Filter, existing_page, page_number
from awrash.screens.sending import send_list
from awrash.values.language import local_today
from awrash.values.text import number_or_none


def late_fee() -> Filter:
    """Instalments of the management fee whose day is over and that are not paid."""

    def rows(choice: str) -> Select[tuple[int]]:
        late = is_late(local_today())
        return select(Instalment.id).where(late if choice == "yes" else ~late)

    return Filter("late", "id", _("Late"), "choice", (("yes", _("Yes")), ("no", _("No"))), rows=rows)


AMOUNTS = ("budget", "gross", "employer_share", "fee_paid", "spent", "left")  # in dirhams


class CostsView(Guarded, BaseView):
    """Costs by agreement, carrier or commune, of one edition or of all; on screen and as a file."""

    reads = (*dict.fromkeys((*OFFICE, *PAYROLL)), Role.auditor)

    @expose("/")
    def index(self) -> ResponseReturnValue:
        by, edition = self._subject_and_edition()
        costs = costs_of(by, local_today(), edition)
        editions = list(db.session.scalars(select(Edition).order_by(Edition.year.desc())))
        page = existing_page(page_number(request.args), len(costs))
        return self.render(
            "awrash/costs.html",
            titles=titles(),
            told_of=cost_label,
            total=total_of(costs),
            by=by,
            edition=edition,
            editions=editions,
            count=page.count,
            costs=page.rows_of(costs),
            page=page.number,
            pages=page.pages,
            booked=None if edition is None else edition.booked_person_months(),
        )

    @expose("/export/<any(csv, xlsx, pdf):kind>/")
    def export(self, kind: str) -> ResponseReturnValue:
        by, edition = self._subject_and_edition()
        names = ("value", "fee", *AMOUNTS[:3], "fee_late", "fee_approved", *AMOUNTS[3:], "share")
        months = ("person_months_agreed", "person_months")
        header = [titles()[by], *(cost_label(name) for name in (*names, *months))]
        costs = costs_of(by, local_today(), edition)
        rows = (
            [str(cost.subject), *(_in_two_decimals(getattr(cost, name)) for name in (*names, *months))]
            for cost in costs
        )
        filters = [titles()[by], *([str(edition)] if edition else [])]
        title = str(self.name)
        return send_list(self.endpoint, f"costs-{by}", kind, header, rows, title, filters, lines=len(costs))

    def _subject_and_edition(self) -> tuple[str, Edition | None]:
        """By what the address sums the costs up, and of which edition; None for all.

        A 400 for what can be neither, a 404 for an edition that doesn't exist.
        """
        by, edition_id = request.args.get("by", "agreement"), request.args.get("edition", "")
        number = number_or_none(edition_id)
        if by not in COST_SUBJECTS or (edition_id and number is None):
            abort(400)
        edition = None if number is None else db.session.get(Edition, number)
        if edition_id and edition is None:
            abort(404)
        return by, edition


def _in_two_decimals(figure: Decimal | int) -> Decimal | int:
    """A figure of the costs as the file has it: dirhams and shares with two decimals, counts as they are."""
    return figure if isinstance(figure, int) else round(figure, 2)


def titles() -> dict[str, str]:
    """What each line of the costs is of, by its name in the address."""
    return {"agreement": _("Agreement"), "carrier": _("Carrier"), "commune": _("Commune")}


def cost_label(name: str) -> str:
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
    """All the lines summed up in one, which has no subject; None when there is no line."""
    if not costs:
        return None
    names = [name for name in Cost.__dataclass_fields__ if name != "subject"]
    return Cost(None, **{name: sum(getattr(cost, name) for cost in costs) for name in names})
