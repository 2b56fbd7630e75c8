"""The attendance sheet: by day or by sum, within the contract, compared with visits, locked."""

from datetime import date

import pytest
from playwright.sync_api import sync_playwright
from sqlalchemy import select

from awrash.database.session import db
from awrash.models import AttendanceSheet, Visit
from awrash.operations import attendance, people
from awrash.records.accounts import Role
from awrash.values.states import AccountState, SheetState, Situation, WorksiteState
from tests import servers
from tests.browser import follow, sign_in
from tests.conftest import PASSWORD
from tests.doors import run
from tests.world import a_contract, a_participant, a_world, behind

JUNE = date(2026, 6, 1)


@pytest.fixture
def june(app):
    """The open sheet of June, with one person on it."""
    world = a_world()
    world.june = attendance.open_sheet(world.site, JUNE)
    db.session.commit()
    return world


def fill(visitor, world, marks="", days="0", situation="present"):
    line = world.june.lines[0].id
    address = f"/admin/attendance_sheet/fill/?id={world.june.id}"
    typed = {f"marks-{line}": marks, f"days-{line}": days, f"situation-{line}": situation}
    return visitor.post(address, version=str(world.june.version), **typed)


def line_of(world):
    db.session.expire_all()
    return world.june.lines[0]


def test_a_sheet_is_filled_day_by_day_and_its_days_are_counted(june, visit):
    page = fill(visit(Role.field_officer), june, marks="PPPPP.AAM")
    assert page.status == 302
    assert (line_of(june).days_worked, line_of(june).marks) == (5, "PPPPP.AAM")


def test_a_sheet_is_filled_by_the_sum_of_days(june, visit):
    assert fill(visit(Role.field_officer), june, days="٢٠", situation="IL").status == 302
    assert (line_of(june).days_worked, line_of(june).marks, line_of(june).situation) == (20, None, Situation.IL)


@pytest.mark.parametrize(
    "typed, said",
    [
        ({"days": "31"}, "covers only 30 days"),
        ({"days": "many"}, "not a whole number"),
        ({"days": "5", "situation": "CS"}, "no day worked"),
        ({"days": "5", "situation": "XX"}, "not among the choices"),
        ({"marks": "PPX"}, "not one of the letters"),
        ({"marks": "P" * 31}, "does not cover"),
    ],
)
def test_a_line_that_is_refused_says_why_beside_the_name_and_keeps_what_was_typed(june, visit, typed, said):
    visitor = visit(Role.field_officer)
    visitor.post("/language/en")
    page = fill(visitor, june, **typed)
    assert page.status == 422
    assert said in page.soup.select_one("tr.refused .wrong").get_text()
    name, given = next(iter(typed.items()))
    assert page.soup.select_one(f"input[name={name}-{june.june.lines[0].id}]")["value"].startswith(given[:30])
    assert line_of(june).days_worked == 0


def test_nobody_is_marked_outside_the_contract(june, visit):
    people.end_contract(june.contract, date(2026, 6, 10), "استقالة")
    db.session.commit()
    assert fill(visit(Role.field_officer), june, marks="." * 10 + "P").status == 422
    assert fill(visit(Role.field_officer), june, marks="." * 9 + "P").status == 302


def test_a_locked_sheet_is_not_filled_again(june, visit):
    attendance.lock_attendance(june.june, date(2026, 6, 30))
    db.session.commit()
    page = fill(visit(Role.field_officer), june, days="3")
    assert page.status == 422
    assert line_of(june).days_worked == 0


def test_a_locked_sheet_opens_no_form_but_says_to_write_a_correction(june, visit):
    visitor = visit(Role.field_officer)
    visitor.post("/language/en")
    form = f"/admin/attendance_sheet/edit/?id={june.june.id}"
    assert visitor.get(form).status == 200
    attendance.lock_attendance(june.june, date(2026, 6, 30))
    db.session.commit()
    assert visitor.get(form).status == 302
    card = visitor.get(f"/admin/attendance_sheet/details/?id={june.june.id}")
    assert "write a correction of the line" in card.flashes and not card.soup.select(f"a[href='{form}']")


def test_only_the_field_and_the_head_fill_a_sheet(june, visit):
    assert fill(visit(Role.auditor), june, days="3").status == 403
    assert fill(visit(Role.payroll_officer), june, days="3").status == 403


def test_a_sheet_opened_again_only_gains_who_is_new(june, visit):
    fill(visit(Role.field_officer), june, days="20")
    with db.session.no_autoflush:
        other = a_contract(a_participant("J100002"), june.site, "K-2")
        other.participant.rib, other.participant.account_state = None, AccountState.none
    db.session.add(other)
    db.session.commit()
    page = visit(Role.field_officer).act("worksite", "open_sheet", [june.site.id], month="2026-06")
    assert page.status == 200
    sheets = db.session.scalars(select(AttendanceSheet).filter_by(month=JUNE)).all()
    assert [sorted(line.days_worked for line in sheet.lines) for sheet in sheets] == [[0, 20]]


NOT_OPENED = "W-1 · Chantier has not opened: there is no attendance to count."
NOT_ITS_MONTH = "W-1 · Chantier runs from 1 May 2026 to 31 July 2026: 2026-08 is not one of its months."


@pytest.mark.parametrize("door", ["form", "bulk action", "terminal", "import"])
@pytest.mark.parametrize(
    "state, month, refused",
    [
        (WorksiteState.planned, "2026-06", NOT_OPENED),
        (WorksiteState.never_opened, "2026-06", NOT_OPENED),
        (WorksiteState.open, "2026-08", NOT_ITS_MONTH),
        (WorksiteState.suspended, "2026-06", ""),
        (WorksiteState.completed, "2026-06", ""),
    ],
)
def test_a_sheet_opens_only_where_a_worksite_has_opened_and_in_its_months(
    app, visit, tmp_path, door, state, month, refused
):
    world = a_world()
    if door == "import":
        behind(world.contract, ends_on=date(2026, 8, 31))  # or the import finds no contract in August
    behind(world.site, state=state)
    db.session.commit()
    field = visit(Role.field_officer)
    field.post("/language/en")
    if door == "form":
        said = field.post("/admin/attendance_sheet/new/", worksite=str(world.site.id), month=month).flashes
    elif door == "bulk action":
        said = field.act("worksite", "open_sheet", [world.site.id], month=month).flashes
    elif door == "terminal":
        said = run(app, "do", "worksite", "open_sheet", "W-1", "--month", month).stderr
    else:
        line = f"worksite.code;month;participant.cnie;days_worked\nW-1;{month};J100001;5\n"
        (tmp_path / "x.csv").write_text(line)
        said = run(app, "import", "attendance", str(tmp_path / "x.csv")).stderr
    sheets = db.session.scalars(select(AttendanceSheet).where(AttendanceSheet.month > date(2026, 5, 1))).all()
    assert len(sheets) == (not refused), said
    if door in ("form", "import") or state == WorksiteState.open:
        assert refused in said
    elif refused:
        assert "this is only done from" in said or "is already “Never opened”" in said


@pytest.mark.parametrize("answer, state", [(None, SheetState.open), ("كان في رخصة", SheetState.locked)])
def test_a_gap_with_a_visit_is_answered_before_the_lock(june, visit, answer, state):
    fill(visit(Role.field_officer), june, marks="..P")
    june.site.visits.append(Visit(visited_on=date(2026, 6, 3), head_count=0, gap_answer=answer))
    db.session.commit()
    visit(Role.head_of_unit).act("attendance_sheet", "lock", [june.june.id])
    db.session.expire_all()
    assert june.june.state == state


@pytest.mark.parametrize("language, toward_end", [("ar", "ArrowLeft"), ("fr", "ArrowRight")])
def test_the_grid_works_with_the_keyboard(prefecture, language, toward_end):
    sheet = db.session.scalar(select(AttendanceSheet).where(AttendanceSheet.state != SheetState.locked))
    number = sheet.id
    with sync_playwright() as playwright, servers.live_server(prefecture) as address:
        browser = playwright.chromium.launch(**servers.chromium())
        page = browser.new_page(base_url=address)
        sign_in(page, "field_officer@example.ma", PASSWORD)
        follow(page.locator(f"header button[lang={language}]"))
        page.goto(f"/admin/attendance_sheet/details/?id={number}")
        page.locator("td.cell:not(.out)").first.click()
        page.keyboard.type("pp")
        page.keyboard.press("a")
        page.keyboard.press("ArrowDown")
        page.keyboard.press(f"Shift+{toward_end}")
        page.keyboard.press("Shift+ArrowDown")
        page.keyboard.press("p")
        totals = page.locator("td.total input")
        assert [totals.nth(at).input_value() for at in range(3)] == ["2", "2", "2"]
        page.click("#sheet button.main")
        page.wait_for_selector(".says.success")
        browser.close()
    db.session.rollback()
    by_name = sorted(
        db.session.get(AttendanceSheet, number).lines, key=lambda line: line.contract.participant.given_name_ar
    )
    assert sum(line.marks is not None for line in by_name) == 3


def test_a_phone_fills_one_person_at_a_time(prefecture):
    sheet = db.session.scalar(select(AttendanceSheet).where(AttendanceSheet.state != SheetState.locked))
    with sync_playwright() as playwright, servers.live_server(prefecture) as address:
        browser = playwright.chromium.launch(**servers.chromium())
        page = browser.new_page(base_url=address, viewport={"width": 390, "height": 844}, has_touch=True)
        sign_in(page, "field_officer@example.ma", PASSWORD)
        page.goto(f"/admin/attendance_sheet/details/?id={sheet.id}")
        page.click("[data-letter=A]")
        cell = page.locator("td.cell:not(.out)").first
        cell.click()
        assert cell.get_attribute("data-is") == "A"
        assert cell.bounding_box()["height"] >= 44
        browser.close()
