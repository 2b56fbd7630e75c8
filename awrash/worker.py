"""Beside the pages: long work is taken from a queue, one piece at a time, and its progress written as it goes."""

from collections.abc import Callable
from typing import Any

from flask import Flask, current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from huey import SqliteHuey, crontab
from huey.consumer import Consumer
from sqlalchemy import select

from awrash.database.session import db, only_reading
from awrash.files import temporary
from awrash.operations import paper_batches
from awrash.records import audit
from awrash.records.background_work import Work, WorkState
from awrash.records.steps import step
from awrash.rules.rule import RuleError
from awrash.values.language import LANGUAGES, now

EVERY_MINUTES = "*/5"  # files that hold people's data are looked through for those whose time is over


class Beside(Consumer):
    """Huey's consumer in threads of the server itself, which keeps its own signal handlers."""

    def _set_signal_handlers(self) -> None:
        return None


def install(app: Flask) -> None:
    """The queue of this installation, kept in its folder; `WORK_AT_ONCE` does without a worker, for tests."""
    at_once = bool(app.config.get("WORK_AT_ONCE"))
    queue = SqliteHuey("awrash", filename=f"{app.instance_path}/queue.sqlite", immediate=at_once, results=False)

    @queue.task(name="carry_out")
    def carry_out(number: int) -> None:
        with app.app_context():
            carry(number)

    @queue.periodic_task(crontab(minute=EVERY_MINUTES), name="forget_old")
    def forget_old() -> None:
        with app.app_context():
            temporary.forget_old()

    app.extensions["queue"], app.extensions["carry_out"] = queue, carry_out


def enqueue(number: int) -> None:
    """Hand work over, by its number, once it is written."""
    current_app.extensions["carry_out"](number)


def start_beside(app: Flask) -> Beside:
    """Take work from the queue in threads of this process; what a stopped server left half done says so."""
    with app.app_context():
        clear_up()
    worker = Beside(app.extensions["queue"], workers=1, periodic=True, max_delay=1)
    worker.start()
    return worker


def clear_up() -> None:
    """What a stopped server left: work half done, uploads half written, files that waited too long."""
    tell_interrupted()
    temporary.give_back_interrupted()
    temporary.forget_old()


def tell_interrupted() -> None:
    """Work that was under way when the server stopped: what was issued stays, the rest is asked for again."""
    for work in db.session.scalars(select(Work).filter_by(state=WorkState.running)):
        with force_locale(_language_of(work)):
            end(work, WorkState.failed, _("The server stopped meanwhile. What was issued is kept: ask again."))
    db.session.commit()
    db.session.remove()


def _language_of(work: Work) -> str:
    chosen = work.asked_by.language
    return chosen if chosen in LANGUAGES else "ar"


def carry(number: int) -> None:
    """One piece of work from beginning to end, written part by part; a fault is logged and told on its page."""
    only_reading.set(False)
    work = db.session.get(Work, number)
    if work is None or work.state != WorkState.waiting:
        return
    with audit.acting(work.asked_by), force_locale(_language_of(work)):
        try:
            _written(lambda: step(work, WorkState.running))
            while _written(lambda: paper_batches.carry_on(work, now())):
                continue
            _written(lambda: _finish(work))
        except RuleError as refusal:
            db.session.rollback()
            sentence = str(refusal)
            _written(lambda: end(work, WorkState.failed, sentence))
        except Exception as fault:
            current_app.logger.exception("work %s stopped: %s", number, type(fault).__name__)
            db.session.rollback()
            said = _("Something broke on our side. What was issued is kept: ask again, then tell the administrator.")
            _written(lambda: end(work, WorkState.failed, said))
        finally:
            db.session.remove()


def _finish(work: Work) -> None:
    if work.made:
        content, work.file_name = paper_batches.brought_together(work)
        temporary.keep_result(work.id, content)
    end(work, WorkState.done)


def end(work: Work, state: WorkState, fault: str | None = None) -> None:
    work.ended_at, work.fault = now(), fault
    step(work, state)


def _written(what: Callable[[], Any]) -> Any:
    done = what()
    db.session.commit()
    return done
