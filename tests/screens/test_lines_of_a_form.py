"""The lines inside a form, in a real Chromium: added, saved, found again, taken away."""

import pytest
from sqlalchemy import select

from awrash.database.session import db
from awrash.models import Call, Carrier, Edition, Project
from awrash.records.accounts import Role
from tests import servers
from tests.browser import HURRY, chromium, follow, sign_in
from tests.conftest import PASSWORD
from tests.world import a_call

SAVE = "main form[data-keep] button.main"
TAKE_AWAY = "إزالة هذا السطر"
# for each record: a list of lines, and what is typed into a new one
ADDED = {
    Carrier: ("officers", {"role": "member", "name_ar": "عضوة", "name_fr": "Membre", "cnie": "JH999999"}),
    Project: ("budget_lines", {"kind": "materials", "amount": "1250,50"}),
    Call: ("required_documents", {"name_ar": "وثيقة أخرى", "name_fr": "Autre pièce"}),
}


@pytest.fixture(scope="module")
def browser():
    with chromium() as opened:
        yield opened


def a_draft_call():
    with db.session.no_autoflush:
        call = a_call(db.session.scalar(select(Edition)), "9/2026")
        call.state, call.specifications[0].published_on = "draft", None
        db.session.add(call)
    db.session.commit()


@pytest.fixture
def page(prefecture, browser):
    a_draft_call()
    with servers.live_server(prefecture) as address:
        context = browser.new_context(viewport={"width": 1400, "height": 900}, base_url=address)
        page = context.new_page()
        page.trouble = []
        page.on("pageerror", lambda error: page.trouble.append(str(error)))
        sign_in(page, f"{Role.head_of_unit.value}@example.ma", PASSWORD)
        follow(page.locator("header button[lang=ar]"))
        yield page
        context.close()


@pytest.fixture
def form_of(page):
    """`form_of(Carrier)`: the address of the newest one's form."""

    def newest(kind):
        number = db.session.scalar(select(kind.id).order_by(kind.id.desc()))
        db.session.rollback()
        return f"/admin/{kind.__tablename__}/edit/?id={number}"

    return newest


def lines_of(page, name):
    return page.locator(f"#{name}-lines > .line")


def write(line, values):
    for field, value in values.items():
        control = line.locator(f"[name$=-{field}]")
        is_choice = control.evaluate("field => field.localName") == "select"
        control.select_option(value) if is_choice else control.fill(value)


def save(page):
    """Save the form; gives whether it was saved."""
    follow(page.locator(SAVE))
    return "/details/" in page.url


@pytest.mark.parametrize("kind", ADDED)
def test_a_line_that_was_saved_is_taken_away_whatever_is_left_in_it(page, form_of, kind):
    (name, values), form = ADDED[kind], form_of(kind)
    page.goto(form, **HURRY)
    before = lines_of(page, name).count()
    page.click(f"[data-add-line={name}-lines]")
    write(lines_of(page, name).last, values)
    assert save(page), page.inner_text("#trouble")

    page.goto(form, **HURRY)
    assert lines_of(page, name).count() == before + 1
    write(lines_of(page, name).last, dict.fromkeys(values, ""))
    lines_of(page, name).last.get_by_text(TAKE_AWAY).click()
    assert save(page), page.inner_text("#trouble")
    page.goto(form, **HURRY)
    assert lines_of(page, name).count() == before
    assert page.trouble == []


@pytest.mark.parametrize("kind", ADDED)
def test_a_line_that_was_added_by_mistake_and_refused_is_taken_away(page, form_of, kind):
    (name, _values), form = ADDED[kind], form_of(kind)
    page.goto(form, **HURRY)
    before = lines_of(page, name).count()
    page.click(f"[data-add-line={name}-lines]")
    assert not save(page) and lines_of(page, name).count() == before + 1
    lines_of(page, name).last.get_by_text(TAKE_AWAY).click()
    assert save(page), page.inner_text("#trouble")
    page.goto(form, **HURRY)
    assert lines_of(page, name).count() == before
    assert page.trouble == []
