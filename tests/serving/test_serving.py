"""The server as the office runs it: a process of its own on this machine."""

import os
import re
import signal
import stat
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path

import pytest

from awrash import create_app, settings
from awrash.database.session import db
from awrash.records.letterheads import HeadKind, Letterhead
from awrash.serving import know_public_names
from tests import servers
from tests.conftest import TODAY

ROOT = Path(__file__).parents[2]
PATIENCE = 60  # seconds for a process to begin


def asked(address: str, host: str | None = None, path: str = "/healthz"):
    """Status, headers and text of an answer to whoever asks under a name."""
    connection = HTTPConnection(address.removeprefix("http://"), timeout=PATIENCE)
    try:
        connection.request("GET", path, headers={} if host is None else {"Host": host})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


HERE = ["localhost", "localhost:8000", "127.0.0.1", "127.0.0.1:1"]
ELSEWHERE = ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "evil.example:8000", "a b", "[::2]"]


@pytest.fixture
def office_of(worked_on, monkeypatch):
    worked_on.renew()
    return worked_on.app


@pytest.mark.parametrize("host", HERE)
def test_the_office_answers_under_the_names_of_this_machine(office_of, host):
    assert office_of.test_client().get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/admin/", "/account/login", "/transparency", "/nothing"])
@pytest.mark.parametrize("host", ELSEWHERE)
def test_the_office_answers_under_no_other_name(office_of, host, path):
    page = office_of.test_client().get(path, headers={"Host": host, "Accept-Language": "en"})
    assert page.status_code == 400
    assert len(page.text) > 40 and host not in page.text


def test_names_come_from_the_environment_and_from_the_letterhead(office_of, monkeypatch):
    monkeypatch.setenv("AWRASH_HOSTS", "awrash.example.ma, second.example.ma")
    app = create_app({"SQLALCHEMY_DATABASE_URI": office_of.config["SQLALCHEMY_DATABASE_URI"]})
    known = ["awrash.example.ma", "second.example.ma"]
    for host in known:
        assert app.test_client().get("/healthz", headers={"Host": host}).status_code == 200
    with office_of.app_context():
        lines = {"lines_ar": "المجلس", "lines_fr": "Conseil", "city_ar": "إنزكان", "city_fr": "Inezgane"}
        head = Letterhead(kind=HeadKind.council, since=TODAY, site="https://public.example.ma:8443/office", **lines)
        db.session.add(head)
        db.session.commit()
        db.session.remove()
    assert app.test_client().get("/healthz", headers={"Host": "public.example.ma"}).status_code == 400
    know_public_names(app)
    for host in (*known, "public.example.ma", "localhost"):
        assert app.test_client().get("/healthz", headers={"Host": host}).status_code == 200
    with app.app_context():
        db.engine.dispose()  # a connection that closes later would take the journal of those that follow


@pytest.fixture(scope="module")
def installation(tmp_path_factory) -> dict[str, str]:
    """The environment of an installation that was readable by everybody, as those made before are."""
    instance = tmp_path_factory.mktemp("installation") / "instance"
    for name in ("", "uploads", "works"):
        (instance / name).mkdir()
        (instance / name).chmod(0o755)
    for name in ("secret_key", "queue.sqlite", "uploads/old.data", "works/1.data", "backup.sqlite"):
        (instance / name).write_bytes(b"a key of before" if name == "secret_key" else b"")
        (instance / name).chmod(0o644)
    os.utime(instance / "uploads/old.data", (0, 0))
    given = {"AWRASH_INSTANCE": str(instance), "PORT": str(servers.free_port()), "AWRASH_LANGUAGE": "en"}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWRASH_")}
    flask(kept | given, "db", "upgrade")
    return kept | given


def flask(environment, *words):
    """A command of the terminal, of an account whose files everybody may read by default."""
    command = [sys.executable, "-m", "flask", "--app", "app", *words]
    subprocess.run(command, cwd=ROOT, env=environment, umask=0o022, check=True, capture_output=True, timeout=PATIENCE)


@pytest.fixture(scope="module")
def served(installation):
    """`app.py` in a process of its own."""
    process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=installation, umask=0o022)
    address = f"http://127.0.0.1:{installation['PORT']}"
    try:
        for _ in range(10 * PATIENCE):
            try:
                asked(address)
                break
            except ConnectionRefusedError:
                assert process.poll() is None, "the server ended"
                time.sleep(0.1)
        yield address
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)


def readable_by_others(folder: Path) -> list[str]:
    return [str(path) for path in (folder, *folder.rglob("*")) if stat.S_IMODE(path.lstat().st_mode) & 0o077]


def test_nobody_else_on_the_machine_reads_what_the_office_keeps(installation, served):
    instance = Path(installation["AWRASH_INSTANCE"])
    assert {file.name for file in instance.iterdir()} >= {"awrash.sqlite", "awrash.sqlite-wal", "queue.sqlite"}
    assert readable_by_others(instance) == []


def test_an_upload_of_long_ago_is_gone_once_the_office_is_served(installation, served):
    assert not (Path(installation["AWRASH_INSTANCE"]) / "uploads/old.data").exists()


def test_nobody_else_on_the_machine_reads_what_is_exported(installation, tmp_path):
    (tmp_path / "again.csv").touch(0o644)
    for name in ("new.csv", "again.csv"):
        flask(installation, "export", "participants", "--out", str(tmp_path / name))
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_the_office_is_served_under_its_own_name_without_a_banner(served):
    status, headers, text = asked(served)
    assert (status, text) == (200, f"ok {settings.VERSION}\n")
    assert "Server" not in headers
    assert asked(served, "evil.example")[0] == 400
    assert asked(served, path="/account/login")[0] == 200


def test_the_server_does_not_say_what_it_is(office_of):
    with servers.live_server(office_of) as address:
        for path in ("/healthz", "/account/login", "/nothing", "/" + "a" * 300_000):
            _status, headers, text = asked(address, path=path)
            assert "Server" not in headers and "Via" not in headers, path
            assert "waitress" not in text.lower(), path


def test_who_asks_is_told_which_version_is_installed_and_served(office_of):
    newest = re.search(r"^## ([0-9.]+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)[1]
    answer = subprocess.run([sys.executable, "-m", "awrash", "--version"], cwd=ROOT, capture_output=True, text=True)
    assert answer.stdout == f"Awrash, version {newest}\n"
    assert office_of.test_client().get("/healthz").text == f"ok {newest}\n"
