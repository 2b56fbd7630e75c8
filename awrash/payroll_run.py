"""The month's payroll, worked out in the database set by set with the formula of `payroll.py`.

A statement here passes by the hook: each names the set-based check that stands for the rules, and
a test holds the two together. Frozen runs never change; a correction is a reversal in a later run.
"""

import hashlib
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Select,
    String,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import aliased

from awrash import payroll, periods
from awrash import states as s
from awrash.database import SEARCH_LENGTH, Month, db, word_type
from awrash.figures import Parameter, pay_month
from awrash.models import (
    Agreement,
    AttendanceLine,
    AttendanceSheet,
    Call,
    Carrier,
    Contract,
    Declaration,
    Edition,
    Participant,
    Payment,
    PayrollRun,
    PaySlip,
    Project,
    Worksite,
)
from awrash.money import Money, centimes, dirhams
from awrash.operations import step
from awrash.parameters import Figure
from awrash.rules import settle

PAID_STATES = (s.ContractState.running, s.ContractState.ended)
AMOUNTS = ("contract_wage", "wage", "gross", "capped", "employee_share", "employer_share", "net")
COLUMNS: tuple[str, ...] = (
    "run_id",
    "contract_id",
    "month",
    "kind",
    "days",
    "situation",
    *AMOUNTS,
    "cnss_number",
    "rib",
    "blocked_by",
    "search_text",
    "version",
)


def run_of(month: date) -> PayrollRun | None:
    """The run of a month, or None before it is opened."""
    return db.session.scalar(select(PayrollRun).filter_by(month=month))


def open_run(month: date) -> PayrollRun:
    """The run of a month, opened when there is none."""
    run = run_of(month)
    if run is None:
        run = PayrollRun(month=month)
        db.session.add(run)
        db.session.flush()
    return run


def calculate_payroll(run: PayrollRun, by: Any, at: datetime) -> None:
    """Work out every wage of the month; who can't be paid stays in the run with what stops them.

    A wage that was blocked in an earlier frozen month and no longer is comes in as a corrected slip.
    """
    db.session.refresh(run, with_for_update=True)
    run.calculated_by, run.calculated_at, run.approved_by = by, at, None
    if s.RunState.calculated in s.RUN_STEPS[run.state]:
        step(run, s.RunState.calculated)
    elif run.state != s.RunState.calculated:
        step(run, s.RunState.calculated)  # a frozen run refuses here, with its sentence
    made_here = and_(PaySlip.run_id == run.id, PaySlip.reverses_id.is_(None))
    db.session.execute(delete(PaySlip).where(made_here), execution_options={"vouched_by": "run is not frozen"})
    _insert(_slips(run, run.month, s.SlipKind.regular))
    for month in months_with_blocked(run.month):
        late = _slips(run, month, s.SlipKind.correction).where(Contract.id.in_(blocked_in(month)))
        _insert(late.where(_stops(month).is_(None)))
    db.session.expire(run, ["slips"])


def _insert(slips: Select[Any]) -> None:
    made = insert(PaySlip).from_select(list(COLUMNS), slips)
    db.session.execute(made, execution_options={"vouched_by": "the payable rules, as SQL"})


def months_with_blocked(before: date) -> Iterable[date]:
    asked = select(PayrollRun.month).join(PayrollRun.slips).distinct().order_by(PayrollRun.month)
    frozen = asked.where(PayrollRun.state == s.RunState.frozen, PayrollRun.month < before)
    return db.session.scalars(frozen.where(PaySlip.blocked_by.is_not(None))).all()


def blocked_in(month: date) -> Select[Any]:
    """Contracts blocked in that month's frozen run, and not paid for it since."""
    blocked = aliased(PaySlip)
    settled = select(PaySlip.contract_id).where(
        PaySlip.month == month, PaySlip.kind == s.SlipKind.correction, PaySlip.blocked_by.is_(None)
    )
    return select(blocked.contract_id).where(
        blocked.month == month,
        blocked.kind == s.SlipKind.regular,
        blocked.blocked_by.is_not(None),
        blocked.contract_id.not_in(settled),
    )


def _slips(run: PayrollRun, month: date, kind: s.SlipKind) -> Select[Any]:
    """The slips of a month as one select: attendance, wage, formula, and what stops each."""
    days = func.coalesce(AttendanceLine.days, 0)
    sums = payroll.pay(type_coerce(Contract.monthly_wage, BigInteger), days, pay_month(month))
    situation = func.coalesce(AttendanceLine.said, literal(s.Situation.present.value, String))
    columns = (
        literal(run.id),
        Contract.id,
        literal(month, Month),
        literal(kind, word_type(s.SlipKind)),
        days,
        situation,
        Contract.monthly_wage,
        *(type_coerce(getattr(sums, name), Money) for name in AMOUNTS[1:]),
        Participant.cnss_number,
        Participant.rib,
        _stops(month),
        Participant.search_text,
        literal(1),
    )
    return to_pay(month, *columns)


def to_pay(month: date, *columns: Any) -> Select[Any]:
    """A line for each contract that a month's payroll looks at, with its person, worksite, carrier and sheet beside."""
    return (
        select(*columns)
        .select_from(Contract)
        .join(Contract.participant)
        .join(Contract.worksite)
        .join(Worksite.agreement)
        .join(Agreement.carrier)
        .join(Agreement.project)
        .join(Project.call)
        .join(Call.edition)
        .outerjoin(AttendanceSheet, and_(AttendanceSheet.worksite_id == Worksite.id, AttendanceSheet.month == month))
        .outerjoin(
            AttendanceLine,
            and_(AttendanceLine.sheet_id == AttendanceSheet.id, AttendanceLine.contract_id == Contract.id),
        )
        .where(
            Contract.state.in_(PAID_STATES),
            Contract.starts_on <= periods.last_day(month),
            Contract.ends_on >= month,
        )
    )


def stop_conditions(month: date) -> dict[str, Any]:
    """Each rule of `payable.PAYABLE` as a condition on a line of a month's `to_pay` that it stops, by its code."""
    other = aliased(Participant)
    unsigned = or_(
        Agreement.council_signed_on.is_(None),
        Agreement.carrier_signed_on.is_(None),
        and_(Agreement.tripartite, Agreement.commune_signed_on.is_(None)),
    )
    at_other_bank = and_(
        func.coalesce(Edition.accepted_banks, "") != "",
        Edition.accepted_banks.not_like(literal("%").concat(func.substr(Participant.rib, 1, 3)).concat("%")),
    )
    unverified = or_(Participant.account_state != s.AccountState.verified, Participant.rib.is_(None), at_other_bank)
    shared = exists().where(other.rib == Participant.rib, other.id != Participant.id)
    same_phone = exists().where(other.phone == Participant.phone, other.id != Participant.id)
    most, months = (int(Parameter.on(one, month)) for one in (Figure.full_month_days, Figure.longest_months))
    return {
        "agreement_signed": unsigned,
        "contract_approved": Contract.anapec_approved_on.is_(None),
        "attendance_locked": or_(AttendanceLine.id.is_(None), AttendanceSheet.state != s.SheetState.locked),
        "declared_by_carrier": Carrier.cnss_affiliation.is_(None),
        "bank_account": unverified,
        "account_of_one_person": shared,
        "known_to_cnss": and_(Participant.cnss_number.is_(None), Participant.cnie == ""),
        "phone_of_one_person": and_(Participant.phone_answer.is_(None), same_phone),
        "not_declared_elsewhere": and_(
            Participant.declared_elsewhere_by.is_not(None),
            or_(Participant.declared_elsewhere_until.is_(None), Participant.declared_elsewhere_until >= month),
        ),
        "days_within_month": Participant.id.in_(_with_days_over(most, AttendanceSheet.month == month)),
        "within_twelve_months": Participant.id.in_(_with_days_over(most * months, AttendanceSheet.month <= month)),
    }


def _with_days_over(most: int, of: Any) -> Select[Any]:
    """Ids of the people who have more declared days than allowed on the locked sheets of some months."""
    declared = (
        select(Contract.participant_id)
        .join(Contract.attendance_lines)
        .join(AttendanceLine.sheet)
        .where(AttendanceSheet.state == s.SheetState.locked, of)
    )
    return declared.group_by(Contract.participant_id).having(func.sum(AttendanceLine.days) > most)


def _stops(month: date) -> Any:
    """Codes of what stops a wage, a space between them; NULL when nothing does."""
    codes: Any = literal("", String)
    for code, stopped in stop_conditions(month).items():
        codes = codes.concat(case((stopped, f"{code} "), else_=""))
    return func.nullif(func.rtrim(codes), "")


def approve_payroll(run: PayrollRun, by: Any) -> None:
    """Review and approve, by another person than the one who calculated."""
    if run.state == s.RunState.calculated:
        step(run, s.RunState.reviewed)
    run.approved_by = by
    step(run, s.RunState.approved)


def freeze_payroll(run: PayrollRun, at: datetime) -> None:
    """Freeze the run under a seal; a declaration for each carrier and a payment for each wage follow."""
    run.seal, run.frozen_at = seal_of(run), at
    step(run, s.RunState.frozen)
    _insert_declarations(run)
    _insert_payments(run)


def _insert_declarations(run: PayrollRun) -> None:
    """One declaration for each carrier that has a wage to declare in the run."""
    carriers = (
        select(literal(run.id), Agreement.carrier_id, literal("to_make"), literal(1))
        .select_from(PaySlip)
        .join(PaySlip.contract)
        .join(Contract.worksite)
        .join(Worksite.agreement)
        .where(PaySlip.run_id == run.id, PaySlip.blocked_by.is_(None))
        .distinct()
    )
    made = insert(Declaration).from_select(["run_id", "carrier_id", "state", "version"], carriers)
    db.session.execute(made, execution_options={"vouched_by": "unique run and carrier"})
    db.session.expire(run, ["declarations"])
    for declaration in run.declarations:
        settle(declaration)


def _insert_payments(run: PayrollRun) -> None:
    """One payment for each wage of the run: what is due now, less what a reversal takes back."""
    back = aliased(PaySlip)
    taken_back = (
        select(func.coalesce(func.sum(type_coerce(back.net, BigInteger)), 0))
        .where(
            back.run_id == PaySlip.run_id,
            back.contract_id == PaySlip.contract_id,
            back.month == PaySlip.month,
            back.kind == s.SlipKind.reversal,
        )
        .scalar_subquery()
    )
    due = type_coerce(PaySlip.net, BigInteger) + taken_back
    words = func.coalesce(Participant.cnie, "").concat(" ").concat(func.coalesce(Participant.search_text, ""))
    wages = (
        select(PaySlip.id, type_coerce(due, Money), literal("due"), literal(1), func.substr(words, 1, SEARCH_LENGTH))
        .join(PaySlip.contract)
        .join(Contract.participant)
        .where(PaySlip.run_id == run.id, PaySlip.blocked_by.is_(None), PaySlip.kind != s.SlipKind.reversal, due > 0)
    )
    made = insert(Payment).from_select(["pay_slip_id", "amount", "state", "version", "search_text"], wages)
    db.session.execute(made, execution_options={"vouched_by": "the payable rules, as SQL"})


def seal_of(run: PayrollRun) -> str:
    """SHA-256 over the run's lines and the seal of the frozen run before it."""
    earlier = select(PayrollRun.seal).where(PayrollRun.month < run.month, PayrollRun.seal.is_not(None))
    digest = hashlib.sha256((db.session.scalar(earlier.order_by(PayrollRun.month.desc()).limit(1)) or "").encode())
    lines = select(*(getattr(PaySlip, name) for name in COLUMNS if name not in ("version", "run_id", "search_text")))
    kept = lines.where(PaySlip.run_id == run.id)
    for line in db.session.execute(kept.order_by(PaySlip.contract_id, PaySlip.month, PaySlip.kind)):
        digest.update("|".join("" if one is None else str(one) for one in line).encode())
    return digest.hexdigest()


def reverse_slip(slip: PaySlip, run: PayrollRun, reason: str, days: int | None = None) -> list[PaySlip]:
    """Take a frozen slip back in a later run, and pay the right days when they are given."""
    made = [_twin(slip, run, s.SlipKind.reversal, {name: -getattr(slip, name) for name in AMOUNTS[2:]}, slip.days)]
    if days is not None:
        sums = payroll.pay(centimes(slip.contract.monthly_wage), days, pay_month(slip.month))
        figures = {name: dirhams(getattr(sums, name)) for name in AMOUNTS[1:]}
        made.append(_twin(slip, run, s.SlipKind.correction, figures, days))
    for one in made:
        one.why = reason
    db.session.add_all(made)
    db.session.flush()
    return made


def _twin(slip: PaySlip, run: PayrollRun, kind: s.SlipKind, figures: dict[str, Any], days: int) -> PaySlip:
    kept = {"contract_wage": slip.contract_wage, "wage": slip.wage} | figures
    twin = PaySlip(
        month=slip.month, kind=kind, days=days, situation=slip.situation, rib=slip.contract.participant.rib, **kept
    )
    twin.cnss_number = slip.contract.participant.cnss_number
    twin.run, twin.contract, twin.reverses = run, slip.contract, slip
    return twin


def sheet_of(contract: Contract, month: date) -> AttendanceSheet | None:
    """The sheet of a contract's worksite in a month, or None before it is opened."""
    return db.session.scalar(select(AttendanceSheet).filter_by(worksite_id=contract.worksite_id, month=month))


def rejected_of(contract: Contract, month: date) -> Payment | None:
    """The transfer of a month's wage that the bank sent back and nobody issued again."""
    asked = select(Payment).join(Payment.pay_slip).where(PaySlip.contract_id == contract.id, PaySlip.month == month)
    return db.session.scalar(asked.where(Payment.state == s.PaymentState.rejected))


def explain(slip: PaySlip) -> list[tuple[str, dict[str, Any]]]:
    """The slip's sum told line by line, in centimes, from the figures of its month."""
    return payroll.steps(centimes(slip.contract_wage), slip.days, pay_month(slip.month))
