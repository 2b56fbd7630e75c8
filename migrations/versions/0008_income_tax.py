"""Income tax by dated brackets, and what calculating a payroll again changed

Revision ID: 0008
Revises: 0007
Create Date: 2026-11-24 05:00:00

"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

WHAT = ("changed", "came", "left")


def upgrade():
    op.create_table(
        "tax_bracket",
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("over", sa.BigInteger(), nullable=False),
        sa.Column("rate", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.String(length=160), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax_bracket")),
        sa.UniqueConstraint("since", "over", name=op.f("uq_tax_bracket_since_over")),
    )
    op.create_table(
        "payroll_change",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column(
            "what",
            sa.Enum(*WHAT, name="recalculated", native_enum=False, create_constraint=True, length=30),
            nullable=False,
        ),
        sa.Column("net_before", sa.BigInteger(), nullable=True),
        sa.Column("net_after", sa.BigInteger(), nullable=True),
        sa.Column("blocked_before", sa.String(length=240), nullable=True),
        sa.Column("blocked_after", sa.String(length=240), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["payroll_run.id"], name=op.f("fk_payroll_change_run_id")),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_payroll_change_contract_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payroll_change")),
    )
    op.create_index(op.f("ix_payroll_change_run_id"), "payroll_change", ["run_id"])
    op.create_index(op.f("ix_payroll_change_contract_id"), "payroll_change", ["contract_id"])
    op.add_column("pay_slip", sa.Column("income_tax", sa.BigInteger(), server_default="0", nullable=False))


def downgrade():
    op.drop_column("pay_slip", "income_tax")
    op.drop_table("payroll_change")
    op.drop_table("tax_bracket")
