"""The month's payroll, worked out in the database set by set with `values/pay_formula.py`.

Its statements bypass the hook that runs the rules: each names the test that runs them over what it writes. Frozen runs
never change; a correction is a reversal in a later run.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel.speaklater import LazyString
from sqlalchemy import (
    BigInteger,
    Column,
    CursorResult,
    Index,
    MetaData,
    Select,
    String,
    Table,
    UpdateBase,
    and_,
    case,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy.orm import aliased
from sqlalchemy.schema import CreateIndex, CreateTable, DropTable

from awrash.database.columns import SEARCH_LENGTH, Instant, Month, word_type
from awrash.database.record import lock_and_refresh
from awrash.database.session import db
from awrash.models import (
    Agreement,
    AttendanceLine,
    Contract,
    Declaration,
    Participant,
    Payment,
    PayrollChange,
    PayrollRun,
    PaySlip,
    Worksite,
)
from awrash.records.accounts import User
from awrash.records.audit import note_deleted_in_bulk
from awrash.records.dated_figures import pay_month
from awrash.records.derived import KEPT_ON_SLIP
from awrash.records.steps import step
from awrash.reports.month_wages import AMOUNTS, block_codes, blocked_in, months_with_blocked, payable_lines, run_of
from awrash.rules.check import prepare_record
from awrash.rules.steps import starts_from
from awrash.validators import CalculatedAsItIs
from awrash.values import pay_formula
from awrash.values.language import _l, format_in_sentence
from awrash.values.money import Money, centimes, dirhams
from awrash.values.states import (
    Recalculated,
    RunState,
    Situation,
    SlipKind,
)

# the tests that run the rules over what is written here set by set
SLIPS_TESTED = "tests/operations/test_payroll.py::test_the_run_stops_whom_the_rules_stop_and_nobody_else"
CHANGES_TESTED = (
    "tests/operations/test_recalculation.py::"
    "test_a_payroll_calculated_again_touches_only_the_wage_that_changed_and_names_it"
)
FREEZE_TESTED = "tests/operations/test_payroll.py::test_what_a_freeze_writes_set_by_set_obeys_the_rules"

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
    *KEPT_ON_SLIP,
    "contract_number",
    "worksite_code",
    "blocked_by",
    "search_text",
    "version",
)


# The slips as a calculation works them out, before it touches the run: a temporary table of its own connection.
WORKED_OUT = Table(
    "fresh_slip",
    MetaData(),
    *(Column(name, PaySlip.__table__.c[name].type) for name in COLUMNS),
    Index("ix_fresh_slip", "contract_id", "month", "kind"),
    prefixes=["TEMPORARY"],
)


def open_run(month: date) -> PayrollRun:
    """The run of a month, opened when there is none."""
    run = run_of(month)
    if run is None:
        run = PayrollRun(month=month)
        db.session.add(run)
        db.session.flush()
    return run


@dataclass(frozen=True)
class Calculation:
    """What a calculation did: how many wages changed, came, left or stayed, how many are blocked, the net in dirhams.

    `net_before` is the net to pay of the run as it was, `net` as it is now; blocked wages count in neither.
    """

    again: bool
    changed: int
    came: int
    left: int
    stayed: int
    blocked: int
    net_before: Decimal
    net: Decimal

    @property
    def sentence(self) -> LazyString:
        """The result in one sentence, for who asked for the calculation."""
        facts = {name: format_in_sentence(value) for name, value in asdict(self).items()}
        if not self.again:
            return _l("Wages: %(came)s, of which blocked: %(blocked)s. Net to pay: %(net)s dirhams.", **facts)
        if not (self.changed or self.came or self.left):
            return _l("Calculated again: no wage has changed (%(stayed)s). Net to pay: %(net)s dirhams.", **facts)
        return _l(
            "Calculated again. Wages changed: %(changed)s, come in: %(came)s, gone: %(left)s, as they were: %(stayed)s;"
            " blocked now: %(blocked)s. Net to pay: %(net_before)s dirhams before, %(net)s now.",
            **facts,
        )


@starts_from(RunState.open, RunState.calculated)
def calculate_payroll(run: PayrollRun, by: User, at: datetime) -> Calculation:
    """Work out every wage of the month; a wage that can't be paid stays in the run, with the rules that block it.

    A wage that was blocked in an earlier frozen month and no longer is comes in as a corrected slip. Calculated again,
    the run keeps the slips that are as they were, and says what changed of the others.
    """
    lock_and_refresh(run)
    run.calculated_by, run.calculated_at, run.approved_by = by, at, None
    step(run, RunState.calculated)
    with _worked_out(run):
        return _apply(run, at)


@contextmanager
def _worked_out(run: PayrollRun) -> Iterator[None]:
    """The wages of a run as they are now, in the scratch table, for as long as they are looked at."""
    connection = db.session.connection()
    connection.execute(DropTable(WORKED_OUT, if_exists=True))
    connection.execute(CreateTable(WORKED_OUT))
    connection.execute(CreateIndex(next(iter(WORKED_OUT.indexes))))
    _fill(slips_select(run, run.month, SlipKind.regular), run.month)
    for month in months_with_blocked(run.month):
        late = slips_select(run, month, SlipKind.correction).where(Contract.id.in_(blocked_in(month, run)))
        _fill(late.where(block_codes(month).is_(None)), month)
    yield
    connection.execute(DropTable(WORKED_OUT))


def _fill(slips: Select[Any], month: date) -> None:
    """Insert the slips without income tax, then write the tax of the few whose gross reaches the first bracket."""
    connection = db.session.connection()  # not by the session: a scratch table holds no record that has rules
    connection.execute(insert(WORKED_OUT).from_select(list(COLUMNS), slips))
    law = pay_month(month).tax
    if law is None:
        return
    gross, net = (type_coerce(WORKED_OUT.c[name], BigInteger) for name in ("gross", "net"))
    _expenses, _taxable, tax = pay_formula.taxed(gross, gross - net, law)
    reached = and_(WORKED_OUT.c.month == literal(month, Month), gross * law.months > law.brackets[0].over)
    less = {"income_tax": type_coerce(tax, Money), "net": type_coerce(net - tax, Money)}
    connection.execute(update(WORKED_OUT).where(reached).values(less))


def _apply(run: PayrollRun, at: datetime) -> Calculation:
    """Make the run's slips what was worked out, touching only those that differ."""
    ours, same, differs = _compared(run)
    owed = case((PaySlip.blocked_by.is_(None), type_coerce(PaySlip.net, BigInteger)), else_=0)
    count, net = func.count(), func.coalesce(func.sum(owed), 0)
    known, before = db.session.execute(select(count, net).where(ours)).one()
    goes = and_(ours, ~select(WORKED_OUT.c.contract_id).where(same).exists())
    if known:
        _note_changes(run, at)
        note_deleted_in_bulk(PaySlip, goes)
    renewed = {name: WORKED_OUT.c[name] for name in COLUMNS if name not in ("run_id", "version")}
    changed = update(PaySlip).where(ours, same, differs).values(renewed | {"version": PaySlip.version + 1})
    new = select(*WORKED_OUT.c).where(~select(PaySlip.id).where(ours, same).exists())
    vouched = {"vouched_by": SLIPS_TESTED, "synchronize_session": False, "preserve_rowcount": True}
    left = _rows_touched(delete(PaySlip).where(goes), vouched)
    different = _rows_touched(changed, vouched)
    came = _rows_touched(insert(PaySlip).from_select(list(COLUMNS), new), vouched)
    db.session.expire_all()
    after, blocked = db.session.execute(select(net, func.count(PaySlip.blocked_by)).where(ours)).one()
    return Calculation(
        again=bool(known),
        changed=different,
        came=came,
        left=left,
        stayed=known - left - different,
        blocked=blocked,
        net_before=dirhams(int(before)),
        net=dirhams(int(after)),
    )


def _rows_touched(statement: UpdateBase, options: dict[str, Any]) -> int:
    """Execute an insert, update or delete; the number of rows that it touched."""
    result = db.session.execute(statement, execution_options=options)
    assert isinstance(result, CursorResult)  # the session's own types promise less for such a statement
    return result.rowcount


def _compared(run: PayrollRun) -> tuple[Any, Any, Any]:
    """Three conditions: a slip is the run's own, it is of the same wage as a slip worked out, it differs from it."""
    ours = and_(PaySlip.run_id == run.id, PaySlip.reverses_id.is_(None))
    same = and_(*(getattr(PaySlip, name) == WORKED_OUT.c[name] for name in ("contract_id", "month", "kind")))
    key = ("run_id", "contract_id", "month", "kind", "version", "search_text")
    compared = [name for name in COLUMNS if name not in key]
    return ours, same, or_(*(getattr(PaySlip, name).is_distinct_from(WORKED_OUT.c[name]) for name in compared))


def changed_since(run: PayrollRun) -> int:
    """How many wages would be other than calculated if the run were calculated now."""
    ours, same, differs = _compared(run)
    with _worked_out(run):
        changes = select(
            select(func.count()).select_from(PaySlip).join(WORKED_OUT, same).where(ours, differs).scalar_subquery()
            + select(func.count()).where(ours, ~select(WORKED_OUT.c.contract_id).where(same).exists()).scalar_subquery()
            + select(func.count())
            .select_from(WORKED_OUT)
            .where(~select(PaySlip.id).where(ours, same).exists())
            .scalar_subquery()
        )
        return db.session.scalar(changes) or 0


def _note_changes(run: PayrollRun, at: datetime) -> None:
    """Record what calculating again is about to change: each wage, with its net before and after."""
    ours, same, differs = _compared(run)
    word, nothing, no_sum = word_type(Recalculated), literal(None, String), literal(None, Money)
    stamp, old = literal(at, Instant), (PaySlip.net, PaySlip.blocked_by)
    wage, fresh = (PaySlip.contract_id, PaySlip.month), (WORKED_OUT.c.contract_id, WORKED_OUT.c.month)

    def line(what: Recalculated, key: Any, before: Any, after: Any) -> Any:
        sums = (before[0], after[0], before[1], after[1])
        return select(literal(run.id), *key, literal(what, word), *sums, stamp, literal(1))

    none = (no_sum, nothing)
    now = (WORKED_OUT.c.net, WORKED_OUT.c.blocked_by)
    parts = (
        line(Recalculated.changed, wage, old, now).join(WORKED_OUT, same).where(ours, differs),
        line(Recalculated.left, wage, old, none).where(ours, ~select(WORKED_OUT.c.contract_id).where(same).exists()),
        line(Recalculated.came, fresh, none, now).where(~select(PaySlip.id).where(ours, same).exists()),
    )
    names = ["run_id", "contract_id", "month", "what", "net_before", "net_after", "blocked_before", "blocked_after"]
    for part in parts:
        noted = insert(PayrollChange).from_select([*names, "at", "version"], part)
        db.session.execute(noted, execution_options={"vouched_by": CHANGES_TESTED})


def slips_select(run: PayrollRun, month: date, kind: SlipKind) -> Select[Any]:
    """The slips of a month as one select: attendance, wage, formula, and the rules that block each."""
    figures = replace(pay_month(month), tax=None)
    days = pay_formula.least(func.coalesce(AttendanceLine.days, 0), figures.full_days)
    sums = pay_formula.pay(type_coerce(Contract.monthly_wage, BigInteger), days, figures)
    situation = func.coalesce(AttendanceLine.said, literal(Situation.present.value, String))
    columns = (
        literal(run.id),
        Contract.id,
        literal(month, Month),
        literal(kind, word_type(SlipKind)),
        days,
        situation,
        Contract.monthly_wage,
        *(type_coerce(getattr(sums, name), Money) for name in AMOUNTS[1:]),
        Participant.cnss_number,
        Participant.rib,
        *(getattr(Participant, name) for name in KEPT_ON_SLIP),
        Contract.number,
        Worksite.code,
        block_codes(month),
        Participant.search_text,
        literal(1),
    )
    return payable_lines(month, *columns)


@starts_from(RunState.calculated, RunState.reviewed)
def approve_payroll(run: PayrollRun, by: User) -> None:
    """Review and approve a run as it was calculated; refused when a wage would be calculated otherwise today."""
    if run.state == RunState.calculated:
        step(run, RunState.reviewed)
    run.approved_by = by
    step(run, RunState.approved)
    changed = changed_since(run)  # after the step: a page that asks what would refuse the step never waits for it
    if changed:
        CalculatedAsItIs().refuse(count=changed, month=f"{run.month:%Y-%m}")


@starts_from(RunState.reviewed, RunState.approved)
def take_back_approval(run: PayrollRun, reason: str | None) -> None:
    """An approval taken back, so that the wages can be calculated again."""
    run.approved_by = None
    step(run, RunState.calculated, why=reason)


@starts_from(RunState.approved)
def freeze_payroll(run: PayrollRun, at: datetime) -> None:
    """Freeze the run under a seal; a declaration for each carrier and a payment for each wage follow."""
    step(run, RunState.frozen)
    run.seal_version = SEAL_VERSION
    run.seal, run.frozen_at = seal_of(run), at  # after the step: a page that asks what would refuse it reads no wage
    db.session.flush()
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
    db.session.execute(made, execution_options={"vouched_by": FREEZE_TESTED})
    db.session.expire(run, ["declarations"])
    for declaration in run.declarations:
        prepare_record(declaration)


def _insert_payments(run: PayrollRun) -> None:
    """One payment for each wage of the run: what is due now, less what a reversal takes back."""
    back = aliased(PaySlip)
    taken_back = (
        select(func.coalesce(func.sum(type_coerce(back.net, BigInteger)), 0))
        .where(
            back.run_id == PaySlip.run_id,
            back.contract_id == PaySlip.contract_id,
            back.month == PaySlip.month,
            back.kind == SlipKind.reversal,
        )
        .scalar_subquery()
    )
    due = type_coerce(PaySlip.net, BigInteger) + taken_back
    words = func.coalesce(Participant.cnie, "").concat(" ").concat(func.coalesce(Participant.search_text, ""))
    wages = (
        select(PaySlip.id, type_coerce(due, Money), literal("due"), literal(1), func.substr(words, 1, SEARCH_LENGTH))
        .join(PaySlip.contract)
        .join(Contract.participant)
        .where(PaySlip.run_id == run.id, PaySlip.blocked_by.is_(None), PaySlip.kind != SlipKind.reversal, due > 0)
    )
    made = insert(Payment).from_select(["pay_slip_id", "amount", "state", "version", "search_text"], wages)
    db.session.execute(made, execution_options={"vouched_by": FREEZE_TESTED})


# What the seal of a frozen payroll covers of each slip, by version; one that covers more is another version.
SEALED: dict[int, tuple[str, ...]] = {
    1: ("contract_id", "month", "kind", "days", "situation", *AMOUNTS[:-1], "cnss_number", "rib", "blocked_by"),
}
SEALED[2] = (*SEALED[1], "income_tax", *KEPT_ON_SLIP, "contract_number", "worksite_code")
SEAL_VERSION = 2  # the first that covers whom and where: CNIE, names, contract, worksite


def seal_of(run: PayrollRun) -> str:
    """SHA-256 over the run's lines and the seal of the frozen run before it, by the version that sealed it."""
    version = run.seal_version or SEAL_VERSION
    earlier = select(PayrollRun.seal).where(PayrollRun.month < run.month, PayrollRun.seal.is_not(None))
    digest = hashlib.sha256((db.session.scalar(earlier.order_by(PayrollRun.month.desc()).limit(1)) or "").encode())
    lines = select(*(getattr(PaySlip, name) for name in SEALED[version]), PaySlip.income_tax)
    kept = lines.where(PaySlip.run_id == run.id)
    written = _text_of_first_seal if version == 1 else _text_of_line
    for *line, tax in db.session.execute(kept.order_by(PaySlip.contract_id, PaySlip.month, PaySlip.kind)):
        digest.update(written(line, tax).encode())
    return digest.hexdigest()


def _text_of_first_seal(line: list[Any], tax: Decimal) -> str:
    values = [*line, tax] if tax else line  # runs frozen before the tax was known keep their seal
    return "|".join("" if value is None else str(value) for value in values)


def _text_of_line(line: list[Any], _tax: Decimal) -> str:
    return json.dumps([None if value is None else str(value) for value in line])


def sealed_without_names() -> list[PayrollRun]:
    """Payrolls frozen before seals covered whom they pay: their numbers and amounts are verified, their names not."""
    runs = select(PayrollRun).where(PayrollRun.frozen_at.is_not(None), PayrollRun.seal_version < SEAL_VERSION)
    return list(db.session.scalars(runs.order_by(PayrollRun.month)))


@starts_from(RunState.frozen, name="run.state")
def reverse_slip(slip: PaySlip, run: PayrollRun, reason: str, days: int | None = None) -> list[PaySlip]:
    """Take a frozen slip back in a later run, and pay the right days when they are given."""
    made = [_twin(slip, run, SlipKind.reversal, {name: -getattr(slip, name) for name in AMOUNTS[2:]}, slip.days)]
    if days is not None:
        figures_of_month = pay_month(slip.month)
        days = min(days, figures_of_month.full_days)
        sums = pay_formula.pay(centimes(slip.contract.monthly_wage), days, figures_of_month)
        figures = {name: dirhams(getattr(sums, name)) for name in AMOUNTS[1:]}
        made.append(_twin(slip, run, SlipKind.correction, figures, days))
    for twin in made:
        twin.why = reason
    db.session.add_all(made)
    db.session.flush()
    return made


def _twin(slip: PaySlip, run: PayrollRun, kind: SlipKind, figures: dict[str, Any], days: int) -> PaySlip:
    kept = {"contract_wage": slip.contract_wage, "wage": slip.wage} | figures
    twin = PaySlip(
        month=slip.month, kind=kind, days=days, situation=slip.situation, rib=slip.contract.participant.rib, **kept
    )
    twin.cnss_number = slip.contract.participant.cnss_number
    twin.run, twin.contract, twin.reverses = run, slip.contract, slip
    return twin
