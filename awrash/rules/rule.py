"""What a rule is, and the rules that any record of any office obeys: numbers on cards, periods, steps."""

import re
from typing import Any, ClassVar, NoReturn

from wtforms.validators import ValidationError

from awrash.values.language import format_in_sentence, isolate_in_arabic


class RuleError(ValidationError):
    """A rule's refusal: its sentence, its code, and the field that mends it."""

    def __init__(self, rule: "Rule", sentence: str) -> None:
        super().__init__(sentence)
        self.code, self.field = rule.code, rule.field


class Rule:
    """One rule of the programme: `message` is its sentence, `check` its one check."""

    message: ClassVar[Any]
    field: str | None = None  # the field that a person mends

    @property
    def code(self) -> str:
        """The class name in snake case; logs, letters, reports and tests use it, never the sentence."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__).lower()

    def refuse(self, **facts: Any) -> NoReturn:
        raise RuleError(self, str(self.message) % {name: format_fact(fact) for name, fact in facts.items()})

    def check(self, subject: Any) -> None:
        raise NotImplementedError

    def closed(self, record: Any) -> None:
        """Refuse when nothing of the record can be changed any more, whatever the change."""

    def __call__(self, form: Any, field: Any) -> None:
        """Run under a form field, as a validator of WTForms."""
        if field.data is not None and field.data != "":
            field.data = self.clean(field.data) if hasattr(self, "clean") else field.data
            self.check(field.data)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash(type(self))


def format_fact(fact: Any) -> str:
    """A fact inside a sentence: a word by its label, dates and amounts as the language writes them."""
    return isolate_in_arabic(format_in_sentence(getattr(fact, "label", fact)))
