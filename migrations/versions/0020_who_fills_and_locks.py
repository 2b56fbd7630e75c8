"""Who filled and who locked a sheet

Revision ID: 0020
Revises: 0019
Create Date: 2026-12-01 03:10:00

"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

WHO = ("filled_by_id", "locked_by_id")


def upgrade():
    op.add_column(
        "edition", sa.Column("one_person_locks", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    for name in WHO:
        who = sa.Column(name, sa.Integer(), sa.ForeignKey("user.id"), nullable=True)
        op.add_column("attendance_sheet", who, inline_references=True)
        op.create_index(op.f(f"ix_attendance_sheet_{name}"), "attendance_sheet", [name])


def downgrade():
    for name in WHO:
        op.drop_index(op.f(f"ix_attendance_sheet_{name}"), "attendance_sheet")
        op.drop_column("attendance_sheet", name)
    op.drop_column("edition", "one_person_locks")
