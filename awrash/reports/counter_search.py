"""The search of the counter: a person by name, card or phone, or a file by its number."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import SequenceMatcher
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, case, false, func, literal, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, joinedload, selectinload

from awrash.database.record import Record, holds_word
from awrash.database.session import db
from awrash.models import (
    Agreement,
    AttendanceLine,
    AttendanceSheet,
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
from awrash.records.declared_days import DeclaredMonths
from awrash.reports.blocked_wages import causes_now, paid_with
from awrash.reports.health_cover import CoverRule, declared_of_people, opening_of
from awrash.values import identifiers, sheet_code
from awrash.values.spelling import fold, search_terms, sounds
from awrash.values.states import ContractState, SlipKind
from awrash.values.text import clean, trim_query

FILES: tuple[tuple[type[Record], tuple[str, ...]], ...] = (
    (Project, ("reference",)),
    (Agreement, ("number",)),
    (Contract, ("number",)),
    (Certificate, ("serial",)),
    (Worksite, ("code",)),
    (Carrier, ("registration_number", "ice", "cnss_affiliation")),
)
COMPLAINTS: tuple[type[Record], tuple[str, ...]] = (Complaint, ("number",))
NAMED_WITH: dict[type[Record], InstrumentedAttribute[Any]] = {  # relations that a file's own name crosses
    Agreement: Agreement.carrier,
    Contract: Contract.participant,
}
BETWEEN_WORDS = re.compile(r"[\s_'’‘`´ʼʿʾ‐‑–—-]+")
NUMBER = re.compile(r"\+?[A-Z]{0,2}[0-9]{3,}")  # one number, in however many groups it was typed
TRUNK_ZERO = re.compile(r"^0(?=[5-8])")  # phones are kept with +212 in its place
WORDS, TOGETHER = 8, 3  # words that are read, and words that may be one name: ABD EL HAK
CANDIDATES = 200  # people that the database hands over to be put in order
LONG_KEY, PREFIX = 3, 2
HEARD = 2  # the rank of who only sounds like what was typed


@dataclass(frozen=True)
class WaitingWage:
    """A wage that a payroll blocked and none has paid since.

    `causes` are the codes of the rules that block it as things stand; when none does, it `comes_with` the wages of
    that month.
    """

    slip: PaySlip
    causes: tuple[str, ...]
    comes_with: date | None


@dataclass(frozen=True)
class PersonFound:
    """One person as the counter shows them: contract, last wage and its transfer, cover, last day of the rights."""

    person: Participant
    contract: Contract | None
    slip: PaySlip | None
    payment: Payment | None
    cover_on: date | None
    cover_rule: CoverRule | None
    rights_end: date | None
    only_sounds_alike: bool = False  # nothing of the person is written as it was typed
    waiting: tuple["WaitingWage", ...] = ()

    @property
    def cover_is_open(self) -> bool:
        return self.cover_rule == CoverRule.recorded


@dataclass(frozen=True)
class Answer:
    """The people and the files that a query found, the likeliest first."""

    people: list[PersonFound]
    files: list[Record]


def look_up(query: str, limit: int = 20, with_complaints: bool = False) -> Answer:
    """The people and files that a query may mean: by number first, then by names as written, then as they sound."""
    typed = clean(trim_query(query))
    if not identifiers.plain(typed):
        return Answer([], [])
    kinds = (*FILES, COMPLAINTS) if with_complaints else FILES
    sheet = sheet_of_code(typed)
    files = _files(typed, limit, kinds)
    return Answer(_people(typed, limit), files if sheet is None else [sheet, *files])


def sheet_of_code(typed: str) -> AttendanceSheet | None:
    """The attendance sheet whose page carries this code, typed or scanned."""
    page = sheet_code.page_of(typed)
    return db.session.get(AttendanceSheet, page.sheet) if page else None


# ---- people


def _people(typed: str, limit: int) -> list[PersonFound]:
    exact, words = _has_number(typed), _words(typed)
    written = and_(*(as_written for as_written, _ in words)) if words else false()
    heard = and_(*(or_(as_written, as_heard) for as_written, as_heard in words)) if words else false()
    rank = case((exact, 0), (written, 1), else_=HEARD).label("rank")
    names = (Participant.family_name_fr, Participant.given_name_fr, Participant.family_name_ar)
    candidates = select(rank, Participant.id, *names, Participant.given_name_ar).where(or_(exact, heard))
    rows = db.session.execute(candidates.order_by(rank, Participant.id).limit(CANDIDATES))
    best = sorted(rows, key=lambda row: (row.rank, -_closeness(typed, row[2:]), row.id))[:limit]
    order = {row.id: place for place, row in enumerate(best)}
    options = selectinload(Participant.contracts).options(
        joinedload(Contract.worksite),
        selectinload(Contract.attendance_lines).joinedload(AttendanceLine.sheet),
        selectinload(Contract.pay_slips).selectinload(PaySlip.payments),
    )
    people = db.session.scalars(select(Participant).where(Participant.id.in_(order)).options(options)) if order else ()
    heard_only = {row.id for row in best if row.rank == HEARD}
    in_order = sorted(people, key=lambda person: order[person.id])
    declared = declared_of_people(in_order)
    return [
        replace(_person_found(person, declared[person.id]), only_sounds_alike=person.id in heard_only)
        for person in in_order
    ]


def _has_number(typed: str) -> ColumnElement[bool]:
    """Whether a person has exactly this number: on a card, on the phone, on a contract or a certificate."""
    number = identifiers.plain(typed)
    papers: list[Any] = [
        select(Contract.participant_id).where(_bare(Contract.number) == number),
        select(Contract.participant_id).join(Contract.certificates).where(_bare(Certificate.serial) == number),
    ]
    return or_(
        Participant.cnie == number,
        Participant.cnss_number == number,
        Participant.phone == identifiers.phone.compact(typed),
        *(Participant.id.in_(paper) for paper in papers),
    )


def _words(typed: str) -> list[tuple[ColumnElement[bool], ColumnElement[bool]]]:
    """For each word the condition that a name has it as written, and the one that it sounds so.

    One number is one word however it is grouped. Without any word of two letters nobody is asked for by name.
    """
    number = identifiers.plain(typed)
    if NUMBER.fullmatch(number):
        return [(_holds(TRUNK_ZERO.sub("", identifiers.phone.compact(typed)).lower()), false())]
    words = [word for word in BETWEEN_WORDS.split(typed) if word][:WORDS]
    if not any(re.search(r"[^\W\d_]{2}", word) and len(fold(word)) > 1 for word in words):
        return []
    together = _heard_together(words)
    conditions = []
    for place, word in enumerate(words):
        key = sounds(word)
        keys = [*([key] if key else []), *(whole for whole, places in together if place in places)]
        terms = search_terms(word)
        if not key and terms == fold(word).split() and re.fullmatch(r"[A-Za-z]{2,}", word):
            continue  # an article
        phone = identifiers.phone.compact(word)
        parts = [phone] if phone.startswith("+") else terms
        as_written = and_(*map(_holds, parts)) if parts else false()
        conditions.append((as_written, or_(false(), *(_sounds_as(sound) for sound in keys))))
    return conditions


def _heard_together(words: list[str]) -> list[tuple[str, range]]:
    """Sounds of words beside each other taken as one name: FATIMA ZOHRA for FATIMAZAHRA, BEN ALI for BENALI."""
    groups = (range(at, at + size) for size in range(2, TOGETHER + 1) for at in range(len(words) - size + 1))
    heard = ((sounds(" ".join(words[at] for at in group)), group) for group in groups)
    return [(key, group) for key, group in heard if len(key) >= LONG_KEY]


def _holds(word: str) -> ColumnElement[bool]:
    return holds_word(Participant, word)


def _sounds_as(key: str) -> ColumnElement[bool]:
    return Participant.search_text.contains(f"~{key}~", autoescape=True)


def _closeness(typed: str, names: Sequence[str]) -> float:
    """How like the words of a name, in either script, are to those typed, in any order: 1 for the same words."""
    typed_words, name_words = fold(typed).split()[:WORDS], fold(" ".join(names)).split()
    best = [max((_likeness(word, name_word) for name_word in name_words), default=0.0) for word in typed_words]
    return sum(best) / len(best) if best else 0


def _likeness(word: str, other: str) -> float:
    """From 0 to 1, how much of two words is the same, in the same order."""
    return SequenceMatcher(None, word, other).ratio()


def _running_then_latest(contract: Contract) -> tuple[bool, date, int]:
    return contract.state == ContractState.running, contract.starts_on, contract.id


def _person_found(person: Participant, declared: DeclaredMonths) -> PersonFound:
    contract = max(person.contracts, key=_running_then_latest, default=None)
    slips = [slip for contract in person.contracts for slip in contract.pay_slips]
    taken_back = {slip.reverses_id for slip in slips}
    stands = [slip for slip in slips if slip.kind != SlipKind.reversal and slip.id not in taken_back]
    slip = max(stands, key=lambda slip: (slip.month, slip.id), default=None)
    payments = [(slip.month, payment.id, payment) for slip in slips for payment in slip.payments]
    payment = max(payments)[-1] if payments else None
    waiting = tuple(_waiting_wage(slip) for slip in _blocked(stands))
    opening = opening_of(person, declared)
    return PersonFound(person, contract, slip, payment, *opening, person.cover_ends_on, waiting=waiting)


def _blocked(slips: Sequence[PaySlip]) -> list[PaySlip]:
    """The slips that are blocked and whose wage no other slip pays, by month."""
    paid = {(slip.contract_id, slip.month) for slip in slips if not slip.blocked_by}
    blocked = [slip for slip in slips if slip.blocked_by and (slip.contract_id, slip.month) not in paid]
    return sorted(blocked, key=lambda slip: (slip.month, slip.id))


def _waiting_wage(slip: PaySlip) -> WaitingWage:
    causes = causes_now(slip)
    return WaitingWage(slip, causes, None if causes else paid_with(slip))


# ---- files


def _files(typed: str, limit: int, kinds: tuple[tuple[type[Record], tuple[str, ...]], ...]) -> list[Record]:
    """Files of this number, then those whose number begins so, then carriers of this name."""
    matches = union_all(*(_file_rows(typed, place, *kind) for place, kind in enumerate(kinds))).subquery()
    best = select(matches.c.kind, matches.c.id).order_by(matches.c.rank, matches.c.kind, matches.c.id).limit(limit)
    rows = db.session.execute(best).all()
    known: dict[tuple[int, int], Record] = {}
    for place in {row.kind for row in rows}:
        record = kinds[place][0]
        loaded = select(record).where(record.id.in_([row.id for row in rows if row.kind == place]))
        if record in NAMED_WITH:
            loaded = loaded.options(joinedload(NAMED_WITH[record]))
        known |= {(place, file.id): file for file in db.session.scalars(loaded)}
    return [known[row.kind, row.id] for row in rows]


def _file_rows(typed: str, place: int, record: type[Record], fields: tuple[str, ...]) -> Select[Any]:
    """Kind, id and rank of one kind's files: 0 the number itself, 1 its beginning, 2 a carrier's name."""
    number, columns = identifiers.plain(typed), [_bare(getattr(record, name)) for name in fields]
    same = or_(*(column == number for column in columns))
    begins = or_(*(column.startswith(number, autoescape=True) for column in columns)) if len(number) >= PREFIX else same
    rank = case((same, 0), (begins, 1), else_=2).label("rank")
    words = search_terms(typed) if record is Carrier else []
    is_name = any(re.fullmatch(r"[^\W\d_]{2,}", word) for word in words)
    holds = [holds_word(Carrier, word) for word in words[:WORDS]]
    named = and_(*holds) if is_name else false()
    return select(literal(place).label("kind"), record.id.label("id"), rank).where(or_(begins, named))


def _bare(column: InstrumentedAttribute[Any]) -> ColumnElement[str]:
    """A number in SQL as `plain` makes it: capitals, without dashes, spaces, dots and strokes."""
    bare: ColumnElement[str] = func.upper(column, type_=String)
    for sign in "- ./":
        bare = func.replace(bare, sign, "", type_=String)
    return bare
