"""The payroll on paper: the statement of a month's wages, and the pay slip of one of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from babel.numbers import format_decimal
from sqlalchemy import select

from awrash.database.session import db
from awrash.models import Agreement, Carrier, Contract, PayrollRun, PaySlip, Worksite
from awrash.papers import requirements
from awrash.papers.document import Document
from awrash.papers.fields import Told, Written, both, isolate_text, month, number
from awrash.records.derived import KEPT_ON_SLIP
from awrash.records.paper_kinds import PaperKind
from awrash.reports.blocked_wages import block_titles
from awrash.reports.month_wages import explain
from awrash.values import identifiers
from awrash.values.amount_in_words import dirhams_in_words
from awrash.values.language import FORMATS, _l, language
from awrash.values.money import dirhams
from awrash.values.states import Bearer, SlipKind

MONEY = ("gross", "capped", "employee_share", "employer_share", "income_tax", "net")
NONE = Decimal("0.00")
PERCENT = 1000  # hundred-thousandths in a percent
KINDS = {
    SlipKind.reversal: _l("taken back: wage of %(month)s"),
    SlipKind.correction: _l("corrected: wage of %(month)s"),
}
BRANCHES = {
    "family": _l("Family allowances"),
    "short_term": _l("Short-term benefits"),
    "job_loss": _l("Job loss (IPE)"),
    "long_term": _l("Long-term benefits"),
    "amo": _l("Compulsory health insurance (AMO)"),
    "amo_solidarity": _l("AMO solidarity"),
    "training_tax": _l("Training tax"),
}


# ---- the statement


@dataclass(frozen=True)
class Line:
    """One slip of a run with its person, worksite and carrier; amounts in dirhams."""

    slip: int
    kind: SlipKind
    month: date
    days: int
    blocked_by: str | None
    cnss_number: str | None
    gross: Decimal
    capped: Decimal
    employee_share: Decimal
    employer_share: Decimal
    income_tax: Decimal
    net: Decimal
    person: int
    cnie: str
    name_ar: str
    given_ar: str
    name_fr: str
    given_fr: str
    site: int
    code: str
    site_ar: str
    site_fr: str
    carrier: int
    carrier_ar: str
    carrier_fr: str
    affiliation: str | None

    @property
    def counted_days(self) -> int:
        """Days as they add up: a reversal keeps the days that it takes back."""
        return -self.days if self.kind == SlipKind.reversal else self.days


def lines_of(run: PayrollRun) -> list[Line]:
    """Every slip of a run, by carrier, worksite and name."""
    slip = (PaySlip.id, PaySlip.kind, PaySlip.month, PaySlip.days, PaySlip.blocked_by, PaySlip.cnss_number)
    person = (Contract.participant_id, PaySlip.cnie, PaySlip.family_name_ar, PaySlip.given_name_ar)
    latin = (PaySlip.family_name_fr, PaySlip.given_name_fr)
    site = (Worksite.id, PaySlip.worksite_code, Worksite.name_ar, Worksite.name_fr)
    carrier = (Carrier.id, Carrier.name_ar, Carrier.name_fr, Carrier.cnss_affiliation)
    amounts = (getattr(PaySlip, name) for name in MONEY)
    asked = (
        select(*slip, *amounts, *person, *latin, *site, *carrier)
        .join(PaySlip.contract)
        .join(Contract.worksite)
        .join(Worksite.agreement)
        .join(Agreement.carrier)
        .where(PaySlip.run_id == run.id)
        .order_by(Carrier.id, PaySlip.worksite_code, PaySlip.family_name_fr, PaySlip.given_name_fr, PaySlip.id)
    )
    return [Line(*row) for row in db.session.execute(asked)]


def statement(run: PayrollRun, _on: date) -> dict[str, Any]:
    """All that the statement tells: sums by worksite, each wage by carrier and worksite, who was stopped and why.

    The last total is that of every slip of the run, the stopped ones with it, as `reports/payroll_totals.py` gives it.
    """
    lines = lines_of(run)
    paid = [one for one in lines if not one.blocked_by]
    stopped = [one for one in lines if one.blocked_by]
    carriers = [_carrier(run, list(part)) for _key, part in groupby(paid, lambda one: one.carrier)]
    net = sum((one.net for one in paid), NONE)
    return {
        "net": net,
        "words": {one: Written(isolate_text(dirhams_in_words(abs(net), one))) for one in ("ar", "fr")},
        "carriers": carriers,
        "summary": [row for one in carriers for row in one["summary"]],
        "paid": _sums(paid),
        "held": [_sums(stopped)] if stopped else [],
        "whole": [_sums(lines)] if stopped else [],
        "stopped": [[_stopped(run, one) for one in stopped]] if stopped else [],
    }


def _carrier(run: PayrollRun, lines: Sequence[Line]) -> dict[str, Any]:
    one = lines[0]
    sites = [_site(run, list(part)) for _key, part in groupby(lines, lambda line: line.site)]
    head = {"name_ar": one.carrier_ar, "name_fr": one.carrier_fr, "affiliation": one.affiliation}
    named = [[one.carrier_ar, site["code"], site["name_ar"], *site["total"]] for site in sites]
    return head | {"sites": sites, "total": [_sums(lines)] if len(sites) > 1 else [], "summary": named}


def _site(run: PayrollRun, lines: Sequence[Line]) -> dict[str, Any]:
    one = lines[0]
    rows = [_wage(run, place, line) for place, line in enumerate(lines, start=1)]
    return {"code": one.code, "name_ar": one.site_ar, "name_fr": one.site_fr, "rows": rows, "total": _sums(lines)}


def _wage(run: PayrollRun, place: int, one: Line) -> dict[str, Any]:
    amounts = [getattr(one, name) for name in MONEY]
    return _person(run, one) | {"place": place, "cells": [one.cnie, one.cnss_number, one.counted_days, *amounts]}


def _person(run: PayrollRun, one: Line) -> dict[str, Any]:
    """The person of a line, with what it is when it is not simply the wage of the run's month."""
    notes = [isolate_text(str(KINDS[one.kind]) % {"month": month(one.month, language())})] if one.kind in KINDS else []
    return {"name_ar": f"{one.name_ar} {one.given_ar}", "name_fr": f"{one.name_fr} {one.given_fr}", "notes": notes}


def _stopped(run: PayrollRun, one: Line) -> dict[str, Any]:
    cells = [one.cnie, one.carrier_ar, one.code, one.days, one.net]
    return _person(run, one) | {"cells": cells, "why": block_titles(one)}


def _sums(lines: Sequence[Line]) -> list[Any]:
    """People, days, then each amount."""
    amounts = [sum((getattr(one, name) for one in lines), NONE) for name in MONEY]
    return [len({one.person for one in lines}), sum(one.counted_days for one in lines), *amounts]


# ---- the pay slip


def slip_told(slip: PaySlip, _on: date) -> dict[str, Any]:
    """How a wage is worked out, each line in both languages, below zero on a slip that takes one back."""
    steps = explain(slip)
    sign = -1 if slip.kind == SlipKind.reversal else 1

    def money(whole: int) -> Decimal:
        return dirhams(sign * whole)

    told = {code: facts for code, facts in steps if code != "share"}
    net = told["net"]
    return {
        "shares": _shares([facts for code, facts in steps if code == "share"], money),
        "gross_steps": _gross(told["gross"]),
        "raised": [_raised(told["lifted"])] if "lifted" in told else [],
        "borne": money(net["borne"]) - slip.income_tax,
        "tax": [_tax(told, money)] if "tax" in told else [],
        "notices": list(_notices(slip)),
        "outcome": both(TAKEN_BACK if sign < 0 else TO_PAY),
        "words": {one: Written(isolate_text(dirhams_in_words(abs(slip.net), one))) for one in ("ar", "fr")},
    }


TO_PAY, TAKEN_BACK = _l("Net wage to pay"), _l("Net wage taken back")
GROSS = _l("%(wage)s × %(days)s days / %(full_days)s")
RAISED = _l(
    "The wage of the contract, %(wage)s dirhams, is below the minimum wage of the month: it is raised to %(smig)s."
)
CNIE_STANDS = _l("being obtained; declared with the CNIE")
REVERSES = _l(
    "This slip takes back the wage of %(month)s: the same figures, below zero. It stands in the payroll of %(run)s."
)
CORRECTS = _l("This slip pays the wage of %(month)s anew, as corrected. It stands in the payroll of %(run)s.")
PAYS_LATE = _l("This slip pays the wage of %(month)s, which was stopped. It stands in the payroll of %(run)s.")


def _notices(slip: PaySlip) -> Iterator[dict[str, Written]]:
    """What a slip is when it is not simply the wage of its payroll's month."""
    if slip.kind == SlipKind.regular:
        return
    corrects = CORRECTS if slip.reverses_id else PAYS_LATE
    said = REVERSES if slip.kind == SlipKind.reversal else corrects
    yield both(said, month=slip.month, run=slip.run)


def _shares(shares: Iterable[dict[str, Any]], money: Any) -> list[list[Any]]:
    """A row a branch: its name in both languages, its base, then rate, amount and bearer of each side."""
    rows = []
    for branch, part in groupby(shares, lambda one: one["rate"].branch):
        sides = {one["rate"].side: one for one in part}
        known = next(iter(sides.values()))
        told: list[Any] = [both(BRANCHES[branch]), money(known["base"])]
        for side in ("employee", "employer"):
            told += _side(sides[side], money) if side in sides else [None, None, None]
        rows.append(told)
    return rows


def _side(one: dict[str, Any], money: Any) -> list[Any]:
    return [percent(one["rate"].rate), money(one["amount"]), Bearer(one["rate"].borne_by)]


def percent(rate: int) -> Written:
    """A rate of hundred-thousandths as a percentage."""
    told = format_decimal(Decimal(rate) / PERCENT, "0.00##", locale=FORMATS[language()])
    return Written(number(f"{told} %"))


def _gross(facts: dict[str, Any]) -> dict[str, Written]:
    return both(GROSS, wage=dirhams(facts["wage"]), days=facts["days"], full_days=facts["full_days"])


def _raised(facts: dict[str, Any]) -> dict[str, Written]:
    return both(RAISED, wage=dirhams(facts["wage"]), smig=dirhams(facts["smig"]))


def _tax(told: dict[str, Any], money: Any) -> dict[str, Any]:
    """The income tax with its steps: professional expenses, what is taxable, the highest rate reached, the tax."""
    expenses, tax = told["expenses"], told["tax"]
    return {
        "expenses": money(expenses["expenses"]),
        "taxable": money(expenses["taxable"]),
        "rate": percent(tax["rate"]),
        "tax": money(tax["tax"]),
    }


def cnss_said(slip: PaySlip, _on: date) -> dict[str, Any]:
    """The CNSS number that is declared; without one the wage is declared with the CNIE."""
    if not slip.cnss_number:
        return both(CNIE_STANDS)
    return {"ar": Written(number(identifiers.cnss_number.format(slip.cnss_number))), "fr": Written("")}


def account(slip: PaySlip, _on: date) -> Any:
    """The account paid to, whole and in groups: the slip is handed to the person whose account it is."""
    return Written(number(identifiers.rib.format(slip.rib))) if slip.rib else None


def month_in_french(record: Any, _on: date) -> Written:
    return Written(month(record.month, "fr"))


def as_sealed(path: str, name: str) -> Told:
    """A fact under the name that the template knows, read where the slip keeps it as it was."""
    return Told(path, lambda slip, _on: getattr(slip, name))


PERSON = "contract.participant"
CARRIER = "contract.worksite.agreement.carrier"

PAPERS = (
    Document(
        PaperKind.payroll_statement,
        "payroll_run",
        "PAIE-{record.month:%Y-%m}",
        (
            *("month", "state", "frozen_at", "seal", "calculated_by", "calculated_at", "approved_by"),
            Told("month_fr", month_in_french),
            Told("statement", statement),
        ),
        signed=((_l("Calculated by"), "calculated_by", ""), (_l("Approved by"), "approved_by", "")),
        needs=(requirements.RunIsFrozen(),),
    ),
    Document(
        PaperKind.pay_slip,
        "pay_slip",
        "BP-{record.month:%Y-%m}-{record.id}",
        (
            *(as_sealed(f"{PERSON}.{name}", name) for name in KEPT_ON_SLIP),
            *(f"{CARRIER}.name_ar", f"{CARRIER}.name_fr", f"{CARRIER}.cnss_affiliation"),
            *(as_sealed("contract.worksite.code", "worksite_code"), as_sealed("contract.number", "contract_number")),
            *("contract.worksite.name_ar", "contract.worksite.name_fr", "contract.job", "month", "days", "situation"),
            *("contract_wage", "wage", "gross", "capped", "employee_share", "employer_share", "net"),
            Told("month_fr", month_in_french),
            Told("cnss", cnss_said),
            Told("account", account),
            Told("told", slip_told),
        ),
        needs=(requirements.WageNotStopped(), requirements.RunIsFrozen()),
    ),
)
