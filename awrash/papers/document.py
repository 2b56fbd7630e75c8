"""What a paper is: the record it tells of, its facts, its number, who signs it, what must hold before it is issued."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from awrash.papers.fields import Fact
from awrash.papers.requirements import Requirement
from awrash.records.letterheads import HeadKind, Letterhead, Quality
from awrash.records.paper_kinds import PaperKind
from awrash.rules.rule import RuleError
from awrash.values.language import _l
from awrash.values.states import Word

# somebody of the office by quality; else a title, the path to the name, and the path to whether they sign
Signer = Quality | tuple[Any, str, str]


class CouncilInFull(Word):
    """The council as papers name it; which of the two is a setting of the edition."""

    prefectural = "prefectural", _l("Council of the prefecture of Inezgane-Aït Melloul")
    provincial = "provincial", _l("Provincial council of Inezgane-Aït Melloul")


class PlaceOfProof(Requirement):
    """Papers issue [D]: whoever is shown a code must reach the page that verifies it, wherever it was printed."""

    message = _l(
        "No public address is written in the letterhead, and the code would lead nowhere: write it under Settings, "
        "Letterheads."
    )
    field = "site"

    def __init__(self, head: HeadKind) -> None:
        self.head = head

    def check_on(self, record: Any, on: date) -> None:
        if not Letterhead.site_on(self.head, on):
            self.refuse()


@dataclass(frozen=True)
class Document:
    """One paper of the catalogue.

    `record` is the name of the record it tells of. `number` is the record's own number (`{record.reference}`), or
    the beginning of a series of the year (`CV-`). `words`, by language, are the words in braces that its text may
    write, each with the fact it stands for: a paper with words has a text of the office's own.
    """

    kind: PaperKind
    record: str
    number: str
    facts: tuple[Fact, ...]
    languages: tuple[str, ...] = ("ar",)
    head: HeadKind = HeadKind.prefecture
    signed: tuple[Signer, ...] = ()
    needs: tuple[Requirement, ...] = ()
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    offered: Callable[[Any], bool] = field(default=lambda record: True)
    proves: str = ""  # path to the code that anybody can verify

    @property
    def has_series(self) -> bool:
        return "{" not in self.number

    def stops(self, record: Any, on: date) -> Iterator[RuleError]:
        """What must be mended before it is issued of a record on a day."""
        yield from self.stops_of_all(on)
        yield from _refused(self.needs, record, on)

    def stops_of_all(self, on: date) -> Iterator[RuleError]:
        """What must be mended before it is issued on a day, whatever the record."""
        yield from _refused((PlaceOfProof(self.head),) if self.proves else (), None, on)

    def template(self, language: str) -> str:
        return f"{self.kind.value}.{language}"


def _refused(rules: Iterable[Requirement], record: Any, on: date) -> Iterator[RuleError]:
    for rule in rules:
        try:
            rule.check_on(record, on)
        except RuleError as refusal:
            yield refusal
