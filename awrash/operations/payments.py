"""Wages on their way: sent, paid, rejected by the bank, sent anew."""

from datetime import date

from awrash.database.session import db
from awrash.models import Payment
from awrash.records.steps import step
from awrash.rules.steps import starts_from
from awrash.values.states import PaymentState


@starts_from(PaymentState.due)
def send_payment(payment: Payment, on: date) -> None:
    """Record that the transfer left for the bank."""
    payment.sent_on = on
    step(payment, PaymentState.sent)


@starts_from(PaymentState.sent)
def record_paid(payment: Payment, on: date, reference: str | None = None) -> None:
    """Record that the bank paid the wage, with the reference it gave if any."""
    payment.paid_on, payment.reference = on, reference or payment.reference
    step(payment, PaymentState.paid)


@starts_from(PaymentState.sent, PaymentState.paid)
def record_rejected(payment: Payment, reason: str) -> None:
    """Record that the bank rejected the transfer; the wage is blocked until it is issued again."""
    payment.rejection_reason = reason
    step(payment, PaymentState.rejected, why=reason)


@starts_from(PaymentState.rejected)
def reissue_payment(payment: Payment) -> Payment:
    """A new payment of the same wage, in the place of a rejected one."""
    step(payment, PaymentState.reissued)
    again = Payment(amount=payment.amount)
    again.pay_slip = payment.pay_slip
    db.session.add(again)
    db.session.flush()
    return again
