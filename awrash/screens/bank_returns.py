"""The screen of the bank's return files: upload, say what each column is, read what it would do, then record it."""

import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from types import SimpleNamespace
from typing import Any

from flask import abort, flash, redirect, request, send_file
from flask_admin import BaseView
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from awrash.bank.columns import FIELDS, guess_mapping, table_of
from awrash.bank.records import LineState, ReturnFile, ReturnLine, Verdict
from awrash.bank.returns import apply_return, decide, known_file, read_return
from awrash.database.parsing import MONTH
from awrash.database.preview import preview
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
from awrash.screens.lists import LARGEST_PAGE, PAGE, pages_of
from awrash.values.language import now
from awrash.values.states import PaymentState
from awrash.values.text import clean, number_or_none

KIND = "return:"  # an upload that waits here, before the file's own name
MOST_LINES = 20_000
FIRST_LINES, SHOWN_LINES = 5, 200


class ReturnsView(Guarded, BaseView):
    """What the bank paid and what it sent back, file by file."""

    reads = PAYROLL

    @expose("/")
    def index(self) -> Any:
        return self._list()

    @expose("/", methods=("POST",))
    @only_reads()
    def upload(self) -> Any:
        file = request.files.get("file")
        if file is None or not file.filename:
            flash(_("Choose the file of the bank first."), "error")
            return self._list(), 422
        content, name = file.read(), clean(file.filename.replace("\\", "/").rpartition("/")[2])
        known = known_file(content)
        if known is not None:
            return self._known(known)
        try:
            columns, _lines = table_of(content, MOST_LINES)
        except RuleError as refusal:
            flash(str(refusal), "error")
            return self._list(), 422
        return self._columns(name, content, guess_mapping(columns), "")

    @expose("/preview/", methods=("POST",))
    @only_reads()
    def preview(self) -> Any:
        """What the file would do with these columns; nothing is written."""
        with self._taken() as taken:
            return self._previewed(*taken)

    def _previewed(self, name: str, content: bytes, mapping: dict[str, str]) -> Any:
        given = request.form.get("month", "")
        try:
            month = month_of(given)
            told = self._tried(lambda: tell_file(recorded(content, name, mapping, month)))
        except RuleError as refusal:
            flash(str(refusal), "error")
            return self._columns(name, content, mapping, given), 422
        token = keep_upload(current_user.id, KIND + name, content)
        choices = {f"col-{place}": field for place, field in enumerate(mapping.values())}
        shown = {"name": name, "token": token, "choices": choices, "month": given}
        return self.render("awrash/returns_preview.html", told=told, fields=FIELDS, most=SHOWN_LINES, **shown)

    @expose("/write/", methods=("POST",))
    def write(self) -> Any:
        given = request.form.get("month", "")
        taken: list[tuple[str, bytes, dict[str, str]]] = []
        with ExitStack() as held:  # the upload waits again when anything up to the commit breaks off

            def work() -> tuple[ReturnFile, bool]:
                taken.append(held.enter_context(self._taken()))  # once the form's key is held: a second press waits
                name, content, mapping = taken[0]
                known = known_file(content)
                return known or recorded(content, name, mapping, month_of(given)), known is not None

            try:
                file, is_known = self.carry_out(work, lambda result: self.get_url(".file", id=result[0].id))
            except RuleError as refusal:
                if not taken:
                    raise
                flash(str(refusal), "error")
                return self._columns(*taken[0], given), 422
        if is_known:
            return self._known(file)
        announce(tell_file(file))
        return redirect(self.get_url(".file", id=file.id))

    @expose("/file/")
    def file(self) -> Any:
        if not request.args.get("id"):
            return redirect(self.get_url(".index"))
        return self._file(found(ReturnFile, request.args.get("id")))

    @expose("/content/")
    def export(self) -> Any:
        """The file as it came."""
        file = found(ReturnFile, request.args.get("id"))
        tracing.trace(AuditEvent.fetched, file, file=file.name)
        sent = io.BytesIO(file.content)
        return send_file(sent, "application/octet-stream", as_attachment=True, download_name=file.name)

    @expose("/decide/", methods=("POST",))
    def decide(self) -> Any:
        line = found(ReturnLine, request.form.get("line"))
        number = line.file_id
        if request.form.get("decision") not in set(Verdict):
            abort(400)
        given = request.form.get("payment", "")
        payment = found(Payment, given) if given else None
        verdict, reason = Verdict(request.form["decision"]), request.form.get("reason")
        try:
            self.carry_out(lambda: decide(line, payment, verdict, reason))
        except RuleError as refusal:
            flash(str(refusal), "error")
            return self._file(found(ReturnFile, str(number))), 422
        flash(_("Line %(number)s is decided: %(state)s.", number=line.number, state=line.state.label), "success")
        return redirect(self.get_url(".file", id=number))

    # ---- pages

    def _list(self) -> Any:
        files = db.session.scalars(
            select(ReturnFile).options(joinedload(ReturnFile.received_by)).order_by(ReturnFile.id.desc())
        ).all()
        asked = select(ReturnLine.file_id, ReturnLine.state, func.count())
        asked = asked.group_by(ReturnLine.file_id, ReturnLine.state)
        counts = {(file, state): count for file, state, count in db.session.execute(asked)}
        return self.render("awrash/returns.html", files=files, counts=counts, states=LineState)

    def _columns(self, name: str, content: bytes, mapping: dict[str, str], month: str) -> Any:
        """The columns of an upload, each with a choice of what it is, and its first lines."""
        token = keep_upload(current_user.id, KIND + name, content)
        _columns, lines = table_of(content, MOST_LINES)
        first = [cells for _number, cells in lines[:FIRST_LINES]]
        columns = [
            SimpleNamespace(place=place, name=column, field=field, cells=[one[place] for one in first if one[place:]])
            for place, (column, field) in enumerate(mapping.items())
        ]
        shown = {"name": name, "token": token, "columns": columns, "month": month, "count": len(lines)}
        return self.render("awrash/returns_columns.html", fields=FIELDS, **shown)

    def _file(self, file: ReturnFile) -> Any:
        """A file's page: its lines by state, first those that wait for a decision."""
        told = tell_file(file, lines=False)
        usual = LineState.set_apart if told.counts.get(LineState.set_apart) else ""
        state, page = request.args.get("state", usual), number_or_none(request.args.get("page", "0"))
        if (state and state not in set(LineState)) or page is None or page > LARGEST_PAGE:
            abort(400)
        asked = select(ReturnLine).filter_by(file_id=file.id).order_by(ReturnLine.number)
        asked = asked.filter_by(state=state) if state else asked
        count = told.counts.get(state, 0) if state else told.lines
        lines = db.session.scalars(asked.offset(page * PAGE).limit(PAGE)).all()
        likely = likely_payments([one for one in lines if one.state == LineState.set_apart])
        shown = {"file": file, "told": told, "lines": lines, "likely": likely, "state": state, "states": LineState}
        return self.render("awrash/returns_file.html", page=page, pages=pages_of(count), verdicts=Verdict, **shown)

    def _known(self, file: ReturnFile) -> Any:
        flash(_("This file was already read; reading it again changes nothing. Here is what became of it."), "success")
        return redirect(self.get_url(".file", id=file.id))

    # ---- what waits, what is written

    @contextmanager
    def _taken(self) -> Iterator[tuple[str, bytes, dict[str, str]]]:
        """The upload of this person that waited, and the field chosen for each of its columns."""
        with upload_of(current_user.id, request.form.get("token", "")) as kept:
            if kept is None or not kept[0].startswith(KIND):
                flash(_("This file was already written or waited too long: upload it again."), "error")
                abort(redirect(self.get_url(".index")))
            columns, _lines = table_of(kept[1], MOST_LINES)
            chosen = {name: request.form.get(f"col-{place}", "") for place, name in enumerate(columns)}
            yield kept[0].removeprefix(KIND), kept[1], chosen

    def _tried(self, work: Callable[[], Any]) -> Any:
        """What a piece of work would come to; nothing of it stays."""
        with audit.acting(current_user), preview(Payment):
            return work()


def recorded(content: bytes, name: str, mapping: dict[str, str], month: date | None) -> ReturnFile:
    """A file read and its lines recorded on the payments, by the person who asks."""
    file = read_return(content, name, mapping, current_user._get_current_object(), now(), month)
    return apply_return(file)


def tell_file(file: ReturnFile, lines: bool = True) -> SimpleNamespace:
    """What became of a file: its counts, and its lines that came back or wait, told apart from the session."""
    asked = select(ReturnLine.state, ReturnLine.said, func.count()).filter_by(file_id=file.id)
    counts: dict[Any, int] = {}
    applied: dict[Any, int] = {}
    for state, said, count in db.session.execute(asked.group_by(ReturnLine.state, ReturnLine.said)):
        counts[state] = counts.get(state, 0) + count
        if state == LineState.applied:
            applied[said] = count
    told = SimpleNamespace(counts=counts, lines=sum(counts.values()))
    told.paid, told.rejected = applied.get(PaymentState.paid, 0), applied.get(PaymentState.rejected, 0)
    told.already, told.apart = counts.get(LineState.already, 0), counts.get(LineState.set_apart, 0)
    if lines:
        told.back = told_lines(file, LineState.applied, PaymentState.rejected)
        told.waiting = told_lines(file, LineState.set_apart)
        told.good = told_lines(file, LineState.applied, PaymentState.paid)
    return told


def told_lines(file: ReturnFile, state: LineState, said: PaymentState | None = None) -> list[SimpleNamespace]:
    asked = select(ReturnLine).filter_by(file_id=file.id, state=state).order_by(ReturnLine.number).limit(SHOWN_LINES)
    kept = (
        "explanation",
        "number",
        "month",
        "cnie",
        "name",
        "amount",
        "said",
        "paid_on",
        "rejection_reason",
        "reference",
        "cause",
    )
    chosen = db.session.scalars(asked.filter_by(said=said) if said else asked)
    return [SimpleNamespace(**{name: getattr(one, name) for name in kept}) for one in chosen]


def likely_payments(lines: list[ReturnLine]) -> dict[int, list[Payment]]:
    """For each line set apart, the payments that it could mean: the one matched, then those of the same card."""
    cards = {one.cnie for one in lines if one.cnie}
    asked = select(PaySlip.cnie, Participant.cnie, Payment).join(Payment.pay_slip).join(PaySlip.contract)
    asked = asked.join(Contract.participant).where(or_(PaySlip.cnie.in_(cards), Participant.cnie.in_(cards)))
    theirs = db.session.execute(asked.options(*WITH_ALL_READ).order_by(PaySlip.month.desc())).all() if cards else []
    found: dict[int, list[Payment]] = {}
    for line in lines:
        mine = [payment for then, now, payment in theirs if line.cnie in (then, now)]
        mine.sort(key=lambda one, line=line: (one is not line.payment, one.pay_slip.month != line.month))  # type: ignore[misc]
        found[line.id] = list(dict.fromkeys([*([line.payment] if line.payment else []), *mine]))
    return found


def announce(told: SimpleNamespace) -> None:
    """What was done of a file, and what is left to do."""
    sentences = (
        (told.paid, ngettext("%(num)s wage was marked paid.", "%(num)s wages were marked paid.", told.paid)),
        (told.rejected, ngettext("%(num)s wage came back.", "%(num)s wages came back.", told.rejected)),
        (told.already, ngettext("%(num)s line was already there.", "%(num)s lines were already there.", told.already)),
    )
    for count, sentence in sentences:
        if count:
            flash(sentence, "success")
    if told.apart:
        waits = ngettext("%(num)s line waits for your decision.", "%(num)s lines wait for your decision.", told.apart)
        flash(waits, "info")


def month_of(given: str) -> date | None:
    """The month of lines that name none; RuleError for what is no month."""
    try:
        return MONTH.parse(given) if clean(given) else None
    except ValueError:
        NotReadable().refuse(given=given[:40], expected=MONTH.expected)


def found(record: Any, given: str | None) -> Any:
    """The record of an id; a 404 when there is none."""
    number = number_or_none(given)
    return (None if number is None else db.session.get(record, number)) or abort(404)
