"""What somebody at the counter asks: one person by name, card or phone, or one file by its number."""

import re
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from typing import Any

from sqlalchemy import Select, String, and_, case, false, func, literal, or_, select, union_all
from sqlalchemy.orm import joinedload, selectinload

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
from awrash.reports.health_cover import CoverRule, opening_of
from awrash.values import identifiers, sheet_code
from awrash.values.spelling import fold, sounds
from awrash.values.states import ContractState, SlipKind
from awrash.values.text import clean, trim_query

FILES: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (Project, ("reference",)),
    (Agreement, ("number",)),
    (Contract, ("number",)),
    (Certificate, ("serial",)),
    (Worksite, ("code",)),
    (Carrier, ("registration_number", "ice", "cnss_affiliation")),
)
COMPLAINTS = (Complaint, ("number",))
NAMED_WITH = {Agreement: Agreement.carrier, Contract: Contract.participant}  # what a file's own name crosses
BETWEEN_WORDS = re.compile(r"[\s_'’‘`´ʼʿʾ‐‑–—-]+")
NUMBER = re.compile(r"\+?[A-Z]{0,2}[0-9]{3,}")  # one number, in however many groups it was typed
TRUNK_ZERO = re.compile(r"^0(?=[5-8])")  # phones are kept with +212 in its place
WORDS, TOGETHER = 8, 3  # words that are read, and words that may be one name: ABD EL HAK
CANDIDATES = 200  # people that the database hands over to be put in order
LONG_KEY, PREFIX = 3, 2


@dataclass(frozen=True)
class Found:
    """One person and what the counter tells: contract, last wage, its transfer, the cover and the rights' end."""

    person: Participant
    contract: Contract | None
    slip: PaySlip | None
    payment: Payment | None
    cover_on: date | None
    cover_rule: CoverRule | None
    rights_end: date | None

    @property
    def cover_is_open(self) -> bool:
        return self.cover_rule == CoverRule.recorded

    @property
    def blocked_by(self) -> tuple[str, ...]:
        """Codes of the rules that stop the last wage."""
        return tuple((self.slip.blocked_by or "").split()) if self.slip else ()


@dataclass(frozen=True)
class Answer:
    people: list[Found]
    files: list[Any]


def look_up(asked: str, limit: int = 20, with_complaints: bool = False) -> Answer:
    """Everybody and every file that what was typed may mean: numbers first, then names as written, then as heard."""
    typed = clean(trim_query(asked))
    if not identifiers.plain(typed):
        return Answer([], [])
    kinds = (*FILES, COMPLAINTS) if with_complaints else FILES
    sheet = sheet_of_code(typed)
    found = _files(typed, limit, kinds)
    return Answer(_people(typed, limit), found if sheet is None else [sheet, *found])


def sheet_of_code(typed: str) -> AttendanceSheet | None:
    """The attendance sheet whose page carries this code, typed or scanned."""
    page = sheet_code.page_of(typed)
    return db.session.get(AttendanceSheet, page.sheet) if page else None


# ---- people


def _people(typed: str, limit: int) -> list[Found]:
    exact, words = _carries(typed), _words(typed)
    written = and_(*(one for one, _ in words)) if words else false()
    heard = and_(*(or_(one, other) for one, other in words)) if words else false()
    rank = case((exact, 0), (written, 1), else_=2).label("rank")
    names = (Participant.family_name_fr, Participant.given_name_fr, Participant.family_name_ar)
    asked = select(rank, Participant.id, *names, Participant.given_name_ar).where(or_(exact, heard))
    rows = db.session.execute(asked.order_by(rank, Participant.id).limit(CANDIDATES))
    best = sorted(rows, key=lambda row: (row.rank, -_closeness(typed, row[2:]), row.id))[:limit]
    order = {row.id: place for place, row in enumerate(best)}
    options = selectinload(Participant.contracts).options(
        joinedload(Contract.worksite),
        selectinload(Contract.attendance_lines).joinedload(AttendanceLine.sheet),
        selectinload(Contract.pay_slips).selectinload(PaySlip.payments),
    )
    people = db.session.scalars(select(Participant).where(Participant.id.in_(order)).options(options)) if order else ()
    return [_told(person) for person in sorted(people, key=lambda one: order[one.id])]


def _carries(typed: str) -> Any:
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


def _words(typed: str) -> list[tuple[Any, Any]]:
    """For each word the condition that a name has it as written, and the one that it sounds so.

    One number is one word however it is grouped. Without any word of two letters nobody is asked for by name.
    """
    number = identifiers.plain(typed)
    if NUMBER.fullmatch(number):
        return [(_holds(TRUNK_ZERO.sub("", identifiers.phone.compact(typed)).lower()), false())]
    words = [one for one in BETWEEN_WORDS.split(typed) if one][:WORDS]
    if not any(re.search(r"[^\W\d_]{2}", one) for one in words):
        return []
    together = _heard_together(words)
    found = []
    for place, word in enumerate(words):
        key = sounds(word)
        keys = [*([key] if key else []), *(whole for whole, places in together if place in places)]
        if not key and len(word) > 1 and re.fullmatch(r"[A-Za-z]+", word):
            continue  # an article
        phone = identifiers.phone.compact(word)
        parts = [phone] if phone.startswith("+") else fold(word).split()
        found.append((and_(*map(_holds, parts)) if parts else false(), or_(false(), *(_holds(f"~{k}~") for k in keys))))
    return found


def _heard_together(words: list[str]) -> list[tuple[str, range]]:
    """Sounds of words beside each other taken as one name: FATIMA ZOHRA for FATIMAZAHRA, BEN ALI for BENALI."""
    groups = (range(at, at + size) for size in range(2, TOGETHER + 1) for at in range(len(words) - size + 1))
    heard = ((sounds(" ".join(words[at] for at in group)), group) for group in groups)
    return [(key, group) for key, group in heard if len(key) >= LONG_KEY]


def _holds(word: str) -> Any:
    return Participant.search_text.contains(word, autoescape=True)


def _closeness(typed: str, names: Any) -> float:
    """How like the words of a name, in either script, are to those typed, in any order: 1 for the same words."""
    asked, known = fold(typed).split()[:WORDS], fold(" ".join(names)).split()
    best = [max((SequenceMatcher(None, word, one).ratio() for one in known), default=0) for word in asked]
    return sum(best) / len(best) if best else 0


def _told(person: Participant) -> Found:
    running = ContractState.running
    contract = max(person.contracts, key=lambda one: (one.state == running, one.starts_on, one.id), default=None)
    slips = [slip for one in person.contracts for slip in one.pay_slips]
    taken_back = {slip.reverses_id for slip in slips}
    stands = [one for one in slips if one.kind != SlipKind.reversal and one.id not in taken_back]
    slip = max(stands, key=lambda one: (one.month, one.id), default=None)
    payments = [(one.month, payment.id, payment) for one in slips for payment in one.payments]
    payment = max(payments)[-1] if payments else None
    return Found(person, contract, slip, payment, *opening_of(person), person.cover_ends_on)


# ---- files


def _files(typed: str, limit: int, kinds: tuple[Any, ...]) -> list[Any]:
    """Files of this number, then those whose number begins so, then carriers of this name."""
    found = union_all(*(_file_rows(typed, place, *kind) for place, kind in enumerate(kinds))).subquery()
    asked = select(found.c.kind, found.c.id).order_by(found.c.rank, found.c.kind, found.c.id).limit(limit)
    rows = db.session.execute(asked).all()
    known: dict[tuple[int, int], Any] = {}
    for place in {row.kind for row in rows}:
        record = kinds[place][0]
        loaded = select(record).where(record.id.in_([row.id for row in rows if row.kind == place]))
        if record in NAMED_WITH:
            loaded = loaded.options(joinedload(NAMED_WITH[record]))
        known |= {(place, one.id): one for one in db.session.scalars(loaded)}
    return [known[row.kind, row.id] for row in rows]


def _file_rows(typed: str, place: int, record: Any, fields: tuple[str, ...]) -> Select[Any]:
    """Kind, id and rank of one kind's files: 0 the number itself, 1 its beginning, 2 a carrier's name."""
    number, columns = identifiers.plain(typed), [_bare(getattr(record, name)) for name in fields]
    same = or_(*(one == number for one in columns))
    begins = or_(*(one.startswith(number, autoescape=True) for one in columns)) if len(number) >= PREFIX else same
    rank = case((same, 0), (begins, 1), else_=2).label("rank")
    words = fold(typed).split() if record is Carrier else []
    is_name = any(re.fullmatch(r"[^\W\d_]{2,}", word) for word in words)
    holds = [Carrier.search_text.contains(word, autoescape=True) for word in words[:WORDS]]
    named = and_(*holds) if is_name else false()
    return select(literal(place).label("kind"), record.id.label("id"), rank).where(or_(begins, named))


def _bare(column: Any) -> Any:
    """A number in SQL as `plain` makes it: capitals, without dashes, spaces, dots and strokes."""
    bare = func.upper(column, type_=String)
    for sign in "- ./":
        bare = func.replace(bare, sign, "", type_=String)
    return bare
