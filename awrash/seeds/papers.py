"""The letterheads and the texts that an installation starts with; the office writes its own over them, by version."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import select

from awrash.database.session import db
from awrash.papers.catalogue import PAPERS
from awrash.papers.paper import Paper
from awrash.papers.typesetting import TEXTS
from awrash.records.letterheads import HeadKind, Letterhead
from awrash.records.paper_texts import Article, PaperLanguage, Wording, WordingState

TITLE_MARK = "# "  # begins the line of an article's title
SINCE = date(2022, 1, 1)  # the first day of the letterheads
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
    _plant_letterheads()
    _plant_texts()
    db.session.flush()


def _plant_letterheads() -> None:
    kinds_there = set(db.session.scalars(select(Letterhead.kind)))
    for kind, (arabic, french) in HEADS.items():
        if kind not in kinds_there:
            head = Letterhead(kind=kind, since=SINCE, city_ar="إنزكان", city_fr="Inezgane")
            head.lines_ar, head.lines_fr = "\n".join(arabic), "\n".join(french)
            db.session.add(head)


def _plant_texts() -> None:
    texts_there = {(wording.document, wording.language) for wording in db.session.scalars(select(Wording))}
    for paper in PAPERS.values():
        for language in paper.words:
            if (paper.kind, PaperLanguage(language)) not in texts_there:
                db.session.add(first_text(paper, language))


def first_text(paper: Paper, language: str) -> Wording:
    """The text that a paper starts with, in use: `papers/texts/<paper>.<language>.txt`."""
    wording = Wording(document=paper.kind, language=PaperLanguage(language), number=1, state=WordingState.in_use)
    wording.articles = list(_articles((TEXTS / f"{paper.name}.{language}.txt").read_text()))
    return wording


def _articles(text: str) -> Iterator[Article]:
    """A line that begins with `# ` is the title of an article, what follows are its lines; without title at first."""
    untitled, *titled = f"\n{text.strip()}".split(f"\n{TITLE_MARK}")
    parts = [("", "\n", untitled), *(part.partition("\n") for part in titled)]
    written = [(title, body.strip()) for title, _newline, body in parts if body.strip()]
    for position, (title, body) in enumerate(written, start=1):
        yield Article(position=position, title=title or None, body=body)
