"""Transfers on paper, for CNSS and the bank: the wages to send, and those that came back."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, func, select

from awrash.database.session import db
from awrash.models import Carrier, Payment, PayrollRun, PaySlip
from awrash.papers import requirements
from awrash.papers.fields import Derived, Formatted, format_month, in_both_languages, isolate_number, zero_or_one
from awrash.papers.paper import Paper
from awrash.records.audit import AuditLine
from awrash.records.letterheads import Quality
from awrash.reports.transfers import Transfer, due_of, totals_of, with_person
from awrash.values import identifiers
from awrash.values.amount_in_words import dirhams_in_words
from awrash.values.language import _l, office_day
from awrash.values.states import PaymentState

ZERO = Decimal("0.00")
CAME_BACK = (PaymentState.rejected, PaymentState.reissued)


class WagesAreDue(requirements.Requirement):
    """[D] A list of transfers is issued when there is a wage to transfer (docs/programme.md, "Papers")."""

    message = _l("No wage of %(run)s is due to transfer: freeze its payroll, or issue rejected transfers again.")
    all_apart = _l("Every wage of %(run)s that is due is left apart: see why under “Wages to transfer”.")

    def check(self, run: PayrollRun) -> None:
        if not _count_payments(run, (PaymentState.due,)):
            self.refuse(run=run)
        if all(transfer.obstacle for transfer in due_of(run)):
            self.refuse(self.all_apart, run=run)


class TransfersCameBack(requirements.Requirement):
    """[D] A list of rejected transfers is issued when the bank sent one back (docs/programme.md, "Papers")."""

    message = _l("No transfer of %(run)s was rejected: there is nothing to list.")

    def check(self, run: PayrollRun) -> None:
        if not _count_payments(run, CAME_BACK):
            self.refuse(run=run)


def _count_payments(run: PayrollRun, states: Sequence[PaymentState]) -> int:
    payments = select(func.count(Payment.id)).join(Payment.pay_slip).where(PaySlip.run_id == run.id)
    return db.session.scalar(payments.where(Payment.state.in_(states))) or 0


# ---- what is to be sent


def _transfers(run: PayrollRun, _on: date) -> dict[str, Any]:
    """The wages that are due, by carrier with their sum, the whole in words, and those left apart with the reason."""
    due = list(due_of(run))
    totals = totals_of(due)
    apart = {transfer.payment_id for transfer, _reason in totals.apart}
    to_send = [transfer for transfer in due if transfer.payment_id not in apart]
    return {
        "carriers": [_carrier(of_carrier) for of_carrier in _by_carrier(to_send)],
        "count": totals.count,
        "amount": totals.amount,
        "words": dirhams_in_words(totals.amount, "fr"),
        "apart": zero_or_one([_left_apart(transfer, reason) for transfer, reason in totals.apart]),
    }


def _by_carrier(transfers: Sequence[Transfer]) -> Iterable[list[Transfer]]:
    """The transfers of each carrier; two of the same name stay two."""
    by_carrier: dict[int, list[Transfer]] = {}
    for transfer in transfers:
        by_carrier.setdefault(transfer.carrier_id, []).append(transfer)
    return by_carrier.values()


def _carrier(transfers: Sequence[Transfer]) -> dict[str, Any]:
    """A carrier with its transfers and their sum."""
    rows = [[place, *_cells(transfer)] for place, transfer in enumerate(transfers, start=1)]
    return {
        "name": transfers[0].carrier,
        "affiliation": transfers[0].affiliation,
        "rows": rows,
        "count": len(rows),
        "amount": totals_of(transfers).amount,
    }


def _cells(transfer: Transfer) -> list[Any]:
    """Name, CNIE, CNSS number, month, account, worksite, amount."""
    cnss_number, rib = transfer.cnss_number, transfer.rib
    return [
        f"{transfer.family_name} {transfer.given_name}",
        transfer.cnie,
        Formatted(isolate_number(identifiers.cnss_number.format(cnss_number))) if cnss_number else None,
        _short_month(transfer.month),
        Formatted(isolate_number(identifiers.rib.format(rib))) if rib else None,
        transfer.worksite,
        transfer.amount,
    ]


def _left_apart(transfer: Transfer, reason: Any) -> list[Any]:
    """A transfer that cannot be sent: its carrier instead of its account, and the reason."""
    name, cnie, cnss_number, month, _account, worksite, amount = _cells(transfer)
    return [name, cnie, cnss_number, month, transfer.carrier, worksite, amount, reason]


def _short_month(month: date) -> Formatted:
    return Formatted(isolate_number(f"{month:%m/%Y}"))


# ---- what came back


def _rejected(run: PayrollRun, _on: date) -> dict[str, Any]:
    """The transfers of a payroll that the bank sent back: whose, how much, when and why, and what was done since."""
    payments = _came_back(run)
    transfers = _transfers_by_slip(run)
    rows = [
        _rejected_row(payment, [later for later in transfers.get(payment.slip, ()) if later.id > payment.payment])
        for payment in payments
    ]
    waiting = [payment.amount for payment in payments if payment.state == PaymentState.rejected]
    return {
        "rows": rows,
        "count": len(rows),
        "amount": sum((payment.amount for payment in payments), ZERO),
        "waiting": len(waiting),
        "waiting_amount": sum(waiting, ZERO),
    }


def _came_back(run: PayrollRun) -> list[Row[Any]]:
    """One row a rejected transfer, with the instant at which the rejection was recorded last."""
    recorded = (
        select(AuditLine.record_id, func.max(AuditLine.at).label("at"))
        .where(AuditLine.record == Payment.__tablename__, AuditLine.to_state == PaymentState.rejected.value)
        .group_by(AuditLine.record_id)
        .subquery()
    )
    payments = (
        with_person(
            *(Payment.id.label("payment"), PaySlip.id.label("slip"), PaySlip.month, Payment.amount, Payment.state),
            *(Payment.sent_on, Payment.rejection_reason, Payment.reference, recorded.c.at),
            *(PaySlip.cnie, PaySlip.family_name_ar, PaySlip.given_name_ar),
            *(PaySlip.family_name_fr, PaySlip.given_name_fr),
            *(Carrier.name_fr.label("carrier"), PaySlip.worksite_code.label("worksite")),
        )
        .outerjoin(recorded, recorded.c.record_id == Payment.id)
        .where(PaySlip.run_id == run.id, Payment.state.in_(CAME_BACK))
        .order_by(Carrier.id, PaySlip.family_name_fr, Payment.id)
    )
    return list(db.session.execute(payments))


def _transfers_by_slip(run: PayrollRun) -> dict[int, list[Row[Any]]]:
    """Every transfer of the wages of a payroll of which one was issued again, in their order, by the slip's `id`."""
    reissued = select(Payment.pay_slip_id).join(Payment.pay_slip)
    slips = reissued.where(PaySlip.run_id == run.id, Payment.state == PaymentState.reissued)
    payments = select(Payment.id, Payment.pay_slip_id, Payment.state, Payment.sent_on, Payment.paid_on)
    by_slip: dict[int, list[Row[Any]]] = {}
    for payment in db.session.execute(payments.where(Payment.pay_slip_id.in_(slips)).order_by(Payment.id)):
        by_slip.setdefault(payment.pay_slip_id, []).append(payment)
    return by_slip


SINCE = {
    PaymentState.due: _l("issued again, to be sent"),
    PaymentState.sent: _l("issued again, sent on %(day)s"),
    PaymentState.paid: _l("issued again, paid on %(day)s"),
    PaymentState.rejected: _l("issued again, rejected again"),
    PaymentState.reissued: _l("issued again, rejected again"),
}
NOT_YET = _l("not issued again yet")


def _rejected_row(payment: Row[Any], later: Sequence[Row[Any]]) -> dict[str, Any]:
    """A rejected transfer; `later` are those of the same wage that were issued after it."""
    day = office_day(payment.at) if payment.at else payment.sent_on
    return {
        "name_ar": f"{payment.family_name_ar} {payment.given_name_ar}",
        "name_fr": f"{payment.family_name_fr} {payment.given_name_fr}",
        "cells": [payment.cnie, payment.carrier, payment.worksite, _short_month(payment.month), payment.amount],
        "day": Formatted(isolate_number(f"{day:%d/%m/%Y}")) if day else None,
        "reason": payment.rejection_reason,
        "since": _since(later),
    }


def _since(later: Sequence[Row[Any]]) -> dict[str, Formatted]:
    """What was done since a rejection, in both languages."""
    if not later:
        return in_both_languages(NOT_YET)
    following = later[0]
    return in_both_languages(SINCE[following.state], day=following.paid_on or following.sent_on)


def _month_in_arabic(run: PayrollRun, _on: date) -> Formatted:
    return Formatted(format_month(run.month, "ar"))


PAPERS = (
    Paper(
        name="transfer_list",
        label=_l("List of transfers"),
        record="payroll_run",
        number="OV-{record.month:%Y-%m}",
        facts=("month", "frozen_at", Derived("transfers", _transfers)),
        languages=("fr",),
        signers=(Quality.head_of_unit, Quality.general_secretary),
        requirements=(requirements.RunIsFrozen(), WagesAreDue()),
    ),
    Paper(
        name="payments_rejected",
        label=_l("Transfers rejected"),
        record="payroll_run",
        number="VR-{record.month:%Y-%m}",
        facts=("month", Derived("month_ar", _month_in_arabic), Derived("rejected", _rejected)),
        languages=("fr",),
        signers=(Quality.head_of_unit,),
        requirements=(requirements.RunIsFrozen(), TransfersCameBack()),
    ),
)
