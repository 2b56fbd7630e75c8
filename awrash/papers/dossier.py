"""The whole file of a project or of a person as one PDF: what is recorded, its history, its papers, its scans.

It is made anew each time it is asked for, and proves nothing by itself: the papers in it do. It declares no PDF/A,
since scans of others are inside.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import force_locale
from sqlalchemy import inspect, select

from awrash.database.record import Record, label_of, records_at, value_at
from awrash.database.session import db
from awrash.papers import catalogue, issue, typesetting
from awrash.papers.fields import DASH, format_day, is_number, isolate_number, isolate_text, relations_on, written
from awrash.records.attachments import Attachment, AttachmentState, attachments_of
from awrash.records.audit import AuditEvent, AuditLine, history_of
from awrash.records.issued_papers import IssuedPaper, IssuedState
from awrash.records.letterheads import HeadKind
from awrash.rules.rule import Rule
from awrash.values import others_files
from awrash.values.file_type import JPEG, MEGAPIXEL, MOST_MEGAPIXELS, PDF, PNG, SUFFIXES, picture_size
from awrash.values.language import _l
from awrash.values.others_files import OthersFiles

TEMPLATE = "dossier"
# Limits of the product, for the server's sake: what goes beyond is said to stand apart.
MOST_SHOWN = 1_000  # pages of papers and scans: two reams, which nobody prints in one go
MOST_UNPACKED = 500_000_000  # bytes of all pictures: sixty pages in grey at 300 dots per inch, twelve photos of phones
TITLE = _l("Whole file")
CONTENTS = _l("Contents")
OVERVIEW = _l("Overview")
HISTORY = _l("History")
APART = _l("This file cannot be shown here: open it from its record.")
NAME = _l("Name")
STANDS_FOR = {"days": "days_worked", "said": "situation"}  # derived figures, and their field


class FitsInOne(Rule):
    """Product limit, for the server's sake: the papers and scans of a record are laid out together."""

    message = _l("The papers and scans of %(record)s are too heavy to lay into one file: open them from their records.")


@dataclass(frozen=True)
class Listed:
    """A table of the records at the end of a path, and the columns shown of each."""

    path: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Dossier:
    """What the file of a record holds: facts, tables, and the paths to the records whose papers belong to it.

    `figures` are worked out of the record, each with its label.
    """

    facts: tuple[str, ...]
    tables: tuple[Listed, ...]
    papers_at: tuple[str, ...]
    figures: tuple[tuple[str, Any], ...] = ()


DOSSIERS = {
    "project": Dossier(
        (
            *("reference", "state", "call", "carrier", "title_ar", "title_fr", "commune", "theme"),
            *("within_communal_powers", "direct_impact", "innovation", "places", "months", "months_reason"),
            *("monthly_wage", "deposited_on", "carrier.kind", "carrier.registration_number", "carrier.founded_on"),
            *("carrier.ice", "carrier.cnss_affiliation", "carrier.rib", "carrier.address", "carrier.phone"),
        ),
        (
            Listed("carrier.officers", ("role", "name", "cnie")),
            Listed("budget_lines", ("kind", "in_kind", "amount")),
            Listed("supports", ("service", "kind", "description")),
            Listed("documents", ("document", "received_on")),
            Listed("scores", ("criterion", "points")),
            Listed("decisions", ("session", "outcome", "reason")),
            Listed("agreements", ("number", "value", "management_fee", "starts_on", "ends_on", "state")),
            Listed("agreements.instalments", ("due_on", "amount", "paid_on", "reference", "state")),
            Listed("agreements.worksites", ("code", "name", "commune", "opens_on", "closes_on", "places", "state")),
            Listed("agreements.worksites.visits", ("worksite", "visited_on", "head_count", "notes")),
            Listed("agreements.worksites.trainings", ("worksite", "title", "skill", "held_on", "hours")),
            Listed("agreements.worksites.sheets", ("worksite", "month", "locked_on", "state")),
            Listed("agreements.worksites.contracts", ("number", "participant", "job", "starts_on", "ends_on", "state")),
            Listed(
                "agreements.worksites.contracts.pay_slips.payments",
                ("pay_slip", "amount", "sent_on", "paid_on", "state"),
            ),
        ),
        (
            *("carrier", "decisions", "agreements", "agreements.instalments", "agreements.worksites"),
            *("agreements.worksites.visits", "agreements.worksites.trainings", "agreements.worksites.sheets"),
            "agreements.worksites.contracts",
        ),
        (
            ("value", _l("Value of the project")),
            ("management_fee", _l("Management fee")),
            ("score", _l("Score out of 100")),
        ),
    ),
    "participant": Dossier(
        (
            *("cnie", "family_name_ar", "given_name_ar", "family_name_fr", "given_name_fr", "born_on", "sex"),
            *("education", "commune", "address", "phone", "anapec_number", "cnss_number", "cnss_state", "rib"),
            *("account_state", "cover_state", "cover_opened_on", "state"),
        ),
        (
            Listed("contracts", ("number", "worksite", "job", "starts_on", "ends_on", "monthly_wage", "state")),
            Listed("contracts.attendance_lines", ("sheet", "days", "said")),
            Listed("contracts.pay_slips", ("month", "days", "gross", "net", "blocked_by")),
            Listed("contracts.pay_slips.payments", ("pay_slip", "amount", "sent_on", "paid_on", "state")),
            Listed("contracts.certificates", ("serial", "issued_on", "state")),
            Listed("contracts.follow_ups", ("months_after", "due_on", "situation", "state")),
            Listed("trainings", ("worksite", "title", "skill", "held_on", "hours")),
            Listed("complaints", ("number", "received_on", "kind", "text", "answer", "answered_on", "state")),
        ),
        ("contracts", "contracts.certificates", "contracts.pay_slips", "complaints"),
    ),
}


@dataclass(frozen=True)
class Readable:
    """What the person who asks may open, by the name of a kind of record, and which records they read all of."""

    opens: Callable[[str], bool] = lambda name: True
    reads: Callable[[Record], bool] = lambda record: True


def dossier(record: Record, language: str, on: date, readable: Readable = Readable()) -> bytes:
    """The whole file of a record, in the language of the person who asks, as it stands on a day.

    What that person may not open, or reads only in part, is left out.
    RuleError when its papers and scans are too heavy to lay into one file.
    """
    with force_locale(language), others_files.others_files() as files:
        items = list(_items(record, language, files, readable))
        data = _data(record, language, on, readable) | {"items": _within_limits(items, files.pages())}
        try:
            return typesetting.typeset_with(files, TEMPLATE, data)
        except typesetting.CannotLayOut:
            FitsInOne().refuse(record=record)


# ---- what is recorded


def _data(record: Record, language: str, on: date, readable: Readable) -> dict[str, Any]:
    """What the template takes besides the papers and scans: letterhead, facts, tables, history."""
    content = DOSSIERS[record.__tablename__]
    frame = catalogue.frame_data(HeadKind.prefecture, "fr" if language == "en" else language, on)
    paths = (table for table in content.tables if _may_read(record, table.path, readable))
    tables = [_table(record, table, language, readable) for table in paths]
    facts = [[label_of(type(record), path), written(record, path, language)] for path in content.facts]
    figures = [[str(label), written(record, path, language)] for path, label in content.figures]
    return frame | {
        "lang": language,
        "title": f"{TITLE} {record}",
        "heading": str(TITLE),
        "name": isolate_text(str(record)),
        "contents": str(CONTENTS),
        "overview": str(OVERVIEW),
        "facts": facts + figures,
        "tables": [table for table in [*tables, _history(record, language)] if table],
    }


def _may_read(record: Record, path: str, readable: Readable) -> bool:
    """Whether each kind of record on a path may be opened."""
    relations = relations_on(type(record), path.split("."))
    return all(readable.opens(relation.mapper.class_.__tablename__) for relation in relations)


def _table(record: Record, table: Listed, language: str, readable: Readable) -> dict[str, Any]:
    """The records at the end of a path as a table; nothing when there is none."""
    rows = list(filter(readable.reads, records_at(record, table.path)))
    if not rows:
        return {}
    title = list(relations_on(type(record), table.path.split(".")))[-1].info["label"]
    return {
        "title": str(title),
        "header": [_column_name(type(rows[0]), path) for path in table.columns],
        "sides": ["end" if any(is_number(value_at(row, path)) for row in rows) else "start" for path in table.columns],
        "rows": [[written(row, path, language) for path in table.columns] for row in rows],
    }


def _column_name(kind: type[Record], path: str) -> str:
    """A column's label; a derived figure of attendance has that of the field it stands for."""
    if path == "name":
        return str(NAME)
    return label_of(kind, path if path in inspect(kind).column_attrs or "." in path else STANDS_FOR.get(path, path))


def _history(record: Record, language: str) -> dict[str, Any]:
    """What was done with the record, when, by whom and why, as a table; nothing when nothing was."""
    states = {state.value: state for state in type(record).state.property.columns[0].type.enum_class}
    arrow, rows = " ← " if language == "ar" else " → ", []
    for line in reversed(history_of(record)):
        event = AuditEvent(line.what).label
        steps = [str(states[state].label) for state in (line.from_state, line.to_state) if state in states]
        done = str(_l("%(relation)s: %(field)s")) % {"relation": event, "field": arrow.join(steps)}
        rows.append(
            [
                format_day(line.at, language),
                isolate_text(line.actor),
                done if steps else str(event),
                isolate_text(line.why or DASH),
            ]
        )
    header = [label_of(AuditLine, name) for name in ("at", "actor", "what", "why")]
    return {"title": str(HISTORY), "header": header, "sides": ["start"] * len(header), "rows": rows} if rows else {}


# ---- its papers and scans


@dataclass(frozen=True)
class Item:
    """A paper or a scan: what it is, from when, the file that holds it, and the bytes it takes once unpacked."""

    title: str
    when: str
    file: str
    unpacked: int = 0


def _items(record: Record, language: str, files: OthersFiles, readable: Readable) -> Iterator[Item]:
    """The papers issued and the scans attached, each put among the files."""
    paths = [path for path in DOSSIERS[record.__tablename__].papers_at if _may_read(record, path, readable)]
    related = (other for path in paths for other in records_at(record, path))
    records = [record, *filter(readable.reads, related)]
    for issued in reversed(issue.issued_papers_of(records)):
        if issued.state == IssuedState.issued:
            title = f"{issued.document.label} {isolate_text(issued.number)}"
            file = files.add(_bytes(IssuedPaper, issued.id), SUFFIXES[PDF])
            yield Item(title, format_day(issued.issued_on, language), file)
    for scan in attachments_of(*records):
        if scan.state == AttachmentState.attached:
            yield _scan(scan, language, files)


def _scan(scan: Attachment, language: str, files: OthersFiles) -> Item:
    """A scan, put among the files when it is of a kind and a size that can be laid out."""
    content = _bytes(Attachment, scan.id)
    is_picture, suffix = scan.media_type in (PNG, JPEG), SUFFIXES.get(scan.media_type, "")
    fits = not is_picture or picture_size(content).pixels <= MOST_MEGAPIXELS * MEGAPIXEL
    return Item(
        title=f"{scan.kind.label} {isolate_text(scan.file_name)}",
        when=format_day(scan.added_at, language),
        file=files.add(content, suffix) if suffix and fits else "",
        unpacked=picture_size(content).unpacked if is_picture else 0,
    )


def _bytes(kind: type[IssuedPaper | Attachment], number: int) -> bytes:
    return bytes(db.session.scalars(select(kind.content).filter_by(id=number)).one())


def _within_limits(items: list[Item], pages: dict[str, int]) -> list[dict[str, Any]]:
    """What is shown of each item, as long as the whole stays within what can be laid out; `pages` by file."""
    shown_items, shown_pages, unpacked = [], 0, 0
    for item in items:
        count = pages.get(item.file, 0)
        if shown_pages + count > MOST_SHOWN or unpacked + item.unpacked > MOST_UNPACKED:
            count = 0
        if count:
            shown_pages, unpacked = shown_pages + count, unpacked + item.unpacked
        shown_items.append(_shown(item, count))
    return shown_items


def _shown(item: Item, count: int) -> dict[str, Any]:
    """An item as the template shows it: the pages of a PDF, a picture, or a sentence when it stands apart."""
    is_pdf = item.file.endswith(SUFFIXES[PDF])
    pages = [
        {"file": item.file, "page": page, "alt": f"{item.title} {isolate_number(page)}"} for page in range(1, count + 1)
    ]
    return {
        "title": item.title,
        "when": item.when,
        "pages": pages if is_pdf else [],
        "pictures": [{"file": item.file, "alt": item.title}] if count and not is_pdf else [],
        "apart": [] if count else [str(APART)],
    }
