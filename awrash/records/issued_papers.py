"""Papers that left the office: the bytes that were issued, with number and fingerprint; never edited, only replaced."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped

from awrash.database.columns import (
    CODE,
    NAME,
    TEXT,
    Instant,
    column,
    foreign_key,
    relation,
    state_column,
    unique_where,
    word_column,
)
from awrash.database.record import Searchable, changed, is_deleted, is_new
from awrash.records.paper_kinds import PAPER_KIND
from awrash.records.paper_texts import PaperLanguage, Wording
from awrash.rules.constraints import BEHIND_CONSTRAINT
from awrash.rules.fields import AsWritten, Positive
from awrash.rules.rule import Rule
from awrash.rules.steps import AllowedStep
from awrash.values.language import _l
from awrash.values.states import Steps, Word


class IssuedState(Word):
    issued = "issued", _l("Issued")
    replaced = "replaced", _l("Replaced")


ISSUED_STEPS: Steps = {IssuedState.issued: {IssuedState.replaced}, IssuedState.replaced: set()}


class IssuedStays(Rule):
    """[D] An issued paper is never edited nor deleted; a new version replaces it, with the reason
    (docs/programme.md, "Accountability")."""

    message = _l("%(number)s is issued and stays as it is: issue a new version, which names it.")
    on_delete = True

    def check(self, paper: IssuedPaper) -> None:
        mutable = ("id", "version", "state", "search_text")
        fixed = [column.key for column in paper.__table__.columns if column.key not in mutable]
        if not is_new(paper) and (is_deleted(paper) or changed(paper, *fixed)):
            self.refuse(number=paper.number)


class ReplacementExplained(Rule):
    """[D] A new version of an issued paper says why (docs/programme.md, "Accountability")."""

    message = _l("Write why %(number)s is replaced: the new version keeps it.")
    field = "reason"

    def check(self, paper: IssuedPaper) -> None:
        if paper.replaces is not None and not paper.reason:
            self.refuse(number=paper.replaces.number)


class IssuedOnce(Rule):
    """[D] Of one paper of a record, one version stands (docs/programme.md, "Accountability")."""

    message = _l("Somebody has just issued this paper: open the record again, it is in its papers.")


BEHIND_CONSTRAINT["uq_issued_paper_one_standing"] = IssuedOnce()


class IssuedPaper(Searchable):
    """One paper of one record, byte for byte as it was issued, with who issued it and when."""

    __shown__ = ("number",)
    __table_args__ = (
        UniqueConstraint("document", "language", "number", "revision"),
        Index("ix_issued_paper_of_record", "record", "record_id"),
        unique_where("uq_issued_paper_one_standing", "document language record record_id", "state = 'issued'"),
    )
    __rules__ = (ReplacementExplained(), IssuedStays(), AllowedStep(ISSUED_STEPS))
    __search__ = ("number", "about")

    document: Mapped[Word] = column(_l("Paper"), type_=PAPER_KIND)
    language: Mapped[PaperLanguage] = word_column(PaperLanguage, _l("Language"))
    record: Mapped[str] = column(_l("Record"), type_=String(40))
    record_id: Mapped[int] = column(_l("Number of the record"))
    about: Mapped[str] = column(_l("About"), type_=NAME)
    number: Mapped[str] = column(_l("Number"), type_=CODE)
    revision: Mapped[int] = column(_l("Version"), Positive(), default=1)
    replaces_id: Mapped[int | None] = foreign_key("issued_paper", required=False)
    replaces: Mapped[IssuedPaper | None] = relation(_l("Replaces"), remote_side="IssuedPaper.id")
    reason: Mapped[str | None] = column(_l("Reason"), type_=TEXT)
    wording_id: Mapped[int | None] = foreign_key("wording", required=False)
    wording: Mapped[Wording | None] = relation(_l("Text used"))
    issued_on: Mapped[date] = column(_l("Issued on"))
    issued_at: Mapped[datetime] = column(_l("Issued at"), type_=Instant)
    issued_by_id: Mapped[int] = foreign_key("user")
    issued_by: Mapped[Any] = relation(_l("Issued by"), "User")
    told: Mapped[str] = column(_l("What it says"), AsWritten(), type_=TEXT, deferred=True)
    fingerprint: Mapped[str] = column(_l("Fingerprint of what it says"), type_=String(64))
    content: Mapped[bytes] = column(_l("File"), type_=LargeBinary(), deferred=True)
    size: Mapped[int] = column(_l("Size in bytes"))
    sha256: Mapped[str] = column(_l("Fingerprint"), type_=String(64), index=True)
    state: Mapped[IssuedState] = state_column(IssuedState.issued, _l("State"), ISSUED_STEPS)
