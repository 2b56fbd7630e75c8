"""The list of wages to transfer: every due wage with its account, its total, and who is left apart."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal as D

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select, update

from awrash.database.session import db
from awrash.models import Participant, Payment, PayrollRun
from awrash.operations import declarations, payroll
from awrash.operations.payments import send_payment
from awrash.papers.transfers import _transfers
from awrash.records.accounts import Role, user_by_email
from awrash.reports.transfers import COLUMNS, due_of, totals_of
from awrash.values.states import AccountState, DeclarationState, PaymentState
from tests.conftest import TODAY
from tests.doors import run as command
from tests.world import behind

LAST = date(2026, 10, 1)
NOW = datetime(2026, 11, 3, 10, tzinfo=UTC)


@pytest.fixture
def october(prefecture):
    """The frozen payroll of October, declared, all its wages due."""
    payer, head = (user_by_email(f"{role.value}@example.ma") for role in (Role.payroll_officer, Role.head_of_unit))
    run = payroll.open_run(LAST)
    payroll.calculate_payroll(run, payer, NOW)
    payroll.approve_payroll(run, head)
    payroll.freeze_payroll(run, NOW)
    for declaration in run.declarations:
        declarations.make_declaration(declaration)
    db.session.commit()
    return run.id


def due(number):
    asked = select(Payment).join(Payment.pay_slip).filter_by(run_id=number)
    return list(db.session.scalars(asked.where(Payment.state == PaymentState.due)))


def spoil(number, **values):
    """Change a person's account behind the rules, after the payroll was frozen."""
    payment = due(number)[0]
    person = payment.pay_slip.contract.participant
    vouched = {"vouched_by": "a damaged record"}
    changes = update(Participant).where(Participant.id == person.id).values(**values)
    db.session.execute(changes, execution_options=vouched)
    db.session.commit()
    return payment, person


def csv_of(visitor, number):
    text = visitor.client.get(f"/admin/payroll_run/transfers/csv/?id={number}").get_data(as_text=True)
    return list(csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=";"))


def test_every_due_wage_goes_out_with_its_account_and_the_list_ends_with_its_total(october, tour):
    lines = csv_of(tour(Role.payroll_officer), october)
    payments = due(october)
    wages = {(payment.pay_slip.contract.participant.rib, payment.amount) for payment in payments}

    assert lines[0] == list(COLUMNS)
    assert {(line[5], D(line[6].replace(",", "."))) for line in lines[1:-1]} == wages
    assert lines[-1][2:4] == ["TOTAL", str(len(payments))]
    assert D(lines[-1][6].replace(",", ".")) == sum(payment.amount for payment in payments)


def test_a_workbook_keeps_each_account_as_text(october, tour):
    content = tour(Role.payroll_officer).client.get(f"/admin/payroll_run/transfers/xlsx/?id={october}").data
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()

    assert rows[0] == list(COLUMNS)
    assert all(isinstance(row[5], str) and len(row[5]) == 24 for row in rows[1:-1])


@pytest.mark.parametrize(
    "values", [{"rib": "350810000000000123456728"}, {"account_state": AccountState.being_opened}, {"rib": None}]
)
def test_an_account_that_does_not_hold_is_left_apart_and_named(october, tour, values):
    payment, person = spoil(october, **values)
    visitor = tour(Role.payroll_officer)
    kept = len(due(october))

    page = visitor.get(f"/admin/payroll_run/transfers/?id={october}")

    assert person.family_name_fr in page.soup.select_one("main section.card").get_text()
    assert page.soup.select_one("h1 small").get_text().replace(".", "") == str(kept - 1)
    assert len(csv_of(visitor, october)) == kept + 1  # header and total, without that wage
    told = totals_of(due_of(db.session.get(PayrollRun, october)))
    assert [wage.payment_id for wage, _why in told.apart] == [payment.id]


def a_declaration(number):
    """The first of the payroll's declarations, and the wages that wait on it."""
    first = due(number)[0].pay_slip
    carrier = first.contract.worksite.agreement.carrier
    declaration = next(one for one in first.run.declarations if one.carrier is carrier)
    return declaration, [one for one in due(number) if one.pay_slip.contract.worksite.agreement.carrier is carrier]


@pytest.mark.parametrize("state", [DeclarationState.to_make, DeclarationState.rejected])
def test_the_wages_of_a_carrier_that_is_not_declared_stay_out_of_the_list_and_of_the_order(october, tour, state):
    declaration, wages = a_declaration(october)
    kept = len(due(october))
    behind(declaration, state=state)
    db.session.commit()
    visitor = tour(Role.payroll_officer)
    visitor.post("/language/en")

    page = visitor.get(f"/admin/payroll_run/transfers/?id={october}")

    assert page.says("The carrier has not declared the month to CNSS.")
    assert len(csv_of(visitor, october)) == 2 + kept - len(wages)  # header and total
    assert declaration.carrier.cnss_affiliation not in {line[7] for line in csv_of(visitor, october)}
    run = db.session.get(PayrollRun, october)
    order = _transfers(run, TODAY)
    assert order["count"] == kept - len(wages)
    assert declaration.carrier.cnss_affiliation not in {one["affiliation"] for one in order["carriers"]}
    assert len(order["apart"][0]) == len(wages)


def test_two_carriers_of_one_name_stay_two_in_the_list_and_in_the_order(october, tour):
    mine = due(october)[0].pay_slip.contract.worksite.agreement.carrier
    other = next(
        carrier for one in due(october) if (carrier := one.pay_slip.contract.worksite.agreement.carrier).id != mine.id
    )
    before = len(totals_of(due_of(db.session.get(PayrollRun, october))).by_carrier)
    behind(other, name_fr=mine.name_fr)
    db.session.commit()

    page = tour(Role.payroll_officer).get(f"/admin/payroll_run/transfers/?id={october}")

    rows = [row.get_text(" ") for row in page.soup.select("tbody td:first-child")]
    assert all(len([row for row in rows if carrier.cnss_affiliation in row]) == 1 for carrier in (mine, other))
    assert len([row for row in rows if mine.name_fr in row]) > 1
    totals = totals_of(due_of(db.session.get(PayrollRun, october)))
    assert len(totals.by_carrier) == before == len(_transfers(db.session.get(PayrollRun, october), TODAY)["carriers"])


def test_a_wage_that_was_sent_is_in_no_second_list(october, tour):
    sent = due(october)[0]
    declaration = next(
        declaration
        for declaration in sent.pay_slip.run.declarations
        if declaration.carrier is sent.pay_slip.contract.worksite.agreement.carrier
    )
    declarations.make_declaration(declaration)
    before = totals_of(due_of(sent.pay_slip.run))
    send_payment(sent, date(2026, 11, 12))
    after = totals_of(due_of(sent.pay_slip.run))

    assert (before.count - after.count, before.amount - after.amount) == (1, sent.amount)


def test_the_terminal_writes_the_list_and_names_who_is_left_apart(october, prefecture, tmp_path):
    payment, _person = spoil(october, rib=None)
    file = tmp_path / "transfers.csv"

    done = command(prefecture, "payroll", "transfers", "2026-10", "--out", str(file))

    assert done.exit_code == 0, done.stderr
    assert f"{payment.id}:rib:" in done.stderr
    assert "1 left apart" in done.output
    assert file.read_text("utf-8-sig").splitlines()[0] == ";".join(COLUMNS)


def test_the_list_of_a_month_without_payroll_is_refused_by_the_terminal(app, tmp_path):
    done = command(app, "payroll", "transfers", "2026-05", "--out", str(tmp_path / "x.csv"))

    assert done.exit_code == 1
    assert "2026-05" in done.stderr
