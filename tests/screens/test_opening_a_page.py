"""Opening a page reads: it writes nothing, takes no number, locks nothing, and waits for nobody."""

import re
import threading
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import event, select

from awrash.admin_views import MENU
from awrash.database.session import db
from awrash.models import Agreement, Certificate, Contract, Payment, PayrollRun, Project
from awrash.operations import payroll
from awrash.records.accounts import Role, user_by_email
from awrash.records.numbering import NUMBER_SERIES
from awrash.values.states import ProjectState
from tests.rule_cases import second_agreement, second_project
from tests.world import a_month_to_pay, a_world, behind

WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|CREATE|DROP|LOCK)\b|\bFOR (NO KEY )?(UPDATE|SHARE)\b|\bFOR KEY SHARE\b")
TRACES = re.compile(r"\s*INSERT INTO audit_line\b")  # who reads in confidence is written, in a transaction of its own
AT = datetime(2026, 6, 3, tzinfo=UTC)
VIEWS = [(record, view) for _, views in MENU for view, record, _ in views]


@pytest.fixture
def statements(app):
    """What is sent to the database meanwhile."""
    sent: list[str] = []

    def note(_c, _cursor, statement, *_):
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield sent
    event.remove(db.engine, "before_cursor_execute", note)


def all_that_waits_for_a_verb() -> None:
    """A record of most kinds, in a state from which a verb leads on."""
    world = a_world()
    with db.session.no_autoflush:
        draft = second_project(world, reference=None, carrier=world.carrier)
        draft.deposited_on = None
        db.session.add_all([draft, second_agreement(world, same=False)])
    db.session.flush()
    for agreement in db.session.scalars(select(Agreement).where(Agreement.state == "drafted")):
        behind(agreement, number=None, council_signed_on=None, carrier_signed_on=None)
    run = payroll.open_run(date(2026, 5, 1))
    payroll.calculate_payroll(run, user_by_email("payroll_officer@example.ma"), AT)
    behind(world.contract, state="ended", planned_ends_on=date(2026, 5, 31), ends_on=date(2026, 5, 31))
    db.session.commit()


def pages(visitor) -> list[str]:
    return [
        f"/admin/{record.__tablename__}/details/?id={number}"
        for record, view in VIEWS
        for number in db.session.scalars(select(record.id).order_by(record.id).limit(3))
    ]


def test_no_page_of_a_record_writes_or_locks(app, visit, statements):
    all_that_waits_for_a_verb()
    opened = 0
    for role in (Role.head_of_unit, Role.administrator):
        visitor = visit(role)
        visitor.get("/admin/")
        for page in pages(visitor):
            statements.clear()
            status = visitor.get(page).status
            opened += status == 200
            assert status in (200, 403), page
            unwanted = [
                statement for statement in statements if WRITES.search(statement) and not TRACES.match(statement)
            ]
            assert unwanted == [], page
    assert opened > 20
    assert db.session.execute(select(NUMBER_SERIES)).all() == []


def test_a_page_says_what_stops_a_verb_and_offers_the_others(app, visit):
    all_that_waits_for_a_verb()
    head = visit(Role.head_of_unit)
    head.post("/language/en")
    draft = db.session.scalar(select(Project.id).where(Project.state == ProjectState.draft))
    page = head.get(f"/admin/project/details/?id={draft}")
    assert page.says("has already benefited") or page.says("Take the file in")
    agreement = db.session.scalar(select(Agreement.id).where(Agreement.number.is_(None)))
    assert head.get(f"/admin/agreement/details/?id={agreement}").says("Give it its number")
    contract = db.session.scalar(select(Contract.id))
    assert head.get(f"/admin/contract/details/?id={contract}").says("Issue the certificate")
    assert db.session.scalar(select(Certificate.id)) is None


def test_the_page_of_an_approved_payroll_does_not_read_its_wages_for_the_seal(app, visit, monkeypatch):
    a_month_to_pay()
    run = payroll.open_run(date(2026, 5, 1))
    payroll.calculate_payroll(run, user_by_email("payroll_officer@example.ma"), AT)
    payroll.approve_payroll(run, user_by_email("administrator@example.ma"))
    db.session.commit()
    number, sealed = run.id, []
    monkeypatch.setattr(payroll, "seal_of", sealed.append)
    head = visit(Role.head_of_unit)
    head.post("/language/en")
    page = head.get(f"/admin/payroll_run/details/?id={number}")
    assert page.status == 200 and page.soup.select_one("button[value=freeze]") and sealed == []
    monkeypatch.undo()
    assert head.act("payroll_run", "freeze", [number]).says("Done for")
    run = db.session.get(PayrollRun, number)
    assert run.seal == payroll.seal_of(run) and run.seal_version == payroll.SEAL_VERSION and run.frozen_at


def test_the_page_of_a_payroll_does_not_wait_for_its_calculation(app, visit):
    a_month_to_pay()
    run = payroll.open_run(date(2026, 5, 1))
    payroll.calculate_payroll(run, user_by_email("payroll_officer@example.ma"), AT)
    db.session.commit()
    number = run.id
    head = visit(Role.head_of_unit)
    head.post("/language/en")
    answers: list[int] = []
    with db.engine.connect() as calculating:
        calculating.execute(select(PayrollRun.id).where(PayrollRun.id == number).with_for_update())
        reading = threading.Thread(
            target=lambda: answers.append(head.client.get(f"/admin/payroll_run/details/?id={number}").status_code)
        )
        reading.start()
        reading.join(15)
        assert answers == [200]
        calculating.rollback()
    reading.join()
    assert db.session.scalar(select(Payment.id)) is None
