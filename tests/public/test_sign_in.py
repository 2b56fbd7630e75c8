"""Signing in leads to the office and nowhere else, and begins a session of its own."""

import re
from urllib.parse import urlencode

import pytest

from awrash.records.accounts import Role
from tests.conftest import PASSWORD
from tests.doors import TOKEN, Visitor

AWAY = [
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\x00/evil.example",
    "/\x7f/evil.example",
    "/\x0b/evil.example",
    "https://evil.example/",
    "http://localhost.evil.example/",
    "http://localhost@evil.example/",
    "https:evil.example",
    "http:///evil.example",
    "javascript:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,x",
    "evil.example",
]
CREDENTIALS = {"email": "head_of_unit@example.ma", "password": PASSWORD}


@pytest.fixture
def visit(worked_on):
    """A browser on SQLite: what is asked here never reaches the database's own ways."""
    worked_on.renew()
    with worked_on.app.app_context():
        yield lambda role=None: Visitor(worked_on.app, role, PASSWORD)


def stays(page) -> bool:
    """Whether a browser stays on the site: it takes tabs and line ends out of an address, and reads \\ as /."""
    address = page.response.location
    if page.status != 302:
        return address is None
    read = re.sub(r"[\t\r\n]", "", address).strip("".join(map(chr, range(33)))).replace("\\", "/")
    return read.startswith("/") and not read.startswith("//")


@pytest.mark.parametrize("address", AWAY)
def test_no_address_leads_away_after_signing_in(visit, address):
    stranger = visit()
    stranger.get("/account/login")
    page = stranger.post(f"/account/login?{urlencode({'next': address})}", **CREDENTIALS)
    assert stays(page)
    stranger = visit()
    stranger.get("/account/login")
    assert stays(stranger.post("/account/login", next=address, **CREDENTIALS))


@pytest.mark.parametrize("address", AWAY)
@pytest.mark.parametrize("door", ["/language/fr", "/theme/dark", "/account/verify", "/account/change"])
def test_no_other_address_leads_away_either(visit, door, address):
    officer = visit(Role.head_of_unit)
    officer.get("/admin/")
    asked = {"next": address, "password": PASSWORD, "back": address, "return": address}
    page = officer.post(f"{door}?{urlencode({'next': address})}", **asked)
    assert page.status in (200, 302) and stays(page)


@pytest.mark.parametrize("address", ["/admin/project/?flt_state=scored", "/admin/find/?q=%D8%A3&a=/b//c", "/"])
def test_who_signs_in_comes_to_the_page_that_was_asked_for(visit, address):
    stranger = visit()
    stranger.get("/account/login")
    page = stranger.post(f"/account/login?{urlencode({'next': address})}", **CREDENTIALS)
    assert page.response.location == address


def token_of(visitor, address):
    return TOKEN.search(visitor.get(address).text)[1]


def takes(visitor, token) -> bool:
    """Whether a form that carries this token is taken."""
    visitor.token = token
    return visitor.post("/theme/dark", next="/admin/").status == 302


def test_a_token_of_before_signing_in_is_worth_nothing_after(visit):
    stranger = visit()
    stranger.post("/language/fr")
    before = token_of(stranger, "/account/login")
    assert stranger.post("/account/login", **CREDENTIALS).status == 302
    assert not takes(stranger, before)
    during = token_of(stranger, "/admin/")
    assert takes(stranger, during)
    assert stranger.post("/account/logout").status == 302
    assert not takes(stranger, during)
    again = token_of(stranger, "/account/login")
    assert again not in (before, during)


def test_a_session_that_somebody_planted_is_not_the_one_that_begins(visit):
    attacker, victim = visit(), visit()
    planted = token_of(attacker, "/account/login")
    victim.client.set_cookie("session", attacker.client.get_cookie("session").value)
    victim.token = planted
    assert victim.post("/account/login", **CREDENTIALS).status == 302
    assert not takes(victim, planted)
    assert attacker.get("/admin/").status == 302


def test_a_new_password_begins_a_session_of_its_own(visit):
    officer, elsewhere = visit(), visit()
    for visitor in (officer, elsewhere):
        visitor.get("/account/login")
        visitor.post("/account/login", **CREDENTIALS)
    before = token_of(officer, "/account/change")
    new = "another long password 2026"
    page = officer.post("/account/change", password=PASSWORD, new_password=new, new_password_confirm=new)
    assert page.status == 302, page.text
    assert not takes(officer, before)
    assert officer.get("/admin/").status == 200
    assert elsewhere.get("/admin/").status == 302


@pytest.mark.parametrize("field", ["email", "password"])
def test_a_secret_longer_than_any_is_refused_unread(visit, field):
    stranger = visit()
    stranger.get("/account/login")
    page = stranger.post("/account/login", **CREDENTIALS | {field: "a" + "\u0316\u0301" * 50_000})
    assert page.status == 400
    assert page.soup.select_one("h1").get_text()
