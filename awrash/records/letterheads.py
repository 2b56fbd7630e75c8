"""What every paper of the office bears besides its text: letterhead and signatory, by period."""

from __future__ import annotations

from datetime import date

from sqlalchemy import UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped

from awrash.database.columns import NAME, TEXT, column, word_column
from awrash.database.record import Record
from awrash.database.session import db
from awrash.rules.fields import InOrder, LatinName, PersonName, WebAddress
from awrash.values.language import _l
from awrash.values.states import Word


class HeadKind(Word):
    """Whose paper it is."""

    prefecture = "prefecture", _l("Papers of the prefecture")
    council = "council", _l("Papers of the council")


class Quality(Word):
    """In what quality a person signs."""

    governor = "governor", _l("The governor")
    general_secretary = "general_secretary", _l("The general secretary")
    council_president = "council_president", _l("The president of the council")
    head_of_unit = "head_of_unit", _l("The head of the unit")


class Letterhead(Record):
    """The head and foot of papers from a day on; its logo is an attached picture."""

    __shown__ = ("kind", "since")
    __table_args__ = (UniqueConstraint("kind", "since"),)

    kind: Mapped[HeadKind] = word_column(HeadKind, _l("Letterhead"))
    since: Mapped[date] = column(_l("Since"))
    lines_ar: Mapped[str] = column(
        _l("Lines in Arabic"),
        help=_l("One under the other, as they stand at the head of the page."),
        type_=TEXT,
    )
    lines_fr: Mapped[str] = column(_l("Lines in French"), type_=TEXT)
    city_ar: Mapped[str] = column(
        _l("City in Arabic"), help=_l("As in “done at …, on …” above the signature."), type_=NAME
    )
    city_fr: Mapped[str] = column(_l("City in French"), type_=NAME)
    foot_ar: Mapped[str | None] = column(
        _l("Foot of the page in Arabic"), help=_l("Address, phone, e-mail: one line."), type_=NAME
    )
    foot_fr: Mapped[str | None] = column(_l("Foot of the page in French"), type_=NAME)
    site: Mapped[str | None] = column(
        _l("Public address"),
        WebAddress(),
        help=_l("Where codes are verified, as https://awrash.example.ma; without it no certificate is issued."),
        type_=NAME,
    )

    @classmethod
    def on(cls, kind: HeadKind, day: date) -> Letterhead | None:
        """The letterhead in force on a day, or the first one for a day before it; None when there is none."""
        heads = select(cls).filter_by(kind=kind)
        in_force = heads.where(cls.since <= day).order_by(cls.since.desc()).limit(1)
        return db.session.scalar(in_force) or db.session.scalar(heads.order_by(cls.since).limit(1))

    @classmethod
    def site_on(cls, kind: HeadKind, day: date) -> str | None:
        """Where codes of that day's papers are verified; None when nobody has written it."""
        head = cls.on(kind, day)
        return head.site if head else None


class Signatory(Record):
    """Who signs in a quality, from a day and until another."""

    __shown__ = ("quality", "name")
    __rules__ = (InOrder("since", "until"),)

    quality: Mapped[Quality] = word_column(Quality, _l("Quality"))
    name_ar: Mapped[str] = column(_l("Name in Arabic"), PersonName(), type_=NAME)
    name_fr: Mapped[str] = column(_l("Name in French"), LatinName(), type_=NAME)
    since: Mapped[date] = column(_l("Since"))
    until: Mapped[date | None] = column(_l("Until"), help=_l("Empty while the person is in office."))

    @classmethod
    def on(cls, quality: Quality, day: date) -> Signatory | None:
        """Who signs in this quality on a day; None when nobody is recorded, and the paper leaves the name open."""
        in_office = (cls.since <= day, or_(cls.until.is_(None), cls.until >= day))
        signatories = select(cls).filter_by(quality=quality).where(*in_office)
        return db.session.scalar(signatories.order_by(cls.since.desc(), cls.id.desc()).limit(1))
