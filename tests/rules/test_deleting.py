"""What is deleted, and what never is: a draft goes and leaves its trace, a number belongs to one record for good."""

import ast
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from flask_babel import force_locale
from sqlalchemy import delete, select, update

from awrash.database.session import db
from awrash.models import (
    Agreement,
    AttendanceSheet,
    BudgetLine,
    Carrier,
    Certificate,
    Contract,
    Instalment,
    Officer,
    PaySlip,
    Project,
    RequiredDocument,
    SessionAttendance,
    Skill,
    Visit,
    Worksite,
)
from awrash.operations import agreements, attendance, payroll, selection
from awrash.operations.attachments import attach
from awrash.records import steps
from awrash.records.accounts import user_by_email
from awrash.records.attachments import ScanKind
from awrash.records.audit import AuditEvent, AuditLine
from awrash.records.issued_papers import IssuedPaper
from awrash.records.paper_texts import Wording
from awrash.rules.rule import RuleError
from awrash.values.states import AccountState, CertificateState, ContractState, ProjectState, SheetState
from tests.doors import run
from tests.records.test_attachments import a_pdf
from tests.world import (
    REASON,
    a_carrier,
    a_certificate,
    a_contract,
    a_month_to_pay,
    a_participant,
    a_project,
    with_room,
)

AT = datetime(2026, 6, 3, tzinfo=UTC)
VOUCHED = {"vouched_by": "an office of before the rule"}


def approved(world, number):
    """A carrier's project that the committee approved."""
    with db.session.no_autoflush:
        carrier = a_carrier(f"R-{number}", officer=f"J70000{number}")
        project = a_project(world.call, carrier, f"2026-000{number}")
        project.state, project.places = ProjectState.scored, 1
        db.session.add(project)
    db.session.flush()
    selection.approve_project(project, world.session, REASON)
    return project


def drafted(world, number):
    return agreements.prepare_agreement(approved(world, number), date(2026, 5, 1))


def given_number(head, app, door, agreement):
    if door == "screen":
        return head.act("agreement", "number", [agreement.id])
    return run(app, "do", "agreement", "number", f"#{agreement.id}")


def deleted(visitor, record):
    """The page that follows the press of “Delete”."""
    visitor.get(f"/admin/{record.__tablename__}/details/?id={record.id}")
    answer = visitor.post(f"/admin/{record.__tablename__}/delete/", id=record.id)
    return visitor.get(answer.response.headers["Location"])


def trace_of(name, number, what=AuditEvent.deleted):
    lines = select(AuditLine).filter_by(record=name, record_id=number, what=what)
    return list(db.session.scalars(lines))


def is_there(record, number):
    db.session.rollback()
    return db.session.scalar(select(record.id).filter_by(id=number)) is not None


@pytest.fixture
def world(office):
    return office


# ---- numbers


@pytest.mark.parametrize("door", ["screen", "terminal"])
def test_the_number_of_a_deleted_agreement_is_never_given_to_another(app, world, door):
    first, mistake = drafted(world, 2), drafted(world, 3)
    db.session.commit()
    given_number(world.head, app, door, first)
    world.head.issue(f"document=agreement&language=ar&of={first.id}")
    refusal = "which is not deleted any more. Terminate it with the reason, and prepare another."
    assert deleted(world.head, first).says(refusal)
    assert world.head.get(f"/admin/agreement/details/?id={first.id}").says(refusal)
    gone = mistake.id
    assert "is deleted." in deleted(world.head, mistake).flashes
    world.head.act("agreement", "terminate", [first.id], reason="تراجع الهيئة")
    other = drafted(world, 4)
    db.session.commit()
    given_number(world.head, app, door, other)
    assert other.id > gone > first.id
    assert (first.number, other.number) == ("2-أ ع م-2026", "3-أ ع م-2026")
    card = world.head.get(f"/admin/agreement/details/?id={other.id}")
    assert not card.soup.select("a[href*='issued_paper/details']") and not card.says(first.number)


def test_what_was_deleted_with_its_number_before_the_rule_keeps_number_and_paper(app, world):
    """As the office of before did it: numbered, printed, deleted; the next is of another carrier."""
    first = drafted(world, 2)
    db.session.commit()
    given_number(world.head, app, "screen", first)
    world.head.issue(f"document=agreement&language=ar&of={first.id}")
    number = first.id
    for kind, of in ((Instalment, Instalment.agreement_id), (Agreement, Agreement.id)):
        db.session.execute(delete(kind).where(of == number), execution_options=VOUCHED)
    db.session.commit()
    other = drafted(world, 4)
    db.session.commit()
    given_number(world.head, app, "screen", other)
    paper = f"document=agreement&language=ar&of={other.id}"
    assert world.head.issue(paper).status == 302
    assert other.id > number
    issued = [
        (paper.record_id, paper.number) for paper in db.session.scalars(select(IssuedPaper).order_by(IssuedPaper.id))
    ]
    assert issued == [(number, "2-أ ع م-2026"), (other.id, "3-أ ع م-2026")]


def test_every_number_that_the_office_gives_keeps_its_record():
    numbered = set()
    for file in Path("awrash").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "next_number":
                numbered.add((node.args[0].id, node.args[1].value))
    kinds = {mapper.class_.__name__: mapper.class_ for mapper in db.Model.registry.mappers}
    own = {("IssuedPaper", "number")}  # no paper is deleted at all: `IssuedStays`
    assert len(numbered) == 5
    assert not [(name, field) for name, field in numbered - own if field not in kinds[name].__given__]


# ---- what is not deleted any more


def a_planned_site(world):
    with_room(world)
    site = Worksite(code="W-9", agreement=world.agreement, name_ar="ورش", name_fr="Chantier", places=5)
    site.opens_on, site.closes_on, site.commune = date(2026, 5, 1), date(2026, 7, 31), world.project.commune
    site.skills = list(db.session.scalars(select(Skill).limit(2)))
    return site


def a_draft_project(world):
    project = a_project(world.call, a_carrier("R-8", officer="J700008"), None)
    project.state, project.deposited_on = ProjectState.draft, None
    return project


def prepared(world, **fields):
    contract = a_contract(a_participant("J100002"), world.site, "K-2")
    contract.participant.rib, contract.participant.account_state = None, AccountState.none
    contract.state, contract.anapec_approved_on = ContractState.prepared, None
    for name, value in fields.items():
        setattr(contract, name, value)
    return contract


def made(world, make):
    with db.session.no_autoflush:
        record = make(world)
        db.session.add(record)
    db.session.flush()
    return record


def reopened(world):
    """A sheet that was filled, and is open again: it has been through somebody's hands."""
    sheet = AttendanceSheet(worksite=world.site, month=date(2026, 6, 1))
    made(world, lambda _: sheet)
    attendance.fill_sheet(sheet)
    steps.step(sheet, SheetState.open)
    return sheet


def records_with_scan(world):
    carrier = made(world, lambda _: a_carrier("R-9", officer="J700009"))
    attach(carrier, ScanKind.statutes, "x.pdf", a_pdf(), user_by_email("file_officer@example.ma"), AT)
    return carrier


def with_paper(world):
    """A visit of which the paper went out."""
    visit = made(world, lambda _: Visit(worksite=world.site, visited_on=date(2026, 5, 3), head_count=1))
    db.session.commit()
    assert world.head.issue(f"document=visit_report&language=ar&of={visit.id}").status == 302
    return visit


def a_certificate_to_issue(world):
    certificate = a_certificate(world)
    certificate.state = CertificateState.eligible
    return certificate


KEPT = {
    "a deposited project": (lambda world: world.project, "the committee refuses it with that reason."),
    "a complaint": (lambda world: world.complaint, "say what became of it, and close it."),
    "a certificate": (lambda world: made(world, a_certificate_to_issue), "Replace or revoke it."),
    "a contract that ANAPEC approved": (
        lambda world: made(world, lambda world: prepared(world, anapec_approved_on=date(2026, 4, 28))),
        "End it with the reason.",
    ),
    "a contract at work": (lambda world: world.contract, "End it with the reason."),
    "an open worksite": (lambda world: world.site, "Suspend it, or complete it."),
    "an open call": (lambda world: world.call, "Close it."),
    "a session that was held": (lambda world: world.session, "Correct it, or write in it what became of it."),
    "a sheet that was filled once": (reopened, "Correct its lines."),
}


@pytest.mark.parametrize("what", KEPT)
def test_what_has_a_number_a_step_or_a_decision_is_not_deleted_and_says_what_to_do(world, what):
    make, way = KEPT[what]
    record = make(world)
    db.session.commit()
    kind, number = type(record), record.id
    db.session.delete(record)
    with force_locale("en"), pytest.raises(RuleError) as refused:
        db.session.flush()
    assert refused.value.code == "deleted_as_draft_only"
    assert way in str(refused.value)
    db.session.rollback()
    if kind is not Certificate:  # which has no form of its own to delete with
        assert deleted(world.head, record).says(way)
    assert is_there(kind, number)


def test_what_had_a_paper_issued_or_attached_is_not_deleted(world):
    visit, carrier = with_paper(world), records_with_scan(world)
    db.session.commit()
    assert deleted(world.head, visit).says("was issued: it is not deleted any more.")
    assert deleted(world.head, carrier).says("Papers are attached to Association R-9, even if taken off")
    assert is_there(Visit, visit.id) and is_there(Carrier, carrier.id)


def test_a_person_who_complained_is_not_deleted_from_under_the_complaint(world):
    person = made(world, lambda _: a_participant("J100009"))
    person.account_state, person.rib = AccountState.none, None
    world.complaint.participant = person
    db.session.commit()
    assert deleted(world.head, person).says("Other records rest on this one: it cannot be deleted.")
    db.session.refresh(world.complaint)
    assert world.complaint.participant is person


def test_the_trace_itself_is_never_deleted(world):
    db.session.delete(db.session.scalar(select(AuditLine).limit(1)))
    with pytest.raises(RuleError) as refused:
        db.session.flush()
    assert refused.value.code == "deleted_as_draft_only"


# ---- what is deleted leaves its trace


def test_a_draft_made_by_mistake_is_deleted_and_the_trace_keeps_all_that_it_said(world):
    draft = made(world, a_draft_project)
    cost = draft.budget_lines[0].id
    db.session.commit()
    number = draft.id
    assert "is deleted." in deleted(world.head, draft).flashes
    assert not is_there(Project, number)
    (line,) = trace_of("project", number)
    assert (line.actor, line.changes["places"], line.changes["monthly_wage"]) == (
        *("head_of_unit", [10, None], ["3422.72", None]),
    )
    assert trace_of("budget_line", cost)[0].changes["amount"] == ["100000.10", None]
    filters = f"flt_record=project&flt_record_id_from={number}&flt_record_id_to={number}&flt_what=deleted"
    audit = world.head.get(f"/admin/audit_line/?{filters}")
    assert audit.soup.select(f"a[href*='id={line.id}']")
    card = world.head.get(f"/admin/audit_line/details/?id={line.id}")
    for sentence in ("Title in Arabic: مشروع", "Carrier: Association R-8", "Monthly wage: 3,422.72", "State: Draft"):
        assert card.says(sentence), sentence


def test_the_trace_of_a_deleted_record_keeps_what_it_was_linked_with(world):
    site = made(world, a_planned_site)
    skills, number = [skill.code for skill in site.skills], site.id
    db.session.commit()
    assert "is deleted." in deleted(world.head, site).flashes
    (line,) = trace_of("worksite", number)
    assert world.head.get(f"/admin/audit_line/details/?id={line.id}").says("Skills acquired: Gardening")
    assert line.changes["skills"] == [skills, []] and line.changes["opens_on"] == ["2026-05-01", None]


def test_what_the_trace_keeps_of_an_account_has_no_secret_in_it(world):
    user = user_by_email("auditor@example.ma")
    db.session.delete(user)
    db.session.flush()
    (line,) = trace_of("user", user.id)
    assert line.changes["email"] == ["auditor@example.ma", None] and line.changes["roles"] == [["auditor"], []]
    assert not {"password", "fs_uniquifier", "tf_totp_secret"} & set(line.changes)


def test_a_wage_that_leaves_a_payroll_calculated_again_is_in_the_trace(app):
    world = a_month_to_pay()
    payer = user_by_email("payroll_officer@example.ma")
    pay = payroll.open_run(date(2026, 5, 1))
    payroll.calculate_payroll(pay, payer, AT)
    gone = db.session.scalar(select(PaySlip).filter_by(contract_id=world.contract.id))
    number, net = gone.id, str(gone.net)
    leaves = update(Contract).where(Contract.id == world.contract.id).values(state=ContractState.prepared)
    db.session.execute(leaves, execution_options=VOUCHED)
    db.session.expire_all()
    payroll.calculate_payroll(pay, payer, AT)
    (line,) = trace_of("pay_slip", number)
    assert (line.changes["net"], line.changes["contract_id"]) == ([net, None], [world.contract.id, None])
    assert line.changes["month"] == ["2026-05-01", None]


# ---- lines of a record


def typed(page):
    """What the form of a page would send as it stands."""
    form = page.soup.select_one("main form:has(input[name=version])")
    boxes = [box for box in form.select("input[name]") if box.get("type") != "checkbox"]
    sent = {box["name"]: box.get("value", "") for box in boxes}
    sent |= {box["name"]: "1" for box in form.select("input[type=checkbox][checked]")}
    sent |= {text["name"]: text.get_text() for text in form.select("textarea[name]")}
    chosen = (choice.select_one("option[selected]") for choice in form.select("select[name]"))
    sent |= {option.find_parent("select")["name"]: option["value"] for option in chosen if option is not None}
    return {name: value for name, value in sent.items() if "__n__" not in name}


def taken_out(visitor, record, line):
    address = f"/admin/{record.__tablename__}/edit/?id={record.id}"
    return visitor.post(address, **typed(visitor.get(address)) | {f"{line}-take_out": "1"})


def test_a_line_taken_out_by_the_form_is_gone_and_the_trace_keeps_it(world):
    officer = world.carrier.officers[0]
    number = officer.id
    assert taken_out(world.head, world.carrier, "officers-0").status == 302
    assert not is_there(Officer, number)
    (line,) = trace_of("officer", number)
    assert line.changes["name_fr"] == ["Présidente", None] and line.changes["carrier_id"] == [world.carrier.id, None]
    assert not trace_of("officer", number, AuditEvent.changed)


def test_no_line_is_taken_out_of_what_is_published_closed_or_signed(world):
    selection.close_session(world.session)
    db.session.commit()
    for record, line, kind, sentence in (
        (world.session, "attendance-0", SessionAttendance, "are signed: nothing of it changes."),
        (world.call, "required_documents-0", RequiredDocument, "the grid and the checklist of call 1/2026 stay."),
        (
            world.agreement,
            "instalments-0",
            Instalment,
            "is signed and cannot change: terminate it, and prepare another.",
        ),
        (world.project, "budget_lines-0", BudgetLine, "has been decided by the committee"),
    ):
        there = db.session.scalars(select(kind.id)).all()
        page = taken_out(world.head, record, line)
        assert page.status == 422 and page.says(sentence), (line, page.flashes)
        db.session.rollback()
        assert db.session.scalars(select(kind.id)).all() == there


@pytest.mark.parametrize("door", ["taken out", "deleted"])
@pytest.mark.parametrize(
    "lines, code",
    [
        (lambda world: world.sheet.lines, "line_of_locked_sheet"),
        (lambda world: world.text.articles, "text_in_use_stays"),
        (lambda world: world.call.required_documents, "grid_stays"),
    ],
)
def test_a_line_of_what_is_locked_or_in_use_stays_whoever_takes_it_out(world, door, lines, code):
    world.text = max(db.session.scalars(select(Wording).filter_by(state="in_use")), key=lambda text: len(text.articles))
    own_lines = lines(world)
    if door == "deleted":
        db.session.delete(own_lines[0])
    else:
        own_lines.remove(own_lines[0])
    with pytest.raises(RuleError) as refused:
        db.session.flush()
    assert refused.value.code == code
