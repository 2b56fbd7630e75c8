"""Every list that leaves Awrash, from one fixed world: its columns and first lines, as a person has read them.

A column that is new, lost, moved or written otherwise fails here until the file in `tests/golden/exports` is read:
`AWRASH_GOLDEN=1 pytest tests/files/test_every_export.py` writes the files anew. Labels are in English.
"""

import csv
import io
import os
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from python_calamine import CalamineWorkbook

from awrash.database.session import db
from awrash.files.exports import LISTS
from awrash.models import PayrollRun
from awrash.operations.management_fee import COST_SUBJECTS
from awrash.public import open_data
from awrash.records.accounts import Role
from awrash.reports import transfers
from awrash.screens import health_cover
from awrash.screens.base import RecordView
from tests.conftest import PASSWORD
from tests.doors import Visitor, run
from tests.paper_month import correct
from tests.paper_world import paper_world
from tests.world import behind

GOLDEN = Path(__file__).parents[1] / "golden" / "exports"
SHOWN = 3  # lines under the header: enough to see how each column is written
MONTH = "2026-05"
COVERED_ON = (date(2026, 11, 1), date(2026, 12, 1))  # this month and the next one, as the tests' clock has it
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00")


@pytest.fixture(scope="module")
def office(worked_on) -> Iterator[Flask]:
    """The application on a small world whose May is frozen, and two of whose people are covered since lately."""
    worked_on.renew()
    with worked_on.app.app_context():
        world = paper_world()
        correct(world.samples["attendance_sheet"])
        for line, opened_on in zip(world.samples["attendance_sheet"].lines, COVERED_ON, strict=True):
            behind(line.contract.participant, cover_opened_on=opened_on)
        db.session.commit()
    yield worked_on.app


@pytest.fixture(scope="module")
def exports(office, tmp_path_factory) -> dict[str, str]:
    """The text of each file that leaves, by the name of its golden file."""
    folder = tmp_path_factory.mktemp("exports")
    with office.app_context():
        texts = {name: shortened(content) for name, content in every_file(office, folder)}
    if os.environ.get("AWRASH_GOLDEN"):  # written anew on purpose, then read by a person
        GOLDEN.mkdir(parents=True, exist_ok=True)
        for path in GOLDEN.glob("*.csv"):
            path.unlink()
        for name, text in texts.items():
            (GOLDEN / f"{name}.csv").write_text(text)
    return texts


def shortened(content: bytes) -> str:
    """The header and the first lines of a CSV, without its mark and without what the clock wrote."""
    lines = content.decode("utf-8-sig").split("\r\n")[: SHOWN + 1]
    return INSTANT.sub("<instant>", "\n".join(lines).rstrip("\n") + "\n")


def shown_cells(content: bytes) -> list[list[str]]:
    """The cells of the same lines."""
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))[: SHOWN + 1]


def every_file(app: Flask, folder: Path) -> Iterator[tuple[str, bytes]]:
    """What the terminal writes, what the screens send and what the public page offers, each under its name."""
    out = folder / "out.csv"
    for name in LISTS:
        month = ("--month", MONTH) if name == "cnss" else ()
        done = run(app, "export", name, *month, "--out", str(out))
        assert done.exit_code == 0, done.stderr
        yield f"list-{name}", out.read_bytes()
    done = run(app, "payroll", "transfers", MONTH, "--out", str(out))
    assert done.exit_code == 0, done.stderr
    yield "transfers", out.read_bytes()
    for name, address in {**screens(app), **pages()}.items():
        yield name, fetched(app, address.format(kind="csv"))


def screens(app: Flask) -> dict[str, str]:
    """The address of each record's list as a file, with its usual columns."""
    views = [view for view in app.extensions["admin"][0]._views if isinstance(view, RecordView) and view.can_export]
    return {f"screen-{view.endpoint}": f"/admin/{view.endpoint}/export/{{kind}}/" for view in views}


def pages() -> dict[str, str]:
    """The addresses of the other files: those of pages that are more than a record's, and the open data."""
    payroll = db.session.query(PayrollRun).filter_by(month=date(2026, 5, 1)).one()
    return {
        "page-cnss": f"/admin/payroll_run/cnss/?id={payroll.id}",
        "page-paid": "/admin/paid/export/{kind}/?from=2026-05&to=2026-05",
        "page-gates": "/admin/gates/export/{kind}/",
        **{f"page-costs-{by}": f"/admin/costs/export/{{kind}}/?by={by}" for by in COST_SUBJECTS},
        **{f"page-cover-{which}": f"/admin/cover/export/{{kind}}/?which={which}" for which in health_cover.LISTS},
        **{f"open-{name}": f"/transparency/{name}.csv" for name in (*open_data.TABLES, open_data.DICTIONARY)},
    }


def fetched(app: Flask, address: str) -> bytes:
    """A file as the first who may take it gets it, in English."""
    for role in (Role.auditor, Role.administrator, Role.head_of_unit):
        visitor = Visitor(app, role, PASSWORD)
        visitor.post("/language/en")
        answer = visitor.get(address)
        if answer.status != 403:
            break
    assert answer.status == 200, (address, answer.status, answer.text[:300])
    return answer.response.get_data()


GOLDEN_NAMES = sorted(path.stem for path in GOLDEN.glob("*.csv"))


def test_every_file_that_leaves_was_read_by_a_person(exports):
    assert sorted(exports) == sorted(path.stem for path in GOLDEN.glob("*.csv"))


@pytest.mark.parametrize("name", GOLDEN_NAMES)
def test_a_file_leaves_with_the_columns_that_were_agreed(exports, name):
    assert exports[name] == (GOLDEN / f"{name}.csv").read_text()


def test_the_transfers_leave_the_screen_as_they_leave_the_terminal(office, exports):
    with office.app_context():
        payroll = db.session.query(PayrollRun).filter_by(month=date(2026, 5, 1)).one()
        assert shortened(fetched(office, f"/admin/payroll_run/transfers/csv/?id={payroll.id}")) == exports["transfers"]
    assert exports["transfers"].startswith(";".join(transfers.COLUMNS))


def test_a_workbook_has_the_same_cells(office):
    with office.app_context():
        addresses = [address for address in {**screens(office), **pages()}.values() if "{kind}" in address]
        for address in addresses:
            workbook = io.BytesIO(fetched(office, address.format(kind="xlsx")))
            rows = CalamineWorkbook.from_filelike(workbook).get_sheet_by_index(0).to_python()
            assert rows[: SHOWN + 1] == shown_cells(fetched(office, address.format(kind="csv"))), address
