"""Work that takes more than a moment: asked for on a screen, done in the background, with its progress."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped

from awrash.database.columns import NAME, TEXT, Instant, column, foreign_key, relation, state_column
from awrash.database.record import Record
from awrash.rules.steps import AllowedStep
from awrash.values.language import _l
from awrash.values.states import Steps, Word


class WorkState(Word):
    waiting = "waiting", _l("Waits its turn")
    running = "running", _l("Under way")
    done = "done", _l("Done")
    failed = "failed", _l("Stopped by a fault")


WORK_STEPS: Steps = {
    WorkState.waiting: {WorkState.running, WorkState.failed},
    WorkState.running: {WorkState.done, WorkState.failed},
    WorkState.done: set(),
    WorkState.failed: set(),
}


class Work(Record):
    """One piece of long work: what it is to do, its progress, what was refused and why, the file it made."""

    __shown__ = ("about",)
    __rules__ = (AllowedStep(WORK_STEPS),)
    __quiet__ = ("done", "made", "refused")  # its progress is no change that somebody made

    kind: Mapped[str] = column(_l("Kind"), type_=String(40))
    about: Mapped[str] = column(_l("Work"), type_=NAME)
    asked: Mapped[dict[str, Any]] = column(_l("What was asked"), type_=JSON())
    total: Mapped[int] = column(_l("How many"), default=0)
    done: Mapped[int] = column(_l("How many are handled"), default=0)
    refused: Mapped[list[list[str]]] = column(_l("Not done, and why"), type_=JSON(), insert_default=list)
    made: Mapped[list[int]] = column(_l("Papers issued"), type_=JSON(), insert_default=list)
    file_name: Mapped[str | None] = column(_l("File"), type_=NAME)
    fault: Mapped[str | None] = column(_l("What stopped it"), type_=TEXT)
    asked_by_id: Mapped[int] = foreign_key("user")
    asked_by: Mapped[Any] = relation(_l("Asked by"), "User")
    asked_at: Mapped[datetime] = column(_l("Asked at"), type_=Instant)
    ended_at: Mapped[datetime | None] = column(_l("Ended at"), type_=Instant)
    state: Mapped[WorkState] = state_column(WorkState.waiting, _l("State"), WORK_STEPS)
