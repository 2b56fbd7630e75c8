"""Who cannot be paid: the list to call from, and each cause mended in place."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import BaseView
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from wtforms import Form

from awrash.database.record import Record, value_at
from awrash.database.session import db
from awrash.models import PaySlip
from awrash.reports import blocked_wages
from awrash.reports.blocked_wages import BlockedWage
from awrash.reports.month_wages import rejected_of, sheet_of
from awrash.rules.rule import RuleError
from awrash.rules.signatures import PARTIES
from awrash.screens.addresses import expose
from awrash.screens.base import Guarded, NextVerb, RecordView, answers_of, view_named
from awrash.screens.forms import RecordForm, form_for
from awrash.screens.lists import PAGE, ListPage, page_number
from awrash.screens.sending import send_list
from awrash.values.cells import InMonth
from awrash.values.language import local_today, month_name
from awrash.values.text import number_or_none


@dataclass(frozen=True)
class Mend:
    """What takes a cause away: the fields of one record to write, and its verbs to carry out.

    `way` leads from the contract to that record: a path of relations, empty for the contract itself, or `sheet` and
    `payment` for those of the first blocked month.
    """

    way: str
    fields: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()


ACCOUNT = Mend("participant", ("rib",), ("verify_account",))
SIGNS = tuple(f"sign_{party}" for party in PARTIES)
MENDS: dict[str, tuple[Mend, ...]] = {
    "agreement_signed": (Mend("worksite.agreement", (), SIGNS),),
    "contract_approved": (Mend("", (), ("approve_anapec",)),),
    "attendance_locked": (Mend("sheet", (), ("lock",)),),
    "declared_by_carrier": (Mend("worksite.agreement.carrier", ("cnss_affiliation",)),),
    "bank_account": (ACCOUNT,),
    "account_of_one_person": (ACCOUNT,),
    "known_to_cnss": (Mend("participant", ("cnss_number", "cnie")),),
    "phone_of_one_person": (Mend("participant", ("phone", "phone_answer")),),
    "not_declared_elsewhere": (Mend("participant", ("declared_elsewhere_by", "declared_elsewhere_until")),),
    "days_within_month": (Mend("sheet"),),
    "within_twelve_months": (Mend("", (), ("end",)),),
    "payment_rejected": (ACCOUNT, Mend("payment", (), ("reissue",))),
}


@dataclass(frozen=True)
class Remedy:
    """A record that mends a cause, and what this person may do on it.

    `form` has the fields to write, `nexts` are the verbs with what stops each, `asks` the form of each verb that asks
    something, by the verb's name.
    """

    record: Record
    view: RecordView
    form: RecordForm | None
    nexts: list[NextVerb]
    asks: dict[str, Form]


class BlockedWagePages(Guarded, BaseView):
    """What the morning page's view adds: the list of who cannot be paid, and the drawer that mends a cause."""

    @expose("/stopped/")
    def stopped(self) -> ResponseReturnValue:
        """Everybody with a blocked wage, to print or to call: by cause, the longest blocked first."""
        code, number, day = _cause(), page_number(request.args), local_today()
        months = _months_owed()
        page = ListPage(number, blocked_wages.count_causes(months, code, day), PAGE)
        if page.is_beyond_last:  # the list gets shorter while it is worked on
            return redirect(url_for(".stopped", cause=code, page=page.pages - 1 or None))
        return self.render(
            "awrash/blocked_wages.html",
            rows=blocked_wages.wages_blocked(months, code, page.length, page.offset, today=day),
            day=day,
            titles=blocked_wages.TITLES,
            owners=blocked_wages.OWNERS,
            title=blocked_wages.TITLES.get(code or ""),
            code=code,
            count=page.count,
            page=page.number,
            pages=page.pages,
        )

    @expose("/stopped/export/<any(csv, xlsx, pdf):kind>/")
    def export_stopped(self, kind: str) -> ResponseReturnValue:
        """The whole list as a file, whatever page is shown."""
        code = _cause()
        wages = blocked_wages.wages_blocked(_months_owed(), code, today=local_today())
        header = [_("Participant"), _("Phone"), _("Worksite"), _("Carrier"), _("Month"), _("Cause"), _("Since")]
        header += [_("Who mends it")]
        filters = [str(blocked_wages.TITLES[code])] if code else []
        title = _("Who cannot be paid")
        rows = map(_row_of, wages)
        return send_list("admin", "cannot-be-paid", kind, header, rows, title, filters, lines=len(wages))

    @expose("/mend/", methods=("GET", "POST"))
    def mend(self) -> ResponseReturnValue:
        """One cause of one person: the fields and verbs that take it away, and nothing else."""
        blocked = _blocked_wage()
        if request.method != "POST":
            return self._drawer(blocked, steps_of(blocked))
        refused = self._take_step(blocked)
        if refused is not None:
            return refused
        title = blocked_wages.TITLES[blocked.code]
        still_blocked = blocked_wages.wages_blocked(blocked.months, blocked.code, today=local_today())
        if any(wage.contract.id == blocked.contract.id for wage in still_blocked):
            flash(_("Written. It is not enough yet: “%(cause)s” remains.", cause=title), "error")
            blocked = _blocked_wage()
            return self._drawer(blocked, steps_of(blocked))
        flash(_("“%(cause)s” no longer blocks the wage of %(person)s.", cause=title, person=blocked.person), "success")
        for slip in freed_slips(blocked):
            month, payroll = month_name(slip.month), month_name(blocked_wages.paid_with(slip))
            flash(
                _("The wage of %(month)s comes with the wages of %(payroll)s.", month=month, payroll=payroll), "success"
            )
        return redirect(url_for(".stopped", **_list_address()))

    def _drawer(self, blocked: BlockedWage, steps: list[Remedy]) -> str:
        return self.render(
            "awrash/mend.html",
            one=blocked,
            steps=steps,
            day=local_today(),
            title=blocked_wages.TITLES[blocked.code],
            owner=blocked_wages.OWNERS[blocked.code],
            back=_list_address(),
        )

    def _take_step(self, blocked: BlockedWage) -> tuple[str, int] | None:
        """Write the form or carry out the verb that was sent; if it is refused, the page again and its status."""
        steps = steps_of(blocked, request.form)
        step = next((step for step in steps if _kind_of(step.record) == request.form.get("record")), None)
        if step is None:
            abort(403)
        verb = next((each.verb for each in step.nexts if each.verb.name == request.form.get("verb")), None)
        if "verb" in request.form and verb is None:
            abort(403)
        if verb is None:
            if step.form and step.form.validate() and step.view.save_form(step.form, step.record) is not None:
                return None
            return self._drawer(_blocked_wage(), _with_refused(step)), step.form.status if step.form else 422
        form = step.asks.get(verb.name)
        if form is not None and not form.validate():
            return self._drawer(_blocked_wage(), _with_refused(step)), 422
        answers = answers_of(form)
        try:
            self.carry_out(lambda: verb.run(step.record, answers))
        except RuleError as refusal:
            flash(str(refusal), "error")
            blocked = _blocked_wage()
            return self._drawer(blocked, steps_of(blocked)), 422
        return None


def freed_slips(blocked: BlockedWage) -> list[PaySlip]:
    """The slips of a wage that were blocked in their payrolls, and that nothing blocks any more."""
    waited = select(PaySlip).where(PaySlip.contract_id == blocked.contract.id, PaySlip.month.in_(blocked.months))
    slips = db.session.scalars(waited.where(PaySlip.blocked_by.is_not(None)).order_by(PaySlip.month))
    return [slip for slip in slips if not blocked_wages.causes_now(slip)]


def _with_refused(refused: Remedy) -> list[Remedy]:
    """The steps of the page again, the one that was refused as it was typed."""
    db.session.rollback()
    kind = _kind_of(refused.record)
    return [refused if _kind_of(step.record) == kind else step for step in steps_of(_blocked_wage())]


def _kind_of(record: Record) -> str:
    return str(record.__tablename__)


def _list_address() -> dict[str, Any]:
    """The arguments of the list from which the drawer was opened: its cause, unless it shows all, and its page."""
    cause = None if "all" in request.args else request.args["cause"]
    return {"cause": cause, "page": page_number(request.args) or None}


def _months_owed() -> list[date]:
    return blocked_wages.months_owed(blocked_wages.month_to_close(local_today()))


def _cause() -> str | None:
    """The cause to which the address narrows the list; a 404 when there is no such cause."""
    code = request.args.get("cause")
    return code if code is None or code in blocked_wages.TITLES else abort(404)


def _row_of(blocked: BlockedWage) -> list[Any]:
    """The values of a blocked wage in the file."""
    months = list(map(InMonth, blocked.months))
    person, owner = blocked.person, blocked_wages.OWNERS[blocked.code]
    return [
        *(str(person), person.phone, str(blocked.site), str(blocked.carrier), months),
        *(str(blocked_wages.TITLES[blocked.code]), blocked.since, str(owner.label)),
    ]


def _blocked_wage() -> BlockedWage:
    """The blocked wage of the address's contract and cause, as things stand; a 404 when nothing is blocked there."""
    code, number = request.args.get("cause", ""), number_or_none(request.args.get("contract", ""))
    if code not in MENDS or number is None:
        abort(404)
    wages = blocked_wages.wages_blocked(_months_owed(), code, today=local_today())
    return next((wage for wage in wages if wage.contract.id == number), None) or abort(404)


def steps_of(blocked: BlockedWage, sent: MultiDict[str, str] | None = None) -> list[Remedy]:
    """The records that mend a cause and what this person may do on each; `sent` fills the form that was sent."""
    steps = []
    for mend in MENDS[blocked.code]:
        record = _record_at(mend.way, blocked)
        if record is None:
            continue
        view: RecordView = view_named(_kind_of(record))
        fields = mend.fields if view.can_change else ()
        form = form_for(type(record), fields, {})(sent, obj=record) if fields else None
        if form is not None and sent is None:
            form.version.data = str(record.version)
        nexts = [each for each in view.next_verbs(record) if each.verb.name in mend.verbs] if mend.verbs else []
        pressed = sent.get("verb") if sent else None
        verbs = [each.verb for each in nexts]
        asks = {verb.name: verb.asks(sent if verb.name == pressed else None) for verb in verbs if verb.asks}
        steps.append(Remedy(record, view, form, nexts, asks))
    return steps


def _record_at(way: str, blocked: BlockedWage) -> Record | None:
    """The record to which the way of a mend leads from a blocked wage."""
    contract, month = blocked.contract, blocked.months[0]
    if way == "sheet":
        return sheet_of(contract, month) or contract.worksite
    if way == "payment":
        return rejected_of(contract, month)
    record: Record | None = value_at(contract, way) if way else contract
    return record
