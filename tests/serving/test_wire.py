"""What goes over the wire: how little of it, what a browser may keep, what is never compressed."""

import gzip
import time
from email.message import Message
from http.client import HTTPConnection
from typing import NamedTuple

import brotli
import pytest
from bs4 import BeautifulSoup
from itsdangerous import TimestampSigner
from sqlalchemy import event, select

from awrash import settings
from awrash.database.session import db
from awrash.models import PayrollRun
from awrash.records.accounts import Role
from tests import servers
from tests.conftest import PASSWORD
from tests.doors import TOKEN, Visitor
from tests.http_visitor import PATIENCE, HttpVisitor

ALL = "gzip, deflate, br, zstd"  # what a browser of today accepts from a server that it trusts
UNPACK = {"br": brotli.decompress, "gzip": gzip.decompress}
STYLE = "built/awrash.css"
FONT = "built/awrash-latin-400.woff2"
LIGHT = 15_000  # bytes of a page
FIRST_VISIT = 120_000  # bytes of the sign-in page with its styles, its script and its four fonts
LISTS = ["participant", "contract", "worksite", "agreement", "project", "payment"]


class Sent(NamedTuple):
    status: int
    headers: Message
    body: bytes

    @property
    def encoding(self) -> str | None:
        return self.headers["Content-Encoding"]

    @property
    def plain(self) -> bytes:
        return UNPACK[self.encoding](self.body) if self.encoding else self.body


class Browser(HttpVisitor):
    """Somebody signed in, who sees what was sent before it is unpacked."""

    def fetch(self, path: str, method: str = "GET", **headers: str) -> Sent:
        kept = "; ".join(f"{name}={cookie.value}" for name, cookie in self.cookies.items())
        connection = HTTPConnection(self.host, timeout=PATIENCE)
        try:
            asked = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, headers={"Cookie": kept, **asked})
            answer = connection.getresponse()
            return Sent(answer.status, answer.headers, answer.read())
        finally:
            connection.close()


@pytest.fixture
def browser(prefecture):
    with servers.live_server(prefecture) as address:
        yield Browser(address, f"{Role.administrator.value}@example.ma", PASSWORD)


def static(name: str) -> str:
    return f"{settings.static_address()}/{name}"


def content(name: str) -> bytes:
    return (settings.STATIC / name).read_bytes()


# ---- style, script, fonts


@pytest.mark.parametrize("accepted, used", [(ALL, "br"), ("gzip, deflate", "gzip"), ("identity", None)])
def test_the_style_is_sent_as_the_browser_takes_it_and_kept_for_a_year(browser, accepted, used):
    sent = browser.fetch(static(STYLE), Accept_Encoding=accepted)

    assert (sent.status, sent.encoding, sent.plain) == (200, used, content(STYLE))
    assert int(sent.headers["Content-Length"]) == len(sent.body)
    assert len(sent.body) < len(content(STYLE)) / 4 or used is None
    assert "Accept-Encoding" in sent.headers["Vary"]
    assert sent.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert sent.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("accepted", [ALL, "gzip", "identity"])
def test_a_style_that_the_browser_kept_is_not_sent_again(browser, accepted):
    known = browser.fetch(static(STYLE), Accept_Encoding=accepted).headers["ETag"]
    again = browser.fetch(static(STYLE), Accept_Encoding=accepted, If_None_Match=known)

    assert (again.status, again.body) == (304, b"")
    assert again.headers["ETag"] == known
    assert again.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_each_encoding_of_a_style_has_a_name_of_its_own(browser):
    names = {
        browser.fetch(static(STYLE), Accept_Encoding=coding).headers["ETag"] for coding in ("br", "gzip", "identity")
    }
    assert len(names) == 3


def test_a_part_of_a_style_is_of_the_file_itself(browser):
    whole = browser.fetch(static(STYLE), Accept_Encoding=ALL)
    part = browser.fetch(static(STYLE), Accept_Encoding=ALL, Range="bytes=100-1099")
    changed = browser.fetch(static(STYLE), Accept_Encoding=ALL, Range="bytes=0-9", If_Range=whole.headers["ETag"])

    assert (part.status, part.encoding, part.body) == (206, None, content(STYLE)[100:1100])
    assert part.headers["Content-Range"] == f"bytes 100-1099/{len(content(STYLE))}"
    assert (changed.status, changed.plain) == (200, content(STYLE))  # what it has a part of was compressed


@pytest.mark.parametrize("accepted", [ALL, "identity"])
def test_head_tells_of_a_style_what_get_tells(browser, accepted):
    got, told = (browser.fetch(static(STYLE), method, Accept_Encoding=accepted) for method in ("GET", "HEAD"))

    assert (told.status, told.body) == (200, b"")
    for name in ("Content-Length", "Content-Encoding", "ETag", "Vary", "Cache-Control"):
        assert told.headers[name] == got.headers[name], name


def test_a_font_is_compressed_already(browser):
    sent = browser.fetch(static(FONT), Accept_Encoding=ALL)
    assert (sent.encoding, sent.body) == (None, content(FONT))


def test_style_and_script_ask_nothing_of_the_database(prefecture):
    known, statements = Visitor(prefecture, Role.administrator, PASSWORD), []
    count = lambda *told: statements.append(told[2])  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", count)
    try:
        assert known.get(static(STYLE)).status == 200
        assert statements == []
        known.get("/admin/")
        assert statements
    finally:
        event.remove(db.engine, "before_cursor_execute", count)


# ---- pages


@pytest.mark.parametrize("accepted, used", [(ALL, "br"), ("gzip, deflate", "gzip")])
@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_a_few_kilobytes(browser, name, accepted, used):
    sent = browser.fetch(f"/admin/{name}/", Accept_Encoding=accepted)

    assert (sent.status, sent.encoding) == (200, used)
    assert len(sent.body) < LIGHT
    assert sent.plain.rstrip().endswith(b"</html>")
    assert sent.headers["Cache-Control"] == "no-store"
    assert {"Accept-Encoding", "Cookie"} <= {name.strip() for name in sent.headers["Vary"].split(",")}


def test_whoever_takes_nothing_compressed_gets_the_same_page(browser):
    packed, plain = (browser.fetch("/transparency", Accept_Encoding=coding) for coding in (ALL, "identity"))
    assert (packed.encoding, plain.encoding) == ("br", None)
    first, second = (TOKEN.sub("", answer.plain.decode()) for answer in (packed, plain))  # signed anew each second
    assert first == second


def test_head_of_a_page_has_no_body(browser):
    told = browser.fetch("/admin/participant/", "HEAD", Accept_Encoding=ALL)
    assert (told.status, told.body, told.encoding) == (200, b"", "br")


def test_a_first_visit_is_light(browser):
    browser.cookies.clear()
    page = browser.fetch("/account/login", Accept_Encoding=ALL)
    soup = BeautifulSoup(page.plain, "html.parser")
    files = {element["href"] for element in soup.select("link[href]")} | {
        element["src"] for element in soup.select("script[src]")
    }
    files |= {static(font.relative_to(settings.STATIC).as_posix()) for font in settings.STATIC.glob("built/*.woff2")}

    sent = [page, *(browser.fetch(file, Accept_Encoding=ALL) for file in files)]
    assert {answer.status for answer in sent} == {200}
    assert sum(len(answer.body) for answer in sent) < FIRST_VISIT


def test_the_sign_in_page_is_kept_by_nobody(browser):
    assert browser.fetch("/account/login").headers["Cache-Control"] in ("private, no-store", "no-store, private")


# ---- files


def test_files_are_sent_as_they_are(browser):
    run = db.session.scalar(select(PayrollRun.id).where(PayrollRun.frozen_at.is_not(None)).limit(1))
    db.session.rollback()
    files = ["/admin/participant/export/xlsx/", "/admin/participant/export/csv/", f"/admin/payroll_run/cnss/?id={run}"]
    for address in files:
        sent = browser.fetch(address, Accept_Encoding=ALL)
        assert (sent.status, sent.encoding) == (200, None), address
        assert sent.headers["Content-Disposition"].startswith("attachment"), address


# ---- what the size of a page may tell


@pytest.mark.parametrize(
    "site, used", [("cross-site", None), ("same-site", None), ("same-origin", "br"), ("none", "br")]
)
def test_a_page_that_another_site_asks_for_is_not_compressed(browser, site, used):
    page = browser.fetch("/admin/participant/?q=alami", Accept_Encoding=ALL, Sec_Fetch_Site=site)
    style = browser.fetch(static(STYLE), Accept_Encoding=ALL, Sec_Fetch_Site=site)

    assert (page.status, page.encoding) == (200, used)
    assert style.encoding == "br"


def test_what_stays_the_same_in_the_token_of_forms_sends_none(prefecture, monkeypatch):
    known, tokens = Visitor(prefecture, Role.administrator, PASSWORD), []
    now = int(time.time())
    for at in (now, now + 1):
        monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _, at=at: at)
        tokens.append(known.get("/admin/").soup.select_one("form[method=post] [name=csrf_token]")["value"])
    (same, *first), (same_again, *second) = (token.split(".") for token in tokens)

    assert same == same_again and not set(first) & set(second)
    for token in (same, ".".join([same, *first[:1]]), ".".join([same, second[0], first[1]])):
        assert known.client.post("/language/fr", data={"csrf_token": token}).status_code == 400
    assert known.client.post("/language/fr", data={"csrf_token": tokens[0]}).status_code == 302
