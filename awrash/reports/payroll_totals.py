"""What a payroll comes to: its totals, the wages blocked or raised in it; and which editions and runs there are."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import BigInteger, RowMapping, Select, and_, exists, func, not_, or_, select, type_coerce

from awrash.database.session import db
from awrash.models import (
    Agreement,
    AttendanceLine,
    AttendanceSheet,
    Carrier,
    Edition,
    PayrollChange,
    PayrollRun,
    PaySlip,
    Project,
    Worksite,
)
from awrash.reports.month_wages import payable_lines
from awrash.values import months
from awrash.values.money import dirhams
from awrash.values.states import AGREEMENT_OVER, EditionState, SheetState, SlipKind


def causes(run: PayrollRun) -> dict[str, int]:
    """How many wages each rule blocks in a run; one blocked by two rules counts under both."""
    by_codes = select(PaySlip.blocked_by, func.count(PaySlip.id)).where(
        PaySlip.run_id == run.id, PaySlip.blocked_by.is_not(None)
    )
    people: dict[str, int] = {}
    for codes, count in db.session.execute(by_codes.group_by(PaySlip.blocked_by)):
        for code in codes.split():
            people[code] = people.get(code, 0) + count
    return dict(sorted(people.items(), key=lambda cause: -cause[1]))


def run_totals(run: PayrollRun) -> RowMapping:
    """Slips, blocked slips, and the sums of a run in dirhams."""
    totals = select(
        func.count(PaySlip.id).label("slips"),
        func.count(PaySlip.blocked_by).label("blocked"),
        *(
            func.sum(getattr(PaySlip, name)).label(name)
            for name in ("gross", "employee_share", "employer_share", "income_tax", "net")
        ),
    )
    return db.session.execute(totals.where(PaySlip.run_id == run.id)).mappings().one()


@dataclass(frozen=True)
class RunOutline:
    """What a payroll is about, told before it is approved or frozen; amounts in dirhams.

    `wages` are the slips that are paid, with their `gross` and `net`; `left_out` those that are blocked, `causes` how
    many each rule blocks. `earlier` is the month of the payroll before it, `net_before` what that one pays; `unlocked`
    are the worksites whose sheet of the month is not locked.
    """

    month: date
    wages: int
    gross: Decimal
    net: Decimal
    left_out: int
    causes: dict[str, int]
    earlier: date | None
    net_before: Decimal
    unlocked: list[Worksite]


def outline_of(run: PayrollRun) -> RunOutline:
    """What a payroll is about, as it was calculated."""
    before = select(PayrollRun).where(PayrollRun.month < run.month).order_by(PayrollRun.month.desc()).limit(1)
    earlier = db.session.scalar(before)
    wages, gross, net = _to_pay(run)
    left_out = select(func.count(PaySlip.blocked_by)).where(PaySlip.run_id == run.id)
    not_locked = or_(AttendanceSheet.id.is_(None), AttendanceSheet.state != SheetState.locked)
    sites = payable_lines(run.month, Worksite.id).where(not_locked)
    return RunOutline(
        month=run.month,
        wages=wages,
        gross=gross,
        net=net,
        left_out=db.session.scalar(left_out) or 0,
        causes=causes(run),
        earlier=earlier.month if earlier else None,
        net_before=_to_pay(earlier)[2] if earlier else Decimal("0.00"),
        unlocked=list(db.session.scalars(select(Worksite).where(Worksite.id.in_(sites)).order_by(Worksite.code))),
    )


def _to_pay(run: PayrollRun) -> tuple[int, Decimal, Decimal]:
    """The slips of a run that nothing blocks: how many, their gross and their net in dirhams."""
    sums = (func.coalesce(func.sum(type_coerce(amount, BigInteger)), 0) for amount in (PaySlip.gross, PaySlip.net))
    paid = select(func.count(PaySlip.id), *sums).where(PaySlip.run_id == run.id, PaySlip.blocked_by.is_(None))
    wages, gross, net = db.session.execute(paid).one()
    return wages, dirhams(int(gross)), dirhams(int(net))


def changes_of(run: PayrollRun) -> int:
    """How many wages calculating the run again has changed, each time counted."""
    return db.session.scalar(select(func.count(PayrollChange.id)).filter_by(run_id=run.id)) or 0


def raised_slips(answer: str = "yes") -> Select[tuple[int]]:
    """Ids of the slips whose wage the run raised to the minimum wage; of the others for any answer but `yes`."""
    lifted = PaySlip.wage > PaySlip.contract_wage
    return select(PaySlip.id).where(lifted if answer == "yes" else not_(lifted))


def raises_of(run: PayrollRun) -> tuple[int, Decimal]:
    """How many wages of a run were raised to the minimum wage, and by how much together, in dirhams a month."""
    more = func.sum(type_coerce(PaySlip.wage, BigInteger) - type_coerce(PaySlip.contract_wage, BigInteger))
    raised = select(func.count(PaySlip.id), func.coalesce(more, 0))
    count, sum_of = db.session.execute(raised.where(PaySlip.run_id == run.id, PaySlip.id.in_(raised_slips()))).one()
    return count, dirhams(int(sum_of))


def over_full_month(answer: str = "yes") -> Select[tuple[int]]:
    """Ids of the slips that count the most days of a month, and more were worked; of the others unless `yes`."""
    line, sheet = AttendanceLine, AttendanceSheet
    more = exists().where(
        line.contract_id == PaySlip.contract_id,
        line.sheet_id == sheet.id,
        sheet.month == PaySlip.month,
        line.days > PaySlip.days,
    )
    counts_fewer = and_(PaySlip.kind != SlipKind.reversal, PaySlip.days > 0, more)
    return select(PaySlip.id).where(counts_fewer if answer == "yes" else not_(counts_fewer))


def slips_over_full_month(run: PayrollRun) -> int:
    """How many wages of a run count fewer days than were worked."""
    slips = select(func.count(PaySlip.id)).where(PaySlip.run_id == run.id, PaySlip.id.in_(over_full_month()))
    return db.session.scalar(slips) or 0


def open_edition() -> Edition | None:
    """The edition under way, else the latest."""
    return db.session.scalar(select(Edition).order_by(Edition.state != EditionState.open, Edition.year.desc()).limit(1))


def edition_of_month(month: date) -> Edition:
    """The edition that a month falls in, the latest of several; LookupError when there is none."""
    editions = select(Edition).where(Edition.starts_on <= months.last_day(month), Edition.ends_on >= month)
    edition = db.session.scalar(editions.order_by(Edition.year.desc()).limit(1)) or open_edition()
    if edition is None:
        raise LookupError(f"no edition holds {month:%Y-%m}")
    return edition


def is_empty() -> bool:
    """Whether nothing but the seeds is recorded."""
    return db.session.scalar(select(func.count(Carrier.id))) == 0


def agreements_of_another_carrier() -> list[Agreement]:
    """Agreements, ended and terminated ones left out, that name another carrier than that of their project."""
    agreements = select(Agreement).join(Agreement.project).where(Agreement.carrier_id != Project.carrier_id)
    return list(db.session.scalars(agreements.where(Agreement.state.not_in(AGREEMENT_OVER)).order_by(Agreement.id)))


def frozen_runs() -> list[PayrollRun]:
    """Frozen runs in the order of their months."""
    return list(
        db.session.scalars(select(PayrollRun).where(PayrollRun.frozen_at.is_not(None)).order_by(PayrollRun.month))
    )
