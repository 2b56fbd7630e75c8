"""Files in: what is clearly meant is cleaned, what is not is named by line and field, nothing is half written."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, select

from awrash.database.parsing import in_each_language
from awrash.database.record import value_at
from awrash.database.session import db
from awrash.files.exports import LISTS, Column, csv_stream, labels, listing, rows
from awrash.files.import_kinds import IGNORED, KINDS
from awrash.files.imports import check_file, header_of, title_of
from awrash.models import AttendanceLine, AttendanceSheet, Carrier, Contract, Participant, Worksite
from awrash.values import identifiers
from awrash.values.states import (
    ContractState,
    DeclarationState,
    ParticipantState,
    PaymentState,
    Sex,
    Situation,
)
from tests.conftest import TODAY
from tests.doors import run
from tests.files.test_tables import workbook
from tests.world import a_payment, a_world

LIST = Path(__file__).parents[1] / "data" / "participants.csv"
# 22 without a CNIE, 24 no letter in it, 26 wrong key, 28 a thirtieth of February, 30 not of age,
# 32 begins with 04, 34 not of this prefecture, 36 neither F nor M, 38 without a name, 40 the CNIE of line 4,
# 42 an IBAN cut short, 44 a letter in the number, 48 a formula. The account of line 46 is that of line 8:
# an alert, never a refusal.
FAULTS = [
    "22:cnie:required", "24:cnie:cnie", "26:rib:rib", "28:born_on:not_readable", "30:born_on:adult",
    "32:phone:phone", "34:commune:not_found", "36:sex:not_readable", "38:family_name_fr:required",
    "40:cnie:twice_in_file", "42:rib:rib", "44:cnss_number:cnss_number", "48:family_name_fr:latin_name",
]  # fmt: skip
GOOD = 120 - len(FAULTS)
HEADER = "cnie;family_name_ar;given_name_ar;family_name_fr;given_name_fr;born_on;sex;commune;phone"
PERSON = "J123456;أكنوز;أمينة;AGNOUZ;AMINA;1990-12-31;F;إنزكان;0612345678"


def people() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count(Participant.id)))


def person(cnie: str = "J123456") -> Participant:
    return db.session.scalar(select(Participant).filter_by(cnie=cnie))


def bring(content: str | bytes, kind: str = "participants"):
    return check_file(kind, content if isinstance(content, bytes) else content.encode(), TODAY)


def faults_of(report) -> list[str]:
    return [f"{fault.line}:{fault.field}:{fault.rule}" for fault in report.faults]


# ---- the office's own list


def test_a_faulty_list_names_each_line_and_field_and_writes_nothing(app):
    result = run(app, "import", "participants", str(LIST))
    assert result.exit_code == 1
    assert [":".join(line.split(":")[:3]) for line in result.stderr.splitlines()] == FAULTS
    assert all(len(line.split(":", 3)[3]) > 15 for line in result.stderr.splitlines())
    assert people() == 0


def test_the_good_lines_are_written_when_asked_and_reading_again_changes_nothing(app):
    assert run(app, "import", "participants", str(LIST), "--good-lines").exit_code == 1
    assert people() == GOOD
    versions = set(db.session.scalars(select(Participant.version)))
    again = run(app, "import", "participants", str(LIST), "--good-lines")
    assert f"0 new, 0 changed, {GOOD} already there" in again.stdout
    assert people() == GOOD
    assert set(db.session.scalars(select(Participant.version))) == versions


def test_a_dry_run_writes_nothing(app):
    assert run(app, "import", "participants", str(LIST), "--dry-run", "--good-lines").exit_code == 1
    assert people() == 0


CLEANED = [
    ("JA624006", "cnie", "JA624006"),  # ` ja624006 `
    ("J530801", "phone", "+212612570280"),  # `+212 612-570280`
    ("JA431154", "born_on", date(1994, 8, 25)),  # `25/08/1994`
    ("J421439", "rib", "350810822615968386109386"),  # in groups
    ("JB900174", "born_on", date(1991, 11, 23)),  # ١٩٩١-١١-٢٣
    ("JC819435", "cnss_number", "123456785"),  # ١٢٣٤٥٦٧٨٥
    ("JB247865", "commune.name_ar", "أيت ملول"),  # آيت ملول
    ("JB168492", "family_name_ar", "بوهوش"),  # between direction marks
]


def test_an_odd_but_clear_cell_is_cleaned(app):
    bring(LIST.read_bytes())
    assert [(cnie, path, value_at(person(cnie), path)) for cnie, path, _ in CLEANED] == CLEANED


def test_the_same_account_on_two_people_is_an_alert_not_a_fault(app):
    bring(LIST.read_bytes())
    assert person("JB304269").others_with("rib") == [person("JC33658")]


def test_the_terminal_says_the_faults_in_its_language(app):
    words = ["import", "participants", str(LIST)]
    in_french = app.test_cli_runner().invoke(args=words, env={"AWRASH_LANGUAGE": "fr"}).stderr
    assert in_french.splitlines()[0].startswith("22:cnie:required:")
    assert in_french != run(app, *words).stderr


# ---- what a line may be


@pytest.mark.parametrize(
    "content",
    [
        f"{HEADER}\r\n{PERSON}\r\n".encode("utf-8-sig"),
        f"{HEADER}\n{PERSON}".encode("utf-16"),
        f"{HEADER}\n{PERSON}".encode("windows-1256"),
        f"{HEADER}\n{PERSON}".replace(";", ",").encode(),
        f"{HEADER}\n{PERSON}".replace(";", "\t").encode(),
        f"\n\n{HEADER.upper()};;\n\n{PERSON};;\n\n".encode(),
        workbook(HEADER.split(";"), [*PERSON.split(";")[:5], date(1990, 12, 31), "F", "إنزكان", 612345678]),
    ],
    ids=["utf-8", "utf-16", "windows", "comma", "tab", "blank lines and columns", "xlsx"],
)
def test_every_usual_file_is_read(app, content):
    assert faults_of(bring(content)) == []
    assert (person().phone, person().born_on, person().commune.name_ar) == (
        "+212612345678", date(1990, 12, 31), "إنزكان",
    )  # fmt: skip


@pytest.mark.parametrize(
    "content, fault",
    [
        (b"", "1::unreadable_file"),
        (b"\x00\x01\x02\xff" * 50, "1::unreadable_file"),
        (b"PK\x03\x04 not a workbook", "1::unreadable_file"),
        (b"%PDF-1.7", "1::unknown_column"),
        (HEADER.encode(), "1::no_lines"),
        (f"\n{HEADER};wage\n{PERSON};1".encode(), "2::unknown_column"),
        (f"{HEADER};phone\n{PERSON};1".encode(), "1::column_twice"),
        ("family_name_ar\nأكنوز".encode(), "1::column_missing"),
        (f"{HEADER};address\n{PERSON};Rue 5;x".encode(), "2::wrong_cell_count"),
        (f"{HEADER};\n{PERSON};x".encode(), "2::wrong_cell_count"),
        (f'{HEADER}\n{PERSON}\n"{PERSON}'.encode(), "3::open_quote"),
    ],
)
def test_what_is_no_list_is_refused_at_its_line(app, content, fault):
    assert faults_of(bring(content)) == [fault]


def test_a_short_line_lacks_what_it_does_not_say(app):
    short = ";".join(PERSON.split(";")[:6])
    assert faults_of(bring(f"{HEADER}\n{short}")) == ["2:sex:required", "2:commune:required"]
    without_phone = PERSON.rpartition(";")[0]
    assert faults_of(bring(f"{HEADER}\n{without_phone}")) == []
    assert faults_of(bring(f"{HEADER}\n{short}")) == ["2:sex:required", "2:commune:required"]  # a known person too


def test_every_fault_of_a_line_is_named_at_once(app):
    line = "123;أكنوز;;AGNOUZ;AMINA;yesterday;X;إنزكان;0412345678"
    assert sorted(faults_of(bring(f"{HEADER}\n{line}"))) == [
        "2:born_on:not_readable", "2:cnie:cnie", "2:given_name_ar:required", "2:phone:phone", "2:sex:not_readable",
    ]  # fmt: skip


def test_a_line_changes_what_it_says_and_an_empty_cell_erases_nothing(app):
    bring(f"{HEADER}\n{PERSON}")
    assert bring(f"{HEADER}\n{PERSON}").same == 1
    report = bring("cnie;phone;address\nj 123456;;Rue 5")
    assert report.changed == [person()]
    assert (person().phone, person().address) == ("+212612345678", "Rue 5")


def test_two_lines_for_one_person_are_refused_even_when_the_first_is_faulty(app):
    report = bring(f"{HEADER}\n{PERSON.replace('AGNOUZ', '123')}\n{PERSON.replace('J123456', 'j-123456')}")
    assert faults_of(report) == ["2:family_name_fr:latin_name", "3:cnie:twice_in_file"]


def test_the_number_of_another_person_is_refused_and_the_lines_around_stay(app):
    others = [PERSON.replace("J123456", f"J{number}") for number in (1000, 1001, 1002)]
    numbers = ["112152790", "112152790", ""]
    lines = [f"{line};{number}" for line, number in zip(others, numbers, strict=True)]
    report = bring("\n".join([f"{HEADER};cnss_number", *lines]))
    assert faults_of(report) == ["3:cnss_number:unique"]
    db.session.commit()
    assert sorted(db.session.scalars(select(Participant.cnie))) == ["J1000", "J1002"]


def test_a_faulty_change_leaves_the_record_as_it_was(app):
    bring(f"{HEADER}\n{PERSON}")
    db.session.commit()
    assert faults_of(bring(f"{HEADER}\n{PERSON.replace('AGNOUZ', '=1+1').replace('1990', '1980')}"))
    db.session.commit()
    assert (person().family_name_fr, person().born_on.year) == ("AGNOUZ", 1990)


def test_a_workbook_never_gives_a_rounded_account(app):
    account = identifiers.rib.with_key("3508100000000000000001")
    row = [*PERSON.split(";"), int(account)]
    assert faults_of(bring(workbook([*HEADER.split(";"), "rib"], row))) == ["2:rib:rib"]


def test_a_word_is_read_by_its_value_or_its_label_in_any_language(app):
    for label in ["f", *in_each_language(str, Sex.F.label)]:
        assert faults_of(bring(f"{HEADER}\n{PERSON.replace(';F;', f';{label};')}")) == []
        assert person().sex == Sex.F


# ---- whose record a line changes


@pytest.mark.parametrize(
    "change, fault",
    [
        (("1990-12-31", "1990-12-13"), "born_on"),
        ((";F;", ";M;"), "sex"),
        (("AMINA", "KHADIJA"), "given_name_fr"),
        (("أمينة", "خديجة"), "given_name_ar"),
    ],
)
def test_a_line_that_says_something_else_of_who_a_person_is_names_the_column(app, change, fault):
    bring(f"{HEADER}\n{PERSON}")
    assert faults_of(bring(f"{HEADER}\n{PERSON.replace(*change)}")) == [f"2:{fault}:identity_as_recorded"]


def test_another_spelling_of_the_same_name_is_a_change_and_no_fault(app):
    bring(f"{HEADER}\n{PERSON}")
    report = bring(f"{HEADER}\n{PERSON.replace('AGNOUZ', 'AGNOUZE').replace('أمينة', 'امينة')}")
    assert faults_of(report) == []
    assert [(change.line, change.field, change.before, change.after) for change in report.changes] == [
        (2, "given_name_ar", "أمينة", "امينة"), (2, "family_name_fr", "AGNOUZ", "AGNOUZE"),
    ]  # fmt: skip


def test_a_dry_run_prints_each_change_before_and_after(app, tmp_path):
    bring(f"{HEADER}\n{PERSON}")
    db.session.commit()
    file = tmp_path / "people.csv"
    file.write_text("cnie;phone;commune\nJ123456;0612340000;أيت ملول\n")
    done = run(app, "import", "participants", str(file), "--dry-run")
    assert done.stdout.splitlines() == [
        "2:commune:AMINA AGNOUZ · J123456: Inezgane → Aït Melloul",
        "2:phone:AMINA AGNOUZ · J123456: +212612345678 → +212612340000",
        "participants: 0 new, 1 changed, 0 already there, 0 faults; nothing written",
    ]


def test_an_answer_of_the_bank_is_shown_before_and_after(app):
    world = a_world()
    payment = a_payment(world, DeclarationState.accepted)
    db.session.add(payment)
    db.session.flush()
    report = bring("month;participant.cnie;state;paid_on\n2026-05;J100001;paid;2026-06-12", "payments")
    assert faults_of(report) == []
    assert ("state", PaymentState.sent, PaymentState.paid) in [
        (change.field, change.before, change.after) for change in report.changes
    ]


# ---- the header


@pytest.mark.parametrize("kind", KINDS)
def test_a_header_is_read_by_field_names_or_labels_of_each_language(app, kind):
    known = KINDS[kind]
    titles = zip(*(in_each_language(title_of, kind, column) for column in known.columns), strict=True)
    headers = [known.columns, *titles]
    assert len(set(headers)) == 4  # names, and three languages that differ
    for header in headers:
        assert header_of(known, list(header)) == list(known.columns)


def test_states_are_read_over_since_only_operations_move_them(app):
    header, line = f"{HEADER};state;account_state", f"{PERSON};assigned;verified"
    assert faults_of(bring(f"{header}\n{line}")) == []
    assert person().state == ParticipantState.candidate
    assert {"state", "account_state"} <= IGNORED


# ---- what goes out comes in again


@pytest.mark.parametrize("kind", KINDS)
def test_what_goes_out_comes_in_again_unchanged(prefecture, tmp_path, kind):
    out = tmp_path / "out.csv"
    assert run(prefecture, "export", kind, "--out", str(out)).exit_code == 0
    report = bring(out.read_bytes(), kind)
    assert faults_of(report)[:3] == []
    assert (report.made, report.changed) == ([], [])
    assert report.same == db.session.scalar(select(func.count(KINDS[kind].record.id)))


@pytest.mark.parametrize("heads", ["names", "labels"])
def test_a_list_that_tells_more_than_comes_in_still_comes_in_again(prefecture, monkeypatch, heads):
    more = Column("agreement.carrier.name_fr", "worksite.agreement.carrier.name_fr")
    contracts = replace(LISTS["contracts"], columns=(*LISTS["contracts"].columns, more))
    monkeypatch.setitem(LISTS, "contracts", contracts)
    columns, statement = listing("contracts")
    header = labels(Contract, columns) if heads == "labels" else [column.name for column in columns]
    report = bring(b"".join(csv_stream(header, rows(Contract, columns, statement))), "contracts")
    assert faults_of(report)[:3] == []
    assert report.same == db.session.scalar(select(func.count(Contract.id)))


def test_carriers_of_one_office_come_into_another(app, tmp_path):
    header = "kind;name_ar;name_fr;registration_number;founded_on;ice;cnss_affiliation;rib;address;commune;phone;email"
    numbers = f"{identifiers.ice.with_key('0012345670000')};{identifiers.affiliation.with_key('123456')}"
    account = identifiers.rib.with_key("3508100000000000000001")
    lines = [
        f"association;جمعية;'=cmd|' /C calc'!A0;12/2019;2019-01-31;{numbers};{account};-5, \"rue\";إنزكان;0528000000;",
        "cooperative;تعاونية;Coopérative;13/2019;;;;;;;;a@b.ma",
    ]
    quoted = lines[0].replace('-5, "rue"', '"-5, ""rue"""')
    assert faults_of(bring("\n".join([header, quoted, lines[1]]), "carriers")) == []
    db.session.commit()
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    run(app, "export", "carriers", "--out", str(first))
    for carrier in db.session.scalars(select(Carrier)):
        db.session.delete(carrier)
    db.session.commit()
    assert len(bring(first.read_bytes(), "carriers").made) == 2
    db.session.commit()
    carrier = db.session.scalar(select(Carrier).filter_by(registration_number="12/2019"))
    assert (carrier.name_fr, carrier.address) == ("=cmd|' /C calc'!A0", '-5, "rue"')
    run(app, "export", "carriers", "--out", str(second))
    assert second.read_bytes() == first.read_bytes()


# ---- contracts and attendance


def running_contract() -> Contract:
    query = select(Contract).filter_by(state=ContractState.running).order_by(Contract.id)
    return db.session.scalars(query).first()


def test_a_wage_in_any_writing_is_the_same_wage(prefecture):
    contract = running_contract()
    wage = f"{contract.monthly_wage:,.2f}".replace(",", " ").replace(".", ",")
    line = f"{contract.number};{contract.participant.cnie.lower()};{contract.worksite.code};{contract.job}"
    content = f"number;participant.cnie;worksite.code;job;monthly_wage\n{line};{wage}"
    assert bring(content, "contracts").same == 1
    below = bring(content.replace(wage, "1 000,00"), "contracts")
    assert faults_of(below) == ["2:monthly_wage:signed_contract_stays", "2:monthly_wage:minimum_wage"]
    assert contract.monthly_wage > Decimal(1000)


def test_a_contract_of_nobody_known_is_refused_at_its_column(prefecture):
    content = "number;participant.cnie;worksite.code;job;starts_on;ends_on;monthly_wage\nK-1;ZZ999999;W-0;x;;;"
    assert faults_of(bring(content, "contracts"))[:2] == ["2:participant.cnie:not_found", "2:worksite.code:not_found"]


def sheets() -> int:
    return db.session.scalar(select(func.count(AttendanceSheet.id)))


def test_attendance_opens_the_sheet_of_a_month_and_a_faulty_line_leaves_none(prefecture):
    contract, before = running_contract(), sheets()
    header = "worksite.code;month;participant.cnie;days_worked;situation"
    line = f"{contract.worksite.code};11/2026;{contract.participant.cnie}"
    for wrong, fault in {
        "40;": "days_worked:within_contract", "x;": "days_worked:not_readable", ";": "days_worked:required",
        "5;CS": "days_worked:declared_days", "5;ZZ": "situation:not_readable", "-1;": "days_worked:not_negative",
    }.items():  # fmt: skip
        assert f"2:{fault}" in faults_of(bring(f"{header}\n{line};{wrong}", "attendance"))
        assert sheets() == before
    report = bring(f"{header}\n{line};٥;", "attendance")
    assert faults_of(report) == []
    assert (report.made[0].days_worked, report.made[0].situation) == (5, Situation.present)
    assert sheets() == before + 1
    assert bring(f"{header}\n{line};5;", "attendance").same == 1


def test_attendance_of_somebody_elsewhere_is_refused(prefecture):
    contract = running_contract()
    other = db.session.scalars(select(Worksite).filter(Worksite.id != contract.worksite_id)).first()
    content = f"worksite.code;month;participant.cnie;days_worked\n{other.code};2026-11;{contract.participant.cnie};5"
    assert faults_of(bring(content, "attendance")) == ["2:participant.cnie:not_found"]


def test_the_attendance_of_a_locked_sheet_is_refused_line_by_line(prefecture, tmp_path):
    out, count = tmp_path / "out.csv", db.session.scalar(select(func.count(AttendanceLine.id)))
    run(prefecture, "export", "attendance", "--out", str(out), "--month", "2026-08")
    report = bring(out.read_bytes().replace(b";26;present", b";25;present"), "attendance")
    assert {fault.rule for fault in report.faults} == {"line_of_locked_sheet"}
    assert len(report.faults) > 1
    assert not report.changed
    assert db.session.scalar(select(func.count(AttendanceLine.id))) == count
