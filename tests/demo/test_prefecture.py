"""The invented prefecture: what it writes set by set, past the hook, obeys the rules all the same."""

import pytest
from sqlalchemy import select

from awrash.database.session import db
from awrash.models import AttendanceLine, Contract, Participant, Payment
from awrash.rules.check import refusals_of

EACH = 7  # of the lines and payments, which are many and alike, one of so many is looked at


@pytest.mark.parametrize("record, each", [(Participant, 1), (Contract, 1), (AttendanceLine, EACH), (Payment, EACH)])
def test_what_the_demonstration_writes_set_by_set_obeys_the_rules(prefecture, record, each):
    with db.session.no_autoflush:
        rows = db.session.scalars(select(record).where(record.id % each == 0)).all()
        refused = [(str(row), refusal.code) for row in rows for refusal in refusals_of(row, whole=True)]
    assert len(rows) > 100 and refused == []
