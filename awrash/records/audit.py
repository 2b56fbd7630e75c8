"""Who did what, when and why: a line for each step and each edit, written with the change itself.

What changes nothing and still must be known has its line too: who signed in, exported a list or read a confidential
record.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, ForeignKey, Index, String, Text, event, insert, inspect, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import InstanceState, Mapped, Session, mapped_column, object_mapper, scoped_session

from awrash.database.columns import Instant, column, word_column
from awrash.database.record import Record, list_before, name_part, value_at, value_before
from awrash.database.session import RecordSession, db
from awrash.values.language import _l, now
from awrash.values.states import Word

NEVER_TRACED = {
    "prefilled",
    "content",
    "version",
    "search_text",
    "password",
    "fs_uniquifier",
    "tf_totp_secret",
    "last_login_at",
}


DAY_KEY = "day of work"  # in the session's info


class AuditEvent(Word):
    made = "made", _l("Recorded")
    changed = "changed", _l("Record changed")
    step = "step", _l("Step taken")
    deleted = "deleted", _l("Deleted")
    signed_in = "signed_in", _l("Signed in")
    sign_in_failed = "sign_in_failed", _l("Sign-in failed")
    signed_out = "signed_out", _l("Signed out")
    password_changed = "password_changed", _l("Password changed")
    account_closed = "account_closed", _l("Account closed")
    account_opened = "account_opened", _l("Account opened again")
    exported = "exported", _l("List taken out")
    printed = "printed", _l("Printed")
    fetched = "fetched", _l("File taken out")
    read = "read", _l("Confidential file read")


CHANGE_EVENTS = (AuditEvent.made, AuditEvent.changed, AuditEvent.step, AuditEvent.deleted)
ACCOUNT_EVENTS = (AuditEvent.password_changed, AuditEvent.account_closed, AuditEvent.account_opened)


class SignInFault(Word):
    """Why somebody was not let in."""

    wrong_password = "wrong_password", _l("wrong password")
    unknown_account = "unknown_account", _l("no such account")
    closed_account = "closed_account", _l("the account is closed")


class AuditLine(Record):
    """One thing done to one record; `record` alone names a list, a page or a kind of record of which none is meant."""

    __given__ = ("at",)
    __table_args__ = (
        Index("ix_audit_line_of_record", "record", "record_id"),
        {"info": {"only_added": True}},  # a preview begins with none: nothing is decided by what the trace says
    )

    record: Mapped[str] = column(_l("Record"), type_=String(40))
    record_id: Mapped[int | None] = column(_l("Number"))
    at: Mapped[datetime] = column(_l("Date and time"), type_=Instant, index=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True, nullable=True)
    actor: Mapped[str] = column(_l("Done by"), type_=String(160))
    what: Mapped[AuditEvent] = word_column(AuditEvent, _l("Operation"), checked=False)
    from_state: Mapped[str | None] = column(_l("From"), type_=String(30))
    to_state: Mapped[str | None] = column(_l("To"), type_=String(30))
    why: Mapped[str | None] = column(_l("Reason"), type_=Text())
    changes: Mapped[dict[str, Any] | None] = column(_l("Changes"), type_=JSON(none_as_null=True))
    details: Mapped[dict[str, Any] | None] = column(_l("In detail"), type_=JSON(none_as_null=True))


@contextmanager
def acting(actor: Any, name: str = "", day: date | None = None) -> Iterator[None]:
    """While this lasts, all that is written is this person's doing; a command without a person has a name only.

    `day` is the office's day: what would be recorded of a later one is refused. Without it nothing is judged by today.
    """
    before = {key: db.session.info.get(key) for key in ("actor", DAY_KEY)}
    db.session.info["actor"] = (getattr(actor, "id", None), getattr(actor, "name", None) or name)
    db.session.info[DAY_KEY] = day
    try:
        yield
    finally:
        db.session.info.update(before)


def day_of_work() -> date | None:
    """The office's day on which the work under way is done, as its door said; None where no door did."""
    day: date | None = db.session.info.get(DAY_KEY)
    return day


def actor_of_work() -> int | None:
    """The number of the account in whose name the work under way is done; None where there is none."""
    number, _name = db.session.info.get("actor") or (None, "")
    return number


def history_of(record: Record) -> list[AuditLine]:
    """What was done to one record, the latest first; who read or exported it is told by the audit alone."""
    lines = select(AuditLine).filter_by(record=record.__tablename__, record_id=record.id)
    lines = lines.where(AuditLine.what.in_(CHANGE_EVENTS + ACCOUNT_EVENTS))
    return list(db.session.scalars(lines.order_by(AuditLine.id.desc())))


# ---- lines that a door asks for


def line_of(what: AuditEvent, about: Record | str, **details: Any) -> dict[str, Any]:
    """The columns of a line about a record, or about the list or page of a name; `details` say what no column does."""
    name, record_id = (about, None) if isinstance(about, str) else (about.__tablename__, about.id)
    written = {key: value for key, value in details.items() if value not in (None, "", [])}
    return _columns_of_line(what, db.session, record=name, record_id=record_id, details=written or None)


def note(what: AuditEvent, about: Record | str, **details: Any) -> None:
    """Write such a line in the current transaction; the door commits."""
    write([line_of(what, about, **details)], db.session.connection())


def write(lines: Iterable[dict[str, Any]], connection: Connection) -> None:
    """Write lines, each the columns of one, through a connection."""
    if rows := list(lines):
        connection.execute(insert(AuditLine.__table__), rows)


# ---- lines of what is written


def _json_value(value: Any) -> int | str | None:
    """A field's value as the line keeps it in JSON."""
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, Word):
        return value.value
    return name_part(value) if isinstance(value, (str, date)) else str(value)


def _changes(record: Record) -> dict[str, list[Any]]:
    """The fields that changed, each with its value before and after."""
    changes, quiet = {}, NEVER_TRACED.union(getattr(record, "__quiet__", ()))
    state: InstanceState[Any] = inspect(record)
    for attribute in state.mapper.column_attrs:
        history = state.attrs[attribute.key].history
        if history.has_changes() and attribute.key not in quiet:
            before, after = (history.deleted or [None])[0], (history.added or [None])[0]
            changes[attribute.key] = [_json_value(before), _json_value(after)]
    return changes


DELETED = "fields of the records that this flush deletes"


@event.listens_for(RecordSession, "before_flush")
def read_what_is_deleted(session: Session, *_: Any) -> None:
    """A record that is deleted is read while it is there: its fields, and the lists that vanish with it."""
    with session.no_autoflush:
        session.info[DELETED] = {
            record: _changes_by_deletion(type(record), _values_before(record)) for record in session.deleted
        }


def _values_before(record: Any) -> dict[str, Any]:
    """The values of a record's fields as the database has them; its many-to-many lists are loaded on the way."""
    mapper = object_mapper(record)
    for relation in mapper.relationships:
        if relation.secondary is not None:
            getattr(record, relation.key)
    fields = [attribute.key for attribute in mapper.column_attrs if attribute.key not in NEVER_TRACED]
    return {name: (getattr(record, name), value_before(record, name))[1] for name in fields}  # loaded, then as it was


def _changes_by_deletion(kind: type[Record], values: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The fields of a deleted record that held something, each as a change from its value to nothing."""
    quiet = NEVER_TRACED.union(getattr(kind, "__quiet__", ()), ("id",))
    changes = {}
    for name, value in values.items():
        if name not in quiet and value not in (None, "", []):
            before = list(map(_json_value, value)) if isinstance(value, list) else _json_value(value)
            changes[name] = [before, None]
    return changes


def note_deleted_in_bulk(kind: type[Record], where: ColumnElement[bool]) -> None:
    """Write a line for each row that a statement is about to delete: the session does not see those rows."""
    rows = db.session.execute(select(kind.__table__).where(where)).mappings()
    lines = (
        _columns_of_line(
            AuditEvent.deleted,
            db.session,
            record=kind.__tablename__,
            record_id=row["id"],
            changes=_changes_by_deletion(kind, dict(row)),
        )
        for row in rows
    )
    write(lines, db.session.connection())


def _list_changes(record: Record, what: AuditEvent) -> dict[str, list[Any]]:
    """The lists of many-to-many relations that changed, before and after; a deleted record's are empty after.

    A list that was never read changed from the other side, whose own line tells it.
    """
    changes = {}
    state: InstanceState[Any] = inspect(record)
    for relation in state.mapper.relationships:
        if relation.secondary is None or relation.viewonly or relation.key not in state.dict:
            continue
        before = list_before(record, relation.key)
        after = [] if what is AuditEvent.deleted else getattr(record, relation.key)
        if set(before) != set(after):
            changes[relation.key] = [sorted(map(_name_in_list, before)), sorted(map(_name_in_list, after))]
    return changes


def _name_in_list(record: Record) -> str:
    """A record as an element of a list: its code where it has one, else its name and number."""
    return str(value_at(record, record.__traced__)) if record.__traced__ else f"{record} (# {record.id})"


def _columns_of_line(what: AuditEvent, session: Session | scoped_session[Any], **columns: Any) -> dict[str, Any]:
    """Every column of a line, with who acts and when; those that are not given are None."""
    actor_id, actor = session.info.get("actor") or (None, "awrash")
    empty = dict.fromkeys(("from_state", "to_state", "why", "changes", "details"))
    return {"at": now(), "actor_id": actor_id, "actor": actor, "what": what} | empty | columns


def _lines(record: Record, what: AuditEvent, session: Session) -> Iterator[dict[str, Any]]:
    """The lines of a record that was written: one, and another for a new password, which itself is never written."""
    about = {"record": record.__tablename__, "record_id": record.id}
    changes = _changes(record) if what is AuditEvent.changed else {}
    changes |= session.info[DELETED][record] if what is AuditEvent.deleted else {}
    changes |= _list_changes(record, what)
    if what is AuditEvent.changed and _is_new_password(record):
        yield _columns_of_line(AuditEvent.password_changed, session, **about)
    if what is AuditEvent.changed and not changes:
        return
    states = changes.pop("state", None) if what is AuditEvent.changed else None
    yield _columns_of_line(
        AuditEvent.step if states else (what is AuditEvent.changed and _account_event(record, changes)) or what,
        session,
        **about,
        from_state=states[0] if states else None,
        to_state=states[1] if states else getattr(record, "state", None) and str(record.state),
        why=record.why,
        changes=changes or None,
    )


def _is_new_password(record: Record) -> bool:
    """Whether somebody set another password; one that is only hashed anew keeps the sessions that it opened."""
    state: InstanceState[Any] = inspect(record)
    fields = state.attrs
    return "fs_uniquifier" in fields and all(
        fields[name].history.has_changes() for name in ("password", "fs_uniquifier")
    )


def _account_event(record: Any, changes: dict[str, list[Any]]) -> AuditEvent | None:
    """The closing or opening again of an account; None for any other change."""
    if "fs_uniquifier" not in inspect(record).attrs or "active" not in changes:
        return None
    return AuditEvent.account_opened if record.active else AuditEvent.account_closed


@event.listens_for(RecordSession, "after_flush")
def keep_account(session: Session, *_: Any) -> None:
    """An audit line for each record written, in the same transaction. Its reason was given for this change alone."""
    written = [(record, AuditEvent.made) for record in session.new if not isinstance(record, AuditLine)]
    written += [(record, AuditEvent.changed) for record in session.dirty if session.is_modified(record)]
    written += [(record, AuditEvent.deleted) for record in session.deleted]
    write((line for record, what in written for line in _lines(record, what, session)), session.connection())
    for record, _what in written:
        record.why = None
