"""Health cover: when it opens and by which rule, what an absence delays, when the rights end, and whose.

[A] Cover opens three months after the declaration, one that went to CNSS and was not rejected; [F] by the CNSS rule
after 54 declared days within six months; both dates are shown and the earlier counts. [F] Rights last at most six
months after leaving. docs/programme.md, "Health cover"; the dates themselves are those of `records/derived.py`, and the
numbers dated figures.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from flask_babel import force_locale
from flask_babel.speaklater import LazyString
from sqlalchemy import ColumnElement, Select, func, or_, select

from awrash.database.session import db
from awrash.models import Contract, Participant
from awrash.records.dated_figures import Parameter
from awrash.records.declared_days import DeclaredMonths, declared_of, first_declared
from awrash.records.derived import (
    cover_by_days,
    cover_by_months,
    days_by_month,
    days_that_count,
    first_declaration,
    rights_end,
)
from awrash.records.issued_papers import IssuedPaper, IssuedState
from awrash.values import months as periods
from awrash.values.figure_names import Figure
from awrash.values.language import LANGUAGES, _l, format_in_sentence, isolate_in_arabic, month_name
from awrash.values.states import ContractState, Word

# Months ahead in which rights are told as about to end: time for a call and a new file [D]:
# docs/programme.md, "Health cover".
ENDING_WITHIN = 2
COVER_CERTIFICATE = "cover_certificate"  # its paper's name in the catalogue


class CoverRule(Word):
    """What says when the cover opens."""

    recorded = "recorded", _l("Cover opened on")
    months = "months", _l("Cover opens, by months since the declaration")
    days = "days", _l("Cover opens, by declared days")


Opening = tuple[date | None, CoverRule | None]


def opening_of(person: Participant, declared: DeclaredMonths | None = None) -> Opening:
    """The day the cover opens, recorded or forecast from what is declared, and by which rule; the earlier counts.

    `declared` is what CNSS was told of the person, for who has read it for several people at once.
    """
    declared = person.declared_months() if declared is None else declared
    return _earliest(person.cover_opened_on, cover_by_months(declared), cover_by_days(days_by_month(declared)))


def declared_of_people(people: Iterable[Participant]) -> dict[int, DeclaredMonths]:
    """What CNSS was told of each of these people, by the person's id; one select."""
    ids = [person.id for person in people]
    known = declared_of(lambda number: number.in_(ids)) if ids else {}
    return {number: known.get(number, {}) for number in ids}


def _earliest(recorded: date | None, by_months: date | None, by_days: date | None) -> Opening:
    if recorded:
        return recorded, CoverRule.recorded
    days = ((by_months, CoverRule.months), (by_days, CoverRule.days))
    return min(((day, rule) for day, rule in days if day), key=lambda opening: opening[0], default=(None, None))


# ---- one person


@dataclass(frozen=True)
class Absence:
    """What a month without a declared day moves: the dates if the person works it whole, and if they don't.

    `days_missing` are the declared days that the CNSS rule still asks of the month, None where it cannot be reached
    in it. After that month both dates suppose whole months until the contract's last day; None is not reached by it.
    """

    month: date
    days_missing: int | None
    opens_working: date | None
    opens_absent: date | None
    by_days_working: date | None
    by_days_absent: date | None


@dataclass(frozen=True)
class Cover:
    """The cover of one person: days declared by month, both dates and what each rests on, the end of the rights.

    `counted` are the months and days that the CNSS rule counts: those that reached it, else those that count now.
    """

    declared: DeclaredMonths
    opens_on: date | None
    rule: CoverRule | None
    by_months: date | None
    by_days: date | None
    counted: dict[date, int]
    days_asked: int
    ends_on: date | None
    absence: Absence | None

    @property
    def declared_on(self) -> date | None:
        """The day of the first declaration, on which the three-month rule rests."""
        return first_declaration(self.declared)

    @property
    def first_month(self) -> date | None:
        """The month that the first declaration declares."""
        on = self.declared_on
        return next((month for month, line in self.declared.items() if on and line.declared_on == on), None)

    @property
    def days_counted(self) -> int:
        return sum(self.counted.values())

    @property
    def days_left(self) -> int:
        """Declared days that the CNSS rule still asks for, of those that count now."""
        return max(self.days_asked - self.days_counted, 0) if self.by_days is None else 0


def cover_of(person: Participant, today: date, months: DeclaredMonths | None = None) -> Cover:
    """A person's cover as it is known on a day; `months` is what CNSS was told of them, when it was read before."""
    months = person.declared_months() if months is None else months
    declared = days_by_month(months)
    by_months, by_days = cover_by_months(months), cover_by_days(declared)
    opens_on, rule = _earliest(person.cover_opened_on, by_months, by_days)
    last = max(declared, default=today.replace(day=1))
    at = periods.add_months(by_days, -1) if by_days else max(last, today.replace(day=1))
    return Cover(
        declared=months,
        opens_on=opens_on,
        rule=rule,
        by_months=by_months,
        by_days=by_days,
        counted=days_that_count(declared, at),
        days_asked=int(Parameter.on(Figure.cover_after_days, at)),
        ends_on=person.cover_ends_on,
        absence=None if by_days or rule == CoverRule.recorded else _absence(person, declared, by_months),
    )


def _absence(person: Participant, declared: dict[date, int], by_months: date | None) -> Absence | None:
    """What an absence in the first month that is neither declared nor locked moves; nothing where no contract runs in
    it, and nothing for whom nothing is declared: the forecast goes on from what CNSS was told.
    """
    running = next((contract for contract in person.contracts if contract.state == ContractState.running), None)
    if running is None or not declared:
        return None
    locked = (line.sheet.month for contract in person.contracts for line in contract.locked_lines)
    last = max(*declared, *locked, date.min)
    ahead = {month: _planned(running, month) for month in periods.months(running.starts_on, running.ends_on)}
    ahead = {month: days for month, days in ahead.items() if month > last and days}
    if not ahead:
        return None
    month, planned = next(iter(ahead.items()))
    working = declared | ahead
    absent = {day: days for day, days in working.items() if day != month}
    missing = int(Parameter.on(Figure.cover_after_days, month)) - sum(days_that_count(declared, month).values())
    by_days_working, by_days_absent = cover_by_days(working), cover_by_days(absent)
    return Absence(
        month,
        days_missing=missing if missing <= planned else None,
        opens_working=_earliest(None, by_months, by_days_working)[0],
        opens_absent=_earliest(None, by_months, by_days_absent)[0],
        by_days_working=by_days_working,
        by_days_absent=by_days_absent,
    )


def _planned(contract: Contract, month: date) -> int:
    """Days that a contract plans in a month, most of them those of a full month."""
    first, last = max(contract.starts_on, month), min(contract.ends_on, periods.last_day(month))
    return periods.planned_days(first, last, int(Parameter.on(Figure.full_month_days, month)))


# ---- read out at the counter

UNKNOWN = _l("Nothing is declared for you to CNSS yet: the day your health cover opens is known after that.")
OPENED = _l("Your health cover is open since %(day)s.")
TO_CONFIRM = _l(
    "By what is declared for you, your health cover is open since %(day)s: CNSS confirms it at its counter."
)
OPENS = _l("Your health cover opens on %(day)s.")
OPENS_WORKING = _l("Your health cover opens on %(day)s if you work until then.")
MOVED = _l("Without a declared day in %(month)s it opens on %(later)s.")
LASTS = _l("You have left: your rights last until %(end)s at the latest.")
ENDED = _l("Your rights after leaving ended on %(end)s.")
NO_RIGHTS = _l("You left before your health cover could open: no rights last after that.")


def reading(cover: Cover, today: date) -> dict[str, list[str]]:
    """What to read out to the person, sentence by sentence, in each language of the office, Arabic first."""
    sentences = _sentences(cover, today)
    lines = {}
    for code in LANGUAGES:
        with force_locale(code):
            lines[code] = [_written(text, facts) for text, facts in sentences]
    return lines


def _written(text: LazyString, facts: dict[str, date]) -> str:
    return str(text) % {name: _fact(name, day) for name, day in facts.items()}


def _fact(name: str, day: date) -> str:
    return isolate_in_arabic(month_name(day) if name == "month" else format_in_sentence(day))


def _sentences(cover: Cover, today: date) -> list[tuple[LazyString, dict[str, date]]]:
    opens_on, end, absence = cover.opens_on, cover.ends_on, cover.absence
    if end and (opens_on is None or opens_on > end):
        return [(NO_RIGHTS, {})]
    if end and end < today:
        return [(ENDED, {"end": end})]
    if opens_on is None:
        return [(UNKNOWN, {})]
    sooner = absence.opens_working if absence and not end else None
    if absence and sooner and today < sooner < opens_on:
        moved = (MOVED, {"month": absence.month, "later": absence.opens_absent or opens_on})
        return [(OPENS_WORKING, {"day": sooner}), *([moved] if absence.opens_absent != sooner else [])]
    opens = OPENED if cover.rule == CoverRule.recorded else TO_CONFIRM if opens_on <= today else OPENS
    return [(opens, {"day": opens_on}), *([(LASTS, {"end": end})] if end else [])]


# ---- whose cover opens, whose rights end


@dataclass(frozen=True)
class CoverLine:
    """One person in a list of covers: the day told, the rule it comes from, the days declared in all."""

    participant_id: int
    day: date
    rule: CoverRule
    days: int


def _declared(whose: ColumnElement[bool]) -> dict[int, DeclaredMonths]:
    """What CNSS was told of the people whom a condition names."""
    return declared_of(lambda number: number.in_(select(Participant.id).where(whose)))


def _recorded(whose: ColumnElement[bool]) -> dict[int, date | None]:
    return dict(db.session.execute(select(Participant.id, Participant.cover_opened_on).where(whose)).tuples().all())


def opening(today: date) -> dict[str, list[CoverLine]]:
    """Whose cover opens in this month, and in the next, the earliest first; two selects.

    Who was declared before these months' own first declarations could open them has an earlier date by the first rule.
    """
    this = today.replace(day=1)
    months = {"this_month": this, "next_month": periods.add_months(this, 1)}
    since = periods.add_months(this, -int(Parameter.on(Figure.cover_after_months, this)))
    until = periods.last_day(months["next_month"])
    first = first_declared()
    began = select(first.c.participant_id).where(or_(first.c.declared_on >= since, first.c.declared_on.is_(None)))
    recorded = Participant.cover_opened_on.between(this, until)
    whose = or_(Participant.id.in_(began), recorded)
    known = _recorded(whose)
    lines = _lines(_declared(whose), known)
    return {name: [line for line in lines if line.day.replace(day=1) == month] for name, month in months.items()}


def _lines(declared: dict[int, DeclaredMonths], recorded: dict[int, date | None]) -> list[CoverLine]:
    lines = []
    for person, opened_on in recorded.items():
        months = declared.get(person, {})
        days = days_by_month(months)
        day, rule = _earliest(opened_on, cover_by_months(months), cover_by_days(days))
        if day and rule:
            lines.append(CoverLine(person, day, rule, sum(days.values())))
    return sorted(lines, key=lambda line: (line.day, line.participant_id))


def _left() -> Select[tuple[int, date]]:
    """Who has left, and the last day of their last contract."""
    running = select(Contract.participant_id).where(Contract.state == ContractState.running)
    ended = select(Contract.participant_id, func.max(Contract.ends_on)).where(Contract.state == ContractState.ended)
    return ended.where(Contract.participant_id.not_in(running)).group_by(Contract.participant_id)


def ending(today: date, within: int = ENDING_WITHIN) -> dict[str, list[CoverLine]]:
    """Whose rights end within so many months, the first first, and whose ended, the last first; three selects.

    Only of people whose cover opened, or could by what is declared, before their rights end.
    """
    ends = {person: rights_end(left_on) for person, left_on in db.session.execute(_left())}
    people = _left().with_only_columns(Contract.participant_id)
    whose = Participant.id.in_(people)
    lines = _lines(_declared(whose), _recorded(whose))
    had = [CoverLine(line.participant_id, ends[line.participant_id], line.rule, line.days) for line in lines
           if line.day <= ends[line.participant_id]]  # fmt: skip
    had.sort(key=lambda line: (line.day, line.participant_id))
    until = periods.add_months(today, within)
    return {
        "ending": [line for line in had if today <= line.day <= until],
        "ended": [line for line in reversed(had) if line.day < today],
    }


# ---- what rests on no declaration


def open_too_early() -> list[Participant]:
    """People whose cover was recorded open before what is declared can open it: recorded when locked days counted."""
    people = db.session.scalars(select(Participant).where(Participant.cover_opened_on.is_not(None))).all()
    declared = _declared(Participant.cover_opened_on.is_not(None))
    early = []
    for person in people:
        months = declared.get(person.id, {})
        opens_on = _earliest(None, cover_by_months(months), cover_by_days(days_by_month(months)))[0]
        if person.cover_opened_on and (opens_on is None or opens_on > person.cover_opened_on):
            early.append(person)
    return early


def certified_without_declaration() -> list[IssuedPaper]:
    """Certificates of cover that stand although nothing is declared for their person."""
    standing = (IssuedPaper.document == COVER_CERTIFICATE, IssuedPaper.state == IssuedState.issued)
    declared = declared_of(lambda number: number.in_(select(IssuedPaper.record_id).where(*standing)))
    papers = db.session.scalars(select(IssuedPaper).where(*standing).order_by(IssuedPaper.id))
    return [paper for paper in papers if paper.record_id not in declared]
