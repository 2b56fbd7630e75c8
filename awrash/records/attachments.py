"""Scans of signed papers and receipts, attached to the record that they prove.

A scan is kept in the database, never in a folder: it is written with its record in one transaction, a copy of the
database holds both, and no address of the web server leads to it. It is never changed; taken off, it stays, struck
out, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, Select, String, cast, select
from sqlalchemy.orm import Mapped, joinedload, object_session

from awrash.database.columns import NAME, TEXT, Instant, column, foreign_key, relation, state_column, word_column
from awrash.database.record import Record, changed, is_deleted, is_new, rows_about, value_before
from awrash.database.session import db
from awrash.records.fingerprints import altered_files
from awrash.rules.rule import Rule
from awrash.rules.steps import AllowedStep
from awrash.values import file_type, others_files
from awrash.values.language import _l
from awrash.values.states import Steps, Word

MOST_MEGABYTES = 10
MEGABYTE = 1024 * 1024


class ScanKind(Word):
    """What a scan is of."""

    receipt = "receipt", _l("Receipt")
    signed_agreement = "signed_agreement", _l("Signed agreement")
    amendment = "amendment", _l("Signed amendment")
    signed_contract = "signed_contract", _l("Signed contract")
    anapec_approval = "anapec_approval", _l("Approval of ANAPEC")
    signed_sheet = "signed_sheet", _l("Signed attendance sheet")
    presence_list = "presence_list", _l("Signed list of presence")
    project_file = "project_file", _l("Project file")
    statutes = "statutes", _l("Statutes")
    registration = "registration", _l("Registration receipt")
    bureau_list = "bureau_list", _l("List of the bureau")
    affiliation = "affiliation", _l("CNSS affiliation")
    bank_statement = "bank_statement", _l("Bank account statement")
    identity_card = "identity_card", _l("Identity card")
    social_card = "social_card", _l("CNSS card")
    logo = "logo", _l("Logo")
    other = "other", _l("Other paper")


SCANS_OF: dict[str, tuple[ScanKind, ...]] = {  # the scans that each record takes, the usual one first
    "declaration": (ScanKind.receipt, ScanKind.other),
    "complement": (ScanKind.receipt, ScanKind.other),
    "agreement": (ScanKind.signed_agreement, ScanKind.amendment, ScanKind.receipt, ScanKind.other),
    "instalment": (ScanKind.receipt, ScanKind.other),
    "contract": (ScanKind.signed_contract, ScanKind.anapec_approval, ScanKind.other),
    "attendance_sheet": (ScanKind.signed_sheet, ScanKind.other),
    "project": (ScanKind.project_file, ScanKind.receipt, ScanKind.other),
    "carrier": (
        *(
            ScanKind.statutes,
            ScanKind.registration,
            ScanKind.bureau_list,
            ScanKind.affiliation,
            ScanKind.bank_statement,
        ),
        ScanKind.other,
    ),
    "participant": (ScanKind.identity_card, ScanKind.bank_statement, ScanKind.social_card, ScanKind.other),
    "training": (ScanKind.presence_list, ScanKind.other),
    "letterhead": (ScanKind.logo,),
} | dict.fromkeys(("committee_session", "worksite", "visit", "payroll_run", "complaint"), (ScanKind.other,))


class AttachmentState(Word):
    attached = "attached", _l("Attached")
    taken_off = "taken_off", _l("Taken off")


ATTACHMENT_STEPS: Steps = {AttachmentState.attached: {AttachmentState.taken_off}, AttachmentState.taken_off: set()}


class ScanOfPaper(Rule):
    """[D] Scans are PDF, JPEG or PNG, by their content and not by their name (docs/programme.md, "Papers")."""

    message = _l("“%(name)s” is neither PDF, JPEG nor PNG: scan the paper again in one of these forms.")
    field = "content"

    def check(self, attachment: Attachment) -> None:
        if is_new(attachment) and file_type.media_type_of(attachment.content) is None:
            self.refuse(name=attachment.file_name)


class WholeScan(ScanOfPaper):
    """[D] A scan that cannot be opened proves nothing (docs/programme.md, "Accountability")."""

    message = _l("“%(name)s” is cut or damaged and cannot be opened: open it on your side, scan it again, attach it.")

    def check(self, attachment: Attachment) -> None:
        media_type = file_type.media_type_of(attachment.content) if is_new(attachment) else None
        if media_type and (attachment.media_type != media_type or not file_type.is_whole(attachment.content)):
            self.refuse(name=attachment.file_name)


class OpenScan(ScanOfPaper):
    """[D] A scan is read by whoever reads its record, this year and in ten (docs/programme.md, "Accountability")."""

    message = _l("“%(name)s” asks for a password: take it off, or print the paper and scan it, then attach it.")

    def check(self, attachment: Attachment) -> None:
        if (
            is_new(attachment)
            and attachment.media_type == file_type.PDF
            and file_type.inspect_pdf(attachment.content).is_locked
        ):
            self.refuse(name=attachment.file_name)


class FewPixels(ScanOfPaper):
    """Product limit, for the server's sake (`values/file_type.py`): a picture is unpacked whole when it is shown."""

    message = _l("“%(name)s” has more than %(most)s million pixels: scan it at 300 dots per inch.")

    def check(self, attachment: Attachment) -> None:
        if not is_new(attachment) or not file_type.is_whole(attachment.content):
            return
        if attachment.media_type == file_type.PDF:
            is_too_large = file_type.inspect_pdf(attachment.content).beyond == "pixels"
        else:
            is_too_large = (
                file_type.picture_size(attachment.content).pixels > file_type.MOST_MEGAPIXELS * file_type.MEGAPIXEL
            )
        if is_too_large:
            self.refuse(name=attachment.file_name, most=file_type.MOST_MEGAPIXELS)


class FewPages(ScanOfPaper):
    """Product limit, for the server's sake (`values/file_type.py`): the whole file lays each page out."""

    message = _l("“%(name)s” has more than %(most)s pages: attach it in several files.")

    def check(self, attachment: Attachment) -> None:
        if _limit_exceeded(attachment) == "pages":
            self.refuse(name=attachment.file_name, most=file_type.MOST_PAGES)


class LightOnceUnpacked(ScanOfPaper):
    """Product limit, for the server's sake: a small PDF may unpack to more than the memory holds."""

    message = _l(
        "“%(name)s” is too heavy to open: once unpacked a PDF has at most %(most)s MB and %(parts)s parts. Print it "
        "into a new PDF, or scan the paper again."
    )

    def check(self, attachment: Attachment) -> None:
        if _limit_exceeded(attachment) == "heavy":
            most = file_type.MOST_UNPACKED // file_type.MEGAPIXEL
            self.refuse(name=attachment.file_name, most=most, parts=file_type.MOST_OBJECTS)


def _limit_exceeded(attachment: Attachment) -> str:
    """The limit that a new PDF exceeds: `pages`, `pixels` or `heavy`; an empty text when none."""
    is_pdf = is_new(attachment) and attachment.media_type == file_type.PDF and file_type.is_whole(attachment.content)
    return file_type.inspect_pdf(attachment.content).beyond if is_pdf else ""


class LogoIsDrawn(ScanOfPaper):
    """[D] A logo stands on every paper; one that is large or damaged would take them all with it
    (docs/programme.md, "Papers")."""

    message = _l(
        "“%(name)s” cannot be drawn on papers: save it again as a PNG or a JPEG of at most %(most)s million pixels."
    )

    def check(self, attachment: Attachment) -> None:
        is_logo = is_new(attachment) and attachment.kind == ScanKind.logo and file_type.is_whole(attachment.content)
        if not is_logo or attachment.media_type == file_type.PDF:
            return
        is_small = file_type.picture_size(attachment.content).pixels <= file_type.LOGO_MEGAPIXELS * file_type.MEGAPIXEL
        if not is_small or not others_files.can_show(attachment.content, file_type.SUFFIXES[attachment.media_type]):
            self.refuse(name=attachment.file_name, most=file_type.LOGO_MEGAPIXELS)


class LogoIsPicture(ScanOfPaper):
    """[D] A logo is drawn at the head of papers, which a PDF cannot be (docs/programme.md, "Papers")."""

    message = _l("“%(name)s” is no picture: a logo is a PNG or a JPEG.")

    def check(self, attachment: Attachment) -> None:
        if is_new(attachment) and attachment.kind == ScanKind.logo and attachment.media_type == file_type.PDF:
            self.refuse(name=attachment.file_name)


class OneLogo(ScanOfPaper):
    """[D] A letterhead has one logo, and nobody has to guess which is printed (docs/programme.md, "Papers")."""

    message = _l("“%(other)s” is the logo of this letterhead: take it off first.")

    def check(self, attachment: Attachment) -> None:
        session = object_session(attachment)
        if session is None or not is_new(attachment) or attachment.kind != ScanKind.logo:
            return
        logos = select(Attachment).filter_by(
            record=attachment.record, record_id=attachment.record_id, kind=ScanKind.logo
        )
        with session.no_autoflush:
            attached = list(session.scalars(logos.filter_by(state=AttachmentState.attached)))
        for other in attached:
            if other is not attachment:
                self.refuse(other=other.file_name)


class LightScan(ScanOfPaper):
    """[D] A scan weighs at most ten megabytes (docs/programme.md, "Papers")."""

    message = _l("“%(name)s” weighs more than %(most)s MB: scan it in grey at 150 dots per inch, or in several files.")

    def check(self, attachment: Attachment) -> None:
        if is_new(attachment) and len(attachment.content) > MOST_MEGABYTES * MEGABYTE:
            self.refuse(name=attachment.file_name, most=MOST_MEGABYTES)


class PaperOfRecord(Rule):
    """[D] A scan is filed under the papers that its record has (docs/programme.md, "Accountability")."""

    message = _l("“%(paper)s” is not among the papers of this record: choose one from the list.")
    field = "kind"

    def check(self, attachment: Attachment) -> None:
        if attachment.kind not in SCANS_OF.get(attachment.record, ()):
            self.refuse(paper=attachment.kind)


class AttachedOnce(Rule):
    """[D] A paper is filed once; a receipt proves one declaration and no other
    (docs/programme.md, "Accountability")."""

    message = _l("“%(name)s” is already attached (%(other)s): each record has its own paper.")
    field = "content"

    def check(self, attachment: Attachment) -> None:
        session = object_session(attachment)
        if session is None or not is_new(attachment):
            return
        same = select(Attachment).filter_by(
            record=attachment.record, sha256=attachment.sha256, state=AttachmentState.attached
        )
        if attachment.kind != ScanKind.receipt:
            same = same.filter_by(record_id=attachment.record_id)
        with session.no_autoflush:
            other = session.scalar(same.limit(1))
        if other is not None and other is not attachment:
            self.refuse(name=attachment.file_name, other=other.file_name)


class KeptAsAttached(Rule):
    """[D] A scan is proof; it is neither changed nor deleted, only taken off with a reason
    (docs/programme.md, "Accountability")."""

    message = _l("“%(name)s” stays as it was attached: take it off with a reason, and attach another.")
    on_delete = True
    fixed = (
        *("record", "record_id", "kind", "file_name", "media_type", "size", "sha256", "content"),
        *("added_by", "added_at", "note"),
    )

    def check(self, attachment: Attachment) -> None:
        if not is_new(attachment) and (is_deleted(attachment) or changed(attachment, *self.fixed)):
            self.refuse(name=attachment.file_name)


class TakenOffExplained(Rule):
    """[D] A scan is never taken off without saying why (docs/programme.md, "Accountability")."""

    message = _l("Write why “%(name)s” is taken off.")
    field = "taken_off_reason"

    def check(self, attachment: Attachment) -> None:
        taken_off = AttachmentState.taken_off
        if attachment.state == taken_off != value_before(attachment, "state") and not attachment.taken_off_reason:
            self.refuse(name=attachment.file_name)


class Attachment(Record):
    """One scan, byte for byte as it was uploaded, with who attached it to which record and when."""

    __shown__ = ("file_name",)
    __table_args__ = (Index("ix_attachment_of_record", "record", "record_id"),)
    __rules__ = (
        LightScan(), ScanOfPaper(), WholeScan(), OpenScan(), FewPixels(), FewPages(), LightOnceUnpacked(),
        LogoIsPicture(), LogoIsDrawn(), PaperOfRecord(), AttachedOnce(), OneLogo(), KeptAsAttached(),
        TakenOffExplained(), AllowedStep(ATTACHMENT_STEPS),
    )  # fmt: skip

    record: Mapped[str] = column(_l("Record"), type_=String(40))
    record_id: Mapped[int] = column(_l("Number"))
    kind: Mapped[ScanKind] = word_column(ScanKind, _l("Paper"), checked=False)
    file_name: Mapped[str] = column(_l("File"), type_=NAME)
    media_type: Mapped[str] = column(_l("Type"), type_=String(40))
    size: Mapped[int] = column(_l("Size in bytes"))
    sha256: Mapped[str] = column(_l("Fingerprint"), type_=String(64), index=True)
    content: Mapped[bytes] = column(_l("Scan"), type_=LargeBinary(), deferred=True)
    added_by_id: Mapped[int] = foreign_key("user")
    added_by: Mapped[Any] = relation(_l("Attached by"), "User", foreign_keys=added_by_id)
    added_at: Mapped[datetime] = column(_l("Attached at"), type_=Instant)
    note: Mapped[str | None] = column(_l("Note"), type_=String(240))
    taken_off_by_id: Mapped[int | None] = foreign_key("user", required=False)
    taken_off_by: Mapped[Any] = relation(_l("Taken off by"), "User", foreign_keys=taken_off_by_id)
    taken_off_at: Mapped[datetime | None] = column(_l("Taken off at"), type_=Instant)
    taken_off_reason: Mapped[str | None] = column(_l("Reason"), type_=TEXT)
    state: Mapped[AttachmentState] = state_column(AttachmentState.attached, _l("State"), ATTACHMENT_STEPS)


def attachments_of(*records: Record) -> list[Attachment]:
    """The scans of records in the order of the records, with one query a kind of record; never their bytes.

    Of a record those that are attached come before those taken off, the latest first.
    """
    people = (joinedload(Attachment.added_by), joinedload(Attachment.taken_off_by))
    query = select(Attachment).options(*people).order_by(Attachment.state, Attachment.id.desc())
    attachments = [scan for rows in rows_about(Attachment, records) for scan in db.session.scalars(query.where(rows))]
    place = {(record.__tablename__, record.id): index for index, record in enumerate(records)}
    return sorted(attachments, key=lambda scan: place[scan.record, scan.record_id])


def altered_scans() -> Iterator[str]:
    """Names of the scans whose bytes are no longer those that were attached, each with its record."""
    name = Attachment.file_name.concat(" (").concat(Attachment.record).concat(" #")
    name = name.concat(cast(Attachment.record_id, String)).concat(")")
    return altered_files(select(name, Attachment.sha256, Attachment.content))


def records_with_scan(record: type[Record], kind: ScanKind) -> Select[tuple[int]]:
    """The ids of the records of a kind to which such a scan is attached."""
    return select(Attachment.record_id).filter_by(
        record=record.__tablename__, kind=kind, state=AttachmentState.attached
    )


def which_have_scan(record: type[Record], kind: ScanKind, ids: Iterable[int]) -> set[int]:
    """The ids, of these ones, of the records to which such a scan is attached; one query for them all."""
    return set(db.session.scalars(records_with_scan(record, kind).where(Attachment.record_id.in_(list(ids)))))
