"""The numbers of receipts, agreements, certificates and papers: each series goes on, and no number comes twice.

A series has a row that keeps its last number. It is counted up in the transaction that writes the record: what is taken
back takes no number, and of two people who number at once the second waits for the first.
"""

from collections.abc import Iterator
from itertools import count

from sqlalchemy import Column, Integer, String, Table, select

from awrash.database.record import Record
from awrash.database.session import INSERT, Base, db, only_asks
from awrash.records.issued_papers import IssuedPaper
from awrash.records.paper_kinds import PAPER_KIND
from awrash.records.paper_texts import PaperLanguage

NUMBER_SERIES = Table(
    "number_series",
    Base.metadata,
    Column("record", String(40), primary_key=True),  # the kind of record, by the name of its table
    Column("before", String(40), primary_key=True),
    Column("after", String(40), primary_key=True),
    Column("last", Integer, nullable=False),
)
LAST = NUMBER_SERIES.c.last


def next_number(kind: type[Record], field: str, before: str, after: str = "", width: int = 0) -> str:
    """The next number of a series such as `23-أ ع م-2026` or `2026-0041`: it follows the last one, and no paper has it.

    `before` and `after` are the texts around the count, `width` its fewest digits. A number that somebody wrote by hand
    is passed over. A record that has its number is never deleted; those deleted before that was a rule left their
    number on papers.
    """
    counts = _counts(kind, before, after)
    numbers = (f"{before}{following:0{width}d}{after}" for following in counts)
    return next(number for number in numbers if _is_free(kind, field, number))


def _counts(kind: type[Record], before: str, after: str) -> Iterator[int]:
    """The counts that follow in a series, each taken from it; work that is only asked about takes none."""
    if only_asks(db.session):
        yield from count(_last(kind, before, after) + 1)
    while True:
        yield _counted_up(kind, before, after)


def _last(kind: type[Record], before: str, after: str) -> int:
    """The last number of a series as it is now, 0 before its first."""
    series = (NUMBER_SERIES.c.record == kind.__tablename__, NUMBER_SERIES.c.before == before)
    return db.session.connection().scalar(select(LAST).where(*series, NUMBER_SERIES.c.after == after)) or 0


def _counted_up(kind: type[Record], before: str, after: str) -> int:
    """The count of a series, one further; its row is locked to the end of the transaction."""
    connection = db.session.connection()
    insert = INSERT[connection.dialect.name](NUMBER_SERIES)
    first = insert.values(record=kind.__tablename__, before=before, after=after, last=1)
    following = first.on_conflict_do_update(index_elements=("record", "before", "after"), set_={"last": LAST + 1})
    return connection.scalars(following.returning(LAST)).one()


def _is_free(kind: type[Record], field: str, number: str) -> bool:
    """Whether no record of the kind has a number, and no paper of such a record bears it.

    Every kind and language of paper is named, so that the database reads their index.
    """
    papers = select(IssuedPaper.record).filter_by(number=number)
    papers = papers.where(IssuedPaper.document.in_(PAPER_KIND.kinds), IssuedPaper.language.in_(PaperLanguage))
    with db.session.no_autoflush:
        about = set(db.session.scalars(papers))
        if kind is IssuedPaper:
            return not about
        has_it = select(kind.id).where(getattr(kind, field) == number)
        return kind.__tablename__ not in about and db.session.scalar(has_it) is None
