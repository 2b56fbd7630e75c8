"""The counter: one box finds the person or the file, however it is written, and says what they came to ask."""

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
from sqlalchemy import event, select

from awrash.database.session import db
from awrash.models import Agreement, Complaint, Participant, Payment, PayrollRun, PaySlip, Project, Worksite
from awrash.operations import payroll
from awrash.records.accounts import Role, user_by_email
from awrash.reports import counter_search
from awrash.values import identifiers
from awrash.values.states import (
    AccountState,
    ContractState,
    CoverState,
    PaymentState,
    RunState,
    SlipKind,
    WorksiteState,
)
from tests.world import (
    AMOUNTS,
    a_certificate,
    a_contract,
    a_participant,
    a_slip,
    a_world,
    behind,
    declare,
    with_room,
)

APRIL, MAY, JUNE = date(2026, 4, 1), date(2026, 5, 1), date(2026, 6, 1)


def somebody(cnie: str, given: str, family: str, given_ar: str = "س", family_ar: str = "ص") -> Participant:
    person = a_participant(cnie)
    person.given_name_fr, person.family_name_fr = given, family
    person.given_name_ar, person.family_name_ar = given_ar, family_ar
    person.rib, person.account_state = None, AccountState.none
    db.session.add(person)
    db.session.flush()
    return person


def a_kept_certificate(world) -> None:
    world.site.state = WorksiteState.completed
    world.contract.planned_ends_on = date(2026, 5, 31)
    db.session.add(a_certificate(world))
    db.session.flush()


def people(typed: str, **more) -> list[str]:
    return [row.person.cnie for row in counter_search.look_up(typed, **more).people]


def files(typed: str, **more) -> list[tuple[str, str]]:
    return [(file.__tablename__, str(file)) for file in counter_search.look_up(typed, **more).files]


# ---- who is found

SAME = [
    ("MOHAMED", "Mohammed MHAMED mohamad"),
    ("AICHA", "Aïcha AYSHA aicha عائشة عايشه"),
    ("LHOUSSAINE", "Houssain HOCINE Hussein"),
    ("FATIMA EZZAHRA", "Fatimazahra|fatima-zohra|Fatima Zahra|FATIMA EZ ZAHRA|fatima"),
    ("FATIMAZAHRA", "Fatima Ezzahra|Fatima-Zohra"),
    ("FATIMAZOHRA", "Fatima Ez Zahra|Fatima Ezzahra"),
    ("BENALI", "Ben Ali|BENT ALI|benali"),
    ("BEN ALI", "Benali|bent ali"),
    ("ABDELHAK", "Abd El Hak|Abdelhaq|ABD ELHAQ"),
    ("EL AMRANI", "Amrani|Lamrani|AL AMRANI|elamrani"),
    ("ERRAJI", "Er Raji|raji|El Raji"),
    ("OULHAJ", "Oul Haj|lhaj|El Haj"),
    ("KHADIJA", "Xadija Khadidja KHADIJAH"),
    ("GHIZLANE", "Rhizlane ghizlan"),
    ("OUALI", "Wali el-ouali"),
    ("YACINE", "Yassine yasin"),
]


@pytest.mark.parametrize(
    "kept, typed",
    [(kept, spelling) for kept, typed in SAME for spelling in (typed.split("|") if "|" in typed else typed.split())],
)
def test_a_given_name_is_found_in_the_spellings_that_people_use(app, kept, typed):
    somebody("J200001", kept, "BOULAID", "عائشة" if kept == "AICHA" else "س")
    somebody("J200002", "SAMIRA", "TIZNITI")
    assert people(typed) == ["J200001"]
    assert people(f"{typed} boulaid") == ["J200001"]
    assert people(f"{typed} tizniti") == []


@pytest.mark.parametrize(
    "kept, typed",
    [
        ("RACHID", "Rachida"), ("SAID", "Saad"), ("SAAD", "Souad"), ("HAMID", "Ahmed"), ("MOHAMED", "Ahmad"),
        ("ALI", "Alami"), ("OMAR", "Amar"), ("FATIMA", "Fadma"), ("NAIMA", "Nadia"), ("KHALID", "Malik"),
    ],
)  # fmt: skip
def test_another_name_is_not_found_in_its_place(app, kept, typed):
    somebody("J200001", kept, "TIZNITI")
    assert people(typed) == []
    assert people(kept) == ["J200001"]


@pytest.mark.parametrize(
    "typed", ["", "  ", "%", "_", "é", "\x00", "~", "el", "a", "K", "1", "'", "-", "am%na", "\u200f"]
)
def test_what_says_nothing_finds_nobody(app, typed):
    a_world()
    assert counter_search.look_up(typed) == counter_search.Answer([], [])


@pytest.mark.parametrize(
    "typed", ["a " * 2000, "أمينة " * 500, "1" * 5000, "mohamed-" * 3000, "(((" * 700, "ab%_\\" * 99]
)
def test_a_pasted_page_is_answered(app, typed):
    a_world()
    assert counter_search.look_up(typed).files == []


def test_a_name_in_two_scripts_finds_who_has_both(app):
    somebody("J200001", "AMINA", "AGNOUZ", "أمينة", "أكنوز")
    somebody("J200002", "AMINA", "TIZNITI", "أمينة", "تيزنيتي")
    assert people("أمينة AGNOUZE") == ["J200001"]


def test_a_word_of_a_number_still_counts_beside_a_name(app):
    somebody("J200001", "MOHAMED", "TIZNITI")
    somebody("J200002", "MOHAMED", "TIZNITI")
    assert people("mohammed J200002") == ["J200002"]


@pytest.mark.parametrize(
    "typed",
    [
        "J200001", "j 200001", "J-200001", "j٢٠٠٠٠١",
        "112345678", "112 345 678", "١١٢٣٤٥٦٧٨",
        "0612345678", "06 12 34 56 78", "06.12.34.56.78", "+212612345678", "+212 6-12-34-56-78", "00212612345678",
        "612345678", "٠٦١٢٣٤٥٦٧٨", "061234", "(06) 12 34 56 78", "tizniti 0612345678",
    ],
)  # fmt: skip
def test_a_person_is_found_by_card_cnss_number_and_phone_however_they_are_typed(app, typed):
    person = somebody("J200001", "MOHAMED", "TIZNITI")
    person.cnss_number, person.phone = "112345678", "0612345678"
    other = somebody("J300002", "SAMIRA", "BOULAID")
    other.cnss_number, other.phone = "119999999", "0699999999"
    db.session.flush()
    assert people(typed) == ["J200001"]


@pytest.mark.parametrize("typed", ["K-1", "k1", "K 1", "C-1", "c1"])
def test_a_person_is_found_by_the_number_of_a_contract_or_a_certificate(app, typed):
    world = a_world()
    a_kept_certificate(world)
    somebody("J200002", "MOHAMED", "TIZNITI")
    assert people(typed) == ["J100001"]


def test_the_number_itself_comes_before_a_name_and_the_name_as_written_before_the_one_that_sounds_alike(app):
    heard = somebody("J200001", "LHOUSSAINE", "HASSAN")
    close = somebody("J200002", "HOCINE", "TIZNITI")
    written = somebody("J200003", "HOUSSAIN", "TIZNITI")
    longer = somebody("J200004", "HOUSSAINE", "TIZNITI")
    assert people("houssain") == [person.cnie for person in (written, longer, heard, close)]
    assert people("houssain tizniti") == [person.cnie for person in (written, longer, close)]
    named = somebody("JJ20000", "MOHAMED", "TIZNITI")
    somebody("J20000", "SAMIRA", "BOULAID")
    assert people("J20000")[0] == "J20000"
    assert named.cnie in people("J20000")


def test_a_name_as_written_is_never_crowded_out_by_those_that_sound_alike(app, monkeypatch):
    monkeypatch.setattr(counter_search, "CANDIDATES", 1)
    somebody("J200001", "HOCINE", "TIZNITI")
    somebody("J200002", "HOUSSAIN", "TIZNITI")
    assert people("houssain") == ["J200002"]


def test_no_more_people_are_told_than_asked_for_and_the_best_of_them(app):
    for number in range(30):
        somebody(f"J30{number:04d}", "LHOUSSAINE", "TIZNITI")
    best = somebody("J400000", "HOCINE", "TIZNITI")
    assert people("hocine tizniti", limit=5)[0] == best.cnie
    assert len(people("hocine tizniti", limit=5)) == 5


NONSENSE = ["zzzzz", "ZZZ", "aaaa", "bbb", "yyy", "wwww", "zzzyyy", "ااااا", "ممم", "zz", "qq", "zzzzz agnouz", "mna"]


@pytest.mark.parametrize("typed", NONSENSE)
def test_nonsense_finds_nobody(app, typed):
    a_world()
    somebody("J200001", "AZIZ", "AAZZI", "عزيز", "العزي")
    assert counter_search.look_up(typed) == counter_search.Answer([], [])


def test_who_only_sounds_like_what_was_typed_is_told_from_who_is_written_so(app):
    somebody("J200001", "HOCINE", "HASSAN")
    somebody("J200002", "HOUSSAIN", "TIZNITI")
    found = counter_search.look_up("houssain").people
    assert [(one.person.cnie, one.only_sounds_alike) for one in found] == [("J200002", False), ("J200001", True)]
    assert [one.only_sounds_alike for one in counter_search.look_up("J200001").people] == [False]


# ---- what is told


def a_paid_slip(world, month: date, state: PaymentState, blocked_by: str | None = None) -> PaySlip:
    slip = a_slip(world, PayrollRun(month=month))
    slip.month, slip.blocked_by = month, blocked_by
    db.session.add(slip)
    if not blocked_by:
        db.session.add(Payment(pay_slip=slip, amount=Decimal("3192.04"), state=state))
    db.session.flush()
    return slip


def test_the_last_wage_and_its_transfer_are_told_with_what_stops_the_next(app):
    world = a_world()
    sent = a_paid_slip(world, date(2026, 5, 1), PaymentState.due)
    stopped = a_paid_slip(world, JUNE, PaymentState.due, "contract_approved bank_account")
    a_paid_slip(world, APRIL, PaymentState.due)
    db.session.expire_all()
    [found] = counter_search.look_up("amina agnouz").people
    assert (found.person.id, found.contract.id) == (world.person.id, world.contract.id)
    assert found.slip.id == stopped.id and found.slip.month == JUNE
    assert [(wage.slip.id, wage.causes) for wage in found.waiting] == [(stopped.id, ("attendance_locked",))]
    assert found.payment.pay_slip_id == sent.id and found.payment.amount == Decimal("3192.04")


def test_a_slip_that_was_taken_back_is_not_the_last_wage(app):
    world = a_world()
    first = a_paid_slip(world, APRIL, PaymentState.due)
    wrong = a_paid_slip(world, JUNE, PaymentState.due)
    back = a_slip(world, PayrollRun(month=date(2026, 7, 1)))
    back.month, back.kind, back.reverses, back.why = JUNE, SlipKind.reversal, wrong, "خطأ"
    db.session.add(back)
    db.session.flush()
    [found] = counter_search.look_up("J100001").people
    assert found.slip.id == first.id


def test_somebody_without_a_contract_is_told_with_nothing_yet(app):
    somebody("J200001", "MOHAMED", "TIZNITI")
    [found] = counter_search.look_up("J200001").people
    assert (found.contract, found.slip, found.payment, found.waiting) == (None, None, None, ())
    assert (found.cover_on, found.cover_rule, found.cover_is_open, found.rights_end) == (None, None, False, None)


def test_the_running_contract_is_told_and_not_the_one_that_ended_later_on_paper(app):
    world = a_world()
    later = a_contract(world.person, world.site, "K-2")
    with db.session.no_autoflush:
        later.state, later.starts_on, later.ends_on = ContractState.prepared, date(2026, 7, 31), date(2026, 7, 31)
        behind(world.contract, ends_on=date(2026, 7, 30))
    db.session.add(later)
    db.session.flush()
    [found] = counter_search.look_up("J100001").people
    assert found.contract.number == "K-1"


def test_the_cover_is_forecast_by_the_earlier_rule_then_told_as_recorded(app):
    world = a_world()
    declare(world, date(2026, 5, 1), 26, on=date(2026, 5, 1))
    [found] = counter_search.look_up("J100001").people
    assert (found.cover_on, found.cover_rule, found.cover_is_open) == (date(2026, 8, 1), "months", False)
    world.person.cover_opened_on, world.person.cover_state = date(2026, 8, 3), CoverState.open
    db.session.flush()
    [found] = counter_search.look_up("J100001").people
    assert (found.cover_on, found.cover_rule, found.cover_is_open) == (date(2026, 8, 3), "recorded", True)


@pytest.mark.parametrize("days_of_july, told", [(2, (date(2026, 8, 1), "days")), (1, (date(2026, 9, 8), "months"))])
def test_the_cover_opens_by_the_rule_that_comes_first(app, days_of_july, told):
    world = a_world()
    for month, days in ((5, 26), (6, 26), (7, days_of_july)):
        declare(world, date(2026, month, 1), days)
    [found] = counter_search.look_up("J100001").people
    assert (found.cover_on, found.cover_rule) == told


def test_the_end_of_the_rights_is_told_when_the_contract_has_ended(app):
    world = a_world()
    assert counter_search.look_up("J100001").people[0].rights_end is None
    world.contract.state, world.contract.ended_reason, world.contract.why = ContractState.ended, "نهاية", "نهاية"
    db.session.flush()
    assert counter_search.look_up("J100001").people[0].rights_end == date(2027, 1, 31)


def statements(typed: str) -> int:
    """How many statements an answer takes, told in full as the screen tells it."""
    db.session.expire_all()
    db.session.expunge_all()
    counted: list[str] = []

    def count(connection, cursor, statement, *_):
        counted.append(statement)

    event.listen(db.engine, "before_cursor_execute", count)
    try:
        answer = counter_search.look_up(typed)
        told = [(str(row.person), row.contract and str(row.contract.worksite), row.payment) for row in answer.people]
        told += [(str(file), None, None) for file in answer.files]
    finally:
        event.remove(db.engine, "before_cursor_execute", count)
    assert told
    return len(counted)


def a_colleague(world, number: int) -> None:
    """Somebody of the same name with a worksite, a wage and its transfer of their own."""
    person = somebody(f"J30{number:04d}", "AMINA", "AGNOUZ")
    with_room(world)
    site = Worksite(code=f"K-1-{number}", agreement=world.agreement, name_ar="ورش", name_fr="Chantier", places=1)
    site.opens_on, site.closes_on, site.commune = world.site.opens_on, world.site.closes_on, world.site.commune
    site.state = WorksiteState.open
    contract = a_contract(person, site, f"K-1{number:03d}")
    db.session.add_all([site, contract])
    db.session.flush()
    with db.session.no_autoflush:
        slip = PaySlip(run=world.run, contract=contract, month=JUNE, days=26, **dict.fromkeys(AMOUNTS, Decimal("1.00")))
        db.session.add(Payment(pay_slip=slip, amount=Decimal("1.00"), state=PaymentState.due))
    db.session.flush()


@pytest.mark.parametrize("typed, most", [("agnouz", 9), ("k-1", 10)])
def test_an_answer_takes_the_same_few_statements_for_two_and_for_twenty(app, typed, most):
    world = a_world()
    world.run = a_paid_slip(world, JUNE, PaymentState.due).run
    kept = {
        name: (type(record), record.id) for name, record in vars(world).items() if name in ("run", "agreement", "site")
    }
    a_colleague(world, 0)
    two = statements(typed)
    world = SimpleNamespace(**{name: db.session.get(*key) for name, key in kept.items()})
    for number in range(1, 20):
        a_colleague(world, number)
    assert len(counter_search.look_up("agnouz").people) == len(counter_search.look_up("k-1").files) == 20
    assert statements(typed) <= two <= most


# ---- files


@pytest.mark.parametrize(
    "typed, kind, name",
    [
        ("2026-0001", "project", "2026-0001"), ("2026 0001", "project", "2026-0001"),
        ("٢٠٢٦-٠٠٠١", "project", "2026-0001"),
        ("1-أ ع م-2026", "agreement", "1-أ ع م-2026"), ("1 أ", "agreement", "1-أ ع م-2026"),
        ("K-1", "contract", "K-1"), ("w-1", "worksite", "W-1"), ("R-1", "carrier", "جمعية R-1"),
        ("1234561", "carrier", "جمعية R-1"), ("association", "carrier", "جمعية R-1"), ("جمعيه", "carrier", "جمعية R-1"),
    ],
)  # fmt: skip
def test_a_file_is_found_by_its_number_and_a_carrier_by_its_name(app, typed, kind, name):
    a_world()
    [(table, shown)] = files(typed)
    assert table == kind and shown.startswith(name)


def test_a_certificate_and_a_carrier_are_found_by_serial_and_ice(app):
    world = a_world()
    world.carrier.ice = identifiers.ice.with_key("0015257130000")
    a_kept_certificate(world)
    assert files("c-1") == [("certificate", "C-1 · أمينة")]
    assert [table for table, _ in files(world.carrier.ice)] == ["carrier"]


def test_the_number_itself_comes_before_the_files_whose_number_only_begins_so(app):
    world = a_world()
    for number in ("K-10", "K-11"):
        person = somebody(f"J5000{number[-2:]}", "SAMIRA", "BOULAID")
        contract = a_contract(person, world.site, number)
        contract.state = ContractState.prepared
        db.session.add(contract)
    behind(world.site, code="k-1-0")
    behind(world.project, reference="K-1-9")
    world.site.places, world.project.title_fr = 9, "Reboisement"
    db.session.flush()
    assert [str(file)[:5] for file in counter_search.look_up("k-1").files[:2]] == ["K-1 ·", "K-1-9"]
    assert {file.__tablename__ for file in counter_search.look_up("K-10").files} == {"contract", "worksite"}
    assert len(counter_search.look_up("k-1").files) == 5
    assert len(counter_search.look_up("k-1", limit=2).files) == 2


def test_a_number_in_the_middle_of_another_is_no_hit(app):
    a_world()
    assert files("0001") == []
    assert people("2026-0001") == []


def test_a_complaint_is_told_only_to_those_who_may_read_it(app):
    a_world()
    number = db.session.scalar(select(Complaint.number))
    assert "complaint" not in [table for table, _ in files(number)]
    assert "complaint" in [table for table, _ in files(number, with_complaints=True)]


def test_every_kind_of_file_that_has_a_number_is_looked_up(app):
    kinds = {record for record, _ in counter_search.FILES}
    assert {Project, Agreement, Worksite} < kinds and Complaint not in kinds


# ---- what was mended


@pytest.mark.parametrize(
    "june, comes_with", [(None, "June 2026"), (RunState.calculated, "June 2026"), (RunState.approved, "July 2026")]
)
def test_after_a_mend_the_counter_says_with_which_wages_the_wage_comes(app, visit, june, comes_with):
    world = a_world()
    world.person.account_state = AccountState.being_opened
    payer, head = (user_by_email(f"{role.value}@example.ma") for role in (Role.payroll_officer, Role.head_of_unit))
    run = payroll.open_run(MAY)
    payroll.calculate_payroll(run, payer, datetime(2026, 6, 3, tzinfo=UTC))
    payroll.approve_payroll(run, head)
    payroll.freeze_payroll(run, datetime(2026, 6, 4, tzinfo=UTC))
    if june:
        later = payroll.open_run(JUNE)
        payroll.calculate_payroll(later, payer, datetime(2026, 7, 3, tzinfo=UTC))
        behind(later, state=june)
    db.session.commit()
    officer = visit(Role.file_officer)
    officer.post("/language/en")
    page = officer.get("/admin/find/?q=J100001")
    assert page.says("What blocks the wage of May 2026 no verified account") and not page.says("comes with the wages")
    mended = officer.post(
        f"/admin/mend/?contract={world.contract.id}&cause=bank_account", record="participant", verb="verify_account"
    )
    assert mended.status == 302, mended.flashes
    told = officer.get(mended.response.location)
    assert told.says(f"The wage of May 2026 comes with the wages of {comes_with}.")
    page = officer.get("/admin/find/?q=J100001")
    assert page.says(f"Wage of May 2026 Nothing blocks it any more: it comes with the wages of {comes_with}")
    assert not page.says("What blocks the wage of May")


def test_of_two_causes_the_counter_tells_the_one_that_is_left(app):
    world = a_world()
    world.person.account_state = AccountState.being_opened
    slip = a_slip(world)
    slip.blocked_by = "contract_approved bank_account"
    db.session.add(slip)
    db.session.flush()
    [wage] = counter_search.look_up("J100001").people[0].waiting
    assert (wage.causes, wage.comes_with) == (("bank_account",), None)
    world.person.account_state = AccountState.verified
    db.session.flush()
    [wage] = counter_search.look_up("J100001").people[0].waiting
    assert (wage.causes, wage.comes_with) == ((), MAY)
