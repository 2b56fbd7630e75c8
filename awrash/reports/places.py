"""Where what a report tells is found: a record, or the list of its kind narrowed; the screens know their addresses."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Place:
    """One record, by the name of its table and its number."""

    record: str
    id: int


@dataclass(frozen=True)
class ListOf:
    """The records of one kind that a report counts: `filters` gives what each filter of their list is set to."""

    record: str
    filters: Mapping[str, str] = field(default_factory=dict)
