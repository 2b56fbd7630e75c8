"""The pay formula, written once: whole centimes and hundred-thousandths, on Python ints and SQL alike.

Source: docs/programme.md, "Contribution rates". Each branch is rounded half up to the centime,
then added.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, case, type_coerce
from sqlalchemy.sql.operators import ColumnOperators

from awrash.values.money import PER_UNIT, round_half_up


@dataclass(frozen=True)
class Rate:
    """One side of one CNSS branch: `rate` in hundred-thousandths of its base, and who bears it."""

    branch: str
    side: str  # employer | employee
    rate: int
    capped: bool
    borne_by: str  # state | carrier | participant

    @property
    def name(self) -> str:
        return f"{self.branch}_{self.side}"


@dataclass(frozen=True)
class Bracket:
    """A bracket of the income tax: its rate on what a year's taxable wage has over `over` centimes.

    `more` is what it adds to the rate of the bracket before; both are hundred-thousandths.
    """

    over: int
    rate: int
    more: int


@dataclass(frozen=True)
class Tax:
    """The income tax of a month: brackets and professional expenses of a year, in centimes and hundred-thousandths.

    Up to a gross wage of `limit` a year, `low` of the gross counts as expenses; above it `high`, at most `most`.
    """

    brackets: tuple[Bracket, ...]
    months: int
    limit: int
    low: int
    high: int
    most: int


@dataclass(frozen=True)
class MonthFigures:
    """The figures of a month: full-month SMIG and ceiling in centimes, days of a full month."""

    smig: int
    full_days: int
    ceiling: int
    rates: tuple[Rate, ...]
    tax: Tax | None = None


@dataclass(frozen=True)
class Share:
    """What one rate takes of its base, in centimes."""

    rate: Rate
    base: Any
    amount: Any


@dataclass(frozen=True)
class Pay:
    """One wage worked out, in centimes: ints, or SQL expressions of the same sums."""

    wage: Any
    gross: Any
    capped: Any
    shares: tuple[Share, ...]
    employee_share: Any
    employer_share: Any
    expenses: Any
    taxable: Any
    income_tax: Any
    net: Any
    borne_by_state: Any
    borne_by_carrier: Any


def is_sql(value: Any) -> bool:
    """Whether a value stands for a column: `ColumnOperators` is what columns and mapped attributes share."""
    return isinstance(value, ColumnOperators)


def least(first: Any, second: Any) -> Any:
    """The smaller of two, also of a column and a number (`min` would ask a column for its truth)."""
    if is_sql(first) or is_sql(second):
        return case((first < second, first), else_=second)
    return min(first, second)


def greatest(first: Any, second: Any) -> Any:
    """The larger of two, also of a column and a number."""
    if is_sql(first) or is_sql(second):
        return case((first > second, first), else_=second)
    return max(first, second)


def pay(wage: Any, days: Any, month: MonthFigures) -> Pay:
    """The pay of `days` at a monthly `wage` in centimes, lifted to the month's SMIG when it is lower.

    Neither is ever negative. Each is an int or a column; a wage may be a column of the type Money.
    """
    used = greatest(_as_bigint(wage), month.smig)
    gross = round_half_up(used * _as_bigint(days), month.full_days)
    capped = least(gross, month.ceiling)
    shares = tuple(_share(rate, capped if rate.capped else gross) for rate in month.rates)
    borne = _sum(shares, borne_by="participant")
    expenses, taxable, tax = taxed(gross, borne, month.tax)
    return Pay(
        wage=used,
        gross=gross,
        capped=capped,
        shares=shares,
        employee_share=_sum(shares, side="employee"),
        employer_share=_sum(shares, side="employer"),
        expenses=expenses,
        taxable=taxable,
        income_tax=tax,
        net=gross - borne - tax,
        borne_by_state=_sum(shares, borne_by="state"),
        borne_by_carrier=_sum(shares, borne_by="carrier"),
    )


def taxed(gross: Any, borne: Any, tax: Tax | None) -> tuple[Any, Any, Any]:
    """Of a month's gross wage: professional expenses, what is taxable and its income tax; `borne` is what CNSS takes.

    The month is taken for a year, the year's tax shared by its months and rounded once, half up (CGI art. 59 and 73).
    """
    if tax is None:
        return 0, 0, 0
    gross, borne = _as_bigint(gross), _as_bigint(borne)
    low = round_half_up(gross * tax.low, PER_UNIT)
    high = least(round_half_up(gross * tax.high, PER_UNIT), round_half_up(tax.most, tax.months))
    expenses = _if(gross * tax.months <= tax.limit, low, high)
    taxable = greatest(gross - borne - expenses, 0)
    parts: Any = 0
    for bracket in tax.brackets:
        parts = parts + greatest(taxable * tax.months - bracket.over, 0) * bracket.more
    return expenses, taxable, round_half_up(parts, PER_UNIT * tax.months)


def _if(condition: Any, value: Any, otherwise: Any) -> Any:
    """The value where the condition holds, else the other one; also of columns."""
    if is_sql(condition):
        return case((condition, value), else_=otherwise)
    return value if condition else otherwise


def rate_of(taxable: int, tax: Tax) -> int:
    """The rate of the bracket that a month's taxable wage reaches, in hundred-thousandths."""
    return max((bracket.rate for bracket in tax.brackets if taxable * tax.months > bracket.over), default=0)


def _as_bigint(value: Any) -> Any:
    """A column as a big integer: Money would bind the SMIG beside it as dirhams, a smaller one overflow."""
    return type_coerce(value, BigInteger) if is_sql(value) else value


def _share(rate: Rate, base: Any) -> Share:
    """What a rate takes of its base, half up to the centime."""
    return Share(rate, base, round_half_up(base * rate.rate, PER_UNIT))


def _sum(shares: tuple[Share, ...], **sought: str) -> Any:
    """The shares whose rate has these values (`side`, `borne_by`), added, in centimes."""
    total: Any = 0
    for share in shares:
        if all(getattr(share.rate, name) == value for name, value in sought.items()):
            total = total + share.amount
    return total


def steps(wage: int, days: int, month: MonthFigures) -> list[tuple[str, dict[str, Any]]]:
    """The same sum line by line, as the pay slip explains it: a code, and the facts of the line in centimes."""
    sums = pay(wage, days, month)
    lines: list[tuple[str, dict[str, Any]]] = []
    if sums.wage != wage:
        lines.append(("lifted", {"wage": wage, "smig": month.smig}))
    lines.append(("gross", {"wage": sums.wage, "days": days, "full_days": month.full_days, "gross": sums.gross}))
    lines.append(("capped", {"gross": sums.gross, "ceiling": month.ceiling, "capped": sums.capped}))
    lines += [("share", {"rate": share.rate, "base": share.base, "amount": share.amount}) for share in sums.shares]
    borne = _sum(sums.shares, borne_by="participant")
    if sums.income_tax and month.tax:
        lines.append(("expenses", {"gross": sums.gross, "expenses": sums.expenses, "taxable": sums.taxable}))
        rate = rate_of(sums.taxable, month.tax)
        lines.append(("tax", {"taxable": sums.taxable, "rate": rate, "tax": sums.income_tax}))
    lines.append(("net", {"gross": sums.gross, "borne": borne + sums.income_tax, "net": sums.net}))
    return lines
