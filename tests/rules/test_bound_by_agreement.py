"""A worksite stays within its agreement: places, commune, days; what older offices recorded beyond it is listed."""

from datetime import date

import pytest
from sqlalchemy import select

from awrash.database.session import db
from awrash.models import Commune, Worksite
from awrash.operations import people, worksites
from awrash.records.accounts import Role
from awrash.rules.rule import RuleError
from awrash.values.states import ContractState, WorksiteState
from tests.database.test_two_at_once import together
from tests.doors import run
from tests.world import a_contract, a_participant, a_world, behind

MAY, JULY_31 = date(2026, 5, 1), date(2026, 7, 31)
KEY = "places_of_agreement"


@pytest.fixture
def world(app):
    """An agreement of ten places from May to July, whose one worksite has six of them."""
    world = a_world()
    behind(world.site, places=6)
    db.session.commit()
    return world


def another_site(world, **fields) -> Worksite:
    site = Worksite(code="W-2", agreement=world.agreement, name_ar="ورش ثان", name_fr="Second", places=4)
    site.opens_on, site.closes_on, site.commune = MAY, JULY_31, world.project.commune
    for name, value in fields.items():
        setattr(site, name, value)
    return site


def planned(world, **fields) -> Worksite:
    with db.session.no_autoflush:
        site = another_site(world, **fields)
    db.session.add(site)
    db.session.flush()
    return site


def other_commune(world) -> Commune:
    return db.session.scalars(select(Commune).where(Commune.id != world.project.commune_id)).first()


def refused(change) -> str:
    with pytest.raises(RuleError) as refusal:
        change()
        db.session.flush()
    return f"{refusal.value.code} {refusal.value.field}"


# ---- on the form


def typed(world, **other):
    site = {"code": "W-2", "agreement": str(world.agreement.id), "name_ar": "ورش ثان", "name_fr": "Second"}
    days = {"opens_on": "01/05/2026", "closes_on": "31/07/2026"}
    return site | days | {"commune": str(world.project.commune_id), "places": "4"} | other


BEYOND = {
    "places": ({"places": "500"}, "is for 10 places"),
    "closes_on": ({"closes_on": "31/10/2026"}, "runs from 1 May 2026 to 31 July 2026"),
    "opens_on": ({"opens_on": "01/04/2026"}, "runs from 1 May 2026 to 31 July 2026"),
    "short": ({"opens_on": "15/06/2026"}, "2 months"),
}


@pytest.mark.parametrize("field", BEYOND)
def test_what_goes_beyond_the_agreement_is_refused_under_its_field(visit, world, field):
    other, sentence = BEYOND[field]
    officer = visit(Role.field_officer)
    officer.post("/language/en")
    page = officer.post("/admin/worksite/new/", **typed(world, **other))
    assert page.status == 422 and page.says(sentence), page.flashes
    db.session.rollback()
    assert db.session.scalars(select(Worksite.code)).all() == ["W-1"]


def test_another_commune_than_that_of_the_project_is_refused_on_the_form(visit, world):
    commune, officer = other_commune(world), visit(Role.field_officer)
    officer.post("/language/en")
    page = officer.post("/admin/worksite/new/", **typed(world, commune=str(commune.id)))
    assert page.status == 422 and page.says("its project is in")
    assert page.soup.select_one("[name=commune].is-invalid")


def test_what_stays_within_the_agreement_is_saved_on_the_form(visit, world):
    page = visit(Role.field_officer).post("/admin/worksite/new/", **typed(world))
    assert page.status == 302, page.flashes


def test_places_below_those_that_people_hold_are_refused_on_the_form(visit, world):
    hire(world, 3)
    officer = visit(Role.field_officer)
    officer.post("/language/en")
    number, version = world.site.id, world.site.version
    form = typed(world, code="W-1", name_ar="ورش", name_fr="Chantier", places="3", version=str(version))
    page = officer.post(f"/admin/worksite/edit/?id={number}", **form)
    assert page.status == 422 and page.says("4 people")
    assert officer.post(f"/admin/worksite/edit/?id={number}", **form | {"places": "4"}).status == 302


# ---- at the hook


def test_the_places_of_all_worksites_of_an_agreement_are_counted_together(world):
    assert refused(lambda: planned(world, places=5)) == f"{KEY} places"


def test_a_worksite_read_before_another_transaction_asks_for_more_than_it_had(world):
    db.session.commit()  # what was read is forgotten
    assert refused(lambda: setattr(world.site, "places", 11)) == f"{KEY} places"
    db.session.rollback()
    world.site.places = 10
    db.session.flush()


def test_two_worksites_written_together_are_counted_together(world):
    def both():
        with db.session.no_autoflush:
            first, second = another_site(world, places=2), another_site(world, code="W-3", places=3)
        db.session.add_all([first, second])

    assert refused(both) == f"{KEY} places"


@pytest.mark.parametrize("state", ["never_opened", "completed", "closed"])
def test_a_worksite_that_is_over_leaves_its_places_to_another(world, state):
    behind(world.site, state=state)
    planned(world, places=10)


def test_worksites_that_follow_one_another_have_the_same_places(world):
    behind(world.project, months=6)
    behind(world.agreement, ends_on=date(2026, 10, 31))
    planned(world, places=10, opens_on=date(2026, 8, 1), closes_on=date(2026, 10, 31))
    assert refused(lambda: planned(world, code="W-3", places=5)) == f"{KEY} places"


def test_of_two_who_plan_a_worksite_at_once_one_is_told_that_the_places_are_taken(app, world):
    agreement, commune = world.agreement.id, world.project.commune_id
    db.session.rollback()

    def plan(code):
        def work():
            site = Worksite(code=code, name_ar="ورش", name_fr="Chantier", places=4, commune_id=commune)
            site.opens_on, site.closes_on = MAY, JULY_31
            with db.session.no_autoflush:
                site.agreement = db.session.get(type(world.agreement), agreement)
                site.commune = db.session.get(Commune, commune)
            db.session.add(site)
            db.session.flush()

        return work

    results = together(app, plan("W-2"), plan("W-3"))
    assert sorted(type(result).__name__ for result in results) == ["NoneType", "RuleError"]
    assert [result.code for result in results if result] == [KEY]


def test_an_agreement_lasts_no_longer_than_the_project_was_approved_for(visit, world):
    head = visit(Role.head_of_unit)
    head.post("/language/en")
    behind(world.agreement, state="drafted", council_signed_on=None, carrier_signed_on=None)
    db.session.commit()
    version = {"version": str(world.agreement.version), "project": str(world.project.id)}
    sums = {"value": "100000,10", "management_fee": "5000,01", "starts_on": "01/05/2026", "ends_on": "31/08/2026"}
    page = head.post(f"/admin/agreement/edit/?id={world.agreement.id}", **version, **sums)
    assert page.status == 422 and page.says("approved for 3 months")


def a_draft(world):
    """The world's agreement as it was before anybody signed, with its worksite planned."""
    behind(world.agreement, state="drafted", council_signed_on=None, carrier_signed_on=None)
    behind(world.site, state="planned")
    return world.agreement


@pytest.mark.parametrize("name, day", [("starts_on", date(2026, 5, 2)), ("ends_on", date(2026, 7, 30))])
def test_a_draft_keeps_the_days_of_the_worksites_that_are_planned_under_it(world, name, day):
    agreement = a_draft(world)
    assert refused(lambda: setattr(agreement, name, day)) == f"worksites_within {name}"


def test_the_commune_of_a_project_stays_as_the_committee_decided(visit, world):
    assert refused(lambda: setattr(world.project, "commune", other_commune(world))) == "deposited_keeps_place places"


def hire(world, count):
    with db.session.no_autoflush:
        for place in range(count):
            person = a_participant(f"J30000{place}")
            person.rib, person.account_state = None, "none"
            contract = a_contract(person, world.site, f"P-{place}")
            contract.state = ContractState.prepared
            db.session.add(contract)
    db.session.commit()


def test_who_has_left_holds_no_place_that_keeps_the_others_from_being_fewer(world):
    hire(world, 1)
    leaving = next(contract for contract in world.site.contracts if contract.number == "P-0")
    people.end_contract(leaving, date(2026, 6, 1), "وجدت عملا")
    world.site.places = 1
    db.session.flush()


# ---- what stood before


@pytest.fixture
def beyond(world):
    """A worksite of twenty places in another commune to October, as an older office recorded it."""
    behind(world.site, places=20, commune_id=other_commune(world).id, closes_on=date(2026, 10, 31))
    db.session.commit()
    return world


def test_a_worksite_of_before_is_saved_opened_and_has_fewer_places(beyond):
    beyond.site.name_fr = "Autre nom"
    db.session.flush()
    beyond.site.places = 15
    db.session.flush()
    worksites.suspend_worksite(beyond.site, "أشغال")
    worksites.open_worksite(beyond.site)
    assert refused(lambda: setattr(beyond.site, "places", 21)) == f"{KEY} places"


def test_a_worksite_of_before_is_listed_until_it_is_over(app, beyond):
    done = run(app, "check")
    lines = [line for line in done.stderr.splitlines() if line.startswith(f"worksite #{beyond.site.id}, ")]
    assert done.exit_code == 1 and len(lines) == 3
    for said, line in zip(("its project is in", "runs from 1 May", "is for 10 places"), lines, strict=True):
        assert said in line and line.endswith("Mend it on its page; everything else of it can be saved meanwhile.")
    behind(beyond.site, state=WorksiteState.closed)
    db.session.commit()
    assert run(app, "check").output == "ok\n"
