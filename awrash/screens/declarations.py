"""The declarations' own pages: the pre-filled file in, both lists side by side, the file for Damancom out."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from flask import Response, abort, flash, redirect, request
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup
from sqlalchemy import Select, case, select

from awrash.cnss import complements, damancom, declarations
from awrash.cnss.declarations import SENT
from awrash.database.record import value_at
from awrash.models import Declaration, PayrollRun
from awrash.records import attachments
from awrash.records.attachments import ScanKind
from awrash.records.audit import AuditEvent
from awrash.rules.rule import RuleError
from awrash.screens import tracing
from awrash.screens.actions import PAYROLL
from awrash.screens.addresses import expose
from awrash.screens.attachments import Attached
from awrash.screens.lists import Filter
from awrash.values.language import _l, local_today


class SentPages(Attached):
    """What every file that goes to Damancom shows: the file to the byte, and whether its receipt is there."""

    writes = PAYROLL
    can_create = can_edit = False
    figures: tuple[tuple[str, Any], ...] = (("receipt", _l("Receipt")),)

    def reader(self, records: list[Any]) -> Callable[[Any, str], Any]:
        have = attachments.which_have_scan(self.model, ScanKind.receipt, [one.id for one in records])
        return lambda one, path: receipt_of(one, have) if path == "receipt" else value_at(one, path)

    @expose("/file/")
    def cnss_content(self) -> Any:
        """The file as it was made, to the byte."""
        record = self.record_or_404(request.args.get("id"))
        if not record.content:
            abort(404)
        tracing.trace(AuditEvent.fetched, record, file=record.file_name)
        return Response(
            record.content,
            mimetype="text/plain",
            headers={"Content-Disposition": f"attachment; filename={record.file_name}"},
        )


def receipt_of(record: Any, have: set[int]) -> Any:
    """Whether the receipt of an uploaded file is attached; nothing before it is uploaded."""
    if record.id in have:
        return _("Attached")
    return word("wait", _("receipt missing")) if record.state in SENT else None


def word(tone: str, text: str) -> Markup:
    return Markup('<span class="word {}">{}</span>').format(tone, text)


def _yes_no() -> tuple[tuple[str, str], ...]:
    return (("yes", _("Yes")), ("no", _("No")))


def late() -> Filter:
    """Declarations that were not uploaded by their last day."""

    def rows(given: str) -> Select[Any]:
        condition = declarations.is_late(local_today())
        return select(Declaration.id).where(condition if given == "yes" else ~condition)

    return Filter("late", "id", _("Late"), "choice", _yes_no(), rows=rows)


def without_receipt() -> Filter:
    """Declarations that went to Damancom and whose receipt is not attached."""

    def rows(given: str) -> Select[Any]:
        gone = Declaration.state.in_(SENT)
        missing = gone & Declaration.id.not_in(attachments.records_with_scan(Declaration, ScanKind.receipt))
        return select(Declaration.id).where(missing if given == "yes" else ~missing)

    return Filter("without_receipt", "id", _("Receipt missing"), "choice", _yes_no(), rows=rows)


class DeclarationPages(SentPages):
    """What a declaration's own page adds to a record's; in the list, who is late stands on top."""

    details_template = "awrash/declaration.html"
    questions = (late, without_receipt)
    figures = (
        *SentPages.figures,
        ("due_on", _l("To declare by")),
        ("days_left", _l("Days left")),
        ("late_costs", _l("Cost of lateness")),
    )

    def usual_order(self) -> Any:
        """Late ones first, then those to send, by their last day; then those sent, the latest month first."""
        month = select(PayrollRun.month).where(PayrollRun.id == Declaration.run_id).scalar_subquery()
        gone = Declaration.state.in_(SENT)
        rank = case((declarations.is_late(local_today()), 0), (gone, 2), else_=1)
        return [rank, case((~gone, month)), month.desc()]

    def reader(self, records: list[Any]) -> Callable[[Any, str], Any]:
        told = {one.id: delay_of(one, count) for one, count in _counted(records)}
        others = super().reader(records)
        return lambda one, path: getattr(told[one.id], path) if path in DELAY else others(one, path)

    def more_details(self, record: Any) -> dict[str, Any]:
        comparison = declarations.compare_with_cnss(record)
        people = comparison.people
        told = delay_of(record, len(people))
        told.people = len(people)
        told.days = sum(slip.days for slips in people.values() for slip in slips)
        told.gross = sum(slip.gross for slips in people.values() for slip in slips)
        matching = comparison.matching
        corrected = complements.changes_by_month(record.run, record.carrier)
        sides = sides_of(matching) if matching else []
        return {"told": told, "matching": matching, "sides": sides, "corrected": corrected}

    @expose("/prefilled/", methods=("POST",))
    def prefilled(self) -> Any:
        """Keep CNSS's pre-filled file with the declaration, once it is that of the carrier and month."""
        if not self.can_write:
            abort(403)
        record = self.record_or_404(request.args.get("id"))
        file = request.files.get("file")
        content = file.read() if file else b""
        try:
            self.carry_out(lambda: declarations.bring_prefilled(record, content))
        except RuleError as refusal:
            flash(str(refusal), "error")
        else:
            flash(_("The pre-filled file is read: compare both lists below."), "success")
        return redirect(self.get_url(".details_view", id=request.args.get("id")))


DELAY = ("days_left", "late_costs")


def _counted(records: list[Any]) -> list[tuple[Any, int]]:
    counts = declarations.people_counts(one.id for one in records)
    return [(one, counts.get(one.id, 0)) for one in records]


def delay_of(declaration: Any, people: int) -> SimpleNamespace:
    """How a declaration stands to its last day, in words, and what lateness costs its carrier in dirhams."""
    if declaration.state in SENT:
        return SimpleNamespace(late=False, days_left=None, late_costs=None)
    days = (declaration.due_on - local_today()).days
    if days >= 0:
        said = ngettext("one day left", "%(num)s days left", days)
        return SimpleNamespace(late=False, days_left=said, late_costs=None)
    said = word("bad", ngettext("late by one day", "late by %(num)s days", -days))
    costs = declarations.lateness_costs(people, declaration.run.month)
    return SimpleNamespace(late=True, days_left=said, late_costs=costs)


def sides_of(matching: damancom.Matching) -> list[SimpleNamespace]:
    """Both lists side by side: who is on theirs alone, on ours alone, named differently; the rest agrees."""
    rows = [SimpleNamespace(what="theirs", theirs=one, ours=None) for one in matching.theirs_only]
    rows += [SimpleNamespace(what="ours", theirs=None, ours=one) for one in matching.ours_only]
    rows += [SimpleNamespace(what="named", theirs=one.theirs, ours=one.ours) for one in matching.named_differently]
    return rows
