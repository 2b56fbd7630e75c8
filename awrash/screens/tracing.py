"""What the doors tell the audit of what changes nothing: lists and files taken out, complaints read in confidence."""

from collections.abc import Iterable
from typing import Any

from flask_login import current_user

from awrash.database.session import db, only_reading, writing
from awrash.records import audit
from awrash.records.audit import AuditEvent


def trace(what: AuditEvent, about: Any, **details: Any) -> None:
    """One line of the person who asks, kept before the page answers."""
    with audit.acting(current_user):
        _keep([audit.line_of(what, about, **details)])


def trace_reading(*records: Any, **details: Any) -> None:
    """Who read which of these complaints, of those that are confidential; other records leave nothing."""
    confidential = [one for one in records if getattr(one, "is_confidential", False)]
    with audit.acting(current_user):
        _keep([audit.line_of(AuditEvent.read, one, **details) for one in confidential])


def _keep(lines: Iterable[dict[str, Any]]) -> None:
    kept = list(lines)
    if not kept:
        return
    if only_reading.get():
        with writing() as connection:
            audit.write(kept, connection)
    else:
        audit.write(kept, db.session.connection())
        db.session.commit()
