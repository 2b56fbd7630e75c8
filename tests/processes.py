"""Real processes on the tests' database: two that write at once, and one that dies in the middle.

Each is forked from the tests, where the application is loaded already: it is there in milliseconds.
"""

import contextlib
import contextvars
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy import event

from awrash.database.session import db
from tests.conftest import written
from tests.renewal import UNREADABLE, changed

FORK = multiprocessing.get_context("fork")
PATIENCE = 20  # seconds that one process waits for another before the test fails
A_MOMENT = 0.1  # what the database needs to put a statement that was just sent into the queue


def _leave(app: Flask) -> None:
    """No connection is shared with a child, and what a child writes makes the database another."""
    db.session.remove()
    db.engine.dispose()
    written.add(db.engine)
    changed.setdefault(db.engine, set()).add(UNREADABLE)


def _child(app: Flask, work: Callable[[], Any], before: Callable[[Any], None], told: Any) -> Any:
    """A process that prepares its engine, then works in a context of its own; it sends what it came to."""

    def entered() -> Any:
        with app.app_context():
            before(db.engine)
            return work()

    def live() -> None:
        try:
            told.send(contextvars.Context().run(entered))
        except BaseException as trouble:  # it is the test that judges
            with contextlib.suppress(OSError):  # a child that is killed is told by its end
                told.send(repr(trouble))

    return FORK.Process(target=live, daemon=True)


def one_inside_the_other(app: Flask, first: Callable[[], Any], second: Callable[[], Any]) -> list[Any]:
    """The first stops before it commits until the second, begun meanwhile, writes or waits; what each came to."""
    _leave(app)
    is_written, is_waiting = FORK.Event(), FORK.Event()

    def hold(engine: Any) -> None:
        def before_commit(_: Any) -> None:
            if not is_written.is_set():
                is_written.set()
                is_waiting.wait(PATIENCE)
                time.sleep(A_MOMENT)

        event.listen(engine, "commit", before_commit)

    def follow(engine: Any) -> None:
        def before_begin(_: Any) -> None:
            is_waiting.set()  # SQLite: it waits for the writers' lock from here

        def before_statement(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if statement.startswith(("UPDATE", "INSERT")) or "FOR " in statement[-40:]:
                is_waiting.set()

        if engine.dialect.name == "sqlite":
            event.listen(engine, "engine_connect", before_begin)
        else:
            event.listen(engine, "before_cursor_execute", before_statement)

    def afterwards() -> Any:
        assert is_written.wait(PATIENCE), "the first wrote nothing"
        try:
            return second()
        finally:
            is_waiting.set()

    pipes = [FORK.Pipe(duplex=False) for _ in range(2)]
    children = [_child(app, first, hold, pipes[0][1]), _child(app, afterwards, follow, pipes[1][1])]
    for child in children:
        child.start()
    answers = []
    for (reader, _), child in zip(pipes, children, strict=True):
        answers.append(reader.recv() if reader.poll(PATIENCE) else "no answer")
        child.join(PATIENCE)
        child.kill()
    return answers


def killed_before(app: Flask, step: int, work: Callable[[], Any]) -> bool:
    """Whether a process was killed before its `step`-th statement or commit; False when it ended before."""

    def count(engine: Any) -> None:
        left = [step]

        def one_more(*_: Any) -> None:
            left[0] -= 1
            if left[0] < 0:
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(engine, "before_cursor_execute", one_more)
        event.listen(engine, "commit", one_more)

    _leave(app)
    reader, writer = FORK.Pipe(duplex=False)
    child = _child(app, work, count, writer)
    child.start()
    writer.close()
    child.join(PATIENCE)
    if child.exitcode == -signal.SIGKILL:
        return True
    assert (child.exitcode, reader.recv()) == (0, None)
    return False


def killed_after(app: Flask, seconds: float, work: Callable[[], Any]) -> bool:
    """Whether a process was killed so many seconds after it was let go; False when it had ended."""
    _leave(app)
    child = _child(app, work, lambda _: None, FORK.Pipe(duplex=False)[1])
    child.start()
    child.join(seconds)
    child.kill()
    child.join(PATIENCE)
    return child.exitcode == -signal.SIGKILL


def killed_at_commit(app: Flask, seconds: float, work: Callable[[], Any]) -> None:
    """A process that is killed so many seconds after its commit began, wherever it is then."""

    def die_soon(engine: Any) -> None:
        def at_commit(_: Any) -> None:
            threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGKILL)).start()

        event.listen(engine, "commit", at_commit)

    def work_and_wait() -> None:
        work()
        time.sleep(PATIENCE)

    _leave(app)
    child = _child(app, work_and_wait, die_soon, FORK.Pipe(duplex=False)[1])
    child.start()
    child.join(PATIENCE)
    assert child.exitcode == -signal.SIGKILL
