"""What a rule is, and the rules that any record of any office obeys: numbers on cards, periods, steps."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, NoReturn

from sqlalchemy import String, Text, inspect, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import RelationshipDirection, RelationshipProperty, object_session
from sqlalchemy.orm.exc import StaleDataError
from wtforms.validators import ValidationError

from awrash import states as s
from awrash.database import SEARCH_LENGTH, Base, before, changed, is_new, reach, version_held
from awrash.identifiers import IdentifierError, affiliation, cnie, cnss_number, ice, phone, rib
from awrash.language import _l, isolated, said
from awrash.text import YEARS, clean, clean_lines, search_words, western_digits

LARGEST = 2**31 - 1  # what an integer column holds on both databases
LONGEST_TEXT = 20_000  # characters of a text whose column sets no length of its own
ROOM = 1_000  # characters that a text may be typed with besides what is kept: spaces, dots, direction marks


class RuleError(ValidationError):
    """A rule's refusal: its sentence, its code, and the field that mends it."""

    def __init__(self, rule: "Rule", sentence: str) -> None:
        super().__init__(sentence)
        self.code, self.field = rule.code, rule.field


class Rule:
    """One rule of the programme: `message` is its sentence, `check` its one check."""

    message: ClassVar[Any]
    field: str | None = None  # the field that a person mends

    @property
    def code(self) -> str:
        """The class name in snake case; logs, letters, reports and tests use it, never the sentence."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__).lower()

    def refuse(self, **facts: Any) -> NoReturn:
        raise RuleError(self, str(self.message) % {name: tell(fact) for name, fact in facts.items()})

    def check(self, subject: Any) -> None:
        raise NotImplementedError

    def closed(self, record: Any) -> None:
        """Refuse when nothing of the record can be changed any more, whatever the change."""

    def __call__(self, form: Any, field: Any) -> None:
        """Run under a form field, as a validator of WTForms."""
        if field.data is not None and field.data != "":
            field.data = self.clean(field.data) if hasattr(self, "clean") else field.data
            self.check(field.data)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash(type(self))


def tell(fact: Any) -> str:
    """A fact inside a sentence: a word by its label, dates and amounts as the language writes them."""
    return isolated(said(getattr(fact, "label", fact)))


# ---- what a column holds


class IdentifierRule(Rule):
    """An identifier as `reference/damancom.md` section 3 has it; typed freely, kept clean."""

    identifier: ClassVar[Any]
    field_flags: ClassVar[dict[str, Any]] = {"tidy": True}  # the form shows it clean, digits from left to right

    def clean(self, text: str) -> str:
        return self.identifier.compact(text)

    def check(self, value: str) -> None:
        try:
            self.identifier.validate(value)
        except IdentifierError:
            self.refuse(given=value)


class Cnie(IdentifierRule):
    """Damancom 3.5: one or two letters, then digits; no public check digit."""

    identifier = cnie
    message = _l("%(given)s is not a CNIE number: write one or two letters and up to six digits, as on the card.")


class CnssNumber(IdentifierRule):
    """Damancom 3.1: nine digits; a wrong key is a doubt to verify, never a refusal."""

    identifier = cnss_number
    message = _l("%(given)s is not a CNSS number: write its nine digits.")


class AffiliationNumber(IdentifierRule):
    """Damancom 3.1: seven digits; a wrong key is a doubt to verify, never a refusal."""

    identifier = affiliation
    message = _l("%(given)s is not a CNSS affiliation number: write its seven digits.")


class Ice(IdentifierRule):
    """Damancom 3.2: fifteen digits, a multiple of 97."""

    identifier = ice
    message = _l("%(given)s is not an ICE: write its fifteen digits and read the last two again.")


class Rib(IdentifierRule):
    """Damancom 3.3: twenty-four digits, a multiple of 97."""

    identifier = rib
    message = _l("%(given)s is not a RIB: write its twenty-four digits and read the last two again.")


class DayMarks(Rule):
    """[D] A day of the sheet carries one letter, or a point when nothing is said of it."""

    message = _l("“%(given)s” is not one of the letters of the sheet: %(letters)s, or a point.")

    def check(self, marks: str) -> None:
        known = {mark.value for mark in s.Mark} | {s.NO_MARK}
        for letter in marks:
            if letter not in known:
                self.refuse(given=letter, letters=" ".join(mark.value for mark in s.Mark))


class Phone(IdentifierRule):
    """Damancom 3.6: a Moroccan number."""

    identifier = phone
    message = _l("%(given)s is not a Moroccan phone number: write ten digits that begin with 05, 06, 07 or 08.")


class Email(Rule):
    """An address that a letter can be sent to."""

    message = _l("%(given)s is not an e-mail address: write it as name@example.ma.")

    def check(self, value: str) -> None:
        if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", value):
            self.refuse(given=value)


class PersonName(Rule):
    """Names are kept as on the card: letters of any script, never signs of a formula."""

    message = _l("%(given)s is not a name: write letters only, as on the card.")

    def check(self, value: str) -> None:
        if not re.fullmatch(r"[^\W\d_][^\d_=+@<>|{}\[\]\\/*#$%^&\"!?;:]*", value):
            self.refuse(given=value)


class LatinName(PersonName):
    """CNSS files take A to Z: the French name is written in Latin letters."""

    message = _l("%(given)s is not a name in Latin letters: write it as on the card.")

    def check(self, value: str) -> None:
        super().check(value)
        if not re.search(r"[A-Za-zÀ-ž]", value) or re.search(r"[\u0600-\u06ff]", value):
            self.refuse(given=value)


class Hour(Rule):
    """[D] An hour of the day: 9h30, 9:30 or 9 as typed, kept as 09:30."""

    message = _l("“%(given)s” is not an hour: write it as 09:30.")

    def clean(self, text: str) -> str:
        typed = re.fullmatch(r"([0-9]{1,2})(?: ?[:hH.] ?([0-9]{2})?)?", western_digits(clean(text)))
        return f"{int(typed[1]):02}:{typed[2] or '00'}" if typed else text

    def check(self, value: str) -> None:
        if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value):
            self.refuse(given=value)


class WebAddress(Rule):
    """[D] Where a code is verified: the address of a site, which a QR opens on any phone."""

    message = _l("“%(given)s” is not the address of a site: write it as https://awrash.example.ma.")

    def check(self, value: str) -> None:
        if not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[^\s\"<>{}]*)?", value):
            self.refuse(given=value)


class AsWritten(Rule):
    """A text kept sign for sign, with its marks of direction and its spaces; any text will do."""

    def clean(self, text: str) -> str:
        return text

    def check(self, text: str) -> None:
        pass


class BankCodes(Rule):
    """[D] Bank codes of three digits, the first three of a RIB."""

    message = _l("%(given)s is not a list of bank codes: write codes of three digits with spaces between them.")

    def check(self, value: str) -> None:
        if not re.fullmatch(r"\d{3}([ ,]+\d{3})*", value):
            self.refuse(given=value)


class Positive(Rule):
    """A count or an amount of something that is there."""

    message = _l("%(given)s is too small: write a number above zero.")

    def check(self, value: Any) -> None:
        if value <= 0:
            self.refuse(given=value)


class NotNegative(Rule):
    """A count or an amount that may be nothing."""

    message = _l("%(given)s is below zero: write zero or more.")

    def check(self, value: Any) -> None:
        if value < 0:
            self.refuse(given=value)


class Percent(Rule):
    """Points of a scoring grid."""

    message = _l("%(given)s is not between 0 and 100.")

    def check(self, value: int) -> None:
        if not 0 <= value <= 100:
            self.refuse(given=value)


class SomeChosen(Rule):
    """A list that must name something."""

    message = _l("Choose at least one.")

    def __call__(self, form: Any, field: Any) -> None:
        self.check(field.data)

    def check(self, value: Any) -> None:
        if not value:
            self.refuse()


class FirstOfMonth(Rule):
    """A month is kept as its first day."""

    message = _l("%(given)s is not a month: write it as 2026-10.")

    def check(self, value: Any) -> None:
        if value.day != 1:
            self.refuse(given=value)


# ---- what every record obeys


class Required(Rule):
    """A record without its required fields says nothing to anybody."""

    message = _l("%(field)s is missing: fill it in.")


class TooLong(Rule):
    """A text that its column would cut."""

    message = _l("%(field)s is too long: at most %(most)s characters.")


class TooLarge(Rule):
    """A number that its column cannot hold."""

    message = _l("%(field)s is too large.")


class FarAway(Rule):
    """A year that a finger slipped on."""

    message = _l("%(field)s, %(given)s, is too far away: read the year again.")


class Unique(Rule):
    """A number on a card or a receipt belongs to one record only."""

    message = _l("%(field)s %(given)s is already recorded for %(other)s.")


class Taken(Rule):
    """Two people wrote the same number at the same moment; the constraint let one pass."""

    message = _l("Somebody has just recorded the same: read the list again.")


class StillInUse(Rule):
    """What others rest on is not deleted."""

    message = _l("Other records rest on this one: it cannot be deleted.")


class InOrder(Rule):
    """A period ends after it begins."""

    message = _l("The last day, %(last)s, comes before the first, %(first)s.")

    def __init__(self, first: str, last: str) -> None:
        self.first, self.field = first, last

    def check(self, record: Any) -> None:
        first, last = getattr(record, self.first), getattr(record, str(self.field))
        if first and last and last < first:
            self.refuse(first=first, last=last)


class AllowedStep(Rule):
    """Accountability [D]: a state moves along the steps of its record, and says why when it takes something away."""

    message = _l("%(subject)s is “%(now)s” and cannot become “%(wanted)s”.")
    why = _l("Give the reason: %(subject)s becomes “%(wanted)s”.")
    already = _l("%(subject)s is already “%(now)s”.")

    def __init__(self, steps: s.Steps, state: str = "state") -> None:
        self.steps, self.field = steps, state

    def check(self, record: Any) -> None:
        wanted, now = getattr(record, str(self.field)), before(record, str(self.field))
        if now is None or now == wanted:
            return
        if wanted not in self.steps[now]:
            self.refuse(subject=record, now=now, wanted=wanted)
        asks_why = any(wanted is one for one in s.STEPS_WITH_REASON)
        takes_back = any(now is one and wanted is other for one, other in s.STEPS_BACK)
        if (asks_why or takes_back) and not record.why:
            raise RuleError(self, str(self.why) % {"subject": tell(record), "wanted": tell(wanted)})

    def check_taken(self, record: Any, wanted: Any) -> None:
        """A step that leads where the record stands was taken by somebody else, but for one that may be repeated."""
        if getattr(record, str(self.field)) == wanted and wanted not in self.steps[wanted]:
            raise RuleError(self, str(self.already) % {"subject": tell(record), "now": tell(wanted)})


class Changed(Rule):
    """Two people open the same record; the second to save sees what the first wrote before saving again."""

    message = _l("%(subject)s was changed by somebody else meanwhile: read it again, then save.")
    unnamed = _l("Somebody else changed this meanwhile: read it again, then repeat what you did.")
    unread = _l("This form does not say which state of %(subject)s it changes: open it again, then save.")

    def check_seen(self, record: Any, version: str | None) -> None:
        """Refuse to change a record by a form that was opened before its last change, or that doesn't say when."""
        if not (version and version.isascii() and version.isdigit()):
            raise RuleError(self, str(self.unread) % {"subject": tell(record)})
        if version != str(version_held(record)):
            self.refuse(subject=record)


# ---- how a record is checked


def settle(record: Any) -> None:
    """What a record is before it is checked: its texts clean, and the words that the search box reads.

    A text that is far too long is left as it was typed, unread: `TooLong` refuses it.
    """
    for attribute in inspect(record).mapper.column_attrs:
        value = getattr(record, attribute.key)
        if isinstance(value, str) and not isinstance(value, s.Word) and not is_far_too_long(value, longest(attribute)):
            kept = cleaned(value, attribute.info.get("rules", ()), isinstance(attribute.columns[0].type, Text))
            if kept != value:
                setattr(record, attribute.key, kept)
    if record.__search__:
        texts = [str(word)[:LONGEST_TEXT] for word in (reach(record, path) for path in record.__search__) if word]
        names = [(getattr(record, name) or "")[:ROOM] for name in record.__sounds__]
        words = search_words(texts, names)[:SEARCH_LENGTH]
        if is_new(record) or record.search_text != words:
            record.search_text = words


def longest(attribute: Any) -> int | None:
    """How many characters of text a mapped column keeps; None for what is no text, or kept sign for sign."""
    kind, rules = attribute.columns[0].type, attribute.info.get("rules", ())
    if isinstance(kind, Text) and not kind.length:
        return None if any(isinstance(rule, AsWritten) for rule in rules) else LONGEST_TEXT
    return kind.length if isinstance(kind, String) else None


def is_far_too_long(text: str, most: int | None) -> bool:
    """Whether a text cannot be what its column keeps, whatever is cleaned off it: nothing needs to read it."""
    return most is not None and len(text) > most + ROOM


def cleaned(text: str, rules: Any = (), is_long: bool = False) -> str | None:
    """A text as its column keeps it; nothing when only spaces were typed."""
    for rule in rules:
        if hasattr(rule, "clean"):
            return rule.clean(text) or None
    return (clean_lines(text) if is_long else clean(text)) or None


KEPT_FOR_GOOD: list[Rule] = []  # what every record obeys when it is deleted, besides its own rules


def refusals_of(record: Any, on_delete: bool = False) -> Iterator[RuleError]:
    """Every refusal of a record, fields first; the record's own rules run only on fields that hold."""
    found = [] if on_delete else list(_field_refusals(record))
    yield from found
    rules = (*record.__rules__, *KEPT_FOR_GOOD) if on_delete else record.__rules__
    for rule in () if found else rules:
        if on_delete and not getattr(rule, "on_delete", False):
            continue
        try:
            rule.check(record)
        except RuleError as refusal:
            yield refusal


def closing(record: Any) -> str:
    """Why nothing of a record can be changed any more; empty while something can."""
    for rule in record.__rules__:
        try:
            rule.closed(record)
        except RuleError as refusal:
            return str(refusal)
    return ""


def _field_refusals(record: Any) -> Iterator[RuleError]:
    for attribute in inspect(record).mapper.attrs:
        info = getattr(attribute, "info", {})
        if "label" not in info or attribute.key in ("id", "version") or getattr(attribute, "uselist", False):
            continue  # a list of records is not read to be checked: a payroll has hundreds of thousands of wages
        value = getattr(record, attribute.key)
        try:
            _check_field(record, attribute, value)
        except RuleError as refusal:
            refusal.field = attribute.key
            yield refusal


def _check_field(record: Any, attribute: Any, value: Any) -> None:
    label = {"field": attribute.info["label"]}
    columns = _columns(attribute)
    if value is None or value == "":
        if columns and not any(column.nullable or column.default or column.server_default for column in columns):
            Required().refuse(**label)
        return
    if isinstance(attribute, RelationshipProperty):
        return
    most = longest(attribute)
    if isinstance(value, str) and most is not None and len(value) > most:
        TooLong().refuse(most=most, **label)
    if isinstance(value, int) and not isinstance(value, bool) and not -LARGEST <= value <= LARGEST:
        TooLarge().refuse(**label)
    if isinstance(value, Decimal) and abs(value) > LARGEST:
        TooLarge().refuse(**label)
    if isinstance(value, date) and value.year not in YEARS:
        FarAway().refuse(given=value, **label)
    for rule in attribute.info["rules"]:
        rule.check(value)
    if columns[0].unique and changed(record, attribute.key):
        _check_unique(record, attribute, value)


def _columns(attribute: Any) -> list[Any]:
    """The columns that a field fills: its own, or the foreign key of a relation to one record."""
    if isinstance(attribute, RelationshipProperty):
        return list(attribute.local_columns) if attribute.direction is RelationshipDirection.MANYTOONE else []
    return list(attribute.columns)


def _check_unique(record: Any, attribute: Any, value: Any) -> None:
    session, kind = object_session(record), type(record)
    if session is None:
        return
    same = select(kind).filter(getattr(kind, attribute.key) == value)
    known = record.id
    other = session.scalar(same.filter(kind.id != known) if known else same)
    if other is not None and other is not record:
        Unique().refuse(field=attribute.info["label"], given=value, other=other)


# ---- what the database refuses when two people write at once

BEHIND_CONSTRAINT: dict[str, Rule] = {}  # name of a constraint -> the rule that it makes certain


def refusal_of(error: IntegrityError | StaleDataError, subject: Any = None) -> RuleError:
    """The rule's sentence behind a constraint that the database enforced, by its name, or behind a lost version."""
    if isinstance(error, StaleDataError):
        changed_by_other = Changed()
        sentence = changed_by_other.unnamed if subject is None else changed_by_other.message
        return RuleError(changed_by_other, str(sentence) % {"subject": tell(subject or "")})
    said = str(getattr(getattr(error.orig, "diag", None), "constraint_name", None) or _named(str(error.orig)))
    for name, rule in BEHIND_CONSTRAINT.items():
        if name in said:
            return RuleError(rule, str(rule.message))
    taken = "unique" in said.lower() or said.startswith("uq_")
    rule = Taken() if taken else StillInUse()
    return RuleError(rule, str(rule.message))


def _named(said: str) -> str:
    """SQLite tells the columns of a unique index, `payment.pay_slip_id`: its own names are added to what it says."""
    told = re.fullmatch(r"UNIQUE constraint failed: ((\w+)\.\w+(?:, \w+\.\w+)*)", said)
    if told is None:
        return said
    table = Base.metadata.tables[told[2]]
    alike = [one for one in table.indexes if one.unique and ", ".join(map(str, one.columns)) == told[1]]
    return " ".join([said, *(str(one.name) for one in alike)])
