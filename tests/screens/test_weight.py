"""No page of a list or a report weighs 60 kB before it is compressed, in Arabic, whose letters take two bytes."""

import html
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from awrash.database.session import db
from awrash.records.accounts import AccountRole, Role, user_by_email
from awrash.reports.register import REPORTS
from tests.doors import Visitor

LIMIT = 60_000  # bytes
WHOLE_YEAR = "/admin/paid/?from=2026-01&to=2026-12"
ONWARDS = re.compile(r'<a [^>]*rel="next"[^>]* href="([^"]+)"')
TABS = re.compile(r'<nav class="tabs".*?</nav>', re.DOTALL)
LINK = re.compile(r'href="([^"]+)"')


@pytest.fixture
def everybody(prefecture, tour) -> Visitor:
    """Somebody with every role, whose pages have every column, box and button, in Arabic."""
    visitor = tour(Role.administrator)
    user_by_email(f"{Role.administrator.value}@example.ma").roles = list(db.session.scalars(select(AccountRole)))
    db.session.commit()
    visitor.post("/language/ar")
    return visitor


def addresses(app: Flask) -> Iterator[str]:
    """What the address map opens without an argument, each declared report, and the months of a whole year."""
    yield from (rule.rule for rule in app.url_map.iter_rules() if "GET" in rule.methods and not rule.arguments)
    yield from (f"/admin/report/{code}/" for code in REPORTS)
    yield WHOLE_YEAR


def beside(text: str) -> set[str]:
    """The tabs of a page, and its way onwards."""
    links = [link for tabs in TABS.findall(text) for link in LINK.findall(tabs)]
    return {html.unescape(link) for link in (*links, *ONWARDS.findall(text))}


def test_no_page_of_a_list_or_report_weighs_60_kb(prefecture, everybody):
    first = {address: everybody.get(address) for address in addresses(prefecture)}
    pages = {address: page for address, page in first.items() if page.response.mimetype == "text/html"}
    second = {link for page in pages.values() for link in beside(page.text)} - set(pages)
    pages |= {address: everybody.get(address) for address in second}
    shown = {address: len(page.response.get_data()) for address, page in pages.items() if page.status == 200}
    assert set(shown) > {"/admin/project/", "/transparency", "/transparency?table=projects&page=1#projects", WHOLE_YEAR}
    assert {address: weight for address, weight in shown.items() if weight >= LIMIT} == {}
