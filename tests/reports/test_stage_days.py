"""The days that each gate of each month took: attendance, calculation, approval, declaration, payment."""

import csv
import io
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import event, select

from awrash.database.session import db
from awrash.models import AttendanceSheet, Payment
from awrash.operations import attendance, declarations, payments, payroll
from awrash.records.accounts import Role, user_by_email
from awrash.reports import stage_days
from awrash.reports.stage_days import StageCode
from awrash.values.states import PaymentState
from tests.conftest import TODAY
from tests.reports.test_wage_delays import a_second_site
from tests.world import a_world

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)


def at(day, month=6):
    return datetime(2026, month, day, 10, tzinfo=UTC)


def locked(day):
    world = a_world(kept=False)
    db.session.add_all(vars(world).values())
    db.session.flush()
    if day:
        attendance.lock_attendance(world.sheet, day)
    return world


def calculated(day):
    run = payroll.open_run(MAY)
    payroll.calculate_payroll(run, user_by_email("payroll_officer@example.ma"), day)
    return run


def frozen(run, day):
    payroll.approve_payroll(run, user_by_email("head_of_unit@example.ma"))
    payroll.freeze_payroll(run, day)
    return run


def uploaded(run, day):
    for declaration in run.declarations:
        declarations.make_declaration(declaration)
        declarations.record_upload(declaration, day)


def payment():
    return db.session.scalars(select(Payment).where(Payment.state == PaymentState.due)).one()


def paid(payment, day):
    payments.send_payment(payment, day)
    payments.record_paid(payment, day)


def may(today=TODAY):
    db.session.flush()
    [month] = [month for month in stage_days.stages_of_months(today) if month.month == MAY]
    return month


def days(month):
    return [stage.days for stage in month.stages]


def test_each_gate_takes_the_days_from_the_end_of_the_one_before_it(app):
    locked(date(2026, 6, 2))
    run = frozen(calculated(at(4)), at(5))
    uploaded(run, date(2026, 6, 9))
    paid(payment(), date(2026, 6, 21))

    month = may()

    assert days(month) == [2, 2, 1, 4, 12]
    assert (month.total, month.late, month.is_open, month.due_on) == (21, 11, False, date(2026, 6, 10))
    assert month.longest.code == StageCode.payment and month.run_id == run.id


def test_a_sheet_locked_before_the_month_ends_and_all_on_one_day_takes_no_day(app):
    locked(date(2026, 5, 30))
    run = frozen(calculated(at(31, 5)), at(31, 5))
    uploaded(run, date(2026, 5, 31))
    paid(payment(), date(2026, 5, 31))
    month = may()
    assert (days(month), month.total, month.late, month.longest) == ([0, 0, 0, 0, 0], 0, 0, None)


def test_the_gate_where_a_month_stands_counts_until_today_and_those_after_it_have_no_days(app):
    world = locked(None)
    assert days(may(date(2026, 6, 8))) == [8, None, None, None, None]
    assert may(date(2026, 5, 20)).total == 0  # the month is not over
    attendance.lock_attendance(world.sheet, date(2026, 6, 8))
    assert days(may(date(2026, 6, 10))) == [8, 2, None, None, None]
    run = calculated(at(10))
    assert days(may(date(2026, 6, 13))) == [8, 2, 3, None, None]
    frozen(run, at(13))
    month = may(date(2026, 6, 20))
    assert (days(month), month.stages[3].is_open, month.total, month.late) == ([8, 2, 3, 7, None], True, 20, 10)
    uploaded(run, date(2026, 6, 20))
    assert days(may(date(2026, 6, 25))) == [8, 2, 3, 7, 5]
    assert may(date(2026, 6, 25)).is_open


def test_a_month_calculated_again_counts_until_its_last_calculation(app):
    locked(date(2026, 5, 31))
    calculated(at(2))
    calculated(at(6))
    assert days(may(date(2026, 6, 6)))[:2] == [0, 6]


def test_attendance_is_open_while_somebody_has_no_sheet(app):
    world = locked(date(2026, 5, 31))
    db.session.add(AttendanceSheet(worksite=world.site, month=JUNE))
    db.session.flush()
    months = {month.month: month for month in stage_days.stages_of_months(date(2026, 7, 3))}
    assert days(months[JUNE]) == [3, None, None, None, None]
    db.session.delete(world.site.sheets[-1])
    payroll.open_run(JUNE)
    db.session.flush()
    months = {month.month: month for month in stage_days.stages_of_months(date(2026, 7, 3))}
    assert list(months) == [JUNE, MAY] and days(months[JUNE]) == [3, None, None, None, None]


def test_attendance_is_open_while_one_worksite_of_two_has_no_sheet(app):
    world = locked(date(2026, 5, 31))
    assert days(may(date(2026, 6, 4)))[:2] == [0, 4]
    a_second_site(world)
    assert days(may(date(2026, 6, 4)))[:2] == [4, None]


def test_a_rejected_declaration_opens_its_gate_again(app):
    locked(date(2026, 5, 31))
    run = frozen(calculated(at(2)), at(3))
    uploaded(run, date(2026, 6, 5))
    assert may(date(2026, 6, 9)).stages[3].days == 2
    declarations.reject_declaration(run.declarations[0], "12")
    month = may(date(2026, 6, 9))
    assert (month.stages[3].days, month.stages[3].is_open, month.stages[4].days) == (6, True, None)


def test_a_transfer_issued_again_keeps_the_payment_open_until_it_is_paid(app):
    locked(date(2026, 5, 31))
    run = frozen(calculated(at(2)), at(3))
    uploaded(run, date(2026, 6, 5))
    first = payment()
    payments.send_payment(first, date(2026, 6, 6))
    payments.record_rejected(first, "الحساب مغلق")
    assert days(may(date(2026, 6, 10)))[4] == 5
    paid(payments.reissue_payment(first), date(2026, 6, 15))
    assert (days(may())[4], may().is_open) == (10, False)


def test_the_months_take_the_same_few_statements_however_many(prefecture):
    stage_days.stages_of_months(TODAY)
    counted = []

    def count(*given):
        counted.append(given[2])

    event.listen(db.engine, "before_cursor_execute", count)
    try:
        rows = stage_days.stages_of_months(TODAY)
    finally:
        event.remove(db.engine, "before_cursor_execute", count)
    assert len(rows) == 3 and len(counted) <= 5


@pytest.mark.parametrize(
    "language, longest, so_far",
    [("ar", "الأداء", "إلى الآن"), ("fr", "Paiement", "jusqu’ici"), ("en", "Payment", "so far")],
)
def test_the_screen_says_where_each_month_lost_its_days(tour, language, longest, so_far):
    visitor = tour(Role.payroll_officer)
    visitor.post(f"/language/{language}")
    page = visitor.get("/admin/gates/")
    august, heads = page.soup.select("tbody tr")[-1], page.soup.select("thead th")
    assert longest in august.select("td")[-2].get_text()
    place = august.select("td").index(august.select_one("b.longest").parent)
    assert heads[place].get_text(strip=True) == longest
    assert len(august.select("svg.stage-bar rect")) == 3  # attendance and approval took no day
    assert so_far in page.soup.select("tbody tr")[0].get_text()


def test_the_days_at_each_stage_go_out_as_a_file(tour):
    visitor = tour(Role.auditor)
    text = visitor.client.get("/admin/gates/export/csv/").get_data(as_text=True)
    lines = list(csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=";"))
    assert lines[-1][:7] == ["2026-08", "0", "4", "0", "4", "8", "16"]
    assert len(visitor.client.get("/admin/gates/export/xlsx/").data) > 2_000
    assert visitor.get("/admin/gates/export/exe/").status == 404


@pytest.mark.parametrize("address", ["/admin/", "/admin/paid/"])
def test_the_days_of_the_gates_are_one_click_away(tour, address):
    assert tour(Role.payroll_officer).get(address).soup.select_one("main a[href='/admin/gates/']")
