"""The quorum of the committee, a setting of the edition

Revision ID: 0018
Revises: 0017
Create Date: 2026-12-01 03:10:00

"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("edition", sa.Column("committee_quorum", sa.Integer(), server_default="3", nullable=False))


def downgrade():
    op.drop_column("edition", "committee_quorum")
