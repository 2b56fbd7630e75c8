"""The morning page: what waits, who can't be paid, where the quota stands."""

from typing import Any

from flask_admin import AdminIndexView, expose

from awrash import reports
from awrash.admin_base import Guarded
from awrash.language import _l
from awrash.validators import PAYABLE

WAITING = (
    ("projects_for_committee", _l("projects scored, waiting for the committee"), "project", {"flt_state": "scored"}),
    ("agreements_to_sign", _l("agreements to sign"), "agreement", {"flt_state": "drafted"}),
    ("contracts_to_approve", _l("contracts waiting for ANAPEC"), "contract", {"flt_state": "signed"}),
    ("sheets_to_lock", _l("attendance sheets to lock"), "attendance_sheet", {}),
    ("accounts_to_verify", _l("people at work without a verified account"), "participant", {"flt_state": "assigned"}),
    ("declarations_to_make", _l("declarations to make"), "declaration", {"flt_state": "to_make"}),
    ("payments_rejected", _l("transfers rejected"), "payment", {"flt_state": "rejected"}),
    ("complaints_open", _l("complaints to answer"), "complaint", {}),
)


class Today(Guarded, AdminIndexView):
    """The first page of the morning."""

    @expose("/")
    def index(self) -> Any:
        counts = reports.waiting()
        run, edition = reports.latest_run(), reports.open_edition()
        return self.render(
            "awrash/today.html",
            waiting=[(counts[line[0]], *line) for line in WAITING if counts[line[0]]],
            run=run,
            causes=cause_lines(run),
            edition=edition,
            to_pay=reports.months_to_pay(),
        )


def cause_lines(run: Any) -> list[tuple[str, Any, int]]:
    """What stops wages in a run: the rule's code, its name, how many people."""
    names = {rule.code: rule.title for rule in PAYABLE}
    return [(code, names[code], count) for code, count in reports.causes(run).items()] if run else []


def stop_sentences(slip: Any) -> list[str]:
    """The rules' sentences for what stops one wage."""
    by_code = {rule.code: rule for rule in PAYABLE}
    person = str(slip.contract.participant)
    return [str(by_code[code].message) % {"participant": person} for code in (slip.blocked_by or "").split()]
