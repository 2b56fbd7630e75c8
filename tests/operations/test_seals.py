"""Seals and fingerprints: each damaged in each of its parts, behind the rules, and `flask check` names it."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import delete, inspect, select

from awrash.bank import returns
from awrash.bank.records import ReturnFile
from awrash.database.session import db
from awrash.models import AttendanceLine, AttendanceSheet, PaySlip
from awrash.operations import attachments, attendance, payroll
from awrash.records.accounts import user_by_email
from awrash.records.attachments import Attachment, ScanKind
from awrash.records.issued_papers import IssuedPaper
from awrash.values.states import RunState, Situation, SlipKind
from tests.doors import run
from tests.kept_world import put_back_or
from tests.records.test_attachments import a_pdf
from tests.rule_cases_of_papers import issued
from tests.world import a_locked_month, a_world, behind

LATER = datetime(2026, 7, 3, tzinfo=UTC)
MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
# what the seal covers of a wage: each field with another value than it has
WAGE = {
    "month": date(2026, 4, 1),
    "kind": SlipKind.correction,
    "days": 25,
    "situation": Situation.IL,
    "contract_wage": Decimal("3422.73"),
    "wage": Decimal("3422.73"),
    "gross": Decimal("3422.73"),
    "capped": Decimal("3422.73"),
    "employee_share": Decimal("0.01"),
    "employer_share": Decimal("0.01"),
    "net": Decimal("3192.05"),
    "cnss_number": "100000019",
    "rib": "350810000000000123459920",
    "blocked_by": "bank_account",
}
WHO = {
    "income_tax": Decimal("0.01"),
    "cnie": "J999999",
    "family_name_ar": "غيره",
    "given_name_ar": "غيره",
    "family_name_fr": "AUTRE",
    "given_name_fr": "AUTRE",
    "contract_number": "K-99",
    "worksite_code": "W-99",
}
# what it leaves out: by what a wage is found, what leads to another row whose own seal holds, and the row's counter
NOT_SEALED = {"id", "run_id", "reverses_id", "search_text", "version"}


@pytest.fixture
def office(planted):
    """The application on a database that holds the seeds and an account for each role."""
    planted.renew()
    with planted.app.app_context():
        yield planted.app
        db.session.rollback()


def frozen(month):
    calculated_by, approved_by = (user_by_email(f"{role}@example.ma") for role in ("payroll_officer", "head_of_unit"))
    made = payroll.open_run(month)
    payroll.calculate_payroll(made, calculated_by, LATER)
    payroll.approve_payroll(made, approved_by)
    payroll.freeze_payroll(made, LATER)
    return made


@pytest.fixture
def paid(office):
    """Two months of two people, paid and frozen."""
    world = put_back_or(two_frozen_months, "two frozen months")
    db.session.commit()
    return world


def two_frozen_months():
    world = a_locked_month(2)
    world.june = AttendanceSheet(worksite=world.site, month=JUNE)
    with db.session.no_autoflush:
        for contract in world.site.contracts:
            AttendanceLine(sheet=world.june, contract=contract, days_worked=24)
    db.session.add(world.june)
    attendance.lock_attendance(world.june, date(2026, 6, 30))
    world.may_run, world.june_run = frozen(MAY), frozen(JUNE)
    return world


def first_slip(run_of_month):
    return db.session.scalar(select(PaySlip).where(PaySlip.run_id == run_of_month.id).order_by(PaySlip.contract_id))


def checked(office):
    """What `flask check` ends with, and what it says is wrong."""
    db.session.commit()
    done = run(office, "check")
    return done.exit_code, done.stderr.strip()


SEAL = "The seal does not match the slips: "
FILE = "The file does not match its fingerprint: "


def test_every_field_of_a_wage_is_sealed_or_left_out_for_a_reason():
    assert {*WAGE, *WHO, "contract_id"} | NOT_SEALED == {column.key for column in inspect(PaySlip).column_attrs}


def test_the_check_finds_nothing_in_months_that_nobody_touched(office, paid):
    assert first_slip(paid.may_run).run.state == RunState.frozen
    assert checked(office) == (0, "")


@pytest.mark.parametrize("name", [*WAGE, *WHO])
def test_the_check_names_the_month_in_which_a_field_of_a_wage_was_changed(office, paid, name):
    slip = first_slip(paid.may_run)
    value = (WAGE | WHO)[name]
    assert getattr(slip, name) != value
    behind(slip, **{name: value})
    assert checked(office) == (1, f"{SEAL}2026-05")


@pytest.mark.parametrize("name", ["rib", "cnss_number", "family_name_fr"])
def test_the_check_names_the_month_in_which_a_field_was_emptied(office, paid, name):
    slip = first_slip(paid.may_run)
    if name == "cnss_number":
        behind(paid.person, cnss_number="100000018")
        behind(slip, cnss_number="")  # an empty text is not the same as none
    else:
        behind(slip, **{name: None})
    assert checked(office) == (1, f"{SEAL}2026-05")


@pytest.mark.parametrize("name", WAGE)
def test_the_first_seal_covers_the_numbers_and_amounts_of_a_wage(office, paid, name):
    for made in (paid.may_run, paid.june_run):
        behind(made, seal_version=1)
        behind(made, seal=payroll.seal_of(made))
    exit_code, says = checked(office)
    assert exit_code == 0 and SEAL not in says
    behind(first_slip(paid.may_run), **{name: WAGE[name]})
    exit_code, says = checked(office)
    assert exit_code == 1 and f"{SEAL}2026-05" in says.splitlines()[0]


def test_the_check_names_the_months_between_which_a_wage_was_moved(office, paid):
    slip = first_slip(paid.june_run)
    behind(slip, kind=SlipKind.correction)
    behind(slip, run_id=paid.may_run.id)
    assert checked(office) == (1, f"{SEAL}2026-05, 2026-06")


def test_the_check_names_the_month_in_which_a_wage_was_given_to_another_contract(office, paid):
    slip = first_slip(paid.may_run)
    other = next(contract for contract in paid.site.contracts if contract.id != slip.contract_id)
    behind(slip, kind=SlipKind.correction)
    kept = payroll.seal_of(paid.may_run)
    behind(slip, contract_id=other.id)
    assert payroll.seal_of(paid.may_run) != kept
    assert checked(office) == (1, f"{SEAL}2026-05")


def test_the_check_names_the_month_from_which_a_wage_was_deleted(office, paid):
    slip = first_slip(paid.june_run)
    for kind in (type(slip.payments[0]), PaySlip):
        of_slip = kind.pay_slip_id == slip.id if kind is not PaySlip else PaySlip.id == slip.id
        db.session.execute(delete(kind).where(of_slip), execution_options={"vouched_by": "a damaged month"})
    assert checked(office) == (1, f"{SEAL}2026-06")


def test_the_check_names_the_month_to_which_a_wage_was_added(office, paid):
    slip = first_slip(paid.may_run)
    values = {column.key: getattr(slip, column.key) for column in inspect(PaySlip).column_attrs if column.key != "id"}
    added = PaySlip.__table__.insert().values(values | {"kind": SlipKind.correction})
    db.session.connection().execute(added)
    assert checked(office) == (1, f"{SEAL}2026-05")


def test_the_seal_of_a_month_holds_that_of_the_month_before(office, paid):
    behind(paid.may_run, seal="0" * 64)
    assert checked(office) == (1, f"{SEAL}2026-05, 2026-06")
    behind(paid.may_run, seal=None)
    assert checked(office) == (1, f"{SEAL}2026-05, 2026-06")


def test_a_seal_renewed_after_a_change_no_longer_fits_the_month_that_follows(office, paid):
    behind(first_slip(paid.may_run), net=Decimal("3192.05"))
    behind(paid.may_run, seal=payroll.seal_of(paid.may_run))
    assert checked(office) == (1, f"{SEAL}2026-06")


def test_the_seal_of_another_version_does_not_fit(office, paid):
    behind(paid.june_run, seal_version=1)
    exit_code, says = checked(office)
    assert exit_code == 1 and says.splitlines()[0] == f"{SEAL}2026-06"


def test_two_different_months_have_different_seals(office, paid):
    assert len({paid.may_run.seal, paid.june_run.seal}) == 2
    assert all(len(made.seal) == 64 and set(made.seal) <= set("0123456789abcdef") for made in (paid.may_run,))


# ---- files


def a_paper(world):
    paper = issued(world, content=b"%PDF", size=4, sha256=returns.fingerprint(b"%PDF"))
    return paper, "2026-0001"


def a_scan(world):
    head = user_by_email("head_of_unit@example.ma")
    scan = attachments.attach(world.contract, ScanKind.signed_contract, "scan.pdf", a_pdf(), head, LATER)
    return scan, f"scan.pdf (contract #{world.contract.id})"


def a_scan_taken_off(world):
    scan, name = a_scan(world)
    attachments.take_off(scan, "صفحة أخرى", user_by_email("head_of_unit@example.ma"), LATER)
    return scan, name


def a_return(world):
    content = b"mois;cnie;montant;etat\r\n2026-05;J100001;1,00;paid\r\n"
    mapping = {"mois": "month", "cnie": "participant.cnie", "montant": "amount", "etat": "state"}
    head = user_by_email("payroll_officer@example.ma")
    return returns.read_return(content, "retour.csv", mapping, head, LATER), "retour.csv"


FILES = [a_paper, a_scan, a_scan_taken_off, a_return]
KINDS = {IssuedPaper, Attachment, ReturnFile}


@pytest.mark.parametrize("make", FILES)
@pytest.mark.parametrize(
    "damage",
    [
        lambda content, sha256: {"content": content[:-1]},
        lambda content, sha256: {"content": content + b"\n"},
        lambda content, sha256: {"content": bytes([content[0] ^ 1]) + content[1:]},
        lambda content, sha256: {"content": content[:-1] + bytes([content[-1] ^ 1])},
        lambda content, sha256: {"content": b""},
        lambda content, sha256: {"sha256": "0" * 64},
        lambda content, sha256: {"sha256": sha256.upper()},
    ],
    ids=["cut", "longer", "first bit", "last bit", "emptied", "another fingerprint", "in capitals"],
)
def test_the_check_names_a_file_whose_bytes_or_fingerprint_were_changed(office, make, damage):
    world = a_world()
    file, name = make(world)
    assert checked(office) == (0, "")
    behind(file, **damage(file.content, file.sha256))
    assert checked(office) == (1, f"{FILE}{name}")


def test_every_record_that_keeps_a_file_with_its_fingerprint_is_checked():
    keep = {mapper.class_ for mapper in inspect(IssuedPaper).registry.mappers if "sha256" in mapper.column_attrs}
    assert keep == KINDS


def test_the_check_names_each_of_several_faults(office, paid):
    paper, number = a_paper(paid)
    scan, name = a_scan(paid)
    behind(first_slip(paid.may_run), days=1)
    behind(paper, content=b"%PDG")
    behind(scan, content=b"%PDG")
    assert checked(office) == (1, f"{SEAL}2026-05\n{FILE}{number}, {name}")
