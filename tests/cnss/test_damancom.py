"""The monthly file of CNSS: what is read, matched, written and checked, by places counted here again."""

import random
import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awrash.cnss.damancom import (
    FIELDS,
    DeclaredMonth,
    Employer,
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
from awrash.values.states import Situation

DATA = Path(__file__).parents[1] / "data"
A_FILE = (DATA / "damancom-example-A.txt").read_bytes()
B_FILE = (DATA / "damancom-example-B.txt").read_bytes()
LIMITS = {"most_days": 26, "ceiling": 600_000}
US = Employer("1234567")
OCTOBER = date(2026, 10, 1)
NOMUN = DeclaredMonth("100000018", "Nomun", "Prenomun", 26, 342272, 342272)
NOMDEUX = DeclaredMonth("100000026", "Nomdeux", "Prenomdeux", 0, 0, 0, Situation.SO)
NOMTROIS = DeclaredMonth("100000034", "Nomtrois", "Prénomtrois", 20, 263286, 263286, cnie="ab 123456")
LINES = [NOMUN, NOMDEUX, NOMTROIS]
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
RANK = {"  ": 0, "SO": 1, "DE": 2, "IT": 3, "IL": 4, "AT": 5, "CS": 6, "MS": 7, "MP": 8}


def entrant(number="100000034", **changed):
    return DeclaredMonth(**{**vars(NOMTROIS), "number": number, **changed})


def write(lines=LINES, a_file=A_FILE, **changed):
    prefilled = read_prefilled(a_file) if a_file else None
    arguments = {"employer": US, "period": OCTOBER, "lines": lines, "prefilled": prefilled, **LIMITS, **changed}
    return write_declaration(**arguments)


def refusals(lines=LINES, **changed):
    """The rules by which a file is refused, each with its line and field."""
    with pytest.raises(Unwritable) as refused:
        write(lines, **changed)
    return {(fault.line, fault.field, fault.rule) for fault in refused.value.faults}


def named(content, **arguments):
    return {(fault.line, fault.field, fault.rule) for fault in check(content, **LIMITS, **arguments)}


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
        sums = [total + other for total, other in zip(sums, figures, strict=True)]
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
    known = [(person.key, person.cnss_number, person.family_name, person.given_name) for person in prefilled.people]
    assert known == [(3, "100000018", "NOMUN", "PRENOMUN"), (4, "100000026", "NOMDEUX", "PRENOMDEUX")]


@pytest.mark.parametrize("kind", FIELDS)
def test_the_fields_of_a_line_follow_each_other_from_its_first_place_to_its_last(kind):
    fields = FIELDS[kind]
    assert [field.start for field in fields] == [1, *(field.end + 1 for field in fields[:-1])]
    assert fields[-1].end == 260
    assert len({field.name for field in fields}) == len(fields)


def test_each_kind_of_file_has_its_records():
    assert {kind[0]: [record[1:] for record in FIELDS if record[0] == kind[0]] for kind in FIELDS} == {
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


def matched(*ours):
    matching = match(read_prefilled(KNOWN), ours)
    return {pair.ours.key: (pair.theirs.cnss_number, pair.by) for pair in matching.pairs}


def test_people_are_found_by_number_whatever_their_name():
    ours = Person("a", "100000018", family_name="AGRAM", given_name="OMAR")
    matching = match(read_prefilled(KNOWN), [ours])
    assert matched(ours) == {"a": ("100000018", "number")}
    assert [pair.ours.key for pair in matching.named_differently] == ["a"]
    numbers = [person.cnss_number for person in matching.theirs_only]
    assert numbers == ["100000026", "100000034", "100000042", "100000059"]
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
    assert matched(Person("b", family_name="Ouali", given_name="Mohamed")) == {"b": ("100000034", "names")}


def test_a_name_counts_only_where_it_is_alone():
    assert matched(Person("c", family_name="BOUFOUS", given_name="ALI")) == {}
    assert matched(*(Person(key, family_name="AMZIL", given_name="KHADIJA") for key in "de")) == {}
    assert matched(Person("f")) == {}


def test_the_same_name_with_another_number_is_another_person():
    assert matched(Person("g", "100000067", family_name="AMZIL", given_name="KHADIJA")) == {}


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
    assert refusals([DeclaredMonth(**{**vars(NOMUN), **changed})]) == {
        (3, "situation" if rule == "present" else rule, rule)
    }


def test_the_limits_are_those_of_the_month():
    assert refusals(most_days=25) == {(3, "days", "days")}
    assert {fault[2] for fault in refusals(ceiling=300_000)} == {"capped"}
    rich = DeclaredMonth(**{**vars(NOMUN), "gross": 500_000, "capped": 300_000})
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
            yield DeclaredMonth(
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
        lines.append(
            DeclaredMonth(str(number), *name, days, gross, min(gross, ceiling), situation, f"JB{number % 10**6}")
        )
    lines += [entrant("", capped=min(263286, ceiling), days=1)] * chance.randint(0, 1)
    content = a_file(people, affiliation, f"{period:%Y%m}") if known or chance.random() < 0.5 else None
    arguments = {"employer": Employer(affiliation), "period": period, "ceiling": ceiling, "most_days": most_days}
    return content, lines, arguments


def test_a_thousand_months_of_a_thousand_carriers_have_no_fault():
    chance = random.Random(2026)
    for _ in range(1000):
        content, lines, arguments = random_month(chance)
        chance.shuffle(lines)
        written = write(lines, content, line_end=chance.choice(["\n", "\r\n"]), **arguments)
        limits = {name: arguments[name] for name in ("ceiling", "most_days")}
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
    content, lines, arguments = random_month(chance)
    written = write(lines, content, **arguments)
    rows, faults = read_rows(written, "B")
    assert faults == []
    assert write(list(declared_again(rows)), content, **arguments) == written


@settings(max_examples=100, deadline=None)
@given(st.randoms(use_true_random=False))
def test_control_sums_and_totals_are_those_of_the_cnss_text(chance):
    content, lines, arguments = random_month(chance)
    rows = lines_of(write(lines, content, **arguments))
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
