"""Alembic's door to the records: the engine and the metadata of the application."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from alembic import context
from flask import current_app
from sqlalchemy import Connection

CHECK = "PRAGMA foreign_key_check"

config = context.config
logging.getLogger("alembic").setLevel(logging.WARNING)
migrate = current_app.extensions["migrate"]


def run() -> None:
    """Migrate the application's database, in one transaction.

    On SQLite a table is made again without its foreign keys in force, which a transaction cannot switch: all are
    checked before it ends.
    """
    with migrate.db.engine.connect() as connection, without_foreign_keys(connection):
        context.configure(connection=connection, target_metadata=migrate.db.metadata, **migrate.configure_args)
        with context.begin_transaction():
            context.run_migrations()
        if connection.dialect.name == "sqlite" and (broken := connection.exec_driver_sql(CHECK).first()):
            raise RuntimeError(f"row {broken[1]} of {broken[0]} names a row of {broken[2]} that is not there")
        connection.commit()


@contextmanager
def without_foreign_keys(connection: Connection) -> Iterator[None]:
    if connection.dialect.name != "sqlite":
        yield
        return
    driver = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        connection.rollback()
        driver.execute("PRAGMA foreign_keys=ON")


run()
