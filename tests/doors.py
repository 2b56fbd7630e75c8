"""The doors of the office, as a test uses them: the browser's requests and the terminal."""

import contextvars
import re
from functools import cached_property
from typing import Any

from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select

from awrash.database.session import db
from awrash.rules.check import closing


def alone(call: Any, *words: Any, **named: Any) -> Any:
    """A call outside the test's own application context, as a request or a terminal has it.

    The test's own transaction ends first, so that what it reads next is what the call wrote.
    """
    db.session.rollback()
    return contextvars.Context().run(call, *words, **named)


class Page:
    """An answer, read as a person reads it."""

    def __init__(self, response: Any) -> None:
        self.response, self.status = response, response.status_code
        readable = response.mimetype.startswith("text/")
        self.text = response.get_data(as_text=True) if readable else ""

    @cached_property
    def soup(self) -> Any:
        """The page taken apart, for who asks: that takes as long as making it."""
        return BeautifulSoup(self.text, "html.parser") if self.response.mimetype == "text/html" else None

    def says(self, sentence: str) -> bool:
        """Whether a sentence stands on the page, however its spaces and direction marks fall."""
        return _plain(sentence) in _plain(self.soup.get_text(" ") if self.soup else self.text)

    @property
    def flashes(self) -> str:
        return (
            " ".join(_plain(element.get_text(" ")) for element in self.soup.select(".says, .wrong"))
            if self.soup
            else ""
        )


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"[\u2066-\u2069\u200e\u200f]", "", text)).strip()


TOKEN = re.compile(r'<input[^>]* name="csrf_token"[^>]* value="([^"]+)"')
signed_in: dict[tuple[Flask, str, str], tuple[str, str]] = {}  # what a role's sign-in left: its cookie and its token


class Visitor:
    """Somebody's browser, without a screen: keeps cookies, sends the token of the page it came from.

    Each role signs in once by the form; who comes after that has the cookie which it left.
    """

    def __init__(self, app: Flask, role: Any = None, password: str = "") -> None:
        self.client = app.test_client()
        self.token = ""
        if role is not None:
            who = (app, role.value, password)
            if who not in signed_in:
                signed_in[who] = self._sign_in(role, password)
            cookie, self.token = signed_in[who]
            self.client.set_cookie("session", cookie)

    def _sign_in(self, role: Any, password: str) -> tuple[str, str]:
        self.get("/account/login")
        page = self.post("/account/login", email=f"{role.value}@example.ma", password=password)
        assert page.status == 302, page.flashes
        self.get("/admin/")
        return self.client.get_cookie("session").value, self.token

    def get(self, address: str) -> Page:
        page = Page(alone(self.client.get, address, buffered=True))
        found = TOKEN.search(page.text)
        self.token = found[1] if found else self.token
        return page

    def post(self, address: str, /, **data: Any) -> Page:
        return Page(alone(self.client.post, address, buffered=True, data={"csrf_token": self.token, **data}))

    def act(self, record: str, action: str, ids: list[int], **asked: Any) -> Page:
        """A bulk action on ticked rows: read what will happen, confirm it, read what happened."""
        first = self.post(f"/admin/{record}/action/", action=action, rowid=[str(number) for number in ids])
        assert first.status == 200, first.text[:500]
        filled = first.soup.select("main fieldset input[name][value]:not([type=checkbox], [type=radio])")
        sent = {field["name"]: field["value"] for field in filled} | asked | {"rowid": [str(number) for number in ids]}
        return self.post(f"/admin/{record}/action/", action=action, confirmed="1", **sent)

    def issue(self, paper: str, **asked: Any) -> Page:
        """Press "issue" on a paper's page: `document=deposit_receipt&language=ar&of=1`."""
        return self.post(f"/admin/issued_paper/issue/?{paper}", **asked)


def can_change(record: Any) -> int | None:
    """The first record of a kind that can still be changed."""
    return next((row.id for row in db.session.scalars(select(record).order_by(record.id)) if not closing(row)), None)


def run(app: Flask, *words: str) -> Any:
    """A command of the terminal, in English."""
    return alone(app.test_cli_runner().invoke, args=list(words), env={"AWRASH_LANGUAGE": "en"})
