"""The office's own texts: articles, letters and the information sheet, written on screen, by version, without code.

A text says `{اسم الهيئة}` where a paper prints the carrier's name; which words may be written so is for the
paper's declaration to say: `papers/catalogue.py` fills `WORDS_OF` from all of them when it is loaded.
"""

from __future__ import annotations

import re

from sqlalchemy import UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, object_session

from awrash.database.columns import (
    NAME,
    TEXT,
    column,
    foreign_key,
    owned_lines,
    relation,
    state_column,
    unique_where,
    word_column,
)
from awrash.database.record import Record, changed, is_deleted, is_new, parent_of, value_before
from awrash.records.paper_kinds import PAPER_KIND
from awrash.rules.fields import Positive
from awrash.rules.rule import Rule
from awrash.rules.steps import AllowedStep
from awrash.values.language import _l
from awrash.values.states import Steps, Word

WORD = re.compile(r"\{([^{}]*)\}")
WORDS_OF: dict[tuple[str, str], frozenset[str]] = {}  # (paper, language) -> the words its text may write in braces


class PaperLanguage(Word):
    ar = "ar", _l("Arabic")
    fr = "fr", _l("French")


class WordingState(Word):
    draft = "draft", _l("Draft")
    in_use = "in_use", _l("In use")
    replaced = "replaced", _l("Replaced")


WORDING_STEPS: Steps = {
    WordingState.draft: {WordingState.in_use},
    WordingState.in_use: {WordingState.replaced},
    WordingState.replaced: set(),
}


class KnownWords(Rule):
    """[D] A text names facts of its own record only; a word that nothing stands for is not printed
    (docs/programme.md, "Papers")."""

    message = _l("“{%(word)s}” stands for nothing on this paper: choose a word from the list, or take the braces off.")
    field = "body"

    def check(self, article: Article) -> None:
        text = article.wording
        words = WORDS_OF.get((text.document, text.language), frozenset()) if text is not None else frozenset()
        for line in (article.title, article.body):
            for word in WORD.findall(line or ""):
                if word.strip() not in words:
                    self.refuse(word=word)
            if "{" in WORD.sub("", line or "") or "}" in WORD.sub("", line or ""):
                self.refuse(word="…")


class TextHasDocument(Rule):
    """[D] A text belongs to a paper that has one in this language (docs/programme.md, "Papers")."""

    message = _l("This paper has no text of its own in this language: choose another.")
    field = "document"

    def check(self, text: Wording) -> None:
        if (text.document, text.language) not in WORDS_OF:
            self.refuse()


class TextWritten(Rule):
    """[D] A paper is never issued empty (docs/programme.md, "Papers")."""

    message = _l("Write at least one article before the text is used.")
    field = "articles"

    def check(self, text: Wording) -> None:
        if text.state == WordingState.in_use and not text.articles:
            self.refuse()


class TextInUseStays(Rule):
    """[D] A version in use never changes; a change is a new version (docs/programme.md, "Papers")."""

    message = _l("Version %(number)s of this text is in use or was: write a new version of it.")
    field = "articles"
    on_delete = True

    def check(self, record: Wording | Article) -> None:
        fields = ("document", "language", "number", "note") if isinstance(record, Wording) else ()
        if is_deleted(record) or changed(record, *fields):
            self.closed(record)

    def closed(self, record: Wording | Article) -> None:
        """Refuse when the text of the record is written and is no draft any more."""
        text = parent_of(record) or record
        if text is not None and not is_new(text) and value_before(text, "state") != WordingState.draft:
            self.refuse(number=text.number)


class Wording(Record):
    """One version of the text of a paper in one language."""

    __shown__ = ("document", "language", "number")
    __table_args__ = (
        UniqueConstraint("document", "language", "number"),
        unique_where("uq_wording_one_in_use", "document language", "state = 'in_use'"),
    )
    __rules__ = (TextHasDocument(), TextInUseStays(), TextWritten(), AllowedStep(WORDING_STEPS))

    document: Mapped[Word] = column(_l("Paper"), type_=PAPER_KIND)
    language: Mapped[PaperLanguage] = word_column(PaperLanguage, _l("Language"), default=PaperLanguage.ar)
    number: Mapped[int] = column(_l("Version"), Positive())
    note: Mapped[str | None] = column(_l("What this version changes"), type_=NAME)
    state: Mapped[WordingState] = state_column(WordingState.draft, _l("State"), WORDING_STEPS)
    articles: Mapped[list[Article]] = owned_lines(_l("Articles"), "wording", order_by="Article.position")


class Article(Record):
    """One article of a text: its title, and its paragraphs line by line."""

    __shown__ = ("position", "title")
    __rules__ = (KnownWords(), TextInUseStays())

    wording_id: Mapped[int] = foreign_key("wording")
    wording: Mapped[Wording] = relation(_l("Text"), "articles")
    position: Mapped[int] = column(_l("Place in the text"), Positive())
    title: Mapped[str | None] = column(_l("Title"), type_=NAME)
    body: Mapped[str] = column(_l("Text"), type_=TEXT)


def next_version(record: Wording) -> int:
    """The number after the last version of the same paper and language."""
    session = object_session(record)
    if session is None:
        return 1
    last = select(func.max(Wording.number)).filter_by(document=record.document, language=record.language)
    with session.no_autoflush:
        return (session.scalar(last) or 0) + 1
