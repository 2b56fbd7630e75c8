"""The list of who cannot be paid, page by page: nothing is lost between two pages, and the whole goes into a file."""

import csv
import io
import re

import pytest
from sqlalchemy import update

from awrash.database.session import db
from awrash.models import AttendanceSheet
from awrash.records.accounts import Role
from awrash.reports import blocked_wages
from awrash.screens.lists import PAGE, pages_of
from awrash.values.states import SheetState
from tests.conftest import TODAY
from tests.public.test_verification import statements


@pytest.fixture
def unlocked(prefecture):
    """The demonstration with the month's sheets open again: everybody on them waits for one cause, many for two."""
    month = blocked_wages.month_to_close(TODAY)
    opened = update(AttendanceSheet).where(AttendanceSheet.month == month).values(state=SheetState.open)
    db.session.execute(opened, execution_options={"vouched_by": "sheets as they were before they were locked"})
    db.session.commit()
    return blocked_wages.months_owed(month)


@pytest.fixture
def officer(unlocked, tour):
    visitor = tour(Role.file_officer)
    visitor.post("/language/en")
    return visitor


def lines(page):
    """The contract and cause of each line shown."""
    found = (
        re.search(r"contract=(\d+)&cause=(\w+)", link["href"]) for link in page.soup.select("tbody a[data-drawer]")
    )
    return [(int(match[1]), match[2]) for match in found]


def all_of(months, code=None):
    return [(wage.contract.id, wage.code) for wage in blocked_wages.wages_blocked(months, code)]


@pytest.mark.parametrize("cause", [None, "attendance_locked"])
def test_every_line_stands_on_one_page_and_once(unlocked, officer, cause):
    address, seen = f"/admin/stopped/{f'?cause={cause}' if cause else ''}", []
    while address:
        page = officer.get(address)
        assert len(lines(page)) <= PAGE
        seen += lines(page)
        following = page.soup.select_one(".pager a[rel=next]")
        assert following is None or len(lines(page)) == PAGE
        address = following and following["href"]
    assert seen == all_of(unlocked, cause)
    assert len(set(seen)) == len(seen) > 2 * PAGE
    assert page.soup.select_one("h1 .number").get_text() == f"{len(seen):,}"


def test_the_first_page_leads_on_only_and_the_last_one_back_only(unlocked, officer):
    last = pages_of(len(all_of(unlocked))) - 1
    first = officer.get("/admin/stopped/").soup.select_one(".pager")
    assert [link["rel"] for link in first.select("a")] == [["next"]]
    page = officer.get(f"/admin/stopped/?page={last}")
    assert [link["rel"] for link in page.soup.select(".pager a")] == [["prev"]]
    assert page.says(f"Page {last + 1} of {last + 1}")


def test_the_cause_stays_from_page_to_page_and_in_the_drawer(officer):
    page = officer.get("/admin/stopped/?cause=attendance_locked&page=1")
    assert {cause for _, cause in lines(page)} == {"attendance_locked"}
    assert all("cause=attendance_locked" in link["href"] for link in page.soup.select(".pager a"))
    drawer = officer.get(page.soup.select_one("tbody a")["href"])
    back = officer.get(drawer.soup.select_one(".crumbs a")["href"])
    assert lines(back) == lines(page)


def test_who_shows_every_cause_comes_back_to_every_cause(officer):
    page = officer.get("/admin/stopped/?page=1")
    drawer = officer.get(page.soup.select_one("tbody a")["href"])
    assert lines(officer.get(drawer.soup.select_one(".crumbs a")["href"])) == lines(page)


def test_a_page_beyond_the_last_leads_to_the_last(unlocked, officer):
    last = pages_of(len(all_of(unlocked, "attendance_locked"))) - 1
    beyond = officer.get(f"/admin/stopped/?cause=attendance_locked&page={last + 1}")
    assert beyond.status == 302
    assert beyond.response.location == f"/admin/stopped/?cause=attendance_locked&page={last}"
    assert officer.get("/admin/stopped/?cause=within_twelve_months&page=7").response.location.endswith("months")


@pytest.mark.parametrize("page", ["x", "-1", "1.5", "99999999999999"])
def test_what_is_no_page_is_refused_with_a_sentence(officer, page):
    for address in (f"/admin/stopped/?page={page}", f"/admin/stopped/?cause=attendance_locked&page={page}"):
        answer = officer.get(address)
        assert answer.status == 400 and answer.says("There is no page")


def test_a_list_that_fits_on_one_page_has_no_pager(officer):
    page = officer.get("/admin/stopped/?cause=account_of_one_person")
    assert 0 < len(lines(page)) <= PAGE
    assert page.soup.select_one(".pager") is None


def test_the_file_holds_the_whole_list_of_its_cause(unlocked, officer):
    for cause in (None, "attendance_locked"):
        query = f"?cause={cause}" if cause else ""
        links = officer.get(f"/admin/stopped/{query}").soup.select("a[href*='/stopped/export/']")
        answers = [officer.get(link["href"]) for link in links]
        assert [answer.response.mimetype.split("/")[-1][:3] for answer in answers] == ["csv", "vnd", "pdf"]
        rows = list(csv.reader(io.StringIO(answers[0].text.lstrip("\ufeff")), delimiter=";"))
        assert len(rows) == 1 + len(all_of(unlocked, cause))
        assert len({tuple(row) for row in rows}) == len(rows)
    assert officer.get("/admin/stopped/export/exe/").status == 404
    assert officer.get("/admin/stopped/export/csv/?cause=nothing").status == 404


def test_a_page_takes_the_same_few_statements_however_long_the_list(unlocked, officer):
    def asked(address):
        officer.get(address)  # what a first visit remembers
        with statements(db) as seen:
            assert officer.get(address).status == 200
        return len(seen)

    short, long = (asked(f"/admin/stopped/?cause={cause}") for cause in ("account_of_one_person", "attendance_locked"))
    assert long == short


def test_a_page_of_the_list_weighs_less_than_60_kb(officer):
    officer.post("/language/ar")
    for address in ("/admin/stopped/", "/admin/stopped/?page=1", "/admin/stopped/?cause=attendance_locked"):
        assert len(officer.get(address).response.get_data()) < 60_000
