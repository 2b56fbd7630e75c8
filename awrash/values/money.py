"""Amounts: `Decimal` dirhams in Python, whole centimes in the database, one rounding.

Sign: an amount is what a person or a carrier receives; only reversal lines are negative.
No float enters here.
"""

from decimal import Decimal
from operator import add, floordiv, mod, mul, sub, truediv
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Dialect, TypeDecorator, type_coerce
from sqlalchemy.sql.type_api import TypeEngine

PER_DIRHAM = 100
PER_UNIT = 100_000  # a figure or a rate is whole hundred-thousandths


def _exact(value: Any) -> tuple[int, int]:
    """The fraction that a Decimal or int is; TypeError for anything else, ValueError if not finite."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise TypeError(f"money and figures are Decimal or int, never {type(value).__name__}")
    if isinstance(value, Decimal) and not value.is_finite():
        raise ValueError(f"{value} is not an amount")
    return value.as_integer_ratio()


def _whole(value: Any, per_unit: int) -> int:
    """`value` in units of 1/per_unit, exactly; ValueError for a part of a unit.

    By integers, because a product of Decimals is rounded to the context's digits without a word.
    """
    numerator, denominator = _exact(value)
    whole, left = divmod(numerator * per_unit, denominator)
    if left:
        raise ValueError(f"{value} has more decimals than are kept")
    return whole


def centimes(amount: Decimal | int) -> int:
    """Dirhams to whole centimes, exactly; ValueError for a part of a centime, TypeError for a float."""
    return _whole(amount, PER_DIRHAM)


def dirhams(whole_centimes: int) -> Decimal:
    """Whole centimes to dirhams, with two decimals; ValueError for a part of a centime."""
    return Decimal(_whole(whole_centimes, 1)).scaleb(-2)


def round_half_up(numerator: Any, denominator: Any) -> Any:
    """The one rounding: the nearest whole number, halves up, by integer division alone.

    Takes Python ints and integer SQL columns alike. What is divided is never negative, as Python and
    SQL divide differently below zero: a reversal line is the negation of its original's result.
    """
    return (2 * numerator + denominator) // (2 * denominator)


def rounded(amount: Decimal | int) -> Decimal:
    """An exact amount in dirhams to the centime, half up; halves away from zero below it."""
    numerator, denominator = _exact(amount)
    size = dirhams(round_half_up(abs(numerator) * PER_DIRHAM, denominator))
    return -size if numerator < 0 else size


def split_evenly(amount: Decimal, parts: int) -> list[Decimal]:
    """An amount in equal parts that add up to it exactly; the first ones carry the odd centimes."""
    if parts < 1:
        raise ValueError(f"an amount cannot be split into {parts} parts")
    share, odd = divmod(centimes(amount), parts)
    return [dirhams(share + (index < odd)) for index in range(parts)]


class _WholeComparator(TypeDecorator.Comparator[Decimal], BigInteger.Comparator[Decimal]):
    """In SQL a sum or difference keeps the type; a product would be scaled twice, so it is refused."""

    def operate(self, op: Any, *other: Any, **kwargs: Any) -> ColumnElement[Any]:
        return self._typed(op, super().operate(self._allowed(op), *other, **kwargs))

    def reverse_operate(self, op: Any, other: Any, **kwargs: Any) -> ColumnElement[Any]:
        return self._typed(op, super().reverse_operate(self._allowed(op), other, **kwargs))

    def _allowed(self, op: Any) -> Any:
        if op in (mul, truediv, floordiv, mod):
            raise TypeError("to multiply or divide, take whole numbers: type_coerce(column, BigInteger)")
        return op

    def _typed(self, op: Any, expression: ColumnElement[Any]) -> ColumnElement[Any]:
        return type_coerce(expression, self.type) if op in (add, sub) else expression


class _Whole(TypeDecorator[Decimal]):
    """A decimal kept as a whole number of small units: exact sums, the same on both databases.

    A mean is not a whole number: `func.avg` gives bare centimes, and coerced to this type is refused.
    """

    impl = BigInteger
    cache_ok = True
    comparator_factory = _WholeComparator
    decimals = 2

    def process_bind_param(self, value: Any, dialect: Dialect) -> int | None:
        return None if value is None else _whole(value, 10**self.decimals)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        # PostgreSQL hands a sum of bigints over as a numeric
        return None if value is None else Decimal(_whole(value, 1)).scaleb(-self.decimals)

    def coerce_compared_value(self, op: Any, value: Any) -> TypeEngine[Any]:
        return self


class Money(_Whole):
    """Dirhams, kept as whole centimes."""

    cache_ok = True


class FigureType(_Whole):
    """A dated figure or a rate, kept as whole hundred-thousandths."""

    cache_ok = True
    decimals = 5
