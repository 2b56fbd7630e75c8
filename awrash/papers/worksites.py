"""Papers of a worksite: opened, supplied, visited, closed."""

from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, and_, case, distinct, func, select, type_coerce

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
from awrash.papers.document import Document
from awrash.papers.fields import Told
from awrash.records.letterheads import Quality
from awrash.records.paper_kinds import PaperKind
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
from awrash.values.text import clean_lines

CARRIER, COMMUNE, FIELD_OFFICER = _l("The carrier"), _l("The commune"), _l("The officer who follows the worksites")
TO_FILL = " "  # a cell that is written by hand
NO_REMARK = _l("No remark was recorded.")
NOT_SAID = _l("The sheet does not say yet who worked on this day.")
ONLY_SUMS = _l("The sheet was locked with the days of each person only: it does not say who worked on this day.")
AGREES = _l("The people counted are those that the sheet says.")
MORE = _l("More people were counted than the sheet says.")
FEWER = _l("Fewer people were counted than the sheet says.")
OWED = _l("Fewer people were counted than the sheet says: the gap is answered before the sheet is locked.")


def lines_of(text: str | None) -> list[str]:
    """The written lines of a long text."""
    return [line for line in clean_lines(text or "").splitlines() if line]


def worked_under() -> Any:
    """The condition of a contract that somebody worked under."""
    at_work = Contract.state.in_((ContractState.running, ContractState.ended))
    return and_(at_work, Contract.ends_on >= Contract.starts_on)


def people_at_work(site: Worksite, _on: date) -> int:
    """People whose contract covers the worksite's first day."""
    covers = (Contract.worksite_id == site.id, Contract.starts_on <= site.opens_on, Contract.ends_on >= site.opens_on)
    return db.session.scalar(select(func.count(Contract.id)).where(*covers, worked_under())) or 0


def _supports(kinds: tuple[SupportKind, ...]) -> Callable[[Worksite, date], list[Any]]:
    def told(site: Worksite, _on: date) -> list[Any]:
        rows = [
            {"service": one.service, "kind": one.kind, "description": one.description or TO_FILL}
            for one in site.agreement.project.supports
            if one.kind in kinds
        ]
        return [rows] if rows else []

    return told


def count_of(visit: Visit, _on: date) -> dict[str, Any]:
    """What the sheet says of the day of a visit, and how the head count compares with it."""
    mark = func.substr(AttendanceLine.marks, visit.visited_on.day, 1)
    asked = (
        select(
            func.count(case((mark == Mark.worked.value, 1))),
            func.count(case((mark.not_in(("", NO_MARK)), 1))),
            func.count(case((AttendanceSheet.state == SheetState.locked, 1))),
        )
        .join(AttendanceLine.sheet)
        .where(AttendanceSheet.worksite_id == visit.worksite_id, AttendanceSheet.month == month_of(visit.visited_on))
    )
    marked, told, locked = db.session.execute(asked).one()
    if not told:
        return {"marked": [], "finding": [ONLY_SUMS if locked else NOT_SAID], "answers": []}
    answer = lines_of(visit.gap_answer)
    fewer = FEWER if answer else OWED
    finding = AGREES if visit.head_count == marked else MORE if visit.head_count > marked else fewer
    return {"marked": [marked], "finding": [finding], "answers": [answer] if answer else []}


def _worksites(agreement: Agreement, _on: date) -> list[dict[str, Any]]:
    """The worksites of an agreement, with the people employed on each; one select."""
    people = func.count(distinct(Contract.participant_id))
    asked = (
        select(Worksite, people)
        .outerjoin(Contract, and_(Contract.worksite_id == Worksite.id, worked_under()))
        .where(Worksite.agreement_id == agreement.id)
        .group_by(Worksite.id)
        .order_by(Worksite.code)
    )
    names = ("code", "name_ar", "opens_on", "closes_on", "places")
    return [
        {name: getattr(site, name) for name in names} | {"people": count} for site, count in db.session.execute(asked)
    ]


def totals_of(agreement: Agreement, _on: date) -> dict[str, Any]:
    """What an agreement came to: people, days of locked sheets, net wages paid, fee, certificates; one select."""
    contracts = select(Contract.id).join(Contract.worksite).where(Worksite.agreement_id == agreement.id)
    employed = Participant.id.in_(select(Contract.participant_id).where(Contract.id.in_(contracts), worked_under()))
    rural = Participant.commune_id.in_(select(Commune.id).where(Commune.is_rural))

    def count(what: Any, *where: Any) -> Any:
        return select(func.count(what)).where(*where).scalar_subquery()

    def amount(what: Any, *where: Any) -> Any:
        return func.coalesce(select(func.sum(type_coerce(what, BigInteger))).where(*where).scalar_subquery(), 0)

    locked = AttendanceLine.sheet_id.in_(select(AttendanceSheet.id).where(AttendanceSheet.state == SheetState.locked))
    slips = select(PaySlip.id).where(PaySlip.contract_id.in_(contracts))
    paid = (Payment.pay_slip_id.in_(slips), Payment.state == PaymentState.paid)
    fee = (Instalment.agreement_id == agreement.id, Instalment.state == InstalmentState.paid)
    held = (Certificate.contract_id.in_(contracts), Certificate.state == CertificateState.issued)
    asked = select(
        count(Participant.id, employed).label("people"),
        count(Participant.id, employed, Participant.sex == Sex.F).label("women"),
        count(Participant.id, employed, rural).label("rural"),
        amount(AttendanceLine.days, AttendanceLine.contract_id.in_(contracts), locked).label("days"),
        amount(Payment.amount, *paid).label("wages_paid"),
        amount(Instalment.amount, *fee).label("fee_paid"),
        count(Certificate.id, *held).label("certificates"),
    )
    found = {name: int(value) for name, value in db.session.execute(asked).mappings().one().items()}
    paid_fee = dirhams(found["fee_paid"])
    money = {"wages_paid": dirhams(found["wages_paid"]), "fee_paid": paid_fee}
    return found | money | {"fee_left": agreement.management_fee - paid_fee}


WORKSITE_FACTS = (
    *("code", "name_ar", "commune.name_ar", "opens_on", "closes_on", "places", "agreement.number"),
    *("agreement.project.title_ar", "agreement.carrier.name_ar"),
)
OF_WORKSITE = ((CARRIER, "agreement.carrier.president", ""), (FIELD_OFFICER, "", ""))

PAPERS = (
    Document(
        PaperKind.opening_report,
        "worksite",
        "PVO-",
        (
            *WORKSITE_FACTS,
            Told("at_work", people_at_work),
            Told("support_tables", _supports(tuple(SupportKind))),
        ),
        signed=(*OF_WORKSITE, (COMMUNE, "", "")),
        needs=(requirements.WorksiteOpened(),),
    ),
    Document(
        PaperKind.material_receipt,
        "worksite",
        "PVM-",
        (*WORKSITE_FACTS, Told("materials", _supports((SupportKind.raw_materials,)))),
        signed=(*OF_WORKSITE, (_l("The service that delivers"), "", "")),
        needs=(requirements.UnderSignedAgreement("agreement"),),
        offered=lambda site: any(one.kind == SupportKind.raw_materials for one in site.agreement.project.supports),
    ),
    Document(
        PaperKind.visit_report,
        "visit",
        "PVV-",
        (
            *("visited_on", "head_count", "worksite.code", "worksite.name_ar", "worksite.commune.name_ar"),
            *("worksite.agreement.number", "worksite.agreement.carrier.name_ar", "worksite.places"),
            Told("count", count_of),
            Told("remarks", lambda visit, on: lines_of(visit.notes) or [NO_REMARK]),
        ),
        signed=((FIELD_OFFICER, "", ""), (CARRIER, "worksite.agreement.carrier.president", "")),
    ),
    Document(
        PaperKind.closing_report,
        "agreement",
        "TX-",
        (
            *("project.title_ar", "project.reference", "project.commune.name_ar", "carrier.name_ar"),
            *("starts_on", "ends_on", "value", "management_fee"),
            Told("agreement_number", lambda agreement, on: agreement.number),
            Told("worksites", _worksites),
            Told("totals", totals_of),
        ),
        signed=((CARRIER, "carrier.president", ""), Quality.head_of_unit),
        needs=(requirements.WorksitesOver(),),
    ),
)
