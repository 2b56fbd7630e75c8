"""Papers of the month: a scanned page finds its sheet, sums hold, and nothing is issued before it stands."""

import io
from datetime import date
from decimal import Decimal
from itertools import pairwise
from types import SimpleNamespace

import pytest
import zxingcpp
from PIL import Image
from sqlalchemy import select

from awrash.database.session import db
from awrash.models import AttendanceLine, AttendanceSheet, Payment, PayrollRun, PaySlip, Visit, Worksite
from awrash.operations import attendance, declarations, payroll
from awrash.papers import catalogue, typesetting
from awrash.records.accounts import Role, user_by_email
from awrash.records.dated_figures import Parameter
from awrash.reports import counter_search, payroll_totals
from awrash.values import sheet_code
from awrash.values.amount_in_words import dirhams_in_words
from awrash.values.figure_names import Figure
from awrash.values.states import AccountState, PaymentState, WorksiteState
from tests.conftest import TODAY
from tests.paper_month import AT, MAY, TAXED, a_crew, a_filled_sheet, a_worker, close_month, correct, freeze
from tests.papers.test_every_paper import text_of
from tests.world import a_world, behind

ON = date(2026, 8, 3)
MANY = 8  # people of the longer month
MARKS = "\u2066\u2067\u2068\u2069"


def bare(facts):
    """What a paper says, without the marks that keep each fact in its own order."""
    if isinstance(facts, dict):
        return {name: bare(value) for name, value in facts.items()}
    if isinstance(facts, list):
        return [bare(item) for item in facts]
    return "".join(sign for sign in facts if sign not in MARKS)


def facts_of(kind: str, record, language: str = "ar"):
    return bare(catalogue.facts_of(catalogue.PAPERS[kind], record, language, ON))


def drawn(kind: str, record, language: str = "ar") -> list[Image.Image]:
    """The pages of a draft as pictures."""
    paper = catalogue.PAPERS[kind]
    pages = typesetting.page_pictures(paper.template(language), catalogue.draft_data(paper, record, language, ON))
    return [Image.open(io.BytesIO(page)) for page in pages]


def dirhams(text: str) -> Decimal:
    return Decimal(text.replace(".", "").replace(",", "."))


# ---- the sheet and its code


@pytest.fixture(scope="module")
def crews(planted):
    """A worksite of one person and one of sixty, for all these tests."""
    planted.renew()
    with planted.app.app_context():
        world = a_world()
        world.edition.quota_person_months = 500
        made = {1: a_crew(world, 1, number=2), 60: a_crew(world, 60, number=3)}
        for site in made.values():
            behind(site, closes_on=max(MONTHS.values()).replace(day=29))  # every month looked at is one of its months
        yield made
        db.session.rollback()


MONTHS = {28: date(2027, 2, 1), 29: date(2028, 2, 1), 30: date(2026, 6, 1), 31: MAY}


@pytest.mark.parametrize("people", [1, 60])
@pytest.mark.parametrize("days", MONTHS)
def test_a_sheet_has_31_columns_of_which_the_month_leaves_the_last_ones_shut(crews, people, days):
    sheet = a_sheet(crews[people], MONTHS[days])
    pages = facts_of("blank_sheet", sheet)["pages"]
    assert sum(len(page["rows"]) for page in pages) == people
    for page in pages:
        assert [day["number"] for day in page["days"] if not day["out"]] == [str(day) for day in range(1, days + 1)]
        assert len(page["days"]) == 31 and all(len(row["cells"]) == 31 for row in page["rows"])
    rest = {int(day["number"]) for day in pages[0]["days"] if day["rest"]}
    sundays = {day for day in range(1, days + 1) if sheet.month.replace(day=day).strftime("%a") == "Sun"}
    assert rest == sundays | ({1} if sheet.month == MAY else set())  # the first of May is a legal holiday


def a_sheet(site, month: date) -> AttendanceSheet:
    known = db.session.scalar(select(AttendanceSheet).filter_by(worksite_id=site.id, month=month))
    if known is not None:
        return known
    with db.session.no_autoflush:
        sheet = AttendanceSheet(worksite=site, month=month)
        sheet.lines = [AttendanceLine(contract=contract, days_worked=0) for contract in site.contracts]
        db.session.add(sheet)
    db.session.flush()
    return sheet


@pytest.mark.parametrize("kind", ["blank_sheet", "filled_sheet"])
@pytest.mark.parametrize("people", [1, 60])
def test_the_code_on_every_page_is_read_back_and_finds_its_sheet(crews, people, kind):
    sheet = a_sheet(crews[people], MONTHS[31])
    pictures = drawn(kind, sheet)
    codes = [zxingcpp.read_barcodes(picture)[0].text for picture in pictures]
    assert codes == [page["code"] for page in facts_of(kind, sheet)["pages"]]
    assert [sheet_code.page_of(code) for code in codes] == [(sheet.id, page) for page in range(1, len(codes) + 1)]
    assert len(codes) == (4 if people == 60 else 1)
    assert all(counter_search.look_up(code).files[0] is sheet for code in codes)


def test_the_days_outside_a_contract_are_shut_on_the_sheet_to_fill(crews):
    sheet = a_sheet(crews[1], MONTHS[31])
    contract = sheet.lines[0].contract
    with db.session.no_autoflush:
        contract.starts_on, kept = date(2026, 5, 11), contract.starts_on
        shut = [bool(cell["out"]) for cell in facts_of("blank_sheet", sheet)["pages"][0]["rows"][0]["cells"]]
        contract.starts_on = kept
    assert shut == [True] * 10 + [False] * 21


def test_a_code_with_a_wrong_digit_or_two_that_changed_places_is_no_code():
    code = sheet_code.code_of(1274, 2)
    assert sheet_code.page_of(code) == (1274, 2)
    assert sheet_code.page_of(f" {code.lower().replace('-', ' ')} ") == (1274, 2)
    assert sheet_code.page_of("FP-١٢٧٤-٠٢-" + code[-2:]) == (1274, 2)
    digits = [at for at, sign in enumerate(code) if sign.isdigit()]
    for at in digits:
        for digit in set("0123456789") - {code[at]}:
            assert sheet_code.page_of(code[:at] + digit + code[at + 1 :]) is None
    for at, after in pairwise(digits):
        if code[at] != code[after]:
            signs = list(code)
            signs[at], signs[after] = signs[after], signs[at]
            assert sheet_code.page_of("".join(signs)) is None
    for other in ("", "FP", "FP-0-01-00", "W-1274-02-93", "FP-1274", code + "1"):
        assert sheet_code.page_of(other) is None
    with pytest.raises(ValueError):
        sheet_code.code_of(1, 100)


def test_a_code_typed_at_the_counter_opens_the_sheet(app, visit):
    world = a_world()
    db.session.commit()
    number, code = world.sheet.id, sheet_code.code_of(world.sheet.id, 1)
    page = visit(Role.field_officer).get(f"/admin/find/?q={code}")
    assert page.status == 302 and page.response.location.endswith(f"/admin/attendance_sheet/details/?id={number}")
    assert counter_search.look_up("FP-999-01-00").files == []


def test_a_filled_sheet_tells_days_sums_visits_and_what_was_corrected_after_the_lock(app):
    world = a_world()
    world.edition.quota_person_months = 500
    sheet = a_filled_sheet(a_crew(world, 4), MAY, long=True)
    db.session.add(Visit(worksite=sheet.worksite, visited_on=date(2026, 5, 12), head_count=3))
    db.session.flush()
    attendance.lock_attendance(sheet, date(2026, 5, 31))
    correct(sheet)
    facts = facts_of("filled_sheet", sheet)
    (page,) = facts["pages"]
    by_sum = [row for row in page["rows"] if row["only_sum"]]
    assert len(by_sum) == 1 and by_sum[0]["ends"] == ["20", "20", "مرض IL"]
    corrected = next(row for row in page["rows"] if row["cnie"] == sheet.lines[0].contract.participant.cnie)
    assert corrected["ends"] == ["26", "19", "مرض IL"]
    assert corrected["cells"][7]["mark"] == "M" and corrected["cells"][3]["mark"] == ""
    (sums,) = page["sums"]
    assert sums["visits"][0][11] == "3" and sums["present"] == [], "a line of sums alone says nothing of a day"
    assert (sums["written"], sums["days"]) == ("98", "91")
    ((line,),) = facts["corrections"]
    assert (line["on"], line["before"], line["days"]) == ("1 يونيو 2026", "26", "19")
    assert line["reason"].startswith("شهادة طبية")


# ---- wages


def closed(long: bool = False) -> SimpleNamespace:
    """A world whose May is paid but for what the bank sent back."""
    world = a_world()
    world.run = PayrollRun(month=MAY)
    db.session.add(world.run)
    world.samples = close_month(world, long, people=MANY)
    return world


def test_the_statement_adds_up_by_worksite_and_to_what_the_screen_says(app):
    world = closed(long=True)
    slips = list(db.session.scalars(select(PaySlip).filter_by(run_id=world.run.id)))
    facts = facts_of("payroll_statement", world.run)["statement"]
    names = ("gross", "capped", "employee_share", "employer_share", "income_tax", "net")
    totals = payroll_totals.run_totals(world.run)
    assert [dirhams(amount) for amount in facts["paid"][2:]] == [
        sum(getattr(slip, name) for slip in slips) for name in names
    ]
    assert [dirhams(facts["paid"][at]) for at in (2, 4, 5, 6, 7)] == [
        totals[name] for name in names if name != "capped"
    ]
    sites = [site for carrier in facts["carriers"] for site in carrier["sites"]]
    for site in sites:
        rows = [row["cells"] for row in site["rows"]]
        for place, total in enumerate(site["total"][2:]):
            assert sum(dirhams(row[3 + place]) for row in rows) == dirhams(total)
        assert sum(int(row[2]) for row in rows) == int(site["total"][1])
    assert sum(len(site["rows"]) for site in sites) == len(slips) == MANY + 1
    assert dirhams(facts["paid"][6]) > 0, "somebody's wage is taxed"


def test_what_a_carrier_comes_to_stands_under_the_last_of_its_worksites(app):
    world = a_world()
    world.edition.quota_person_months = 500
    first = a_crew(world, 2)
    behind(first.agreement.project, places=10)
    with db.session.no_autoflush:
        second = Worksite(code="W-4", agreement=first.agreement, name_ar="ورش ثان", name_fr="Second", places=5)
        second.opens_on, second.closes_on, second.commune = MAY, date(2026, 7, 31), first.commune
        second.state = WorksiteState.open
        db.session.add_all([second, a_worker(second, 7)])
    db.session.flush()
    for site in (first, second):
        attendance.lock_attendance(a_filled_sheet(site, MAY, long=False), date(2026, 5, 31))
    run = payroll.open_run(MAY)
    freeze(run)
    alone, both = facts_of("payroll_statement", run)["statement"]["carriers"]
    assert alone["total"] == []
    (whole,) = both["total"]
    for place in (0, 1):
        assert int(whole[place]) == sum(int(site["total"][place]) for site in both["sites"])
    assert dirhams(whole[-1]) == sum(dirhams(site["total"][-1]) for site in both["sites"]) > 0
    draft = catalogue.draft_data(catalogue.PAPERS["payroll_statement"], run, "ar", ON)
    printed = text_of(catalogue.typeset(catalogue.PAPERS["payroll_statement"], "ar", draft))
    assert printed.count("Total du chantier") == 3 and printed.count("Total de l’organisme") == 1
    assert printed.rindex("Total du chantier") < printed.index("Total de l’organisme")


def test_the_statement_tells_who_was_stopped_and_why_and_its_last_total_has_them_too(app):
    world = a_world()
    world.person.account_state = AccountState.being_opened
    world.run = PayrollRun(month=MAY)
    db.session.add(world.run)
    world.samples = close_month(world, long=False)
    facts = facts_of("payroll_statement", world.run)["statement"]
    ((line,),) = facts["stopped"]
    assert line["cells"][0] == world.person.cnie and "حساب" in line["why"]
    assert (facts["paid"][0], facts["held"][0][0], facts["whole"][0][0]) == ("2", "1", "3")
    assert dirhams(facts["whole"][0][-1]) == payroll_totals.run_totals(world.run)["net"]


def test_a_pay_slip_explains_each_amount_and_says_the_net_in_words(app):
    world = closed(long=True)
    slip = world.samples["pay_slip"]
    assert slip.contract_wage == TAXED
    facts = facts_of("pay_slip", slip)
    sums = facts["told"]
    employee, employer = ([dirhams(row[at]) for row in sums["shares"] if row[at] != "—"] for at in (3, 6))
    assert (sum(employee), sum(employer)) == (slip.employee_share, slip.employer_share)
    assert dirhams(sums["tax"][0]["tax"]) == slip.income_tax > 0
    assert dirhams(facts["gross"]) - dirhams(sums["borne"]) - dirhams(sums["tax"][0]["tax"]) == slip.net
    assert sums["words"] == {language: dirhams_in_words(slip.net, language) for language in ("ar", "fr")}
    assert sums["notices"] == [] and sums["raised"] == []
    assert facts["account"].replace(" ", "") == slip.rib
    assert len(drawn("pay_slip", slip)) == 1, "one page with the longest names"


def test_a_raised_wage_is_explained_on_its_slip(app):
    world = a_world()
    more = Parameter(name=Figure.smig_hourly, since=MAY, value=Decimal("20.00"), reference="Décret")
    world.run = PayrollRun(month=MAY)
    db.session.add_all([more, world.run])
    db.session.flush()
    payroll.calculate_payroll(world.run, user_by_email("payroll_officer@example.ma"), AT)
    facts = facts_of("pay_slip", db.session.scalars(select(PaySlip)).one())
    assert facts["wage"] == "3.820,00" and "3.422,72" in facts["told"]["raised"][0]["ar"]
    assert "3 820,00" in facts["told"]["raised"][0]["fr"].replace("\u202f", " ").replace("\xa0", " ")


def test_a_slip_that_takes_a_wage_back_says_so_and_is_below_zero(app):
    world = closed()
    june = PayrollRun(month=date(2026, 6, 1))
    db.session.add(june)
    back, again = payroll.reverse_slip(world.samples["pay_slip"], june, "أيام لم تشتغل", 20)
    facts = facts_of("pay_slip", back)
    assert facts["net"].startswith("-") and facts["told"]["outcome"]["fr"] == "Salaire net repris"
    assert facts["told"]["words"]["ar"] == dirhams_in_words(-back.net, "ar")
    assert "ماي 2026" in facts["told"]["notices"][0]["ar"] and "2026-06" in facts["told"]["notices"][0]["fr"]
    assert sum(dirhams(row[3]) for row in facts["told"]["shares"] if row[3] != "—") == back.employee_share < 0
    paid = facts_of("pay_slip", again)
    assert dirhams(paid["net"]) == again.net > 0 and len(paid["told"]["notices"]) == 1
    for slip in (back, again):
        assert len(drawn("pay_slip", slip)) == 1


# ---- transfers


def test_the_transfer_list_adds_up_by_carrier_and_leaves_apart_what_cannot_be_sent(app):
    world = closed(long=True)
    due = (
        select(Payment).join(Payment.pay_slip).where(Payment.state == PaymentState.due, PaySlip.run_id == world.run.id)
    )
    payments = list(db.session.scalars(due))
    world.person.account_state = AccountState.being_opened
    db.session.flush()
    facts = facts_of("transfer_list", world.run, "fr")["transfers"]
    mine = next(payment for payment in payments if payment.pay_slip.contract is world.contract)
    whole = sum(payment.amount for payment in payments) - mine.amount
    assert plain(facts["amount"]) == whole and facts["count"] == str(len(payments) - 1)
    assert facts["words"] == dirhams_in_words(whole, "fr")
    for carrier in facts["carriers"]:
        assert sum(plain(row[-1]) for row in carrier["rows"]) == plain(carrier["amount"])
    ((line,),) = facts["apart"]
    assert line[1] == world.person.cnie and line[-1].startswith("Le compte")


def plain(text: str) -> Decimal:
    return Decimal("".join(sign for sign in text if sign.isdigit() or sign == ",").replace(",", "."))


def test_the_list_of_rejected_transfers_says_what_was_done_since(app):
    world = closed(long=True)
    facts = facts_of("payments_rejected", world.run, "fr")["rejected"]
    assert len(facts["rows"]) == MANY and facts["rows"][0]["day"] == "02/06/2026"
    since = [row["since"]["fr"] for row in facts["rows"]]
    assert since.count("réémis, à envoyer") == since.count("pas encore réémis") == MANY // 2
    assert facts["waiting"] == str(MANY // 2) and plain(facts["waiting_amount"]) < plain(facts["amount"])


# ---- when each is issued


@pytest.fixture
def issue(visit):
    """Press "issue" on a paper's page: whether it was issued, or refused."""
    officer = visit(Role.head_of_unit)

    def pressed(kind: str, record, language: str = "ar") -> bool:
        db.session.commit()
        page = officer.issue(f"document={kind}&language={language}&of={record.id}")
        assert page.status in (302, 422), page.text[:500]
        return page.status == 302

    return pressed


def test_a_sheet_is_handed_out_as_filled_once_it_is_locked(app, issue):
    world = a_world()
    june = attendance.open_sheet(world.site, date(2026, 6, 1))
    assert issue("blank_sheet", june)
    assert not issue("filled_sheet", june)
    assert issue("filled_sheet", world.sheet)
    empty = AttendanceSheet(worksite=world.site, month=date(2026, 7, 1))
    db.session.add(empty)
    assert not issue("blank_sheet", empty)


def test_papers_of_a_payroll_wait_until_it_is_frozen(app, issue):
    a_world()
    run = PayrollRun(month=MAY)
    db.session.add(run)
    db.session.flush()
    payroll.calculate_payroll(run, user_by_email("payroll_officer@example.ma"), AT)
    slip = db.session.scalars(select(PaySlip)).one()
    of_month = (("payroll_statement", run, "ar"), ("pay_slip", slip, "ar"), ("transfer_list", run, "fr"))
    for paper in of_month:
        assert not issue(*paper)
    payroll.approve_payroll(run, user_by_email("head_of_unit@example.ma"))
    payroll.freeze_payroll(run, AT)
    assert [issue(*paper) for paper in of_month] == [True, True, False]  # its carrier has declared nothing yet
    declarations.make_declaration(run.declarations[0])
    assert issue("transfer_list", run, "fr")


def test_a_stopped_wage_has_no_slip_and_a_month_without_a_rejected_transfer_no_list_of_them(app, issue):
    world = a_world()
    world.person.account_state = AccountState.being_opened
    run = PayrollRun(month=MAY)
    db.session.add(run)
    db.session.flush()
    freeze(run)
    slip = db.session.scalars(select(PaySlip)).one()
    assert not issue("pay_slip", slip)
    for kind in ("transfer_list", "payments_rejected"):
        assert not issue(kind, run, "fr")


# ---- the governor


def test_the_governor_reads_on_paper_what_the_screen_says(app, visit):
    world = closed()
    world.person.account_state = AccountState.being_opened
    a_crew(world, 1, number=3)
    db.session.commit()
    page = visit(Role.head_of_unit).get("/admin/governor/")
    facts = bare(catalogue.facts_of(catalogue.PAPERS["governor_page"], world.run, "ar", TODAY))["page"]
    for name, value in (*facts["figures"][:1], *facts["figures"][4:8]):
        assert page.says(name) and page.says(value)
    assert page.says(facts["figures"][2][1].split(" (")[1].rstrip(")"))
    assert facts["causes"][0] and [page.says(cause) for cause, *_rest in facts["causes"][0]]
    for gate in facts["gates"]:
        assert page.says(gate[0]) and page.says(gate[1])
    assert len(drawn("governor_page", world.run)) == 1
