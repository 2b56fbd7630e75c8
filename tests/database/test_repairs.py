"""What migrations repair of the data that they find: each kind of bad row, before and after."""

from datetime import UTC, date, datetime

import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from awrash.database.session import db
from awrash.operations import payroll
from awrash.records.accounts import user_by_email
from tests.world import a_month_to_pay

LATER = datetime(2026, 6, 3, tzinfo=UTC)
MAY = date(2026, 5, 1)
# of one wage each: the states of its payments in their order before 0011, and after
PAYMENTS = [
    (["due"], ["due"]),
    (["due", "due", "due"], ["due", "reissued", "reissued"]),
    (["sent", "due"], ["sent", "reissued"]),
    (["due", "sent"], ["reissued", "sent"]),
    (["rejected", "due"], ["rejected", "reissued"]),
    (["reissued", "due", "due"], ["reissued", "due", "reissued"]),
]
# before 0009: the day an instalment was paid, if it was; after: its state, reference and day of approval
INSTALMENTS = [(None, ("due", None, None)), ("2026-05-20", ("paid", "—", "2026-05-20"))]


def rows(statement, **values):
    with db.engine.connect() as connection:
        return [tuple(map(plain, row)) for row in connection.execute(text(statement), values)]


def plain(value):
    return value.isoformat() if isinstance(value, date) else value


def written(*statements):
    with db.engine.begin() as connection:
        for statement, values in statements:
            connection.execute(text(statement), values)


@pytest.fixture
def may(app):
    """The frozen payroll of as many people as there are cases, each with its payment due."""
    world = a_month_to_pay(len(PAYMENTS))
    calculated_by, approved_by = (user_by_email(f"{role}@example.ma") for role in ("payroll_officer", "head_of_unit"))
    made = payroll.open_run(MAY)
    payroll.calculate_payroll(made, calculated_by, LATER)
    assert not any(slip.blocked_by for slip in made.slips)
    payroll.approve_payroll(made, approved_by)
    payroll.freeze_payroll(made, LATER)
    numbers = sorted(slip.id for slip in made.slips)
    agreement = world.agreement.id
    db.session.commit()
    db.session.remove()
    return numbers, agreement


ANOTHER = "INSERT INTO payment (pay_slip_id, amount, state, version) SELECT pay_slip_id, amount, :state, 1 FROM payment"
STATES = "SELECT state FROM payment WHERE pay_slip_id = :slip ORDER BY id"


def test_a_wage_with_several_payments_keeps_the_one_that_went_furthest(may):
    numbers, _agreement = may
    downgrade(revision="0010")
    for slip, (before, _after) in zip(numbers, PAYMENTS, strict=True):
        written(("UPDATE payment SET state = :state WHERE pay_slip_id = :slip", {"state": before[0], "slip": slip}))
        for state in before[1:]:
            of_first = f"{ANOTHER} WHERE pay_slip_id = :slip ORDER BY id LIMIT 1"
            written((of_first, {"state": state, "slip": slip}))
    upgrade()
    for slip, (before, after) in zip(numbers, PAYMENTS, strict=True):
        assert [state for (state,) in rows(STATES, slip=slip)] == after, before


def test_two_payments_of_a_wage_that_both_went_out_stop_the_upgrade_and_stay(may):
    (slip, *_others), _agreement = may
    downgrade(revision="0010")
    written(("UPDATE payment SET state = 'sent' WHERE pay_slip_id = :slip", {"slip": slip}))
    written((f"{ANOTHER} WHERE pay_slip_id = :slip", {"state": "paid", "slip": slip}))
    with pytest.raises((SystemExit, IntegrityError)):
        upgrade()
    assert rows(STATES, slip=slip) == [("sent",), ("paid",)]
    assert rows("SELECT version_num FROM alembic_version") == [("0010",)]
    written(("UPDATE payment SET state = 'reissued' WHERE pay_slip_id = :slip AND state = 'sent'", {"slip": slip}))
    upgrade()
    assert rows(STATES, slip=slip) == [("reissued",), ("paid",)]


def test_an_instalment_that_was_paid_is_approved_and_paid_on_its_day(may):
    _numbers, agreement = may
    downgrade(revision="0008")
    written(("DELETE FROM instalment WHERE agreement_id = :of", {"of": agreement}))
    for paid_on, _after in INSTALMENTS:
        added = "INSERT INTO instalment (agreement_id, due_on, amount, paid_on, version) VALUES (:of, :due, 1, :on, 1)"
        day = date.fromisoformat(paid_on) if paid_on else None
        with db.engine.begin() as connection:
            connection.execute(text(added), {"of": agreement, "due": MAY.isoformat(), "on": day and day.isoformat()})
    upgrade()
    kept = rows(
        "SELECT state, reference, approved_on FROM instalment WHERE agreement_id = :of ORDER BY id", of=agreement
    )
    assert kept == [after for _before, after in INSTALMENTS]


def test_slips_from_before_name_who_and_where_as_their_records_do_and_keep_their_seal(may):
    numbers, _agreement = may
    named = "SELECT cnie, family_name_fr, given_name_ar, contract_number, worksite_code FROM pay_slip WHERE id = :slip"
    before = [rows(named, slip=slip) for slip in numbers]
    seal = rows("SELECT seal FROM payroll_run")
    assert rows("SELECT seal_version FROM payroll_run") == [(2,)]
    downgrade(revision="0012")
    written(("INSERT INTO payroll_run (month, state, version) VALUES (:month, 'open', 1)", {"month": "2026-06-01"}))
    upgrade()
    assert [rows(named, slip=slip) for slip in numbers] == before
    assert rows("SELECT seal FROM payroll_run WHERE seal IS NOT NULL") == seal
    assert rows("SELECT seal_version FROM payroll_run ORDER BY month") == [(1,), (None,)]


def test_a_trace_that_an_older_version_does_not_know_is_left_out_of_it_and_the_rest_stays(may):
    traced = "SELECT what, count(*) FROM audit_line GROUP BY what ORDER BY what"
    known = [line for line in rows(traced) if line[0] in ("made", "changed", "step", "deleted")]
    added = (
        "INSERT INTO audit_line (record, record_id, at, actor, what, version) VALUES ('user', NULL, :at, 'x', :what, 1)"
    )
    for what in ("signed_in", "exported", "read"):
        with db.engine.begin() as connection:
            connection.execute(text(added), {"at": "2026-06-03 00:00:00", "what": what})
    downgrade(revision="0013")
    assert rows(traced) == known
    upgrade()
    assert rows(traced) == known
