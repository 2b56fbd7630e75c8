"""To attach a scan to a record, to take it off, and to ask which records have theirs."""

import hashlib
import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from awrash.database.record import by_kind
from awrash.database.session import db
from awrash.operations.steps import step
from awrash.records.attachments import Attachment, AttachmentState, Paper
from awrash.rules.steps import starts_from
from awrash.values import file_type
from awrash.values.text import clean

LONGEST_STEM = 100  # characters of a file's name that are kept
UNKNOWN = "application/octet-stream"


def name_of(given: str, content: bytes) -> str:
    """A file's name as it is kept: without folders nor signs that a system refuses, with the suffix of its content."""
    last = clean(re.sub(r'[:*?"<>|]', " ", given.replace("\\", "/").rpartition("/")[2]))
    stem = PurePosixPath(last).stem.strip(". ")[:LONGEST_STEM] or "scan"
    return stem + (file_type.SUFFIXES.get(file_type.media_type_of(content) or "") or PurePosixPath(last).suffix[:10])


def attach(
    record: Any, kind: Paper, file_name: str, content: bytes, by: Any, at: datetime, note: str | None = None
) -> Attachment:
    """Attach a scan to a record; a rule refuses what is no scan, too heavy, damaged or there already."""
    db.session.flush()
    made = Attachment(
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
        made.added_by = by
        db.session.add(made)
    db.session.flush()
    return made


@starts_from(AttachmentState.attached)
def take_off(attachment: Attachment, reason: str | None, by: Any, at: datetime) -> None:
    """Strike a scan out: it stays, with who took it off, when and why."""
    attachment.taken_off_reason, attachment.taken_off_by, attachment.taken_off_at = reason, by, at
    step(attachment, AttachmentState.taken_off, why=reason)


def attachments_of(*records: Any) -> list[Attachment]:
    """The scans of records, one record after the other, asked once a kind; never their bytes.

    Of a record those that stand come before those taken off, the latest first.
    """
    people = (joinedload(Attachment.added_by), joinedload(Attachment.taken_off_by))
    asked = select(Attachment).options(*people).order_by(Attachment.state, Attachment.id.desc())
    found = [one for of_kind in by_kind(Attachment, records) for one in db.session.scalars(asked.where(of_kind))]
    place = {(one.__tablename__, one.id): index for index, one in enumerate(records)}
    return sorted(found, key=lambda one: place[one.record, one.record_id])


def with_paper(record: Any, kind: Paper) -> Select[Any]:
    """Numbers of the records of a kind to which such a paper is attached."""
    return select(Attachment.record_id).filter_by(
        record=record.__tablename__, kind=kind, state=AttachmentState.attached
    )


def which_have(record: Any, kind: Paper, numbers: Iterable[int]) -> set[int]:
    """Of these records, those to which such a paper is attached, asked at once."""
    return set(db.session.scalars(with_paper(record, kind).where(Attachment.record_id.in_(list(numbers)))))
