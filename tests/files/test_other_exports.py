"""The heads of the files that leave beside the lists of records: every column, in its order, typed by hand."""

import csv
import io
from datetime import UTC, date, datetime

import pytest

from awrash.bank import returns
from awrash.database.session import db
from awrash.operations import payroll
from awrash.records.accounts import Role, user_by_email
from awrash.reports.register import REPORTS
from tests.conftest import PASSWORD
from tests.doors import Visitor
from tests.world import a_month_to_pay

LATER = datetime(2026, 6, 3, tzinfo=UTC)


@pytest.fixture(scope="module")
def paid(planted):
    """The payroll of May of three people, one of them stopped, and a file of the bank about another."""
    planted.renew()
    with planted.app.app_context():
        world = a_month_to_pay(3)
        world.contract.anapec_approved_on = None
        made = payroll.open_run(date(2026, 5, 1))
        payroll.calculate_payroll(made, user_by_email("payroll_officer@example.ma"), LATER)
        payroll.approve_payroll(made, user_by_email("head_of_unit@example.ma"))
        payroll.freeze_payroll(made, LATER)
        content = b"mois;cnie;montant;etat\r\n2026-05;J100002;2700,00;paid\r\n"
        mapping = {"mois": "month", "cnie": "participant.cnie", "montant": "amount", "etat": "state"}
        file = returns.read_return(content, "retour.csv", mapping, user_by_email("payroll_officer@example.ma"), LATER)
        numbers = {"run": made.id, "file": file.id}
        db.session.commit()
        db.session.remove()
    yield planted.app, numbers


def table(paid, address):
    """The cells of a file as the head of unit gets it, in English."""
    app, numbers = paid
    with app.app_context():
        head = Visitor(app, Role.head_of_unit, PASSWORD)
        head.post("/language/en")
        answer = head.get(address.format(**numbers))
        assert answer.status == 200, answer.text[:300]
        text = answer.response.get_data().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))


STOPPED = ["AMINA AGNOUZ", "", "W-1 · Chantier", "Association R-1", "2026-05", "contract not approved by ANAPEC"]
TABLES = {  # address: the first lines of the file
    "/admin/stopped/export/csv/": [
        ["Participant", "Phone", "Worksite", "Carrier", "Month", "Cause", "Since", "Who mends it"],
        [*STOPPED, "2026-05-01", "File officer"],
    ],
    "/admin/returns/content/?id={file}": [
        ["mois", "cnie", "montant", "etat"],
        ["2026-05", "J100002", "2700,00", "paid"],
    ],
    "/admin/report/contracts_ending/export/csv/": [
        ["Participant", "CNIE", "Phone", "Contract", "Worksite", "Last day"],
    ],
    "/admin/report/carriers_without_cnss/export/csv/": [
        ["Carrier", "Phone", "Worksite", "Opens on", "People at work"],
    ],
    "/admin/report/raised_wages/export/csv/": [
        ["Participant", "CNIE", "Worksite", "Wage of the contract", "Wage used", "More"],
    ],
}


def test_every_report_is_among_them():
    assert {f"/admin/report/{code}/export/csv/" for code in REPORTS} <= set(TABLES)


@pytest.mark.parametrize("address", TABLES)
def test_a_file_leaves_with_each_of_its_columns(paid, address):
    assert table(paid, address) == TABLES[address]
