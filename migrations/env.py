"""Alembic's door to the records: the engine and the metadata of the application."""

import logging

from alembic import context
from flask import current_app

config = context.config
logging.getLogger("alembic").setLevel(logging.WARNING)
migrate = current_app.extensions["migrate"]


def run() -> None:
    """Migrate the application's database, in one transaction."""
    with migrate.db.engine.connect() as connection:
        context.configure(connection=connection, target_metadata=migrate.db.metadata, **migrate.configure_args)
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()
