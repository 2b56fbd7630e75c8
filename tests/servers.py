"""Servers that the tests start for themselves, from Debian's packages."""

import atexit
import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.request import urlopen

import psycopg
import pytest
from flask import Flask
from waitress import wasyncore

from awrash.serving import make_server

ROOM_FOR_DATABASES = 2_000_000_000  # bytes
WITH_STRATEGY = 150000  # the first PostgreSQL that asks how to copy; those before it copy the files
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


served: dict[str, Flask] = {}  # what `live_server` serves now, by address


def require(condition: object, reason: str) -> None:
    """Skip a test that lacks what it needs; with AWRASH_REQUIRE_ALL=1 it fails instead."""
    if not condition:
        (pytest.fail if os.environ.get("AWRASH_REQUIRE_ALL") else pytest.skip)(reason)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(address: str, seconds: float = 30) -> None:
    """Come back once a server of another process answers; RuntimeError when it does not."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        with contextlib.suppress(OSError), urlopen(f"{address}/healthz", timeout=seconds):
            return
        time.sleep(0.1)
    raise RuntimeError(f"{address} does not answer")


def _as_postgres(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root."""
    return (
        ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command]
        if os.geteuid() == 0
        else command
    )


def in_memory() -> str | None:
    """A folder where a database is copied, and kept, in a third of the time, on a machine that has the room."""
    memory = Path("/dev/shm")
    return str(memory) if memory.is_dir() and shutil.disk_usage(memory).free > ROOM_FOR_DATABASES else None


@cache
def postgres() -> str:
    """The address of a private PostgreSQL, started once for each process of the tests and stopped at its end."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    require(found, "Debian's package postgresql is not installed")
    programs, home = found[-1].parent, Path(tempfile.mkdtemp(prefix="awrash-pg-", dir=in_memory()))
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(home, owner.pw_uid, owner.pw_gid)
    home.chmod(0o755)
    data, port = home / "data", free_port()
    made = [str(programs / "initdb"), "-D", str(data), "-U", "awrash", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]
    subprocess.run(_as_postgres(made), check=True, capture_output=True, cwd=home)
    options = f"-p {port} -h 127.0.0.1 -k {home} -c fsync=off -c full_page_writes=off -c synchronous_commit=off"
    control = [str(programs / "pg_ctl"), "-D", str(data), "-w", "-l", str(home / "log")]
    subprocess.run(_as_postgres([*control, "-o", options, "start"]), check=True, capture_output=True, cwd=home)

    def stop() -> None:
        subprocess.run(_as_postgres([*control, "-m", "immediate", "stop"]), capture_output=True, cwd="/")
        shutil.rmtree(home, ignore_errors=True)

    atexit.register(stop)
    return f"postgresql://awrash@127.0.0.1:{port}"


def create_database(name: str, template: str = "template0") -> str:
    """A new database, copied from a template; gives its address."""
    with psycopg.connect(f"{postgres()}/postgres", autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        as_files = " STRATEGY FILE_COPY" if connection.info.server_version >= WITH_STRATEGY else ""
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"{as_files}')
    return f"{postgres()}/{name}"


@contextlib.contextmanager
def live_server(app: Flask) -> Iterator[str]:
    """The application served for real on a free port of this machine."""
    sockets: dict[int, object] = {}
    server = make_server(app, port=0, threads=4, map=sockets)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{server.effective_port}"
    served[address] = app
    try:
        yield address
    finally:
        del served[address]
        # Closed from inside its own loop: from here, a browser's open connection would keep it turning.
        with contextlib.suppress(OSError):  # the loop may have closed its trigger before the pull reaches it
            server.trigger.pull_trigger(lambda: wasyncore.close_all(sockets))
        thread.join(timeout=5)
        server.task_dispatcher.shutdown()


def chromium() -> dict[str, object]:
    """Launch options of Debian's Chromium for Playwright; the one without windows is the same browser, and quicker."""
    path = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    require(path, "Debian's package chromium is not installed")
    return {"executable_path": path, "args": CHROMIUM_FLAGS, "headless": True}
