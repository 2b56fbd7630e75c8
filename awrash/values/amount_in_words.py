"""Amounts in words, as papers write them under the figures: `3422.72` in Arabic and in French.

The Arabic stands alone on its line, so it is in the nominative. Nouns follow their last two digits: one dirham,
a dual, a genitive plural from 3 to 10 (with the numeral of the other gender), an accusative singular from 11 to
99, a genitive singular after hundreds, thousands and millions, whose own dual then loses its nun (`ألفا درهم`).
"""

from decimal import Decimal
from typing import NamedTuple

from num2words import num2words

from awrash.values.money import PER_DIRHAM, centimes

LARGEST = 10**12  # dirhams; the nouns below count no further
MILLION, HUNDRED = 10**6, 100


class Noun(NamedTuple):
    """A masculine noun that is counted, in the forms that a numeral asks for."""

    one: str  # alone: it says "one" by itself or with its adjective
    dual: str
    bound_dual: str  # before the noun that it counts
    plural: str
    accusative: str
    genitive: str


DIRHAM = Noun("درهم واحد", "درهمان", "درهما", "دراهم", "درهماً", "درهم")
CENTIME = Noun("سنتيم واحد", "سنتيمان", "سنتيما", "سنتيمات", "سنتيماً", "سنتيم")
ALF = Noun("ألف", "ألفان", "ألفا", "آلاف", "ألفاً", "ألف")
MALYUN = Noun("مليون", "مليونان", "مليونا", "ملايين", "مليوناً", "مليون")
MILYAR = Noun("مليار", "ملياران", "مليارا", "ملايير", "ملياراً", "مليار")
SCALES = {10**9: MILYAR, MILLION: MALYUN, 1000: ALF}

# with a masculine noun: the numeral takes the ta marbuta from 3 to 10
UNITS = ("", "واحد", "اثنان", "ثلاثة", "أربعة", "خمسة", "ستة", "سبعة", "ثمانية", "تسعة", "عشرة")
TEENS = {11: "أحد عشر", 12: "اثنا عشر"}
TENS = ("", "", "عشرون", "ثلاثون", "أربعون", "خمسون", "ستون", "سبعون", "ثمانون", "تسعون")
HUNDREDS = (
    *("", "مائة", "مائتان", "ثلاثمائة", "أربعمائة", "خمسمائة"),
    *("ستمائة", "سبعمائة", "ثمانمائة", "تسعمائة"),
)
BOUND = {"مائتان": "مائتا"}
for _scale in SCALES.values():
    BOUND |= {_scale.dual: _scale.bound_dual, _scale.accusative: _scale.genitive}
AND = " و"


def _below_hundred(number: int) -> str:
    """A number from 0 to 99, with a masculine noun; nothing for 0."""
    if number < len(UNITS):
        return UNITS[number]
    tens, unit = divmod(number, 10)
    if tens == 1:
        return TEENS.get(number) or f"{UNITS[unit]} عشر"
    return AND.join(part for part in (UNITS[unit], TENS[tens]) if part)


def _bound(words: str, noun: str) -> str:
    """A numeral before the noun that it counts: a dual loses its nun, an accusative its tanwin."""
    for free, bound in BOUND.items():
        if words.endswith(free):
            words = f"{words.removesuffix(free)}{bound}"
    return f"{words} {noun}"


def _counted(number: int, noun: Noun) -> str:
    """A number above zero with the noun that it counts."""
    rest = number % HUNDRED
    hundreds = number - rest
    if rest in (1, 2):  # the noun itself says one or two
        parts = [_bound(_bare(hundreds), noun.genitive)] if hundreds else []
        return AND.join([*parts, noun.one if rest == 1 else noun.dual])
    if rest == 0:
        return _bound(_bare(hundreds), noun.genitive)
    form = noun.plural if rest <= 10 else noun.accusative
    return f"{AND.join([*([_bare(hundreds)] if hundreds else []), _below_hundred(rest)])} {form}"


def _bare(number: int) -> str:
    """A number above zero whose last two digits are zeros: each scale that it reaches, and the hundreds."""
    parts = []
    for size, noun in SCALES.items():
        scales, number = divmod(number, size)
        parts += [_counted(scales, noun)] if scales else []
    return AND.join([*parts, *([HUNDREDS[number // HUNDRED]] if number else [])])


def _arabic(whole: int, part: int) -> str:
    parts = [_counted(number, noun) for number, noun in ((whole, DIRHAM), (part, CENTIME)) if number]
    return AND.join(parts) or f"صفر {DIRHAM.genitive}"


def _french(whole: int, part: int) -> str:
    parts = []
    if whole or not part:
        of = "de " if whole and whole % MILLION == 0 else ""
        parts.append(f"{num2words(whole, lang='fr')} {of}{'dirhams' if whole > 1 else 'dirham'}")
    if part:
        parts.append(f"{num2words(part, lang='fr')} {'centimes' if part > 1 else 'centime'}")
    return " et ".join(parts)


LANGUAGES = {"ar": _arabic, "fr": _french}


def dirhams_in_words(amount: Decimal, language: str) -> str:
    """An amount of dirhams in words, with its centimes: `ar` or `fr`.

    ValueError for another language, an amount below zero or from 10¹² on, a part of a centime; TypeError for a float.
    """
    if language not in LANGUAGES:
        raise ValueError(f"no amount is written in words in {language!r}")
    whole_centimes = centimes(amount)
    if not 0 <= whole_centimes < LARGEST * PER_DIRHAM:
        raise ValueError(f"{amount} is not between 0 and {LARGEST} dirhams")
    return LANGUAGES[language](*divmod(whole_centimes, PER_DIRHAM))
