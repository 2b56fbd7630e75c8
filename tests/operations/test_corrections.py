"""A day found after the lock: a dated line beside the sheet, and the wage taken back where it was frozen."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from awrash.database.session import db
from awrash.models import AttendanceCorrection, AttendanceLine, PayrollRun, PaySlip
from awrash.operations import payroll
from awrash.records.accounts import Role, user_by_email
from awrash.values.states import RunState, Situation
from tests.doors import run
from tests.world import a_world

MAY = date(2026, 5, 1)
NOW = datetime(2026, 6, 4, 10, tzinfo=UTC)


@pytest.fixture
def may(app):
    """A locked sheet of May with 26 days for one person, whose wage nothing stops."""
    world = a_world()
    db.session.commit()
    return world


def officer(role):
    return user_by_email(f"{role.value}@example.ma")


def pay(month=MAY, freeze=True):
    made = payroll.open_run(month)
    payroll.calculate_payroll(made, officer(Role.payroll_officer), NOW)
    payroll.approve_payroll(made, officer(Role.head_of_unit))
    if freeze:
        payroll.freeze_payroll(made, NOW)
    db.session.commit()


def correct(visitor, world, days="24", situation="IL", reason="غياب تبين بعد القفل"):
    address = f"/admin/attendance_correction/of/?id={world.line.id}"
    visitor.get(address)
    return visitor.post(address, days_worked=days, situation=situation, reason=reason)


def slips():
    db.session.expire_all()
    asked = select(PaySlip).order_by(PaySlip.run_id, PaySlip.id)
    return [(f"{slip.run.month:%m}", slip.kind.value, slip.days, slip.gross) for slip in db.session.scalars(asked)]


def test_a_correction_stands_beside_the_line_that_stays_as_locked(may, visit):
    visitor = visit(Role.field_officer)
    assert correct(visitor, may).status == 302
    db.session.expire_all()
    assert (may.line.days_worked, may.line.situation) == (26, Situation.present)
    assert (may.line.days, may.line.said) == (24, Situation.IL)
    page = visitor.get(f"/admin/attendance_sheet/details/?id={may.sheet.id}")
    assert page.soup.select_one("td.total del").get_text() == "26"
    assert page.soup.select_one("td.total strong").get_text() == "24"
    assert page.says("غياب تبين بعد القفل")


def test_the_payroll_pays_the_corrected_days(may, visit):
    correct(visit(Role.field_officer), may)
    pay()
    assert [slip[1:3] for slip in slips()] == [("regular", 24)]
    assert db.session.scalar(select(PaySlip.situation)) == Situation.IL


def test_a_frozen_wage_is_taken_back_and_paid_again_in_the_next_payroll(may, visit):
    pay()
    page = correct(visit(Role.payroll_officer), may)
    assert page.status == 302
    found = slips()
    assert [slip[:3] for slip in found] == [
        ("05", "regular", 26), ("06", "reversal", 26), ("06", "correction", 24),
    ]  # fmt: skip
    assert found[1][3] == -found[0][3]
    assert run(visit().client.application, "check").exit_code == 0


def test_a_second_correction_stands_in_the_place_of_the_first(may, visit):
    pay()
    correct(visit(Role.payroll_officer), may, "24")
    correct(visit(Role.payroll_officer), may, "20", reason="ورقة الحضور مراجعة")
    assert [slip[:3] for slip in slips()] == [
        ("05", "regular", 26), ("06", "reversal", 26), ("06", "correction", 20),
    ]  # fmt: skip


def test_a_correction_of_a_corrected_frozen_wage_takes_the_correction_back(may, visit):
    pay()
    correct(visit(Role.payroll_officer), may, "24")
    pay(date(2026, 6, 1))
    correct(visit(Role.payroll_officer), may, "25", reason="ورقة الحضور مراجعة")
    back = db.session.scalars(select(PaySlip).where(PaySlip.month == MAY).order_by(PaySlip.id)).all()[-2:]
    assert [(slip.kind.value, slip.days, slip.run.month.month) for slip in back] == [
        ("reversal", 24, 7), ("correction", 25, 7),
    ]  # fmt: skip


def test_an_approved_payroll_is_reviewed_again_after_a_correction_lands_in_it(may, visit):
    pay()
    pay(date(2026, 6, 1), freeze=False)
    correct(visit(Role.payroll_officer), may)
    db.session.expire_all()
    june = db.session.scalar(select(PayrollRun).where(PayrollRun.month == date(2026, 6, 1)))
    assert (june.state, june.approved_by) == (RunState.calculated, None)


@pytest.mark.parametrize(
    "typed, said",
    [
        ({"days": "32"}, "covers only 31 days"),
        ({"days": "26", "situation": "present"}, "nothing to correct"),
        ({"days": "5", "situation": "CS"}, "no day worked"),
        ({"reason": " "}, "fill it in"),
        ({"days": "-1"}, "below zero"),
    ],
)
def test_a_refused_correction_says_why_and_keeps_what_was_typed(may, visit, typed, said):
    visitor = visit(Role.field_officer)
    visitor.post("/language/en")
    page = correct(visitor, may, **typed)
    assert page.status == 422
    assert said in page.flashes, page.flashes
    assert db.session.scalar(select(AttendanceCorrection)) is None
    assert page.soup.select_one("input[name=days_worked]")["value"] == typed.get("days", "24")


def test_only_a_line_that_exists_is_corrected_and_by_whom_it_concerns(may, visit):
    assert visit(Role.field_officer).get("/admin/attendance_correction/of/?id=999").status == 404
    assert visit(Role.field_officer).get("/admin/attendance_correction/of/").status == 404
    assert correct(visit(Role.complaints_officer), may).status == 403
    page = visit(Role.auditor).get(f"/admin/attendance_sheet/details/?id={may.sheet.id}")
    assert not page.soup.select("a[href*='attendance_correction/of']")


HEADER = "worksite.code;month;participant.cnie;days_worked;situation;reason\n"


def imported(app, tmp_path, kind, text):
    file = tmp_path / "in.csv"
    file.write_text(text, encoding="utf-8-sig")
    return run(app, "import", kind, str(file))


def test_corrections_come_in_from_a_file_once(may, app, tmp_path):
    text = HEADER + "W-1;2026-05;J100001;24;IL;غياب\n"
    assert imported(app, tmp_path, "corrections", text).exit_code == 0
    assert imported(app, tmp_path, "corrections", text).exit_code == 0
    assert db.session.scalars(select(AttendanceCorrection.days_worked)).all() == [24]


@pytest.mark.parametrize(
    "line, said",
    [
        ("W-1;2026-05;J100001;32;;غياب", "2:days_worked:within_contract:"),
        ("W-1;2026-05;J100001;24;;", "2:reason:required:"),
        ("W-1;2026-06;J100001;24;;غياب", "2:days_worked:correction_of_locked:"),
    ],
)
def test_a_file_of_corrections_is_refused_line_by_line(may, app, tmp_path, line, said):
    done = imported(app, tmp_path, "corrections", HEADER + line + "\n")
    assert done.exit_code == 1
    assert said in done.stderr, done.stderr
    assert db.session.scalar(select(AttendanceCorrection)) is None


DAYS = ";".join(str(day) for day in range(1, 31))


def test_a_sheet_with_a_column_a_day_comes_in_as_marks(may, app, tmp_path):
    marks = ["P"] * 5 + [""] + ["A"] + ["p"] * 3
    line = ";".join(["W-1", "2026-06", "J100001", *marks])
    done = imported(app, tmp_path, "attendance", f"worksite.code;month;participant.cnie;{DAYS}\n{line}\n")
    assert done.exit_code == 0, done.stderr
    june = db.session.scalars(select(AttendanceLine)).all()[-1]
    assert (june.marks, june.days_worked) == ("PPPPP.APPP", 8)


def test_days_that_are_not_the_marks_are_refused(may, app, tmp_path):
    header = "worksite.code;month;participant.cnie;days_worked;marks\n"
    done = imported(app, tmp_path, "attendance", header + "W-1;2026-06;J100001;9;PPP\n")
    assert done.exit_code == 1
    assert "2:marks:day_by_day:" in done.stderr
    assert imported(app, tmp_path, "attendance", header + "W-1;2026-06;J100001;3;PPP\n").exit_code == 0
