"""What a rule is: its code, its sentences, its one check, and the refusal that it raises."""

import re
from typing import Any, ClassVar, NoReturn

from flask_babel.speaklater import LazyString
from wtforms import Field, Form
from wtforms.validators import ValidationError

from awrash.values.language import format_in_sentence, isolate_in_arabic


class RuleError(ValidationError):
    """A rule's refusal: one of its sentences with the facts in it, its code, and the field that mends it."""

    def __init__(self, rule: "Rule", sentence: LazyString | None = None, /, **facts: object) -> None:
        self.sentence = rule.message if sentence is None else sentence
        super().__init__(str(self.sentence) % {name: format_fact(fact) for name, fact in facts.items()})
        self.code, self.field = rule.code, rule.field


class Rule:
    """One rule of the programme: `message` is its sentence, `check` its one check.

    A rule that refuses for several reasons has a sentence more for each, as a class attribute beside `message`.
    """

    code: ClassVar[str]  # the class name in snake case; logs, letters, reports and tests use it, never the sentence
    message: ClassVar[LazyString]
    field: str | None = None  # the field that a person mends
    declared: ClassVar[list[type["Rule"]]] = []  # every class that refuses something; read it in `rules/register.py`

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.code = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()
        if hasattr(cls, "message"):  # without a sentence it refuses nothing: others build on it
            Rule.declared.append(cls)

    def refuse(self, sentence: LazyString | None = None, **facts: object) -> NoReturn:
        """Raise the refusal that says this sentence, `message` by default, its facts as the language writes them."""
        raise RuleError(self, sentence, **facts)

    def check(self, subject: Any) -> None:
        """Refuse a value (rule of a column) or a record (rule in `__rules__`) that breaks the rule."""
        raise NotImplementedError

    def judge(self, record: Any) -> None:
        """Refuse a record as it stands, whoever wrote it when: what stood before the rule is listed by `flask check`.

        A rule that is younger than its records judges here, and lets `check` ask only for what is new or changes.
        """

    def closed(self, record: Any) -> None:
        """Refuse when nothing of the record can be changed any more, whatever the change."""

    def __call__(self, form: Form, field: Field) -> None:
        """Run under a form field, as a validator of WTForms; a value that stands as it was is not judged again."""
        if field.data is None or field.data == "":
            return
        before = field.object_data
        if hasattr(self, "clean"):
            field.data = self.clean(field.data)
            before = self.clean(before) if isinstance(before, str) else before
        if field.data != before:
            self.check(field.data)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash(type(self))


def format_fact(fact: object) -> str:
    """A fact inside a sentence: a word by its label, dates and amounts as the language writes them."""
    return isolate_in_arabic(format_in_sentence(getattr(fact, "label", fact)))
