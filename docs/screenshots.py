"""`make screenshots`: the pages of the demonstration as pictures in docs/screenshots/, the same on each run."""

import os
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from unittest import mock

from flask import Flask
from flask_migrate import upgrade
from flask_security import hash_password
from sqlalchemy import select

from awrash import create_app
from awrash.database.session import db
from awrash.demo import prefecture
from awrash.models import Agreement, AttendanceSheet, PayrollRun, PaySlip, Project
from awrash.operations import payroll
from awrash.records import audit
from awrash.records.accounts import Role, User
from awrash.seeds import plant
from awrash.values.states import AgreementState, ProjectState
from tests import servers
from tests.browser import PHONE, Window, chromium

HOME = Path(__file__).parent / "screenshots"
LIST = Path(__file__).parent.parent / "tests" / "data" / "participants.csv"
TODAY, CLOCK = date(2026, 11, 23), datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
EMAIL, PASSWORD = f"{Role.head_of_unit.value}@awrash.ma", "for the pictures only"
FAULTY = {
    **{"cnie": "123", "family_name_ar": "أكنوز", "given_name_ar": "أمينة", "family_name_fr": "AGNOUZ"},
    **{"given_name_fr": "AMINA", "born_on": "31/12/2015", "sex": "F", "phone": "0412345678"},
}


def furnish() -> dict[str, Any]:
    """The demonstration with its last month calculated; gives the numbers of the records to show."""
    plant.plant()
    prefecture.make(TODAY)
    person = db.session.scalar(select(User).filter_by(email=EMAIL))
    person.password = hash_password(PASSWORD)
    run = payroll.open_run(date(2026, 10, 1))
    payroll.calculate_payroll(run, person, CLOCK)
    db.session.commit()
    first = db.session.scalar
    scored = list(db.session.scalars(select(Project.id).filter_by(state=ProjectState.scored).order_by(Project.id)))
    return {
        "scored": scored,
        "project": scored[0],
        "agreement": first(select(Agreement.id).filter_by(state=AgreementState.signed).order_by(Agreement.id)),
        "sheet": first(select(AttendanceSheet.id).order_by(AttendanceSheet.id)),
        "run": first(select(PayrollRun.id).order_by(PayrollRun.month.desc())),
        "slip": first(select(PaySlip.id).filter_by(run_id=run.id, blocked_by=None).order_by(PaySlip.id)),
    }


def pages(known: dict[str, Any]) -> dict[str, Callable[[Window], Any]]:
    """How each page is reached, in the order of the pictures."""
    approved = {"action": "approve"} | {"rowid": known["scored"]}

    def at(address: str) -> Callable[[Window], Any]:
        return lambda window: window.open(address)

    def sent(address: str, fields: dict[str, Any], file: str | None = None) -> Callable[[Window], Any]:
        return lambda window: window.post(address, fields, file)

    return {
        "02-today": at("/admin/"),
        "03-projects": at("/admin/project/?flt_state=scored"),
        "04-project": at(f"/admin/project/details/?id={known['project']}"),
        "05-approve": sent("/admin/project/action/", approved),
        "06-agreement": at(f"/admin/agreement/details/?id={known['agreement']}"),
        "07-participant": at("/admin/participant/details/?id=1"),
        "08-new-participant": sent("/admin/participant/new/", FAULTY),
        "09-attendance": at(f"/admin/attendance_sheet/details/?id={known['sheet']}"),
        "10-payroll": at(f"/admin/payroll_run/details/?id={known['run']}"),
        "11-pay-slip": at(f"/admin/pay_slip/details/?id={known['slip']}"),
        "12-import": sent("/admin/import/", {"kind": "participants"}, LIST.read_text()),
    }


# Which pages besides Arabic ones, in which language, on which screen.
MORE = [("02-today", "fr"), ("04-project", "en"), ("10-payroll", "fr")]
ON_A_PHONE = ["02-today", "03-projects", "04-project"]


def take(window: Window, name: str) -> None:
    window.page.evaluate("document.fonts.ready")
    window.page.wait_for_load_state("networkidle")
    window.page.screenshot(animations="disabled", caret="hide", path=HOME / f"{name}.png")


def photograph(app: Flask, known: dict[str, Any]) -> None:
    with servers.live_server(app) as address, chromium() as browser:
        reached = pages(known)
        wide, narrow = Window(browser, address), Window(browser, address, PHONE)
        wide.open("/account/login")
        take(wide, "01-sign-in.ar")
        for window in (wide, narrow):
            window.sign_in(EMAIL, PASSWORD)
            window.choose("ar")
        for name, reach in reached.items():
            reach(wide)
            take(wide, f"{name}.ar")
        for name in ON_A_PHONE:
            reached[name](narrow)
            take(narrow, f"{name}.ar.phone")
        for name, language in MORE:
            wide.choose(language)
            reached[name](wide)
            take(wide, f"{name}.{language}")


def main() -> None:
    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir()
    with tempfile.TemporaryDirectory() as home, mock.patch("awrash.records.audit.now", lambda: CLOCK):
        os.environ["AWRASH_INSTANCE"] = home
        app = create_app({"SQLALCHEMY_DATABASE_URI": f"sqlite:///{home}/awrash.sqlite", "TODAY": TODAY})
        with app.app_context(), audit.acting(None, "pictures"):
            upgrade()
            known = furnish()
            db.session.remove()
        photograph(app, known)
        with app.app_context():
            db.engine.dispose()
    print(f"{len(list(HOME.glob('*.png')))} pictures in {HOME}")


if __name__ == "__main__":
    main()
