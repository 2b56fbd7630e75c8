"""The migration makes what the models say, and goes down and up with data in it."""

import re
from datetime import UTC, datetime

import pytest
from alembic import op
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import MetaData, insert, inspect, select, text, update
from sqlalchemy.exc import IntegrityError

from awrash.database.session import db
from awrash.models import Contract, Participant
from awrash.records.attachments import Attachment
from awrash.records.audit import AuditLine
from awrash.records.dated_figures import Parameter
from awrash.records.issued_papers import IssuedPaper
from tests.world import a_carrier, a_world


def test_the_last_migration_makes_the_tables_of_the_models(app):
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        assert compare_metadata(context, db.metadata) == []


def test_every_constraint_has_a_name_that_we_gave(app):
    database = inspect(db.engine)
    for table in database.get_table_names():
        for constraint in database.get_check_constraints(table) + database.get_unique_constraints(table):
            assert constraint["name"] and constraint["name"].startswith(("ck_", "uq_")), (table, constraint)


def test_the_migration_goes_down_and_up_with_data_in_it(app):
    assert db.session.scalar(select(Parameter.id).limit(1))
    db.session.remove()
    downgrade(revision="base")
    assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
    upgrade()
    assert db.session.scalar(select(Parameter.id).limit(1)) is None


def test_who_was_recorded_before_is_found_by_sound_after_the_upgrade(app):
    a_world()
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
    world = a_world()
    number = world.contract.id
    db.session.commit()
    db.session.remove()
    downgrade(revision="0001")
    upgrade()
    kept = db.session.get(Contract, number)
    assert kept.worksite.agreement.project.call.edition.damancom_surname_first
    assert kept.attendance_lines[0].days_worked == 26 and kept.attendance_lines[0].marks is None


def test_the_number_of_a_row_never_comes_again_in_any_table(app):
    tables = {
        name: db.metadata.tables[name] for name in inspect(db.engine).get_table_names() if name in db.metadata.tables
    }
    numbered = {name for name, table in tables.items() if table.primary_key.columns.keys() == ["id"]}
    assert {mapper.local_table.name for mapper in db.Model.registry.mappers} == numbered
    assert all(table.dialect_options["sqlite"]["autoincrement"] for table in map(tables.get, numbered))
    if db.engine.dialect.name == "sqlite":
        kept = db.session.execute(text("SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%'")).scalars()
        assert set(kept) == numbered


def as_written(connection):
    """Every row of every table, and how each table and index is declared but for its primary key."""
    tables = inspect(connection).get_table_names()
    rows = {name: connection.execute(text(f'SELECT * FROM "{name}"')).all() for name in tables}
    rows.pop("alembic_version")
    if connection.dialect.name != "sqlite":
        return rows
    declarations = "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name"
    declared = {
        name: re.sub(r'^CREATE TABLE "?(\w+)"?', r"CREATE TABLE \1", sql or "").replace(" AUTOINCREMENT", "")
        for name, sql in connection.execute(text(declarations))
    }
    return {name: sorted(map(repr, lines)) for name, lines in rows.items() if name != "sqlite_sequence"} | declared


def test_a_database_of_before_keeps_its_rows_checks_and_indexes_when_its_numbers_are_kept(app):
    a_world()
    db.session.commit()
    db.session.remove()
    downgrade(revision="0015")
    with db.engine.connect() as connection:
        before = as_written(connection)
    upgrade(revision="0016")
    with db.engine.connect() as connection:
        assert as_written(connection) == before
        if connection.dialect.name == "sqlite":
            assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
            assert not connection.execute(text("PRAGMA foreign_key_check")).all()
    downgrade(revision="0015")
    with db.engine.connect() as connection:
        assert as_written(connection) == before


GONE = {"record": "carrier", "record_id": 900}
AT = datetime(2026, 11, 1, tzinfo=UTC)
FILE = {"size": 1, "sha256": "0" * 64, "content": b"x"}
NAMED_BY = {
    AuditLine: {"at": AT, "actor": "tests", "what": "deleted"},
    IssuedPaper: FILE
    | {"document": "agreement", "language": "ar", "about": "x", "number": "48", "issued_on": AT, "issued_at": AT}
    | {"issued_by_id": 1, "told": "{}", "fingerprint": "0" * 64, "revision": 1, "state": "issued"},
    Attachment: FILE
    | {"kind": "statutes", "file_name": "x", "media_type": "application/pdf", "added_by_id": 1, "added_at": AT}
    | {"state": "attached"},
}


@pytest.mark.parametrize("kind", NAMED_BY)
def test_the_number_of_a_row_deleted_before_the_upgrade_does_not_come_again_either(app, kind):
    a_world()
    db.session.commit()
    db.session.remove()
    downgrade(revision="0015")
    with db.engine.begin() as connection:
        connection.execute(insert(kind.__table__).values(**GONE, **NAMED_BY[kind]))
    upgrade()
    carrier = a_carrier("R-9", officer="J700009")
    db.session.add(carrier)
    db.session.flush()
    assert carrier.id == 901


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
    a_world()
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
        with db.engine.connect() as first, db.engine.connect() as second:
            assert [each.scalar(text("PRAGMA foreign_keys")) for each in (first, second)] == [1, 1]
