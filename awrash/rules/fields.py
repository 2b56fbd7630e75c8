"""The rules of single fields: identifiers, phones, names, hours, amounts."""

import re
from collections.abc import Sized
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from wtforms import Field, Form

from awrash.rules.rule import Rule
from awrash.values.identifiers import Identifier, IdentifierError, affiliation, cnie, cnss_number, ice, phone, rib
from awrash.values.language import _l
from awrash.values.states import NO_MARK, Mark
from awrash.values.text import clean, western_digits


class IdentifierRule(Rule):
    """An identifier as `docs/cnss.md` section 3 has it; typed freely, kept clean."""

    identifier: ClassVar[Identifier]
    field_flags: ClassVar[dict[str, Any]] = {"tidy": True}  # the form shows it clean, digits from left to right

    def clean(self, text: str) -> str:
        return self.identifier.compact(text)

    def check(self, value: str) -> None:
        try:
            self.identifier.validate(value)
        except IdentifierError:
            self.refuse(given=value)


class Cnie(IdentifierRule):
    """One or two letters, then digits; no public check digit (docs/cnss.md, "3.5 CNIE")."""

    identifier = cnie
    message = _l("%(given)s is not a CNIE number: write one or two letters and up to six digits, as on the card.")


class CnssNumber(IdentifierRule):
    """Nine digits; a wrong key is a doubt to verify, never a refusal (docs/cnss.md, "3.1 CNSS numbers")."""

    identifier = cnss_number
    message = _l("%(given)s is not a CNSS number: write its nine digits.")


class AffiliationNumber(IdentifierRule):
    """Seven digits; a wrong key is a doubt to verify, never a refusal (docs/cnss.md, "3.1 CNSS numbers")."""

    identifier = affiliation
    message = _l("%(given)s is not a CNSS affiliation number: write its seven digits.")


class Ice(IdentifierRule):
    """Fifteen digits, a multiple of 97 (docs/cnss.md, "3.2 ICE")."""

    identifier = ice
    message = _l("%(given)s is not an ICE: write its fifteen digits and read the last two again.")


class Rib(IdentifierRule):
    """Twenty-four digits, a multiple of 97 (docs/cnss.md, "3.3 RIB and IBAN")."""

    identifier = rib
    message = _l("%(given)s is not a RIB: write its twenty-four digits and read the last two again.")


class DayMarks(Rule):
    """[D] A day of the sheet carries one letter, or a point when nothing is said of it
    (docs/programme.md, "Attendance")."""

    message = _l("“%(given)s” is not one of the letters of the sheet: %(letters)s, or a point.")

    def check(self, marks: str) -> None:
        known = {mark.value for mark in Mark} | {NO_MARK}
        for letter in marks:
            if letter not in known:
                self.refuse(given=letter, letters=" ".join(mark.value for mark in Mark))


class Phone(IdentifierRule):
    """A Moroccan number (docs/cnss.md, "3.6 Phones")."""

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
    """[D] An hour of the day: 9h30, 9:30 or 9 as typed, kept as 09:30 (docs/programme.md, "Field formats")."""

    message = _l("“%(given)s” is not an hour: write it as 09:30.")

    def clean(self, text: str) -> str:
        typed = re.fullmatch(r"([0-9]{1,2})(?: ?[:hH.] ?([0-9]{2})?)?", western_digits(clean(text)))
        return f"{int(typed[1]):02}:{typed[2] or '00'}" if typed else text

    def check(self, value: str) -> None:
        if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value):
            self.refuse(given=value)


class WebAddress(Rule):
    """[D] Where a code is verified: the address of a site, which a QR opens on any phone
    (docs/programme.md, "Field formats")."""

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
    """[D] Bank codes of three digits, the first three of a RIB (docs/programme.md, "Field formats")."""

    message = _l("%(given)s is not a list of bank codes: write codes of three digits with spaces between them.")

    def check(self, value: str) -> None:
        if not re.fullmatch(r"\d{3}([ ,]+\d{3})*", value):
            self.refuse(given=value)


class Positive(Rule):
    """A count or an amount of something that is there."""

    message = _l("%(given)s is too small: write a number above zero.")

    def check(self, value: int | Decimal) -> None:
        if value <= 0:
            self.refuse(given=value)


class NotNegative(Rule):
    """A count or an amount that may be nothing."""

    message = _l("%(given)s is below zero: write zero or more.")

    def check(self, value: int | Decimal) -> None:
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

    def __call__(self, form: Form, field: Field) -> None:
        if field.data or field.object_data != field.data:
            self.check(field.data)

    def check(self, value: Sized | None) -> None:
        if not value:
            self.refuse()


class FirstOfMonth(Rule):
    """A month is kept as its first day."""

    message = _l("%(given)s is not a month: write it as 2026-10.")

    def check(self, value: date) -> None:
        if value.day != 1:
            self.refuse(given=value)


class InOrder(Rule):
    """A period ends after it begins."""

    message = _l("The last day, %(last)s, comes before the first, %(first)s.")

    def __init__(self, first: str, last: str) -> None:
        self.first, self.field = first, last

    def check(self, record: object) -> None:
        first, last = getattr(record, self.first), getattr(record, str(self.field))
        if first and last and last < first:
            self.refuse(first=first, last=last)
