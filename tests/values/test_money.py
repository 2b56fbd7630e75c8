"""Amounts are exact: in Python, in the database, and on the way between them."""

import ast
from decimal import Decimal as D
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    MetaData,
    Table,
    create_engine,
    func,
    insert,
    literal_column,
    select,
    type_coerce,
)
from sqlalchemy.exc import StatementError

from awrash.values import money
from awrash.values.money import FigureType, Money, centimes, dirhams, round_half_up, rounded, split_evenly
from tests import servers

SLIPS = Table(
    "kept_slip",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("net", Money),
    Column("rate", FigureType),
    prefixes=["TEMPORARY"],
)
net = SLIPS.c.net  # lower case: a column to ask about, not a constant


@pytest.fixture(params=["sqlite", "postgres"])
def kept(request):
    """A database that keeps the wages 3,422.72, 0.10, 0.20 and one not known yet."""
    url = "sqlite://"
    if request.param == "postgres":
        url = f"{servers.postgres()}/postgres".replace("postgresql://", "postgresql+psycopg://")
    engine = create_engine(url)
    with engine.connect() as connection:
        SLIPS.create(connection)
        rows = [{"net": D("3422.72"), "rate": D("0.0640")}, {"net": D("0.1"), "rate": 26}]
        rows += [{"net": D("0.20"), "rate": D("17.92")}, {"net": None, "rate": None}]
        connection.execute(insert(SLIPS), rows)
        yield connection
        connection.rollback()
    engine.dispose()


def test_an_amount_is_kept_as_whole_centimes_and_comes_back_with_two_decimals(kept):
    query = select(type_coerce(net, BigInteger), net).order_by(SLIPS.c.id)

    assert [(whole, str(amount)) for whole, amount in kept.execute(query)] == [
        (342272, "3422.72"),
        (10, "0.10"),
        (20, "0.20"),
        (None, "None"),
    ]


def test_a_figure_is_kept_in_hundred_thousandths_and_comes_back_with_five_decimals(kept):
    query = select(type_coerce(SLIPS.c.rate, BigInteger), SLIPS.c.rate).order_by(SLIPS.c.id)

    assert [(whole, str(figure)) for whole, figure in kept.execute(query)] == [
        (6400, "0.06400"),
        (2_600_000, "26.00000"),
        (1_792_000, "17.92000"),
        (None, "None"),
    ]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (func.sum(net), "3423.02"),
        (func.max(net), "3422.72"),
        (func.coalesce(func.sum(net), 0), "3423.02"),
        (func.sum(net) + 1, "3424.02"),
        (func.sum(net) - D("0.02"), "3423.00"),
        (D("5000.00") - func.sum(net), "1576.98"),
        (func.sum(net + net), "6846.04"),
    ],
)
def test_a_sum_in_the_database_is_an_exact_amount(kept, asked, found):
    assert str(kept.scalar(select(asked))) == found


def test_a_sum_of_wages_is_not_the_sum_that_floats_give(kept):
    assert kept.scalar(select(func.sum(net)).where(net < 1)) == D("0.30") != D(0.1 + 0.2)


def test_a_sum_over_nobody_is_unknown_rather_than_nothing(kept):
    assert kept.scalar(select(func.sum(net)).where(net > 9000)) is None


@pytest.mark.parametrize("whole", [342302, D("342302"), D("342302.00")])
def test_a_sum_reads_the_same_as_an_integer_or_as_the_numeric_of_postgresql(whole):
    assert str(Money().process_result_value(whole, None)) == "3423.02"


def test_a_mean_is_refused_rather_than_cut_to_a_centime(kept):
    with pytest.raises((TypeError, ValueError)):  # a float on SQLite, a part of a centime on PostgreSQL
        kept.scalar(select(type_coerce(func.avg(net), Money)))


@pytest.mark.parametrize(
    ("where", "found"),
    [
        (D("3422.72") == net, 1),
        (D("3422.7200") == net, 1),
        (D("3422.72") != net, 2),
        (net > 100, 1),
        (D("0.10") <= net, 3),
        (D("0.10") < net, 2),
        (net.in_([D("0.10"), D("0.20"), 7]), 2),
        (net.between(0, D("0.20")), 2),
        (net.is_(None), 1),
        (SLIPS.c.rate == D("17.92"), 1),
        (SLIPS.c.rate < 1, 1),
    ],
)
def test_a_comparison_in_the_database_is_in_dirhams(kept, where, found):
    assert kept.scalar(select(func.count()).select_from(SLIPS).where(where)) == found


@pytest.mark.parametrize("product", [lambda: net * 2, lambda: 2 * net, lambda: net / 2, lambda: net // 2])
def test_a_product_of_an_amount_is_refused_in_the_database_as_it_would_be_scaled_twice(product):
    with pytest.raises(TypeError, match="type_coerce"):
        product()


@pytest.mark.parametrize(
    ("given", "trouble"),
    [
        (0.1, TypeError),
        (3422.0, TypeError),
        ("3422.72", TypeError),
        (True, TypeError),
        (D("0.001"), ValueError),
        (D("1.00000000000000000000000000001"), ValueError),
        (D("NaN"), ValueError),
        (D("sNaN"), ValueError),
        (D("Infinity"), ValueError),
    ],
)
def test_what_is_not_an_exact_amount_is_refused(kept, given, trouble):
    with pytest.raises(trouble):
        centimes(given)
    with pytest.raises((trouble, StatementError)):
        kept.execute(insert(SLIPS), [{"net": given}])
    with pytest.raises((trouble, StatementError)):
        kept.scalar(select(SLIPS.c.id).where(given == net))


@pytest.mark.parametrize("given", [0.06, D("0.000001"), D("NaN")])
def test_what_is_not_an_exact_figure_is_refused(given):
    with pytest.raises((TypeError, ValueError)):
        FigureType().process_bind_param(given, None)


def test_amounts_are_typed_so_that_the_database_may_keep_its_statements():
    assert Money.cache_ok is True
    assert FigureType.cache_ok is True


@given(st.integers(-(10**17), 10**17))
def test_centimes_and_dirhams_undo_each_other(whole):
    assert centimes(dirhams(whole)) == whole
    assert dirhams(whole).as_tuple().exponent == -2


@pytest.mark.parametrize("given", [3.7, D("3.7"), "3"])
def test_a_part_of_a_centime_is_not_turned_into_dirhams(given):
    with pytest.raises((TypeError, ValueError)):
        dirhams(given)


@pytest.mark.parametrize(
    ("numerator", "denominator", "whole"),
    [(0, 3, 0), (1, 3, 0), (1, 2, 1), (2, 3, 1), (3, 2, 2), (5, 2, 3), (7, 7, 1), (49, 100, 0), (50, 100, 1)],
)
def test_a_half_is_rounded_up_in_python_and_in_the_database(kept, numerator, denominator, whole):
    column = literal_column(str(numerator), BigInteger)

    assert round_half_up(numerator, denominator) == whole
    assert kept.scalar(select(round_half_up(column, denominator))) == whole


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_the_rounding_divides_whole_numbers_and_never_through_floor_of_a_numeric(name):
    dialect = create_engine({"sqlite": "sqlite://", "postgresql": "postgresql+psycopg://"}[name]).dialect
    sql = str(select(round_half_up(type_coerce(net, BigInteger), 26)).compile(dialect=dialect)).upper()

    assert "/" in sql
    assert not any(word in sql for word in ("FLOOR", "CAST", "NUMERIC", "0.0"))


@pytest.mark.parametrize(
    ("exact", "amount"),
    [
        ("0.004", "0.00"),
        ("0.005", "0.01"),
        ("0.015", "0.02"),
        ("0.025", "0.03"),
        ("-0.005", "-0.01"),
        ("3422.72", "3422.72"),
        ("2632.861538", "2632.86"),
        ("-2632.865", "-2632.87"),
        ("7", "7.00"),
    ],
)
def test_an_exact_amount_is_rounded_half_up_to_the_centime(exact, amount):
    assert str(rounded(D(exact))) == amount


@pytest.mark.parametrize("given", [0.125, D("NaN"), D("Infinity")])
def test_what_is_not_exact_is_not_rounded(given):
    with pytest.raises((TypeError, ValueError)):
        rounded(given)


@given(st.integers(-(10**12), 10**12), st.integers(1, 60))
def test_instalments_add_up_exactly_and_differ_by_a_centime_at_most(whole, parts):
    shares = split_evenly(dirhams(whole), parts)

    assert len(shares) == parts
    assert sum(shares) == dirhams(whole)
    assert max(shares) - min(shares) <= D("0.01")


def test_the_first_instalments_carry_the_odd_centimes():
    assert split_evenly(D("100.00"), 3) == [D("33.34"), D("33.33"), D("33.33")]


@pytest.mark.parametrize("parts", [0, -1])
def test_an_amount_is_split_into_at_least_one_instalment(parts):
    with pytest.raises(ValueError, match="parts"):
        split_evenly(D("100.00"), parts)


def floats_in(source):
    """Lines of a program that would bring a float in: a literal, `float`, or a true division."""
    for node in ast.walk(ast.parse(source)):
        literal = isinstance(node, ast.Constant) and isinstance(node.value, float | complex)
        named = isinstance(node, ast.Name) and node.id == "float"
        divided = isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div)
        if literal or named or divided:
            yield node.lineno


@pytest.mark.parametrize("name", ["money.py", "pay_formula.py"])
def test_no_float_touches_money(name):
    source = (Path(money.__file__).parent / name).read_text(encoding="utf-8")

    assert list(floats_in(source)) == []


@pytest.mark.parametrize("source", ["x = 0.5", "x = float(1)", "x = 1 / 2", "x /= 2"])
def test_the_watch_on_floats_is_awake(source):
    assert list(floats_in(source)) == [1]
