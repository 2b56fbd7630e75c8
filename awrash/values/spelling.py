"""One name written in several ways: what makes two spellings the same, in Arabic and in Latin letters."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import groupby

from awrash.values.text import TOKENS, clean, has_digit, western_digits

WORDS_KEPT = 20_000  # names come again and again: a list has some hundreds of them
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
SOUNDS_BEGIN = " ~"  # in what the search box reads: the texts stand before it, the sounds after it
THRICE = re.compile(r"([^\W\d_])\1\1")
ROMAN = re.compile(r"[ivx]{1,5}")
ENOUGH_CONSONANTS = 3  # below, a word keeps its vowels: SAID, SAAD and SOUAD are three people


@lru_cache(WORDS_KEPT)
def _bare(text: str) -> str:
    """A text without accents, hamzas and vowel signs, its ligatures taken apart."""
    apart = unicodedata.normalize("NFKD", western_digits(clean(text)).translate(LIGATURES))
    return apart if apart.isascii() else "".join(sign for sign in apart if unicodedata.category(sign) != "Mn")


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
    parts = ((is_number, "".join(run)) for is_number, run in groupby(TOKENS.findall(plain), has_digit))
    return " ".join("".join(part if is_number else _spelt(part, LATIN_SPELLINGS) for is_number, part in parts).split())


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
    in_order: dict[str, None] = {}
    for name in names:
        in_order |= dict.fromkeys([*map(sounds, re.split(r"[\W_]+", name)), sounds(name)])
    keys = [key for key in in_order if key]
    return f"~{'~'.join(keys)}~" if keys else ""


def search_words(texts: Iterable[str], names: Iterable[str] = ()) -> str:
    """What the search box reads of a record: its texts folded, then the sounds of its Latin names."""
    return f"{fold(' '.join(texts))}{SOUNDS_BEGIN[0]}{sound_keys(names)}".strip()


def search_terms(typed: str) -> list[str]:
    """The words by which a text typed in a search box is looked for: folded; nothing has a letter thrice on end.

    Such a word is no name, though folding would make one letter of it that half the office has: it stays as typed.
    """
    words = (word.lower() for word in clean(typed).split())
    return [*fold(typed).split(), *(word for word in words if THRICE.search(word) and not _is_number(word))]


def _is_number(word: str) -> bool:
    """Whether a word counts something: in figures, or as the III of a third worksite."""
    return has_digit(word) or ROMAN.fullmatch(word) is not None


def same_name(name: str, other: str) -> bool:
    """Whether two writings are of one name, in whatever order its words stand: AGNOUZ and AGNOUZE, أمينة and امينة."""
    if sorted(fold(name).split()) == sorted(fold(other).split()):
        return True
    sound = sounds(name)
    return sound != "" and sound == sounds(other)


def same_spelling(text: str) -> str:
    """A place name in the office's spelling: آيت is written أيت."""
    return re.sub(r"\bآيت\b", "أيت", clean(text))


def latin_capitals(text: str) -> str:
    """A to Z, digits and single spaces, as CNSS files take them; what is not Latin becomes a space."""
    return re.sub(r"[^A-Z0-9]+", " ", _bare(text).upper()).strip()
