"""What the screens tell the audit of what changes nothing: lists and files taken out, complaints read in confidence."""

from collections.abc import Iterable
from typing import Any

from flask_login import current_user

from awrash.database.record import Record
from awrash.database.session import db, only_reading, writing
from awrash.records import audit
from awrash.records.audit import AuditEvent
from awrash.rules.confidence import reads


def trace(what: AuditEvent, about: Record | str, **details: object) -> None:
    """Keep one audit line of the person served before the page answers.

    `about` is a record, or the name of a list or page; `details` are kept as JSON: a file, its columns, its filters.
    """
    with audit.acting(current_user):
        _keep([audit.line_of(what, about, **details)])


def trace_reading(*records: Record | None, **details: object) -> None:
    """Keep who reads these complaints, those of them that are confidential; other records leave no line.

    Who may not read what a confidential record says is shown that there is one: that leaves no line either.
    """
    known = (record for record in records if record is not None and getattr(record, "is_confidential", False))
    confidential = [record for record in known if reads(current_user, record)]
    with audit.acting(current_user):
        _keep([audit.line_of(AuditEvent.read, record, **details) for record in confidential])


def _keep(lines: Iterable[dict[str, Any]]) -> None:
    """Commit audit lines, each the columns of one; a page that only reads opens a transaction of its own for them."""
    kept = list(lines)
    if not kept:
        return
    if only_reading.get():
        with writing() as connection:
            audit.write(kept, connection)
    else:
        audit.write(kept, db.session.connection())
        db.session.commit()
