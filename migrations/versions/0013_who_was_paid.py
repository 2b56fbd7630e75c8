"""A pay slip keeps whom it paid and where, and its seal covers it

Revision ID: 0013
Revises: 0012
Create Date: 2026-11-28 18:30:00

"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

PERSON = {"cnie": 8, "family_name_ar": 80, "given_name_ar": 80, "family_name_fr": 80, "given_name_fr": 80}
PLACE = {"contract_number": 40, "worksite_code": 40}


def upgrade():
    for name, length in (PERSON | PLACE).items():
        op.add_column("pay_slip", sa.Column(name, sa.String(length=length), nullable=True))
    op.add_column("payroll_run", sa.Column("seal_version", sa.Integer(), nullable=True))
    # the slips that are there name who and where as today's records do: their seals are of the version without
    person = " FROM contract JOIN participant ON participant.id = contract.participant_id"
    site = " FROM contract JOIN worksite ON worksite.id = contract.worksite_id"
    paths = {name: f"participant.{name}{person}" for name in PERSON}
    paths |= {"contract_number": "contract.number FROM contract", "worksite_code": f"worksite.code{site}"}
    filled = ", ".join(
        f"{name} = (SELECT {path} WHERE contract.id = pay_slip.contract_id)" for name, path in paths.items()
    )
    op.execute(f"UPDATE pay_slip SET {filled}")
    op.execute("UPDATE payroll_run SET seal_version = 1 WHERE seal IS NOT NULL")


def downgrade():
    op.drop_column("payroll_run", "seal_version")
    for name in reversed([*PERSON, *PLACE]):
        op.drop_column("pay_slip", name)
