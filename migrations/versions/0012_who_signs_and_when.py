"""An external service as a party; the hour and place of a session

Revision ID: 0012
Revises: 0011
Create Date: 2026-11-26 17:00:00

"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("agreement", sa.Column("service", sa.String(length=160), nullable=True))
    op.add_column("agreement", sa.Column("service_signed_on", sa.Date(), nullable=True))
    op.add_column("committee_session", sa.Column("opens_at", sa.String(length=5), nullable=True))
    op.add_column("committee_session", sa.Column("place", sa.String(length=160), nullable=True))


def downgrade():
    for table, names in (("committee_session", ("place", "opens_at")), ("agreement", ("service_signed_on", "service"))):
        for name in names:
            op.drop_column(table, name)
