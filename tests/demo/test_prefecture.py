"""The invented prefecture: what it writes set by set, past the hook, obeys the rules all the same."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from awrash.database.session import db
from awrash.models import Agreement, AttendanceLine, Contract, Participant, Payment
from awrash.reports.standing_values import standing_records
from awrash.rules.check import refusals_of

EACH = 7  # of the lines and payments, which are many and alike, one of so many is looked at


@pytest.mark.parametrize("record, each", [(Participant, 1), (Contract, 1), (AttendanceLine, EACH), (Payment, EACH)])
def test_what_the_demonstration_writes_set_by_set_obeys_the_rules(prefecture, record, each):
    with db.session.no_autoflush:
        rows = db.session.scalars(select(record).where(record.id % each == 0)).all()
        refused = [(str(row), refusal.code) for row in rows for refusal in refusals_of(row, whole=True)]
    assert len(rows) > 100 and refused == []


def test_nothing_in_the_demonstration_stands_from_before_a_rule(prefecture):
    assert list(standing_records()) == []


def test_no_agreement_of_the_demonstration_costs_more_than_its_value(prefecture):
    agreements = db.session.scalars(select(Agreement)).all()
    spent = {agreement.number: cost_of(agreement) / agreement.value for agreement in agreements}
    assert len(spent) > 40 and max(spent.values()) <= 1


def cost_of(agreement: Agreement) -> Decimal:
    """Wages and employer's contributions of its people so far, in dirhams."""
    contracts = [contract for worksite in agreement.worksites for contract in worksite.contracts]
    return sum((slip.gross + slip.employer_share for each in contracts for slip in each.pay_slips), Decimal(0))
