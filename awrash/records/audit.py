"""Who did what, when and why: a line for each step and each edit, written with the change itself.

What changes nothing and still must be known has its line too: who signed in, took a list out, read in confidence.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, event, insert, inspect, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped, Session, mapped_column

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
def acting(actor: Any, name: str = "") -> Iterator[None]:
    """All that is written meanwhile is this person's doing; a command without a person has a name only."""
    kept = db.session.info.get("actor")
    db.session.info["actor"] = (getattr(actor, "id", None), getattr(actor, "name", None) or name)
    try:
        yield
    finally:
        db.session.info["actor"] = kept


def history_of(record: Record) -> list[AuditLine]:
    """What was done to one record, the latest first; who read it or took it out stands in the audit alone."""
    asked = select(AuditLine).filter_by(record=record.__tablename__, record_id=record.id)
    asked = asked.where(AuditLine.what.in_(CHANGE_EVENTS + ACCOUNT_EVENTS))
    return list(db.session.scalars(asked.order_by(AuditLine.id.desc())))


# ---- lines that a door asks for


def line_of(what: AuditEvent, about: Any, **details: Any) -> dict[str, Any]:
    """A line about a record, or about the list or page of a name; `details` say what no column does."""
    is_name = isinstance(about, str)
    told = {"record": about if is_name else about.__tablename__, "record_id": None if is_name else about.id}
    known = {key: value for key, value in details.items() if value not in (None, "", [])}
    return _line(what, db.session, **told, details=known or None)


def note(what: AuditEvent, about: Any, **details: Any) -> None:
    """Write such a line in the transaction at hand; the door commits."""
    write([line_of(what, about, **details)], db.session.connection())


def write(lines: Iterable[dict[str, Any]], connection: Connection) -> None:
    """Write lines through a connection."""
    if kept := list(lines):
        connection.execute(insert(AuditLine.__table__), kept)


# ---- lines of what is written


def _plain(value: Any) -> Any:
    return (
        value
        if isinstance(value, (int, bool, type(None)))
        else value.value
        if isinstance(value, Word)
        else name_part(value)
        if isinstance(value, (str, date))
        else str(value)
    )


def _changes(record: Any) -> dict[str, list[Any]]:
    found, quiet = {}, NEVER_TRACED.union(getattr(record, "__quiet__", ()))
    for attribute in inspect(record).mapper.column_attrs:
        history = inspect(record).attrs[attribute.key].history
        if history.has_changes() and attribute.key not in quiet:
            found[attribute.key] = [_plain((history.deleted or [None])[0]), _plain((history.added or [None])[0])]
    return found


DELETED = "what the records deleted by this flush said"


@event.listens_for(RecordSession, "before_flush")
def read_what_is_deleted(session: Session, *_: Any) -> None:
    """What a record says is read while it is there: its fields, and the lists that vanish with it."""
    with session.no_autoflush:
        session.info[DELETED] = {one: _lost(type(one), _said(one)) for one in session.deleted}


def _said(record: Any) -> dict[str, Any]:
    known = inspect(type(record))
    for way in known.relationships:
        if way.secondary is not None:
            getattr(record, way.key)
    fields = [one.key for one in known.column_attrs if one.key not in NEVER_TRACED]
    return {name: (getattr(record, name), value_before(record, name))[1] for name in fields}  # loaded, then as it was


def _lost(kind: Any, said: Mapping[str, Any]) -> dict[str, list[Any]]:
    """What a deleted record said, as a change of each field to nothing."""
    quiet = NEVER_TRACED.union(getattr(kind, "__quiet__", ()), ("id",))
    kept = ((name, value) for name, value in said.items() if name not in quiet and value not in (None, "", []))
    return {name: [list(map(_plain, one)) if isinstance(one, list) else _plain(one), None] for name, one in kept}


def note_deleted_in_bulk(kind: Any, where: Any) -> None:
    """A line for each row that a statement is about to delete: it passes by the session, not by the trace."""
    rows = db.session.execute(select(kind.__table__).where(where)).mappings()
    about = ({"record": kind.__tablename__, "record_id": row["id"], "changes": _lost(kind, dict(row))} for row in rows)
    write((_line(AuditEvent.deleted, db.session, **one) for one in about), db.session.connection())


def _lists(record: Any, what: AuditEvent) -> dict[str, list[Any]]:
    """The lists of many-to-many relations that changed, before and after; all that held something of a deleted record.

    A list that was never read changed from the other side, whose own line tells it.
    """
    found = {}
    for way in inspect(record).mapper.relationships:
        if way.secondary is None or way.viewonly or way.key not in inspect(record).dict:
            continue
        value_before = list_before(record, way.key)
        after = [] if what is AuditEvent.deleted else getattr(record, way.key)
        if set(value_before) != set(after):
            found[way.key] = [sorted(map(_named, value_before)), sorted(map(_named, after))]
    return found


def _named(record: Any) -> str:
    """A record as an element of a list: its code where it has one, else its name and number."""
    return str(value_at(record, record.__traced__)) if record.__traced__ else f"{record} (# {record.id})"


def _line(what: AuditEvent, session: Any, **told: Any) -> dict[str, Any]:
    actor_id, actor = session.info.get("actor") or (None, "awrash")
    nothing = dict.fromkeys(("from_state", "to_state", "why", "changes", "details"))
    return {"at": now(), "actor_id": actor_id, "actor": actor, "what": what} | nothing | told


def _lines(record: Any, what: AuditEvent, session: Session) -> Iterator[dict[str, Any]]:
    """What is told of a record that was written: one line, and one more for a password, which is never told."""
    about = {"record": record.__tablename__, "record_id": record.id}
    changes = _changes(record) if what is AuditEvent.changed else {}
    changes |= session.info[DELETED][record] if what is AuditEvent.deleted else {}
    changes |= _lists(record, what)
    if what is AuditEvent.changed and _is_new_password(record):
        yield _line(AuditEvent.password_changed, session, **about)
    if what is AuditEvent.changed and not changes:
        return
    states = changes.pop("state", None) if what is AuditEvent.changed else None
    yield _line(
        AuditEvent.step if states else (what is AuditEvent.changed and _of_account(record, changes)) or what,
        session,
        **about,
        from_state=states[0] if states else None,
        to_state=states[1] if states else getattr(record, "state", None) and str(record.state),
        why=record.why,
        changes=changes or None,
    )


def _is_new_password(record: Any) -> bool:
    """Whether somebody set another password; one that is only hashed anew keeps the sessions that it opened."""
    known = inspect(record).attrs
    return "fs_uniquifier" in known and all(known[name].history.has_changes() for name in ("password", "fs_uniquifier"))


def _of_account(record: Any, changes: dict[str, list[Any]]) -> AuditEvent | None:
    """Whether an account was closed or opened again."""
    if "fs_uniquifier" not in inspect(record).attrs or "active" not in changes:
        return None
    return AuditEvent.account_opened if record.active else AuditEvent.account_closed


@event.listens_for(RecordSession, "after_flush")
def keep_account(session: Session, *_: Any) -> None:
    """An audit line for each record written, in the same transaction."""
    written = [(one, AuditEvent.made) for one in session.new if not isinstance(one, AuditLine)]
    written += [(one, AuditEvent.changed) for one in session.dirty if session.is_modified(one)]
    written += [(one, AuditEvent.deleted) for one in session.deleted]
    write((line for one, what in written for line in _lines(one, what, session)), session.connection())
