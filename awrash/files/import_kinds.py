"""What each list that comes in is made of: its columns, its records, and the refusals of its cells."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import inspect as mapped
from sqlalchemy import select

from awrash.database import parsing
from awrash.database.record import Record, label_of, value_before
from awrash.database.session import db
from awrash.models import AttendanceCorrection, AttendanceLine, Carrier, Contract, Participant, Payment
from awrash.rules.check import LARGEST, is_far_too_long, longest
from awrash.rules.rule import Rule
from awrash.values.language import _l
from awrash.values.spelling import fold, same_name, same_spelling
from awrash.values.states import Word

SHOWN = 80  # characters of a cell in a sentence
AnyRecord = TypeVar("AnyRecord", bound=Record)


class UnknownColumn(Rule):
    """A header that names no field."""

    message = _l("There is no column “%(given)s” here: the columns are %(known)s.")


class ColumnMissing(Rule):
    """A file without the column that tells its lines apart."""

    message = _l("The column “%(name)s” is missing.")


class ColumnTwice(Rule):
    """Two columns for the same field."""

    message = _l("The column “%(name)s” is there twice: keep one of them.")


class NotReadable(Rule):
    """A cell that is not what its field holds."""

    message = _l("“%(given)s” cannot be read: %(expected)s.")


class NotFound(Rule):
    """A cell that names a record which is not there."""

    message = _l("“%(given)s” is not recorded: add it first or correct it.")


class TwiceInFile(Rule):
    """Two lines of a file for the same record."""

    message = _l("“%(given)s” is already on line %(line)s of this file.")


class NoLines(Rule):
    """A file that brings nobody and nothing."""

    message = _l("This file has the names of its columns and no line under them.")


class WrongCellCount(Rule):
    """A line with cells that stand under no name of the header."""

    message = _l("This line has %(given)s cells; the header has %(expected)s.")


class IdentityAsRecorded(Rule):
    """[D] A list never says anew who a person is: that is corrected on the person's page, with the card in hand
    (docs/programme.md, "Accountability")."""

    message = _l(
        "%(field)s of %(record)s (%(key)s) is recorded as %(before)s, and this line says %(after)s. Read the card: "
        "correct the line or, if the record is wrong, the page of the person."
    )

    def check_same(self, record: Record, name: str) -> None:
        """Refuse a field of a record that is there which would say something else, by more than its spelling."""
        before, after = value_before(record, name), getattr(record, name)
        is_spelling = isinstance(before, str) and not isinstance(before, Word) and same_name(before, after)
        if before != after and not is_spelling:
            key = getattr(record, record.__key__)
            self.refuse(field=label_of(type(record), name), record=record, key=key, before=before, after=after)


@dataclass(frozen=True)
class Kind:
    """A kind of file: the record it makes, its columns, those that tell its lines apart, those that say who it is.

    `paths` gives the way from the record to what a column fills, where the column's name does not say it.
    """

    record: type[Record]
    key: tuple[str, ...]
    columns: tuple[str, ...]
    identity: tuple[str, ...] = ()
    paths: Mapping[str, str] = field(default_factory=dict)

    def path_of(self, column: str) -> str:
        """`participant.cnie` fills the relation `participant`."""
        return self.paths.get(column, column.split(".")[0])

    def label_path(self, column: str) -> str:
        """The path that an export of the same column reads."""
        natural_key = column.split(".")[1:]
        return ".".join([self.path_of(column), *natural_key])


KINDS: dict[str, Kind] = {
    "carriers": Kind(
        Carrier,
        ("registration_number",),
        (
            *("kind", "name_ar", "name_fr", "registration_number", "founded_on", "ice", "cnss_affiliation", "rib"),
            *("address", "commune", "phone", "email"),
        ),
    ),
    "participants": Kind(
        Participant,
        ("cnie",),
        (
            *("cnie", "family_name_ar", "given_name_ar", "family_name_fr", "given_name_fr", "born_on", "sex"),
            *("address", "commune", "phone", "anapec_number", "cnss_number", "rib", "education"),
        ),
        identity=("family_name_ar", "given_name_ar", "family_name_fr", "given_name_fr", "born_on", "sex"),
    ),
    "contracts": Kind(
        Contract,
        ("number",),
        ("number", "participant.cnie", "worksite.code", "job", "starts_on", "ends_on", "monthly_wage"),
    ),
    "attendance": Kind(
        AttendanceLine,
        ("worksite.code", "month", "participant.cnie"),
        ("worksite.code", "month", "participant.cnie", "days_worked", "marks", "situation"),
        paths={"worksite.code": "sheet.worksite", "month": "sheet.month", "participant.cnie": "contract.participant"},
    ),
    "corrections": Kind(
        AttendanceCorrection,
        ("worksite.code", "month", "participant.cnie"),
        ("worksite.code", "month", "participant.cnie", "days_worked", "situation", "reason"),
        paths={
            "worksite.code": "line.sheet.worksite",
            "month": "line.sheet.month",
            "participant.cnie": "line.contract.participant",
        },
    ),
    "payments": Kind(
        Payment,
        ("month", "participant.cnie"),
        ("month", "participant.cnie", "amount", "state", "paid_on", "rejection_reason", "reference"),
        paths={"month": "pay_slip.month", "participant.cnie": "pay_slip.contract.participant"},
    ),
}
# Columns of our own exports that are ignored: states and their days are moved by operations alone.
IGNORED = {"corrected_on", "state", "account_state", "anapec_approved_on", "ended_reason", "sent_on", "id", "version"}


# ---- the records that lines mean


def find(record: type[AnyRecord], text: str) -> AnyRecord:
    """The record that a natural key, or another name of it, points to; RuleError when there is none."""
    attribute = mapped(record).attrs[record.__key__]
    if is_far_too_long(text, longest(attribute)):
        NotFound().refuse(given=text[:SHOWN])
    try:
        key = parsing.parse(attribute.columns[0].type, text)
    except ValueError:
        NotFound().refuse(given=text[:SHOWN])
    if isinstance(key, int) and key > LARGEST:
        NotFound().refuse(given=text[:SHOWN])
    named = db.session.scalar(select(record).filter(getattr(record, record.__key__) == key))
    if named is not None:
        return named
    folded = fold(same_spelling(text))
    for alias in getattr(record, "__aliases__", ()):
        for candidate in db.session.scalars(select(record)):
            if fold(getattr(candidate, alias)) == folded:
                return candidate
    NotFound().refuse(given=text[:SHOWN])
