"""Ending an agreement ends what runs under it, by name; the wages earned until then stay due."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from awrash.database.session import db
from awrash.models import AttendanceLine, AttendanceSheet, Contract, Worksite
from awrash.operations import agreements, attendance, payroll, worksites
from awrash.records.accounts import Role, user_by_email
from awrash.records.audit import AuditLine
from awrash.rules.rule import RuleError
from awrash.values.states import AgreementState, ContractState, WorksiteState
from tests.doors import run
from tests.rule_cases import planned_site, second_contract
from tests.world import a_world, behind

JUNE, JUNE_15 = date(2026, 6, 1), date(2026, 6, 15)
REASON = "إخلال بالالتزامات"
HEAD = ("--as", "head_of_unit@example.ma")


@pytest.fixture
def world(app):
    """An agreement with a worksite that is open and one that is planned, a contract that runs and one prepared."""
    world = a_world()
    with db.session.no_autoflush:
        world.planned = planned_site(world)
        world.prepared = second_contract(world)
        db.session.add_all([world.planned, world.prepared])
    db.session.commit()
    return world


def states_of(world):
    db.session.rollback()
    sites = [str(site.state) for site in (world.site, world.planned)]
    return [*sites, *(str(contract.state) for contract in (world.contract, world.prepared))]


ENDED = ["completed", "never_opened", "ended", "ended"]


def test_nothing_stays_running_under_a_terminated_agreement(visit, world):
    head = visit(Role.head_of_unit)
    head.post("/language/en")
    page = head.act("agreement", "terminate", [world.agreement.id], on="15/06/2026", reason=REASON)
    assert page.says("Done for one record"), page.flashes
    assert states_of(world) == ENDED
    assert world.agreement.state == AgreementState.terminated
    assert (world.contract.ends_on, world.contract.ended_reason) == (JUNE_15, REASON)


def test_the_confirmation_names_what_ends_and_what_happens_to_the_wages(visit, world):
    head = visit(Role.head_of_unit)
    head.post("/language/en")
    page = head.post("/admin/agreement/action/", action="terminate", rowid=[str(world.agreement.id)])
    for name in ("W-1", "W-3", "K-1", "K-2", "AMINA AGNOUZ"):
        assert page.says(name), name
    assert page.says("End with it: worksites 2, contracts 2.")
    assert page.says("What was worked until that day is counted, declared and paid as usual")


def test_a_draft_ends_nothing_and_says_nothing_of_wages(visit, world):
    behind(world.agreement, state="drafted")
    for site in (world.site, world.planned):
        behind(site, state="never_opened")
    for contract in (world.contract, world.prepared):
        behind(contract, state="ended")
    db.session.commit()
    head = visit(Role.head_of_unit)
    head.post("/language/en")
    page = head.post("/admin/agreement/action/", action="terminate", rowid=[str(world.agreement.id)])
    assert page.status == 200 and not page.says("end with it:") and not page.says("paid as usual")


def test_an_agreement_is_terminated_from_the_terminal_with_all_that_runs_under_it(app, world):
    done = run(app, "do", "agreement", "terminate", "1-أ ع م-2026", "--on", "2026-06-15", "--reason", REASON, *HEAD)
    assert done.exit_code == 0, done.stderr
    assert states_of(world) == ENDED


def test_what_was_worked_until_that_day_is_paid(world):
    sheet = AttendanceSheet(worksite=world.site, month=JUNE)
    AttendanceLine(sheet=sheet, contract=world.contract, days_worked=13)
    db.session.add(sheet)
    db.session.flush()
    agreements.terminate_agreement(world.agreement, JUNE_15, REASON)
    attendance.lock_attendance(sheet, date(2026, 6, 30))
    june = payroll.open_run(JUNE)
    payroll.calculate_payroll(june, user_by_email("payroll_officer@example.ma"), datetime(2026, 7, 3, tzinfo=UTC))
    [slip] = [slip for slip in june.slips if slip.contract is world.contract]
    assert (slip.days, slip.blocked_by) == (13, None) and slip.net > 0


def test_who_had_not_begun_by_that_day_holds_no_other_day(world):
    behind(world.prepared, starts_on=date(2026, 7, 1))
    agreements.terminate_agreement(world.agreement, JUNE_15, REASON)
    assert (world.prepared.state, world.prepared.ends_on) == (ContractState.ended, date(2026, 7, 1))


def test_each_worksite_and_contract_that_ended_keeps_the_reason(world):
    agreements.terminate_agreement(world.agreement, JUNE_15, REASON)
    db.session.commit()
    kept = select(AuditLine.record).where(AuditLine.why == REASON, AuditLine.what == "step")
    assert sorted(db.session.scalars(kept)) == ["agreement", "contract", "contract", "worksite", "worksite"]


def test_no_other_door_ends_an_agreement_while_something_runs_under_it(world):
    world.agreement.why, world.agreement.state = REASON, AgreementState.terminated
    with pytest.raises(RuleError) as refused:
        db.session.flush()
    assert refused.value.code == "nothing_runs_on" and "W-1" in str(refused.value) and "K-1" in str(refused.value)


@pytest.mark.parametrize("change", ["opens", "opens again", "is planned"])
def test_no_worksite_runs_under_a_terminated_agreement(world, change):
    behind(world.agreement, state="terminated")
    if change == "opens again":
        behind(world.site, state="suspended")
    with pytest.raises(RuleError) as refused:
        if change == "is planned":
            with db.session.no_autoflush:
                db.session.add(planned_site(world, code="W-9"))
            db.session.flush()
        else:
            worksites.open_worksite(world.planned if change == "opens" else world.site)
    assert refused.value.code == "agreement_first"


def test_what_still_runs_under_an_agreement_of_before_is_listed_and_can_be_ended(app, world):
    behind(world.agreement, state="terminated")
    db.session.commit()
    done = run(app, "check")
    [line] = [line for line in done.stderr.splitlines() if line.startswith(f"agreement #{world.agreement.id}, ")]
    assert done.exit_code == 1 and "W-1" in line and "K-2" in line
    world.site.name_fr = "Autre nom"
    db.session.flush()
    worksites.complete_worksite(world.site, JUNE_15, REASON)
    assert world.site.state == WorksiteState.completed
    assert db.session.scalar(select(Contract.state).where(Contract.id == world.contract.id)) == ContractState.ended
    assert db.session.scalar(select(Worksite.name_fr).where(Worksite.id == world.site.id)) == "Autre nom"
