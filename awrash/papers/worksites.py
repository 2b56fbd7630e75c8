"""Papers of a worksite: opened, supplied, visited, closed."""

from datetime import date
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, ScalarSelect, and_, case, distinct, func, select, type_coerce

from awrash.database.session import db
from awrash.models import (
    Agreement,
    AttendanceLine,
    AttendanceSheet,
    Certificate,
    Commune,
    Contract,
    Instalment,
    Participant,
    Payment,
    PaySlip,
    Visit,
    Worksite,
)
from awrash.papers import requirements
from awrash.papers.fields import Derived, written_lines, zero_or_one
from awrash.papers.paper import Paper, Signer
from awrash.records.letterheads import Quality
from awrash.values.language import _l
from awrash.values.money import dirhams
from awrash.values.months import month_of
from awrash.values.states import (
    NO_MARK,
    CertificateState,
    ContractState,
    InstalmentState,
    Mark,
    PaymentState,
    Sex,
    SheetState,
    SupportKind,
)

CARRIER, COMMUNE, FIELD_OFFICER = _l("The carrier"), _l("The commune"), _l("The officer who follows the worksites")
TO_FILL = " "  # a cell that is written by hand
NO_REMARK = _l("No remark was recorded.")
NOT_SAID = _l("The sheet does not say yet who worked on this day.")
ONLY_SUMS = _l("The sheet was locked with the days of each person only: it does not say who worked on this day.")
AGREES = _l("The people counted are those that the sheet says.")
MORE = _l("More people were counted than the sheet says.")
FEWER = _l("Fewer people were counted than the sheet says.")
OWED = _l("Fewer people were counted than the sheet says: the gap is answered before the sheet is locked.")


def was_worked() -> ColumnElement[bool]:
    """The condition of a contract that somebody worked under."""
    has_begun = Contract.state.in_((ContractState.running, ContractState.ended))
    return and_(has_begun, Contract.ends_on >= Contract.starts_on)


# ---- opened, supplied, visited


def _people_at_work(worksite: Worksite, _on: date) -> int:
    """People whose contract covers the worksite's first day."""
    first_day = worksite.opens_on
    covers = (Contract.worksite_id == worksite.id, Contract.starts_on <= first_day, Contract.ends_on >= first_day)
    return db.session.scalar(select(func.count(Contract.id)).where(*covers, was_worked())) or 0


def _support_table(name: str, *kinds: SupportKind) -> Derived:
    """The external support of these kinds as one table, or none."""

    def rows_of(worksite: Worksite, _on: date) -> list[list[dict[str, Any]]]:
        return zero_or_one(
            [
                {"service": support.service, "kind": support.kind, "description": support.description or TO_FILL}
                for support in worksite.agreement.project.supports
                if support.kind in kinds
            ]
        )

    return Derived(name, rows_of)


def _gets_materials(worksite: Worksite) -> bool:
    return any(support.kind == SupportKind.raw_materials for support in worksite.agreement.project.supports)


def count_of(visit: Visit, _on: date) -> dict[str, Any]:
    """What the sheet says of the day of a visit, and how the head count compares with it."""
    mark = func.substr(AttendanceLine.marks, visit.visited_on.day, 1)
    marks_of_day = (
        select(
            func.count(case((mark == Mark.worked.value, 1))),
            func.count(case((mark.not_in(("", NO_MARK)), 1))),
            func.count(case((AttendanceSheet.state == SheetState.locked, 1))),
        )
        .join(AttendanceLine.sheet)
        .where(AttendanceSheet.worksite_id == visit.worksite_id, AttendanceSheet.month == month_of(visit.visited_on))
    )
    at_work, marked, locked = db.session.execute(marks_of_day).one()
    if not marked:
        return {"marked": [], "finding": [ONLY_SUMS if locked else NOT_SAID], "answers": []}
    answer = written_lines(visit.gap_answer)
    if visit.head_count == at_work:
        finding = AGREES
    elif visit.head_count > at_work:
        finding = MORE
    else:
        finding = FEWER if answer else OWED
    return {"marked": [at_work], "finding": [finding], "answers": zero_or_one(answer)}


# ---- closed


def _worksites(agreement: Agreement, _on: date) -> list[dict[str, Any]]:
    """The worksites of an agreement, with the people employed on each; one select."""
    people = func.count(distinct(Contract.participant_id))
    with_people = (
        select(Worksite, people)
        .outerjoin(Contract, and_(Contract.worksite_id == Worksite.id, was_worked()))
        .where(Worksite.agreement_id == agreement.id)
        .group_by(Worksite.id)
        .order_by(Worksite.code)
    )
    names = ("code", "name_ar", "opens_on", "closes_on", "places")
    return [
        {name: getattr(worksite, name) for name in names} | {"people": count}
        for worksite, count in db.session.execute(with_people)
    ]


def totals_of(agreement: Agreement, _on: date) -> dict[str, Any]:
    """What came of an agreement: people, days of locked sheets, net wages and fee in dirhams, certificates.

    One select.
    """
    contracts = select(Contract.id).join(Contract.worksite).where(Worksite.agreement_id == agreement.id)
    employed = Participant.id.in_(select(Contract.participant_id).where(Contract.id.in_(contracts), was_worked()))
    rural = Participant.commune_id.in_(select(Commune.id).where(Commune.is_rural))

    def count(column: Any, *where: ColumnElement[bool]) -> ScalarSelect[int]:
        return select(func.count(column)).where(*where).scalar_subquery()

    def total(column: Any, *where: ColumnElement[bool]) -> ColumnElement[int]:
        """The sum of whole numbers: days, or centimes."""
        return func.coalesce(select(func.sum(type_coerce(column, BigInteger))).where(*where).scalar_subquery(), 0)

    locked = AttendanceLine.sheet_id.in_(select(AttendanceSheet.id).where(AttendanceSheet.state == SheetState.locked))
    slips = select(PaySlip.id).where(PaySlip.contract_id.in_(contracts))
    paid = (Payment.pay_slip_id.in_(slips), Payment.state == PaymentState.paid)
    fee = (Instalment.agreement_id == agreement.id, Instalment.state == InstalmentState.paid)
    held = (Certificate.contract_id.in_(contracts), Certificate.state == CertificateState.issued)
    figures = select(
        count(Participant.id, employed).label("people"),
        count(Participant.id, employed, Participant.sex == Sex.F).label("women"),
        count(Participant.id, employed, rural).label("rural"),
        total(AttendanceLine.days, AttendanceLine.contract_id.in_(contracts), locked).label("days"),
        total(Payment.amount, *paid).label("wages_paid"),
        total(Instalment.amount, *fee).label("fee_paid"),
        count(Certificate.id, *held).label("certificates"),
    )
    totals = {name: int(value) for name, value in db.session.execute(figures).mappings().one().items()}
    fee_paid = dirhams(totals["fee_paid"])
    money = {"wages_paid": dirhams(totals["wages_paid"]), "fee_paid": fee_paid}
    return totals | money | {"fee_left": agreement.management_fee - fee_paid}


WORKSITE_FACTS = (
    *("code", "name_ar", "commune.name_ar", "opens_on", "closes_on", "places", "agreement.number"),
    *("agreement.project.title_ar", "agreement.carrier.name_ar"),
)
WORKSITE_SIGNERS = (Signer(CARRIER, "agreement.carrier.president"), Signer(FIELD_OFFICER))

PAPERS = (
    Paper(
        name="opening_report",
        label=_l("Opening report of the worksite"),
        record="worksite",
        number="PVO-",
        facts=(
            *WORKSITE_FACTS,
            Derived("at_work", _people_at_work),
            _support_table("support_tables", *SupportKind),
        ),
        signers=(*WORKSITE_SIGNERS, Signer(COMMUNE)),
        requirements=(requirements.WorksiteOpened(), requirements.DayHasCome("opens_on")),
    ),
    Paper(
        name="material_receipt",
        label=_l("Receipt of materials"),
        record="worksite",
        number="PVM-",
        facts=(*WORKSITE_FACTS, _support_table("materials", SupportKind.raw_materials)),
        signers=(*WORKSITE_SIGNERS, Signer(_l("The service that delivers"))),
        requirements=(requirements.UnderSignedAgreement("agreement"),),
        offered=_gets_materials,
    ),
    Paper(
        name="visit_report",
        label=_l("Report of a visit"),
        record="visit",
        number="PVV-",
        facts=(
            *("visited_on", "head_count", "worksite.code", "worksite.name_ar", "worksite.commune.name_ar"),
            *("worksite.agreement.number", "worksite.agreement.carrier.name_ar", "worksite.places"),
            Derived("count", count_of),
            Derived("remarks", lambda visit, on: written_lines(visit.notes) or [NO_REMARK]),
        ),
        signers=(Signer(FIELD_OFFICER), Signer(CARRIER, "worksite.agreement.carrier.president")),
        requirements=(requirements.DayHasCome("visited_on"),),
    ),
    Paper(
        name="closing_report",
        label=_l("Closing report of the carrier"),
        record="agreement",
        number="TX-",
        facts=(
            *("project.title_ar", "project.reference", "project.commune.name_ar", "carrier.name_ar"),
            *("starts_on", "ends_on", "value", "management_fee"),
            Derived("agreement_number", lambda agreement, on: agreement.number),
            Derived("worksites", _worksites),
            Derived("totals", totals_of),
        ),
        signers=(Signer(CARRIER, "carrier.president"), Quality.head_of_unit),
        requirements=(requirements.WorksitesOver(),),
    ),
)
