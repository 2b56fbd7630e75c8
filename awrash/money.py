"""Amounts: `Decimal` dirhams in Python, whole centimes in the database, one rounding.

Sign: an amount is what a person or a carrier receives; only reversal lines are negative.
No float enters here.
"""

from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Dialect, TypeDecorator
from sqlalchemy.sql.type_api import TypeEngine

CENTIME = Decimal("0.01")
PER_DIRHAM = 100
PER_UNIT = 100_000  # a figure or a rate is whole hundred-thousandths


def _whole(value: Any, per_unit: int) -> int:
    """`value` in units of 1/per_unit, exactly; TypeError for a float, ValueError for what has no exact place."""
    if isinstance(value, float):
        raise TypeError("money and figures are never floats")
    amount = Decimal(value)
    if not amount.is_finite():
        raise ValueError(f"{value} is not an amount")
    scaled = amount * per_unit
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{value} has more decimals than are kept")
    return int(scaled)


def centimes(amount: Decimal | int) -> int:
    """Dirhams to whole centimes, exactly; ValueError for a part of a centime."""
    return _whole(amount, PER_DIRHAM)


def dirhams(whole_centimes: int) -> Decimal:
    """Whole centimes to dirhams, with two decimals."""
    return Decimal(int(whole_centimes)).scaleb(-2)


def round_half_up(numerator: Any, denominator: Any) -> Any:
    """The one rounding: the nearest whole number, halves up, by integer division alone.

    Takes Python ints and SQL columns alike; what is divided is never negative.
    """
    return (2 * numerator + denominator) // (2 * denominator)


def rounded(amount: Decimal) -> Decimal:
    """An exact amount in dirhams to the centime, half up; halves away from zero below it."""
    numerator, denominator = amount.as_integer_ratio()
    size = dirhams(round_half_up(abs(numerator) * PER_DIRHAM, denominator))
    return -size if numerator < 0 else size


def split_evenly(amount: Decimal, parts: int) -> list[Decimal]:
    """An amount in equal parts that add up to it exactly; the first ones carry the odd centimes."""
    share, odd = divmod(centimes(amount), parts)
    return [dirhams(share + (index < odd)) for index in range(parts)]


class _Whole(TypeDecorator[Decimal]):
    """A decimal kept as a whole number of small units: exact sums, the same on both databases."""

    impl = BigInteger
    cache_ok = True
    per_unit = PER_DIRHAM
    places = CENTIME

    def process_bind_param(self, value: Any, dialect: Dialect) -> int | None:
        return None if value is None else _whole(value, self.per_unit)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else (Decimal(value) / self.per_unit).quantize(self.places)

    def coerce_compared_value(self, op: Any, value: Any) -> TypeEngine[Any]:
        return self


class Money(_Whole):
    """Dirhams, kept as whole centimes."""

    cache_ok = True


class Figure(_Whole):
    """A dated figure or a rate, kept as whole hundred-thousandths."""

    cache_ok = True
    per_unit = PER_UNIT
    places = Decimal("0.00001")
