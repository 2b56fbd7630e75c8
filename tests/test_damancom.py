"""The monthly file of CNSS: what is read, matched, written and checked, by places counted here again."""

import random
import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awrash.damancom import (
    FIELDS,
    SENTENCES,
    Declared,
    Employer,
    Fault,
    Faulty,
    Pair,
    Person,
    Unwritable,
    check,
    latin,
    match,
    read_prefilled,
    read_rows,
    write_declaration,
)
from awrash.states import Situation

DATA = Path(__file__).parent / "data"
A_FILE = (DATA / "damancom-example-A.txt").read_bytes()
B_FILE = (DATA / "damancom-example-B.txt").read_bytes()
LIMITS = {"most_days": 26, "ceiling": 600_000}
US = Employer("1234567")
OCTOBER = date(2026, 10, 1)
NOMUN = Declared("100000018", "Nomun", "Prenomun", 26, 342272, 342272)
NOMDEUX = Declared("100000026", "Nomdeux", "Prenomdeux", 0, 0, 0, Situation.SO)
NOMTROIS = Declared("100000034", "Nomtrois", "Prénomtrois", 20, 263286, 263286, cnie="ab 123456")
LINES = [NOMUN, NOMDEUX, NOMTROIS]
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
RANK = {"  ": 0, "SO": 1, "DE": 2, "IT": 3, "IL": 4, "AT": 5, "CS": 6, "MS": 7, "MP": 8}


def entrant(number="100000034", **changed):
    return Declared(**{**vars(NOMTROIS), "number": number, **changed})


def write(lines=LINES, a_file=A_FILE, **changed):
    prefilled = read_prefilled(a_file) if a_file else None
    told = {"employer": US, "period": OCTOBER, "lines": lines, "prefilled": prefilled, **LIMITS, **changed}
    return write_declaration(**told)


def refusals(lines=LINES, **changed):
    """The rules by which a file is refused, each with its line and field."""
    with pytest.raises(Unwritable) as refused:
        write(lines, **changed)
    return {(fault.line, fault.field, fault.rule) for fault in refused.value.faults}


def named(content, **told):
    return {(fault.line, fault.field, fault.rule) for fault in check(content, **LIMITS, **told)}


def lines_of(content):
    return content.decode("ascii").splitlines()


def a_file(people, affiliation="1234567", period="202610", end="\n", name="ASSOCIATION EXEMPLE"):
    """A pre-filled file made place by place: people are (number, surname, first name, children, paid, deducted)."""
    sums = [0] * 5
    lines = [f"A00{affiliation}{period[2:]}014A0"]
    lines.append(
        f"A01{affiliation}{period}{name:<40}{'TRAVAUX':<40}{'1 RUE':<120}{'TIZNIT':<20}85000 052026102720261110"
    )
    for number, family, given_name, children, paid, deducted in people:
        figures = (children, paid, deducted, paid - deducted, int(number))
        sums = [one + other for one, other in zip(sums, figures, strict=True)]
        amounts = f"{children:02}{paid:06}{deducted:06}{paid - deducted:06}"
        lines.append(f"A02{affiliation}{period}{number}{family:<30}{given_name:<30}{amounts}")
    counts = f"{len(people):06}{sums[0]:06}{sums[1]:012}{sums[2]:012}{sums[3]:012}{sums[4]:015}"
    lines.append(f"A03{affiliation}{period}{counts}")
    return "".join(f"{line:<260}{end}" for line in lines).encode()


WITH_ALLOWANCES = a_file([("100000018", "NOMUN", "PRENOMUN", 3, 90000, 20000), ("100000026", "NOMDEUX", "X", 0, 0, 0)])


# ---- the worked example


def test_the_worked_example_is_written_byte_for_byte():
    assert write() == B_FILE


def test_the_worked_example_has_no_fault():
    assert check(B_FILE, **LIMITS) == []
    assert check(B_FILE, **LIMITS, prefilled=read_prefilled(A_FILE)) == []


def test_the_prefilled_file_tells_whose_it_is_and_whom_cnss_knows():
    prefilled = read_prefilled(A_FILE)
    assert (prefilled.affiliation, prefilled.period, prefilled.warnings) == ("1234567", OCTOBER, ())
    known = [(one.key, one.cnss_number, one.family_name, one.given_name) for one in prefilled.people]
    assert known == [(3, "100000018", "NOMUN", "PRENOMUN"), (4, "100000026", "NOMDEUX", "PRENOMDEUX")]


@pytest.mark.parametrize("kind", FIELDS)
def test_the_fields_of_a_line_follow_each_other_from_its_first_place_to_its_last(kind):
    fields = FIELDS[kind]
    assert [one.start for one in fields] == [1, *(one.end + 1 for one in fields[:-1])]
    assert fields[-1].end == 260
    assert len({one.name for one in fields}) == len(fields)


def test_each_kind_of_file_has_its_records():
    assert {kind[0]: [one[1:] for one in FIELDS if one[0] == kind[0]] for kind in FIELDS} == {
        "A": ["00", "01", "02", "03"],
        "B": ["00", "01", "02", "03", "04", "05", "06"],
        "E": ["00", "01", "02", "03", "04", "05", "06"],
    }


# ---- reading


@pytest.mark.parametrize(
    "changed",
    [
        A_FILE.replace(b"\n", b"\r\n"),
        A_FILE.removesuffix(b"\n"),
        A_FILE + b"\x1a",
        A_FILE.replace(b"\n", b"\r\n") + b"\x1a",
        A_FILE.removesuffix(b"\n") + b"\x1a\r\n",
        A_FILE + b"\n\n",
        b"\xef\xbb\xbf" + A_FILE,
    ],
    ids=["CRLF", "no last end", "Ctrl-Z", "CRLF and Ctrl-Z", "Ctrl-Z then an end", "empty lines", "byte order mark"],
)
def test_a_file_is_the_same_with_any_line_end_and_any_end_of_file(changed):
    assert read_prefilled(changed) == read_prefilled(A_FILE)
    assert write(a_file=changed) == B_FILE


def test_spaces_that_an_editor_took_away_come_back_with_a_warning():
    stripped = b"\n".join(line.rstrip() for line in A_FILE.splitlines())
    prefilled = read_prefilled(stripped)
    assert [(fault.line, fault.rule) for fault in prefilled.warnings] == [
        (1, "short"),
        *((n, "short") for n in (3, 4, 5)),
    ]
    assert "Line 3 has 105 characters; 260 are expected" in prefilled.warnings[1].sentence
    assert prefilled.rows == read_prefilled(A_FILE).rows
    assert write(a_file=stripped) == B_FILE


def test_a_line_that_is_too_long_is_refused_with_its_number():
    lines = A_FILE.splitlines()
    lines[3] += b" "
    with pytest.raises(Faulty, match="Line 4 has 261 characters; no more than 260"):
        read_prefilled(b"\n".join(lines))


@pytest.mark.parametrize(
    ("content", "line", "field", "rule"),
    [
        (b"", 1, "record", "record"),
        (B_FILE, 1, "record", "record"),
        (b"cnss_number;cnie;name\r\n", 1, "record", "record"),
        (b"\n".join(A_FILE.splitlines()[:4]), 5, "record", "record"),
        (A_FILE + A_FILE.splitlines()[4], 6, "record", "record"),
        (A_FILE.replace(b"A02", b"A04", 1), 3, "record", "record"),
        (b"\n".join(A_FILE.splitlines()[:3] + A_FILE.splitlines()[4:]), 4, "count", "sum"),
        (A_FILE.replace(b"A021234567202610100000018", b"A021234567202610 00000018"), 3, "number", "digits"),
        (A_FILE.replace(b"A021234567202610", b"A021234568202610", 1), 3, "affiliation", "same"),
        (A_FILE.replace(b"A021234567202610", b"A021234567202609", 1), 3, "period", "same"),
        (A_FILE.replace(b"202610", b"202613"), 2, "period", "month"),
        (A_FILE.replace(b"202610", b"000001"), 2, "period", "month"),
    ],
)
def test_a_file_that_is_cut_or_mixed_is_refused_where_it_is(content, line, field, rule):
    with pytest.raises(Faulty) as refused:
        read_prefilled(content)
    assert (line, field, rule) in {(fault.line, fault.field, fault.rule) for fault in refused.value.faults}
    assert not isinstance(refused.value, Unwritable)


def test_what_cnss_wrote_goes_back_as_it_came_even_beyond_the_signs_it_accepts():
    strange = A_FILE.replace(b"ASSOCIATION EXEMPLE ", b"ASS. D'EXEMPL\xc9, N\xb011").replace(b"NOMUN ", b"O-MUN ", 1)
    strange = strange.replace(b"10000 0520261027", b"10000   20261027")
    prefilled = read_prefilled(strange)
    assert {(fault.field, fault.rule) for fault in prefilled.warnings} == {
        ("name", "signs"),
        ("agency", "digits"),
    }
    content = write(a_file=strange)
    for line, theirs in zip(content.splitlines()[1:4], strange.splitlines()[1:4], strict=True):
        assert line[3:105] == theirs[3:105]
    assert content.splitlines()[1][1:] == strange.splitlines()[1][1:]


def test_a_sum_that_differs_in_the_prefilled_file_is_a_warning():
    prefilled = read_prefilled(A_FILE.replace(b"200000044", b"200000045"))
    assert [(fault.line, fault.field, fault.rule) for fault in prefilled.warnings] == [(5, "number", "sum")]
    assert write(a_file=A_FILE.replace(b"200000044", b"200000045")) == B_FILE


def test_the_first_name_may_come_first():
    turned = a_file([("100000018", "PRENOMUN", "NOMUN", 0, 0, 0)])
    person = read_prefilled(turned, surname_first=False).people[0]
    assert (person.family_name, person.given_name) == ("NOMUN", "PRENOMUN")
    content = write([NOMTROIS], a_file=turned, surname_first=False)
    assert lines_of(content)[4][25:85] == f"{'PRENOMTROIS':<30}{'NOMTROIS':<30}"


# ---- matching

KNOWN = a_file(
    [
        ("100000018", "EL IDRISSI", "SAID", 0, 0, 0),
        ("100000026", "AMZIL", "KHADIJA", 0, 0, 0),
        ("100000034", "OUALI", "MOHAMMED", 0, 0, 0),
        ("100000042", "BOUFOUS", "ALI", 0, 0, 0),
        ("100000059", "BOUFOUS", "ALI", 0, 0, 0),
    ]
)


def found(*ours):
    matching = match(read_prefilled(KNOWN), ours)
    return {pair.ours.key: (pair.theirs.cnss_number, pair.by) for pair in matching.pairs}


def test_people_are_found_by_number_whatever_their_name():
    ours = Person("a", "100000018", family_name="AGRAM", given_name="OMAR")
    matching = match(read_prefilled(KNOWN), [ours])
    assert found(ours) == {"a": ("100000018", "number")}
    assert [pair.ours.key for pair in matching.named_differently] == ["a"]
    assert [one.cnss_number for one in matching.theirs_only] == ["100000026", "100000034", "100000042", "100000059"]
    assert matching.ours_only == ()


def test_a_name_spelt_another_way_is_no_other_name():
    for family, first in (("الإدريسي", "سعيد"), ("Elidrissi", "Saïd"), ("IDRISSI", "SAID")):
        matching = match(read_prefilled(KNOWN), [Person(1, "100000018", family_name=family, given_name=first)])
        assert matching.named_differently == ()


def test_only_a_number_with_two_names_is_named_differently():
    matching = match(with_cards(Person(3, "", "JB1", "AMZIL", "OMAR")), [Person(1, "", "JB1", "AMZIL", "ALI")])
    assert (len(matching.pairs), matching.named_differently) == (1, ())


def test_a_name_that_the_file_cuts_is_compared_as_it_is_cut():
    content = a_file([("100000018", "A" + "BA" * 14 + "C", "X", 0, 0, 0)])
    ours = Person(1, family_name="A" + "BA" * 14 + "CDEFG", given_name="X")
    assert len(match(read_prefilled(content), [ours]).pairs) == 1


def test_who_has_no_number_yet_is_found_by_name():
    assert found(Person("b", family_name="Ouali", given_name="Mohamed")) == {"b": ("100000034", "names")}


def test_a_name_counts_only_where_it_is_alone():
    assert found(Person("c", family_name="BOUFOUS", given_name="ALI")) == {}
    assert found(*(Person(key, family_name="AMZIL", given_name="KHADIJA") for key in "de")) == {}
    assert found(Person("f")) == {}


def test_the_same_name_with_another_number_is_another_person():
    assert found(Person("g", "100000067", family_name="AMZIL", given_name="KHADIJA")) == {}


def test_a_number_written_for_two_of_ours_is_left_to_a_person():
    twice = [Person(key, "100000018", family_name=name) for key, name in (("h", "AZNAG"), ("i", "AGRAM"))]
    matching = match(read_prefilled(KNOWN), twice)
    assert (matching.pairs, len(matching.ours_only), len(matching.theirs_only)) == ((), 2, 5)


def test_a_number_of_nobody_brings_nobody_together():
    content = a_file([("999999999", "X", "Y", 0, 0, 0)])
    assert match(read_prefilled(content), [Person(1, "999999999", family_name="AZNAG")]).pairs == ()


def with_cards(*people):
    """A pre-filled list that tells more than the A-file does."""
    prefilled = read_prefilled(KNOWN)
    return type(prefilled)(**{**vars(prefilled), "people": people})


def test_a_card_comes_before_names_and_a_birth_parts_two_of_one_name():
    card = Person(3, "100000018", "JB1", "AMZIL", "OMAR")
    young, old = (Person(year, "", "", "AGRAM", "ALI", date(year, 1, 1)) for year in (1990, 1970))
    ours = [Person("a", "", "JB1", "OUALI", "X"), Person("b", "", "", "AGRAM", "ALI", date(1970, 1, 1))]
    matching = match(with_cards(card, young, old), ours)
    assert matching.pairs == (Pair(card, ours[0], "cnie"), Pair(old, ours[1], "birth"))
    assert match(with_cards(young), ours[1:]).pairs == ()
    assert match(with_cards(Person(7, "", "", "AGRAM", "ALI")), ours[1:]).pairs[0].by == "names"


# ---- writing


def test_who_is_not_declared_has_left_and_gives_all_allowances_back():
    third = lines_of(write([], a_file=WITH_ALLOWANCES))[2]
    assert third[85:105] == "03090000020000070000"
    assert third[105:137] == "070000" + "00" + "0" * 13 + "0" * 9 + "SO"
    assert int(third[137:156]) == 100000018 + 70000 + 1


@pytest.mark.parametrize("situation", [Situation.present, Situation.IT, Situation.IL, Situation.AT])
def test_who_stays_keeps_the_allowances(situation):
    third = lines_of(write([entrant("100000018", situation=situation)], a_file=WITH_ALLOWANCES))[2]
    assert third[105:113] == "00000020"
    assert third[135:137] == ("  " if situation == "present" else situation)


@pytest.mark.parametrize("situation", [Situation.CS, Situation.MS, Situation.MP])
def test_who_is_unpaid_has_no_days_and_no_wage(situation):
    still = entrant("100000018", situation=situation, days=0, gross=0, capped=0)
    assert lines_of(write([still]))[2][105:137] == "0" * 30 + situation
    for days, gross in ((20, 0), (0, 5), (20, 263286)):
        paid = entrant("100000018", situation=situation, days=days, gross=gross, capped=gross)
        assert refusals([paid]) == {(3, "situation", "unpaid")}


def test_a_month_without_entrants_has_one_blank_line_that_counts_nobody():
    lines = lines_of(write([NOMUN]))
    assert [line[:3] for line in lines] == ["B00", "B01", "B02", "B02", "B03", "B04", "B05", "B06"]
    assert lines[5] == f"B041234567202610{' ' * 77}{'0' * 43}".ljust(260)
    assert lines[6] == f"B051234567202610{'0' * 74}".ljust(260)
    assert lines[7][16:22] == "000002"


def test_people_keep_the_order_of_cnss_and_entrants_come_by_number():
    numbers = ["900000001", "100000059", "100000042"]
    lines = lines_of(write([*map(entrant, numbers), entrant(""), NOMDEUX, NOMUN]))
    assert [line[16:25] for line in lines[2:4]] == ["100000018", "100000026"]
    assert [line[16:25] for line in lines[5:9]] == ["000000000", "100000042", "100000059", "900000001"]


def test_lines_end_as_asked():
    assert write(line_end="\r\n") == B_FILE.replace(b"\n", b"\r\n")
    assert check(B_FILE.replace(b"\n", b"\r\n"), **LIMITS) == []


def test_without_a_prefilled_file_all_are_entrants():
    employer = Employer("1234567", "جمعية Éducation & Vie" + "x" * 40, "12, rue de l'Oued", "Tiznit")
    lines = lines_of(write(a_file=None, employer=employer))
    assert [line[:3] for line in lines] == ["B00", "B01", "B03", "B04", "B04", "B04", "B05", "B06"]
    assert lines[0] == "B0012345672610014B0".ljust(260)
    assert lines[1][16:56] == "JMAIA EDUCATION VIEXXXXXXXXXXXXXXXXXXXXX"
    assert lines[1][96:216].rstrip() == "12 RUE DE L OUED"
    assert lines[1][236:] == "      000000000000000000"
    assert lines_of(write(a_file=None, transfer="98765432101234"))[0][3:17] == "98765432101234"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Aït-el Haj", "AIT EL HAJ"),
        ("D'Œuvre  & Cie.", "D OEUVRE CIE"),
        ("الإدريسي", "EL IDRISI"),
        ("عبد الله", "ABD ALLAH"),
        ("خديجة", "KHDIJA"),
        ("مُحَمَّـد", "MHMD"),
        ("ﺃﻛﻨﻮﺯ", "AKNOUZ"),
        ("٣ ڭادير", "3 GADIR"),
    ],
)
def test_a_name_is_written_with_the_signs_that_cnss_accepts(name, written):
    assert latin(name) == written


@given(st.text())
def test_any_text_becomes_capitals_digits_and_single_spaces(text):
    assert re.fullmatch("(?:[A-Z0-9]+(?: [A-Z0-9]+)*)?", latin(text))


def test_a_long_name_is_cut_to_its_half():
    line = lines_of(write([NOMUN, entrant(family_name="A" * 40, given_name="B" * 40)]))[5]
    assert line[25:85] == "A" * 30 + "B" * 30


# ---- refusing instead of writing


@pytest.mark.parametrize(
    ("changed", "field", "rule"),
    [
        ({"days": 27}, "days", "days"),
        ({"days": 100}, "days", "fits"),
        ({"days": -1}, "days", "digits"),
        ({"gross": 10**13}, "gross", "fits"),
        ({"gross": -5, "capped": -5}, "gross", "digits"),
        ({"gross": 3422.72}, "gross", "digits"),
        ({"capped": 263286.0}, "capped", "digits"),
        ({"capped": 263285}, "capped", "capped"),
        ({"gross": 700000, "capped": 700000}, "capped", "capped"),
        ({"family_name": "", "given_name": "؟"}, "name", "name"),
        ({"family_name": ""}, "name", "signs"),
        ({"number": "", "cnie": ""}, "cnie", "cnie"),
        ({"cnie": "AB1234567"}, "cnie", "fits"),
        ({"cnie": "ج12345"}, "cnie", "signs"),
        ({"number": "100000000"}, "number", "reserved"),
        ({"number": "12345678"}, "number", "digits"),
        ({"number": "1234567890"}, "number", "fits"),
        ({"number": "١٠٠٠٠٠٠٣٤"}, "number", "digits"),
    ],
)
def test_a_faulty_entrant_is_refused_by_line_and_field(changed, field, rule):
    assert (6, field, rule) in refusals([NOMUN, entrant(**changed)])


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"days": 0}, "present"),
        ({"gross": 0, "capped": 0}, "present"),
        ({"days": 27, "situation": Situation.SO}, "days"),
        ({"capped": 1}, "capped"),
    ],
)
def test_a_faulty_line_of_a_known_person_is_refused(changed, rule):
    assert refusals([Declared(**{**vars(NOMUN), **changed})]) == {(3, "situation" if rule == "present" else rule, rule)}


def test_the_limits_are_those_of_the_month():
    assert refusals(most_days=25) == {(3, "days", "days")}
    assert {fault[2] for fault in refusals(ceiling=300_000)} == {"capped"}
    rich = Declared(**{**vars(NOMUN), "gross": 500_000, "capped": 300_000})
    assert lines_of(write([rich], ceiling=300_000))[2][113:135] == "0000000500000000300000"


def test_nobody_is_declared_twice():
    assert refusals([NOMUN, NOMUN]) == {(6, "number", "twice")}
    assert refusals([entrant(), entrant(given_name="OTHER")]) == {(7, "number", "twice")}
    assert write([entrant(""), entrant("")]).count(b"B04") == 2


def test_an_occasional_worker_may_have_no_name_and_come_twice():
    lines = lines_of(write([entrant("999999999", family_name="", given_name="")] * 2))
    assert [line[16:26] for line in lines[5:7]] == ["999999999 "] * 2


@pytest.mark.parametrize("employer", ["7654321", "12345678", "", "١٢٣٤٥٦٧"])
def test_the_file_of_another_employer_is_refused(employer):
    assert {fault[1] for fault in refusals(employer=Employer(employer))} >= {"affiliation"}


def test_the_file_of_another_month_is_refused():
    assert {fault[1:] for fault in refusals(period=date(2026, 11, 1))} == {("period", "same")}


def test_a_refusal_says_every_sentence():
    with pytest.raises(Unwritable) as refused:
        write(
            [entrant("100000018", days=27), entrant(days=27), entrant("", cnie=""), entrant("200000000", gross=10**13)]
        )
    assert str(refused.value).splitlines()[:3] == [
        "Line 3: 27 days were found; at most 26 are accepted.",
        "Line 6: there is neither a CNSS number nor a CNIE; one of them is expected.",
        "Line 7: 27 days were found; at most 26 are accepted.",
    ]
    assert [fault.line for fault in refused.value.faults] == sorted(fault.line for fault in refused.value.faults)


# ---- random months, added up here again


def integer(line, start, end):
    return int(line[start - 1 : end])


def declared_again(rows):
    """The lines that a B-file holds, as they would be given to write it."""
    for row in rows:
        if row.part in ("02", "04") and not row.is_blank:
            texts = row.texts
            yield Declared(
                number=texts["number"],
                family_name=texts["name"][:30],
                given_name=texts["name"][30:],
                days=int(texts["days"]),
                gross=int(texts["gross"]),
                capped=int(texts["capped"]),
                situation=Situation(texts.get("situation", "").strip() or "present"),
                cnie=texts.get("cnie", "").strip(),
            )


def word(chance, most=30):
    return "".join(chance.choice(LETTERS) for _ in range(chance.randint(1, most)))


def random_month(chance):
    """A carrier's month: its pre-filled file (or none), its lines, its employer and period, its ceiling."""
    affiliation = f"{chance.randrange(10**7):07}"
    period = date(chance.randint(2020, 2040), chance.randint(1, 12), 1)
    ceiling, most_days = chance.randint(1, 10**7), chance.randint(1, 31)
    numbers = chance.sample(range(100_000_001, 999_999_999), 12)
    known = numbers[: chance.randint(0, 8)]
    people = []
    for number in known:
        paid = chance.randrange(10**6)
        people.append((str(number), word(chance), word(chance), chance.randrange(20), paid, chance.randint(0, paid)))
    lines = []
    for number in [*chance.sample(known, chance.randint(0, len(known))), *numbers[8 : 8 + chance.randint(0, 4)]]:
        situation = chance.choice(list(Situation)) if number in known else Situation.present
        unpaid = situation in ("CS", "MS", "MP")
        days, gross = (0, 0) if unpaid else (chance.randint(1, most_days), chance.randint(1, 10**8))
        name = word(chance, 40), word(chance, 40)
        lines.append(Declared(str(number), *name, days, gross, min(gross, ceiling), situation, f"JB{number % 10**6}"))
    lines += [entrant("", capped=min(263286, ceiling), days=1)] * chance.randint(0, 1)
    content = a_file(people, affiliation, f"{period:%Y%m}") if known or chance.random() < 0.5 else None
    told = {"employer": Employer(affiliation), "period": period, "ceiling": ceiling, "most_days": most_days}
    return content, lines, told


def test_a_thousand_months_of_a_thousand_carriers_have_no_fault():
    chance = random.Random(2026)
    for _ in range(1000):
        content, lines, told = random_month(chance)
        chance.shuffle(lines)
        written = write(lines, content, line_end=chance.choice(["\n", "\r\n"]), **told)
        limits = {name: told[name] for name in ("ceiling", "most_days")}
        assert check(written, **limits) == []
        assert check(written, **limits, prefilled=content and read_prefilled(content)) == []
        rows = lines_of(written)
        assert {len(row) for row in rows} == {260}
        known = lines_of(content)[2:-1] if content else []
        assert [row[3:105] for row in rows if row[:3] == "B02"] == [row[3:105] for row in known]
        entrants = [row for row in rows if row[:3] == "B04" and row[16] != " "]
        declared = {line.number for line in lines} - {row[16:25] for row in known}
        assert len(entrants) == len(declared)


@settings(max_examples=100, deadline=None)
@given(st.randoms(use_true_random=False))
def test_what_is_written_then_read_is_written_the_same(chance):
    content, lines, told = random_month(chance)
    written = write(lines, content, **told)
    rows, faults = read_rows(written, "B")
    assert faults == []
    assert write(list(declared_again(rows)), content, **told) == written


@settings(max_examples=100, deadline=None)
@given(st.randoms(use_true_random=False))
def test_control_sums_and_totals_are_those_of_the_cnss_text(chance):
    content, lines, told = random_month(chance)
    rows = lines_of(write(lines, content, **told))
    known = [row for row in rows if row[:3] == "B02"]
    entrants = [row for row in rows if row[:3] == "B04" and row[16:25] != " " * 9]
    for row in known:
        parts = (17, 25), (106, 111), (112, 113), (114, 126), (127, 135)
        assert integer(row, 138, 156) == sum(integer(row, *part) for part in parts) + RANK[row[135:137]]
    for row in entrants:
        parts = (17, 25), (94, 95), (96, 108), (109, 117)
        assert integer(row, 118, 136) == sum(integer(row, *part) for part in parts)
    b03, b05, b06 = rows[2 + len(known)], rows[-2], rows[-1]
    of_known = {(23, 28): (86, 87), (29, 40): (88, 93), (41, 52): (94, 99), (53, 64): (100, 105), (65, 79): (17, 25)}
    of_known |= {(80, 91): (106, 111), (92, 97): (112, 113), (98, 112): (114, 126), (113, 125): (127, 135)}
    of_known |= {(126, 144): (138, 156)}
    of_entrants = {
        (23, 37): (17, 25),
        (38, 43): (94, 95),
        (44, 58): (96, 108),
        (59, 71): (109, 117),
        (72, 90): (118, 136),
    }
    assert integer(b03, 17, 22) == len(known)
    assert integer(b05, 17, 22) == len(entrants)
    for total, part in of_known.items():
        assert integer(b03, *total) == sum(integer(row, *part) for row in known)
    for total, part in of_entrants.items():
        assert integer(b05, *total) == sum(integer(row, *part) for row in entrants)
    both = {(17, 22): (17, 22), (23, 37): (65, 79), (38, 43): (92, 97), (44, 58): (98, 112), (59, 71): (113, 125)}
    for total, of_b03 in (both | {(72, 90): (126, 144)}).items():
        assert integer(b06, *total) == integer(b05, *total) + integer(b03, *of_b03)


# ---- the check

FULL = write([NOMUN, entrant(), entrant("")], a_file=WITH_ALLOWANCES)
PLACES = [
    pytest.param(number, one, id=f"{number}-{line[:3]}-{one.name}")
    for number, line in enumerate(lines_of(FULL), 1)
    for one in FIELDS[line[:3]]
]


def damaged(number, one, text):
    """The full file with a field's first signs written over."""
    lines = FULL.splitlines()
    line = lines[number - 1]
    lines[number - 1] = line[: one.start - 1] + text + line[one.start - 1 + len(text) :]
    return b"\n".join(lines)


@pytest.mark.parametrize(("number", "one"), PLACES)
@pytest.mark.parametrize("sign", [b"?", b"\xe9", b"a"])
def test_a_sign_that_does_not_belong_is_named_with_its_line_and_field(number, one, sign):
    assert (number, one.name) in {fault[:2] for fault in named(damaged(number, one, sign))}


@pytest.mark.parametrize(("number", "one"), [place for place in PLACES if place.values[1].kind == "N"])
def test_a_number_that_was_changed_is_named(number, one):
    """Beside the pre-filled file each digit counts: what is not copied from it is added up somewhere."""
    was = lines_of(FULL)[number - 1][one.start - 1 : one.end]
    content = damaged(number, one, str((int(was) + 1) % 10 ** len(was)).zfill(len(was)).encode())
    faults = named(content, prefilled=read_prefilled(WITH_ALLOWANCES))
    assert one.name in {fault[1] for fault in faults}
    assert number in {fault[0] for fault in faults}


COPIED = [
    place
    for place in PLACES
    if place.values[0] <= 4 and (place.values[0] == 2 or place.values[1].end <= 105) and place.values[1].start > 3
]


@pytest.mark.parametrize(
    ("number", "one"), [place for place in COPIED if place.values[1].name not in ("category", "filler")]
)
def test_what_is_copied_from_the_prefilled_file_is_named_when_it_differs(number, one):
    was = lines_of(FULL)[number - 1][one.start - 1]
    content = damaged(number, one, b"1" if was != "1" else b"2")
    assert (number, one.name, "copied") in named(content, prefilled=read_prefilled(WITH_ALLOWANCES))


@pytest.mark.parametrize(
    ("number", "name", "text", "rule"),
    [
        (1, "category", b"A0", "category"),
        (1, "category", b"E1", "category"),
        (2, "period", b"202613", "month"),
        (3, "situation", b"XX", "situation"),
        (3, "situation", b"CO", "situation"),
        (3, "situation", b"CS", "unpaid"),
        (3, "situation", b"SO", "returned"),
        (3, "returned", b"070001", "returned"),
        (4, "returned", b"000001", "returned"),
        (3, "days", b"27", "days"),
        (3, "days", b"00", "present"),
        (3, "capped", b"000342271", "capped"),
        (6, "name", b" " * 60, "name"),
        (6, "cnie", b" " * 8, "cnie"),
        (7, "number", b"100000018", "twice"),
        (7, "number", b"100000000", "reserved"),
        (7, "number", b" " * 9, "blank"),
        (6, "cnie", b" AB", "signs"),
        (9, "filler", b"0", "spaces"),
    ],
)
def test_each_rule_names_what_breaks_it(number, name, text, rule):
    kind = lines_of(FULL)[number - 1][:3]
    one = next(one for one in FIELDS[kind] if one.name == name)
    field = {"present": "situation", "returned": "returned"}.get(rule, name)
    assert (number, field, rule) in named(damaged(number, one, text))


def test_what_is_no_number_is_named_alone_and_not_added_up():
    assert named(B_FILE.replace(b"00000026000", b"000000X6000", 1)) == {(3, "days", "digits")}


def test_faults_come_in_the_order_of_the_lines():
    content = B_FILE.replace(b"B061234567", b"B061234568").replace(b"NOMUN ", b"nomun ")
    assert [fault.line for fault in check(content, **LIMITS)] == [3, 8]


def test_a_line_of_another_length_is_named():
    lines = B_FILE.splitlines()
    assert named(b"\n".join([*lines[:3], lines[3][:-1], *lines[4:]])) == {(4, "record", "short")}
    assert named(b"\n".join([*lines[:3], lines[3] + b" ", *lines[4:]])) == {(4, "record", "long")}
    assert (9, "record", "short") in named(B_FILE + b"\x1a")


@pytest.mark.parametrize("place", range(8))
def test_a_line_that_is_missing_is_named(place):
    lines = B_FILE.splitlines()
    faults = named(b"\n".join(lines[:place] + lines[place + 1 :]), prefilled=read_prefilled(A_FILE))
    assert faults
    assert min(fault[0] for fault in faults) in (place + 1, place + 2)


@pytest.mark.parametrize("place", range(7))
def test_a_line_that_comes_twice_is_named(place):
    lines = B_FILE.splitlines()
    assert named(b"\n".join([*lines[: place + 1], *lines[place:]]), prefilled=read_prefilled(A_FILE))


@pytest.mark.parametrize("place", range(7))
def test_two_lines_that_changed_places_are_named(place):
    lines = B_FILE.splitlines()
    lines[place], lines[place + 1] = lines[place + 1], lines[place]
    assert named(b"\n".join(lines), prefilled=read_prefilled(A_FILE))


def test_a_person_whom_cnss_does_not_know_cannot_stand_among_those_it_knows():
    longer = a_file([(number, "NOM", "X", 0, 0, 0) for number in ("100000018", "100000026", "100000042")])
    wider = a_file([(number, "NOM", "X", 0, 0, 0) for number in ("100000018", "100000026")])
    content = write(LINES, a_file=longer)
    assert (5, "record", "record") in named(content, prefilled=read_prefilled(wider))
    assert (5, "record", "record") in named(write(LINES, a_file=wider), prefilled=read_prefilled(longer))


def test_a_blank_line_is_blank_and_alone():
    lines = write([NOMUN]).splitlines()
    assert named(b"\n".join([*lines[:6], lines[5], *lines[6:]])) == {(6, "number", "blank"), (7, "number", "blank")}
    with_days = lines[5][:94] + b"1" + lines[5][95:]
    assert (6, "number", "blank") in named(b"\n".join([*lines[:5], with_days, *lines[6:]]))


@pytest.mark.parametrize("content", [b"", b"\n", b"\x00" * 600, A_FILE, b"PK\x03\x04", "عربي".encode(), b"B00" * 1000])
def test_what_is_no_declaration_is_named_at_its_first_line(content):
    assert 1 in {fault[0] for fault in named(content)}


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(B_FILE) - 1), st.binary(max_size=3), st.integers(0, 300))
def test_the_check_and_the_reader_stand_any_damage(start, put, taken):
    for content in (A_FILE, B_FILE):
        changed = content[:start] + put + content[start + taken :]
        assert isinstance(check(changed, **LIMITS), list)
        try:
            read_prefilled(changed)
        except Faulty as refused:
            assert str(refused)


# ---- the complementary file (experimental)


def test_a_complementary_file_has_its_people_in_e04_and_zeros_before():
    content = write(complementary=2)
    lines = lines_of(content)
    assert [line[:3] for line in lines] == ["E00", "E01", "E02", "E03", "E04", "E04", "E04", "E05", "E06"]
    assert lines[0][3:19] == "12345672610014E2"
    assert lines[1][1:] == lines_of(A_FILE)[1][1:]
    assert lines[2] == f"E021234567202610{' ' * 69}{'0' * 50}  {'0' * 19}".ljust(260)
    assert lines[3] == f"E031234567202610{'0' * 128}".ljust(260)
    assert lines[7][3:] == lines[8][3:]
    assert integer(lines[7], 44, 58) == 342272 + 263286
    assert check(content, **LIMITS, prefilled=read_prefilled(A_FILE)) == []


def test_a_complementary_file_is_checked_as_a_declaration_is():
    assert (1, "category", "fits") in refusals(complementary=10)
    content = write(complementary=1).replace(b"0000000342272", b"0000000342273", 1)
    assert {(5, "capped", "capped"), (5, "control", "control"), (8, "gross", "sum")} <= named(content)


# ---- sentences


def test_every_sentence_says_where_and_is_polite():
    facts = {"field": "N_T_Ctr", "found": "X", "expected": "Y", "days": 1, "gross": 2}
    for rule in SENTENCES:
        sentence = Fault(7, "name", rule, facts).sentence
        assert sentence.startswith("Line 7")
        assert not re.search(r"invalid|error|wrong|illegal|%", sentence, re.IGNORECASE)


def test_a_sentence_names_the_field_as_cnss_does_and_amounts_without_zeros():
    said = {fault.sentence for fault in check(B_FILE.replace(b"000342272  ", b"000342271  "), **LIMITS)}
    assert said >= {
        "Line 3: a capped wage of 342271 centimes was found; 342272 is expected.",
        "Line 3: the control sum 100684588 was found; 100684587 is expected.",
        "Line 5, N_T_Salaire_Plaf: the total 342272 was found; the lines before add up to 342271.",
    }
