"""The payroll on paper: the statement of a month's wages, and the pay slip of one of them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
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
from awrash.papers.fields import (
    Derived,
    Formatted,
    format_month,
    in_both_languages,
    isolate_number,
    isolate_text,
    month_in_french,
    zero_or_one,
)
from awrash.papers.paper import Paper, Signer
from awrash.records.derived import KEPT_ON_SLIP
from awrash.reports.blocked_wages import block_titles
from awrash.reports.month_wages import explain
from awrash.values import identifiers
from awrash.values.amount_in_words import dirhams_in_words
from awrash.values.language import FORMATS, _l, language
from awrash.values.money import dirhams
from awrash.values.states import Bearer, SlipKind

AMOUNTS = ("gross", "capped", "employee_share", "employer_share", "income_tax", "net")
ZERO = Decimal("0.00")
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

    slip_id: int
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
    participant_id: int
    cnie: str
    family_name_ar: str
    given_name_ar: str
    family_name_fr: str
    given_name_fr: str
    worksite_id: int
    worksite_code: str
    worksite_ar: str
    worksite_fr: str
    carrier_id: int
    carrier_ar: str
    carrier_fr: str
    cnss_affiliation: str | None

    @property
    def counted_days(self) -> int:
        """Days as they add up: a reversal keeps the days that it takes back."""
        return -self.days if self.kind == SlipKind.reversal else self.days


def lines_of(run: PayrollRun) -> list[Line]:
    """Every slip of a run, by carrier, worksite and name."""
    slip = (PaySlip.id, PaySlip.kind, PaySlip.month, PaySlip.days, PaySlip.blocked_by, PaySlip.cnss_number)
    amounts = (getattr(PaySlip, name) for name in AMOUNTS)
    person = (
        *(Contract.participant_id, PaySlip.cnie, PaySlip.family_name_ar, PaySlip.given_name_ar),
        *(PaySlip.family_name_fr, PaySlip.given_name_fr),
    )
    worksite = (Worksite.id, PaySlip.worksite_code, Worksite.name_ar, Worksite.name_fr)
    carrier = (Carrier.id, Carrier.name_ar, Carrier.name_fr, Carrier.cnss_affiliation)
    rows = (
        select(*slip, *amounts, *person, *worksite, *carrier)
        .join(PaySlip.contract)
        .join(Contract.worksite)
        .join(Worksite.agreement)
        .join(Agreement.carrier)
        .where(PaySlip.run_id == run.id)
        .order_by(Carrier.id, PaySlip.worksite_code, PaySlip.family_name_fr, PaySlip.given_name_fr, PaySlip.id)
    )
    return [Line(*row) for row in db.session.execute(rows)]


def _statement(run: PayrollRun, _on: date) -> dict[str, Any]:
    """All that the statement says: sums by worksite, each wage by carrier and worksite, who was blocked and why.

    The last total is that of every slip of the run, the blocked ones with it, as `reports/payroll_totals.py` gives it.
    The names of its facts are kept with every statement that was issued, so `stopped` stays.
    """
    lines = lines_of(run)
    paid = [line for line in lines if not line.blocked_by]
    blocked = [line for line in lines if line.blocked_by]
    carriers = [_carrier(list(of_carrier)) for _id, of_carrier in groupby(paid, lambda line: line.carrier_id)]
    net = sum((line.net for line in paid), ZERO)
    return {
        "net": net,
        "words": _in_words(net),
        "carriers": carriers,
        "summary": [row for carrier in carriers for row in carrier["summary"]],
        "paid": _sums(paid),
        "held": [_sums(blocked)] if blocked else [],
        "whole": [_sums(lines)] if blocked else [],
        "stopped": zero_or_one([_blocked(line) for line in blocked]),
    }


def _carrier(lines: Sequence[Line]) -> dict[str, Any]:
    """A carrier with its worksites; its own total when it has several; its rows of the summary."""
    first = lines[0]
    worksites = [_worksite(list(of_worksite)) for _id, of_worksite in groupby(lines, lambda line: line.worksite_id)]
    return {
        "name_ar": first.carrier_ar,
        "name_fr": first.carrier_fr,
        "affiliation": first.cnss_affiliation,
        "sites": worksites,
        "total": [_sums(lines)] if len(worksites) > 1 else [],
        "summary": [
            [first.carrier_ar, worksite["code"], worksite["name_ar"], *worksite["total"]] for worksite in worksites
        ],
    }


def _worksite(lines: Sequence[Line]) -> dict[str, Any]:
    """A worksite with a row for each wage, and their sums."""
    first = lines[0]
    return {
        "code": first.worksite_code,
        "name_ar": first.worksite_ar,
        "name_fr": first.worksite_fr,
        "rows": [_wage(line, place) for place, line in enumerate(lines, start=1)],
        "total": _sums(lines),
    }


def _wage(line: Line, place: int) -> dict[str, Any]:
    amounts = [getattr(line, name) for name in AMOUNTS]
    return _person(line) | {"place": place, "cells": [line.cnie, line.cnss_number, line.counted_days, *amounts]}


def _person(line: Line) -> dict[str, Any]:
    """The person of a line, with what the slip is when it is not simply the wage of the run's month."""
    notes = []
    if line.kind in KINDS:
        notes.append(isolate_text(str(KINDS[line.kind]) % {"month": format_month(line.month, language())}))
    return {
        "name_ar": f"{line.family_name_ar} {line.given_name_ar}",
        "name_fr": f"{line.family_name_fr} {line.given_name_fr}",
        "notes": notes,
    }


def _blocked(line: Line) -> dict[str, Any]:
    """A blocked wage, with the titles of what blocks it."""
    cells = [line.cnie, line.carrier_ar, line.worksite_code, line.days, line.net]
    return _person(line) | {"cells": cells, "why": block_titles(line)}


def _sums(lines: Sequence[Line]) -> list[Any]:
    """People, days, then each amount in dirhams."""
    amounts = [sum((getattr(line, name) for line in lines), ZERO) for name in AMOUNTS]
    people = {line.participant_id for line in lines}
    return [len(people), sum(line.counted_days for line in lines), *amounts]


def _in_words(amount: Decimal) -> dict[str, Formatted]:
    """Dirhams in words, in both languages; below zero as the sum without its sign."""
    return {code: Formatted(isolate_text(dirhams_in_words(abs(amount), code))) for code in ("ar", "fr")}


# ---- the pay slip


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
NOT_ALL_COUNT = _l("%(worked)s days were worked; %(days)s count, the most of a month.")
PAYS_LATE = _l("This slip pays the wage of %(month)s, which was blocked. It stands in the payroll of %(run)s.")


def _explanation(slip: PaySlip, _on: date) -> dict[str, Any]:
    """How a wage is worked out, each line in both languages, below zero on a slip that takes one back."""
    steps = explain(slip)
    sign = -1 if slip.kind == SlipKind.reversal else 1

    def money(whole: int) -> Decimal:
        """Dirhams of so many centimes, with the sign of the slip."""
        return dirhams(sign * whole)

    facts_of = {code: facts for code, facts in steps if code != "share"}
    return {
        "shares": _shares([facts for code, facts in steps if code == "share"], money),
        "gross_steps": _gross(facts_of["gross"]),
        "raised": [_raised(facts_of["lifted"])] if "lifted" in facts_of else [],
        "borne": money(facts_of["net"]["borne"]) - slip.income_tax,
        "tax": [_tax(facts_of["expenses"], facts_of["tax"], money)] if "tax" in facts_of else [],
        "notices": list(_notices(slip)),
        "outcome": in_both_languages(TAKEN_BACK if sign < 0 else TO_PAY),
        "words": _in_words(slip.net),
    }


def _notices(slip: PaySlip) -> Iterator[dict[str, Formatted]]:
    """What a slip is when it is not simply the wage of its payroll's month, or not of all the days worked."""
    if slip.kind != SlipKind.reversal and slip.worked_days > slip.days:
        yield in_both_languages(NOT_ALL_COUNT, worked=slip.worked_days, days=slip.days)
    if slip.kind == SlipKind.regular:
        return
    pays = CORRECTS if slip.reverses_id else PAYS_LATE
    notice = REVERSES if slip.kind == SlipKind.reversal else pays
    yield in_both_languages(notice, month=slip.month, run=slip.run)


def _shares(shares: Iterable[dict[str, Any]], money: Callable[[int], Decimal]) -> list[list[Any]]:
    """A row a branch: its name in both languages, its base, then rate, amount and bearer of each side."""
    rows = []
    for branch, of_branch in groupby(shares, lambda share: share["rate"].branch):
        by_side = {share["rate"].side: share for share in of_branch}
        base = next(iter(by_side.values()))["base"]
        row: list[Any] = [in_both_languages(BRANCHES[branch]), money(base)]
        for side in ("employee", "employer"):
            row += _side(by_side[side], money) if side in by_side else [None, None, None]
        rows.append(row)
    return rows


def _side(share: dict[str, Any], money: Callable[[int], Decimal]) -> list[Any]:
    return [_percent(share["rate"].rate), money(share["amount"]), Bearer(share["rate"].borne_by)]


def _percent(rate: int) -> Formatted:
    """A rate of hundred-thousandths as a percentage."""
    percent = format_decimal(Decimal(rate) / PERCENT, "0.00##", locale=FORMATS[language()])
    return Formatted(isolate_number(f"{percent} %"))


def _gross(facts: dict[str, Any]) -> dict[str, Formatted]:
    return in_both_languages(GROSS, wage=dirhams(facts["wage"]), days=facts["days"], full_days=facts["full_days"])


def _raised(facts: dict[str, Any]) -> dict[str, Formatted]:
    return in_both_languages(RAISED, wage=dirhams(facts["wage"]), smig=dirhams(facts["smig"]))


def _tax(expenses: dict[str, Any], tax: dict[str, Any], money: Callable[[int], Decimal]) -> dict[str, Any]:
    """The income tax with its steps: professional expenses, what is taxable, the highest rate reached, the tax."""
    return {
        "expenses": money(expenses["expenses"]),
        "taxable": money(expenses["taxable"]),
        "rate": _percent(tax["rate"]),
        "tax": money(tax["tax"]),
    }


def _cnss_number(slip: PaySlip, _on: date) -> dict[str, Formatted]:
    """The CNSS number that is declared; without one the wage is declared with the CNIE."""
    if not slip.cnss_number:
        return in_both_languages(CNIE_STANDS)
    number = isolate_number(identifiers.cnss_number.format(slip.cnss_number))
    return {"ar": Formatted(number), "fr": Formatted("")}


def _account(slip: PaySlip, _on: date) -> Formatted | None:
    """The account paid to, whole and in groups: the slip is handed to the person whose account it is."""
    return Formatted(isolate_number(identifiers.rib.format(slip.rib))) if slip.rib else None


def _as_sealed(path: str, name: str) -> Derived:
    """A fact under the name that the template knows, read where the slip keeps it as it was."""
    return Derived(path, lambda slip, _on: getattr(slip, name))


PERSON = "contract.participant"
CARRIER = "contract.worksite.agreement.carrier"

PAPERS = (
    Paper(
        name="payroll_statement",
        label=_l("Payroll statement"),
        record="payroll_run",
        number="PAIE-{record.month:%Y-%m}",
        facts=(
            *("month", "state", "frozen_at", "seal", "calculated_by", "calculated_at", "approved_by"),
            Derived("month_fr", month_in_french),
            Derived("statement", _statement),
        ),
        signers=(Signer(_l("Calculated by"), "calculated_by"), Signer(_l("Approved by"), "approved_by")),
        requirements=(requirements.RunIsFrozen(),),
    ),
    Paper(
        name="pay_slip",
        label=_l("Pay slip"),
        record="pay_slip",
        number="BP-{record.month:%Y-%m}-{record.id}",
        facts=(
            *(_as_sealed(f"{PERSON}.{name}", name) for name in KEPT_ON_SLIP),
            *(f"{CARRIER}.name_ar", f"{CARRIER}.name_fr", f"{CARRIER}.cnss_affiliation"),
            *(_as_sealed("contract.worksite.code", "worksite_code"), _as_sealed("contract.number", "contract_number")),
            *("contract.worksite.name_ar", "contract.worksite.name_fr", "contract.job", "month", "days", "situation"),
            *("contract_wage", "wage", "gross", "capped", "employee_share", "employer_share", "net"),
            Derived("month_fr", month_in_french),
            Derived("cnss", _cnss_number),
            Derived("account", _account),
            Derived("told", _explanation),
        ),
        requirements=(requirements.WageNotBlocked(), requirements.RunIsFrozen()),
    ),
)
