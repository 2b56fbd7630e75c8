"""Every report that the screens show under `/admin/report/`: one declaration each, its select beside it."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import BigInteger, Select, and_, func, select, type_coerce

from awrash.models import Agreement, Carrier, Contract, Participant, PayrollRun, PaySlip, Worksite
from awrash.records.accounts import Role
from awrash.reports.payroll_totals import raised_slips
from awrash.reports.report import Answers, ColumnKind, NumberAsked, RecordAsked, Report, ReportColumn
from awrash.values.language import _l
from awrash.values.money import Money
from awrash.values.states import ContractState, WorksiteState

EVERYONE = tuple(Role)


def _raised_wages(today: date, answers: Answers) -> Select[Any]:
    """Wages that a payroll, else the latest, lifted to the minimum wage, by worksite; `more` is the gain a month."""
    latest = select(PayrollRun.id).order_by(PayrollRun.month.desc()).limit(1).scalar_subquery()
    run = latest if answers["run"] is None else answers["run"]
    more = type_coerce(PaySlip.wage, BigInteger) - type_coerce(PaySlip.contract_wage, BigInteger)
    return (
        select(PaySlip, Participant, Worksite, type_coerce(more, Money).label("more"))
        .join(PaySlip.contract)
        .join(Contract.participant)
        .join(Contract.worksite)
        .where(PaySlip.run_id == run, PaySlip.id.in_(raised_slips()))
        .order_by(Worksite.code, Participant.family_name_fr, PaySlip.id)
    )


RAISED_WAGES = Report(
    code="raised_wages",
    title=_l("Wages raised to the minimum wage"),
    explanation=_l("The payroll pays no wage below the minimum wage of its month: it raises it and lists it here."),
    columns=(
        ReportColumn("Participant", _l("Participant"), opens="PaySlip"),
        ReportColumn("Participant.cnie", _l("CNIE"), ColumnKind.code),
        ReportColumn("Worksite", _l("Worksite")),
        ReportColumn("PaySlip.contract_wage", _l("Wage of the contract"), ColumnKind.amount),
        ReportColumn("PaySlip.wage", _l("Wage used"), ColumnKind.amount),
        ReportColumn("more", _l("More"), ColumnKind.amount, has_total=True),
    ),
    questions=(RecordAsked("run", _l("Payroll run"), "payroll_run", unanswered=_l("The latest")),),
    rows=_raised_wages,
    empty=_l("No wage of this month was below the minimum wage."),
    roles=EVERYONE,
)


def _contracts_ending(today: date, answers: Answers) -> Select[Any]:
    """Running contracts that end from today on within so many days, the first to end first."""
    last = today + timedelta(days=answers["within"] or 0)
    rows = (
        select(Contract, Participant, Worksite)
        .join(Contract.participant)
        .join(Contract.worksite)
        .where(Contract.state == ContractState.running, Contract.ends_on.between(today, last))
    )
    if answers["worksite"] is not None:
        rows = rows.where(Contract.worksite_id == answers["worksite"])
    return rows.order_by(Contract.ends_on, Worksite.code, Contract.id)


CONTRACTS_ENDING = Report(
    code="contracts_ending",
    title=_l("Contracts that end soon"),
    explanation=_l("Whom to tell of the end of the work, of the certificate and of the end of the health cover."),
    columns=(
        ReportColumn("Participant", _l("Participant"), opens="Participant"),
        ReportColumn("Participant.cnie", _l("CNIE"), ColumnKind.code),
        ReportColumn("Participant.phone", _l("Phone"), ColumnKind.code),
        ReportColumn("Contract.number", _l("Contract"), ColumnKind.code, opens="Contract"),
        ReportColumn("Worksite", _l("Worksite"), opens="Worksite"),
        ReportColumn("Contract.ends_on", _l("Last day")),
    ),
    questions=(
        NumberAsked("within", _l("Within how many days"), usual=30, least=1, most=366),
        RecordAsked("worksite", _l("Worksite"), "worksite", unanswered=_l("All")),
    ),
    rows=_contracts_ending,
    empty=_l("No running contract ends within these days."),
    roles=EVERYONE,
)


def _carriers_without_cnss(today: date, answers: Answers) -> Select[Any]:
    """Worksites at work whose carrier has no CNSS affiliation, with how many people work there, the most first."""
    people = func.count(Contract.id)
    at_work = and_(Contract.worksite_id == Worksite.id, Contract.state == ContractState.running)
    return (
        select(Carrier, Worksite, people.label("people"))
        .join(Carrier.agreements)
        .join(Agreement.worksites)
        .outerjoin(Contract, at_work)
        .where(Worksite.state == WorksiteState.open, Carrier.cnss_affiliation.is_(None))
        .group_by(Carrier.id, Worksite.id)
        .order_by(people.desc(), Worksite.code)
    )


CARRIERS_WITHOUT_CNSS = Report(
    code="carriers_without_cnss",
    title=_l("Carriers at work without a CNSS affiliation"),
    explanation=_l("Nobody of these worksites can be declared or paid until the carrier's affiliation is recorded."),
    columns=(
        ReportColumn("Carrier", _l("Carrier"), opens="Carrier"),
        ReportColumn("Carrier.phone", _l("Phone"), ColumnKind.code),
        ReportColumn("Worksite", _l("Worksite"), opens="Worksite"),
        ReportColumn("Worksite.opens_on", _l("Opens on")),
        ReportColumn("people", _l("People at work"), has_total=True),
    ),
    rows=_carriers_without_cnss,
    empty=_l("Each carrier with an open worksite has its CNSS affiliation."),
    roles=EVERYONE,
)

REPORTS = {report.code: report for report in (CONTRACTS_ENDING, CARRIERS_WITHOUT_CNSS, RAISED_WAGES)}
