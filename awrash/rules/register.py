"""Every rule of the house, in the order of their declaration: printed, translated and cased from this one list."""

from flask_babel.speaklater import LazyString

from awrash.rules.rule import Rule

IN_LISTS = "title"  # a few words that name a rule in a list of reasons: no refusal says them


def every_rule() -> list[type[Rule]]:
    """The rules of all modules loaded so far, and the doors load them all; a base without a sentence is no rule."""
    return list(Rule.declared)


def sentences_of(rule: type[Rule]) -> dict[str, LazyString]:
    """All that a rule can say when it refuses, `message` first, each by the name of its attribute."""
    said = {name: text for kind in reversed(rule.__mro__) for name, text in vars(kind).items() if name != IN_LISTS}
    return {name: text for name, text in said.items() if isinstance(text, LazyString)}
