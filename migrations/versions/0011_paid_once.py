"""A wage has one payment at a time

Revision ID: 0011
Revises: 0010
Create Date: 2026-11-25 22:20:00

"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

NAME, WHERE = "uq_payment_one_for_a_wage", sa.text("state <> 'reissued'")


def upgrade():
    # a payment that was never sent and stands beside another of the same wage was issued by a second press
    op.execute(
        "UPDATE payment SET state = 'reissued' WHERE state = 'due' AND EXISTS (SELECT 1 FROM payment AS other"
        " WHERE other.pay_slip_id = payment.pay_slip_id AND other.state <> 'reissued'"
        " AND (other.state <> 'due' OR other.id < payment.id))"
    )
    op.create_index(NAME, "payment", ["pay_slip_id"], unique=True, sqlite_where=WHERE, postgresql_where=WHERE)


def downgrade():
    op.drop_index(NAME, "payment")
