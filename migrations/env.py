"""Alembic's door to the records: the engine and the metadata of the application."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from alembic import context
from flask import current_app
from sqlalchemy import Connection, text

config = context.config
logging.getLogger("alembic").setLevel(logging.WARNING)
migrate = current_app.extensions["migrate"]


class OrphansLeft(RuntimeError):
    """A migration would have left rows that point to nothing."""


def run() -> None:
    """Migrate the application's database, in one transaction over all that is to be done: all of it stays, or nothing.

    Alembic would commit each migration apart on SQLite, unless the transaction is ours.
    """
    with migrate.db.engine.connect() as connection, foreign_keys_at_rest(connection), connection.begin():
        context.configure(connection=connection, target_metadata=migrate.db.metadata, **migrate.configure_args)
        context.run_migrations()
        refuse_orphans(connection)


@contextmanager
def foreign_keys_at_rest(connection: Connection) -> Iterator[None]:
    """SQLite rebuilds a table by dropping the old one, which would take all that points to it along.

    Its foreign keys are switched outside of a transaction only, so by the driver: to ask SQLAlchemy begins one.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    driver = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def refuse_orphans(connection: Connection) -> None:
    """What SQLite was not asked row by row is asked of the whole; PostgreSQL's constraints were never at rest."""
    if connection.dialect.name == "sqlite":
        orphans = connection.execute(text("PRAGMA foreign_key_check")).all()
        if orphans:
            raise OrphansLeft(f"{len(orphans)} rows point to nothing: {sorted({one[0] for one in orphans})}")


run()
