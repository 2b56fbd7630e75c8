"""Files made to take the server down: each is refused with a sentence within a second, and nobody else notices."""

import re
import resource
import secrets
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import update

from awrash.database.session import db
from awrash.models import Participant
from awrash.operations import attachments
from awrash.records.accounts import Role, user_by_email
from awrash.records.attachments import Attachment, ScanKind
from awrash.values import file_type
from tests import bombs, servers
from tests.conftest import PASSWORD
from tests.doors import TOKEN, Visitor, run
from tests.world import a_world

AT = datetime(2026, 6, 3, 10, tzinfo=UTC)
MEGABYTE = 1_000_000
MOST_MEMORY = 200 * MEGABYTE  # that the server may take for a file, as the issue has it
MOST_WORK = 2  # seconds of a processor for one file; the issue says one, and others work on this machine too
MOST_SECONDS = 10  # by the clock
MOST_WAITED = 3  # seconds by the clock for somebody else's page meanwhile


class Browser:
    """Somebody before the real server, who reads English."""

    def __init__(self, app, address: str, role: Role | None = None) -> None:
        visitor = Visitor(app, role, PASSWORD)
        visitor.post("/language/en")
        self.host, self.cookie = address.removeprefix("http://"), ""
        if role is not None:
            self.cookie = f"session={visitor.client.get_cookie('session').value}"

    def ask(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> SimpleNamespace:
        server = HTTPConnection(self.host, timeout=60)
        headers = {"Cookie": self.cookie} | ({"Content-Type": kind} if kind else {})
        server.request(method, path, body, headers)
        answer = server.getresponse()
        page = SimpleNamespace(status=answer.status, text=answer.read().decode(errors="replace"))
        page.kind = answer.headers.get_content_type()
        server.close()
        return page

    def send(self, page: str, path: str, content: bytes, name: str = "list.xlsx", **fields: str) -> SimpleNamespace:
        """Post a form with a file, with the token of the page that it stands on."""
        token, mark = TOKEN.search(self.ask("GET", page).text)[1], secrets.token_hex(8)
        parts = [f'Content-Disposition: form-data; name="{key}"\r\n\r\n{value}' for key, value in fields.items()]
        parts.append(f'Content-Disposition: form-data; name="csrf_token"\r\n\r\n{token}')
        head = "".join(f"--{mark}\r\n{part}\r\n" for part in parts)
        head += f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        body = head.encode() + content + f"\r\n--{mark}--\r\n".encode()
        return self.ask("POST", path, body, f"multipart/form-data; boundary={mark}")


@pytest.fixture(scope="module")
def served(worked_on):
    worked_on.renew()
    with worked_on.app.app_context(), servers.live_server(worked_on.app) as address:
        by_role = {role: Browser(worked_on.app, address, role) for role in (Role.file_officer, Role.payroll_officer)}
        yield SimpleNamespace(
            app=worked_on.app, nobody=Browser(worked_on.app, address), **{str(k): v for k, v in by_role.items()}
        )
        db.session.rollback()


def memory(name: str) -> int:
    """Bytes of this process, in which the server runs: VmRSS now, VmHWM at most."""
    return int(re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024


def processor() -> float:
    """Seconds that a processor worked for the server and for the limited processes that it began."""
    each = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in each)


@contextmanager
def nobody_notices(served, work=MOST_WORK, seconds=MOST_SECONDS):
    """Others ask for pages all the while, and get them; the server does not grow."""
    waited, over = [], threading.Event()

    def look() -> None:
        while not over.is_set():
            begun = time.monotonic()
            status = served.nobody.ask("GET", "/healthz").status
            waited.append((status, time.monotonic() - begun))
            over.wait(0.02)

    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before, watcher = memory("VmRSS"), threading.Thread(target=look)
    watcher.start()
    begun, worked = time.monotonic(), processor()
    try:
        yield
    finally:
        taken, worked = time.monotonic() - begun, processor() - worked
        over.set()
        watcher.join()
    assert worked < work and taken < seconds
    assert memory("VmHWM") - before < MOST_MEMORY
    assert {status for status, _ in waited} == {200}
    assert max(seconds for _, seconds in waited) < MOST_WAITED


SENTENCES = (
    "This file cannot be read as a table",
    "This file holds more than can be read at once",
    "blank lines: copy the lines that are filled",
    "a quotation mark is opened",
)


@pytest.mark.parametrize("name", [*bombs.WORKBOOKS, *bombs.TEXTS])
def test_a_list_that_is_a_bomb_is_refused_with_a_sentence_and_nobody_notices(served, name):
    content = bombs.workbook(name) if name in bombs.WORKBOOKS else bombs.TEXTS[name]()
    with nobody_notices(served):
        answer = served.file_officer.send("/admin/import/", "/admin/import/", content, kind="participants")
    assert answer.status == 422
    assert is_refused_once(answer)


def is_refused_once(answer) -> bool:
    return sum(sentence in answer.text for sentence in SENTENCES) == 1


@pytest.mark.parametrize("name", ["single quotes", "shared strings", "an ODS"])
def test_a_file_of_the_bank_that_is_a_bomb_is_refused(served, name):
    content = bombs.workbook(name)
    with nobody_notices(served):
        answer = served.payroll_officer.send("/admin/returns/", "/admin/returns/", content)
    assert answer.status == 422 and is_refused_once(answer)


@pytest.mark.parametrize("content", [b"B00" + b"\n" * 15 * MEGABYTE, b"B00\nB01\n" + b"B02\n" * 4_000_000], ids=len)
def test_a_file_of_cnss_that_is_a_bomb_is_refused(served, content):
    with nobody_notices(served):
        answer = served.payroll_officer.send("/admin/check/", "/admin/check/", content, "b.txt")
    assert answer.status == 422 and "This file has more than 20000 lines" in answer.text


@pytest.mark.parametrize("name", ["single quotes", "blank rows", "shared strings", "an ODS", "nested entities"])
def test_a_command_refuses_a_bomb_with_a_sentence(served, tmp_path, name):
    file = tmp_path / "list.xlsx"
    file.write_bytes(bombs.workbook(name))
    done = run(served.app, "import", "participants", str(file))
    assert done.exit_code == 1 and any(sentence in done.output for sentence in SENTENCES)


@pytest.fixture(scope="module")
def person(served) -> int:
    """A participant to whom scans are attached."""
    kept = a_world().person
    db.session.commit()
    return kept.id


def attach(served, person: int, content: bytes, name: str = "scan.pdf"):
    home, path = f"/admin/participant/details/?id={person}", f"/admin/participant/attach/?id={person}"
    return served.file_officer.send(home, path, content, name, kind="other", note="")


@pytest.mark.parametrize("name", bombs.SCANS)
def test_a_scan_that_is_a_bomb_is_refused_with_its_limit_and_nobody_notices(served, person, name):
    make, sentence = bombs.SCANS[name]
    content = make()
    with nobody_notices(served):
        answer = attach(served, person, content)
    assert answer.status == 422 and sentence in answer.text


@pytest.mark.parametrize("name", bombs.ODD_SCANS)
def test_a_scan_that_leads_a_reader_in_circles_is_judged_soon(served, person, name):
    content = bombs.ODD_SCANS[name]()
    with nobody_notices(served):
        answer = attach(served, person, content)
    assert answer.status in (302, 422)


@pytest.mark.parametrize(
    "content, name",
    [
        (lambda: bombs.png(7_016, 9_921), "a3.png"),  # A3 at 600 dots per inch
        (lambda: bombs.jpeg(8_160, 6_144), "phone.jpg"),  # fifty million pixels
        (lambda: bombs.pages(300, *[bombs.stream(bombs.zeros(1))] * 200), "annexes.pdf"),
    ],
    ids=["A3", "phone", "300 pages"],
)
def test_the_largest_scans_of_an_office_are_taken(served, person, content, name):
    assert attach(served, person, content(), name).status == 302


def test_the_whole_file_opens_though_bombs_were_attached_before_the_limits(served, person):
    kept = [(bombs.SCANS[name][0](), file_type.PNG if " PNG " in name else file_type.PDF) for name in OLD_BOMBS]
    db.session.rollback()
    with db.session.no_autoflush:
        head = user_by_email("head_of_unit@example.ma")
        of = db.session.get(Participant, person)
        made = [
            attachments.attach(of, ScanKind.other, f"old-{at}.png", bombs.png(1, at + 1), head, AT)
            for at in range(len(kept))
        ]
    for attachment, (content, kind) in zip(made, kept, strict=True):
        old = update(Attachment).filter_by(id=attachment.id).values(content=content, media_type=kind)
        db.session.execute(old, execution_options={"vouched_by": "scans attached before the limits"})
    db.session.commit()
    with nobody_notices(served, work=30, seconds=90):
        answer = served.file_officer.ask("GET", f"/admin/participant/dossier/?id={person}")
    assert (answer.status, answer.kind) == (200, "application/pdf")


OLD_BOMBS = (
    "a PNG of 60,000 by 60,000",
    "a PDF of 20,000 pages",
    "a stream of two gigabytes",
    "a page tree of 5,000 levels",
)
