"""What somebody at the counter asks: one person by name, card or phone, or one file by its number."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, case, or_, select, true
from sqlalchemy.orm import selectinload

from awrash.database import db
from awrash.models import (
    Agreement,
    Carrier,
    Certificate,
    Complaint,
    Contract,
    Participant,
    Payment,
    PaySlip,
    Project,
    Worksite,
)
from awrash.rules import Phone
from awrash.text import clean, fold, sounds

FILES: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (Project, ("reference",)),
    (Agreement, ("number",)),
    (Contract, ("number",)),
    (Certificate, ("serial",)),
    (Worksite, ("code",)),
    (Carrier, ("registration_number", "ice", "cnss_affiliation")),
)


@dataclass(frozen=True)
class Found:
    """One person and what the counter tells: last contract, last wage, its transfer, and the day cover opens."""

    person: Participant
    contract: Contract | None
    slip: PaySlip | None
    payment: Payment | None
    cover_on: date | None

    @property
    def cover_is_open(self) -> bool:
        return self.person.cover_opened_on is not None


@dataclass(frozen=True)
class Answer:
    people: list[Found]
    files: list[Any]


def look_up(asked: str, limit: int = 20, with_complaints: bool = False) -> Answer:
    """Everybody and every file that what was typed may mean; numbers before names, exact before alike."""
    typed = clean(asked)
    if not typed:
        return Answer([], [])
    return Answer(_people(typed, limit), _files(typed, limit, with_complaints))


def _people(typed: str, limit: int) -> list[Found]:
    number = "".join(typed.upper().split())
    phone = Phone().clean(number)
    exact = or_(Participant.cnie == number, Participant.cnss_number == number, Participant.phone == phone)
    written = [_holds(word) for word in fold(typed).split()]
    heard = [_holds(f"~{key}~") for key in map(sounds, typed.split()) if key]
    alike = [and_(*one) for one in (written, heard) if one]
    asked = (
        select(Participant)
        .where(or_(exact, *alike))
        .order_by(case((exact, 0), (and_(true(), *written), 1), else_=2), Participant.id)
        .limit(limit)
        .options(selectinload(Participant.contracts).selectinload(Contract.pay_slips).selectinload(PaySlip.payments))
    )
    return [_told(person) for person in db.session.scalars(asked)]


def _holds(word: str) -> Any:
    return Participant.search_text.contains(word, autoescape=True)


def _told(person: Participant) -> Found:
    contract = max(person.contracts, key=lambda one: one.starts_on, default=None)
    slips = [slip for one in person.contracts for slip in one.pay_slips]
    slip = max(slips, key=lambda one: (one.month, one.id), default=None)
    payments = [payment for one in slips for payment in one.payments]
    payment = max(payments, key=lambda one: (one.pay_slip.month, one.id), default=None)
    days = [day for day in (person.cover_by_months, person.cover_by_days) if day]
    return Found(person, contract, slip, payment, person.cover_opened_on or min(days, default=None))


def _files(typed: str, limit: int, with_complaints: bool) -> list[Any]:
    found: list[Any] = []
    for record, fields in (*FILES, *(((Complaint, ("number",)),) if with_complaints else ())):
        same = or_(*(getattr(record, name).istartswith(typed, autoescape=True) for name in fields))
        found += db.session.scalars(select(record).where(same).order_by(record.id).limit(limit))
    return found[:limit]
