"""`make torture`: eight people at once on the real server, on both databases; what was saved, told, refused and lost.

Each scenario is played by eight people with cookies, tokens and moments of thought of their own. An answer counts as
*saved* (it was written), *told* (somebody else was first: a sentence, 409 or 422), *refused* (a rule's sentence),
or *broken* (a 5xx, no answer, or a page without a sentence). After it, what was saved is read back: what is not
there is *lost*.
"""

from __future__ import annotations

import http.client
import random
import re
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

from lxml.html import document_fromstring

PATIENCE = 90  # seconds that a person waits for an answer; longer than the server makes anybody wait for a lock
TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')


@dataclass(frozen=True)
class Answer:
    """One answer of the server: its status, where it leads, its page."""

    status: int
    location: str
    text: str

    @property
    def plain(self) -> str:
        """The page's text as a person reads it, on one line."""
        words = document_fromstring(self.text).text_content() if self.text.strip() else ""
        return " ".join(re.sub(r"[\u2066-\u2069\u200e\u200f]", "", words).split())


class Person:
    """Somebody at a browser of their own, over a real connection: keeps cookies, sends the token of the last page."""

    def __init__(self, address: str) -> None:
        self.host = urlsplit(address).netloc
        self.cookies: dict[str, str] = {}
        self.token = ""
        self.connection = http.client.HTTPConnection(self.host, timeout=PATIENCE)

    def sign_in(self, email: str, password: str) -> Person:
        self.get("/account/login")
        answer = self.post("/account/login", email=email, password=password)
        assert answer.status == 302, answer.plain[-500:]
        self.get("/admin/")
        self.post("/language/en")
        return self

    def get(self, path: str) -> Answer:
        answer = self.ask("GET", path)
        found = TOKEN.search(answer.text)
        self.token = found[1] if found else self.token
        return answer

    def post(self, path: str, **asked: Any) -> Answer:
        """Send a form; a value that is a list is sent once for each, a value that is (name, bytes) as a file."""
        fields = {"csrf_token": self.token, **asked}
        files = {name: value for name, value in fields.items() if isinstance(value, tuple)}
        if not files:
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            return self.ask("POST", path, urlencode(fields, doseq=True).encode(), form)
        border = uuid.uuid4().hex
        parts = [
            f'--{border}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in fields.items()
            if name not in files
        ]
        for name, (file_name, content) in files.items():
            head = f'--{border}\r\nContent-Disposition: form-data; name="{name}"; filename="{file_name}"\r\n\r\n'
            parts.append(head.encode() + content + b"\r\n")
        body = b"".join([*parts, f"--{border}--\r\n".encode()])
        return self.ask("POST", path, body, {"Content-Type": f"multipart/form-data; boundary={border}"})

    def fetch(self, path: str) -> bytes:
        """A file, whole: AssertionError when it is refused, http.client.IncompleteRead when it was cut."""
        response, content = self._ask("GET", path)
        assert response.status == 200, (path, response.status)
        return content

    def ask(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Answer:
        response, content = self._ask(method, path, body, headers)
        readable = response.headers.get_content_maintype() == "text"
        text = content.decode("utf-8", "replace") if readable else ""
        return Answer(response.status, response.headers.get("Location", ""), text)

    def _ask(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[http.client.HTTPResponse, bytes]:
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())} | (headers or {})
        try:
            self.connection.request(method, path, body, sent)
            response = self.connection.getresponse()
        except (http.client.HTTPException, ConnectionError):  # the server closed a connection that had waited
            self.connection.close()
            self.connection.request(method, path, body, sent)
            response = self.connection.getresponse()
        content = response.read()
        for line in response.headers.get_all("Set-Cookie") or ():
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        return response, content

    def form(self, path: str) -> dict[str, Any]:
        """What the form of a page would send as it stands, without what a person ticks or leaves out."""
        return form_of(self.get(path).text)


def form_of(page: str) -> dict[str, Any]:
    """What the page's own form (the one with a version) would send as it stands, by name, but for its token."""
    form = next(one for one in document_fromstring(page).forms if "version" in one.fields)
    sent: dict[str, Any] = {}
    for name, value in form.form_values():
        if name != "csrf_token" and "__n__" not in name:
            sent.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in sent.items()}


def rows_of(page: str) -> int:
    """How many rows the body of the page's first table has."""
    return len(document_fromstring(page).xpath("//table[1]/tbody/tr"))


@contextmanager
def people(address: str, emails: Iterable[str], password: str) -> Iterator[list[Person]]:
    """People who signed in, each at a browser of their own, until they leave."""
    with ExitStack() as leaving:
        signed_in = []
        for email in emails:
            person = Person(address)
            leaving.callback(person.connection.close)
            signed_in.append(person.sign_in(email, password))
        yield signed_in


@dataclass
class Counts:
    """What came of one scenario."""

    name: str
    saved: int = 0
    told: int = 0
    refused: int = 0
    broken: int = 0
    lost: int = 0
    notes: Counter[str] = field(default_factory=Counter)

    def count(self, answer: Answer, is_saved: bool | None = None) -> bool:
        """File one answer; gives whether something was written."""
        if answer.status >= 500:
            self.broken += 1
            self.notes[f"{answer.status} {answer.plain[:120]}"] += 1
            return False
        if answer.status == 302 if is_saved is None else is_saved:
            self.saved += 1
            return True
        meanwhile = ("meanwhile", "just recorded", "is already", "already recorded", "frozen")
        if answer.status == 409 or any(one in answer.plain for one in meanwhile):
            self.told += 1
        elif answer.status in (200, 302, 422):
            self.refused += 1
        else:
            self.broken += 1
            self.notes[f"{answer.status} {answer.plain[:120]}"] += 1
        return False


def at_once(people: Sequence[Person], seconds: float, turn: Callable[[Person, int, int], None]) -> None:
    """Let each person take turns (person, place, number of the turn) until the time is over; a fault is raised here."""
    ends, faults = time.monotonic() + seconds, list[BaseException]()
    gate = threading.Barrier(len(people))

    def life(person: Person, place: int) -> None:
        try:
            gate.wait(PATIENCE)
            number = 0
            while time.monotonic() < ends or number == 0:
                turn(person, place, number)
                number += 1
        except BaseException as fault:  # raised again below, where the caller sees it
            faults.append(fault)

    threads = [threading.Thread(target=life, args=(one, place)) for place, one in enumerate(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]


def think(longest: float = 0.3) -> None:
    """The moment between reading a page and pressing its button, in which others press theirs."""
    time.sleep(random.uniform(0, longest))


def each_their_own(people: Sequence[Person], forms: Sequence[str], text: str, seconds: float) -> Counts:
    """Each changes a text of a record of their own: nothing stands in anybody's way."""
    counts, last = Counts("each their own record"), dict[int, str]()

    def turn(person: Person, place: int, number: int) -> None:
        sent = person.form(forms[place])
        if place in last and sent[text] != last[place]:
            counts.lost += 1
        think()
        sent[text] = f"{place} {number}"
        if counts.count(person.post(forms[place], **sent)):
            last[place] = sent[text]

    at_once(people, seconds, turn)
    return counts


def one_number(people: Sequence[Person], form: str, name: str, counts: Counts, seconds: float) -> Counts:
    """All raise one number by one, each from the page they read: as many as were saved, by so much it grew."""
    begin = int(people[0].form(form)[name].split(",")[0])

    def turn(person: Person, _place: int, _number: int) -> None:
        sent = person.form(form)
        sent[name] = str(int(sent[name].split(",")[0]) + 1)
        think()
        counts.count(person.post(form, **sent))

    at_once(people, seconds, turn)
    counts.lost = counts.saved - (int(people[0].form(form)[name].split(",")[0]) - begin)
    return counts


def pressed(people: Iterable[Person], name: str, press: Callable[[Person], Answer], done: str) -> Counts:
    """All press the same button at the same instant; an answer that holds `done` is that of who did it."""
    counts = Counts(name)
    lock = threading.Lock()

    def turn(person: Person, _place: int, _number: int) -> None:
        answer = press(person)
        with lock:
            counts.count(answer, is_saved=done in answer.plain.replace(f"Not {done[:1].lower()}{done[1:]}", ""))

    at_once(list(people), 0, turn)
    return counts
