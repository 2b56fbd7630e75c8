"""Closed by default: nobody reads anything but the public pages, and each role opens what is its own."""

import pytest
from sqlalchemy import select

from awrash.admin_views import MENU
from awrash.database.session import db
from awrash.models import Edition
from awrash.records.accounts import Role
from tests.conftest import PASSWORD
from tests.doors import Visitor

OPEN = (
    "/account/login",
    "/healthz",
    "/transparency",
    "/verify/",
    "/verify/<path:code>",
    "/language/<code>",
    "/theme/<name>",
)
VIEWS = {record.__tablename__: (record, view) for _, views in MENU for view, record, _ in views}


def addresses(app) -> list[tuple[str, str]]:
    """Every address of the application with a value for what it leaves open."""
    found = []
    for rule in app.url_map.iter_rules():
        address = rule.rule.replace("<export_type>", "csv").replace("<int:number>", "1")
        for name in (
            "<code>",
            "<path:code>",
            "<token>",
            "<method>",
            "<path:filename>",
            "<path:path>",
            "<provider>",
            "<name>",
        ):
            address = address.replace(name, "ar")
        found += [(method, address, rule.rule) for method in rule.methods - {"HEAD", "OPTIONS"}]
    return found


def test_nobody_reads_anything_without_an_account(prefecture):
    stranger = Visitor(prefecture)
    for method, address, rule in addresses(prefecture):
        page = stranger.get(address) if method == "GET" else stranger.post(address)
        if rule in OPEN or rule.startswith("/static/"):
            continue
        public = page.status in (400, 403, 404, 405) or (
            page.status == 302 and "/account/login" in page.response.location
        )
        assert public or (rule == "/" and page.response.location == "/admin/"), (method, rule, page.status)


def test_no_files_but_our_own_are_handed_out(prefecture):
    stranger, known = Visitor(prefecture), Visitor(prefecture, Role.administrator, PASSWORD)
    for rule in prefecture.url_map.iter_rules():
        assert "static" not in rule.rule or rule.rule == f"{prefecture.static_url_path}/<path:filename>", rule
    for file in ("admin/css/bootstrap4/admin.css", "vendor/jquery.min.js", "admin/js/filters.js"):
        for visitor in (stranger, known):
            assert visitor.get(f"/admin/static/{file}").status == 404
    assert stranger.get("/account/fs-static/js/webauthn.js").status == 404


def test_what_an_address_allows_is_not_told_to_a_stranger(prefecture):
    stranger = Visitor(prefecture)
    for _method, address, rule in addresses(prefecture):
        if rule.startswith("/static/"):
            continue
        answer = stranger.client.options(address)
        assert answer.status_code in (400, 404, 405), address


@pytest.mark.parametrize("role", list(Role))
def test_each_role_opens_what_is_its_own_and_writes_what_is_its_own(tour, role):
    visitor = tour(role)
    for name, (_record, view) in VIEWS.items():
        may_read = role in view.reads
        assert visitor.get(f"/admin/{name}/").status == (200 if may_read else 403), name
        if may_read and view.form_columns and view.can_create:
            assert visitor.get(f"/admin/{name}/new/").status == (200 if role in view.writes else 403), name
        for verb in view.verbs:
            page = visitor.post(f"/admin/{name}/action/", action=verb.name, rowid="1")
            refused = page.status == 403
            assert refused == (not may_read or role not in verb.roles), (name, verb.name, page.status)


@pytest.mark.parametrize("role", list(Role))
def test_no_address_breaks_for_any_role(tour, prefecture, role):
    visitor = tour(role)
    for method, address, rule in addresses(prefecture):
        if "logout" not in rule and "/delete/" not in rule:
            page = visitor.get(address) if method == "GET" else visitor.post(address)
            assert page.status < 500, (method, address)


def test_the_auditor_reads_all_and_changes_nothing(tour):
    auditor = tour(Role.auditor)
    for name, (_record, view) in VIEWS.items():
        assert Role.auditor not in view.writes
        assert all(Role.auditor not in verb.roles for verb in view.verbs)
        if name != "user":
            assert auditor.get(f"/admin/{name}/").status == 200


@pytest.mark.parametrize("address", ["/admin/edition/new/", "/admin/project/action/", "/admin/import/", "/language/fr"])
def test_no_form_is_taken_without_the_token_of_its_page(visit, address):
    visitor = visit(Role.administrator)
    visitor.token = ""
    page = visitor.post(address, year="2027")
    assert page.status == 400
    db.session.rollback()
    assert db.session.scalar(select(Edition)) is None


def test_a_wrong_password_opens_nothing(app, visit):
    stranger = visit()
    stranger.get("/account/login")
    assert stranger.post("/account/login", email="head_of_unit@example.ma", password="wrong").status == 200
    assert stranger.get("/admin/").status == 302


def test_the_language_is_remembered_with_the_account(app, visit):
    visit(Role.auditor).post("/language/fr")
    page = visit(Role.auditor).get("/admin/")
    assert page.soup.html["lang"] == "fr"
    assert page.soup.html["dir"] == "ltr"


def test_every_page_forbids_scripts_that_are_not_ours(visit):
    policy = visit().get("/transparency").response.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]
