"""Signing in: a new session for whoever does, a longest secret, and no redirect that leads away from this site.

The audit keeps who signs in, fails to, or signs out, with the network address it came from. What was typed as an
e-mail address is kept only when it names an account: people type their password in the wrong field.
"""

from collections.abc import Sequence

from flask import Flask, Response, abort, g, request, session
from flask_babel import gettext as _
from flask_login import AnonymousUserMixin, current_user, user_logged_out
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
    """The form of Flask-Security, which also keeps in the audit who is not let in."""

    user: User | None

    def validate(self, **options: object) -> bool:
        is_let_in = bool(super().validate(**options))
        if not is_let_in and self.user is None and self.email.data and self.password.data:
            keep_failure(None, SignInFault.unknown_account)
        elif not is_let_in and self.user_authenticated:
            keep_failure(self.user, SignInFault.closed_account)
        return is_let_in


def keep_failure(user: User | None, fault: SignInFault) -> None:
    """Write an audit line about the account, or about none, and commit it: nobody is let in, so nothing else will."""
    with audit.acting(None):
        about = user if user is not None else User.__tablename__
        audit.note(AuditEvent.sign_in_failed, about, fault=fault.value, address=request.remote_addr)
        db.session.commit()


def on_sign_in(_app: Flask, user: User, authn_via: Sequence[str] | None = (), **_: object) -> None:
    """Keep in the audit who signed in; `authn_via` says by what means, as Flask-Security names them."""
    if AFTER_CHANGE not in (authn_via or ()):
        with audit.acting(user):
            audit.note(AuditEvent.signed_in, user, address=request.remote_addr)  # the view commits


def on_wrong_password(_app: Flask, user: User, **_: object) -> None:
    """Keep in the audit that somebody tried a wrong password for this account."""
    keep_failure(user, SignInFault.wrong_password)


def on_sign_out(_app: Flask, user: User | AnonymousUserMixin, **_: object) -> None:
    """Keep in the audit who signed out; nobody did when nobody was signed in."""
    if user.is_authenticated:
        with audit.acting(user):
            audit.note(AuditEvent.signed_out, user, address=request.remote_addr)
            db.session.commit()


def name_who_asks() -> None:
    """What Flask-Security and the short forms write is the doing of the person signed in."""
    if request.method not in READING and current_user.is_authenticated:
        db.session.info["actor"] = (current_user.id, current_user.name)


def measure_secrets() -> None:
    """Refuse an e-mail address or a password so long that reading it would only hold up the server."""
    if request.endpoint in PASSWORDS and any(len(text) > LONGEST_SECRET for text in request.form.values()):
        sentence = _("An e-mail address or a password has at most %(most)s characters.", most=LONGEST_SECRET)
        abort(400, sentence)


def stay_here(response: Response) -> Response:
    """Redirect within this site alone: an address that leads away becomes that of the morning page."""
    if response.location is not None and not is_here(response.location):
        response.location = HOME
    return response


def begin_session(_app: Flask, **_: object) -> None:
    """Forget what a session held before somebody signed in, its CSRF token first."""
    for name in set(session) - KEPT:
        session.pop(name)
    g.pop("csrf_token", None)  # Flask-WTF would write the old one again


def install(app: Flask) -> None:
    """Set accounts and their sessions up."""
    security = Security(app, datastore, login_form=SignInForm)
    security.principal.skip_static = True  # style and script are the same for everybody
    user_authenticated.connect(on_sign_in, app)
    user_failed_authn.connect(on_wrong_password, app)
    user_logged_out.connect(on_sign_out, app)
    user_authenticated.connect(begin_session, app)
    app.before_request(measure_secrets)
    app.after_request(stay_here)
