"""What a carrier declares of a month: the people of its payroll, beside those whom CNSS knows there already.

docs/cnss.md, "1.2 Flow of a month": the pre-filled A-file comes in, the B-file goes out; `damancom.py` knows the bytes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import contains_eager

from awrash.cnss import damancom
from awrash.cnss.declaration_file import DeclarationFile, limits_of
from awrash.database.session import db
from awrash.models import Agreement, Carrier, Contract, Declaration, Participant, PayrollRun, PaySlip, Worksite
from awrash.records.dated_figures import Parameter, last_month_due
from awrash.rules.immutability import PrefilledOfCarrier, PrefilledReadable
from awrash.rules.rule import Rule
from awrash.values import months
from awrash.values.figure_names import Figure
from awrash.values.language import _l
from awrash.values.money import centimes
from awrash.values.states import DECLARED, ContractState, Situation, SlipKind

MOST_LINES = 20_000  # lines of a file of CNSS: the largest employer of a programme has some hundreds of people
SENT = DECLARED

SlipsByPerson = dict[Participant, list[PaySlip]]


class FewLinesForCnss(Rule):
    """A file is one employer's month; what is far longer is no such file, and is not opened
    (docs/cnss.md, "1.2 Flow of a month")."""

    message = _l("This file has more than %(most)s lines: a file of CNSS holds one employer and one month.")

    def check(self, content: bytes) -> None:
        if content.count(b"\n") > MOST_LINES or len(content) > MOST_LINES * (damancom.LENGTH + len("\r\n")):
            self.refuse(most=MOST_LINES)


# ---- our people


def of_carrier(*columns: Any) -> Select[Any]:
    """A select over the slips that go to CNSS, joined as far as the agreement that names their carrier."""
    query = select(*columns).join(PaySlip.contract).join(Contract.worksite).join(Worksite.agreement)
    return query.where(PaySlip.blocked_by.is_(None))


def slips_of(declaration: Declaration) -> list[PaySlip]:
    """The wages of the carrier in the month itself; what corrects an earlier month goes in a complementary file."""
    query = of_carrier(PaySlip).where(
        PaySlip.run_id == declaration.run_id,
        PaySlip.month == declaration.run.month,
        PaySlip.kind == SlipKind.regular,
        Agreement.carrier_id == declaration.carrier_id,
    )
    participant = contains_eager(PaySlip.contract).joinedload(Contract.participant)
    return list(db.session.scalars(query.options(participant).order_by(PaySlip.contract_id)))


def people_of(declaration: Declaration) -> SlipsByPerson:
    """The month's slips of each participant: two contracts of one person are one line of the file."""
    return by_person(slips_of(declaration))


def by_person(slips: Iterable[PaySlip]) -> SlipsByPerson:
    """The slips of each participant, in the order of the slips."""
    people: SlipsByPerson = {}
    for slip in slips:
        people.setdefault(slip.contract.participant, []).append(slip)
    return people


# ---- the pre-filled file


def prefilled_of(declaration: Declaration) -> damancom.Prefilled | None:
    """The pre-filled file that CNSS gave for this carrier and month, when it was brought."""
    if not declaration.prefilled:
        return None
    surname_first = declaration.carrier_edition.damancom_surname_first
    return damancom.read_prefilled(declaration.prefilled, surname_first=surname_first)


def bring_prefilled(declaration: Declaration, content: bytes) -> None:
    """Keep the pre-filled file as it came; it is that of this carrier and of this month, or it is refused."""
    FewLinesForCnss().check(content)
    surname_first = declaration.carrier_edition.damancom_surname_first
    try:
        prefilled = damancom.read_prefilled(content, surname_first=surname_first)
    except damancom.Faulty as faulty:
        PrefilledReadable().refuse(fault=faulty.faults[0].sentence)
    affiliation, period = prefilled.affiliation, prefilled.period
    if (affiliation, period) != (declaration.carrier.cnss_affiliation, declaration.run.month):
        PrefilledOfCarrier().refuse(carrier=declaration.carrier, found=affiliation, month=f"{period:%Y-%m}")
    declaration.prefilled = content
    db.session.flush()


class PrefilledExpected(Rule):
    """A pre-filled file is kept with the declaration of its carrier and month (docs/cnss.md, "1.2 Flow of a month")."""

    message = _l("There is no declaration of affiliation %(affiliation)s for %(month)s: freeze its payroll first.")
    field = "affiliation"


def bring_prefilled_of_any_carrier(content: bytes) -> Declaration:
    """Keep a pre-filled file with the declaration that it names; damancom.Faulty for what cannot be read."""
    FewLinesForCnss().check(content)
    prefilled = damancom.read_prefilled(content)
    query = select(Declaration).join(Declaration.run).join(Declaration.carrier)
    query = query.where(Carrier.cnss_affiliation == prefilled.affiliation, PayrollRun.month == prefilled.period)
    declaration = db.session.scalar(query)
    if declaration is None:
        PrefilledExpected().refuse(affiliation=prefilled.affiliation, month=f"{prefilled.period:%Y-%m}")
    bring_prefilled(declaration, content)
    return declaration


# ---- both lists side by side


@dataclass(frozen=True)
class Comparison:
    """Our people with their slips beside the pre-filled file; `matching` is None while there is no such file."""

    people: SlipsByPerson
    prefilled: damancom.Prefilled | None
    matching: damancom.Matching | None


def compare_with_cnss(declaration: Declaration) -> Comparison:
    """Our people and those of CNSS; a person of ours has the participant's id for `key`."""
    people, prefilled = people_of(declaration), prefilled_of(declaration)
    ours = [_person(participant, slips[0]) for participant, slips in people.items()]
    matching = damancom.match(prefilled, ours) if prefilled else None
    return Comparison(people, prefilled, matching)


def _person(participant: Participant, slip: PaySlip) -> damancom.Person:
    return damancom.Person(
        key=participant.id,
        cnss_number=participant.cnss_number or "",
        cnie=slip.cnie or "",
        family_name=slip.family_name_fr or "",
        given_name=slip.given_name_fr or "",
        born_on=participant.born_on,
    )


# ---- the file for Damancom


def file_of(declaration: Declaration) -> DeclarationFile:
    """The B-file of a carrier and month."""
    month, comparison = declaration.run.month, compare_with_cnss(declaration)
    lines = _lines(comparison, month, limits_of(month)["ceiling"])
    edition = declaration.carrier_edition
    return DeclarationFile(declaration.carrier, edition, month, tuple(lines), comparison.prefilled)


def _lines(comparison: Comparison, month: date, ceiling: int) -> list[damancom.DeclaredMonth]:
    """A line for each person; nobody whom CNSS doesn't know goes in without a day."""
    matching = comparison.matching
    known_numbers = {pair.ours.key: pair.theirs.cnss_number for pair in matching.pairs} if matching else {}
    lines = []
    for participant, slips in comparison.people.items():
        if participant.id in known_numbers or any(slip.days for slip in slips):
            number = known_numbers.get(participant.id, participant.cnss_number or "")
            lines.append(_declared_month(slips, number, ceiling, month))
    return lines


def _declared_month(slips: list[PaySlip], number: str, ceiling: int, month: date) -> damancom.DeclaredMonth:
    gross = sum(centimes(slip.gross) for slip in slips)
    absences = (slip.situation for slip in slips if slip.situation != Situation.present)
    situation = next(absences, Situation.present)
    has_left = all(
        slip.contract.state == ContractState.ended and slip.contract.ends_on <= months.last_day(month) for slip in slips
    )
    return damancom.DeclaredMonth(
        number=number,
        family_name=slips[0].family_name_fr or "",
        given_name=slips[0].given_name_fr or "",
        days=sum(slip.days for slip in slips),
        gross=gross,
        capped=min(gross, ceiling),
        situation=Situation.SO if has_left and situation == Situation.present else situation,
        cnie=slips[0].cnie or "",
    )


# ---- the register


def lateness_costs(people: int, month: date) -> Decimal:
    """The penalty for a month declared late, in dirhams: so much a person, up to a most."""
    each, most = (Parameter.on(name, month) for name in (Figure.late_declaration_each, Figure.late_declaration_most))
    return min(people * each, most)


def is_late(today: date) -> ColumnElement[bool]:
    """The condition of a declaration that was not uploaded by its last day."""
    due_runs = select(PayrollRun.id).where(PayrollRun.month <= last_month_due(today))
    return and_(Declaration.state.not_in(SENT), Declaration.run_id.in_(due_runs))


def people_counts(declaration_ids: Iterable[int]) -> dict[int, int]:
    """How many people each of these declarations has, in one query; none for an id that is no declaration."""
    query = of_carrier(Declaration.id, func.count(Contract.participant_id.distinct()))
    query = query.join(
        Declaration,
        and_(Declaration.run_id == PaySlip.run_id, Declaration.carrier_id == Agreement.carrier_id),
    ).join(PayrollRun, and_(PayrollRun.id == Declaration.run_id, PayrollRun.month == PaySlip.month))
    query = query.where(PaySlip.kind == SlipKind.regular, Declaration.id.in_(list(declaration_ids)))
    return {number: int(count) for number, count in db.session.execute(query.group_by(Declaration.id))}
