"""What stops a wage: a shared phone that was looked into, another employer

Revision ID: 0006
Revises: 0005
Create Date: 2026-11-24 03:05:00

"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("participant", sa.Column("phone_answer", sa.Text(), nullable=True))
    op.add_column("participant", sa.Column("declared_elsewhere_by", sa.String(length=160), nullable=True))
    op.add_column("participant", sa.Column("declared_elsewhere_until", sa.Date(), nullable=True))


def downgrade():
    for name in ("declared_elsewhere_until", "declared_elsewhere_by", "phone_answer"):
        op.drop_column("participant", name)
