"""A day at the office in a real Chromium, in each language, at a desk and on a phone: nobody needs another screen."""

from datetime import date

import pytest
from sqlalchemy import select

from awrash.database.session import db
from awrash.models import AttendanceSheet, Carrier, CommitteeSession, Decision, Participant, PayrollRun, Project
from awrash.records.accounts import Role
from awrash.values.states import BENEFITED, ParticipantState, ProjectState, RunState, SessionState, SheetState
from tests import servers
from tests.browser import PHONE, WIDE, Window, chromium, follow
from tests.conftest import PASSWORD

WAYS = [(language, size) for language in ("ar", "fr", "en") for size in (WIDE, PHONE)]
REASON = "أثر مباشر على الساكنة"


@pytest.fixture(scope="module")
def browser():
    with chromium() as opened:
        yield opened


@pytest.fixture
def sit(prefecture, browser):
    """`sit(role, language, size)`: a window signed in on the served demonstration."""
    with servers.live_server(prefecture) as address:
        windows = []

        def enter(role, language="en", size=WIDE):
            window = Window(browser, address, size)
            windows.append(window)
            window.sign_in(f"{role.value}@example.ma", PASSWORD)
            window.choose(language, "light")
            return window

        yield enter
        for window in windows:
            window.context.close()


def confirm(page):
    """Press the button that says what will happen."""
    follow(page.locator("main button[data-once]"))
    page.wait_for_selector("[data-done]")


@pytest.mark.parametrize("language, size", WAYS, ids=[f"{language}-{size['width']}" for language, size in WAYS])
def test_projects_are_approved_and_a_carrier_recorded(sit, language, size):
    window = sit(Role.head_of_unit, language, size)
    page = window.page
    scored = db.session.scalars(select(Project).where(Project.state == ProjectState.scored))
    free = [project for project in scored if not any(held.state in BENEFITED for held in project.carrier.agreements)]
    numbers = [project.id for project in free][:2]
    planned = db.session.scalar(select(CommitteeSession.id).filter_by(state=SessionState.planned))
    db.session.rollback()
    assert numbers
    page.goto("/admin/project/?flt_state=scored")
    for number in numbers:
        page.check(f"input[name=rowid][value='{number}']")
    follow(page.locator(".bulk button[value=approve]"))
    page.select_option("select[name=session]", str(planned))
    page.fill("textarea[name=reason]", REASON)
    confirm(page)
    page.goto("/admin/carrier/new/")
    page.select_option("select[name=kind]", "association")
    page.fill("input[name=name_ar]", "جمعية الأمل")
    page.fill("input[name=name_fr]", "Association Al Amal")
    page.fill("input[name=registration_number]", "R-77")
    page.fill("input[name=ice]", "123")
    page.click("button[data-add-line=officers-lines]")
    page.select_option("select[name=officers-0-role]", "president")
    page.fill("input[name=officers-0-name_ar]", "رئيسة")
    page.fill("input[name=officers-0-name_fr]", "Présidente")
    follow(page.locator("main button.main"))
    page.wait_for_selector("#trouble")
    assert page.locator("#ice-wrong").count() == 1
    assert page.input_value("input[name=officers-0-name_fr]") == "Présidente"
    page.fill("input[name=ice]", "001234567000062")
    follow(page.locator("main button.main"))
    page.wait_for_selector(".says.success")
    db.session.rollback()
    assert {db.session.get(Project, number).state for number in numbers} == {ProjectState.approved}
    asked = select(Decision.reason).where(Decision.project_id.in_(numbers))
    assert set(db.session.scalars(asked)) == {REASON}
    assert db.session.scalar(select(Carrier).filter_by(registration_number="R-77")).officers[0].name_fr == "Présidente"


@pytest.mark.parametrize("language, size", WAYS, ids=[f"{language}-{size['width']}" for language, size in WAYS])
def test_the_month_is_closed_from_attendance_to_the_declarations(sit, language, size):
    month = date(2026, 10, 1)
    page = sit(Role.field_officer, language, size).page
    page.goto("/admin/attendance_sheet/?flt_state=locked&op_state=not")
    page.locator("input[name=rowid]").first.check()
    follow(page.locator(".bulk button[value=lock]"))
    confirm(page)
    payer = sit(Role.payroll_officer, language, size).page
    payer.goto("/admin/payroll_run/new/")
    payer.fill("input[name=month]", "2026-10")
    follow(payer.locator("main button.main"))
    follow(payer.locator(".head button[value=calculate]"))
    confirm(payer)
    head = sit(Role.head_of_unit, language, size).page
    head.goto("/admin/payroll_run/?flt_state=calculated")
    for step in ("approve", "freeze"):
        follow(head.locator("tbody tr td a").first)
        follow(head.locator(f".head button[value={step}]"))
        confirm(head)
        head.goto("/admin/payroll_run/")
    head.goto("/admin/")
    october = head.locator(".stages").last  # the newest of the months that are still open
    assert october.locator("li.done").count() == 5 - october.locator("li:nth-child(2):not(.done)").count()
    db.session.rollback()
    run = db.session.scalar(select(PayrollRun).filter_by(month=month))
    assert run.state == RunState.frozen and run.seal and run.declarations
    left = select(AttendanceSheet.id).where(AttendanceSheet.state != SheetState.locked)
    assert db.session.scalar(left) is None


LONG = "عبدالرحمانالحسيني" * 4
LATIN = "ABDERRAHMANELHOUSSAINI" * 3


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["1400", "390"])
def test_the_longest_names_stay_on_the_screen(sit, prefecture, size):
    person = db.session.scalar(select(Participant).where(Participant.state == ParticipantState.assigned))
    person.family_name_ar, person.given_name_ar = LONG[:80], LONG[:80]
    person.family_name_fr, person.given_name_fr = LATIN[:80], LATIN[:80]
    carrier = person.contracts[0].worksite.agreement.carrier
    carrier.name_ar, carrier.name_fr = (LONG * 3)[:160], (LATIN * 3)[:160]
    db.session.commit()
    addresses = [
        f"/admin/participant/?q={person.cnie}",
        f"/admin/participant/details/?id={person.id}",
        f"/admin/participant/edit/?id={person.id}",
        f"/admin/carrier/details/?id={carrier.id}",
        f"/admin/find/?q={person.cnie}",
        f"/admin/contract/details/?id={person.contracts[0].id}",
        f"/admin/attendance_sheet/details/?id={person.contracts[0].worksite.sheets[-1].id}",
        "/admin/stopped/",
    ]
    db.session.rollback()
    for language in ("ar", "fr"):
        page = sit(Role.file_officer, language, size).page
        for address in addresses:
            assert page.goto(address).status == 200
            wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wider <= 0, f"{address} runs out of the screen by {wider} pixels in {language}"
