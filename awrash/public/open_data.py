"""The published tables: their columns, the same rows on the page and in the files, and the data dictionary."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from awrash.reports.public_figures import Row, agreements, calls, communes, projects, specifications, wages
from awrash.values.cells import cell
from awrash.values.language import Label, _l, language
from awrash.values.states import AgreementState, CallState, CarrierKind, ProjectState, Word

TEXT, CODE = _l("text"), _l("text, one of: %(codes)s")
DAY, MONTH, YES_NO = _l("day, YYYY-MM-DD"), _l("month, YYYY-MM"), _l("1 for yes, 0 for no")
NUMBER, AMOUNT, SHARE = _l("whole number"), _l("dirhams, two decimals after a comma"), _l("per cent, one decimal")
COUNT = _l("people, or * where so few would point to a person")


@dataclass(frozen=True)
class DataField:
    """A column of a published table: its name, its label, how its values are written, a note on what it counts."""

    name: str
    label: Label
    form: Label = TEXT
    words: type[Word] | None = None
    note: Label = ""

    @property
    def form_in_words(self) -> str:
        """How the column is written, in the language served."""
        if self.words is None:
            return str(self.form)
        return str(CODE) % {"codes": ", ".join(f"{word.value} ({word.label})" for word in self.words)}


@dataclass(frozen=True)
class DataTable:
    """A published table: the columns of its file, those of the page, and the select that fills both."""

    title: Label
    read: Callable[[date], list[Row]]
    fields: tuple[DataField, ...]
    page: tuple[DataField, ...]
    empty: Label


ROWS_SHOWN = 25  # of each table: the page stays under 60 kB however many years are published


@dataclass(frozen=True)
class TablePart:
    """One page of a table's rows; pages count from 0."""

    rows: list[Row]
    page: int
    pages: int


def part_of(rows: list[Row], page: int) -> TablePart:
    """A page of a table's rows; of none beyond the last."""
    first = page * ROWS_SHOWN
    return TablePart(rows[first : first + ROWS_SHOWN], page, -(-len(rows) // ROWS_SHOWN))


def value_of(row: Row, name: str) -> Any:
    """A value of a row; a text kept in two languages is read in the one served, else in French, else in Arabic."""
    if name in row:
        return row[name]
    return next((row[f"{name}_{code}"] for code in (language(), "fr", "ar") if row.get(f"{name}_{code}")), None)


def file_lines(table: DataTable, rows: list[Row]) -> Iterator[list[str]]:
    """The cells of a table's file, by the conventions of every CSV that leaves Awrash."""
    for row in rows:
        values = ((field, row[field.name]) for field in table.fields)
        yield [f"{value:%Y-%m}" if field.form is MONTH and value else cell(value) for field, value in values]


DICTIONARY = "dictionary"
DICTIONARY_HEADER = (_l("File"), _l("Column"), _l("Meaning"), _l("How it is written"))


def dictionary() -> Iterator[list[str]]:
    """The data dictionary's lines: the file, the column, what it means, how it is written."""
    for name, table in TABLES.items():
        for field in table.fields:
            meaning = ". ".join(str(text) for text in (field.label, field.note) if text)
            yield [f"{name}.csv", field.name, meaning, field.form_in_words]


def _both(stem: str, arabic: Label, french: Label) -> tuple[DataField, DataField]:
    """The two columns of a text kept in Arabic and in French, with their labels."""
    return DataField(f"{stem}_ar", arabic), DataField(f"{stem}_fr", french)


YEAR, CALL = DataField("year", _l("Edition"), NUMBER), DataField("call", _l("Call"))
TITLES = _both("title", _l("Title in Arabic"), _l("Title in French"))
CARRIERS = _both("carrier", _l("Carrier in Arabic"), _l("Carrier in French"))
COMMUNES = _both("commune", _l("Commune in Arabic"), _l("Commune in French"))
KIND = DataField("carrier_kind", _l("Kind of carrier"), words=CarrierKind)
TITLE, CARRIER, COMMUNE = (
    DataField("title", _l("Title")),
    DataField("carrier", _l("Carrier")),
    DataField("commune", _l("Commune")),
)
PLACES, VALUE = (
    DataField("places", _l("Places"), NUMBER),
    DataField("value", _l("Value of the project"), AMOUNT),
)
REASON = DataField(
    "reason", _l("Reason"), note=_l("As written in the minutes; numbers of cards, accounts and phones masked")
)

CALL_FIELDS = (
    DataField("number", _l("Number")),
    *TITLES,
    DataField("opens_on", _l("Opens on"), DAY),
    DataField("closes_on", _l("Closes on"), DAY),
    DataField("state", _l("State"), words=CallState),
)
VERSION_FIELDS = (
    CALL,
    DataField("number", _l("Version"), NUMBER),
    DataField("published_on", _l("Published on"), DAY),
)
PROJECT_FIELDS = (
    DataField("reference", _l("Receipt number")),
    *(PLACES, DataField("months", _l("Duration in months"), NUMBER), VALUE),
    DataField("state", _l("Decision"), words=ProjectState),
    DataField("decided_on", _l("Decided on"), DAY),
    REASON,
)
AGREEMENT_FIELDS = (
    DataField("starts_on", _l("First day"), DAY),
    DataField("ends_on", _l("Last day"), DAY),
    VALUE,
    DataField("management_fee", _l("Management fee"), AMOUNT),
    DataField("state", _l("State"), words=AgreementState),
)
PEOPLE_NOTE = _l("People with a contract that runs or ran; who worked in two communes counts in each")
PEOPLE_FIELDS = (
    DataField("worksites", _l("Worksites"), NUMBER),
    PLACES,
    DataField("people", _l("People at work"), COUNT, note=PEOPLE_NOTE),
    DataField("women", _l("Women"), COUNT),
    DataField("women_share", _l("Share of women"), SHARE),
    DataField("rural", _l("From rural communes"), COUNT, note=_l("By the commune where the person lives")),
    DataField("rural_share", _l("Share from rural communes"), SHARE),
)
IN_TIME_NOTE = _l("No text sets a day for wages: the last day to declare the month to CNSS stands for it")
WAGE_FIELDS = (
    DataField("month", _l("Month"), MONTH),
    DataField("wages", _l("Wages"), COUNT, note=_l("All that were earned, those that a rule still blocks included")),
    DataField("net", _l("Net wages"), AMOUNT),
    DataField("paid_share", _l("Share of wages paid"), SHARE),
    DataField("due_on", _l("Due on"), DAY, note=IN_TIME_NOTE),
    DataField("in_time_share", _l("Share of wages paid on time"), SHARE, note=_l("Empty until that day has come")),
)

TABLES = {
    "calls": DataTable(
        _l("Calls"), calls, (YEAR, *CALL_FIELDS), (CALL_FIELDS[0], TITLE, *CALL_FIELDS[3:]),
        _l("No call is published yet."),
    ),
    "specifications": DataTable(
        _l("Specifications"), specifications,
        (*VERSION_FIELDS, *_both("body", _l("Text in Arabic"), _l("Text in French"))),
        VERSION_FIELDS, _l("No specifications are published yet."),
    ),
    "projects": DataTable(
        _l("Decisions of the committee"), projects,
        (CALL, PROJECT_FIELDS[0], *TITLES, *CARRIERS, KIND, *COMMUNES, *PROJECT_FIELDS[1:]),
        (PROJECT_FIELDS[0], TITLE, CARRIER, COMMUNE, PLACES, VALUE, PROJECT_FIELDS[4], REASON),
        _l("Nothing is decided yet."),
    ),
    "agreements": DataTable(
        _l("Carriers and amounts"), agreements,
        (
            DataField("number", _l("Number")), DataField("project", _l("Project")),
            DataField("carrier_registration", _l("Registration number")), *CARRIERS, KIND, *COMMUNES, *AGREEMENT_FIELDS,
        ),
        (DataField("number", _l("Agreement")), CARRIER, KIND, COMMUNE, *AGREEMENT_FIELDS[2:]),
        _l("No agreement is signed yet."),
    ),
    "communes": DataTable(
        _l("Places and people by commune"), communes,
        (
            YEAR, DataField("commune_code", _l("Code of the commune"), note=_l("Empty in the line of the total")),
            *COMMUNES, DataField("is_rural", _l("Rural"), YES_NO), *PEOPLE_FIELDS,
        ),
        (YEAR, COMMUNE, *PEOPLE_FIELDS), _l("No worksite is planned yet."),
    ),
    "wages": DataTable(_l("Wages paid on time"), wages, WAGE_FIELDS, WAGE_FIELDS, _l("No wage is to be paid yet.")),
}  # fmt: skip
