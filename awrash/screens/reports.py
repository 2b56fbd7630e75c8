"""One page and one file for all declared reports: `awrash/reports/register.py` says what each asks and shows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import abort, request
from flask.typing import ResponseReturnValue
from flask_admin import BaseView
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import Row, Select

from awrash.database.record import Record, record_named
from awrash.database.session import rows_in_parts
from awrash.reports.register import REPORTS
from awrash.reports.report import (
    Answers,
    ColumnKind,
    NumberAsked,
    RecordAsked,
    Report,
    ReportColumn,
    page_of_rows,
    summary_of,
)
from awrash.screens.addresses import expose
from awrash.screens.base import Guarded
from awrash.screens.lists import SHOWN, choices_of, existing_page, page_number
from awrash.screens.sending import send_list
from awrash.values.cells import InMonth
from awrash.values.language import local_today
from awrash.values.states import Word


@dataclass(frozen=True)
class QuestionField:
    """A question of a report as its form shows it: the answer that stands in it, and its limits or its choices.

    `choices` are ids and names; of a long list only the answer's, and `lookup` is the record in which to find others.
    `unanswered` is the choice that leaves the question open.
    """

    name: str
    label: str
    answer: int | None
    least: int | None = None
    most: int | None = None
    choices: tuple[tuple[str, str], ...] | None = None
    lookup: str = ""
    unanswered: str = ""

    @property
    def sentence(self) -> str:
        """The answer in words, as the files and the audit name it."""
        answer = dict(self.choices or ()).get(str(self.answer), str(self.answer))
        return f"{self.label}: {answer}"


class ReportView(Guarded, BaseView):
    """The reports that this person's roles read, and each of them as a table and as a file."""

    @expose("/")
    def index(self) -> ResponseReturnValue:
        reports = [report for report in REPORTS.values() if current_user.may(report.roles)]
        return self.render("awrash/reports.html", reports=reports)

    @expose("/<code>/")
    def report(self, code: str) -> ResponseReturnValue:
        report = _report(code)
        answers = _answers(report)
        number = page_number(request.args)
        statement = report.rows(local_today(), answers)
        summary = summary_of(report, statement)
        page = existing_page(number, summary.count)
        address: dict[str, Any] = {name: answer for name, answer in answers.items() if answer is not None}
        return self.render(
            "awrash/report.html",
            report=report,
            summary=summary,
            rows=page_of_rows(statement, page.offset, page.length),
            fields=_fields(report, answers),
            address=address | {"code": code},
            page=page.number,
            pages=page.pages,
        )

    @expose("/<code>/export/<any(csv, xlsx, pdf):kind>/")
    def export(self, code: str, kind: str) -> ResponseReturnValue:
        report = _report(code)
        answers = _answers(report)
        header = [str(column.label) for column in report.columns]
        rows = _rows(report, report.rows(local_today(), answers))
        filters = [field.sentence for field in _fields(report, answers) if field.answer is not None]
        return send_list(self.endpoint, code, kind, header, rows, str(report.title), filters)


def whole_page(report: Report, answers: Answers) -> Mapping[str, Any]:
    """What the page of a report shows when it stands under another record's address: all its rows, to print."""
    statement = report.rows(local_today(), answers)
    return {"report": report, "rows": list(rows_in_parts(statement)), "summary": summary_of(report, statement)}


def _report(code: str) -> Report:
    """The report of an address, for who may read it; a 404 for a code that no report has."""
    report = REPORTS.get(code)
    if report is None:
        abort(404)
    return report if current_user.may(report.roles) else abort(403)


def _answers(report: Report) -> dict[str, int | None]:
    """What the address answers to the report's questions; a 400 with a sentence for what can't be an answer."""
    answers: dict[str, int | None] = {}
    for question in report.questions:
        text = request.args.get(question.name, "")
        try:
            answers[question.name] = question.read(text)
        except ValueError:
            abort(400, _("“%(given)s” cannot be used to filter “%(field)s”.", given=text[:SHOWN], field=question.label))
    return answers


def _fields(report: Report, answers: Answers) -> list[QuestionField]:
    """The report's questions with their answers, in the order of its declaration."""
    return [_field(question, answers[question.name]) for question in report.questions]


def _field(question: NumberAsked | RecordAsked, answer: int | None) -> QuestionField:
    name, label = question.name, str(question.label)
    if isinstance(question, NumberAsked):
        return QuestionField(name, label, answer, question.least, question.most)
    choices, lookup = choices_of(record_named(question.record), "" if answer is None else answer)
    return QuestionField(name, label, answer, choices=choices, lookup=lookup, unanswered=str(question.unanswered))


def _rows(report: Report, statement: Select[Any]) -> Iterator[list[Any]]:
    """The values of a report's file, row by row."""
    for row in rows_in_parts(statement):
        yield [_value(column, row) for column in report.columns]


def _value(column: ReportColumn, row: Row[Any]) -> Any:
    """A value as the file has it: a month without its day, a record and a word by name."""
    value = column.value(row)
    if isinstance(value, date) and column.kind == ColumnKind.month:
        return InMonth(value)
    if isinstance(value, Word):
        return str(value.label)
    return str(value) if isinstance(value, Record) else value
