"""Numbers on cards and papers, after docs/cnss.md, "3. Identifiers"; refusing a valid one is worse than a doubt.

Each identifier has the words of python-stdnum: `compact`, `validate`, `is_valid`, `format`; `doubts` lists
what to read again on the card and never refuses.
"""

import re
from collections.abc import Callable

import phonenumbers

from awrash.values.text import clean, western_digits

BANKS = {
    "007": "Attijariwafa Bank",
    "011": "Bank of Africa",
    "013": "BMCI",
    "021": "Crédit du Maroc",
    "022": "Saham Bank",
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
BANQUE_POPULAIRE = "Banque Populaire"  # every regional bank, 1xx
FEW_CNIE_DIGITS = 4
FIRST_DIGITS_SEEN = "19"  # of CNSS numbers: 1 in the text of 2006, 9 too in the files of 2026


class IdentifierError(ValueError):
    """A text that cannot be the identifier: `reason` is `length`, `format`, `key` or `reserved`.

    It never carries the number itself, which must not reach a log.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def plain(text: str) -> str:
    """Western digits and capitals, without spaces, dots, dashes, tatweel and direction marks."""
    return re.sub(r"[\s.\-‐-―−/ـ]", "", western_digits(clean(text))).upper()


def bank_name(number: str) -> str | None:
    """Name of the bank that holds the account; None for a code that the table does not know."""
    code = rib.compact(number)[:3]
    return BANQUE_POPULAIRE if re.fullmatch(r"1[0-9]{2}", code) else BANKS.get(code)


class Identifier:
    """One kind of number: its shape and its signs, as regular expressions, and the groups that papers print.

    `prepare` brings a text to the form that is kept; `doubts_of` gives the codes of what to read again.
    """

    def __init__(
        self,
        shape: str,
        *,
        signs: str = r"[0-9]*",
        groups: tuple[int, ...] = (),
        prepare: Callable[[str], str] = plain,
        doubts_of: Callable[[str], list[str]] = lambda number: [],
    ) -> None:
        self._shape, self._signs = re.compile(shape), re.compile(signs)
        self._groups, self._prepare, self._doubts_of = groups, prepare, doubts_of

    def compact(self, text: str) -> str:
        """The number as it is kept, were it one."""
        return self._prepare(text)

    def validate(self, text: str) -> str:
        """The compact number; IdentifierError `format` for signs it is not made of, `length` for too few or many."""
        number = self.compact(text)
        if not self._shape.fullmatch(number):
            raise IdentifierError("length" if number and self._signs.fullmatch(number) else "format")
        return number

    def is_valid(self, text: str) -> bool:
        """Whether the text can be recorded."""
        try:
            self.validate(text)
        except IdentifierError:
            return False
        return True

    def format(self, text: str) -> str:
        """The number in groups, as papers print it; a text that is not one, compact."""
        number = self.compact(text)
        if not self.is_valid(number):
            return number
        ends = [sum(self._groups[: place + 1]) for place in range(len(self._groups))] or [len(number)]
        return " ".join(number[start:end] for start, end in zip([0, *ends], ends, strict=False))

    def doubts(self, text: str) -> list[str]:
        """Codes of what to read again: `key`, `first_digit`, `short`, `bank`, `range`; IdentifierError if no number."""
        return self._doubts_of(self.validate(text))


class KeyedNumber(Identifier):
    """Digits that end with a key computed from the others; a wrong key refuses only where `binding`."""

    def __init__(
        self,
        length: int,
        *,
        key_of: Callable[[str], str],
        modulus: int,
        binding: bool,
        reserved: tuple[str, ...] = (),
        groups: tuple[int, ...] = (),
        prepare: Callable[[str], str] = plain,
        doubts_of: Callable[[str], list[str]] = lambda number: [],
    ) -> None:
        super().__init__(rf"[0-9]{{{length}}}", groups=groups, prepare=prepare, doubts_of=doubts_of)
        self._key_of, self._modulus, self._binding, self._reserved = key_of, modulus, binding, reserved
        self._body = length - len(key_of("0"))

    def validate(self, text: str) -> str:
        """The compact number; besides the shape, `reserved` for a number of nobody and `key` for a binding key."""
        number = super().validate(text)
        if number in self._reserved:
            raise IdentifierError("reserved")
        if self._binding and not self.key_is_right(number):
            raise IdentifierError("key")
        return number

    def key_is_right(self, text: str) -> bool:
        """Whether the last digits follow from the others; False for what is no number at all."""
        number = self.compact(text)
        if not self._shape.fullmatch(number):
            return False
        body, key = number[: self._body], number[self._body :]
        return (int(key) - int(self._key_of(body))) % self._modulus == 0

    def with_key(self, body: str) -> str:
        """The number that begins with these digits; IdentifierError `length` for another count of digits."""
        if not re.fullmatch(rf"[0-9]{{{self._body}}}", body):
            raise IdentifierError("length")
        return body + self._key_of(body)

    def doubts(self, text: str) -> list[str]:
        """As on every identifier, with `key` first when the key is wrong."""
        number = self.validate(text)
        return ([] if self.key_is_right(number) else ["key"]) + self._doubts_of(number)


def _key_97(body: str) -> str:
    """Two digits from 01 to 97 (docs/cnss.md, "3.2 ICE" and "3.3 RIB and IBAN")."""
    return f"{97 - int(body) * 100 % 97:02d}"


def _cnss_key(body: str) -> str:
    """2 × the even places plus the odd ones but the first, to the next ten (docs/cnss.md, "3.1 CNSS numbers")."""
    digits = [int(digit) for digit in body]
    return str(-(2 * sum(digits[1::2]) + sum(digits[2::2])) % 10)


def _affiliation_key(body: str) -> str:
    """2 × the even places plus the odd ones, to the next ten (docs/cnss.md, "3.1 CNSS numbers")."""
    digits = [int(digit) for digit in body]
    return str(-(2 * sum(digits[1::2]) + sum(digits[0::2])) % 10)


def _rib_of(text: str) -> str:
    """The RIB of an IBAN whose own check digits hold; any other text as it is."""
    number = plain(text)
    country_as_digits = "2210"  # M and A
    if re.fullmatch(r"MA[0-9]{26}", number) and int(number[4:] + country_as_digits + number[2:4]) % 97 == 1:
        return number[4:]
    return number


def _e164(text: str) -> str:
    """`+212` and nine digits when the text is written as a Moroccan number, else the text without its spaces.

    Nine digits alone are a number whose zero a spreadsheet took away.
    """
    number = re.sub(r"[()]", "", plain(text))
    return re.sub(r"^(?:(?:00212|\+212|212)0?|0|(?=[5-8]))(?=[0-9]{9}$)", "+212", number)


def _range_doubts(number: str) -> list[str]:
    return [] if phonenumbers.is_valid_number(phonenumbers.parse(number)) else ["range"]


cnie = Identifier(
    r"[A-Z]{1,2}[0-9]{1,6}",
    signs=r"[A-Z]+[0-9]+",
    doubts_of=lambda number: ["short"] if len(re.sub(r"[A-Z]", "", number)) < FEW_CNIE_DIGITS else [],
)
cnss_number = KeyedNumber(
    9,
    key_of=_cnss_key,
    modulus=10,
    binding=False,
    reserved=("000000000", "100000000"),  # "no number yet", and the one that the CNSS text refuses
    groups=(3, 3, 3),
    doubts_of=lambda number: [] if number[0] in FIRST_DIGITS_SEEN else ["first_digit"],
)
affiliation = KeyedNumber(7, key_of=_affiliation_key, modulus=10, binding=False, groups=(1, 3, 3))
ice = KeyedNumber(15, key_of=_key_97, modulus=97, binding=True, reserved=("0" * 15,), groups=(9, 4, 2))
rib = KeyedNumber(
    24,
    key_of=_key_97,
    modulus=97,
    binding=True,
    reserved=("0" * 24,),
    groups=(3, 3, 16, 2),
    prepare=_rib_of,
    doubts_of=lambda number: [] if bank_name(number) else ["bank"],
)
# The ranges that are assigned change: one that the library does not know yet is a doubt.
phone = Identifier(
    r"\+212[5-8][0-9]{8}",
    signs=r"(?:\+212|00212|212|0)(?:[5-8][0-9]*)?",
    groups=(4, 1, 2, 2, 2, 2),
    prepare=_e164,
    doubts_of=_range_doubts,
)
