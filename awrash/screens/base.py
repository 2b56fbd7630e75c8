"""What every screen of the back-office shares: closed by default, roles, forms, lists, bulk runs, export."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from tempfile import SpooledTemporaryFile
from types import SimpleNamespace
from typing import IO, Any

from flask import Response, abort, current_app, flash, g, jsonify, redirect, request, url_for
from flask_admin.contrib.sqla import ModelView
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import func, inspect, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import RelationshipProperty
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.datastructures import CombinedMultiDict, MultiDict
from wtforms import Form

from awrash.database.record import label_of, records_at, value_at
from awrash.database.session import db
from awrash.files.exports import LISTS, Column, csv_stream, labels, query, rows, xlsx_bytes
from awrash.records import audit, form_keys
from awrash.records.accounts import Role, SavedView, saved_views
from awrash.records.audit import AuditEvent
from awrash.records.form_keys import SentBefore
from awrash.reports.progress import progress_of
from awrash.rules.check import closing, prepare_record, refusals_of
from awrash.rules.constraints import Changed, refusal_of
from awrash.rules.hook import refusals_if_run
from awrash.rules.immutability import why_it_stays
from awrash.rules.rule import RuleError
from awrash.rules.steps import starts_of
from awrash.rules.versions import holder_keys
from awrash.screens import tracing
from awrash.screens.addresses import expose
from awrash.screens.forms import blame, fill, form_for
from awrash.screens.lists import SHORT, Filter, attribute_of, filters_of, matching, page_of, pages_of, understand
from awrash.values.language import _l, local_today, now
from awrash.values.money import Money
from awrash.values.spelling import fold
from awrash.values.states import STEPS_WITH_REASON
from awrash.values.text import clean, number_or_none, trim_query

EVERYONE = tuple(Role)
WRITERS = (Role.administrator, Role.head_of_unit)
COMPLAINT_READERS = (Role.head_of_unit, Role.complaints_officer, Role.administrator, Role.auditor)
SHOWN_RELATED = 30
IN_MEMORY = 1_000_000  # bytes of a file that are kept in memory until it is sent; a longer one waits on the disk
PART_SENT = 64_000  # bytes


def only_reads(when: Callable[[], bool] = lambda: True) -> Callable[[Any], Any]:
    """Mark a view that is sent a form and yet writes nothing (`when` says so): its transaction begins as a reader's."""

    def mark(view: Any) -> Any:
        view.only_reads = when
        return view

    return mark


def view_named(name: str) -> Any:
    """The panel's view of a record, by the record's name."""
    return next(one for one in current_app.extensions["admin"][0]._views if one.endpoint == name)


def opens(name: str) -> bool:
    """Whether this person's role opens a kind of record; lines without a page of their own follow their record."""
    views = [one for one in current_app.extensions["admin"][0]._views if one.endpoint == name]
    return all(one.is_accessible() for one in views)


@dataclass(frozen=True)
class Verb:
    """A bulk action: `run(record, ask)` does it, `ask` carries the day, the actor and what the form asked."""

    name: str
    label: Any
    run: Callable[[Any, Any], Any]
    roles: tuple[Role, ...] = WRITERS
    asks: type[Form] | None = None
    effect: Callable[[list[Any]], Any] = field(default=lambda _: None)
    to: Any = None  # the state it leads to
    fits: Callable[[Any], bool] = field(default=lambda _: True)  # of those it starts from, the records that it is for
    tells: Callable[[Any], Any] | None = None  # what the office is told of its result
    corrects: bool = False  # it mends what was recorded wrong, or goes a step back: never first, never the blue one

    def usual(self) -> dict[str, Any] | None:
        """The answers with which its form opens; None when somebody has something to write first."""
        form = self.asks() if self.asks else ()
        if any(one.flags.required and not one.data for one in form):
            return None
        return answers_of(form)

    @property
    def takes_away(self) -> bool:
        """Whether it takes something from somebody: such a step never stands first."""
        return any(self.to is one for one in STEPS_WITH_REASON)

    def is_shown(self, record: Any) -> bool:
        """Whether the record's state lets this verb be thought of at all."""
        starts = starts_of(self.run)
        return (starts is None or starts.allows(record)) and self.fits(record)


def does(operation: Callable[..., Any], *answers: str) -> Callable[[Any, Any], Any]:
    """An operation on a record with some of what it is told: the day, who asks, what its form asked."""
    return as_from(operation, lambda record, ask: operation(record, *(getattr(ask, name) for name in answers)))


def as_from(operation: Callable[..., Any], run: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """`run` starts from the states from which an operation does, of which it does more."""
    run.starts = starts_of(operation)  # type: ignore[attr-defined]
    return run


@dataclass(frozen=True)
class Next:
    """A verb that a record could take now, and what stops it."""

    verb: Verb
    stops: tuple[RuleError, ...]


def sent_key(changes: bool = False) -> tuple[int, str] | None:
    """The account and the digest of the one-time key of the form that was sent; None when it carries none."""
    key = request.form.get(form_keys.FIELD) if request.method == "POST" else None
    if not key or not current_user.is_authenticated:
        return None
    content = sorted(request.form.items(multi=True)) if changes else ()
    return current_user.id, form_keys.digest_of(key, (one for one in content if one[0] != "csrf_token"))


class Guarded:
    """Closed by default: nobody without an account, and no role that is not named."""

    reads: tuple[Role, ...] = EVERYONE
    name: Any

    def is_accessible(self) -> bool:
        return bool(current_user.is_authenticated and current_user.may(self.reads))

    def inaccessible_callback(self, name: str, **_kwargs: Any) -> Any:
        if not current_user.is_authenticated:
            return redirect(url_for("security.login", next=request.full_path.rstrip("?")))
        abort(403)

    def _run_view(self, view: Any, *args: Any, **kwargs: Any) -> Any:
        """A form that was sent before writes nothing: it leads to what it made."""
        try:
            if key := sent_key():
                form_keys.refuse_used(db.session.connection(), *key)
            return super()._run_view(view, *args, **kwargs)  # type: ignore[misc]
        except SentBefore as known:
            db.session.rollback()
            flash(_("This form was sent before, and a form acts once: here is what was recorded then."), "success")
            return redirect(known.leads_to)

    def carry_out(
        self, work: Callable[[], Any], leads_to: Callable[[Any], str] | None = None, changes: bool = False
    ) -> Any:
        """Do one piece of work and commit it, or take it back and give its refusal.

        With `leads_to`, the page of what was made, the form acts once by its key; a form that `changes` what is
        there may be sent again with other content.
        """
        key = sent_key(changes) if leads_to else None
        try:
            with audit.acting(current_user):
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


class RecordView(Guarded, ModelView):
    """The screens of one record; a view only declares, `admin_views.py`."""

    list_template = "awrash/list.html"
    create_template = edit_template = "awrash/form.html"
    details_template = "awrash/details.html"
    can_view_details = True
    can_export = True
    export_types = ("csv", "xlsx")
    column_display_actions = False

    writes: tuple[Role, ...] = WRITERS
    verbs: tuple[Verb, ...] = ()
    lines: dict[str, tuple[str, ...]] = {}
    sections: tuple[tuple[Any, tuple[str, ...], Any], ...] = ()  # title, fields, a line of help
    related: dict[str, tuple[str, ...]] = {}
    figures: tuple[tuple[str, Any], ...] = ()  # derived figures shown on the record's page
    export_list: str | None = None
    imports: str | None = None
    newest_first = "-id"
    empty: Any = _l("Nothing is recorded here yet.")
    questions: tuple[Callable[[], Filter], ...] = ()  # filters that ask something of the office, not of a column

    def __init__(self, record: Any, label: Any, category: Any) -> None:
        name = record.__tablename__
        super().__init__(record, db, name=label, endpoint=name, url=f"/admin/{name}", category=category)

    # ---- what Flask-Admin would read from the model, read from our declarations instead

    def scaffold_form(self) -> type[Form]:
        return form_for(self.model, self.form_columns or (), self.lines)

    def scaffold_list_form(self, *_: Any, **__: Any) -> type[Form]:
        return Form

    def scaffold_inline_form_models(self, form_class: type[Form]) -> type[Form]:
        return form_class

    def init_search(self) -> bool:
        return bool(self.model.__search__)

    def get_column_name(self, field: str) -> str:
        return label_of(self.model, field) if not self.is_derived(field) else str(dict(self.figures)[field])

    def get_filters(self) -> None:
        return None

    def scaffold_sortable_columns(self) -> dict[str, str]:
        return {}

    def is_derived(self, path: str) -> bool:
        return path in dict(self.figures)

    # ---- who may do what

    @property
    def can_write(self) -> bool:
        return bool(current_user.is_authenticated and current_user.may(self.writes))

    @property
    def can_make(self) -> bool:
        return self.can_write and bool(self.form_columns) and self.can_create

    @property
    def can_change(self) -> bool:
        return self.can_write and bool(self.form_columns) and self.can_edit

    def allowed_verbs(self) -> list[Verb]:
        return [one for one in self.verbs if current_user.may(one.roles)]

    def useful_verbs(self, records: list[Any]) -> list[Verb]:
        """The verbs that the state of at least one of these records lets be thought of."""
        return [verb for verb in self.allowed_verbs() if any(verb.is_shown(one) for one in records)]

    def scope(self) -> Any:
        """A condition on what this person sees of the list; None for all of it."""
        return None

    def found(self, given: str | None) -> Any:
        """The record of an id in the address; a 404 when there is none for this person."""
        number = number_or_none(given)
        if number is None:
            abort(404)
        asked, scope = select(self.model).where(self.model.id == number), self.scope()
        record = db.session.scalar(asked if scope is None else asked.where(scope))
        return record if record is not None else abort(404)

    # ---- the list

    def _asked(self) -> tuple[Any, list[Any]]:
        filters = filters_of(self.model, self.column_filters or (), request.args)
        filters += [ask() for ask in self.questions]
        return understand(request.args, filters, self.sortable, self.choosable), filters

    @property
    def choosable(self) -> list[str]:
        """Columns that the list can show, the usual ones first."""
        more = [*(self.column_details_list or ()), *(self.form_columns or ())]
        known = [path for path in dict.fromkeys(more) if not self.is_derived(path)]
        plain = [path for path in known if not _is_many(self.model, path)]
        return list(dict.fromkeys([*self.column_list, *plain]))

    @property
    def sortable(self) -> list[str]:
        """Columns that the list can be ordered by: those that the database keeps."""
        plain = [path for path in self.choosable if not self.is_derived(path)]
        return [one for one in plain if not isinstance(attribute_of(self.model, one), RelationshipProperty)]

    @expose("/")
    def index_view(self) -> Any:
        asked, filters = self._asked()
        ids = matching(self.model, asked, filters, self.scope())
        paths = asked.columns or list(self.column_list)
        count, records = page_of(self.model, asked, ids, paths, self.usual_order())
        pages = pages_of(count)
        columns = [(path, self.get_column_name(path)) for path in paths]
        others = [(path, self.get_column_name(path)) for path in self.choosable]
        shown = {"asked": asked, "filters": filters, "count": count, "records": records, "pages": pages}
        views = [one for one in saved_views(current_user) if one.record == self.endpoint]
        amounts = {path for path in paths if not self.is_derived(path) and _is_amount(self.model, path)}
        kept = {"columns": columns, "choosable": others, "views": views, "amounts": amounts}
        self.trace_list(paths, [one.id for one in records])
        return self.render(self.list_template, reach=self.reader(records), **shown, **kept)

    def usual_order(self) -> Any:
        """The order of the list when no column was chosen: a path, or expressions of SQL."""
        return self.newest_first

    def reader(self, records: list[Any]) -> Callable[[Any, str], Any]:
        """How a cell of these records is read; what needs the day or other records is asked once for all of them."""
        return value_at

    @expose("/lookup/")
    def lookup(self) -> Any:
        """Rows whose name holds what is typed, for a field with too many choices: `key` or id, and the name."""
        typed = fold(clean(trim_query(request.args.get("q", ""))))
        asked, scope = select(self.model), self.scope()
        asked = asked if scope is None else asked.where(scope)
        if "search_text" in inspect(self.model).attrs:
            for word in typed.split():
                asked = asked.where(self.model.search_text.contains(word, autoescape=True))
            rows_found = list(db.session.scalars(asked.order_by(self.model.id.desc()).limit(SHORT)))
        else:
            everything = db.session.scalars(asked.order_by(self.model.id.desc()))
            rows_found = list(islice((one for one in everything if typed in fold(str(one))), SHORT))
        key = self.model.__key__ if "key" in request.args else "id"
        names = [str(one) if key == "id" else f"{one} · {value_at(one, key)}" for one in rows_found]
        values = [str(value_at(one, key)) for one in rows_found]
        return jsonify([{"value": value, "text": text} for value, text in zip(values, names, strict=True)])

    @expose("/views/", methods=("POST",))
    def keep_view(self) -> Any:
        """Keep the list's address under a name, or forget one of one's own."""
        asked, _filters = self._asked()
        name = clean(trim_query(request.form.get("name", "")))[:60]
        address = asked.address(page=None)
        if not name:
            flash(_("Give the view a name."), "error")
            return redirect(self.get_url(".index_view", **address))
        known = next((one for one in self._own_views() if one.name == name), None)
        view = known or SavedView(owner=current_user._get_current_object(), record=self.endpoint, name=name)
        view.address = self.get_url(".index_view", **address)
        view.is_shared = "shared" in request.form and current_user.may(self.writes)
        self.carry_out(lambda: db.session.add(view), lambda _: view.address)
        flash(_("The view “%(name)s” is kept: it stands above the list and in the menu.", name=name), "success")
        return redirect(view.address)

    @expose("/views/forget/", methods=("POST",))
    def forget_view(self) -> Any:
        view = next((one for one in self._own_views() if str(one.id) == request.form.get("id")), None)
        if view is None:
            abort(404)
        name = view.name
        self.carry_out(lambda: db.session.delete(view), lambda _: self.get_url(".index_view"))
        flash(_("The view “%(name)s” is forgotten; no record is touched.", name=name), "success")
        return redirect(self.get_url(".index_view"))

    def _own_views(self) -> list[SavedView]:
        mine = saved_views(current_user)
        return [one for one in mine if one.record == self.endpoint and one.owner_id == current_user.id]

    def trace_list(self, paths: list[str], ids: Any) -> None:
        """Tell the audit which records of a list were read in confidence, when these columns tell of them."""

    @expose("/export/<export_type>/")
    def export(self, export_type: str) -> Any:
        if export_type not in self.export_types:
            abort(404)
        asked, filters = self._asked()
        ids = matching(self.model, asked, filters, self.scope())
        columns = self.export_columns(asked.columns)
        read, _reach = query(self.model, columns)
        lines = rows(self.model, columns, read.where(self.model.id.in_(ids)))
        name, header = f"{self.endpoint}-{local_today().isoformat()}", labels(self.model, columns)
        self.trace_list([column.source for column in columns], ids)
        count = db.session.scalar(select(func.count()).select_from(ids.subquery()))
        return send(self.endpoint, name, export_type, header, lines, lines=count, filters=asked.said(filters))

    def export_columns(self, chosen: list[str]) -> tuple[Column, ...]:
        """The columns chosen on the screen, else those of the list that comes in again."""
        if self.export_list and not chosen:
            return LISTS[self.export_list].columns
        paths = [path for path in chosen or self.column_list if not self.is_derived(path)]
        return tuple(Column(path, self._plain_path(path)) for path in paths)

    def _plain_path(self, path: str) -> str:
        """A relation leaves as its natural key."""
        attribute = attribute_of(self.model, path)
        if isinstance(attribute, RelationshipProperty):
            key = attribute.mapper.class_.__key__
            return f"{path}.{key}" if key in inspect(attribute.mapper.class_).column_attrs else f"{path}.id"
        return path

    # ---- forms

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> Any:
        if not self.can_make:
            abort(403)
        return self.form_page(None)

    @expose("/edit/", methods=("GET", "POST"))
    def edit_view(self) -> Any:
        if not self.can_change:
            abort(403)
        record = self.found(request.args.get("id"))
        if request.method == "GET" and (said := closing(record)):
            flash(said, "error")
            return redirect(self.get_url(".details_view", id=record.id))
        if request.method == "GET":
            tracing.trace_reading(record)
        return self.form_page(record)

    def form_page(self, record: Any) -> Any:
        kind = self._create_form_class if record is None else self._edit_form_class
        if request.method == "POST":
            form = kind(request.form, obj=record)
            if form.validate():
                saved = self.save_form(form, record)
                if saved is not None:
                    flash(_("“%(record)s” is saved.", record=saved), "success")
                    return redirect(self.get_url(".details_view", id=saved.id))
            if record is not None:
                db.session.rollback()
                record = self.found(request.args.get("id"))
            return self._shown_form(form, record), form.status
        form = kind(obj=record)
        if record is not None:
            form.version.data = str(record.version)
        return self._shown_form(form, record)

    def _shown_form(self, form: Form, record: Any, **told: Any) -> str:
        if record is not None:
            told |= {"nexts": self.nexts(record), "history": audit.history_of(record)}
        return str(self.render(self.edit_template, form=form, record=record, **told))

    def save_form(self, form: Form, record: Any) -> Any:
        """Write a form's record; on a refusal the form keeps what was typed and says what to mend."""
        try:
            return self.carry_out(
                lambda: self._filled(form, record),
                lambda saved: self.get_url(".details_view", id=saved.id),
                changes=record is not None,
            )
        except RuleError as refusal:
            blame(form, refusal)
            return None

    def _filled(self, form: Form, record: Any) -> Any:
        if record is not None:
            Changed().check_seen(record, form.version.data)
        with db.session.no_autoflush:
            made = record is None
            record = self.model() if made else record
            fill(form, record)
            if made:
                self.prepare(record)
            prepare_record(record)
            refusals = list(refusals_of(record))
            for refusal in refusals[:-1]:
                blame(form, refusal)
            if refusals:
                if made:
                    db.session.expunge_all()
                raise refusals[-1]
        db.session.add(record)
        db.session.flush()
        return record

    def prepare(self, record: Any) -> None:
        """What a new record gets besides its form: a number in its series."""

    @expose("/details/")
    def details_view(self) -> Any:
        record = self.found(request.args.get("id"))
        tracing.trace_reading(record)
        return self.render(self.details_template, **self.page_of(record))

    def page_of(self, record: Any) -> dict[str, Any]:
        """All that a record's own page tells of it."""
        nexts, history = self.nexts(record), audit.history_of(record)
        columns = self.column_details_list or [*self.column_list, *(self.form_columns or ())]
        facts = [(path, self.get_column_name(path)) for path in dict.fromkeys(columns)]
        facts += [(name, str(label)) for name, label in self.figures if name not in columns]
        told = {"record": record, "facts": facts, "nexts": nexts, "reach": self.reader([record]), "history": history}
        can_change = self.can_change and not closing(record)
        told |= {"can_change": can_change, "stays": why_it_stays(record) if can_change else ""}
        way, related = progress_of(record, history), list(self._related(record))
        return told | {"way": way, "related": related} | self.more_details(record)

    def nexts(self, record: Any) -> list[Next]:
        """The verbs that the record's state allows this person, each with what stops it."""
        found = []
        for verb in self.allowed_verbs():
            if not verb.is_shown(record):
                continue
            stops: list[RuleError] | None = []
            if (usual := verb.usual()) is not None:
                ask = asking(**usual)
                stops = refusals_if_run(db.session(), partial(verb.run, record, ask))
            if stops is not None and not any(one.code == "allowed_step" for one in stops):
                found.append(Next(verb, tuple(stops)))
        return sorted(found, key=lambda one: (bool(one.stops), one.verb.corrects, one.verb.takes_away))

    def more_details(self, record: Any) -> dict[str, Any]:
        return {}

    def _related(self, record: Any) -> Iterator[Any]:
        for path, columns in self.related.items():
            many = list(records_at(record, path))
            way = attribute_of(self.model, path)
            target = way.mapper.class_
            titles = [(one, label_of(target, one)) for one in columns]
            yield SimpleNamespace(
                label=way.info["label"],
                columns=titles,
                amounts={one for one in columns if _is_amount(target, one)},
                records=many[:SHOWN_RELATED],
                count=len(many),
                more=len(many) > SHOWN_RELATED,
                name=target.__tablename__,
            )

    @expose("/delete/", methods=("POST",))
    def delete_view(self) -> Any:
        if not self.can_change:
            abort(403)
        record = self.found(request.form.get("id"))
        name, number = str(record), record.id
        try:
            self.carry_out(lambda: self._delete(record), lambda _: self.get_url(".index_view"))
        except RuleError as refusal:
            flash(str(refusal), "error")
            return redirect(self.get_url(".details_view", id=number))
        flash(_("“%(record)s” is deleted.", record=name), "success")
        return redirect(self.get_url(".index_view"))

    def _delete(self, record: Any) -> None:
        db.session.delete(record)
        db.session.flush()

    # ---- bulk actions

    @expose("/action/", methods=("POST",))
    @only_reads(lambda: "confirmed" not in request.form)
    def action_view(self) -> Any:
        """Two steps: what will happen, then what happened; the form of the action stands on the first."""
        verb = next((one for one in self.verbs if one.name == request.form.get("action")), None)
        if verb is None:
            abort(400, _("There is no such action here."))
        if not current_user.may(verb.roles):
            abort(403)
        records = self._chosen()
        if not records:
            flash(_("Tick at least one row first."), "error")
            return redirect(self.get_url(".index_view", **request.args))
        confirmed: list[MultiDict[str, Any]] = [request.form, request.files]
        sent = CombinedMultiDict(confirmed) if "confirmed" in request.form else None
        form = verb.asks(sent) if verb.asks else None
        if "confirmed" not in request.form or (form is not None and not form.validate()):
            status = 422 if "confirmed" in request.form else 200
            page = self.render("awrash/action.html", verb=verb, records=records, form=form, effect=verb.effect(records))
            return page, status
        done, refused = self._run(verb, records, form)
        return self.render("awrash/done.html", verb=verb, done=done, refused=refused)

    def _chosen(self) -> list[Any]:
        """The rows ticked, or all that match the filters of the address."""
        if request.form.get("everything"):
            asked, filters = self._asked()
            ids: Any = matching(self.model, asked, filters, self.scope())
        else:
            ids = [number for number in map(number_or_none, request.form.getlist("rowid")) if number is not None]
        asked_for, scope = select(self.model).where(self.model.id.in_(ids)), self.scope()
        asked_for = asked_for if scope is None else asked_for.where(scope)
        return list(db.session.scalars(asked_for.order_by(*holder_keys(self.model), self.model.id)))

    def _run(self, verb: Verb, records: list[Any], form: Form | None) -> tuple[list[Any], list[Any]]:
        """Do a verb on each record in its own savepoint: one refusal never stops the others.

        What was done: what is told of it, the name and the page to go on with. What was refused: name, why, page.
        """
        ask = asking(**answers_of(form or ()))
        done: list[tuple[Any, tuple[str, str]]] = []
        refused: list[tuple[str, str, str]] = []

        def each() -> None:
            for record in records:
                name, page = str(record), self.get_url(".details_view", id=record.id)
                try:
                    with db.session.begin_nested():
                        result = verb.run(record, ask)
                    done.append((verb.tells(result) if verb.tells else None, self._made(result) or (name, page)))
                except RuleError as refusal:
                    refused.append((name, str(refusal), page))
                except (IntegrityError, StaleDataError) as error:
                    refused.append((name, str(refusal_of(error, name)), page))

        def page_of_done(_: Any) -> str:
            if not done:
                return ""
            return done[0][1][1] if len(done) == 1 else self.get_url(".index_view", **request.args)

        self.carry_out(each, page_of_done)
        return done, refused

    def _made(self, result: Any) -> tuple[str, str] | None:
        """The name and the page of the record that a verb made: a new text, a certificate in the place of another."""
        if not isinstance(result, self.model):
            return None
        return str(result), self.get_url(".details_view", id=result.id)


def answers_of(form: Iterable[Any]) -> dict[str, Any]:
    """What was answered in the form of a verb, by field; nothing for a verb that asks nothing."""
    return {one.short_name: one.data for one in form}


def asking(**answers: Any) -> SimpleNamespace:
    """What a verb is told: the day, the moment, who asks, and what its form asked."""
    return SimpleNamespace(day=local_today(), at=now(), actor=current_user._get_current_object(), **answers)


def _is_many(model: Any, path: str) -> bool:
    attribute = attribute_of(model, path)
    return isinstance(attribute, RelationshipProperty) and bool(attribute.uselist)


def _is_amount(model: Any, path: str) -> bool:
    columns = getattr(attribute_of(model, path), "columns", ())
    return any(isinstance(one.type, Money) for one in columns)


def send(about: Any, name: str, kind: str, header: list[str], cells: Any, **details: Any) -> Response:
    """A list as a file, made whole before its first byte leaves: a fault is a page, never a file cut short.

    `about` is the record that the list is of, or the name of its page: the audit keeps who takes it.
    """
    tracing.trace(AuditEvent.exported, about, file=f"{name}.{kind}", columns=header, **details)
    disposition = {"Content-Disposition": f"attachment; filename={name}.{kind}"}
    if kind == "xlsx":
        sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        return Response(xlsx_bytes(header, cells), mimetype=sheet, headers=disposition)
    with ExitStack() as on_fault:
        file = on_fault.enter_context(SpooledTemporaryFile(IN_MEMORY))
        file.writelines(csv_stream(header, cells))
        disposition["Content-Length"] = str(file.tell())
        file.seek(0)
        on_fault.pop_all()
    return Response(_read_out(file), mimetype="text/csv", headers=disposition)


def _read_out(file: IO[bytes]) -> Iterator[bytes]:
    """The bytes of a file, which is closed after the last of them."""
    with file:
        yield from iter(lambda: file.read(PART_SENT), b"")
