"""A place at a worksite is one person's on each day: counted over all days of a contract, whoever writes at once."""

from datetime import date
from itertools import count

import pytest
from sqlalchemy import event, insert, select

from awrash.database.session import db, only_reading
from awrash.models import Contract, Participant, Worksite
from awrash.operations import people
from awrash.rules.rule import RuleError
from awrash.validators import WithinWorksite
from awrash.values.states import AccountState, ContractState
from tests.processes import one_inside_the_other
from tests.world import a_contract, a_participant, a_world, behind, with_room

NUMBERS = count(2)


def may(day: int) -> date:
    return date(2026, 5, day)


def hired(world, first: date, last: date, site: Worksite | None = None) -> Contract:
    """One more person with a contract, not kept."""
    number = next(NUMBERS)
    with db.session.no_autoflush:
        contract = a_contract(a_participant(f"J2{number:05d}"), site or world.site, f"P-{number}")
        contract.participant.rib, contract.participant.account_state = None, AccountState.none
        contract.starts_on, contract.ends_on, contract.state = first, last, ContractState.prepared
        db.session.add(contract)
    return contract


@pytest.fixture
def one_place(app):
    """A worksite with one place, which its first person has from 10 to 20 May."""
    world = a_world()
    behind(world.line.sheet, state="open")
    db.session.delete(world.line)
    behind(world.contract, starts_on=may(10), ends_on=may(20), state="prepared")
    behind(world.site, places=1)
    db.session.flush()
    return world


def refused_on(change) -> str:
    with pytest.raises(RuleError) as refused:
        change()
        db.session.flush()
    assert refused.value.code == "within_worksite"
    assert refused.value.sentence is WithinWorksite.full
    return str(refused.value)


@pytest.mark.parametrize(
    "first, last, full_on",
    [
        (1, 31, 10),  # free on its first day and on its last, taken between
        (1, 10, 10),  # its last day is the other's first
        (20, 31, 20),  # its first day is the other's last
        (12, 14, 12),  # within the other's
        (10, 20, 10),  # the same days
    ],
)
def test_a_place_that_is_taken_on_any_day_of_a_contract_is_taken(one_place, first, last, full_on):
    said = refused_on(lambda: hired(one_place, may(first), may(last)))
    assert f"{full_on} ماي 2026" in said


@pytest.mark.parametrize("first, last", [(1, 9), (21, 31)])
def test_a_place_is_free_on_the_day_before_and_the_day_after(one_place, first, last):
    hired(one_place, may(first), may(last))
    db.session.flush()


def test_places_that_others_have_one_after_the_other_are_one_place(one_place):
    behind(one_place.site, places=2)
    hired(one_place, may(21), may(25))
    hired(one_place, may(1), may(31))
    db.session.flush()
    assert "10 ماي 2026" in refused_on(lambda: hired(one_place, may(2), may(30)))


def test_who_left_before_the_first_day_takes_no_place(one_place):
    behind(one_place.contract, starts_on=may(15), ends_on=may(14))
    hired(one_place, may(1), may(31))
    db.session.flush()


def test_the_places_of_another_worksite_are_others(one_place):
    world = with_room(one_place)
    site = Worksite(code="W-2", agreement=world.agreement, name_ar="ورش", name_fr="Chantier", places=1)
    site.opens_on, site.closes_on, site.commune = world.site.opens_on, world.site.closes_on, world.site.commune
    hired(world, may(10), may(20), site)
    db.session.flush()


def test_two_contracts_written_together_do_not_take_one_place(one_place):
    def both():
        hired(one_place, may(21), may(25))
        hired(one_place, may(25), may(31))

    assert "25 ماي 2026" in refused_on(both)


def test_who_makes_room_in_the_same_breath_makes_room(one_place):
    one_place.contract.ends_on = may(15)
    hired(one_place, may(16), may(20))
    db.session.flush()


def test_who_takes_more_days_in_the_same_breath_takes_them(one_place):
    later = hired(one_place, may(22), may(31))
    one_place.contract.ends_on = may(22)
    assert "22 ماي 2026" in refused_on(lambda: later)


def test_a_contract_that_is_prolonged_or_begins_earlier_asks_for_its_new_days(one_place):
    later = hired(one_place, may(22), may(31))
    db.session.flush()
    later.starts_on = may(21)
    db.session.flush()
    later.starts_on = may(20)
    assert "20 ماي 2026" in refused_on(lambda: later)


def test_a_contract_that_moves_to_a_full_worksite_is_refused(one_place):
    world = with_room(one_place)
    site = Worksite(code="W-2", agreement=world.agreement, name_ar="ورش", name_fr="Chantier", places=1)
    site.opens_on, site.closes_on, site.commune = world.site.opens_on, world.site.closes_on, world.site.commune
    moved = hired(world, may(15), may(25), site)
    db.session.flush()

    def move():
        moved.worksite = world.site

    assert "15 ماي 2026" in refused_on(move)


def test_two_who_share_one_place_since_before_can_be_shortened_and_ended(one_place):
    second = hired(one_place, may(21), may(31))
    db.session.flush()
    behind(second, starts_on=may(5), ends_on=may(30))
    second.ends_on = may(25)
    db.session.flush()
    people.end_contract(second, may(12), "وجد عملا")
    assert second.state == ContractState.ended


def test_two_who_hire_for_the_last_place_at_once_do_not_both_get_it(app):
    world = a_world()
    behind(world.site, places=2)
    site = world.site.id
    persons = [a_participant(f"J30000{number}") for number in (1, 2)]
    for person in persons:
        person.rib, person.account_state = None, AccountState.none
    db.session.add_all(persons)
    db.session.commit()
    numbers = [person.id for person in persons]

    def hiring(number):
        def hire():
            only_reading.set(False)
            person, worksite = db.session.get(Participant, number), db.session.get(Worksite, site)
            with db.session.no_autoflush:
                contract = a_contract(person, worksite, f"Q-{number}")
                contract.state = ContractState.prepared
                db.session.add(contract)
            try:
                db.session.commit()
            except RuleError as refusal:
                return refusal.code
            return "hired"

        return hire

    assert one_inside_the_other(app, *map(hiring, numbers)) == ["hired", "within_worksite"]
    assert len(db.session.scalars(select(Contract.id)).all()) == 2


@pytest.mark.parametrize("others", [200, 25_000])
def test_places_are_counted_in_two_short_statements_however_many_people_there_are(app, others):
    world = a_world()
    names = {"family_name_ar": "أ", "given_name_ar": "ب", "family_name_fr": "A", "given_name_fr": "B", "sex": "F"}
    names |= {"born_on": date(1990, 1, 1), "commune_id": world.person.commune_id}
    rows = [{"cnie": f"JA{index:06d}"} | names for index in range(others)]
    vouched = {"vouched_by": "a record that no rule saw"}
    db.session.execute(insert(Participant), rows, execution_options=vouched)
    persons = db.session.scalars(select(Participant.id).where(Participant.cnie.startswith("JA"))).all()
    post = {"worksite_id": world.site.id, "job": "عاملة", "monthly_wage": 3500}
    contracts = [
        {"number": f"N-{person}", "participant_id": person}
        | {"starts_on": may(1 + person % 20), "ends_on": date(2026, 6, 1 + person % 20)}
        for person in persons
    ]
    db.session.execute(insert(Contract), [row | post for row in contracts], execution_options=vouched)
    behind(world.site, places=others)
    later = hired(world, may(1), may(31))
    _ = world.site.places
    statements = []

    def note(_c, _cursor, statement, *_):
        statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        with db.session.no_autoflush:
            taken = later.taken_places()
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert len(statements) <= 2
    assert len(taken) == 20 and max(taken.values()) == others + 1
    assert "20 ماي 2026" in refused_on(lambda: later)
