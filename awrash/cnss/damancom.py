"""The files that CNSS and an employer exchange each month: docs/cnss.md, "1. Files for Damancom".

CNSS gives the A-file (pre-filled), the employer returns the B-file; the E-file (complementary) is experimental,
as no portal has confirmed it. One declaration of the fields reads, writes and checks. Amounts are whole centimes.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import LazyString

from awrash.values import identifiers
from awrash.values.language import _l
from awrash.values.spelling import fold, latin_capitals
from awrash.values.states import UNPAID_SITUATIONS, Situation
from awrash.values.text import clean

LENGTH, HALF = 260, 30  # characters of every line, and of a surname or a first name
NO_NUMBER, OCCASIONAL, REFUSED_NUMBER = "000000000", "999999999", "100000000"
RANKS = {"": 0, "SO": 1, "DE": 2, "IT": 3, "IL": 4, "AT": 5, "CS": 6, "MS": 7, "MP": 8}  # 1.6
RETURNS_ALL = (Situation.SO, Situation.DE)  # their family allowances go back whole

# Fields (1.4): name, first place and last place from 1, N (digits, zeros before) or AN (text, spaces after),
# and the name in the CNSS text. A total is named as what it adds up.
_HEADER = "transfer 4 17 N N_Identif_Transfert; category 18 19 AN L_Cat"
_SAME = "affiliation 4 10 N N_Num_Affilie; period 11 16 N L_Periode"
_EMPLOYER = """name 17 56 AN L_Raison_Sociale; activity 57 96 AN L_Activite; address 97 216 AN L_Adresse;
    city 217 236 AN L_Ville; postal_code 237 242 AN C_Code_Postal; agency 243 244 N C_Code_Agence;
    issued_on 245 252 N D_Date_Emission; due_on 253 260 N D_Date_Exig"""
_KNOWN = """number 17 25 N N_Num_Assure; name 26 85 AN L_Nom_Prenom; children 86 87 N N_Enfants;
    allowance 88 93 N N_AF_A_Payer; deducted 94 99 N N_AF_A_Deduire; net_allowance 100 105 N N_AF_Net_A_Payer"""
_KNOWN_SUMS = """count 17 22 N N_Nbr_Salaries; children 23 28 N N_T_Enfants; allowance 29 40 N N_T_AF_A_Payer;
    deducted 41 52 N N_T_AF_A_Deduire; net_allowance 53 64 N N_T_AF_Net_A_Payer; number 65 79 N N_T_Num_Imma"""
_DECLARED = """returned 106 111 N N_AF_A_Reverser; days 112 113 N N_Jours_Declares; gross 114 126 N N_Salaire_Reel;
    capped 127 135 N N_Salaire_Plaf; situation 136 137 AN L_Situation; control 138 156 N S_Ctr"""
_DECLARED_SUMS = """returned 80 91 N N_T_AF_A_Reverser; days 92 97 N N_T_Jours_Declares;
    gross 98 112 N N_T_Salaire_Reel; capped 113 125 N N_T_Salaire_Plaf; control 126 144 N N_T_Ctr"""
_ENTRANT = """number 17 25 N N_Num_Assure; name 26 85 AN L_Nom_Prenom; cnie 86 93 AN L_Num_CIN;
    days 94 95 N N_Nbr_Jours; gross 96 108 N N_Sal_Reel; capped 109 117 N N_Sal_Plaf; control 118 136 N S_Ctr"""
_SUMS = """count 17 22 N N_Nbr_Salaries; number 23 37 N N_T_Num_Imma; days 38 43 N N_T_Jours_Declares;
    gross 44 58 N N_T_Salaire_Reel; capped 59 71 N N_T_Salaire_Plaf; control 72 90 N N_T_Ctr"""


@dataclass(frozen=True)
class FileField:
    """One field of a line, as the tables above have it."""

    name: str
    start: int
    end: int
    kind: str
    official: str

    @property
    def width(self) -> int:
        return self.end - self.start + 1


def _fields(*tables: str) -> tuple[FileField, ...]:
    """The fields of a line: its record type, those of the tables, and spaces to the end."""
    rows = [row.split() for row in ";".join(tables).split(";")]
    fields = [FileField(name, int(start), int(end), kind, official) for name, start, end, kind, official in rows]
    filler = [FileField("filler", fields[-1].end + 1, LENGTH, "AN", "L_filler")] if fields[-1].end < LENGTH else []
    return (FileField("record", 1, 3, "AN", "L_Type_Enreg"), *fields, *filler)


_PARTS = {
    "00": _fields(_HEADER),
    "01": _fields(_SAME, _EMPLOYER),
    "02": _fields(_SAME, _KNOWN, _DECLARED),
    "03": _fields(_SAME, _KNOWN_SUMS, _DECLARED_SUMS),
    "04": _fields(_SAME, _ENTRANT),
    **dict.fromkeys(("05", "06"), _fields(_SAME, _SUMS)),
}
FIELDS: Mapping[str, tuple[FileField, ...]] = {
    **{"A00": _PARTS["00"], "A01": _PARTS["01"], "A02": _fields(_SAME, _KNOWN), "A03": _fields(_SAME, _KNOWN_SUMS)},
    **{letter + part: fields for letter in "BE" for part, fields in _PARTS.items()},  # E: experimental
}
FOLLOWS = {"00": "01", "01": "02 03", "02": "02 03", "03": "04", "04": "04 05", "05": "06", "06": ""}
ADDED_UP = {"03": ("02",), "05": ("04",), "06": ("02", "04")}  # the lines that a line of totals adds up
CONTROLLED = {"02": ("number", "returned", "days", "gross", "capped"), "04": ("number", "days", "gross", "capped")}
NOT_ADDED = {"record", "affiliation", "period", "count", "filler"}
NOT_COPIED = {"record", "category", "filler"}  # the rest of A00, A01 and A02 goes back as it came
ONLY_COPIED = {"transfer", "agency", "issued_on", "due_on"}  # nothing is reckoned with them
UNRELIABLE = {"long", "record", "digits", "month", "same"}  # an A-file with such a fault has lost people or numbers
PATTERNS = {  # by field, else by type: what it is made of, and the rule that says so
    "N": ("[0-9]+", "digits"),
    "AN": (r"[A-Z0-9][A-Z0-9 \t]*| *", "signs"),
    "filler": (" *", "spaces"),
    "category": ("A0|B0|E[1-9]", "category"),
    "period": ("[12][0-9]{3}(?:0[1-9]|1[0-2])", "month"),
    "situation": ("|".join(f"{code:2}" for code in RANKS), "situation"),
}
SENTENCES: Mapping[str, LazyString] = {
    "short": _l("Line %(line)s has %(found)s characters; %(expected)s are expected, spaces at its end counted."),
    "long": _l("Line %(line)s has %(found)s characters; no more than %(expected)s are expected."),
    "record": _l("Line %(line)s begins with “%(found)s”; %(expected)s is expected there."),
    "digits": _l("Line %(line)s, %(field)s: “%(found)s” was found; only digits are expected."),
    "signs": _l("Line %(line)s, %(field)s: “%(found)s” was found; A to Z and digits are expected, then spaces."),
    "spaces": _l("Line %(line)s, %(field)s: “%(found)s” was found; only spaces are expected."),
    "fits": _l("Line %(line)s, %(field)s: “%(found)s” was found; at most %(expected)s characters are expected."),
    "category": _l("Line %(line)s, %(field)s: “%(found)s” was found; B0 is expected, or E1 to E9 in a complement."),
    "month": _l("Line %(line)s, %(field)s: “%(found)s” was found; a year and a month are expected, as 202610."),
    "same": _l("Line %(line)s, %(field)s: %(found)s was found; the file is that of %(expected)s."),
    "copied": _l("Line %(line)s, %(field)s: “%(found)s” was found; the pre-filled file has “%(expected)s”."),
    "situation": _l("Line %(line)s: the situation “%(found)s” was found; two spaces or a code of CNSS are expected."),
    "days": _l("Line %(line)s: %(found)s days were found; at most %(expected)s are accepted."),
    "unpaid": _l("Line %(line)s: %(found)s goes without days and wage; %(days)s days, %(gross)s centimes were found."),
    "present": _l("Line %(line)s: who is present has days and a wage; %(days)s days, %(gross)s centimes were found."),
    "capped": _l("Line %(line)s: a capped wage of %(found)s centimes was found; %(expected)s is expected."),
    "returned": _l("Line %(line)s: %(found)s centimes of allowances return; up to %(expected)s are due (SO, DE: all)."),
    "control": _l("Line %(line)s: the control sum %(found)s was found; %(expected)s is expected."),
    "sum": _l("Line %(line)s, %(field)s: the total %(found)s was found; the lines before add up to %(expected)s."),
    "name": _l("Line %(line)s: there is no name; only an occasional worker may have none."),
    "cnie": _l("Line %(line)s: there is neither a CNSS number nor a CNIE; one of them is expected."),
    "reserved": _l("Line %(line)s: CNSS does not accept the number %(found)s; write the one of the card, or none."),
    "twice": _l("Line %(line)s: the number %(found)s is already declared on line %(expected)s."),
    "blank": _l("Line %(line)s: there is no number; nine zeros are expected, or a line that is blank and alone."),
}


@dataclass(frozen=True)
class FileFault:
    """What is not as the CNSS text wants it: `field` is a name of FIELDS, `rule` one of SENTENCES."""

    line: int
    field: str
    rule: str
    facts: Mapping[str, int | str]

    @property
    def sentence(self) -> str:
        """What was found and what was expected, in the language of whoever reads it now."""
        return str(SENTENCES[self.rule]) % {"line": self.line, **self.facts}


class Faulty(ValueError):
    """A file that cannot be relied on, with its `faults`."""

    def __init__(self, faults: Iterable[FileFault]) -> None:
        self.faults = sorted(faults, key=lambda fault: fault.line)
        super().__init__("\n".join(fault.sentence for fault in self.faults))


class Unwritable(Faulty):
    """A declaration that CNSS would send back: no bytes were made."""


@dataclass(frozen=True)
class Row:
    """One line of a file: its number from 1, its record type, and the text of each field by name."""

    line: int
    kind: str
    texts: Mapping[str, str]

    @property
    def part(self) -> str:
        return self.kind[1:]

    @property
    def is_blank(self) -> bool:
        """Whether it stands for nobody: the B04 of a month without entrants, the E02."""
        return self.kind in ("B04", "E02", "E04") and not self.texts["number"].strip()

    def amount(self, name: str) -> int:
        """A field of digits as a number: centimes, days, people; 0 for a field that is absent or blank."""
        return int(self.texts[name]) if re.fullmatch("[0-9]+", self.texts.get(name, "")) else 0

    def control(self) -> int:
        """The control sum of the fields before it (1.5)."""
        return sum(map(self.amount, CONTROLLED[self.part])) + RANKS.get(self.texts.get("situation", "").strip(), 0)

    def copied(self) -> dict[str, str]:
        """What goes back to CNSS as it came (1.7)."""
        return {name: text for name, text in self.texts.items() if name not in NOT_COPIED}

    def fault(self, name: str, rule: str, **facts: int | str) -> FileFault:
        official = next(field.official for field in FIELDS[self.kind] if field.name == name)
        return FileFault(self.line, name, rule, {"field": official, "found": self.texts[name].strip(), **facts})


def read_rows(content: bytes, letter: str) -> tuple[list[Row], list[FileFault]]:
    """The lines of an A, B or E file up to the first out of order (1.2), filled with spaces, and their faults."""
    lines = content.decode("latin-1").replace("\r\n", "\n").removesuffix("\n").split("\n")
    rows, faults, following = list[Row](), list[FileFault](), [f"{letter}00"]
    for line, text in enumerate(lines, 1):
        if len(text) != LENGTH:
            rule = "short" if len(text) < LENGTH else "long"
            faults.append(FileFault(line, "record", rule, {"found": len(text), "expected": LENGTH}))
        if text[:3] not in following:
            break
        texts = {field.name: text.ljust(LENGTH)[field.start - 1 : field.end] for field in FIELDS[text[:3]]}
        rows.append(Row(line, text[:3], texts))
        following = [letter + part for part in FOLLOWS[text[1:3]].split() if letter + part in FIELDS]
    if following or len(rows) < len(lines):
        found, expected = [*lines, ""][len(rows)][:3].strip(), " / ".join(following) or "—"
        faults.append(FileFault(len(rows) + 1, "record", "record", {"found": found, "expected": expected}))
    return rows, faults


def _sums(part: str, rows: Iterable[Row]) -> dict[str, int]:
    """The totals of a line of this part: its people, and the sum of each field that theirs name alike (1.4)."""
    people = [row for row in rows if row.part in ADDED_UP[part] and not row.is_blank]
    names = [field.name for field in _PARTS[part] if field.name not in NOT_ADDED]
    return {"count": len(people)} | {name: sum(row.amount(name) for row in people) for name in names}


@dataclass(frozen=True)
class Person:
    """Somebody to match: `key` is the caller's own, or the line in the A-file, which has number and names alone."""

    key: Hashable
    cnss_number: str = ""
    cnie: str = ""
    family_name: str = ""
    given_name: str = ""
    born_on: date | None = None

    def names(self) -> str:
        """The names as they are compared, however they are spelt."""
        return fold(" ".join(latin(half)[:HALF] for half in (self.family_name, self.given_name)))

    def may_be(self, other: "Person") -> bool:
        """Whether no number, card or birth that is known of both tells them apart."""
        facts = [(getattr(self, name), getattr(other, name)) for name in ("cnss_number", "cnie", "born_on")]
        return all(mine == theirs for mine, theirs in facts if mine and theirs)


@dataclass(frozen=True)
class Prefilled:
    """An A-file: its employer, its month (the first day), whom CNSS knows there; `rows` go back as they are."""

    affiliation: str
    period: date
    people: tuple[Person, ...]
    rows: tuple[Row, ...]
    warnings: tuple[FileFault, ...]


def read_prefilled(content: bytes, *, surname_first: bool = True) -> Prefilled:
    """Read an A-file; Faulty, with line numbers, for one that is cut, mixed or too long.

    Line ends of every kind are accepted; short lines, signs beyond A to Z and sums that differ are warnings (1.3).
    """
    rows, faults = read_rows(content.removeprefix(b"\xef\xbb\xbf").rstrip(b"\x1a\r\n"), "A")
    faults += [*_mixed(rows), *_sum_faults(rows), *(fault for row in rows for fault in _field_faults(row))]
    if unreliable := [fault for fault in faults if _is_unreliable(fault)]:
        raise Faulty(unreliable)
    people = []
    for row in (row for row in rows if row.part == "02"):
        halves = row.texts["name"][:HALF].strip(), row.texts["name"][HALF:].strip()
        family, given = halves[:: 1 if surname_first else -1]
        people.append(Person(row.line, row.texts["number"], family_name=family, given_name=given))
    year, month = divmod(rows[1].amount("period"), 100)
    return Prefilled(rows[1].texts["affiliation"], date(year, month, 1), tuple(people), tuple(rows), tuple(faults))


def _is_unreliable(fault: FileFault) -> bool:
    return fault.field == "count" or (fault.rule in UNRELIABLE and fault.field not in ONLY_COPIED)


@dataclass(frozen=True)
class Pair:
    """One person in both lists, and what they were found `by`: number, cnie, birth (with names) or names."""

    theirs: Person
    ours: Person
    by: str


@dataclass(frozen=True)
class Matching:
    """Two lists side by side: two alike in one list are not paired, nor names alone when another fact differs."""

    pairs: tuple[Pair, ...]
    theirs_only: tuple[Person, ...]
    ours_only: tuple[Person, ...]

    @property
    def named_differently(self) -> tuple[Pair, ...]:
        """The pairs of one number and two names."""
        same_number = (pair for pair in self.pairs if pair.by == "number")
        return tuple(pair for pair in same_number if pair.theirs.names() != pair.ours.names())


def match(prefilled: Prefilled, ours: Sequence[Person]) -> Matching:
    """Find our people in the pre-filled file: by number, then CNIE, then names with birth, then names."""
    keys: Mapping[str, Callable[[Person], Hashable]] = {
        "number": lambda person: person.cnss_number if person.cnss_number not in (NO_NUMBER, OCCASIONAL) else "",
        "cnie": lambda person: person.cnie,
        "birth": lambda person: person.born_on and (person.names(), person.born_on),
        "names": lambda person: person.names(),
    }
    their_left, our_left, pairs = list(prefilled.people), list(ours), []
    for by, key_of in keys.items():
        theirs = {key_of(person): person for person in their_left}
        times = Counter(map(key_of, [*their_left, *our_left]))
        for mine in list(our_left):
            key = key_of(mine)
            if key and key in theirs and times[key] == 2 and (by in ("number", "cnie") or theirs[key].may_be(mine)):
                pairs.append(Pair(theirs[key], mine, by))
                their_left.remove(theirs[key])
                our_left.remove(mine)
    return Matching(tuple(pairs), tuple(their_left), tuple(our_left))


@dataclass(frozen=True)
class Employer:
    """Whose declaration it is; with a pre-filled file only the affiliation counts, without it the rest is zeros."""

    affiliation: str
    name: str = ""
    address: str = ""
    city: str = ""

    def texts(self) -> dict[str, str]:
        """What goes in the line 01, cut to its fields."""
        fields = [field for field in FIELDS["B01"] if field.name in vars(self)]
        return {field.name: latin(getattr(self, field.name))[: field.width] for field in fields}


@dataclass(frozen=True)
class DeclaredMonth:
    """One person's month: CNSS number (empty when there is none yet), days, and centimes earned and capped."""

    number: str
    family_name: str
    given_name: str
    days: int
    gross: int
    capped: int
    situation: Situation = Situation.present
    cnie: str = ""


_SOUNDS = """اA بB تT ثT جJ حH خKH دD ذD رR زZ سS شCH صS ضD طT ظD عA غGH فF قK كK لL مM نN هH وOU يI ىA ةA
    أA آA إI ؤOU ئI ٱA گG ڭG ݣG پP ڤV چTCH ژJ ء ـ"""
_LETTERS = str.maketrans({pair[0]: pair[1:] for pair in _SOUNDS.split()})


def latin(text: str) -> str:
    """A name as CNSS files take it (1.3): A to Z, digits, single spaces; Arabic letters by their French sound.

    Arabic leaves short vowels out, so this stands in for a Latin name and does not replace it.
    """
    plain = re.sub(r"\bالله\b", "ALLAH", unicodedata.normalize("NFKC", clean(text)))
    return latin_capitals(re.sub(r"\bال(?=\w)", "EL ", plain).translate(_LETTERS))


class _FileWriter:
    """A file being written. Each line stands as it will be read, so that the totals are those of the file."""

    def __init__(self, letter: str, **same: str) -> None:
        self.letter, self.same, self.rows, self.faults = letter, same, list[Row](), list[FileFault]()

    def add(self, part: str, **values: int | str) -> None:
        """Write a line: an int with zeros before it, a text with spaces after; a field without value is 0 or blank."""
        texts: dict[str, str] = {}
        row = Row(len(self.rows) + 1, self.letter + part, texts)
        values = {"record": row.kind, **self.same, **values}
        for field in FIELDS[row.kind]:
            value = values.get(field.name, 0 if field.kind == "N" else "")
            if field.name == "control" and part in CONTROLLED:
                value = row.control()
            text = value.ljust(field.width) if isinstance(value, str) else str(value).zfill(field.width)
            texts[field.name] = text[: field.width]
            if len(text) > field.width:
                self.faults.append(row.fault(field.name, "fits", found=value, expected=field.width))
        self.rows.append(row)


def write_declaration(
    employer: Employer,
    period: date,
    lines: Sequence[DeclaredMonth],
    *,
    most_days: int,
    ceiling: int,
    prefilled: Prefilled | None = None,
    transfer: str = "",
    surname_first: bool = True,
    line_end: str = "\n",
    complementary: int = 0,
) -> bytes:
    """The B-file of a month; Unwritable rather than a file that `check` would not let pass.

    Who is in the pre-filled file has a B02 in the same place, as having left (SO) when no line is theirs; the
    others are entrants, without situation. Without that file all are, and a transfer number that is not given is
    made up (1.8, unconfirmed: tell the user). `complementary` 1 to 9 writes that E-file, experimental (1.4).
    """
    file = _FileWriter("E" if complementary else "B", affiliation=employer.affiliation, period=f"{period:%Y%m}")
    header = {"transfer": transfer or f"{employer.affiliation}{period:%y%m}014"}
    heads = [row.copied() for row in prefilled.rows[:2]] if prefilled else [header, employer.texts()]
    file.add("00", **heads[0], category=f"E{complementary}" if complementary else "B0")
    file.add("01", **heads[1])
    theirs = [row for row in prefilled.rows if row.part == "02"] if prefilled and not complementary else []
    numbers = {row.texts["number"] for row in theirs}
    places = {line.number: place for place, line in enumerate(lines) if line.number in numbers}
    entrants = [line for place, line in enumerate(lines) if places.get(line.number) != place]
    lines_and_left = [*lines, DeclaredMonth("", "", "", 0, 0, 0, Situation.SO)]
    for row in theirs:
        line = lines_and_left[places.pop(row.texts["number"], -1)]
        code = "" if line.situation == Situation.present else line.situation
        returned = row.amount("net_allowance") if line.situation in RETURNS_ALL else 0
        file.add("02", **{**vars(line), **row.copied(), "situation": code, "returned": returned})
    if complementary:
        file.add("02", number="")
    file.add("03", **_sums("03", file.rows))
    for line in sorted(entrants, key=lambda line: line.number or NO_NUMBER):
        halves = [latin(half)[:HALF].ljust(HALF) for half in (line.family_name, line.given_name)]
        name = "".join(halves if surname_first else halves[::-1])
        number, cnie = line.number or NO_NUMBER, identifiers.cnie.compact(line.cnie)
        file.add("04", **{**vars(line), "number": number, "name": name, "cnie": cnie})
    if not entrants:
        file.add("04", number="")
    file.add("05", **_sums("05", file.rows))
    file.add("06", **_sums("06", file.rows))
    content = "".join("".join(row.texts.values()) + line_end for row in file.rows).encode("latin-1", "replace")
    if faults := file.faults + check(content, most_days=most_days, ceiling=ceiling, prefilled=prefilled):
        raise Unwritable(faults)
    return content


def check(content: bytes, *, most_days: int, ceiling: int, prefilled: Prefilled | None = None) -> list[FileFault]:
    """What CNSS would send a B-file (or E-file) back for (1.7), line by line; empty when nothing.

    `most_days` and the `ceiling` in centimes are those of the file's month. What is copied from the pre-filled
    file, when it is there, must be the same and is not judged otherwise.
    """
    rows, faults = read_rows(content, letter := "E" if content.startswith(b"E") else "B")
    original = {row.line: row for row in prefilled.rows if letter == "B" or row.line < 3} if prefilled else {}
    if not any(fault.rule == "record" for fault in faults):
        faults += [*_mixed(rows), *(fault for row in rows for fault in _field_faults(row, original.get(row.line)))]
        if not any(fault.rule == "digits" for fault in faults):
            paid = [row for row in rows if row.part in CONTROLLED and not row.is_blank]
            faults += [fault for row in paid for fault in _wage_faults(row, most_days, ceiling)]
            faults += [*_number_faults(rows), *_sum_faults(rows)]
    return sorted(faults, key=lambda fault: fault.line)


def _field_faults(row: Row, original: Row | None = None) -> Iterator[FileFault]:
    """What a line is made of: as in the pre-filled file where it is copied from there, else by PATTERNS."""
    copied = original.copied() if original and original.part == row.part != "03" else {}
    if original and original.part != row.part:
        yield row.fault("record", "record", expected=row.kind[0] + original.part)
    for field in FIELDS[row.kind]:
        text = row.texts[field.name]
        pattern, rule = PATTERNS.get(field.name, PATTERNS[field.kind])
        is_other_file = field.name == "category" and text[0] != row.kind[0]
        if field.name in copied:
            if text != copied[field.name]:
                yield row.fault(field.name, "copied", expected=copied[field.name].strip())
        elif is_other_file or (not re.fullmatch(pattern, text) and not (field.name == "number" and row.is_blank)):
            yield row.fault(field.name, rule)


def _mixed(rows: Sequence[Row]) -> Iterator[FileFault]:
    """Lines of another employer or month than most lines are."""
    for name in ("affiliation", "period"):
        named = [row for row in rows if name in row.texts]
        for most, _ in Counter(row.texts[name] for row in named).most_common(1):
            yield from (row.fault(name, "same", expected=most) for row in named if row.texts[name] != most)


def _wage_faults(row: Row, most_days: int, ceiling: int) -> Iterator[FileFault]:
    """One person's days, wage, situation (1.6) and control sum (1.5)."""
    days, gross, returned, due = map(row.amount, ("days", "gross", "returned", "net_allowance"))
    capped, control, code = min(gross, ceiling), row.control(), row.texts.get("situation", "entrant").strip()
    expectations: list[tuple[str, str, object, int | str, int]] = [
        ("days", "days", days <= most_days, days, most_days),
        ("capped", "capped", row.amount("capped") == capped, row.amount("capped"), capped),
        ("situation", "unpaid", code not in UNPAID_SITUATIONS or days == gross == 0, code, 0),
        ("situation", "present", code or (days and gross), code, 0),
        ("returned", "returned", returned == due or (returned < due and code not in RETURNS_ALL), returned, due),
        ("control", "control", row.amount("control") == control, row.amount("control"), control),
    ]
    for name, rule, holds, found, expected in expectations:
        if not holds:
            yield row.fault(name, rule, found=found, expected=expected, days=days, gross=gross)


def _number_faults(rows: Sequence[Row]) -> Iterator[FileFault]:
    """The numbers and names of entrants (1.4, 1.7), and the blank line when there are none."""
    seen = {row.texts["number"]: row.line for row in rows if row.part == "02"}
    for row in rows:
        if row.is_blank:
            content = "".join(row.texts[name] for name in row.texts.keys() - NOT_ADDED).strip(" 0")
            if content or sum(other.kind == row.kind for other in rows) > 1:
                yield row.fault("number", "blank")
        elif row.part == "04":
            number, texts = row.texts["number"], row.texts
            first = row.line if number in (NO_NUMBER, OCCASIONAL) else seen.setdefault(number, row.line)
            expectations = [
                ("name", "name", texts["name"].strip() or number == OCCASIONAL),
                ("cnie", "cnie", texts["cnie"].strip() or number != NO_NUMBER),
                ("number", "reserved", number != REFUSED_NUMBER),
                ("number", "twice", first == row.line),
            ]
            yield from (row.fault(name, rule, expected=first) for name, rule, holds in expectations if not holds)


def _sum_faults(rows: Sequence[Row]) -> Iterator[FileFault]:
    """Totals that are not those of the lines before them; what the A-file has no field for is not judged."""
    for row in rows:
        for name, total in _sums(row.part, rows).items() if row.part in ADDED_UP else ():
            if name in row.texts and row.amount(name) != total:
                yield row.fault(name, "sum", found=row.amount(name), expected=total)
