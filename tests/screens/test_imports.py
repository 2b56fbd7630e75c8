"""The screen that brings files in: read the preview, then write all or the good lines, once and by who may."""

import io
import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import current_app
from sqlalchemy import func, select

from awrash import worker
from awrash.database.session import db
from awrash.files.import_kinds import KINDS
from awrash.files.temporary import UPLOAD_WAITS, keep_upload, upload_of
from awrash.models import Participant
from awrash.records.accounts import Role
from awrash.records.audit import AuditLine
from awrash.screens import imports
from tests.doors import Page, alone
from tests.files.test_imports import FAULTS, GOOD, HEADER, LIST, PERSON, bring, faults_of, people

SENTENCE = "123 is not a CNIE number: write one or two letters and up to six digits, as on the card."


def send(visitor, content: str | bytes, kind: str = "participants", name: str = "list.csv"):
    content = content if isinstance(content, bytes) else content.encode()
    visitor.get("/admin/import/")
    return visitor.post("/admin/import/", kind=kind, file=(io.BytesIO(content), name))


def token_of(page) -> str:
    return page.soup.select_one("input[name=token]")["value"]


@pytest.fixture
def officer(visit):
    visitor = visit(Role.file_officer)
    visitor.post("/language/en")
    return visitor


def test_a_good_file_is_previewed_then_written_whole_and_only_once(officer):
    page = send(officer, f"{HEADER}\n{PERSON}")
    assert (page.status, people()) == (200, 0)
    token = token_of(page)
    written = officer.post("/admin/import/write/", token=token)
    assert (written.status, written.response.location, people()) == (302, "/admin/participant/", 1)
    assert officer.post("/admin/import/write/", token=token).response.location == "/admin/import/"
    assert officer.get("/admin/import/").says("This file was already written or waited too long: upload it again.")


def test_what_is_written_bears_the_name_of_who_wrote_it(officer):
    officer.post("/admin/import/write/", token=token_of(send(officer, f"{HEADER}\n{PERSON}")))
    line = db.session.scalars(select(AuditLine).filter_by(record="participant")).one()
    assert line.actor_id is not None


def test_a_faulty_file_is_written_only_in_its_good_lines_and_only_when_asked(officer):
    page = send(officer, LIST.read_bytes())
    assert (page.status, len(page.soup.select("tbody tr")), people()) == (422, len(FAULTS), 0)
    refused = officer.post("/admin/import/write/", token=token_of(page))
    assert (refused.status, people()) == (422, 0)
    assert officer.post("/admin/import/write/", token=token_of(refused), good_lines="1").status == 302
    assert people() == GOOD


@pytest.mark.parametrize("language, title", [("en", "Date of birth"), ("fr", "Date de naissance")])
def test_a_fault_stands_beside_its_line_and_the_label_of_its_column(officer, language, title):
    officer.post(f"/language/{language}")
    page = send(officer, f"{HEADER}\n{PERSON.replace('1990-12-31', '1990-02-30')}")
    cells = [cell.get_text(strip=True) for cell in page.soup.select("tbody td")]
    assert cells[:2] == ["2", title]
    assert "1990-02-30" in cells[2]


def test_the_same_sentence_is_said_by_the_form_and_by_the_import(officer):
    cells = dict(zip(HEADER.split(";"), PERSON.split(";"), strict=True)) | {"cnie": "123", "commune": "1"}
    form = officer.post("/admin/participant/new/", **cells)
    screen = send(officer, f"{HEADER}\n{PERSON}".replace("J123456", "123"))
    assert (form.status, screen.status) == (422, 422)
    assert form.says(SENTENCE)
    assert screen.says(SENTENCE)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "content",
    [b"", b"\r\n", bytes(range(256)) * 50, b"PK\x03\x04rubbish", b"\xff\xfe\x00", b"%PDF-1.7\n", b'"', b"x" * 300_000],
)
def test_what_is_no_list_is_refused_with_a_sentence(officer, kind, content):
    if kind == "attendance":
        return
    page = send(officer, content, kind, "list.xlsx")
    assert page.status == 422
    assert page.soup.select(".says.error")
    assert not page.soup.select("input[name=token]")


def send_whole(visitor, content: bytes) -> Page:
    """An upload as one body, since the test client leaves the temporary file of a large form open."""
    visitor.get("/admin/import/")
    head = f'--x\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{visitor.token}\r\n'
    head += '--x\r\nContent-Disposition: form-data; name="kind"\r\n\r\nparticipants\r\n'
    head += '--x\r\nContent-Disposition: form-data; name="file"; filename="list.csv"\r\n\r\n'
    body = head.encode() + content + b"\r\n--x--\r\n"
    sent = {"data": body, "content_type": "multipart/form-data; boundary=x", "buffered": True}
    return Page(alone(visitor.client.post, "/admin/import/", **sent))


def test_a_file_of_more_than_twenty_megabytes_is_refused_with_a_sentence(officer):
    page = send_whole(officer, b"x" * 21 * 1024 * 1024)
    assert page.status == 413
    assert page.says("This file is too large: at most 20 MB.")


@pytest.mark.parametrize("content", [PERSON.encode() + b"\n", b"x", b";", b"\x80"], ids=["lines", "x", ";", "bytes"])
def test_twenty_megabytes_of_anything_are_refused_with_a_sentence(officer, content):
    size = 19 * 1024 * 1024
    page = send_whole(officer, HEADER.encode() + b"\n" + (content * (size // len(content)))[:size])
    assert page.status == 422
    assert page.soup.select(".says.error")


def test_a_file_of_more_lines_than_a_screen_reads_is_refused(officer, monkeypatch):
    monkeypatch.setattr(imports, "MOST_LINES", 1)
    assert send(officer, f"{HEADER}\n{PERSON}").status == 200
    assert send(officer, f"{HEADER}\n{PERSON}\n{PERSON.replace('J1', 'K1')}").status == 422


@pytest.mark.parametrize("sent", ["nothing", "a kind", "an unknown kind"])
def test_an_upload_without_its_file_or_kind_is_told_what_to_choose(officer, sent):
    file = (io.BytesIO(b"x"), "list.csv")
    data = {"nothing": {}, "a kind": {"kind": "participants"}, "an unknown kind": {"kind": "x", "file": file}}[sent]
    page = officer.post("/admin/import/", **data)
    assert page.status == 422
    assert page.says("Choose what the file holds, then the file.")


@pytest.mark.parametrize("token", ["", "x", "../../etc/passwd", "0" * 32, "٠" * 32])
def test_a_token_of_nothing_writes_nothing(officer, token):
    assert officer.post("/admin/import/write/", token=token).response.location == "/admin/import/"


def test_nobody_writes_the_file_of_another_person(officer, visit):
    token = token_of(send(officer, f"{HEADER}\n{PERSON}"))
    assert visit(Role.head_of_unit).post("/admin/import/write/", token=token).response.location == "/admin/import/"
    assert people() == 0
    assert officer.post("/admin/import/write/", token=token).response.location == "/admin/participant/"


def kept(token: str) -> list[str]:
    """What is left of an upload, by the ends of its files' names."""
    return sorted(path.suffix for path in (Path(current_app.instance_path) / "uploads").glob(f"{token}.*"))


def test_a_file_whose_writing_fails_waits_as_before(officer, monkeypatch):
    token = token_of(send(officer, f"{HEADER}\n{PERSON}"))
    with monkeypatch.context() as broken:
        broken.setattr(imports, "check_file", lambda *_: 1 / 0)
        assert officer.post("/admin/import/write/", token=token).status == 500
    assert people() == 0
    assert officer.post("/admin/import/write/", token=token).response.location == "/admin/participant/"
    assert (people(), kept(token)) == (1, [])


def test_a_file_that_is_being_written_is_given_to_no_second_writer(app):
    token = keep_upload(1, "participants", b"a list")
    with upload_of(1, token) as first, upload_of(1, token) as second:
        assert (first, second) == (("participants", b"a list"), None)
    assert kept(token) == []


def test_an_upload_whose_writer_was_stopped_waits_again_from_the_next_start(app, officer):
    token = token_of(send(officer, f"{HEADER}\n{PERSON}"))
    waits = Path(current_app.instance_path) / "uploads" / f"{token}.json"
    waits.rename(waits.with_suffix(".taken"))
    assert officer.post("/admin/import/write/", token=token).response.location == "/admin/import/"
    worker.clear_up()
    assert officer.post("/admin/import/write/", token=token).response.location == "/admin/participant/"


@pytest.mark.parametrize("when", ["at the start", "every few minutes"])
def test_an_upload_is_forgotten_though_nobody_uploads_again(app, officer, when):
    token = token_of(send(officer, f"{HEADER}\n{PERSON}"))
    assert kept(token) == [".data", ".json"]
    for path in (Path(current_app.instance_path) / "uploads").iterdir():
        os.utime(path, (time.time() - UPLOAD_WAITS - 1,) * 2)
    if when == "at the start":
        worker.clear_up()
    else:
        queue = app.extensions["queue"]
        now = datetime(2026, 11, 23, 10, 5, tzinfo=UTC)
        for task in queue.read_periodic(now):
            queue.execute(task, now)
    assert kept(token) == []


def test_a_file_that_waited_too_long_is_forgotten(officer):
    token = token_of(send(officer, f"{HEADER}\n{PERSON}"))
    uploads = Path(current_app.instance_path) / "uploads"
    for path in uploads.iterdir():
        os.utime(path, (time.time() - UPLOAD_WAITS - 1,) * 2)
    assert officer.post("/admin/import/write/", token=token).response.location == "/admin/import/"
    assert (people(), list(uploads.iterdir())) == (0, [])


@pytest.mark.parametrize(
    "role, kind, status",
    [
        (Role.field_officer, "participants", 403),
        (Role.field_officer, "attendance", 422),
        (Role.file_officer, "attendance", 403),
        (Role.file_officer, "carriers", 422),
        (Role.auditor, "participants", 403),
        (Role.payroll_officer, "contracts", 403),
    ],
)
def test_a_list_is_brought_in_only_by_who_may_record_its_lines(visit, role, kind, status):
    assert send(visit(role), b"rubbish", kind).status == status


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_a_file_with_the_labels_of_a_screen_comes_in_again(officer, language):
    bring(f"{HEADER}\n{PERSON}")
    db.session.commit()
    officer.post(f"/language/{language}")
    for kind in ("csv", "xlsx"):
        report = bring(officer.get(f"/admin/participant/export/{kind}/").response.get_data())
        assert faults_of(report) == []
        assert report.same == db.session.scalar(select(func.count(Participant.id))) == 1


# ---- whose record a line changes

STRANGER = "J123456;الوردي;خالد;OUARDI;KHALID;1971-02-03;M;إنزكان;0612345678"


def test_a_line_with_the_card_of_another_person_is_a_fault_and_changes_nobody(officer):
    bring(f"{HEADER}\n{PERSON}")
    db.session.commit()
    page = send(officer, f"{HEADER}\n{STRANGER}")
    assert page.status == 422
    assert page.says("J123456 is recorded for AMINA AGNOUZ, born on 31 December 1990")
    assert page.says("KHALID OUARDI, born on 3 February 1971")
    assert db.session.scalars(select(Participant)).one().family_name_fr == "AGNOUZ"


def test_what_a_line_changes_is_shown_before_and_after_and_counted_apart(officer):
    bring(f"{HEADER}\n{PERSON}")
    db.session.commit()
    other = PERSON.replace("J123456", "J123457").replace("0612345678", "")
    page = send(officer, f"{HEADER}\n{PERSON.replace('0612345678', '0612340000')}\n{other}")
    assert page.status == 200
    counts = [value.get_text(strip=True) for value in page.soup.select("dl.facts dd")]
    assert counts == ["2", "1", "1", "0", "0"]  # lines, new, changed, already there, faults
    [cells] = [[cell.get_text(" ", strip=True) for cell in row.select("td")] for row in page.soup.select("tbody tr")]
    assert cells == ["2", "AMINA AGNOUZ · J123456", "Phone", "+212612345678", "+212612340000"]
    assert people() == 1 and db.session.scalars(select(Participant)).one().phone == "+212612345678"
