"""Which payment a line of the bank means, and what it changes there; one matching for every door."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from awrash.database.session import db
from awrash.models import Agreement, Contract, Participant, Payment, PayrollRun, PaySlip, Worksite
from awrash.operations.payments import record_paid, record_rejected, send_payment
from awrash.rules.check import Required
from awrash.rules.rule import Rule, RuleError
from awrash.values.language import _l, format_in_sentence
from awrash.values.states import PAYMENT_STEPS, PaymentState

CONTRACT = joinedload(Payment.pay_slip).joinedload(PaySlip.contract)
# All that the rules read of a payment, brought with it.
WITH_ALL_READ = (
    CONTRACT.joinedload(Contract.participant),
    CONTRACT.joinedload(Contract.worksite).joinedload(Worksite.agreement).joinedload(Agreement.carrier),
    joinedload(Payment.pay_slip).joinedload(PaySlip.run).selectinload(PayrollRun.declarations),
)


@dataclass(frozen=True)
class BankLine:
    """What one line says of one payment; None where it says nothing."""

    state: PaymentState | None
    month: date | None = None
    cnie: str | None = None
    amount: Decimal | None = None
    paid_on: date | None = None
    rejection_reason: str | None = None
    reference: str | None = None

    @property
    def about(self) -> str:
        """The person and month, else the reference, that a sentence names."""
        month = f"{self.month:%Y-%m}" if self.month else ""
        return " · ".join(part for part in (self.cnie, month) if part) or self.reference or "—"

    @property
    def finds(self) -> bool:
        """Whether it says enough to find a payment by."""
        return bool((self.month and self.cnie) or self.reference)


class Unmatched(Rule):
    """A line for which no payment was made here."""

    message = _l("No payment is recorded for %(about)s: read the number and the month again.")
    field = "participant.cnie"


class Doubled(Rule):
    """A payment that two lines are about, or a line that fits two payments."""

    message = _l("Line %(line)s of the same file is about the same payment.")
    several = _l("%(count)s payments fit %(about)s: choose the one that is meant.")
    field = "participant.cnie"


class DifferingAmount(Rule):
    """A bank that paid another amount than was sent."""

    message = _l("%(slip)s: the file says %(given)s and the wage sent is %(known)s.")
    field = "amount"


class WrongState(Rule):
    """A line that contradicts what is recorded of its payment."""

    message = _l("%(payment)s is “%(now)s” and the file says “%(told)s”.")
    otherwise = _l("%(payment)s is already “%(now)s”, with another date, reason or reference.")
    field = "state"


@dataclass(frozen=True)
class Match:
    """The payment that a line means, or why none is taken; then `payment` is the likely one, `line` the other line."""

    payment: Payment | None
    refusal: RuleError | None = None
    line: int | None = None


def check_complete(line: BankLine) -> None:
    """A line says whose payment, what became of it, and the day on which it was paid; RuleError otherwise."""
    missing: Any = None
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
    """The payments that the lines of one file can mean, month by month; each is taken by one line at most."""

    def __init__(self) -> None:
        self._months: dict[date, dict[str, list[Payment]]] = {}
        self._taken: dict[int, int] = {}

    def match(self, number: int, line: BankLine) -> Match:
        """The payment of a line, which is taken from then on; the line's number stands for it."""
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
        """The payments of the person and month, else of the reference; a reference recorded here narrows them."""
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
    """The payment that already says the same, else the only one that the line could move."""
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
    """Whether the bank's word can still move a payment; one not sent yet is sent on the way."""
    steps = PAYMENT_STEPS[payment.state]
    on_the_way = PAYMENT_STEPS[PaymentState.sent] if payment.state == PaymentState.due else set()
    return state in (PaymentState.paid, PaymentState.rejected) and state in {*steps, *on_the_way}


def knows(payment: Payment, line: BankLine) -> bool:
    """Whether a payment already says what the line says; what was rejected then is still so when issued again."""
    reissued = payment.state == PaymentState.reissued and line.state == PaymentState.rejected
    if not reissued and payment.state != line.state:
        return False
    if line.state == PaymentState.paid and payment.paid_on != line.paid_on:
        return False
    if line.state == PaymentState.rejected and line.rejection_reason not in (None, payment.rejection_reason):
        return False
    return line.reference is None or payment.reference in (None, line.reference)


def record_answer(payment: Payment, line: BankLine, day: date) -> bool:
    """Write on a payment what the bank says of it; False when it was known. RuleError says what stops it.

    `day` stands for the day of sending, when a payment that the bank speaks of was never recorded as sent.
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


def lock(payments: Iterable[int] | Any) -> dict[int, Payment]:
    """Payments as they are now, held until the end, in one order for everybody, by id.

    Held but for their keys: each of two readers already points at them with lines of their own.
    """
    chosen = select(Payment).where(Payment.id.in_(payments)).order_by(Payment.id).options(*WITH_ALL_READ)
    held = chosen.with_for_update(of=Payment, key_share=True).execution_options(populate_existing=True)
    return {payment.id: payment for payment in db.session.scalars(held)}
