"""A machine that stops in the middle: what was being written is whole or absent, and is done again all the same."""

import os
import random
import time
from datetime import UTC, date, datetime
from itertools import count

import pytest
from sqlalchemy import func, select

from awrash.bank.records import ReturnFile, ReturnLine
from awrash.bank.returns import apply_return, read_return
from awrash.database.session import db
from awrash.models import Declaration, Payment, PayrollChange, PayrollRun, PaySlip
from awrash.operations import payroll
from awrash.operations.payments import send_payment
from awrash.records import audit
from awrash.records.accounts import Role, user_by_email
from awrash.reports import month_wages
from tests import processes
from tests.doors import run as command
from tests.world import a_month_to_pay

MAY = date(2026, 5, 1)
AT = datetime(2026, 6, 3, 10, tzinfo=UTC)
RANDOM_INSTANTS = 6
TIMES = range(int(os.environ.get("AWRASH_KILLS", "1")))  # `make torture` plays each of them again and again
COMMIT_TAKES = 0.012  # seconds from the beginning of a commit to a little after its end, on a slow disk
RETURNED = "\n".join(
    [
        "month;participant.cnie;state;paid_on;rejection_reason;reference",
        "2026-05;J100001;paid;2026-06-15;;V-1",
        "2026-05;J100002;rejected;;الحساب مغلق;V-2",
        "2026-05;J100009;paid;2026-06-15;;V-3",
    ]
).encode()


def officer(role=Role.payroll_officer):
    return user_by_email(f"{role.value}@example.ma")


def by(role, work):
    """A piece of work of one person, committed at its end."""
    with audit.acting(officer(role)):
        work()
        db.session.commit()


def calculate():
    by(Role.payroll_officer, lambda: payroll.calculate_payroll(payroll.open_run(MAY), officer(), AT))


def approve():
    head = Role.head_of_unit
    by(head, lambda: payroll.approve_payroll(month_wages.run_of(MAY), officer(head)))


def freeze():
    by(Role.payroll_officer, lambda: payroll.freeze_payroll(month_wages.run_of(MAY), AT))


def send():
    def work():
        for declaration in db.session.scalars(select(Declaration)):
            declaration.content = b"B"
            declaration.state = "made"
        db.session.flush()
        for payment in db.session.scalars(select(Payment).order_by(Payment.id)):
            send_payment(payment, date(2026, 6, 12))

    by(Role.payroll_officer, work)


def bring():
    by(Role.payroll_officer, lambda: apply_return(read_return(RETURNED, "retour.csv", None, officer(), AT)))


WORKS = {"calculate": calculate, "freeze": freeze, "apply": bring}
BEFORE = {"calculate": (), "freeze": (calculate, approve), "apply": (calculate, approve, freeze, send)}
KEPT = (PayrollRun, PaySlip, PayrollChange, Declaration, Payment, ReturnFile, ReturnLine)
OTHERWISE = {"id", "at", "version"}  # what a number drawn for a lost try changes, and what the clock says


def everything() -> list:
    """All that the month wrote: the records of pay, and how many lines the audit has."""
    found = []
    for record in KEPT:
        columns = [
            column for column in record.__table__.columns if column.name not in OTHERWISE and not column.foreign_keys
        ]
        found.append(sorted(map(repr, db.session.execute(select(*columns)).all())))
    found.append(db.session.scalar(select(func.count(audit.AuditLine.id))))
    db.session.rollback()
    return found


def reckoned(work) -> list:
    """What the work comes to when nothing stops it; nothing of it stays."""
    commit, db.session().commit = db.session().commit, db.session.flush
    try:
        work()
        return everything()
    finally:
        db.session().commit = commit
        db.session.rollback()


@pytest.fixture(params=WORKS)
def month(app, request):
    """A month that stands before the work which will be killed."""
    a_month_to_pay()
    for earlier in BEFORE[request.param]:
        earlier()
    return WORKS[request.param]


def test_killed_before_any_of_its_statements_it_is_absent_and_done_again_it_comes_to_the_same(app, month):
    before, whole = everything(), reckoned(month)
    assert before != whole
    for step in count():
        if not processes.killed_before(app, step, month):
            break
        assert everything() == before, f"killed before its statement {step}"
    assert step > 8
    assert everything() == whole
    assert command(app, "check").output == "ok\n"


def stop_until_it_is_whole(app, month, stop):
    """Stop the work some times, whole or absent each time, and do it to its end when every stop left nothing of it."""
    before, whole = everything(), reckoned(month)
    for _ in range(RANDOM_INSTANTS):
        stop()
        now = everything()
        assert now in (before, whole)
        assert command(app, "check").output == "ok\n"
        if now == whole:
            return
    assert not processes.killed_before(app, 10**6, month)
    assert everything() == whole


@pytest.mark.parametrize("time_of", TIMES)
def test_killed_at_any_instant_it_is_whole_or_absent_and_done_again_it_comes_to_the_same(app, month, time_of):
    began = time.monotonic()
    reckoned(month)
    took = time.monotonic() - began
    stop_until_it_is_whole(app, month, lambda: processes.killed_after(app, random.uniform(0, 1.5 * took), month))


@pytest.mark.parametrize("time_of", TIMES)
def test_killed_while_it_commits_it_is_whole_or_absent_and_done_again_it_comes_to_the_same(app, month, time_of):
    stop_until_it_is_whole(app, month, lambda: processes.killed_at_commit(app, random.uniform(0, COMMIT_TAKES), month))
