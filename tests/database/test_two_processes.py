"""Two people of the office who press the same button: the work is done once, and the other reads why."""

import io
from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from awrash.bank.records import ReturnFile, ReturnLine
from awrash.database.session import db
from awrash.models import Certificate, Contract, Declaration, Payment, PayrollRun, PaySlip
from awrash.operations import payments
from awrash.operations.people import end_contract
from awrash.records.accounts import Role
from awrash.records.audit import AuditLine
from awrash.rules.constraints import refusal_of
from tests.doors import run as command
from tests.processes import one_inside_the_other
from tests.screens.test_bank_returns import filled
from tests.serving.test_killed import RETURNED, approve, calculate, freeze, send
from tests.world import a_month_to_pay, behind

MAY = date(2026, 5, 1)
DONE, NOT_DONE = "Done for", "Not done for"
SENTENCES = (  # what the second of two reads; the databases differ in what they let it see
    "is already “",
    "was changed by somebody else meanwhile",
    "Somebody else changed this meanwhile",
    "Somebody has just recorded the same",
    "is frozen and cannot change",
    "has a payment already",
)


@pytest.fixture
def two(app, visit):
    """Two people at their screens, in English, with a month to pay."""
    a_month_to_pay()
    people = [visit(Role.head_of_unit), visit(Role.administrator)]
    for visitor in people:
        visitor.post("/language/en")
        visitor.get("/admin/payroll_run/")
    return people


def pressed(visitor, record, action, ids, **fields):
    """The confirmed button of a bulk action, as one of the two presses it; what the page answers."""
    rows = {"rowid": [str(number) for number in ids]}

    def press():
        page = visitor.post(f"/admin/{record}/action/", action=action, confirmed="1", **rows, **fields)
        return page.status, " ".join(page.soup.get_text(" ").split())

    return press


def once(answers) -> None:
    """One answer says that it is done, the other a sentence; neither is a fault of the program."""
    assert [answer for answer in answers if not isinstance(answer, tuple)] == []
    assert {status for status, _ in answers} <= {200, 409}, answers
    done = [text for _, text in answers if DONE in text.replace(NOT_DONE, "")]
    refused = [text for _, text in answers if any(sentence in text for sentence in SENTENCES)]
    assert (len(done), len(refused)) == (1, 1), answers


def number_of(record) -> int:
    number = db.session.scalar(select(func.count(record.id)))
    db.session.rollback()
    return number


def ids_of(record) -> list[int]:
    ids = list(db.session.scalars(select(record.id).order_by(record.id)))
    db.session.rollback()
    return ids


def steps_of(record: str, to_state: str) -> int:
    """How many times the audit saw a record of this kind take a step."""
    steps = select(func.count(AuditLine.id)).filter_by(record=record, what="step", to_state=to_state)
    number = db.session.scalar(steps)
    db.session.rollback()
    return number


def after(*works) -> None:
    for work in works:
        work()


def both(app, two, record, action, ids, **fields):
    return one_inside_the_other(app, *(pressed(visitor, record, action, ids, **fields) for visitor in two))


def test_a_month_that_two_begin_to_pay_has_one_payroll(app, two):
    def calculation():
        answer = command(app, "payroll", "run", "2026-05")
        return answer.exit_code, answer.output

    (first, _), (code, text) = one_inside_the_other(app, calculation, calculation)
    assert first == 0
    sentence = "no wage has changed (3)" if code == 0 else "Somebody has just recorded the same"
    assert code in (0, 1) and sentence in text
    assert (number_of(PayrollRun), number_of(PaySlip)) == (1, 3)


def test_a_payroll_that_two_calculate_again_is_calculated_as_it_was(app, two):
    calculate()
    answers = both(app, two, "payroll_run", "calculate", ids_of(PayrollRun))
    for status, text in answers:
        assert status == 200
        assert "no wage has changed (3)" in text or any(sentence in text for sentence in SENTENCES)
    assert (number_of(PayrollRun), number_of(PaySlip)) == (1, 3)


def test_a_payroll_that_two_approve_bears_the_name_of_one(app, two):
    calculate()
    once(both(app, two, "payroll_run", "approve", ids_of(PayrollRun)))
    assert steps_of("payroll_run", "approved") == 1
    approver = db.session.scalars(select(PayrollRun)).one().approved_by.name
    db.session.rollback()
    line = db.session.scalars(select(AuditLine).filter_by(record="payroll_run", to_state="approved")).one()
    assert line.actor == approver


def test_a_payroll_that_two_freeze_pays_each_wage_once(app, two):
    after(calculate, approve)
    once(both(app, two, "payroll_run", "freeze", ids_of(PayrollRun)))
    assert (number_of(Payment), number_of(Declaration), steps_of("payroll_run", "frozen")) == (3, 1, 1)
    assert command(app, "check").output == "ok\n"


@pytest.mark.parametrize("action, state", [("send", "sent"), ("paid", "paid")])
def test_wages_that_two_mark_are_marked_once(app, two, action, state):
    after(calculate, approve, freeze, send)
    if action == "send":
        again()
    ids = [ids_of(Payment)[-1]]
    before = steps_of("payment", state)
    once(both(app, two, "payment", action, ids))
    assert steps_of("payment", state) == before + 1


def again() -> int:
    """A wage that came back and is issued again; the number of the payment that came back."""
    payment = db.session.scalars(select(Payment).order_by(Payment.id)).first()
    payments.record_rejected(payment, "الحساب مغلق")
    number = payment.id
    payments.reissue_payment(payment)
    db.session.commit()
    return number


def test_a_wage_that_came_back_and_that_two_issue_again_is_issued_once(app, two):
    after(calculate, approve, freeze, send)
    payment = db.session.scalars(select(Payment).order_by(Payment.id)).first()
    payments.record_rejected(payment, "الحساب مغلق")
    number = payment.id
    db.session.commit()
    once(both(app, two, "payment", "reissue", [number]))
    assert sorted(state.value for state in db.session.scalars(select(Payment.state))) == [
        "due",
        "reissued",
        "sent",
        "sent",
    ]


def test_one_refused_wage_of_many_leaves_the_others_to_who_came_second(app, two):
    after(calculate, approve, freeze, send)
    first, *others = ids_of(Payment)
    answers = one_inside_the_other(
        app, pressed(two[0], "payment", "paid", [first]), pressed(two[1], "payment", "paid", [first, *others])
    )
    assert "Done for 2 records." in answers[1][1] and any(sentence in answers[1][1] for sentence in SENTENCES)
    assert steps_of("payment", "paid") == 3


def test_a_file_of_the_bank_that_two_record_pays_nobody_twice(app, two):
    after(calculate, approve, freeze, send)
    forms = []
    for visitor in two:
        visitor.get("/admin/returns/")
        columns = visitor.post("/admin/returns/", file=(io.BytesIO(RETURNED), "retour.csv"))
        forms.append(filled(visitor.post("/admin/returns/preview/", **filled(columns))))

    def writing(visitor, form):
        def write():
            page = visitor.post("/admin/returns/write/", **form)
            return page.status, page.response.location, visitor.get(page.response.location).status

        return write

    first, second = one_inside_the_other(app, *map(writing, two, forms))
    assert first == second and first[0] == 302 and first[2] == 200
    assert (number_of(ReturnFile), number_of(ReturnLine)) == (1, 3)
    assert sorted(state.value for state in db.session.scalars(select(Payment.state))) == ["paid", "rejected", "sent"]
    assert (steps_of("payment", "paid"), steps_of("payment", "rejected")) == (1, 1)


def test_a_certificate_that_two_issue_is_issued_once(app, two):
    contract = db.session.scalars(select(Contract).order_by(Contract.id)).first()
    behind(contract, planned_ends_on=date(2026, 5, 31))
    end_contract(contract, date(2026, 5, 31), "وجدت عملا")
    db.session.commit()
    answers = both(app, two, "contract", "issue_certificate", [contract.id])
    assert {status for status, _ in answers} == {200}
    answered = [text for _, text in answers if DONE in text or any(sentence in text for sentence in SENTENCES)]
    assert (len(answered), number_of(Certificate)) == (2, 1)


def test_a_second_payment_of_one_wage_is_refused_by_the_database_itself_with_the_rules_sentence(app, two):
    after(calculate, approve, freeze)
    payment = db.session.scalars(select(Payment)).first()
    values = {"pay_slip_id": payment.pay_slip_id, "amount": payment.amount, "state": "due", "version": 1}
    with pytest.raises(IntegrityError) as refusal:
        db.session.execute(Payment.__table__.insert().values(values), execution_options={"vouched_by": "a test"})
    assert refusal_of(refusal.value).code == "paid_once"
