"""Somebody's browser before the real server, without a screen: each request is its own connection, as from one's desk.

with servers.live_server(app) as address:
    one = HttpVisitor(address, "head_of_unit@example.ma", PASSWORD)
    page = one.get("/admin/project/edit/?id=1")
    form = fields_of(page.soup.select_one("form[data-keep]"))
    answer = one.post("/admin/project/edit/?id=1", form | {"budget_lines-0-amount": "9"})
"""

import threading
import uuid
from collections.abc import Callable
from functools import cached_property
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

from bs4 import BeautifulSoup

PATIENCE = 60  # seconds that an answer may take


class Answer:
    """What the server answered, read as a person reads it."""

    def __init__(self, status: int, location: str, body: bytes) -> None:
        self.status, self.location, self.body = status, location, body

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @cached_property
    def soup(self) -> Any:
        return BeautifulSoup(self.text, "html.parser")

    @property
    def flashes(self) -> str:
        return " ".join(element.get_text(" ", strip=True) for element in self.soup.select(".says, .wrong"))


class HttpVisitor:
    """Signs in by the form and keeps its cookies; one visitor may be used by several threads at once."""

    def __init__(self, address: str, email: str, password: str, language: str = "en") -> None:
        self.host, self.cookies = urlsplit(address).netloc, SimpleCookie()
        form = fields_of(self.get("/account/login").soup.select_one("main form"))
        answer = self.post("/account/login", form | {"email": email, "password": password})
        assert answer.status == 302, answer.flashes
        self.token = fields_of(self.get("/admin/").soup.select_one("form[method=post]"))["csrf_token"]
        self.post(f"/language/{language}", {"csrf_token": self.token})

    def get(self, path: str) -> Answer:
        return self._ask("GET", path)

    def post(self, path: str, data: dict[str, Any]) -> Answer:
        """Send a form; a list of values sends its field several times."""
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", path, urlencode(data, doseq=True), kind)

    def upload(self, path: str, data: dict[str, str], name: str, content: bytes) -> Answer:
        """Send a form with a file."""
        edge = uuid.uuid4().hex
        parts = [f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{data[name]}\r\n' for name in data]
        parts.append(f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n')
        body = "".join(parts).encode() + content + f"\r\n--{edge}--\r\n".encode()
        return self._ask("POST", path, body, {"Content-Type": f"multipart/form-data; boundary={edge}"})

    def follow(self, answer: Answer) -> Answer:
        """The page to which an answer leads, or the answer itself."""
        return self.get(answer.location) if answer.location else answer

    def _ask(
        self, method: str, path: str, body: str | bytes | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        connection = HTTPConnection(self.host, timeout=PATIENCE)
        try:
            kept = "; ".join(f"{name}={cookie.value}" for name, cookie in self.cookies.items())
            connection.request(method, path, body, {"Cookie": kept, **(headers or {})})
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        for line in response.headers.get_all("Set-Cookie") or ():
            self.cookies.load(line)
        return Answer(response.status, response.headers.get("Location", ""), content)


def fields_of(form: Any) -> dict[str, Any]:
    """The fields of a form as a browser sends them, untouched; those of a line not added yet are left out."""
    found: dict[str, Any] = {}
    for field in form.select("input[name], select[name], textarea[name]"):
        if field.find_parent("template") or field.get("type") in ("submit", "file"):
            continue
        if field.name == "select":
            chosen = field.select("option[selected]") or field.select("option")[:1]
            values = [each.get("value", each.get_text()) for each in chosen]
        elif field.name == "textarea":
            values = [field.get_text().removeprefix("\n")]
        elif field.get("type") in ("checkbox", "radio"):
            values = [field.get("value", "on")] if field.has_attr("checked") else []
        else:
            values = [field.get("value", "")]
        for value in values:
            found.setdefault(field["name"], []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Each piece of work in its own thread, all let go at the same instant; what each came to."""
    ready, results = threading.Barrier(len(works)), [None] * len(works)

    def one(place: int, work: Callable[[], Any]) -> None:
        ready.wait()
        try:
            results[place] = work()
        except Exception as trouble:  # it is the test that judges
            results[place] = trouble

    threads = [threading.Thread(target=one, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
