"""A form acts once: the key that its page carries is used up by what the form makes, in the same transaction.

Of two presses at the same instant the second waits at the table's primary key until the first is written or taken
back. What a rule refused used nothing up. A key is its account's own, and is forgotten a day after its use.
"""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text, delete, select, tuple_, update
from sqlalchemy.engine import Connection

from awrash.database.columns import Instant
from awrash.database.session import INSERT, Base

FIELD = "once"
KEPT_FOR = timedelta(days=1)
FORGOTTEN_AT_ONCE = 100  # rows: a form never waits long for the keys of others

FORM_KEY = Table(
    "form_key",
    Base.metadata,
    Column("owner_id", ForeignKey("user.id", ondelete="CASCADE"), primary_key=True),
    Column("digest", String(64), primary_key=True),
    Column("used_at", Instant, nullable=False),
    Column("leads_to", Text, nullable=False, server_default=""),
    Index("ix_form_key_used_at", "used_at"),
)
OWN = tuple_(FORM_KEY.c.owner_id, FORM_KEY.c.digest)


class SentBefore(Exception):
    """This form was sent before; `leads_to` is the page of what it made."""

    def __init__(self, leads_to: str) -> None:
        super().__init__(leads_to)
        self.leads_to = leads_to


def new_key() -> str:
    """A key that nobody guesses."""
    return secrets.token_urlsafe(18)


def digest_of(key: str, content: Iterable[tuple[str, str]] = ()) -> str:
    """What is kept of a key. With the form's content, the same form with other content is another form."""
    return hashlib.sha256("\0".join([key, *(part for pair in content for part in pair)]).encode()).hexdigest()


def refuse_used(connection: Connection, owner: int, digest: str) -> None:
    """Raise `SentBefore` when the key was used up."""
    used = select(FORM_KEY.c.leads_to).where(FORM_KEY.c.owner_id == owner, FORM_KEY.c.digest == digest)
    leads_to = connection.scalar(used)
    if leads_to is not None:
        raise SentBefore(leads_to)


def use_up(connection: Connection, owner: int, digest: str, at: datetime) -> None:
    """Use a key up in this transaction; `SentBefore` when it was used up, or when somebody is about to do so."""
    forget_old(connection, at)
    key = INSERT[connection.dialect.name](FORM_KEY).values(owner_id=owner, digest=digest, used_at=at, leads_to="")
    if connection.scalar(key.on_conflict_do_nothing().returning(FORM_KEY.c.digest)) is None:
        refuse_used(connection, owner, digest)


def lead_to(connection: Connection, owner: int, digest: str, page: str) -> None:
    """Say where a key that is used up leads from now on; with no page, nothing was made and the key is free again."""
    this_key = (FORM_KEY.c.owner_id == owner, FORM_KEY.c.digest == digest)
    change = update(FORM_KEY).where(*this_key).values(leads_to=page) if page else delete(FORM_KEY).where(*this_key)
    connection.execute(change)


def forget_old(connection: Connection, at: datetime) -> None:
    """Forget some of the keys used more than a day ago; those that somebody else is forgetting now are left alone."""
    old = select(FORM_KEY.c.owner_id, FORM_KEY.c.digest).where(FORM_KEY.c.used_at < at - KEPT_FOR)
    keys = connection.execute(old.limit(FORGOTTEN_AT_ONCE).with_for_update(skip_locked=True)).all()
    if keys:
        connection.execute(delete(FORM_KEY).where(OWN.in_([tuple(key) for key in keys])))
