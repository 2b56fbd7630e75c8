"""Every rule accepts what it should and refuses what it should, with its own code and sentence."""

import re
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import insert, update

from awrash.database.session import UnvouchedStatement, db
from awrash.models import Commune, Edition, Project
from awrash.operations import payroll, worksites
from awrash.records.accounts import user_by_email
from awrash.records.dated_figures import Parameter
from awrash.records.steps import step
from awrash.rules.register import every_rule
from awrash.rules.rule import RuleError
from awrash.values import states
from awrash.values.states import ContractState, ParticipantState, WorksiteState
from tests.doors import run
from tests.rule_cases import BEHIND, CASES, STOPS, UNSIGNED_SERVICE, same_phone
from tests.world import (
    world,
)

BASIC = {
    "prefilled_readable",  # these four: tests/cnss/test_declarations.py
    "prefilled_of_carrier",
    "file_accepted",
    "uploaded_file_stays",
    "day_marks",
    "rule",
    "identifier_rule",
    "taken",
    "still_in_use",
    "changed",
}  # what others build on, and what two people meet


@pytest.mark.parametrize("code, bend", [*(STOPS | BEHIND).items(), UNSIGNED_SERVICE])
def test_what_a_rule_stops_the_payroll_stops_and_says_so(app, code, bend):
    w = world()
    run = payroll.open_run(date(2026, 5, 1))
    payer = user_by_email("payroll_officer@example.ma")
    payroll.calculate_payroll(run, payer, datetime(2026, 6, 3, tzinfo=UTC))
    assert [slip.blocked_by for slip in run.slips] == [None]
    with db.session.no_autoflush:
        bend(w)
    payroll.calculate_payroll(run, payer, datetime(2026, 6, 4, tzinfo=UTC))
    found = next(slip for slip in run.slips if slip.contract is w.contract).blocked_by
    assert code in (found or "").split()


@pytest.mark.parametrize(
    "bend",
    [
        lambda w: (same_phone(w), setattr(w.person, "phone_answer", "زوجان، تم التحقق")),
        lambda w: (
            setattr(w.person, "declared_elsewhere_by", "Société"),
            setattr(w.person, "declared_elsewhere_until", date(2026, 4, 30)),
        ),
    ],
)
def test_what_somebody_looked_into_stops_nothing(app, bend):
    w = world()
    bend(w)
    run = payroll.open_run(date(2026, 5, 1))
    payroll.calculate_payroll(run, user_by_email("payroll_officer@example.ma"), datetime(2026, 6, 4, tzinfo=UTC))
    assert [slip.blocked_by for slip in run.slips if slip.contract is w.contract] == [None]


def test_every_rule_has_its_cases():
    there = {re.sub(r"(?<!^)(?=[A-Z])", "_", rule.__name__).lower() for rule in every_rule()}
    assert there - BASIC == set(CASES)


@pytest.mark.parametrize("code", list(CASES))
def test_a_rule_accepts_what_it_should_and_refuses_what_it_should(app, code):
    accepts, refuses = CASES[code]
    w = world()
    with db.session.begin_nested() as savepoint:
        accepts(w)
        db.session.flush()
        savepoint.rollback()
    db.session.rollback()
    w = world()
    with pytest.raises(RuleError) as refused:
        refuses(w)
        db.session.flush()
    assert refused.value.code == code
    assert "%(" not in str(refused.value)


def test_a_day_before_the_first_figure_is_told_so_and_breaks_nothing(app):
    with pytest.raises(LookupError) as missing:
        Parameter.on("smig_hourly", date(2010, 1, 1))
    assert "1 يناير 2010" in str(missing.value)
    w = world()
    w.call.opens_on = date(2010, 1, 1)
    db.session.flush()
    w.project.months_reason = "موسم"
    with pytest.raises(RuleError) as refused:
        db.session.flush()
    assert refused.value.code == "no_figure_in_force"


STEPS = [
    (name, now, wanted, wanted in steps[now])
    for name, steps in vars(states).items()
    if name.endswith("_STEPS")
    for now in steps
    for wanted in steps
    if wanted is not now
]


@pytest.mark.parametrize("name", sorted({name for name, *_ in STEPS}))
def test_every_step_leads_to_a_state_of_the_same_record(name):
    steps = getattr(states, name)
    kind = type(next(iter(steps)))
    assert set(steps) == set(kind)
    for now, following in steps.items():
        assert all(type(one) is kind for one in following), now


def test_a_step_that_takes_something_away_says_why(app):
    w = world()
    with pytest.raises(RuleError, match=r"Give the reason|اذكروا السبب"):
        worksites.suspend_worksite(w.site, None)
    db.session.rollback()
    w = world()
    worksites.suspend_worksite(w.site, "أشغال")
    assert w.site.state == WorksiteState.suspended


def test_two_words_that_read_the_same_are_not_the_same_state(app):
    w = world()
    w.person.state = ParticipantState.assigned
    db.session.flush()
    step(w.person, ParticipantState.ended)  # "ended" asks a reason of a contract, not of a person
    with pytest.raises(RuleError):
        step(w.contract, ContractState.ended)


@pytest.mark.parametrize(
    "statement",
    [
        lambda: db.session.execute(update(Commune).values(is_rural=True)),
        lambda: db.session.execute(insert(Commune).values(code="X", name_ar="x", name_fr="x")),
        lambda: db.session.query(Commune).delete(),
        lambda: db.session.bulk_save_objects([Commune(code="X", name_ar="x", name_fr="x")]),
    ],
)
def test_a_statement_that_passes_by_the_rules_names_what_vouches_for_it(app, statement):
    with pytest.raises(UnvouchedStatement):
        statement()


def test_the_rules_are_printed_with_their_sources_in_three_languages(app):
    said = run(app, "rules").stdout
    assert "OncePerCarrier" in said
    assert "ar: سبق أن استفادت" in said
    assert "fr: %(carrier)s a déjà bénéficié" in said
    assert "en: %(carrier)s has already benefited" in said
    assert Project and Edition
