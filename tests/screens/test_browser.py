"""What a person does on the screens, in a real Chromium; test_accessibility.py opens every page."""

import pytest
from playwright.sync_api import expect

from awrash.records.accounts import Role
from tests import servers
from tests.browser import HURRY, chromium, follow, go_back, sign_in
from tests.conftest import PASSWORD


@pytest.fixture(scope="module")
def browser():
    with chromium() as opened:
        yield opened


@pytest.fixture
def office(prefecture, browser):
    """`office(role, width)`: a page signed in on the served demonstration; what the console says is kept."""
    with servers.live_server(prefecture) as address:
        contexts = []

        def enter(role=Role.administrator, width=1400, language="en"):
            context = browser.new_context(viewport={"width": width, "height": 900}, base_url=address)
            contexts.append(context)
            page = context.new_page()
            page.trouble = []
            page.on("console", lambda said: page.trouble.append(said.text) if said.type == "error" else None)
            page.on("pageerror", lambda error: page.trouble.append(str(error)))
            sign_in(page, f"{role.value}@example.ma", PASSWORD)
            follow(page.locator(f"header button[lang={language}]"))
            return page

        yield enter
        for context in contexts:
            context.close()


def test_projects_are_refused_in_bulk_with_a_reason(office):
    page = office(Role.head_of_unit)
    page.goto("/admin/project/?flt_state=scored")
    page.locator("input[name=rowid]").nth(0).check()
    page.locator("input[name=rowid]").nth(1).check()
    follow(page.locator("button[value=refuse]"))
    assert "2 records" in page.inner_text("main")
    page.select_option("select[name=session]", index=1)  # a session whose minutes are signed is not offered
    follow(page.locator("button[data-once]"))
    assert "Reason is missing" in page.inner_text("main")
    page.fill("textarea[name=reason]", "The impact does not show.")
    follow(page.locator("button[data-once]"))
    assert "Done for 2 records" in page.inner_text("main")
    assert page.trouble == ["Failed to load resource: the server responded with a status of 422 (UNPROCESSABLE ENTITY)"]


def test_ticked_rows_are_kept_from_page_to_page_and_acted_on_together(office):
    page = office(Role.file_officer)
    page.goto("/admin/participant/")
    assert page.locator(".bulk").is_hidden()
    page.locator("input[name=rowid]").nth(3).check()
    follow(page.locator("a[rel=next]"))
    page.locator("input[name=rowid]").nth(1).check()
    assert "2 rows ticked" in page.inner_text(".bulk")
    follow(page.locator("a[rel=prev]"))
    assert page.locator("input[name=rowid]").nth(3).is_checked()
    follow(page.locator("button[value=verify_account]"))
    assert "2 records" in page.inner_text("h1")
    follow(page.locator("button[data-once]"))
    page.wait_for_selector("[data-done]")
    page.goto("/admin/participant/")
    assert page.locator(".bulk").is_hidden()
    assert page.trouble == []


def test_all_rows_that_match_are_told_before_they_are_touched(office):
    page = office(Role.head_of_unit)
    page.goto("/admin/project/?flt_state=scored")
    count = int(page.inner_text("h1 .number"))
    page.locator("input[name=rowid]").nth(0).check()
    page.check("input[name=everything]")
    assert f"{count} rows ticked" in page.inner_text(".bulk")
    follow(page.locator("button[value=defer]"))
    assert f"{count} records" in page.inner_text("h1")


def test_a_list_is_worked_by_keyboard(office):
    page = office(Role.file_officer)
    page.goto("/admin/project/?flt_state=scored")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    assert page.locator("input[name=rowid]").nth(1).is_checked()
    with page.expect_navigation(url="**/details/**", **HURRY):
        page.keyboard.press("Enter")
    go_back(page)
    with page.expect_navigation(url="**/admin/project/new/", **HURRY):
        page.keyboard.press("n")
    assert page.trouble == []


def test_a_row_has_its_own_menu(office):
    page = office(Role.file_officer)
    page.goto("/admin/project/?flt_state=scored")
    name = page.locator("tbody tr").nth(1).locator("td a").inner_text()
    page.locator("td.more button").nth(1).click()
    follow(page.locator(".row-menu >> text=Open the record"))
    assert "/details/" in page.url
    assert name in page.inner_text("h1")


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
@pytest.mark.parametrize("width", [1400, 390])
def test_a_list_is_filtered_and_the_view_kept(office, language, width):
    page = office(Role.file_officer, width=width, language=language)
    page.goto("/admin/project/")
    page.click("[data-filters] summary")
    page.select_option("select[name=flt_state]", "scored")
    page.fill("input[name=flt_deposited_on_from]", "01/01/2026")
    follow(page.locator("[data-filters] button.btn-primary"))
    address = page.url
    assert "flt_state=scored" in address and "flt_deposited_on_from=01" in address
    assert "op_" not in address and "flt_theme" not in address
    page.click(".keep-view summary")
    page.fill("#view-name", "في انتظار اللجنة")
    follow(page.locator(".keep-view button"))
    assert "في انتظار اللجنة" in page.inner_text(".views")
    assert page.locator("nav.side a.saved").text_content() == "في انتظار اللجنة"
    assert page.trouble == []


def test_columns_are_chosen_on_the_screen(office):
    page = office(Role.file_officer)
    page.goto("/admin/participant/")
    page.click("summary:has-text('Columns')")
    page.uncheck("input[name=columns][value=commune]")
    page.check("input[name=columns][value=phone]")
    follow(page.locator("details[open] button.btn-primary"))
    titles = page.locator("thead").inner_text()
    assert "Phone" in titles and "Commune" not in titles


def test_a_person_is_looked_up_while_typing_and_a_day_is_picked(office):
    page = office(Role.file_officer)
    page.goto("/admin/contract/new/")
    page.locator(".ts-control input").first.press_sequentially("agnouz")
    page.locator(".ts-dropdown .option").first.click()
    assert page.input_value("input[name=participant]")
    page.fill("input[name=starts_on]", "1/9/2026")
    page.locator(".pick button").first.click()
    assert page.locator(".pick input[type=date]").first.input_value() == "2026-09-01"
    assert page.trouble == []


def test_a_filter_that_is_looked_up_says_that_it_keeps_everything(office):
    page = office(Role.file_officer)
    page.goto("/admin/contract/")
    page.click("summary:has-text('Filter')")
    said = page.locator(".ts-control input").evaluate_all("each => each.map(one => one.placeholder)")
    assert said and set(said) == {"All"}


def test_leaving_a_form_with_changes_asks_first(office):
    page = office(Role.file_officer)
    page.goto("/admin/carrier/new/")
    page.fill("input[name=name_fr]", "Association")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.evaluate("location.href = '/admin/'")
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    assert page.input_value("input[name=name_fr]") == "Association"


def test_the_summary_of_a_refused_form_leads_to_each_field(office):
    page = office(Role.file_officer)
    page.goto("/admin/contract/new/")
    follow(page.locator("button.main"))
    expect(page.locator("#trouble")).to_be_focused()
    page.click("#trouble a >> nth=0")
    page.wait_for_function("location.hash === '#number'")


def test_light_and_dark_are_remembered_with_the_account(office):
    page = office(Role.file_officer)
    follow(page.locator("[data-theme-choice=dark]"))
    assert page.get_attribute("html", "data-bs-theme") == "dark"
    again = office(Role.file_officer)
    assert again.get_attribute("html", "data-bs-theme") == "dark"


def test_a_next_step_is_a_button_and_what_stops_the_others_is_said(office):
    page = office(Role.file_officer)
    page.goto("/admin/contract/?flt_state=running")
    follow(page.locator("tbody tr td a").first)
    assert "/details/" in page.url
    assert page.locator(".head button[value=end]").count() == 1
    assert page.locator(".head button[value=sign]").count() == 0
    assert "Issue the certificate" in page.inner_text(".missing")
    assert "is not completed yet" in page.inner_text(".missing")
    assert page.locator("ol.road [aria-current=step]").inner_text().startswith("Running")


FILE_FIELD = {
    "ar": ("اختيار ملف", "لم يختر أي ملف بعد"),
    "fr": ("Choisir un fichier", "Aucun fichier choisi"),
    "en": ("Choose a file", "No file chosen yet"),
}


@pytest.mark.parametrize("language", FILE_FIELD)
@pytest.mark.parametrize("width", [1400, 390])
def test_an_import_is_read_before_it_is_written(office, tmp_path, language, width):
    file = tmp_path / "people.csv"
    file.write_text("cnie;family_name_ar\nJ1;x\n", encoding="utf-8")
    page = office(Role.file_officer, width=width, language=language)
    page.goto("/admin/import/?kind=participants")
    assert page.locator(".chosen > *").all_inner_texts() == list(FILE_FIELD[language])
    with page.expect_file_chooser() as asked:
        page.locator(".chosen").click(force=True)  # what is seen lies under the field itself
    asked.value.set_files(str(file))
    assert page.inner_text(".chosen bdi") == "people.csv"
    follow(page.locator("main button[data-once]"))
    assert page.locator(".says.error").count()
    assert page.locator("tbody tr").count() >= 1


def test_a_step_that_would_change_nothing_is_not_offered(office):
    page = office(Role.file_officer)
    page.goto("/admin/participant/?flt_account_state=verified&flt_state=assigned")
    follow(page.locator("tbody tr td a").first)
    assert "/details/" in page.url
    assert page.locator(".head button[value=verify_account]").count() == 0
