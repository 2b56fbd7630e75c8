"""Every rule accepts what it should and refuses what it should, with its own code and sentence."""

import ast
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from awrash.database.session import UnvouchedStatement, db
from awrash.models import Commune
from awrash.operations import payroll, worksites
from awrash.records.accounts import user_by_email
from awrash.records.dated_figures import Parameter
from awrash.records.steps import step
from awrash.rules.register import every_rule, sentences_of
from awrash.rules.rule import RuleError
from awrash.values import states
from awrash.values.states import ContractState, ParticipantState, WorksiteState
from tests.doors import run
from tests.rule_cases import BEHIND, CASES, STOPS, UNSIGNED_SERVICE, same_phone
from tests.rule_cases_of_files import CASED_BY, CASES_OF_FILES
from tests.rule_cases_of_papers import CASES_OF_PAPERS
from tests.world import a_world

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("code, bend", [*(STOPS | BEHIND).items(), UNSIGNED_SERVICE])
def test_what_a_rule_stops_the_payroll_stops_and_says_so(app, code, bend):
    world = a_world()
    run = payroll.open_run(date(2026, 5, 1))
    payer = user_by_email("payroll_officer@example.ma")
    payroll.calculate_payroll(run, payer, datetime(2026, 6, 3, tzinfo=UTC))
    assert [slip.blocked_by for slip in run.slips] == [None]
    with db.session.no_autoflush:
        bend(world)
    payroll.calculate_payroll(run, payer, datetime(2026, 6, 4, tzinfo=UTC))
    blocked_by = next(slip for slip in run.slips if slip.contract is world.contract).blocked_by
    assert code in (blocked_by or "").split()


@pytest.mark.parametrize(
    "bend",
    [
        lambda world: (same_phone(world), setattr(world.person, "phone_answer", "زوجان، تم التحقق")),
        lambda world: (
            setattr(world.person, "declared_elsewhere_by", "Société"),
            setattr(world.person, "declared_elsewhere_until", date(2026, 4, 30)),
        ),
    ],
)
def test_what_somebody_looked_into_stops_nothing(app, bend):
    world = a_world()
    bend(world)
    run = payroll.open_run(date(2026, 5, 1))
    payroll.calculate_payroll(run, user_by_email("payroll_officer@example.ma"), datetime(2026, 6, 4, tzinfo=UTC))
    assert [slip.blocked_by for slip in run.slips if slip.contract is world.contract] == [None]


def key_of(rule, sentence):
    """How the tables of cases name a sentence of a rule."""
    return rule.code if sentence == "message" else f"{rule.code}.{sentence}"


SENTENCES = {key_of(rule, name): text for rule in every_rule() for name, text in sentences_of(rule).items()}
EVERY_CASE = CASES | CASES_OF_PAPERS | CASES_OF_FILES


def test_every_sentence_of_every_rule_has_its_case_or_names_the_test_that_is_one():
    assert set(SENTENCES) == EVERY_CASE.keys() | CASED_BY.keys()
    assert EVERY_CASE.keys().isdisjoint(CASED_BY)


def test_no_two_rules_have_the_same_code():
    codes = [rule.code for rule in every_rule()]
    assert len(codes) == len(set(codes))


LOAD_THE_DOORS_THEN_ALL = """
import importlib, pkgutil, awrash
from awrash.rules.register import every_rule

known = set(every_rule())
for module in pkgutil.walk_packages(awrash.__path__, "awrash."):
    if not module.name.startswith("awrash.limited."):  # programs of their own, which hold no rule
        importlib.import_module(module.name)
print(*sorted(rule.code for rule in set(every_rule()) - known))
"""


def test_the_application_loads_the_rules_of_every_module():
    loaded = subprocess.run([sys.executable, "-c", LOAD_THE_DOORS_THEN_ALL], cwd=ROOT, capture_output=True, text=True)
    assert (loaded.returncode, loaded.stdout.split()) == (0, []), loaded.stderr


@pytest.mark.parametrize("key", list(CASED_BY))
def test_the_test_that_is_named_as_a_case_is_there_and_reads_the_code_of_its_rule(key):
    path, name = CASED_BY[key].split("::")
    text = (ROOT / path).read_text()
    [test] = [part for part in ast.parse(text).body if isinstance(part, ast.FunctionDef) and part.name == name]
    parts = [*test.decorator_list, test]
    assert any(key in (ast.get_source_segment(text, part) or "") for part in parts)


@pytest.mark.parametrize("key", list(EVERY_CASE))
def test_a_rule_accepts_what_it_should_and_refuses_what_it_should_in_its_own_sentence(app, key):
    accepts, refuses = EVERY_CASE[key]
    world = a_world()
    with db.session.begin_nested() as savepoint:
        accepts(world)
        db.session.flush()
        savepoint.rollback()
    db.session.rollback()
    world = a_world()
    with pytest.raises(RuleError) as refused:
        refuses(world)
        db.session.flush()
    assert refused.value.code == key.split(".")[0]
    assert refused.value.sentence is SENTENCES[key]
    assert "%(" not in str(refused.value)


def test_a_day_before_the_first_figure_is_told_so_and_breaks_nothing(app):
    with pytest.raises(LookupError) as missing:
        Parameter.on("smig_hourly", date(2010, 1, 1))
    assert "1 يناير 2010" in str(missing.value)
    world = a_world()
    world.call.opens_on = date(2010, 1, 1)
    db.session.flush()
    world.project.months_reason = "موسم"
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
        assert all(type(state) is kind for state in following), now


def test_a_step_that_takes_something_away_says_why(app):
    world = a_world()
    with pytest.raises(RuleError, match=r"Give the reason|اذكروا السبب"):
        worksites.suspend_worksite(world.site, None)
    db.session.rollback()
    world = a_world()
    worksites.suspend_worksite(world.site, "أشغال")
    assert world.site.state == WorksiteState.suspended


def test_two_words_that_read_the_same_are_not_the_same_state(app):
    world = a_world()
    world.person.state = ParticipantState.assigned
    db.session.flush()
    step(world.person, ParticipantState.ended)  # "ended" asks a reason of a contract, not of a person
    with pytest.raises(RuleError):
        step(world.contract, ContractState.ended)


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
    printed = run(app, "rules").stdout
    assert "OncePerCarrier" in printed
    assert [rule.code for rule in every_rule() if f"\n{rule.code} (" not in printed] == []
    assert printed.count("\n  en: ") == len(SENTENCES)
    assert "ar: سبق أن استفادت" in printed
    assert "fr: %(carrier)s a déjà bénéficié" in printed
    assert "en: %(carrier)s has already benefited" in printed
