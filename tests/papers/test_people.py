"""Papers of people and of their complaints: what they tell, what they keep to themselves, when they are issued."""

import io
import json
import subprocess
from datetime import date
from decimal import Decimal

import pytest
import zxingcpp
from PIL import Image

from awrash.database.session import db
from awrash.models import (
    Agreement,
    AttendanceLine,
    AttendanceSheet,
    Complaint,
    Declaration,
    Payment,
    Worksite,
)
from awrash.operations import attendance
from awrash.papers import catalogue, issue
from awrash.papers.catalogue import PAPERS
from awrash.papers.worksites import NOT_SAID, ONLY_SUMS, count_of, totals_of
from awrash.records.accounts import Role
from awrash.values.states import (
    AgreementState,
    ComplaintState,
    ContractState,
    DeclarationState,
    PaymentState,
    WorksiteState,
)
from tests.paper_world import LONG_NAME, paper_world
from tests.papers.test_every_paper import ON, issuance, text_of
from tests.world import SITE, a_certificate, a_slip, a_world, declare


def facts_as_text(kind: str, record, language: str = "ar") -> str:
    """All that a paper says, as one text."""
    paper = PAPERS[kind]
    facts = catalogue.facts_of(paper, record, language, ON, catalogue.text_in_use(paper, language))
    return json.dumps(facts, ensure_ascii=False)


def asks(kind: str, record, language: str = "ar") -> str:
    return f"/admin/issued_paper/issue/?document={kind}&language={language}&of={record.id}"


def without_attendance():
    """A world in which nobody has worked yet."""
    world = a_world(kept=False)
    for lines in (world.contract.attendance_lines, world.sheet.lines, world.site.sheets, world.contract.follow_ups):
        lines.clear()
    world.contract.state, world.site.state = ContractState.prepared, WorksiteState.planned
    db.session.add_all([world.contract, world.complaint])
    return world


@pytest.fixture
def longest(planted):
    planted.renew()
    with planted.app.app_context():
        yield paper_world(long=True)
        db.session.rollback()


def test_the_code_on_a_certificate_is_read_back_from_the_printed_page(longest):
    issued = issue.issue(PAPERS["certificate"], longest.certificate, "ar", issuance())
    drawn = subprocess.run(
        ["pdftoppm", "-r", "100", "-png", "-"], input=issued.content, capture_output=True, check=True
    )
    codes = zxingcpp.read_barcodes(Image.open(io.BytesIO(drawn.stdout)))
    assert [code.text for code in codes] == [f"{SITE}/verify/{longest.certificate.code}"]


@pytest.mark.parametrize("kind", ["certificate", "information_sheet"])
def test_a_paper_for_the_wall_or_the_pocket_is_one_page_with_the_longest_names(longest, kind):
    record = longest.certificate if kind == "certificate" else longest.contract
    for language in PAPERS[kind].languages:
        content = issue.issue(PAPERS[kind], record, language, issuance()).content
        described = subprocess.run(["pdfinfo", "-"], input=content, capture_output=True, check=True).stdout.decode()
        assert "Pages:           1\n" in described


def test_a_confidential_receipt_tells_neither_who_nor_where_nor_what(planted):
    planted.renew()
    with planted.app.app_context():
        world = a_world()
        world.complaint.participant, world.complaint.worksite, world.complaint.is_confidential = (
            world.person,
            world.site,
            True,
        )
        db.session.flush()
        hidden = facts_as_text("complaint_receipt", world.complaint)
        for secret in ("تأخر الأجر", world.site.name_ar, world.carrier.name_ar, world.person.family_name_ar):
            assert secret not in hidden
        world.complaint.is_confidential = False
        shown = facts_as_text("complaint_receipt", world.complaint)
        assert "تأخر الأجر" in shown and world.person.family_name_ar in shown and world.site.name_ar in shown


def test_a_complaint_is_answered_on_paper_only_once_answered(visit, app):
    world = a_world()
    db.session.commit()
    officer = visit(Role.complaints_officer)
    answer = asks("complaint_answer", world.complaint)
    assert officer.post(answer).status == 422
    assert officer.post(asks("complaint_receipt", world.complaint)).status == 302
    complaint = db.session.get(Complaint, world.complaint.id)
    complaint.answer, complaint.answered_on = "أدي الأجر اليوم.", date(2026, 6, 9)
    complaint.state = ComplaintState.answered
    db.session.commit()
    assert officer.post(answer).status == 302


def test_who_may_not_read_complaints_gets_no_paper_of_one(visit, app):
    world = a_world()
    db.session.commit()
    assert visit(Role.field_officer).get(asks("complaint_receipt", world.complaint)).status == 403


def test_cover_is_certified_only_once_a_day_is_declared(visit, app):
    world = without_attendance()
    db.session.commit()
    officer = visit(Role.file_officer)
    assert officer.post(asks("cover_certificate", world.person)).status == 422
    db.session.get(Worksite, world.site.id).state = WorksiteState.open
    db.session.flush()
    sheet = AttendanceSheet(worksite=world.site, month=date(2026, 5, 1))
    db.session.add(AttendanceLine(sheet=sheet, contract=world.contract, days_worked=26))
    db.session.flush()
    attendance.lock_attendance(sheet, date(2026, 5, 31))
    db.session.commit()
    assert officer.post(asks("cover_certificate", world.person)).status == 422
    declare(world, date(2026, 5, 1), 26, on=date(2026, 6, 9))
    db.session.commit()
    assert officer.post(asks("cover_certificate", world.person)).status == 302
    said = facts_as_text("cover_certificate", world.person, "fr")
    assert "9 juin 2026" in said and "9 septembre 2026" in said


def test_a_contract_is_issued_under_a_signed_agreement(visit, app):
    world = without_attendance()
    world.agreement.carrier_signed_on, world.agreement.state = None, AgreementState.drafted
    db.session.commit()
    officer = visit(Role.file_officer)
    assert officer.post(asks("work_contract", world.contract, "fr")).status == 422
    db.session.get(Agreement, world.agreement.id).carrier_signed_on = date(2026, 4, 20)
    db.session.commit()
    assert officer.post(asks("work_contract", world.contract, "fr")).status == 302


def test_the_contract_tells_the_wage_in_figures_and_words_and_the_planned_end(longest):
    french = text_of(issue.issue(PAPERS["work_contract"], longest.contract, "fr", issuance()).content)
    assert "3 422,72 dirhams (trois mille quatre cent vingt-deux dirhams et soixante-douze" in french
    assert "du 1 mai 2026 au 31 mai 2026" in french  # as planned, whatever the last day became
    assert LONG_NAME.split()[0] in facts_as_text("work_contract", longest.contract)


def test_the_information_sheet_tells_the_figures_of_the_programme(longest):
    text = facts_as_text("information_sheet", longest.contract, "fr")
    for sentence in (
        "plus tard le \u206610\u2069 du mois suivant",
        "dès \u206654\u2069 jours",
        "délai de \u206615\u2069",
    ):
        assert sentence in text


def test_a_visit_is_told_beside_what_the_sheet_says_of_its_day(planted):
    planted.renew()
    with planted.app.app_context():
        world = paper_world()
        with db.session.no_autoflush:  # nothing of it is written: the sheet of that day is locked
            assert count_of(world.visit, ON)["marked"] == [1]
            found = {}
            for count, answer in ((1, None), (2, None), (0, None), (0, "في عطلة")):
                world.visit.head_count, world.visit.gap_answer = count, answer
                found[count, answer] = count_of(world.visit, ON)
            assert len({str(count["finding"]) for count in found.values()}) == 4
            assert found[0, "في عطلة"]["answers"] == [["في عطلة"]] and not found[0, None]["answers"]
            findings = []
            for world.visit.visited_on in (date(2026, 5, 30), date(2026, 7, 1)):  # no mark that day; no sheet yet
                seen = count_of(world.visit, ON)
                assert seen["marked"] == []
                findings += seen["finding"]
            assert findings == [ONLY_SUMS, NOT_SAID]


def test_the_closing_report_counts_people_days_wages_fee_and_certificates(app):
    world = a_world()
    world.site.state, world.contract.planned_ends_on = WorksiteState.completed, date(2026, 5, 31)
    with db.session.no_autoflush:
        slip = a_slip(world)
        slip.run.declarations = [Declaration(carrier=world.carrier, state=DeclarationState.accepted)]
        db.session.add_all([Payment(pay_slip=slip, amount=Decimal("7.00"), state=PaymentState.reissued)])
        db.session.flush()
        paid = Payment(pay_slip=slip, amount=Decimal("1.00"), state=PaymentState.paid)  # what came back is not
        db.session.add_all([paid, a_certificate(world)])
    db.session.flush()
    found = totals_of(world.agreement, ON)
    assert {name: str(value) for name, value in found.items()} == {
        **{"people": "1", "women": "1", "rural": "0", "days": "26", "wages_paid": "1.00"},
        **{"fee_paid": "0.00", "certificates": "1", "fee_left": "5000.01"},
    }


@pytest.mark.parametrize("kind", ["opening_report", "closing_report"])
def test_a_report_follows_what_it_reports(visit, app, kind):
    world = without_attendance()
    db.session.commit()
    record = world.site if kind == "opening_report" else world.agreement
    head = visit(Role.head_of_unit)
    assert head.post(asks(kind, record)).status == 422
    states = (WorksiteState.open,) if kind == "opening_report" else (WorksiteState.open, WorksiteState.completed)
    for state in states:
        db.session.get(Worksite, world.site.id).state = state
        db.session.commit()
    assert head.post(asks(kind, record)).status == 302
