"""Signing in: what is read of a password."""

from flask import Flask, abort, request
from flask_babel import gettext as _

from awrash.throttle import PASSWORDS

LONGEST_SECRET = 500  # characters of an e-mail address or a password: a longer one is not even read


def measure_secrets() -> None:
    """Refuse an address or a password that only wants to hold the server, before anything reads it."""
    if request.endpoint in PASSWORDS and any(len(given) > LONGEST_SECRET for given in request.form.values()):
        sentence = _("An e-mail address or a password has at most %(most)s characters.", most=LONGEST_SECRET)
        abort(400, sentence)


def install(app: Flask) -> None:
    app.before_request(measure_secrets)
