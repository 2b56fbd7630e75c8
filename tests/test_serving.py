"""The server as the office runs it: a process of its own on this machine."""

import os
import signal
import stat
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path

import pytest

from awrash import create_app
from awrash.database import db
from awrash.serving import know_public_names
from awrash.stationery import HeadKind, Letterhead
from tests import servers
from tests.conftest import TODAY

ROOT = Path(__file__).parent.parent
PATIENCE = 60  # seconds for a process to begin


def asked(address: str, host: str | None = None, path: str = "/healthz"):
    """Status, headers and text of an answer to whoever asks under a name."""
    connection = HTTPConnection(address.removeprefix("http://"), timeout=PATIENCE)
    try:
        connection.request("GET", path, headers={} if host is None else {"Host": host})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


HERE = ["localhost", "localhost:8000", "127.0.0.1", "127.0.0.1:1"]
ELSEWHERE = ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "evil.example:8000", "a b", "[::2]"]


@pytest.fixture
def office_of(planted, monkeypatch):
    planted.renew()
    return planted.app


@pytest.mark.parametrize("host", HERE)
def test_the_office_answers_under_the_names_of_this_machine(office_of, host):
    assert office_of.test_client().get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/admin/", "/account/login", "/transparency", "/nothing"])
@pytest.mark.parametrize("host", ELSEWHERE)
def test_the_office_answers_under_no_other_name(office_of, host, path):
    page = office_of.test_client().get(path, headers={"Host": host, "Accept-Language": "en"})
    assert page.status_code == 400
    assert len(page.text) > 40 and host not in page.text


def test_names_come_from_the_environment_and_from_the_letterhead(office_of, monkeypatch):
    monkeypatch.setenv("AWRASH_HOSTS", "awrash.example.ma, second.example.ma")
    app = create_app({"SQLALCHEMY_DATABASE_URI": office_of.config["SQLALCHEMY_DATABASE_URI"]})
    known = ["awrash.example.ma", "second.example.ma"]
    for host in known:
        assert app.test_client().get("/healthz", headers={"Host": host}).status_code == 200
    with office_of.app_context():
        lines = {"lines_ar": "المجلس", "lines_fr": "Conseil", "city_ar": "إنزكان", "city_fr": "Inezgane"}
        head = Letterhead(kind=HeadKind.council, since=TODAY, site="https://public.example.ma:8443/office", **lines)
        db.session.add(head)
        db.session.commit()
        db.session.remove()
    assert app.test_client().get("/healthz", headers={"Host": "public.example.ma"}).status_code == 400
    know_public_names(app)
    for host in (*known, "public.example.ma", "localhost"):
        assert app.test_client().get("/healthz", headers={"Host": host}).status_code == 200


def test_the_server_does_not_say_what_it_is(office_of):
    with servers.live_server(office_of) as address:
        for path in ("/healthz", "/account/login", "/nothing", "/" + "a" * 300_000):
            _status, headers, text = asked(address, path=path)
            assert "Server" not in headers and "Via" not in headers, path
            assert "waitress" not in text.lower(), path
