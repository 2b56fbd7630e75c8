"""A PostgreSQL database made new between two tests by its rows: only the tables that were written are filled anew.

A copy of the whole takes several times as long. Which tables were written is read off the statements that an engine
sends; what cannot be read that way, such as the work of another process, asks for the copy.
"""

import re
from functools import cache
from weakref import WeakKeyDictionary

import psycopg
from psycopg.sql import SQL, Composed, Identifier, Literal
from sqlalchemy import Connection, Engine, event

from awrash.database.session import Base

WRITES = re.compile(r'(INSERT INTO|UPDATE|DELETE FROM|DROP TABLE IF EXISTS|DROP TABLE)\s+"?(\w+)"?', re.IGNORECASE)
TEMPORARY = re.compile(r'CREATE TEMPORARY TABLE\s+"?(\w+)"?|CREATE INDEX \w+ ON "?(\w+)"?', re.IGNORECASE)
READS = re.compile(r"WITH\b(?!.*\b(INSERT|UPDATE|DELETE)\b)|(SELECT|SAVEPOINT|RELEASE|ROLLBACK|SET|SHOW)\b", re.DOTALL)
UNREADABLE = "*"  # in the place of a table: nobody knows what was written
PATIENCE = "2s"  # with a connection of a test that still holds a row

temporary: set[str] = set()  # names of temporary tables that no table of the office has
Tables = WeakKeyDictionary[Engine, set[str]]
added_to: Tables = WeakKeyDictionary()  # tables in which the rows that were kept still are
changed: Tables = WeakKeyDictionary()  # tables in which they may be others


@event.listens_for(Engine, "before_cursor_execute")
def note_what_is_written(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
    statement = statement.lstrip()
    if connection.dialect.name != "postgresql" or READS.match(statement):
        return
    if made := TEMPORARY.match(statement):
        temporary.update({made[1]} - {None} - Base.metadata.tables.keys())
        if made[1] or made[2] in temporary:
            return
    found = WRITES.match(statement)
    verb, table = found.groups() if found else ("", UNREADABLE)
    is_dropped = verb.upper().startswith("DROP")
    if table in temporary or (is_dropped and table not in Base.metadata.tables):
        return
    if is_dropped:
        table = UNREADABLE
    only_adds = verb.upper() == "INSERT INTO" and "ON CONFLICT" not in statement
    (added_to if only_adds else changed).setdefault(connection.engine, set()).add(table)


@cache
def _emptied_with(table: str) -> set[str]:
    """A table and those whose rows the database deletes together with its own."""
    keys = [key for other in Base.metadata.tables.values() for key in other.foreign_keys if key.ondelete]
    return {table} | {key.parent.table.name for key in keys if key.column.table.name == table}


class KeptRows:
    """What each table of a PostgreSQL database holds, and how far it has counted, to be put back."""

    def __init__(self, address: str, engine: Engine) -> None:
        """`engine` has filled the database until now: what it wrote is what is kept."""
        self.address = address
        self.connect()
        added_to.pop(engine, None)
        changed.pop(engine, None)
        tables = self.connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
        self.emptying = {name: self._emptying(name) for (name,) in tables.fetchall()}
        self.taking_off = {name: self._taking_off(name) for name in self.emptying}

    def connect(self) -> None:
        """To the database of that name, which may be another than before."""
        self.connection = psycopg.connect(self.address, autocommit=True)
        self.connection.execute(SQL("SET lock_timeout = {}").format(PATIENCE))
        self.connection.execute("SET session_replication_role = replica")  # the rows that come back refer to each other

    def _emptying(self, table: str) -> Composed:
        """The statements that make a table as it was, whatever became of it."""
        name = Identifier(table)
        rows = self._value(SQL("SELECT json_agg(kept)::text FROM {} AS kept").format(name))
        filled = SQL("INSERT INTO {0} SELECT * FROM json_populate_recordset(NULL::{0}, {1})").format(
            name, Literal(rows)
        )
        parts = [SQL("DELETE FROM {}").format(name), *([filled] if rows else []), *self._counting(table)]
        return SQL("; ").join(parts)

    def _taking_off(self, table: str) -> Composed:
        """The statements that take off what was added to a table."""
        counting = self._counting(table)
        if not counting:
            return self.emptying[table]
        last = self._value(SQL("SELECT coalesce(max(id), 0) FROM {}").format(Identifier(table)))
        added = SQL("DELETE FROM {} WHERE id > {}").format(Identifier(table), Literal(last))
        return SQL("; ").join([added, *counting])

    def _counting(self, table: str) -> list[Composed]:
        columns = "SELECT count(*) FROM information_schema.columns WHERE table_name = {} AND column_name = 'id'"
        if not self._value(SQL(columns).format(Literal(table))):
            return []
        series = self._value(SQL("SELECT pg_get_serial_sequence({}, 'id')").format(Literal(f'"{table}"')))
        last, is_called = self.connection.execute(f"SELECT last_value, is_called FROM {series}").fetchone()
        return [SQL("SELECT setval({}, {}, {})").format(Literal(series), Literal(last), Literal(is_called))]

    def _value(self, query: Composed) -> object:
        return self.connection.execute(query).fetchone()[0]

    def put_back(self, engine: Engine) -> bool:
        """Make new what was written through an engine; False where only a copy of the whole will do."""
        others = {other for table in changed.pop(engine, ()) for other in _emptied_with(table)}
        added = added_to.pop(engine, set()) - others
        if not added | others <= self.emptying.keys():
            return False
        parts = [self.emptying[table] for table in others] + [self.taking_off[table] for table in added]
        try:
            with self.connection.transaction():
                self.connection.execute(SQL("; ").join(parts).as_string(self.connection))
        except psycopg.errors.LockNotAvailable:  # a thread of the test is still at work: a copy ends its connection
            return False
        return True

    def close(self) -> None:
        self.connection.close()
