"""Which payment a line of the bank's answer is about, and what it writes there; the same for screens and imports."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel.speaklater import LazyString
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from awrash.database.session import db
from awrash.models import Agreement, Contract, Participant, Payment, PayrollRun, PaySlip, Worksite
from awrash.operations.payments import record_paid, record_rejected, send_payment
from awrash.rules.check import Required
from awrash.rules.rule import Rule, RuleError
from awrash.values.language import _l, format_in_sentence
from awrash.values.states import PAYMENT_STEPS, PaymentState

CONTRACT = joinedload(Payment.pay_slip).joinedload(PaySlip.contract)
# All that the rules read of a payment, loaded with it.
WITH_ALL_READ = (
    CONTRACT.joinedload(Contract.participant),
    CONTRACT.joinedload(Contract.worksite).joinedload(Worksite.agreement).joinedload(Agreement.carrier),
    joinedload(Payment.pay_slip).joinedload(PaySlip.run).selectinload(PayrollRun.declarations),
)


@dataclass(frozen=True)
class BankLine:
    """One line of the bank's answer, about one payment; None where it says nothing. `amount` in dirhams."""

    state: PaymentState | None
    month: date | None = None
    cnie: str | None = None
    amount: Decimal | None = None
    paid_on: date | None = None
    rejection_reason: str | None = None
    reference: str | None = None

    @property
    def about(self) -> str:
        """The person and month, else the reference, by which a sentence names the line."""
        month = f"{self.month:%Y-%m}" if self.month else ""
        return " · ".join(part for part in (self.cnie, month) if part) or self.reference or "—"

    @property
    def finds(self) -> bool:
        """Whether the line says enough to find its payment."""
        return bool((self.month and self.cnie) or self.reference)


class Unmatched(Rule):
    """A line must be about a payment that is recorded here."""

    message = _l("No payment is recorded for %(about)s: read the number and the month again.")
    field = "participant.cnie"


class Doubled(Rule):
    """A payment is answered by one line, and a line is about one payment."""

    message = _l("Line %(line)s of the same file is about the same payment.")
    several = _l("%(count)s payments fit %(about)s: choose the one that is meant.")
    field = "participant.cnie"


class DifferingAmount(Rule):
    """The bank must have paid the amount that was sent."""

    message = _l("%(slip)s: the file says %(given)s and the wage sent is %(known)s.")
    field = "amount"


class WrongState(Rule):
    """A line may not contradict what is recorded of its payment."""

    message = _l("%(payment)s is “%(now)s” and the file says “%(told)s”.")
    otherwise = _l("%(payment)s is already “%(now)s”, with another date, reason or reference.")
    field = "state"


@dataclass(frozen=True)
class Match:
    """The payment that a line is about; with a `refusal`, the likely one, and the number of the line that took it."""

    payment: Payment | None
    refusal: RuleError | None = None
    line: int | None = None


def check_complete(line: BankLine) -> None:
    """RuleError unless the line says whose payment it is, its state and, of one that was paid, the day."""
    missing: tuple[str, LazyString] | None = None
    if not line.finds:
        missing = ("participant.cnie", _l("CNIE"))
    elif line.state is None:
        missing = ("state", _l("State"))
    elif line.state == PaymentState.paid and not line.paid_on:
        missing = ("paid_on", _l("Paid on"))
    if missing:
        refusal = RuleError(Required(), field=missing[1])
        refusal.field = missing[0]
        raise refusal


class Ledger:
    """The payments that the lines of one file can be about, read month by month; one line takes each at most."""

    def __init__(self) -> None:
        self._months: dict[date, dict[str, list[Payment]]] = {}
        self._taken: dict[int, int] = {}

    def match(self, number: int, line: BankLine) -> Match:
        """The payment that the line of this number is about; it is taken from then on."""
        match = self._match(line)
        if match.payment is not None and match.refusal is None:
            self._taken[match.payment.id] = number
        return match

    def _match(self, line: BankLine) -> Match:
        fitting = self._fitting(line)
        if not fitting:
            return Match(None, RuleError(Unmatched(), about=line.about))
        same = [payment for payment in fitting if line.amount in (None, payment.amount)]
        if not same:
            amounts = " / ".join(format_in_sentence(payment.amount) for payment in fitting)
            refusal = RuleError(DifferingAmount(), slip=fitting[0].pay_slip, given=line.amount, known=amounts)
            return Match(_only(fitting), refusal)
        free = [payment for payment in same if payment.id not in self._taken]
        if not free:
            first = self._taken[same[0].id]
            return Match(same[0], RuleError(Doubled(), line=first), first)
        return _choice(free, line)

    def _fitting(self, line: BankLine) -> list[Payment]:
        """The payments of the line's person and month, else of its reference; a recorded reference narrows them."""
        if line.month and line.cnie:
            payments = self._of_month(line.month).get(line.cnie, [])
        else:
            payments = [payment for payment in _of_reference(line.reference) if _agrees(payment, line)]
        return [payment for payment in payments if line.reference and payment.reference == line.reference] or payments

    def _of_month(self, month: date) -> dict[str, list[Payment]]:
        if month not in self._months:
            payments = select(PaySlip.cnie, Participant.cnie, Payment).join(Payment.pay_slip).join(PaySlip.contract)
            payments = payments.join(Contract.participant).where(PaySlip.month == month).order_by(Payment.id)
            by_cnie: dict[str, list[Payment]] = {}
            for then, now, payment in db.session.execute(payments.options(*WITH_ALL_READ)):
                for cnie in dict.fromkeys((then, now)):  # the CNIE that was sent, and the one corrected since
                    by_cnie.setdefault(cnie, []).append(payment)
            self._months[month] = by_cnie
        return self._months[month]


def _of_reference(reference: str | None) -> list[Payment]:
    """The payments that bear a reference; none without one."""
    if not reference:
        return []
    payments = select(Payment).where(Payment.reference == reference).order_by(Payment.id)
    return list(db.session.scalars(payments.options(*WITH_ALL_READ)))


def _agrees(payment: Payment, line: BankLine) -> bool:
    slip = payment.pay_slip
    return line.month in (None, slip.month) and line.cnie in (None, slip.cnie, slip.contract.participant.cnie)


def _only(payments: list[Payment]) -> Payment | None:
    return payments[0] if len(payments) == 1 else None


def _choice(free: list[Payment], line: BankLine) -> Match:
    """The payment that is recorded as the line says, else the only one whose state the line can change."""
    known = [payment for payment in free if knows(payment, line)]
    exact = [payment for payment in known if payment.state == line.state]
    if exact:
        return Match(exact[0])
    able = [payment for payment in free if payment not in known and may_become(payment, line.state)]
    if known and all(payment.state == PaymentState.due for payment in able):
        return Match(known[0])  # rejected then and issued again since: nothing was sent that it could be about
    if len(able) == 1 and not known:
        return Match(able[0])
    if able:
        refusal = RuleError(Doubled(), Doubled.several, count=len(able) + len(known), about=line.about)
        return Match(None, refusal)
    return Match(_only(free), _contradiction(free[0], line))


def _contradiction(payment: Payment, line: BankLine) -> RuleError:
    rule = WrongState()
    sentence = rule.otherwise if payment.state == line.state else rule.message
    return RuleError(rule, sentence, payment=payment, now=payment.state, told=line.state)


def may_become(payment: Payment, state: PaymentState | None) -> bool:
    """Whether a payment can still be paid or rejected; one that was not recorded as sent is sent first."""
    steps = PAYMENT_STEPS[payment.state]
    on_the_way = PAYMENT_STEPS[PaymentState.sent] if payment.state == PaymentState.due else set()
    return state in (PaymentState.paid, PaymentState.rejected) and state in {*steps, *on_the_way}


def knows(payment: Payment, line: BankLine) -> bool:
    """Whether a payment is recorded as the line says; one issued again counts as rejected."""
    reissued = payment.state == PaymentState.reissued and line.state == PaymentState.rejected
    if not reissued and payment.state != line.state:
        return False
    if line.state == PaymentState.paid and payment.paid_on != line.paid_on:
        return False
    if line.state == PaymentState.rejected and line.rejection_reason not in (None, payment.rejection_reason):
        return False
    return line.reference is None or payment.reference in (None, line.reference)


def record_answer(payment: Payment, line: BankLine, day: date) -> bool:
    """Write the bank's answer on a payment; False when it was recorded already, RuleError when it contradicts.

    `day` is taken as the day of sending when the payment was never recorded as sent and the line has no day.
    """
    if knows(payment, line):
        adds = bool(line.reference and not payment.reference)
        if adds:
            payment.reference = line.reference
            db.session.flush()
        return adds
    if not may_become(payment, line.state):
        raise _contradiction(payment, line)
    if payment.state == PaymentState.due:
        send_payment(payment, line.paid_on or day)
    if line.state == PaymentState.paid and line.paid_on:
        record_paid(payment, line.paid_on, line.reference)
    else:
        payment.reference = line.reference or payment.reference
        record_rejected(payment, line.rejection_reason or "")
    return True


def lock(payments: Iterable[int] | Select[Any]) -> dict[int, Payment]:
    """Read payments anew and lock them until the transaction ends, in the order of their ids so that nobody deadlocks.

    Their keys stay free: lines of two files may point at the same payment.
    """
    chosen = select(Payment).where(Payment.id.in_(payments)).order_by(Payment.id).options(*WITH_ALL_READ)
    held = chosen.with_for_update(of=Payment, key_share=True).execution_options(populate_existing=True)
    return {payment.id: payment for payment in db.session.scalars(held)}
