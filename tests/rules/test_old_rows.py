"""A rule of a single field judges what is new or changed; what stands from before is listed by `flask check`."""

from datetime import date

import pytest
from sqlalchemy import select

from awrash.database.session import db
from awrash.models import Participant
from awrash.operations import attendance
from awrash.records import audit
from awrash.records.accounts import Role
from awrash.rules.rule import RuleError
from awrash.values.states import Situation
from tests.doors import run
from tests.world import a_participant, a_world, behind

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
