"""A list that is printed: every row and column that was asked for, what narrows it, the letterhead, page n of m."""

import re
import subprocess

import pytest
from sqlalchemy import func, select

from awrash.database.session import db
from awrash.models import Participant, Project
from awrash.papers import printed_lists
from awrash.records.accounts import Role
from awrash.records.audit import AuditEvent, AuditLine
from awrash.screens import sending
from awrash.values.states import ProjectState
from tests.doors import Visitor
from tests.papers.test_every_paper import text_of

PRINTED = "/admin/participant/export/pdf/"


@pytest.fixture
def officer(tour) -> Visitor:
    visitor = tour(Role.head_of_unit)
    visitor.post("/language/fr")
    return visitor


def printed(visitor: Visitor, address: str) -> str:
    response = visitor.get(address).response
    assert (response.status_code, response.mimetype) == (200, "application/pdf"), address
    return text_of(response.get_data())


def test_a_printed_list_holds_every_row_and_not_only_the_page_on_screen(officer):
    text = printed(officer, PRINTED)
    numbers = db.session.scalars(select(Participant.cnie)).all()
    assert len(numbers) > 50
    assert [number for number in numbers if number not in text] == []
    pages = re.findall(r"(\d+) / (\d+)", text)
    assert [int(page) for page, _last in pages] == list(range(1, int(pages[0][1]) + 1))


def test_a_printed_list_says_what_narrows_it_and_holds_nothing_else(officer):
    text = printed(officer, "/admin/project/export/pdf/?flt_state=approved")
    assert "Approuvé" in text and "المملكة المغربية" in text
    approved = Project.state == ProjectState.approved
    assert all(reference in text for reference in db.session.scalars(select(Project.reference).where(approved)))
    others = select(Project.reference).where(~approved, Project.reference.is_not(None))
    assert not any(reference in text for reference in db.session.scalars(others))


def test_a_printed_list_has_the_columns_chosen_and_its_order(officer):
    page = officer.get(f"{PRINTED}?columns=rib,cnie,born_on&sort=-cnie").response.get_data()
    laid_out = subprocess.run(["pdftotext", "-layout", "-", "-"], input=page, capture_output=True, check=True)
    text = laid_out.stdout.decode()
    numbers = list(db.session.scalars(select(Participant.cnie).order_by(Participant.cnie.desc())))
    assert [word for word in text.split() if word in set(numbers)] == numbers
    assert "RIB" in text and db.session.scalar(select(Participant.family_name_fr).limit(1)) not in text


def test_who_printed_a_list_is_kept(officer):
    printed(officer, f"{PRINTED}?flt_state=eligible")
    trace = db.session.scalars(select(AuditLine).order_by(AuditLine.id.desc())).first()
    assert (trace.what, trace.record) == (AuditEvent.printed.value, "participant")
    assert trace.details["filters"] == ["Bénéficiaires", "État: Éligible"]


def test_a_list_that_is_too_long_for_paper_is_refused_with_the_way_out(officer, monkeypatch):
    count = db.session.scalar(select(func.count(Participant.id)))
    monkeypatch.setattr(printed_lists, "MOST_ROWS", count)
    printed(officer, PRINTED)
    monkeypatch.setattr(printed_lists, "MOST_ROWS", count - 1)
    page = officer.get(PRINTED)
    assert page.status == 409 and page.says("restreignez-la par ses filtres")


@pytest.mark.parametrize(
    "address",
    [
        "/admin/paid/export/{kind}/?from=2026-10&to=2026-10",
        "/admin/gates/export/{kind}/",
        "/admin/costs/export/{kind}/?by=carrier",
        "/admin/cover/export/{kind}/?which=next_month",
        "/admin/stopped/export/{kind}/",
        "/admin/report/contracts_ending/export/{kind}/",
    ],
)
def test_a_printed_page_of_figures_has_as_many_rows_as_its_file(officer, monkeypatch, address):
    """The whole of it, though the screen shows a page."""
    counts = []

    def counted(title, header, rows, *around):
        kept = list(rows)
        counts.append(len(kept))
        return printed_lists.printed_list(title, header, kept, *around)

    monkeypatch.setattr(sending, "printed_list", counted)
    file = officer.get(address.format(kind="csv")).response.get_data(as_text=True)
    printed(officer, address.format(kind="pdf"))
    assert counts == [len(file.splitlines()) - 1] != [0]
