"""The list of wages to transfer, for CNSS: to whom, to which account, how much; and the wages left out, and why."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel.speaklater import LazyString
from sqlalchemy import Select, and_, select

from awrash.database.session import db, rows_in_parts
from awrash.models import Agreement, Carrier, Contract, Declaration, Participant, Payment, PayrollRun, PaySlip, Worksite
from awrash.rules.fields import Rib
from awrash.rules.rule import RuleError
from awrash.values.cells import cell
from awrash.values.language import _l
from awrash.values.spelling import latin_capitals
from awrash.values.states import NOT_MADE, AccountState, PaymentState

COLUMNS = (
    *("month", "participant.cnie", "family_name_fr", "given_name_fr", "cnss_number", "rib", "amount"),
    *("carrier.cnss_affiliation", "carrier.name_fr", "worksite.code"),
)
NOT_VERIFIED = _l("The account is not verified.")
NOT_DECLARED = _l("The carrier has not declared the month to CNSS.")


@dataclass(frozen=True)
class Transfer:
    """One wage that is due, in dirhams, to whom its slip names, and the account it goes to as it is now."""

    payment_id: int
    participant_id: int
    month: date
    cnie: str
    family_name: str
    given_name: str
    cnss_number: str | None
    rib: str | None
    account_state: AccountState
    amount: Decimal
    affiliation: str | None
    carrier_id: int
    carrier: str
    worksite: str
    is_declared: bool

    @property
    def obstacle(self) -> LazyString | str | None:
        """Why the wage can't be sent, None when it can; the key of the RIB is checked again."""
        if not self.is_declared:
            return NOT_DECLARED
        if self.account_state != AccountState.verified or not self.rib:
            return NOT_VERIFIED
        try:
            Rib().check(self.rib)
        except RuleError as refusal:
            return str(refusal)
        return None

    @property
    def cells(self) -> list[str]:
        """The line of the file, under `COLUMNS`."""
        name, given, carrier = (latin_capitals(text) for text in (self.family_name, self.given_name, self.carrier))
        person = (f"{self.month:%Y-%m}", self.cnie, name, given, self.cnss_number, self.rib, self.amount)
        return [cell(value) for value in (*person, self.affiliation, carrier, self.worksite)]


def with_person(*columns: Any) -> Select[Any]:
    """Columns of payments, with the wage, the person, the worksite and the carrier of each."""
    payments = select(*columns).join(Payment.pay_slip).join(PaySlip.contract).join(Contract.participant)
    return payments.join(Contract.worksite).join(Worksite.agreement).join(Agreement.carrier)


def due_of(run: PayrollRun) -> Iterator[Transfer]:
    """The wages of a payroll that are due and not sent yet, by carrier and name, read in parts."""
    declared = and_(
        *(Declaration.run_id == PaySlip.run_id, Declaration.carrier_id == Agreement.carrier_id),
        Declaration.state.not_in(NOT_MADE),
    )
    wages = (
        with_person(
            *(Payment.id, Participant.id, PaySlip.month, PaySlip.cnie),
            *(PaySlip.family_name_fr, PaySlip.given_name_fr, Participant.cnss_number, Participant.rib),
            *(Participant.account_state, Payment.amount, Carrier.cnss_affiliation, Carrier.id, Carrier.name_fr),
            *(PaySlip.worksite_code, Declaration.id.is_not(None)),
        )
        .outerjoin(Declaration, declared)
        .where(PaySlip.run_id == run.id, Payment.state == PaymentState.due)
        .order_by(Carrier.name_fr, Carrier.id, PaySlip.family_name_fr, Payment.id)
    )
    yield from (Transfer(*row) for row in rows_in_parts(wages))


@dataclass
class CarrierTotal:
    """How many wages of one carrier a list transfers, and their sum in dirhams."""

    name: str
    affiliation: str | None
    count: int = 0
    amount: Decimal = Decimal("0.00")


@dataclass
class Totals:
    """How many wages and dirhams a list transfers, by carrier and in all; and the wages left out, with the reason.

    A carrier is known by its id: two of one name stay two.
    """

    by_carrier: dict[int, CarrierTotal]
    apart: list[tuple[Transfer, LazyString | str]]

    @property
    def undeclared(self) -> dict[int, CarrierTotal]:
        """Of what is left out, the wages of each carrier that has not declared the month."""
        totals: dict[int, CarrierTotal] = {}
        for transfer, _reason in self.apart:
            if not transfer.is_declared:
                add_to(totals, transfer)
        return totals

    @property
    def count(self) -> int:
        return sum(total.count for total in self.by_carrier.values())

    @property
    def amount(self) -> Decimal:
        return sum((total.amount for total in self.by_carrier.values()), Decimal("0.00"))


def add_to(totals: dict[int, CarrierTotal], transfer: Transfer) -> None:
    """Count a wage with those of its carrier."""
    total = totals.setdefault(transfer.carrier_id, CarrierTotal(transfer.carrier, transfer.affiliation))
    total.count, total.amount = total.count + 1, total.amount + transfer.amount


def totals_of(transfers: Iterable[Transfer]) -> Totals:
    """What a list of wages comes to; the wages that can't be sent are left out of its sums."""
    totals = Totals({}, [])
    for transfer in transfers:
        obstacle = transfer.obstacle
        if obstacle is not None:
            totals.apart.append((transfer, obstacle))
            continue
        add_to(totals.by_carrier, transfer)
    return totals


def file_lines(run: PayrollRun) -> Iterator[list[str]]:
    """The lines of the file, then its total: how many wages, how many dirhams."""
    count, amount = 0, Decimal("0.00")
    for transfer in due_of(run):
        if transfer.obstacle is None:
            count, amount = count + 1, amount + transfer.amount
            yield transfer.cells
    yield ["", "", "TOTAL", cell(count), "", "", cell(amount), "", "", ""]


def paid_before_sent() -> list[Payment]:
    """Payments recorded as paid before they were sent, from before a rule refused that."""
    early = select(Payment).where(Payment.paid_on < Payment.sent_on).order_by(Payment.id)
    return list(db.session.scalars(early))
