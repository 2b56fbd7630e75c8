"""Each file of the office fetched whole from the real server, to its last line."""

import csv
import io
import re
from itertools import product

import pytest
from sqlalchemy import select

from awrash.database.session import db
from awrash.models import PayrollRun
from awrash.records.accounts import Role
from tests import servers, torture
from tests.conftest import PASSWORD

KINDS = ("csv", "xlsx")
CONVERTED = re.compile(r"<[^>]+>")  # the argument of an address, with what it may be


@pytest.fixture
def auditor(prefecture):
    """Somebody who opens every list, on the real server."""
    with servers.live_server(prefecture) as address:
        yield torture.Person(address, f"{Role.administrator.value}@example.ma", PASSWORD)


def files(app) -> list[str]:
    """The address of every file that a page of the back-office offers: those of lists, months and costs."""
    run = db.session.scalar(select(PayrollRun.id).where(PayrollRun.frozen_at.is_not(None)).limit(1))
    db.session.rollback()
    addresses = []
    for rule in app.url_map.iter_rules():
        for name in ("export_type", "kind"):
            if rule.arguments == {name} and rule.rule.startswith("/admin/") and "GET" in rule.methods:
                addresses += [CONVERTED.sub(kind, rule.rule) for kind in KINDS]
    costs = [f"/admin/costs/export/{kind}/?by={by}" for kind, by in product(KINDS, ("carrier", "commune"))]
    of_run = [address for address in addresses if "/payroll_run/transfers/" in address]
    with_run = [f"{address}?id={run}" for address in (*of_run, "/admin/payroll_run/cnss/")]
    return [*(set(addresses) - set(of_run)), *costs, *with_run]


def test_every_file_of_the_back_office_is_whole_on_the_real_server(prefecture, auditor):
    addresses = files(prefecture)
    assert len(addresses) > 60

    for address in addresses:
        content = auditor.fetch(address)
        if "csv" in address or "cnss" in address:
            header, *lines = csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";")
            assert {len(line) for line in lines} <= {len(header)}, address
            assert content.endswith(b"\r\n"), address
        else:
            assert content.startswith(b"PK") and b"PK\x05\x06" in content[-22:], address


@pytest.mark.parametrize("by", ["agreement", "carrier", "commune"])
def test_the_costs_as_csv_have_a_line_for_each_row_of_the_page(auditor, by):
    rows = auditor.get(f"/admin/costs/?by={by}").soup.select_one("table").select("tbody tr")
    lines = auditor.fetch(f"/admin/costs/export/csv/?by={by}").decode("utf-8-sig").splitlines()

    assert len(lines) - 1 == len(rows) > 1
