"""Settings, from the environment. Those that a command alone asks for (`AWRASH_ACTOR` and others) are read there."""

import hashlib
import os
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

from awrash.values.language import LANGUAGES

VERSION = "0.5.0"  # the newest heading of CHANGELOG.md
ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "awrash" / "static"
RIGHTS_OF_OTHERS = 0o077  # what group and everybody may do with a file
THIS_MACHINE = ("localhost", "127.0.0.1")  # names of the server as it is reached from beside it


def static_address() -> str:
    """Where the pages find their style, script and fonts: under a name that changes when one of them does."""
    digest = hashlib.sha256()
    for file in sorted(path for path in STATIC.rglob("*") if path.is_file()):
        digest.update(file.relative_to(STATIC).as_posix().encode() + file.read_bytes())
    return f"/static/{digest.hexdigest()[:12]}"


def instance_path() -> Path:
    """Where the database, the secret key and the files of this installation are kept."""
    return Path(os.environ.get("AWRASH_INSTANCE") or ROOT / "instance").resolve()


def database_url(instance: Path) -> str:
    """SQLite beside the application by default; any PostgreSQL address becomes psycopg's."""
    url = os.environ.get("AWRASH_DATABASE_URL") or f"sqlite:///{instance / 'awrash.sqlite'}"
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def keep_private() -> None:
    """Let only the owner read what this process writes from now on, and what its installation wrote before."""
    os.umask(RIGHTS_OF_OTHERS)
    instance = instance_path()
    database = database_url(instance).partition("sqlite:///")[2]
    database_files = [Path(f"{database}{suffix}") for suffix in ("", "-wal", "-shm")] if database else []
    for path in (instance, *instance.rglob("*"), *database_files):
        only_owner(path)


def only_owner(path: Path) -> None:
    """Take the rights of others off a file or folder of ours.

    It is never opened: to close a second handle on a database would drop SQLite's locks.
    """
    try:
        status = path.lstat()
        if status.st_uid == os.geteuid() and status.st_mode & RIGHTS_OF_OTHERS and (path.is_file() or path.is_dir()):
            path.chmod(status.st_mode & ~RIGHTS_OF_OTHERS & 0o7777, follow_symlinks=False)
    except FileNotFoundError:  # a journal that ended meanwhile, or an installation that begins
        return


def trusted_hosts() -> list[str]:
    """The names under which the office is served, without their ports: any other is refused."""
    names = os.environ.get("AWRASH_HOSTS", "").split(",")
    return [*THIS_MACHINE, *(name.strip().lower() for name in names if name.strip())]


def secret_key(instance: Path) -> str:
    """The key of sessions and tokens: AWRASH_SECRET_KEY, else one made once, which only its owner can read."""
    return os.environ.get("AWRASH_SECRET_KEY") or kept_secret(instance / "secret_key", secrets.token_hex(32))


def password_salt(instance: Path, key: str, may_hold_passwords: bool) -> str:
    """What passwords are hashed with: AWRASH_PASSWORD_SALT, else what this installation keeps in `password_salt`.

    Until 0.3.0 it was the session key: an installation that may hold passwords writes down the key that it has now, so
    that they still fit when the key changes.
    """
    first = key if may_hold_passwords else secrets.token_hex(32)
    return os.environ.get("AWRASH_PASSWORD_SALT") or kept_secret(instance / "password_salt", first)


def may_hold_passwords(instance: Path) -> bool:
    """Whether accounts may have been made here before: a session key was, or a database is there or elsewhere."""
    database = database_url(instance).partition("sqlite:///")[2]
    is_there = Path(database).exists() if database else True
    return (instance / "secret_key").exists() or (is_there and bool(os.environ.get("AWRASH_SECRET_KEY")))


def kept_secret(path: Path, first: str) -> str:
    """What a file keeps, which only its owner can read; `first` when there is none, whoever else begins just now."""
    if not path.exists():
        draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(first)
        try:
            os.link(draft, path)
        except FileExistsError:  # another process of ours began at the same moment: both use its secret
            pass
        finally:
            draft.unlink()
    return path.read_text()


def from_environment() -> dict[str, Any]:
    """The configuration of the application."""
    instance = instance_path()
    instance.mkdir(parents=True, exist_ok=True)
    has_passwords = may_hold_passwords(instance)
    key = secret_key(instance)
    return {
        "SECRET_KEY": key,
        "SQLALCHEMY_DATABASE_URI": database_url(instance),
        "SQLALCHEMY_ENGINE_OPTIONS": {"hide_parameters": True},  # no number of a person in a log
        "TRUSTED_HOSTS": trusted_hosts(),
        "PROVIDE_AUTOMATIC_OPTIONS": False,  # no page is asked from another site
        "COMPRESS_REGISTER": False,  # `close_the_page` says what is compressed
        "COMPRESS_MIMETYPES": ["text/html", "text/css", "text/javascript", "image/svg+xml", "application/json"],
        "COMPRESS_ALGORITHM": ["br", "gzip"],
        "COMPRESS_ALGORITHM_STREAMING": ["br", "gzip"],  # some servers take our own files for streams
        "COMPRESS_BR_LEVEL": 5,  # smaller than gzip's best, and as quick as its usual
        "MAX_CONTENT_LENGTH": 20 * 1024 * 1024,
        "MAX_FORM_PARTS": 20_000,
        "MAX_FORM_MEMORY_SIZE": 5 * 1024 * 1024,
        "BABEL_DEFAULT_LOCALE": "ar",
        "BABEL_TRANSLATION_DIRECTORIES": str(ROOT / "translations"),
        "BABEL_DEFAULT_TIMEZONE": "Africa/Casablanca",
        "LANGUAGES": list(LANGUAGES),
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=10),
        "REMEMBER_COOKIE_SAMESITE": "Lax",
        "WTF_CSRF_TIME_LIMIT": None,
        "VERIFY_LIMIT": "30 per minute",
        "SIGN_IN_LIMIT": "10 per minute",
        "PROXIES": int(os.environ.get("AWRASH_PROXIES", "0")),  # how many proxies of ours stand before the server
        "SECURITY_PASSWORD_SALT": password_salt(instance, key, has_passwords),
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_SCHEMES": ["argon2"],
        "SECURITY_URL_PREFIX": "/account",
        "SECURITY_CACHE_CONTROL": {"private": None, "no-store": None},  # its own True is written `private=True`
        "SECURITY_STATIC_FOLDER": None,
        "SECURITY_CLI_ROLES_NAME": False,  # the roles are those of the programme: no command makes another
        "SECURITY_CLI_USERS_NAME": False,  # `flask users` is ours
        "SECURITY_REGISTERABLE": False,
        "SECURITY_RECOVERABLE": False,
        "SECURITY_CHANGEABLE": True,
        "SECURITY_SEND_PASSWORD_CHANGE_EMAIL": False,
        "SECURITY_TWO_FACTOR": False,
        "SECURITY_POST_LOGIN_VIEW": "/admin/",
        "SECURITY_POST_LOGOUT_VIEW": "/account/login",
        "SECURITY_I18N_DIRNAME": ["builtin", str(ROOT / "translations")],
        "SECURITY_CSRF_IGNORE_UNAUTH_ENDPOINTS": False,
        "SECURITY_LOGOUT_METHODS": ["POST"],
        "TEMPLATES_AUTO_RELOAD": False,
    }
