"""Files kept in the database with their fingerprint: which are no longer the bytes that came or were attached."""

import hashlib
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select

from awrash.database.session import db

PART = 20  # files read at a time: each may weigh ten megabytes


def altered_files(files: Select[tuple[Any, str, bytes]]) -> Iterator[Any]:
    """What names each file of a select of name, SHA-256 and bytes whose bytes no longer have that SHA-256."""
    for name, sha256, content in db.session.execute(files.execution_options(yield_per=PART)):
        if hashlib.sha256(content).hexdigest() != sha256:
            yield name
