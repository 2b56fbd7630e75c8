"""The pages outside the panel: health, verification, transparency, choice of language, and pages for errors."""

from flask import Blueprint, Flask, Response, abort, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from flask_wtf.csrf import CSRFError, generate_csrf
from markupsafe import Markup
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, SecurityError

from awrash import settings
from awrash.database.record import value_at
from awrash.database.session import db
from awrash.files import exports
from awrash.public import open_data, verification
from awrash.public.redirects import HOME, is_here
from awrash.records.form_keys import FIELD, new_key
from awrash.rules.rule import RuleError
from awrash.values.language import LANGUAGES, _l, language, local_today
from awrash.values.text import number_or_none

pages = Blueprint("public", __name__)

THEMES = ("light", "dark")
PUBLIC_ENDPOINTS = {"public.ask_code", "public.verify", "public.transparency", "public.open_file"}

SENTENCES = {
    400: _l("This address or form cannot be read."),
    403: _l("Your role does not open this page: ask the head of unit."),
    404: _l("There is nothing at this address."),
    405: _l("This page is not opened this way."),
    413: _l("This file is too large: at most 20 MB."),
    500: _l(
        "Something broke on our side. What you did is not lost: go back and try again, then tell the administrator."
    ),
    503: _l("Somebody else is writing for a long time, and nothing of yours was written: go back and try again."),
}
CONFLICT_SIGNS = ("database is locked", "deadlock detected", "could not obtain lock")


UNKNOWN_HOST = _l(
    "The office is not served under this name: open it by its usual address, "
    "or ask the administrator to add the name to AWRASH_HOSTS."
)


@pages.get("/")
def home() -> ResponseReturnValue:
    """The morning page of the team."""
    return redirect(HOME)


@pages.get("/healthz")
def health() -> ResponseReturnValue:
    """200 and the version that is served, when the database answers."""
    db.session.execute(text("SELECT 1"))
    return Response(f"ok {settings.VERSION}\n", mimetype="text/plain")


@pages.post("/language/<code>")
def choose_language(code: str) -> ResponseReturnValue:
    """Remember a language, with the account when there is one."""
    if code in LANGUAGES:
        session["language"] = code
        if current_user.is_authenticated:
            current_user.language = code
            db.session.commit()
    return _back()


@pages.post("/theme/<name>")
def choose_theme(name: str) -> ResponseReturnValue:
    """Remember light or dark, with the account when there is one."""
    if name in THEMES:
        session["theme"] = name
        if current_user.is_authenticated:
            current_user.theme = name
            db.session.commit()
    return _back()


def light_or_dark() -> str:
    """`light` or `dark`, as the account or the visitor chose."""
    chosen = getattr(current_user, "theme", None) or session.get("theme")
    return chosen if chosen in THEMES else THEMES[0]


def _back() -> ResponseReturnValue:
    """To the page that asked, never out of this site."""
    target = request.form.get("next", HOME)
    return redirect(target if is_here(target) else HOME)


@pages.get("/verify/")
def ask_code() -> ResponseReturnValue:
    """Type the code of a certificate; every code that is typed leads to its own page."""
    code = verification.normalized_code(request.args.get("code", ""))
    if code:
        return redirect(url_for("public.verify", code=code))
    return render_template("awrash/verify.html", proof=None, asked=False)


@pages.get("/verify/<path:code>")
def verify(code: str) -> ResponseReturnValue:
    """Whether a certificate is valid; the same answer for every code that is none."""
    certificate = verification.verification_of(code)
    page = render_template("awrash/verify.html", proof=certificate, asked=True)
    return page, 200 if certificate else 404, {"X-Robots-Tag": "noindex"}  # a name is found by its code only


@pages.get("/transparency")
def transparency() -> ResponseReturnValue:
    """Calls, decisions, amounts and shares, without any person's data; `table` and `page` turn one table's pages."""
    today = local_today()
    rows = {name: table.read(today) for name, table in open_data.TABLES.items()}
    name, page = request.args.get("table"), number_or_none(request.args.get("page", "0"))
    parts = {table: open_data.part_of(lines, (page or 0) if table == name else 0) for table, lines in rows.items()}
    if page is None or (page and (name not in parts or not parts[name].rows)):
        abort(404)
    return render_template("awrash/transparency.html", tables=open_data.TABLES, rows=rows, parts=parts, today=today)


@pages.get("/transparency/<name>.csv")
def open_file(name: str) -> ResponseReturnValue:
    """One published table, or the dictionary of them all, as a file."""
    if name == open_data.DICTIONARY:
        header, lines = [str(title) for title in open_data.DICTIONARY_HEADER], open_data.dictionary()
    elif name in open_data.TABLES:
        table = open_data.TABLES[name]
        header, lines = [field.name for field in table.fields], open_data.file_lines(table, table.read(local_today()))
    else:
        abort(404)
    response = Response(b"".join(exports.csv_stream(header, lines)), mimetype="text/csv")
    response.headers["Content-Disposition"] = f"attachment; filename=awrash-{name}.csv"
    return response


def error_page(error: Exception) -> ResponseReturnValue:
    """The page for any error, in the language of the person, with what to do next."""
    if isinstance(error, SecurityError):
        return Response(f"{UNKNOWN_HOST}\n", 400, mimetype="text/plain")  # no page: its links would need the name
    code = error.code or 500 if isinstance(error, HTTPException) else 500
    if isinstance(error, HTTPException) and error.response is not None:
        return error.response
    db.session.rollback()
    sentence = error.description if isinstance(error, HTTPException) and code == 400 and error.description else None
    if isinstance(error, CSRFError):
        sentence = gettext("This page waited too long: open it again and repeat what you did.")
    return render_template(
        "awrash/wrong.html", code=code, sentence=sentence or SENTENCES.get(code, SENTENCES[400])
    ), code


def busy_page(error: OperationalError) -> ResponseReturnValue:
    """The page for a transaction that the database took back because of another one: no fault, try again."""
    if not any(sign in str(error.orig) for sign in CONFLICT_SIGNS):
        raise error
    db.session.rollback()
    return render_template("awrash/wrong.html", code=503, sentence=SENTENCES[503]), 503, {"Retry-After": "10"}


def refusal_page(refusal: RuleError) -> ResponseReturnValue:
    """The page for a rule's refusal that no form shows: its sentence says what to correct."""
    db.session.rollback()
    return render_template("awrash/wrong.html", code=409, sentence=str(refusal)), 409


def csrf_field() -> Markup:
    """The hidden field that every form carries."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


def one_time_key() -> Markup:
    """The one-time key of a form that makes something; a form that was refused keeps its own."""
    refused_key = "" if g.get("form_has_acted") else request.form.get(FIELD, "")
    key = Markup('<input type="hidden" name="{}" value="{}" autocomplete="off">')
    return key.format(FIELD, refused_key or new_key())


def install(app: Flask) -> None:
    """Add the public pages, the error pages, and what every template may call."""
    app.register_blueprint(pages)
    app.register_error_handler(HTTPException, error_page)
    app.register_error_handler(500, error_page)
    app.register_error_handler(RuleError, refusal_page)
    app.register_error_handler(OperationalError, busy_page)
    app.jinja_env.globals.update(
        csrf=csrf_field,
        once=one_time_key,
        reach=value_at,
        language=language,
        LANGUAGES=LANGUAGES,
        light_or_dark=light_or_dark,
        value_of=open_data.value_of,
        direction=lambda: "rtl" if language() == "ar" else "ltr",
    )
