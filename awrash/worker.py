"""Beside the pages: long work is taken from a queue, one piece at a time, and its progress written as it goes."""

from collections.abc import Callable
from typing import TypeVar

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
from awrash.values.language import LANGUAGES, local_today, now

Result = TypeVar("Result")

EVERY_MINUTES = "*/5"  # how often files that hold people's data and have been kept long enough are deleted


class BackgroundWorker(Consumer):
    """Huey's consumer, run in threads of the server, which keeps its own signal handlers."""

    def _set_signal_handlers(self) -> None:
        return None


def install(app: Flask) -> None:
    """The queue of this installation, kept in its folder; `WORK_AT_ONCE` does without a worker, for tests."""
    at_once = bool(app.config.get("WORK_AT_ONCE"))
    queue = SqliteHuey("awrash", filename=f"{app.instance_path}/queue.sqlite", immediate=at_once, results=False)

    def carry_out(number: int) -> None:
        with app.app_context():
            carry_out_work(number)

    def forget_old() -> None:
        with app.app_context():
            temporary.forget_old()

    app.extensions["queue"] = queue
    app.extensions["carry_out"] = queue.task(name="carry_out")(carry_out)
    queue.periodic_task(crontab(minute=EVERY_MINUTES), name="forget_old")(forget_old)


def enqueue(number: int) -> None:
    """Hand work over, by its number, once it is written."""
    current_app.extensions["carry_out"](number)


def start_worker(app: Flask) -> BackgroundWorker:
    """Take work from the queue in threads of this process; work that a stopped server left half done ends first."""
    with app.app_context():
        clear_up()
    worker = BackgroundWorker(app.extensions["queue"], workers=1, periodic=True, max_delay=1)
    worker.start()
    return worker


def clear_up() -> None:
    """Settle what a stopped server left: work half done, uploads half written, files kept past their time."""
    fail_interrupted()
    temporary.give_back_interrupted()
    temporary.forget_old()


def fail_interrupted() -> None:
    """End as failed what was under way when the server stopped: papers issued stay, the rest is asked for again."""
    for work in db.session.scalars(select(Work).filter_by(state=WorkState.running)):
        with force_locale(_language_of(work)):
            end(work, WorkState.failed, _("The server stopped meanwhile. What was issued is kept: ask again."))
    db.session.commit()
    db.session.remove()


def _language_of(work: Work) -> str:
    chosen = work.asked_by.language
    return chosen if chosen in LANGUAGES else "ar"


def carry_out_work(number: int) -> None:
    """Carry one piece of work out, each part committed by itself; a fault is logged and shown on the work's page."""
    only_reading.set(False)
    work = db.session.get(Work, number)
    if work is None or work.state != WorkState.waiting:
        return
    with audit.acting(work.asked_by, day=local_today()), force_locale(_language_of(work)):
        try:
            _committed(lambda: step(work, WorkState.running))
            while _committed(lambda: paper_batches.issue_next_part(work, now())):
                continue
            _committed(lambda: _finish(work))
        except RuleError as refusal:
            db.session.rollback()
            sentence = str(refusal)
            _committed(lambda: end(work, WorkState.failed, sentence))
        except Exception as fault:
            current_app.logger.exception("work %s stopped: %s", number, type(fault).__name__)
            db.session.rollback()
            sentence = _(
                "Something broke on our side. What was issued is kept: ask again, then tell the administrator."
            )
            _committed(lambda: end(work, WorkState.failed, sentence))
        finally:
            db.session.remove()


def _finish(work: Work) -> None:
    if work.made:
        content, work.file_name = paper_batches.combined_file(work)
        temporary.keep_result(work.id, content)
    end(work, WorkState.done)


def end(work: Work, state: WorkState, fault: str | None = None) -> None:
    """End a piece of work in a state; `fault` is the sentence that its page shows."""
    work.ended_at, work.fault = now(), fault
    step(work, state)


def _committed(part: Callable[[], Result]) -> Result:
    result = part()
    db.session.commit()
    return result
