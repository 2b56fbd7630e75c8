"""The complementary file of an earlier month (experimental), and the check of any file of CNSS."""

import io
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from awrash.cnss import complements, damancom
from awrash.cnss.declaration_file import limits_of
from awrash.cnss.declarations import bring_prefilled
from awrash.cnss.records import Complement
from awrash.database.session import db
from awrash.models import Declaration, PaySlip
from awrash.operations import declarations, payroll
from awrash.operations.declarations import record_upload
from awrash.records.accounts import Role, user_by_email
from awrash.rules.rule import RuleError
from tests.cnss.test_declarations import MAY, example, frozen_may
from tests.doors import run

JUNE = date(2026, 6, 1)
LATER = datetime(2026, 7, 3, 10, tzinfo=UTC)


def corrected_may(days=24, taken=None):
    """May is frozen; June takes the second person's slip back and pays the right days, and frees the first one's."""
    world = frozen_may()
    slips = {slip.contract.number: slip for slip in db.session.scalars(select(PaySlip))}
    world.june = payroll.open_run(JUNE)
    payroll.calculate_payroll(world.june, user_by_email("payroll_officer@example.ma"), LATER)
    payroll.reverse_slip(slips["K-2"], world.june, "counted wrong", days=days)
    if taken is not None:
        payroll.reverse_slip(slips["K-1"], world.june, "counted wrong", days=taken)
    payroll.approve_payroll(world.june, user_by_email("head_of_unit@example.ma"))
    payroll.freeze_payroll(world.june, LATER)
    [world.later] = world.june.declarations
    db.session.commit()
    return world


def test_what_a_correction_adds_is_days_and_wage_and_never_the_whole_month_again(app):
    world = corrected_may(days=24, taken=20)
    [(month, added)] = complements.changes_by_month(world.june, world.carrier).items()
    assert month == MAY
    by_card = {change.person.cnie: change for change in added}
    assert (by_card["AB123456"].days, by_card["AB123456"].goes_in) == (4, True)
    assert (by_card["J100001"].days, by_card["J100001"].goes_in) == (-6, False)
    assert by_card["AB123456"].gross == 315943 - 263286  # 3,422.72 over 26 days: 24 days less 20


def test_the_complementary_file_has_its_people_in_e04_and_passes_its_own_check(app):
    world = corrected_may()
    bring_prefilled(world.declaration, example("A"))
    complement = declarations.open_complement(world.june, world.carrier, MAY)
    declarations.make_complement(complement)
    assert complement.file_name == "DSC1_1234567_202605.txt"
    assert damancom.check(complement.content, **limits_of(MAY)) == []
    lines = complement.content.decode().splitlines()
    assert [line[:3] for line in lines] == ["E00", "E01", "E02", "E03", "E04", "E05", "E06"]
    assert lines[0][3:19] == example("A").decode()[3:17] + "E1"
    assert "NOMTROIS" in lines[4] and lines[4][93:95] == "04" and "NOMUN" not in complement.content.decode()


def test_a_wage_that_was_stopped_and_is_paid_later_goes_in_whole(app):
    world = frozen_may(blocked=True)
    world.june = payroll.open_run(JUNE)
    world.contract.anapec_approved_on = date(2026, 6, 2)
    db.session.flush()
    payroll.calculate_payroll(world.june, user_by_email("payroll_officer@example.ma"), LATER)
    payroll.approve_payroll(world.june, user_by_email("head_of_unit@example.ma"))
    payroll.freeze_payroll(world.june, LATER)
    complement = declarations.open_complement(world.june, world.carrier, MAY)
    declarations.make_complement(complement)
    [line] = [line for line in complement.content.decode().splitlines() if line.startswith("E04")]
    assert "NOMUN" in line and line[93:95] == "26"


def test_a_month_from_which_days_are_only_taken_back_has_no_file(app):
    world = corrected_may(days=10)
    complement = declarations.open_complement(world.june, world.carrier, MAY)
    db.session.commit()
    with pytest.raises(RuleError) as refused:
        declarations.make_complement(complement)
    assert refused.value.code == "something_to_add" and "%(" not in str(refused.value)
    db.session.rollback()
    assert complement.content is None and complement.state == "to_make"


def test_a_correction_that_the_check_would_refuse_makes_no_file(app):
    world = corrected_may()
    world.carrier.cnss_affiliation = None
    complement = declarations.open_complement(world.june, world.carrier, MAY)
    with pytest.raises(RuleError) as refused:
        declarations.make_complement(complement)
    assert refused.value.code == "file_accepted"


def test_complements_of_a_month_are_numbered_to_nine_and_opened_once(app):
    world = corrected_may()
    first = declarations.open_complement(world.june, world.carrier, MAY)
    assert declarations.open_complement(world.june, world.carrier, MAY) is first and first.number == 1
    first.number = 9
    db.session.commit()
    july = payroll.open_run(date(2026, 7, 1))
    with pytest.raises(RuleError) as refused:
        declarations.open_complement(july, world.carrier, MAY)
    assert refused.value.code == "nine_complements"
    db.session.rollback()
    with pytest.raises(RuleError) as refused:
        declarations.open_complement(world.june, world.carrier, JUNE)
    assert refused.value.code == "earlier_month"


def test_a_complementary_file_that_was_uploaded_stays_as_it_went(app):
    world = corrected_may()
    complement = declarations.open_complement(world.june, world.carrier, MAY)
    declarations.make_complement(complement)
    record_upload(complement, date(2026, 7, 8))
    db.session.commit()
    complement.content = b"another"
    with pytest.raises(RuleError) as refused:
        db.session.flush()
    assert refused.value.code == "uploaded_complement_stays"


def test_the_complementary_file_is_opened_made_and_downloaded_on_the_screens(app, visit):
    world = corrected_may(taken=20)
    visitor = visit(Role.payroll_officer)
    visitor.post("/language/en")
    home = f"/admin/declaration/details/?id={world.later.id}"
    page = visitor.get(home)
    assert page.says("Earlier months that this payroll corrects experimental") and page.says("May 2026 · 2 people")
    assert not visitor.get(f"/admin/declaration/details/?id={world.declaration.id}").says("that this payroll corrects")
    visitor.get(home)
    opened = visitor.post("/admin/complement/open/", declaration=world.later.id, month="2026-05")
    page = visitor.get(opened.response.headers["Location"])
    assert page.says("No portal has confirmed") and page.says("no: settle it with the agency of CNSS, by letter")
    number = db.session.scalar(select(Complement.id))
    assert visitor.get(f"/admin/complement/file/?id={number}").status == 404
    visitor.act("complement", "make", [number])
    file = visitor.get(f"/admin/complement/file/?id={number}").response
    assert file.get_data().startswith(b"E00") and "DSC1_1234567_202605.txt" in file.headers["Content-Disposition"]
    assert visitor.get("/admin/complement/").says("DSC1_1234567_202605.txt")
    assert visit(Role.file_officer).post("/admin/complement/open/", declaration=world.later.id).status == 403
    assert visitor.post("/admin/complement/open/", declaration=world.later.id, month="then").status == 400
    assert visitor.post("/admin/complement/open/", declaration="999", month="2026-05").status == 404
    assert db.session.scalars(select(Declaration.run_id).where(Declaration.run_id == world.june.id)).all() == [
        world.june.id
    ]


def test_the_complementary_file_from_the_terminal(app, tmp_path):
    corrected_may(taken=20)
    words = ("damancom", "write", "2026-06", "--carrier", "1234567", "--complementary", "2026-05")
    done = run(app, *words, "--out", str(tmp_path))
    assert done.exit_code == 0, done.output
    assert "Experimental" in done.stderr and "1 people are not in it" in done.stderr
    file = tmp_path / "DSC1_1234567_202605.txt"
    checked = run(app, "damancom", "check", str(file))
    assert (checked.exit_code, checked.stdout) == (0, "1234567 2026-05: 7 lines, no fault\n")
    refused = run(app, *words[:-1], "2026-06", "--out", str(tmp_path))
    assert refused.exit_code == 1 and "earlier month" in refused.stderr


# ---- the check of any file


def test_the_terminal_names_line_field_and_rule_of_each_fault(app, tmp_path):
    frozen_may()
    file = tmp_path / "B.txt"
    file.write_bytes(example("B"))
    done = run(app, "damancom", "check", str(file))
    assert (done.exit_code, done.stdout) == (0, "1234567 2026-05: 8 lines, no fault\n")
    file.write_bytes(example("B").replace(b"AB12345620", b"AB12345627"))
    done = run(app, "damancom", "check", str(file))
    assert done.exit_code == 1
    assert [line.split(":")[:3] for line in done.stderr.splitlines()] == [
        *(["6", "days", "days"], ["6", "control", "control"], ["7", "days", "sum"], ["8", "days", "sum"]),
    ]


def test_a_file_that_differs_from_the_pre_filled_one_brought_for_it_is_named(app, tmp_path):
    world = frozen_may()
    bring_prefilled(world.declaration, example("A"))
    db.session.commit()
    file = tmp_path / "B.txt"
    file.write_bytes(example("B").replace(b"1 RUE EXEMPLE", b"2 RUE EXEMPLE"))
    done = run(app, "damancom", "check", str(file))
    assert done.exit_code == 1 and done.stderr.startswith("2:address:copied:")


@pytest.mark.parametrize("content", [b"", b"nothing of the sort\n", b"\x00\xff" * 300, b"PK\x03\x04"])
def test_what_is_no_file_of_cnss_is_named_at_its_first_line(app, tmp_path, content):
    file = tmp_path / "B.txt"
    file.write_bytes(content)
    done = run(app, "damancom", "check", str(file))
    assert done.exit_code == 1 and "1:record:record:" in done.stderr


def test_a_month_before_the_figures_begin_is_refused_with_a_sentence(app, tmp_path):
    file = tmp_path / "B.txt"
    file.write_bytes(example("B").replace(b"1234567202605", b"1234567190005"))
    done = run(app, "damancom", "check", str(file))
    assert done.exit_code == 1 and "in force" in done.stderr and "Traceback" not in done.stderr


def test_a_file_dropped_on_the_page_shows_what_was_found_and_expected(app, visit):
    frozen_may()
    visitor = visit(Role.payroll_officer)
    visitor.post("/language/en")
    visitor.get("/admin/check/")

    def dropped(content):
        file = (io.BytesIO(content), "DS.txt")
        sent = {"csrf_token": visitor.token, "file": file}
        return visitor.client.post("/admin/check/", data=sent, buffered=True).get_data(as_text=True)

    assert "No fault" in dropped(example("B"))
    page = dropped(example("B").replace(b"AB12345620", b"AB12345627"))
    assert "N_Nbr_Jours" in page and "27 days were found" in page
    assert visitor.post("/admin/check/").status == 422
    assert visit(Role.file_officer).get("/admin/check/").status == 403
    assert visit(Role.auditor).get("/admin/check/").status == 200


# ---- the pre-filled file from the terminal


def test_a_pre_filled_file_finds_its_declaration_by_itself(app, tmp_path):
    world = frozen_may()
    file = tmp_path / "A.txt"
    file.write_bytes(example("A"))
    tried = run(app, "import", "prefilled", str(file), "--dry-run")
    assert tried.exit_code == 0 and "nothing written" in tried.output and world.declaration.prefilled is None
    done = run(app, "import", "prefilled", str(file))
    assert done.exit_code == 0, done.output
    assert "1 on both lists, 1 only on that of CNSS, 1 only on ours" in done.output
    assert world.declaration.prefilled == example("A")


def test_a_pre_filled_file_of_nobody_or_that_cannot_be_read_is_refused(app, tmp_path):
    frozen_may()
    file = tmp_path / "A.txt"
    file.write_bytes(example("A").replace(b"1234567202605", b"1234567202604"))
    done = run(app, "import", "prefilled", str(file))
    assert done.exit_code == 1 and "no declaration of affiliation 1234567 for 2026-04" in done.stderr
    file.write_bytes(example("A")[:-200])
    done = run(app, "import", "prefilled", str(file))
    assert done.exit_code == 1 and "Traceback" not in done.stderr
    file.write_bytes(b"nothing")
    done = run(app, "import", "prefilled", str(file))
    assert done.exit_code == 1 and "1:record:record:" in done.stderr
