"""Papers on the screens, in a real Chromium: looked at, issued, written anew, issued in bulk with a bar that moves."""

import io
import zipfile

import pytest
from sqlalchemy import func, select

from awrash import worker
from awrash.database.session import db
from awrash.models import Contract as WorkContract
from awrash.models import Project, Worksite
from awrash.records.accounts import Role
from awrash.records.background_work import Work, WorkState
from awrash.records.issued_papers import IssuedPaper
from awrash.values.states import ContractState, ProjectState
from tests import servers
from tests.browser import PHONE, WIDE, Window, chromium, follow
from tests.conftest import PASSWORD


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def office(prefecture, browser):
    """`office(role, size)`: a window signed in on the served demonstration, in Arabic."""
    windows = []
    with servers.live_server(prefecture) as address:

        def enter(role=Role.head_of_unit, size=WIDE):
            window = Window(browser, address, size)
            windows.append(window)
            window.sign_in(f"{role.value}@example.ma", PASSWORD)
            return window

        yield enter
        assert [said for window in windows for said in window.complaints()] == []
        for window in windows:
            window.context.close()


def a_project():
    return db.session.scalar(select(Project.id).filter_by(state=ProjectState.approved).order_by(Project.id))


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_receipt_is_looked_at_issued_and_opened_from_its_project(office, size):
    window, number = office(Role.file_officer, size), a_project()
    window.open(f"/admin/project/details/?id={number}")
    follow(window.page.locator("#papers tr:has-text('وصل الإيداع') a.btn-primary"))
    assert window.page.locator("img.page-seen").count() == 1
    assert not window.sideways(size)
    follow(window.page.locator("main button.btn-primary"))
    assert "صدرت وثيقة" in window.page.inner_text("[aria-live]")
    opened = window.page.get_attribute("#papers tr:has-text('وصل الإيداع') a.btn", "href")
    assert window.page.request.get(opened).body().startswith(b"%PDF")


def test_a_word_of_the_list_goes_where_the_cursor_stands_in_a_text(office):
    window = office()
    window.open("/admin/wording/?flt_document=agreement")
    follow(window.page.locator("tbody a"))
    follow(window.page.locator("button[value=copy], button[name=action][value=copy]"))
    follow(window.page.locator("main button.btn-primary"))
    window.open("/admin/wording/?flt_document=agreement&flt_state=draft")
    follow(window.page.locator("tbody a"))
    follow(window.page.locator("a[href*='/edit/']"))
    first = window.page.locator("textarea").first
    first.fill("ينجز المشروع  بجماعة إنزكان.")
    first.evaluate("one => { one.focus(); one.setSelectionRange(13, 13); }")
    window.page.click("[data-word='{عنوان المشروع}']")
    assert first.input_value() == "ينجز المشروع {عنوان المشروع} بجماعة إنزكان."


def test_a_refused_text_is_not_left_behind_by_putting_it_in_use(office):
    window, asked = office(), []
    window.open("/admin/wording/?flt_document=approval_letter")
    follow(window.page.locator("tbody a"))
    follow(window.page.locator("button[name=action][value=copy]"))
    follow(window.page.locator("main button.btn-primary"))
    follow(window.page.locator("main a.btn-primary"))
    follow(window.page.locator("a[href*='/edit/']"))
    window.page.locator("textarea").first.fill("قوس { مفتوح")
    follow(window.page.locator("main .actions button"))
    window.page.wait_for_selector("#trouble")
    window.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    window.page.click(".head button[value=use]", no_wait_after=True)
    window.page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    assert window.page.locator("textarea").first.input_value() == "قوس { مفتوح"


@pytest.mark.parametrize("form", ["pdf", "zip"])
def test_the_certificates_of_a_worksite_are_issued_while_a_bar_says_how_far_it_is(office, prefecture, form):
    site, people = db.session.execute(
        select(Worksite.id, func.count(WorkContract.id))
        .join(Worksite.contracts)
        .where(WorkContract.state == ContractState.ended)
        .group_by(Worksite.id)
        .order_by(func.count(WorkContract.id).desc())
    ).first()
    queue = prefecture.extensions["queue"]
    queue.immediate = False
    beside = worker.start_worker(prefecture)
    try:
        window = office()
        window.open(f"/admin/worksite/details/?id={site}")
        follow(window.page.locator("#papers a[href*='set=certificates']"))
        window.page.select_option("select[name=form]", form)
        follow(window.page.locator("main button.btn-primary"))
        assert window.page.locator("progress").get_attribute("max") == str(people)
        window.page.wait_for_selector("a[href*='/work/file/']", timeout=60_000)
        with window.page.expect_download() as saved:
            window.page.click("a[href*='/work/file/']")
    finally:
        beside.stop(graceful=True)
        queue.immediate = True
    content = saved.value.path().read_bytes()
    db.session.rollback()
    work = db.session.scalar(select(Work))
    issued = db.session.scalar(select(func.count(IssuedPaper.id)).filter_by(document="certificate"))
    assert work.state == WorkState.done and issued == len(work.made) == people - len(work.refused) > 0
    if form == "zip":
        assert len(zipfile.ZipFile(io.BytesIO(content)).namelist()) == issued
    else:
        assert content.startswith(b"%PDF")
