"""Numbers on cards: what is recorded, what is doubted, what is refused."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.ma import ice as stdnum_ice

from awrash.values.identifiers import BANKS, IdentifierError, affiliation, bank_name, cnie, cnss_number, ice, phone, rib

EXAMPLES = json.loads((Path(__file__).parents[1] / "data" / "identifier-examples.json").read_text(encoding="utf-8"))
RIB = "350810000000000123456729"
KEYED = {"cnss_number": (cnss_number, 8), "affiliation": (affiliation, 6), "ice": (ice, 13), "rib": (rib, 22)}
NAMES = {"cnss9": cnss_number, "cnss7": affiliation, "ice": ice, "rib": rib, "iban": rib}
EVERY = [cnie, cnss_number, affiliation, ice, rib, phone]
DIGITS = "0123456789"


def examples(verdict, *kinds):
    return [(NAMES[kind], text) for kind in kinds for text in EXAMPLES[f"{kind}_{verdict}"]]


def reason_of(identifier, text):
    with pytest.raises(IdentifierError) as refused:
        identifier.validate(text)
    return refused.value.reason


@pytest.mark.parametrize(("identifier", "text"), examples("valid", *NAMES))
def test_a_right_number_of_the_reference_is_recorded_without_a_doubt(identifier, text):
    assert identifier.validate(text) == text.removeprefix("MA64")
    assert identifier.doubts(text) == []


@pytest.mark.parametrize(("identifier", "text"), examples("invalid", "cnss9", "cnss7"))
def test_a_wrong_number_of_the_cnss_in_the_reference_is_doubted_or_has_the_wrong_shape(identifier, text):
    shapes = {cnss_number: 9, affiliation: 7}
    if text.isdigit() and len(text) == shapes[identifier] and text != "100000000":
        assert identifier.doubts(text) == ["key"]
    else:
        assert not identifier.is_valid(text)


@pytest.mark.parametrize(("identifier", "text"), examples("invalid", "ice", "rib", "iban"))
def test_an_ice_or_an_account_with_a_fault_is_refused(identifier, text):
    assert not identifier.is_valid(text)


@pytest.mark.parametrize(
    ("identifier", "text", "doubts"),
    [
        (cnss_number, "100000019", ["key"]),
        (cnss_number, "123466785", ["key"]),
        (affiliation, "1234568", ["key"]),
        (affiliation, "7754321", ["key"]),
        (cnss_number, "234567894", ["first_digit"]),
        (cnss_number, "234567895", ["key", "first_digit"]),
        (cnss_number, "912345675", ["key"]),
    ],
)
def test_a_wrong_key_of_the_cnss_is_recorded_and_doubted(identifier, text, doubts):
    assert identifier.validate(text) == text
    assert identifier.doubts(text) == doubts
    assert identifier.key_is_right(text) is ("key" not in doubts)


@pytest.mark.parametrize(
    ("identifier", "text", "reason"),
    [
        (cnss_number, "12345678", "length"),
        (cnss_number, "1234567890", "length"),
        (cnss_number, "12345678A", "format"),
        (cnss_number, "", "format"),
        (cnss_number, "१०००००१८९", "format"),
        (cnss_number, "100000000", "reserved"),
        (cnss_number, "000000000", "reserved"),
        (affiliation, "12345", "length"),
        (affiliation, "12345678", "length"),
        (affiliation, "12A4567", "format"),
        (ice, "001234567000063", "key"),
        (ice, "00000000100007", "length"),
        (ice, "00A141592000024", "format"),
        (ice, "000000000000000", "reserved"),
        (rib, "350810000000000123456720", "key"),
        (rib, "00778000012340000000010", "length"),
        (rib, "MA0780000000000000004210", "format"),
        (rib, "000000000000000000000000", "reserved"),
        (rib, "MA16350810000000000123456720", "key"),
        (rib, "MA00350810000000000123456729", "format"),
        (rib, "FR64230780000000000000004210", "format"),
        (cnie, "123456", "format"),
        (cnie, "JB", "format"),
        (cnie, "JBC12345", "length"),
        (cnie, "JB1234567", "length"),
        (cnie, "JB12C4", "format"),
        (phone, "061234567", "length"),
        (phone, "06123456789", "length"),
        (phone, "002126123456", "length"),
        (phone, "0112345678", "format"),
        (phone, "+33612345678", "format"),
        (phone, "+2126A2345678", "format"),
    ],
)
def test_a_refusal_tells_what_is_wrong(identifier, text, reason):
    assert reason_of(identifier, text) == reason


def test_a_refusal_never_carries_the_number():
    with pytest.raises(IdentifierError) as refused:
        rib.validate("350810000000000123456720")
    assert "3508" not in str(refused.value)


@pytest.mark.parametrize(
    ("identifier", "text", "kept"),
    [
        (cnie, " jb 393452 ", "JB393452"),
        (cnie, "j-12345", "J12345"),
        (cnss_number, "100 000.018", "100000018"),
        (cnss_number, "١٠٠٠٠٠٠١٨", "100000018"),
        (cnss_number, "۱۰۰۰۰۰۰۱۸", "100000018"),
        (affiliation, "\ufeff\u200f1234567\u200e", "1234567"),
        (affiliation, "\u2067123\u2069ـ\u202a4567\u202c\u061c", "1234567"),
        (ice, "001234567\u00a00000-62", "001234567000062"),
        (rib, "350 810 000000000\u202f1234567 29", RIB),
        (rib, "ma64 3508 1000 0000 0001 2345 6729", RIB),
        (phone, "0612345678", "+212612345678"),
        (phone, "06 12.34-56 78", "+212612345678"),
        (phone, "212612345678", "+212612345678"),
        (phone, "+212 612-345678", "+212612345678"),
        (phone, "+212 (0)6 12 34 56 78", "+212612345678"),
        (phone, "00212612345678", "+212612345678"),
        (phone, "٠٦١٢٣٤٥٦٧٨", "+212612345678"),
        (phone, "\u202a+212612345678\u202c", "+212612345678"),
    ],
)
def test_what_is_clearly_meant_is_recorded(identifier, text, kept):
    assert identifier.validate(text) == kept


@pytest.mark.parametrize(
    ("identifier", "text", "shown"),
    [
        (cnie, "jb393452", "JB393452"),
        (cnss_number, "100000018", "100 000 018"),
        (affiliation, "1234567", "1 234 567"),
        (ice, "001234567000062", "001234567 0000 62"),
        (rib, RIB, "350 810 0000000001234567 29"),
        (phone, "0612345678", "+212 6 12 34 56 78"),
        (rib, "no number", "NONUMBER"),
    ],
)
def test_a_number_is_shown_in_the_groups_of_its_papers(identifier, text, shown):
    assert identifier.format(text) == shown


@pytest.mark.parametrize(("text", "doubts"), [("JB123", ["short"]), ("J1", ["short"]), ("JB1234", [])])
def test_a_cnie_of_few_digits_is_doubted(text, doubts):
    assert cnie.doubts(text) == doubts


def test_a_bank_that_nobody_knows_is_doubted():
    assert rib.doubts(rib.with_key("9990000000000000000001")) == ["bank"]


@pytest.mark.parametrize(
    ("first", "name"),
    [("350", "Al Barid Bank"), ("101", "Banque Populaire"), ("190", "Banque Populaire"), ("999", None)],
)
def test_an_account_tells_its_bank(first, name):
    assert bank_name(rib.with_key(first + "0" * 18 + "1")) == name


def test_every_bank_has_a_code_of_three_digits():
    assert all(len(code) == 3 and code.isdigit() and name for code, name in BANKS.items())


@pytest.mark.parametrize(("text", "doubts"), [("0612345678", []), ("0528821234", []), ("0528123456", ["range"])])
def test_a_phone_range_that_is_not_assigned_is_doubted_only(text, doubts):
    assert phone.doubts(text) == doubts


@pytest.mark.parametrize("identifier", EVERY)
def test_doubts_of_what_is_no_number_are_a_refusal(identifier):
    with pytest.raises(IdentifierError):
        identifier.doubts("?")


@pytest.mark.parametrize(
    ("identifier", "body", "number"),
    [
        (cnss_number, "10000003", "100000034"),
        (affiliation, "123456", "1234567"),
        (ice, "0012345670000", "001234567000062"),
        (rib, "0115190000012050005349", "011519000001205000534921"),
    ],
)
def test_a_key_is_computed_as_in_the_reference(identifier, body, number):
    assert identifier.with_key(body) == number


@pytest.mark.parametrize(("identifier", "length"), KEYED.values(), ids=KEYED)
@pytest.mark.parametrize("change", [1, -1])
def test_a_key_is_not_computed_for_another_count_of_digits(identifier, length, change):
    with pytest.raises(IdentifierError, match="length"):
        identifier.with_key("1" * (length + change))


@pytest.mark.parametrize(("identifier", "length"), KEYED.values(), ids=KEYED)
@given(data=st.data())
def test_a_number_with_its_computed_key_is_right(identifier, length, data):
    body = data.draw(st.text(DIGITS, min_size=length, max_size=length).filter(lambda digits: int(digits) % 10**7))
    number = identifier.with_key(body)
    assert identifier.validate(number) == number
    assert identifier.key_is_right(number)


@pytest.mark.parametrize(("identifier", "first"), [(cnss_number, 12_345_678), (affiliation, 123_456)])
def test_a_key_of_nine_is_not_one_of_nought(identifier, first):
    """What a key by nines would let through."""
    numbers = (identifier.with_key(str(body)) for body in range(first, first + 20))
    number = next(number for number in numbers if number.endswith("9"))
    assert identifier.key_is_right(number) and not identifier.key_is_right(f"{number[:-1]}0")


@pytest.mark.parametrize(("identifier", "first"), [(ice, 1_234_567_890_123), (rib, 350810_0000000000123456)])
def test_a_key_is_right_by_the_rest_of_ninety_seven_and_no_other(identifier, first):
    numbers = (identifier.with_key(str(body).zfill(len(str(first)))) for body in range(first, first + 300))
    number = next(number for number in numbers if number.endswith("01"))
    right = [key for key in range(100) if identifier.key_is_right(f"{number[:-2]}{key:02d}")]
    assert right == [1, 98]


@pytest.mark.parametrize("identifier", [ice, rib])
@given(place=st.integers(0, 14), step=st.integers(1, 9))
def test_one_digit_read_wrong_is_always_caught(identifier, place, step):
    number = {ice: "003141592000024", rib: RIB}[identifier]
    wrong = number[:place] + str((int(number[place]) + step) % 10) + number[place + 1 :]
    assert not identifier.is_valid(wrong)


@given(st.text(DIGITS, min_size=15, max_size=15).filter(int))
def test_an_ice_is_judged_as_the_public_library_judges_it(number):
    assert ice.is_valid(number) == stdnum_ice.is_valid(number)


@given(st.text(DIGITS, min_size=13, max_size=13).filter(int))
def test_an_ice_with_its_key_pleases_the_public_library(body):
    assert stdnum_ice.is_valid(ice.with_key(body))


@pytest.mark.parametrize("identifier", EVERY)
@given(text=st.one_of(st.text(), st.text("٠١٩۵0123456789+AMFZ \u200f.-", max_size=32)))
def test_any_text_is_recorded_the_same_twice_or_refused_with_a_reason(identifier, text):
    try:
        number = identifier.validate(text)
    except IdentifierError as refused:
        assert refused.reason in {"length", "format", "key", "reserved"}
        assert not identifier.is_valid(text)
    else:
        assert number.isascii()
        assert identifier.validate(number) == number
        assert identifier.validate(identifier.format(number)) == number


@given(
    st.sampled_from(["0", "212", "+212", "00212"]),
    st.from_regex(r"[5-8][0-9]{8}", fullmatch=True).filter(str.isascii),
    st.sampled_from(["", " ", ".", "-", "\u00a0"]),
)
def test_a_phone_is_the_same_however_it_is_written(before, nine, between):
    assert phone.validate(before + between + between.join(nine)) == f"+212{nine}"
