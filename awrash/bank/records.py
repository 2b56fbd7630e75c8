"""The records of what the bank sends back: a file kept as it came, and its lines, each with a state of its own.

A line waits, is applied to a payment, was known already, is set apart for a decision, or is left aside.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import JSON, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from awrash.database.columns import (
    CODE,
    NAME,
    TEXT,
    Instant,
    Month,
    column,
    foreign_key,
    owned_lines,
    relation,
    state_column,
    word_column,
)
from awrash.database.record import Record, changed, is_deleted, is_new, value_before
from awrash.models import Payment
from awrash.records.accounts import User
from awrash.rules.fields import FirstOfMonth, Positive
from awrash.rules.rule import Rule
from awrash.rules.steps import AllowedStep
from awrash.values.language import _l
from awrash.values.money import Money
from awrash.values.states import PaymentState, Steps, Word


class LineState(Word):
    to_decide = "to_decide", _l("Read, not recorded yet")
    applied = "applied", _l("Recorded on the payment")
    already = "already", _l("Was recorded already")
    set_apart = "set_apart", _l("Waits for a decision")
    ignored = "ignored", _l("Left aside")


LINE_STEPS: Steps = {
    LineState.to_decide: {LineState.applied, LineState.already, LineState.set_apart},
    LineState.set_apart: {LineState.applied, LineState.already, LineState.ignored},
    LineState.applied: set(),
    LineState.already: set(),
    LineState.ignored: set(),
}


class Cause(Word):
    """Why a line is set apart; the values are the codes of the rules that say it."""

    unmatched = "unmatched", _l("No such payment")
    doubled = "doubled", _l("Fits more than once")
    differing_amount = "differing_amount", _l("Another amount")
    wrong_state = "wrong_state", _l("Another state")
    unreadable = "unreadable", _l("Cannot be read")
    refused = "refused", _l("Stopped by a rule")


class Verdict(Word):
    """What a person decides on a line set apart."""

    apply = "apply", _l("Record it on this payment")
    ignore = "ignore", _l("Leave it aside")


class KeptAsItCame(Rule):
    """[D] What the bank sent is proof; it is neither changed nor deleted (docs/programme.md, "Accountability")."""

    message = _l("What the bank sent, %(subject)s, is kept as it came: it is neither changed nor deleted.")
    on_delete = True
    fixed: tuple[str, ...] = ()

    def __init__(self, *fixed: str) -> None:
        self.fixed = fixed

    def check(self, record: Record) -> None:
        if not is_new(record) and (is_deleted(record) or changed(record, *self.fixed)):
            self.refuse(subject=record)


class LeftAsideExplained(Rule):
    """[D] A line of the bank is never left aside without saying why (docs/programme.md, "Accountability")."""

    message = _l("Write why line %(number)s is left aside.")
    field = "explanation"

    def check(self, line: ReturnLine) -> None:
        if line.state == LineState.ignored != value_before(line, "state") and not line.why:
            self.refuse(number=line.number)


class AppliedToPayment(Rule):
    """[D] A line that was recorded names the payment on which it was (docs/programme.md, "Accountability")."""

    message = _l("Choose the payment on which line %(number)s is recorded.")
    field = "payment"

    def check(self, line: ReturnLine) -> None:
        if line.state in (LineState.applied, LineState.already) and line.payment is None:
            self.refuse(number=line.number)


class ReturnFile(Record):
    """A file of the bank, byte for byte, with the meaning that its columns were given."""

    __shown__ = ("name",)
    __rules__ = (KeptAsItCame(),)

    name: Mapped[str] = column(_l("File"), type_=NAME)
    sha256: Mapped[str] = column(_l("Fingerprint"), type_=String(64), unique=True)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    received_at: Mapped[datetime] = column(_l("Received at"), type_=Instant)
    received_by_id: Mapped[int] = foreign_key("user")
    received_by: Mapped[User] = relation(_l("Received by"), "User", foreign_keys=received_by_id)
    header_key: Mapped[str] = mapped_column(String(64), index=True)  # files with the same header share a mapping
    mapping: Mapped[dict[str, str]] = column(_l("Columns"), type_=JSON())
    month: Mapped[date | None] = column(_l("Month"), FirstOfMonth(), type_=Month)
    lines: Mapped[list[ReturnLine]] = owned_lines(_l("Lines"), "file", order_by="ReturnLine.number")


class ReturnLine(Record):
    """One line of a bank's file: what it says, the payment that it means, what became of it."""

    __shown__ = ("file", "number")
    __table_args__ = (UniqueConstraint("file_id", "number"),)
    __rules__ = (
        KeptAsItCame(
            *("file", "number", "raw", "month", "cnie", "name", "amount", "said", "paid_on"),
            *("rejection_reason", "reference"),
        ),
        AllowedStep(LINE_STEPS), LeftAsideExplained(), AppliedToPayment(),
    )  # fmt: skip

    file_id: Mapped[int] = foreign_key("return_file")
    file: Mapped[ReturnFile] = relation(_l("File"), "lines")
    number: Mapped[int] = column(_l("Line"), Positive())
    raw: Mapped[list[str]] = column(_l("Cells"), type_=JSON())
    month: Mapped[date | None] = column(_l("Month"), type_=Month)
    cnie: Mapped[str | None] = column(_l("CNIE"), type_=String(8), index=True)
    name: Mapped[str | None] = column(_l("Name"), type_=NAME)
    amount: Mapped[Decimal | None] = column(_l("Amount"), type_=Money)
    said: Mapped[PaymentState | None] = word_column(PaymentState, _l("What the bank says"), nullable=True)
    paid_on: Mapped[date | None] = column(_l("Paid on"))
    rejection_reason: Mapped[str | None] = column(_l("Reason for the rejection"), type_=String(240))
    reference: Mapped[str | None] = column(_l("Reference"), type_=CODE)
    cause: Mapped[Cause | None] = word_column(Cause, _l("Why it was set apart"), nullable=True)
    explanation: Mapped[str | None] = column(_l("Explanation"), type_=TEXT)
    payment_id: Mapped[int | None] = foreign_key("payment", required=False)
    payment: Mapped[Payment | None] = relation(_l("Payment"))
    state: Mapped[LineState] = state_column(LineState.to_decide, _l("State"), LINE_STEPS)
