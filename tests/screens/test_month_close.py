"""The month's close in a real Chromium: from attendance to paid, with ten blockers mended on the way."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from awrash.database.session import db
from awrash.models import AttendanceSheet, Payment, PayrollRun
from awrash.operations import declarations, payments, payroll, people
from awrash.records.accounts import Role, user_by_email
from awrash.reports import blocked_wages
from awrash.values import identifiers
from awrash.values.states import AccountState, PaymentState, RunState, SheetState
from tests import servers
from tests.browser import PHONE, WIDE, Window, chromium, follow
from tests.conftest import PASSWORD
from tests.screens.test_office_day import confirm
from tests.world import a_contract, a_participant, a_world, with_room

JUNE = date(2026, 6, 1)
PHONE_OF_TWO = "+212612345678"
PEOPLE = 10


def rib(number):
    return identifiers.rib.with_key(f"350810{number:016d}")


@pytest.fixture
def office(app):
    """A worksite of eleven people in June; May was paid, and one of its transfers came back."""
    world = with_room(a_world())
    with db.session.no_autoflush:
        world.site.places = PEOPLE + 1
        world.people = []
        for number in range(PEOPLE):
            person = a_participant(f"J20000{number}")
            person.rib, person.given_name_fr = rib(number + 1), f"AMINA {'ABCDEFGHIJ'[number]}"
            person.account_state = AccountState.verified
            contract = a_contract(person, world.site, f"K-{number + 2}")
            contract.starts_on = JUNE
            db.session.add(contract)
            world.people.append(person)
    db.session.flush()
    may_paid_and_one_came_back(world)
    stop_ten(world)
    db.session.commit()
    with servers.live_server(app) as address, chromium() as browser:
        windows = []

        def sit(role, size=WIDE):
            window = Window(browser, address, size)
            windows.append(window)
            window.sign_in(f"{role.value}@example.ma", PASSWORD)
            window.choose("ar", "light")
            return window.page

        yield sit, world
        for window in windows:
            window.context.close()


def may_paid_and_one_came_back(world):
    payer, head = (user_by_email(f"{role.value}@example.ma") for role in (Role.payroll_officer, Role.head_of_unit))
    at = datetime(2026, 6, 4, 10, tzinfo=UTC)
    run = payroll.open_run(date(2026, 5, 1))
    payroll.calculate_payroll(run, payer, at)
    payroll.approve_payroll(run, head)
    payroll.freeze_payroll(run, at)
    for declaration in run.declarations:
        declarations.make_declaration(declaration)
        declarations.record_upload(declaration, date(2026, 6, 5), payer)
        declarations.accept_declaration(declaration)
    payment = run.slips[0].payments[0]
    payments.send_payment(payment, date(2026, 6, 5))
    payments.record_rejected(payment, "الحساب مغلق")


def stop_ten(world):
    """Each in another way: no account, one unverified, one shared, two unapproved, a phone, another payroll."""
    a, b, c, d, e, f, g, h = world.people[:8]
    a.rib, a.account_state = None, AccountState.none
    b.account_state = AccountState.being_opened
    db.session.flush()
    c.rib = d.rib
    db.session.flush()
    people.verify_account(c)
    e.contracts[0].anapec_approved_on = f.contracts[0].anapec_approved_on = None
    g.phone = h.phone = PHONE_OF_TWO
    world.people[8].declared_elsewhere_by = "شركة أركان"
    world.carrier.cnss_affiliation = None


def first_of(page, cause):
    """Open the drawer of the first person whom a cause stops; how many there were."""
    page.goto(f"/admin/stopped/?cause={cause}")
    count = int(page.locator("h1 small.number").inner_text())
    page.locator("a[data-drawer]").first.click()
    page.wait_for_selector("dialog[open] #drawer")
    return count


def save(page, **typed):
    for name, value in typed.items():
        page.fill(f"dialog [name={name}]", value)
    page.click("dialog form:has(.fields) button[data-once]")


def press(page, verb):
    page.click(f"dialog button[value={verb}]")


def left(page, count):
    """The list behind the drawer, read anew."""
    page.wait_for_selector(".says.success")
    assert page.locator("h1 small.number").inner_text() == str(count)
    assert page.locator("dialog[open]").count() == 0


def mend_all(page, clerk_of_wages):
    """Ten lines, each mended by its own field or verb."""
    count = first_of(page, "declared_by_carrier")
    save(page, cnss_affiliation="1234561")
    left(page, 0)
    assert count == PEOPLE + 1
    for remaining in (1, 0):
        assert first_of(page, "contract_approved") == remaining + 1
        press(page, "approve_anapec")
        left(page, remaining)
    for number, remaining in ((901, 1), (None, 0)):
        assert first_of(page, "bank_account") == remaining + 1
        if page.locator("dialog [name=rib]").input_value() == "":
            save(page, rib=rib(number or 901))
            page.wait_for_selector("dialog .says.error")
        press(page, "verify_account")
        left(page, remaining)
    assert first_of(page, "account_of_one_person") == 2
    save(page, rib=rib(902))
    left(page, 0)
    first_of(page, "bank_account")
    press(page, "verify_account")
    left(page, 0)
    assert first_of(page, "phone_of_one_person") == 2
    save(page, phone_answer="زوجان، تم التحقق من البطاقتين")
    left(page, 1)
    first_of(page, "phone_of_one_person")
    save(page, phone="0699999999")
    left(page, 0)
    assert first_of(page, "not_declared_elsewhere") == 1
    save(page, declared_elsewhere_until="31/05/2026")
    left(page, 0)
    assert first_of(clerk_of_wages, "payment_rejected") == 1
    press(clerk_of_wages, "reissue")
    left(clerk_of_wages, 0)


def step(page, record, verb, **asked):
    """Take the first record of a list one step further from its own page."""
    page.goto(f"/admin/{record}/")
    follow(page.locator("tbody tr td a").first)
    follow(page.locator(f".head button[value={verb}]"))
    for name, value in asked.items():
        page.fill(f"main [name={name}]", value)
    confirm(page)


@pytest.mark.parametrize("seeded", ["sqlite"], indirect=True)
def test_a_month_goes_from_attendance_to_paid_with_ten_blockers_mended_on_the_way(office):
    sit, _w = office
    field, head, payer = (
        sit(Role.field_officer, PHONE), sit(Role.head_of_unit), sit(Role.payroll_officer),
    )  # fmt: skip
    step(head, "worksite", "open_sheet", month="2026-06")
    head.goto("/admin/attendance_sheet/")
    follow(head.locator("tbody tr td a").first)
    for total in head.locator("td.total input").all():
        total.fill("26")
    head.click("#sheet button.main")
    head.wait_for_selector(".says.success")
    assert first_of(field, "attendance_locked") == PEOPLE + 1
    press(field, "lock")
    left(field, 0)
    mend_all(head, payer)
    assert blocked_wages.count_blocked(blocked_wages.months_owed(JUNE)) == 0
    db.session.rollback()

    payer.goto("/admin/payroll_run/new/")
    payer.fill("input[name=month]", "2026-06")
    follow(payer.locator("main button.main"))
    follow(payer.locator(".head button[value=calculate]"))
    confirm(payer)
    step(head, "payroll_run", "approve")
    step(head, "payroll_run", "freeze")
    for verb in ("make", "upload", "accept"):
        step(payer, "declaration", verb)
    payer.goto("/admin/payment/?flt_state=due")
    payer.locator("[data-tick-all]").check()
    follow(payer.locator(".bulk button[value=send]"))
    confirm(payer)
    payer.goto("/admin/payment/?flt_state=sent")
    payer.locator("[data-tick-all]").check()
    follow(payer.locator(".bulk button[value=paid]"))
    confirm(payer)
    db.session.expire_all()
    run = db.session.scalar(select(PayrollRun).filter_by(month=JUNE))
    assert run.state == RunState.frozen
    assert [slip.blocked_by for slip in run.slips] == [None] * (PEOPLE + 1)
    states = db.session.scalars(select(Payment.state)).all()
    assert sorted(states) == sorted([PaymentState.reissued, *[PaymentState.paid] * (PEOPLE + 2)])
    assert db.session.scalar(select(AttendanceSheet.state).filter_by(month=JUNE)) == SheetState.locked
