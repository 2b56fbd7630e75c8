"""The declarations' own pages: the pre-filled file in, both lists side by side, the file for Damancom out."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from flask import Response, abort, flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup
from sqlalchemy import ColumnElement, Select, case, select

from awrash.cnss import complements, damancom, declarations
from awrash.cnss.declarations import SENT
from awrash.cnss.records import Complement
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
from awrash.values.language import Label, _l, local_today


class SentPages(Attached):
    """What every file that goes to Damancom shows: the file to the byte, and whether its receipt is there."""

    writes = PAYROLL
    can_create = can_edit = False
    figures: tuple[tuple[str, Label], ...] = (("receipt", _l("Receipt")),)

    def reader(self, records: list[Any]) -> Callable[[Any, str], Any]:
        ids = [record.id for record in records]
        with_receipt = attachments.which_have_scan(self.model, ScanKind.receipt, ids)
        return lambda record, path: receipt_of(record, with_receipt) if path == "receipt" else value_at(record, path)

    @expose("/file/")
    def cnss_content(self) -> ResponseReturnValue:
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


def receipt_of(record: Declaration | Complement, with_receipt: set[int]) -> str | None:
    """Whether the receipt of an uploaded file is attached; None before it is uploaded.

    `with_receipt` are the ids of the records whose receipt is attached.
    """
    if record.id in with_receipt:
        return _("Attached")
    return toned_word("wait", _("receipt missing")) if record.state in SENT else None


def toned_word(tone: str, text: str) -> Markup:
    """A word in the tone of a state."""
    return Markup('<span class="word {}">{}</span>').format(tone, text)


def _yes_no() -> tuple[tuple[str, str], ...]:
    return (("yes", _("Yes")), ("no", _("No")))


def late() -> Filter:
    """Declarations that were not uploaded by their last day."""

    def rows(choice: str) -> Select[tuple[int]]:
        is_late = declarations.is_late(local_today())
        return select(Declaration.id).where(is_late if choice == "yes" else ~is_late)

    return Filter("late", "id", _("Late"), "choice", _yes_no(), rows=rows)


def without_receipt() -> Filter:
    """Declarations that went to Damancom and whose receipt is not attached."""

    def rows(choice: str) -> Select[tuple[int]]:
        is_sent = Declaration.state.in_(SENT)
        missing = is_sent & Declaration.id.not_in(attachments.records_with_scan(Declaration, ScanKind.receipt))
        return select(Declaration.id).where(missing if choice == "yes" else ~missing)

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

    def usual_order(self) -> list[ColumnElement[Any]]:
        """Late ones first, then those to send, by their last day; then those sent, the latest month first."""
        month = select(PayrollRun.month).where(PayrollRun.id == Declaration.run_id).scalar_subquery()
        is_sent = Declaration.state.in_(SENT)
        rank = case((declarations.is_late(local_today()), 0), (is_sent, 2), else_=1)
        return [rank, case((~is_sent, month)), month.desc()]

    def reader(self, records: list[Declaration]) -> Callable[[Any, str], Any]:
        counts = declarations.people_counts(record.id for record in records)
        delays = {record.id: delay_of(record, counts.get(record.id, 0)) for record in records}
        read_other = super().reader(records)
        return lambda record, path: getattr(delays[record.id], path) if path in DELAY else read_other(record, path)

    def more_details(self, record: Declaration) -> dict[str, Any]:
        comparison = declarations.compare_with_cnss(record)
        matching = comparison.matching
        return {
            "told": summary_of(record, comparison),
            "matching": matching,
            "sides": sides_of(matching) if matching else [],
            "corrected": complements.changes_by_month(record.run, record.carrier),
        }

    @expose("/prefilled/", methods=("POST",))
    def prefilled(self) -> ResponseReturnValue:
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


# ---- how a declaration stands to its last day

DELAY = ("days_left", "late_costs")  # columns of the list that `Delay` fills


@dataclass(frozen=True)
class Delay:
    """How a declaration stands to its last day: the days left or late, in words, and what lateness costs its carrier.

    The costs are in dirhams, and None while it is in time; once it is sent, both are None.
    """

    late: bool
    days_left: str | None
    late_costs: Decimal | None


def delay_of(declaration: Declaration, people: int) -> Delay:
    """The delay of a declaration of so many people, as of today."""
    if declaration.state in SENT:
        return Delay(late=False, days_left=None, late_costs=None)
    days = (declaration.due_on - local_today()).days
    if days >= 0:
        return Delay(late=False, days_left=ngettext("one day left", "%(num)s days left", days), late_costs=None)
    days_late = toned_word("bad", ngettext("late by one day", "late by %(num)s days", -days))
    costs = declarations.lateness_costs(people, declaration.run.month)
    return Delay(late=True, days_left=days_late, late_costs=costs)


@dataclass(frozen=True)
class DeclarationSummary(Delay):
    """What is declared in all: people, days, gross wages in dirhams; and how the declaration stands to its last day."""

    people: int
    days: int
    gross: Decimal | int


def summary_of(declaration: Declaration, comparison: declarations.Comparison) -> DeclarationSummary:
    """The sums of a declaration; a comparison has its people with their slips."""
    slips = [slip for slips_of_person in comparison.people.values() for slip in slips_of_person]
    people = len(comparison.people)
    delay = delay_of(declaration, people)
    return DeclarationSummary(
        delay.late,
        delay.days_left,
        delay.late_costs,
        people=people,
        days=sum(slip.days for slip in slips),
        gross=sum(slip.gross for slip in slips),
    )


# ---- our list beside that of CNSS


@dataclass(frozen=True)
class Difference:
    """A person in whom both lists differ: on theirs alone, on ours alone, or named differently."""

    what: Literal["theirs", "ours", "named"]
    theirs: damancom.Person | None
    ours: damancom.Person | None


def sides_of(matching: damancom.Matching) -> list[Difference]:
    """Both lists side by side where they differ; the rest agrees."""
    differences = [Difference("theirs", person, None) for person in matching.theirs_only]
    differences += [Difference("ours", None, person) for person in matching.ours_only]
    differences += [Difference("named", pair.theirs, pair.ours) for pair in matching.named_differently]
    return differences
