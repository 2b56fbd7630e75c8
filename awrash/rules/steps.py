"""Which states a record may move to, and from which ones an operation starts, as each operation declares it."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from awrash.database.record import Record, value_at, value_before
from awrash.rules.rule import Rule
from awrash.values.language import _l
from awrash.values.states import STEPS_BACK, STEPS_WITH_REASON, Steps, Word

R = TypeVar("R", bound=Record)
P = ParamSpec("P")
T = TypeVar("T")


class StartsFrom(Rule):
    """[D] An operation runs only from its own states; an old page never undoes what came after
    (docs/programme.md, "Accountability")."""

    message = _l("%(subject)s is “%(now)s”: this is only done from: %(starts)s.")
    already = _l("%(subject)s is already “%(now)s”.")

    field: str

    def __init__(self, *states: Word, name: str = "state") -> None:
        self.states, self.field = states, name

    def allows(self, record: Record) -> bool:
        """Whether the record stands in one of the states."""
        return value_at(record, self.field) in self.states

    def check(self, record: Record) -> None:
        now = value_at(record, self.field)
        if now in self.states:
            return
        for rule in record.__rules__ if self.field == "state" else ():  # what is locked says what to do instead
            rule.closed(record)
        if now in _later_states(self.states[0]):
            self.refuse(sentence=self.already, subject=record, now=now)
        self.refuse(subject=record, now=now, starts="، ".join(str(state.label) for state in self.states))


def _later_states(state: Word) -> list[Word]:
    """The states that the life of the record names after this one."""
    life = list(type(state))
    return life[life.index(state) + 1 :]


def starts_from(
    *states: Word, name: str = "state", judged: bool = False
) -> Callable[[Callable[Concatenate[R, P], T]], Callable[Concatenate[R, P], T]]:
    """Declare the states from which an operation on a record starts, the earliest first; elsewhere it is refused.

    `name` is the path to another state than the record's own; `judged` leaves the refusal to a rule of the record,
    whose sentence says more.
    """
    rule = StartsFrom(*states, name=name)

    def declare(operation: Callable[Concatenate[R, P], T]) -> Callable[Concatenate[R, P], T]:
        @wraps(operation)
        def run(record: R, /, *arguments: P.args, **options: P.kwargs) -> T:
            if not judged:
                rule.check(record)
            return operation(record, *arguments, **options)

        run.starts = rule  # type: ignore[attr-defined]  # a function takes any attribute, and mypy knows of none
        return run

    return declare


def starts_of(operation: Callable[..., object]) -> StartsFrom | None:
    """The states from which an operation starts; None for one that declares none."""
    return getattr(operation, "starts", None)


class AllowedStep(Rule):
    """[D] A state moves along the steps of its record, and says why when it takes something away
    (docs/programme.md, "Accountability")."""

    message = _l("%(subject)s is “%(now)s” and cannot become “%(wanted)s”.")
    why = _l("Give the reason: %(subject)s becomes “%(wanted)s”.")
    already = _l("%(subject)s is already “%(now)s”.")

    field: str

    def __init__(self, steps: Steps, field: str = "state") -> None:
        self.steps, self.field = steps, field

    def check(self, record: Record) -> None:
        wanted, now = getattr(record, self.field), value_before(record, self.field)
        if now is None or now == wanted:
            return
        if wanted not in self.steps[now]:
            self.refuse(subject=record, now=now, wanted=wanted)
        asks_why = any(wanted is state for state in STEPS_WITH_REASON)  # “ended” of a person is not that of a contract
        takes_back = any(now is later and wanted is earlier for later, earlier in STEPS_BACK)
        if (asks_why or takes_back) and not record.why:
            self.refuse(sentence=self.why, subject=record, wanted=wanted)

    def check_taken(self, record: Record, wanted: Word) -> None:
        """Refuse a step to where the record stands already: somebody else took it; some may be repeated."""
        if getattr(record, self.field) == wanted and wanted not in self.steps[wanted]:
            self.refuse(sentence=self.already, subject=record, now=wanted)
