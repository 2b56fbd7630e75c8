"""Every page, in three languages, light and dark: axe finds no fault, the browser complains of nothing, nothing
runs out of a phone's screen.

The pages are those of the address map, so that a new one is read from its first day. Each is read in each language,
in turns light and dark. A record's forms and answers (new, refused, changed, an empty list, a bulk action) are read
in one way each, the next record's in the next way. AWRASH_EVERY_WAY=1 reads everything in every way: five minutes.
"""

import os
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Error
from sqlalchemy import func, select

from awrash.admin_views import MENU
from awrash.database.session import db
from awrash.models import Certificate, Participant
from awrash.records.accounts import AccountRole, Role, user_by_email
from awrash.reports import blocked_wages
from awrash.reports.register import REPORTS
from tests import servers
from tests.browser import PHONE, WIDE, Window, chromium
from tests.conftest import PASSWORD, TODAY
from tests.doors import can_change
from tests.files.test_imports import HEADER, LIST, PERSON

VIEWS = [(f"/admin/{record.__tablename__}/", record, view) for _, views in MENU for view, record, _ in views]
# Any three in a row are three languages, any two in a row are light and dark.
WAYS = [("ar", "light"), ("fr", "dark"), ("en", "light"), ("ar", "dark"), ("fr", "light"), ("en", "dark")]
SIZES = {"ar": (PHONE, WIDE), "fr": (PHONE,), "en": (WIDE,)}  # axe reads the page at the last one
EMAIL = f"{Role.administrator.value}@example.ma"
USUAL = {"index_view", "details_view", "create_view", "edit_view"}
# Functions that answer with something else than a page; a new one that is not named here makes the test fail.
NO_PAGE = {
    "static",
    "home",
    "health",
    "export",
    "lookup",
    "ajax_lookup",
    "cnss_file",
    "transfer_file",
    "mend",
    "cnss_content",
    "attached_scan",
}
NO_PAGE |= {"open_file", "export_stopped"}
NO_PAGE |= {"dossier", "draft", "file", "progress"}
NO_PAGE |= {"issue", "ask"}  # pages of a paper and of a set of papers: opened below with what they ask for
NO_PAGE |= {"report"}  # each declared report is opened below
SHOWN = 40


class Stop(NamedTuple):
    """A page of the walk: an address opened, or a form sent to it."""

    address: str
    status: int = 200
    sent: dict[str, str] | None = None
    file: str | None = None
    turn: int | None = None  # the only way it is read in; None for each language


def opened(app: Flask) -> list[tuple[str, str]]:
    """What the address map opens as a page: the address and the name of its function."""
    rules = [
        (rule.rule, rule.endpoint.rpartition(".")[2]) for rule in app.url_map.iter_rules() if "GET" in rule.methods
    ]
    return [(address, function) for address, function in rules if function not in NO_PAGE]


def pages_of_records(app: Flask) -> Iterator[Stop]:
    """A list, a record in each of its states, its forms, and what they answer."""
    for turn, (home, record, view) in enumerate(VIEWS):
        state = [record.state] if hasattr(record, "state") else []
        one, *others = sorted(db.session.scalars(select(func.min(record.id)).group_by(*state))) or [None]
        yield Stop(home)
        if hasattr(record, "search_text"):
            yield Stop(f"{home}?q=zzzz", turn=turn)
        if view.form_columns and view.can_create:
            yield Stop(f"{home}new/", turn=turn + 1)
            yield Stop(f"{home}new/", 422, {}, turn=turn + 2)
        if one is None:
            continue
        if view.form_columns and view.can_edit:
            yield Stop(f"{home}edit/?id={can_change(record)}", turn=turn + 3)
        yield Stop(f"{home}details/?id={one}")
        yield from (Stop(f"{home}details/?id={other}", turn=turn + way) for way, other in enumerate(others))
        more = [address for address, function in opened(app) if address.startswith(home) and function not in USUAL]
        yield from (Stop(f"{address}?id={one}") for address in more)
        verb = next((verb for verb in view.verbs if verb.asks), next(iter(view.verbs), None))
        if verb:
            sent = {"action": verb.name, "rowid": str(one)}
            yield Stop(f"{home}action/", 200, sent, turn=turn + 4)
            yield Stop(f"{home}action/", 422 if verb.asks else 200, sent | {"confirmed": "1"}, turn=turn + 5)


def other_pages(app: Flask, signed_in: bool) -> Iterator[Stop]:
    """The addresses of no record that a person reaches, and the pages of what went wrong."""
    code, cnie = (db.session.scalar(select(column).limit(1)) for column in (Certificate.code, Participant.cnie))
    for address, _function in opened(app):
        if not address.startswith(tuple(home for home, *_ in VIEWS)) and (signed_in or "/admin/" not in address):
            yield Stop(address.replace("<path:code>", code))
    yield Stop("/nothing/here", 404)
    yield Stop("/verify/nothing", 404)
    if not signed_in:
        yield Stop("/account/login", 200, {"email": EMAIL, "password": "not this one"})
        return
    yield from (Stop(f"/admin/report/{code}/") for code in REPORTS)
    yield Stop(f"/admin/find/?q={cnie}")
    yield Stop("/admin/find/?q=zzzz")
    owed = blocked_wages.months_owed(blocked_wages.month_to_close(TODAY))
    for code in blocked_wages.TITLES:
        yield from (
            Stop(f"/admin/mend/?contract={x.contract.id}&cause={code}")
            for x in blocked_wages.wages_blocked(owed, code)[:1]
        )
    yield Stop(f"{VIEWS[0][0]}?flt_nothing=1", 400)
    yield Stop(next(f"{home}new/" for home, _, view in VIEWS if not view.can_create), 403)
    yield Stop("/account/change", 200, {"password": PASSWORD, "new_password": "a", "new_password_confirm": "b"})
    yield Stop("/admin/issued_paper/issue/?document=deposit_receipt&language=ar&of=1")
    yield Stop("/admin/issued_paper/issue/?document=approval_letter&language=ar&of=1", 200, turn=2)
    yield Stop("/admin/work/ask/?of=edition&set=certificates&id=1")
    yield Stop("/admin/import/", 422, {"kind": "participants"})
    yield Stop("/admin/import/", 422, {"kind": "participants"}, LIST.read_text())
    yield Stop("/admin/import/", 200, {"kind": "participants"}, f"{HEADER}\n{PERSON}")


def in_turn(stops: Iterable[Stop], way: int) -> Iterator[Stop]:
    """The part of a walk that falls to one way."""
    for number, stop in enumerate(stops):
        mine = number % 2 == way // 3 if stop.turn is None else stop.turn % len(WAYS) == way
        if mine or os.environ.get("AWRASH_EVERY_WAY"):
            yield stop


def walk(window: Window, stops: Iterable[Stop], language: str, elsewhere: set[str]) -> Iterator[tuple[str, str]]:
    """Open each page; gives each fault and where it shows. An address may lead elsewhere, to a page of the walk."""
    for stop in stops:
        where = f"{'sent to ' if stop.sent is not None else ''}{stop.address}"
        try:
            answer = window.open(stop.address) if stop.sent is None else window.post(stop.address, stop.sent, stop.file)
        except Error as error:
            yield where, f"is no page: {error.message.splitlines()[0]}"
            continue
        if answer.request.redirected_from:
            if urlsplit(answer.url).path not in elsewhere:
                yield where, f"leads to {answer.url}"
            continue
        if answer.status != stop.status:
            yield where, f"answers {answer.status} instead of {stop.status}"
        spoken = window.page.evaluate("[document.contentType, document.documentElement.lang]")
        if spoken != ["text/html", language]:
            yield where, f"is {spoken}"
        for size in SIZES[language]:
            beyond = window.sideways(size)
            if beyond:
                yield where, f"runs out of a screen of {size['width']} pixels by {beyond}"
        yield from ((where, fault) for fault in window.violations() + window.complaints())


def told(faults: Iterable[tuple[str, str]]) -> str:
    """Faults, each once with some of its addresses."""
    seen: dict[tuple[str, ...], dict[str, str]] = {}
    for where, fault in faults:
        rule, html, reason, _place = fault.split(" | ") if fault.count(" | ") == 3 else (fault, "", "", "")
        alike = (rule, *re.findall(r'^<\w+| class="[^"]*"', html), re.sub(r"[\d٠-٩]+", "0", reason))
        seen.setdefault(alike, {}).setdefault(where, fault)
    lines = [f"\n{next(iter(by.values()))}\n    on {len(by)}: {', '.join(list(by)[:4])}" for by in seen.values()]
    more = f"\n{len(lines) - SHOWN} more faults" if len(lines) > SHOWN else ""
    return "".join(lines[:SHOWN]) + more


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.mark.parametrize("way", range(len(WAYS)), ids=["-".join(way) for way in WAYS])
def test_every_page_is_without_a_fault(prefecture, browser, way):
    user_by_email(EMAIL).roles = list(db.session.scalars(select(AccountRole)))  # no page and no button is kept away
    db.session.commit()
    language, theme = WAYS[way]
    inside = [*pages_of_records(prefecture), *other_pages(prefecture, True)]
    outside = list(other_pages(prefecture, False))
    db.session.rollback()
    with servers.live_server(prefecture) as address:
        ours, anyones = (Window(browser, address, SIZES[language][-1], axe=True) for _ in range(2))
        ours.sign_in(EMAIL, PASSWORD)
        anyones.open("/account/login")
        faults = []
        admin = {stop.address for stop in inside if stop.address.startswith("/admin/")}
        for window, stops, elsewhere in ((ours, inside, admin), (anyones, outside, {"/account/login"})):
            window.choose(language, theme)
            faults += walk(window, in_turn(stops, way), language, elsewhere)
            window.context.close()
    if faults:
        pytest.fail(told(faults), pytrace=False)
