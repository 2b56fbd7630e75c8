"""The screen of the bank's return files: upload, say what each column is, read what it would do, then record it."""

import io
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from typing import TypeVar

from flask import abort, flash, redirect, request, send_file
from flask.typing import ResponseReturnValue
from flask_admin import BaseView
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from awrash.bank.columns import FIELDS, guess_mapping, table_of
from awrash.bank.records import Cause, LineState, ReturnFile, ReturnLine, Verdict
from awrash.bank.returns import apply_return, decide, known_file, read_return
from awrash.database.parsing import MONTH
from awrash.database.preview import preview
from awrash.database.record import Record
from awrash.database.session import db
from awrash.files.import_kinds import NotReadable
from awrash.files.temporary import keep_upload, upload_of
from awrash.models import Contract, Participant, Payment, PaySlip
from awrash.operations.payment_matching import WITH_ALL_READ
from awrash.records import audit
from awrash.records.audit import AuditEvent
from awrash.rules.rule import RuleError
from awrash.screens import tracing
from awrash.screens.actions import PAYROLL
from awrash.screens.addresses import expose
from awrash.screens.base import Guarded, only_reads
from awrash.screens.lists import PAGE, ListPage, page_number
from awrash.values.language import local_today, now
from awrash.values.states import PaymentState
from awrash.values.text import clean, number_or_none

UPLOAD_KIND = "return:"  # of an upload that waits here; the file's own name follows
MOST_LINES = 20_000
FIRST_LINES, SHOWN_LINES = 5, 200


@dataclass(frozen=True)
class Upload:
    """A file that waits for its person: its name, its bytes, the field of each of its columns, empty for none."""

    name: str
    content: bytes
    mapping: dict[str, str]


@dataclass(frozen=True)
class FileColumn:
    """A column of an upload: its place from 0, its name, the field that it is taken for, its first cells."""

    place: int
    name: str
    field: str
    cells: list[str]


class ReturnsView(Guarded, BaseView):
    """What the bank paid and what it sent back, file by file."""

    reads = PAYROLL

    @expose("/")
    def index(self) -> ResponseReturnValue:
        return self._list()

    @expose("/", methods=("POST",))
    @only_reads()
    def upload(self) -> ResponseReturnValue:
        """The columns of an upload to choose from; the page of the file when it came before."""
        file = request.files.get("file")
        if file is None or not file.filename:
            flash(_("Choose the file of the bank first."), "error")
            return self._list(), 422
        content, name = file.read(), clean(file.filename.replace("\\", "/").rpartition("/")[2])
        known = known_file(content)
        if known is not None:
            return self._read_before(known)
        try:
            columns, _lines = table_of(content, MOST_LINES)
        except RuleError as refusal:
            flash(str(refusal), "error")
            return self._list(), 422
        return self._columns(Upload(name, content, guess_mapping(columns)), "")

    @expose("/preview/", methods=("POST",))
    @only_reads()
    def preview(self) -> ResponseReturnValue:
        """What the file would do with these columns; nothing is written."""
        with self._waiting_upload() as upload:
            return self._preview(upload)

    def _preview(self, upload: Upload) -> ResponseReturnValue:
        month = request.form.get("month", "")
        try:
            with audit.acting(current_user, day=local_today()), preview(Payment):
                summary = summary_of(record_file(upload, month_of(month)))
        except RuleError as refusal:
            flash(str(refusal), "error")
            return self._columns(upload, month), 422
        return self.render(
            "awrash/returns_preview.html",
            told=summary,
            fields=FIELDS,
            most=SHOWN_LINES,
            name=upload.name,
            token=_keep(upload),
            choices={f"col-{place}": field for place, field in enumerate(upload.mapping.values())},
            month=month,
        )

    @expose("/write/", methods=("POST",))
    def write(self) -> ResponseReturnValue:
        """Record what the file says; once written, its page says what became of it."""
        month = request.form.get("month", "")
        uploads: list[Upload] = []
        with ExitStack() as held:  # the upload waits again when anything up to the commit breaks off

            def work() -> tuple[ReturnFile, bool]:
                upload = held.enter_context(self._waiting_upload())  # once the form's key is held: a second press waits
                uploads.append(upload)
                known = known_file(upload.content)
                return known or record_file(upload, month_of(month)), known is not None

            try:
                file, is_known = self.carry_out(work, lambda result: self.get_url(".file", id=result[0].id))
            except RuleError as refusal:
                if not uploads:
                    raise
                flash(str(refusal), "error")
                return self._columns(uploads[0], month), 422
        if is_known:
            return self._read_before(file)
        announce(summary_of(file))
        return redirect(self.get_url(".file", id=file.id))

    @expose("/file/")
    def file(self) -> ResponseReturnValue:
        """What became of a file, line by line."""
        if not request.args.get("id"):
            return redirect(self.get_url(".index"))
        return self._file(record_or_404(ReturnFile, request.args.get("id")))

    @expose("/content/")
    def export(self) -> ResponseReturnValue:
        """The file as it came."""
        file = record_or_404(ReturnFile, request.args.get("id"))
        tracing.trace(AuditEvent.fetched, file, file=file.name)
        content = io.BytesIO(file.content)
        return send_file(content, "application/octet-stream", as_attachment=True, download_name=file.name)

    @expose("/decide/", methods=("POST",))
    def decide(self) -> ResponseReturnValue:
        """Carry out what a person decides on a line set apart."""
        line = record_or_404(ReturnLine, request.form.get("line"))
        file_id = line.file_id
        if request.form.get("decision") not in set(Verdict):
            abort(400)
        payment_id = request.form.get("payment", "")
        payment = record_or_404(Payment, payment_id) if payment_id else None
        verdict, reason = Verdict(request.form["decision"]), request.form.get("reason")
        try:
            self.carry_out(lambda: decide(line, payment, verdict, reason))
        except RuleError as refusal:
            flash(str(refusal), "error")
            return self._file(record_or_404(ReturnFile, str(file_id))), 422
        flash(_("Line %(number)s is decided: %(state)s.", number=line.number, state=line.state.label), "success")
        return redirect(self.get_url(".file", id=file_id))

    # ---- pages

    def _list(self) -> str:
        files = db.session.scalars(
            select(ReturnFile).options(joinedload(ReturnFile.received_by)).order_by(ReturnFile.id.desc())
        ).all()
        by_state = select(ReturnLine.file_id, ReturnLine.state, func.count())
        by_state = by_state.group_by(ReturnLine.file_id, ReturnLine.state)
        counts = {(file_id, state): count for file_id, state, count in db.session.execute(by_state)}
        return self.render("awrash/returns.html", files=files, counts=counts, states=LineState)

    def _columns(self, upload: Upload, month: str) -> str:
        """The columns of an upload, each with a choice of what it is, and its first lines; the upload waits."""
        token = _keep(upload)
        _names, lines = table_of(upload.content, MOST_LINES)
        first_lines = [cells for _number, cells in lines[:FIRST_LINES]]
        columns = [
            FileColumn(place, name, field, [cells[place] for cells in first_lines if cells[place:]])
            for place, (name, field) in enumerate(upload.mapping.items())
        ]
        return self.render(
            "awrash/returns_columns.html",
            fields=FIELDS,
            name=upload.name,
            token=token,
            columns=columns,
            month=month,
            count=len(lines),
        )

    def _file(self, file: ReturnFile) -> str:
        """A file's page: its lines by state, first those that wait for a decision."""
        summary = summary_of(file, with_lines=False)
        usual = LineState.set_apart if summary.counts.get(LineState.set_apart) else ""
        state = request.args.get("state", usual)
        if state and state not in set(LineState):
            abort(400)
        count = summary.counts.get(LineState(state), 0) if state else summary.lines
        page = ListPage(page_number(request.args), count, PAGE)
        query = select(ReturnLine).filter_by(file_id=file.id).order_by(ReturnLine.number)
        query = query.filter_by(state=state) if state else query
        lines = db.session.scalars(query.offset(page.offset).limit(page.length)).all()
        return self.render(
            "awrash/returns_file.html",
            file=file,
            told=summary,
            lines=lines,
            likely=likely_payments([line for line in lines if line.state == LineState.set_apart]),
            state=state,
            states=LineState,
            page=page.number,
            pages=page.pages,
            verdicts=Verdict,
        )

    def _read_before(self, file: ReturnFile) -> ResponseReturnValue:
        flash(_("This file was already read; reading it again changes nothing. Here is what became of it."), "success")
        return redirect(self.get_url(".file", id=file.id))

    @contextmanager
    def _waiting_upload(self) -> Iterator[Upload]:
        """The upload of this person that waited, with the field chosen for each of its columns."""
        with upload_of(current_user.id, request.form.get("token", "")) as kept:
            if kept is None or not kept[0].startswith(UPLOAD_KIND):
                flash(_("This file was already written or waited too long: upload it again."), "error")
                abort(redirect(self.get_url(".index")))
            kind, content = kept
            columns, _lines = table_of(content, MOST_LINES)
            mapping = {name: request.form.get(f"col-{place}", "") for place, name in enumerate(columns)}
            yield Upload(kind.removeprefix(UPLOAD_KIND), content, mapping)


def _keep(upload: Upload) -> str:
    """Keep an upload until its person goes on; the token by which it is found again."""
    return keep_upload(current_user.id, UPLOAD_KIND + upload.name, upload.content)


def record_file(upload: Upload, month: date | None) -> ReturnFile:
    """Read an upload and record its lines on the payments, in the name of the person signed in.

    `month` is that of lines that name none. RuleError for what cannot be read or names no payment.
    """
    person = current_user._get_current_object()
    return apply_return(read_return(upload.content, upload.name, upload.mapping, person, now(), month))


# ---- what became of a file


@dataclass(frozen=True)
class ShownLine:
    """A line of a file, kept when the preview takes its record back; `ReturnLine` says what each field is."""

    number: int
    month: date | None
    cnie: str | None
    name: str | None
    amount: Decimal | None
    said: PaymentState | None
    paid_on: date | None
    rejection_reason: str | None
    reference: str | None
    cause: Cause | None
    explanation: str | None


@dataclass(frozen=True)
class FileSummary:
    """How many lines of a file are in which state; of those recorded, how many wages are paid or were rejected.

    `already` lines said nothing new, `apart` wait for a decision. The first lines of each kind: `back` were rejected,
    `waiting` wait, `good` were paid.
    """

    counts: dict[LineState, int]
    paid: int
    rejected: int
    back: list[ShownLine] = field(default_factory=list)
    waiting: list[ShownLine] = field(default_factory=list)
    good: list[ShownLine] = field(default_factory=list)

    @property
    def lines(self) -> int:
        """How many lines the file has."""
        return sum(self.counts.values())

    @property
    def already(self) -> int:
        return self.counts.get(LineState.already, 0)

    @property
    def apart(self) -> int:
        return self.counts.get(LineState.set_apart, 0)


def summary_of(file: ReturnFile, with_lines: bool = True) -> FileSummary:
    """What became of a file: its counts and, where they are shown, its first lines of each kind."""
    by_state = select(ReturnLine.state, ReturnLine.said, func.count()).filter_by(file_id=file.id)
    counts: dict[LineState, int] = {}
    applied: dict[PaymentState | None, int] = {}
    for state, said, count in db.session.execute(by_state.group_by(ReturnLine.state, ReturnLine.said)):
        counts[state] = counts.get(state, 0) + count
        if state == LineState.applied:
            applied[said] = count
    paid, rejected = applied.get(PaymentState.paid, 0), applied.get(PaymentState.rejected, 0)
    if not with_lines:
        return FileSummary(counts, paid, rejected)
    return FileSummary(
        counts,
        paid,
        rejected,
        back=_first_lines(file, LineState.applied, PaymentState.rejected),
        waiting=_first_lines(file, LineState.set_apart),
        good=_first_lines(file, LineState.applied, PaymentState.paid),
    )


def _first_lines(file: ReturnFile, state: LineState, said: PaymentState | None = None) -> list[ShownLine]:
    """The first lines of a file in a state, of those the ones in which the bank said this."""
    query = select(ReturnLine).filter_by(file_id=file.id, state=state).order_by(ReturnLine.number).limit(SHOWN_LINES)
    names = [shown.name for shown in fields(ShownLine)]
    lines = db.session.scalars(query.filter_by(said=said) if said else query)
    return [ShownLine(**{name: getattr(line, name) for name in names}) for line in lines]


def likely_payments(lines: list[ReturnLine]) -> dict[int, list[Payment]]:
    """For each line set apart, by its id, the payments that it could mean: the one matched, then those of its card."""
    cards = {line.cnie for line in lines if line.cnie}
    query = select(PaySlip.cnie, Participant.cnie, Payment).join(Payment.pay_slip).join(PaySlip.contract)
    query = query.join(Contract.participant).where(or_(PaySlip.cnie.in_(cards), Participant.cnie.in_(cards)))
    rows = db.session.execute(query.options(*WITH_ALL_READ).order_by(PaySlip.month.desc())).all() if cards else []
    return {
        line.id: _likeliest_first(
            line, [payment for card_then, card_now, payment in rows if line.cnie in (card_then, card_now)]
        )
        for line in lines
    }


def _likeliest_first(line: ReturnLine, payments: list[Payment]) -> list[Payment]:
    """The payment matched, then those of the line's month, then the others, each once."""
    matched = [line.payment] if line.payment else []
    by_month = sorted(payments, key=lambda payment: payment.pay_slip.month != line.month)
    return list(dict.fromkeys([*matched, *by_month]))


def announce(summary: FileSummary) -> None:
    """Flash what was done of a file, and what is left to do."""
    paid, rejected, already, apart = summary.paid, summary.rejected, summary.already, summary.apart
    sentences = (
        (paid, ngettext("%(num)s wage was marked paid.", "%(num)s wages were marked paid.", paid)),
        (rejected, ngettext("%(num)s wage came back.", "%(num)s wages came back.", rejected)),
        (already, ngettext("%(num)s line was already there.", "%(num)s lines were already there.", already)),
    )
    for count, sentence in sentences:
        if count:
            flash(sentence, "success")
    if apart:
        flash(ngettext("%(num)s line waits for your decision.", "%(num)s lines wait for your decision.", apart), "info")


# ---- what the form and the address say


def month_of(text: str) -> date | None:
    """The month of lines that name none, as it was typed; None for an empty text, RuleError for what is no month."""
    try:
        return MONTH.parse(text) if clean(text) else None
    except ValueError:
        NotReadable().refuse(given=text[:40], expected=MONTH.expected)


Kind = TypeVar("Kind", bound=Record)


def record_or_404(kind: type[Kind], number_text: str | None) -> Kind:
    """The record of a number as an address or a form writes it; a 404 when there is none."""
    number = number_or_none(number_text)
    record = None if number is None else db.session.get(kind, number)
    return abort(404) if record is None else record
