"""Several people with the same page open, before the real server: who saves second is told, and nothing is lost."""

from decimal import Decimal
from functools import partial

import pytest
from playwright.sync_api import expect, sync_playwright
from sqlalchemy import func, insert, select

from awrash.database.session import db
from awrash.models import AttendanceCorrection, BudgetLine, Decision, Instalment, Skill
from awrash.operations import attendance, corrections
from awrash.records.accounts import Role
from awrash.records.audit import AuditLine
from awrash.records.paper_texts import Wording
from awrash.values.states import AccountState, BudgetKind, Outcome, ProjectState, SheetState, Situation
from tests import servers
from tests.browser import HURRY, follow, sign_in
from tests.conftest import PASSWORD
from tests.doors import run
from tests.http_visitor import HttpVisitor, at_once, fields_of
from tests.world import a_carrier, a_contract, a_participant, a_project, a_world, an_agreement

CHANGED_MEANWHILE = "was changed by somebody else meanwhile: read it again, then save."
NO_VERSION = "This form does not say which state of"
PEOPLE = (Role.head_of_unit, Role.administrator, Role.head_of_unit, Role.administrator, Role.head_of_unit)
ORIGINAL = Decimal("1000.00")


@pytest.fixture
def office(app):
    """A draft project with five lines in its budget, an open sheet with three people, a worksite; and the server."""
    office = a_world()
    with db.session.no_autoflush:
        office.draft = a_project(office.call, a_carrier("R-2", "J700002"), "2026-0002")
        office.draft.state, office.draft.reference, office.draft.deposited_on = ProjectState.draft, None, None
        office.draft.budget_lines = [BudgetLine(kind=BudgetKind.wages, amount=ORIGINAL) for _ in PEOPLE]
        for number in (2, 3):
            person = a_participant(f"J10000{number}")
            person.rib, person.account_state = None, AccountState.none
            db.session.add(a_contract(person, office.site, f"K-{number}"))
        db.session.add(office.draft)
    db.session.flush()
    office.june = attendance.open_sheet(office.site, office.sheet.month.replace(month=6))
    db.session.commit()
    office.project_form = f"/admin/project/edit/?id={office.draft.id}"
    office.site_form = f"/admin/worksite/edit/?id={office.site.id}"
    office.page = f"/admin/attendance_sheet/details/?id={office.june.id}"
    office.fill = f"/admin/attendance_sheet/fill/?id={office.june.id}"
    office.lines = [line.id for line in office.june.lines]
    office.app = app
    db.session.rollback()
    with servers.live_server(app) as office.address:
        office.somebody = lambda role=Role.head_of_unit: HttpVisitor(
            office.address, f"{role.value}@example.ma", PASSWORD
        )
        yield office


def opened(visitor, address, form="form[data-keep]"):
    page = visitor.get(address)
    assert page.status == 200, page.text[:300]
    return fields_of(page.soup.select_one(form))


def amounts(office):
    """The amounts of the draft's budget as the database has them, line by line."""
    db.session.rollback()
    statement = select(BudgetLine.amount).filter_by(project_id=office.draft.id).order_by(BudgetLine.id)
    written = list(db.session.scalars(statement))
    db.session.rollback()
    return written


def days(office):
    """The days worked of June's sheet as the database has them, line by line."""
    db.session.rollback()
    written = [line.days_worked for line in sorted(office.june.lines, key=lambda line: line.id)]
    db.session.rollback()
    return written


def add_a_line(form):
    new = {"kind": "wages", "amount": "7,00", "line_id": ""}
    return form | {f"budget_lines-{len(PEOPLE)}-{name}": value for name, value in new.items()}


def a_second_agreement(office):
    """Another carrier's agreement, with its instalments."""
    with db.session.no_autoflush:
        project = a_project(office.call, a_carrier("R-3", "J700003"), "2026-0003")
        project.decisions = [Decision(session=office.session, outcome=Outcome.approved, reason="وقع")]
        db.session.add(project)
        agreement = an_agreement(project, "2-أ ع م-2026")
        db.session.add(agreement)
    db.session.commit()
    return agreement


WHAT_THE_FIRST_DID = {
    "changed the same line": lambda form: form | {"budget_lines-1-amount": "2,00"},
    "changed another line": lambda form: form | {"budget_lines-3-amount": "2,00"},
    "added a line": add_a_line,
    "took this line out": lambda form: form | {"budget_lines-1-take_out": "y"},
    "changed a score": lambda form: form | {"scores-0-points": "11"},
    "changed the record": lambda form: form | {"title_fr": "Autre"},
}


@pytest.mark.parametrize("first_did", WHAT_THE_FIRST_DID)
def test_who_saves_a_line_second_is_told_and_keeps_what_they_typed(office, first_did):
    head, other = office.somebody(), office.somebody(Role.administrator)
    seen, also_seen = opened(head, office.project_form), opened(other, office.project_form)
    first = head.post(office.project_form, WHAT_THE_FIRST_DID[first_did](seen))
    assert first.status == 302, first.flashes
    written = amounts(office)
    answer = other.post(office.project_form, also_seen | {"budget_lines-1-amount": "3333,33"})
    assert answer.status == 409 and CHANGED_MEANWHILE in answer.flashes
    assert answer.soup.select_one("input[name=budget_lines-1-amount]")["value"] == "3333,33"
    assert answer.soup.select_one(f"main a[href='{office.project_form}'][target]")
    assert amounts(office) == written
    assert other.post(office.project_form, fields_of(answer.soup.select_one("form[data-keep]"))).status == 409
    again = opened(other, office.project_form)
    assert other.post(office.project_form, again | {"budget_lines-0-amount": "4,00"}).status == 302
    assert amounts(office)[0] == Decimal("4.00")


def test_people_who_change_each_their_line_at_the_same_instant_lose_none(office):
    people = [office.somebody(role) for role in PEOPLE]
    waiting = dict(enumerate(people))
    for _round in people:
        forms = {place: opened(visitor, office.project_form) for place, visitor in waiting.items()}
        typed = {place: forms[place] | {f"budget_lines-{place}-amount": f"{place + 1},50"} for place in waiting}
        presses = [partial(visitor.post, office.project_form, typed[place]) for place, visitor in waiting.items()]
        answers = at_once(*presses)
        assert {answer.status for answer in answers} <= {302, 409}, answers
        saved = [place for place, answer in zip(waiting, answers, strict=True) if answer.status == 302]
        assert len(saved) == 1
        waiting.pop(saved[0])
        kept = [place for place, amount in enumerate(amounts(office)) if amount == Decimal(f"{place + 1}.50")]
        assert set(kept) == set(range(len(people))) - set(waiting)
    assert amounts(office) == [Decimal(f"{place + 1}.50") for place in range(len(people))]


def test_who_ticks_a_list_second_is_told(office):
    head, other = office.somebody(), office.somebody(Role.administrator)
    seen, also_seen = opened(head, office.site_form), opened(other, office.site_form)
    first, second = [str(number) for number in db.session.scalars(select(Skill.id).order_by(Skill.id).limit(2))]
    assert head.post(office.site_form, seen | {"skills": [first]}).status == 302
    answer = other.post(office.site_form, also_seen | {"skills": [second]})
    assert answer.status == 409 and CHANGED_MEANWHILE in answer.flashes
    assert answer.soup.select_one(f"input[name=skills][value='{second}']").has_attr("checked")
    db.session.rollback()
    assert [str(skill.id) for skill in office.site.skills] == [first]


def test_who_fills_a_sheet_from_an_older_page_is_told_and_keeps_what_they_typed(office):
    head, other = office.somebody(), office.somebody(Role.field_officer)
    seen, also_seen = opened(head, office.page, "#sheet"), opened(other, office.page, "#sheet")
    first, second = (f"days-{number}" for number in office.lines[:2])
    assert head.post(office.fill, seen | {first: "9"}).status == 302
    answer = other.post(office.fill, also_seen | {second: "4"})
    assert answer.status == 409 and CHANGED_MEANWHILE in answer.flashes
    assert answer.soup.select_one(f"input[name={second}]")["value"] == "4"
    assert days(office) == [9, 0, 0]
    assert other.post(office.fill, fields_of(answer.soup.select_one("#sheet"))).status == 409
    assert other.post(office.fill, opened(other, office.page, "#sheet") | {second: "4"}).status == 302
    assert days(office) == [9, 4, 0]


def test_a_sheet_that_an_import_or_the_terminal_changed_meanwhile_is_not_overwritten(office, tmp_path):
    other = office.somebody(Role.field_officer)
    seen = opened(other, office.page, "#sheet")
    brought = tmp_path / "list.csv"
    header = "worksite.code;month;participant.cnie;days_worked;situation"
    brought.write_text(f"{header}\nW-1;2026-06;J100001;11;present\nW-1;2026-06;J100002;12;present\n")
    result = run(office.app, "import", "attendance", str(brought))
    assert result.exit_code == 0, result.output
    assert other.post(office.fill, seen | {f"days-{office.lines[2]}": "3"}).status == 409
    assert days(office) == [11, 12, 0]
    seen = opened(other, office.page, "#sheet")
    assert run(office.app, "do", "attendance_sheet", "fill", str(office.june.id)).exit_code == 0
    assert other.post(office.fill, seen | {f"days-{office.lines[2]}": "3"}).status == 409


def test_people_who_fill_a_sheet_at_the_same_instant_lose_no_day(office):
    people = [office.somebody(), office.somebody(Role.field_officer), office.somebody(Role.administrator)]
    forms = [
        opened(visitor, office.page, "#sheet") | {f"days-{line}": "5"}
        for visitor, line in zip(people, office.lines, strict=True)
    ]
    presses = [partial(visitor.post, office.fill, form) for visitor, form in zip(people, forms, strict=True)]
    answers = at_once(*presses)
    assert sorted(answer.status for answer in answers) == [302, 409, 409], answers
    assert sorted(days(office)) == [0, 0, 5]


@pytest.mark.parametrize("version", [None, "", "newest", "-1", "١"])
def test_a_form_that_does_not_say_what_it_saw_writes_nothing(office, version):
    visitor = office.somebody()
    sent = {} if version is None else {"version": version}
    form = opened(visitor, office.project_form) | {"budget_lines-0-amount": "1,00"}
    answer = visitor.post(office.project_form, {name: form[name] for name in form if name != "version"} | sent)
    assert answer.status == 409 and NO_VERSION in answer.flashes and amounts(office)[0] == ORIGINAL
    grid = opened(visitor, office.page, "#sheet") | {f"days-{office.lines[0]}": "5"}
    answer = visitor.post(office.fill, {name: grid[name] for name in grid if name != "version"} | sent)
    assert answer.status == 409 and NO_VERSION in answer.flashes and days(office) == [0, 0, 0]


def test_a_line_that_a_form_made_up_is_not_written(office):
    visitor = office.somebody()
    form = opened(visitor, office.project_form)
    foreign = db.session.scalar(select(BudgetLine.id).filter_by(project_id=office.project.id))
    assert visitor.post(office.project_form, form | {"budget_lines-0-line_id": str(foreign)}).status == 409
    assert amounts(office) == [ORIGINAL] * len(PEOPLE)


def test_a_sheet_whose_form_lacks_a_line_leaves_that_line_as_it_is(office):
    visitor, (first, second, _third) = office.somebody(), office.lines
    form = opened(visitor, office.page, "#sheet") | {f"days-{first}": "6", f"days-{second}": "7"}
    assert visitor.post(office.fill, form).status == 302
    form = opened(visitor, office.page, "#sheet") | {f"days-{first}": "8"}
    without = {name: value for name, value in form.items() if not name.endswith(f"-{second}")}
    assert visitor.post(office.fill, without).status == 302
    assert days(office) == [8, 7, 0]


def test_a_correction_raises_the_version_of_a_locked_sheet_without_an_audit_line_of_its_own(app):
    office = a_world()
    db.session.commit()
    sheet = office.sheet
    audit_lines = select(func.count(AuditLine.id)).filter_by(record="attendance_sheet", record_id=sheet.id)
    version, count = sheet.version, db.session.scalar(audit_lines)
    correction = AttendanceCorrection(line=office.line, days_worked=20, situation=Situation.present, reason="خطأ")
    corrections.correct_attendance(correction, sheet.month)
    db.session.commit()
    assert sheet.version == version + 1 and db.session.scalar(audit_lines) == count
    assert sheet.state == SheetState.locked


def test_a_fee_that_is_approved_raises_the_version_of_its_signed_agreement(office):
    db.session.refresh(office.agreement)
    before = office.agreement.version
    office.agreement.instalments[0].reference = "V-1"
    db.session.flush()
    office.agreement.instalments[0].reference = "V-2"
    db.session.commit()
    assert office.agreement.version == before + 1  # once a transaction
    office.agreement.instalments[0].reference = "V-3"
    db.session.commit()
    assert office.agreement.version == before + 2


def test_a_line_taken_out_of_what_is_locked_or_in_use_is_refused(office):
    visitor = office.somebody()
    address = f"/admin/attendance_sheet/edit/?id={office.june.id}"
    form = opened(visitor, address)
    attendance.lock_attendance(office.june, office.june.month.replace(day=30))
    db.session.commit()
    version = str(office.june.version)
    db.session.rollback()
    answer = visitor.post(address, form | {"version": version, "lines-0-take_out": "y"})
    assert answer.status == 422 and "is locked and cannot change" in answer.flashes
    assert len(days(office)) == 3
    text = db.session.scalars(select(Wording).filter_by(document="agreement", language="ar")).first()
    address, count = f"/admin/wording/edit/?id={text.id}", len(text.articles)
    form = {"document": "agreement", "language": "ar", "version": str(text.version), "articles-0-take_out": "y"}
    article = {name: getattr(text.articles[0], name) or "" for name in ("position", "title", "body")}
    form |= {f"articles-0-{name}": str(value) for name, value in article.items()}
    form |= {"articles-0-line_id": str(text.articles[0].id), "csrf_token": visitor.token}
    db.session.rollback()
    answer = visitor.post(address, form)
    assert answer.status == 422 and "is in use or was" in answer.flashes
    assert len(text.articles) == count


def test_lines_ticked_together_are_written_record_by_record(office):
    """Their records are locked in one order, whoever ticks them: two people wait for each other, and never for ever."""
    head, other = office.somebody(), a_second_agreement(office)
    ids = [instalment.id for instalment in (*office.agreement.instalments, *other.instalments)]
    line = {"agreement_id": office.agreement.id, "due_on": office.agreement.ends_on, "amount": Decimal("1.00")}
    crossed = db.session.scalar(
        insert(Instalment).values(line).returning(Instalment.id), execution_options={"vouched_by": "a test"}
    )  # made after the others, as no form could: the agreement is signed
    db.session.commit()
    ticked = {"csrf_token": head.token, "action": "approve", "rowid": [*ids, crossed]}
    sent = fields_of(head.post("/admin/instalment/action/", ticked).soup.select_one("main form:has([name=confirmed])"))
    assert sent["rowid"] == [str(ids[0]), str(crossed), *map(str, ids[1:])]


@pytest.fixture
def tabs(office):
    """Two people in real browsers, in English."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**servers.chromium())
        pages = []
        for role in (Role.head_of_unit, Role.administrator):
            page = browser.new_context(base_url=office.address).new_page()
            sign_in(page, f"{role.value}@example.ma", PASSWORD)
            follow(page.locator("header button[lang=en]"))
            pages.append(page)
        yield pages
        browser.close()


def test_in_two_browsers_the_second_who_saves_a_budget_line_reads_why_and_sees_what_they_typed(office, tabs):
    head, other = tabs
    for page, amount in ((head, "2,00"), (other, "3,00")):
        page.goto(office.project_form, **HURRY)
        page.fill("input[name=budget_lines-1-amount]", amount)
    for page in tabs:
        follow(page.locator("button.main"))
    assert "is saved" in head.inner_text(".says.success")
    assert CHANGED_MEANWHILE in other.inner_text("#trouble")
    assert other.input_value("input[name=budget_lines-1-amount]") == "3,00"
    assert amounts(office)[1] == Decimal("2.00")


def test_in_two_browsers_the_second_who_fills_a_sheet_reads_why_and_sees_what_they_typed(office, tabs):
    for page, letters in zip(tabs, ("pppp", "pp"), strict=True):
        page.goto(office.page, **HURRY)
        page.locator("td.cell:not(.out)").first.click()
        page.keyboard.type(letters)
    for page in tabs:
        follow(page.locator("#sheet button.main"))
    assert "is written" in tabs[0].inner_text(".says.success")
    assert CHANGED_MEANWHILE in tabs[1].inner_text(".says.error")
    expect(tabs[1].locator("td.total input").first).to_have_value("2")  # the script has counted the letters anew
    assert sorted(days(office)) == [0, 0, 4]
