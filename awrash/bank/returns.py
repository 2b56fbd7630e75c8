"""The bank's return files: lines matched, recorded on the payments, or set apart for a person.

Reading or applying the same file again changes nothing: a file is known by its bytes, a line by its state.
"""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from awrash.bank.columns import (
    FIELDS,
    LONGEST_NAME,
    KnownValues,
    check_mapping,
    guess_mapping,
    header_key,
    read_cells,
    table_of,
)
from awrash.bank.records import AppliedToPayment, Cause, LineState, ReturnFile, ReturnLine, Verdict
from awrash.database.record import lock_and_refresh
from awrash.database.session import db
from awrash.files.tables import Line
from awrash.models import Payment
from awrash.operations.payment_matching import BankLine, Doubled, Ledger, check_complete, lock, record_answer
from awrash.records.accounts import User
from awrash.records.fingerprints import altered_files
from awrash.records.steps import step
from awrash.rules.check import Required
from awrash.rules.rule import Rule, RuleError
from awrash.rules.steps import starts_from
from awrash.values.language import _l, office_day
from awrash.values.states import PaymentState
from awrash.values.text import clean


class SaysNothing(Rule):
    """A line that could not be read is not recorded on anything."""

    message = _l(
        "Line %(number)s does not say what became of the wage: record it on the payment itself, then leave it aside."
    )
    field = "payment"


# ---- the file


def fingerprint(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def altered_returns() -> Iterator[str]:
    """Names of the bank's files whose bytes are no longer those that came."""
    return altered_files(select(ReturnFile.name, ReturnFile.sha256, ReturnFile.content))


def known_file(content: bytes) -> ReturnFile | None:
    """The file with these very bytes, when it came before."""
    return db.session.scalar(select(ReturnFile).filter_by(sha256=fingerprint(content)))


def read_return(
    content: bytes, name: str, mapping: Mapping[str, str] | None, by: User, at: datetime, month: date | None = None
) -> ReturnFile:
    """Keep a file and its lines, each matched or set apart; the known file when it came before.

    `mapping` gives the field of each column, or is guessed; `month` is that of lines that name none. RuleError for a
    file without a table or without the columns that are needed. Nothing is recorded on a payment yet.
    """
    known = known_file(content)
    if known is not None:
        return known
    columns, lines = table_of(content)
    fields = {column: mapping.get(column, "") for column in columns} if mapping else guess_mapping(columns)
    check_mapping(fields, month)
    file = ReturnFile(name=clean(name)[:LONGEST_NAME] or "—", content=content, received_by=by, received_at=at)
    file.sha256, file.header_key, file.mapping = fingerprint(content), header_key(columns), fields
    try:
        with db.session.no_autoflush:
            file.lines = _lines(list(fields.values()), lines, month)
            months = {line.month for line in file.lines}
            file.month = month or (months.pop() if len(months) == 1 else None)
        with db.session.begin_nested():
            db.session.add(file)
    except (IntegrityError, RuleError):
        known = known_file(content)  # somebody read it at the same moment, and the constraint or the rule says so
        if known is None:
            raise
        return known
    return file


def _lines(fields: list[str], numbered_cells: list[Line], month: date | None) -> list[ReturnLine]:
    ledger = Ledger()
    known: KnownValues = {}
    lines: dict[int, ReturnLine] = {}
    for number, cells in numbered_cells:
        values, sentences = read_cells(fields, cells, known)
        line = ReturnLine(number=number, raw=list(cells), month=values.get("month", month))
        line.cnie, line.said = values.get("participant.cnie"), values.get("state")
        for field in ("name", "amount", "paid_on", "rejection_reason", "reference"):
            setattr(line, field, values.get(field))
        lines[number] = line
        sentences = sentences or _missing(line, needs_amount="amount" in fields)
        if sentences:
            _set_apart(line, Cause.unreadable, " ".join(sentences))
        else:
            _match(line, ledger, lines)
    return list(lines.values())


def _missing(line: ReturnLine, needs_amount: bool) -> list[str]:
    """A sentence for what a line must say and does not."""
    try:
        check_complete(said_of(line))
    except RuleError as refusal:
        return [str(refusal)]
    if needs_amount and line.amount is None:
        return [str(RuleError(Required(), field=FIELDS["amount"]))]
    return []


def _match(line: ReturnLine, ledger: Ledger, lines: dict[int, ReturnLine]) -> None:
    """Find the payment of a line that could be read; two lines that contradict each other are both set apart."""
    match = ledger.match(line.number, said_of(line))
    line.payment = match.payment
    if match.refusal is not None:
        _set_apart(line, Cause(match.refusal.code), str(match.refusal))
    first = lines.get(match.line) if match.line else None
    if first and first.state == LineState.to_decide and said_of(first) != said_of(line):
        doubled = RuleError(Doubled(), line=line.number)
        _set_apart(first, Cause.doubled, str(doubled))


def said_of(line: ReturnLine) -> BankLine:
    """What a line says, as the matching reads it."""
    return BankLine(
        state=line.said,
        month=line.month,
        cnie=line.cnie,
        amount=line.amount,
        paid_on=line.paid_on,
        rejection_reason=line.rejection_reason,
        reference=line.reference,
    )


def _set_apart(line: ReturnLine, cause: Cause, sentence: str) -> None:
    line.state, line.cause, line.explanation = LineState.set_apart, cause, sentence


# ---- what is recorded


def apply_return(file: ReturnFile) -> ReturnFile:
    """Record each matched line on its payment; one that a rule refuses is set apart with its sentence.

    Two who apply the same file wait for each other at its payments, and the second finds nothing left to do.
    """
    day = office_day(file.received_at)
    query = select(ReturnLine).filter_by(file_id=file.id, state=LineState.to_decide).order_by(ReturnLine.number)
    payments = lock(query.with_only_columns(ReturnLine.payment_id).order_by(None))
    for line in db.session.scalars(query.execution_options(populate_existing=True)).all():
        try:
            with db.session.begin_nested():
                has_changed = record_answer(payments[line.payment_id or 0], said_of(line), day)
        except RuleError as refusal:
            cause = Cause(refusal.code) if refusal.code in set(Cause) else Cause.refused
            _set_apart(line, cause, str(refusal))
        else:
            line.state = LineState.applied if has_changed else LineState.already
    db.session.flush()
    return file


@starts_from(LineState.set_apart)
def decide(line: ReturnLine, payment: Payment | None, decision: Verdict, reason: str | None = None) -> None:
    """What a person decides on a line set apart: recorded on a payment after all, or left aside with a reason.

    RuleError when no payment is chosen, or when the line does not say what became of the wage.
    """
    lock_and_refresh(line)
    why = clean(reason or "") or None
    if decision == Verdict.ignore:
        line.explanation = why or line.explanation
        step(line, LineState.ignored, why=why)
        return
    if payment is None:
        AppliedToPayment().refuse(number=line.number)
    if line.said not in (PaymentState.paid, PaymentState.rejected) or not _is_complete(line):
        SaysNothing().refuse(number=line.number)
    day = office_day(line.file.received_at)
    with db.session.begin_nested():
        line.payment = lock([payment.id])[payment.id]
        has_changed = record_answer(line.payment, said_of(line), day)
        step(line, LineState.applied if has_changed else LineState.already, why=why)


def _is_complete(line: ReturnLine) -> bool:
    """Whether a wage that the line calls paid has its day."""
    return line.said != PaymentState.paid or line.paid_on is not None
