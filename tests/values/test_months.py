"""Days and months at their ends: short months, leap years, the first and the last day of a period."""

from datetime import date

import pytest

from awrash.values import months


@pytest.mark.parametrize(
    "day, first, last",
    [
        (date(2026, 1, 1), date(2026, 1, 1), date(2026, 1, 31)),
        (date(2026, 2, 28), date(2026, 2, 1), date(2026, 2, 28)),
        (date(2028, 2, 29), date(2028, 2, 1), date(2028, 2, 29)),
        (date(2026, 12, 31), date(2026, 12, 1), date(2026, 12, 31)),
    ],
)
def test_a_month_has_a_first_and_a_last_day(day, first, last):
    assert months.month_of(day) == first
    assert months.last_day(first) == last


@pytest.mark.parametrize(
    "day, count, later",
    [
        (date(2026, 1, 15), 0, date(2026, 1, 15)),
        (date(2026, 1, 15), 1, date(2026, 2, 15)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 11, 30), 1, date(2026, 12, 30)),
        (date(2026, 12, 31), 1, date(2027, 1, 31)),
        (date(2026, 1, 31), -1, date(2025, 12, 31)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2026, 5, 1), 12, date(2027, 5, 1)),
        (date(2026, 5, 1), -12, date(2025, 5, 1)),
        (date(2026, 5, 1), 24, date(2028, 5, 1)),
    ],
)
def test_the_same_day_some_months_later_or_the_last_of_a_shorter_month(day, count, later):
    assert months.add_months(day, count) == later


@pytest.mark.parametrize(
    "first, last, touched",
    [
        (date(2026, 5, 31), date(2026, 5, 31), [5]),
        (date(2026, 5, 31), date(2026, 6, 1), [5, 6]),
        (date(2026, 5, 1), date(2026, 7, 31), [5, 6, 7]),
        (date(2026, 11, 2), date(2027, 1, 1), [11, 12, 1]),
        (date(2026, 5, 31), date(2026, 4, 30), []),
    ],
)
def test_a_period_touches_its_months(first, last, touched):
    assert [month.month for month in months.months(first, last)] == touched
    assert all(month.day == 1 for month in months.months(first, last))


@pytest.mark.parametrize(
    "first, last, count",
    [
        (date(2026, 1, 1), date(2026, 3, 31), 3),
        (date(2026, 1, 1), date(2026, 4, 1), 4),
        (date(2026, 1, 15), date(2026, 4, 14), 3),
        (date(2026, 1, 15), date(2026, 4, 15), 4),
        (date(2026, 1, 1), date(2026, 1, 1), 1),
        (date(2026, 1, 2), date(2026, 1, 1), 0),
        (date(2026, 5, 2), date(2026, 3, 1), 0),
        (date(2026, 1, 31), date(2026, 2, 28), 2),
    ],
)
def test_a_begun_month_counts_whole(first, last, count):
    assert months.whole_months(first, last) == count


@pytest.mark.parametrize(
    "first, length, last",
    [
        (date(2026, 5, 1), 3, date(2026, 7, 31)),
        (date(2026, 5, 15), 1, date(2026, 6, 14)),
        (date(2026, 5, 1), 12, date(2027, 4, 30)),
    ],
)
def test_a_period_of_so_many_months_ends_the_day_before(first, length, last):
    assert months.end_of(first, length) == last
    assert months.whole_months(first, last) == length


@pytest.mark.parametrize(
    "born, day, age",
    [
        (date(2008, 5, 1), date(2026, 5, 1), 18),
        (date(2008, 5, 1), date(2026, 4, 30), 17),
        (date(2008, 5, 2), date(2026, 5, 1), 17),
        (date(2008, 4, 30), date(2026, 5, 1), 18),
        (date(2008, 6, 1), date(2026, 5, 31), 17),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
        (date(2026, 5, 1), date(2026, 5, 1), 0),
    ],
)
def test_age_is_counted_in_whole_years(born, day, age):
    assert months.years_on(born, day) == age


@pytest.mark.parametrize(
    "first, last, days",
    [
        (date(2026, 5, 1), date(2026, 5, 31), 26),
        (date(2026, 5, 1), date(2026, 7, 31), 78),
        (date(2026, 6, 1), date(2026, 6, 15), 13),
        (date(2026, 6, 1), date(2026, 6, 1), 1),
        (date(2026, 6, 30), date(2026, 6, 30), 1),
        (date(2026, 5, 31), date(2026, 6, 1), 2),
        (date(2026, 5, 16), date(2026, 6, 15), 26),
        (date(2026, 6, 1), date(2026, 6, 2), 2),  # 1.73
        (date(2026, 2, 1), date(2026, 2, 7), 7),  # 6.5, half up
        (date(2026, 6, 2), date(2026, 6, 1), 0),
    ],
)
def test_days_are_planned_by_their_share_of_each_month(first, last, days):
    assert months.planned_days(first, last, 26) == days
