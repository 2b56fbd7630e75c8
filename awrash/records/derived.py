"""What a record works out from its own fields and relations; `models.py` mixes it in.

Each class declares, for the type checker alone, the fields of its record that it reads. Amounts are dirhams.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import ColumnElement, case, func, inspect, select, type_coerce
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, object_mapper, object_session, validates

from awrash.database.record import Record, is_new, relation_changed, value_before
from awrash.database.session import db
from awrash.records.audit import day_of_work
from awrash.records.dated_figures import Parameter, declare_by, full_month_smig
from awrash.records.declared_days import DeclaredMonths, declared_of
from awrash.records.work_calendar import Holiday, holidays_of
from awrash.records.worksite_places import (
    ONE_DAY,
    Span,
    most_places_beside,
    most_places_taken,
    places_taken_by_others,
)
from awrash.rules.signatures import PARTIES
from awrash.values import identifiers
from awrash.values import months as periods
from awrash.values.figure_names import Figure
from awrash.values.language import _l, office_day
from awrash.values.money import PER_DIRHAM, Money, dirhams, round_half_up, rounded
from awrash.values.states import (
    BENEFITED,
    BUREAU,
    DEFAULT_REST,
    NO_MARK,
    NOT_MADE,
    OVER,
    AccountState,
    AgreementState,
    BudgetKind,
    ContractState,
    DeclarationState,
    Doubt,
    Mark,
    OfficerRole,
    ProjectState,
    SheetState,
    Situation,
    Weekday,
    WorksiteState,
)

NOTHING = Decimal("0.00")
# what a pay slip keeps of its person
KEPT_ON_SLIP = ("cnie", "family_name_ar", "given_name_ar", "family_name_fr", "given_name_fr")


# ---- what the classes below read of records that work nothing out themselves


class CallFields(Protocol):
    @property
    def opens_on(self) -> date: ...
    @property
    def edition(self) -> EditionFigures: ...
    @property
    def projects(self) -> Sequence[ProjectFigures]: ...
    @property
    def required_documents(self) -> Sequence[RequiredDocumentFields]: ...
    @property
    def criteria(self) -> Sequence[CriterionFields]: ...


class RequiredDocumentFields(Protocol):
    @property
    def name_ar(self) -> str: ...
    @property
    def is_required(self) -> bool: ...


class CriterionFields(Protocol):
    @property
    def weight(self) -> int: ...


class DocumentFields(Protocol):
    @property
    def document(self) -> RequiredDocumentFields: ...
    @property
    def received_on(self) -> date | None: ...


class ScoreFields(Protocol):
    @property
    def criterion(self) -> CriterionFields: ...
    @property
    def points(self) -> int: ...


class BudgetLineFields(Protocol):
    @property
    def kind(self) -> BudgetKind: ...
    @property
    def in_kind(self) -> bool: ...
    @property
    def amount(self) -> Decimal: ...


class CorrectionFields(Protocol):
    @property
    def days_worked(self) -> int: ...
    @property
    def situation(self) -> Situation: ...


# ---- what each record works out


def doubts_of(record: CarrierFigures | ParticipantFigures, **numbers: identifiers.Identifier) -> list[str]:
    """What to read again on the card: the label of each doubtful field, with the doubt."""
    doubts = []
    for name, identifier in numbers.items():
        value = getattr(record, name)
        for code in identifier.doubts(value) if value else ():
            doubts.append((name, Doubt(code)))
        if name in ("rib", "phone") and isinstance(record, ParticipantFigures) and record.others_with(name):
            doubts.append((name, Doubt.shared))
    labels = object_mapper(record).attrs
    return [f"{labels[name].info['label']}: {doubt.label}" for name, doubt in doubts]


class EditionFigures:
    if TYPE_CHECKING:
        calls: Mapped[Sequence[CallFields]]
        eligible_kinds: Mapped[list[BudgetKind]]
        rest_days: Mapped[list[Weekday]]
        damancom_surname_first: Mapped[bool]
        damancom_crlf: Mapped[bool]
        damancom_month_first: Mapped[bool]

    def booked_person_months(self, besides: ProjectFigures | None = None) -> int:
        """Person-months of the approved projects but `besides`; a terminated agreement frees those of its project."""
        return sum(
            project.person_months
            for call in self.calls
            for project in call.projects
            if project is not besides
            and project.state == ProjectState.approved
            and not any(agreement.state == AgreementState.terminated for agreement in project.agreements)
        )


class OfficerFields(Protocol):
    role: Mapped[OfficerRole]
    cnie: Mapped[str | None]
    carrier_id: Mapped[int]


class CarrierFigures:
    if TYPE_CHECKING:
        id: Mapped[int]
        officers: Mapped[Sequence[OfficerFields]]
        agreements: Mapped[Sequence[AgreementFigures]]

    @property
    def president(self) -> OfficerFields | None:
        """Who signs for the carrier; None when the bureau is not recorded."""
        return next((officer for officer in self.officers if officer.role == OfficerRole.president), None)

    @property
    def to_verify(self) -> list[str]:
        """Doubts about the carrier's numbers."""
        return doubts_of(self, cnss_affiliation=identifiers.affiliation, rib=identifiers.rib, phone=identifiers.phone)

    @property
    def shared_officers(self) -> list[OfficerFields]:
        """Officers of other bureaus who are the same persons as this bureau's, by CNIE."""
        bureau = [officer for officer in self.officers if officer.role in BUREAU and officer.cnie]
        if not bureau or not object_session(self):
            return []
        kind = type(bureau[0])
        same = select(kind).filter(
            kind.cnie.in_([officer.cnie for officer in bureau]),
            kind.role.in_(BUREAU),
            kind.carrier_id != self.id,
        )
        return list(db.session.scalars(same))


class Bounded:
    """What lasts some months, within the bounds in force on its call's opening day."""

    @property
    def opening_day(self) -> date:
        """The day its call for projects opens."""
        raise NotImplementedError

    def month_bounds(self) -> tuple[int, int, int]:
        """Shortest and longest duration, and the longest that needs no reason, in months."""
        day = self.opening_day
        shortest, longest = (
            Parameter.on(Figure.shortest_months, day),
            Parameter.on(Figure.longest_months, day),
        )
        return int(shortest), int(longest), int(Parameter.on(Figure.months_without_reason, day))


class ProjectFigures(Bounded):
    if TYPE_CHECKING:
        id: Mapped[int]
        call: Mapped[CallFields]
        carrier: Mapped[CarrierFigures]
        state: Mapped[ProjectState]
        places: Mapped[int | None]
        months: Mapped[int | None]
        months_reason: Mapped[str | None]
        within_communal_powers: Mapped[bool]
        budget_lines: Mapped[Sequence[BudgetLineFields]]
        scores: Mapped[Sequence[ScoreFields]]
        documents: Mapped[Sequence[DocumentFields]]
        agreements: Mapped[Sequence[AgreementFigures]]
        commune: Mapped[Record | None]

    @property
    def as_project(self) -> ProjectFigures:
        """Itself: what is asked of a project is asked of an agreement too."""
        return self

    @property
    def would_benefit(self) -> bool:
        """Whether the carrier benefits by this project: it is approved."""
        return self.state == ProjectState.approved

    @property
    def is_being_deposited(self) -> bool:
        """Whether the change about to be written takes the project out of its draft."""
        return value_before(self, "state") == ProjectState.draft != self.state

    @property
    def opening_day(self) -> date:
        return self.call.opens_on

    @property
    def value(self) -> Decimal:
        """Sum of the budget's eligible lines in dirhams; contributions in kind do not count."""
        eligible = self.call.edition.eligible_kinds
        lines = [line for line in self.budget_lines if line.kind in eligible and not line.in_kind]
        return sum((line.amount for line in lines), NOTHING)

    @property
    def management_fee(self) -> Decimal:
        """Share for administrative management in dirhams, at the rate of the call's opening day."""
        return rounded(self.value * Parameter.on(Figure.management_fee_rate, self.opening_day))

    @property
    def person_months(self) -> int:
        """Places times months; 0 while one of them is not written."""
        return (self.places or 0) * (self.months or 0)

    @hybrid_property
    def score(self) -> Decimal | None:
        """Weighted mean of the points given, out of a hundred; None before the scoring."""
        weights = sum(score.criterion.weight for score in self.scores)
        points = sum(score.points * score.criterion.weight for score in self.scores)
        return dirhams(round_half_up(points * PER_DIRHAM, weights)) if weights else None

    score.info["label"] = _l("Score out of 100")

    @score.inplace.expression
    @classmethod
    def _score_in_sql(cls) -> ColumnElement[Decimal | None]:
        project: Any = inspect(cls)  # the class, or an alias of it
        line: Any = project.mapper.relationships["scores"].mapper.class_
        criterion: Any = inspect(line).relationships["criterion"].mapper.class_
        points, weights = func.sum(line.points * criterion.weight), func.sum(criterion.weight)
        mean = select(round_half_up(points * PER_DIRHAM, weights)).join(line.criterion)
        hundredths = mean.where(line.project_id == cls.id).correlate(cls).scalar_subquery()
        score: ColumnElement[Any] = type_coerce(hundredths, Money())
        return score

    @property
    def missing_documents(self) -> list[RequiredDocumentFields]:
        """Required lines of the call's checklist that have not been brought yet."""
        received = {line.document for line in self.documents if line.received_on}
        checklist = self.call.required_documents
        return [document for document in checklist if document.is_required and document not in received]

    @property
    def unscored_criteria(self) -> list[CriterionFields]:
        """Criteria of the grid that have no points yet."""
        scored = {score.criterion for score in self.scores}
        return [criterion for criterion in self.call.criteria if criterion not in scored]

    @property
    def standing_agreements(self) -> list[AgreementFigures]:
        """Its agreements that are not terminated: one, or none; an older office may have drafted two."""
        return [agreement for agreement in self.agreements if agreement.state != AgreementState.terminated]

    @property
    def wage_floor(self) -> Decimal:
        """The lowest monthly wage allowed on the call's opening day, in dirhams."""
        return full_month_smig(self.opening_day)


class AgreementFigures(Bounded):
    if TYPE_CHECKING:
        project: Mapped[ProjectFigures]
        carrier: Mapped[CarrierFigures]
        starts_on: Mapped[date]
        ends_on: Mapped[date]
        state: Mapped[AgreementState]
        tripartite: Mapped[bool]
        service: Mapped[str | None]
        worksites: Mapped[Sequence[WorksiteFigures]]

    @property
    def communal_clause(self) -> str | None:
        """[A] The clause of an agreement within communal powers (docs/programme.md, "Communal powers")."""
        if not self.project.within_communal_powers:
            return None
        clause = _l("The responsibility of the commune %(commune)s for its own powers is not lifted by this agreement.")
        return str(clause) % {"commune": self.project.commune}

    is_being_deposited = False

    @property
    def as_project(self) -> ProjectFigures:
        """The project of the agreement, which answers for itself too."""
        return self.project

    @property
    def would_benefit(self) -> bool:
        """Whether the carrier benefits by this agreement: it is not terminated."""
        return self.state != AgreementState.terminated

    @property
    def opening_day(self) -> date:
        return self.project.call.opens_on

    @property
    def places(self) -> int:
        """Places that it was signed for: those of its project."""
        return self.project.places or 0

    @property
    def months(self) -> int:
        """Months that it lasts, a begun month counted whole."""
        return periods.whole_months(self.starts_on, self.ends_on)

    @property
    def months_reason(self) -> str | None:
        """Why its project lasts long; None when nobody wrote it."""
        return self.project.months_reason

    @property
    def has_benefited(self) -> bool:
        """[A] Whether its carrier has benefited: signed, running or ended (docs/programme.md, "Once only")."""
        return self.state in BENEFITED

    @validates("project")
    def take_carrier(self, _name: str, project: ProjectFigures | None) -> ProjectFigures | None:
        """[A] It is signed with the carrier that proposed its project (docs/programme.md, "Agreement first")."""
        if project is not None:
            with db.session.no_autoflush:
                self.carrier = project.carrier
        return project

    @property
    def running_worksites(self) -> list[WorksiteFigures]:
        """Its worksites where people work, or still may."""
        return [worksite for worksite in self.worksites if worksite.state not in OVER]

    @property
    def running_contracts(self) -> list[ContractFigures]:
        """The contracts at its worksites that have not ended, also those that have not begun."""
        contracts = (contract for worksite in self.worksites for contract in worksite.contracts)
        return [contract for contract in contracts if contract.state != ContractState.ended]

    @property
    def to_sign(self) -> list[str]:
        """The parties that have not signed yet: council, carrier, and the commune or a service when it is a party."""
        others = {"commune": self.tripartite, "service": bool(self.service)}
        return [party for party in PARTIES if others.get(party, True) and not getattr(self, f"{party}_signed_on")]

    @property
    def is_signed(self) -> bool:
        """Signed by all its parties."""
        return not self.to_sign


class WorksiteFigures:
    if TYPE_CHECKING:
        id: Mapped[int]
        code: Mapped[str]
        agreement: Mapped[AgreementFigures]
        opens_on: Mapped[date]
        closes_on: Mapped[date]
        rest_days: Mapped[list[Weekday] | None]
        state: Mapped[WorksiteState]
        sheets: Mapped[Sequence[SheetFigures]]
        visits: Mapped[Sequence[VisitFigures]]
        contracts: Mapped[Sequence[ContractFigures]]

    @property
    def months(self) -> int:
        """Months that it lasts, a begun month counted whole."""
        return periods.whole_months(self.opens_on, self.closes_on)

    @property
    def places_beside(self) -> int:
        """The most places that other worksites of its agreement have on one of its days."""
        return most_places_beside(self)

    @property
    def places_taken(self) -> int:
        """The most people who have a place here on one day."""
        return most_places_taken(self)


class ParticipantFigures:
    if TYPE_CHECKING:
        id: Mapped[int]
        rib: Mapped[str | None]
        account_state: Mapped[AccountState]
        born_on: Mapped[date]
        recorded_on: Mapped[date | None]
        contracts: Mapped[Sequence[ContractFigures]]

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
    def verify_again(self, _name: str, rib: str | None) -> str | None:
        """[A/F] A new account is verified again before a wage goes to it (docs/programme.md, "Bank account")."""
        before, after = (identifiers.rib.compact(account or "") for account in (self.rib, rib))
        if not is_new(self) and self.account_state == AccountState.verified and before and after != before:
            self.account_state = AccountState.being_opened if after else AccountState.none
        return rib

    @property
    def as_person(self) -> ParticipantFigures:
        """Itself: what is asked of a person is asked of a contract too."""
        return self

    @property
    def first_day(self) -> date | None:
        """The latest day this person could start: the last of the editions' days, else the day recorded."""
        editions = Record.metadata.tables["edition"]
        return db.session.scalar(select(func.max(editions.c.ends_on))) or self.recorded_on

    def is_adult_on(self, day: date) -> bool:
        """Whether the person is of age on a day, by the age of majority in force then."""
        return periods.years_on(self.born_on, day) >= Parameter.on(Figure.adult_age, day)

    def others_with(self, field: str) -> list[ParticipantFigures]:
        """Other people recorded with the same account or phone (`rib`, `phone`): an alert, not a refusal."""
        value, session = getattr(self, field), object_session(self)
        if not value or not session:
            return []
        kind = type(self)
        same = select(kind).filter(getattr(kind, field) == value, kind.id != self.id)
        with session.no_autoflush:
            return list(session.scalars(same))

    def locked_days(self) -> dict[date, int]:
        """Days to declare, by month in its order, from the locked attendance of every contract; no month of 0 days."""
        days: dict[date, int] = {}
        for contract in self.contracts:
            for line in contract.locked_lines:
                days[line.sheet.month] = days.get(line.sheet.month, 0) + line.counted
        return dict(sorted((month, count) for month, count in days.items() if count))

    def declared_months(self) -> DeclaredMonths:
        """What CNSS was told of this person, month by month in its order."""
        number = self.id
        return declared_of(lambda person: person == number).get(number, {}) if number else {}

    @property
    def cover_by_months(self) -> date | None:
        """Day the cover opens by the article's rule: some months after the first declaration."""
        return cover_by_months(self.declared_months())

    @property
    def cover_by_days(self) -> date | None:
        """Day the cover opens by the CNSS rule: the month after the declared days are reached."""
        return cover_by_days(days_by_month(self.declared_months()))

    @property
    def cover_ends_on(self) -> date | None:
        """Last day that rights can last after leaving; None while a contract runs, or when none has ended."""
        ends = [contract.ends_on for contract in self.contracts if contract.state == ContractState.ended]
        is_running = any(contract.state == ContractState.running for contract in self.contracts)
        return None if is_running or not ends else rights_end(max(ends))


def days_by_month(declared: DeclaredMonths) -> dict[date, int]:
    """The days alone, by month."""
    return {month: line.days for month, line in declared.items()}


def first_declaration(declared: DeclaredMonths) -> date | None:
    """The day of the first declaration; None where nothing is declared or its day was not kept."""
    return min((line.declared_on for line in declared.values() if line.declared_on), default=None)


def cover_by_months(declared: DeclaredMonths) -> date | None:
    """`ParticipantFigures.cover_by_months`, of what is declared by month."""
    first = first_declaration(declared)
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
    return {earlier: days for earlier, days in declared.items() if since <= earlier <= month}


def rights_end(left_on: date) -> date:
    """Last day that the rights of somebody who left on a day can last."""
    return periods.add_months(left_on, int(Parameter.on(Figure.cover_lasts_months, left_on)))


class ContractFigures:
    if TYPE_CHECKING:
        id: Mapped[int]
        number: Mapped[str]
        participant: Mapped[ParticipantFigures]
        participant_id: Mapped[int]
        worksite: Mapped[WorksiteFigures]
        worksite_id: Mapped[int]
        starts_on: Mapped[date]
        ends_on: Mapped[date]
        planned_ends_on: Mapped[date | None]
        state: Mapped[ContractState]
        attendance_lines: Mapped[Sequence[LineFigures]]
        pay_slips: Mapped[Sequence[SlipFigures]]

    @property
    def as_person(self) -> ParticipantFigures:
        """The person of the contract, who answers for themselves too."""
        return self.participant

    @property
    def first_day(self) -> date:
        """The day this person starts."""
        return self.starts_on

    @property
    def months(self) -> int:
        """Months that it lasts, a begun month counted whole."""
        return periods.whole_months(self.starts_on, self.ends_on)

    @property
    def longest_months(self) -> int:
        """Most months that a contract may last, as in force on its first day."""
        return int(Parameter.on(Figure.longest_months, self.starts_on))

    @property
    def never_ran(self) -> bool:
        """Ended before its first day: the person is free again."""
        return self.ends_on < self.starts_on

    @property
    def ran(self) -> bool:
        """Whether it runs or ran and has ended."""
        return self.state in (ContractState.running, ContractState.ended)

    def taken_places(self) -> dict[date, int]:
        """Places of the worksite that other contracts hold, on the days that this contract newly asks for.

        A day is named when it is the first of those, or when the number changes on it.
        """
        return places_taken_by_others(self, self._new_spans())

    def _new_spans(self) -> list[Span]:
        """The spans of its days that it did not hold at its worksite before: all of them when it is new there."""
        first, last = self.starts_on, self.ends_on
        if is_new(self) or relation_changed(self, "worksite"):
            spans = [(first, last)]
        else:
            held_from, held_until = value_before(self, "starts_on"), value_before(self, "ends_on")
            spans = [(first, min(last, held_from - ONE_DAY)), (max(first, held_until + ONE_DAY), last)]
        return [span for span in spans if span[0] <= span[1]]

    @property
    def is_paid(self) -> bool:
        """Whether one of its wages stands in a frozen payroll."""
        return any(slip.run and value_before(slip.run, "frozen_at") for slip in self.pay_slips)

    @property
    def locked_lines(self) -> list[LineFigures]:
        """Its lines of attendance on sheets that are locked."""
        return [line for line in self.attendance_lines if line.sheet.state == SheetState.locked]

    @property
    def wage_floor(self) -> Decimal:
        """The lowest monthly wage allowed on the first day, in dirhams."""
        return full_month_smig(self.starts_on)

    @property
    def worked_days(self) -> int:
        """Days of its locked attendance, as corrected."""
        return sum(line.days for line in self.locked_lines)

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
    if TYPE_CHECKING:
        month: Mapped[date]
        calculated_at: Mapped[datetime | None]
        declarations: Mapped[Sequence[DeclarationFigures]]

    @property
    def done_on(self) -> date | None:
        """The office's day on which the payroll was calculated."""
        return office_day(self.calculated_at) if self.calculated_at else None

    @property
    def first_edition_on(self) -> date | None:
        """First day of the first edition; None while there is no edition."""
        with db.session.no_autoflush:
            return db.session.scalar(select(func.min(Record.metadata.tables["edition"].c.starts_on)))


class SlipFigures:
    if TYPE_CHECKING:
        run: Mapped[RunFigures]
        contract: Mapped[ContractFigures]
        month: Mapped[date]
        days: Mapped[int]
        contract_number: Mapped[str | None]
        worksite_code: Mapped[str | None]

    @validates("contract")
    def keep_names(self, _name: str, contract: ContractFigures | None) -> ContractFigures | None:
        """A slip keeps whom it paid and for which contract and worksite, as they were named then."""
        if contract is None:
            return None
        with db.session.no_autoflush:
            person: ParticipantFigures | None = contract.participant
            worksite: WorksiteFigures | None = contract.worksite
        if person is not None and worksite is not None:
            for name in KEPT_ON_SLIP:
                setattr(self, name, getattr(person, name))
            self.contract_number, self.worksite_code = contract.number, worksite.code
        return contract

    @property
    def most_days(self) -> int:
        """Most days that one person is declared in the month."""
        return int(Parameter.on(Figure.full_month_days, self.month))

    @property
    def worked_days(self) -> int:
        """The days worked in the month by the sheet, as corrected, when they are more than count; else those paid."""
        lines = [line.days for line in self.contract.locked_lines if line.sheet.month == self.month]
        return max(sum(lines), self.days) if self.days == self.most_days else self.days

    @property
    def most_days_in_all(self) -> int:
        """Most declared days of one person in the whole programme."""
        return self.most_days * int(Parameter.on(Figure.longest_months, self.month))


def edition_of(carrier: CarrierFigures, month: date) -> EditionFigures:
    """The edition of the carrier's latest agreement that begins by the end of a month; ValueError if none does."""
    begun = [agreement for agreement in carrier.agreements if agreement.starts_on <= periods.last_day(month)]
    return max(begun, key=lambda agreement: agreement.starts_on).project.call.edition


class DeclarationFigures:
    if TYPE_CHECKING:
        run: Mapped[RunFigures]
        carrier: Mapped[CarrierFigures]
        state: Mapped[DeclarationState]

    @property
    def carrier_edition(self) -> EditionFigures:
        """The edition of the carrier's agreement that runs in the month: its settings of the CNSS files."""
        return edition_of(self.carrier, self.run.month)

    @property
    def due_on(self) -> date:
        """The last day to declare the month to CNSS."""
        return declare_by(self.run.month)


class PaymentFigures:
    if TYPE_CHECKING:
        pay_slip: Mapped[SlipFigures]

    @property
    def is_declared(self) -> bool:
        """Whether the carrier's declaration of the month is made and not rejected."""
        slip = self.pay_slip
        carrier = slip.contract.worksite.agreement.carrier
        declarations = [declaration for declaration in slip.run.declarations if declaration.carrier is carrier]
        return any(declaration.state not in NOT_MADE for declaration in declarations)


class VisitFigures:
    if TYPE_CHECKING:
        worksite: Mapped[WorksiteFigures | None]
        visited_on: Mapped[date]
        head_count: Mapped[int]

    def sheets_before(self) -> list[SheetFigures]:
        """The sheets of the worksite at which the visit was recorded before the change about to be written."""
        worksite_id = value_before(self, "worksite_id")
        worksite = self.worksite
        if worksite is None or worksite.id != worksite_id:
            worksite = db.session.get(object_mapper(self).relationships["worksite"].mapper.class_, worksite_id)
        return list(worksite.sheets) if worksite is not None else []


class LineFigures:
    if TYPE_CHECKING:
        sheet: Mapped[SheetFigures]
        contract: Mapped[ContractFigures]
        days_worked: Mapped[int]
        corrected_days: Mapped[int | None]
        situation: Mapped[Situation]
        corrected_situation: Mapped[Situation | None]
        marks: Mapped[str | None]
        corrections: Mapped[Sequence[CorrectionFields]]

    @hybrid_property
    def days(self) -> int:
        """The days that count: as corrected after the lock, else as written on the sheet."""
        return self.days_worked if self.corrected_days is None else self.corrected_days

    @days.inplace.expression
    @classmethod
    def _days_in_sql(cls) -> ColumnElement[int]:
        return func.coalesce(cls.corrected_days, cls.days_worked)

    @hybrid_property
    def said(self) -> Situation:
        """The situation that counts: as corrected after the lock, else as written on the sheet."""
        return self.corrected_situation or self.situation

    @said.inplace.expression
    @classmethod
    def _said_in_sql(cls) -> ColumnElement[Situation]:
        return func.coalesce(cls.corrected_situation, cls.situation)

    @property
    def counted(self) -> int:
        """The days that the month's wage and declaration count: those worked, up to the most of a month."""
        return min(self.days, self.sheet.most_days)

    @property
    def days_to_work(self) -> int:
        """The days of the month that the contract covers and that are no day of rest."""
        first = max(self.contract.starts_on, self.sheet.month)
        last = min(self.contract.ends_on, periods.last_day(self.sheet.month))
        return sum(not self.sheet.is_rest(day) for day in periods.days(first, last))

    def share_on(self, day: date) -> Fraction:
        """What the line puts at work on a day: one or nothing by its letters; by its sum, the part that it is of the
        days which the person could work."""
        if self.marks:
            return Fraction(day in self.marked_days(Mark.worked))
        to_work = self.days_to_work
        is_worked = self.contract.starts_on <= day <= self.contract.ends_on and not self.sheet.is_rest(day)
        return min(Fraction(self.days, to_work), Fraction(1)) if is_worked and to_work else Fraction(0)

    def days_newly_marked(self) -> list[date | None]:
        """The days whose letter is about to change; None for a day that the month doesn't have."""
        now = self.marks or ""
        before = (value_before(self, "marks") or "").ljust(len(now), NO_MARK)
        return [day for day in self.marked_days() if day is None or before[day.day - 1] != now[day.day - 1]]

    def said_before(self, correction: CorrectionFields) -> tuple[int, Situation]:
        """The days and the situation that counted before a correction."""
        earlier = [other for other in self.corrections if other is not correction]
        counted: CorrectionFields | LineFigures = earlier[-1] if earlier else self
        return counted.days_worked, counted.situation

    def marked_days(self, mark: Mark | None = None) -> list[date | None]:
        """The days that carry a mark, or this mark; None for a day that the month doesn't have."""
        month, last = self.sheet.month, periods.last_day(self.sheet.month).day
        numbers = [
            number
            for number, letter in enumerate(self.marks or "", start=1)
            if letter != NO_MARK and mark in (None, letter)
        ]
        return [month.replace(day=number) if number <= last else None for number in numbers]


def counted_days(days: Any, month: Any) -> ColumnElement[int]:
    """`LineFigures.counted` of many lines: of the days of each, and the month of its sheet."""
    most = case(*((month >= row.since, int(row.value)) for row in Parameter.rows_of(Figure.full_month_days)))
    return case((days > most, most), else_=days)


class SheetFigures:
    if TYPE_CHECKING:
        id: Mapped[int]
        month: Mapped[date]
        state: Mapped[SheetState]
        worksite: Mapped[WorksiteFigures | None]
        lines: Mapped[Sequence[LineFigures]]

    def gaps(self) -> list[tuple[VisitFigures, int]]:
        """Visits of the month that counted fewer people than the sheet has at work on that day, with its count.

        Lines that give only a sum count for the part that they have of the day; the whole people count.
        """
        at_work = [(visit, int(sum(line.share_on(visit.visited_on) for line in self.lines))) for visit in self.visits]
        return [(visit, people) for visit, people in at_work if visit.head_count < people]

    def has_marks_on(self, day: date) -> bool:
        """Whether all who could work on a day are marked by their letters, not by a sum."""
        return all(line.marks for line in self.lines if line.share_on(day))

    @property
    def last_worked_day(self) -> date:
        """The last day on which people of the sheet work in the month: that of the contracts which end last."""
        ends = [line.contract.ends_on for line in self.lines if line.contract]
        last = max(ends, default=self.worksite.closes_on if self.worksite else periods.last_day(self.month))
        days = periods.days(self.month, min(last, periods.last_day(self.month)))
        return max((day for day in days if not self.is_rest(day)), default=self.month)

    @property
    def weekly_rest(self) -> Sequence[Weekday]:
        """The days of the week on which nobody works there: the worksite's own, else those of the office."""
        if self.worksite is None:
            return DEFAULT_REST
        return self.worksite.rest_days or self.worksite.agreement.project.call.edition.rest_days

    def holiday_on(self, day: date) -> Holiday | None:
        """The legal holiday that a day of its month is."""
        return holidays_of(self.month).get(day)

    def is_rest(self, day: date) -> bool:
        """Whether a day of its month is a day of rest: of the week, or a legal holiday."""
        return list(Weekday)[day.weekday()] in self.weekly_rest or self.holiday_on(day) is not None

    @property
    def marked_on_rest(self) -> list[date]:
        """The days of rest on which somebody is marked at work: to verify, it may be right."""
        marked = {day for line in self.lines for day in line.marked_days(Mark.worked) if day is not None}
        return sorted(day for day in marked if self.is_rest(day))

    @property
    def written_on(self) -> date | None:
        """The office's day on which it is written, as the door said it; None where no door did."""
        return day_of_work()

    @property
    def visits(self) -> list[VisitFigures]:
        """The visits of this worksite in this month."""
        visits = self.worksite.visits if self.worksite else []
        return [visit for visit in visits if visit.visited_on and periods.month_of(visit.visited_on) == self.month]

    @property
    def most_days(self) -> int:
        """Most days that one person is declared in this month."""
        return int(Parameter.on(Figure.full_month_days, self.month))

    def days_elsewhere(self, line: LineFigures) -> int:
        """Days that count of the person of a line on other sheets of this month."""
        if not object_session(self) or not line.contract:
            return 0
        sheet, other_line, contract = type(self), type(line), type(line.contract)
        counted = case((other_line.days > self.most_days, self.most_days), else_=other_line.days)
        days = (
            select(func.coalesce(func.sum(counted), 0))
            .join(other_line.sheet)
            .join(other_line.contract)
            .filter(
                sheet.month == self.month,
                sheet.id != self.id,
                contract.participant_id == line.contract.participant_id,
            )
        )
        with db.session.no_autoflush:
            return int(db.session.scalar(days) or 0)
