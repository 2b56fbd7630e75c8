"""What stops a wage, mended where it is shown: the line leaves, and what it needed was written by the same rules."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import update

from awrash.database.session import db
from awrash.models import Agreement, Payment
from awrash.operations import attendance, declarations, payments, payroll
from awrash.records.accounts import Role, user_by_email
from awrash.reports import blocked_wages
from awrash.values import identifiers
from awrash.values.states import AccountState, AgreementState, Situation
from tests.world import a_contract, a_participant, a_world

MAY = date(2026, 5, 1)
NEW_RIB = identifiers.rib.with_key("3508100000000000000001")


@pytest.fixture
def may(app):
    """The locked sheet of May with 26 days for one person, whose wage nothing stops."""
    world = a_world()
    db.session.commit()
    return world


def stopped(world, code):
    db.session.expire_all()
    months = blocked_wages.months_owed(MAY)
    return [wage.months for wage in blocked_wages.wages_blocked(months, code) if wage.contract.id == world.contract.id]


def open_drawer(visitor, world, code):
    return visitor.get(f"/admin/mend/?contract={world.contract.id}&cause={code}")


def send(visitor, world, code, **data):
    return visitor.post(f"/admin/mend/?contract={world.contract.id}&cause={code}", **data)


def version(page, record):
    return page.soup.select_one(f"form:has(input[value={record}]) input[name=version]")["value"]


def frozen():
    """The payroll of May, frozen."""
    payer, head = (user_by_email(f"{role.value}@example.ma") for role in (Role.payroll_officer, Role.head_of_unit))
    at = datetime(2026, 6, 4, 10, tzinfo=UTC)
    run = payroll.open_run(MAY)
    payroll.calculate_payroll(run, payer, at)
    payroll.approve_payroll(run, head)
    payroll.freeze_payroll(run, at)
    db.session.commit()
    return run


def sent_back(world):
    """The wage of May paid, and refused by the bank."""
    run = frozen()
    for declaration in run.declarations:
        declarations.make_declaration(declaration)
    payment = run.slips[0].payments[0]
    payments.send_payment(payment, date(2026, 6, 5))
    payments.record_rejected(payment, "الحساب مغلق")
    db.session.commit()


def test_a_new_account_is_verified_again_before_it_is_paid(may):
    may.person.rib = NEW_RIB
    db.session.commit()
    assert may.person.account_state == AccountState.being_opened
    assert stopped(may, "bank_account") == [[MAY]]


def test_the_same_account_typed_with_spaces_stays_verified(may):
    may.person.rib = " ".join(may.person.rib)
    db.session.commit()
    assert may.person.account_state == AccountState.verified


def test_an_account_is_written_and_verified_in_the_drawer_and_the_line_leaves(may, visit):
    may.person.rib, may.person.account_state = None, AccountState.none
    db.session.commit()
    visitor = visit(Role.file_officer)
    visitor.post("/language/en")
    page = open_drawer(visitor, may, "bank_account")
    page = send(visitor, may, "bank_account", record="participant", rib="12", version=version(page, "participant"))
    assert page.status == 422
    assert page.soup.select_one("input[name=rib]")["value"] == "12"
    page = send(visitor, may, "bank_account", record="participant", rib=NEW_RIB, version=version(page, "participant"))
    assert page.status == 200
    assert page.says("It is not enough yet")
    assert send(visitor, may, "bank_account", record="participant", verb="verify_account").status == 302
    assert stopped(may, "bank_account") == []
    assert visitor.get("/admin/stopped/?cause=bank_account").says("no longer blocks the wage of AMINA AGNOUZ")


def test_the_day_of_the_approval_is_asked_for_in_the_drawer_and_what_was_typed_stays(may, visit):
    may.contract.anapec_approved_on = None
    db.session.commit()
    visitor = visit(Role.file_officer)
    visitor.post("/language/en")
    page = open_drawer(visitor, may, "contract_approved")
    assert page.soup.select_one("input[name=on]")["value"] == "23/11/2026"
    page = send(visitor, may, "contract_approved", record="contract", verb="approve_anapec", on="yesterday")
    assert page.status == 422 and page.says("“yesterday” is not a date")
    assert page.soup.select_one("input[name=on]")["value"] == "yesterday"
    page = send(visitor, may, "contract_approved", record="contract", verb="approve_anapec", on="28/04/2026")
    assert page.status == 302 and stopped(may, "contract_approved") == []
    assert may.contract.anapec_approved_on == date(2026, 4, 28)


def test_a_signature_that_is_still_awaited_is_given_in_the_drawer(may, visit):
    undone = update(Agreement).values(state=AgreementState.drafted, service="المديرية الإقليمية للفلاحة")
    db.session.execute(undone, execution_options={"vouched_by": "people at work before the agreement was signed"})
    db.session.commit()
    assert stopped(may, "agreement_signed") == [[MAY]]
    visitor = visit(Role.file_officer)
    page = open_drawer(visitor, may, "agreement_signed")
    assert [field["value"] for field in page.soup.select("button[name=verb]")] == ["sign_service"]
    sent = send(visitor, may, "agreement_signed", record="agreement", verb="sign_service", on="28/04/2026")
    assert sent.status == 302 and stopped(may, "agreement_signed") == []


def test_a_transfer_that_came_back_waits_in_the_preflight_until_it_is_issued_again(may, visit):
    sent_back(may)
    assert stopped(may, "payment_rejected") == [[MAY]]
    visitor = visit(Role.payroll_officer)
    page = open_drawer(visitor, may, "payment_rejected")
    assert page.soup.select_one("button[value=reissue]")
    assert not page.soup.select("input[name=rib]")  # the account is the file officer's to write
    assert send(visitor, may, "payment_rejected", record="payment", verb="reissue").status == 302
    assert stopped(may, "payment_rejected") == []
    states = [payment.state.value for payment in db.session.query(Payment).order_by(Payment.id)]
    assert states == ["reissued", "due"]


def test_a_shared_phone_is_answered_in_writing(may, visit):
    may.person.phone = "+212612345678"
    with db.session.no_autoflush:
        other = a_contract(a_participant("J100002"), may.site, "K-2")
        other.participant.phone, other.participant.rib = "+212612345678", None
        other.participant.account_state = AccountState.none
    db.session.add(other)
    db.session.commit()
    assert stopped(may, "phone_of_one_person") == [[MAY]]
    visitor = visit(Role.file_officer)
    page = open_drawer(visitor, may, "phone_of_one_person")
    answer = {"phone": "0612345678", "phone_answer": "زوجان، تم التحقق من البطاقتين"}
    sent = send(
        visitor, may, "phone_of_one_person", record="participant", version=version(page, "participant"), **answer
    )
    assert sent.status == 302
    assert stopped(may, "phone_of_one_person") == []


@pytest.mark.parametrize(
    "address, status",
    [
        ("/admin/mend/?contract=1&cause=nothing", 404),
        ("/admin/mend/?contract=1&cause=bank_account", 404),
        ("/admin/mend/?contract=x&cause=bank_account", 404),
        ("/admin/mend/", 404),
    ],
)
def test_a_cause_that_stops_nobody_has_no_drawer(may, visit, address, status):
    assert visit(Role.file_officer).get(address).status == status


def test_a_role_mends_only_what_is_its_own(may, visit):
    may.person.rib, may.person.account_state = None, AccountState.none
    db.session.commit()
    reader = visit(Role.auditor)
    assert not open_drawer(reader, may, "bank_account").soup.select("#drawer button")
    assert send(reader, may, "bank_account", record="participant", verb="verify_account").status == 403
    assert send(reader, may, "bank_account", record="contract", verb="end").status == 403


def test_a_lock_in_the_drawer_frees_the_whole_sheet(may, visit):
    frozen()
    june = attendance.open_sheet(may.site, date(2026, 6, 1))
    attendance.mark_line(june.lines[0], "", 26, Situation.present)
    db.session.commit()
    months = blocked_wages.months_owed(date(2026, 6, 1))
    assert [wage.code for wage in blocked_wages.wages_blocked(months)] == ["attendance_locked"]
    locked = send(visit(Role.field_officer), may, "attendance_locked", record="attendance_sheet", verb="lock")
    assert locked.status == 302
    assert blocked_wages.wages_blocked(months) == []
