"""What a piece of work would do, done for real and kept nowhere: nobody waits for it, and nothing of it stays.

Each table that is written meanwhile is first copied to a temporary one of the same name, which both databases find
before the real one: rules, constraints and look-ups see what was written, the real tables are only read.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from sqlalchemy import Index, MetaData, Table, event, text
from sqlalchemy.engine import Connection
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.sql.dml import UpdateBase

from awrash.database.record import Record
from awrash.database.session import db


@contextmanager
def preview(*kinds: type[Record]) -> Iterator[None]:
    """Write to copies until the end, then take all back; the tables of `kinds` are copied at once.

    To be entered in a transaction that began as a reader's (`only_reading`). RuntimeError when somebody commits.
    """
    connection = db.session.connection()
    copied = set[str]()

    def before_execute(_: Connection, statement: object, *__: object) -> None:
        if isinstance(statement, UpdateBase) and isinstance(statement.table, Table):
            _copy_once(connection, statement.table, copied)

    def rollback_savepoint(*_: object) -> None:
        copied.clear()  # what was copied inside it is gone

    listeners = (before_execute, rollback_savepoint, commit)
    for listener in listeners:
        event.listen(connection, listener.__name__, listener)
    try:
        for kind in kinds:
            _copy_once(connection, kind.__table__, copied)
        yield
    finally:
        db.session.rollback()
        for listener in listeners:
            event.remove(connection, listener.__name__, listener)


def commit(_: Connection) -> NoReturn:
    """A copy that outlived its transaction would hide the real table from whoever takes the connection next."""
    raise RuntimeError("a preview is never committed")


def _copy_once(connection: Connection, table: Table, copied: set[str]) -> None:
    if table.name in copied:
        return
    copied.add(table.name)
    on_sqlite = connection.dialect.name == "sqlite"
    query = "SELECT name FROM temp.sqlite_master WHERE name = :name" if on_sqlite else "SELECT to_regclass(:name)"
    if connection.scalar(text(query), {"name": table.name if on_sqlite else f"pg_temp.{table.name}"}) is not None:
        return
    if on_sqlite:
        source = f'main."{table.name}"'
        copy = table.to_metadata(MetaData())
        copy._prefixes = ["TEMPORARY"]
        connection.execute(CreateTable(copy, include_foreign_key_constraints=[]))  # they would lead to temporary tables
        indexes: set[Index] = copy.indexes
        for index in indexes:
            connection.execute(CreateIndex(index))
    else:
        source = f'{connection.scalar(text("SELECT current_schema()"))}."{table.name}"'
        copy_table = f'CREATE TEMPORARY TABLE "{table.name}" (LIKE {source} INCLUDING ALL) ON COMMIT DROP'
        connection.execute(text(copy_table))
    if not table.info.get("only_added"):
        names = ", ".join(f'"{column.name}"' for column in table.columns)  # a migrated table has an order of its own
        connection.execute(text(f'INSERT INTO "{table.name}" ({names}) SELECT {names} FROM {source}'))
