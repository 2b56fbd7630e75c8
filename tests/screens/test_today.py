"""The morning page: who can't be paid, why and whom to call; the month's close; the counter."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from awrash.database.session import db
from awrash.models import AttendanceSheet, Contract, Edition, Participant, Payment, PayrollRun, PaySlip
from awrash.operations import attendance, payroll, people
from awrash.papers import catalogue
from awrash.records.accounts import Role, user_by_email
from awrash.records.dated_figures import Parameter
from awrash.reports import blocked_wages, counter_search, dashboard
from awrash.values.language import now
from awrash.values.states import (
    AccountState,
    ComplaintState,
    DeclarationState,
    EditionState,
    PaymentState,
    SheetState,
)
from tests.conftest import TODAY
from tests.world import a_world, behind

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)


def codes(month=MAY):
    return [wage.code for wage in blocked_wages.wages_blocked([month])]


def test_a_person_whom_everything_lets_be_paid_is_not_listed(app):
    a_world()
    assert codes() == []
    assert blocked_wages.blockers([MAY], TODAY) == []


@pytest.mark.parametrize(
    "code, bend, since, owner",
    [
        ("bank_account", lambda world: setattr(world.person, "rib", None), date(2026, 5, 1), Role.file_officer),
        (
            "contract_approved",
            lambda world: setattr(world.contract, "anapec_approved_on", None),
            MAY,
            Role.file_officer,
        ),
        ("declared_by_carrier", lambda world: setattr(world.carrier, "cnss_affiliation", None), MAY, Role.file_officer),
    ],
)
def test_a_person_who_cannot_be_paid_is_listed_with_cause_days_and_owner(app, code, bend, since, owner):
    world = a_world()
    if code == "bank_account":
        world.person.account_state = AccountState.none
    bend(world)
    db.session.flush()
    [wage] = blocked_wages.wages_blocked([MAY])
    assert (wage.code, wage.person.id, wage.since, wage.months) == (code, world.person.id, since, [MAY])
    [cause] = blocked_wages.blockers([MAY], TODAY)
    assert (cause.code, cause.count, cause.oldest, cause.owner) == (code, 1, (TODAY - since).days, owner)


def test_attendance_that_is_not_locked_waits_since_the_end_of_the_month(app):
    world = a_world()
    db.session.add(AttendanceSheet(worksite=world.site, month=date(2026, 6, 1)))
    db.session.flush()
    [wage] = blocked_wages.wages_blocked([date(2026, 6, 1)])
    assert (wage.code, wage.since) == ("attendance_locked", date(2026, 6, 30))


def test_who_is_mended_leaves_the_list(app):
    world = a_world()
    world.contract.anapec_approved_on = None
    db.session.flush()
    assert codes() == ["contract_approved"]
    people.record_anapec_approval(world.contract, date(2026, 6, 1))
    assert codes() == []


def test_the_list_says_what_the_calculation_will_say(prefecture):
    """Each month of the demonstration: who is listed live is who the payroll stops, for the same causes."""
    month = blocked_wages.month_to_close(TODAY)
    live = {(wage.contract.id, wage.code) for wage in blocked_wages.wages_blocked([month])}
    run = payroll.open_run(month)
    payroll.calculate_payroll(run, user_by_email("payroll_officer@example.ma"), now())
    asked = select(PaySlip.contract_id, PaySlip.blocked_by).where(PaySlip.run_id == run.id, PaySlip.month == month)
    stopped = {(contract, code) for contract, said in db.session.execute(asked) if said for code in said.split()}
    assert live == stopped and live


def test_who_was_stopped_in_a_frozen_month_is_still_listed_for_it(prefecture):
    months = blocked_wages.months_owed(blocked_wages.month_to_close(TODAY))
    assert len(months) > 1
    found = blocked_wages.wages_blocked(months)
    assert any(len(wage.months) > 1 for wage in found)
    assert blocked_wages.count_blocked(months) == len({wage.person.id for wage in found})


def test_the_month_to_close_is_the_oldest_that_is_not_frozen(prefecture):
    assert blocked_wages.month_to_close(TODAY) == date(2026, 10, 1)


def frozen_may(world):
    """May calculated, approved and frozen, with the sheet of June open."""
    payer, head = (user_by_email(f"{role.value}@example.ma") for role in (Role.payroll_officer, Role.head_of_unit))
    run = payroll.open_run(MAY)
    payroll.calculate_payroll(run, payer, datetime(2026, 6, 3, tzinfo=UTC))
    payroll.approve_payroll(run, head)
    payroll.freeze_payroll(run, datetime(2026, 6, 4, tzinfo=UTC))
    world.june = attendance.open_sheet(world.site, JUNE)
    return run


def open_since(app, visit, world):
    """The months whose close the morning page shows."""
    visitor = visit(Role.head_of_unit)
    visitor.post("/language/en")
    heads = [head.get_text() for head in visitor.get("/admin/").soup.select("main h2")]
    return [head.removeprefix("Close of ") for head in heads if head.startswith("Close of ")]


@pytest.mark.parametrize("kept_open_by", ["declaration", "payment", "complaint", None])
def test_a_month_leaves_the_morning_page_once_it_is_paid_declared_and_answered(app, visit, kept_open_by):
    world = a_world()
    run = frozen_may(world)
    behind(world.complaint, received_on=date(2026, 5, 20))
    db.session.commit()
    assert open_since(app, visit, world) == ["May 2026", "June 2026"]
    if kept_open_by != "declaration":
        behind(run.declarations[0], state=DeclarationState.accepted)
    if kept_open_by != "payment":
        behind(run.slips[0].payments[0], state=PaymentState.paid)
    if kept_open_by != "complaint":
        behind(world.complaint, state=ComplaintState.answered)
    db.session.commit()
    assert open_since(app, visit, world) == (["May 2026", "June 2026"] if kept_open_by else ["June 2026"])


def test_a_declaration_that_is_late_says_so_though_its_month_is_frozen(app, visit):
    frozen_may(a_world())
    db.session.commit()
    visitor = visit(Role.head_of_unit)
    visitor.post("/language/en")
    assert visitor.get("/admin/").says("Declared 0 of 1 late by 166 days")


@pytest.mark.parametrize("day, stopped", [(date(2026, 6, 30), 0), (date(2026, 7, 1), 1)])
def test_a_sheet_that_is_not_locked_stops_nobody_before_its_month_is_over(app, visit, monkeypatch, day, stopped):
    monkeypatch.setitem(app.config, "TODAY", day)
    frozen_may(a_world())
    db.session.commit()
    visitor = visit(Role.head_of_unit)
    visitor.post("/language/en")
    for address in ("/admin/", "/admin/governor/"):
        assert visitor.get(address).says("1 person cannot be paid") == bool(stopped)
    assert visitor.get("/admin/stopped/").says("AMINA") == bool(stopped)
    shown = visitor.get("/admin/contract/?flt_stopped_by=attendance_locked").soup.select_one("h1 .number")
    assert shown.get_text() == str(stopped)


def test_the_screen_the_governors_page_and_its_paper_tell_one_figure(prefecture, tour):
    standing = blocked_wages.standing_on(TODAY)
    earlier = db.session.scalar(select(PayrollRun).filter_by(month=date(2026, 9, 1)))
    facts = catalogue.facts_of(catalogue.PAPERS["governor_page"], earlier, "ar", TODAY)["page"]
    told = [facts["stopped"], *(row[1] for row in facts["causes"][0])]
    assert [int(str(figure).strip("\u2066\u2067\u2068\u2069")) for figure in told] == [
        standing.people,
        *(cause.count for cause in standing.causes),
    ]
    assert sum(cause.count for cause in standing.causes) > standing.people
    visitor = tour(Role.head_of_unit)
    visitor.post("/language/en")
    for address in ("/admin/", "/admin/governor/"):
        page = visitor.get(address)
        assert page.says(f"{standing.people} people cannot be paid") and page.says("may have several causes")


def test_the_gates_of_the_month_count_what_the_lists_hold(prefecture):
    month = blocked_wages.month_to_close(TODAY)
    gates = {gate.code: gate for gate in dashboard.close_of(month)}
    locked = select(func.count(AttendanceSheet.id)).where(
        AttendanceSheet.month == month, AttendanceSheet.state == SheetState.locked
    )
    assert gates["attendance"].done == db.session.scalar(locked)
    assert gates["ready"].all - gates["ready"].done == len(
        {wage.person.id for wage in blocked_wages.wages_blocked([month])}
    )
    assert [gate.code for gate in gates.values() if gate.state == "now"] == ["attendance"]
    assert gates["declared"].due_on == date(2026, 11, 10)


def test_the_figures_of_the_edition_are_those_of_its_records(prefecture):
    edition = db.session.scalar(select(Edition).where(Edition.state == EditionState.open))
    figures = dashboard.summary_of_edition(edition, TODAY)
    at_work = select(Contract.participant_id).where(Contract.state.in_(["running", "ended"]))
    women = select(func.count(Participant.id)).where(Participant.id.in_(at_work), Participant.sex == "F")
    assert figures.women == db.session.scalar(women)
    paid = sum(db.session.scalars(select(Payment.amount).where(Payment.state == PaymentState.paid)), Decimal("0.00"))
    assert figures.wages_paid == paid and paid > 0
    opening = [
        participant
        for participant in db.session.scalars(select(Participant))
        if participant.cover_by_months == date(2026, 12, 8)
    ]
    assert figures.cover_opening == 0
    assert dashboard.summary_of_edition(edition, date(2026, 12, 1)).cover_opening == len(opening) > 0
    assert figures.person_months == edition.booked_person_months()


@pytest.mark.parametrize("hourly, count", [("17.92", 0), ("18.50", 1)])
def test_a_wage_below_the_months_minimum_is_announced_and_stops_nobody(app, visit, hourly, count):
    a_world()
    db.session.add(Parameter(name="smig_hourly", since=MAY, value=Decimal(hourly), reference="Décret"))
    db.session.commit()
    assert blocked_wages.count_to_raise(MAY) == count
    assert codes() == []
    visitor = visit(Role.head_of_unit)
    visitor.post("/language/en")
    assert visitor.get("/admin/").says("1 wage is below the minimum wage of the month") == bool(count)
    shown = visitor.get("/admin/contract/?flt_below_minimum=yes").soup.select_one("h1 .number").get_text()
    assert shown == str(count)


@pytest.mark.parametrize("role", list(Role))
def test_each_number_of_the_morning_page_opens_its_rows(tour, role):
    visitor = tour(role)
    page = visitor.get("/admin/")
    links = {link["href"] for link in page.soup.select("main a")}
    assert len(links) > 20
    for address in links:
        assert visitor.get(address).status == 200, address


def test_a_cause_opens_the_list_of_those_it_stops(tour):
    page = tour(Role.file_officer).get("/admin/contract/?flt_stopped_by=bank_account")
    months = blocked_wages.months_owed(blocked_wages.month_to_close(TODAY))
    stopped = {wage.contract.id for wage in blocked_wages.wages_blocked(months, "bank_account")}
    assert page.soup.select_one("h1 .number").get_text() == str(len(stopped))
    assert tour(Role.file_officer).get("/admin/contract/?flt_stopped_by=nothing").status == 400


def test_the_list_to_call_from_leads_to_the_field_that_mends(tour):
    page = tour(Role.file_officer).get("/admin/stopped/?cause=bank_account")
    address = page.soup.select_one("tbody a")["href"]
    assert tour(Role.file_officer).get(address).soup.select_one("#drawer input[name=rib]")
    reader = tour(Role.auditor).get(address)
    assert not reader.soup.select("#drawer input:not([type=hidden]), #drawer button")
    assert reader.soup.select_one("#drawer a[href*='/participant/details/']")
    assert tour(Role.auditor).get("/admin/stopped/?cause=nothing").status == 404


def test_the_menu_counts_the_work_that_waits_for_a_role(tour):
    head, payer = tour(Role.head_of_unit).get("/admin/"), tour(Role.payroll_officer).get("/admin/")
    assert head.soup.select_one("nav.side a[href='/admin/project/'] .count").get_text() == "5"
    assert payer.soup.select_one("nav.side a[href='/admin/project/'] .count") is None
    assert payer.soup.select_one("nav.side a[href='/admin/payment/'] .count").get_text() == "5"


@pytest.mark.parametrize(
    "typed", ["أمينة أكنوز", "امينه اكنوز", "AGNOUZ Amina", "agnouze", "Aminah Agnouze", "j 100001", "J100001"]
)
def test_the_counter_finds_a_person_however_the_name_is_written(app, typed):
    world = a_world()
    [found] = counter_search.look_up(typed).people
    assert found.person.id == world.person.id and found.contract.id == world.contract.id


def test_the_counter_finds_a_file_by_the_beginning_of_its_number(app):
    a_world()
    assert [str(file) for file in counter_search.look_up("2026-0001").files] == ["2026-0001 · مشروع"]
    assert counter_search.look_up("لا أحد بهذا الاسم").people == []


def test_a_complaint_is_found_by_those_who_may_read_it(tour, prefecture):
    found = "main a[href^='/admin/complaint/details/']"
    assert tour(Role.complaints_officer).get("/admin/find/?q=R-2026-0001").soup.select_one(found)
    assert tour(Role.file_officer).get("/admin/find/?q=R-2026-0001").soup.select_one(found) is None


def test_the_counter_says_whether_the_wage_was_sent_and_when_cover_opens(tour):
    paid = db.session.scalar(select(Payment).where(Payment.state == PaymentState.paid).limit(1))
    person = paid.pay_slip.contract.participant
    visitor = tour(Role.file_officer)
    visitor.post("/language/en")
    page = visitor.get(f"/admin/find/?q={person.cnie}")
    assert page.says("Last wage") and page.soup.select_one(".people .word.good, .people .word.way")
    assert page.says("opens on") or page.says("open since")
