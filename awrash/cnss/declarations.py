"""What a carrier declares of a month: the people of its payroll, beside those whom CNSS knows there already.

`reference/damancom.md` 1.2: the pre-filled A-file comes in, the B-file goes out; `damancom.py` knows the bytes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import contains_eager

from awrash.cnss import damancom
from awrash.database.session import db
from awrash.models import Agreement, Carrier, Contract, Declaration, PayrollRun, PaySlip, Worksite
from awrash.records.dated_figures import Parameter, last_month_due
from awrash.rules.immutability import FileAccepted, PrefilledOfCarrier, PrefilledReadable
from awrash.rules.rule import Rule
from awrash.values import months
from awrash.values.figure_names import Figure
from awrash.values.language import _l
from awrash.values.money import centimes
from awrash.values.states import ContractState, DeclarationState, Situation, SlipKind

MOST_LINES = 20_000  # lines of a file of CNSS: the largest employer of a programme has some hundreds of people
SENT = (DeclarationState.uploaded, DeclarationState.accepted)


class FewLinesForCnss(Rule):
    """Damancom 1.2: a file is one employer's month; what is far longer is no such file, and is not opened."""

    message = _l("This file has more than %(most)s lines: a file of CNSS holds one employer and one month.")

    def check(self, content: bytes) -> None:
        if content.count(b"\n") > MOST_LINES or len(content) > MOST_LINES * (damancom.LENGTH + len("\r\n")):
            self.refuse(most=MOST_LINES)


@dataclass(frozen=True)
class Reckoned:
    """A declaration looked at once: our people with their slips, the pre-filled file, both lists side by side."""

    people: dict[Any, list[PaySlip]]
    prefilled: damancom.Prefilled | None
    matching: damancom.Matching | None


def reckon(declaration: Declaration) -> Reckoned:
    """Our people and those of CNSS, keyed by participant on our side."""
    people, prefilled = people_of(declaration), prefilled_of(declaration)
    ours = [_person(one, slips[0]) for one, slips in people.items()]
    matching = damancom.match(prefilled, ours) if prefilled else None
    return Reckoned(people, prefilled, matching)


def of_carrier(*columns: Any) -> Select[Any]:
    """A select over the slips that go to CNSS, with the agreement that names their carrier beside."""
    asked = select(*columns).join(PaySlip.contract).join(Contract.worksite).join(Worksite.agreement)
    return asked.where(PaySlip.blocked_by.is_(None))


def slips_of(declaration: Declaration) -> list[PaySlip]:
    """The wages of the carrier in the month itself; what corrects an earlier month goes in a complementary file."""
    asked = of_carrier(PaySlip).where(
        PaySlip.run_id == declaration.run_id,
        PaySlip.month == declaration.run.month,
        PaySlip.kind == SlipKind.regular,
        Agreement.carrier_id == declaration.carrier_id,
    )
    whose = contains_eager(PaySlip.contract).joinedload(Contract.participant)
    return list(db.session.scalars(asked.options(whose).order_by(PaySlip.contract_id)))


def prefilled_of(declaration: Declaration) -> damancom.Prefilled | None:
    """The pre-filled file that CNSS gave for this carrier and month, when it was brought."""
    if not declaration.prefilled:
        return None
    surname_first = declaration.carrier_edition.damancom_surname_first
    return damancom.read_prefilled(declaration.prefilled, surname_first=surname_first)


def bring_prefilled(declaration: Declaration, content: bytes) -> None:
    """Keep the pre-filled file as it came; it is that of this carrier and of this month, or it is refused."""
    FewLinesForCnss().check(content)
    try:
        read = damancom.read_prefilled(content, surname_first=declaration.carrier_edition.damancom_surname_first)
    except damancom.Faulty as faulty:
        PrefilledReadable().refuse(fault=faulty.faults[0].sentence)
    wanted = (declaration.carrier.cnss_affiliation, declaration.run.month)
    if (read.affiliation, read.period) != wanted:
        PrefilledOfCarrier().refuse(carrier=declaration.carrier, found=read.affiliation, month=f"{read.period:%Y-%m}")
    declaration.prefilled = content
    db.session.flush()


class PrefilledExpected(Rule):
    """Damancom 1.2: a pre-filled file is kept with the declaration of its carrier and month."""

    message = _l("There is no declaration of affiliation %(affiliation)s for %(month)s: freeze its payroll first.")
    field = "affiliation"


def bring_any(content: bytes) -> Declaration:
    """Keep a pre-filled file with the declaration that it names; damancom.Faulty for what cannot be read."""
    FewLinesForCnss().check(content)
    read = damancom.read_prefilled(content)
    asked = select(Declaration).join(Declaration.run).join(Declaration.carrier)
    asked = asked.where(Carrier.cnss_affiliation == read.affiliation, PayrollRun.month == read.period)
    declaration = db.session.scalar(asked)
    if declaration is None:
        PrefilledExpected().refuse(affiliation=read.affiliation, month=f"{read.period:%Y-%m}")
    bring_prefilled(declaration, content)
    return declaration


def people_of(declaration: Declaration) -> dict[Any, list[PaySlip]]:
    """The month's slips of each participant: two contracts of one person are one line of the file."""
    return by_person(slips_of(declaration))


def by_person(slips: Iterable[PaySlip]) -> dict[Any, list[PaySlip]]:
    """Slips of each participant, in the order of the slips."""
    found: dict[Any, list[PaySlip]] = {}
    for slip in slips:
        found.setdefault(slip.contract.participant, []).append(slip)
    return found


def _person(participant: Any, slip: PaySlip) -> damancom.Person:
    return damancom.Person(
        key=participant.id,
        cnss_number=participant.cnss_number or "",
        cnie=slip.cnie or "",
        family_name=slip.family_name_fr or "",
        given_name=slip.given_name_fr or "",
        born_on=participant.born_on,
    )


def _declared(slips: list[PaySlip], number: str, ceiling: int, month: date) -> damancom.Declared:
    gross = sum(centimes(one.gross) for one in slips)
    said = next((one.situation for one in slips if one.situation != Situation.present), Situation.present)
    left = all(
        one.contract.state == ContractState.ended and one.contract.ends_on <= months.last_day(month) for one in slips
    )
    return damancom.Declared(
        number=number,
        family_name=slips[0].family_name_fr or "",
        given_name=slips[0].given_name_fr or "",
        days=sum(one.days for one in slips),
        gross=gross,
        capped=min(gross, ceiling),
        situation=Situation.SO if left and said == Situation.present else said,
        cnie=slips[0].cnie or "",
    )


def lines_of(declaration: Declaration, reckoned: Reckoned, ceiling: int) -> list[damancom.Declared]:
    """A line for each person; nobody whom CNSS doesn't know goes in without a day."""
    matching = reckoned.matching
    numbers = {pair.ours.key: pair.theirs.cnss_number for pair in matching.pairs} if matching else {}
    found = []
    for participant, slips in reckoned.people.items():
        number = numbers.get(participant.id, participant.cnss_number or "")
        if participant.id in numbers or any(one.days for one in slips):
            found.append(_declared(slips, number, ceiling, declaration.run.month))
    return found


def limits_of(month: date) -> dict[str, Any]:
    """What CNSS accepts of a month: the most days, and the ceiling of the capped wage in centimes."""
    most_days, ceiling = (Parameter.on(name, month) for name in (Figure.full_month_days, Figure.ceiling))
    return {"most_days": int(most_days), "ceiling": centimes(ceiling)}


def written(carrier: Carrier, edition: Any, month: date, lines: Iterable[damancom.Declared], **more: Any) -> bytes:
    """A file of CNSS as the edition's settings want it; a rule's refusal for one that CNSS would send back."""
    city = carrier.commune.name_fr if carrier.commune else ""
    employer = damancom.Employer(carrier.cnss_affiliation or "", carrier.name_fr, carrier.address or "", city)
    settings = {
        "surname_first": edition.damancom_surname_first,
        "line_end": "\r\n" if edition.damancom_crlf else "\n",
    }
    try:
        return damancom.write_declaration(employer, month, list(lines), **limits_of(month), **settings, **more)
    except damancom.Unwritable as unwritable:
        return FileAccepted().refuse(carrier=carrier, fault=unwritable.faults[0].sentence)


def file_of(declaration: Declaration) -> bytes:
    """The B-file of a carrier and month; a rule's refusal in the place of a file that CNSS would send back."""
    month, reckoned = declaration.run.month, reckon(declaration)
    lines = lines_of(declaration, reckoned, limits_of(month)["ceiling"])
    edition = declaration.carrier_edition
    return written(declaration.carrier, edition, month, lines, prefilled=reckoned.prefilled)


def file_name(carrier: Carrier, month: date, edition: Any, complementary: int = 0) -> str:
    """The name that Damancom takes (1.8): year before month unless the edition's setting says otherwise."""
    period = f"{month:%m%Y}" if edition.damancom_month_first else f"{month:%Y%m}"
    return f"DS{f'C{complementary}' if complementary else ''}_{carrier.cnss_affiliation}_{period}.txt"


def faults_of(declaration: Declaration, content: bytes) -> list[damancom.FileFault]:
    """What CNSS would send a file of this month back for."""
    return damancom.check(content, **limits_of(declaration.run.month))


# ---- the register


def lateness_costs(people: int, month: date) -> Decimal:
    """The penalty for a month declared late, in dirhams: so much a person, up to a most."""
    each, most = (Parameter.on(name, month) for name in (Figure.late_declaration_each, Figure.late_declaration_most))
    return min(people * each, most)


def is_late(today: date) -> Any:
    """The condition of a declaration that was not uploaded by its last day."""
    due = select(PayrollRun.id).where(PayrollRun.month <= last_month_due(today))
    return and_(Declaration.state.not_in(SENT), Declaration.run_id.in_(due))


def people_counted(numbers: Iterable[int]) -> dict[int, int]:
    """How many people each of these declarations has, asked at once."""
    asked = of_carrier(Declaration.id, func.count(Contract.participant_id.distinct()))
    asked = asked.join(
        Declaration,
        and_(Declaration.run_id == PaySlip.run_id, Declaration.carrier_id == Agreement.carrier_id),
    ).join(PayrollRun, and_(PayrollRun.id == Declaration.run_id, PayrollRun.month == PaySlip.month))
    asked = asked.where(PaySlip.kind == SlipKind.regular, Declaration.id.in_(list(numbers)))
    return {number: int(count) for number, count in db.session.execute(asked.group_by(Declaration.id))}
