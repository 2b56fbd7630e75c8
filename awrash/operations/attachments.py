"""To attach a scan to a record, to take it off, and to ask which records have theirs."""

import hashlib
import re
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from awrash.database.session import db
from awrash.records.attachments import Attachment, AttachmentState, ScanKind
from awrash.records.steps import step
from awrash.rules.steps import starts_from
from awrash.values import file_type
from awrash.values.text import clean

LONGEST_STEM = 100  # characters of a file's name that are kept
UNKNOWN = "application/octet-stream"


def name_of(file_name: str, content: bytes) -> str:
    """A file's name as it is kept: without folders nor signs that a system refuses, with the suffix of its content."""
    last = clean(re.sub(r'[:*?"<>|]', " ", file_name.replace("\\", "/").rpartition("/")[2]))
    stem = PurePosixPath(last).stem.strip(". ")[:LONGEST_STEM] or "scan"
    return stem + (file_type.SUFFIXES.get(file_type.media_type_of(content) or "") or PurePosixPath(last).suffix[:10])


def attach(
    record: Any, kind: ScanKind, file_name: str, content: bytes, by: Any, at: datetime, note: str | None = None
) -> Attachment:
    """Attach a scan to a record; a rule refuses what is no scan, too heavy, damaged or there already."""
    db.session.flush()
    attachment = Attachment(
        record=record.__tablename__,
        record_id=record.id,
        kind=kind,
        file_name=name_of(file_name, content),
        media_type=file_type.media_type_of(content) or UNKNOWN,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        added_at=at,
        note=note,
    )
    with db.session.no_autoflush:
        attachment.added_by = by
        db.session.add(attachment)
    db.session.flush()
    return attachment


@starts_from(AttachmentState.attached)
def take_off(attachment: Attachment, reason: str | None, by: Any, at: datetime) -> None:
    """Strike a scan out: it stays, with who took it off, when and why."""
    attachment.taken_off_reason, attachment.taken_off_by, attachment.taken_off_at = reason, by, at
    step(attachment, AttachmentState.taken_off, why=reason)
