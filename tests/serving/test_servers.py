"""The servers that the tests start for themselves."""

import threading
from http.client import HTTPConnection

import psycopg
import pytest
from flask import Flask
from playwright.sync_api import sync_playwright

from tests import servers


@pytest.fixture
def small_app() -> Flask:
    app = Flask("small")
    app.add_url_rule("/", "home", lambda: "<!doctype html><title>أوراش</title><h1>Open</h1>")
    return app


def test_a_database_copied_from_a_template_holds_its_rows():
    template = servers.create_database("template_of_one")
    with psycopg.connect(template) as connection:
        connection.execute("CREATE TABLE commune AS SELECT 'أيت ملول' AS name")

    copy = servers.create_database("copy_of_one", "template_of_one")

    with psycopg.connect(copy) as connection:
        assert connection.execute("SELECT name FROM commune").fetchone() == ("أيت ملول",)


def test_a_database_made_again_is_empty():
    with psycopg.connect(servers.create_database("again")) as connection:
        connection.execute("CREATE TABLE left_over (id int)")

    with psycopg.connect(servers.create_database("again")) as connection:
        assert connection.execute("SELECT to_regclass('left_over')").fetchone() == (None,)


def test_postgresql_listens_to_this_machine_only():
    with psycopg.connect(f"{servers.postgres()}/postgres") as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("127.0.0.1",)


def test_chromium_opens_a_page_of_the_live_server(small_app):
    with servers.live_server(small_app) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(**servers.chromium())
        page = browser.new_page()
        page.goto(address)

        assert page.title() == "أوراش"
        assert page.inner_text("h1") == "Open"
        browser.close()


def test_the_live_server_stops_at_once_though_a_browser_stays_connected(small_app):
    before = set(threading.enumerate())
    with servers.live_server(small_app) as address:
        connection = HTTPConnection(address.removeprefix("http://"))
        connection.request("GET", "/")
        connection.getresponse().read()

    assert set(threading.enumerate()) <= before
    connection.close()


@pytest.mark.parametrize(("wanted", "outcome"), [("1", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_what_is_missing_skips_a_test_and_fails_it_where_all_is_required(monkeypatch, wanted, outcome):
    monkeypatch.setenv("AWRASH_REQUIRE_ALL", wanted)

    with pytest.raises(outcome, match="no printer"):
        servers.require(False, "no printer")
