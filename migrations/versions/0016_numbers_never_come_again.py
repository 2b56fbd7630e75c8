"""The number of a row never comes again

Revision ID: 0016
Revises: 0015
Create Date: 2026-11-29 10:00:00

A table made by a later migration says `sqlite_autoincrement=True`; one that a later migration rebuilds in a batch says
it in `table_kwargs`: `tests/database/test_migrations.py` asks every table.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

NAMED_BY = ("audit_line", "issued_paper", "attachment")  # they name a row by its table and number, also one that is gone
PLAIN, GIVEN_ONCE = "PRIMARY KEY (id)", "PRIMARY KEY (id AUTOINCREMENT)"


def upgrade():
    last = {name: highest(name) for name in numbered_tables()}
    if op.get_bind().dialect.name == "sqlite":
        rebuild(last, PLAIN, GIVEN_ONCE)
        for name, number in last.items():
            begin_sqlite_after(name, number)
    else:
        for name, number in last.items():
            begin_postgres_after(name, number)


def downgrade():
    if op.get_bind().dialect.name == "sqlite":
        rebuild(numbered_tables(), GIVEN_ONCE, PLAIN)


def numbered_tables():
    """Tables whose rows have a number of their own; those that only link two records have none."""
    found = sa.inspect(op.get_bind())
    return [one for one in found.get_table_names() if found.get_pk_constraint(one)["constrained_columns"] == ["id"]]


def highest(name):
    """The highest number that a row of the table has, or had while something still names it."""
    asked = [f'SELECT MAX(id) FROM "{name}"']
    asked += [f"SELECT MAX(record_id) FROM {one} WHERE record = :name" for one in NAMED_BY]
    return max(run(one, name=name).scalar() or 0 for one in asked)


def rebuild(names, now, then):
    """Make each table again with another primary key and the rest of its declaration as it is written: sqlite.org's way.

    A copy made from what SQLAlchemy reads of a table would lose its checks.
    """
    if run("PRAGMA foreign_keys").scalar():
        raise RuntimeError("foreign keys are on: dropping a table would delete what hangs on it")
    for name in names:
        declared = run("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :name", name=name).scalar_one()
        beside = "SELECT sql FROM sqlite_master WHERE type <> 'table' AND tbl_name = :name AND sql IS NOT NULL"
        indexes = run(beside, name=name).scalars().all()
        head, _open, body = declared.partition("(")
        if body.count(now) != 1:
            raise RuntimeError(f"{name} is not declared with {now}")
        run(f'CREATE TABLE "{name}_again" ({body.replace(now, then)}')
        run(f'INSERT INTO "{name}_again" SELECT * FROM "{name}"')
        run(f'DROP TABLE "{name}"')
        run(f'ALTER TABLE "{name}_again" RENAME TO "{name}"')
        for index in indexes:
            run(index)


def begin_sqlite_after(name, number):
    run("DELETE FROM sqlite_sequence WHERE name = :name", name=name)
    run("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :number)", name=name, number=number)


def begin_postgres_after(name, number):
    sequence = run("SELECT pg_get_serial_sequence(:name, 'id')", name=f'"{name}"').scalar_one()
    if number and number >= run(f"SELECT last_value FROM {sequence}").scalar_one():
        run("SELECT setval(:sequence, :number)", sequence=sequence, number=number)


def run(statement, **values):
    bind = op.get_bind()
    return bind.execute(sa.text(statement), values) if values else bind.exec_driver_sql(statement)
