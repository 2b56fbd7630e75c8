"""The numbers of receipts, agreements, certificates and papers: each series goes on, and no number comes twice."""

from itertools import count

from sqlalchemy import select

from awrash.database.record import Record
from awrash.database.session import db
from awrash.records.issued_papers import IssuedPaper
from awrash.records.paper_kinds import PAPER_KIND
from awrash.records.paper_texts import PaperLanguage
from awrash.values.text import number_or_none


def next_number(kind: type[Record], field: str, before: str, after: str = "", width: int = 0) -> str:
    """The next number of a series such as `23-أ ع م-2026` or `2026-0041`: it follows the last one, and no paper has it.

    `before` and `after` are the texts around the count, `width` its fewest digits. A record that has its number is
    never deleted; those deleted before that was a rule left their number on papers.
    """
    column = getattr(kind, field)
    with db.session.no_autoflush:
        taken = db.session.scalars(select(column).filter(column.startswith(before), column.endswith(after))).all()
        middle = (text[len(before) : len(text) - len(after)] for text in taken)
        last = max((number for number in map(number_or_none, middle) if number is not None), default=0)
        following = (f"{before}{number:0{width}d}{after}" for number in count(last + 1))
        return next(number for number in following if not _is_printed(kind, number))


def _is_printed(kind: type[Record], number: str) -> bool:
    """Whether a paper of this kind of record bears a number.

    Every kind and language is named, so that the database reads their index.
    """
    records = select(IssuedPaper.record).filter_by(number=number)
    records = records.where(IssuedPaper.document.in_(PAPER_KIND.kinds), IssuedPaper.language.in_(PaperLanguage))
    return kind.__tablename__ in db.session.scalars(records).all()
