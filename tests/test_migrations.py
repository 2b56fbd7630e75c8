"""The migration makes what the models say, and goes down and up with data in it."""

import pytest
from alembic import op
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import MetaData, inspect, select, text, update
from sqlalchemy.exc import IntegrityError

from awrash.database import db
from awrash.figures import Parameter
from awrash.models import Contract, Participant
from tests.world import world


def test_the_last_migration_makes_the_tables_of_the_models(app):
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        assert compare_metadata(context, db.metadata) == []


def test_every_constraint_has_a_name_that_we_gave(app):
    found = inspect(db.engine)
    for table in found.get_table_names():
        for constraint in found.get_check_constraints(table) + found.get_unique_constraints(table):
            assert constraint["name"] and constraint["name"].startswith(("ck_", "uq_")), (table, constraint)


def test_the_migration_goes_down_and_up_with_data_in_it(app):
    assert db.session.scalar(select(Parameter.id).limit(1))
    db.session.remove()
    downgrade(revision="base")
    assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
    upgrade()
    assert db.session.scalar(select(Parameter.id).limit(1)) is None


def test_who_was_recorded_before_is_found_by_sound_after_the_upgrade(app):
    world()
    db.session.commit()
    known = db.session.scalar(select(Participant.search_text))
    old = update(Participant.__table__).values(search_text="agnouz")
    db.session.execute(old, execution_options={"vouched_by": "a test"})
    db.session.commit()
    db.session.remove()
    downgrade(revision="0002")
    upgrade()
    assert db.session.scalar(select(Participant.search_text)) == known
    assert "~" in known


def test_a_database_of_the_first_landing_comes_up_with_all_its_data(app):
    w = world()
    number = w.contract.id
    db.session.commit()
    db.session.remove()
    downgrade(revision="0001")
    upgrade()
    kept = db.session.get(Contract, number)
    assert kept.worksite.agreement.project.call.edition.damancom_surname_first
    assert kept.attendance_lines[0].days_worked == 26 and kept.attendance_lines[0].marks is None


def whole(engine) -> dict:
    """All that a database holds: its tables, their columns and keys, their rows."""
    known = MetaData()
    known.reflect(engine)
    with engine.connect() as connection:
        return {
            name: (
                sorted((column.name, str(column.type)) for column in table.columns),
                sorted(str(key.target_fullname) for key in table.foreign_keys),
                sorted(map(str, connection.execute(select(table)))),
            )
            for name, table in known.tables.items()
        }


def breaks_off(*_args, **_named):
    raise RuntimeError("the power goes")


def leaves_orphans(*_args, **_named):
    op.execute(text("DELETE FROM commune"))


@pytest.mark.parametrize("fault", [breaks_off, leaves_orphans])
def test_a_migration_that_fails_leaves_the_database_as_it_was(app, monkeypatch, fault):
    world()
    db.session.commit()
    db.session.remove()
    downgrade(revision="0008")
    before = whole(db.engine)
    known, added = op.add_column, []

    def third_fails(table, column, **named):
        added.append(table)
        (fault if table == "committee_session" else known)(table, column, **named)

    monkeypatch.setattr(op, "add_column", third_fails)
    with pytest.raises((SystemExit, IntegrityError)):
        upgrade()
    assert "agreement" in added and "committee_session" in added
    assert whole(db.engine) == before
    monkeypatch.undo()
    upgrade()
    assert db.session.scalar(select(Contract.id))


def test_a_migration_leaves_the_foreign_keys_at_work(app, monkeypatch):
    db.session.remove()
    downgrade(revision="0011")
    monkeypatch.setattr(op, "add_column", breaks_off)
    with pytest.raises(SystemExit):
        upgrade()
    monkeypatch.undo()
    upgrade()
    if db.engine.dialect.name == "sqlite":
        with db.engine.connect() as one, db.engine.connect() as other:
            assert [each.scalar(text("PRAGMA foreign_keys")) for each in (one, other)] == [1, 1]
