"""The month's run: set by set in the database, and the same as the rules and the formula say one by one."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select

from awrash.database.session import db
from awrash.models import AttendanceLine, AttendanceSheet, Contract, Participant, Payment, PayrollRun, PaySlip
from awrash.operations import attendance, payroll, people
from awrash.records.accounts import Role, user_by_email
from awrash.records.dated_figures import Parameter
from awrash.reports import month_wages, payroll_totals
from awrash.rules.check import refusals_of
from awrash.rules.payability import PAYABLE
from awrash.rules.rule import RuleError
from awrash.values.money import dirhams
from awrash.values.states import PaymentState, SheetState, Situation, SlipKind
from tests.world import a_world

LAST = date(2026, 10, 1)
NOW = datetime(2026, 11, 3, 10, tzinfo=UTC)


def officer(role=Role.payroll_officer):
    return user_by_email(f"{role.value}@example.ma")


def calculated(month=LAST) -> PayrollRun:
    run = payroll.open_run(month)
    payroll.calculate_payroll(run, officer(), NOW)
    return run


def frozen(month=LAST) -> PayrollRun:
    run = calculated(month)
    payroll.approve_payroll(run, officer(Role.head_of_unit))
    payroll.freeze_payroll(run, NOW)
    return run


def stops(slip) -> list[str]:
    """What the rules say of one slip, one after the other."""
    found = []
    for rule in PAYABLE:
        try:
            rule.check(slip)
        except RuleError as refusal:
            found.append(refusal.code)
    return found


def test_the_run_stops_whom_the_rules_stop_and_nobody_else(prefecture):
    run = calculated()
    assert len(run.slips) == 1364
    seen = set()
    for slip in run.slips:
        assert (slip.blocked_by or "").split() == stops(slip), str(slip)
        seen |= set(stops(slip))
    assert len(seen) >= 7


def test_each_slip_is_what_its_own_explanation_comes_to(prefecture):
    for slip in calculated().slips:
        lines = {code: facts for code, facts in month_wages.explain(slip) if code != "share"}
        shares = [facts for code, facts in month_wages.explain(slip) if code == "share"]
        assert dirhams(lines["gross"]["gross"]) == slip.gross
        assert dirhams(lines["capped"]["capped"]) == slip.capped
        assert dirhams(lines["net"]["net"]) == slip.net
        assert dirhams(lines.get("tax", {"tax": 0})["tax"]) == slip.income_tax
        assert dirhams(sum(share["amount"] for share in shares)) == slip.employee_share + slip.employer_share


def test_a_wage_over_the_ceiling_is_capped_and_a_raise_of_the_smig_lifts_the_wage(prefecture):
    slips = {slip.contract_wage: slip for slip in calculated().slips if slip.days == 26}
    # 6,500 gross; capped branches on 6,000: 19.80 + 11.40 + 237.60; AMO on 6,500: 146.90
    assert slips[Decimal("6500.00")].capped == Decimal("6000.00")
    assert slips[Decimal("6500.00")].employee_share == Decimal("415.70")
    # a year of 78,000: 35 % expenses, 45,711.60 taxable, a tenth of what it has over 40,000, shared by twelve
    assert slips[Decimal("6500.00")].income_tax == Decimal("47.60")
    assert slips[Decimal("6500.00")].net == Decimal("6036.70")
    assert {slip.income_tax for wage, slip in slips.items() if wage < Decimal("5000.00")} == {Decimal("0.00")}
    db.session.rollback()
    db.session.add(Parameter(name="smig_hourly", since=date(2026, 10, 1), value=Decimal("18.50"), reference="Décret"))
    db.session.flush()
    lifted = {slip.contract_wage: slip for slip in calculated().slips if slip.days == 26}[Decimal("3422.72")]
    assert lifted.wage == Decimal("3533.50")
    assert lifted.gross == Decimal("3533.50")


def test_a_person_who_leaves_is_paid_the_days_worked_and_nothing_after(app):
    world = a_world()
    sheet = AttendanceSheet(worksite=world.site, month=date(2026, 6, 1))
    AttendanceLine(sheet=sheet, contract=world.contract, days_worked=13, situation=Situation.SO)
    db.session.add(sheet)
    attendance.lock_attendance(sheet, date(2026, 6, 30))
    people.end_contract(world.contract, date(2026, 6, 15), "استقالة")
    june = calculated(date(2026, 6, 1)).slips[0]
    # 3,422.72 × 13 / 26 = 1,711.36; employee 5.65 + 3.25 + 67.77 + 38.68
    assert (june.gross, june.employee_share, june.net) == tuple(map(Decimal, ("1711.36", "115.35", "1596.01")))
    assert june.situation == Situation.SO
    assert calculated(date(2026, 7, 1)).slips == []


def test_calculating_again_changes_nothing_that_has_not_changed(prefecture):
    first = payroll.seal_of(calculated())
    assert payroll.seal_of(calculated()) == first


def test_who_calculated_a_payroll_cannot_approve_it(prefecture):
    run = calculated()
    with pytest.raises(RuleError, match="2026-10"):
        payroll.approve_payroll(run, officer())


@pytest.mark.parametrize(
    "work",
    [
        lambda run: calculated(run.month),
        lambda run: setattr(run, "seal", "x"),
        lambda run: setattr(run.slips[0], "net", Decimal("1.00")),
        lambda run: db.session.delete(run.slips[0]),
    ],
)
def test_a_frozen_run_never_changes(prefecture, work):
    run = frozen()
    with pytest.raises(RuleError) as refused:
        work(run)
        db.session.flush()
    assert refused.value.code in ("frozen_run", "slip_of_frozen_run")


def test_a_frozen_run_owes_each_wage_once_and_its_seal_holds(prefecture):
    run = frozen()
    totals = payroll_totals.run_totals(run)
    due = [
        payment.amount
        for payment in db.session.scalars(select(Payment).join(Payment.pay_slip).filter_by(run_id=run.id))
    ]
    assert len(due) == totals["slips"] - totals["blocked"] - sum(
        1 for slip in run.slips if not slip.blocked_by and (not slip.net or slip.kind == SlipKind.reversal)
    )
    assert sum(due) == sum(slip.net for slip in run.slips if not slip.blocked_by)
    assert payroll.seal_of(run) == run.seal


def test_what_a_freeze_writes_set_by_set_obeys_the_rules(prefecture):
    run = frozen()
    payments = list(db.session.scalars(select(Payment).join(Payment.pay_slip).filter_by(run_id=run.id)))
    wages = [slip for slip in run.slips if not slip.blocked_by]
    owed = {slip.contract.worksite.agreement.carrier_id for slip in wages}
    assert sorted(declaration.carrier_id for declaration in run.declarations) == sorted(owed)
    assert len(payments) > 1000 and {payment.state for payment in payments} == {PaymentState.due}
    for record in (*run.declarations, *payments):
        assert [refusal.code for refusal in refusals_of(record, whole=True)] == [], str(record)


def test_a_wage_that_was_stopped_is_paid_by_a_later_run_once_it_is_mended(prefecture):
    slip = db.session.scalar(select(PaySlip).filter_by(blocked_by="bank_account", month=date(2026, 8, 1)))
    people.verify_account(slip.contract.participant)
    made = {(other.month, other.kind) for other in calculated().slips if other.contract is slip.contract}
    corrected = SlipKind.correction
    assert made == {(date(2026, 8, 1), corrected), (date(2026, 9, 1), corrected), (LAST, SlipKind.regular)}


def test_a_slip_is_corrected_by_a_reversal_in_a_later_run(prefecture):
    slip = db.session.scalar(
        select(PaySlip).filter_by(blocked_by=None, month=date(2026, 8, 1), days=26, net=Decimal("3192.04"))
    )
    run = payroll.open_run(LAST)
    payroll.reverse_slip(slip, run, "عد أيام بالخطأ", days=20)
    payroll.calculate_payroll(run, officer(), NOW)
    there = {other.kind: other for other in run.slips if other.contract is slip.contract and other.month == slip.month}
    assert there[SlipKind.reversal].net == -slip.net
    assert there[SlipKind.correction].gross == Decimal("2632.86")


def test_a_figure_that_a_frozen_payroll_used_stays(prefecture):
    smig = db.session.scalar(select(Parameter).filter_by(name="smig_hourly", since=date(2026, 1, 1)))
    smig.value = Decimal("18.00")
    with pytest.raises(RuleError) as refused:
        db.session.flush()
    assert refused.value.code == "used_figure_never_changes"


def test_a_sheet_that_was_locked_never_changes(prefecture):
    sheet = db.session.scalar(select(AttendanceSheet).filter_by(state=SheetState.locked))
    sheet.lines[0].days_worked = 3
    with pytest.raises(RuleError) as refused:
        db.session.flush()
    assert refused.value.code == "line_of_locked_sheet"


def test_the_demonstration_obeys_every_rule(prefecture):
    contracts = select(Contract).order_by(Contract.id)
    for record in [*db.session.scalars(contracts), *db.session.scalars(select(Participant))]:
        for rule in record.__rules__:
            rule.check(record)


def test_wages_that_the_run_lifts_are_listed_with_how_much(prefecture, tour):
    db.session.add(Parameter(name="smig_hourly", since=date(2026, 10, 1), value=Decimal("18.50"), reference="Décret"))
    db.session.flush()
    run = calculated()
    lifted = [slip for slip in run.slips if slip.wage > slip.contract_wage]
    count, sum_of = payroll_totals.raises_of(run)
    assert count == len(lifted) > 1000
    assert sum_of == sum(slip.wage - slip.contract_wage for slip in lifted)
    number = run.id
    db.session.commit()
    visitor = tour(Role.payroll_officer)
    page = visitor.get(f"/admin/payroll_run/details/?id={number}")
    address = page.soup.select_one("main a[href*='flt_raised=yes']")["href"]
    shown = visitor.get(address)
    assert shown.soup.select_one("h1 .number").get_text().replace(".", "") == str(count)
    assert "3.422,72" in shown.text and "3.533,50" in shown.text
    paper = visitor.get(f"/admin/payroll_run/raises/?id={number}")
    amounts = [row.select("bdi.amount") for row in paper.soup.select("tbody tr")]
    assert len(amounts) == count > 0
    used = {(before.get_text(), after.get_text(), more.get_text()) for before, after, more in amounts}
    assert used == {("3.422,72", "3.533,50", "110,78")}
