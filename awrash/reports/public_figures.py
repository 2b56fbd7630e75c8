"""What anybody may know of the programme: rows without any person's data, each table one select.

A count that would point to a person is `*`; the wages of too few people likewise.
"""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Select, case, distinct, exists, func, select, type_coerce
from sqlalchemy.orm import aliased, joinedload, selectinload

from awrash.database.record import Named
from awrash.database.session import db
from awrash.models import (
    Agreement,
    Call,
    Carrier,
    Commune,
    Contract,
    Decision,
    Edition,
    Participant,
    Payment,
    PayrollRun,
    PaySlip,
    Project,
    SpecificationVersion,
    Worksite,
)
from awrash.records.dated_figures import Parameter, wages_due_on
from awrash.values.figure_names import Figure
from awrash.values.masking import mask_numbers, rows_to_withhold
from awrash.values.money import dirhams, round_half_up
from awrash.values.states import (
    AgreementState,
    CallState,
    ContractState,
    PaymentState,
    ProjectState,
    RunState,
    Sex,
    SlipKind,
    WorksiteState,
)

WITHHELD = "*"
HUNDRED = 100
Row = dict[str, Any]


def fewest_people(today: date) -> int:
    """The smallest count of people that is published."""
    return int(Parameter.on(Figure.smallest_published_count, today))


# ---- calls and what they ask


PUBLIC_CALL = Call.state != CallState.draft


def calls(today: date) -> list[Row]:
    """Calls that are no longer drafts, the latest first."""
    published = (
        select(Edition.year, Call.number, Call.title_ar, Call.title_fr, Call.opens_on, Call.closes_on, Call.state)
        .join(Call.edition)
        .where(PUBLIC_CALL)
    )
    return _rows(published.order_by(Call.opens_on.desc(), Call.id))


def specifications(today: date) -> list[Row]:
    """Published versions of the specifications, with their texts."""
    version = SpecificationVersion
    published = (
        select(Call.number.label("call"), version.number, version.published_on, version.body_ar, version.body_fr)
        .join(version.call)
        .where(PUBLIC_CALL, version.published_on <= today)
    )
    return _rows(published.order_by(Call.opens_on.desc(), Call.id, version.number.desc()))


def _rows(selected: Select[Any]) -> list[Row]:
    return [dict(row) for row in db.session.execute(selected).mappings()]


# ---- projects and agreements


DECIDED = (ProjectState.approved, ProjectState.refused, ProjectState.deferred)
SIGNED = (AgreementState.signed, AgreementState.running, AgreementState.ended, AgreementState.terminated)


def projects(today: date) -> list[Row]:
    """Projects that the committee decided on, each with its last decision and reason."""
    decided = select(Project).join(Project.call).where(Project.state.in_(DECIDED), PUBLIC_CALL)
    loaded = decided.options(
        joinedload(Project.call).joinedload(Call.edition),
        joinedload(Project.carrier),
        joinedload(Project.commune),
        selectinload(Project.budget_lines),
        selectinload(Project.decisions).joinedload(Decision.session),
    )
    projects_decided = db.session.scalars(loaded.order_by(Call.opens_on.desc(), Project.reference))
    return [_project(project) for project in projects_decided]


def _project(project: Project) -> Row:
    last = project.decisions[-1] if project.decisions else None
    return {
        "call": project.call.number,
        "reference": project.reference,
        "title_ar": mask_numbers(project.title_ar),
        "title_fr": mask_numbers(project.title_fr),
        **_named("carrier", project.carrier),
        "carrier_kind": project.carrier.kind,
        **_named("commune", project.commune),
        "places": project.places,
        "months": project.months,
        "value": project.value,
        "state": project.state,
        "decided_on": last.session.held_on if last else None,
        "reason": mask_numbers(last.reason) if last else None,
    }


def _named(stem: str, record: Named | None) -> Row:
    return {f"{stem}_{code}": getattr(record, f"name_{code}", None) for code in ("ar", "fr")}


def agreements(today: date) -> list[Row]:
    """Agreements signed by all, with their carriers and amounts."""
    signed = (
        select(
            Agreement.number,
            Project.reference.label("project"),
            Carrier.registration_number.label("carrier_registration"),
            Carrier.kind.label("carrier_kind"),
            *(getattr(Carrier, f"name_{code}").label(f"carrier_{code}") for code in ("ar", "fr")),
            *(getattr(Commune, f"name_{code}").label(f"commune_{code}") for code in ("ar", "fr")),
            *(Agreement.starts_on, Agreement.ends_on, Agreement.value, Agreement.management_fee, Agreement.state),
        )
        .join(Agreement.project)
        .join(Agreement.carrier)
        .outerjoin(Project.commune)
        .where(Agreement.state.in_(SIGNED))
    )
    return _rows(signed.order_by(Agreement.starts_on.desc(), Agreement.id))


# ---- people, counted


AT_WORK = (ContractState.running, ContractState.ended)
PARTS = ("women", "rural")


def communes(today: date) -> list[Row]:
    """Worksites, places and people of each commune in each edition, then the edition's total."""
    people = {(row["year"], row["commune_code"]): row for row in _rows(_people())}
    by_year: dict[int, list[Row]] = {}
    for row in _rows(_sites()):
        none = {"people": 0, "women": 0, "rural": 0}
        counted = people.get((row["year"], row["commune_code"]), none)
        by_year.setdefault(row["year"], []).append(row | {name: counted[name] for name in none})
    fewest = fewest_people(today)
    return [row for year, rows in by_year.items() for row in _published(year, rows, fewest)]


def _of_editions(selected: Select[Any]) -> Select[Any]:
    to_edition = (Worksite.commune, Worksite.agreement, Agreement.project, Project.call, Call.edition)
    for relation in to_edition:
        selected = selected.join(relation)
    return selected.where(Worksite.state != WorksiteState.never_opened)


def _sites() -> Select[Any]:
    counted = select(
        Edition.year,
        Commune.code.label("commune_code"),
        *(Commune.name_ar.label("commune_ar"), Commune.name_fr.label("commune_fr"), Commune.is_rural),
        func.count(Worksite.id).label("worksites"),
        type_coerce(func.sum(Worksite.places), BigInteger).label("places"),
    ).select_from(Worksite)
    grouped = _of_editions(counted).group_by(Edition.year, Commune.id)
    return grouped.order_by(Edition.year.desc(), Commune.id)


def _people() -> Select[Any]:
    """People with a contract that runs or ran; who worked in two communes counts in each."""
    home = Participant.commune_id.in_(select(Commune.id).where(Commune.is_rural))
    person = Contract.participant_id
    counted = (
        select(
            Edition.year,
            Commune.code.label("commune_code"),
            func.count(distinct(person)).label("people"),
            func.count(distinct(case((Participant.sex == Sex.F, person)))).label("women"),
            func.count(distinct(case((home, person)))).label("rural"),
        )
        .select_from(Contract)
        .join(Contract.participant)
        .join(Contract.worksite)
    )
    return _of_editions(counted).where(Contract.state.in_(AT_WORK)).group_by(Edition.year, Commune.id)


def _published(year: int, rows: list[Row], fewest: int) -> list[Row]:
    """The rows of an edition and its total, without what would point to a person."""
    summed = ("worksites", "places", "people", *PARTS)
    total: Row = {name: sum(int(row[name]) for row in rows) for name in summed}
    published: list[Row] = [dict(row) for row in rows]
    wholes = [row["people"] for row in rows]
    few, without_total = rows_to_withhold(wholes, None, fewest)
    hidden = {"people": (few, without_total)}
    for part in PARTS:
        hidden[part] = rows_to_withhold([row[part] for row in rows], wholes, fewest, few)
    for name, (which, no_total) in hidden.items():
        for row in which:
            published[row][name] = WITHHELD
        if no_total or (name != "people" and hidden["people"][1]):
            total[name] = WITHHELD
    place = {"year": year, "commune_code": None, "is_rural": None}
    whole = {"commune_ar": "المجموع", "commune_fr": "Total", "commune_en": "Total"}
    return [_with_shares(row) for row in (*published, total | place | whole)]


def _with_shares(row: Row) -> Row:
    whole = row["people"]
    shares = {f"{name}_share": _share(row[name], whole) for name in PARTS}
    return row | shares


def _share(part: int | str, whole: int | str) -> Decimal | str | None:
    """A part in per cent, one decimal; withheld with either, None of nothing."""
    if WITHHELD in (part, whole):
        return WITHHELD
    return Decimal(round_half_up(HUNDRED * 10 * part, whole)).scaleb(-1) if whole else None


# ---- wages


def wages(today: date) -> list[Row]:
    """Of each month: wages earned, their net, and the shares of them paid, and paid by the day they are due.

    A blocked wage is earned and not paid: it counts among all.
    """
    by_day = (
        select(
            PaySlip.month,
            Payment.paid_on,
            Payment.state,
            func.count(Payment.id).label("wages"),
            func.sum(type_coerce(Payment.amount, BigInteger)).label("amount"),
        )
        .join(Payment.pay_slip)
        .where(Payment.state != PaymentState.reissued, PaySlip.kind != SlipKind.reversal)
        .group_by(PaySlip.month, Payment.paid_on, Payment.state)
    )
    by_month: dict[date, list[Row]] = {}
    for row in _rows(by_day.order_by(PaySlip.month.desc())):
        by_month.setdefault(row["month"], []).append(row)
    for row in _rows(_blocked()):
        by_month.setdefault(row["month"], []).append(row | {"paid_on": None, "state": None})
    fewest = fewest_people(today)
    return [_month(month, by_month[month], today, fewest) for month in sorted(by_month, reverse=True)]


def _blocked() -> Select[Any]:
    """The blocked wages of frozen payrolls that no later payroll has paid, each contract once a month."""
    later = aliased(PaySlip)
    paid_since = exists().where(
        later.contract_id == PaySlip.contract_id,
        later.month == PaySlip.month,
        later.kind != SlipKind.reversal,
        later.blocked_by.is_(None),
    )
    once = (
        select(PaySlip.month, func.max(type_coerce(PaySlip.net, BigInteger)).label("net"))
        .join(PaySlip.run)
        .where(PayrollRun.state == RunState.frozen, PaySlip.blocked_by.is_not(None), ~paid_since)
        .group_by(PaySlip.month, PaySlip.contract_id)
        .subquery()
    )
    sums = (func.count().label("wages"), func.sum(once.c.net).label("amount"))
    return select(once.c.month, *sums).group_by(once.c.month)


def _month(month: date, rows: list[Row], today: date, fewest: int) -> Row:
    due_on = wages_due_on(month)
    count = sum(row["wages"] for row in rows)
    paid = [row for row in rows if row["state"] == PaymentState.paid]
    in_time = sum(row["wages"] for row in paid if row["paid_on"] and row["paid_on"] <= due_on)
    row_of_month: Row = {
        "month": month,
        "due_on": due_on,
        "wages": count,
        "net": dirhams(int(sum(row["amount"] for row in rows))),
        "paid_share": _share(sum(row["wages"] for row in paid), count),
        "in_time_share": _share(in_time, count) if due_on <= today else None,
    }
    if count < fewest:
        row_of_month |= dict.fromkeys(("wages", "net", "paid_share", "in_time_share"), WITHHELD)
    return row_of_month
