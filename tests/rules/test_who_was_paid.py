"""What was paid keeps its name: contract, person, worksite and carrier of a frozen month stay at every door."""

import csv
import io
from datetime import date

import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import select

from awrash.cnss.records import Complement
from awrash.database.session import db
from awrash.models import Agreement, Contract, Edition, Participant, PaySlip, Project
from awrash.operations import agreements, declarations, payroll, people, selection
from awrash.operations.payment_matching import BankLine, Ledger
from awrash.records.accounts import Role
from awrash.reports.transfers import due_of
from awrash.rules.rule import RuleError
from awrash.values.states import AccountState, ContractState, PaymentState, ProjectState
from tests.cnss.test_declarations import frozen_may
from tests.doors import run
from tests.rule_cases import another_carrier
from tests.world import REASON, a_carrier, a_contract, a_participant, a_project, a_world, behind, papers

PAID = "Contract K-1 was counted or paid: its number, person, worksite, days and wage stay."
SIGNED = "Contract K-9 is signed: its number, person, worksite and days stay."
HEAD = ("--as", "head_of_unit@example.ma")


def typed_of(contract, **changes):
    names = ("number", "job", "starts_on", "ends_on", "monthly_wage")
    typed = {name: str(getattr(contract, name)).replace(".", ",") for name in names}
    return typed | {"participant": contract.participant.cnie, "worksite": str(contract.worksite_id)} | changes


def seen(record):
    """What a form says of the record that it was opened on."""
    db.session.refresh(record)
    return {"version": str(record.version)}


def by_form(app, visit, tmp_path, contract, **changes):
    visitor = visit(Role.file_officer)
    visitor.post("/language/en")
    typed = typed_of(contract, **changes) | seen(contract)
    return visitor.post(f"/admin/contract/edit/?id={contract.id}", **typed).flashes


def by_import(app, visit, tmp_path, contract, **changes):
    typed = typed_of(contract, **changes) | {"worksite": contract.worksite.code}
    names = {"participant": "participant.cnie", "worksite": "worksite.code"}
    line = [";".join(names.get(column, column) for column in typed), ";".join(typed.values())]
    (tmp_path / "x.csv").write_text("\n".join(line))
    return run(app, "import", "contracts", str(tmp_path / "x.csv"), *HEAD).stderr


@pytest.fixture
def free(app):
    """A person without a contract, to whom what was paid could be given."""
    may = frozen_may()
    other = a_participant("J100009")
    other.rib, other.account_state = None, AccountState.none
    db.session.add(other)
    db.session.commit()
    return may


@pytest.mark.parametrize("door", [by_form, by_import])
@pytest.mark.parametrize(
    "changes",
    [
        {"participant": "J100009"},
        {"starts_on": "2026-05-02"},
        {"ends_on": "2026-07-30"},
        {"monthly_wage": "4000,00"},
    ],
)
def test_a_contract_that_was_paid_keeps_person_days_and_wage(app, visit, tmp_path, free, door, changes):
    answer = door(app, visit, tmp_path, free.contract, **changes)
    assert PAID in answer.replace("\u2068", "").replace("\u2069", "")
    kept = db.session.get(Contract, free.contract.id)
    assert (kept.participant.cnie, kept.starts_on, kept.ends_on) == ("J100001", date(2026, 5, 1), date(2026, 7, 31))


def test_the_number_of_a_paid_contract_and_its_wage_stay_but_its_job_is_mended(app, visit, tmp_path, free):
    assert PAID in by_form(app, visit, tmp_path, free.contract, number="K-77")
    head = visit(Role.head_of_unit)
    head.post("/language/en")
    assert PAID in head.act("contract", "change_wage", [free.contract.id], wage="4000,00", reason="خطأ").flashes
    terminal = run(app, "do", "contract", "change_wage", "K-1", "--wage", "4000,00", "--reason", "خطأ", *HEAD)
    assert terminal.exit_code == 1 and "was counted or paid" in terminal.stderr
    assert by_import(app, visit, tmp_path, free.contract, job="بستانية") == ""
    assert db.session.get(Contract, free.contract.id).job == "بستانية"


def test_a_paid_contract_still_ends_before_its_last_day(app, free):
    done = run(app, "do", "contract", "end", "K-1", "--on", "2026-06-15", "--reason", "استقالة", *HEAD)
    assert done.exit_code == 0, done.stderr
    kept = db.session.get(Contract, free.contract.id)
    assert (kept.ends_on, kept.planned_ends_on) == (date(2026, 6, 15), date(2026, 7, 31))


def test_who_was_paid_is_neither_swapped_nor_deleted(app, visit, tmp_path, free):
    person = free.person.id
    by_form(app, visit, tmp_path, free.contract, participant="J100009")
    head = visit(Role.head_of_unit)
    head.post("/admin/participant/delete/", id=str(person))
    assert db.session.get(Participant, person) is not None
    assert run(app, "check").output == "ok\n"


@pytest.fixture
def signed(app):
    """A contract that was signed and not begun."""
    world = a_world()
    person = a_participant("J100002")
    person.rib, person.account_state = None, AccountState.none
    world.signed = a_contract(person, world.site, "K-9")
    world.signed.state, world.signed.anapec_approved_on = ContractState.prepared, None
    db.session.add(world.signed)
    db.session.flush()
    people.sign_contract(world.signed, date(2026, 4, 20))
    db.session.commit()
    return world


@pytest.mark.parametrize("door", [by_form, by_import])
def test_a_signed_contract_changes_only_once_its_signature_is_taken_back(app, visit, tmp_path, signed, door):
    later = {"starts_on": "2026-06-01"}
    assert SIGNED in door(app, visit, tmp_path, signed.signed, **later).replace("\u2068", "").replace("\u2069", "")
    unexplained = run(app, "do", "contract", "take_back", "K-9", *HEAD)
    assert unexplained.exit_code == 1 and "Give the reason" in unexplained.stderr
    head = visit(Role.head_of_unit)
    head.act("contract", "take_back", [signed.signed.id], reason="تاريخ خاطئ")
    door(app, visit, tmp_path, signed.signed, **later)
    kept = db.session.get(Contract, signed.signed.id)
    assert (kept.starts_on, kept.state, kept.signed_on) == (date(2026, 6, 1), ContractState.prepared, None)


@pytest.mark.parametrize("door", ["bulk action", "terminal"])
def test_the_wage_of_a_signed_contract_changes_by_its_own_verb_with_a_reason(app, visit, tmp_path, signed, door):
    raised = {"monthly_wage": "4000,00"}
    assert "its wage changes by “Change the wage” alone" in by_form(app, visit, tmp_path, signed.signed, **raised)
    if door == "bulk action":
        head = visit(Role.head_of_unit)
        low = head.act("contract", "change_wage", [signed.signed.id], wage="100", reason="خطأ")
        assert low.soup.select_one(".says.error")
        head.act("contract", "change_wage", [signed.signed.id], wage="4000,00", reason="خطأ")
    else:
        words = ("do", "contract", "change_wage", "K-9", "--reason", "خطأ", *HEAD)
        assert run(app, *words, "--wage", "much").exit_code == 2
        assert run(app, *words).exit_code == 1
        assert run(app, *words, "--wage", "4000,00").exit_code == 0
    assert str(db.session.get(Contract, signed.signed.id).monthly_wage) == "4000.00"


# ---- the CNIE


def cnss_list(app, tmp_path):
    run(app, "export", "cnss", "--month", "2026-05", "--out", str(tmp_path / "cnss.csv"))
    return list(csv.DictReader(io.StringIO((tmp_path / "cnss.csv").read_text("utf-8-sig")), delimiter=";"))


@pytest.mark.parametrize("door", ["bulk action", "terminal"])
def test_a_cnie_read_wrong_is_mended_with_its_reason_and_the_frozen_month_keeps_the_one_it_named(
    app, visit, tmp_path, free, door
):
    head = visit(Role.head_of_unit)
    head.post("/language/en")
    before, file = cnss_list(app, tmp_path), None
    declarations.make_declaration(free.declaration)
    db.session.commit()
    file = free.declaration.content
    typed = {name: getattr(free.person, name) for name in ("family_name_ar", "given_name_ar", "sex", "cnss_number")}
    typed |= {"family_name_fr": "NOMUN", "given_name_fr": "PRENOMUN", "born_on": "1990-01-31", "rib": free.person.rib}
    typed |= {"commune": str(free.person.commune_id), "cnie": "J100077"} | seen(free.person)
    page = head.post(f"/admin/participant/edit/?id={free.person.id}", **typed)
    assert page.status == 422 and page.says("a CNIE that was read wrong is mended by “Correct the CNIE” alone")
    if door == "bulk action":
        wrong = head.act("participant", "correct_cnie", [free.person.id], cnie="77", reason="قرئت خطأ")
        assert wrong.status == 422
        head.act("participant", "correct_cnie", [free.person.id], cnie="J100077", reason="قرئت خطأ")
    else:
        words = ("do", "participant", "correct_cnie", "J100001", "--cnie", "J100077", *HEAD)
        assert "is mended by" in run(app, *words).stderr
        assert run(app, *words, "--reason", "قرئت خطأ").exit_code == 0
    assert db.session.get(Participant, free.person.id).cnie == "J100077"
    assert cnss_list(app, tmp_path) == before and "J100001" in {line["cnie"] for line in before}
    declarations.make_declaration(free.declaration)
    assert free.declaration.content == file
    assert {transfer.cnie for transfer in due_of(free.run)} == {"J100001", "AB123456"}
    for cnie in ("J100001", "J100077"):  # the bank answers with what was sent; the office may ask with today's
        line = BankLine(state=PaymentState.paid, month=free.run.month, cnie=cnie, paid_on=date(2026, 6, 9))
        assert Ledger().match(2, line).payment.pay_slip.contract_id == free.contract.id
    db.session.rollback()
    assert run(app, "check").output == "ok\n"


def test_names_corrected_after_a_freeze_are_those_of_the_next_month_only(app, visit, tmp_path, free):
    slip = db.session.scalar(select(PaySlip).where(PaySlip.contract_id == free.contract.id))
    address = f"document=pay_slip&language=ar&of={slip.id}"
    head = visit(Role.head_of_unit)
    page = head.issue(address)
    assert page.status == 302, page.flashes
    free.person.family_name_fr = "AUTRENOM"
    db.session.commit()
    assert {line["family_name_fr"] for line in cnss_list(app, tmp_path)} == {"NOMUN", "NOMTROIS"}
    head.issue(address)
    assert len(papers()) == 1  # the slip says what it said: nothing of it has changed


@pytest.mark.parametrize(
    "damage",
    [
        {"cnie": "J100009"},
        {"given_name_fr": "AUTRE"},
        {"contract_number": "K-77"},
        {"worksite_code": "W-9"},
        {"seal_version": 1},
    ],
)
def test_the_check_finds_who_or_where_damaged_in_a_frozen_month(app, damage):
    may = frozen_may()
    assert run(app, "check").output == "ok\n"
    if "seal_version" in damage:
        behind(may.run, **damage)
    else:
        behind(may.contract.pay_slips[0], **damage)
    db.session.commit()
    refused = run(app, "check")
    assert refused.exit_code == 1
    assert "The seal does not match the slips: 2026-05" in refused.stderr


def sealed_before(may):
    """The frozen month as it was sealed before seals covered names."""
    behind(may.run, seal_version=1)
    behind(may.run, seal=payroll.seal_of(may.run))
    db.session.commit()


def test_a_month_frozen_before_is_verified_by_its_own_seal_and_named_once_it_comes_up(app):
    may = frozen_may()
    contract = may.contract.id
    sealed_before(may)
    db.session.remove()
    downgrade(revision="0012")
    upgrade()
    behind(db.session.scalars(select(Edition)).one(), committee_quorum=1)
    db.session.commit()
    slip = db.session.scalar(select(PaySlip).where(PaySlip.contract_id == contract))
    assert (slip.cnie, slip.family_name_fr, slip.contract_number, slip.worksite_code) == (
        "J100001",
        "NOMUN",
        "K-1",
        "W-1",
    )
    checked = run(app, "check")
    assert checked.exit_code == 0 and checked.stdout == "ok\n"
    assert "2026-05: sealed before seals covered the CNIE" in checked.stderr
    behind(slip, days=3)
    db.session.commit()
    assert run(app, "check").exit_code == 1


# ---- the carrier


def test_an_agreement_takes_the_carrier_of_its_project_whatever_is_sent(app, visit):
    world = a_world()
    other = a_carrier("R-3", officer="J700003")
    with db.session.no_autoflush:
        project = a_project(world.call, a_carrier("R-2", officer="J700002"), "2026-0002")
        project.state, project.places = ProjectState.scored, 3
        db.session.add_all([project, other])
    db.session.flush()
    selection.approve_project(project, world.session, REASON)
    db.session.commit()
    files = visit(Role.file_officer)
    assert not files.get("/admin/agreement/new/").soup.select("[name=carrier]")
    typed = {"starts_on": "2026-05-01", "ends_on": "2026-07-31", "value": "100000,10", "management_fee": "5000,01"}
    page = files.post("/admin/agreement/new/", project=str(project.id), carrier=str(other.id), **typed)
    assert page.status == 302, page.flashes
    made = db.session.scalar(select(Agreement).order_by(Agreement.id.desc()))
    assert made.carrier_id == db.session.get(Project, project.id).carrier_id


def test_an_agreement_of_another_carrier_is_told_by_the_check_and_still_saved_but_its_fee_is_not_paid(app, visit):
    world = a_world()
    another_carrier(world)
    db.session.commit()
    check = run(app, "check")
    assert check.exit_code == 1
    assert f"#{world.agreement.id}: its project is that of Association R-1: terminate it" in check.stderr
    head = visit(Role.head_of_unit)
    head.post("/language/en")
    fee = world.agreement.instalments[0].id
    assert head.act("instalment", "approve", [fee]).says(
        "its project is that of Association R-1: nothing is paid on it"
    )
    terminal = run(app, "do", "instalment", "approve", f"#{fee}", *HEAD)
    assert terminal.exit_code == 1 and "nothing is paid on it" in terminal.stderr
    head.act("agreement", "terminate", [world.agreement.id], reason="الهيئة ليست صاحبة المشروع")
    assert run(app, "check").output == "ok\n"


def test_an_opened_worksite_keeps_its_agreement(app, visit):
    world = a_world()
    with db.session.no_autoflush:
        project = a_project(world.call, a_carrier("R-2", officer="J700002"), "2026-0002")
        project.state, project.places = ProjectState.scored, 3
        db.session.add(project)
    db.session.flush()
    selection.approve_project(project, world.session, REASON)
    other = agreements.prepare_agreement(project, date(2026, 5, 1))
    agreements.sign_for_council(other, date(2026, 4, 21))
    agreements.sign_for_carrier(other, date(2026, 4, 21))
    db.session.commit()
    field = visit(Role.field_officer)
    field.post("/language/en")
    typed = {
        "code": "W-1",
        "name_ar": "ورش",
        "name_fr": "Chantier",
        "commune": str(world.site.commune_id),
        "places": "9",
    }
    typed |= {"opens_on": "2026-05-01", "closes_on": "2026-07-31"} | seen(world.site)
    address = f"/admin/worksite/edit/?id={world.site.id}"
    page = field.post(address, agreement=str(other.id), **typed)
    assert page.status == 422 and page.says("Worksite W-1 has opened: its code, agreement, commune and first day stay.")
    assert field.post(address, agreement=str(world.agreement.id), **typed).status == 302


@pytest.mark.parametrize("record", ["declaration", "complement"])
def test_a_file_of_cnss_stays_that_of_its_carrier_and_month(app, record):
    may = frozen_may()
    other = a_carrier("R-2", officer="J700002")
    db.session.add(other)
    db.session.flush()
    june = payroll.open_run(date(2026, 6, 1))
    file = may.declaration
    if record == "complement":
        file = Complement(run=june, carrier=may.carrier, month=may.run.month, number=1)
        db.session.add(file)
        db.session.flush()
        file.month = date(2026, 4, 1)
    else:
        file.carrier = other
    with pytest.raises(RuleError) as refused:
        db.session.flush()
    assert refused.value.code == "stays_as_made"
