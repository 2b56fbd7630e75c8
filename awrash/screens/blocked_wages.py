"""Who cannot be paid: the list to call from, and each cause mended in place."""

from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _

from awrash.database.record import value_at
from awrash.database.session import db
from awrash.reports import blocked_wages
from awrash.reports.month_wages import rejected_of, sheet_of
from awrash.rules.rule import RuleError
from awrash.rules.signatures import PARTIES
from awrash.screens.addresses import expose
from awrash.screens.base import Next, answers_of, asking, send, view_named
from awrash.screens.forms import form_for
from awrash.screens.lists import PAGE, page_number, pages_of
from awrash.values.cells import cell
from awrash.values.language import local_today
from awrash.values.text import number_or_none


@dataclass(frozen=True)
class Mend:
    """What takes a cause away: fields of a record to write, verbs of it to do; `way` leads there from the contract."""

    way: str
    fields: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()


ACCOUNT = Mend("participant", ("rib",), ("verify_account",))
SIGNS = tuple(f"sign_{one}" for one in PARTIES)
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


@dataclass
class Remedy:
    """A record that mends a cause, as this person may: its form, its verbs with what stops each and what each asks."""

    record: Any
    view: Any
    form: Any
    nexts: list[Next]
    asks: dict[str, Any]


class BlockedWagePages:
    """What the morning page's view adds: the list of who is stopped, and the drawer that mends a cause."""

    render: Any
    carry_out: Any

    @expose("/stopped/")
    def stopped(self) -> Any:
        """Everybody whom something stops, to print or to call: by cause, the oldest first."""
        code, page, day = _cause(), page_number(request.args), local_today()
        months = blocked_wages.months_owed(blocked_wages.month_to_close(day))
        count = blocked_wages.count_causes(months, code)
        pages = pages_of(count)
        if page >= pages:  # the list gets shorter while it is worked on
            return redirect(url_for(".stopped", cause=code, page=pages - 1 or None))
        rows = blocked_wages.wages_blocked(months, code, PAGE, page * PAGE)
        shown = {
            "titles": blocked_wages.TITLES,
            "owners": blocked_wages.OWNERS,
            "title": blocked_wages.TITLES.get(code or ""),
            "code": code,
            "count": count,
            "page": page,
            "pages": pages,
        }
        return self.render("awrash/stopped.html", rows=rows, day=day, **shown)

    @expose("/stopped/export/<kind>/")
    def export_stopped(self, kind: str) -> Any:
        """The whole list as a file, whatever page is shown."""
        if kind not in ("csv", "xlsx"):
            abort(404)
        code = _cause()
        rows = blocked_wages.wages_blocked(blocked_wages.months_owed(blocked_wages.month_to_close(local_today())), code)
        header = [_("Participant"), _("Phone"), _("Worksite"), _("Carrier"), _("Month"), _("Cause"), _("Since")]
        said = [str(blocked_wages.TITLES[code])] if code else []
        told = {"lines": len(rows), "filters": said}
        return send("admin", "cannot-be-paid", kind, [*header, _("Who mends it")], map(_exported, rows), **told)

    @expose("/mend/", methods=("GET", "POST"))
    def mend(self) -> Any:
        """One cause of one person: the fields and verbs that take it away, and nothing else."""
        one = _asked()
        if request.method == "POST":
            answer = self._mended(one)
            if answer is not None:
                return answer
            title = blocked_wages.TITLES[one.code]
            months = blocked_wages.wages_blocked(one.months, one.code)
            if any(each.contract.id == one.contract.id for each in months):
                flash(_("Written. It is not enough yet: “%(cause)s” remains.", cause=title), "error")
                one = _asked()
                return self._drawer(one, steps_of(one))
            flash(_("“%(cause)s” no longer stops %(person)s.", cause=title, person=one.person), "success")
            return redirect(url_for(".stopped", **_back()))
        return self._drawer(one, steps_of(one))

    def _drawer(self, one: blocked_wages.BlockedWage, steps: list[Remedy]) -> str:
        told = {"title": blocked_wages.TITLES[one.code], "owner": blocked_wages.OWNERS[one.code], "back": _back()}
        return str(self.render("awrash/mend.html", one=one, steps=steps, day=local_today(), **told))

    def _mended(self, one: blocked_wages.BlockedWage) -> tuple[str, int] | None:
        """Write what was sent; the page again with what refused it, and how that is answered."""
        steps = steps_of(one, request.form)
        step = next((each for each in steps if _name(each.record) == request.form.get("record")), None)
        if step is None:
            abort(403)
        verb = next((each.verb for each in step.nexts if each.verb.name == request.form.get("verb")), None)
        if "verb" in request.form and verb is None:
            abort(403)
        if verb is None:
            if step.form and step.form.validate() and step.view.save_form(step.form, step.record) is not None:
                return None
            return self._drawer(_asked(), _kept(step)), step.form.status if step.form else 422
        asked = step.asks.get(verb.name, ())
        if asked and not asked.validate():
            return self._drawer(_asked(), _kept(step)), 422
        ask = asking(**answers_of(asked))
        try:
            self.carry_out(lambda: verb.run(step.record, ask))
        except RuleError as refusal:
            flash(str(refusal), "error")
            again = _asked()
            return self._drawer(again, steps_of(again)), 422
        return None


def _kept(step: Remedy) -> list[Remedy]:
    """The steps of the page again, the one that was refused as it was typed."""
    db.session.rollback()
    return [step if _name(each.record) == _name(step.record) else each for each in steps_of(_asked())]


def _name(record: Any) -> str:
    return str(record.__tablename__)


def _back() -> dict[str, Any]:
    """The address of the list from which the drawer was opened: its cause, unless it shows all, and its page."""
    cause = None if "all" in request.args else request.args["cause"]
    return {"cause": cause, "page": page_number(request.args) or None}


def _cause() -> str | None:
    """The cause to which the address narrows the list; a 404 when there is no such cause."""
    code = request.args.get("cause")
    return code if code is None or code in blocked_wages.TITLES else abort(404)


def _exported(one: blocked_wages.BlockedWage) -> list[str]:
    """A line of the file."""
    months = " ".join(f"{month:%Y-%m}" for month in one.months)
    told = (str(one.person), one.person.phone, str(one.site), str(one.carrier), months)
    return [
        cell(value)
        for value in (*told, str(blocked_wages.TITLES[one.code]), one.since, str(blocked_wages.OWNERS[one.code].label))
    ]


def _asked() -> blocked_wages.BlockedWage:
    """The contract and cause of the address, as they stand; a 404 when there is no such contract or cause."""
    code, given = request.args.get("cause", ""), request.args.get("contract", "")
    number = number_or_none(given)
    if code not in MENDS or number is None:
        abort(404)
    months = blocked_wages.months_owed(blocked_wages.month_to_close(local_today()))
    known = [one for one in blocked_wages.wages_blocked(months, code) if one.contract.id == number]
    return known[0] if known else abort(404)


def steps_of(one: blocked_wages.BlockedWage, sent: Any = None) -> list[Remedy]:
    """The records that mend a cause and what this person may do on each."""
    found = []
    for mend in MENDS[one.code]:
        record = _reached(one, mend.way)
        if record is None:
            continue
        view = view_named(_name(record))
        fields = [name for name in mend.fields if view.can_change]
        form = form_for(type(record), fields, {})(sent, obj=record) if fields else None
        if form is not None and sent is None:
            form.version.data = str(record.version)
        nexts = [each for each in view.nexts(record) if each.verb.name in mend.verbs] if mend.verbs else []
        pressed = sent.get("verb") if sent else None
        asks = {
            one.verb.name: one.verb.asks(sent if one.verb.name == pressed else None) for one in nexts if one.verb.asks
        }
        found.append(Remedy(record, view, form, nexts, asks))
    return found


def _reached(one: blocked_wages.BlockedWage, way: str) -> Any:
    contract, month = one.contract, one.months[0]
    if way == "sheet":
        return sheet_of(contract, month) or contract.worksite
    if way == "payment":
        return rejected_of(contract, month)
    return value_at(contract, way) if way else contract
