"""The screens in a real Chromium: no console error, no blocked script, in three languages, wide and narrow."""

import pytest
from playwright.sync_api import sync_playwright

from awrash.accounts import Role
from awrash.admin_views import MENU
from tests import servers
from tests.conftest import PASSWORD

PAGES = [
    "/admin/",
    "/admin/import/",
    "/account/change",
    "/transparency",
    "/admin/project/new/",
    "/admin/carrier/details/?id=3",
]
PAGES += [f"/admin/{record.__tablename__}/" for _, views in MENU for _, record, _ in views]


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**servers.chromium())
        yield browser
        browser.close()


@pytest.fixture
def office(prefecture, chromium):
    """`office(role, width)`: a page signed in on the served demonstration; what the console says is kept."""
    with servers.live_server(prefecture) as address:
        contexts = []

        def enter(role=Role.administrator, width=1400, language="en"):
            context = chromium.new_context(viewport={"width": width, "height": 900}, base_url=address)
            contexts.append(context)
            page = context.new_page()
            page.trouble = []
            page.on("console", lambda said: page.trouble.append(said.text) if said.type == "error" else None)
            page.on("pageerror", lambda error: page.trouble.append(str(error)))
            page.goto("/account/login")
            page.fill("input[name=email]", f"{role.value}@example.ma")
            page.fill("input[name=password]", PASSWORD)
            page.click("main button")
            page.wait_for_url("**/admin/")
            page.click(f"header button[lang={language}]")
            return page

        yield enter
        for context in contexts:
            context.close()


@pytest.mark.parametrize("language, direction", [("ar", "rtl"), ("fr", "ltr"), ("en", "ltr")])
@pytest.mark.parametrize("width", [1400, 390])
def test_every_screen_opens_without_a_console_error(office, language, direction, width):
    page = office(width=width, language=language)
    for address in PAGES:
        assert page.goto(address).status == 200, address
        assert page.get_attribute("html", "dir") == direction
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0, f"{address} runs out of the screen by {wider} pixels"
    assert page.trouble == []


def test_projects_are_refused_in_bulk_with_a_reason(office):
    page = office(Role.head_of_unit)
    page.goto("/admin/project/?flt_state=scored")
    page.locator("input[name=rowid]").nth(0).check()
    page.locator("input[name=rowid]").nth(1).check()
    page.click("button[value=refuse]")
    assert "2 records" in page.inner_text("main")
    page.select_option("select[name=session]", index=1)
    page.click("button[data-once]")
    assert "Reason is missing" in page.inner_text("main")
    page.fill("textarea[name=reason]", "The impact does not show.")
    page.click("button[data-once]")
    assert "Done for 2 records" in page.inner_text("main")
    assert page.trouble == ["Failed to load resource: the server responded with a status of 422 (UNPROCESSABLE ENTITY)"]


def test_a_carrier_is_recorded_with_its_bureau_and_a_fault_keeps_what_was_typed(office):
    page = office(Role.file_officer)
    page.goto("/admin/carrier/new/")
    page.select_option("select[name=kind]", "cooperative")
    page.fill("input[name=name_ar]", "تعاونية أركان")
    page.fill("input[name=name_fr]", "Coopérative Argane")
    page.fill("input[name=registration_number]", "R-9")
    page.fill("input[name=ice]", "123")
    page.click("button[data-add-line]")
    page.select_option("select[name=officers-0-role]", "president")
    page.fill("input[name=officers-0-name_ar]", "رئيسة")
    page.fill("input[name=officers-0-name_fr]", "Présidente")
    page.click("button.main")
    assert "is not an ICE" in page.inner_text("main")
    assert page.input_value("input[name=officers-0-name_fr]") == "Présidente"
    page.fill("input[name=ice]", "001234567000062")
    page.click("button.main")
    assert "is saved" in page.inner_text("main")
    assert "Présidente" in page.inner_text("main")
