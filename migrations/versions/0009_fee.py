"""The management fee: approved, paid, by which transfer

Revision ID: 0009
Revises: 0008
Create Date: 2026-11-24 05:20:00

"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade():
    approver = sa.Column("approved_by_id", sa.Integer(), sa.ForeignKey("user.id"), nullable=True)
    op.add_column("instalment", approver, inline_references=True)
    op.create_index(op.f("ix_instalment_approved_by_id"), "instalment", ["approved_by_id"])
    op.add_column("instalment", sa.Column("approved_on", sa.Date(), nullable=True))
    op.add_column("instalment", sa.Column("reference", sa.String(length=40), nullable=True))
    op.add_column("instalment", sa.Column("state", sa.String(length=30), server_default="due", nullable=False))
    op.create_index(op.f("ix_instalment_state"), "instalment", ["state"])
    op.execute("UPDATE instalment SET state = 'paid', reference = '—', approved_on = paid_on WHERE paid_on IS NOT NULL")


def downgrade():
    op.drop_index(op.f("ix_instalment_state"), "instalment")
    op.drop_index(op.f("ix_instalment_approved_by_id"), "instalment")
    with op.batch_alter_table("instalment") as batch:
        for name in ("state", "reference", "approved_on", "approved_by_id"):
            batch.drop_column(name)
