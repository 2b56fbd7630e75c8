"""Texts as people type them: cleaned, folded for search, read as dates, months and amounts."""

import re
import unicodedata
from datetime import date
from decimal import Decimal

INVISIBLE = dict.fromkeys([*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF, 0x00AD])
DIGITS = {ord(sign): str(index % 10) for index, sign in enumerate("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹")}
FORMULA = ("=", "+", "-", "@", "\t", "\r")
ARABIC_FOLD = str.maketrans(
    {**dict.fromkeys("أإآٱ", "ا"), "ؤ": "و", "ئ": "ي", "ى": "ي", "ة": "ه", "ء": None, "ـ": None}
)
# Transcriptions of the same name: OUBELLA/UBELLA, CHERIF/SHARIF's consonants, doubled letters.
LATIN_FOLD = [(r"[’'`-]", " "), (r"ou|w", "u"), (r"ch", "sh"), (r"[qc]", "k"), (r"(.)\1+", r"\1"), (r"y\b", "i")]


def clean(text: str) -> str:
    """A text without what nobody sees: direction marks, control characters, doubled and outer spaces."""
    seen = unicodedata.normalize("NFC", text).translate(INVISIBLE)
    kept = "".join(" " if one in "\t\n\r" or unicodedata.category(one) == "Zs" else one for one in seen)
    return re.sub(r" +", " ", "".join(one for one in kept if unicodedata.category(one) != "Cc")).strip()


def clean_lines(text: str) -> str:
    """A long text, cleaned line by line."""
    return "\n".join(clean(line) for line in text.splitlines()).strip()


def western_digits(text: str) -> str:
    """Arabic-Indic and Persian digits as 0 to 9."""
    return text.translate(DIGITS)


def fold(text: str) -> str:
    """The key that search compares: آيت, أيت and ايت are one; so are دحو and داحو, Aït and AIT.

    A long alif inside a word is dropped, since transcriptions and hurried typing drop it.
    """
    plain = unicodedata.normalize("NFD", western_digits(clean(text)).lower().translate(ARABIC_FOLD))
    plain = "".join(one for one in plain if unicodedata.category(one) != "Mn").translate(ARABIC_FOLD)
    plain = re.sub(r"(?<=[\u0621-\u064a])ا(?=[\u0621-\u064a])", "", plain)
    for pattern, letter in LATIN_FOLD:
        plain = re.sub(pattern, letter, plain)
    return re.sub(r"\s+", " ", plain).strip()


def same_spelling(text: str) -> str:
    """A place name in the office's spelling: آيت is written أيت."""
    return re.sub(r"\bآيت\b", "أيت", clean(text))


def latin_capitals(text: str) -> str:
    """A to Z, digits and single spaces, as CNSS files take them."""
    plain = unicodedata.normalize("NFD", clean(text)).upper()
    plain = "".join(one for one in plain if unicodedata.category(one) != "Mn")
    return re.sub(r"[^A-Z0-9]+", " ", plain).strip()


def parse_date(text: str) -> date:
    """`1990-12-31`, `31/12/1990`, `31-12-1990` or `31.12.1990`, any digits; ValueError for anything else."""
    plain = western_digits(clean(text))
    if found := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})(?: 00:00:00)?", plain):
        year, month, day = found.groups()
    elif found := re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", plain):
        day, month, year = found.groups()
    else:
        raise ValueError(f"{text!r} is not a date")
    return date(int(year), int(month), int(day))


def parse_month(text: str) -> date:
    """`2026-10` or `10/2026`, as the first day of the month; ValueError for anything else."""
    plain = western_digits(clean(text))
    if found := re.fullmatch(r"(\d{4})-(\d{1,2})(?:-01(?: 00:00:00)?)?", plain):
        year, month = found.groups()
    elif found := re.fullmatch(r"(?:01/)?(\d{1,2})/(\d{4})", plain):
        month, year = found.groups()
    else:
        raise ValueError(f"{text!r} is not a month")
    return date(int(year), int(month), 1)


def parse_amount(text: str) -> Decimal:
    """`3422,72`, `3422.72`, `3 422,72`, `3.422,72` or `3,422.72`, exactly.

    ValueError for more than two decimals and for a lone separator before three digits: `3.422`
    is three thousand to one person and three to another.
    """
    plain = western_digits(clean(text)).replace("٫", ",").replace("٬", "").replace(" ", "")
    if not re.fullmatch(r"-?\d+([.,]\d+)*", plain):
        raise ValueError(f"{text!r} is not an amount")
    whole, sign, decimals = plain, "", ""
    if found := re.fullmatch(r"(.*?)([.,])(\d{1,2})", plain):
        whole, sign, decimals = found.groups()
    groups = re.split(r"[.,]", whole)
    one_mark = len(set(re.findall(r"[.,]", whole)) | ({sign} if sign and len(groups) == 1 else set())) <= 1
    well_grouped = len(groups) == 1 or (
        one_mark and sign not in re.findall(r"[.,]", whole) and all(len(one) == 3 for one in groups[1:])
    )
    ambiguous = len(groups) == 2 and not decimals
    if not well_grouped or ambiguous or (len(groups) > 1 and len(groups[0].lstrip("-")) > 3):
        raise ValueError(f"{text!r} is not an amount")
    return Decimal("".join(groups) + (f".{decimals}" if decimals else ""))


def isolate(text: str) -> str:
    """A Latin name or a number that keeps its order inside an Arabic line."""
    return f"\u2066{text}\u2069"


def defuse(text: str) -> str:
    """A text that a spreadsheet would run as a formula, made harmless; `restore` undoes it."""
    return f"'{text}" if text.lstrip("'").startswith(FORMULA) else text


def restore(text: str) -> str:
    """What `defuse` was given."""
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(FORMULA) else text
