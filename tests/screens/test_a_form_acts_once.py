"""A form acts once: pressed twice, sent twice at the same instant, or sent again after going back."""

import io
from datetime import timedelta

import pytest
from playwright.sync_api import sync_playwright
from sqlalchemy import func, select, update

from awrash.database.session import db
from awrash.models import AttendanceCorrection, BudgetLine, Carrier, Complaint, InformationMeeting, Project
from awrash.operations import people
from awrash.records.accounts import Role, SavedView
from awrash.records.attachments import Attachment
from awrash.records.form_keys import FORM_KEY
from awrash.records.issued_papers import IssuedPaper
from awrash.records.letterheads import Signatory
from awrash.values.language import now
from tests import servers
from tests.browser import HURRY, follow, go_back, sign_in
from tests.conftest import PASSWORD
from tests.http_visitor import HttpVisitor, at_once, fields_of
from tests.processes import one_inside_the_other
from tests.records.test_attachments import a_pdf
from tests.world import a_carrier, a_project, a_world

SENT_BEFORE = "This form was sent before, and a form acts once"
MEETING = {"held_on": "05/01/2026", "place": "دار الشباب"}
SIGNATORY = {"quality": "governor", "name_ar": "السيد العامل", "name_fr": "M. le Gouverneur", "since": "01/01/2026"}
COMPLAINT = {"received_on": "01/06/2026", "kind": "late_wage", "from_name": "أمينة", "text": "تأخر الأجر"}
MADE = {
    "information_meeting": (InformationMeeting, MEETING),
    "signatory": (Signatory, SIGNATORY),
    "complaint": (Complaint, COMPLAINT),
}


@pytest.fixture
def served(app):
    with servers.live_server(app) as address:
        yield address


def head(address):
    return HttpVisitor(address, "head_of_unit@example.ma", PASSWORD)


def count(record) -> int:
    db.session.rollback()
    number = db.session.scalar(select(func.count()).select_from(record))
    db.session.rollback()
    return number


def form_of(visitor, address, form="form[data-keep]"):
    page = visitor.get(address)
    assert page.status == 200, page.text[:300]
    return fields_of(page.soup.select_one(form))


@pytest.mark.parametrize("record", MADE)
def test_two_presses_at_the_same_instant_make_one_and_both_lead_to_it(served, record):
    kind, typed = MADE[record]
    visitor, address = head(served), f"/admin/{record}/new/"
    form = form_of(visitor, address) | typed
    answers = at_once(*[lambda: visitor.post(address, form)] * 3)
    assert [answer.status for answer in answers] == [302] * 3, [answer.flashes for answer in answers]
    assert count(kind) == 1
    assert len({answer.location for answer in answers}) == 1 and "/details/?id=" in answers[0].location
    later = visitor.post(address, form)
    assert later.location == answers[0].location and count(kind) == 1
    assert SENT_BEFORE in visitor.follow(later).flashes
    assert visitor.post(address, form_of(visitor, address) | typed).status == 302
    assert count(kind) == 2  # another page is another form


def test_the_second_press_waits_until_the_first_is_written(app, visit):
    visitor = visit(Role.head_of_unit)
    page = visitor.get("/admin/information_meeting/new/")
    form = fields_of(page.soup.select_one("form[data-keep]")) | MEETING

    def press():
        answer = visitor.post("/admin/information_meeting/new/", **form)
        return answer.status, answer.response.location

    first, second = one_inside_the_other(app, press, press)
    assert first == second and first[0] == 302
    assert count(InformationMeeting) == 1


def test_a_form_that_a_rule_refused_keeps_its_key(app, visit):
    visitor, address = visit(Role.head_of_unit), "/admin/information_meeting/new/"
    form = fields_of(visitor.get(address).soup.select_one("form[data-keep]"))
    refused = visitor.post(address, **form | MEETING | {"people_present": "-1"})
    assert refused.status == 422
    again = fields_of(refused.soup.select_one("form[data-keep]"))
    assert again["once"] == form["once"] and count(FORM_KEY) == 0
    assert visitor.post(address, **again | {"people_present": "12"}).status == 302
    assert visitor.post(address, **again | {"people_present": "12"}).status == 302
    assert count(InformationMeeting) == 1


def test_a_key_is_its_accounts_own_and_is_forgotten_a_day_later(app, visit):
    visitor, other, address = visit(Role.head_of_unit), visit(Role.administrator), "/admin/information_meeting/new/"
    form = fields_of(visitor.get(address).soup.select_one("form[data-keep]")) | MEETING
    assert visitor.post(address, **form).status == 302
    assert other.get("/admin/").status == 200
    assert other.post(address, **form | {"csrf_token": other.token}).status == 302
    assert count(InformationMeeting) == 2
    past = update(FORM_KEY).values(used_at=now() - timedelta(days=1, minutes=1))
    db.session.execute(past, execution_options={"vouched_by": "a test"})
    db.session.commit()
    assert (
        visitor.post(address, **fields_of(visitor.get(address).soup.select_one("form[data-keep]")) | MEETING).status
        == 302
    )
    assert count(FORM_KEY) == 1


def test_a_form_without_a_key_acts_as_a_program_asks(app, visit):
    visitor = visit(Role.head_of_unit)
    for _ in range(2):
        assert visitor.post("/admin/information_meeting/new/", **MEETING).status == 302
    assert (count(InformationMeeting), count(FORM_KEY)) == (2, 0)


@pytest.fixture
def office(app):
    """A world with a draft project that can be changed."""
    office = a_world()
    with db.session.no_autoflush:
        office.draft = a_project(office.call, a_carrier("R-2", "J700002"), "2026-0002")
        office.draft.state, office.draft.reference, office.draft.deposited_on = "draft", None, None
    db.session.add(office.draft)
    db.session.commit()
    return office


def test_a_change_sent_twice_adds_its_line_once_and_another_change_of_the_old_page_is_told(office, visit):
    visitor, address = visit(Role.head_of_unit), f"/admin/project/edit/?id={office.draft.id}"
    visitor.post("/language/en")
    form = fields_of(visitor.get(address).soup.select_one("form[data-keep]"))
    new = {"kind": "wages", "amount": "7,00", "line_id": ""}
    form |= {f"budget_lines-1-{name}": value for name, value in new.items()}
    lines = count(BudgetLine)
    answers = [visitor.post(address, **form) for _ in range(2)]
    assert [answer.status for answer in answers] == [302, 302] and count(BudgetLine) == lines + 1
    assert SENT_BEFORE in visitor.get(answers[1].response.location).flashes
    answer = visitor.post(address, **form | {"budget_lines-1-amount": "8,00"})
    assert answer.status == 409 and "was changed by somebody else" in answer.flashes


def press_twice(visitor, address, form):
    """Send the same form twice: both lead to one page, which says so."""
    answers = [visitor.post(address, **form) for _ in range(2)]
    assert [answer.status for answer in answers] == [302, 302], [answer.flashes for answer in answers]
    assert answers[0].response.location == answers[1].response.location
    assert SENT_BEFORE in visitor.get(answers[1].response.location).flashes


def test_a_bulk_action_confirmed_twice_acts_once(office, visit):
    visitor, address = visit(Role.head_of_unit), "/admin/complaint/action/"
    visitor.post("/language/en")
    page = visitor.post(address, action="study", rowid=str(office.complaint.id))
    form = fields_of(page.soup.select_one("main form:has([name=confirmed])"))
    assert visitor.post(address, **form).says("Done for one record.")
    second = visitor.post(address, **form)
    assert second.status == 302 and second.response.location.endswith(f"/complaint/details/?id={office.complaint.id}")
    assert SENT_BEFORE in visitor.get(second.response.location).flashes


def test_a_bulk_action_that_was_refused_can_be_confirmed_again(office, visit):
    visitor, address = visit(Role.head_of_unit), "/admin/complaint/action/"
    visitor.post("/language/en")
    page = visitor.post(address, action="close", rowid=str(office.complaint.id))
    form = fields_of(page.soup.select_one("main form:has([name=confirmed])"))
    assert visitor.post(address, **form).says("Not done for one record:")
    people.answer_complaint(db.session.get(Complaint, office.complaint.id), "أديت", now().date())
    db.session.commit()
    assert visitor.post(address, **form).says("Done for one record.")


def test_a_paper_a_scan_a_view_and_a_correction_are_made_once(office, visit):
    visitor = visit(Role.head_of_unit)
    visitor.post("/language/en")
    paper = f"/admin/issued_paper/issue/?document=deposit_receipt&language=ar&of={office.project.id}"
    press_twice(visitor, paper, fields_of(visitor.get(paper).soup.select_one("main form.card")))
    assert count(IssuedPaper) == 1
    page = visitor.get(f"/admin/carrier/details/?id={office.carrier.id}")
    attach = page.soup.select_one("#attached form.card")
    for _ in range(2):
        scan = {"file": (io.BytesIO(a_pdf()), "scan.pdf")}
        answer = visitor.post(attach["action"], **fields_of(attach), **scan)
        assert answer.status == 302
    assert count(Attachment) == 1 and SENT_BEFORE in visitor.get(answer.response.location).flashes
    kept = visitor.get("/admin/carrier/?flt_state=registered").soup.select_one("form.keep-view")
    press_twice(visitor, kept["action"], fields_of(kept) | {"name": "جديدة"})
    assert count(SavedView) == 1
    address = f"/admin/attendance_correction/of/?id={office.line.id}"
    form = fields_of(visitor.get(address).soup.select_one("form[data-keep]"))
    press_twice(visitor, address, form | {"days_worked": "20", "reason": "خطأ"})
    assert count(AttendanceCorrection) == 1


def test_a_record_deleted_by_two_presses_leads_twice_to_its_list(office, visit):
    visitor = visit(Role.head_of_unit)
    visitor.post("/language/en")
    page = visitor.get(f"/admin/project/details/?id={office.draft.id}")
    press_twice(visitor, "/admin/project/delete/", fields_of(page.soup.select_one("details.delete form")))
    assert count(Project) == 1


def test_a_list_imported_by_two_presses_at_the_same_instant_is_written_once(served):
    visitor, before = head(served), count(Carrier)
    content = "kind;name_ar;name_fr;registration_number\nassociation;جمعية;Association;R-77\n"
    body = fields_of(visitor.get("/admin/import/").soup.select_one("main form")) | {"kind": "carriers"}
    preview = visitor.upload("/admin/import/", body, "list.csv", content.encode())
    assert preview.status == 200, preview.flashes
    form = fields_of(preview.soup.select_one("main form"))
    answers = at_once(*[lambda: visitor.post("/admin/import/write/", form)] * 2)
    assert [(answer.status, answer.location) for answer in answers] == [(302, "/admin/carrier/")] * 2
    assert count(Carrier) == before + 1


@pytest.fixture
def page(served):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**servers.chromium())
        page = browser.new_context(base_url=served).new_page()
        sign_in(page, "head_of_unit@example.ma", PASSWORD)
        follow(page.locator("header button[lang=en]"))
        yield page
        browser.close()


def test_in_the_browser_a_double_click_or_a_way_back_makes_one(page):
    address = "/admin/information_meeting/new/"
    page.goto(address, **HURRY)
    page.fill("input[name=place]", "دار الشباب")
    follow(page.locator("button.main"))
    assert "Held on" in page.inner_text("#trouble")  # refused: the button can be pressed again
    page.fill("input[name=held_on]", "05/01/2026")
    with page.expect_navigation(**HURRY):
        page.locator("button.main").dblclick()
    page.wait_for_url("**/details/**", **HURRY)
    made = page.url
    assert count(InformationMeeting) == 1
    page.goto(address, **HURRY)
    for name, value in MEETING.items():
        page.fill(f"input[name={name}]", value)
    follow(page.locator("button.main"))
    second = page.url
    assert second != made and count(InformationMeeting) == 2
    go_back(page)
    assert "/new/" in page.url
    for name, value in MEETING.items():
        page.fill(f"input[name={name}]", value)
    assert page.locator("button.main").is_enabled()
    follow(page.locator("button.main"))
    assert page.url == second and SENT_BEFORE in page.inner_text(".says.success")
    assert count(InformationMeeting) == 2
    page.goto(address, **HURRY)
    for name, value in MEETING.items():
        page.fill(f"input[name={name}]", value)
    follow(page.locator("button.main"))
    assert count(InformationMeeting) == 3
