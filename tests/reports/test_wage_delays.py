"""Each person's months on one line: due, sent, paid, how many days late, and what holds a wage."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal as D

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import event, select

from awrash.database.session import db
from awrash.models import AttendanceCorrection, Contract, Decision, Participant, Payment, PayrollRun
from awrash.operations import attendance, declarations, payments, payroll
from awrash.operations.corrections import correct_attendance
from awrash.operations.people import record_anapec_approval
from awrash.records.accounts import Role, user_by_email
from awrash.reports import wage_delays
from awrash.reports.wage_delays import WageState
from awrash.values.states import AccountState, ContractState, Outcome, PaymentState, Situation, WorksiteState
from tests.conftest import TODAY
from tests.world import REASON, a_carrier, a_contract, a_participant, a_project, a_world, an_agreement

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
DUE = date(2026, 6, 10)
NOW = datetime(2026, 6, 4, 10, tzinfo=UTC)


def freeze(month=MAY):
    payer, head = (user_by_email(f"{role.value}@example.ma") for role in (Role.payroll_officer, Role.head_of_unit))
    run = payroll.open_run(month)
    payroll.calculate_payroll(run, payer, NOW)
    payroll.approve_payroll(run, head)
    payroll.freeze_payroll(run, NOW)
    for declaration in run.declarations:
        declarations.make_declaration(declaration)
    return run


def payment_of(run):
    asked = select(Payment).join(Payment.pay_slip).filter_by(run_id=run.id).where(Payment.state == PaymentState.due)
    return db.session.scalars(asked).one()


def paid(payment, sent_on, paid_on):
    payments.send_payment(payment, sent_on)
    payments.record_paid(payment, paid_on)


def may(world, today=TODAY):
    db.session.flush()
    [month] = [wage for wage in wage_delays.months_of([world.person.id], today)[world.person.id] if wage.month == MAY]
    return month


def why(month):
    return [str(each) for each in month.why]


@pytest.fixture
def world(app):
    return a_world()


@pytest.mark.parametrize(
    "paid_on, state, days",
    [
        (date(2026, 6, 9), WageState.paid_in_time, 0),
        (DUE, WageState.paid_in_time, 0),
        (date(2026, 6, 11), WageState.paid_late, 1),
        (date(2026, 7, 10), WageState.paid_late, 30),
    ],
)
def test_a_wage_is_late_by_the_days_after_its_due_day_until_it_is_paid(world, paid_on, state, days):
    payment = payment_of(freeze())
    paid(payment, date(2026, 6, 8), paid_on)

    month = may(world)

    assert (month.state, month.due_on, month.sent_on, month.paid_on) == (state, DUE, date(2026, 6, 8), paid_on)
    assert (month.days_late, month.amount, month.paid, month.is_late) == (days, payment.amount, payment.amount, False)


@pytest.mark.parametrize(
    "today, state, days",
    [(date(2026, 6, 9), WageState.not_due, 0), (DUE, WageState.not_due, 0), (date(2026, 6, 12), WageState.overdue, 2)],
)
def test_a_wage_that_is_not_sent_is_late_from_its_due_day_on_and_counts_until_today(world, today, state, days):
    freeze()
    month = may(world, today)
    assert (month.state, month.days_late, month.is_late, month.paid_on) == (state, days, days > 0, None)
    assert month.why == (wage_delays.NOT_SENT,)


def test_a_wage_that_was_sent_waits_for_the_bank_and_stays_late(world):
    payments.send_payment(payment_of(freeze()), date(2026, 6, 8))
    month = may(world, date(2026, 6, 20))
    assert (month.state, month.days_late, month.sent_on, month.why) == (
        WageState.sent, 10, date(2026, 6, 8), (wage_delays.NOT_ANSWERED,)
    )  # fmt: skip


def test_a_month_whose_sheet_or_payroll_is_still_open_says_so(world):
    months = wage_delays.months_of([world.person.id], date(2026, 7, 1))[world.person.id]
    assert [month.month for month in months] == [MAY, JUNE, date(2026, 7, 1)]
    assert months[0].why == (wage_delays.NOT_FROZEN,)
    assert (months[0].state, months[0].days_late) == (WageState.overdue, 21)
    assert months[1].why != months[0].why and (months[1].state, months[1].days_late) == (WageState.not_due, 0)


def test_a_wage_that_is_stopped_says_by_what_and_is_due_for_its_own_month_once_it_is_paid(world):
    world.contract.anapec_approved_on = None
    freeze()
    month = may(world, date(2026, 6, 30))
    assert (month.state, month.days_late, month.amount, len(month.why)) == (WageState.blocked, 20, None, 1)

    record_anapec_approval(world.contract, date(2026, 7, 1))
    run = freeze(JUNE)
    paid(payment_of(run), date(2026, 7, 8), date(2026, 7, 9))

    month = may(world)
    assert (month.state, month.due_on, month.days_late, month.why) == (WageState.paid_late, DUE, 29, ())


def test_a_transfer_that_came_back_is_late_until_the_one_issued_again_is_paid(world):
    first = payment_of(freeze())
    payments.send_payment(first, date(2026, 6, 8))
    payments.record_rejected(first, "الحساب مغلق")
    month = may(world, date(2026, 6, 15))
    assert (month.state, month.days_late, month.came_back, why(month)) == (WageState.rejected, 5, 1, ["الحساب مغلق"])

    paid(payments.reissue_payment(first), date(2026, 6, 18), date(2026, 6, 20))

    month = may(world)
    assert (month.state, month.days_late, month.came_back) == (WageState.paid_late, 10, 1)
    assert (month.sent_on, month.paid_on, month.paid) == (date(2026, 6, 18), date(2026, 6, 20), first.amount)


def reversed_in_june(world, days):
    run = freeze()
    first = payment_of(run)
    paid(first, date(2026, 6, 8), date(2026, 6, 9))
    payroll.reverse_slip(first.pay_slip, payroll.open_run(JUNE), "خطأ", days)
    return first


def test_a_slip_taken_back_counts_once_its_payroll_is_frozen_and_nothing_is_owed(world):
    first = reversed_in_june(world, None)
    assert (may(world).state, may(world).amount) == (WageState.paid_in_time, first.amount)
    freeze(JUNE)
    month = may(world)
    assert (month.state, month.amount, month.days_late, month.to_return) == (
        WageState.taken_back,
        D("0.00"),
        0,
        first.amount,
    )


def test_a_corrected_slip_that_comes_to_less_leaves_what_was_paid_over_to_be_seen(world):
    first = reversed_in_june(world, 20)
    freeze(JUNE)
    month = may(world)
    assert month.state == WageState.paid_in_time and D("0.00") < month.amount < first.amount
    assert month.to_return == first.amount - month.amount


def test_what_a_correction_adds_is_due_with_the_payroll_that_found_it(app):
    world = a_world(kept=False)
    world.line.days_worked = 20
    db.session.add_all(vars(world).values())
    db.session.flush()
    attendance.lock_attendance(world.sheet, date(2026, 5, 31))
    first = payment_of(freeze())
    paid(first, date(2026, 6, 8), date(2026, 6, 9))
    with db.session.no_autoflush:
        found = AttendanceCorrection(line=world.line, days_worked=26, situation=Situation.present, reason="شهادة")
    correct_attendance(found, date(2026, 6, 15))
    more = payment_of(freeze(JUNE))

    waiting = may(world, date(2026, 7, 10))
    assert (waiting.state, waiting.due_on, waiting.days_late) == (WageState.not_due, date(2026, 7, 10), 0)
    assert (waiting.amount, waiting.paid, waiting.paid_on) == (first.amount + more.amount, first.amount, None)
    paid(more, date(2026, 7, 8), date(2026, 7, 9))
    assert (may(world).state, may(world).days_late, may(world).paid_on) == (WageState.paid_in_time, 0, date(2026, 7, 9))


def a_second_site(world):
    """Another person of another carrier, at another worksite."""
    with db.session.no_autoflush:
        carrier = a_carrier("R-2", "J700002")
        project = a_project(world.call, carrier, "2026-0002")
        decision = Decision(session=world.session, project=project, outcome=Outcome.approved, reason=REASON)
        agreement = an_agreement(project, "2-أ ع م-2026")
        site = type(world.site)(code="W-2", agreement=agreement, name_ar="ورش", name_fr="Chantier", places=10)
        site.opens_on, site.closes_on, site.commune = world.site.opens_on, world.site.closes_on, world.site.commune
        site.state = WorksiteState.open
        person = a_participant("J100002")
        person.rib, person.account_state, person.family_name_fr = None, AccountState.none, "BOULAID"
        db.session.add_all([decision, a_contract(person, site, "K-2")])
    db.session.flush()
    return site, carrier, person


def test_people_are_found_by_worksite_carrier_and_months(world):
    freeze()
    first, (site, carrier, other) = world.person.id, a_second_site(world)

    def asked(**where):
        return list(db.session.scalars(wage_delays.people(**where)))

    assert asked() == [first, other.id]
    assert asked(worksite=site.id) == asked(carrier=carrier.id) == [other.id]
    assert asked(since=date(2026, 8, 1)) == asked(until=date(2026, 4, 1)) == []
    assert wage_delays.months_of([first], TODAY, worksite=site.id) == {first: []}


def late_now(today):
    chosen = list(db.session.scalars(wage_delays.late_people(wage_delays.people(), today)))
    return wage_delays.whose_wage_is_late(wage_delays.in_parts(chosen, today))


def test_whose_wage_is_late_is_each_person_with_a_late_month_and_nobody_else(world):
    _site, _carrier, other = a_second_site(world)
    assert late_now(DUE) == []
    assert late_now(date(2026, 6, 11)) == [world.person.id, other.id]
    paid(payment_of(freeze()), date(2026, 6, 8), date(2026, 6, 9))
    assert late_now(date(2026, 6, 11)) == [other.id]  # no sheet, no slip


def test_the_late_list_of_the_demonstration_misses_nobody(prefecture):
    everybody = list(db.session.scalars(wage_delays.people()))
    by_hand = wage_delays.whose_wage_is_late(wage_delays.in_parts(everybody, TODAY))
    assert late_now(TODAY) == by_hand
    assert len(by_hand) > 1_000  # September is sent, none is paid


def statements(work):
    counted = []

    def count(*given):
        counted.append(given[2])

    event.listen(db.engine, "before_cursor_execute", count)
    try:
        work()
    finally:
        event.remove(db.engine, "before_cursor_execute", count)
    return len(counted)


def test_the_months_of_one_and_of_fifty_people_take_the_same_few_statements(prefecture):
    people = list(db.session.scalars(wage_delays.people()))[:50]
    wage_delays.months_of(people[:1], TODAY)  # the figures are read once
    one = statements(lambda: wage_delays.months_of(people[:1], TODAY))
    assert one == statements(lambda: wage_delays.months_of(people, TODAY)) == 5


# ---- the screens


def test_a_page_shows_the_fewer_people_the_more_months_are_asked(tour):
    auditor, shown = tour(Role.auditor), []
    for page in (0, 1):
        answer = auditor.get(f"/admin/paid/?from=2026-01&to=2026-12&page={page}")
        shown += [link["href"] for link in answer.soup.select("tbody td:first-child a")]
    assert len(set(shown)) == len(shown) == 2 * 16
    assert len(auditor.get("/admin/paid/").soup.select("tbody tr")) == 50


@pytest.mark.parametrize(
    "language, state, late",
    [("ar", "مرفوض", "متأخر"), ("fr", "Rejeté", "retard"), ("en", "Rejected by the bank", "late by 166 days")],
)
def test_the_persons_page_tells_each_month_with_its_word_and_its_days(app, visit, language, state, late):
    world = a_world()
    first = payment_of(freeze())
    payments.send_payment(first, date(2026, 6, 8))
    payments.record_rejected(first, "الحساب مغلق")
    number = world.person.id
    db.session.commit()
    visitor = visit(Role.file_officer)
    visitor.post(f"/language/{language}")

    rows = visitor.get(f"/admin/participant/details/?id={number}").soup.select("section.person")[0].select("tbody tr")

    assert len(rows) == 3  # May to July
    assert state in rows[-1].get_text() and late in rows[-1].get_text() and "الحساب مغلق" in rows[-1].get_text()
    assert rows[-1].select_one(".word.bad")


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_the_months_are_one_row_a_person_and_one_cell_a_month(tour, prefecture, language):
    visitor = tour(Role.payroll_officer)
    visitor.post(f"/language/{language}")
    page = visitor.get("/admin/paid/?from=2026-08&to=2026-10")
    assert page.status == 200
    assert len(page.soup.select("tbody tr")) == 50
    assert len(page.soup.select("thead th")) == 4
    assert page.soup.select("tbody .word.wait") and page.soup.select("tbody .late")
    last = visitor.get("/admin/paid/?from=2026-08&to=2026-10&page=27")
    assert (last.status, bool(last.soup.select("a[rel=next]"))) == (200, False)


def test_the_months_narrow_by_worksite_and_by_carrier(tour, prefecture):
    contract = db.session.scalar(select(Contract).where(Contract.state == ContractState.running).limit(1))
    site, carrier = contract.worksite, contract.worksite.agreement.carrier
    at_site = len(list(db.session.scalars(wage_delays.people(worksite=site.id))))
    visitor = tour(Role.auditor)
    for address, count in ((f"worksite={site.id}", at_site), (f"carrier={carrier.id}&worksite={site.id}", at_site)):
        page = visitor.get(f"/admin/paid/?{address}")
        assert page.soup.select_one("h1 .number").get_text() == str(count)
    assert visitor.get("/admin/paid/?carrier=999999").soup.select_one("td.empty")


def read(visitor, address):
    text = visitor.client.get(address).get_data(as_text=True)
    return list(csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=";"))


def test_the_months_go_out_as_a_file_a_line_for_each(tour, prefecture):
    site = db.session.scalar(select(Contract.worksite_id).where(Contract.state == ContractState.running).limit(1))
    people = list(db.session.scalars(wage_delays.people(worksite=site)))
    months = wage_delays.months_of(people, TODAY, worksite=site, since=date(2026, 8, 1), until=date(2026, 8, 1))
    visitor = tour(Role.payroll_officer)
    address = f"/admin/paid/export/{{}}/?worksite={site}&from=2026-08&to=2026-08"
    lines = read(visitor, address.format("csv"))
    [august] = months[people[0]]

    assert len(lines) - 1 == sum(len(month) for month in months.values())
    who = db.session.get(Participant, people[0])
    assert lines[1][:5] == [who.cnie, who.family_name_fr, who.given_name_fr, "2026-08", "2026-09-10"]
    assert lines[1][5] == f"{august.amount}".replace(".", ",")
    assert lines[1][9] == str(august.days_late) == "6"
    book = visitor.client.get(address.format("xlsx")).data
    assert len(CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()) == len(lines)
    assert visitor.get("/admin/paid/export/exe/").status == 404


@pytest.mark.parametrize(
    "address", ["worksite=x", "carrier=1;2", "from=2026-13", "from=2026-09&to=2026-08", "late=maybe", "page=x",
                "from=2025-01&to=2026-10"]
)  # fmt: skip
def test_months_asked_for_in_another_way_are_refused(app, visit, address):
    assert visit(Role.auditor).get(f"/admin/paid/?{address}").status == 400


def test_a_page_of_months_that_is_not_there_is_a_404(app, visit):
    assert visit(Role.auditor).get("/admin/paid/?page=9").status == 404


def test_the_payroll_leads_to_the_months_that_it_pays(tour, prefecture):
    run = db.session.scalar(select(PayrollRun).order_by(PayrollRun.month))
    visitor = tour(Role.payroll_officer)
    page = visitor.get(f"/admin/payroll_run/details/?id={run.id}")
    [address] = [
        element["href"] for element in page.soup.select("a[href^='/admin/paid/']") if "from=" in element["href"]
    ]
    assert visitor.get(address).soup.select("thead th")[1].get_text()
    assert len(visitor.get(address).soup.select("thead th")) == 2
