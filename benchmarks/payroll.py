"""The month's run over many contracts beside a bare INSERT … SELECT of the same rows: seconds and memory of each.

Each part is a process of its own, so that its peak of memory is its own: `make`, `run`, `again`, `bare`.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from flask_migrate import upgrade
from sqlalchemy import String, cast, func, insert, literal, select

from awrash import create_app
from awrash.database.session import db
from awrash.demo import prefecture
from awrash.models import AttendanceLine, AttendanceSheet, Contract, Participant, PaySlip
from awrash.operations import payroll
from awrash.records import audit
from awrash.records.accounts import User
from awrash.seeds import plant
from awrash.values.language import now

PEOPLE = 250_000
MONTH = date(2026, 10, 1)
TODAY = date(2026, 11, 23)
TITLES = {"run": "the run", "again": "the same run calculated again", "bare": "a bare INSERT … SELECT"}
VOUCHED = {"vouched_by": "a benchmark"}


def copies(record: Any, template: Any, rows: Any, **changed: Any) -> Any:
    """INSERT … SELECT: a row of the template for each of `rows`, with the columns that change."""
    columns = [one for one in record.__table__.columns if one.name != "id"]
    values = [changed[one.name] if one.name in changed else template.c[one.name].label(one.name) for one in columns]
    asked = select(*values).select_from(template).join(rows, literal(True))
    return insert(record).from_select([one.name for one in columns], asked)


def make() -> None:
    """The demonstration, then as many people as asked, each with a contract and a line on the month's sheet."""
    upgrade()
    plant.plant()
    prefecture.make(TODAY)
    db.session.flush()
    line = db.session.scalar(
        select(AttendanceLine).join(AttendanceLine.sheet).where(AttendanceSheet.month == MONTH).limit(1)
    )
    ids = (line.contract.participant_id, line.contract_id, line.id)
    numbers = select(literal(1).label("i")).cte("n", recursive=True)
    numbers = numbers.union_all(select(numbers.c.i + 1).where(numbers.c.i < PEOPLE))
    kept = [
        select(record.__table__).where(record.__table__.c.id == number).cte(f"kept_{record.__tablename__}")
        for record, number in zip((Participant, Contract, AttendanceLine), ids, strict=True)
    ]
    last = db.session.scalar(select(func.max(Participant.id)))
    text = cast(numbers.c.i, String)
    unique = {"cnss_number": literal(None), "phone": literal(None)}
    unique |= {"cnie": literal("Z").concat(text), "rib": literal("350").concat(text)}
    db.session.execute(copies(Participant, kept[0], numbers, **unique), execution_options=VOUCHED)
    people = select(Participant.id.label("i")).where(Participant.id > last).subquery()
    one = {"participant_id": people.c.i, "number": literal("Z").concat(cast(people.c.i, String))}
    last = db.session.scalar(select(func.max(Contract.id)))
    db.session.execute(copies(Contract, kept[1], people, **one), execution_options=VOUCHED)
    made = select(Contract.id.label("i")).where(Contract.id > last).subquery()
    db.session.execute(copies(AttendanceLine, kept[2], made, contract_id=made.c.i), execution_options=VOUCHED)
    db.session.commit()


def run() -> int:
    """The month's run, in one transaction; its rows."""
    person = db.session.scalar(select(User).limit(1))
    payroll.calculate_payroll(payroll.open_run(MONTH), person, now())
    db.session.commit()
    return db.session.scalar(select(func.count(PaySlip.id)).where(PaySlip.month == MONTH)) or 0


def bare() -> int:
    """The same rows, copied by one statement into the same table under another run."""
    other = payroll.open_run(MONTH + timedelta(days=31))
    columns = [one for one in PaySlip.__table__.columns if one.name != "id"]
    values = [literal(other.id).label("run_id") if one.name == "run_id" else one for one in columns]
    asked = select(*values).where(PaySlip.month == MONTH)
    db.session.execute(insert(PaySlip).from_select([one.name for one in columns], asked), execution_options=VOUCHED)
    db.session.commit()
    return db.session.scalar(select(func.count(PaySlip.id)).where(PaySlip.run_id == other.id)) or 0


def timed(part: str) -> None:
    """One part in this process: its rows, seconds and peak of memory."""
    app = create_app({"SQLALCHEMY_DATABASE_URI": os.environ["AWRASH_DATABASE_URL"]})
    with app.app_context(), audit.acting(None, "bench"):
        db.session.scalar(select(func.count(User.id))) if part != "make" else None
        before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
        rows = {"make": make, "run": run, "again": run, "bare": bare}[part]()
        seconds, peak = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        if part != "make":
            told = (
                f"{seconds:.1f} s, peak {peak / 1024:.0f} MB ({(peak - before) / 1024:.0f} MB over what it began with)"
            )
            print(f"{TITLES[part]} of {rows:,} slips: {told}", flush=True)


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        place = os.environ | {"AWRASH_DATABASE_URL": f"sqlite:///{Path(home) / 'bench.sqlite'}"}
        for part in ("make", *TITLES):
            subprocess.run([sys.executable, "-m", "benchmarks.payroll", part], env=place, check=True)


if __name__ == "__main__":
    timed(sys.argv[1]) if sys.argv[1:] else main()
