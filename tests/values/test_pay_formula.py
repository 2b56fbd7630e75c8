"""The pay formula against slips worked by hand, and Python against the database, to the centime."""

import ast
import math
import random
from decimal import Decimal as D
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, create_engine, delete, insert, select
from sqlalchemy.orm import DeclarativeBase

from awrash.database.session import open_database
from awrash.values import pay_formula
from awrash.values.money import Money, centimes, dirhams
from awrash.values.pay_formula import Bracket, MonthFigures, Rate, Tax, greatest, least, pay, steps
from tests import servers

# branch, employer's and employee's rate in hundred-thousandths, capped: docs/programme.md, "Contribution rates"
BRANCHES = [
    ("family", 6400, 0, False),
    ("short_term", 670, 330, True),
    ("job_loss", 380, 190, True),
    ("long_term", 7930, 3960, True),
    ("amo", 2260, 2260, False),
    ("amo_solidarity", 1850, 0, False),
    ("training_tax", 1600, 0, False),
]
SUMS = ("wage", "gross", "capped", "employee_share", "employer_share", "net", "borne_by_state")
SUMS += ("borne_by_carrier", "expenses", "taxable", "income_tax")


# the law of finances 2025: brackets of a year, expenses 35 % up to 78,000 a year, then 25 % and at most 35,000
BRACKETS = [("40000", 10), ("60000", 20), ("80000", 30), ("100000", 34), ("180000", 37)]


def a_tax(brackets=BRACKETS, limit="78000", low=35, high=25, most="35000"):
    rates = [0, *(rate for _, rate in brackets)]
    return Tax(
        tuple(
            Bracket(centimes(D(over)), rate * 1000, (rate - below) * 1000)
            for (over, rate), below in zip(brackets, rates, strict=False)
        ),
        12,
        centimes(D(limit)),
        low * 1000,
        high * 1000,
        centimes(D(most)),
    )


def a_month(smig="3422.72", full_days=26, ceiling="6000.00", rates=None, tax=None):
    if rates is None:
        sides = [("employer", 1, "state"), ("employee", 2, "participant")]
        rates = [
            Rate(row[0], side, row[at], row[3], bearer) for row in BRANCHES for side, at, bearer in sides if row[at]
        ]
    return MonthFigures(centimes(D(smig)), full_days, centimes(D(ceiling)), tuple(rates), tax)


def worked(wage, days, month):
    """Gross, capped, employer's share, employee's share and net, as the slip prints them."""
    sums = pay(centimes(D(wage)), days, month)
    shown = (sums.gross, sums.capped, sums.employer_share, sums.employee_share, sums.net)
    return " ".join(str(dirhams(amount)) for amount in shown)


@pytest.mark.parametrize(
    ("smig", "slip"),
    [
        ("2698.83", "2698.83 2698.83 569.19 181.90 2516.93"),
        ("2828.71", "2828.71 2828.71 596.58 190.65 2638.06"),
        ("2970.05", "2970.05 2970.05 626.38 200.17 2769.88"),
        ("3111.39", "3111.39 3111.39 656.19 209.71 2901.68"),
        ("3266.10", "3266.10 3266.10 688.81 220.14 3045.96"),
        ("3422.72", "3422.72 3422.72 721.84 230.68 3192.04"),
    ],
)
def test_a_full_month_at_each_smig(smig, slip):
    assert worked(smig, 26, a_month(smig)) == slip


@pytest.mark.parametrize(
    ("wage", "days", "slip"),
    [
        ("3422.72", 0, "0.00 0.00 0.00 0.00 0.00"),
        ("3422.72", 1, "131.64 131.64 27.77 8.87 122.77"),
        ("3422.72", 13, "1711.36 1711.36 360.93 115.35 1596.01"),
        ("3422.72", 20, "2632.86 2632.86 555.27 177.45 2455.41"),
        ("3422.72", 25, "3291.08 3291.08 694.09 221.82 3069.26"),
        ("6000.00", 26, "6000.00 6000.00 1265.40 404.40 5595.60"),
        ("6000.01", 26, "6000.01 6000.00 1265.40 404.40 5595.61"),
        ("7500.00", 26, "7500.00 6000.00 1447.05 438.30 7061.70"),
        ("7500.00", 25, "7211.54 6000.00 1412.11 431.78 6779.76"),
        ("7500.00", 20, "5769.23 5769.23 1216.72 388.84 5380.39"),
    ],
)
def test_a_part_of_a_month_and_a_wage_over_the_ceiling(wage, days, slip):
    assert worked(wage, days, a_month()) == slip


@pytest.mark.parametrize(("wage", "days"), [("3266.10", 26), ("3266.10", 13), ("2000.00", 1), ("0.00", 25)])
def test_a_wage_below_the_smig_of_the_month_is_lifted_to_it(wage, days):
    assert worked(wage, days, a_month()) == worked("3422.72", days, a_month())


def test_each_branch_is_rounded_half_up_by_itself_before_it_is_added():
    sums = pay(342272, 25, a_month())
    amounts = {share.rate.name: str(dirhams(share.amount)) for share in sums.shares}

    assert amounts == {
        "family_employer": "210.63",
        "short_term_employer": "22.05",
        "short_term_employee": "10.86",
        "job_loss_employer": "12.51",
        "job_loss_employee": "6.25",
        "long_term_employer": "260.98",
        "long_term_employee": "130.33",
        "amo_employer": "74.38",
        "amo_employee": "74.38",
        "amo_solidarity_employer": "60.88",
        "training_tax_employer": "52.66",
    }


def test_a_share_of_exactly_half_a_centime_goes_up():
    month = a_month(smig="0.00", rates=[Rate("amo", "employee", 2500, False, "participant")])

    assert pay(20, 26, month).employee_share == 1  # 0.20 × 2.5 % is half a centime


def test_net_takes_off_only_what_the_participant_bears():
    bearers = [
        ("employer", "carrier", 10_000),
        ("employee", "state", 5_000),
        ("employee", "participant", 2_500),
    ]
    month = a_month(rates=[Rate("amo", side, rate, False, bearer) for side, bearer, rate in bearers])

    sums = pay(400_000, 26, month)

    assert (sums.employer_share, sums.employee_share) == (40_000, 30_000)
    assert (sums.borne_by_carrier, sums.borne_by_state, sums.net) == (40_000, 20_000, 390_000)


def test_without_rates_the_net_is_the_gross():
    sums = pay(400_000, 26, a_month(rates=[]))

    assert (sums.net, sums.employer_share, sums.borne_by_state) == (400_000, 0, 0)


@pytest.mark.parametrize(
    ("gross", "expenses", "taxable", "tax", "net"),
    [
        # worked by hand: expenses; gross less CNSS, AMO and expenses; a twelfth of the year's tax
        ("3422.72", "1197.95", "1994.09", "0.00", "3192.04"),
        ("5500.00", "1925.00", "3204.30", "0.00", "5129.30"),  # 38,451.60 a year: under the first bracket
        ("6500.00", "2275.00", "3809.30", "47.60", "6036.70"),  # 5,711.60 over 40,000: 571.16 a year
        ("6501.00", "1625.25", "4460.03", "112.67", "5972.61"),  # over 78,000 a year, a quarter and no more a third
        ("12000.00", "2916.67", "8543.33", "1071.40", "10388.60"),  # expenses at their most
    ],
)
def test_a_wage_is_taxed_by_the_brackets_of_its_year(gross, expenses, taxable, tax, net):
    sums = pay(centimes(D(gross)), 26, a_month(tax=a_tax()))
    shown = [str(dirhams(amount)) for amount in (sums.expenses, sums.taxable, sums.income_tax, sums.net)]

    assert shown == [expenses, taxable, tax, net]


def test_a_month_worked_in_part_is_taxed_on_what_it_paid():
    assert pay(1_200_000, 13, a_month(tax=a_tax())).income_tax == pay(600_000, 26, a_month(tax=a_tax())).income_tax


TAXES = st.builds(
    lambda overs, rates, limit, low, high, most: Tax(
        tuple(
            Bracket(over, rate, rate - below)
            for over, rate, below in zip(sorted(overs), sorted(rates), [0, *sorted(rates)], strict=False)
        ),
        12,
        limit,
        low,
        high,
        most,
    ),
    st.lists(st.integers(0, 30_000_000), min_size=5, max_size=5, unique=True),
    st.lists(st.integers(0, 50_000), min_size=5, max_size=5),
    st.integers(0, 20_000_000),
    *[st.integers(0, 100_000)] * 2,
    st.integers(0, 5_000_000),
)


@given(gross=st.integers(0, 5_000_000), tax=TAXES)
def test_the_tax_is_what_each_slice_of_a_year_pays_at_its_own_rate(gross, tax):
    sums = pay(gross, 26, a_month(smig="0.00", rates=[], tax=tax))
    year = Fraction(sums.taxable * 12)
    edges = [*(bracket.over for bracket in tax.brackets), 10**12]
    slices = [
        (min(year, Fraction(until)) - bracket.over) * Fraction(bracket.rate, 100_000)
        for bracket, until in zip(tax.brackets, edges[1:], strict=True)
        if year > bracket.over
    ]

    assert sums.income_tax == math.floor(sum(slices, Fraction(0)) / 12 + Fraction(1, 2))
    assert 0 <= sums.income_tax <= sums.taxable <= sums.gross
    assert sums.taxable == max(sums.gross - sums.expenses, 0)


def test_the_slip_tells_the_tax_line_by_line():
    lines = dict(steps(650_000, 26, a_month(tax=a_tax())))

    assert lines["expenses"] == {"gross": 650_000, "expenses": 227_500, "taxable": 380_930}
    assert lines["tax"] == {"taxable": 380_930, "rate": 10_000, "tax": 4_760}
    assert lines["net"] == {"gross": 650_000, "borne": 46_330, "net": 603_670}


@given(wage=st.integers(0, 2_000_000), days=st.integers(0, 26), smig=st.integers(0, 600_000))
def test_nobody_is_paid_under_the_smig_by_days_worked(wage, days, smig):
    sums = pay(wage, days, a_month(smig=dirhams(smig)))

    assert 26 * sums.gross * 2 >= 2 * smig * days - 26  # at most half a centime of rounding below
    assert sums.gross >= pay(smig, days, a_month(smig=dirhams(smig))).gross
    assert sums.net + sums.employee_share == sums.gross
    assert sums.capped <= min(sums.gross, 600_000)


def test_the_slip_explains_the_sum_line_by_line():
    month = a_month()
    lines = steps(342272, 20, month)

    assert [code for code, _ in lines] == ["gross", "capped", *["share"] * 11, "net"]
    assert lines[0][1] == {"wage": 342272, "days": 20, "full_days": 26, "gross": 263286}
    assert lines[1][1] == {"gross": 263286, "ceiling": 600000, "capped": 263286}
    assert lines[2][1] == {"rate": month.rates[0], "base": 263286, "amount": 16850}
    assert lines[-1][1] == {"gross": 263286, "borne": 17745, "net": 245541}


def test_the_slip_says_when_a_wage_was_lifted():
    assert steps(326610, 20, a_month())[0] == ("lifted", {"wage": 326610, "smig": 342272})


@given(wage=st.integers(0, 2_000_000), days=st.integers(0, 26))
def test_the_lines_of_the_slip_add_up_to_what_is_paid(wage, days):
    sums, lines = pay(wage, days, a_month()), steps(wage, days, a_month())
    borne = sum(facts["amount"] for code, facts in lines if code == "share" and facts["rate"].borne_by == "participant")

    assert lines[-1][1] == {"gross": sums.gross, "borne": borne, "net": sums.net}
    assert sums.net == sums.gross - borne


LINES = Table(
    "formula_line",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("wage", BigInteger, nullable=False),
    Column("amount", Money, nullable=False),
    Column("days", Integer, nullable=False),
    prefixes=["TEMPORARY"],
)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def database(request):
    """Each kind of database, with an empty table that goes when the connection closes."""
    url = "sqlite://"
    if request.param == "postgres":
        url = f"{servers.postgres()}/postgres".replace("postgresql://", "postgresql+psycopg://")
    engine = create_engine(url)
    open_database(engine)
    with engine.connect() as connection:
        LINES.create(connection)
        yield connection
        connection.rollback()
    engine.dispose()


def both_ways(database, rows, month, wage=LINES.c.wage, days=LINES.c.days):
    """What the database works out in one query, and what Python does, for the same rows."""
    database.execute(delete(LINES))
    kept = [{"wage": paid, "amount": dirhams(paid), "days": worked_days} for paid, worked_days in rows]
    database.execute(insert(LINES), kept)
    in_sql = database.execute(select(*all_of(pay(wage, days, month))).order_by(LINES.c.id)).all()
    return [tuple(line) for line in in_sql], [tuple(all_of(pay(*row, month))) for row in rows]


def all_of(sums):
    return [getattr(sums, name) for name in SUMS] + [share.amount for share in sums.shares]


ROWS = st.lists(st.tuples(st.integers(0, 3_000_000), st.integers(0, 31)), min_size=1, max_size=20)
MONTHS = st.builds(
    lambda smig, full_days, ceiling, rates, tax: MonthFigures(
        smig,
        full_days,
        ceiling,
        tuple(
            Rate(f"branch{at}", side, rate, at % 2 == 0, bearer)
            for at, (side, bearer, rate) in enumerate(
                zip(
                    ("employer", "employee", "employer", "employee"),
                    ("state", "participant", "carrier", "participant"),
                    rates,
                    strict=True,
                )
            )
        ),
        tax,
    ),
    st.integers(1, 600_000),
    st.integers(1, 31),
    st.integers(1, 2_000_000),
    st.tuples(*[st.integers(0, 100_000)] * 4),
    st.none() | TAXES,
)


@settings(max_examples=500, deadline=None)
@given(rows=ROWS, month=MONTHS)
def test_the_database_and_python_agree_to_the_centime_whatever_the_figures(database, rows, month):
    in_sql, in_python = both_ways(database, rows, month)

    assert in_sql == in_python


def test_a_hundred_thousand_wages_in_one_query_are_those_worked_out_one_by_one(database):
    chance = random.Random(20261031)
    near = [342271, 342272, 342273, 599999, 600000, 600001, 649999, 650000, 650001]  # the SMIG, the ceiling, expenses
    rows = [(chance.choice([*near, chance.randint(0, 3_000_000)]), chance.randint(0, 26)) for _ in range(100_000)]

    in_sql, in_python = both_ways(database, rows, a_month(tax=a_tax()))

    assert in_sql == in_python


class Base(DeclarativeBase):
    pass


class Line(Base):
    __table__ = LINES


ROWS_TO_TRY = [(342272, 20), (500000, 25), (750000, 26), (1000, 13)]


@pytest.mark.parametrize("wage", [LINES.c.amount, LINES.c.wage], ids=["money", "centimes"])
def test_a_wage_of_the_type_money_is_read_in_centimes(database, wage):
    in_sql, in_python = both_ways(database, ROWS_TO_TRY, a_month(), wage=wage)

    assert in_sql == in_python


def test_the_formula_takes_mapped_attributes(database):
    in_sql, in_python = both_ways(database, ROWS_TO_TRY, a_month(), wage=Line.amount, days=Line.days)

    assert in_sql == in_python


def test_one_wage_for_days_in_a_small_column_does_not_overflow(database):
    rows = [(2_000_000, days) for days in (0, 1, 26)]

    in_sql, in_python = both_ways(database, rows, a_month(), wage=2_000_000)

    assert in_sql == in_python


@pytest.mark.parametrize(("one", "other"), [(1, 2), (2, 1), (2, 2)])
def test_least_and_greatest_are_the_same_for_numbers_and_for_columns(database, one, other):
    database.execute(delete(LINES))
    database.execute(insert(LINES), [{"wage": one, "amount": 0, "days": other}])
    wage, days = LINES.c.wage, LINES.c.days
    query = select(least(wage, days), least(wage, other), least(one, days), greatest(wage, days), greatest(one, days))

    smaller, larger = min(one, other), max(one, other)
    assert tuple(database.execute(query).one()) == (smaller, smaller, smaller, larger, larger)
    assert (least(one, other), greatest(one, other)) == (smaller, larger)


def test_no_figure_of_the_programme_stands_in_the_formula():
    tree = ast.parse(Path(pay_formula.__file__).read_text(encoding="utf-8"))
    numbers = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and type(node.value) is int}

    assert numbers <= {0}
