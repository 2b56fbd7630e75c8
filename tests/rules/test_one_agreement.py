"""A project has one agreement: a second one is refused at every door, also of two people who press at once."""

from datetime import date

import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError

from awrash.database.session import db
from awrash.models import Agreement, Project
from awrash.operations import agreements, selection
from awrash.records.accounts import Role
from awrash.rules.constraints import refusal_of
from awrash.rules.rule import RuleError
from awrash.values.states import ProjectState
from tests.database.test_two_at_once import together
from tests.doors import run
from tests.world import REASON, a_carrier, a_project, a_world, behind

CODE = "one_agreement_for_project"
MAY = date(2026, 5, 1)
HEAD = ("--as", "head_of_unit@example.ma")


@pytest.fixture
def approved(app):
    """An approved project that has no agreement yet."""
    world = a_world()
    with db.session.no_autoflush:
        project = a_project(world.call, a_carrier("R-2", officer="J700002"), "2026-0002")
        project.state, project.places = ProjectState.scored, 5
        db.session.add(project)
    db.session.flush()
    selection.approve_project(project, world.session, REASON)
    db.session.commit()
    return project


def agreements_of(project) -> list[Agreement]:
    db.session.rollback()
    return list(db.session.scalars(select(Agreement).filter_by(project_id=project.id).order_by(Agreement.id)))


def test_preparing_the_agreement_twice_makes_one(visit, approved):
    number = approved.id
    head = visit(Role.head_of_unit)
    head.post("/language/en")
    assert head.act("project", "prepare", [number], on="2026-05-01").says("Done for one record")
    page = head.act("project", "prepare", [number], on="2026-05-01")
    assert page.says("Not done for one record") and page.says("has an agreement already")
    assert len(agreements_of(approved)) == 1


def test_the_page_of_a_project_leads_to_its_agreement_in_the_place_of_the_button(visit, approved):
    agreement = agreements.prepare_agreement(approved, MAY)
    db.session.commit()
    head = visit(Role.head_of_unit)
    page = head.get(f"/admin/project/details/?id={approved.id}")
    link = page.soup.select_one(f"main .says a[href='/admin/agreement/details/?id={agreement.id}']")
    assert link and not page.soup.select_one("button[value=prepare]")


def test_a_second_agreement_is_refused_on_its_form_and_in_the_terminal(app, visit, approved):
    agreements.prepare_agreement(approved, MAY)
    db.session.commit()
    head = visit(Role.head_of_unit)
    head.post("/language/en")
    typed = {"starts_on": "01/05/2026", "ends_on": "31/07/2026", "value": "100000,10", "management_fee": "5000,01"}
    page = head.post("/admin/agreement/new/", project=str(approved.id), **typed)
    assert page.status == 422 and page.says("has an agreement already")
    done = run(app, "do", "project", "prepare", "2026-0002", "--on", "2026-05-01", *HEAD)
    assert done.exit_code == 1 and "has an agreement already" in done.stderr
    assert len(agreements_of(approved)) == 1


def test_another_agreement_follows_the_termination(app, approved):
    first = agreements.prepare_agreement(approved, MAY)
    agreements.terminate_agreement(first, date(2026, 6, 1), "تعذر توفير الفضاء")
    agreements.prepare_agreement(approved, MAY)
    with pytest.raises(RuleError) as refused:
        agreements.prepare_agreement(approved, MAY)
    assert refused.value.code == CODE


def test_of_two_who_prepare_at_once_one_is_refused(app, approved):
    number = approved.id

    def prepare():
        agreements.prepare_agreement(db.session.get(Project, number), MAY)

    results = together(app, prepare, prepare)
    assert sorted(type(result).__name__ for result in results) == ["NoneType", "RuleError"]
    assert [result.code for result in results if result] == [CODE]
    assert len(agreements_of(approved)) == 1


def a_row(agreement: Agreement) -> dict:
    kept = ("project_id", "carrier_id", "starts_on", "ends_on", "value", "management_fee", "tripartite", "state")
    return {name: getattr(agreement, name) for name in kept}


def test_the_database_refuses_a_second_agreement_in_the_sentence_of_the_rule(app, approved):
    row = a_row(agreements.prepare_agreement(approved, MAY))
    with pytest.raises(IntegrityError) as refused:
        db.session.execute(insert(Agreement), [row], execution_options={"vouched_by": "a test"})
    assert refusal_of(refused.value).code == CODE


# ---- what stood before


@pytest.fixture
def doubled(app, approved):
    """A project whose agreement was drafted twice before that was refused, brought up to date since."""
    columns = "project_id, carrier_id, starts_on, ends_on, value, management_fee, tripartite, state"
    agreements.prepare_agreement(approved, MAY)
    db.session.commit()
    db.session.remove()
    downgrade(revision="0017")
    with db.engine.begin() as connection:
        twice = f"INSERT INTO agreement ({columns}) SELECT {columns} FROM agreement WHERE state = 'drafted'"
        connection.execute(text(twice))
    upgrade()
    return db.session.scalar(select(Project).filter_by(reference="2026-0002"))


def test_two_agreements_of_before_stay_and_are_saved_and_listed_with_the_way_out(app, doubled):
    first, second = agreements_of(doubled)
    behind(doubled.call.edition, committee_quorum=1)
    second.service = "المندوبية الإقليمية للصحة"
    db.session.commit()
    done = run(app, "check")
    lines = [line for line in done.stderr.splitlines() if "has an agreement already" in line]
    assert done.exit_code == 1 and len(lines) == 2
    assert lines[0].startswith(f"agreement #{first.id}, ") and "terminate" in lines[0]
    agreements.terminate_agreement(second, date(2026, 6, 1), "حررت مرتين")
    db.session.commit()
    assert run(app, "check").output == "ok\n"


def test_a_third_agreement_is_refused_beside_two_of_before(app, doubled):
    with pytest.raises(RuleError) as refused:
        agreements.prepare_agreement(doubled, MAY)
    assert refused.value.code == CODE
