"""Two people who press at once: one result, and a sentence for the other."""

import threading
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from awrash.database.session import db, only_reading
from awrash.models import CommitteeSession, Edition, PayrollRun, Project
from awrash.operations.payroll import calculate_payroll, open_run
from awrash.operations.selection import approve_project
from awrash.records import audit
from awrash.records.accounts import Role, user_by_email
from awrash.rules.constraints import refusal_of
from awrash.rules.rule import RuleError
from awrash.values.language import now
from awrash.values.states import ProjectState
from tests.world import a_carrier, a_project, a_world


def together(app: Flask, *works) -> list:
    """Each work in its own thread and session, all let go at the same moment; gives what each came to."""
    ready, results = threading.Barrier(len(works)), [None] * len(works)

    def do(index: int, work) -> None:
        only_reading.set(False)
        with app.app_context():
            ready.wait()
            try:
                with audit.acting(None, "test"):
                    results[index] = work()
                    db.session.commit()
            except (RuleError, IntegrityError) as refusal:
                db.session.rollback()
                results[index] = refusal_of(refusal) if isinstance(refusal, IntegrityError) else refusal

    threads = [threading.Thread(target=do, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    return results


def test_two_approvals_never_take_the_same_places(app):
    world = a_world()
    numbers = []
    for index in (2, 3):
        with db.session.no_autoflush:
            project = a_project(world.call, a_carrier(f"R-{index}", officer=f"J70000{index}"), f"2026-000{index}")
            project.places, project.state = 6, ProjectState.scored
            db.session.add(project)
        db.session.flush()
        numbers.append(project.id)
    db.session.commit()

    def approval(number):
        return lambda: approve_project(
            db.session.get(Project, number), db.session.scalar(select(CommitteeSession)), "الوقع ظاهر"
        )

    results = together(app, *map(approval, numbers))
    assert sorted(type(result).__name__ for result in results) == ["NoneType", "RuleError"]
    edition = db.session.scalar(select(Edition))
    assert edition.booked_person_months() == 48


def test_two_who_calculate_the_same_month_at_once_make_one_run(app):
    a_world()
    db.session.commit()
    payer = f"{Role.payroll_officer.value}@example.ma"

    def calculation():
        run = open_run(date(2026, 5, 1))
        calculate_payroll(run, user_by_email(payer), now())
        return run.id

    results = together(app, calculation, calculation)
    assert len([result for result in results if isinstance(result, int)]) >= 1
    run = db.session.scalars(select(PayrollRun)).one()
    assert len(run.slips) == 1
    for refusal in results:
        if isinstance(refusal, RuleError):
            assert refusal.code == "taken"


@pytest.mark.parametrize("times", [4])
def test_many_who_change_one_record_lose_no_change(app, times):
    world = a_world()
    db.session.commit()
    number = world.edition.id

    def raise_quota():
        edition = db.session.get(Edition, number, with_for_update=True)
        edition.quota_person_months += 1
        db.session.flush()

    assert together(app, *[raise_quota] * times) == [None] * times
    assert db.session.get(Edition, number).quota_person_months == 60 + times
