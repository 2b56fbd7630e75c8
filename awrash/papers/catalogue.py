"""The catalogue of the papers, and what one paper says: its facts, its letterhead, its text, its proof.

A paper is one declaration in a module of `SUBJECTS` and one template a language.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from xml.sax.saxutils import quoteattr

from flask_babel import force_locale
from sqlalchemy import select

from awrash.database.record import Record, value_at
from awrash.database.session import db
from awrash.papers import (
    agreements,
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
from awrash.papers.fields import DASH, format_day, formatted, gather_facts, isolate_number, isolate_text, template_name
from awrash.papers.paper import Paper, Signer
from awrash.papers.typesetting import qr_code
from awrash.records.attachments import Attachment, AttachmentState, ScanKind, attachments_of
from awrash.records.issued_papers import IssuedPaper
from awrash.records.letterheads import HeadKind, Letterhead, Quality, Signatory
from awrash.records.paper_kinds import PAPER_KIND
from awrash.records.paper_texts import WORD, WORDS_OF, Wording, WordingState
from awrash.rules.rule import Rule
from awrash.values.file_type import JPEG, LOGO_MEGAPIXELS, MEGAPIXEL, PNG, picture_size
from awrash.values.language import _l

# in the order of the life of a file, which is that of every list of papers
SUBJECTS = (
    *(selection, committee, agreements, worksites, people),
    *(attendance, wages, transfers, complaints, governor),
)
PAPERS: dict[str, Paper] = {paper.name: paper for subject in SUBJECTS for paper in subject.PAPERS}
PAPER_KIND.declare({name: paper.label for name, paper in PAPERS.items()})
WORDS_OF.update(
    ((paper.name, language), frozenset(words)) for paper in PAPERS.values() for language, words in paper.words.items()
)

AUTHOR = "Awrash"
DRAFT = _l("DRAFT")
PAGE = _l("Page")
GROUPED = re.compile(r"(?<![0-9])[0-9]+(?:[-/.][0-9]+)+")  # 112-14 inside Arabic would read 14-112
PICTURES = {PNG, JPEG}


class Printable(Rule):
    """[D] What a paper says is printed whole; a sign without a letter would be an empty box.

    Source: docs/programme.md, "Papers".
    """

    message = _l("“%(sign)s” cannot be printed on “%(paper)s”: take this sign off the record or the text.")
    on_a_list = _l("“%(sign)s” cannot be printed: take this sign off the record that has it.")


class NoTextInUse(LookupError):
    """A paper whose text has no version in use in this language."""


def papers_of(record: Record) -> list[Paper]:
    """The papers that can be made of a record as it stands, in the order of the catalogue."""
    return [paper for paper in PAPERS.values() if paper.record == record.__tablename__ and paper.offered(record)]


# ---- what a paper says


def facts_of(paper: Paper, record: Record, language: str, on: date, wording: Wording | None = None) -> dict[str, Any]:
    """All that a paper says of its record on a day, but its own number: the same record gives the same facts.

    Each is formatted, under the name by which the template finds it; `signatures` are title and name of who signs,
    `articles` the text of the office's own with its words filled in.
    """
    facts = gather_facts(record, paper.facts, language, on)
    with force_locale(language):
        signers = [signer for signer in paper.signers if _signs(signer, record)]
        facts["signatures"] = [_signature(signer, record, language, on) for signer in signers]
    if wording is not None:
        facts["articles"] = list(_articles(wording, paper.words[language], facts))
    return facts


def fingerprint(facts: dict[str, Any]) -> str:
    """The same for two papers that say the same: SHA-256 of their facts."""
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def with_number(
    facts: dict[str, Any], number: str, revision: int = 1, replaces: IssuedPaper | None = None
) -> dict[str, Any]:
    """What a paper says, with its own number and the version that it replaces."""
    sentences: list[str] = []
    if replaces is not None:
        sentence = _l("Version %(revision)s, in the place of version %(before)s of %(day)s.")
        language = replaces.language.value
        day = format_day(replaces.issued_on, language)
        with force_locale(language):
            sentences.append(str(sentence) % {"revision": revision, "before": replaces.revision, "day": day})
    return facts | {"number": isolate_text(number), "replaces": sentences}


def proof_facts(paper: Paper, record: Record, on: date) -> dict[str, Any]:
    """Where a paper's code is verified, the code in fours, and its QR; nothing for a paper without a code.

    The address is that of the letterhead: without one a draft shows the place open, and nothing is issued.
    """
    if not paper.code:
        return {}
    code, site = value_at(record, paper.code), (Letterhead.site_on(paper.head, on) or "").rstrip("/")
    address = f"{site}/verify/{code}"
    fours = " ".join(code[start : start + 4] for start in range(0, len(code), 4))
    return {"proof": {"address": address, "place": f"{site}/verify", "code": fours, "qr": qr_code(address)}}


def _signs(signer: Quality | Signer, record: Record) -> bool:
    return isinstance(signer, Quality) or not signer.only_if or bool(value_at(record, signer.only_if))


def _signature(signer: Quality | Signer, record: Record, language: str, on: date) -> dict[str, str]:
    if isinstance(signer, Quality):
        person = Signatory.on(signer, on)
        name = getattr(person, f"name_{language}", None)
        return {"title": str(signer.label), "name": isolate_text(name) if name else ""}
    name = formatted(value_at(record, signer.name), language) if signer.name else ""
    return {"title": str(signer.title), "name": name}


# ---- the office's own texts


def text_in_use(paper: Paper, language: str) -> Wording | None:
    """The text of the office's own that is in use for a paper; None for a paper that has none, else NoTextInUse."""
    if language not in paper.words:
        return None
    in_use = select(Wording).filter_by(document=paper.kind, language=language, state=WordingState.in_use)
    wording = db.session.scalar(in_use)
    if wording is None:
        raise NoTextInUse(paper.kind, language)
    return wording


def _articles(wording: Wording, words: Mapping[str, str], facts: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for article in wording.articles:
        lines = [
            filled for line in article.body.splitlines() if line.strip() for filled in _filled_lines(line, words, facts)
        ]
        titles = [_filled(article.title, words, facts)] if article.title else []
        yield {"titles": titles, "lines": lines}


def _filled_lines(line: str, words: Mapping[str, str], facts: dict[str, Any]) -> list[Any]:
    """A line with its words filled in; none when a word stands for what the record has not, a list for a list alone."""
    values = [facts[template_name(words[word.strip()])] for word in WORD.findall(line)]
    if [] in values:
        return []
    is_list_alone = WORD.fullmatch(line.strip()) and isinstance(values[0], list)
    return [values[0]] if is_list_alone else [_filled(line, words, facts)]


def _filled(text: str, words: Mapping[str, str], facts: dict[str, Any]) -> str:
    in_order = GROUPED.sub(lambda match: isolate_number(match[0]), text)
    return WORD.sub(lambda match: _value(facts, words[match[1].strip()]), in_order)


def _value(facts: dict[str, Any], path: str) -> str:
    value = facts[template_name(path)]
    return "، ".join(value) if isinstance(value, list) else str(value)


# ---- what a template takes


def draft_data(paper: Paper, record: Record, language: str, on: date, wording: Wording | None = None) -> dict[str, Any]:
    """What the template takes for a paper as it would be issued, with "draft" across each page."""
    text = wording or text_in_use(paper, language)
    facts = with_number(facts_of(paper, record, language, on, text), DASH) | proof_facts(paper, record, on)
    return template_data(paper, language, [facts], on, "", is_draft=True)


def template_data(
    paper: Paper, language: str, each_facts: Sequence[dict[str, Any]], on: date, title: str, is_draft: bool = False
) -> dict[str, Any]:
    """What a template takes: the facts of one paper, or of several one after the other, under the letterhead of a day.

    A paper of another day brings its own letterhead, foot and day, as `sheet`.
    """
    with force_locale(language):
        full_title = f"{paper.label} {title}".strip()
    papers = [{"sheet": {}} | facts for facts in each_facts]
    return frame_data(paper.head, language, on, is_draft) | {"title": full_title, "papers": papers}


def frame_data(head: HeadKind, language: str, on: date, is_draft: bool = False) -> dict[str, Any]:
    """What every paper of a day has around it (`templates/frame.typ`): letterhead, foot, page, the word of a draft."""
    with force_locale(language):
        words = {"page": str(PAGE), "draft": str(DRAFT) if is_draft else ""}
    metadata = {"date": [on.year, on.month, on.day], "lang": language, "author": AUTHOR}
    return words | metadata | letterhead_data(head, language, on)


def typeset(paper: Paper, language: str, data: dict[str, Any]) -> bytes:
    """The PDF of a paper from what its template takes; RuleError names a sign that cannot be printed."""
    try:
        return typesetting.typeset(paper.template(language), data)
    except typesetting.Unprintable as fault:
        Printable().refuse(sign=str(fault), paper=paper.kind)


# ---- the letterhead


def letterhead_data(kind: HeadKind, language: str, on: date) -> dict[str, Any]:
    """Letterhead of a day: its lines in both languages, its logo, its foot, and where papers are done."""
    head = Letterhead.on(kind, on)
    lines = {"ar": head.lines_ar.splitlines(), "fr": head.lines_fr.splitlines()} if head else {"ar": [], "fr": []}
    city, foot = (getattr(head, f"{name}_{language}", None) or "" for name in ("city", "foot"))
    day = format_day(on, language)
    with force_locale(language):
        sentence = _l("Done at %(city)s, on %(day)s")
        done = str(sentence) % {"city": isolate_text(city), "day": day} if city else day
    logos = [_as_svg(logo) for logo in _logos(head)]
    return {"head": {**lines, "logos": logos, "alt": " ".join(lines[language][-1:])}, "foot": foot, "done": done}


def _logos(head: Letterhead | None) -> list[Attachment]:
    """The logo that a letterhead has attached, or none."""
    if head is None:
        return []
    attached = (
        scan for scan in attachments_of(head) if scan.kind == ScanKind.logo and scan.state == AttachmentState.attached
    )
    return [logo for logo in attached if logo.media_type in PICTURES and _is_small(logo)][:1]


def _is_small(logo: Attachment) -> bool:
    """Whether a logo is within the limit, which did not stand when the first were attached."""
    return picture_size(logo.content).pixels <= LOGO_MEGAPIXELS * MEGAPIXEL


def _as_svg(logo: Attachment) -> str:
    """A picture inside an SVG: the typesetter takes texts only."""
    encoded = base64.b64encode(logo.content).decode()
    source = quoteattr(f"data:{logo.media_type};base64,{encoded}")
    image = f'<image width="100" height="100" href={source}/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">{image}</svg>'
