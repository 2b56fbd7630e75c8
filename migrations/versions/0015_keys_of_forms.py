"""The keys of forms that were sent: a form acts once

Revision ID: 0015
Revises: 0014
Create Date: 2026-11-28 18:30:00

"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "form_key",
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leads_to", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name=op.f("fk_form_key_owner_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("owner_id", "digest", name=op.f("pk_form_key")),
    )
    op.create_index("ix_form_key_used_at", "form_key", ["used_at"])


def downgrade():
    op.drop_table("form_key")
