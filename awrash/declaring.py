"""What a carrier declares of a month: the people of its payroll, beside those whom CNSS knows there already.

`reference/damancom.md` 1.2: the pre-filled A-file comes in, the B-file goes out; `damancom.py` knows the bytes.
"""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from awrash import damancom, periods
from awrash import states as s
from awrash import validators as v
from awrash.database import db
from awrash.figures import Parameter
from awrash.models import Agreement, Carrier, Contract, Declaration, PaySlip, Worksite
from awrash.money import centimes
from awrash.parameters import Figure


def slips_of(declaration: Declaration) -> list[PaySlip]:
    """The wages of the carrier in the month itself; what corrects an earlier month goes in a complementary file."""
    asked = (
        select(PaySlip)
        .join(PaySlip.contract)
        .join(Contract.worksite)
        .join(Worksite.agreement)
        .where(
            PaySlip.run_id == declaration.run_id,
            PaySlip.month == declaration.run.month,
            PaySlip.kind == s.SlipKind.regular,
            PaySlip.blocked_by.is_(None),
            Agreement.carrier_id == declaration.carrier_id,
        )
    )
    return list(db.session.scalars(asked.order_by(PaySlip.contract_id)))


def prefilled_of(declaration: Declaration) -> damancom.Prefilled | None:
    """The pre-filled file that CNSS gave for this carrier and month, when it was brought."""
    if not declaration.prefilled:
        return None
    surname_first = declaration.carrier_edition.damancom_surname_first
    return damancom.read_prefilled(declaration.prefilled, surname_first=surname_first)


def bring_prefilled(declaration: Declaration, content: bytes) -> None:
    """Keep the pre-filled file as it came; it is that of this carrier and of this month, or it is refused."""
    try:
        read = damancom.read_prefilled(content, surname_first=declaration.carrier_edition.damancom_surname_first)
    except damancom.Faulty as faulty:
        v.PrefilledReadable().refuse(fault=faulty.faults[0].sentence)
    wanted = (declaration.carrier.cnss_affiliation, declaration.run.month)
    if (read.affiliation, read.period) != wanted:
        v.PrefilledOfCarrier().refuse(carrier=declaration.carrier, found=read.affiliation, month=f"{read.period:%Y-%m}")
    declaration.prefilled = content
    db.session.flush()


def matching_of(declaration: Declaration) -> damancom.Matching | None:
    """CNSS's people and ours side by side; ours are keyed by participant."""
    prefilled = prefilled_of(declaration)
    return damancom.match(prefilled, [_person(one) for one in people_of(declaration)]) if prefilled else None


def people_of(declaration: Declaration) -> dict[Any, list[PaySlip]]:
    """The month's slips of each participant: two contracts of one person are one line of the file."""
    found: dict[Any, list[PaySlip]] = {}
    for slip in slips_of(declaration):
        found.setdefault(slip.contract.participant, []).append(slip)
    return found


def _person(participant: Any) -> damancom.Person:
    return damancom.Person(
        key=participant.id,
        cnss_number=participant.cnss_number or "",
        cnie=participant.cnie,
        family_name=participant.family_name_fr,
        given_name=participant.given_name_fr,
        born_on=participant.born_on,
    )


def _declared(participant: Any, slips: list[PaySlip], number: str, ceiling: int, month: date) -> damancom.Declared:
    gross = sum(centimes(one.gross) for one in slips)
    said = next((one.situation for one in slips if one.situation != s.Situation.present), s.Situation.present)
    left = all(
        one.contract.state == s.ContractState.ended and one.contract.ends_on <= periods.last_day(month) for one in slips
    )
    return damancom.Declared(
        number=number,
        family_name=participant.family_name_fr,
        given_name=participant.given_name_fr,
        days=sum(one.days for one in slips),
        gross=gross,
        capped=min(gross, ceiling),
        situation=s.Situation.SO if left and said == s.Situation.present else said,
        cnie=participant.cnie,
    )


def lines_of(declaration: Declaration, ceiling: int) -> list[damancom.Declared]:
    """A line for each person; nobody whom CNSS doesn't know goes in without a day."""
    matching = matching_of(declaration)
    numbers = {pair.ours.key: pair.theirs.cnss_number for pair in matching.pairs} if matching else {}
    found = []
    for participant, slips in people_of(declaration).items():
        number = numbers.get(participant.id, participant.cnss_number or "")
        if participant.id in numbers or any(one.days for one in slips):
            found.append(_declared(participant, slips, number, ceiling, declaration.run.month))
    return found


def file_of(declaration: Declaration) -> bytes:
    """The B-file of a carrier and month; a rule's refusal in the place of a file that CNSS would send back."""
    month, carrier, edition = declaration.run.month, declaration.carrier, declaration.carrier_edition
    ceiling = centimes(Parameter.on(Figure.ceiling, month))
    try:
        return damancom.write_declaration(
            damancom.Employer(carrier.cnss_affiliation or "", carrier.name_fr, carrier.address or "", _city(carrier)),
            month,
            lines_of(declaration, ceiling),
            most_days=int(Parameter.on(Figure.full_month_days, month)),
            ceiling=ceiling,
            prefilled=prefilled_of(declaration),
            surname_first=edition.damancom_surname_first,
            line_end="\r\n" if edition.damancom_crlf else "\n",
        )
    except damancom.Unwritable as unwritable:
        return v.FileAccepted().refuse(carrier=carrier, fault=unwritable.faults[0].sentence)


def faults_of(declaration: Declaration, content: bytes) -> list[damancom.Fault]:
    """What CNSS would send a file of this month back for."""
    month = declaration.run.month
    most_days, ceiling = (Parameter.on(name, month) for name in (Figure.full_month_days, Figure.ceiling))
    return damancom.check(content, most_days=int(most_days), ceiling=centimes(ceiling))


def _city(carrier: Carrier) -> str:
    return carrier.commune.name_fr if carrier.commune else ""


def lateness_costs(people: int, month: date) -> Decimal:
    """The penalty for a month declared late, in dirhams: so much a person, up to a most."""
    each, most = (Parameter.on(name, month) for name in (Figure.late_declaration_each, Figure.late_declaration_most))
    return min(people * each, most)
