"""Who changed what, when and why: a line for each step and each edit, written with the change itself."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, event, insert, inspect, select
from sqlalchemy.orm import Mapped, Session

from awrash import states as s
from awrash.database import Instant, Record, RecordSession, before, column, db, mapped_column, shown
from awrash.language import _l, now

KEPT_QUIET = {
    "prefilled",
    "content",
    "version",
    "search_text",
    "password",
    "fs_uniquifier",
    "tf_totp_secret",
    "last_login_at",
}


class What(s.Word):
    made = "made", _l("Recorded")
    changed = "changed", _l("Changed")
    step = "step", _l("Step taken")
    deleted = "deleted", _l("Deleted")


class AuditLine(Record):
    """One thing done to one record."""

    __given__ = ("at",)
    __table_args__ = (
        Index("ix_audit_line_of_record", "record", "record_id"),
        {"info": {"only_added": True}},  # a preview begins with none: nothing is decided by what the trace says
    )

    record: Mapped[str] = column(_l("Record"), type_=String(40))
    record_id: Mapped[int] = column(_l("Number"))
    at: Mapped[datetime] = column(_l("When"), type_=Instant, index=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True, nullable=True)
    actor: Mapped[str] = column(_l("Who"), type_=String(160))
    what: Mapped[str] = column(_l("What"), type_=String(10))
    from_state: Mapped[str | None] = column(_l("From"), type_=String(30))
    to_state: Mapped[str | None] = column(_l("To"), type_=String(30))
    why: Mapped[str | None] = column(_l("Why"), type_=Text())
    changes: Mapped[dict[str, Any] | None] = column(_l("Changes"), type_=JSON())


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
    """The lines of one record, the latest first."""
    asked = select(AuditLine).filter_by(record=record.__tablename__, record_id=record.id)
    return list(db.session.scalars(asked.order_by(AuditLine.id.desc())))


def _plain(value: Any) -> Any:
    return (
        value
        if isinstance(value, (int, bool, type(None)))
        else value.value
        if isinstance(value, s.Word)
        else shown(value)
        if isinstance(value, (str, date))
        else str(value)
    )


def _changes(record: Any) -> dict[str, list[Any]]:
    found, quiet = {}, KEPT_QUIET.union(getattr(record, "__quiet__", ()))
    for attribute in inspect(record).mapper.column_attrs:
        history = inspect(record).attrs[attribute.key].history
        if history.has_changes() and attribute.key not in quiet:
            found[attribute.key] = [_plain((history.deleted or [None])[0]), _plain((history.added or [None])[0])]
    return found


DELETED = "what the records deleted by this flush said"


@event.listens_for(RecordSession, "before_flush")
def read_what_is_deleted(session: Session, *_: Any) -> None:
    """What a record says is read while it is there: its fields, and what it is linked with."""
    with session.no_autoflush:
        session.info[DELETED] = {one: _lost(type(one), _said(one)) for one in session.deleted}


def _said(record: Any) -> dict[str, Any]:
    known = inspect(type(record))
    fields = [one.key for one in known.column_attrs if one.key not in KEPT_QUIET]
    said = {name: (getattr(record, name), before(record, name))[1] for name in fields}  # loaded, then as it was
    links = [one.key for one in known.relationships if one.secondary is not None]
    return said | {name: [one.id for one in getattr(record, name)] for name in links}


def _lost(kind: Any, said: Mapping[str, Any]) -> dict[str, list[Any]]:
    """What a deleted record said, as a change of each field to nothing."""
    quiet = KEPT_QUIET.union(getattr(kind, "__quiet__", ()), ("id",))
    kept = ((name, value) for name, value in said.items() if name not in quiet and value not in (None, "", []))
    return {name: [list(map(_plain, one)) if isinstance(one, list) else _plain(one), None] for name, one in kept}


def note_deleted_in_bulk(kind: Any, where: Any) -> None:
    """A line for each row that a statement is about to delete: it passes by the session, not by the trace."""
    actor_id, actor = db.session.info.get("actor") or (None, "awrash")
    told = {"record": kind.__tablename__, "at": now(), "actor_id": actor_id, "actor": actor, "what": What.deleted}
    rows = db.session.execute(select(kind.__table__).where(where)).mappings()
    lines = [told | {"record_id": row["id"], "changes": _lost(kind, dict(row))} for row in rows]
    if lines:
        db.session.connection().execute(insert(AuditLine.__table__), lines)


def _line(record: Any, what: What, session: Session) -> dict[str, Any] | None:
    actor_id, actor = session.info.get("actor") or (None, "awrash")
    changes = _changes(record) if what is What.changed else None
    if what is What.changed and not changes:
        return None
    states = (changes or {}).pop("state", None) if changes else None
    if what is What.deleted:
        changes = session.info[DELETED].get(record)
    return {
        "record": record.__tablename__,
        "record_id": record.id,
        "at": now(),
        "actor_id": actor_id,
        "actor": actor,
        "what": What.step if states else what,
        "from_state": states[0] if states else None,
        "to_state": states[1] if states else getattr(record, "state", None) and str(record.state),
        "why": record.why,
        "changes": changes or None,
    }


@event.listens_for(RecordSession, "after_flush")
def keep_account(session: Session, *_: Any) -> None:
    """An audit line for each record written, in the same transaction."""
    if session.info.get("quiet"):
        return
    lines = [_line(one, What.made, session) for one in session.new if not isinstance(one, AuditLine)]
    lines += [_line(one, What.changed, session) for one in session.dirty if session.is_modified(one)]
    lines += [_line(one, What.deleted, session) for one in session.deleted]
    kept = [line for line in lines if line]
    if kept:
        session.connection().execute(insert(AuditLine.__table__), kept)
