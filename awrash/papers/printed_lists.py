"""A list of the screens on paper: every row and column that was asked for, under the letterhead, in numbered pages."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import islice
from typing import Any

from flask_babel import force_locale

from awrash.papers import catalogue, typesetting
from awrash.papers.fields import formatted, is_number, isolate_text
from awrash.records.letterheads import HeadKind
from awrash.rules.rule import Rule
from awrash.values.language import _l

TEMPLATE = "printed_list"
MOST_ROWS = 3_000  # a limit of the product: a hundred pages, typeset in some seconds and half a gigabyte
ROW, EMPTY = _l("No."), _l("There is nothing on this list.")


class FitsOnPaper(Rule):
    """Product limit, for the server's sake: a list is typeset as a whole (docs/programme.md, "Papers")."""

    message = _l(
        "This list is too long for paper, where up to %(most)s rows are printed at once: narrow it with its filters, "
        "show fewer columns, or take it as a file."
    )

    def check(self, rows: Sequence[Sequence[Any]]) -> None:
        if len(rows) > MOST_ROWS:
            self.refuse(most=MOST_ROWS)


def printed_list(
    title: str, header: Sequence[str], rows: Iterable[Sequence[Any]], conditions: Sequence[str], language: str, on: date
) -> bytes:
    """A PDF of a list as it stands on a day; `conditions` say in words what narrows it.

    A row holds a value for each column of the header. RuleError when the list is too long, or has a sign that no
    letter shows.
    """
    with force_locale(language):
        kept = list(islice(rows, MOST_ROWS + 1))
        FitsOnPaper().check(kept)
        data = catalogue.frame_data(HeadKind.prefecture, "fr" if language == "en" else language, on) | {
            "lang": language,
            "title": title,
            "conditions": [isolate_text(condition) for condition in conditions],
            "header": [str(ROW), *header],
            "sides": ["end", *_sides(kept, len(header))],
            "empty": str(EMPTY),
            "rows": [[str(number), *(_cell(value, language) for value in row)] for number, row in enumerate(kept, 1)],
        }
    try:
        return typesetting.typeset_long(TEMPLATE, data)
    except typesetting.CannotLayOut:
        FitsOnPaper().refuse(most=MOST_ROWS)
    except typesetting.Unprintable as fault:
        catalogue.Printable().refuse(sentence=catalogue.Printable.on_a_list, sign=str(fault))


def _cell(value: Any, language: str) -> str:
    """A value as it is printed; several in one cell stand side by side."""
    texts = formatted(value, language)
    return ("، " if language == "ar" else ", ").join(texts) if isinstance(texts, list) else str(texts)


def _sides(rows: Sequence[Sequence[Any]], columns: int) -> list[str]:
    """The side of each column: that of its end for amounts and counts."""
    return ["end" if any(is_number(row[place]) for row in rows) else "start" for place in range(columns)]
