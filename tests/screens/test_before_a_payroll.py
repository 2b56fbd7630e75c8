"""Before a payroll is approved or frozen, the page says what it is about."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from awrash.database.session import db
from awrash.models import AttendanceLine, AttendanceSheet, Worksite
from awrash.operations import attendance, payroll
from awrash.records.accounts import Role, user_by_email
from awrash.values.states import AccountState, WorksiteState
from tests.world import a_contract, a_month_to_pay, a_participant, a_rib, with_room

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)


def calculate(month):
    run = payroll.open_run(month)
    payroll.calculate_payroll(run, user_by_email("payroll_officer@example.ma"), datetime(2026, 7, 3, tzinfo=UTC))
    return run


def pay(run):
    payroll.approve_payroll(run, user_by_email("head_of_unit@example.ma"))
    payroll.freeze_payroll(run, datetime(2026, 7, 4, tzinfo=UTC))


@pytest.fixture
def june(app):
    """June calculated after May was paid: of four people one has no account, one stands on an open sheet."""
    world = with_room(a_month_to_pay())
    pay(calculate(MAY))
    sheet = attendance.open_sheet(world.site, JUNE)
    for line in sheet.lines:
        line.days_worked = 20
    attendance.lock_attendance(sheet, date(2026, 6, 30))
    world.person.account_state = AccountState.being_opened
    with db.session.no_autoflush:
        site = Worksite(code="W-2", agreement=world.agreement, name_ar="ورش", name_fr="Second", places=5)
        site.opens_on, site.closes_on, site.commune = MAY, date(2026, 7, 31), world.project.commune
        site.state = WorksiteState.open
        contract = a_contract(a_participant("J100008"), site, "K-8")
        contract.participant.rib, contract.starts_on = a_rib(8), JUNE
        contract.participant.account_state = AccountState.none
        AttendanceLine(sheet=AttendanceSheet(worksite=site, month=JUNE), contract=contract, days_worked=20)
    db.session.add_all((site, contract))
    db.session.flush()
    world.run = calculate(JUNE)
    db.session.commit()
    return world


def asked(visitor, run, action):
    """The page that asks before an action."""
    visitor.post("/language/en")
    return visitor.post("/admin/payroll_run/action/", action=action, rowid=[str(run.id)])


@pytest.mark.parametrize("action", ["approve", "freeze"])
def test_a_payroll_says_what_it_is_about_before_it_is_approved_or_frozen(june, visit, action):
    if action == "freeze":
        payroll.approve_payroll(june.run, user_by_email("head_of_unit@example.ma"))
        db.session.commit()
    paid = [slip for slip in june.run.slips if slip.blocked_by is None]
    gross, net = (sum((getattr(slip, name) for slip in paid), Decimal(0)) for name in ("gross", "net"))
    page = asked(visit(Role.head_of_unit), june.run, action)
    assert len(paid) == 2
    assert page.says(f"June 2026: wages to pay: 2. Gross: {gross:,.2f} dirhams, net: {net:,.2f} dirhams.")
    assert page.says("Left out of the pay: 2. One person may be left out for several causes:")
    assert page.says("no verified account: 2") and page.says("attendance not locked: 1")
    assert page.says("Net against May 2026:") and page.says("dirhams less.")
    assert page.says("The attendance of W-2 · Second is not locked: its people are not paid this month.")
    assert page.says("It cannot be taken back") == (action == "freeze")
    assert page.says("the approval can be taken back") == (action == "approve")


def test_the_first_payroll_is_compared_with_none(app, visit):
    a_month_to_pay()
    run = calculate(MAY)
    db.session.commit()
    page = asked(visit(Role.head_of_unit), run, "approve")
    assert page.says("May 2026: wages to pay: 3.") and not page.says("Net against")
    assert not page.says("Left out") and not page.says("is not locked")
