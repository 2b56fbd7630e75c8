"""One long word holds nobody: each text field and each search is asked with 100,000 characters."""

import contextlib
import http.client
import threading
import time
from urllib.parse import urlencode, urlsplit

import pytest
from sqlalchemy import select
from wtforms import StringField

from awrash.admin_views import MENU
from awrash.database.session import db
from awrash.files.import_kinds import KINDS
from awrash.files.imports import check_file
from awrash.files.tables import LONGEST_LINE
from awrash.records.accounts import Role
from awrash.screens.forms import LinesField
from tests import servers
from tests.conftest import TODAY
from tests.screens.test_accounts import addresses

LONG = "a" * 100_000
MARKS = "a" + "\u0316\u0301" * 50_000  # each word is put in order of its marks
PATIENCE = 5  # seconds for any answer
VIEWS = [(record.__tablename__, record, view) for _, views in MENU for view, record, _ in views]
WITH_FORM = [view for view in VIEWS if view[2].form_columns and view[2].can_create]
WITH_VERBS = [view for view in VIEWS if view[2].verbs]


def names(views):
    return [name for name, *_ in views]


class Hurry:
    """A visitor who is answered within the patience of the office, and never by a fault of ours."""

    def __init__(self, visitor) -> None:
        self.visitor = visitor

    def __getattr__(self, verb):
        def asked(address, /, **data):
            began = time.monotonic()
            page = getattr(self.visitor, verb)(address, **data)
            assert time.monotonic() - began < PATIENCE, address[:80]
            assert page.status < 500, address[:80]
            assert page.soup is None or page.soup.select_one("h1"), address[:80]
            return page

        return asked


@pytest.fixture
def hurry(tour):
    return lambda role=None: Hurry(tour(role))


def texts_of(form) -> list[str]:
    """Names of the fields of a form that a person types a text into, those of its first line too."""
    found = []
    for field in form:
        if isinstance(field, LinesField):
            found += [name.replace("__n__", "0") for name in texts_of(field.blank)]
        elif isinstance(field, StringField) and field.short_name not in ("version", "line_id"):
            found.append(field.name)
    return found


@pytest.mark.parametrize("word", [LONG, MARKS], ids=["letters", "marks"])
@pytest.mark.parametrize("name, record, view", WITH_FORM, ids=names(WITH_FORM))
def test_a_long_word_in_a_form_is_refused_under_its_field_and_kept_there(hurry, prefecture, name, record, view, word):
    officer = hurry(Role.administrator if Role.administrator in view.writes else Role.head_of_unit)
    admin = prefecture.extensions["admin"][0]
    kind = next(_view for _view in admin._views if _view.endpoint == name)._create_form_class
    with prefecture.test_request_context():
        fields = texts_of(kind())
    officer.post("/language/en")
    officer.get(f"/admin/{name}/new/")
    page = officer.post(f"/admin/{name}/new/", **dict.fromkeys(fields, word))
    assert page.status == 422
    for field in fields:
        typed = page.soup.select_one(f"[name='{field}']")
        assert "is-invalid" in typed["class"], field
        assert (typed.get("value") or typed.get_text().strip()) == word, field


def test_a_text_with_spaces_around_it_is_still_taken(visit):
    officer = visit(Role.administrator)
    officer.get("/admin/theme/new/")
    page = officer.post(
        "/admin/theme/new/", code="water", name_ar="  الماء " + " " * 300, name_fr="\u200fEau  ", name_en="Water"
    )
    assert page.status == 302, page.flashes


@pytest.mark.parametrize("name, record, view", WITH_VERBS, ids=names(WITH_VERBS))
def test_a_long_word_in_the_form_of_an_action_is_refused_with_a_sentence(hurry, name, record, view):
    number = db.session.scalar(select(record.id).limit(1))
    for verb in view.verbs:
        fields = [field for field in verb.asks() if isinstance(field, StringField)] if verb.asks else []
        if not fields or number is None:
            continue
        officer = hurry(verb.roles[0])
        officer.get(f"/admin/{name}/")
        sent = {field.name: LONG for field in fields}
        page = officer.post(f"/admin/{name}/action/", action=verb.name, rowid=str(number), confirmed="1", **sent)
        assert page.status == 422, verb.name
        for field in fields:
            assert page.soup.select_one(f"[name='{field.name}'].is-invalid"), (verb.name, field.name)


@pytest.mark.parametrize("name, record, view", VIEWS, ids=names(VIEWS))
def test_a_long_word_in_a_search_or_a_filter_is_answered(hurry, name, record, view):
    officer = hurry(Role.administrator if Role.administrator in view.reads else Role.head_of_unit)
    asked = urlencode({"q": LONG})
    officer.get(f"/admin/{name}/?{asked}")
    officer.get(f"/admin/{name}/lookup/?{asked}")
    officer.get(f"/admin/{name}/export/csv/?{asked}")
    for field in officer.get(f"/admin/{name}/").soup.select("form[method=get] [name^=flt_]"):
        officer.get(f"/admin/{name}/?{urlencode({field['name']: LONG})}")


ARGUMENTS = (
    *("q", "code", "id", "page", "cause", "contract", "kind", "of", "document", "language", "next", "month", "within"),
    *("which", "from", "to", "late", "worksite", "carrier", "by", "edition", "state", "scan", "sort", "columns", "all"),
)
FIELDS = (
    *("email", "password", "new_password", "new_password_confirm", "name", "note", "reason", "token", "kind", "id"),
    *("month", "decision", "line", "payment", "declaration", "record", "verb", "form", "language", "next", "action"),
)


@pytest.mark.parametrize("role", [None, Role.head_of_unit], ids=str)
def test_no_address_is_held_by_a_long_word(hurry, prefecture, role):
    visitor = hurry(role)
    visitor.get("/account/login" if role is None else "/admin/project/")
    for method, address, rule in addresses(prefecture):
        if method == "GET":
            visitor.get(f"{address}?{urlencode(dict.fromkeys(ARGUMENTS, LONG[:3_000]))}")
        elif "logout" not in rule and "/delete/" not in rule:
            visitor.post(address, **dict.fromkeys(FIELDS, LONG))


@pytest.mark.parametrize("address", ["/verify/", "/account/"])
def test_a_long_word_in_the_address_itself_is_answered(hurry, address):
    hurry().get(address + LONG)


@pytest.mark.parametrize("name", KINDS)
def test_a_long_word_in_a_file_is_a_fault_of_its_line(app, name):
    kind = KINDS[name]
    for word in (LONG, MARKS):
        word = word[: LONGEST_LINE // len(kind.columns) - 1]
        content = f"{';'.join(kind.columns)}\n{';'.join([word] * len(kind.columns))}\n".encode()
        began = time.monotonic()
        report = check_file(name, content, TODAY)
        assert time.monotonic() - began < PATIENCE
        assert {fault.line for fault in report.faults} == {2}
        assert max(len(fault.sentence) for fault in report.faults) < 1_000
        began = time.monotonic()
        assert check_file(name, f"{word};b\n1;2\n".encode(), TODAY).faults
        assert time.monotonic() - began < PATIENCE


def test_a_long_word_holds_no_other_visitor(tour, prefecture):
    officer = tour(Role.head_of_unit)
    cookie = {"Cookie": f"session={officer.client.get_cookie('session').value}"}

    def asked(address, told):
        began = time.monotonic()
        with contextlib.closing(http.client.HTTPConnection(urlsplit(site).netloc, timeout=60)) as connection:
            connection.request("GET", address, headers=cookie)
            answer = connection.getresponse()
            answer.read()
        told.append((answer.status, time.monotonic() - began))

    with servers.live_server(prefecture) as site:
        long, others = [], []
        addresses = [f"/admin/{name}/?q={LONG}" for name in ("participant", "carrier", "project", "find")]
        askers = [threading.Thread(target=asked, args=(address, long)) for address in addresses]
        for asker in askers:
            asker.start()
        asked("/healthz", others)
        asked("/admin/commune/", others)
        for asker in askers:
            asker.join()
    assert [status for status, _ in long + others] == [200] * 6
    assert max(took for _, took in long + others) < 4 * PATIENCE
