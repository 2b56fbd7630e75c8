"""`make bench`: 250,000 wages, then the demonstration, a payroll, an export, the certificates, timed once each."""

import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask_migrate import upgrade
from sqlalchemy import select

from awrash import create_app
from awrash.database.session import db
from awrash.demo import prefecture
from awrash.files.exports import write_list
from awrash.models import Certificate
from awrash.operations.payroll import calculate_payroll, open_run
from awrash.papers import catalogue, issue
from awrash.papers.catalogue import PAPERS
from awrash.records import audit
from awrash.records.accounts import User
from awrash.seeds import plant
from awrash.values.language import now
from benchmarks import payroll


def timed(name: str, work: Callable[[], Any]) -> Any:
    started = time.perf_counter()
    result = work()
    print(f"{name}: {time.perf_counter() - started:.2f} s")
    return result


def papers_in_bulk(person: User) -> None:
    """A thousand certificates as one PDF, each with a code and a QR of its own; then two hundred issued one by one."""
    document, day = PAPERS["certificate"], date(2026, 11, 23)
    issued = list(db.session.scalars(select(Certificate).limit(200)))
    said = [catalogue.facts_of(document, one, "ar", day) for one in issued]
    proofs = [catalogue.proof_facts(document, SimpleNamespace(code=f"{place:030x}"), day) for place in range(1_000)]
    many = [catalogue.with_number(said[place % len(said)], f"C-{place}") | one for place, one in enumerate(proofs)]
    data = catalogue.template_data(document, "ar", many, day, "")
    timed("1,000 certificates as one PDF", lambda: catalogue.typeset(document, "ar", data))
    asked = issue.Issuance(person, day, now())
    timed(f"{len(issued)} certificates issued", lambda: [issue.issue(document, one, "ar", asked) for one in issued])


def main() -> None:
    payroll.main()  # first: a process begins with the peak of memory of the one that starts it
    with tempfile.TemporaryDirectory() as home:
        app = create_app({"SQLALCHEMY_DATABASE_URI": f"sqlite:///{home}/bench.sqlite"})
        with app.app_context(), audit.acting(None, "bench"):
            upgrade()
            plant.plant()
            timed("demonstration of 1,364 people", lambda: prefecture.make(date(2026, 11, 23)))
            db.session.commit()
            run = open_run(date(2026, 10, 1))
            person = db.session.scalar(select(User).limit(1))
            timed("payroll of a month", lambda: calculate_payroll(run, person, now()))
            timed("export of participants", lambda: write_list("participants", None, Path(home) / "out.csv"))
            papers_in_bulk(person)
            db.session.remove()
            db.engine.dispose()


main()
