"""Somebody always administers: the last administrator stays one, and no first account comes back by itself."""

import pytest
from sqlalchemy import select

from awrash.database.session import db
from awrash.records import audit
from awrash.records.accounts import AccountRole, Role, User, add_user, user_by_email
from awrash.records.audit import AuditLine
from awrash.rules.rule import RuleError
from tests.conftest import PASSWORD
from tests.doors import Visitor, run
from tests.processes import one_inside_the_other
from tests.records.test_audit import account, save

LAST = "administrator is the last administrator: give this role to another active account first."


def second_administrator() -> User:
    with audit.acting(None, "tests"):
        user = add_user("second@example.ma", Role.administrator, PASSWORD, "second")
        db.session.commit()
    return user


@pytest.fixture
def administrator(visit) -> Visitor:
    visitor = visit(Role.administrator)
    visitor.post("/language/en")
    return visitor


def test_the_last_administrator_keeps_the_role(administrator):
    page = save(administrator, account(Role.administrator), Role.head_of_unit)
    assert page.status == 422 and page.says(LAST)
    assert account(Role.administrator).administers


def test_the_account_of_the_last_administrator_is_not_closed(administrator):
    page = save(administrator, account(Role.administrator), Role.administrator, active=False)
    assert page.status == 422 and page.says(LAST)
    assert account(Role.administrator).administers


def test_an_account_that_is_closed_does_not_count_as_an_administrator(administrator):
    second_administrator().active = False
    db.session.commit()
    assert save(administrator, account(Role.administrator), Role.auditor).says(LAST)


def test_an_administrator_steps_down_once_another_is_there(administrator):
    second_administrator()
    assert save(administrator, account(Role.administrator), Role.auditor).status == 302
    assert not account(Role.administrator).administers


def test_an_account_that_did_something_is_closed_and_not_deleted(administrator, visit):
    visit(Role.auditor)
    number = account(Role.auditor).id
    administrator.get(f"/admin/user/details/?id={number}")
    with audit.acting(account(Role.auditor)):
        audit.note(audit.AuditEvent.signed_in, account(Role.auditor))
        db.session.commit()
    administrator.post("/admin/user/delete/", id=str(number))
    page = administrator.get(f"/admin/user/details/?id={number}")
    assert page.status == 200
    assert page.says("auditor stands in what was written here and stays: take off “Active” to close the account.")


def test_an_account_that_did_nothing_is_deleted_and_leaves_its_trace(administrator):
    number = second_administrator().id
    administrator.get(f"/admin/user/details/?id={number}")
    administrator.post("/admin/user/delete/", id=str(number))
    db.session.rollback()
    assert db.session.get(User, number) is None
    line = db.session.scalars(select(AuditLine).filter_by(record="user", record_id=number, what="deleted")).one()
    assert line.changes["roles"] == [["administrator"], []] and line.changes["full_name"] == ["second", None]


def test_two_who_take_the_role_from_each_other_in_one_piece_of_work_are_both_refused(app):
    second_administrator()
    both = (account(Role.administrator), user_by_email("second@example.ma"))
    with db.session.no_autoflush:
        for user in both:
            user.roles = []
    with pytest.raises(RuleError) as refused:
        db.session.flush()
    assert refused.value.code == "administrator_stays"


def test_two_administrators_who_demote_each_other_at_the_same_instant_leave_one(app):
    numbers = [second_administrator().id, account(Role.administrator).id]

    def demote(number: int):
        def work() -> str:
            try:
                user = db.session.get(User, number)
                user.roles = list(db.session.scalars(select(AccountRole).filter_by(name=Role.auditor.value)))
                db.session.commit()
            except RuleError as refusal:
                return refusal.code
            return "done"

        return work

    assert one_inside_the_other(app, *map(demote, numbers)) == ["done", "administrator_stays"]
    db.session.rollback()
    assert [user.id for user in db.session.scalars(select(User)) if user.administers] == [numbers[1]]


# ---- the first account


def emptied(app) -> None:
    """An installation that never had an account."""
    for record in (AuditLine, User):
        db.session.execute(record.__table__.delete(), execution_options={"vouched_by": "a test"})
    db.session.commit()


@pytest.fixture
def fresh(app, monkeypatch):
    emptied(app)
    monkeypatch.setattr("awrash.commands.payroll_totals.is_empty", lambda: False)
    for name in ("EMAIL", "PASSWORD"):
        monkeypatch.delenv(f"AWRASH_ADMIN_{name}", raising=False)
    return app


def test_a_new_installation_gets_its_first_account_once(fresh):
    first, second = run(fresh, "setup"), run(fresh, "setup")
    assert "admin@awrash.ma" in first.output and "password: " in first.output
    assert "its password was shown the first time" in second.output and "password: " not in second.output
    assert [user.email for user in db.session.scalars(select(User))] == ["admin@awrash.ma"]


def test_a_first_account_that_was_deleted_never_comes_back(fresh):
    run(fresh, "setup")
    second_administrator()
    with audit.acting(None, "tests"):
        db.session.delete(user_by_email("admin@awrash.ma"))
        db.session.commit()
    again = run(fresh, "setup")
    assert "password: " not in again.output
    assert user_by_email("admin@awrash.ma") is None
    assert "no first account is made again" in again.output


def test_a_new_name_in_the_environment_makes_no_other_first_account(fresh, monkeypatch):
    run(fresh, "setup")
    monkeypatch.setenv("AWRASH_ADMIN_EMAIL", "intruder@example.ma")
    monkeypatch.setenv("AWRASH_ADMIN_PASSWORD", "a password of somebody 1")
    assert "intruder" not in run(fresh, "setup").output
    assert user_by_email("intruder@example.ma") is None


def test_when_every_account_is_lost_setup_names_the_way_back(fresh, monkeypatch):
    run(fresh, "setup")
    db.session.execute(User.__table__.delete(), execution_options={"vouched_by": "a test"})
    db.session.execute(AuditLine.__table__.update().values(actor_id=None), execution_options={"vouched_by": "a test"})
    db.session.commit()
    lost = run(fresh, "setup")
    assert "flask users add EMAIL --role administrator" in lost.output
    assert db.session.scalar(select(User.id)) is None
    monkeypatch.setenv("AWRASH_PASSWORD", PASSWORD)
    assert run(fresh, "users", "add", "back@example.ma", "--role", "administrator").exit_code == 0
    assert user_by_email("back@example.ma").administers


def test_the_accounts_of_the_demonstration_are_not_a_first_account(fresh):
    with audit.acting(None, "demo"):
        add_user("auditor@awrash.ma", Role.auditor, PASSWORD)
        db.session.commit()
    assert "password: " in run(fresh, "setup").output
