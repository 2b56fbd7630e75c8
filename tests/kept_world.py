"""A world that the rules have let through once, put back for the next tests as the rows that came of it.

What is put back is what the flush left: the rows, an audit line for each, the versions counted, and the records in the
session. All of it is in the test's own transaction, and is taken back with it.
"""

import copy
from collections.abc import Callable, Hashable, Iterator
from types import SimpleNamespace
from typing import Any
from weakref import WeakKeyDictionary

from psycopg.sql import Literal
from sqlalchemy import Connection, Engine, Table, inspect, select, update
from sqlalchemy.orm import make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from awrash.database.record import Record
from awrash.database.session import Base, db
from awrash.records import audit
from awrash.rules.versions import COUNTED
from awrash.values.language import now
from tests.renewal import added_to

AUDIT = audit.AuditLine.__table__
Rows = dict[tuple[Any, ...], dict[str, Any]]  # of a table, by primary key
kept: WeakKeyDictionary[Engine, dict[Hashable, "KeptWorld | None"]] = WeakKeyDictionary()  # None: written once


def put_back_or(write: Callable[[], SimpleNamespace], name: Hashable) -> SimpleNamespace:
    """The world of a name, which `write` writes and never commits.

    From its second time on a database that has nothing like it, it is put back without being written anew.
    """
    worlds = kept.setdefault(db.engine, {})
    if name not in worlds:
        worlds[name] = None
        return write()
    if worlds[name] is None and _is_untouched():
        worlds[name] = KeptWorld(write)
    world = worlds[name]
    return world.put_back() if world and world.fits() else write()


def _is_untouched() -> bool:
    session = db.session()
    return not (session.new or session.dirty or session.deleted or len(session.identity_map))


class KeptWorld:
    """What writing a world does to a database that has none, and the records that it leaves in the session.

    `write` is run once, and what it wrote is taken back.
    """

    def __init__(self, write: Callable[[], SimpleNamespace]) -> None:
        with db.session.begin_nested() as savepoint:
            connection = db.session.connection()
            before = all_rows(connection)
            world = write()
            after = all_rows(connection)
            added = {table: [key for key in after[table] if key not in before[table]] for table in after}
            self.lines = [_without_actor(after[AUDIT][key]) for key in added.pop(AUDIT)]
            self.filled = [table for table in Base.metadata.sorted_tables if added.get(table)]
            self.statements = list(_insertions(connection, self.filled))
            self.changed = [
                (table, row, after[table][key])
                for table, rows in before.items()
                for key, row in rows.items()
                if after[table].get(key) != row
            ]
            self.counted = set(db.session.info.get(COUNTED, ()))
            self.names = {name: inspect(record).identity_key for name, record in vars(world).items()}
            self.records = dict(copies(vars(world).values()))
            savepoint.rollback()
        # Rows beside those that were there, or a change of a row that counts no versions, cannot be put back.
        self.is_whole = not any(before[table] for table in self.filled)
        self.is_whole &= all("version" in row for _, row, _ in self.changed)
        tables = {table.name for table in self.filled}
        self.seeds = {key for key in self.records if key[0].__tablename__ not in tables}
        self.touched = tables | {table.name for table, *_ in self.changed}

    def fits(self) -> bool:
        """Whether nothing of a world is in the database yet, nor in the session."""
        session = db.session()
        if not self.is_whole or session.new or session.dirty or session.deleted:
            return False
        if any(record.__tablename__ in self.touched for record in session.identity_map.values()):
            return False
        there = [f'EXISTS (SELECT 1 FROM "{table.name}")' for table in self.filled]
        for table, row, _ in self.changed:
            as_it_was = f"id = {row['id']} AND version = {row['version']}"
            there.append(f'NOT EXISTS (SELECT 1 FROM "{table.name}" WHERE {as_it_was})')
        return not session.connection().exec_driver_sql(f"SELECT {' OR '.join(there)}").scalar()

    def put_back(self) -> SimpleNamespace:
        """The world again, made by whoever acts now."""
        session = db.session()
        connection = session.connection()
        _run(connection, self.statements)
        added_to.setdefault(connection.engine, set()).update(table.name for table in self.filled)
        for table, before, after in self.changed:
            connection.execute(update(table).where(table.c.id == before["id"]).values(after))
        actor_id, actor = session.info.get("actor") or (None, "awrash")
        ours = {"at": now(), "actor_id": actor_id, "actor": actor}
        audit.write([line | ours for line in self.lines], connection)
        session.info.setdefault(COUNTED, set()).update(self.counted)
        made = {key: session.get_one(*key[:2]) for key in self.seeds}
        transaction = session.get_nested_transaction() or session.get_transaction()
        for key, (values, _) in self.records.items():
            if key not in self.seeds:
                record = made[key] = _persistent(key, values)
                session.add(record)
                transaction._new[inspect(record)] = True  # as a flush does: a rollback forgets the record
        for key, (_, relations) in self.records.items():
            for name, other in relations.items() if key not in self.seeds else ():
                found = [made[one] for one in other] if isinstance(other, list) else other and made[other]
                set_committed_value(made[key], name, found)
        return SimpleNamespace(**{name: made[key] for name, key in self.names.items()})


def all_rows(connection: Connection) -> dict[Table, Rows]:
    """The whole database, as long as it is small."""
    rows: dict[Table, Rows] = {}
    for table in Base.metadata.sorted_tables:
        names = [column.key for column in table.primary_key or table.columns]
        found = connection.execute(select(table)).mappings()
        rows[table] = {tuple(row[name] for name in names): dict(row) for row in found}
    return rows


def _without_actor(line: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in line.items() if name not in ("id", "at", "actor_id", "actor")}


def _insertions(connection: Connection, tables: list[Table]) -> Iterator[str]:
    """Statements that fill these tables as they are now."""
    for table in tables:
        name = f'"{table.name}"'
        if connection.dialect.name == "sqlite":
            quoted = ", ".join(f'quote("{column.name}")' for column in table.columns)
            names = ", ".join(f'"{column.name}"' for column in table.columns)
            rows = [f"({', '.join(row)})" for row in connection.exec_driver_sql(f"SELECT {quoted} FROM {name}")]
            yield f"INSERT INTO {name} ({names}) VALUES {', '.join(rows)}"
            continue
        rows = connection.exec_driver_sql(f"SELECT json_agg(kept)::text FROM {name} AS kept").scalar()
        literal = Literal(rows).as_string(connection.connection.driver_connection)
        yield f"INSERT INTO {name} SELECT * FROM json_populate_recordset(NULL::{name}, {literal})"
        if "id" in table.columns:
            yield f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))"


def _run(connection: Connection, statements: list[str]) -> None:
    """Run statements of the database's own; PostgreSQL takes them all at once."""
    cursor = connection.connection.cursor()
    for statement in statements if connection.dialect.name == "sqlite" else ["; ".join(statements)]:
        cursor.execute(statement)
    cursor.close()


def copies(records: Any) -> Iterator[tuple[Any, tuple[dict[str, Any], dict[str, Any]]]]:
    """The values of each record that these lead to, and the keys of the records that its relations lead to."""
    waiting, seen = list(records), set()
    while waiting:
        state = inspect(waiting.pop())
        if state.identity_key in seen:
            continue
        seen.add(state.identity_key)
        values, relations = {}, {}
        for name, value in state.dict.items():
            if name not in state.mapper.relationships:
                values |= {name: copy.copy(value)} if value is not state else {}
                continue
            related = value if isinstance(value, list) else [value] if value is not None else []
            waiting += related
            keys = [inspect(one).identity_key for one in related]
            relations[name] = keys if isinstance(value, list) else keys[0] if keys else None
        yield state.identity_key, (values, relations)


def _persistent(key: Any, values: dict[str, Any]) -> Record:
    """A record as if it had just been written; its relations follow."""
    record: Record = inspect(key[0]).class_manager.new_instance()
    inspect(record).dict.update({name: copy.copy(value) for name, value in values.items()} | {"id": key[1][0]})
    make_transient_to_detached(record)
    return record
