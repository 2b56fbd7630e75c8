"""One application for each database and process; each test gets a fresh copy of a seeded database."""

import fcntl
import gc
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import Connection, Engine, event, select

os.environ.setdefault("AWRASH_SECRET_KEY", "tests only")

from awrash import create_app
from awrash.database.session import db, only_reading
from awrash.demo.prefecture import make
from awrash.papers.issue import copy_wording
from awrash.records import audit
from awrash.records.accounts import Role, add_user
from awrash.records.paper_texts import Wording
from awrash.seeds import plant
from tests import servers
from tests.doors import Visitor
from tests.renewal import KeptRows
from tests.world import a_world

TESTS = Path(__file__).parent
TODAY = date(2026, 11, 23)
PASSWORD = "a long password 2026"

gc.set_threshold(100_000)  # by default a fifth of the time goes into looking for the garbage that a page leaves

# Files that take longest: dealt out first, so that none of two processes ends long after the other.
LONGEST = (
    *("screens/test_accessibility.py", "screens/test_office_day.py", "files/test_imports.py"),
    *("screens/test_accounts.py", "test_whole_life.py", "screens/test_browser.py", "serving/test_many_at_once.py"),
    *("screens/test_long_texts.py", "database/test_migrations.py", "screens/test_same_page_open.py"),
)

written: set[Engine] = set()  # databases that are no longer as they were kept


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    first = {TESTS / file: place for place, file in enumerate(LONGEST)}
    items.sort(key=lambda item: first.get(item.path, len(first)))


@event.listens_for(Engine, "commit")
def note_what_was_written(connection: Connection) -> None:
    written.add(connection.engine)


class Database:
    """One kind of database: how an application on it is made, and how it becomes new again."""

    def __init__(self, kind: str, home: Path, fill: Callable[[], None], shared: Path) -> None:
        """`shared` is a folder of all processes of this run: a SQLite database is filled by the first that needs it."""
        self.kind, self.home = kind, home
        self.name = home.name
        self.app = self._app()
        gc.freeze()  # an application is never garbage: looking for some in it takes a tenth of the time
        if kind == "postgres":
            self._fill(fill)
            servers.create_database(f"{self.name}_kept", self.name)
            with self.app.app_context():
                self.rows = KeptRows(self.address, db.engine)
            return
        filled = shared / f"{fill.__name__}.sqlite"
        with _alone_in(shared):
            if not filled.exists():
                self._fill(fill)
                self._checkpoint()
                shutil.copy(self.file, filled)
        shutil.copy(filled, self.kept)
        shutil.copy(filled, self.file)

    def _fill(self, fill: Callable[[], None]) -> None:
        with self.app.app_context():
            upgrade()
            fill()
            db.session.commit()
            db.session.remove()
            self._dispose()

    @property
    def file(self) -> Path:
        return self.home / "awrash.sqlite"

    @property
    def kept(self) -> Path:
        return self.home / "kept.sqlite"

    def _app(self) -> Flask:
        url = f"sqlite:///{self.file}"
        if self.kind == "postgres":
            self.address = servers.create_database(self.name)
            url = self.address.replace("postgresql://", "postgresql+psycopg://")
        os.environ["AWRASH_INSTANCE"] = str(self.home)
        settings = {"SQLALCHEMY_DATABASE_URI": url, "TESTING": True, "TODAY": TODAY}
        settings |= {"WORK_AT_ONCE": True}
        settings |= {"VERIFY_LIMIT": "100000 per minute", "SIGN_IN_LIMIT": "100000 per minute"}
        return create_app(
            settings
            | {
                "PROPAGATE_EXCEPTIONS": False,
                "SECURITY_PASSWORD_HASH": "plaintext",
                "SECURITY_PASSWORD_SCHEMES": ["plaintext"],
            }
        )

    def _dispose(self) -> None:
        db.engine.dispose()

    def _checkpoint(self) -> None:
        for suffix in ("-wal", "-shm"):
            assert not Path(f"{self.file}{suffix}").exists()

    def close(self) -> None:
        if self.kind == "postgres":
            self.rows.close()
        with self.app.app_context():
            db.session.remove()
            self._dispose()

    def renew(self) -> None:
        """The database as it was kept; one in which nothing was committed since still is."""
        os.environ["AWRASH_INSTANCE"] = str(self.home)
        only_reading.set(True)  # the test's own session must not hold the writers' lock between requests
        with self.app.app_context():
            db.session.remove()
            if db.engine not in written:
                return
            written.discard(db.engine)
            if self.kind == "postgres" and self.rows.put_back(db.engine):
                return
            self._dispose()
        if self.kind == "postgres":
            self.rows.close()
            servers.create_database(self.name, f"{self.name}_kept")
            self.rows.connect()
            return
        for suffix in ("-wal", "-shm"):
            Path(f"{self.file}{suffix}").unlink(missing_ok=True)
        shutil.copy(self.kept, self.file)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """No other process of this run is inside at the same time."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _planted() -> None:
    with audit.acting(None, "tests"):
        plant.plant()
        for role in Role:
            add_user(f"{role.value}@example.ma", role, PASSWORD, role.value)


def _prefecture() -> None:
    _planted()
    with audit.acting(None, "tests"):
        make(TODAY)
        copy_wording(db.session.scalar(select(Wording).limit(1)))  # a text that can still be changed


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory) -> Path:
    """A folder that all processes of this run have in common."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def database_for(run_folder) -> Iterator[Callable[[str, str, Callable[[], None]], Database]]:
    """`database_for("seeded", "sqlite", fill)`: made once for each process, however often its fixture begins anew.

    A parametrized fixture ends and begins at each change of its parameter: twice a file when files are dealt out.
    """
    with ExitStack() as at_the_end:

        @cache
        def made(_user: str, kind: str, fill: Callable[[], None]) -> Database:
            home = at_the_end.enter_context(TemporaryDirectory(prefix="awrash-db-", dir=servers.in_memory()))
            database = Database(kind, Path(home), fill, run_folder)
            at_the_end.callback(database.close)
            return database

        yield made


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def seeded(request, database_for) -> Database:
    return database_for("seeded", request.param, _planted)


@pytest.fixture(scope="session")
def planted(database_for) -> Database:
    """A seeded SQLite database, for what does not touch the database's own ways."""
    return database_for("planted", "sqlite", _planted)


@pytest.fixture(scope="session")
def worked_on(database_for) -> Database:
    """Another one, for what is written through the server; the papers keep a transaction open on theirs."""
    return database_for("worked_on", "sqlite", _planted)


@pytest.fixture
def app(seeded) -> Iterator[Flask]:
    """The application on a database that holds the seeds and an account for each role."""
    seeded.renew()
    with seeded.app.app_context():
        yield seeded.app
        db.session.rollback()


@pytest.fixture(scope="session")
def demonstrated(database_for) -> Database:
    return database_for("demonstrated", "sqlite", _prefecture)


@pytest.fixture
def prefecture(demonstrated) -> Iterator[Flask]:
    """The application on the demonstration."""
    demonstrated.renew()
    with demonstrated.app.app_context():
        yield demonstrated.app
        db.session.rollback()


@pytest.fixture
def visit(app):
    """`visit(Role.head_of_unit)`: a browser signed in with that role; `visit()`: nobody."""
    return lambda role=None: Visitor(app, role, PASSWORD)


@pytest.fixture
def office(visit):
    """The world, kept, and its head of unit before the screens, in English; two of its papers by address."""
    world = a_world()
    db.session.commit()
    world.head = visit(Role.head_of_unit)
    world.head.post("/language/en")
    world.receipt = f"document=deposit_receipt&language=ar&of={world.project.id}"
    world.treaty = f"document=agreement&language=ar&of={world.agreement.id}"
    return world


@pytest.fixture
def tour(prefecture):
    return lambda role=None: Visitor(prefecture, role, PASSWORD)


@pytest.fixture
def day() -> SimpleNamespace:
    return SimpleNamespace(today=TODAY)
