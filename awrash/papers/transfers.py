"""Transfers on paper, for CNSS and the bank: the wages to send, and those that came back."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from awrash.database.session import db
from awrash.models import Carrier, Payment, PayrollRun, PaySlip
from awrash.papers import requirements
from awrash.papers.document import Document
from awrash.papers.fields import Told, Written, both, month, number
from awrash.records.audit import AuditLine
from awrash.records.letterheads import Quality
from awrash.records.paper_kinds import PaperKind
from awrash.reports.transfers import Transfer, due_of, totals_of, with_person
from awrash.values import identifiers
from awrash.values.amount_in_words import dirhams_in_words
from awrash.values.language import _l, office_day
from awrash.values.states import PaymentState

NONE = Decimal("0.00")
CAME_BACK = (PaymentState.rejected, PaymentState.reissued)


class WagesAreDue(requirements.Requirement):
    """[D] A list of transfers is issued when there is a wage to transfer."""

    message = _l("No wage of %(run)s is due to transfer: freeze its payroll, or issue rejected transfers again.")

    def check(self, run: Any) -> None:
        if not _payments(run, (PaymentState.due,)):
            self.refuse(run=run)


class TransfersCameBack(requirements.Requirement):
    """[D] A list of rejected transfers is issued when the bank sent one back."""

    message = _l("No transfer of %(run)s was rejected: there is nothing to list.")

    def check(self, run: Any) -> None:
        if not _payments(run, CAME_BACK):
            self.refuse(run=run)


def _payments(run: PayrollRun, states: Sequence[PaymentState]) -> int:
    asked = select(func.count(Payment.id)).join(Payment.pay_slip).where(PaySlip.run_id == run.id)
    return db.session.scalar(asked.where(Payment.state.in_(states))) or 0


# ---- what is to be sent


def transfers(run: PayrollRun, _on: date) -> dict[str, Any]:
    """The wages that are due, by carrier with their sum, the whole in words, and those left apart with the reason."""
    due = list(due_of(run))
    totals = totals_of(due)
    apart = {one.payment_id for one, _why in totals.apart}
    sent = [one for one in due if one.payment_id not in apart]
    return {
        "carriers": [_carrier(lines) for lines in _by_carrier(sent)],
        "count": totals.count,
        "amount": totals.amount,
        "words": dirhams_in_words(totals.amount, "fr"),
        "apart": [[_apart(one, why) for one, why in totals.apart]] if totals.apart else [],
    }


def _by_carrier(sent: Sequence[Transfer]) -> Iterable[list[Transfer]]:
    """The lines of each carrier; two of the same name are told apart by their affiliation."""
    found: dict[tuple[str, str | None], list[Transfer]] = {}
    for one in sent:
        found.setdefault((one.carrier, one.affiliation), []).append(one)
    return found.values()


def _carrier(lines: Sequence[Transfer]) -> dict[str, Any]:
    rows = [[place, *_cells(one)] for place, one in enumerate(lines, start=1)]
    amount = totals_of(lines).amount
    one = lines[0]
    return {
        "name": one.carrier,
        "affiliation": one.affiliation,
        "rows": rows,
        "count": len(rows),
        "amount": amount,
    }


def _cells(one: Transfer) -> list[Any]:
    known = Written(number(identifiers.cnss_number.format(one.cnss_number))) if one.cnss_number else None
    account = Written(number(identifiers.rib.format(one.rib))) if one.rib else None
    name = f"{one.family_name} {one.given_name}"
    return [name, one.cnie, known, Written(month_short(one.month)), account, one.worksite, one.amount]


def month_short(value: date) -> str:
    return number(f"{value:%m/%Y}")


def _apart(one: Transfer, why: Any) -> list[Any]:
    name, cnie, known, its_month, _account, worksite, amount = _cells(one)
    return [name, cnie, known, its_month, one.carrier, worksite, amount, why]


# ---- what came back


def rejected(run: PayrollRun, _on: date) -> dict[str, Any]:
    """The transfers of a payroll that the bank sent back: whose, how much, when and why, and what was done since."""
    payments = _came_back(run)
    since = _later(run)
    rows = [_rejected(row, [one for one in since.get(row.slip, ()) if one.id > row.payment]) for row in payments]
    waiting = [row.amount for row in payments if row.state == PaymentState.rejected]
    return {
        "rows": rows,
        "count": len(rows),
        "amount": sum((row.amount for row in payments), NONE),
        "waiting": len(waiting),
        "waiting_amount": sum(waiting, NONE),
    }


def _came_back(run: PayrollRun) -> list[Any]:
    """One row a rejected transfer, with the instant at which the rejection was recorded last."""
    told = (
        select(AuditLine.record_id, func.max(AuditLine.at).label("at"))
        .where(AuditLine.record == Payment.__tablename__, AuditLine.to_state == PaymentState.rejected.value)
        .group_by(AuditLine.record_id)
        .subquery()
    )
    asked = (
        with_person(
            *(Payment.id.label("payment"), PaySlip.id.label("slip"), PaySlip.month, Payment.amount, Payment.state),
            *(Payment.sent_on, Payment.rejection_reason, Payment.reference, told.c.at),
            *(PaySlip.cnie, PaySlip.family_name_ar, PaySlip.given_name_ar),
            *(PaySlip.family_name_fr, PaySlip.given_name_fr),
            *(Carrier.name_fr.label("carrier"), PaySlip.worksite_code.label("worksite")),
        )
        .outerjoin(told, told.c.record_id == Payment.id)
        .where(PaySlip.run_id == run.id, Payment.state.in_(CAME_BACK))
        .order_by(Carrier.id, PaySlip.family_name_fr, Payment.id)
    )
    return list(db.session.execute(asked))


def _later(run: PayrollRun) -> dict[int, list[Any]]:
    """Every transfer of the wages of a payroll of which one was rejected, in their order, by slip."""
    back = select(Payment.pay_slip_id).join(Payment.pay_slip)
    slips = back.where(PaySlip.run_id == run.id, Payment.state == PaymentState.reissued)
    asked = select(Payment.id, Payment.pay_slip_id, Payment.state, Payment.sent_on, Payment.paid_on)
    found: dict[int, list[Any]] = {}
    for row in db.session.execute(asked.where(Payment.pay_slip_id.in_(slips)).order_by(Payment.id)):
        found.setdefault(row.pay_slip_id, []).append(row)
    return found


SINCE = {
    PaymentState.due: _l("issued again, to be sent"),
    PaymentState.sent: _l("issued again, sent on %(day)s"),
    PaymentState.paid: _l("issued again, paid on %(day)s"),
    PaymentState.rejected: _l("issued again, rejected again"),
    PaymentState.reissued: _l("issued again, rejected again"),
}
NOT_YET = _l("not issued again yet")


def _rejected(row: Any, later: Sequence[Any]) -> dict[str, Any]:
    day = office_day(row.at) if row.at else row.sent_on
    return {
        "name_ar": f"{row.family_name_ar} {row.given_name_ar}",
        "name_fr": f"{row.family_name_fr} {row.given_name_fr}",
        "cells": [row.cnie, row.carrier, row.worksite, Written(month_short(row.month)), row.amount],
        "day": Written(number(f"{day:%d/%m/%Y}")) if day else None,
        "reason": row.rejection_reason,
        "since": _since(later),
    }


def _since(later: Sequence[Any]) -> dict[str, Written]:
    if not later:
        return both(NOT_YET)
    last = later[0]
    return both(SINCE[last.state], day=last.paid_on or last.sent_on)


def month_in_arabic(run: PayrollRun, _on: date) -> Written:
    return Written(month(run.month, "ar"))


PAPERS = (
    Document(
        PaperKind.transfer_list,
        "payroll_run",
        "OV-{record.month:%Y-%m}",
        ("month", "frozen_at", Told("transfers", transfers)),
        languages=("fr",),
        signed=(Quality.head_of_unit, Quality.general_secretary),
        needs=(requirements.RunIsFrozen(), WagesAreDue()),
    ),
    Document(
        PaperKind.payments_rejected,
        "payroll_run",
        "VR-{record.month:%Y-%m}",
        ("month", Told("month_ar", month_in_arabic), Told("rejected", rejected)),
        languages=("fr",),
        signed=(Quality.head_of_unit,),
        needs=(requirements.RunIsFrozen(), TransfersCameBack()),
    ),
)
