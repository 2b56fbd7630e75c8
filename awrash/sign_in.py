"""Who signs in, who fails to, who signs out: each is told to the audit, with the address it came from.

What was typed as an address is kept only when it names an account: people type their password in the wrong field.
"""

from typing import Any

from flask import Flask, request
from flask_login import current_user, user_logged_out
from flask_security import LoginForm, Security, user_authenticated, user_failed_authn

from awrash import audit
from awrash.accounts import User, datastore
from awrash.audit import Fault, What
from awrash.database import db

AFTER_CHANGE = "change"  # Flask-Security signs in anew whoever changes their password
READING = ("GET", "HEAD", "OPTIONS")


class SignInForm(LoginForm):  # type: ignore[misc]
    """The form of Flask-Security, which tells of who is not let in."""

    def validate(self, **options: Any) -> bool:
        is_let_in = bool(super().validate(**options))
        if not is_let_in and self.user is None and self.email.data and self.password.data:
            keep_failure(None, Fault.unknown_account)
        elif not is_let_in and self.user_authenticated:
            keep_failure(self.user, Fault.closed_account)
        return is_let_in


def keep_failure(user: Any, fault: Fault) -> None:
    """A line about the account, or about none, written though nobody is let in."""
    with audit.acting(None):
        about = user if user is not None else User.__tablename__
        audit.note(What.sign_in_failed, about, fault=fault.value, address=request.remote_addr)
        db.session.commit()


def on_sign_in(_app: Any, user: User, authn_via: Any = (), **_: Any) -> None:
    if AFTER_CHANGE not in (authn_via or ()):
        with audit.acting(user):
            audit.note(What.signed_in, user, address=request.remote_addr)  # the view commits


def on_wrong_password(_app: Any, user: User, **_: Any) -> None:
    keep_failure(user, Fault.wrong_password)


def on_sign_out(_app: Any, user: Any, **_: Any) -> None:
    if user.is_authenticated:
        with audit.acting(user):
            audit.note(What.signed_out, user, address=request.remote_addr)
            db.session.commit()


def name_who_asks() -> None:
    """What Flask-Security and the short forms write is the doing of who is signed in."""
    if request.method not in READING and current_user.is_authenticated:
        db.session.info["actor"] = (current_user.id, current_user.name)


def install(app: Flask) -> None:
    """Accounts and their sessions."""
    Security(app, datastore, login_form=SignInForm)
    user_authenticated.connect(on_sign_in, app)
    user_failed_authn.connect(on_wrong_password, app)
    user_logged_out.connect(on_sign_out, app)
