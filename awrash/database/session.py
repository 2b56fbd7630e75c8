"""How a database is opened, how a transaction begins, and what a session refuses to write past the rules.

SQLite loses updates with the driver's defaults: what writes takes its lock when it begins (`BEGIN IMMEDIATE`), what
only reads opens with `BEGIN` and never waits in the writers' queue.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from sqlalchemy import MetaData, Row, Select, Table, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import DeclarativeBase, ORMExecuteState, scoped_session

only_reading: ContextVar[bool] = ContextVar("only_reading", default=False)  # whether the next transaction only reads

ONLY_ASKED = "refusals"  # in the session's info: those of work that is only asked about, which writes nothing
PART = 2_000  # rows read at a time: a list of 250,000 never stands in the memory whole
INSERT: dict[str, Callable[[Table], sqlite.Insert | postgresql.Insert]] = {  # by dialect: an insert that may conflict
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The tables of the office, whose constraints have names that both databases know."""

    metadata = MetaData(naming_convention=NAMING)


class UnvouchedStatement(RuntimeError):
    """A bulk statement that the rules do not see, and that names no test which runs them."""


class RecordSession(Session):
    """A session in which nothing is written without its rules."""

    def bulk_save_objects(self, *_: Any, **__: Any) -> None:
        """Refuse: what it writes no rule would see."""
        raise UnvouchedStatement("bulk_save_objects passes by the rules")

    bulk_insert_mappings = bulk_update_mappings = bulk_save_objects  # type: ignore[assignment]


db = SQLAlchemy(model_class=Base, session_options={"class_": RecordSession})


@event.listens_for(RecordSession, "do_orm_execute")
def refuse_unvouched_statements(state: ORMExecuteState) -> None:
    """Refuse a bulk statement that does not name, in `vouched_by`, the test that runs the rules over what it writes."""
    writes = state.is_insert or state.is_update or state.is_delete
    if writes and not state.execution_options.get("vouched_by"):
        raise UnvouchedStatement(str(state.statement))


def open_database(engine: Engine) -> None:
    """Set a new engine up for many people at once."""
    if engine.dialect.name != "sqlite":
        event.listen(engine, "connect", without_jit)
        return

    @event.listens_for(engine, "connect")
    def on_connect(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # the driver's own BEGIN comes too late
        for pragma in ("foreign_keys=ON", "journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if only_reading.get() else "BEGIN IMMEDIATE")


def only_asks(session: Session | scoped_session[Any]) -> bool:
    """Whether a page asks what would refuse a piece of work: it takes no number and waits for nobody."""
    return ONLY_ASKED in session.info


@contextmanager
def writing() -> Iterator[Connection]:
    """A short transaction of its own, kept at its end, inside a page that otherwise only reads.

    Never inside work that writes: on SQLite it would wait for the lock that the work holds.
    """
    mode = only_reading.set(False)
    try:
        with db.engine.begin() as connection:
            yield connection
    finally:
        only_reading.reset(mode)


def without_jit(connection: Any, _: object) -> None:
    """PostgreSQL compiles the pay formula far longer than it computes: 10.9 s against 1.7 s on 100,000 wages."""
    connection.autocommit = True
    connection.execute("SET jit = off")
    connection.autocommit = False


def rows_in_parts(statement: Select[Any]) -> Iterator[Row[Any]]:
    """The rows of a select, some thousands read at a time."""
    for part in db.session.execute(statement, execution_options={"yield_per": PART}).partitions():
        yield from part
