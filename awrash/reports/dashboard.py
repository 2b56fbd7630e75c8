"""Where the office stands this morning: the month's close, the edition's figures, what is due, what waits for whom."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask_babel.speaklater import LazyString
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    RowMapping,
    ScalarSelect,
    Select,
    and_,
    case,
    distinct,
    func,
    select,
    type_coerce,
)
from sqlalchemy.orm import InstrumentedAttribute

from awrash.database.record import Record
from awrash.database.session import db
from awrash.models import (
    Agreement,
    AttendanceSheet,
    Carrier,
    Commune,
    Complaint,
    Contract,
    Declaration,
    Edition,
    FollowUp,
    Instalment,
    Participant,
    Payment,
    PayrollRun,
    PaySlip,
    Project,
    Theme,
    Worksite,
)
from awrash.records.accounts import Role
from awrash.records.dated_figures import Parameter, declare_by
from awrash.records.declared_days import first_declared
from awrash.reports.blocked_wages import blocked_people
from awrash.reports.month_wages import payable_lines, run_of
from awrash.reports.places import ListOf
from awrash.values import months
from awrash.values.figure_names import Figure
from awrash.values.language import _l
from awrash.values.money import dirhams
from awrash.values.states import (
    OPEN_COMPLAINTS,
    UNDECLARED,
    AccountState,
    AgreementState,
    CarrierState,
    ContractState,
    FollowUpState,
    InstalmentState,
    ParticipantState,
    PaymentState,
    ProjectState,
    RunState,
    Sex,
    SheetState,
)

WEEK = timedelta(days=7)
HUNDRED = 100
AT_WORK = (ContractState.running, ContractState.ended)


@dataclass(frozen=True)
class CloseStage:
    """One stage of closing a month: how many of all are done, the day they are due, the list that holds them."""

    code: str
    label: LazyString
    done: int
    all: int
    due_on: date | None
    rows: ListOf
    state: str = "later"  # done | now | later

    @property
    def is_done(self) -> bool:
        return self.done >= self.all and self.all > 0


def _count(column: InstrumentedAttribute[int], *where: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.count(column)).where(*where).scalar_subquery()


def close_of(month: date, today: date | None = None) -> list[CloseStage]:
    """The stages of closing a month in order; `now` is the first that is not done.

    Before the month is over on `today`, a sheet that is not locked stops nobody.
    """
    run = run_of(month)
    number = run.id if run else 0
    in_run = Payment.pay_slip_id.in_(select(PaySlip.id).where(PaySlip.run_id == number))
    sites = payable_lines(month, Contract.worksite_id).subquery()
    people = payable_lines(month, Contract.participant_id).subquery()
    blocked = blocked_people([month], today).subquery()
    received = Complaint.received_on.between(month, months.last_day(month))
    sheet = AttendanceSheet.month == month
    counted = select(
        select(func.count(distinct(sites.c[0]))).scalar_subquery().label("sites"),
        _count(AttendanceSheet.id, sheet, AttendanceSheet.state == SheetState.locked).label("locked"),
        select(func.count(distinct(people.c[0]))).scalar_subquery().label("people"),
        select(func.count(distinct(blocked.c[0]))).scalar_subquery().label("blocked"),
        _count(Declaration.id, Declaration.run_id == number).label("declarations"),
        _count(Declaration.id, Declaration.run_id == number, Declaration.state.not_in(UNDECLARED)).label("declared"),
        _count(Payment.id, in_run, Payment.state != PaymentState.reissued).label("payments"),
        _count(Payment.id, in_run, Payment.state == PaymentState.paid).label("paid"),
        _count(Complaint.id, received).label("complaints"),
        _count(Complaint.id, received, Complaint.state.not_in(OPEN_COMPLAINTS)).label("answered"),
    )
    counts = db.session.execute(counted).mappings().one()
    return _placed(_close_stages(month, run, counts))


def _close_stages(month: date, run: PayrollRun | None, counts: RowMapping) -> list[CloseStage]:
    ended, until = months.last_day(month), declare_by(month)
    passed = list(RunState).index(run.state) if run else 0
    calculated, approved, frozen = (int(passed >= list(RunState).index(state)) for state in RUN_STAGES)
    ready = counts["people"] - counts["blocked"]
    sheets, runs = _of_month("attendance_sheet", "month", month), _of_month("payroll_run", "month", month)
    declarations = ListOf("declaration", {"run": str(run.id)} if run else {})
    payments = _of_month("payment", "pay_slip.month", month)
    waiting = ListOf("contract", {"stopped_by": "any"})
    return [
        CloseStage("attendance", _l("Attendance"), counts["locked"], counts["sites"], ended, sheets),
        CloseStage("ready", _l("Ready to pay"), ready, counts["people"], ended, waiting),
        CloseStage("calculated", _l("Calculated"), calculated, 1, None, runs),
        CloseStage("approved", _l("Approved"), approved, 1, None, runs),
        CloseStage("frozen", _l("Frozen"), frozen, 1, None, runs),
        CloseStage("declared", _l("Declared"), counts["declared"], counts["declarations"], until, declarations),
        CloseStage("paid", _l("Paid"), counts["paid"], counts["payments"], None, payments),
        CloseStage(
            "complaints",
            _l("Complaints answered"),
            counts["answered"],
            counts["complaints"],
            None,
            _received_in(month),
        ),
    ]


def _of_month(record: str, path: str, month: date) -> ListOf:
    """The records whose `path` is a month."""
    return ListOf(record, {f"{path}_from": f"{month:%Y-%m}", f"{path}_to": f"{month:%Y-%m}"})


def _received_in(month: date) -> ListOf:
    """The complaints received in a month."""
    first, last = month, months.last_day(month)
    return ListOf("complaint", {"received_on_from": f"{first:%d/%m/%Y}", "received_on_to": f"{last:%d/%m/%Y}"})


RUN_STAGES = (RunState.calculated, RunState.approved, RunState.frozen)


def _placed(stages: list[CloseStage]) -> list[CloseStage]:
    now = next((at for at, stage in enumerate(stages) if not stage.is_done and stage.code != "ready"), len(stages))
    places = ["done" if stage.is_done else "now" if at == now else "later" for at, stage in enumerate(stages)]
    return [CloseStage(**{**vars(stage), "state": place}) for stage, place in zip(stages, places, strict=True)]


# ---- the edition


@dataclass(frozen=True)
class EditionSummary:
    """The figures of an edition: counts of people and places, person-months, and amounts in dirhams."""

    places: int
    places_asked: int | None
    person_months: int
    quota: int
    people: int
    women: int
    rural: int
    cover_opening: int
    committed: Decimal
    wages_due: Decimal
    wages_paid: Decimal
    fee: Decimal
    fee_due: Decimal
    fee_paid: Decimal

    def share(self, of: int) -> Decimal:
        """How much of the people a part is, in percent."""
        return Decimal(HUNDRED * of) / self.people if self.people else Decimal("0.00")

    @property
    def fee_share(self) -> Decimal:
        return HUNDRED * self.fee_paid / self.fee if self.fee else Decimal("0.00")


def _sum(column: InstrumentedAttribute[Any], *where: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.coalesce(func.sum(type_coerce(column, BigInteger)), 0)).where(*where).scalar_subquery()


def summary_of_edition(edition: Edition, today: date) -> EditionSummary:
    """The edition's figures, from its calls, projects and agreements down to the payments."""
    projects = select(Project.id).where(Project.call_id.in_([call.id for call in edition.calls]))
    agreements = select(Agreement.id).where(
        Agreement.project_id.in_(projects), Agreement.state != AgreementState.terminated
    )
    sites = select(Worksite.id).where(Worksite.agreement_id.in_(agreements))
    contracts = select(Contract.id).where(Contract.worksite_id.in_(sites), Contract.state.in_(AT_WORK))
    people = Participant.id.in_(select(Contract.participant_id).where(Contract.id.in_(contracts)))
    slips = select(PaySlip.id).where(PaySlip.contract_id.in_(contracts))
    owed = and_(Payment.pay_slip_id.in_(slips), Payment.state != PaymentState.reissued)
    signed, part = Agreement.id.in_(agreements), Instalment.agreement_id.in_(agreements)
    rural = Participant.commune_id.in_(select(Commune.id).where(Commune.is_rural))
    selected = select(
        _count(Contract.id, Contract.id.in_(contracts)).label("places"),
        _count(Participant.id, people).label("people"),
        _count(Participant.id, people, Participant.sex == Sex.F).label("women"),
        _count(Participant.id, people, rural).label("rural"),
        _count(Participant.id, Participant.id.in_(cover_opening(today.replace(day=1)))).label("cover_opening"),
        _sum(Agreement.value, signed).label("committed"),
        _sum(Payment.amount, owed, Payment.state != PaymentState.paid).label("wages_due"),
        _sum(Payment.amount, owed, Payment.state == PaymentState.paid).label("wages_paid"),
        _sum(Agreement.management_fee, signed).label("fee"),
        _sum(Instalment.amount, part, Instalment.due_on <= today).label("fee_due"),
        _sum(Instalment.amount, part, Instalment.state == InstalmentState.paid).label("fee_paid"),
    )
    figures = dict(db.session.execute(selected).mappings().one())
    money = ("committed", "wages_due", "wages_paid", "fee", "fee_due", "fee_paid")
    quota: dict[str, Any] = {"places_asked": edition.places, "quota": edition.quota_person_months}
    kept: dict[str, Any] = {name: dirhams(value) if name in money else value for name, value in figures.items()}
    return EditionSummary(**kept, **quota, person_months=edition.booked_person_months())


def cover_opening(first: date) -> Select[tuple[int]]:
    """Ids of the people whose health cover opens in a month, by the months since their first declaration."""
    since = months.add_months(first, -int(Parameter.on(Figure.cover_after_months, first)))
    declared = first_declared()
    return select(declared.c.participant_id).where(declared.c.declared_on.between(since, months.last_day(since)))


def wages_by_month() -> list[Any]:
    """Of each month: people paid or to pay, net wages, and what is paid of them, in dirhams."""
    paid = case((Payment.state == PaymentState.paid, type_coerce(Payment.amount, BigInteger)), else_=0)
    by_month = (
        select(
            PaySlip.month,
            func.count(distinct(PaySlip.contract_id)).label("people"),
            func.sum(type_coerce(Payment.amount, BigInteger)).label("net"),
            func.sum(paid).label("paid"),
        )
        .join(Payment.pay_slip)
        .where(Payment.state != PaymentState.reissued)
    )
    lines = db.session.execute(by_month.group_by(PaySlip.month).order_by(PaySlip.month))
    return [(month, people, dirhams(int(net)), dirhams(int(paid))) for month, people, net, paid in lines]


def people_by_commune() -> list[Any]:
    """People at work in each commune, the most first."""
    people = func.count(distinct(Contract.participant_id))
    counted = select(Commune, people).join(Worksite, Worksite.commune_id == Commune.id).join(Worksite.contracts)
    at_work = counted.where(Contract.state == ContractState.running)
    return list(db.session.execute(at_work.group_by(Commune.id).order_by(people.desc(), Commune.id)))


def places_by_theme() -> list[Any]:
    """Places of approved projects in each theme, the most first."""
    places = func.sum(Project.places)
    counted = select(Theme, places).join(Project, Project.theme_id == Theme.id)
    approved = counted.where(Project.state == ProjectState.approved)
    return list(db.session.execute(approved.group_by(Theme.id).order_by(places.desc(), Theme.id)))


# ---- what waits, and for whom


@dataclass(frozen=True)
class Due:
    """Records of one kind that are due: how many, the earliest day, the list that holds them."""

    code: str
    count: int
    first: date
    rows: ListOf


def due_this_week(today: date) -> list[Due]:
    """What is due within seven days or overdue."""
    until = today + WEEK
    day = f"{until:%d/%m/%Y}"
    ending = Agreement.state == AgreementState.running
    dated: dict[str, tuple[type[Record], InstrumentedAttribute[Any], ColumnElement[bool], dict[str, str]]] = {
        "agreements": (Agreement, Agreement.ends_on, ending, {"state": "running", "ends_on_to": day}),
        "complaints": (Complaint, Complaint.due_on, Complaint.state.in_(OPEN_COMPLAINTS), {"due_on_to": day}),
        "follow_ups": (
            FollowUp,
            FollowUp.due_on,
            FollowUp.state == FollowUpState.planned,
            {"state": "planned", "due_on_to": day},
        ),
    }
    dues = []
    for code, (record, column, where, filters) in dated.items():
        count, first = db.session.execute(
            select(func.count(record.id), func.min(column)).where(column <= until, where)
        ).one()
        if count:
            dues.append(Due(code, count, first, ListOf(record.__tablename__, filters)))
    return dues


def _waiting() -> dict[str, tuple[InstrumentedAttribute[int], ColumnElement[bool], tuple[Role, ...]]]:
    """For each list: the column to count, the condition of what waits in it, the roles it waits for."""
    office, field, pay = Role.file_officer, Role.field_officer, Role.payroll_officer
    head = Role.head_of_unit
    account = and_(Participant.account_state != AccountState.verified, Participant.state == ParticipantState.assigned)
    return {
        "carrier": (Carrier.id, Carrier.state == CarrierState.documents_complete, (head, office)),
        "project": (Project.id, Project.state == ProjectState.scored, (head,)),
        "agreement": (Agreement.id, Agreement.state == AgreementState.drafted, (head, office)),
        "participant": (Participant.id, account, (office,)),
        "contract": (Contract.id, Contract.state == ContractState.signed, (office,)),
        "attendance_sheet": (AttendanceSheet.id, AttendanceSheet.state != SheetState.locked, (field,)),
        "payroll_run": (PayrollRun.id, PayrollRun.state != RunState.frozen, (pay, head)),
        "declaration": (Declaration.id, Declaration.state.in_(UNDECLARED), (pay,)),
        "payment": (Payment.id, Payment.state == PaymentState.rejected, (pay,)),
        "complaint": (Complaint.id, Complaint.state.in_(OPEN_COMPLAINTS), (Role.complaints_officer, head)),
    }


def waiting_for(roles: frozenset[str]) -> dict[str, int]:
    """How many rows of each list wait for somebody of these roles."""
    mine = {
        name: _count(what, where).label(name)
        for name, (what, where, owners) in _waiting().items()
        if roles & {*owners, Role.administrator}
    }
    return dict(db.session.execute(select(*mine.values())).mappings().one()) if mine else {}
