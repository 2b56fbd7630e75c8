"""Eight people on the real server at the same time: what they save is saved, and nobody is told of a lock."""

import threading
from datetime import date

import pytest
from sqlalchemy import event, func, select

from awrash.database.preview import preview
from awrash.database.session import db, only_reading
from awrash.files.imports import check_file
from awrash.models import Commune, Contract, Participant
from awrash.records.accounts import Role, add_user
from awrash.records.audit import AuditLine
from tests import servers, torture
from tests.conftest import PASSWORD
from tests.world import a_participant, a_world

SECONDS = 2
EIGHT = range(8)


@pytest.fixture
def on(app):
    """The office that the eight work on."""
    return torture.stage(len(EIGHT))


@pytest.fixture
def eight(app, on):
    """Eight people of the team, signed in on the real server, in English."""
    emails = [f"officer{number}@example.ma" for number in EIGHT]
    for email in emails:
        add_user(email, Role.head_of_unit, PASSWORD)
    db.session.commit()
    with servers.live_server(app) as address:
        yield [torture.Person(address, email, PASSWORD) for email in emails]


def test_eight_at_once_lose_nothing_and_nobody_is_told_of_a_lock(eight, on):
    found = list(torture.everything(eight, on, SECONDS))

    assert len(found) == 12
    assert [counts for counts in found if counts.broken or counts.lost or not counts.saved] == []


def test_eight_who_save_their_own_records_are_all_saved(eight, on):
    forms = [f"/admin/carrier/edit/?id={carrier}" for carrier in on.carriers]

    counts = torture.each_their_own(eight, forms, "address", SECONDS)

    assert counts.saved > len(eight)
    assert (counts.told, counts.refused, counts.broken, counts.lost) == (0, 0, 0, 0), counts


def test_a_page_that_is_read_never_waits_for_those_who_write(app, eight):
    """SQLite alone has one queue of writers; on PostgreSQL nobody ever waits to read."""
    reader = eight[0]
    sent = reader.form("/admin/carrier/edit/?id=1")
    for _ in range(len(eight)):  # every thread of the server has just written
        assert reader.send("/admin/carrier/edit/?id=1", **sent | reader.form("/admin/carrier/edit/?id=1")).status == 302
    only_reading.set(False)
    with db.engine.begin():  # somebody who writes for a long time
        pages = ["/admin/", "/admin/carrier/", "/admin/carrier/edit/?id=1", "/healthz"]
        assert [reader.get(page).status for page in pages] == [200] * len(pages)
        assert reader.send("/admin/carrier/action/", action="admit", rowid="1").status == 200


PEOPLE = "cnie;family_name_ar;given_name_ar;family_name_fr;given_name_fr;born_on;sex;commune;address\n"


def test_while_a_list_is_previewed_the_others_go_on_writing(app, eight):
    previewer, saver = eight[:2]
    commune = db.session.scalar(select(Commune.code).limit(1))
    lines = [f"K{number:06};أكنوز;أمينة;AGNOUZ;AMINA;1990-01-31;F;{commune};" for number in range(60)]
    known = f"J100001;أكنوز;أمينة;AGNOUZ;AMINA;1990-01-31;F;{commune};حي السلام"  # the preview changes her address
    lines.insert(0, known)
    before = db.session.scalar(select(func.count(Participant.id)))
    db.session.rollback()
    previewer.get("/admin/import/")
    begun, answers = threading.Event(), []
    event.listen(db.engine, "before_cursor_execute", lambda *said: "INSERT INTO audit_line" in said[2] and begun.set())

    def previewing():
        answers.append(
            previewer.send(
                "/admin/import/", kind="participants", file=("people.csv", (PEOPLE + "\n".join(lines)).encode())
            )
        )

    thread = threading.Thread(target=previewing)
    thread.start()
    assert begun.wait(torture.PATIENCE)
    person = "/admin/participant/edit/?id=1"
    assert saver.send(person, **saver.form(person) | {"phone": "0661000001"}).status == 302
    assert not answers, "the save waited for the preview"
    thread.join()
    assert answers[0].status == 200 and "60" in torture.plain(answers[0])
    kept = db.session.get(Participant, 1)
    assert (kept.address, kept.phone) == (None, "+212661000001")
    assert db.session.scalar(select(func.count(Participant.id))) == before


def test_a_file_that_is_only_tried_is_judged_by_what_its_own_lines_would_fill(app):
    """Two lines for the last place: the second is refused in the preview as it would be in the end."""
    world = a_world()
    world.site.places = 2
    people = [a_participant(f"J20000{number}") for number in range(2)]
    db.session.add_all(people)
    db.session.commit()
    header = "number;participant.cnie;worksite.code;job;starts_on;ends_on;monthly_wage\n"
    lines = [f"K-9{n};J20000{n};W-1;عاملة;2026-05-01;2026-07-31;3422,72" for n in range(2)]
    before = db.session.scalar(select(func.count(AuditLine.id)))
    only_reading.set(True)
    db.session.rollback()

    with preview(Contract):
        report = check_file("contracts", (header + "\n".join(lines)).encode(), date(2026, 5, 1))

    assert [(fault.line, fault.rule) for fault in report.faults] == [(3, "within_worksite")]
    assert db.session.scalar(select(func.count(Contract.id))) == 1
    assert db.session.scalar(select(func.count(AuditLine.id))) == before


def test_a_preview_is_never_committed(app):
    only_reading.set(True)
    db.session.rollback()
    with pytest.raises(RuntimeError), preview():
        db.session.add(a_participant())
        db.session.commit()
    db.session.rollback()
    assert db.session.scalar(select(func.count(Participant.id))) == 0
