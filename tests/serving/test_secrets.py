"""The keys of an installation: that of sessions can be changed, and passwords still fit."""

import stat
from pathlib import Path

import pytest
from flask_migrate import upgrade
from flask_security import verify_password

from awrash import create_app
from awrash.database.session import db
from awrash.records.accounts import Role, add_user, seed_roles, user_by_email
from awrash.settings import from_environment
from tests.conftest import PASSWORD

OLD_KEY = "a key of before"


@pytest.fixture
def instance(tmp_path, monkeypatch) -> Path:
    for name in ("AWRASH_SECRET_KEY", "AWRASH_PASSWORD_SALT", "AWRASH_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWRASH_INSTANCE", str(tmp_path))
    return tmp_path


def secrets_of() -> tuple[str, str]:
    values = from_environment()
    return values["SECRET_KEY"], values["SECURITY_PASSWORD_SALT"]


def test_a_new_installation_has_a_salt_apart_from_its_session_key_and_keeps_both(instance):
    key, salt = secrets_of()
    assert key != salt and len(salt) == 64
    assert secrets_of() == (key, salt)
    assert {file.name for file in instance.iterdir()} == {"secret_key", "password_salt"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in instance.iterdir()} == {0o600}


def test_a_new_installation_whose_key_is_given_has_a_salt_apart_from_it(instance, monkeypatch):
    monkeypatch.setenv("AWRASH_SECRET_KEY", OLD_KEY)
    key, salt = secrets_of()
    assert key == OLD_KEY != salt


def test_an_installation_of_before_keeps_its_old_salt_when_its_key_changes(instance, monkeypatch):
    (instance / "secret_key").write_text(OLD_KEY)
    assert secrets_of() == (OLD_KEY, OLD_KEY)
    assert (instance / "password_salt").read_text() == OLD_KEY
    (instance / "secret_key").unlink()
    key, salt = secrets_of()
    assert key != OLD_KEY and salt == OLD_KEY
    monkeypatch.setenv("AWRASH_SECRET_KEY", "a new key")
    assert secrets_of() == ("a new key", OLD_KEY)


@pytest.mark.parametrize("url", ["", "postgresql://office@db/awrash"])
def test_an_installation_of_before_whose_key_is_given_keeps_its_old_salt(instance, monkeypatch, url):
    monkeypatch.setenv("AWRASH_SECRET_KEY", OLD_KEY)
    if url:
        monkeypatch.setenv("AWRASH_DATABASE_URL", url)
    else:
        (instance / "awrash.sqlite").touch()
    assert secrets_of() == (OLD_KEY, OLD_KEY)
    monkeypatch.setenv("AWRASH_SECRET_KEY", "a new key")
    assert secrets_of() == ("a new key", OLD_KEY)


def test_a_salt_that_is_given_is_the_one_in_use(instance, monkeypatch):
    monkeypatch.setenv("AWRASH_PASSWORD_SALT", "a salt of ours")
    key, salt = secrets_of()
    assert salt == "a salt of ours" != key
    assert not (instance / "password_salt").exists()


def fits(password: str, **overrides) -> bool:
    app = create_app(overrides)
    with app.app_context():
        try:
            return bool(verify_password(password, user_by_email("chief@example.ma").password))
        finally:
            db.session.remove()
            db.engine.dispose()


def test_a_password_of_before_fits_after_the_session_key_is_changed(instance):
    (instance / "secret_key").write_text(OLD_KEY)
    app = create_app({"SECURITY_PASSWORD_SALT": OLD_KEY})  # as it was until 0.3.0
    with app.app_context():
        upgrade()
        seed_roles()
        add_user("chief@example.ma", Role.administrator, PASSWORD)
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
    assert fits(PASSWORD)
    (instance / "secret_key").write_text("a key of after")
    assert fits(PASSWORD) and not fits(f"{PASSWORD}!")
    assert not fits(PASSWORD, SECURITY_PASSWORD_SALT="a key of after")
