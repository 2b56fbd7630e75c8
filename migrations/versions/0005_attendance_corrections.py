"""Corrections of locked attendance

Revision ID: 0005
Revises: 0004
Create Date: 2026-11-24 02:50:00

"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SITUATIONS = ("present", "SO", "DE", "IT", "IL", "AT", "CS", "MS", "MP")


def upgrade():
    op.add_column("attendance_line", sa.Column("corrected_days", sa.Integer(), nullable=True))
    op.add_column("attendance_line", sa.Column("corrected_situation", sa.String(length=30), nullable=True))
    op.create_table(
        "attendance_correction",
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("days_worked", sa.Integer(), nullable=False),
        sa.Column(
            "situation",
            sa.Enum(*SITUATIONS, name="situation", native_enum=False, create_constraint=True, length=30),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("corrected_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["line_id"], ["attendance_line.id"], name=op.f("fk_attendance_correction_line_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance_correction")),
    )
    op.create_index(op.f("ix_attendance_correction_line_id"), "attendance_correction", ["line_id"])


def downgrade():
    op.drop_table("attendance_correction")
    op.drop_column("attendance_line", "corrected_situation")
    op.drop_column("attendance_line", "corrected_days")
