"""What is to verify on a card: a doubt beside its field, never one about a field that is empty."""

import pytest
from flask_babel import force_locale

from awrash.database.session import db
from tests.world import a_participant, a_world, behind


@pytest.fixture
def world(planted):
    planted.renew()
    with planted.app.app_context(), force_locale("en"):
        yield a_world()
        db.session.rollback()


def test_a_number_with_a_wrong_key_is_doubted_and_an_empty_or_a_right_one_is_not(world):
    behind(world.person, cnss_number=None)
    assert world.person.to_verify == []
    behind(world.person, cnss_number="100000018")
    assert world.person.to_verify == []
    behind(world.person, cnss_number="100000019")
    assert world.person.to_verify == ["CNSS number: the key of the number does not match"]


def test_an_account_or_a_phone_of_two_people_is_doubted_of_both(world):
    with db.session.no_autoflush:
        other = a_participant("J100002")
        other.phone = world.person.phone = "+212612345678"
        db.session.add(other)
    db.session.flush()
    shared = ["Bank account (RIB): recorded for somebody else too", "Phone: recorded for somebody else too"]
    assert world.person.to_verify == other.to_verify == shared
    behind(other, rib=None, phone=None)
    db.session.expire_all()
    assert world.person.to_verify == other.to_verify == []
