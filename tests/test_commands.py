"""Every command of the terminal, walked as a tired person types it: it answers with a sentence, never a traceback."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from flask import Flask

from awrash import create_app
from awrash.database.session import db
from awrash.files.exports import LISTS
from awrash.papers.catalogue import PAPERS
from tests.conftest import TODAY
from tests.doors import run
from tests.world import a_world

GROUPS_OF_OTHERS = {"db", "limiter"}  # of the migrations and of the limits, with sentences of their own
KEEP_RUNNING = {("run",), ("shell",), ("work",)}  # until somebody ends them
SLOW = {("demo",), ("setup",)}  # make a whole prefecture; what they refuse is asked below
TYPED = {"YYYY-MM": "2026-10", "YYYY-MM-DD": "2026-10-31", "AMOUNT": "1", "integer range": "1"}
NUMBERS = ("nothing", "#1", "#999", "#", "1", "2026-10", "9" * 30, "#" + "9" * 30, "x" * 5_000, "", "\udc80")
ANSWERS = (
    *("--reason", "r", "--on", "2026-10-31", "--reference", "r", "--code", "c", "--answer", "a", "--month", "2026-10"),
    *("--days", "3", "--cnie", "JB1", "--wage", "3500", "--situation", "employed"),
)


def commands_of(group: click.Group, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Each command under a group, with the words that call it."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            if name not in GROUPS_OF_OTHERS:
                yield from commands_of(command, (*words, name))
        elif (*words, name) not in KEEP_RUNNING | SLOW:
            yield (*words, name), command


def typed(parameter: click.Parameter, file: Path) -> list[str]:
    """Something of the right kind for an argument or option, which names nothing that is recorded."""
    kind, option = parameter.type, [] if isinstance(parameter, click.Argument) else [parameter.opts[0]]
    if getattr(parameter, "is_flag", False):
        return option
    if isinstance(kind, click.Choice):
        return [*option, str(kind.choices[0])]
    if isinstance(kind, click.Path):
        return [*option, str(file if kind.dir_okay is False else file.parent)]
    return [*option, TYPED.get(kind.name, "nothing")]


def ways_to_call(command: click.Command, files: list[Path]) -> Iterator[list[str]]:
    """What may be typed after a command: nothing, too much, an unknown option, right kinds with unknown keys."""
    yield []
    yield ["--nonsense"]
    yield ["nothing"] * 6
    for file in files:
        needed = [parameter for parameter in command.params if parameter.required]
        wished = [parameter for parameter in command.params if parameter.name not in ("actor", "help")]
        for parameters in (needed, wished):
            yield [word for parameter in parameters for word in typed(parameter, file)]
        yield [*(word for parameter in needed for word in typed(parameter, file)), "--as", "nobody@example.ma"]


def complaint_about(app: Flask, words: list[str] | tuple[str, ...]) -> str | None:
    """What is wrong with a command's answer: a traceback, another exit code, a refusal without a sentence."""
    answer = run(app, *words)
    said = f"{' '.join(word[:40] for word in words)!r}: {answer.exit_code}"
    if answer.exception is not None and not isinstance(answer.exception, SystemExit):
        return f"{said}, {answer.exception!r:.120}"
    if answer.exit_code not in (0, 1, 2):
        return said
    return f"{said}, and no sentence" if answer.exit_code and not answer.stderr.strip() else None


def complaints(app: Flask, calls: Iterator[Any]) -> list[str]:
    return [complaint for words in calls if (complaint := complaint_about(app, words))]


@pytest.fixture
def files(tmp_path, monkeypatch) -> list[Path]:
    """A table of something else, and bytes that are no text."""
    monkeypatch.setenv("AWRASH_PASSWORD", "a long password 2026")
    table, no_text = tmp_path / "table.csv", tmp_path / "photograph"
    table.write_text("a;b\n1;2\n", encoding="utf-8")
    no_text.write_bytes(bytes(range(256)))
    return [table, no_text]


def every_call(app: Flask, files: list[Path]) -> Iterator[list[str]]:
    for words, command in commands_of(app.cli):
        for rest in ways_to_call(command, files):
            yield [*words, *rest]


@pytest.fixture
def unmigrated(tmp_path) -> Iterator[Flask]:
    """An installation of which nothing was set up."""
    app = create_app({"SQLALCHEMY_DATABASE_URI": f"sqlite:///{tmp_path / 'new.sqlite'}", "TODAY": TODAY})
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def test_every_command_answers_with_a_sentence_before_the_database_is_set_up(unmigrated, files):
    assert complaints(unmigrated, every_call(unmigrated, files)) == []


def test_an_account_before_the_database_is_set_up_is_told_what_to_do_first(unmigrated, files):
    answer = run(unmigrated, "users", "add", "officer@example.ma", "--role", "auditor")
    assert (answer.exit_code, answer.stderr) == (
        1,
        "The database is not set up: run `flask db upgrade`, then the command again.\n",
    )


def test_a_database_of_an_older_version_is_told_from_one_that_is_not_set_up(unmigrated, tmp_path):
    with sqlite3.connect(tmp_path / "new.sqlite") as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        connection.execute("INSERT INTO alembic_version VALUES ('0001')")
    connection.close()
    answer = run(unmigrated, "check")
    assert answer.exit_code == 1
    assert answer.stderr.startswith("The database is older or newer than this version: run `flask db upgrade`")


def test_a_file_that_is_no_database_is_named_so(tmp_path):
    (tmp_path / "letter.sqlite").write_text("Dear colleague, " * 100, encoding="utf-8")
    app = create_app({"SQLALCHEMY_DATABASE_URI": f"sqlite:///{tmp_path / 'letter.sqlite'}"})
    with app.app_context():
        answer = run(app, "payroll", "run", "2026-10")
        db.engine.dispose()
    assert (answer.exit_code, answer.stderr) == (1, "The database does not answer: file is not a database\n")


def test_every_command_answers_with_a_sentence_where_nothing_is_known(app, files):
    assert complaints(app, every_call(app, files)) == []


def test_every_action_answers_with_a_sentence_on_any_number(app, files):
    a_world()
    db.session.commit()

    def calls() -> Iterator[list[str]]:
        for record, action in app.extensions["awrash_verbs"]:
            for number in NUMBERS:
                yield ["do", record, action, number]
            for number in ("nothing", "#1"):
                yield ["do", record, action, number, *ANSWERS]
            yield ["do", record, action, "#1", "--receipt", str(files[1]), "--on", "2026-10-31"]

    assert complaints(app, calls()) == []


def test_the_fee_of_an_agreement_is_paid_from_the_terminal(app):
    instalment = a_world().agreement.instalments[0]
    db.session.commit()
    number = f"#{instalment.id}"
    assert run(app, "do", "instalment", "approve", number, "--as", "head_of_unit@example.ma").exit_code == 0
    refused = run(app, "do", "instalment", "pay", number, "--on", "2026-05-04")
    assert (refused.exit_code, "reference of the transfer" in refused.stderr) == (1, True)
    paid = run(app, "do", "instalment", "pay", number, "--on", "2026-05-04", "--reference", "VIR-77")
    assert (paid.exit_code, paid.stdout) == (0, "1 done, 0 refused\n")


@pytest.mark.parametrize("out", ["long name" * 40, "/dev/full"])
def test_every_paper_and_list_answers_with_a_sentence_when_its_file_cannot_be_written(app, tmp_path, out):
    a_world()
    db.session.commit()
    calls = [["papers", "issue", name, "#1", "--out", str(tmp_path / out)] for name in PAPERS]
    calls += [["export", name, "--month", "2026-10", "--out", str(tmp_path / out)] for name in LISTS]
    assert complaints(app, iter(calls)) == []


def test_a_list_on_a_full_disk_is_told_so(app):
    answer = run(app, "export", "participants", "--out", "/dev/full")
    assert (answer.exit_code, answer.stderr) == (1, "No space left on device.\n")


def test_no_command_makes_roles_of_its_own(app):
    assert run(app, "roles", "create", "sorcerer").exit_code == 2
    assert set(app.cli.commands["users"].commands) == {"add", "password"}
