"""Attendance is recorded as it happens: no day to come, no lock before the last day, and another person locks."""

from datetime import UTC, date, datetime
from io import BytesIO

import pytest

from awrash.database.session import db
from awrash.models import Visit
from awrash.operations import attendance, payroll, people
from awrash.records.accounts import Role, user_by_email
from awrash.values.states import SheetState, Situation
from tests.doors import run
from tests.world import a_world

JUNE = date(2026, 6, 1)
AS_THE_FIELD = ("--as", "field_officer@example.ma")
AS_THE_HEAD = ("--as", "head_of_unit@example.ma")
HEADER = "worksite.code;month;participant.cnie;days_worked;marks\n"


@pytest.fixture
def june(app, monkeypatch):
    """The open sheet of June with one person on it, on the tenth of June."""
    monkeypatch.setitem(app.config, "TODAY", date(2026, 6, 10))
    world = a_world()
    world.june = attendance.open_sheet(world.site, JUNE)
    db.session.commit()
    return world


@pytest.fixture
def field(visit):
    visitor = visit(Role.field_officer)
    visitor.post("/language/en")
    return visitor


@pytest.fixture
def head(visit):
    visitor = visit(Role.head_of_unit)
    visitor.post("/language/en")
    return visitor


def fill(visitor, world, marks="", days="0"):
    line = world.june.lines[0].id
    typed = {f"marks-{line}": marks, f"days-{line}": days, f"situation-{line}": "present"}
    return visitor.post(f"/admin/attendance_sheet/fill/?id={world.june.id}", version=str(world.june.version), **typed)


def line_of(world):
    db.session.expire_all()
    return world.june.lines[0]


def lock(visitor, world):
    return visitor.act("attendance_sheet", "lock", [world.june.id])


# ---- days to come


@pytest.mark.parametrize("letter", ["P", "A", "C"])
def test_no_letter_is_typed_on_a_day_to_come(june, field, letter):
    page = fill(field, june, marks="." * 10 + letter)
    assert page.status == 422 and "11 June 2026 is still to come: take the mark off that day." in page.flashes
    assert line_of(june).marks is None
    assert fill(field, june, marks="." * 9 + letter).status == 302


def test_no_more_days_are_typed_than_have_passed(june, field):
    page = fill(field, june, days="11")
    assert page.status == 422 and "has only 10 up to 10 June 2026" in page.flashes
    assert fill(field, june, days="10").status == 302 and line_of(june).days_worked == 10


@pytest.mark.parametrize("cells, refused", [("11;", "passed"), ("1;..........P", "to come"), ("10;", "")])
@pytest.mark.parametrize("door", ["screen", "terminal"])
def test_no_day_to_come_is_imported(app, june, visit, tmp_path, cells, refused, door):
    content = f"{HEADER}W-1;2026-06;J100001;{cells}\n"
    (tmp_path / "june.csv").write_text(content)
    if door == "terminal":
        done = run(app, "import", "attendance", str(tmp_path / "june.csv"), *AS_THE_FIELD)
        assert done.exit_code == bool(refused) and ("no_day_to_come" in done.stderr) == bool(refused)
    else:
        upload = (BytesIO(content.encode()), "june.csv")
        page = visit(Role.field_officer).post("/admin/import/", kind="attendance", file=upload)
        assert page.status == (422 if refused else 200)


def test_what_an_older_office_marked_ahead_stays_while_another_day_is_written(june, field, app, monkeypatch):
    monkeypatch.setitem(app.config, "TODAY", date(2026, 6, 30))
    assert fill(field, june, marks="P" + "." * 13 + "P").status == 302
    monkeypatch.setitem(app.config, "TODAY", date(2026, 6, 10))
    db.session.expire_all()
    assert fill(field, june, marks="PP" + "." * 12 + "P").status == 302
    assert fill(field, june, marks="PP" + "." * 12 + "PP").status == 422


# ---- the lock


@pytest.mark.parametrize("door", ["bulk action", "terminal"])
def test_a_sheet_is_locked_once_its_last_day_of_work_is_there(app, june, head, monkeypatch, door):
    def said():
        if door == "terminal":
            return run(app, "do", "attendance_sheet", "lock", str(june.june.id), *AS_THE_HEAD).stderr
        return lock(head, june).flashes

    assert "its people work until 30 June 2026. Lock it from that day on." in said()
    db.session.expire_all()
    assert june.june.state == SheetState.open
    monkeypatch.setitem(app.config, "TODAY", date(2026, 6, 30))
    said()
    db.session.expire_all()
    assert june.june.state == SheetState.locked


def test_a_sheet_is_locked_early_where_everybody_has_left(june, head):
    people.end_contract(june.contract, date(2026, 6, 9), "استقالة")
    db.session.commit()
    lock(head, june)
    db.session.expire_all()
    assert (june.june.state, june.june.locked_on) == (SheetState.locked, date(2026, 6, 10))


def test_a_sheet_is_not_locked_on_a_day_to_come(app, june):
    done = run(app, "do", "attendance_sheet", "lock", str(june.june.id), "--on", "2026-06-30", *AS_THE_HEAD)
    assert done.exit_code == 1 and "30 June 2026 is still to come" in done.stderr


# ---- who fills doesn't lock


@pytest.mark.parametrize("imported", [False, True])
def test_who_fills_a_sheet_does_not_lock_it(app, june, field, head, monkeypatch, tmp_path, imported):
    monkeypatch.setitem(app.config, "TODAY", date(2026, 6, 30))
    if imported:
        (tmp_path / "june.csv").write_text(f"{HEADER}W-1;2026-06;J100001;20;\n")
        assert run(app, "import", "attendance", str(tmp_path / "june.csv"), *AS_THE_FIELD).exit_code == 0
    else:
        assert fill(field, june, days="20").status == 302
    field.act("attendance_sheet", "fill", [june.june.id])
    assert "field_officer filled W-1 · 2026-06: another person locks it." in lock(field, june).flashes
    db.session.expire_all()
    assert june.june.state == SheetState.filled
    lock(head, june)
    db.session.expire_all()
    assert (june.june.state, june.june.filled_by.name, june.june.locked_by.name) == (
        SheetState.locked,
        "field_officer",
        "head_of_unit",
    )


def test_in_an_office_of_one_person_who_fills_a_sheet_locks_it(app, june, field, monkeypatch):
    monkeypatch.setitem(app.config, "TODAY", date(2026, 6, 30))
    june.edition.one_person_locks = True
    db.session.commit()
    assert fill(field, june, days="20").status == 302
    lock(field, june)
    db.session.expire_all()
    assert june.june.state == SheetState.locked


# ---- sums and visits


@pytest.mark.parametrize("counted, answer, locked", [(1, None, True), (0, None, False), (0, "كان في رخصة", True)])
def test_a_sheet_of_sums_is_compared_with_the_visits(june, field, head, app, monkeypatch, counted, answer, locked):
    monkeypatch.setitem(app.config, "TODAY", date(2026, 6, 30))
    assert fill(field, june, days="30").status == 302
    june.site.visits.append(Visit(visited_on=date(2026, 6, 3), head_count=counted, gap_answer=answer))
    db.session.commit()
    said = lock(head, june).flashes
    db.session.expire_all()
    assert (june.june.state == SheetState.locked) == locked
    assert ("by its sums of days, the sheet has 1 at work each day: write the answer first" in said) == (not locked)


# ---- days over those of a full month


def test_the_days_worked_are_written_as_they_were_and_the_payroll_counts_the_most_of_a_month(
    app, june, field, head, visit, monkeypatch
):
    monkeypatch.setitem(app.config, "TODAY", date(2026, 6, 30))
    assert fill(field, june, days="27").status == 302
    lock(head, june)
    assert line_of(june).days_worked == 27
    payer = user_by_email("payroll_officer@example.ma")
    month = payroll.open_run(JUNE)
    payroll.calculate_payroll(month, payer, datetime(2026, 7, 2, tzinfo=UTC))
    [slip] = month.slips
    assert (slip.days, slip.gross, slip.blocked_by) == (26, slip.contract_wage, None)
    assert june.person.locked_days()[JUNE] == 26
    db.session.commit()
    clerk = visit(Role.payroll_officer)
    clerk.post("/language/en")
    said = "27 days were worked; 26 count, the most of a month."
    assert clerk.get(f"/admin/pay_slip/details/?id={slip.id}").says(said)
    assert clerk.get(f"/admin/payroll_run/details/?id={month.id}").says("1 person worked more days")


def test_days_of_two_worksites_together_stay_within_a_month(june):
    line = june.june.lines[0]
    attendance.mark_line(line, "", 27, Situation.present)
    db.session.flush()
    assert (line.days, line.counted) == (27, 26)
