"""Scans attached to records, who uploaded a declaration, complementary files

Revision ID: 0007
Revises: 0006
Create Date: 2026-11-24 03:20:00

"""

import sqlalchemy as sa
from alembic import op

# revision identifiers, used by Alembic.
revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "attachment",
        sa.Column("record", sa.String(length=40), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("file_name", sa.String(length=160), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.String(length=240), nullable=True),
        sa.Column("taken_off_by_id", sa.Integer(), nullable=True),
        sa.Column("taken_off_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_off_reason", sa.Text(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                *("attached", "taken_off"),
                name="attachment_state",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["added_by_id"], ["user.id"], name=op.f("fk_attachment_added_by_id")),
        sa.ForeignKeyConstraint(["taken_off_by_id"], ["user.id"], name=op.f("fk_attachment_taken_off_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
    )
    op.create_index("ix_attachment_of_record", "attachment", ["record", "record_id"])
    for name in ("sha256", "added_by_id", "taken_off_by_id", "state"):
        op.create_index(op.f(f"ix_attachment_{name}"), "attachment", [name])
    month_first = sa.Column("damancom_month_first", sa.Boolean(), server_default=sa.false(), nullable=False)
    op.add_column("edition", month_first)
    uploader = sa.Column("uploaded_by_id", sa.Integer(), sa.ForeignKey("user.id"), nullable=True)
    op.add_column("declaration", uploader, inline_references=True)
    op.create_index(op.f("ix_declaration_uploaded_by_id"), "declaration", ["uploaded_by_id"])
    op.create_table(
        "complement",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("carrier_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=160), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("uploaded_on", sa.Date(), nullable=True),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=True),
        sa.Column("rejection_code", sa.String(length=40), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                *("to_make", "made", "uploaded", "accepted", "rejected"),
                name="declaration_state",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("search_text", sa.String(length=600), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["payroll_run.id"], name=op.f("fk_complement_run_id")),
        sa.ForeignKeyConstraint(["carrier_id"], ["carrier.id"], name=op.f("fk_complement_carrier_id")),
        sa.ForeignKeyConstraint(["uploaded_by_id"], ["user.id"], name=op.f("fk_complement_uploaded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complement")),
        sa.UniqueConstraint("run_id", "carrier_id", "month", name=op.f("uq_complement_run_id_carrier_id_month")),
        sa.UniqueConstraint("carrier_id", "month", "number", name=op.f("uq_complement_carrier_id_month_number")),
    )
    for name in ("run_id", "carrier_id", "uploaded_by_id", "state"):
        op.create_index(op.f(f"ix_complement_{name}"), "complement", [name])


def downgrade():
    op.drop_table("complement")
    op.drop_index(op.f("ix_declaration_uploaded_by_id"), "declaration")
    with op.batch_alter_table("declaration") as batch:
        batch.drop_column("uploaded_by_id")
    op.drop_column("edition", "damancom_month_first")
    op.drop_table("attachment")
