"""Weekly rest of the office and of a worksite, and legal holidays

Revision ID: 0021
Revises: 0020
Create Date: 2026-12-01 04:12:00

"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade():
    rest = sa.Column("rest_days", sa.JSON(), server_default='["sunday"]', nullable=False)
    op.add_column("edition", rest)
    op.add_column("worksite", sa.Column("rest_days", sa.JSON(), nullable=True))
    op.create_table(
        "holiday",
        sa.Column("falls_on", sa.Date(), nullable=False),
        sa.Column("every_year", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=160), nullable=False),
        sa.Column("name_ar", sa.String(length=160), nullable=False),
        sa.Column("name_fr", sa.String(length=160), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holiday")),
        sa.UniqueConstraint("falls_on", name=op.f("uq_holiday_falls_on")),
        sqlite_autoincrement=True,
    )


def downgrade():
    op.drop_table("holiday")
    op.drop_column("worksite", "rest_days")
    op.drop_column("edition", "rest_days")
