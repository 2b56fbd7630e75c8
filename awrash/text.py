"""Texts as people type them: cleaned, folded for search, read as dates, months and amounts."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import groupby
from typing import Any

WORDS_KEPT = 20_000  # names come again and again: a list has some hundreds of them
# What nobody sees: direction marks and isolates, zero-width signs, soft hyphen, BOM.
INVISIBLE = "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
UNSEEN = re.compile(f"[{INVISIBLE}\x00-\x1f\x7f-\x9f\ud800-\udfff]")  # and what controls, or is half a sign
SPACE = re.compile(r"\s")
SPACES = re.compile(r" +")
TOKENS = re.compile(r"\s+|\S+")
DIGIT = re.compile(r"\d")
LONGEST_SEARCH = 120  # characters that a search reads: no name on a card is longer
MARKS_ON_A_LETTER = 30  # as in Unicode's Stream-Safe Text Format: to put more in order takes the square of their count
LONG_TEXT = 1_000  # characters below which even that is nothing
DIGITS = {ord(sign): str(index % 10) for index, sign in enumerate("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹")}
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # the wide ones run in some spreadsheets
LIGATURES = str.maketrans({"æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L"})
# NFKD has already taken the hamza and the madda off their letters.
ARABIC_FOLD = str.maketrans({"ٱ": "ا", "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ء": None, "ـ": None})
ARABIC_SPELLINGS = [
    (r"\bعبد ?ال", "عبد "),  # عبدالله is عبد الله
    (r"\bال", ""),  # the article, so that إدريسي finds الإدريسي
    (r"(?<=[\u0621-\u064a])ا", ""),  # a long alif after the first letter: داحو is دحو
]
LATIN_SPELLINGS = [
    (r"ou|w", "u"),  # OUALI, WALI
    (r"ch", "sh"),
    (r"[cq]", "k"),
    (r"y", "i"),
    (r"\b(?:el ?|al |al$|al(?=[^aeiou\W\d_]))", ""),  # EL MASSOUDI, ELMASSOUDI; but ALI and ALAMI keep theirs
    (r"\be(?:([rsdtnz]) ?(?=\1)|sh ?(?=sh))", ""),  # ERRAJI, ES SADIKI, ECH CHAFI: the same article
    (r"([a-z])\1+", r"\1"),  # MOHAMMED
]
# A capital stands for one sound until the key is made: C for sh, Q for gh. Each line rests on those above.
SOUNDS = [
    (r"([a-z])\1+", r"\1"),  # MOHAMMED, and ERRAJI once its article is off
    (r"\b(?:b[ei]nt|ibn)\b", "ben"),  # BENT ALI is a BENALI
    (r"\boul[ae]?d\b", "oul"),
    (r"[^a-z]+", ""),  # FATIMA EZZAHRA is FATIMAZAHRA
    (r"([a-z])\1+", r"\1"),
    (r"ch|sh", "C"),
    (r"kh", "x"),  # XADIJA
    (r"gh|rh", "Q"),
    (r"c(?=[eiy])", "s"),  # HOCINE, LAHCEN; and KACEM, which is QASEM
    (r"[cq]", "k"),
    (r"dj", "j"),
    (r"ph", "f"),
    (r"([td])h", r"\1"),  # OTHMANE, REDHA
    (r"ou|[ow]", "u"),
    (r"([a-zCQ])\1+", r"\1"),
    (r"^(?:[ei]l|[au]l(?=[^aeiuy]))(?=.{3})", ""),  # EL, AL, OUL before a name; ALI and ALAMI keep theirs
    (r"^la?(?=h.)|^l(?=[^aeiuy]|a[^aeiuy]{2})", ""),  # LHOUSSAINE, LAHCEN, LARBI: the same article
    (r"^e(?=[^aeiuy].)", ""),  # ERRAJI, ECHCHAFI, ESSAID
    (r"^(?:[aeu]?l|e?[rsdtnzC])$", ""),  # an article alone is no name
    (r"(?<=[aeiuy])h$", ""),  # ABDELLAH
    (r"e$", ""),  # IMANE
    (r"ei|ey", "ai"),  # LEILA
    (r"^y(?=[aeiu])", "Y"),  # YOUSSEF, YUSUF
    (r"[eiy]+", "i"),
    (r"([a-zCQ])\1+", r"\1"),
]
ENOUGH_CONSONANTS = 3  # below, a word keeps its vowels: SAID, SAAD and SOUAD are three people
GROUPED = r"[0-9]{1,3}(?:(?P<group>[ .,٬])[0-9]{3})(?:(?P=group)[0-9]{3})*"
AMOUNT = re.compile(rf"(?P<minus>[-−]?)(?P<whole>{GROUPED}|[0-9]+)(?:(?P<mark>[.,٫])(?P<decimals>[0-9]{{1,2}}))?")
WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,10}")
FIGURE = re.compile(r"[+-]?(?:[0-9]{1,10}(?:\.[0-9]{0,12})?|\.[0-9]{1,12})")
IN_ADDRESS = re.compile(r"[0-9]{1,9}")  # below what a column of whole numbers holds on both databases
YEARS = range(1900, 2101)
LONGEST_AMOUNT = 12  # digits of whole dirhams: more is a slip, and must not overflow a column


def clean(text: str) -> str:
    """A text without what nobody sees: direction marks, control characters, doubled and outer spaces."""
    kept = _few_marks(UNSEEN.sub("", SPACE.sub(" ", text)))
    return SPACES.sub(" ", unicodedata.normalize("NFC", kept)).strip(" ")


def _few_marks(text: str) -> str:
    """A text without the accents and vowel signs that no letter can carry any more."""
    if len(text) <= LONG_TEXT or text.isascii():
        return text
    kept, run = [], 0
    for one in text:
        run = run + 1 if unicodedata.combining(one) else 0
        if run <= MARKS_ON_A_LETTER:
            kept.append(one)
    return "".join(kept)


def searched(typed: str) -> str:
    """What a search reads of what was typed: the one place that cuts it, before anything else reads it."""
    return typed[:LONGEST_SEARCH]


def clean_lines(text: str) -> str:
    """A long text, cleaned line by line."""
    return "\n".join(clean(line) for line in text.splitlines()).strip()


def western_digits(text: str) -> str:
    """Arabic-Indic and Persian digits as 0 to 9."""
    return text.translate(DIGITS)


@lru_cache(WORDS_KEPT)
def _bare(text: str) -> str:
    """A text without accents, hamzas and vowel signs, its ligatures taken apart."""
    apart = unicodedata.normalize("NFKD", western_digits(clean(text)).translate(LIGATURES))
    return apart if apart.isascii() else "".join(one for one in apart if unicodedata.category(one) != "Mn")


@lru_cache(WORDS_KEPT)
def fold(text: str) -> str:
    """The key that search compares: آيت, أيت and ايت are one; so are دحو and داحو, OUALI and WALI.

    Both sides are folded, and the beginning of a word folds to a part of the folded word, so that a name
    is found while it is being typed (unless it breaks inside ch, ou or an article). It finds more rather
    than less: articles, doubled letters and long alifs inside words don't count. A word with a digit in
    it is a number and keeps its letters.
    """
    plain = _bare(text).lower().translate(ARABIC_FOLD)
    plain = re.sub(r"['’‘`´ʼʿʾ‐‑–—-]+", " ", plain)
    plain = _spelt(plain, ARABIC_SPELLINGS)
    parts = ((is_number, "".join(run)) for is_number, run in groupby(TOKENS.findall(plain), _has_digit))
    return " ".join("".join(part if is_number else _spelt(part, LATIN_SPELLINGS) for is_number, part in parts).split())


def _has_digit(word: str) -> bool:
    return DIGIT.search(word) is not None


def _spelt(plain: str, spellings: list[tuple[str, str]]) -> str:
    """A text in one spelling: each pattern in its turn becomes its letters."""
    for pattern, letters in spellings:
        plain = re.sub(pattern, letters, plain)
    return plain


@lru_cache(WORDS_KEPT)
def sounds(name: str) -> str:
    """The sound of one Latin name, however an office spelt it: MOHAMED, MOHAMMED and MHAMED are `mhmd`.

    A skeleton of consonants, with the final `a` that tells RACHIDA from RACHID and a first `a` or `u` that
    tells AHMED from HAMED; a word of one or two consonants keeps its vowels. Nothing for an article, a number
    or another script. Two words given together sound as one: FATIMA EZZAHRA as FATIMAZAHRA.
    """
    plain = re.sub(r"[\W_]+", " ", _bare(name).casefold())
    if re.search(r"[^a-z ]", plain):
        return ""
    plain = _spelt(plain, SOUNDS)
    first = plain[:1] if plain[:1] in "au" else ""
    last = "a" if plain[1:].endswith("a") else ""
    consonants = re.sub(r"[aiu]", "", plain)
    key = f"{first}{consonants}{last}" if len(consonants) >= ENOUGH_CONSONANTS else plain
    return key.lower() if len(key) > 1 else ""


def sound_keys(names: Iterable[str]) -> str:
    """The sounds of names between tildes, each word and each name of several words as one: `~ftma~zhra~ftmzhra~`."""
    found: dict[str, None] = {}
    for name in names:
        found |= dict.fromkeys([*map(sounds, re.split(r"[\W_]+", name)), sounds(name)])
    keys = [key for key in found if key]
    return f"~{'~'.join(keys)}~" if keys else ""


def search_words(texts: Iterable[str], names: Iterable[str] = ()) -> str:
    """What the search box reads of a record: its texts folded, then the sounds of its Latin names."""
    return f"{fold(' '.join(texts))} {sound_keys(names)}".strip()


def same_spelling(text: str) -> str:
    """A place name in the office's spelling: آيت is written أيت."""
    return re.sub(r"\bآيت\b", "أيت", clean(text))


def latin_capitals(text: str) -> str:
    """A to Z, digits and single spaces, as CNSS files take them; what is not Latin becomes a space."""
    return re.sub(r"[^A-Z0-9]+", " ", _bare(text).upper()).strip()


def parse_date(text: str) -> date:
    """`1990-12-31`, `31/12/1990`, `31-12-1990` or `31.12.1990`, any digits; ValueError for anything else.

    The day comes before the month: `12/31/1990` is refused, never turned round. So is a year of two digits.
    """
    plain = western_digits(clean(text))
    if found := re.fullmatch(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?: 00:00:00)?", plain):
        year, month, day = found.groups()
    elif found := re.fullmatch(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4})", plain):
        day, _, month, year = found.groups()
    else:
        raise ValueError(f"{text!r} is not a date")
    return date(int(year), int(month), int(day))


def parse_month(text: str) -> date:
    """`2026-10` or `10/2026`, as the first day of the month; ValueError for anything else."""
    plain = western_digits(clean(text))
    if found := re.fullmatch(r"([0-9]{4})-([0-9]{1,2})(?:-01(?: 00:00:00)?)?", plain):
        year, month = found.groups()
    elif found := re.fullmatch(r"(?:01/)?([0-9]{1,2})/([0-9]{4})", plain):
        month, year = found.groups()
    else:
        raise ValueError(f"{text!r} is not a month")
    if int(year) not in YEARS:  # months are counted on from it, and the calendar ends
        raise ValueError(f"{text!r} is no month of this programme")
    return date(int(year), int(month), 1)


def parse_amount(text: str) -> Decimal:
    """`3422,72`, `3422.72`, `3 422,72`, `3.422,72`, `3,422.72` or `٣٬٤٢٢٫٧٢`, exactly.

    ValueError for more than two decimals, for groups that are not of three digits, and for a lone
    point or comma before three digits: `3.422` is three thousand to one person and three to another.
    """
    found = AMOUNT.fullmatch(western_digits(clean(text)))
    if not found:
        raise ValueError(f"{text!r} is not an amount")
    group, mark = found["group"], found["mark"]
    is_ambiguous = group in (".", ",") and not mark and found["whole"].count(group) == 1
    whole = re.sub(r"[^0-9]", "", found["whole"])
    if is_ambiguous or (group and group == mark) or len(whole.lstrip("0")) > LONGEST_AMOUNT:
        raise ValueError(f"{text!r} is not an amount")
    amount = Decimal(f"{whole}.{found['decimals']}" if mark else whole)
    return -amount if found["minus"] else amount


def parse_figure(text: str) -> Decimal:
    """`17.92` or `17,92`, any digits, at most ten before the mark; ValueError for anything else, `1e400` too."""
    plain = re.sub("[,٫]", ".", western_digits(clean(text))).replace("−", "-")
    if not FIGURE.fullmatch(plain):
        raise ValueError(f"{text!r} is not a figure")
    return Decimal(plain)


def whole_number(text: str) -> int:
    """A count as people type it, in any of the office's digits; ValueError for anything else, `²` too."""
    plain = western_digits(clean(text)).replace("−", "-")
    if not WHOLE_NUMBER.fullmatch(plain):
        raise ValueError(f"{text!r} is not a whole number")
    return int(plain)


def numbered(given: Any) -> int | None:
    """The number of a record or a page that an address or a form carries; None for what is no such number.

    The one reader of them: `²` is a digit to Python and no number, and a long one overflows a column.
    """
    return int(given) if isinstance(given, str) and IN_ADDRESS.fullmatch(given) else None


def isolate(text: str) -> str:
    """A Latin name, a date or a number that keeps its own order inside an Arabic line."""
    return f"\u2066{text}\u2069"


def defuse(text: str) -> str:
    """A text that a spreadsheet would run as a formula, with an apostrophe before it; `restore` undoes it.

    A text that has apostrophes before its formula gets one more, so that none is lost on the way back.
    """
    return f"'{text}" if text.lstrip("'").startswith(FORMULA) else text


def restore(text: str) -> str:
    """What `defuse` was given."""
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(FORMULA) else text
