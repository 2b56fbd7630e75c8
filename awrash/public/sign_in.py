"""Signing in and staying here: a session made new, secrets of a length that is read, no way out of this site.

Who signs in, who fails to, who signs out is told to the audit, with the address it came from. What was typed as an
e-mail address is kept only when it names an account: people type their password in the wrong field.
"""

from typing import Any

from flask import Flask, Response, abort, g, request, session
from flask_babel import gettext as _
from flask_login import current_user, user_logged_out
from flask_security import LoginForm, Security, user_authenticated, user_failed_authn

from awrash.database.session import db
from awrash.public.rate_limits import PASSWORDS
from awrash.public.redirects import HOME, is_here
from awrash.records import audit
from awrash.records.accounts import User, datastore
from awrash.records.audit import AuditEvent, SignInFault

AFTER_CHANGE = "change"  # Flask-Security signs in anew whoever changes their password
READING = ("GET", "HEAD", "OPTIONS")
LONGEST_SECRET = 500  # characters of an e-mail address or a password: a longer one is not even read
# What a session brings along into the one that begins at sign-in, and what sign-in itself has just written there.
KEPT = {"language", "theme", "_user_id", "_fresh", "_id", "_remember", "_remember_seconds", "fs_cc", "fs_paa"}
KEPT |= {"identity.id", "identity.auth_type"}


class SignInForm(LoginForm):  # type: ignore[misc]
    """The form of Flask-Security, which tells of who is not let in."""

    def validate(self, **options: Any) -> bool:
        is_let_in = bool(super().validate(**options))
        if not is_let_in and self.user is None and self.email.data and self.password.data:
            keep_failure(None, SignInFault.unknown_account)
        elif not is_let_in and self.user_authenticated:
            keep_failure(self.user, SignInFault.closed_account)
        return is_let_in


def keep_failure(user: Any, fault: SignInFault) -> None:
    """A line about the account, or about none, written though nobody is let in."""
    with audit.acting(None):
        about = user if user is not None else User.__tablename__
        audit.note(AuditEvent.sign_in_failed, about, fault=fault.value, address=request.remote_addr)
        db.session.commit()


def on_sign_in(_app: Any, user: User, authn_via: Any = (), **_: Any) -> None:
    if AFTER_CHANGE not in (authn_via or ()):
        with audit.acting(user):
            audit.note(AuditEvent.signed_in, user, address=request.remote_addr)  # the view commits


def on_wrong_password(_app: Any, user: User, **_: Any) -> None:
    keep_failure(user, SignInFault.wrong_password)


def on_sign_out(_app: Any, user: Any, **_: Any) -> None:
    if user.is_authenticated:
        with audit.acting(user):
            audit.note(AuditEvent.signed_out, user, address=request.remote_addr)
            db.session.commit()


def name_who_asks() -> None:
    """What Flask-Security and the short forms write is the doing of who is signed in."""
    if request.method not in READING and current_user.is_authenticated:
        db.session.info["actor"] = (current_user.id, current_user.name)


def measure_secrets() -> None:
    """Refuse an address or a password that only wants to hold the server, before anything reads it."""
    if request.endpoint in PASSWORDS and any(len(given) > LONGEST_SECRET for given in request.form.values()):
        sentence = _("An e-mail address or a password has at most %(most)s characters.", most=LONGEST_SECRET)
        abort(400, sentence)


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
    """Accounts and their sessions."""
    security = Security(app, datastore, login_form=SignInForm)
    security.principal.skip_static = True  # style and script are the same for everybody
    user_authenticated.connect(on_sign_in, app)
    user_failed_authn.connect(on_wrong_password, app)
    user_logged_out.connect(on_sign_out, app)
    user_authenticated.connect(begin_session, app)
    app.before_request(measure_secrets)
    app.after_request(stay_here)
