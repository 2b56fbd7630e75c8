"""A rule of a single field judges what is new or changed; what stands from before is listed by `flask check`."""

from datetime import date

import pytest
from flask import current_app
from sqlalchemy import select

from awrash.database.session import db
from awrash.models import CommitteeSession, Participant, SessionAttendance
from awrash.operations import attendance
from awrash.records import audit
from awrash.records.accounts import Role
from awrash.rules.rule import RuleError
from awrash.values.states import AccountState, CoverState, DeclarationState, SessionState, Situation
from tests.doors import run
from tests.world import a_participant, a_world, behind, declare, papers

HEAD = ("--as", "head_of_unit@example.ma")
OLD = {"phone": "0528 12", "family_name_fr": "AGNOUZ 2", "rib": "1234"}
SHOWN_PHONE = "052812"  # what is read and sent again loses its spaces, as all that is typed
PHONE = "is not a Moroccan phone number"


@pytest.fixture
def old(app):
    """A person written before the rules of the phone, the name and the account were as strict as they are."""
    world = a_world()
    behind(world.person, phone=OLD["phone"], family_name_fr=OLD["family_name_fr"], rib=OLD["rib"])
    db.session.commit()
    return world


def person() -> Participant:
    db.session.rollback()
    return db.session.scalars(select(Participant).order_by(Participant.id)).first()


def as_it_stands(page) -> dict[str, str]:
    """What the form of a page would send, untouched."""
    form = next(form for form in page.soup.select("main form") if form.select_one("[name=version]"))
    sent = {field["name"]: field.get("value", "") for field in form.select("input[name]:not([type=checkbox])")}
    for choice in form.select("select[name]"):
        chosen = choice.select_one("option[selected]")
        sent[choice["name"]] = chosen["value"] if chosen else ""
    sent |= {area["name"]: area.get_text() for area in form.select("textarea[name]")}
    return {name: value for name, value in sent.items() if name != "csrf_token"}


def test_the_address_of_an_old_row_is_saved_and_its_old_values_stay_as_they_were(old):
    old.person.address = "إنزكان"
    db.session.flush()
    assert (old.person.address, old.person.phone) == ("إنزكان", OLD["phone"])
    assert (old.person.family_name_fr, old.person.rib) == (OLD["family_name_fr"], OLD["rib"])


def test_the_address_of_an_old_row_is_saved_on_its_form(app, visit, old):
    officer = visit(Role.file_officer)
    officer.post("/language/en")
    at = f"/admin/participant/edit/?id={old.person.id}"
    form = as_it_stands(officer.get(at))
    assert form["phone"] and form["rib"]
    page = officer.post(at, **form | {"address": "إنزكان"})
    assert page.status == 302, page.flashes
    assert (person().address, person().phone, person().rib) == ("إنزكان", SHOWN_PHONE, OLD["rib"])


def test_an_old_value_that_is_changed_on_the_form_is_judged(app, visit, old):
    officer = visit(Role.file_officer)
    officer.post("/language/en")
    at = f"/admin/participant/edit/?id={old.person.id}"
    page = officer.post(at, **as_it_stands(officer.get(at)) | {"phone": "0528 13", "address": "إنزكان"})
    assert page.status == 422 and page.says(PHONE)
    assert page.soup.select_one("[name=phone].is-invalid") and not page.soup.select_one("[name=rib].is-invalid")
    assert (person().address, person().phone) == (None, OLD["phone"])


@pytest.mark.parametrize("changes", [{"phone": "0528 13"}, {"rib": "4321"}, {"family_name_fr": "AGNOUZ 3"}])
def test_an_old_value_that_is_changed_is_judged_at_every_other_door(old, changes):
    for name, value in changes.items():
        setattr(old.person, name, value)
    with pytest.raises(RuleError) as refused:
        db.session.flush()
    assert refused.value.field in changes


def test_a_new_row_is_judged_in_every_field(old):
    fresh = a_participant("J100009")
    fresh.rib, fresh.account_state, fresh.phone = None, "none", OLD["phone"]
    db.session.add(fresh)
    with pytest.raises(RuleError) as refused:
        db.session.flush()
    assert (refused.value.code, refused.value.field) == ("phone", "phone")


def test_a_step_of_an_old_row_is_taken(app, visit, old):
    officer = visit(Role.file_officer)
    officer.post("/language/en")
    page = officer.act("participant", "request_number", [old.person.id])
    assert page.says("Done for") and person().cnss_state == "requested"


def test_the_address_of_an_old_row_comes_in_by_a_list(app, old, tmp_path):
    columns = "cnie;family_name_ar;given_name_ar;family_name_fr;given_name_fr;born_on;sex;address;phone"
    line = f"J100001;أكنوز;أمينة;{OLD['family_name_fr']};AMINA;31/01/1990;F;إنزكان;{OLD['phone']}"
    file = tmp_path / "people.csv"
    file.write_text(f"{columns}\n{line}\n")
    done = run(app, "import", "participants", str(file), *HEAD)
    assert done.exit_code == 0, done.stderr
    assert (person().address, person().phone) == ("إنزكان", SHOWN_PHONE)


# ---- what stands is listed


def test_a_clean_office_has_nothing_to_list(app):
    a_world()
    db.session.commit()
    done = run(app, "check")
    assert (done.exit_code, done.output) == (0, "ok\n")


def test_what_stands_is_listed_with_its_sentence_its_record_and_the_way_out(app, old):
    done = run(app, "check")
    assert done.exit_code == 1 and "ok" not in done.output.split()
    lines = [line for line in done.stderr.splitlines() if "participant #" in line]
    assert len(lines) == 3
    [phone] = [line for line in lines if PHONE in line]
    assert phone.startswith(f"participant #{old.person.id}, ")
    assert "AMINA AGNOUZ" in phone and "0528 12" in phone.replace("\u2068", "").replace("\u2069", "")
    assert phone.endswith("Correct “Phone” on its page; everything else of it can be saved meanwhile.")


def test_what_stands_in_a_line_is_listed_by_the_record_that_holds_it(app, old):
    behind(old.carrier.officers[0], cnie="123456")
    db.session.commit()
    [line] = [line for line in run(app, "check").stderr.splitlines() if "CNIE number" in line]
    assert line.startswith(f"carrier #{old.carrier.id}, ") and "Correct “CNIE” on its page" in line


def test_what_stands_in_a_record_that_cannot_change_any_more_is_told_and_is_no_fault(app):
    world = a_world()
    behind(world.line, marks="?")
    db.session.commit()
    done = run(app, "check")
    [line] = done.stderr.splitlines()
    assert line.startswith(f"attendance_sheet #{world.sheet.id}, ") and "is not one of the letters" in line
    assert "Correct" not in line and "locked" in line
    assert (done.exit_code, done.stdout) == (0, "ok\n")


# ---- decisions of sessions that could not take them


def test_a_decision_of_a_session_without_its_quorum_stays_and_the_session_is_listed_until_its_members_are_written(app):
    world = a_world()
    behind(world.edition, committee_quorum=2)
    world.session.place = "مقر الجماعة"
    db.session.commit()
    done = run(app, "check")
    [line] = done.stderr.splitlines()
    assert line.startswith(f"committee_session #{world.session.id}, ") and "The committee decides from 2 on" in line
    assert "Correct “Members present” on its page" in line and done.exit_code == 1
    session = db.session.scalars(select(CommitteeSession)).one()
    session.attendance = [*session.attendance, SessionAttendance(member="ممثل المجلس")]
    db.session.commit()
    assert run(app, "check").output == "ok\n"


def test_a_decision_that_cannot_change_any_more_is_told_and_is_no_fault(app):
    world = a_world()
    behind(world.session, held_on=date(2026, 1, 31), state=SessionState.closed)
    db.session.commit()
    done = run(app, "check")
    [line] = done.stderr.splitlines()
    assert line.startswith(f"decision #{world.decision.id}, ") and "came before the deposit" in line
    assert line.endswith("another session can decide again.")
    assert (done.exit_code, done.stdout) == (0, "ok\n")


# ---- one person stays one person


def test_a_form_that_makes_another_person_of_a_record_is_refused_and_one_correction_is_saved(app, visit):
    world = a_world()
    db.session.commit()
    officer = visit(Role.file_officer)
    officer.post("/language/en")
    at = f"/admin/participant/edit/?id={world.person.id}"
    form = as_it_stands(officer.get(at))
    name = {
        "family_name_ar": "الوردي",
        "given_name_ar": "خديجة",
        "family_name_fr": "OUARDI",
        "given_name_fr": "KHADIJA",
    }
    page = officer.post(at, **form | name | {"born_on": "1971-02-03"})
    assert page.status == 422 and page.says("would become KHADIJA OUARDI, born on 3 February 1971")
    assert person().family_name_fr == "AGNOUZ"
    assert officer.post(at, **form | name).status == 302
    assert (person().family_name_fr, person().born_on.year) == ("OUARDI", 1990)


def test_what_an_older_office_marked_or_locked_ahead_is_listed_and_refuses_nothing_else(app, monkeypatch):
    world = a_world()
    behind(world.sheet, locked_on=date(2026, 5, 20))
    june = attendance.open_sheet(world.site, date(2026, 6, 1))
    behind(june.lines[0], marks="." * 14 + "P", days_worked=1)
    db.session.commit()
    monkeypatch.setitem(app.config, "TODAY", date(2026, 6, 10))
    done = run(app, "check")
    ahead, locked = done.stderr.splitlines()
    assert done.exit_code == 1
    assert ahead.startswith(f"attendance_sheet #{june.id}, ") and "15 June 2026 is still to come" in ahead
    assert "Correct “Day by day” on its page" in ahead
    assert locked.startswith(f"attendance_sheet #{world.sheet.id}, ") and "until 30 May 2026" in locked
    assert "write a correction of the line" in locked and "Correct “" not in locked
    with audit.acting(None, "tests", date(2026, 6, 10)):
        june.lines[0].situation = Situation.IL
        db.session.flush()


# ---- cover that rests on no declaration


def test_a_cover_recorded_from_locked_days_alone_stays_and_is_listed(old):
    behind(old.person, cover_state=CoverState.open, cover_opened_on=date(2026, 8, 1))
    behind(old.person, phone=None, family_name_fr="AGNOUZ", rib=None, account_state=AccountState.none)
    db.session.commit()
    old.person.address = "إنزكان"
    db.session.commit()
    checked = run_check()
    assert f"participant #{old.person.id}" in checked and "before what is declared opens it" in checked
    declare(old, date(2026, 5, 1), 26, on=date(2026, 5, 1))
    db.session.commit()
    assert "before what is declared opens it" not in run_check()


def test_a_certificate_of_cover_that_rests_on_no_declaration_stays_and_is_listed(app, visit, old):
    declaration = declare(old, date(2026, 5, 1), 26)
    db.session.commit()
    certificate = f"/admin/issued_paper/issue/?document=cover_certificate&language=fr&of={old.person.id}"
    assert visit(Role.file_officer).post(certificate).status == 302
    assert "certifies days" not in run_check()
    behind(declaration, state=DeclarationState.to_make)
    db.session.commit()
    [paper] = papers(document="cover_certificate")
    assert f"{paper.number}, {paper.about}: certifies days that were not declared to CNSS" in run_check()


def run_check() -> str:
    """What the check says of what it finds."""
    return run(current_app, "check").stderr
