"""What the bank sends back: paid and rejected wages recorded once, everything doubtful set apart for a person."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select

from awrash.bank.columns import FIELDS, HEADERS, STATES, check_mapping, guess_mapping
from awrash.bank.records import LineState, ReturnFile, ReturnLine, Verdict
from awrash.bank.returns import apply_return, decide, read_return
from awrash.database.parsing import in_each_language
from awrash.database.session import db
from awrash.files.import_kinds import KINDS
from awrash.files.imports import check_file
from awrash.models import Declaration, Payment, PayrollRun
from awrash.operations.payments import record_rejected, reissue_payment, send_payment
from awrash.records import audit
from awrash.records.accounts import Role, user_by_email
from awrash.records.audit import AuditLine
from awrash.rules.rule import RuleError
from awrash.values.states import ContractState, DeclarationState, PaymentState
from tests.conftest import TODAY
from tests.database.test_two_at_once import together
from tests.doors import run
from tests.files.test_tables import workbook
from tests.kept_world import put_back_or
from tests.world import a_contract, a_participant, a_slip, a_world, behind

MAY = date(2026, 5, 1)
AT = datetime(2026, 6, 20, 9, tzinfo=UTC)
HEADER = "month;participant.cnie;amount;state;paid_on;rejection_reason;reference"
PEOPLE = ("J100001", "J100002", "J100003")
PAID = "2026-05;J100001;3192,04;paid;2026-06-15;;V-1"
BACK = "2026-05;J100002;3192,04;rejected;;الحساب مغلق;V-2"


def people(app, state: PaymentState = PaymentState.sent, declared=DeclarationState.accepted) -> None:
    """Three people with a wage of 3192.04 each, sent to the bank unless told otherwise."""
    put_back_or(lambda: three_wages(state, declared), ("three wages", state, declared))
    db.session.commit()


def three_wages(state: PaymentState, declared: DeclarationState) -> SimpleNamespace:
    world = a_world()
    run_of_may = PayrollRun(month=MAY, calculated_by=payer())
    with db.session.no_autoflush:
        run_of_may.declarations = [Declaration(carrier=world.carrier, state=declared)]
        for number, cnie in enumerate(PEOPLE, 1):
            if number > 1:
                world.contract = a_contract(a_participant(cnie), world.site, f"K-{number}")
            payment = Payment(pay_slip=a_slip(world, run_of_may), amount=Decimal("3192.04"), state=state)
            payment.sent_on = None if state == PaymentState.due else date(2026, 6, 12)
            db.session.add(payment)
    db.session.flush()
    return world


@pytest.fixture
def sent(app):
    people(app)
    return app


def payer():
    return user_by_email(f"{Role.payroll_officer.value}@example.ma")


def payment(cnie: str) -> Payment:
    return [payment for payment in payments() if payment.pay_slip.contract.participant.cnie == cnie][-1]


def payments() -> list[Payment]:
    return list(db.session.scalars(select(Payment).order_by(Payment.id)))


def states() -> list[str]:
    db.session.rollback()
    return [payment.state.value for payment in payments()]


def csv_of(*lines: str, header: str = HEADER) -> bytes:
    return "\r\n".join([header, *lines]).encode()


def bring(*lines: str, header: str = HEADER, mapping=None, month=None) -> ReturnFile:
    """A file read and applied, as the screen does once it is confirmed."""
    with audit.acting(payer()):
        file = read_return(csv_of(*lines, header=header), "retour.csv", mapping, payer(), AT, month)
        apply_return(file)
        db.session.commit()
    return file


def states_of(file: ReturnFile) -> list[str]:
    return [f"{line.number}:{line.state}{f':{line.cause}' if line.cause else ''}" for line in file.lines]


# ---- what is recorded


def test_the_bank_marks_one_wage_paid_and_sends_another_back_with_its_reason(sent):
    file = bring(PAID, BACK)
    assert states_of(file) == ["2:applied", "3:applied"]
    assert states() == ["paid", "rejected", "sent"]
    assert (payment("J100001").paid_on, payment("J100001").reference) == (date(2026, 6, 15), "V-1")
    assert (payment("J100002").rejection_reason, payment("J100002").reference) == ("الحساب مغلق", "V-2")


def test_each_step_bears_the_name_of_who_read_the_file_and_the_reason_of_the_bank(sent):
    bring(PAID, BACK)
    lines = db.session.scalars(select(AuditLine).filter_by(record="payment", what="step").order_by(AuditLine.id)).all()
    assert [(line.to_state, line.why, line.actor_id) for line in lines] == [
        ("paid", None, payer().id), ("rejected", "الحساب مغلق", payer().id),
    ]  # fmt: skip


def test_the_file_is_kept_as_it_came_with_who_brought_it_and_when(sent):
    file = bring(PAID, BACK)
    db.session.expire_all()
    assert file.content == csv_of(PAID, BACK)
    assert (file.name, file.received_by, file.received_at, file.month) == ("retour.csv", payer(), AT, MAY)
    assert file.lines[1].raw == BACK.split(";")


@pytest.mark.parametrize("change", ["content", "name", "a line", "delete the file", "delete a line"])
def test_what_the_bank_sent_is_neither_changed_nor_deleted(sent, change):
    file = bring(PAID)
    if change == "delete the file":
        db.session.delete(file)
    elif change == "delete a line":
        db.session.delete(file.lines[0])
    elif change == "a line":
        file.lines[0].amount = Decimal("1.00")
    else:
        setattr(file, change, b"x" if change == "content" else "x")
    with pytest.raises(RuleError) as refusal:
        db.session.commit()
    assert refusal.value.code == "kept_as_it_came"
    db.session.rollback()


def test_a_wage_that_was_due_is_sent_on_the_way_when_it_may_be(app):
    people(app, PaymentState.due)
    bring(PAID, BACK)
    assert states() == ["paid", "rejected", "due"]
    assert (payment("J100001").sent_on, payment("J100002").sent_on) == (date(2026, 6, 15), date(2026, 6, 20))


def test_a_wage_of_a_month_not_declared_waits_with_the_sentence_of_the_rule(app):
    people(app, PaymentState.due, DeclarationState.to_make)
    file = bring(PAID)
    assert states_of(file) == ["2:set_apart:refused"]
    assert "V-1" not in {payment.reference for payment in payments()}
    assert states() == ["due"] * 3
    assert "2026" in file.lines[0].explanation
    assert file.lines[0].payment is payment("J100001")


BEFORE_SENT = PAID.replace("2026-06-15", "2026-06-11")


def test_a_wage_that_the_bank_calls_paid_before_it_was_sent_waits_with_the_sentence_of_the_rule(sent):
    file = bring(BEFORE_SENT, PAID.replace("J100001", "J100002").replace("2026-06-15", "2026-06-12"))
    assert states_of(file) == ["2:set_apart:refused", "3:applied"]
    assert "12" in file.lines[0].explanation and states() == ["sent", "paid", "sent"]


@pytest.mark.parametrize("door", ["import", "do"])
def test_no_command_records_a_wage_paid_before_it_was_sent(sent, tmp_path, door):
    words = {
        "import": ("import", "payments", written(tmp_path, BEFORE_SENT)),
        "do": ("do", "payment", "paid", f"#{payment('J100001').id}", "--on", "2026-06-11"),
    }
    refused = run(sent, *words[door])
    assert refused.exit_code == 1
    assert "sent on 12 June 2026: it was not paid on 11 June 2026" in re.sub("[\u2066-\u2069]", "", refused.stderr)
    assert states() == ["sent"] * 3


def test_a_day_of_payment_from_before_the_rule_stays_and_is_listed(sent):
    early = payment("J100001")
    behind(early, state=PaymentState.paid, paid_on=date(2026, 6, 11))
    db.session.commit()
    early.reference = "V-9"
    db.session.commit()
    assert f"payment #{early.id}" in run(sent, "check").stderr
    record_rejected(payment("J100001"), "الحساب مغلق")
    db.session.commit()
    assert states()[0] == "rejected"


def test_a_rejection_without_a_reason_waits_with_the_sentence_of_the_rule(sent):
    file = bring("2026-05;J100002;3192,04;rejected;;;")
    assert states_of(file) == ["2:set_apart:refused"]
    assert states() == ["sent"] * 3


def test_a_paid_wage_that_comes_back_later_is_rejected(sent):
    bring(PAID)
    assert states_of(bring("2026-05;J100001;3192,04;rejected;;Compte clôturé;V-1")) == ["2:applied"]
    assert payment("J100001").state == PaymentState.rejected


# ---- what is set apart


@pytest.mark.parametrize(
    "line, cause",
    [
        (PAID.replace("J100001", "J999999"), "unmatched"),
        (PAID.replace("2026-05", "2026-06"), "unmatched"),
        (PAID.replace("3192,04", "3192,05"), "differing_amount"),
        (PAID.replace("3192,04", ""), "unreadable"),
        (PAID.replace("3192,04", "3.192"), "unreadable"),
        (PAID.replace("2026-06-15", ""), "unreadable"),
        (PAID.replace("2026-06-15", "15/13/2026"), "unreadable"),
        (PAID.replace(";paid;", ";perhaps;"), "unreadable"),
        (PAID.replace(";paid;", ";;"), "unreadable"),
        (PAID.replace("J100001", "1"), "unreadable"),
        (PAID.replace("J100001", "").replace("V-1", ""), "unreadable"),
        (PAID.replace("2026-05", "May"), "unreadable"),
        (PAID.replace(";paid;", ";due;"), "wrong_state"),
        (BACK.replace("الحساب مغلق", "x" * 241), "unreadable"),
    ],
)
def test_a_doubtful_line_waits_with_its_cause_and_the_good_one_beside_it_is_recorded(sent, line, cause):
    file = bring(line, BACK.replace("J100002", "J100003"))
    assert states_of(file) == [f"2:set_apart:{cause}", "3:applied"]
    assert states() == ["sent", "sent", "rejected"]
    assert len(file.lines[0].explanation) > 15


def test_the_second_of_two_same_lines_waits_and_the_wage_is_paid_once(sent):
    file = bring(PAID, PAID)
    assert states_of(file) == ["2:applied", "3:set_apart:doubled"]
    assert file.lines[1].payment is payment("J100001")
    steps = select(func.count(AuditLine.id)).filter_by(record="payment", what="step")
    assert db.session.scalar(steps) == 1


def test_two_lines_that_contradict_each_other_both_wait(sent):
    file = bring(PAID, BACK.replace("J100002", "J100001"))
    assert states_of(file) == ["2:set_apart:doubled", "3:set_apart:doubled"]
    assert states() == ["sent"] * 3


def test_a_wage_recorded_paid_on_another_day_waits(sent):
    bring(PAID)
    assert states_of(bring(PAID.replace("06-15", "06-16"))) == ["2:set_apart:wrong_state"]
    assert payment("J100001").paid_on == date(2026, 6, 15)


def test_a_rejected_wage_that_the_bank_now_calls_paid_waits(sent):
    bring(BACK)
    assert states_of(bring(PAID.replace("J100001", "J100002"))) == ["2:set_apart:wrong_state"]
    assert payment("J100002").state == PaymentState.rejected


def second_wage() -> Payment:
    """Another wage of the same person, month and amount, as somebody with two contracts has."""
    first = payment("J100001")
    earlier = first.pay_slip.contract
    with db.session.no_autoflush:
        other = a_contract(earlier.participant, earlier.worksite, "K-9")
        other.state, other.starts_on = ContractState.ended, date(2026, 5, 16)
        behind(earlier, ends_on=date(2026, 5, 15))
        world = SimpleNamespace(contract=other)
        again = Payment(pay_slip=a_slip(world, first.pay_slip.run), amount=first.amount, state=PaymentState.sent)
        again.sent_on = first.sent_on
    db.session.add(again)
    db.session.commit()
    return again


def test_a_line_that_fits_two_wages_waits_for_a_person_to_choose(sent):
    second_wage()
    assert states_of(bring(PAID)) == ["2:set_apart:doubled"]
    assert states() == ["sent"] * 4


def test_a_line_already_recorded_on_one_of_two_wages_leaves_the_other_alone(sent):
    line = PAID.replace("V-1", "")
    bring(line)
    other = second_wage()
    assert states_of(bring(line, BACK)) == ["2:already", "3:applied"]
    assert other.state == PaymentState.sent


# ---- reading again


def test_the_same_file_is_known_by_its_bytes_and_changes_nothing(sent):
    first = bring(PAID, BACK, PAID.replace("J100001", "J999999"))
    before = [(payment.version, payment.state) for payment in payments()]
    again = bring(PAID, BACK, PAID.replace("J100001", "J999999"))
    assert again is first
    assert [(payment.version, payment.state) for payment in payments()] == before
    assert db.session.scalar(select(func.count(ReturnLine.id))) == 3
    assert states_of(first) == ["2:applied", "3:applied", "4:set_apart:unmatched"]


def test_another_file_with_the_same_lines_records_nothing_twice(sent):
    bring(PAID, BACK)
    before = [payment.version for payment in payments()]
    assert states_of(bring(BACK, PAID)) == ["2:already", "3:already"]
    assert [payment.version for payment in payments()] == before


def test_a_rejection_read_again_after_the_wage_was_issued_again_touches_no_new_wage(sent):
    bring(BACK)
    again = reissue_payment(payment("J100002"))
    db.session.commit()
    assert states_of(bring(BACK, PAID)) == ["2:already", "3:applied"]
    assert again.state == PaymentState.due
    send_payment(again, date(2026, 7, 1))
    db.session.commit()
    assert states_of(bring(BACK, PAID, "")) == ["2:already", "3:already"]
    assert states_of(bring(BACK.replace("V-2", ""))) == ["2:set_apart:doubled"]  # rejected again, or still?
    assert again.state == PaymentState.sent
    other = BACK.replace("مغلق", "خاطئ").replace("V-2", "V-9")
    assert states_of(bring(other)) == ["2:applied"]
    assert again.state == PaymentState.rejected


def test_two_who_read_and_record_the_same_file_at_once_pay_nobody_twice(sent):
    def reading():
        file = read_return(csv_of(PAID, BACK), "retour.csv", None, payer(), AT)
        return apply_return(file).id

    results = together(sent, reading, reading)
    assert len(set(results)) == 1
    assert states() == ["paid", "rejected", "sent"]
    steps = select(AuditLine.record_id).filter_by(record="payment", what="step")
    assert len(db.session.scalars(steps).all()) == 2
    assert db.session.scalar(select(func.count(ReturnLine.id))) == 2


def test_two_who_record_two_files_with_the_same_line_at_once_pay_nobody_twice(sent):
    def reading(*lines):
        def work():
            return apply_return(read_return(csv_of(*lines), "retour.csv", None, payer(), AT)).id

        return work

    results = together(sent, reading(PAID, BACK), reading(BACK, PAID))
    assert all(isinstance(result, int) for result in results)
    assert states() == ["paid", "rejected", "sent"]
    kept = sorted(state.value for state in db.session.scalars(select(ReturnLine.state)))
    assert kept == ["already", "already", "applied", "applied"]


def test_two_who_record_a_file_read_before_at_once_record_each_line_once(sent):
    number = read_return(csv_of(PAID, BACK), "retour.csv", None, payer(), AT).id
    db.session.commit()

    def recording():
        apply_return(db.session.get(ReturnFile, number))

    assert together(sent, recording, recording) == [None, None]
    assert states() == ["paid", "rejected", "sent"]
    assert states_of(db.session.get(ReturnFile, number)) == ["2:applied", "3:applied"]


# ---- decisions


def apart(line: str) -> ReturnLine:
    return bring(line).lines[0]


def test_a_person_can_record_a_line_of_another_amount_all_the_same(sent):
    line = apart(PAID.replace("3192,04", "3192,05"))
    decide(line, line.payment, Verdict.apply, "عمولة سنتيم واحد")
    assert (line.state, line.payment.state, line.payment.amount) == ("applied", "paid", Decimal("3192.04"))


def test_a_person_can_record_a_line_on_the_payment_that_was_meant(sent):
    line = apart(PAID.replace("J100001", "J100009"))
    decide(line, payment("J100003"), Verdict.apply)
    assert (line.state, payment("J100003").state) == (LineState.applied, PaymentState.paid)


def test_a_line_left_aside_says_why_and_the_audit_keeps_it(sent):
    line = apart(PAID.replace("J100001", "J999999"))
    for reason in (None, "", "  "):
        with pytest.raises(RuleError) as refusal:
            decide(line, None, Verdict.ignore, reason)
        assert refusal.value.code == "left_aside_explained"
        db.session.rollback()
    decide(line, None, Verdict.ignore, "سطر خاص بعمالة أخرى")
    db.session.commit()
    assert (line.state, line.explanation) == (LineState.ignored, "سطر خاص بعمالة أخرى")
    kept = db.session.scalars(select(AuditLine).filter_by(record="return_line", to_state="ignored")).one()
    assert kept.why == "سطر خاص بعمالة أخرى"


@pytest.mark.parametrize(
    "line, chosen, code",
    [
        (PAID.replace("J100001", "J999999"), None, "applied_to_payment"),
        (PAID.replace(";paid;", ";perhaps;"), "J100001", "says_nothing"),
        (PAID.replace("2026-06-15", "x"), "J100001", "says_nothing"),
        (BACK.replace("الحساب مغلق", ""), "J100002", "rejection_explained"),
    ],
)
def test_a_decision_that_cannot_be_taken_is_refused_and_the_line_still_waits(sent, line, chosen, code):
    line = apart(line)
    with pytest.raises(RuleError) as refusal:
        decide(line, payment(chosen) if chosen else None, Verdict.apply)
    assert refusal.value.code == code
    db.session.rollback()
    assert (line.state, states()) == (LineState.set_apart, ["sent"] * 3)


def test_a_line_is_not_recorded_on_a_wage_that_came_back(sent):
    bring(BACK)
    line = apart(PAID.replace("J100001", "J100009"))
    with pytest.raises(RuleError) as refusal:
        decide(line, payment("J100002"), Verdict.apply)
    assert refusal.value.code == "wrong_state"
    db.session.rollback()
    assert (line.state, payment("J100002").paid_on) == (LineState.set_apart, None)


def test_what_was_decided_is_not_decided_again(sent):
    line = bring(PAID).lines[0]
    for verdict in Verdict:
        with pytest.raises(RuleError) as refusal:
            decide(line, line.payment, verdict, "x")
        assert refusal.value.code == "starts_from"
        db.session.rollback()


def test_two_who_decide_the_same_line_at_once_record_it_once(sent):
    number, chosen = apart(PAID.replace("3192,04", "1,00")).id, payment("J100001").id

    def deciding():
        decide(db.session.get(ReturnLine, number), db.session.get(Payment, chosen), Verdict.apply)

    results = together(sent, deciding, deciding)
    assert sorted(type(result).__name__ for result in results) == ["NoneType", "RuleError"]
    assert states() == ["paid", "sent", "sent"]


# ---- columns


@pytest.mark.parametrize(
    "header",
    [
        "الشهر;رقم البطاقة الوطنية;المبلغ;الحالة;تاريخ الأداء;سبب الرفض;المرجع",
        "Mois;N° CIN;Montant net;Statut;Date de paiement;Motif du rejet;Référence",
        "Period;CNIE;Amount;Status;Payment date;Reason;Reference",
        "état;montant;cnie;mois;motif;payé le;réf",
    ],
)
def test_columns_are_understood_in_three_languages_and_any_order(app, header):
    assert set(guess_mapping(header.split(";")).values()) == set(FIELDS) - {"name"}


def test_no_name_of_a_column_or_state_means_two_things(app):
    names = [text for written in HEADERS.values() for text in written.split("|")]
    mapping = {text: guess_mapping([text])[text] for text in names}
    assert mapping == {text: field for field, written in HEADERS.items() for text in written.split("|")}
    labels = {text for word in PaymentState for text in in_each_language(str, word.label)}
    others = {word: set(written.split("|")) & labels for word, written in STATES.items()}
    assert not any(others.values())


def test_the_columns_chosen_once_are_remembered_for_the_same_header(sent):
    header = "Col A;Col B;Col C;Col D;Col E"
    columns = header.split(";")
    assert set(guess_mapping(columns).values()) == {""}
    mapping = dict(zip(columns, ["month", "participant.cnie", "state", "paid_on", ""], strict=True))
    assert states_of(bring("05/2026;J100001;PAYÉ;15/06/2026;x", header=header, mapping=mapping)) == ["2:applied"]
    assert guess_mapping(columns) == mapping
    assert states_of(bring("05/2026;J100003;viré;15/06/2026;x", header=header)) == ["2:applied"]


def test_a_file_without_a_month_takes_the_one_chosen_for_it(sent):
    header = "CNIE;Montant;État;Payé le"
    with pytest.raises(RuleError) as refusal:
        bring("J100001;3192,04;Payé;15/06/2026", header=header)
    assert refusal.value.code == "column_missing"
    db.session.rollback()
    assert states_of(bring("J100001;3192,04;Payé;15/06/2026", header=header, month=MAY)) == ["2:applied"]


def test_a_line_is_found_by_the_reference_alone(sent):
    bring(PAID)
    header = "reference;state;rejection_reason"
    assert states_of(bring("V-1;rejected;Compte clôturé", "V-7;rejected;x", header=header)) == [
        "2:applied", "3:set_apart:unmatched",
    ]  # fmt: skip
    assert payment("J100001").state == PaymentState.rejected


@pytest.mark.parametrize(
    "mapping, code",
    [
        ({"a": "month", "b": "participant.cnie"}, "column_missing"),
        ({"a": "state"}, "column_missing"),
        ({"a": "state", "b": "participant.cnie"}, "column_missing"),
        ({"a": "state", "b": "state", "c": "reference"}, "column_twice"),
        ({"a": "state", "b": "id"}, "not_readable"),
    ],
)
def test_columns_that_do_not_say_enough_are_refused(app, mapping, code):
    with pytest.raises(RuleError) as refusal:
        check_mapping(mapping)
    assert refusal.value.code == code


def test_a_workbook_is_read_as_the_same_lines(sent):
    rows = [HEADER.split(";"), ["2026-05", "J100001", 3192.04, "paid", date(2026, 6, 15), None, "V-1"]]
    file = read_return(workbook(*rows), "retour.xlsx", None, payer(), AT)
    assert states_of(apply_return(file)) == ["2:applied"]
    assert file.lines[0].amount == Decimal("3192.04")


# ---- the command


def written(tmp_path: Path, *lines: str, header: str = HEADER) -> str:
    path = tmp_path / "payments.csv"
    path.write_bytes(csv_of(*lines, header=header))
    return str(path)


def test_the_command_marks_paid_and_rejected(sent, tmp_path):
    result = run(sent, "import", "payments", written(tmp_path, PAID, BACK))
    assert (result.exit_code, result.stderr) == (0, "")
    assert "0 new, 2 changed, 0 already there" in result.stdout
    assert states() == ["paid", "rejected", "sent"]
    again = run(sent, "import", "payments", written(tmp_path, PAID, BACK))
    assert "0 new, 0 changed, 2 already there" in again.stdout


def test_the_command_names_each_fault_by_line_and_field_and_writes_nothing(sent, tmp_path):
    lines = [
        PAID, PAID, PAID.replace("J100001", "J999999"), PAID.replace("2026-05", "2026-04"),
        BACK.replace("3192,04", "1"), BACK.replace("الحساب مغلق", ""), PAID.replace(";paid;", ";due;"),
        BACK.replace("J100002", "J100003").replace(";rejected;", ";paid;"),
    ]  # fmt: skip
    result = run(sent, "import", "payments", written(tmp_path, *lines))
    assert result.exit_code == 1
    assert [":".join(line.split(":")[:3]) for line in result.stderr.splitlines()] == [
        "3:participant.cnie:doubled", "4:participant.cnie:not_found", "5:participant.cnie:unmatched",
        "6:amount:differing_amount", "7:rejection_reason:rejection_explained", "8:participant.cnie:doubled",
        "9:paid_on:required",
    ]  # fmt: skip
    assert states() == ["sent"] * 3


def test_the_command_writes_the_good_lines_when_asked_and_nothing_on_a_dry_run(sent, tmp_path):
    path = written(tmp_path, PAID, PAID.replace("J100001", "J999999"))
    assert run(sent, "import", "payments", path, "--good-lines", "--dry-run").exit_code == 1
    assert states() == ["sent"] * 3
    assert run(sent, "import", "payments", path, "--good-lines").exit_code == 1
    assert states() == ["paid", "sent", "sent"]


def test_what_went_out_with_the_payments_comes_in_again(sent, tmp_path):
    bring(PAID, BACK)
    reissue_payment(payment("J100002"))
    db.session.commit()
    out = tmp_path / "out.csv"
    assert run(sent, "export", "payments", "--out", str(out)).exit_code == 0
    before = [(payment.version, payment.state) for payment in payments()]
    result = run(sent, "import", "payments", str(out))
    assert (result.exit_code, result.stderr) == (0, "")
    assert "0 new, 0 changed, 4 already there" in result.stdout
    file = read_return(out.read_bytes(), "out.csv", None, payer(), AT)
    assert [line.state.value for line in apply_return(file).lines] == ["already"] * 4
    db.session.commit()
    assert [(payment.version, payment.state) for payment in payments()] == before


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_the_labels_of_a_screen_are_read_by_both_doors(sent, visit, language):
    visitor = visit(Role.payroll_officer)
    visitor.post(f"/language/{language}")
    content = visitor.get("/admin/payment/export/csv/").response.get_data()
    assert [str(fault) for fault in check_file("payments", content, TODAY).faults] == []
    assert {line.state for line in read_return(content, "out.csv", None, payer(), AT).lines} == {LineState.to_decide}
    assert set(KINDS) >= {"payments"}
