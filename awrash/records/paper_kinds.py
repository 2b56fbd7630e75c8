"""The kinds of papers that records name; the papers themselves are declared one floor up, in `papers/`."""

from typing import Any

from sqlalchemy import Enum

from awrash.values.states import Word

LONGEST_NAME = 30  # signs of a paper's name


class PaperKindType(Enum):
    """A column type whose words are the papers declared; the catalogue hands them in once it is loaded.

    So a new paper changes no record and no table: the column is text, and its list of words grows.
    """

    _kinds: type[Word] | None = None

    def declare(self, labels: dict[str, Any]) -> None:
        """Take the name and the label of every paper, in the order of the life of a file."""
        kinds: Any = Word("PaperKind", [(name, (name, label)) for name, label in labels.items()])
        super().__init__(
            kinds,
            native_enum=False,
            create_constraint=False,
            length=LONGEST_NAME,
            name="paper_kind",
            values_callable=lambda words: [word.value for word in words],
        )
        self._kinds = kinds

    @property
    def kinds(self) -> type[Word]:
        """The enumeration of the papers declared; LookupError before the catalogue is loaded."""
        if self._kinds is None:
            raise LookupError("No paper is declared yet: awrash.papers.catalogue declares them.")
        return self._kinds


PAPER_KIND = PaperKindType(native_enum=False, create_constraint=False, length=LONGEST_NAME, name="paper_kind")
