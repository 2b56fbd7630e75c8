"""What a published page leaves out: the numbers of people in a sentence, the counts that point to one of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awrash.values.masking import MASK, mask_numbers, rows_to_withhold
from awrash.values.text import western_digits

FEWEST = 5

PERSONAL = """
J123456
ja12345
JB 123456
J ١٢٣٤٥٦
CINJ123456
350810000000000123456729
350 810 0000000001234567 29
350-810-0000000001234567-29
MA64 3508 1000 0000 0001 2345 6729
RIB350810000000000123456729
+212612345678
00212 6 12 34 56 78
06 12 34 56 78
06.12.34.56.78
0612-345-678
٠٦١٢٣٤٥٦٧٨
tel0612345678
612 345 678
130000026
130 000 026
somebody@example.ma
""".strip().splitlines()

KEPT = """
القيمة 1.412.300,50 درهم
412 300,00 dirhams
10 000 000 درهم
1 412 300.50 درهم
12 345 678.50 درهم
2026-05-01 12345678
2026-00012 2026-00013
5000 dirhams en 2025
من 01/05/2026 إلى 31/07/2026
01/05/2026 31/07/2026
du 2026-05-01 au 2026-07-31
الملف 2026-0041
W-2026-001
C-2026-00012
23-أ ع م-2022
منشور 03/2022 والقانون التنظيمي 112-14
2026-2027, 24 mois, 97 places
""".strip().splitlines()


@pytest.mark.parametrize("number", PERSONAL)
def test_a_number_of_a_person_is_masked_in_a_sentence(number):
    for sentence in (f"رفض: {number}، لأن الملف ناقص", f"({number})", f"رقم:{number}.", number):
        masked = mask_numbers(sentence)
        digits = "".join(sign for sign in western_digits(number) if sign.isdigit())
        assert MASK in masked
        assert not any(sign.isdigit() for sign in masked), masked
        assert digits == "" or digits not in masked
    assert mask_numbers(f"قبل {number} بعد").endswith(f"{MASK} بعد")


@pytest.mark.parametrize("sentence", KEPT)
def test_a_day_an_amount_and_a_reference_stay_in_a_sentence(sentence):
    assert mask_numbers(sentence) == sentence


def test_a_number_beside_a_day_is_masked_and_the_day_stays():
    masked = mask_numbers("01/05/2026 612345678 01/06/2026")
    assert MASK in masked and "612345678" not in masked
    assert masked.startswith("01/05/2026") and masked.endswith("01/06/2026")


def test_a_number_hidden_by_signs_that_nobody_sees_is_masked():
    assert mask_numbers("J\u200b12\u20663456") == MASK


@given(number=st.integers(10**23, 10**24 - 1), before=st.text(max_size=20), after=st.text(max_size=20))
def test_no_account_leaves_whatever_is_written_around_it(number, before, after):
    assert str(number) not in mask_numbers(f"{before} {number} {after}")


# ---- counts

COUNTS = st.lists(
    st.integers(0, 60).flatmap(lambda whole: st.tuples(st.just(whole), st.integers(0, whole))), min_size=1, max_size=8
)


def told(rows, hidden, total_hidden, values):
    """What a reader sees of a column, None for what is withheld, and the sum of what is withheld if it can be had."""
    shown = [None if at in hidden else value for at, value in enumerate(values)]
    rest = None if total_hidden else sum(values) - sum(count for count in shown if count is not None)
    return shown, rest


@given(rows=COUNTS)
def test_a_count_that_points_to_a_person_is_not_shown_nor_had_by_subtraction(rows):
    wholes, parts = [row[0] for row in rows], [row[1] for row in rows]
    few, no_total = rows_to_withhold(wholes, None, FEWEST)
    hidden, no_part_total = rows_to_withhold(parts, wholes, FEWEST, few)
    for at, (whole, part) in enumerate(rows):
        assert at in few or not 0 < whole < FEWEST
        assert at in hidden or not (0 < part < FEWEST or 0 < whole - part < FEWEST)
    assert few <= hidden
    for values, which, total_hidden in ((wholes, few, no_total), (parts, hidden, no_part_total)):
        _shown, rest = told(rows, which, total_hidden, values)
        assert not which or rest is None or (len(which) > 1 and rest >= FEWEST)


@given(rows=COUNTS)
def test_no_withheld_count_can_be_worked_out(rows):
    wholes, parts = [row[0] for row in rows], [row[1] for row in rows]
    few, no_total = rows_to_withhold(wholes, None, FEWEST)
    hidden, no_part_total = rows_to_withhold(parts, wholes, FEWEST, few)
    if no_part_total:
        return
    rest = sum(parts[at] for at in hidden)
    unknown = sum(wholes) if no_total else sum(wholes[at] for at in few)
    most = {at: unknown if at in few else wholes[at] for at in hidden}
    for at in hidden:
        if 0 < parts[at] < FEWEST or 0 < wholes[at] - parts[at] < FEWEST:
            least = max(0, rest - sum(most[other] for other in hidden if other != at))
            assert least < min(most[at], rest)


def test_counts_that_point_to_nobody_are_all_shown():
    assert rows_to_withhold([20, 30, 0, 50], [40, 60, 0, 100], FEWEST) == (set(), False)


def test_a_lone_small_count_takes_the_next_smallest_with_it():
    assert rows_to_withhold([2, 30, 9, 50], None, FEWEST) == ({0, 2}, False)


def test_small_counts_that_add_up_to_few_take_another_with_them():
    assert rows_to_withhold([1, 1, 9, 50], None, FEWEST) == ({0, 1, 2}, False)


def test_a_small_count_of_men_is_withheld_with_the_women_who_would_tell_it():
    assert rows_to_withhold([38, 30, 20], [40, 60, 50], FEWEST)[0] == {0, 2}


def test_the_total_of_one_small_count_is_withheld_with_it():
    assert rows_to_withhold([3], None, FEWEST) == ({0}, True)


@pytest.mark.parametrize(("parts", "wholes"), [([5, 30], None), ([35, 30], [40, 60])])
def test_as_few_as_may_be_shown_are_shown(parts, wholes):
    assert rows_to_withhold(parts, wholes, FEWEST) == (set(), False)


def test_two_small_counts_that_add_up_to_enough_take_no_other_with_them():
    assert rows_to_withhold([2, 3, 50], None, FEWEST) == ({0, 1}, False)


def test_a_row_of_nobody_hides_nothing_and_is_not_taken():
    assert rows_to_withhold([2, 30, 0, 9], None, FEWEST) == ({0, 3}, False)


def test_a_row_withheld_for_another_column_takes_a_second_with_it():
    assert rows_to_withhold([20, 30, 40], None, FEWEST, {1}) == ({0, 1}, False)


def test_the_others_of_withheld_rows_are_enough_together_too():
    assert rows_to_withhold([38, 29, 10], [40, 30, 50], FEWEST)[0] == {0, 1, 2}
