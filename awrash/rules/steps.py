"""From which states a verb starts: declared beside the operation, obeyed at every door, read by the screens."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from awrash.database.record import value_at, value_before
from awrash.rules.rule import Rule
from awrash.values.language import _l
from awrash.values.states import STEPS_BACK, STEPS_WITH_REASON, Steps


class StartsFrom(Rule):
    """Accountability [D]: a verb runs only from its own states; a page from before never undoes what came after."""

    message = _l("%(subject)s is “%(now)s”: this is only done from: %(starts)s.")
    already = _l("%(subject)s is already “%(now)s”.")

    def __init__(self, *states: Any, name: str = "state") -> None:
        self.states, self.field = states, name

    def allows(self, record: Any) -> bool:
        return value_at(record, str(self.field)) in self.states

    def check(self, record: Any) -> None:
        now = value_at(record, str(self.field))
        if now in self.states:
            return
        for rule in record.__rules__ if self.field == "state" else ():  # what is locked says what to do instead
            rule.closed(record)
        if now in _after(self.states[0]):
            self.refuse(sentence=self.already, subject=record, now=now)
        self.refuse(subject=record, now=now, starts="، ".join(str(one.label) for one in self.states))


def _after(state: Any) -> list[Any]:
    """The states that the life of the record names after this one."""
    life = list(type(state).__members__.values())
    return life[life.index(state) + 1 :]


def starts_from(*states: Any, name: str = "state", judged: bool = False) -> Callable[[Callable[..., Any]], Any]:
    """Declare the states from which an operation on a record starts, the earliest first; elsewhere it is refused.

    `name` is the path to another state than the record's own; `judged` leaves the refusal to a rule of the record,
    whose sentence says more.
    """
    rule = StartsFrom(*states, name=name)

    def declare(operation: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(operation)
        def run(record: Any, *given: Any, **named: Any) -> Any:
            if not judged:
                rule.check(record)
            return operation(record, *given, **named)

        run.starts = rule  # type: ignore[attr-defined]
        return run

    return declare


def starts_of(operation: Callable[..., Any]) -> StartsFrom | None:
    """The states from which an operation starts; None for one that declares none."""
    return getattr(operation, "starts", None)


class AllowedStep(Rule):
    """Accountability [D]: a state moves along the steps of its record, and says why when it takes something away."""

    message = _l("%(subject)s is “%(now)s” and cannot become “%(wanted)s”.")
    why = _l("Give the reason: %(subject)s becomes “%(wanted)s”.")
    already = _l("%(subject)s is already “%(now)s”.")

    def __init__(self, steps: Steps, state: str = "state") -> None:
        self.steps, self.field = steps, state

    def check(self, record: Any) -> None:
        wanted, now = getattr(record, str(self.field)), value_before(record, str(self.field))
        if now is None or now == wanted:
            return
        if wanted not in self.steps[now]:
            self.refuse(subject=record, now=now, wanted=wanted)
        asks_why = any(wanted is one for one in STEPS_WITH_REASON)
        takes_back = any(now is one and wanted is other for one, other in STEPS_BACK)
        if (asks_why or takes_back) and not record.why:
            self.refuse(sentence=self.why, subject=record, wanted=wanted)

    def check_taken(self, record: Any, wanted: Any) -> None:
        """A step that leads where the record stands was taken by somebody else, but for one that may be repeated."""
        if getattr(record, str(self.field)) == wanted and wanted not in self.steps[wanted]:
            self.refuse(sentence=self.already, subject=record, now=wanted)
