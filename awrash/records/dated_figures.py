"""The dated figures of the programme, in the table `parameter`: the one in force is found by the day of the fact."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    Date,
    Row,
    String,
    UniqueConstraint,
    event,
    func,
    literal,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from awrash.database.columns import field, word_column
from awrash.database.record import Record, is_new, value_before
from awrash.database.session import db
from awrash.rules.fields import NotNegative
from awrash.rules.immutability import UsedBracketNeverChanges, UsedFigureNeverChanges
from awrash.rules.rule import Rule, RuleError
from awrash.values import months
from awrash.values.figure_names import CNSS_BRANCHES, PAY_FIGURES, Figure
from awrash.values.language import _l
from awrash.values.money import PER_UNIT, FigureType, Money, centimes, rounded
from awrash.values.pay_formula import Bracket, MonthFigures, Rate, Tax
from awrash.values.states import Bearer

FIGURES_KEY, SCALES_KEY = "figures", "tax scales"  # the whole tables, kept for one transaction
MONTHS_OF_YEAR = 12


class NoFigureInForce(Rule):
    """The law of the day of the fact: before its first row a figure says nothing."""

    message = _l(
        "No “%(figure)s” is in force on %(day)s: add it among the figures, with its decree, or correct the date."
    )


class FigureMissing(RuleError, LookupError):
    """A figure asked for on a day when none is in force."""


class Parameter(Record):
    """A figure of the programme from a day on, with the text that sets it."""

    __table_args__ = (UniqueConstraint("name", "since"),)
    __rules__ = (UsedFigureNeverChanges(),)

    name: Mapped[Figure] = word_column(Figure, _l("Figure"), checked=False, active_history=True)
    since: Mapped[date] = mapped_column(info=field(_l("In force since")), active_history=True)
    value: Mapped[Decimal] = mapped_column(FigureType, info=field(_l("Value"), NotNegative()))
    borne_by: Mapped[Bearer | None] = word_column(Bearer, _l("Borne by"), nullable=True)
    reference: Mapped[str] = mapped_column(String(160), info=field(_l("Decree or source")))

    def __str__(self) -> str:
        return str(self.name.label)

    @classmethod
    def rows_of(cls, name: Figure | str) -> list[Row[tuple[Figure, date, Decimal, Bearer | None]]]:
        """The rows of a figure, the latest first."""
        rows = db.session.info.get(FIGURES_KEY)
        if rows is None:
            with db.session.no_autoflush:
                figures = select(cls.name, cls.since, cls.value, cls.borne_by).order_by(cls.since.desc())
                rows = db.session.info[FIGURES_KEY] = db.session.execute(figures).all()
        return [row for row in rows if row.name == name]

    @classmethod
    def row_on(cls, name: Figure | str, day: date) -> Row[tuple[Figure, date, Decimal, Bearer | None]]:
        """The row in force on the day of the fact; FigureMissing with name and day if there is none."""
        for row in cls.rows_of(name):
            if row.since <= day:
                return row
        raise FigureMissing(NoFigureInForce(), figure=Figure(name), day=day)

    @classmethod
    def on(cls, name: Figure | str, day: date) -> Decimal:
        """The figure in force on the day of the fact, in its own unit; FigureMissing if there is none."""
        return cls.row_on(name, day).value

    def used_by_frozen_payroll(self) -> date | None:
        """The last month whose frozen payroll used this figure, as it is or as it was before the change."""
        name, since = (
            value_before(self, "name") or self.name,
            min(value_before(self, "since") or self.since, self.since),
        )
        if PAY_FIGURES.isdisjoint({name, self.name}):
            return None
        later = select(Parameter.since).filter(Parameter.name == name, Parameter.since > since)
        until = db.session.scalar(later.filter(Parameter.id != self.id).order_by(Parameter.since).limit(1))
        return None if self._is_first() else _last_frozen(since, until)

    def _is_first(self) -> bool:
        """Whether nobody has written this figure before, so that no payroll can have used it."""
        with db.session.no_autoflush:
            return is_new(self) and not db.session.scalar(select(Parameter.id).filter_by(name=self.name).limit(1))


class TaxBracket(Record):
    """A bracket of the income tax from a day on: its rate on what a year's taxable wage has over an amount."""

    __shown__ = ("over",)
    __table_args__ = (UniqueConstraint("since", "over"),)
    __rules__ = (UsedBracketNeverChanges(),)

    since: Mapped[date] = mapped_column(info=field(_l("In force since")), active_history=True)
    over: Mapped[Decimal] = mapped_column(Money, info=field(_l("Over, dirhams a year"), NotNegative()))
    rate: Mapped[Decimal] = mapped_column(FigureType, info=field(_l("Rate"), NotNegative()))
    reference: Mapped[str] = mapped_column(String(160), info=field(_l("Decree or source")))

    @classmethod
    def scale_on(cls, day: date) -> list[Row[tuple[date, Decimal, Decimal]]]:
        """The brackets in force on a day, the lowest first; none before the first scale."""
        rows = db.session.info.get(SCALES_KEY)
        if rows is None:
            with db.session.no_autoflush:
                rows = db.session.execute(select(cls.since, cls.over, cls.rate).order_by(cls.since, cls.over)).all()
            db.session.info[SCALES_KEY] = rows
        last = max((row.since for row in rows if row.since <= day), default=None)
        return [row for row in rows if row.since == last]

    def used_by_frozen_payroll(self) -> date | None:
        """The last month whose frozen payroll used the scale that this bracket is, was or becomes part of."""
        with db.session.no_autoflush:
            if is_new(self) and not db.session.scalar(select(TaxBracket.id).limit(1)):
                return None
            since = min(value_before(self, "since") or self.since, self.since)
            later = db.session.scalar(select(func.min(TaxBracket.since)).filter(TaxBracket.since > since))
        return _last_frozen(since, later)


def _last_frozen(since: date, until: date | None) -> date | None:
    """The last month of a frozen payroll from a day until before another, or without end."""
    runs = Record.metadata.tables["payroll_run"]
    used = select(func.max(runs.c.month)).filter(
        runs.c.frozen_at.is_not(None),
        runs.c.month >= literal(since, Date),
        runs.c.month < literal(until or date.max, Date),
    )
    return db.session.scalar(used)


@event.listens_for(Session, "after_flush")
@event.listens_for(Session, "after_commit")
@event.listens_for(Session, "after_rollback")
def forget_figures(session: Session, *_: Any) -> None:
    """The rows kept for a transaction are forgotten when it ends, or when it changes one of them."""
    changed = [*session.new, *session.dirty, *session.deleted]
    if not changed or any(isinstance(record, Parameter | TaxBracket) for record in changed):
        session.info.pop(FIGURES_KEY, None)
        session.info.pop(SCALES_KEY, None)


def full_month_smig(day: date) -> Decimal:
    """The minimum wage of a full month in force on a day, in dirhams."""
    return rounded(Parameter.on(Figure.smig_hourly, day) * Parameter.on(Figure.full_month_hours, day))


def declare_by(month: date) -> date:
    """The last day to declare a month to CNSS."""
    return months.add_months(month, 1).replace(day=int(Parameter.on(Figure.declaration_day, month)))


def last_month_due(today: date) -> date:
    """The latest month whose last day to declare is over."""
    month = months.add_months(today.replace(day=1), -1)
    return month if declare_by(month) < today else months.add_months(month, -1)


def pay_month(month: date) -> MonthFigures:
    """The figures that the pay formula takes for a month, in centimes and hundred-thousandths."""
    rates = tuple(
        Rate(
            branch=branch,
            side=side,
            rate=int(row.value * PER_UNIT),
            capped=is_capped,
            borne_by=row.borne_by or (Bearer.participant if side == "employee" else Bearer.state),
        )
        for branch, is_capped in CNSS_BRANCHES.items()
        for side in ("employer", "employee")
        if f"{branch}_{side}" in Figure.__members__
        for row in [Parameter.row_on(f"{branch}_{side}", month)]
    )
    return MonthFigures(
        smig=centimes(full_month_smig(month)),
        full_days=int(Parameter.on(Figure.full_month_days, month)),
        ceiling=centimes(rounded(Parameter.on(Figure.ceiling, month))),
        rates=rates,
        tax=tax_of(month),
    )


def tax_of(month: date) -> Tax | None:
    """The income tax of a month, in centimes and hundred-thousandths; None before the first scale."""
    scale = TaxBracket.scale_on(month)
    if not scale:
        return None
    rates = [int(row.rate * PER_UNIT) for row in scale]
    brackets = zip(scale, rates, [0, *rates], strict=False)
    names = (Figure.tax_expenses_limit, Figure.tax_expenses_low, Figure.tax_expenses_high, Figure.tax_expenses_most)
    limit, low, high, most = (Parameter.on(name, month) for name in names)
    return Tax(
        brackets=tuple(Bracket(centimes(row.over), rate, rate - below) for row, rate, below in brackets),
        months=MONTHS_OF_YEAR,
        limit=centimes(limit),
        low=int(low * PER_UNIT),
        high=int(high * PER_UNIT),
        most=centimes(most),
    )


def wages_due_on(month: date) -> date:
    """The last day to pay a month's wages on time: no text sets one, so the last day to declare the month [D]
    (docs/programme.md, "Day wages are due")."""
    return declare_by(month)
