"""A confidential complaint is read by those whom its record names; others see that there is one, not whose."""

from datetime import date

import pytest
from sqlalchemy import select

from awrash.database.session import db
from awrash.models import Complaint
from awrash.operations import attachments, people
from awrash.records import audit
from awrash.records.accounts import Role, user_by_email
from awrash.records.attachments import Attachment, ScanKind
from tests.doors import Page, run
from tests.papers.test_dossier import text_of
from tests.records.test_attachments import AT
from tests.records.test_attachments import WHOLE as SCANS
from tests.world import a_world, papers

OTHERS = (Role.administrator, Role.auditor)
READERS = (Role.head_of_unit, Role.complaints_officer)
COLUMNS = "number,participant,from_name,worksite,text,answer"
SAID = (
    "J100001",
    "أمينة",
    "AMINA",
    "AGNOUZ",
    "تأخر الأجر",
    "الجواب السري",
    "أخوها",
    "W-1",
    "Chantier",
    "plainte-amina",
)


@pytest.fixture
def confided(app):
    """A complaint of the world's person, answered, with a scan and a line in the audit of each thing that it says."""
    world = a_world()
    complaint = world.complaint
    head = user_by_email("head_of_unit@example.ma")
    with audit.acting(head):
        complaint.participant, complaint.worksite, complaint.from_name = world.person, world.site, "أخوها"
        db.session.flush()
        attachments.attach(complaint, ScanKind.other, "plainte-amina.pdf", SCANS["contract.pdf"], head, AT)
        people.answer_complaint(complaint, "الجواب السري", date(2026, 6, 10))
        db.session.flush()
        people.reopen_complaint(complaint, "اتصلت أمينة")
        people.answer_complaint(complaint, "الجواب السري", date(2026, 6, 10))
    db.session.commit()
    return world


def readable(page: Page) -> str:
    """What somebody reads of an answer, whatever its kind."""
    if page.soup is not None:
        return str(page.soup.select_one("main") or page.soup)
    return str(page.response.get_json()) if page.response.is_json else page.text


def told(page: Page) -> list[str]:
    """What an answer tells of who complained and of what."""
    return [word for word in SAID if word in readable(page)]


def doors(complaint: Complaint) -> dict[str, str]:
    return {
        "list": f"/admin/complaint/?columns={COLUMNS}",
        "page": f"/admin/complaint/details/?id={complaint.id}",
        "export": f"/admin/complaint/export/csv/?columns={COLUMNS}",
        "look-up": "/admin/complaint/lookup/?q=R-1",
        "trace": "/admin/audit_line/?flt_record=complaint",
        "trace of scans": "/admin/audit_line/?flt_record=attachment",
        "file of the trace": "/admin/audit_line/export/csv/",
    }


@pytest.mark.parametrize("role", OTHERS)
def test_others_see_that_there_is_a_complaint_and_not_whose(visit, confided, role):
    reader = visit(role)
    for door, address in doors(confided.complaint).items():
        page = reader.get(address)
        assert (page.status, told(page)) == (200, []), door
        assert door.startswith(("trace", "file of")) or "R-1" in readable(page), door
    for line in db.session.scalars(select(audit.AuditLine.id).filter_by(record="complaint")).all():
        assert told(reader.get(f"/admin/audit_line/details/?id={line}")) == [], line


@pytest.mark.parametrize("role", OTHERS)
def test_others_find_no_complaint_by_what_it_says(visit, confided, role):
    reader = visit(role)
    for typed in ("J100001", "أخوها"):
        assert reader.get(f"/admin/complaint/lookup/?q={typed}").response.get_json() == []
        assert reader.get(f"/admin/complaint/?q={typed}").soup.select("tbody a[href*=details]") == []
    assert len(reader.get("/admin/complaint/lookup/?q=R-1").response.get_json()) == 1
    assert reader.get("/admin/complaint/?sort=from_name").status == 400


@pytest.mark.parametrize("role", OTHERS)
def test_others_open_no_paper_and_no_scan_of_it(visit, confided, role):
    complaint = confided.complaint
    visit(Role.complaints_officer).issue(f"document=complaint_answer&language=ar&of={complaint.id}")
    [paper] = papers(record="complaint")
    scan = db.session.scalar(select(Attachment.id))
    reader = visit(role)
    for address in (
        f"/admin/issued_paper/file/?id={paper.id}",
        f"/admin/issued_paper/draft/?document=complaint_answer&language=ar&of={complaint.id}",
        f"/admin/issued_paper/issue/?document=complaint_answer&language=ar&of={complaint.id}",
        f"/admin/complaint/attached/?id={complaint.id}&scan={scan}",
        f"/admin/complaint/edit/?id={complaint.id}",
    ):
        assert reader.get(address).status == 403, address
    assert "تأخر الأجر" not in text_of(reader.get(f"/admin/participant/dossier/?id={confided.person.id}").response.data)
    read = select(audit.AuditLine.id).filter_by(what="read", actor=f"{role.value}@example.ma")
    assert db.session.scalars(read).all() == []  # nobody is said to have read what they were not shown


@pytest.mark.parametrize("role", READERS)
def test_those_whom_the_record_names_read_all_of_it(visit, confided, role):
    reader = visit(role)
    for door in ("list", "page", "export"):
        assert {"تأخر الأجر", "الجواب السري", "أخوها"} <= set(told(reader.get(doors(confided.complaint)[door]))), door
    assert len(reader.get("/admin/complaint/lookup/?q=J100001").response.get_json()) == 1


@pytest.mark.parametrize("role", OTHERS)
def test_a_complaint_that_is_not_confidential_is_read_by_who_opens_the_register(visit, confided, role):
    confided.complaint.is_confidential = False
    db.session.commit()
    reader = visit(role)
    for door in ("list", "page", "export"):
        assert "تأخر الأجر" in told(reader.get(doors(confided.complaint)[door])), door


def test_the_terminal_prints_a_confidential_paper_for_its_readers_alone(app, confided, tmp_path):
    words = ["papers", "issue", "complaint_answer", f"#{confided.complaint.id}", "--out", str(tmp_path / "answer.pdf")]
    refused = run(app, *words, "--as", "administrator@example.ma")
    assert refused.exit_code == 1 and "R-1 is confidential" in refused.stderr
    assert not (tmp_path / "answer.pdf").exists()
    assert run(app, *words, "--as", "complaints_officer@example.ma").exit_code == 0
