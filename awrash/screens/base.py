"""What every screen of the back-office shares: closed by default, roles, forms, lists, bulk runs, export."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from flask import Response, abort, current_app, flash, g, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin.contrib.sqla import ModelView
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup
from sqlalchemy import ColumnElement, Select, String, func, inspect, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import ColumnProperty, RelationshipProperty
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.datastructures import CombinedMultiDict, FileStorage, MultiDict
from wtforms import Form

from awrash.database.record import Record, holds_word, is_computed, label_of, records_at, value_at
from awrash.database.session import db
from awrash.files.exports import LISTS, Column, labels, query, rows
from awrash.models import CommitteeSession, PayrollRun
from awrash.papers.fields import is_number, written
from awrash.papers.printed_lists import MOST_ROWS
from awrash.records import audit, form_keys
from awrash.records.accounts import Role, SavedView, User, saved_views
from awrash.records.form_keys import SentBefore
from awrash.reports.progress import progress_of
from awrash.reports.ranking import Ranking
from awrash.rules.check import closing, prepare_record, refusals_of
from awrash.rules.constraints import Changed, refusal_of
from awrash.rules.hook import refusals_if_run
from awrash.rules.immutability import why_it_stays
from awrash.rules.rule import RuleError
from awrash.rules.steps import starts_of
from awrash.rules.versions import holder_keys
from awrash.screens import tracing
from awrash.screens.addresses import Page, expose
from awrash.screens.format import format_value
from awrash.screens.forms import Checklist, RecordForm, blame, fill, form_for
from awrash.screens.lists import (
    SHORT,
    Filter,
    ListQuery,
    attribute_of,
    filters_of,
    loaders,
    matching_ids,
    ordered_ids,
    pages_of,
    read_list_query,
    read_page,
    read_records,
)
from awrash.screens.sending import send, send_list
from awrash.values.language import Label, _l, language, local_today, now
from awrash.values.money import Money
from awrash.values.spelling import fold, search_terms
from awrash.values.states import STEPS_WITH_REASON, Word
from awrash.values.text import clean, has_digit, number_or_none, trim_query

EVERYONE = tuple(Role)
WRITERS = (Role.administrator, Role.head_of_unit)
COMPLAINT_READERS = (Role.head_of_unit, Role.complaints_officer, Role.administrator, Role.auditor)
PRINTED_PART = 500  # records of a list read at once for paper
SHOWN_RELATED = 30  # records of each list on a record's page

Result = TypeVar("Result")  # what a piece of work makes


def only_reads(when: Callable[[], bool] = lambda: True) -> Callable[[Page], Page]:
    """Mark a page that is sent a form and yet writes nothing (`when` says so): its transaction begins as a reader's."""

    def mark(page: Page) -> Page:
        page.only_reads = when  # type: ignore[attr-defined]  # a function takes any attribute, and mypy knows of none
        return page

    return mark


def _views_named(name: str) -> Iterator[Any]:
    return (view for view in current_app.extensions["admin"][0]._views if view.endpoint == name)


def view_named(name: str) -> "RecordView":
    """The view of a kind of record, by the name of its table; StopIteration when no view shows it."""
    view: RecordView = next(_views_named(name))
    return view


def opens(name: str) -> bool:
    """Whether this person's role opens a kind of record; lines without a page of their own follow their record."""
    return all(view.is_accessible() for view in _views_named(name))


@dataclass(frozen=True)
class VerbAnswers:
    """What a verb is carried out with: who acts and when, and what its form asked.

    An answer is None where the form doesn't ask for it, or may leave it open.
    """

    actor: User
    at: datetime  # this instant, aware
    day: date  # the office's day, unless a command names another
    on: date  # the day of the fact, as the form says it; the office's day when the form doesn't ask
    answer: str | None = None  # to a complaint
    cnie: str | None = None
    code: str | None = None  # of a rejection, or its reason in words
    days: int | None = None
    month: date | None = None  # its first day
    reason: str | None = None
    receipt: FileStorage | None = None  # a scan
    reference: str | None = None  # of a transfer
    run: PayrollRun | None = None
    session: CommitteeSession | None = None
    situation: str | None = None  # a word of `Insertion`
    wage: Decimal | None = None  # dirhams a month


Run = Callable[[Any, VerbAnswers], Any]  # carries a verb out on a record of its kind, and gives what that made


@dataclass(frozen=True)
class Verb:
    """A bulk action of one kind of record: who may do it, what its form asks, how it is carried out on a record."""

    name: str
    label: Label
    run: Run
    roles: tuple[Role, ...] = WRITERS
    asks: type[Form] | None = None
    effect: Callable[[list[Any]], Label | None] = field(default=lambda _records: None)  # what it will do, in words
    order: Callable[[list[Any]], list[Any]] = field(default=lambda records: records)  # in which it is carried out
    ranks: Callable[[list[Any]], Ranking] | None = None  # who passes and who does not, where places are counted
    narrow: Callable[[Form, list[Any]], None] = field(default=lambda _form, _records: None)  # its choices to these
    ends: Callable[[list[Any]], list[Any]] = field(default=lambda _records: [])  # other records that end with these
    about: Callable[[list[Any]], list[Label]] = field(default=lambda _records: [])  # what it concerns, a line each
    to: Word | None = None  # the state it leads to
    fits: Callable[[Any], bool] = field(default=lambda _record: True)  # of those it starts from, those that it is for
    tells: Callable[[Any], Label] | None = None  # what the office reads about its result
    corrects: bool = False  # it mends what was recorded wrong, or goes a step back: never first, never the blue one

    def usual_answers(self) -> VerbAnswers | None:
        """The answers with which its form opens; None when somebody has something to write first."""
        form = self.asks() if self.asks else None
        if any(field.flags.required and not field.data for field in form or ()):
            return None
        return answers_of(form)

    @property
    def takes_away(self) -> bool:
        """Whether it takes something from somebody: such a step never stands first."""
        return any(self.to is state for state in STEPS_WITH_REASON)

    def is_shown(self, record: Record) -> bool:
        """Whether the record's state lets this verb be thought of at all."""
        starts = starts_of(self.run)
        return (starts is None or starts.allows(record)) and self.fits(record)


def does(operation: Callable[..., Any], *names: str) -> Run:
    """Carry out an operation on a record; `names` are the answers that it takes after the record, in its order."""

    def run(record: Record, answers: VerbAnswers) -> Any:
        return operation(record, *(getattr(answers, name) for name in names))

    return with_starts_of(operation, run)


def with_starts_of(operation: Callable[..., Any], run: Run) -> Run:
    """Let `run`, which carries out this operation and more, start from the same states."""
    run.starts = starts_of(operation)  # type: ignore[attr-defined]  # a function takes any attribute
    return run


def answers_of(form: Form | None) -> VerbAnswers:
    """Who is served, when, and what they answer in the form of a verb; `form` is None for a verb that asks nothing."""
    day = local_today()
    answers = {"on": day} | {field.short_name: field.data for field in form or ()}
    return VerbAnswers(actor=current_user._get_current_object(), at=now(), day=day, **answers)


@dataclass(frozen=True)
class NextVerb:
    """A verb that a record could take now, and what stops it."""

    verb: Verb
    stops: tuple[RuleError, ...]


class Done(NamedTuple):
    """What a verb did to one record: what the office reads about it, the name and the page to go on with."""

    message: Label | None
    next: tuple[str, str]


class Refused(NamedTuple):
    """A record to which a verb was not done: its name, the sentence that says why, its page."""

    name: str
    why: str
    page: str


@dataclass(frozen=True)
class RelatedList:
    """The records of one relation as a record's page shows them; `columns` are paths with their labels."""

    label: Label
    columns: list[tuple[str, str]]
    amounts: set[str]  # the paths of those columns that hold dirhams
    records: list[Record]  # the first of them
    count: int  # all of them
    name: str  # of their table

    @property
    def more(self) -> bool:
        """Whether some of the records are not shown."""
        return self.count > len(self.records)


def sent_key(with_content: bool = False) -> tuple[int, str] | None:
    """The account and the digest of the one-time key of the form that was sent; None when it carries none.

    `with_content` makes a digest of the key and all that the form says, so that another content is another form.
    """
    key = request.form.get(form_keys.FIELD) if request.method == "POST" else None
    if not key or not current_user.is_authenticated:
        return None
    content = sorted(request.form.items(multi=True)) if with_content else ()
    digest = form_keys.digest_of(key, ((name, value) for name, value in content if name != "csrf_token"))
    return current_user.id, digest


class Guarded:
    """Closed by default: nobody without an account, and no role that is not named."""

    reads: tuple[Role, ...] = EVERYONE
    name: Label

    def is_accessible(self) -> bool:
        """Whether this person has one of the roles that read the view."""
        return bool(current_user.is_authenticated and current_user.may(self.reads))

    def inaccessible_callback(self, name: str, **_arguments: object) -> ResponseReturnValue:
        """Ask a stranger to sign in; an account whose role doesn't open the view gets a 403."""
        if not current_user.is_authenticated:
            return redirect(url_for("security.login", next=request.full_path.rstrip("?")))
        abort(403)

    def _run_view(
        self, page: Callable[..., ResponseReturnValue], /, *args: Any, **arguments: Any
    ) -> ResponseReturnValue:
        """A form that was sent before writes nothing: it leads to what it made."""
        try:
            if key := sent_key():
                form_keys.refuse_used(db.session.connection(), *key)
            return super()._run_view(page, *args, **arguments)  # type: ignore[misc,no-any-return]  # Flask-Admin's
        except SentBefore as known:
            db.session.rollback()
            flash(_("This form was sent before, and a form acts once: here is what was recorded then."), "success")
            return redirect(known.leads_to)

    def carry_out(
        self, work: Callable[[], Result], leads_to: Callable[[Result], str] | None = None, changes: bool = False
    ) -> Result:
        """Do one piece of work in the name of the account and commit it; what it gives is given back.

        Any error takes the work back; those of the rules and of the database come out as a `RuleError`.
        With `leads_to`, the page of what was made, the form acts once by its key; a form that `changes` what is
        there may be sent again with other content.
        """
        key = sent_key(with_content=changes) if leads_to else None
        try:
            with audit.acting(current_user, day=local_today()):
                if key:
                    form_keys.use_up(db.session.connection(), *key, now())
                result = work()
                if key and leads_to:
                    form_keys.lead_to(db.session.connection(), *key, leads_to(result))
                db.session.commit()
            g.form_has_acted = True
            return result
        except (IntegrityError, StaleDataError) as error:
            db.session.rollback()
            raise refusal_of(error, self.name) from error
        except Exception:
            db.session.rollback()
            raise


def is_exactly(record: Record, typed: str, all_shown: bool) -> bool:
    """Whether a folded text is a number of the record or, where all records that hold it are shown, its whole name."""
    if has_digit(typed):
        return typed in (fold(str(value_at(record, path))) for path in (record.__key__, *record.__search__))
    return all_shown and typed == fold(str(record))


class RecordView(Guarded, ModelView):
    """The screens of one kind of record: its list, forms, pages, bulk actions, files; a view only declares.

    What views override takes a record of their own kind, which is `Any` here.
    """

    list_template = "awrash/list.html"
    create_template = edit_template = "awrash/form.html"
    details_template = "awrash/details.html"
    can_view_details = True
    can_export = True
    export_types = ("csv", "xlsx", "pdf")
    column_display_actions = False

    model: type[Record]
    writes: tuple[Role, ...] = WRITERS
    verbs: tuple[Verb, ...] = ()
    lines: dict[str, tuple[str, ...]] = {}  # the fields of each kind of line in its form, by relation
    checklists: dict[str, Checklist] = {}  # lines that are ticked on a list of its call, by relation
    sections: tuple[tuple[Label, tuple[str, ...], Label | None], ...] = ()  # title, fields, a line of help
    related: dict[str, tuple[str, ...]] = {}  # the columns shown of each relation, by the path to it
    figures: tuple[tuple[str, Label], ...] = ()  # derived figures shown on the record's page, with their labels
    export_list: str | None = None  # the list of `files/exports.py` that goes out while the usual columns are shown
    imports: str | None = None  # the kind of file that comes in from here
    told_apart_by: tuple[str, ...] = ()  # paths whose values tell records of one name apart, where one is looked up
    newest_first = "-id"  # the usual order: a path, with a minus for the latest first
    empty: Label = _l("Nothing is recorded here yet.")
    questions: tuple[Callable[[], Filter], ...] = ()  # filters that ask something of the office, not of a column

    def __init__(self, kind: type[Record], label: Label, category: Label) -> None:
        name = kind.__tablename__
        super().__init__(kind, db, name=label, endpoint=name, url=f"/admin/{name}", category=category)

    # ---- what Flask-Admin would read from the model, read from our declarations instead

    def scaffold_form(self) -> type[RecordForm]:
        return form_for(self.model, self.form_columns or (), self.lines, self.checklists)

    def scaffold_list_form(self, *_args: object, **_options: object) -> type[Form]:
        return Form

    def scaffold_inline_form_models(self, form_class: type[Form]) -> type[Form]:
        return form_class

    def init_search(self) -> bool:
        return bool(self.model.__search__)

    def get_column_name(self, path: str) -> str:
        """The label of a column, or of a derived figure."""
        return label_of(self.model, path) if not self.is_derived(path) else str(dict(self.figures)[path])

    def get_filters(self) -> None:
        return None

    def scaffold_sortable_columns(self) -> dict[str, str]:
        return {}

    def is_derived(self, path: str) -> bool:
        """Whether a path names a figure that Python alone works out: no list is ordered by it."""
        return path in dict(self.figures) and not is_computed(self.model, path)

    # ---- who may do what

    @property
    def can_write(self) -> bool:
        """Whether this person's role writes such records at all."""
        return bool(current_user.is_authenticated and current_user.may(self.writes))

    @property
    def can_make(self) -> bool:
        """Whether this person may record a new one in a form."""
        return self.can_write and bool(self.form_columns) and self.can_create

    @property
    def can_change(self) -> bool:
        """Whether this person may change or delete one that its rules leave open."""
        return self.can_write and bool(self.form_columns) and self.can_edit

    def allowed_verbs(self) -> list[Verb]:
        """The verbs that this person's role may do."""
        return [verb for verb in self.verbs if current_user.may(verb.roles)]

    def useful_verbs(self, records: list[Record]) -> list[Verb]:
        """The verbs that the state of at least one of these records lets be thought of."""
        return [verb for verb in self.allowed_verbs() if any(verb.is_shown(record) for record in records)]

    def holds(self, word: str) -> ColumnElement[bool]:
        """Whether a record is found by a folded word of what was typed in a search box."""
        return holds_word(self.model, word)

    def scope(self) -> ColumnElement[bool] | None:
        """A condition on what this person sees of the list; None for all of it."""
        return None

    def _visible(self) -> Select[Any]:
        """The select of the records that this person sees."""
        statement, scope = select(self.model), self.scope()
        return statement if scope is None else statement.where(scope)

    def record_or_404(self, number_text: str | None) -> Any:
        """The record of a number as an address or a form writes it; a 404 when this person sees no such record."""
        number = number_or_none(number_text)
        if number is None:
            abort(404)
        record = db.session.scalar(self._visible().where(self.model.id == number))
        return record if record is not None else abort(404)

    # ---- the list

    def _list_query(self) -> tuple[ListQuery, list[Filter]]:
        """What the address asks of the list, and the filters that the list has."""
        filters = filters_of(self.model, self.column_filters or (), request.args)
        filters += [question() for question in self.questions]
        return read_list_query(request.args, filters, self.sortable, self.choosable), filters

    @property
    def choosable(self) -> list[str]:
        """Paths of the columns that the list can show, the usual ones first."""
        more = [*(self.column_details_list or ()), *(self.form_columns or ())]
        known = [path for path in dict.fromkeys(more) if not self.is_derived(path)]
        plain = [path for path in known if not _is_many(self.model, path)]
        return list(dict.fromkeys([*self.column_list, *plain]))

    @property
    def sortable(self) -> list[str]:
        """Paths of the columns that the list can be ordered by: those that the database keeps or works out."""
        kept = [path for path in self.choosable if not self.is_derived(path)]
        return [path for path in kept if is_computed(self.model, path) or not self._is_relation(path)]

    def _is_relation(self, path: str) -> bool:
        return isinstance(attribute_of(self.model, path), RelationshipProperty)

    @expose("/")
    def index_view(self) -> ResponseReturnValue:
        list_query, filters = self._list_query()
        ids = matching_ids(self.model, list_query, filters, self.scope(), self.holds)
        paths = list_query.columns or list(self.column_list)
        count, records = read_page(self.model, list_query, ids, paths, self.usual_order())
        self.trace_list(paths, [record.id for record in records])
        return self.render(
            self.list_template,
            asked=list_query,
            filters=filters,
            count=count,
            pages=pages_of(count),
            records=records,
            reach=self.reader(records),
            columns=[(path, self.get_column_name(path)) for path in paths],
            choosable=[(path, self.get_column_name(path)) for path in self.choosable],
            amounts={path for path in paths if not self.is_derived(path) and _is_amount(self.model, path)},
            views=[view for view in saved_views(current_user) if view.record == self.endpoint],
        )

    def usual_order(self) -> str | list[ColumnElement[Any]]:
        """The order of the list when no column was chosen: a path, or expressions of SQL."""
        return self.newest_first

    def reader(self, records: list[Any]) -> Callable[[Any, str], Any]:
        """The function from a record and a path to the value of a cell.

        What needs the day or other records is read once for all of these records.
        """
        return value_at

    @expose("/lookup/")
    def lookup(self) -> ResponseReturnValue:
        """Rows whose name holds what is typed, for a field with too many choices; those that are it come first.

        Each has the name that the person reads, what tells it from its namesakes, whether it is exactly what was typed,
        and the value of the field: the natural key if the address asks for `key`, else the id.
        """
        text = clean(trim_query(request.args.get("q", "")))
        records = self._looked_up(text)
        key = self.model.__key__ if "key" in request.args else "id"
        rows = []
        for record in records:
            name, number = str(record), str(value_at(record, key))
            row = {
                "value": number,
                "text": name if key == "id" else f"{name} · {number}",
                "about": self.apart(record, key),
            }
            rows.append(row | {"exact": is_exactly(record, fold(text), all_shown=len(records) < SHORT)})
        return jsonify(sorted(rows, key=lambda row: not row["exact"]))

    def _looked_up(self, text: str) -> list[Any]:
        """The one whose number a text is, then the newest of those whose name holds each of its words."""
        visible = self._visible().options(*loaders(self.model, (*self.model.__shown__, *self.told_apart_by)))
        latest_first = visible.order_by(self.model.id.desc())
        if "search_text" not in inspect(self.model).attrs:
            matching = (record for record in db.session.scalars(latest_first) if fold(text) in fold(str(record)))
            return list(islice(matching, SHORT))
        for word in search_terms(text):
            latest_first = latest_first.where(self.holds(word))
        records = list(db.session.scalars(latest_first.limit(SHORT)))
        number = getattr(self.model, self.model.__key__)
        if text and isinstance(number.type, String):
            records = [*db.session.scalars(visible.where(number == text.upper())), *records]
        return list(dict.fromkeys(records))

    def apart(self, record: Any, but: str) -> str:
        """What tells a record from others of its name, in words, `but` for a path that stands beside the name."""
        known = [path for path in self.told_apart_by if path != but and value_at(record, path)]
        return " · ".join(Markup(format_value(value_at(record, path), path)).striptags() for path in known)

    @expose("/views/", methods=("POST",))
    def keep_view(self) -> ResponseReturnValue:
        """Keep the list's address under a name; a view of one's own that has this name gets the new address."""
        list_query, _filters = self._list_query()
        name = clean(trim_query(request.form.get("name", "")))[:60]
        address = list_query.address(page=None)
        if not name:
            flash(_("Give the view a name."), "error")
            return redirect(self.get_url(".index_view", **address))
        known = next((view for view in self._own_views() if view.name == name), None)
        view = known or SavedView(owner=current_user._get_current_object(), record=self.endpoint, name=name)
        view.address = self.get_url(".index_view", **address)
        view.is_shared = "shared" in request.form and current_user.may(self.writes)
        self.carry_out(lambda: db.session.add(view), lambda _result: view.address)
        flash(_("The view “%(name)s” is kept: it stands above the list and in the menu.", name=name), "success")
        return redirect(view.address)

    @expose("/views/forget/", methods=("POST",))
    def forget_view(self) -> ResponseReturnValue:
        """Forget a view of one's own; a 404 for one of somebody else."""
        view = next((view for view in self._own_views() if str(view.id) == request.form.get("id")), None)
        if view is None:
            abort(404)
        name = view.name
        self.carry_out(lambda: db.session.delete(view), lambda _result: self.get_url(".index_view"))
        flash(_("The view “%(name)s” is forgotten; no record is touched.", name=name), "success")
        return redirect(self.get_url(".index_view"))

    def _own_views(self) -> list[SavedView]:
        mine = saved_views(current_user)
        return [view for view in mine if view.record == self.endpoint and view.owner_id == current_user.id]

    def trace_list(self, paths: list[str], ids: Select[tuple[int]] | list[int]) -> None:
        """Tell the audit which records of a list were read in confidence, when these columns tell of them."""

    @expose("/export/<export_type>/")
    def export(self, export_type: str) -> ResponseReturnValue:
        """The list as a file, all its pages: what its filters leave, in the columns chosen."""
        if export_type not in self.export_types:
            abort(404)
        list_query, filters = self._list_query()
        ids = matching_ids(self.model, list_query, filters, self.scope(), self.holds)
        if export_type == "pdf":
            return self._print(list_query, ids, list_query.in_words(filters))
        columns = self.export_columns(list_query.columns)
        count = db.session.scalar(select(func.count()).select_from(ids.subquery()))
        lines = self.export_lines(columns, ids)
        name, header = f"{self.endpoint}-{local_today().isoformat()}", labels(self.model, columns)
        self.trace_list([column.source for column in columns], ids)
        in_words = list_query.in_words(filters)
        return send(self.endpoint, name, export_type, header, lines, lines=count, filters=in_words)

    def _print(self, list_query: ListQuery, ids: Select[tuple[int]], filters: list[str]) -> Response:
        """All pages of the list on paper, with the columns of the screen."""
        paths = list_query.columns or list(self.column_list)
        header = [self.get_column_name(path) for path in paths]
        self.trace_list(paths, ids)
        ordered = ordered_ids(self.model, list_query, ids, self.usual_order())
        printed = list(db.session.scalars(ordered.limit(MOST_ROWS + 1)))
        name, rows = f"{self.endpoint}-{local_today().isoformat()}", self._printed_rows(printed, paths)
        return send_list(self.endpoint, name, "pdf", header, rows, str(self.name), filters, lines=len(printed))

    def _printed_rows(self, ids: list[int], paths: list[str]) -> Iterator[list[Any]]:
        """The values of these records, all but numbers as papers write them; they are read some hundreds at a time."""
        for start in range(0, len(ids), PRINTED_PART):
            records = read_records(self.model, ids[start : start + PRINTED_PART], paths)
            reach = self.reader(records)
            for record in records:
                yield [self._printed(record, path, reach(record, path)) for path in paths]

    def _printed(self, record: Record, path: str, shown: Any) -> Any:
        """What the list shows of a record, as papers write it; a reader may put something else in a value's place."""
        if isinstance(shown, Markup):
            return shown.striptags()
        if is_number(shown) or self.is_derived(path) or shown != value_at(record, path):
            return shown
        return written(record, path, language())

    def export_lines(self, columns: tuple[Column, ...], ids: Select[tuple[int]]) -> Iterator[list[str]]:
        """The cells of each line of the file."""
        statement, _reach = query(self.model, columns)
        return rows(self.model, columns, statement.where(self.model.id.in_(ids)))

    def export_columns(self, chosen: list[str]) -> tuple[Column, ...]:
        """The columns chosen on the screen, else those of the list that comes in again."""
        if self.export_list and not chosen:
            return LISTS[self.export_list].columns
        paths = [path for path in chosen or self.column_list if not self.is_derived(path)]
        return tuple(Column(path, self._plain_path(path)) for path in paths)

    def _plain_path(self, path: str) -> str:
        """A relation leaves as its natural key."""
        if is_computed(self.model, path):
            return path
        attribute = attribute_of(self.model, path)
        if isinstance(attribute, RelationshipProperty):
            key = attribute.mapper.class_.__key__
            return f"{path}.{key}" if key in inspect(attribute.mapper.class_).column_attrs else f"{path}.id"
        return path

    # ---- forms

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> ResponseReturnValue:
        if not self.can_make:
            abort(403)
        return self.form_page(None)

    @expose("/edit/", methods=("GET", "POST"))
    def edit_view(self) -> ResponseReturnValue:
        if not self.can_change:
            abort(403)
        record = self.record_or_404(request.args.get("id"))
        if request.method == "GET" and (sentence := closing(record)):
            flash(sentence, "error")
            return redirect(self.get_url(".details_view", id=record.id))
        if request.method == "GET":
            tracing.trace_reading(record)
        return self.form_page(record)

    def form_page(self, record: Record | None) -> ResponseReturnValue:
        """The form of a record, or of a new one: shown, or read and written, or shown again with what to mend."""
        form_class = self._create_form_class if record is None else self._edit_form_class
        if request.method == "POST":
            form = form_class(request.form, obj=record)
            if form.validate():
                saved = self.save_form(form, record)
                if saved is not None:
                    flash(_("“%(record)s” is saved.", record=saved), "success")
                    return redirect(self.get_url(".details_view", id=saved.id))
            if record is not None:
                db.session.rollback()
                record = self.record_or_404(request.args.get("id"))
            return self._render_form(form, record), form.status
        form = form_class(obj=record)
        if record is not None:
            form.version.data = str(record.version)
        return self._render_form(form, record)

    def _render_form(self, form: RecordForm, record: Any, **shown: Any) -> str:
        if record is not None:
            shown |= {"nexts": self.next_verbs(record), "history": audit.history_of(record)}
        return str(self.render(self.edit_template, form=form, record=record, **shown))

    def save_form(self, form: RecordForm, record: Record | None) -> Record | None:
        """Write a form's record and give it; None on a refusal: the form keeps what was typed and says what to mend."""
        try:
            return self.carry_out(
                lambda: self._write_form(form, record),
                lambda saved: str(self.get_url(".details_view", id=saved.id)),
                changes=record is not None,
            )
        except RuleError as refusal:
            blame(form, refusal)
            return None

    def _write_form(self, form: RecordForm, record: Record | None) -> Record:
        """Write what a form holds to its record, or to a new one; a `RuleError` for the last of its refusals."""
        if record is not None:
            Changed().check_seen(record, form.version.data)
        with db.session.no_autoflush:
            written = self.model() if record is None else record
            fill(form, written)
            if record is None:
                self.prepare(written)
            prepare_record(written)
            refusals = list(refusals_of(written))
            for refusal in refusals[:-1]:
                blame(form, refusal)
            if refusals:
                if record is None:
                    db.session.expunge_all()
                raise refusals[-1]
        db.session.add(written)
        db.session.flush()
        return written

    def prepare(self, record: Any) -> None:
        """What a new record gets besides its form: a number in its series."""

    @expose("/details/")
    def details_view(self) -> str:
        record = self.record_or_404(request.args.get("id"))
        tracing.trace_reading(record)
        return str(self.render(self.details_template, **self.page_of(record)))

    def page_of(self, record: Any) -> dict[str, Any]:
        """What the template of a record's own page is given, by name."""
        nexts = self.next_verbs(record)  # first: what it tries is rolled back, and what was read before forgotten
        history = audit.history_of(record)
        columns = self.column_details_list or [*self.column_list, *(self.form_columns or ())]
        facts = [(path, self.get_column_name(path)) for path in dict.fromkeys(columns)]
        facts += [(name, str(label)) for name, label in self.figures if name not in columns]
        can_change = self.can_change and not closing(record)
        shown = {
            "record": record,
            "facts": facts,
            "nexts": nexts,
            "reach": self.reader([record]),
            "history": history,
            "can_change": can_change,
            "stays": why_it_stays(record) if can_change else "",
            "way": progress_of(record, history),
            "related": list(self._related(record)),
        }
        return shown | self.more_details(record)

    def next_verbs(self, record: Record) -> list[NextVerb]:
        """The verbs that the record's state allows this person, each with what stops it; the way onwards first."""
        possible = []
        for verb in self.allowed_verbs():
            if not verb.is_shown(record):
                continue
            answers = verb.usual_answers()
            stops = [] if answers is None else refusals_if_run(db.session(), partial(verb.run, record, answers))
            if stops is not None and not any(refusal.code == "allowed_step" for refusal in stops):
                possible.append(NextVerb(verb, tuple(stops)))
        return sorted(possible, key=lambda each: (bool(each.stops), each.verb.corrects, each.verb.takes_away))

    def more_details(self, record: Any) -> dict[str, Any]:
        """What the page of this kind of record shows besides, by the name that its template uses."""
        return {}

    def _related(self, record: Record) -> Iterator[RelatedList]:
        """The lists of `related` records that the page shows, each of its first records."""
        for path, columns in self.related.items():
            records = list(records_at(record, path))
            relation = attribute_of(self.model, path)
            kind = relation.mapper.class_
            yield RelatedList(
                label=relation.info["label"],
                columns=[(column, label_of(kind, column)) for column in columns],
                amounts={column for column in columns if _is_amount(kind, column)},
                records=records[:SHOWN_RELATED],
                count=len(records),
                name=kind.__tablename__,
            )

    @expose("/delete/", methods=("POST",))
    def delete_view(self) -> ResponseReturnValue:
        if not self.can_change:
            abort(403)
        record = self.record_or_404(request.form.get("id"))
        name, number = str(record), record.id
        try:
            self.carry_out(lambda: self._delete(record), lambda _result: self.get_url(".index_view"))
        except RuleError as refusal:
            flash(str(refusal), "error")
            return redirect(self.get_url(".details_view", id=number))
        flash(_("“%(record)s” is deleted.", record=name), "success")
        return redirect(self.get_url(".index_view"))

    def _delete(self, record: Record) -> None:
        db.session.delete(record)
        db.session.flush()

    # ---- bulk actions

    @expose("/action/", methods=("POST",))
    @only_reads(lambda: "confirmed" not in request.form)
    def action_view(self) -> ResponseReturnValue:
        """Two steps: what will happen, then what happened; the form of the action stands on the first."""
        verb = next((verb for verb in self.verbs if verb.name == request.form.get("action")), None)
        if verb is None:
            abort(400, _("There is no such action here."))
        if not current_user.may(verb.roles):
            abort(403)
        records = verb.order(self._chosen())
        if not records:
            flash(_("Tick at least one row first."), "error")
            return redirect(self.get_url(".index_view", **request.args))
        is_confirmed = "confirmed" in request.form
        sent: list[MultiDict[str, Any]] = [request.form, request.files]
        form = verb.asks(CombinedMultiDict(sent) if is_confirmed else None) if verb.asks else None
        if not is_confirmed or (form is not None and not form.validate()):
            page = self._ask_before(verb, records, form)
            return page, 422 if is_confirmed else 200
        done, refused = self._run_on_each(verb, records, form)
        return self.render("awrash/done.html", verb=verb, done=done, refused=refused)

    def _ask_before(self, verb: Verb, records: list[Record], form: Form | None) -> str:
        """The first step of an action: what it will touch, what it will do, what it asks."""
        if form is not None:
            verb.narrow(form, records)
        ranking = verb.ranks(records) if verb.ranks else None
        shown = {"effect": verb.effect(records), "about": verb.about(records), "ends": verb.ends(records)}
        return str(self.render("awrash/action.html", verb=verb, records=records, form=form, ranking=ranking, **shown))

    def _chosen(self) -> list[Record]:
        """The records ticked, or all that match the filters of the address."""
        ids: Select[tuple[int]] | list[int]
        if request.form.get("everything"):
            list_query, filters = self._list_query()
            ids = matching_ids(self.model, list_query, filters, self.scope(), self.holds)
        else:
            ids = [number for number in map(number_or_none, request.form.getlist("rowid")) if number is not None]
        chosen = self._visible().where(self.model.id.in_(ids))
        return list(db.session.scalars(chosen.order_by(*holder_keys(self.model), self.model.id)))

    def _run_on_each(self, verb: Verb, records: list[Record], form: Form | None) -> tuple[list[Done], list[Refused]]:
        """Do a verb on each record in its own savepoint: one refusal never stops the others."""
        answers = answers_of(form)
        done: list[Done] = []
        refused: list[Refused] = []

        def run_on_each() -> None:
            for record in records:
                name, page = str(record), self.get_url(".details_view", id=record.id)
                try:
                    with db.session.begin_nested():
                        result = verb.run(record, answers)
                    message = verb.tells(result) if verb.tells else None
                    done.append(Done(message, self._name_and_page(result) or (name, page)))
                except RuleError as refusal:
                    refused.append(Refused(name, str(refusal), page))
                except (IntegrityError, StaleDataError) as error:
                    refused.append(Refused(name, str(refusal_of(error, name)), page))

        def page_of_done(_result: None) -> str:
            if not done:
                return ""
            _name, page = done[0].next
            return page if len(done) == 1 else str(self.get_url(".index_view", **request.args))

        self.carry_out(run_on_each, page_of_done)
        return done, refused

    def _name_and_page(self, result: object) -> tuple[str, str] | None:
        """The name and the page of the record that a verb made: a new text, a certificate in the place of another."""
        if not isinstance(result, self.model):
            return None
        return str(result), self.get_url(".details_view", id=result.id)


def _is_many(kind: type[Record], path: str) -> bool:
    if is_computed(kind, path):
        return False
    attribute = attribute_of(kind, path)
    return isinstance(attribute, RelationshipProperty) and bool(attribute.uselist)


def _is_amount(kind: type[Record], path: str) -> bool:
    if is_computed(kind, path):
        return isinstance(getattr(kind, path).type, Money)
    attribute = attribute_of(kind, path)
    return isinstance(attribute, ColumnProperty) and any(isinstance(column.type, Money) for column in attribute.columns)
