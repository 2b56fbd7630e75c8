"""What a record works out from its own fields and relations; `models.py` mixes it in."""

import math
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, inspect, select
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import object_session, validates

from awrash.database.record import Record, is_new, value_before
from awrash.database.session import db
from awrash.records.dated_figures import Parameter, declare_by, full_month_smig
from awrash.rules.signatures import PARTIES
from awrash.values import identifiers
from awrash.values import months as periods
from awrash.values.figure_names import Figure
from awrash.values.language import _l, office_day
from awrash.values.money import rounded
from awrash.values.states import (
    BENEFITED,
    BUREAU,
    NO_MARK,
    AccountState,
    AgreementState,
    ContractState,
    DeclarationState,
    Doubt,
    Mark,
    OfficerRole,
    ProjectState,
    SheetState,
)

NOTHING = Decimal("0.00")
NAMED = ("cnie", "family_name_ar", "given_name_ar", "family_name_fr", "given_name_fr")  # what a pay slip keeps of whom


def doubts_of(record: Any, **numbers: Any) -> list[str]:
    """What to read again on the card, field by field: label and doubt."""
    found = []
    for name, identifier in numbers.items():
        value = getattr(record, name)
        for code in identifier.doubts(value) if value else ():
            found.append((name, Doubt(code)))
        if name in ("rib", "phone") and hasattr(record, "others_with") and record.others_with(name):
            found.append((name, Doubt.shared))
    labels = inspect(type(record)).attrs
    return [f"{labels[name].info['label']}: {doubt.label}" for name, doubt in found]


class EditionFigures:
    def booked_person_months(self, besides: Any = None) -> int:
        """Person-months of approved projects, one left out; a terminated agreement frees its own."""
        return sum(
            project.person_months
            for call in self.calls
            for project in call.projects
            if project is not besides
            and project.state == ProjectState.approved
            and not any(one.state == AgreementState.terminated for one in project.agreements)
        )


class CarrierFigures:
    @property
    def president(self) -> Any:
        """Who signs for the carrier; None when the bureau is not recorded."""
        return next((one for one in self.officers if one.role == OfficerRole.president), None)

    @property
    def to_verify(self) -> list[str]:
        """Doubts about the carrier's numbers."""
        return doubts_of(self, cnss_affiliation=identifiers.affiliation, rib=identifiers.rib, phone=identifiers.phone)

    @property
    def shared_officers(self) -> list[Any]:
        """Officers of other bureaus who are the same persons as this bureau's, by CNIE."""
        bureau = [one for one in self.officers if one.role in BUREAU and one.cnie]
        if not bureau or not object_session(self):
            return []
        kind = type(bureau[0])
        same = select(kind).filter(
            kind.cnie.in_([one.cnie for one in bureau]),
            kind.role.in_(BUREAU),
            kind.carrier_id != self.id,
        )
        return list(db.session.scalars(same))


class Bounded:
    """What lasts some months, within the bounds of its call's opening day."""

    def month_bounds(self) -> tuple[int, int, int]:
        """Shortest and longest duration, and the longest that needs no reason, in months."""
        day = self.opening_day
        shortest, longest = (
            Parameter.on(Figure.shortest_months, day),
            Parameter.on(Figure.longest_months, day),
        )
        return int(shortest), int(longest), int(Parameter.on(Figure.months_without_reason, day))


class ProjectFigures(Bounded):
    @property
    def as_project(self) -> Any:
        return self

    @property
    def would_benefit(self) -> bool:
        return self.state == ProjectState.approved

    @property
    def is_being_deposited(self) -> bool:
        return value_before(self, "state") == ProjectState.draft != self.state

    @property
    def opening_day(self) -> date:
        return self.call.opens_on

    @property
    def value(self) -> Decimal:
        """Sum of the budget's eligible lines in dirhams; contributions in kind do not count."""
        eligible = self.call.edition.eligible_kinds
        lines = self.budget_lines
        return sum((one.amount for one in lines if one.kind in eligible and not one.in_kind), NOTHING)

    @property
    def management_fee(self) -> Decimal:
        """Share for administrative management in dirhams, at the rate of the call's opening day."""
        return rounded(self.value * Parameter.on(Figure.management_fee_rate, self.opening_day))

    @property
    def person_months(self) -> int:
        return (self.places or 0) * (self.months or 0)

    @property
    def score(self) -> Decimal | None:
        """Weighted mean of the points given, out of a hundred; None before the scoring."""
        scores = self.scores
        weights = sum(one.criterion.weight for one in scores)
        points = sum(one.points * one.criterion.weight for one in scores)
        return rounded(Decimal(points) / weights) if weights else None

    @property
    def missing_documents(self) -> list[Any]:
        """Lines of the call's checklist that have not been brought yet."""
        received = {one.document for one in self.documents if one.received_on}
        checklist = self.call.required_documents
        return [one for one in checklist if one.is_required and one not in received]

    @property
    def unscored_criteria(self) -> list[Any]:
        """Criteria of the grid that have no points yet."""
        scored = {one.criterion for one in self.scores}
        return [one for one in self.call.criteria if one not in scored]

    @property
    def wage_floor(self) -> Decimal:
        """The lowest monthly wage allowed, in dirhams."""
        return full_month_smig(self.opening_day)


class AgreementFigures(Bounded):
    @property
    def communal_clause(self) -> str | None:
        """[A] The clause of an agreement within communal powers."""
        if not self.project.within_communal_powers:
            return None
        clause = _l("The responsibility of the commune %(commune)s for its own powers is not lifted by this agreement.")
        return str(clause) % {"commune": self.project.commune}

    is_being_deposited = False

    @property
    def as_project(self) -> Any:
        return self.project

    @property
    def would_benefit(self) -> bool:
        return self.state != AgreementState.terminated

    @property
    def opening_day(self) -> date:
        return self.project.call.opens_on

    @property
    def months(self) -> int:
        return periods.whole_months(self.starts_on, self.ends_on)

    @property
    def months_reason(self) -> str | None:
        return self.project.months_reason

    @property
    def has_benefited(self) -> bool:
        return self.state in BENEFITED

    @validates("project")
    def given_its_carrier(self, _name: str, project: Any) -> Any:
        """[A] An agreement is signed with the carrier that proposed its project."""
        if project is not None:
            with db.session.no_autoflush:
                self.carrier = project.carrier
        return project

    @property
    def to_sign(self) -> list[str]:
        """The parties that have not signed yet: council, carrier, and the commune or a service when it is a party."""
        others = {"commune": self.tripartite, "service": bool(self.service)}
        return [one for one in PARTIES if others.get(one, True) and not getattr(self, f"{one}_signed_on")]

    @property
    def is_signed(self) -> bool:
        """Signed by all its parties."""
        return not self.to_sign


class ParticipantFigures:
    @property
    def to_verify(self) -> list[str]:
        """Doubts about the person's numbers, and what is recorded for somebody else too."""
        return doubts_of(
            self,
            cnie=identifiers.cnie,
            cnss_number=identifiers.cnss_number,
            rib=identifiers.rib,
            phone=identifiers.phone,
        )

    @validates("rib")
    def verified_again(self, _name: str, rib: Any) -> Any:
        """[A/F] A new account is verified again: until then no wage goes to it."""
        person: Any = self
        known, given = (identifiers.rib.compact(one or "") for one in (person.rib, rib))
        if not is_new(person) and person.account_state == AccountState.verified and known and given != known:
            person.account_state = AccountState.being_opened if given else AccountState.none
        return rib

    @property
    def as_person(self) -> Any:
        return self

    @property
    def first_day(self) -> date | None:
        """The latest day this person could start: the last of the editions' days, else the day recorded."""
        editions = Record.metadata.tables["edition"]
        return db.session.scalar(select(func.max(editions.c.ends_on))) or self.recorded_on

    def is_adult_on(self, day: date) -> bool:
        return periods.years_on(self.born_on, day) >= Parameter.on(Figure.adult_age, day)

    def others_with(self, field: str) -> list[Any]:
        """Other people recorded with the same account or phone: an alert, not a refusal."""
        value, session = getattr(self, field), object_session(self)
        if not value or not session:
            return []
        kind = type(self)
        same = select(kind).filter(getattr(kind, field) == value, kind.id != self.id)
        with session.no_autoflush:
            return list(session.scalars(same))

    def declared_days(self) -> dict[date, int]:
        """Days declared by month, from the locked attendance of every contract."""
        days: dict[date, int] = {}
        for contract in self.contracts:
            for line in contract.locked_lines:
                days[line.sheet.month] = days.get(line.sheet.month, 0) + line.days
        return dict(sorted((month, count) for month, count in days.items() if count))

    @property
    def cover_by_months(self) -> date | None:
        """Day the cover opens by the article's rule: some months after the first declared month began."""
        return cover_by_months(self.declared_days())

    @property
    def cover_by_days(self) -> date | None:
        """Day the cover opens by the CNSS rule: the month after the declared days are reached."""
        return cover_by_days(self.declared_days())

    @property
    def cover_ends_on(self) -> date | None:
        """Last day that rights can last after leaving; None while a contract runs."""
        ends = [one.ends_on for one in self.contracts if one.state == ContractState.ended]
        running = any(one.state == ContractState.running for one in self.contracts)
        return None if running or not ends else rights_end(max(ends))


def cover_by_months(declared: dict[date, int]) -> date | None:
    """`ParticipantFigures.cover_by_months`, of days declared by month, the earliest first."""
    first = next(iter(declared), None)
    if first is None:
        return None
    return periods.add_months(first, int(Parameter.on(Figure.cover_after_months, first)))


def cover_by_days(declared: dict[date, int]) -> date | None:
    """`ParticipantFigures.cover_by_days`, of days declared by month, the earliest first."""
    for month in declared:
        if sum(days_that_count(declared, month).values()) >= Parameter.on(Figure.cover_after_days, month):
            return periods.add_months(month, 1)
    return None


def days_that_count(declared: dict[date, int], month: date) -> dict[date, int]:
    """The declared days, by month, that count for the CNSS rule at the end of a month."""
    since = periods.add_months(month, 1 - int(Parameter.on(Figure.cover_days_within_months, month)))
    return {day: days for day, days in declared.items() if since <= day <= month}


def rights_end(left_on: date) -> date:
    """Last day that rights can last of somebody who left on a day."""
    return periods.add_months(left_on, int(Parameter.on(Figure.cover_lasts_months, left_on)))


class ContractFigures:
    @property
    def as_person(self) -> Any:
        return self.participant

    @property
    def first_day(self) -> date:
        return self.starts_on

    @property
    def months(self) -> int:
        return periods.whole_months(self.starts_on, self.ends_on)

    @property
    def longest_months(self) -> int:
        return int(Parameter.on(Figure.longest_months, self.starts_on))

    @property
    def never_ran(self) -> bool:
        """Ended before its first day: the person is free again."""
        return self.ends_on < self.starts_on

    @property
    def ran(self) -> bool:
        return self.state in (ContractState.running, ContractState.ended)

    def taken_places(self) -> int:
        """Places of the worksite held by other contracts on this one's first day."""
        kind, day = type(self), self.starts_on
        held = select(func.count(kind.id)).filter(
            kind.worksite_id == self.worksite.id,
            kind.starts_on <= day,
            kind.ends_on >= day,
            kind.id != (self.id or 0),
        )
        return int(db.session.scalar(held) or 0)

    @property
    def is_paid(self) -> bool:
        """Whether one of its wages stands in a frozen payroll."""
        return any(one.run and value_before(one.run, "frozen_at") for one in self.pay_slips)

    @property
    def locked_lines(self) -> list[Any]:
        return [one for one in self.attendance_lines if one.sheet.state == SheetState.locked]

    @property
    def wage_floor(self) -> Decimal:
        """The lowest monthly wage allowed on the first day, in dirhams."""
        return full_month_smig(self.starts_on)

    @property
    def worked_days(self) -> int:
        return sum(one.days for one in self.locked_lines)

    @property
    def planned_days(self) -> int:
        """Days of the contract as planned when it was prepared."""
        planned_until = self.planned_ends_on or self.ends_on
        full = int(Parameter.on(Figure.full_month_days, self.starts_on))
        return periods.planned_days(self.starts_on, planned_until, full)

    @property
    def certificate_days(self) -> int:
        """Fewest worked days that earn the certificate, a part of a day counted whole."""
        share = Parameter.on(Figure.certificate_share, self.starts_on)
        return math.ceil(self.planned_days * share)


class RunFigures:
    @property
    def done_on(self) -> date | None:
        """The office's day on which the payroll was calculated."""
        return office_day(self.calculated_at) if self.calculated_at else None

    @property
    def first_edition_on(self) -> date | None:
        """First day of the first edition."""
        with db.session.no_autoflush:
            return db.session.scalar(select(func.min(Record.metadata.tables["edition"].c.starts_on)))


class SlipFigures:
    @validates("contract")
    def who_and_where(self, _name: str, contract: Any) -> Any:
        """A slip keeps whom and what it paid, as they were named then."""
        slip: Any = self
        with db.session.no_autoflush:
            person, site = (contract.participant, contract.worksite) if contract is not None else (None, None)
        if person is not None and site is not None:
            for name in NAMED:
                setattr(slip, name, getattr(person, name))
            slip.contract_number, slip.worksite_code = contract.number, site.code
        return contract

    @property
    def most_days(self) -> int:
        """Most days that one person is declared in the month."""
        return int(Parameter.on(Figure.full_month_days, self.month))

    @property
    def most_days_in_all(self) -> int:
        """Most declared days of one person in the whole programme."""
        return self.most_days * int(Parameter.on(Figure.longest_months, self.month))


def edition_of(carrier: Any, month: date) -> Any:
    """The edition of the carrier's latest agreement that begins by the end of a month."""
    running = [one for one in carrier.agreements if one.starts_on <= periods.last_day(month)]
    return max(running, key=lambda one: one.starts_on).project.call.edition


class DeclarationFigures:
    @property
    def carrier_edition(self) -> Any:
        """The edition of the carrier's agreement that runs in the month: its settings of the CNSS files."""
        return edition_of(self.carrier, self.run.month)

    @property
    def due_on(self) -> date:
        """The last day to declare the month to CNSS."""
        return declare_by(self.run.month)


class PaymentFigures:
    @property
    def is_declared(self) -> bool:
        """Whether the carrier's declaration of the month is made and not rejected."""
        run, site = self.pay_slip.run, self.pay_slip.contract.worksite
        undone = (DeclarationState.to_make, DeclarationState.rejected)
        return any(one.carrier is site.agreement.carrier and one.state not in undone for one in run.declarations)


class VisitFigures:
    def sheets_before(self) -> list[Any]:
        """The sheets of the worksite at which the visit was recorded."""
        was = value_before(self, "worksite_id")
        visit: Any = self
        known = visit.worksite if visit.worksite is not None and visit.worksite.id == was else None
        site = known or db.session.get(inspect(type(visit)).relationships["worksite"].mapper.class_, was)
        return list(site.sheets)


class LineFigures:
    @hybrid_property
    def days(self) -> Any:
        """The days that count: as corrected after the lock, else as written on the sheet."""
        return self.days_worked if self.corrected_days is None else self.corrected_days

    @days.inplace.expression
    @classmethod
    def _days(cls) -> Any:
        return func.coalesce(cls.corrected_days, cls.days_worked)

    @hybrid_property
    def said(self) -> Any:
        """The situation that counts: as corrected after the lock, else as written on the sheet."""
        return self.corrected_situation or self.situation

    @said.inplace.expression
    @classmethod
    def _said(cls) -> Any:
        return func.coalesce(cls.corrected_situation, cls.situation)

    def said_before(self, correction: Any) -> tuple[int, Any]:
        """The days and the situation that counted before a correction."""
        earlier = [one for one in self.corrections if one is not correction]
        return (earlier[-1] if earlier else self).days_worked, (earlier[-1] if earlier else self).situation

    def marked_days(self, mark: Any = None) -> list[date | None]:
        """The days that carry a mark, or this mark; None for a day that the month doesn't have."""
        month, last = self.sheet.month, periods.last_day(self.sheet.month).day
        found = [
            number
            for number, letter in enumerate(self.marks or "", start=1)
            if letter != NO_MARK and mark in (None, letter)
        ]
        return [month.replace(day=number) if number <= last else None for number in found]


class SheetFigures:
    def gaps(self) -> list[tuple[Any, int]]:
        """Visits of the month that counted fewer people than the sheet says of that day, with what it says."""
        days = [day for line in self.lines for day in line.marked_days(Mark.worked)]
        return [(one, days.count(one.visited_on)) for one in self.visits if one.head_count < days.count(one.visited_on)]

    @property
    def visits(self) -> list[Any]:
        """The visits of this worksite in this month."""
        visits = self.worksite.visits if self.worksite else []
        return [one for one in visits if one.visited_on and one.visited_on.replace(day=1) == self.month]

    @property
    def done_on(self) -> date | None:
        """The day on which the sheet was locked."""
        return self.locked_on

    @property
    def most_days(self) -> int:
        """Most days that one person is declared in this month."""
        return int(Parameter.on(Figure.full_month_days, self.month))

    def days_elsewhere(self, line: Any) -> int:
        """Days that the same person has on other sheets of this month."""
        if not object_session(self) or not line.contract:
            return 0
        kind, lines = type(self), type(line)
        contracts = type(line.contract)
        asked = (
            select(func.coalesce(func.sum(lines.days), 0))
            .join(lines.sheet)
            .join(lines.contract)
            .filter(
                kind.month == self.month,
                kind.id != self.id,
                contracts.participant_id == line.contract.participant_id,
            )
        )
        with db.session.no_autoflush:
            return int(db.session.scalar(asked) or 0)
