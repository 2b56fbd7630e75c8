"""The declaration of a carrier and month: the pre-filled file in, both lists compared, the file for Damancom out."""

import io
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from awrash.cnss import declarations
from awrash.database.session import db
from awrash.models import AttendanceLine, AttendanceSheet, Declaration
from awrash.operations import attendance, payroll
from awrash.operations.declarations import make_declaration, record_upload
from awrash.records import attachments
from awrash.records.accounts import Role, user_by_email
from awrash.records.attachments import ScanKind
from awrash.records.dated_figures import declare_by, last_month_due
from awrash.reports import dashboard
from awrash.rules.rule import RuleError
from awrash.values.states import DeclarationState
from tests.doors import run
from tests.records.test_attachments import a_pdf
from tests.world import a_carrier, a_contract, a_participant, a_world

DATA = Path(__file__).parents[1] / "data"
MAY = date(2026, 5, 1)
LATER = datetime(2026, 6, 3, 10, tzinfo=UTC)


def example(letter: str) -> bytes:
    """The worked example of the reference, moved from October to May."""
    return (DATA / f"damancom-example-{letter}.txt").read_bytes().replace(b"1234567202610", b"1234567202605")


def frozen_may(last_line=20, blocked=False):
    """The two people of the worked example, paid in May; CNSS knows a third who is not there any more."""
    world = a_world(kept=False)
    world.carrier.cnss_affiliation = "1234567"
    world.person.family_name_fr, world.person.given_name_fr, world.person.cnss_number = "NOMUN", "PRENOMUN", "100000018"
    with db.session.no_autoflush:
        world.other = a_participant("AB123456")
        world.other.family_name_fr, world.other.given_name_fr, world.other.cnss_number = (
            "NOMTROIS",
            "PRENOMTROIS",
            "100000034",
        )
        world.other.rib = "350810000000000654321724"
        world.second = a_contract(world.other, world.site, "K-2")
        world.second_line = AttendanceLine(sheet=world.sheet, contract=world.second, days_worked=last_line)
    db.session.add_all(vars(world).values())
    db.session.flush()
    attendance.lock_attendance(world.sheet, date(2026, 5, 31))
    if blocked:
        world.contract.anapec_approved_on = None
    world.run = payroll.open_run(MAY)
    payroll.calculate_payroll(world.run, user_by_email("payroll_officer@example.ma"), LATER)
    payroll.approve_payroll(world.run, user_by_email("head_of_unit@example.ma"))
    payroll.freeze_payroll(world.run, LATER)
    [world.declaration] = world.run.declarations
    db.session.commit()
    return world


def test_the_worked_example_goes_through_the_office_to_the_byte(app):
    world = frozen_may()
    declarations.bring_prefilled(world.declaration, example("A"))
    make_declaration(world.declaration)
    assert world.declaration.content == example("B")
    assert world.declaration.file_name == "DS_1234567_202605.txt"
    assert declarations.file_of(world.declaration).faults(world.declaration.content) == []


def test_the_worked_example_from_the_terminal(app, tmp_path):
    frozen_may()
    (tmp_path / "A.txt").write_bytes(example("A"))
    words = ("damancom", "write", "2026-05", "--carrier", "1234567", "--prefilled", str(tmp_path / "A.txt"))
    done = run(app, *words, "--out", str(tmp_path))
    assert done.exit_code == 0, done.output
    assert (tmp_path / "DS_1234567_202605.txt").read_bytes() == example("B")


def test_the_file_is_made_and_downloaded_on_the_screens(app, visit):
    world = frozen_may()
    number = world.declaration.id
    visitor = visit(Role.payroll_officer)
    visitor.post("/language/en")
    page = visitor.get(f"/admin/declaration/details/?id={number}")
    assert page.says("Not brought yet")
    assert visitor.get(f"/admin/declaration/file/?id={number}").status == 404
    sent = {"csrf_token": visitor.token, "file": _upload(example("A"))}
    visitor.client.post(f"/admin/declaration/prefilled/?id={number}", data=sent)
    page = visitor.get(f"/admin/declaration/details/?id={number}")
    assert page.says("NOMDEUX PRENOMDEUX") and page.says("declared as left")
    assert page.says("NOMTROIS PRENOMTROIS") and page.says("declared as entrant")
    visitor.act("declaration", "make", [number])
    file = visitor.get(f"/admin/declaration/file/?id={number}").response
    assert file.get_data() == example("B")
    assert "DS_1234567_202605.txt" in file.headers["Content-Disposition"]


def _upload(content: bytes):
    return io.BytesIO(content), "AFFEBDS_1234567_202605.txt"


@pytest.mark.parametrize(
    "content, code",
    [
        (b"", "prefilled_readable"),
        (b"nom;prenom\r\n", "prefilled_readable"),
        (example("A").replace(b"1234567", b"7654321"), "prefilled_of_carrier"),
        (example("A").replace(b"1234567202605", b"1234567202604"), "prefilled_of_carrier"),
    ],
)
def test_a_file_of_something_else_is_refused_with_a_sentence(app, content, code):
    world = frozen_may()
    with pytest.raises(RuleError) as refused:
        declarations.bring_prefilled(world.declaration, content)
    assert refused.value.code == code
    assert "%(" not in str(refused.value)


def test_a_file_of_something_else_is_refused_by_the_terminal(app, tmp_path):
    frozen_may()
    (tmp_path / "A.txt").write_bytes(b"nothing")
    words = ("damancom", "write", "2026-05", "--carrier", "1234567", "--prefilled", str(tmp_path / "A.txt"))
    done = run(app, *words, "--out", str(tmp_path))
    assert done.exit_code == 1 and "not a pre-filled file" in done.stderr
    assert not (tmp_path / "DS_1234567_202605.txt").exists()
    unknown = run(app, "damancom", "write", "2026-05", "--carrier", "7654321", "--out", str(tmp_path))
    assert unknown.exit_code == 1 and "7654321" in unknown.stderr


def test_who_is_present_without_a_day_stops_the_file_and_a_situation_mends_it(app):
    world = frozen_may(last_line=0)
    known = example("A").replace(b"100000026NOMDEUX ", b"100000034NOMTROIS", 1).replace(b"200000044", b"200000052")
    declarations.bring_prefilled(world.declaration, known)
    with pytest.raises(RuleError) as refused:
        make_declaration(world.declaration)
    assert refused.value.code == "file_accepted"


def test_a_person_whom_cnss_does_not_know_and_who_worked_no_day_is_left_out(app):
    world = frozen_may(last_line=0)
    declarations.bring_prefilled(world.declaration, example("A"))
    make_declaration(world.declaration)
    assert b"NOMTROIS" not in world.declaration.content
    assert world.declaration.content.count(b"B04") == 1


def test_without_a_pre_filled_file_everybody_goes_as_an_entrant(app):
    world = frozen_may()
    make_declaration(world.declaration)
    assert world.declaration.content.count(b"B04") == 2 and b"B02" not in world.declaration.content


def test_line_ends_are_a_setting_of_the_edition(app):
    world = frozen_may()
    world.edition.damancom_crlf = True
    declarations.bring_prefilled(world.declaration, example("A").replace(b"\n", b"\r\n"))
    make_declaration(world.declaration)
    assert world.declaration.content == example("B").replace(b"\n", b"\r\n")


@pytest.mark.parametrize("family_first", [True, False])
def test_the_order_of_names_is_a_setting_of_the_edition(app, family_first):
    world = frozen_may()
    world.edition.damancom_surname_first = family_first
    make_declaration(world.declaration)
    person = world.contract.participant
    names = (
        (person.family_name_fr, person.given_name_fr) if family_first else (person.given_name_fr, person.family_name_fr)
    )
    assert "".join(f"{name:<30}" for name in names) in world.declaration.content.decode()


def test_what_was_uploaded_stays_as_it_went(app, tmp_path):
    world = frozen_may()
    make_declaration(world.declaration)
    record_upload(world.declaration, date(2026, 6, 8))
    db.session.commit()
    with pytest.raises(RuleError) as refused:
        declarations.bring_prefilled(world.declaration, example("A"))
    assert refused.value.code == "uploaded_file_stays"
    db.session.rollback()
    kept = world.declaration.content
    done = run(app, "damancom", "write", "2026-05", "--carrier", "1234567", "--out", str(tmp_path))
    assert done.exit_code == 0 and (tmp_path / "DS_1234567_202605.txt").read_bytes() == kept


def test_two_contracts_of_one_person_are_one_line(app):
    world = frozen_may()
    world.other.cnss_number = None
    slips = declarations.people_of(world.declaration)
    assert {person.cnie: len(own_slips) for person, own_slips in slips.items()} == {"J100001": 1, "AB123456": 1}


def test_lateness_costs_by_the_person_up_to_a_most(app):
    a_world()
    assert [int(declarations.lateness_costs(count, MAY)) for count in (0, 3, 100, 500)] == [0, 150, 5000, 5000]


def test_a_late_declaration_says_what_it_costs(app, visit):
    world = frozen_may()
    visitor = visit(Role.payroll_officer)
    visitor.post("/language/en")
    page = visitor.get(f"/admin/declaration/details/?id={world.declaration.id}")
    assert page.says("10 June 2026") and page.says("late by 166 days") and page.says("up to 100.00 dirhams")


def test_the_last_day_to_declare_is_one_day_for_the_register_and_the_morning_page(app):
    world = frozen_may()
    assert world.declaration.due_on == declare_by(MAY) == date(2026, 6, 10)
    [gate] = [stage for stage in dashboard.close_of(MAY) if stage.code == "declared"]
    assert gate.due_on == world.declaration.due_on


@pytest.mark.parametrize("today, is_late", [(date(2026, 6, 10), False), (date(2026, 6, 11), True)])
def test_a_declaration_is_late_from_the_day_after_its_last(app, today, is_late):
    world = frozen_may()
    assert (last_month_due(today) == MAY) == is_late
    late = db.session.scalars(select(Declaration.id).where(declarations.is_late(today))).all()
    assert late == ([world.declaration.id] if is_late else [])
    make_declaration(world.declaration)
    record_upload(world.declaration, today)
    assert not db.session.scalars(select(Declaration.id).where(declarations.is_late(today))).all()


def test_the_register_counts_the_people_of_a_page_at_once(app):
    world = frozen_may()
    assert declarations.people_counts([world.declaration.id, 99]) == {world.declaration.id: 2}


def test_late_ones_stand_on_top_with_their_days_and_what_they_cost(app, visit):
    world = frozen_may()
    sent = Declaration(run=world.run, carrier=a_carrier("R-2", "J700009"), state=DeclarationState.accepted)
    db.session.add(sent)
    db.session.commit()
    visitor = visit(Role.payroll_officer)
    visitor.post("/language/en")
    page = visitor.get("/admin/declaration/")
    first, last = page.soup.select("tbody tr[data-id]")
    assert (first["data-id"], last["data-id"]) == (str(world.declaration.id), str(sent.id))
    assert "late by" in first.get_text() and "100.00" in first.get_text() and "late" not in last.get_text()
    assert "receipt missing" in last.get_text() and "receipt missing" not in first.get_text()
    for name, declaration in (("late", world.declaration), ("without_receipt", sent)):
        rows = visitor.get(f"/admin/declaration/?flt_{name}=yes").soup.select("tbody tr[data-id]")
        assert [row["data-id"] for row in rows] == [str(declaration.id)]
    assert visitor.get("/admin/declaration/?flt_late=perhaps").status == 400


def test_an_upload_keeps_who_when_and_the_receipt(app, visit):
    world = frozen_may()
    number = world.declaration.id
    visitor = visit(Role.payroll_officer)
    visitor.post("/language/en")
    visitor.act("declaration", "make", [number])
    form = visitor.post("/admin/declaration/action/", action="upload", rowid=[str(number)])
    assert form.says("Receipt of Damancom") and form.soup.select_one("form[enctype] input[name=on]")["value"]
    visitor.act("declaration", "upload", [number], on="09/06/2026", receipt=(io.BytesIO(a_pdf()), "recu.pdf"))
    kept = db.session.get(Declaration, number)
    assert (kept.state, kept.uploaded_on) == (DeclarationState.uploaded, date(2026, 6, 9))
    assert kept.uploaded_by.email == "payroll_officer@example.ma"
    [receipt] = attachments.attachments_of(kept)
    assert (receipt.kind, receipt.content) == (ScanKind.receipt, a_pdf())
    page = visitor.get(f"/admin/declaration/details/?id={number}")
    assert page.says("recu.pdf") and not page.says("receipt missing")


def test_an_upload_without_receipt_is_marked_and_one_with_a_wrong_file_is_not_recorded(app, visit):
    world = frozen_may()
    number = world.declaration.id
    visitor = visit(Role.payroll_officer)
    visitor.post("/language/en")
    visitor.act("declaration", "make", [number])
    done = visitor.act("declaration", "upload", [number], on="09/06/2026", receipt=(io.BytesIO(b"MZ"), "recu.exe"))
    assert done.says("neither PDF, JPEG nor PNG")
    assert db.session.get(Declaration, number).state == DeclarationState.made
    visitor.act("declaration", "upload", [number], on="09/06/2026")
    assert visitor.get(f"/admin/declaration/details/?id={number}").says("receipt missing")


def test_the_month_comes_before_the_year_in_a_file_name_when_the_edition_says_so(app):
    world = frozen_may()
    world.edition.damancom_month_first = True
    make_declaration(world.declaration)
    assert world.declaration.file_name == "DS_1234567_052026.txt"


def test_every_declaration_of_the_demonstration_would_be_accepted(prefecture):
    made = db.session.scalars(select(Declaration).where(Declaration.state == DeclarationState.accepted)).all()
    assert len(made) > 50
    for declaration in made:
        assert declarations.file_of(declaration).faults(declaration.content) == []


def test_only_the_payroll_and_the_head_bring_a_pre_filled_file(app, visit):
    world = frozen_may()
    assert visit(Role.file_officer).post(f"/admin/declaration/prefilled/?id={world.declaration.id}").status == 403
    assert db.session.scalar(select(AttendanceSheet.id))
