"""The transparency page and its files: what the programme decides and pays, and nobody's data."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from awrash.database.session import db
from awrash.models import (
    Carrier,
    Commune,
    Contract,
    Declaration,
    Officer,
    Participant,
    Payment,
    PayrollRun,
    PaySlip,
    Project,
    Worksite,
)
from awrash.operations import selection
from awrash.public import open_data
from awrash.records.accounts import user_by_email
from awrash.records.dated_figures import Parameter
from awrash.values.figure_names import Figure
from awrash.values.states import (
    AccountState,
    CallState,
    DeclarationState,
    PaymentState,
    ProjectState,
    RunState,
    WorksiteState,
)
from tests.doors import Visitor
from tests.public.test_verification import statements
from tests.world import AMOUNTS, a_call, a_carrier, a_contract, a_participant, a_project, a_world, behind, with_room

REASON = "رئيسها صاحب البطاقة J700002 والحساب 350 810 0000000001234567 29 وهاتفه 0612345678 لم يقدم الوثائق."


def table(visitor: Visitor, name: str) -> list[dict[str, str]]:
    """The lines of a file, by the names of its columns."""
    sent = visitor.get(f"/transparency/{name}.csv")
    assert sent.status == 200
    raw = sent.response.get_data()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in raw
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig")), delimiter=";"))


def section(page, name: str) -> str:
    return page.soup.select_one(f"section#{name}").get_text(" ")


@pytest.fixture
def office(app):
    """The world with one more project, refused, and one still before the committee."""
    world = a_world()
    with db.session.no_autoflush:
        world.refused = a_project(world.call, a_carrier("R-2", "J700002"), "2026-0002")
        world.waiting = a_project(world.call, a_carrier("R-3", "J700003"), "2026-0003")
        world.refused.state = world.waiting.state = ProjectState.scored
        world.refused.title_ar, world.waiting.title_ar = "مشروع مرفوض", "مشروع ينتظر"
    db.session.add_all([world.refused, world.waiting])
    db.session.flush()
    selection.refuse_project(world.refused, world.session, REASON)
    db.session.commit()
    return world


def hire(world, site: Worksite, people: int, women: int, rural: int, first: int) -> list[Contract]:
    """People at work at a site, some of them women, some from a rural commune."""
    country = db.session.scalar(select(Commune).where(Commune.is_rural))
    made = []
    with db.session.no_autoflush:
        for place in range(people):
            person = a_participant(f"J{200000 + first + place}")
            person.sex, person.rib = ("F" if place < women else "M"), None
            person.account_state = AccountState.none
            if place < rural:
                person.commune = country
            made.append(a_contract(person, site, f"K-{first + place}"))
    db.session.add_all(made)
    db.session.flush()
    return made


def another_site(world, code: str, commune: Commune) -> Worksite:
    with_room(world)
    site = Worksite(code=code, agreement=world.agreement, name_ar="ورش", name_fr="Chantier", places=30)
    site.commune = world.project.commune
    site.opens_on, site.closes_on, site.state = date(2026, 5, 1), date(2026, 7, 31), WorksiteState.open
    db.session.add(site)
    db.session.flush()
    behind(site, commune_id=commune.id)  # as an older office recorded it
    return site


# ---- what is told


def test_a_refused_project_is_published_with_its_reason_and_no_number_of_a_person(visit, office):
    page, line = (
        visit().get("/transparency"),
        next(row for row in table(visit(), "projects") if row["reference"] == "2026-0002"),
    )
    assert line["state"] == "refused"
    assert line["decided_on"] == "2026-04-10"
    assert line["value"] == "100000,10"
    for text in (section(page, "projects"), line["reason"]):
        assert "لم يقدم الوثائق" in text
        assert "•••" in text
        assert not [number for number in ("J700002", "1234567", "0612345678") if number in text]


def test_what_is_not_decided_yet_is_not_told(visit, office):
    page = visit().get("/transparency")
    assert not page.says("مشروع ينتظر")
    assert [row["reference"] for row in table(visit(), "projects")] == ["2026-0001", "2026-0002"]


def test_the_specifications_are_there_to_read_and_a_version_to_come_is_not(visit, office):
    assert "دفتر" in section(visit().get("/transparency"), "specifications")
    assert [row["published_on"] for row in table(visit(), "specifications")] == ["2026-01-02"]


def test_a_call_in_the_making_is_nobodys_business(visit, office):
    draft = a_call(office.edition, "2/2026")
    draft.state = CallState.draft
    db.session.add(draft)
    db.session.commit()
    page = visit().get("/transparency")
    assert not page.says("2/2026")
    assert {row["number"] for row in table(visit(), "calls")} == {"1/2026"}
    assert {row["call"] for row in table(visit(), "specifications")} == {"1/2026"}


def test_an_agreement_is_published_once_it_is_signed_with_its_amounts(visit, office):
    (line,) = table(visit(), "agreements")
    assert (line["number"], line["value"], line["management_fee"]) == ("1-أ ع م-2026", "100000,10", "5000,01")
    assert line["carrier_fr"] == "Association R-1"
    assert [row["number"] for row in table(visit(), "calls")] == ["1/2026"]


def test_nobodys_data_is_on_the_page_or_in_a_file(visit, office):
    office.carrier.phone, office.carrier.rib = "+212612345678", "350810000000000123456729"
    office.carrier.email = "somebody@example.ma"
    db.session.commit()
    stranger = visit()
    published = stranger.get("/transparency").text + "".join(
        stranger.get(f"/transparency/{name}.csv").text for name in (*open_data.TABLES, "dictionary")
    )
    known: set[str] = set()
    for record in (Participant, Officer, Carrier, Contract):
        for record_of_kind in db.session.scalars(select(record)):
            names = ("cnie", "rib", "phone", "email", "cnss_number", "family_name_fr", "given_name_ar", "number")
            known |= {getattr(record_of_kind, name, None) or "" for name in names}
    known |= {officer.name_ar for officer in db.session.scalars(select(Officer))}
    assert not [name for name in known if len(name) > 3 and name in published]


# ---- counts of people


@pytest.fixture
def three_communes(office):
    """Twelve people with two women in one commune, thirty with fourteen in the next, twenty with nine in a third."""
    one, two, three = db.session.scalars(select(Commune).order_by(Commune.id).limit(3)).all()
    behind(with_room(office).site, commune_id=one.id, places=12)
    hire(office, office.site, 11, 1, 0, 100)  # with the world's own person, a woman
    hire(office, another_site(office, "W-2", two), 30, 14, 12, 200)
    hire(office, another_site(office, "W-3", three), 20, 9, 7, 300)
    db.session.commit()
    return office


def test_a_small_count_is_withheld_with_another_so_that_the_total_does_not_tell_it(visit, three_communes):
    first, second, third, total = table(visit(), "communes")
    assert [row["people"] for row in (first, second, third, total)] == ["12", "30", "20", "62"]
    assert [row["women"] for row in (first, second, third, total)] == ["*", "14", "*", "25"]
    assert [row["women_share"] for row in (first, second, third, total)] == ["*", "46,7", "*", "40,3"]
    assert [row["rural"] for row in (first, second, third, total)] == ["0", "12", "7", "19"]


def test_the_page_withholds_what_the_file_withholds(visit, three_communes):
    page = visit().get("/transparency")
    rows = page.soup.select("section#communes tbody tr")
    told = [[cell.get_text().strip() for cell in row.select("td")] for row in rows]
    assert [row[5] for row in told] == ["*", "14", "*", "25"]
    assert page.soup.select_one("section#communes td span[title]")


def test_few_people_of_a_commune_take_all_their_figures_with_them(visit, office):
    one, two, three = db.session.scalars(select(Commune).order_by(Commune.id).limit(3)).all()
    office.site.commune = one
    hire(office, another_site(office, "W-2", two), 30, 14, 12, 200)
    hire(office, another_site(office, "W-3", three), 20, 9, 7, 300)
    db.session.commit()
    first, second, third, total = table(visit(), "communes")
    for name in ("people", "women", "women_share", "rural", "rural_share"):
        assert (first[name], third[name]) == ("*", "*")
        assert second[name] != "*"
    assert (first["places"], total["people"], total["women"]) == ("10", "51", "24")


def test_the_only_person_of_the_programme_is_not_counted_in_public(visit, office):
    first, total = table(visit(), "communes")
    assert {first["people"], total["people"], first["women"], total["women"], total["women_share"]} == {"*"}


def test_the_smallest_count_is_a_figure_that_the_team_changes(visit, three_communes):
    query = select(Parameter).where(Parameter.name == Figure.smallest_published_count)
    db.session.scalars(query).one().value = Decimal(2)
    db.session.commit()
    assert [line["women"] for line in table(visit(), "communes")] == ["2", "14", "9", "25"]


# ---- wages on time


def pay(world, contracts, month: date, days: list[date | None]) -> None:
    """Wages of a month, each paid on a day or still due."""
    run = PayrollRun(month=month, calculated_by=user_by_email("payroll_officer@example.ma"))
    run.declarations = [Declaration(carrier=world.carrier, state=DeclarationState.accepted)]
    with db.session.no_autoflush:
        for contract, paid_on in zip(contracts, days, strict=True):
            slip = PaySlip(run=run, contract=contract, month=month, days=26)
            for name in AMOUNTS:
                setattr(slip, name, Decimal("1000.50"))
            payment = Payment(pay_slip=slip, amount=Decimal("1000.50"), paid_on=paid_on)
            payment.state = PaymentState.paid if paid_on else PaymentState.sent
            db.session.add_all([slip, payment])
    db.session.commit()


def test_a_wage_is_on_time_until_the_day_of_its_declaration(visit, office):
    contracts = hire(office, office.site, 6, 3, 3, 100)
    days = [date(2026, 6, 9), date(2026, 6, 10), date(2026, 6, 10), date(2026, 6, 11), date(2026, 7, 1), None]
    pay(office, contracts, date(2026, 5, 1), days)
    (line,) = table(visit(), "wages")
    assert line["month"] == "2026-05"
    assert line["due_on"] == "2026-06-10"
    assert (line["wages"], line["net"]) == ("6", "6003,00")
    assert (line["paid_share"], line["in_time_share"]) == ("83,3", "50,0")


def test_a_wage_that_a_rule_stops_is_earned_and_not_paid_until_a_later_payroll_pays_it(visit, office):
    contracts = hire(office, office.site, 8, 4, 4, 100)
    pay(office, contracts[:6], date(2026, 5, 1), [date(2026, 6, 9)] * 6)
    run = db.session.scalar(select(PayrollRun))
    for contract in contracts[6:]:
        stop(run, contract)
    assert table(visit(), "wages")[0]["wages"] == "6"  # a payroll that is not frozen says nothing yet
    frozen(run)
    (line,) = table(visit(), "wages")
    assert (line["wages"], line["net"]) == ("8", "8004,00")
    assert (line["paid_share"], line["in_time_share"]) == ("75,0", "75,0")
    later = PayrollRun(month=date(2026, 6, 1), calculated_by=user_by_email("payroll_officer@example.ma"))
    stop(later, contracts[7])
    frozen(later)
    assert table(visit(), "wages")[0]["wages"] == "8"  # stopped twice, earned once
    last = PayrollRun(month=date(2026, 7, 1), calculated_by=user_by_email("payroll_officer@example.ma"))
    slip = stop(last, contracts[7])
    slip.blocked_by = None
    paid = Payment(amount=slip.net, paid_on=date(2026, 8, 9), state=PaymentState.paid)
    with db.session.no_autoflush:
        last.declarations = [Declaration(carrier=office.carrier, state=DeclarationState.accepted)]
        paid.pay_slip = slip
        db.session.add(paid)
    db.session.commit()
    (line,) = table(visit(), "wages")
    assert (line["wages"], line["paid_share"], line["in_time_share"]) == ("8", "87,5", "75,0")


def stop(run, contract):
    """The wage of May of a person, stopped in a payroll."""
    with db.session.no_autoflush:
        slip = PaySlip(run=run, contract=contract, month=date(2026, 5, 1), days=26, blocked_by="bank_account")
        for name in AMOUNTS:
            setattr(slip, name, Decimal("1000.50"))
        db.session.add(slip)
    db.session.commit()
    return slip


def frozen(run):
    state = update(PayrollRun).where(PayrollRun.id == run.id).values(state=RunState.frozen)
    db.session.execute(state, execution_options={"vouched_by": "a test"})
    db.session.commit()


def test_before_its_day_has_come_no_month_is_called_late(visit, office):
    behind(office.contract, ends_on=date(2026, 7, 31))
    contracts = hire(office, office.site, 6, 3, 3, 100)
    pay(office, contracts, date(2026, 11, 1), [None] * 6)
    (line,) = table(visit(), "wages")
    assert line["in_time_share"] == ""


def test_the_wages_of_few_people_are_not_published(visit, office):
    contracts = hire(office, office.site, 4, 2, 2, 100)
    pay(office, contracts, date(2026, 5, 1), [date(2026, 6, 9)] * 4)
    (line,) = table(visit(), "wages")
    assert {line[name] for name in ("wages", "net", "paid_share", "in_time_share")} == {"*"}


# ---- the page and the files


@pytest.mark.parametrize("language, title", [("ar", "الشفافية"), ("fr", "Transparence"), ("en", "Transparency")])
def test_the_page_opens_in_three_languages_and_leads_to_each_file(visit, office, language, title):
    stranger = visit()
    stranger.get("/transparency")
    stranger.post(f"/language/{language}")
    page = stranger.get("/transparency")
    assert page.soup.h1.get_text() == title
    files = {link["href"] for link in page.soup.select("a[href$='.csv']")}
    assert files == {f"/transparency/{name}.csv" for name in (*open_data.TABLES, "dictionary")}
    for address in files:
        sent = stranger.get(address)
        assert sent.status == 200
        assert "attachment" in sent.response.headers["Content-Disposition"]


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_the_dictionary_explains_each_column_of_each_file(visit, office, language):
    stranger = visit()
    stranger.get("/transparency")
    stranger.post(f"/language/{language}")
    raw = stranger.get("/transparency/dictionary.csv").text.lstrip("\ufeff")
    header, *lines = csv.reader(io.StringIO(raw), delimiter=";")
    assert len(header) == 4
    explained = {(file, column) for file, column, meaning, form in lines if meaning and form}
    for name in open_data.TABLES:
        columns = stranger.get(f"/transparency/{name}.csv").text.lstrip("\ufeff").split("\r\n")[0].split(";")
        assert {(f"{name}.csv", column) for column in columns} <= explained


@pytest.mark.parametrize("name", ["nothing", "participants", "..%2fdictionary", "dictionary.csv"])
def test_no_other_file_is_published(visit, name):
    assert visit().get(f"/transparency/{name}.csv").status == 404


def test_an_empty_programme_says_so(visit):
    page = visit().get("/transparency")
    assert page.status == 200
    assert len(page.soup.select("td.empty")) == len(open_data.TABLES)


def test_a_long_table_has_pages_on_which_every_row_stands_once(tour):
    stranger = tour()
    whole = [line["reference"] for line in table(stranger, "projects")]
    address, seen = "/transparency", []
    while address:
        page = stranger.get(address)
        rows = page.soup.select("section#projects tbody tr")
        assert len(rows) <= open_data.ROWS_SHOWN
        seen += [row.td.get_text() for row in rows]
        assert page.soup.select_one("section#agreements .pager a")["rel"] == ["next"]  # the others stay where they were
        onwards = page.soup.select_one("section#projects .pager a[rel=next]")
        address = onwards and onwards["href"]
    assert seen == whole and len(whole) > 2 * open_data.ROWS_SHOWN


@pytest.mark.parametrize("asked", ["table=projects&page=99", "table=nothing&page=1", "page=1", "table=projects&page=x"])
def test_a_page_that_no_table_has_is_not_there(tour, asked):
    assert tour().get(f"/transparency?{asked}").status == 404


def test_a_name_that_a_spreadsheet_would_run_is_text(visit, office):
    office.refused.carrier.name_fr = "=cmd"
    db.session.commit()
    assert "'=cmd" in {row["carrier_fr"] for row in table(visit(), "projects")}


def test_the_page_asks_as_little_for_many_projects_as_for_one(app, visit, office):
    stranger = visit()
    stranger.get("/transparency")
    with statements(app) as few:
        stranger.get("/transparency")
    with db.session.no_autoflush:
        more = [
            a_project(office.call, a_carrier(f"R-{number}", f"J71000{number}"), f"2026-1{number:03d}")
            for number in range(4, 10)
        ]
        for project in more:
            project.state = ProjectState.scored
    db.session.add_all(more)
    db.session.flush()
    for project in more:
        selection.refuse_project(project, office.session, "ملف ناقص")
    db.session.commit()
    with statements(app) as many:
        stranger.get("/transparency")
    assert len(db.session.scalars(select(Project)).all()) == 9
    assert len(many) == len(few)
