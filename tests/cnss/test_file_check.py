"""The check of a Damancom file: what breaks a rule of CNSS is named by line and field, whoever wrote the file."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awrash.cnss.damancom import FIELDS, SENTENCES, Faulty, FileFault, check, read_prefilled
from tests.cnss.test_damancom import (
    A_FILE,
    B_FILE,
    LIMITS,
    LINES,
    NOMUN,
    WITH_ALLOWANCES,
    a_file,
    entrant,
    integer,
    lines_of,
    named,
    refusals,
    write,
)  # fmt: skip

FULL = write([NOMUN, entrant(), entrant("")], a_file=WITH_ALLOWANCES)
PLACES = [
    pytest.param(number, field, id=f"{number}-{line[:3]}-{field.name}")
    for number, line in enumerate(lines_of(FULL), 1)
    for field in FIELDS[line[:3]]
]


def damaged(number, field, text):
    """The full file with a field's first signs written over."""
    lines = FULL.splitlines()
    line = lines[number - 1]
    lines[number - 1] = line[: field.start - 1] + text + line[field.start - 1 + len(text) :]
    return b"\n".join(lines)


@pytest.mark.parametrize(("number", "field"), PLACES)
@pytest.mark.parametrize("sign", [b"?", b"\xe9", b"a"])
def test_a_sign_that_does_not_belong_is_named_with_its_line_and_field(number, field, sign):
    assert (number, field.name) in {fault[:2] for fault in named(damaged(number, field, sign))}


@pytest.mark.parametrize(("number", "field"), [place for place in PLACES if place.values[1].kind == "N"])
def test_a_number_that_was_changed_is_named(number, field):
    """Beside the pre-filled file each digit counts: what is not copied from it is added up somewhere."""
    was = lines_of(FULL)[number - 1][field.start - 1 : field.end]
    content = damaged(number, field, str((int(was) + 1) % 10 ** len(was)).zfill(len(was)).encode())
    faults = named(content, prefilled=read_prefilled(WITH_ALLOWANCES))
    assert field.name in {fault[1] for fault in faults}
    assert number in {fault[0] for fault in faults}


COPIED = [
    place
    for place in PLACES
    if place.values[0] <= 4 and (place.values[0] == 2 or place.values[1].end <= 105) and place.values[1].start > 3
]


@pytest.mark.parametrize(
    ("number", "field"), [place for place in COPIED if place.values[1].name not in ("category", "filler")]
)
def test_what_is_copied_from_the_prefilled_file_is_named_when_it_differs(number, field):
    was = lines_of(FULL)[number - 1][field.start - 1]
    content = damaged(number, field, b"1" if was != "1" else b"2")
    assert (number, field.name, "copied") in named(content, prefilled=read_prefilled(WITH_ALLOWANCES))


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
    place = next(field for field in FIELDS[kind] if field.name == name)
    field = {"present": "situation", "returned": "returned"}.get(rule, name)
    assert (number, field, rule) in named(damaged(number, place, text))


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
        sentence = FileFault(7, "name", rule, facts).sentence
        assert sentence.startswith("Line 7")
        assert not re.search(r"invalid|error|wrong|illegal|%", sentence, re.IGNORECASE)


def test_a_sentence_names_the_field_as_cnss_does_and_amounts_without_zeros():
    sentences = {fault.sentence for fault in check(B_FILE.replace(b"000342272  ", b"000342271  "), **LIMITS)}
    assert sentences >= {
        "Line 3: a capped wage of 342271 centimes was found; 342272 is expected.",
        "Line 3: the control sum 100684588 was found; 100684587 is expected.",
        "Line 5, N_T_Salaire_Plaf: the total 342272 was found; the lines before add up to 342271.",
    }
