"""Each test finds its database as it was kept, whatever the one before did to it."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select, text, update

from awrash.database.session import db
from awrash.models import Commune, PaySlip, Theme
from awrash.operations import payroll
from awrash.records.accounts import user_by_email
from tests import kept_world, renewal
from tests.world import a_month_to_pay, a_new_world, a_world, keep


def everything():
    return {table.name: rows for table, rows in kept_world.all_rows(db.session.connection()).items()}


def a_world_and_another_account():
    a_world()
    user_by_email("head_of_unit@example.ma").roles = user_by_email("auditor@example.ma").roles
    db.session.delete(user_by_email("field_officer@example.ma"))


def a_statement_over_all_rows():
    db.session.execute(update(Commune).values(is_rural=True), execution_options={"vouched_by": "a test"})
    db.session.execute(text("UPDATE parameter SET value = 0"))


def rows_deleted_and_one_added():
    db.session.execute(text("DELETE FROM number_series"))
    db.session.execute(text("DELETE FROM parameter"))
    db.session.add(Theme(code="water", name_ar="ماء", name_fr="Eau", name_en="Water"))


def a_table_that_nobody_knows():
    db.session.execute(text("DROP TABLE IF EXISTS nobody"))
    db.session.execute(text("CREATE TABLE nobody (id integer)"))


WORKS = [a_world_and_another_account, a_statement_over_all_rows, rows_deleted_and_one_added, a_table_that_nobody_knows]


@pytest.mark.parametrize("work", WORKS)
def test_a_database_is_made_new_after_any_work(app, seeded, work):
    before = everything()
    work()
    db.session.commit()
    assert everything() != before or work is a_table_that_nobody_knows
    db.session.remove()
    seeded.renew()
    assert everything() == before


def test_numbers_begin_anew_with_the_database(app, seeded):
    numbers = []
    for _ in range(3):
        numbers.append(keep(a_new_world()).contract.id)
        db.session.commit()
        db.session.remove()
        seeded.renew()
    assert numbers[1] == numbers[2]  # the first may go on after what another test took back


@pytest.mark.parametrize("seeded", ["postgres"], indirect=True)
def test_work_on_tables_of_its_own_asks_for_no_copy(app, seeded):
    a_month_to_pay()
    run_of_may = payroll.open_run(date(2026, 5, 1))
    payroll.calculate_payroll(run_of_may, user_by_email("payroll_officer@example.ma"), datetime(2026, 6, 3, tzinfo=UTC))
    db.session.commit()
    written = [tables.get(db.engine, set()) for tables in (renewal.changed, renewal.added_to)]
    assert not any(renewal.UNREADABLE in tables for tables in written)
    db.session.remove()
    seeded.renew()
    assert db.session.scalar(select(PaySlip.id)) is None


@pytest.mark.parametrize("seeded", ["postgres"], indirect=True)
def test_what_another_connection_still_holds_is_let_go(app, seeded):
    before = everything()
    other = db.engine.connect()
    a_world()
    db.session.commit()
    other.execute(text("UPDATE edition SET year = 2030"))
    db.session.remove()
    seeded.renew()
    other.invalidate()
    other.close()
    assert everything() == before
