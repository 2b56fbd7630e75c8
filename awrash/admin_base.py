"""What every screen of the back-office shares: closed by default, roles, forms, lists, bulk runs, export."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from types import SimpleNamespace
from typing import Any

from flask import Response, abort, flash, redirect, request, stream_with_context, url_for
from flask_admin import expose
from flask_admin.contrib.sqla import ModelView
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import inspect, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import RelationshipProperty
from sqlalchemy.orm.exc import StaleDataError
from wtforms import Form

from awrash import audit
from awrash.accounts import Role
from awrash.admin_forms import blame, fill, form_for
from awrash.admin_lists import PAGE, attribute_of, filters_of, matching, page_of, understand
from awrash.database import db, reach
from awrash.exports import LISTS, Column, csv_stream, label_of, labels, query, rows, xlsx_bytes
from awrash.language import _l, local_today, now
from awrash.rules import Changed, RuleError, refusal_of, refusals_of, settle

EVERYONE = tuple(Role)
WRITERS = (Role.administrator, Role.head_of_unit)
SHOWN_RELATED = 30


@dataclass(frozen=True)
class Verb:
    """A bulk action: `run(record, ask)` does it, `ask` carries the day, the actor and what the form asked."""

    name: str
    label: Any
    run: Callable[[Any, Any], Any]
    roles: tuple[Role, ...] = WRITERS
    asks: type[Form] | None = None
    effect: Callable[[list[Any]], Any] = field(default=lambda _: None)


class Guarded:
    """Closed by default: nobody without an account, and no role that is not named."""

    reads: tuple[Role, ...] = EVERYONE

    def is_accessible(self) -> bool:
        return bool(current_user.is_authenticated and current_user.may(self.reads))

    def inaccessible_callback(self, name: str, **_kwargs: Any) -> Any:
        if not current_user.is_authenticated:
            return redirect(url_for("security.login", next=request.full_path.rstrip("?")))
        abort(403)


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
    sections: tuple[tuple[Any, tuple[str, ...]], ...] = ()
    related: dict[str, tuple[str, ...]] = {}
    figures: tuple[tuple[str, Any], ...] = ()  # derived figures shown on the record's page
    export_list: str | None = None
    imports: str | None = None
    newest_first = "-id"
    empty: Any = _l("Nothing is recorded here yet.")

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

    def scope(self) -> Any:
        """A condition on what this person sees of the list; None for all of it."""
        return None

    def found(self, given: str | None) -> Any:
        """The record of an id in the address; a 404 when there is none for this person."""
        if not given or not given.isdigit() or len(given) > 9:
            abort(404)
        asked, scope = select(self.model).where(self.model.id == int(given)), self.scope()
        record = db.session.scalar(asked if scope is None else asked.where(scope))
        return record if record is not None else abort(404)

    def write(self, work: Callable[[], Any]) -> Any:
        """Do one piece of work and commit it, or take it back and give its refusal."""
        try:
            with audit.acting(current_user):
                result = work()
                db.session.commit()
            return result
        except IntegrityError as error:
            db.session.rollback()
            raise refusal_of(error) from error
        except StaleDataError as error:
            db.session.rollback()
            rule = Changed()
            raise RuleError(rule, str(rule.message) % {"subject": self.name}) from error
        except RuleError:
            db.session.rollback()
            raise

    # ---- the list

    def _asked(self) -> tuple[Any, list[Any]]:
        filters = filters_of(self.model, self.column_filters or ())
        return understand(request.args, filters, self.sortable), filters

    @property
    def sortable(self) -> list[str]:
        """Columns that the list can be ordered by: those that the database keeps."""
        plain = [path for path in self.column_list if not self.is_derived(path)]
        return [one for one in plain if not isinstance(attribute_of(self.model, one), RelationshipProperty)]

    @expose("/")
    def index_view(self) -> Any:
        asked, filters = self._asked()
        ids = matching(self.model, asked, filters, self.scope())
        count, records = page_of(self.model, asked, ids, self.column_list, self.newest_first)
        pages = max((count + PAGE - 1) // PAGE, 1)
        columns = [(path, self.get_column_name(path)) for path in self.column_list]
        shown = {"asked": asked, "filters": filters, "count": count, "records": records, "pages": pages}
        return self.render(self.list_template, columns=columns, reach=reach, **shown)

    @expose("/export/<export_type>/")
    def export(self, export_type: str) -> Any:
        if export_type not in self.export_types:
            abort(404)
        asked, filters = self._asked()
        ids = matching(self.model, asked, filters, self.scope())
        columns = self.export_columns()
        read, _reach = query(self.model, columns)
        lines = rows(self.model, columns, read.where(self.model.id.in_(ids)))
        name, header = f"{self.endpoint}-{local_today().isoformat()}", labels(self.model, columns)
        return send(name, export_type, header, lines)

    def export_columns(self) -> tuple[Column, ...]:
        if self.export_list:
            return LISTS[self.export_list].columns
        paths = [path for path in self.column_list if not self.is_derived(path)]
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
        return self._form_page(None)

    @expose("/edit/", methods=("GET", "POST"))
    def edit_view(self) -> Any:
        if not self.can_change:
            abort(403)
        return self._form_page(self.found(request.args.get("id")))

    def _form_page(self, record: Any) -> Any:
        kind = self._create_form_class if record is None else self._edit_form_class
        if request.method == "POST":
            form = kind(request.form, obj=record)
            if form.validate():
                saved = self._save(form, record)
                if saved is not None:
                    flash(_("“%(record)s” is saved.", record=saved), "success")
                    return redirect(self.get_url(".details_view", id=saved.id))
            if record is not None:
                db.session.rollback()
                record = self.found(request.args.get("id"))
            return self.render(self.edit_template, form=form, record=record), 422
        form = kind(obj=record, version=record.version) if record is not None else kind()
        if record is not None:
            form.version.data = str(record.version)
        return self.render(self.edit_template, form=form, record=record)

    def _save(self, form: Form, record: Any) -> Any:
        """Write a form's record; on a refusal the form keeps what was typed and says what to mend."""
        try:
            if record is not None and str(form.version.data or record.version) != str(record.version):
                Changed().refuse(subject=record)
            return self.write(lambda: self._filled(form, record))
        except RuleError as refusal:
            blame(form, refusal)
            return None

    def _filled(self, form: Form, record: Any) -> Any:
        with db.session.no_autoflush:
            made = record is None
            record = self.model() if made else record
            fill(form, record)
            if made:
                self.prepare(record)
            settle(record)
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
        columns = self.column_details_list or [*self.column_list, *(self.form_columns or ())]
        facts = [(path, self.get_column_name(path)) for path in dict.fromkeys(columns)]
        facts += [(name, str(label)) for name, label in self.figures if name not in columns]
        return self.render(
            self.details_template,
            record=record,
            facts=facts,
            reach=reach,
            related=list(self._related(record)),
            history=audit.history_of(record),
            **self.more_details(record),
        )

    def more_details(self, record: Any) -> dict[str, Any]:
        return {}

    def _related(self, record: Any) -> Iterator[Any]:
        for path, columns in self.related.items():
            many = list(islice(_walk(record, path.split(".")), SHOWN_RELATED + 1))
            way = attribute_of(self.model, path)
            target = way.mapper.class_
            titles = [(one, label_of(target, one)) for one in columns]
            more = len(many) > SHOWN_RELATED
            yield SimpleNamespace(
                label=way.info["label"],
                columns=titles,
                records=many[:SHOWN_RELATED],
                more=more,
                name=target.__tablename__,
            )

    @expose("/delete/", methods=("POST",))
    def delete_view(self) -> Any:
        if not self.can_change:
            abort(403)
        record = self.found(request.form.get("id"))
        name, number = str(record), record.id
        try:
            self.write(lambda: (db.session.delete(record), db.session.flush()))
        except RuleError as refusal:
            flash(str(refusal), "error")
            return redirect(self.get_url(".details_view", id=number))
        flash(_("“%(record)s” is deleted.", record=name), "success")
        return redirect(self.get_url(".index_view"))

    # ---- bulk actions

    @expose("/action/", methods=("POST",))
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
        form = verb.asks(request.form if "confirmed" in request.form else None) if verb.asks else None
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
            ids = [int(one) for one in request.form.getlist("rowid") if one.isdigit() and len(one) < 10]
        asked_for, scope = select(self.model).where(self.model.id.in_(ids)), self.scope()
        return list(
            db.session.scalars((asked_for if scope is None else asked_for.where(scope)).order_by(self.model.id))
        )

    def _run(self, verb: Verb, records: list[Any], form: Form | None) -> tuple[list[str], list[tuple[str, str]]]:
        """Do a verb on each record in its own savepoint: one refusal never stops the others."""
        answers = {} if form is None else {one.short_name: one.data for one in form}
        ask = SimpleNamespace(day=local_today(), at=now(), actor=current_user._get_current_object(), **answers)
        done: list[str] = []
        refused: list[tuple[str, str]] = []

        def each() -> None:
            for record in records:
                name = str(record)
                try:
                    with db.session.begin_nested():
                        verb.run(record, ask)
                    done.append(name)
                except RuleError as refusal:
                    refused.append((name, str(refusal)))
                except IntegrityError as error:
                    refused.append((name, str(refusal_of(error))))

        self.write(each)
        return done, refused


def _walk(record: Any, path: list[str]) -> Iterator[Any]:
    """The records at the end of a path of relations, to one or to many."""
    if not path:
        yield record
        return
    found = getattr(record, path[0])
    for one in found if isinstance(found, list) else [found] if found is not None else []:
        yield from _walk(one, path[1:])


def send(name: str, kind: str, header: list[str], lines: Any) -> Response:
    """A list as a file: CSV streamed, XLSX whole."""
    disposition = {"Content-Disposition": f"attachment; filename={name}.{kind}"}
    if kind == "xlsx":
        sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        return Response(xlsx_bytes(header, lines), mimetype=sheet, headers=disposition)
    stream = stream_with_context(csv_stream(header, lines))
    return Response(stream, mimetype="text/csv", headers=disposition)
