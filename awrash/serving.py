"""The server of the office, the same for `make run` and for the tests."""

from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import select
from waitress import create_server

from awrash.database.session import db
from awrash.records.letterheads import Letterhead

THREADS = 8


def make_server(app: Flask, port: int, threads: int = THREADS, **options: Any) -> Any:
    """A server on this machine alone, which doesn't say in its answers what it is; port 0 takes a free one."""
    return create_server(app, host="127.0.0.1", port=port, threads=threads, ident=None, **options)


def know_public_names(app: Flask) -> None:
    """Accept requests under the public addresses of the letterheads; one written later counts from the next start."""
    with app.app_context():
        sites = db.session.scalars(select(Letterhead.site).where(Letterhead.site.is_not(None)).distinct()).all()
        db.session.remove()
    names = {urlsplit(site).hostname for site in sites if site}
    app.config["TRUSTED_HOSTS"] = sorted({*app.config["TRUSTED_HOSTS"], *filter(None, names)})
