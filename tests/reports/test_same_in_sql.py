"""What is worked out twice, in Python for one record and in SQL for all, is the same on rows that no demonstration has.

The rows are drawn from values at the edge of each rule and written behind the rules, some hundred at once; the draw
is the same in every run.
"""

import random
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from awrash.cnss import declarations
from awrash.database.session import db
from awrash.models import (
    AttendanceLine,
    AttendanceSheet,
    Carrier,
    Contract,
    Declaration,
    Edition,
    Instalment,
    Participant,
    PayrollRun,
    PaySlip,
    Worksite,
)
from awrash.operations import management_fee
from awrash.records.dated_figures import Parameter
from awrash.reports import dashboard, payroll_totals
from awrash.reports.month_wages import block_conditions, payable_lines
from awrash.rules.payability import PAYABLE
from awrash.rules.rule import RuleError
from awrash.values.figure_names import Figure
from awrash.values.states import (
    AccountState,
    AgreementState,
    ContractState,
    DeclarationState,
    InstalmentState,
    SheetState,
    Situation,
    WorksiteState,
)
from tests.world import (
    AMOUNTS,
    a_call,
    a_carrier,
    a_contract,
    a_participant,
    a_project,
    a_rib,
    a_world,
    an_agreement,
    behind,
)

APRIL, MAY, JUNE = date(2026, 4, 1), date(2026, 5, 1), date(2026, 6, 1)
SIGNED = date(2026, 4, 20)
SITES, PEOPLE = 9, 60
NOTHING = Decimal("0.00")

# a value is drawn for each field; what is usual stands twice, so that some rows are stopped by one rule alone
OF_AGREEMENT = {
    "council_signed_on": (SIGNED, SIGNED, SIGNED, None),
    "carrier_signed_on": (SIGNED, SIGNED, SIGNED, None),
    "tripartite": (False, False, True),
    "commune_signed_on": (None, SIGNED),
    "service": (None, None, "مديرية الفلاحة"),
    "service_signed_on": (None, SIGNED),
}
BANKS = (None, "350", "350 007", "007")
OF_PERSON = {
    "account_state": (AccountState.verified, AccountState.verified, AccountState.being_opened, AccountState.none),
    "rib": ("own", "own", "shared", "other bank", None),
    "phone": (None, "own", "shared"),
    "phone_answer": (None, None, "زوجان"),
    "cnss_number": ("own", None),
    "declared_elsewhere_by": (None, None, "Société Argane"),
    "declared_elsewhere_until": (None, date(2026, 4, 30), MAY, date(2026, 5, 31)),
}
OF_CONTRACT = {
    "anapec_approved_on": (SIGNED, SIGNED, None),
    "state": (ContractState.running, ContractState.ended),
    "starts_on": (MAY, MAY, date(2026, 5, 31)),
}
OF_LINE = {
    "days_worked": (0, 1, 26, 26, 27),
    "corrected_days": (None, None, 0, 25, 26, 27),
    "corrected_situation": (None, None, Situation.present, Situation.IL),
    "situation": (Situation.present, Situation.SO, Situation.CS),
}
LONGEST = 1  # month that the programme lasts for one person here, so that a month of 26 days is the most in all
BEFORE = (0, 0, 0, 1, 25, 26)  # days of the month before


def drawn(draw, pools):
    return {name: draw.choice(pool) for name, pool in pools.items()}


def some_sites(world, draw):
    """Worksites of as many carriers, in editions that accept different banks."""
    sites = []
    with db.session.no_autoflush:
        editions = [
            Edition(year=2030 + place, quota_person_months=9_000, starts_on=MAY, ends_on=MAY) for place in range(4)
        ]
        calls = [a_call(edition, f"{place}/2030") for place, edition in enumerate(editions)]
        for place in range(SITES):
            carrier = a_carrier(f"R-{place + 1}", officer=f"J70000{place}") if place else world.carrier
            project = a_project(draw.choice(calls), carrier, f"2030-{place:04}") if place else world.project
            agreement = an_agreement(project, f"{place + 1}-أ ع م-2030") if place else world.agreement
            site = Worksite(code=f"S-{place}", agreement=agreement, name_ar="ورش", name_fr="Chantier", places=500)
            site.opens_on, site.closes_on, site.commune = MAY, date(2026, 7, 31), project.commune
            site.state = WorksiteState.open
            sites.append(site)
    return editions, sites


@pytest.fixture
def rows(app, monkeypatch):
    """Sixty people at nine worksites in May, every field drawn."""
    draw = random.Random(20261130)
    world = a_world()
    monkeypatch.setattr("awrash.rules.hook.refusals_of", lambda record, on_delete=False: iter(()))
    editions, sites = some_sites(world, draw)
    db.session.add_all([*editions, *sites])
    db.session.flush()
    for edition, banks in zip(editions, BANKS, strict=True):
        behind(edition, accepted_banks=banks)
    for place, site in enumerate(sites):
        behind(site.agreement, **drawn(draw, OF_AGREEMENT))
        if place % 4 == 3:
            behind(site.agreement.carrier, cnss_affiliation=None)
    for site in sites:
        for month in (APRIL, MAY):
            sheet = AttendanceSheet(worksite=site, month=month)
            db.session.add(sheet)
            db.session.flush()
            locked = draw.choice((SheetState.locked, SheetState.locked, SheetState.verified, SheetState.open))
            behind(sheet, state=locked)
    for number in range(PEOPLE):
        some_person(draw, number, sites)
    programme = Parameter(name=Figure.longest_months, since=APRIL, value=Decimal(LONGEST), reference="—")
    db.session.add(programme)  # once the contracts are there: each of them is longer
    nameless = db.session.scalars(select(Participant).order_by(Participant.id).limit(2)).all()
    behind(nameless[0], cnie="", cnss_number=None)
    db.session.flush()
    db.session.expire_all()
    return world


def some_person(draw, number, sites):
    """One person with one contract or two, each with its line of May, and days of earlier months."""
    with db.session.no_autoflush:
        person = a_participant(f"K{number:06}")
        contracts = [
            a_contract(person, site, f"K-{number}-{site.code}") for site in draw.sample(sites, draw.choice((1, 2)))
        ]
        for contract in contracts:
            for name, value in drawn(draw, OF_CONTRACT).items():
                setattr(contract, name, value)
        for contract in contracts[1:]:
            contract.state = ContractState.prepared
        db.session.add_all([person, *contracts])
    db.session.flush()
    values = drawn(draw, OF_PERSON)
    values["rib"] = {"own": a_rib(number), "shared": a_rib(99), "other bank": "007780000123400000000101"}.get(
        values["rib"]
    )
    values["phone"] = {"own": f"+2126123456{number:02}", "shared": "+212612345600"}.get(values["phone"])
    values["cnss_number"] = f"{100_000_000 + number}" if values["cnss_number"] else None
    behind(person, **values)
    for contract in contracts:
        for sheet in sorted(contract.worksite.sheets, key=lambda sheet: sheet.id):
            if draw.random() < 0.9:
                line = AttendanceLine(sheet=sheet, contract=contract, days_worked=1)
                db.session.add(line)
                db.session.flush()
                days = drawn(draw, OF_LINE) if sheet.month == MAY else {"days_worked": draw.choice(BEFORE)}
                behind(line, **days)


def blocked_in_python(contract):
    """The codes of the rules that block the wage of a contract in May, each asked by itself."""
    codes = set()
    slip = SimpleNamespace(contract=contract, month=MAY, most_days=26, most_days_in_all=LONGEST * 26)
    for rule in PAYABLE:
        try:
            rule.check(slip)
        except RuleError as refusal:
            codes.add(refusal.code)
    return codes


def test_each_rule_that_blocks_a_wage_blocks_the_same_wages_in_sql(rows):
    conditions = block_conditions(MAY)
    assert list(conditions) == [rule.code for rule in PAYABLE]
    in_sql = {}
    for line in db.session.execute(payable_lines(MAY, Contract.id, *(conditions[rule.code] for rule in PAYABLE))):
        in_sql[line[0]] = {rule.code for rule, is_blocked in zip(PAYABLE, line[1:], strict=True) if is_blocked}
    in_python = {number: blocked_in_python(db.session.get(Contract, number)) for number in in_sql}
    assert in_python == in_sql
    count = Counter(code for codes in in_sql.values() for code in codes)
    rare = {"known_to_cnss": 1}
    for rule in PAYABLE:  # of each rule the draw has wages that it blocks and wages that it lets pass
        assert rare.get(rule.code, 2) <= count[rule.code] < len(in_sql), rule.code


def test_the_days_and_the_situation_that_count_are_the_same_in_sql(rows):
    asked = select(AttendanceLine, AttendanceLine.days.label("counted"), AttendanceLine.said.label("situation_said"))
    lines = db.session.execute(asked).all()
    assert len(lines) > PEOPLE
    assert [(line.days, line.said) for line, *_ in lines] == [tuple(pair) for _, *pair in lines]


def drawn_declarations() -> None:
    """April and May declared by each carrier or not, on days of May to August; some wages blocked."""
    draw = random.Random(20261201)
    carriers = db.session.scalars(select(Carrier).order_by(Carrier.id)).all()  # the draw is the same on both databases
    for month in (APRIL, MAY):
        with db.session.no_autoflush:
            run = PayrollRun(month=month)
            for carrier in carriers:
                declaration = Declaration(run=run, carrier=carrier, state=draw.choice(list(DeclarationState)))
                declaration.uploaded_on = month + timedelta(days=draw.randrange(35, 70))
            for contract in db.session.scalars(select(Contract).order_by(Contract.id)):
                slip = PaySlip(run=run, contract=contract, month=month, days=draw.choice((0, 5, 26)))
                slip.blocked_by = draw.choice((None, None, "bank_account"))
                for name in AMOUNTS:
                    setattr(slip, name, Decimal("1.00"))
            db.session.add(run)
        db.session.flush()


def test_whose_cover_opens_in_a_month_is_the_same_in_sql(rows):
    drawn_declarations()
    people = db.session.scalars(select(Participant)).all()
    for number in range(7, 12):
        month = date(2026, number, 1)
        in_sql = set(db.session.scalars(dashboard.cover_opening(month)))
        opens = {person.id: person.cover_by_months for person in people}
        assert in_sql == {person for person, day in opens.items() if day and day.replace(day=1) == month}, month
        assert bool(in_sql) == (number in (8, 9, 10)), month


# ---- what is late, on the day and the day after


@pytest.mark.parametrize("month", [APRIL, MAY, date(2026, 12, 1)])
def test_a_declaration_is_late_from_the_day_after_its_last_in_sql_too(app, month):
    world = a_world()
    made = {}
    with db.session.no_autoflush:
        run = PayrollRun(month=month)
        for place, state in enumerate(DeclarationState, 1):
            carrier = world.carrier if place == 1 else a_carrier(f"R-{place}", officer=f"J70000{place}")
            made[state] = Declaration(run=run, carrier=carrier)
        db.session.add_all(made.values())
    db.session.flush()
    for state, declaration in made.items():
        behind(declaration, state=state)
    last = made[DeclarationState.made].due_on
    assert last == date(month.year + month.month // 12, month.month % 12 + 1, 10)
    for today in (last - timedelta(days=1), last, last + timedelta(days=1), last + timedelta(days=40)):
        late = set(db.session.scalars(select(Declaration.id).where(declarations.is_late(today))))
        open_states = (DeclarationState.to_make, DeclarationState.made, DeclarationState.rejected)
        assert late == {made[state].id for state in open_states if today > last}, today


@pytest.mark.parametrize("state", AgreementState)
def test_an_instalment_is_late_from_the_day_after_it_is_due(app, state):
    world = a_world()
    due = world.agreement.instalments[0]
    behind(world.agreement, state=state)
    owed = state in (AgreementState.signed, AgreementState.running, AgreementState.ended)
    for of_instalment in InstalmentState:
        behind(due, state=of_instalment)
        for days in (-1, 0, 1):
            late = db.session.scalar(
                select(Instalment.id).where(management_fee.is_late(due.due_on + timedelta(days=days)))
            )
            expected = owed and of_instalment != InstalmentState.paid and days > 0
            assert (late is not None) == expected, (of_instalment, days)


@pytest.mark.parametrize("wage, is_raised", [("3422.71", False), ("3422.72", False), ("3422.73", True)])
def test_a_wage_is_raised_that_is_a_centime_over_its_contracts(app, wage, is_raised):
    world = a_world()
    with db.session.no_autoflush:
        run = PayrollRun(month=MAY)
        amounts = dict.fromkeys(AMOUNTS, NOTHING) | {"contract_wage": Decimal("3422.72"), "wage": Decimal(wage)}
        slip = PaySlip(run=run, contract=world.contract, month=MAY, days=26, **amounts)
        db.session.add(slip)
    db.session.flush()
    assert set(db.session.scalars(payroll_totals.raised_slips("yes"))) == ({slip.id} if is_raised else set())
    assert set(db.session.scalars(payroll_totals.raised_slips("no"))) == (set() if is_raised else {slip.id})
