"""Return files of the bank, kept as they came, and their lines

Revision ID: 0004
Revises: 0003
Create Date: 2026-11-23 23:40:12.518204

"""

import sqlalchemy as sa
from alembic import op

# revision identifiers, used by Alembic.
revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "return_file",
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_by_id", sa.Integer(), nullable=False),
        sa.Column("header_key", sa.String(length=64), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("month", sa.Date(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["received_by_id"], ["user.id"], name=op.f("fk_return_file_received_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_file")),
        sa.UniqueConstraint("sha256", name=op.f("uq_return_file_sha256")),
    )
    with op.batch_alter_table("return_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_return_file_header_key"), ["header_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_return_file_received_by_id"), ["received_by_id"], unique=False)

    op.create_table(
        "return_line",
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("raw", sa.JSON(), nullable=False),
        sa.Column("month", sa.Date(), nullable=True),
        sa.Column("cnie", sa.String(length=8), nullable=True),
        sa.Column("name", sa.String(length=160), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column(
            "said",
            sa.Enum(
                "due",
                "sent",
                "paid",
                "rejected",
                "reissued",
                name="payment_state",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=True,
        ),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("rejection_reason", sa.String(length=240), nullable=True),
        sa.Column("reference", sa.String(length=40), nullable=True),
        sa.Column(
            "cause",
            sa.Enum(
                "unmatched",
                "doubled",
                "differing_amount",
                "wrong_state",
                "unreadable",
                "refused",
                name="cause",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=True,
        ),
        sa.Column("explanation", sa.Text(), nullable=True),
        sa.Column("payment_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "to_decide",
                "applied",
                "already",
                "set_apart",
                "ignored",
                name="line_state",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["return_file.id"], name=op.f("fk_return_line_file_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_return_line_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_line")),
        sa.UniqueConstraint("file_id", "number", name=op.f("uq_return_line_file_id_number")),
    )
    with op.batch_alter_table("return_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_return_line_cnie"), ["cnie"], unique=False)
        batch_op.create_index(batch_op.f("ix_return_line_file_id"), ["file_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_return_line_payment_id"), ["payment_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_return_line_state"), ["state"], unique=False)


def downgrade():
    op.drop_table("return_line")
    op.drop_table("return_file")
