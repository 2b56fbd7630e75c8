"""Paper out: the catalogue, and what one paper says. A paper is one declaration and one template a language."""

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from xml.sax.saxutils import quoteattr

from flask_babel import force_locale
from sqlalchemy import select

from awrash.database.record import value_at
from awrash.database.session import db
from awrash.papers import (
    attendance,
    committee,
    complaints,
    governor,
    people,
    selection,
    transfers,
    typesetting,
    wages,
    worksites,
)
from awrash.papers.document import Document, Signer
from awrash.papers.fields import NOTHING, day, gather, isolate_text, key_of, number, written
from awrash.papers.typesetting import qr
from awrash.records.attachments import Paper, attachments_of
from awrash.records.letterheads import HeadKind, Letterhead, Quality, Signatory
from awrash.records.paper_texts import WORD, WORDS_OF, Wording, WordingState
from awrash.rules.rule import Rule
from awrash.values.file_type import JPEG, LOGO_MEGAPIXELS, MEGAPIXEL, PNG, picture_size
from awrash.values.language import _l

OF_THE_MONTH = (attendance, wages, transfers, governor)
SUBJECTS = (selection, committee, worksites, people, *OF_THE_MONTH, complaints)
DOCUMENTS: dict[str, Document] = {one.kind.value: one for subject in SUBJECTS for one in subject.PAPERS}
for _one in DOCUMENTS.values():
    for _language, _words in _one.words.items():
        WORDS_OF[_one.kind.value, _language] = frozenset(_words)

AUTHOR = "Awrash"
DRAFT = _l("DRAFT")
PAGE = _l("Page")
GROUPED = re.compile(r"(?<![0-9])[0-9]+(?:[-/.][0-9]+)+")  # 112-14 inside Arabic would read 14-112
PICTURES = {PNG, JPEG}


class Printable(Rule):
    """Papers issue [D]: what a paper says is printed whole; a sign without a letter would be an empty box."""

    message = _l("“%(sign)s” cannot be printed on “%(paper)s”: take this sign off the record or the text.")


class NoTextInUse(LookupError):
    """A paper whose text has no version in use in this language."""


def documents_of(record: Any) -> list[Document]:
    """The papers that can be made of a record as it stands, in the order of the catalogue."""
    return [one for one in DOCUMENTS.values() if one.record == record.__tablename__ and one.offered(record)]


def say(document: Document, record: Any, language: str, on: date, wording: Wording | None = None) -> dict[str, Any]:
    """All that a paper says of its record on a day, but its own number: the same record says the same."""
    said = gather(record, document.facts, language, on)
    with force_locale(language):
        signers = [one for one in document.signed if isinstance(one, Quality) or _signs(one, record)]
        said["signatures"] = [_signature(one, record, language, on) for one in signers]
    if wording is not None:
        said["articles"] = list(_articles(wording, document.words[language], said))
    return said


def text_in_use(document: Document, language: str) -> Wording | None:
    """The text of the office's own that is in use for a paper; None for a paper that has none of its own."""
    if language not in document.words:
        return None
    asked = select(Wording).filter_by(document=document.kind, language=language, state=WordingState.in_use)
    found = db.session.scalar(asked)
    if found is None:
        raise NoTextInUse(document.kind, language)
    return found


def numbered(said: dict[str, Any], given: str, revision: int = 1, replaces: Any = None) -> dict[str, Any]:
    """What a paper says, with its own number and the version that it replaces."""
    before: list[str] = []
    if replaces is not None:
        sentence = _l("Version %(revision)s, in the place of version %(before)s of %(day)s.")
        language = replaces.language.value
        facts = {"revision": revision, "before": replaces.revision, "day": day(replaces.issued_on, language)}
        with force_locale(language):
            before.append(str(sentence) % facts)
    return said | {"number": isolate_text(given), "replaces": before}


def laid_out(
    document: Document, language: str, papers: Sequence[dict[str, Any]], on: date, title: str, is_draft: bool = False
) -> dict[str, Any]:
    """What a template takes: the paper, or several one after the other, under the letterhead of a day.

    A paper of another day brings its own letterhead, foot and day, as `sheet`.
    """
    with force_locale(language):
        full_title = f"{document.kind.label} {title}".strip()
    each = [{"sheet": {}} | one for one in papers]
    return sheet(document.head, language, on, is_draft) | {"title": full_title, "papers": each}


def sheet(head: HeadKind, language: str, on: date, is_draft: bool = False) -> dict[str, Any]:
    """What every paper of a day has around it: letterhead, foot, page, the word across a draft."""
    with force_locale(language):
        words = {"page": str(PAGE), "draft": str(DRAFT) if is_draft else ""}
    when = {"date": [on.year, on.month, on.day], "lang": language, "author": AUTHOR}
    return words | when | head_of(head, language, on)


def fingerprint(said: dict[str, Any]) -> str:
    """The same for two papers that say the same."""
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def draft(document: Document, record: Any, language: str, on: date, wording: Wording | None = None) -> dict[str, Any]:
    """A paper as it would be issued, with "draft" across each page."""
    text = wording or text_in_use(document, language)
    said = numbered(say(document, record, language, on, text), NOTHING) | proof(document, record, on)
    return laid_out(document, language, [said], on, "", is_draft=True)


def typeset(document: Document, language: str, data: dict[str, Any]) -> bytes:
    try:
        return typesetting.typeset(document.template(language), data)
    except typesetting.Unprintable as fault:
        Printable().refuse(sign=str(fault), paper=document.kind)


def proof(document: Document, record: Any, on: date) -> dict[str, Any]:
    """Where a paper's code is verified, the code in fours, and its QR; nothing for a paper that proves nothing.

    The address is that of the letterhead: without one a draft shows the place open, and nothing is issued.
    """
    if not document.proves:
        return {}
    code, site = value_at(record, document.proves), (Letterhead.site_on(document.head, on) or "").rstrip("/")
    address = f"{site}/verify/{code}"
    fours = " ".join(code[start : start + 4] for start in range(0, len(code), 4))
    return {"proof": {"address": address, "place": f"{site}/verify", "code": fours, "qr": qr(address)}}


def _signs(signer: tuple[Any, str, str], record: Any) -> bool:
    _title, _path, when = signer
    return not when or bool(value_at(record, when))


def _signature(signer: Signer, record: Any, language: str, on: date) -> dict[str, str]:
    if isinstance(signer, Quality):
        person = Signatory.on(signer, on)
        name = getattr(person, f"name_{language}", None)
        return {"title": str(signer.label), "name": isolate_text(name) if name else ""}
    title, path, _when = signer
    name = written(value_at(record, path), language) if path else ""
    return {"title": str(title), "name": name}


def _articles(wording: Wording, words: Any, said: dict[str, Any]) -> Iterable[dict[str, Any]]:
    def filled(text: str) -> str:
        kept = GROUPED.sub(lambda found: number(found[0]), text)
        return WORD.sub(lambda found: _value(said, words[found[1].strip()]), kept)

    def lines_of(line: str) -> list[Any]:
        values = [said[key_of(words[word.strip()])] for word in WORD.findall(line)]
        if [] in values:  # a line about what the record has not is not printed
            return []
        alone = WORD.fullmatch(line.strip()) and isinstance(values[0], list)
        return [values[0]] if alone else [filled(line)]

    for article in wording.articles:
        lines = [one for line in article.body.splitlines() if line.strip() for one in lines_of(line)]
        yield {"titles": [filled(article.title)] if article.title else [], "lines": lines}


def _value(said: dict[str, Any], fact: str) -> str:
    value = said[key_of(fact)]
    return "، ".join(value) if isinstance(value, list) else str(value)


def head_of(kind: HeadKind, language: str, on: date) -> dict[str, Any]:
    """Letterhead of a day: its lines in both languages, its logo, its foot, and where papers are done."""
    head = Letterhead.on(kind, on)
    lines = {"ar": head.lines_ar.splitlines(), "fr": head.lines_fr.splitlines()} if head else {"ar": [], "fr": []}
    city, foot = (getattr(head, f"{name}_{language}", None) or "" for name in ("city", "foot"))
    with force_locale(language):
        sentence = _l("Done at %(city)s, on %(day)s")
        done = str(sentence) % {"city": isolate_text(city), "day": day(on, language)} if city else day(on, language)
    logos = [_drawn(one) for one in _logos(head)]
    return {"head": {**lines, "logos": logos, "alt": " ".join(lines[language][-1:])}, "foot": foot, "done": done}


def _logos(head: Letterhead | None) -> list[Any]:
    if head is None:
        return []
    standing = (one for one in attachments_of(head) if one.kind == Paper.logo and one.state == "attached")
    return [one for one in standing if one.media_type in PICTURES and _is_small(one)][:1]


def _is_small(logo: Any) -> bool:
    """Whether a logo is within the limit, which did not stand when the first were attached."""
    return picture_size(logo.content).pixels <= LOGO_MEGAPIXELS * MEGAPIXEL


def _drawn(logo: Any) -> str:
    """A picture inside an SVG: the typesetter takes texts only."""
    kept = base64.b64encode(logo.content).decode()
    source = quoteattr(f"data:{logo.media_type};base64,{kept}")
    image = f'<image width="100" height="100" href={source}/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">{image}</svg>'
