"""A counter for each series of numbers

Revision ID: 0017
Revises: 0016
Create Date: 2026-11-30 22:00:00

"""

import re
from collections import Counter

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

# table, column, and the numbers that the office gave in it: the text before the count, the count, the text after it
NUMBERED = (
    ("project", "reference", r"(\d{4}-)([0-9]{1,9})()"),
    ("agreement", "number", r"()([0-9]{1,9})(-أ ع م-\d{4})"),
    ("certificate", "serial", r"(C-\d{4}-)([0-9]{1,9})()"),
    ("complaint", "number", r"(R-\d{4}-)([0-9]{1,9})()"),
    ("issued_paper", "number", r"((?:M|OJ|PV|PVO|PVM|PVV|TS|TX)-\d{4}-)([0-9]{1,9})()"),
)


def upgrade():
    series = op.create_table(
        "number_series",
        sa.Column("record", sa.String(length=40), nullable=False),
        sa.Column("before", sa.String(length=40), nullable=False),
        sa.Column("after", sa.String(length=40), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("record", "before", "after", name=op.f("pk_number_series")),
    )
    for table, column, pattern in NUMBERED:
        rows = [
            {"record": table, "before": before, "after": after, "last": last}
            for (before, after), last in last_numbers(table, column, pattern).items()
        ]
        op.bulk_insert(series, rows)


def downgrade():
    op.drop_table("number_series")


def last_numbers(table, column, pattern):
    """The highest count of each series that a column holds, by the texts around it."""
    numbers = sa.select(sa.column(column)).select_from(sa.table(table))
    last = Counter()
    for (number,) in op.get_bind().execute(numbers):
        if match := re.fullmatch(pattern, number or ""):
            before, count, after = match.groups()
            last[before, after] = max(last[before, after], int(count))
    return last
