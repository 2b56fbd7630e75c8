"""The letterheads and the texts that an installation starts with; the office writes its own over them, by version."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import select

from awrash.database.session import db
from awrash.papers.catalogue import DOCUMENTS
from awrash.papers.typesetting import PAPERS
from awrash.records.letterheads import HeadKind, Letterhead
from awrash.records.paper_kinds import PaperKind
from awrash.records.paper_texts import Article, PaperLanguage, Wording, WordingState

TEXTS = PAPERS / "texts"
TITLE = "# "
SINCE = date(2022, 1, 1)
KINGDOM = ("المملكة المغربية", "Royaume du Maroc")
REGION = ("جهة سوس ماسة", "Région Souss-Massa")
HEADS = {
    HeadKind.prefecture: (
        (KINGDOM[0], "وزارة الداخلية", "عمالة إنزكان أيت ملول", "قسم العمل الاجتماعي"),
        (KINGDOM[1], "Ministère de l’Intérieur", "Préfecture d’Inezgane-Aït Melloul", "Division de l’action sociale"),
    ),
    HeadKind.council: (
        (KINGDOM[0], REGION[0], "مجلس عمالة إنزكان أيت ملول"),
        (KINGDOM[1], REGION[1], "Conseil préfectoral d’Inezgane-Aït Melloul"),
    ),
}


def plant_papers() -> None:
    """Write the letterheads and the texts that are not there yet."""
    known = set(db.session.scalars(select(Letterhead.kind)))
    for kind, (arabic, french) in HEADS.items():
        if kind not in known:
            head = Letterhead(kind=kind, since=SINCE, city_ar="إنزكان", city_fr="Inezgane")
            head.lines_ar, head.lines_fr = "\n".join(arabic), "\n".join(french)
            db.session.add(head)
    there = {(one.document, one.language) for one in db.session.scalars(select(Wording))}
    for document in DOCUMENTS.values():
        for language in document.words:
            if (document.kind, PaperLanguage(language)) not in there:
                db.session.add(first_text(document.kind, language))
    db.session.flush()


def first_text(kind: PaperKind, language: str) -> Wording:
    """The text that a paper starts with, in use: `papers/texts/<paper>.<language>.txt`."""
    text = Wording(document=kind, language=PaperLanguage(language), number=1, state=WordingState.in_use)
    text.articles = [Article(**one) for one in _articles((TEXTS / f"{kind.value}.{language}.txt").read_text())]
    return text


def _articles(written: str) -> Iterator[dict[str, Any]]:
    """A line that begins with `# ` is the title of an article, what follows are its lines."""
    parts = f"\n{written.strip()}".split(f"\n{TITLE}")
    bodies = [("", parts[0]), *((part.partition("\n")[0], part.partition("\n")[2]) for part in parts[1:])]
    written_ones = [(title, body.strip()) for title, body in bodies if body.strip()]
    for place, (title, body) in enumerate(written_ones, start=1):
        yield {"position": place, "title": title or None, "body": body}
