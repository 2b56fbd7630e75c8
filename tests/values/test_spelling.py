"""The counter finds a person however the name is written."""

import pytest

from awrash.database.session import db
from awrash.records.accounts import Role
from tests.world import a_participant, a_world


@pytest.mark.parametrize(
    "typed",
    [
        "أمينة",
        "امينه",
        "AMINA",
        "amina agnouz",
        "agnouz amina",
        "أكنوز",
        "اكنوز",
        "آمينة",
        "J100001",
        "j 100001",
        "0612345678",
    ],
)
def test_a_person_is_found_by_name_in_either_script_by_card_and_by_phone(app, visit, typed):
    world = a_world()
    world.person.phone = "0612345678"
    other = a_participant("J100002")
    other.family_name_ar, other.given_name_ar = "بولعيد", "سعاد"
    other.family_name_fr, other.given_name_fr, other.rib, other.account_state = "BOULAID", "SOUAD", None, "none"
    db.session.add(other)
    db.session.commit()
    page = visit(Role.auditor).get(f"/admin/participant/?q={typed}")
    rows = [row.select("td")[4].get_text() for row in page.soup.select("tbody tr") if row.select_one("a")]
    assert rows == ["J100001"]


@pytest.mark.parametrize("typed", ["دحو", "داحو", "اولاد داحو"])
def test_a_project_is_found_by_the_place_in_its_title(app, visit, typed):
    world = a_world()
    world.project.title_ar = "تشجير بأولاد داحو"
    db.session.commit()
    assert visit(Role.auditor).get(f"/admin/project/?q={typed}").soup.select_one("tbody a")
