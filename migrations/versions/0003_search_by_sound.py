"""Search by sound: the names of the people recorded so far, by how they sound

Revision ID: 0003
Revises: 0002
Create Date: 2026-11-23 23:05:00

"""

import sqlalchemy as sa
from alembic import op

from awrash.values.spelling import search_words

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

PART = 1_000
SEARCHED = ("family_name_ar", "given_name_ar", "family_name_fr", "given_name_fr", "cnie", "cnss_number", "phone")
people = sa.table("participant", sa.column("id"), sa.column("search_text"), *map(sa.column, SEARCHED))


def upgrade():
    bind, last = op.get_bind(), 0
    while rows := bind.execute(sa.select(people).where(people.c.id > last).order_by(people.c.id).limit(PART)).all():
        for row in rows:
            texts = [getattr(row, name) for name in SEARCHED if getattr(row, name)]
            words = search_words(texts, [row.family_name_fr or "", row.given_name_fr or ""])[:600]
            bind.execute(sa.update(people).where(people.c.id == row.id).values(search_text=words))
        last = rows[-1].id


def downgrade():
    """Nothing to take back: the search box reads the longer words as well."""
