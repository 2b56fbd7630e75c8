"""`make torture`: eight people at once on the real server, on both databases; what was saved, told, refused and lost.

Each scenario is played by eight people with cookies, tokens and moments of thought of their own. An answer counts as
*saved* (it was written), *told* (somebody else was first: a sentence, 409 or 422), *refused* (a rule's sentence),
or *broken* (a 5xx, no answer, or a page without a sentence). After it, what was saved is read back: what is not
there is *lost*.
"""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask_migrate import upgrade
from sqlalchemy import func, select

from awrash import create_app
from awrash.database.session import db, only_reading
from awrash.models import (
    AttendanceLine,
    Certificate,
    CommitteeSession,
    Commune,
    Decision,
    Edition,
    InformationMeeting,
    Participant,
    Payment,
    PayrollRun,
    PaySlip,
    SessionAttendance,
)
from awrash.operations import agreements, attendance
from awrash.operations.people import end_contract
from awrash.records import audit
from awrash.records.accounts import Role, add_user
from awrash.seeds import plant
from awrash.serving import make_server
from awrash.values.states import Outcome, ProjectState
from tests import servers
from tests.http_visitor import Answer, HttpVisitor, fields_of
from tests.world import REASON, a_carrier, a_month_to_pay, a_project

PATIENCE = 90  # seconds that a person waits for the others; longer than the server makes anybody wait for a lock


class Person(HttpVisitor):
    """Somebody at a browser of their own, in English, who sends the token of their session with each form."""

    def send(self, path: str, **asked: Any) -> Answer:
        """Send a form; a value that is a list is sent once for each, `file` as a file (its name, its bytes)."""
        fields = {"csrf_token": self.token, **asked}
        file = fields.pop("file", None)
        return self.upload(path, fields, *file) if file else self.post(path, fields)

    def form(self, path: str, named: str = "version") -> dict[str, Any]:
        """What the form with a field of that name would send as its page stands, but for its token."""
        return form_of(self.get(path), named)

    def fetch(self, path: str) -> bytes:
        """A file, whole: AssertionError when it is refused, http.client.IncompleteRead when it was cut."""
        answer = self.get(path)
        assert answer.status == 200, (path, answer.status)
        return answer.body


def form_of(page: Answer, named: str = "version") -> dict[str, Any]:
    """The fields of a page's form that has one of that name, but for its token."""
    fields = fields_of(page.soup.select_one(f"form:has([name='{named}'])"))
    return {name: value for name, value in fields.items() if name != "csrf_token"}


def plain(answer: Answer) -> str:
    """A page's text as a person reads it, on one line."""
    return " ".join(re.sub(r"[\u2066-\u2069\u200e\u200f]", "", answer.soup.get_text(" ")).split())


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
            self.notes[f"{answer.status} {plain(answer)[:120]}"] += 1
            return False
        if answer.status == 302 if is_saved is None else is_saved:
            self.saved += 1
            return True
        meanwhile = ("meanwhile", "just recorded", "is already", "already recorded", "frozen")
        if answer.status == 409 or any(sentence in plain(answer) for sentence in meanwhile):
            self.told += 1
        elif answer.status in (200, 302, 422):
            self.refused += 1
        else:
            self.broken += 1
            self.notes[f"{answer.status} {plain(answer)[:120]}"] += 1
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

    threads = [threading.Thread(target=life, args=(person, place)) for place, person in enumerate(people)]
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
        if counts.count(person.send(forms[place], **sent)):
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
        counts.count(person.send(form, **sent))

    at_once(people, seconds, turn)
    counts.lost = counts.saved - (int(people[0].form(form)[name].split(",")[0]) - begin)
    return counts


def pressed(people: Sequence[Person], name: str, press: Callable[[Person], Answer], done: str) -> Counts:
    """All press the same button at the same instant; an answer that says `done` is that of who did it."""
    counts, answers = Counts(name), list[Answer]()
    at_once(people, 0, lambda person, _place, _number: answers.append(press(person)))
    for answer in answers:
        counts.count(answer, is_saved=done in plain(answer).replace("Not done for", ""))
    return counts


# ---- the office that is worked on


@dataclass
class Stage:
    """What the scenarios work on, by number: nothing here belongs to a session."""

    carriers: list[int]
    projects: list[int]
    edition: int
    sheet: int
    line: int
    agreement: int
    contract: int
    lines: bytes  # a list of people who are not recorded yet
    people: int  # how many they are


HEADER = "cnie;family_name_ar;given_name_ar;family_name_fr;given_name_fr;born_on;sex;commune"
NEW_PEOPLE = 40


def stage(people: int = 8) -> Stage:
    """An office with a month to pay, a carrier and a scored project for each, and places for one more project."""
    world = a_month_to_pay(first_leaves_on=date(2026, 5, 31))
    commune = db.session.scalar(select(Commune.code).limit(1))
    with db.session.no_autoflush:
        carriers = [a_carrier(f"T-{number}", officer=f"J90000{number}") for number in range(people + 1)]
        projects = [a_project(world.call, carrier, f"2026-9{place:03}") for place, carrier in enumerate(carriers)]
        for carrier, project in zip(carriers, projects, strict=True):
            carrier.cnss_affiliation, project.state = None, ProjectState.scored
        signed = projects[people]
        signed.places, signed.state = 1, ProjectState.approved
        world.edition.quota_person_months = sum(
            project.person_months for project in (world.project, signed, projects[0])
        )
        decision = Decision(session=world.session, project=signed, outcome=Outcome.approved, reason=REASON)
        world.session.attendance.append(SessionAttendance(member="ممثل الصحة"))
    db.session.add_all([*carriers, *projects, decision])
    db.session.flush()
    june = attendance.open_sheet(world.site, date(2026, 6, 1))
    drafted = agreements.prepare_agreement(signed, date(2026, 5, 1))
    agreements.number_agreement(drafted, date(2026, 4, 20))
    end_contract(world.contract, date(2026, 5, 31), "وجدت عملا")
    db.session.commit()
    lines = [f"T{number:06};أكنوز;أمينة;AGNOUZ;AMINA;1990-01-31;F;{commune}" for number in range(NEW_PEOPLE)]
    return Stage(
        carriers=[carrier.id for carrier in carriers[:people]],
        projects=[project.id for project in projects[:people]],
        edition=world.edition.id,
        sheet=june.id,
        line=next(line.id for line in june.lines if line.contract is not world.contract),
        agreement=drafted.id,
        contract=world.contract.id,
        lines="\n".join([HEADER, *lines]).encode(),
        people=NEW_PEOPLE,
    )


def number_of(record: Any, *where: Any) -> int:
    """How many records there are, as a transaction of its own sees it."""
    found = db.session.scalar(select(func.count(record.id)).where(*where))
    db.session.rollback()
    return int(found or 0)


def confirmed(record: str, action: str, *numbers: int, **asked: Any) -> Callable[[Person], Answer]:
    """The confirmed button of a bulk action."""
    rows = {"rowid": [str(number) for number in numbers], "action": action, "confirmed": "1"}
    return lambda person: person.send(f"/admin/{record}/action/", **rows, **asked)


# ---- the scenarios


def one_record(people: Sequence[Person], on: Stage, seconds: float) -> Counts:
    db.session.get_one(Edition, on.edition).places = 100
    db.session.commit()
    return one_number(people, f"/admin/edition/edit/?id={on.edition}", "places", Counts("one record"), seconds)


def one_line(people: Sequence[Person], on: Stage, seconds: float) -> Counts:
    form = f"/admin/project/edit/?id={on.projects[0]}"
    return one_number(people, form, "budget_lines-0-amount", Counts("one budget line"), seconds)


def one_day(people: Sequence[Person], on: Stage, seconds: float) -> Counts:
    """Each adds a day to one line of the month's grid, and takes it away again."""
    page, fill = (f"/admin/attendance_sheet/{page_name}/?id={on.sheet}" for page_name in ("details", "fill"))
    field = f"days-{on.line}"
    counts, changes = Counts("one line of attendance"), list[int]()

    def days() -> int:
        line = db.session.get_one(AttendanceLine, on.line)
        found = line.days_worked
        db.session.rollback()
        return found

    def turn(person: Person, _place: int, number: int) -> None:
        sent = person.form(page, field)
        change = 1 if number % 2 == 0 and int(sent[field]) < 20 else -1 if int(sent[field]) > 0 else 1
        sent[field] = str(int(sent[field]) + change)
        think()
        if counts.count(person.send(fill, **sent)):
            changes.append(change)

    begin = days()
    at_once(people, seconds, turn)
    counts.lost = abs(begin + sum(changes) - days())
    return counts


def last_places(people: Sequence[Person], on: Stage) -> Counts:
    session = db.session.scalar(select(CommitteeSession.id).limit(1))
    db.session.rollback()
    turns = iter(on.projects)
    counts = pressed(
        people,
        "the last places of the quota",
        lambda person: confirmed("project", "approve", next(turns), session=session, reason=REASON)(person),
        "Done for one record",
    )
    edition = db.session.get_one(Edition, on.edition)
    over = edition.booked_person_months() - edition.quota_person_months
    db.session.rollback()
    counts.lost = abs(counts.saved - 1) + max(over, 0)
    return counts


def the_month(people: Sequence[Person], on: Stage) -> Iterator[Counts]:
    payer = people[0]
    made = payer.send("/admin/payroll_run/new/", month="2026-05", **_hidden(payer.get("/admin/payroll_run/new/")))
    assert made.status == 302, plain(made)[-300:]
    run = number_of(PayrollRun)
    counts = pressed(people, "calculate", confirmed("payroll_run", "calculate", run), "Done for one record")
    counts.lost = abs(number_of(PayrollRun) - 1) + abs(number_of(PaySlip) - 3)
    yield counts
    for action in ("approve", "freeze"):
        counts = pressed(people, action, confirmed("payroll_run", action, run), "Done for one record")
        counts.lost = abs(counts.saved - 1)
        yield counts
    counts.lost += abs(number_of(Payment) - 3)


def one_certificate(people: Sequence[Person], on: Stage) -> Counts:
    press = confirmed("contract", "issue_certificate", on.contract)
    counts = pressed(people, "one certificate", press, "Done for one record")
    counts.lost = abs(number_of(Certificate) - 1)
    return counts


def one_list(people: Sequence[Person], on: Stage) -> Counts:
    """All preview the same list, then all write it at the same instant."""
    counts, waiting = Counts("the same list"), dict[int, dict[str, Any]]()

    def preview(person: Person, place: int, _number: int) -> None:
        person.get("/admin/import/")
        answer = person.send("/admin/import/", kind="participants", file=("people.csv", on.lines))
        assert answer.status == 200, plain(answer)[-300:]
        waiting[place] = form_of(answer, "token")

    at_once(people, 0, preview)
    answers = list[Answer]()
    at_once(people, 0, lambda person, place, _: answers.append(person.send("/admin/import/write/", **waiting[place])))
    for answer in answers:
        counts.count(answer)
    counts.lost = abs(number_of(Participant, Participant.cnie.startswith("T")) - on.people)
    return counts


def one_signature(people: Sequence[Person], on: Stage) -> Counts:
    press = confirmed("agreement", "sign_carrier", on.agreement, on="20/04/2026")
    counts = pressed(people, "one signature", press, "Done for one record")
    counts.lost = abs(counts.saved - 1)
    return counts


def double_press(people: Sequence[Person], on: Stage) -> Counts:
    """Each presses the blue button of a new meeting twice at the same instant: one meeting each."""
    before = number_of(InformationMeeting)
    new, forms = "/admin/information_meeting/new/", dict[int, dict[str, Any]]()
    for place, person in enumerate(people):
        forms[place] = _hidden(person.get(new)) | {"held_on": "12/03/2026", "place": f"دار الشباب {place}"}
    counts, answers = Counts("a double press"), list[Answer]()
    twice = [*people, *people]
    at_once(twice, 0, lambda person, place, _: answers.append(person.send(new, **forms[place % len(people)])))
    for answer in answers:
        counts.count(answer)
    counts.lost = abs(number_of(InformationMeeting) - before - len(people))
    return counts


def _hidden(page: Answer) -> dict[str, Any]:
    return {name: value for name, value in form_of(page).items() if value}


def everything(people: Sequence[Person], on: Stage, seconds: float) -> Iterator[Counts]:
    """Every scenario in turn; those of edits last so many seconds each."""
    forms = [f"/admin/carrier/edit/?id={carrier}" for carrier in on.carriers]
    yield each_their_own(people, forms, "address", seconds)
    yield one_record(people, on, seconds)
    yield one_line(people, on, seconds)
    yield one_day(people, on, seconds)
    yield last_places(people, on)
    yield from the_month(people, on)
    yield one_certificate(people, on)
    yield one_list(people, on)
    yield one_signature(people, on)
    yield double_press(people, on)


# ---- `make torture`

EIGHT = [f"officer{number}@example.ma" for number in range(8)]
SECONDS = int(os.environ.get("SECONDS", "20"))
PASSWORD = "a long password 2026"
FREE = {"SIGN_IN_LIMIT": "1000 per minute", "VERIFY_LIMIT": "1000 per minute"}  # eight people on one address


def serve() -> None:
    """The server of the office in a process of its own, on the port of the environment."""
    app = create_app(FREE)
    make_server(app, int(os.environ["PORT"])).run()


@contextmanager
def office(kind: str) -> Iterator[tuple[str, Stage]]:
    """An office on a new database of a kind, and its server as a process: the address, and what there is to do."""
    port = servers.free_port()
    with tempfile.TemporaryDirectory() as home, ExitStack() as leaving:
        os.environ |= {"AWRASH_INSTANCE": home, "PORT": str(port), "AWRASH_DATABASE_URL": ""}
        if kind == "postgres":
            os.environ["AWRASH_DATABASE_URL"] = servers.create_database("torture")
        app = create_app()
        leaving.enter_context(app.app_context())
        upgrade()
        with audit.acting(None, "torture"):
            plant.plant()
            for email in (*EIGHT, *(f"{role.value}@example.ma" for role in Role)):
                add_user(email, Role.head_of_unit, PASSWORD)
            on = stage(len(EIGHT))
        db.session.remove()
        only_reading.set(True)  # what is read back from here never stands in the queue of who is watched
        server = subprocess.Popen([sys.executable, "-m", "tests.torture", "serve"])
        leaving.callback(lambda: (server.terminate(), server.wait(), db.session.remove(), db.engine.dispose()))
        address = f"http://127.0.0.1:{port}"
        servers.wait_for(address)
        yield address, on


COLUMNS = ("work of eight people", "saved", "told", "refused", "lost", "broken")


def main() -> None:
    """Play everything on both databases; a table in Markdown, and an end with 1 when something broke or was lost."""
    wrong = False
    for kind in ("sqlite", "postgres"):
        print(f"\n### {kind}\n\n| {' | '.join(COLUMNS)} |\n|---|--:|--:|--:|--:|--:|")
        with office(kind) as (address, on):
            eight = [Person(address, email, PASSWORD) for email in EIGHT]
            for play in everything(eight, on, SECONDS):
                cells = (play.name, play.saved, play.told, play.refused, play.lost, play.broken)
                print(f"| {' | '.join(map(str, cells))} |", flush=True)
                for note, times in play.notes.items():
                    print(f"  {times} × {note}", file=sys.stderr)
                wrong |= bool(play.lost or play.broken)
    sys.exit(wrong)


if __name__ == "__main__":
    serve() if "serve" in sys.argv else main()
