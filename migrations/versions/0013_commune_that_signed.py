"""The commune that signed an agreement is a party to it

Revision ID: 0013
Revises: 0012
Create Date: 2026-11-28 09:00:00

"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade():
    # Until now the commune could sign as no party: the rule that refuses it would shut these agreements for good.
    agreement = sa.table("agreement", sa.column("tripartite", sa.Boolean), sa.column("commune_signed_on", sa.Date))
    signed = agreement.c.commune_signed_on.is_not(None)
    op.execute(agreement.update().where(signed).values(tripartite=True))


def downgrade():
    """Which of them had not said so is not known any more."""
