"""The steps on a record's page: on the record's own days, and red only where something went wrong."""

from datetime import UTC, date, datetime

import pytest

from awrash.database.session import db
from awrash.operations import worksites
from awrash.records.accounts import Role
from awrash.records.audit import AuditLine
from awrash.reports.progress import progress_of
from awrash.values.states import ParticipantState
from tests.world import a_world, behind


@pytest.fixture
def read(visit):
    """The steps that the head of unit reads on a record's page: label, day, place."""
    head = visit(Role.head_of_unit)
    head.post("/language/en")

    def steps(record):
        page = head.get(f"/admin/{record.__tablename__}/details/?id={record.id}")
        return {
            step.select_one("span").get_text(): (step.small.get_text() if step.small else "", step["class"][0])
            for step in page.soup.select(".road li")
        }

    return steps


def test_a_step_shows_the_day_of_the_fact_and_not_that_of_its_typing(app, read):
    world = a_world()
    worksites.complete_worksite(world.site, date(2026, 7, 31), "الأشغال تمت")
    db.session.commit()
    steps = read(world.site)
    assert steps["Open"] == ("1 May 2026", "passed")
    assert steps["Completed"] == ("31 July 2026", "here")
    assert read(world.project)["Deposited"][0] == "1 February 2026"
    assert read(world.project)["Approved"][0] == "10 April 2026"


def test_a_person_who_finished_has_not_gone_wrong(app, read):
    world = a_world()
    behind(world.person, state=ParticipantState.ended)
    db.session.commit()
    assert not [step for step, (_day, place) in read(world.person).items() if place == "stopped"]


def test_a_worksite_that_is_suspended_has_stopped(app, read):
    world = a_world()
    worksites.suspend_worksite(world.site, "فيضان")
    db.session.commit()
    assert read(world.site)["Suspended"][1] == "stopped"


def test_what_was_typed_after_a_later_step_says_nothing_of_when_it_was(app):
    world = a_world()
    for typed, shown in (
        (datetime(2026, 4, 28, tzinfo=UTC), date(2026, 4, 28)),
        (datetime(2026, 11, 3, tzinfo=UTC), None),
    ):
        planned, is_open, *_ahead = progress_of(world.site, [AuditLine(to_state="planned", at=typed)])
        assert (planned.on, is_open.on) == (shown, date(2026, 5, 1))
