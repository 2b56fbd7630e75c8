"""The world that most tests begin with is put back, not written: it is the same world."""

from typing import Any

import pytest
from sqlalchemy import func, inspect, select

from awrash.database.session import db
from awrash.models import Carrier, Edition
from awrash.records import audit
from awrash.rules.rule import RuleError
from awrash.rules.versions import COUNTED
from tests import kept_world
from tests.world import a_carrier, a_new_world, a_world, keep


def written():
    return keep(a_new_world())


def put_back():
    kept_world.kept[db.engine] = {"world": kept_world.KeptWorld(written)}
    db.session.rollback()
    assert kept_world.kept[db.engine]["world"].fits()
    return a_world()


def without_keys(values: dict[str, Any]) -> dict[str, Any]:
    """Values that are the same each time: PostgreSQL goes on counting after what was taken back."""
    return {name: value for name, value in values.items() if name not in ("id", "at") and not name.endswith("_id")}


def kind_and_id(copied: Any) -> tuple[str, tuple[int, ...]]:
    (kind, identity, _token), _ = copied
    return kind.__name__, identity


def what_came_of(write) -> tuple[Any, ...]:
    """Every row, what the session knows of every record, whose versions were counted; then it is taken back."""
    world = write()
    rows = {
        table.name: [without_keys(row) for row in rows.values()]
        for table, rows in kept_world.all_rows(db.session.connection()).items()
    }
    known: dict[str, list[Any]] = {}
    for (kind, *_), (values, relations) in sorted(kept_world.copies(vars(world).values()), key=kind_and_id):
        known.setdefault(kind.__name__, []).append((without_keys(values), sorted(values), sorted(relations)))
    counted = sorted(kind.__name__ for kind, *_ in db.session.info[COUNTED])
    db.session.rollback()
    return rows, known, counted, list(vars(world))


def test_a_world_put_back_is_in_all_the_world_that_was_written(app):
    assert what_came_of(written) == what_came_of(put_back)


def test_the_trace_of_a_world_put_back_names_who_acts(app):
    with audit.acting(None, "somebody else"):
        put_back()
    made = select(audit.AuditLine.actor).filter_by(record="carrier", what=audit.AuditEvent.made)
    assert list(db.session.scalars(made)) == ["somebody else"]


def test_a_world_put_back_obeys_its_rules_and_is_taken_back_as_a_whole(app):
    world = put_back()
    world.project.months = 13
    with pytest.raises(RuleError):
        db.session.flush()
    db.session.rollback()
    assert inspect(world.carrier).transient
    assert db.session.scalar(select(func.count(Edition.id))) == 0


def test_a_world_is_written_where_there_is_something_already(app):
    put_back()
    db.session.rollback()
    db.session.add(a_carrier("R-7", officer="J700007"))
    db.session.flush()
    assert not kept_world.kept[db.engine]["world"].fits()
    a_world()
    assert db.session.scalar(select(func.count(Carrier.id))) == 2


def test_a_world_put_back_and_kept_is_read_again_by_the_next_session(app):
    number = put_back().contract.id
    db.session.commit()
    db.session.remove()
    carrier = db.session.scalar(select(Carrier))
    assert [contract.id for contract in carrier.agreements[0].worksites[0].contracts] == [number]
