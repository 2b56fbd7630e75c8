"""Signing in and staying here: a session made new, secrets of a length that is read, no way out of this site."""

import re
from typing import Any

from flask import Flask, Response, abort, g, request, session
from flask_babel import gettext as _
from flask_security import user_authenticated

from awrash.throttle import PASSWORDS

LONGEST_SECRET = 500  # characters of an e-mail address or a password: a longer one is not even read
MISLEADING = re.compile(r"[\x00-\x20\x7f\\]")  # browsers take tabs out of an address and read \ as /
HOME = "/admin/"
# What a session brings along into the one that begins at sign-in, and what sign-in itself has just written there.
KEPT = {"language", "theme", "_user_id", "_fresh", "_id", "_remember", "_remember_seconds", "fs_cc", "fs_paa"}
KEPT |= {"identity.id", "identity.auth_type"}


def measure_secrets() -> None:
    """Refuse an address or a password that only wants to hold the server, before anything reads it."""
    if request.endpoint in PASSWORDS and any(len(given) > LONGEST_SECRET for given in request.form.values()):
        sentence = _("An e-mail address or a password has at most %(most)s characters.", most=LONGEST_SECRET)
        abort(400, sentence)


def is_here(address: str) -> bool:
    """Whether a browser that follows this address stays on this site, however it reads what stands in it."""
    if MISLEADING.search(address):
        return False
    return address.startswith(request.host_url) or bool(re.match(r"/(?!/)", address))


def stay_here(response: Response) -> Response:
    """The one place that lets somebody be sent on: an address that leads away is that of the morning page instead."""
    if response.location is not None and not is_here(response.location):
        response.location = HOME
    return response


def begin_session(_app: Flask, **_told: Any) -> None:
    """What a session held before somebody signed in, its token first, is worth nothing afterwards."""
    for name in set(session) - KEPT:
        session.pop(name)
    g.pop("csrf_token", None)  # Flask-WTF would write the old one again


def install(app: Flask) -> None:
    app.before_request(measure_secrets)
    app.after_request(stay_here)
    user_authenticated.connect(begin_session, app)
