"""A payroll calculated again changes what changed and says so; what is approved is what was calculated."""

from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import inspect, select

from awrash.database.session import db
from awrash.models import PayrollChange, PayrollRun, PaySlip
from awrash.operations import payroll, people
from awrash.records import steps
from awrash.records.accounts import Role, user_by_email
from awrash.values.states import AccountState, Recalculated, RunState
from tests.doors import run as command
from tests.world import a_month_to_pay

LAST = date(2026, 10, 1)
FIRST, AGAIN = datetime(2026, 11, 3, 10, tzinfo=UTC), datetime(2026, 11, 4, 10, tzinfo=UTC)


def officer(role=Role.payroll_officer):
    return user_by_email(f"{role.value}@example.ma")


def calculate(at=FIRST):
    run = payroll.open_run(LAST)
    return run, payroll.calculate_payroll(run, officer(), at)


def kept(run):
    """What the database keeps of each wage of a run."""
    asked = select(PaySlip.contract_id, PaySlip.id, PaySlip.version, PaySlip.net).where(PaySlip.run_id == run.id)
    return {line.contract_id: tuple(line) for line in db.session.execute(asked.where(PaySlip.month == LAST))}


def stopped_by_account(run):
    return db.session.scalar(
        select(PaySlip).filter_by(run_id=run.id, blocked_by="bank_account", month=LAST).order_by(PaySlip.id).limit(1)
    )


def test_a_calculation_counts_its_wages_alike_on_both_databases(app):
    a_month_to_pay()
    run = payroll.open_run(date(2026, 5, 1))
    told = [payroll.calculate_payroll(run, officer(), FIRST) for _ in range(2)]
    assert [(change.came, change.changed, change.left, change.stayed) for change in told] == [
        (3, 0, 0, 0),
        (0, 0, 0, 3),
    ]


def test_a_payroll_calculated_again_touches_only_the_wage_that_changed_and_names_it(prefecture):
    run, first = calculate()
    before, slip = kept(run), stopped_by_account(run)
    people.verify_account(slip.contract.participant)
    told = payroll.calculate_payroll(run, officer(), AGAIN)

    after = kept(run)
    assert {number for number in before if before[number] != after[number]} == {slip.contract_id}
    assert after[slip.contract_id] == (slip.contract_id, slip.id, slip.version, slip.net)
    assert (first.again, told.again, told.changed) == (False, True, 1)
    assert (told.left, told.stayed, told.blocked) == (0, len(before) - 1, first.blocked - 1)
    line = db.session.scalars(select(PayrollChange).filter_by(contract_id=slip.contract_id, month=LAST)).one()
    assert (line.what, line.blocked_before, line.blocked_after) == (Recalculated.changed, "bank_account", None)
    assert (line.net_before, line.net_after, line.at) == (slip.net, slip.net, AGAIN)


def test_months_that_were_stopped_come_in_when_the_payroll_is_calculated_again(prefecture):
    run, _ = calculate()
    slip = db.session.scalar(select(PaySlip).filter_by(blocked_by="bank_account", month=date(2026, 8, 1)))
    people.verify_account(slip.contract.participant)
    told = payroll.calculate_payroll(run, officer(), AGAIN)

    came = db.session.scalars(select(PayrollChange).filter_by(what=Recalculated.came)).all()
    assert told.came == len(came) == 2
    assert {(line.contract_id, line.month) for line in came} == {
        (slip.contract_id, date(2026, 8, 1)),
        (slip.contract_id, date(2026, 9, 1)),
    }
    assert all(line.net_before is None and line.net_after for line in came)
    freed = db.session.scalars(select(PayrollChange).filter_by(what=Recalculated.changed)).one()
    assert told.net - told.net_before == sum(line.net_after for line in came) + freed.net_after


def test_a_wage_that_is_stopped_again_leaves_the_payroll_and_is_named(prefecture):
    slip = db.session.scalar(select(PaySlip).filter_by(blocked_by="bank_account", month=date(2026, 9, 1)))
    person = slip.contract.participant
    people.verify_account(person)
    run, _ = calculate()
    months = {other.month: other.net for other in run.slips if other.contract is slip.contract and other.month < LAST}
    steps.step(person, AccountState.being_opened, name="account_state")
    told = payroll.calculate_payroll(run, officer(), AGAIN)

    left = db.session.scalars(select(PayrollChange).filter_by(what=Recalculated.left)).all()
    assert {line.month: line.net_before for line in left} == months != {}
    assert {line.net_after for line in left} == {None}
    assert (told.left, told.changed) == (len(months), 1)
    stopped = db.session.scalars(select(PayrollChange).filter_by(what=Recalculated.changed)).one()
    assert (stopped.blocked_before, stopped.blocked_after) == (None, "bank_account")
    assert told.net_before - told.net == sum(months.values()) + stopped.net_before


def test_a_payroll_is_checked_without_reading_its_wages(prefecture):
    run, _ = calculate()
    db.session.expire_all()
    steps.step(run, RunState.reviewed)

    assert "slips" in inspect(run).unloaded


def test_nothing_is_written_when_nothing_changed(prefecture):
    slip = db.session.scalar(select(PaySlip).filter_by(blocked_by="bank_account", month=date(2026, 8, 1)))
    people.verify_account(slip.contract.participant)  # months that come in stay in
    run, first = calculate()
    before = kept(run)
    told = payroll.calculate_payroll(run, officer(), AGAIN)

    assert kept(run) == before
    assert (told.changed, told.came, told.left, told.stayed) == (0, 0, 0, first.came)
    assert db.session.scalars(select(PayrollChange)).all() == []
    assert told.net == told.net_before == first.net


def test_a_calculation_says_on_screen_what_it_did(prefecture, tour):
    run, _ = calculate()
    slip = stopped_by_account(run)
    people.verify_account(slip.contract.participant)
    number, person = run.id, slip.contract.participant.family_name_fr
    db.session.commit()
    visitor = tour(Role.payroll_officer)
    visitor.post("/language/en")

    page = visitor.act("payroll_run", "calculate", [number])

    assert "Wages changed: 1, come in: 2, gone: 0" in page.text
    run_page = visitor.get(f"/admin/payroll_run/details/?id={number}")
    listed = visitor.get(run_page.soup.select_one("main a[href*='payroll_change']")["href"])
    assert len(listed.soup.select("tbody tr")) == 3  # this month, and two that were stopped
    assert person in listed.text


def test_a_payroll_that_has_changed_since_is_not_approved_on_screen(prefecture, tour):
    run, _ = calculate()
    people.verify_account(stopped_by_account(run).contract.participant)
    number = run.id
    db.session.commit()
    head = tour(Role.head_of_unit)

    page = head.act("payroll_run", "approve", [number])

    assert "2026-10" in page.flashes and "approved" not in page.text
    assert db.session.get(PayrollRun, number).state == RunState.calculated
    tour(Role.payroll_officer).act("payroll_run", "calculate", [number])
    head.act("payroll_run", "approve", [number])
    db.session.expire_all()
    assert db.session.get(PayrollRun, number).state == RunState.approved


def test_the_command_line_says_what_changed_and_refuses_a_stale_approval(prefecture):
    run, _ = calculate()
    people.verify_account(stopped_by_account(run).contract.participant)
    db.session.commit()
    payer, head = "payroll_officer@example.ma", "head_of_unit@example.ma"

    refused = command(prefecture, "payroll", "approve", "2026-10", "--as", head)
    assert refused.exit_code == 1
    assert "2026-10" in refused.stderr
    assert ": 1," in command(prefecture, "payroll", "run", "2026-10", "--as", payer).output
    approved = command(prefecture, "payroll", "approve", "2026-10", "--as", head)
    assert approved.exit_code == 0, approved.stderr


def test_the_tax_of_a_month_stopped_is_that_of_its_own_month(prefecture):
    run, _ = calculate()
    taxed = [slip for slip in run.slips if slip.income_tax]
    assert taxed
    for slip in taxed:
        assert slip.net == slip.gross - slip.employee_share - slip.income_tax
        assert slip.income_tax > Decimal("0.00")
