"""A project has one agreement at a time

Revision ID: 0019
Revises: 0018
Create Date: 2026-12-01 03:10:00

"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

NAME, WHERE = "uq_agreement_one_for_project", sa.text("state <> 'terminated' AND NOT is_second")


def upgrade():
    op.add_column("agreement", sa.Column("is_second", sa.Boolean(), server_default=sa.false(), nullable=False))
    # an office that drafted two keeps both: the index leaves those alone that stand beside an older one
    agreement = sa.table("agreement", *map(sa.column, ("id", "project_id", "state")), sa.column("is_second", sa.Boolean))
    older = agreement.alias("older")
    stands_beside = sa.exists().where(
        older.c.project_id == agreement.c.project_id,
        older.c.state != "terminated",
        older.c.id < agreement.c.id,
    )
    standing = sa.and_(agreement.c.state != "terminated", stands_beside)
    op.execute(agreement.update().where(standing).values(is_second=True))
    op.create_index(NAME, "agreement", ["project_id"], unique=True, sqlite_where=WHERE, postgresql_where=WHERE)


def downgrade():
    op.drop_index(NAME, "agreement")
    op.drop_column("agreement", "is_second")
