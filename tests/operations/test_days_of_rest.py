"""Days of rest and legal holidays: the office's, a worksite's own; in the grid, on paper, in the checks."""

from datetime import date

import pytest
from sqlalchemy import select

from awrash.database.session import db
from awrash.models import AttendanceSheet, Visit
from awrash.operations import attendance
from awrash.papers import catalogue
from awrash.records.accounts import Role
from awrash.records.work_calendar import Holiday, holidays_of
from awrash.values.states import SheetState, Situation, Weekday
from tests.world import a_world

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
SUNDAYS, FRIDAYS = [7, 14, 21, 28], [5, 12, 19, 26]


@pytest.fixture
def june(app):
    """The open sheet of June with one person on it."""
    world = a_world()
    world.june = attendance.open_sheet(world.site, JUNE)
    db.session.commit()
    return world


def a_holiday(day: date, name: str = "Aïd") -> Holiday:
    holiday = Holiday(falls_on=day, name_ar="عيد", name_fr=name, source="Communiqué")
    db.session.add(holiday)
    db.session.commit()
    return holiday


def shaded(page) -> list[int]:
    """The days that the grid shows as days of rest."""
    return [int(head.get_text()) for head in page.soup.select(".sheet-grid thead th.rest")]


def shaded_on_paper(sheet: AttendanceSheet) -> list[int]:
    facts = catalogue.facts_of(catalogue.PAPERS["blank_sheet"], sheet, "ar", date(2026, 11, 23))
    return [place for place, day in enumerate(facts["pages"][0]["days"], 1) if day["rest"]]


def test_the_office_rests_on_sunday_and_not_on_friday(june, visit):
    page = visit(Role.field_officer).get(f"/admin/attendance_sheet/details/?id={june.june.id}")
    assert shaded(page) == SUNDAYS == shaded_on_paper(june.june)


def test_a_worksite_may_rest_on_another_day(june, visit):
    head = visit(Role.head_of_unit)
    head.post("/language/en")
    address = f"/admin/worksite/edit/?id={june.site.id}"
    form = next(form for form in head.get(address).soup.select("main form") if form.select_one("[name=rest_days]"))
    assert {box["value"] for box in form.select("[name=rest_days]")} == {day.value for day in Weekday}
    june.site.rest_days = [Weekday.friday]
    db.session.commit()
    page = head.get(f"/admin/attendance_sheet/details/?id={june.june.id}")
    assert shaded(page) == FRIDAYS == shaded_on_paper(june.june)


def test_the_weekly_rest_of_the_office_is_a_setting_of_its_edition(june, visit):
    june.edition.rest_days = [Weekday.friday, Weekday.sunday]
    db.session.commit()
    page = visit(Role.field_officer).get(f"/admin/attendance_sheet/details/?id={june.june.id}")
    assert shaded(page) == sorted(SUNDAYS + FRIDAYS)


@pytest.mark.parametrize(
    "month, days",
    [
        (date(2026, 1, 1), [1, 11, 14]),
        (MAY, [1]),
        (date(2026, 8, 1), [14, 20, 21]),
        (date(2026, 10, 1), [31]),
        (date(2024, 10, 1), []),
        (date(2023, 1, 1), [1, 11]),
        (date(2026, 11, 1), [6, 18]),
    ],
)
def test_an_installation_begins_with_the_legal_holidays_of_fixed_days(app, month, days):
    assert sorted(day.day for day in holidays_of(month)) == days
    assert all(holiday.source for holiday in db.session.scalars(select(Holiday)))


def test_a_moving_holiday_is_recorded_year_by_year_and_named_over_its_day(june, visit):
    head = visit(Role.head_of_unit)
    head.post("/language/fr")
    typed = {"falls_on": "17/06/2026", "name_ar": "فاتح محرم", "name_fr": "1er Moharram", "source": "Communiqué"}
    assert head.post("/admin/holiday/new/", **typed).status == 302
    page = head.get(f"/admin/attendance_sheet/details/?id={june.june.id}")
    assert shaded(page) == sorted([*SUNDAYS, 17]) == shaded_on_paper(june.june)
    assert page.soup.select_one(".sheet-grid thead th[title='1er Moharram']").get_text() == "17"
    assert holidays_of(date(2027, 6, 1)) == {}


def test_a_day_is_one_holiday(app, visit):
    a_holiday(date(2026, 6, 17))
    head = visit(Role.head_of_unit)
    typed = {"falls_on": "17/06/2026", "name_ar": "عيد", "name_fr": "Fête", "source": "—"}
    assert head.post("/admin/holiday/new/", **typed).status == 422


def test_the_last_worked_day_leaves_the_days_of_rest_out(june, app, visit, monkeypatch):
    a_holiday(date(2026, 6, 30))
    monkeypatch.setitem(app.config, "TODAY", date(2026, 6, 29))
    assert june.june.last_worked_day == date(2026, 6, 29)
    visit(Role.head_of_unit).act("attendance_sheet", "lock", [june.june.id])
    db.session.expire_all()
    assert june.june.state == SheetState.locked


@pytest.mark.parametrize("days, missing", [(26, 1), (25, 0)])
def test_the_sums_of_a_sheet_are_compared_over_the_days_that_are_worked(june, days, missing):
    """June 2026 has 26 days that are no Sunday."""
    attendance.mark_line(june.june.lines[0], "", days, Situation.present)
    june.site.visits.append(Visit(visited_on=date(2026, 6, 3), head_count=0))
    june.site.visits.append(Visit(visited_on=date(2026, 6, 7), head_count=0))
    assert [people for _visit, people in june.june.gaps()] == [1] * missing


def test_who_is_marked_at_work_on_a_day_of_rest_is_told_and_not_refused(june, visit):
    attendance.mark_line(june.june.lines[0], "P.....P", 0, Situation.present)
    db.session.commit()
    field = visit(Role.field_officer)
    field.post("/language/en")
    page = field.get(f"/admin/attendance_sheet/details/?id={june.june.id}")
    assert page.says("People are marked at work on days of rest, 7: make sure that they were there.")
