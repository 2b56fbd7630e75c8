"""The audit tells of sign-ins, of lists and files taken out, of what is read in confidence

Revision ID: 0014
Revises: 0013
Create Date: 2026-11-28 18:30:00

"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("audit_line") as lines:
        lines.add_column(sa.Column("details", sa.JSON(), nullable=True))
        lines.alter_column("what", existing_type=sa.String(length=10), type_=sa.String(length=30), nullable=False)
        lines.alter_column("record_id", existing_type=sa.Integer(), nullable=True)


def downgrade():
    lines = sa.table("audit_line", sa.column("what", sa.String), sa.column("record_id", sa.Integer))
    op.execute(lines.delete().where(lines.c.what.not_in(("made", "changed", "step", "deleted"))))
    with op.batch_alter_table("audit_line") as lines:
        lines.alter_column("record_id", existing_type=sa.Integer(), nullable=False)
        lines.alter_column("what", existing_type=sa.String(length=30), type_=sa.String(length=10), nullable=False)
        lines.drop_column("details")
