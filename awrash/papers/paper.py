"""What a paper is: the record it is made of, its facts, its number, who signs it, what its issue requires."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from awrash.database.record import Record
from awrash.papers.fields import Fact
from awrash.papers.requirements import PlaceOfProof, Requirement
from awrash.records.letterheads import HeadKind, Quality
from awrash.records.paper_kinds import PAPER_KIND
from awrash.rules.rule import RuleError
from awrash.values.states import Word


@dataclass(frozen=True)
class Signer:
    """Somebody who signs other than an officer of the office: a title, and where the record has the name.

    Without a path to the name it is left open, to be written by hand. Who signs `only_if` a path leads to something
    (a commune, of agreements of three parties) is left out otherwise.
    """

    title: Any
    name: str = ""
    only_if: str = ""


@dataclass(frozen=True, kw_only=True)
class Paper:
    """One paper of the catalogue.

    `name` is also that of its templates, `record` the name of the kind of record it is made of. `number` is the
    record's own number (`{record.reference}`), or the beginning of a series of the year (`TS-`). `words`, by language,
    are the words in braces that its text may write, each with the fact it stands for: a paper with words has a text of
    the office's own. `offered` says whether the paper can be made of a record as it stands, `code` is the path to the
    code by which anybody can verify it.
    """

    name: str
    label: Any
    record: str
    number: str
    facts: tuple[Fact, ...]
    languages: tuple[str, ...] = ("ar",)
    head: HeadKind = HeadKind.prefecture
    signers: tuple[Quality | Signer, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    offered: Callable[[Any], bool] = field(default=lambda record: True)
    code: str = ""

    @property
    def kind(self) -> Word:
        """Its name and label as records keep them."""
        return PAPER_KIND.kinds(self.name)

    @property
    def has_series(self) -> bool:
        return "{" not in self.number

    def lacks(self, record: Record, on: date) -> Iterator[RuleError]:
        """What a record lacks for its paper to be issued on a day, one refusal for each requirement unmet."""
        yield from self.lacks_for_any_record(on)
        yield from _refusals(self.requirements, record, on)

    def lacks_for_any_record(self, on: date) -> Iterator[RuleError]:
        """What the paper lacks to be issued on a day, whatever the record."""
        yield from _refusals((PlaceOfProof(self.head),) if self.code else (), None, on)

    def template(self, language: str) -> str:
        """The name of its template, without `.typ`."""
        return f"{self.name}.{language}"


def _refusals(requirements: Iterable[Requirement], record: Record | None, on: date) -> Iterator[RuleError]:
    for requirement in requirements:
        try:
            requirement.check_on(record, on)
        except RuleError as refusal:
            yield refusal
