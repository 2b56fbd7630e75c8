"""A record is looked up by a person who types, in a real Chromium: never another than the one that was meant."""

import pytest
from sqlalchemy import func, select

from awrash.database.session import db
from awrash.models import Carrier, Contract, Participant, Worksite
from awrash.records.accounts import Role
from tests import servers
from tests.browser import chromium, follow, sign_in
from tests.conftest import PASSWORD

DROPDOWN = ".ts-dropdown:visible"


@pytest.fixture(scope="module")
def browser():
    with chromium() as opened:
        yield opened


@pytest.fixture
def page(prefecture, browser):
    """A page of the file officer, in English."""
    with servers.live_server(prefecture) as address:
        context = browser.new_context(viewport={"width": 1400, "height": 900}, base_url=address)
        opened = context.new_page()
        sign_in(opened, f"{Role.file_officer.value}@example.ma", PASSWORD)
        follow(opened.locator("header button[lang=en]"))
        yield opened
        context.close()


def control(page, name):
    """Where one types to look up a field of the form."""
    return page.locator(f"[name={name}] + .ts-wrapper input")


def options(page):
    return page.locator(f"{DROPDOWN} .option").all_inner_texts()


def neighbours():
    """Two people whose numbers differ in the last digit, the later one first in the list."""
    people = db.session.scalars(select(Participant).order_by(Participant.id.desc())).all()
    for person in people:
        for other in people:
            if person.cnie[:-1] == other.cnie[:-1] and person.id > other.id:
                return other.cnie, person.cnie
    raise LookupError("the demonstration has no two such numbers")


def test_a_person_typed_by_number_is_that_person_and_no_neighbour(page):
    meant, other = neighbours()
    page.goto("/admin/contract/new/")
    control(page, "participant").click()
    page.wait_for_selector(f"{DROPDOWN} .option")
    control(page, "participant").press_sequentially(meant)
    control(page, "participant").press("Enter")
    assert page.input_value("[name=participant]") == meant != other


def test_only_rows_that_hold_what_is_typed_are_shown_and_none_is_chosen(page):
    family = db.session.scalar(
        select(Participant.family_name_ar).group_by(Participant.family_name_ar).order_by(func.count().desc()).limit(1)
    )
    page.goto("/admin/contract/new/")
    control(page, "participant").click()
    page.wait_for_selector(f"{DROPDOWN} .option")
    control(page, "participant").press_sequentially(family)
    page.wait_for_function("() => document.querySelector('.ts-wrapper.focus.loading')")
    page.wait_for_function("() => !document.querySelector('.ts-wrapper.focus.loading')")
    assert len(options(page)) > 1
    assert page.locator(f"{DROPDOWN} .option.active").count() == 0


def test_enter_on_a_name_that_several_bear_chooses_nobody_and_sends_nothing(page):
    name = db.session.scalar(
        select(Carrier.name_fr).group_by(Carrier.name_fr).having(func.count() > 1).order_by(Carrier.name_fr).limit(1)
    )
    page.goto("/admin/project/new/")
    control(page, "carrier").press_sequentially(name)
    control(page, "carrier").press("Enter")
    page.wait_for_selector(f"{DROPDOWN} .option")
    assert page.input_value("[name=carrier]") == ""
    assert page.url.endswith("/admin/project/new/")
    shown = options(page)
    assert len(shown) > 1 and len(set(shown)) == len(shown), "namesakes are told apart"


def test_a_row_is_chosen_by_the_arrow_that_goes_to_it(page):
    page.goto("/admin/project/new/")
    control(page, "carrier").press_sequentially("R-20")
    page.wait_for_selector(f"{DROPDOWN} .option")
    control(page, "carrier").press("ArrowDown")
    chosen = page.locator(f"{DROPDOWN} .option.active").get_attribute("data-value")
    control(page, "carrier").press("Enter")
    assert page.input_value("[name=carrier]") == chosen != ""


def test_a_filter_takes_the_worksite_that_was_typed_and_no_other(page):
    oldest = db.session.scalar(select(Worksite.code).join(Contract).order_by(Worksite.id).limit(1))
    page.goto("/admin/contract/")
    page.click("summary:has-text('Filter')")
    control(page, "flt_worksite").press_sequentially(oldest)
    control(page, "flt_worksite").press("Enter")
    page.wait_for_function("() => document.querySelector('[name=flt_worksite]').value")
    follow(page.locator("[data-filters] button.btn-primary"))
    shown = page.locator("tbody tr").count()
    expected = db.session.scalar(select(func.count(Contract.id)).join(Worksite).where(Worksite.code == oldest))
    assert shown == min(expected, 50) > 0
