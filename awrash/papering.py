"""What a paper is: the record it tells of, its facts, its number, who signs it, what must hold before it is issued."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from awrash.facts import Fact
from awrash.language import _l
from awrash.paper_kinds import PaperKind
from awrash.rules import Rule
from awrash.states import Word
from awrash.stationery import HeadKind, Quality

# somebody of the office by quality; else a title, the path to the name, and the path to whether they sign
Signer = Quality | tuple[Any, str, str]


class CouncilInFull(Word):
    """The council as papers name it; which of the two is a setting of the edition."""

    prefectural = "prefectural", _l("Council of the prefecture of Inezgane-Aït Melloul")
    provincial = "provincial", _l("Provincial council of Inezgane-Aït Melloul")


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
    needs: tuple[Rule, ...] = ()
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    offered: Callable[[Any], bool] = field(default=lambda record: True)
    proves: str = ""  # path to the code that anybody can verify

    @property
    def has_series(self) -> bool:
        return "{" not in self.number

    def template(self, language: str) -> str:
        return f"{self.kind.value}.{language}"
