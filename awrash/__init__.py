"""Awrash: the back-office of the public-works programme Awrach."""

from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, current_app, request, session
from flask_babel import Babel
from flask_compress import Compress
from flask_login import current_user
from flask_migrate import Migrate
from flask_wtf import CSRFProtect

from awrash import admin_views, commands, settings, worker
from awrash.database.session import db, only_reading, open_database
from awrash.public import pages, rate_limits, sign_in
from awrash.screens import format, white_space
from awrash.values.language import LANGUAGES

migrate = Migrate(directory=str(settings.ROOT / "migrations"), render_as_batch=True, compare_type=True)
compress = Compress()
OTHER_SITES = ("cross-site", "same-site")  # what a browser sends with a request that another site made it send


def create_app(overrides: Mapping[str, Any] | None = None) -> Flask:
    """The application, set up from the environment; `overrides` win over it."""
    app = Flask(__name__, instance_path=str(settings.instance_path()), static_url_path=settings.static_address())
    app.jinja_options = white_space.OPTIONS
    app.config.from_mapping(settings.from_environment() | dict(overrides or {}))
    app.before_request(read_or_write)  # the first of all: others read the account, which begins the transaction
    db.init_app(app)
    with app.app_context():
        open_database(db.engine)
    migrate.init_app(app, db)
    compress.init_app(app)
    Babel(app, locale_selector=chosen_language)
    CSRFProtect(app)
    format.install(app)
    sign_in.install(app)
    admin_views.install(app)
    pages.install(app)
    commands.install(app)
    rate_limits.install(app)
    worker.install(app)
    app.before_request(sign_in.name_who_asks)
    app.after_request(close_the_page)
    return app


def chosen_language() -> str:
    """The account's language, else the visitor's choice, else on a page for anybody the browser's, else Arabic."""
    if not request:
        return "ar"
    chosen = getattr(current_user, "language", None) or session.get("language")
    if chosen not in LANGUAGES and request.endpoint in pages.PUBLIC_ENDPOINTS:
        chosen = request.accept_languages.best_match(LANGUAGES)
    return chosen if chosen in LANGUAGES else "ar"


def read_or_write() -> None:
    """Choose how the request's transaction begins: what only reads never waits in the writers' queue of SQLite.

    A thread of the server still has the mode of its previous request, so nothing may ask the database before this.
    """
    view = current_app.view_functions.get(request.endpoint or "")
    only_reads = getattr(view, "only_reads", lambda: request.method in ("GET", "HEAD", "OPTIONS"))
    only_reading.set(only_reads())


def close_the_page(response: Response) -> Response:
    """Allow no script but our own files, no frame and no guessing of types; compress where that reveals nothing."""
    response.headers.setdefault(
        "Content-Security-Policy",
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'",
    )
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    if request.endpoint == "static" and response.status_code < 400:  # its address changes with its content
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    else:
        response.headers.setdefault("Cache-Control", "no-store")
    return compress.after_request(response) if may_be_compressed(response) else response


def may_be_compressed(response: Response) -> bool:
    """All responses but parts of files, whose range counts plain bytes, and pages that another site asked for.

    An attacker who puts a word into somebody's page and sees how short the compressed answer becomes can guess what
    else the page holds (BREACH); the size of an answer that is not compressed says nothing.
    """
    if response.status_code == 206:
        return False
    return request.endpoint == "static" or request.headers.get("Sec-Fetch-Site") not in OTHER_SITES
