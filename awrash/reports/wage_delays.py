"""Each person's months on one line: when a wage was due, sent and paid, how many days late, and what it waits for.

docs/programme.md, "What went wrong elsewhere": wages weeks late with nobody knowing where they are stuck. No
text sets a pay day: a wage is due on the day that `wages_due_on` takes for it [D], docs/programme.md, "Day wages are
due". What a correction adds
to a wage already frozen was not known before: it is due on that day of the payroll that found it [D].
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel.speaklater import LazyString
from sqlalchemy import ColumnElement, Row, Select, and_, or_, select

from awrash.database.session import db
from awrash.models import Agreement, AttendanceSheet, Contract, Participant, Payment, PayrollRun, PaySlip, Worksite
from awrash.records.dated_figures import last_month_due, wages_due_on
from awrash.reports.blocked_wages import TITLES
from awrash.reports.month_wages import PAID_STATES
from awrash.values import months as periods
from awrash.values.language import _l
from awrash.values.states import PaymentState, RunState, SheetState, Word

PART = 400  # people whose months are read at a time
NOTHING = Decimal("0.00")
UNPAID = (PaymentState.due, PaymentState.sent, PaymentState.rejected)


class WageState(Word):
    """Where the wage of one month stands."""

    not_due = "not_due", _l("Not due yet")
    overdue = "overdue", _l("Late")
    blocked = "blocked", _l("Blocked")
    sent = "sent", _l("Sent")
    rejected = "rejected", _l("Rejected by the bank")
    paid_in_time = "paid_in_time", _l("Paid in time")
    paid_late = "paid_late", _l("Paid late")
    taken_back = "taken_back", _l("Taken back")
    nothing_owed = "nothing_owed", _l("Nothing to pay")


Reasons = tuple[LazyString | str, ...]

NOT_FROZEN, NO_SLIP = _l("the payroll of the month is not frozen yet"), _l("no slip in the payroll of the month")
NOT_SENT, NOT_ANSWERED = _l("the transfer is not sent yet"), _l("the bank has not answered yet")


@dataclass(frozen=True)
class WageMonth:
    """The wage of one contract for one month; amounts in dirhams, `days_late` until paid, else until today.

    `amount` is what is owed once reversals and corrected slips are counted, `paid` what arrived of it; `came_back`
    counts the transfers that the bank rejected. `why` says what a wage that is not paid waits for.
    """

    participant_id: int
    contract_id: int
    month: date
    due_on: date
    amount: Decimal | None
    paid: Decimal
    sent_on: date | None
    paid_on: date | None
    days_late: int
    state: WageState
    why: Reasons = ()
    came_back: int = 0

    @property
    def is_late(self) -> bool:
        """Late and still to be paid."""
        return self.days_late > 0 and self.state != WageState.paid_late

    @property
    def to_return(self) -> Decimal:
        """What was paid beyond what is owed, in dirhams, where a corrected slip comes to less."""
        return max(self.paid - (self.amount or NOTHING), NOTHING)


class DueDays(dict[date, date]):
    """The day on which the wages of a month are due, by month; each is looked up once."""

    def __missing__(self, month: date) -> date:
        self[month] = wages_due_on(month)
        return self[month]


# ---- whose months


def people(
    worksite: int | None = None, carrier: int | None = None, since: date | None = None, until: date | None = None
) -> Select[tuple[int]]:
    """Ids of the people with a contract that is paid, in the order of their names; narrowed by what is given."""
    contracts = select(Participant.id).join(Participant.contracts).where(_contracts(worksite, carrier))
    if since:
        contracts = contracts.where(Contract.ends_on >= since)
    if until:
        contracts = contracts.where(Contract.starts_on <= periods.last_day(until))
    named = (Participant.family_name_fr, Participant.given_name_fr, Participant.id)
    return contracts.group_by(*named).order_by(*named)


def _contracts(worksite: int | None, carrier: int | None) -> ColumnElement[bool]:
    sites = select(Worksite.id).join(Worksite.agreement).where(Agreement.carrier_id == carrier)
    conditions = [Contract.state.in_(PAID_STATES), Contract.ends_on >= Contract.starts_on]
    conditions += [Contract.worksite_id == worksite] if worksite else []
    return and_(*conditions, *([Contract.worksite_id.in_(sites)] if carrier else []))


def late_people(chosen: Select[tuple[int]], today: date) -> Select[tuple[int]]:
    """Of these people, those who may have a late wage: `months_of` then says which have one."""
    until, frozen = last_month_due(today), set(db.session.scalars(_frozen()))
    unpaid = or_(PaySlip.blocked_by.is_not(None), Payment.state.in_(UNPAID))
    known = select(Contract.participant_id).join(Contract.pay_slips).outerjoin(PaySlip.payments)
    first = db.session.scalar(select(Contract.starts_on).order_by(Contract.starts_on).limit(1)) or today
    in_open_months = [
        and_(Contract.starts_on <= periods.last_day(month), Contract.ends_on >= month)
        for month in periods.months(first, until)
        if month not in frozen
    ]
    slipless = ~select(PaySlip.id).where(PaySlip.contract_id == Contract.id).exists()
    others = select(Contract.participant_id).where(or_(slipless, *in_open_months))
    return chosen.where(
        or_(Participant.id.in_(known.where(PaySlip.month <= until, unpaid)), Participant.id.in_(others)),
    )


def _frozen() -> Select[tuple[date]]:
    return select(PayrollRun.month).where(PayrollRun.state == RunState.frozen)


# ---- their months


def months_of(
    chosen: Sequence[int],
    today: date,
    since: date | None = None,
    until: date | None = None,
    worksite: int | None = None,
    carrier: int | None = None,
) -> dict[int, list[WageMonth]]:
    """The months of each of these people up to today's, the earliest first; five selects, however many people."""
    which = and_(Contract.participant_id.in_(chosen), _contracts(worksite, carrier))
    columns = (Contract.id, Contract.participant_id, Contract.worksite_id, Contract.starts_on, Contract.ends_on)
    contracts = db.session.execute(select(*columns).where(which).order_by(Contract.starts_on, Contract.id)).all()
    slips, payments = _slips(which), _payments(which)
    sites = select(Contract.worksite_id).where(which)
    sheets = select(AttendanceSheet.worksite_id, AttendanceSheet.month, AttendanceSheet.state)
    locked = {
        (site, month)
        for site, month, state in db.session.execute(sheets.where(AttendanceSheet.worksite_id.in_(sites)))
        if state == SheetState.locked
    }
    frozen = set(db.session.scalars(_frozen()))
    by_person: dict[int, list[WageMonth]] = {person: [] for person in chosen}
    due = DueDays()
    for contract in contracts:
        for month in _months(contract, slips[contract.id], today):
            if (since and month < since) or (until and month > until):
                continue
            own_slips = [slip for slip in slips[contract.id] if slip.month == month]
            held = _what_holds((contract.worksite_id, month) in locked, month in frozen)
            by_person[contract.participant_id].append(
                _wage_month(contract, month, own_slips, payments, held, due, today)
            )
    return {person: sorted(months, key=lambda wage: wage.month) for person, months in by_person.items()}


def _months(contract: Row[Any], slips: list[Row[Any]], today: date) -> list[date]:
    """The months that a contract touches up to today's, and those that were paid before it was shortened."""
    touched = set(periods.months(contract.starts_on, min(contract.ends_on, today)))
    return sorted(touched | {slip.month for slip in slips})


def _slips(which: ColumnElement[bool]) -> dict[int, list[Row[Any]]]:
    rows = (
        select(
            *(PaySlip.id, PaySlip.contract_id, PaySlip.month, PaySlip.kind, PaySlip.reverses_id, PaySlip.net),
            *(PaySlip.blocked_by, PayrollRun.month.label("run_month"), PayrollRun.state.label("run_state")),
        )
        .join(PaySlip.run)
        .join(PaySlip.contract)
        .where(which)
        .order_by(PayrollRun.month, PaySlip.id)
    )
    by_contract = defaultdict(list)
    for row in db.session.execute(rows):
        by_contract[row.contract_id].append(row)
    return by_contract


def _payments(which: ColumnElement[bool]) -> dict[int, list[Row[Any]]]:
    columns = (Payment.pay_slip_id, Payment.amount, Payment.state, Payment.sent_on, Payment.paid_on)
    rows = select(*columns, Payment.rejection_reason).join(Payment.pay_slip).join(PaySlip.contract).where(which)
    by_slip = defaultdict(list)
    for row in db.session.execute(rows.order_by(Payment.id)):
        by_slip[row.pay_slip_id].append(row)
    return by_slip


def _what_holds(is_locked: bool, is_frozen: bool) -> LazyString:
    """What a wage without a valid slip waits for."""
    return NO_SLIP if is_frozen else NOT_FROZEN if is_locked else TITLES["attendance_locked"]


def _wage_month(
    contract: Row[Any],
    month: date,
    slips: list[Row[Any]],
    payments: dict[int, list[Row[Any]]],
    held: LazyString,
    due: DueDays,
    today: date,
) -> WageMonth:
    standing = [slip for slip in slips if slip.run_state == RunState.frozen and not slip.blocked_by]
    key = (contract.participant_id, contract.id, month)
    if not standing:
        return _unpaid(key, slips, held, due, today)
    owed = sum((slip.net for slip in standing), NOTHING)
    sent = [(_due_on(slip, due), payment) for slip in standing for payment in payments.get(slip.id, ())]
    live = [(due_on, payment) for due_on, payment in sent if payment.state != PaymentState.reissued]
    waiting = [(due_on, payment) for due_on, payment in live if payment.state != PaymentState.paid]
    days = [((payment.paid_on or today) - due_on).days for due_on, payment in live]
    due_on = min((day for day, _one in waiting or live), default=due[month])
    paid = [payment for _day, payment in live if payment.state == PaymentState.paid]
    late = max((0, *days))
    state, why = _state(owed, [payment for _day, payment in live], late, is_corrected=len(standing) > 1)
    kept = late if state not in (WageState.taken_back, WageState.nothing_owed) else 0
    return WageMonth(
        *key,
        due_on=due_on,
        amount=owed,
        paid=sum((payment.amount for payment in paid), NOTHING),
        sent_on=max((payment.sent_on for _day, payment in live if payment.sent_on), default=None),
        paid_on=max((payment.paid_on for payment in paid if payment.paid_on), default=None) if not waiting else None,
        days_late=kept,
        state=state,
        why=why,
        came_back=sum(payment.state in (PaymentState.reissued, PaymentState.rejected) for _day, payment in sent),
    )


def _due_on(slip: Row[Any], due: DueDays) -> date:
    """The day a slip is due: by its own month, also when it was blocked; a correction, by the payroll that made it."""
    return due[slip.run_month if slip.reverses_id else slip.month]


def _unpaid(
    key: tuple[int, int, date], slips: list[Row[Any]], held: LazyString, due: DueDays, today: date
) -> WageMonth:
    """The wage of a month without a valid slip: blocked, or its payroll is not frozen yet."""
    due_on = due[key[2]]
    latest = slips[-1] if slips else None
    codes = (latest.blocked_by or "").split() if latest else []
    expected = latest.net if latest and not codes else None
    late = max((today - due_on).days, 0)
    state = WageState.blocked if codes else WageState.overdue if late else WageState.not_due
    why = tuple(TITLES[code] for code in codes) or (NOT_FROZEN if latest else held,)
    return WageMonth(
        *key,
        due_on=due_on,
        amount=expected,
        paid=NOTHING,
        sent_on=None,
        paid_on=None,
        days_late=late,
        state=state,
        why=why,
    )


def _state(owed: Decimal, live: list[Row[Any]], late: int, is_corrected: bool) -> tuple[WageState, Reasons]:
    """The state of a frozen wage, and what it waits for; of several transfers, the one furthest from paid decides."""
    if owed <= NOTHING:
        return (WageState.taken_back if is_corrected else WageState.nothing_owed), ()
    by_state = {payment.state: payment for payment in live}
    if PaymentState.rejected in by_state:
        return WageState.rejected, (by_state[PaymentState.rejected].rejection_reason or TITLES["payment_rejected"],)
    if PaymentState.due in by_state or not live:
        return (WageState.overdue if late else WageState.not_due), (NOT_SENT,)
    if PaymentState.sent in by_state:
        return WageState.sent, (NOT_ANSWERED,)
    return (WageState.paid_late if late else WageState.paid_in_time), ()


def in_parts(chosen: Sequence[int], today: date, **narrowed: Any) -> Iterator[tuple[int, list[WageMonth]]]:
    """The months of many people, `PART` people read at a time; `narrowed` as `months_of` takes it."""
    for at in range(0, len(chosen), PART):
        yield from months_of(chosen[at : at + PART], today, **narrowed).items()


def whose_wage_is_late(chosen: Iterable[tuple[int, list[WageMonth]]]) -> list[int]:
    """Of these people, those with a wage that is late and still to be paid."""
    return [person for person, months in chosen if any(wage.is_late for wage in months)]
