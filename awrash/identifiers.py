"""Numbers on cards and papers, after `reference/damancom.md` section 3; refusing a valid one is worse than a doubt.

Each identifier has the words of python-stdnum: `compact`, `validate`, `is_valid`, `format`; `doubts` lists
what to read again on the card and never refuses.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import phonenumbers

from awrash.text import clean, western_digits

BANKS = {
    "007": "Attijariwafa Bank",
    "011": "Bank of Africa",
    "013": "BMCI",
    "021": "Crédit du Maroc",
    "022": "Saham Bank",
    "045": "Banque du Maroc 045",
    "050": "CFG Bank",
    "225": "Crédit Agricole du Maroc",
    "230": "CIH Bank",
    "310": "Trésorerie Générale du Royaume",
    "350": "Al Barid Bank",
    "360": "Umnia Bank",
    "362": "Bank Assafa",
    "366": "Bank Al Yousr",
    "367": "BTI Bank",
}


class IdentifierError(ValueError):
    """A text that cannot be the identifier: `reason` is `format` or `key`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def plain(text: str) -> str:
    """Western digits and capitals, without spaces, dots, dashes and direction marks."""
    return re.sub(r"[\s.\-/ـ]", "", western_digits(clean(text))).upper()


def _no_doubt(_: str) -> list[str]:
    return []


@dataclass(frozen=True)
class Identifier:
    """One kind of number: its shape, its key where one is binding, and the doubts it can raise."""

    shape: str
    groups: tuple[int, ...] = ()
    key: Callable[[str], bool] = field(default=lambda _: True)
    doubts_of: Callable[[str], list[str]] = field(default=_no_doubt)
    prepare: Callable[[str], str] = field(default=plain)

    def compact(self, text: str) -> str:
        """The number as it is kept."""
        return self.prepare(text)

    def validate(self, text: str) -> str:
        """The compact number; IdentifierError for a wrong shape or a wrong binding key."""
        number = self.compact(text)
        if not re.fullmatch(self.shape, number):
            raise IdentifierError("format")
        if not self.key(number):
            raise IdentifierError("key")
        return number

    def is_valid(self, text: str) -> bool:
        try:
            self.validate(text)
        except IdentifierError:
            return False
        return True

    def format(self, text: str) -> str:
        """The number in groups, as papers print it."""
        number, start, parts = self.compact(text), 0, []
        for size in self.groups:
            parts.append(number[start : start + size])
            start += size
        return " ".join(filter(None, [*parts, number[start:]]))

    def doubts(self, text: str) -> list[str]:
        """Codes of what to read again on the card: `key`, `first_digit`, `short`, `bank`."""
        return self.doubts_of(self.validate(text))


def _multiple_of_97(number: str) -> bool:
    return int(number) % 97 == 0


def _with_key_97(body: str) -> str:
    return f"{body}{97 - int(body) * 100 % 97:02d}"


def cnss_key(first_eight: str) -> str:
    """Key of a CNSS number: 2 × the even places plus the odd ones but the first, to the next ten."""
    digits = [int(one) for one in first_eight]
    return str((10 - (2 * sum(digits[1::2]) + sum(digits[2::2])) % 10) % 10)


def affiliation_key(first_six: str) -> str:
    """Key of an affiliation number: 2 × the even places plus the odd ones, to the next ten."""
    digits = [int(one) for one in first_six]
    return str((10 - (2 * sum(digits[1::2]) + sum(digits[0::2])) % 10) % 10)


def cnss_with_key(first_eight: str) -> str:
    return first_eight + cnss_key(first_eight)


def affiliation_with_key(first_six: str) -> str:
    return first_six + affiliation_key(first_six)


def ice_with_key(first_thirteen: str) -> str:
    return _with_key_97(first_thirteen)


def rib_with_key(first_22: str) -> str:
    return _with_key_97(first_22)


def _cnss_doubts(number: str) -> list[str]:
    doubts = [] if cnss_key(number[:8]) == number[8] else ["key"]
    return doubts + ([] if number[0] in "19" else ["first_digit"])


def _rib_of(text: str) -> str:
    """The RIB of an IBAN whose own check digits hold; any other text as it is."""
    number = plain(text)
    if re.fullmatch(r"MA\d{26}", number) and int(number[4:] + "2210" + number[2:4]) % 97 == 1:
        return number[4:]
    return number


def _e164(text: str) -> str:
    """`+212` and nine digits when the text is a Moroccan number, else the text without its spaces."""
    number = re.sub(r"[()]", "", plain(text))
    number = re.sub(r"^(00212|\+212|212)(?=\d{9}$)", "+212", number)
    number = re.sub(r"^(\+212)0(?=\d{9}$)", r"\1", number)
    return re.sub(r"^0(?=\d{9}$)", "+212", number)


def _is_assigned(number: str) -> bool:
    return phonenumbers.is_valid_number(phonenumbers.parse(number, "MA"))


cnie = Identifier(
    r"[A-Z]{1,2}\d{1,6}", doubts_of=lambda number: ["short"] if len(re.sub(r"\D", "", number)) < 4 else []
)
cnss_number = Identifier(r"(?!100000000|0{9})\d{9}", (3, 3, 3), doubts_of=_cnss_doubts)
affiliation = Identifier(r"\d{7}", doubts_of=lambda number: [] if affiliation_key(number[:6]) == number[6] else ["key"])
ice = Identifier(r"\d{15}", (3, 3, 3, 4, 2), _multiple_of_97)
rib = Identifier(
    r"\d{24}",
    (3, 3, 16, 2),
    _multiple_of_97,
    lambda number: [] if number[:3] in BANKS or number.startswith("1") else ["bank"],
    _rib_of,
)
phone = Identifier(r"\+212\d{9}", (4, 3, 2, 2, 2), _is_assigned, prepare=_e164)
