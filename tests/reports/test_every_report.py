"""Every declared report is a page and a file in three languages, for the roles that it names and for nobody else."""

import csv
import io
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask_babel import force_locale
from sqlalchemy import event

from awrash.admin_views import MENU
from awrash.database.session import db
from awrash.operations.worksites import suspend_worksite
from awrash.records.accounts import Role
from awrash.reports.places import ListOf, Place
from awrash.reports.register import CARRIERS_WITHOUT_CNSS, CONTRACTS_ENDING, REPORTS
from awrash.reports.report import NumberAsked, page_of_rows, summary_of
from awrash.screens.addresses import address_of
from awrash.values.states import ContractState
from tests.conftest import TODAY

GOLDEN = Path(__file__).parents[1] / "golden" / "reports"
SHOWN = 3  # lines under the header: enough to see how each column is written


def cells_of(page):
    return [[cell.get_text(strip=True) for cell in row.select("td")] for row in page.soup.select("tbody tr")]


def file_of(visitor, address):
    text = visitor.client.get(address).get_data(as_text=True)
    return list(csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=";"))


@pytest.fixture
def reader(tour):
    visitor = tour(Role.auditor)
    visitor.post("/language/en")
    return visitor


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_every_report_opens_in_the_reader_s_language(tour, language):
    visitor = tour(Role.file_officer)
    visitor.post(f"/language/{language}")
    listed = visitor.get("/admin/report/")
    for code, report in REPORTS.items():
        assert listed.soup.select_one(f"main a[href='/admin/report/{code}/']")
        page = visitor.get(f"/admin/report/{code}/")
        assert page.status == 200
        assert len(page.soup.select("thead th")) == len(report.columns)
        with force_locale(language):
            assert page.says(f"{report.title}") and page.says(f"{report.explanation}")


@pytest.mark.parametrize("code", REPORTS)
def test_a_report_goes_out_with_all_its_rows_under_its_own_labels(reader, code):
    page = reader.get(f"/admin/report/{code}/")
    header, *lines = file_of(reader, f"/admin/report/{code}/export/csv/")
    assert header == [heading.get_text(strip=True) for heading in page.soup.select("thead th")]
    assert str(len(lines)) == page.soup.select_one("h1 .number").get_text(strip=True)
    assert reader.client.get(f"/admin/report/{code}/export/xlsx/").data[:2] == b"PK"
    assert reader.get(f"/admin/report/{code}/export/exe/").status == 404


@pytest.mark.parametrize("code", REPORTS)
def test_a_report_says_of_the_demonstration_what_a_person_has_read(reader, code):
    """`AWRASH_GOLDEN=1` before this command writes the files in `tests/golden/reports` anew."""
    lines = file_of(reader, f"/admin/report/{code}/export/csv/")
    foot = reader.get(f"/admin/report/{code}/").soup.select("tfoot td, tfoot th")
    shown = [*lines[: SHOWN + 1], [f"… {len(lines) - 1} lines"], [cell.get_text(strip=True) for cell in foot]]
    text, golden = "\n".join(map(";".join, shown)).rstrip() + "\n", GOLDEN / f"{code}.csv"
    if os.environ.get("AWRASH_GOLDEN"):  # written anew on purpose, then read by a person
        GOLDEN.mkdir(parents=True, exist_ok=True)
        golden.write_text(text)
    assert text == golden.read_text()


def test_a_report_that_nobody_declared_is_not_found(reader):
    assert reader.get("/admin/report/nothing/").status == 404
    assert reader.get("/admin/report/nothing/export/csv/").status == 404


def test_a_report_is_closed_to_the_roles_that_it_does_not_name(tour, visit, monkeypatch):
    for_one_role = replace(CONTRACTS_ENDING, roles=(Role.payroll_officer,))
    monkeypatch.setitem(REPORTS, "contracts_ending", for_one_role)
    reader, other = tour(Role.payroll_officer), tour(Role.field_officer)
    assert reader.get("/admin/report/contracts_ending/").status == 200
    assert other.get("/admin/report/contracts_ending/").status == 403
    assert other.get("/admin/report/contracts_ending/export/csv/").status == 403
    assert not other.get("/admin/report/").soup.select_one("main a[href='/admin/report/contracts_ending/']")
    assert "/login" in visit().client.get("/admin/report/contracts_ending/").location


@pytest.mark.parametrize("query", ["within=0", "within=367", "within=soon", "within=²", "worksite=here", "page=x"])
def test_an_answer_that_a_report_cannot_take_is_refused(reader, query):
    assert reader.get(f"/admin/report/contracts_ending/?{query}").status == 400


def test_a_page_after_the_last_is_not_found(reader):
    assert reader.get("/admin/report/contracts_ending/?page=1").status == 200
    assert reader.get("/admin/report/contracts_ending/?page=99").status == 404


def test_each_page_of_a_report_has_the_next_rows_and_keeps_the_answers(reader):
    first = reader.get("/admin/report/contracts_ending/?within=366")
    onward = first.soup.select_one("a[rel=next]")["href"]
    assert "within=366" in onward
    second = reader.get(onward)
    assert len(cells_of(first)) == 50 and cells_of(second)
    assert not {tuple(row) for row in cells_of(first)} & {tuple(row) for row in cells_of(second)}


@pytest.mark.parametrize("code", REPORTS)
def test_a_report_takes_the_same_few_statements_however_many_rows(prefecture, code):
    report = REPORTS[code]
    answers = {question.name: question.read("") for question in report.questions}
    counted = []

    def count(*given):
        counted.append(given[2])

    event.listen(db.engine, "before_cursor_execute", count)
    try:
        rows = report.rows(TODAY, answers)
        summary = summary_of(report, rows)
        page = page_of_rows(rows, 0, 50)
        for row in page:
            for column in report.columns:
                assert str(column.value(row)) and (column.place(row) is None) == (column.opens is None)
    finally:
        event.remove(db.engine, "before_cursor_execute", count)
    assert len([statement for statement in counted if statement.startswith("SELECT")]) == 2
    assert summary.count >= min(len(page), 50)


def test_a_contract_is_listed_from_so_many_days_before_its_end_until_its_last_day(office):
    contract = office.contract
    number, last_day = contract.id, contract.ends_on

    def listed(day, within, worksite=None):
        rows = CONTRACTS_ENDING.rows(day, {"within": within, "worksite": worksite})
        return [row.Contract.id for row in db.session.execute(rows)]

    assert contract.state == ContractState.running
    assert listed(last_day - timedelta(days=30), 30) == [number]
    assert listed(last_day - timedelta(days=31), 30) == []
    assert listed(last_day, 1) == [number] and listed(last_day + timedelta(days=1), 30) == []
    assert listed(last_day, 1, worksite=contract.worksite_id) == [number]
    assert listed(last_day, 1, worksite=contract.worksite_id + 1) == []


def test_a_carrier_without_an_affiliation_is_listed_while_its_worksite_is_open(office):
    def listed():
        rows = CARRIERS_WITHOUT_CNSS.rows(TODAY, {})
        return [(row.Carrier.id, row.Worksite.id, row.people) for row in db.session.execute(rows)]

    assert listed() == []
    office.carrier.cnss_affiliation = None
    db.session.flush()
    assert listed() == [(office.carrier.id, office.site.id, 1)]
    suspend_worksite(office.site, "ممطر")
    assert listed() == []


def test_an_empty_report_says_so_in_its_own_words(office):
    page = office.head.get("/admin/report/carriers_without_cnss/")
    assert page.soup.select_one("td.empty").get_text() == "Each carrier with an open worksite has its CNSS affiliation."


def test_a_name_in_a_report_leads_to_its_record(office):
    office.carrier.cnss_affiliation = None
    number = office.carrier.id
    db.session.commit()
    page = office.head.get("/admin/report/carriers_without_cnss/")
    assert page.soup.select_one("tbody a")["href"] == f"/admin/carrier/details/?id={number}"
    assert page.soup.select_one("tfoot").get_text(" ", strip=True) == "Total 1"


def test_what_a_report_names_has_its_address_on_the_screens(app):
    with app.test_request_context():
        assert address_of(Place("carrier", 7)) == "/admin/carrier/details/?id=7"
        assert address_of(ListOf("payment")) == "/admin/payment/"
        narrowed = ListOf("payment", {"pay_slip.month_from": "2026-05"})
        assert address_of(narrowed) == "/admin/payment/?flt_pay_slip.month_from=2026-05"


def test_each_question_about_a_record_names_a_list_of_the_menu():
    names = {record.__tablename__ for _title, views in MENU for _view, record, _label in views}
    for report in REPORTS.values():
        for question in report.questions:
            assert isinstance(question, NumberAsked) or question.record in names
