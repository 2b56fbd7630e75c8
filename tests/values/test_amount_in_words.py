"""Amounts in words: a table that people read, and a reader that knows nothing of the writer."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awrash.values.amount_in_words import dirhams_in_words

# amount | Arabic | French
TABLE = """
0 | صفر درهم | zéro dirham
0.01 | سنتيم واحد | un centime
0.02 | سنتيمان | deux centimes
0.03 | ثلاثة سنتيمات | trois centimes
0.08 | ثمانية سنتيمات | huit centimes
0.10 | عشرة سنتيمات | dix centimes
0.11 | أحد عشر سنتيماً | onze centimes
0.20 | عشرون سنتيماً | vingt centimes
0.71 | واحد وسبعون سنتيماً | soixante et onze centimes
0.80 | ثمانون سنتيماً | quatre-vingts centimes
0.99 | تسعة وتسعون سنتيماً | quatre-vingt-dix-neuf centimes
1 | درهم واحد | un dirham
1.01 | درهم واحد وسنتيم واحد | un dirham et un centime
2 | درهمان | deux dirhams
2.02 | درهمان وسنتيمان | deux dirhams et deux centimes
3 | ثلاثة دراهم | trois dirhams
3.50 | ثلاثة دراهم وخمسون سنتيماً | trois dirhams et cinquante centimes
5 | خمسة دراهم | cinq dirhams
8 | ثمانية دراهم | huit dirhams
10 | عشرة دراهم | dix dirhams
11 | أحد عشر درهماً | onze dirhams
12 | اثنا عشر درهماً | douze dirhams
13 | ثلاثة عشر درهماً | treize dirhams
16 | ستة عشر درهماً | seize dirhams
17.92 | سبعة عشر درهماً واثنان وتسعون سنتيماً | dix-sept dirhams et quatre-vingt-douze centimes
18 | ثمانية عشر درهماً | dix-huit dirhams
19 | تسعة عشر درهماً | dix-neuf dirhams
20 | عشرون درهماً | vingt dirhams
21 | واحد وعشرون درهماً | vingt et un dirhams
22 | اثنان وعشرون درهماً | vingt-deux dirhams
71 | واحد وسبعون درهماً | soixante et onze dirhams
80 | ثمانون درهماً | quatre-vingts dirhams
81 | واحد وثمانون درهماً | quatre-vingt-un dirhams
91 | واحد وتسعون درهماً | quatre-vingt-onze dirhams
99 | تسعة وتسعون درهماً | quatre-vingt-dix-neuf dirhams
100 | مائة درهم | cent dirhams
101 | مائة درهم ودرهم واحد | cent un dirhams
102 | مائة درهم ودرهمان | cent deux dirhams
103 | مائة وثلاثة دراهم | cent trois dirhams
108 | مائة وثمانية دراهم | cent huit dirhams
110 | مائة وعشرة دراهم | cent dix dirhams
111 | مائة وأحد عشر درهماً | cent onze dirhams
180 | مائة وثمانون درهماً | cent quatre-vingts dirhams
200 | مائتا درهم | deux cents dirhams
201 | مائتا درهم ودرهم واحد | deux cent un dirhams
203 | مائتان وثلاثة دراهم | deux cent trois dirhams
212 | مائتان واثنا عشر درهماً | deux cent douze dirhams
300 | ثلاثمائة درهم | trois cents dirhams
800 | ثمانمائة درهم | huit cents dirhams
1000 | ألف درهم | mille dirhams
1001 | ألف درهم ودرهم واحد | mille un dirhams
1002.02 | ألف درهم ودرهمان وسنتيمان | mille deux dirhams et deux centimes
1100 | ألف ومائة درهم | mille cent dirhams
2000 | ألفا درهم | deux mille dirhams
2002 | ألفا درهم ودرهمان | deux mille deux dirhams
2003 | ألفان وثلاثة دراهم | deux mille trois dirhams
2200 | ألفان ومائتا درهم | deux mille deux cents dirhams
3000 | ثلاثة آلاف درهم | trois mille dirhams
3192.04 | ثلاثة آلاف ومائة واثنان وتسعون درهماً وأربعة سنتيمات | trois mille cent quatre-vingt-douze dirhams et quatre centimes
3422.72 | ثلاثة آلاف وأربعمائة واثنان وعشرون درهماً واثنان وسبعون سنتيماً | trois mille quatre cent vingt-deux dirhams et soixante-douze centimes
8000 | ثمانية آلاف درهم | huit mille dirhams
11000 | أحد عشر ألف درهم | onze mille dirhams
11011 | أحد عشر ألفاً وأحد عشر درهماً | onze mille onze dirhams
11001 | أحد عشر ألف درهم ودرهم واحد | onze mille un dirhams
20615 | عشرون ألفاً وستمائة وخمسة عشر درهماً | vingt mille six cent quinze dirhams
80000 | ثمانون ألف درهم | quatre-vingt mille dirhams
100000 | مائة ألف درهم | cent mille dirhams
101000 | مائة ألف وألف درهم | cent un mille dirhams
102000 | مائة ألف وألفا درهم | cent deux mille dirhams
103000 | مائة وثلاثة آلاف درهم | cent trois mille dirhams
111000 | مائة وأحد عشر ألف درهم | cent onze mille dirhams
200000 | مائتا ألف درهم | deux cent mille dirhams
200200 | مائتا ألف ومائتا درهم | deux cent mille deux cents dirhams
280000 | مائتان وثمانون ألف درهم | deux cent quatre-vingt mille dirhams
412300 | أربعمائة واثنا عشر ألفاً وثلاثمائة درهم | quatre cent douze mille trois cents dirhams
1000000 | مليون درهم | un million de dirhams
1000000.05 | مليون درهم وخمسة سنتيمات | un million de dirhams et cinq centimes
1000001 | مليون درهم ودرهم واحد | un million un dirhams
1000200 | مليون ومائتا درهم | un million deux cents dirhams
2000000 | مليونا درهم | deux millions de dirhams
2000002 | مليونا درهم ودرهمان | deux millions deux dirhams
2002000 | مليونان وألفا درهم | deux millions deux mille dirhams
2500000 | مليونان وخمسمائة ألف درهم | deux millions cinq cent mille dirhams
3000000 | ثلاثة ملايين درهم | trois millions de dirhams
9999999.99 | تسعة ملايين وتسعمائة وتسعة وتسعون ألفاً وتسعمائة وتسعة وتسعون درهماً وتسعة وتسعون سنتيماً | neuf millions neuf cent quatre-vingt-dix-neuf mille neuf cent quatre-vingt-dix-neuf dirhams et quatre-vingt-dix-neuf centimes
10000000 | عشرة ملايين درهم | dix millions de dirhams
10000001 | عشرة ملايين درهم ودرهم واحد | dix millions un dirhams
11000000 | أحد عشر مليون درهم | onze millions de dirhams
12345678.90 | اثنا عشر مليوناً وثلاثمائة وخمسة وأربعون ألفاً وستمائة وثمانية وسبعون درهماً وتسعون سنتيماً | douze millions trois cent quarante-cinq mille six cent soixante-dix-huit dirhams et quatre-vingt-dix centimes
100000000 | مائة مليون درهم | cent millions de dirhams
200000000 | مائتا مليون درهم | deux cents millions de dirhams
2000000000 | مليارا درهم | deux milliards de dirhams
3000000003 | ثلاثة ملايير وثلاثة دراهم | trois milliards trois dirhams
"""  # noqa: E501
CASES = [line.split(" | ") for line in TABLE.strip().splitlines()]

ARABIC = dict(
    zip(
        ["صفر", "واحد", "اثنان", "ثلاثة", "أربعة", "خمسة", "ستة", "سبعة", "ثمانية", "تسعة", "عشرة"],
        range(11),
        strict=True,
    )
)
ARABIC |= {
    word: 10 * tens
    for tens, word in enumerate(["عشرون", "ثلاثون", "أربعون", "خمسون", "ستون", "سبعون", "ثمانون", "تسعون"], 2)
}
ARABIC |= {"أحد": 1, "اثنا": 2, "عشر": 10, "مائة": 100, "مائتان": 200, "مائتا": 200}
ARABIC |= {
    f"{word}مائة": 100 * times for times, word in enumerate(["ثلاث", "أربع", "خمس", "ست", "سبع", "ثمان", "تسع"], 3)
}
SCALES = {"ألف": 1000, "ألفاً": 1000, "آلاف": 1000, "مليون": 10**6, "مليوناً": 10**6, "ملايين": 10**6}
SCALES |= {"مليار": 10**9, "ملياراً": 10**9, "ملايير": 10**9}
DUALS = {"ألفان": 2000, "ألفا": 2000, "مليونان": 2 * 10**6, "مليونا": 2 * 10**6}
DUALS |= {"ملياران": 2 * 10**9, "مليارا": 2 * 10**9}
NOUNS = {
    "درهم": (100, "one"), "درهمان": (100, "dual"), "دراهم": (100, "plural"), "درهماً": (100, "accusative"),
    "سنتيم": (1, "one"), "سنتيمان": (1, "dual"), "سنتيمات": (1, "plural"), "سنتيماً": (1, "accusative"),
}  # fmt: skip
KNOWN = ARABIC.keys() | SCALES.keys() | DUALS.keys() | NOUNS.keys()
SCALE_FORMS = {
    "one": ("ألف", "مليون", "مليار"),
    "plural": ("آلاف", "ملايين", "ملايير"),
    "accusative": ("ألف", "ألفاً", "مليون", "مليوناً", "مليار", "ملياراً"),
}


def form_after(number: int) -> str:
    """The form that a noun takes after a numeral."""
    rest = number % 100
    return "plural" if 3 <= rest <= 10 else "accusative" if rest >= 11 else "one"


def read_arabic(text: str) -> Decimal:
    """An amount read back word by word; no noun is taken in a form that its number forbids."""
    if text == "صفر درهم":
        return Decimal(0)
    total = kept = now = 0  # centimes; dirhams of the finished groups; the group under way
    after_noun = False
    for written in text.split():
        word = written if written in KNOWN else written.removeprefix("و")
        if word == "واحد" and written == word and after_noun:
            continue  # the adjective of a noun that stands for one
        after_noun = word in NOUNS
        if word in ARABIC:
            now += ARABIC[word]
        elif word in SCALES:
            assert word in SCALE_FORMS[form_after(now)] or not now, (now, word)
            kept, now = kept + max(now, 1) * SCALES[word], 0
        elif word in DUALS:
            assert not now
            kept += DUALS[word]
        else:
            worth, form = NOUNS[word]
            number = kept + now
            assert form == form_after(number) or (not number and form in ("one", "dual")), (number, word)
            total += worth * (number or {"one": 1, "dual": 2}[form])
            kept = now = 0
    assert kept == now == 0
    return Decimal(total).scaleb(-2)


FRENCH = dict(
    zip(
        [
            "zéro",
            "un",
            "deux",
            "trois",
            "quatre",
            "cinq",
            "six",
            "sept",
            "huit",
            "neuf",
            "dix",
            "onze",
            "douze",
            "treize",
            "quatorze",
            "quinze",
            "seize",
        ],
        range(17),
        strict=True,
    )
)
FRENCH |= {"vingt": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60}
TIMES = {"mille": 1000, "million": 10**6, "millions": 10**6, "milliard": 10**9, "milliards": 10**9}


def read_french(text: str) -> Decimal:
    """An amount read back from its French words."""
    total = kept = now = 0
    for word in text.replace("-", " ").split():
        if word in ("dirham", "dirhams", "centime", "centimes"):
            total += (kept + now) * (100 if word.startswith("dirham") else 1)
            kept = now = 0
        elif word in TIMES:
            kept, now = kept + max(now, 1) * TIMES[word], 0
        elif word in ("cent", "cents"):
            now = max(now, 1) * 100
        elif word in ("vingt", "vingts") and now % 100 == 4:
            now += 76
        elif word not in ("et", "de"):
            now += FRENCH[word]
    assert kept == now == 0
    return Decimal(total).scaleb(-2)


READERS = {"ar": read_arabic, "fr": read_french}
AMOUNTS = (st.integers(0, 10**9) | st.integers(0, 10**14 - 1)).map(lambda whole: Decimal(whole).scaleb(-2))


@pytest.mark.parametrize("amount, arabic, french", CASES, ids=[amount for amount, *_ in CASES])
def test_an_amount_is_written_as_the_office_writes_it(amount, arabic, french):
    assert dirhams_in_words(Decimal(amount), "ar") == arabic
    assert dirhams_in_words(Decimal(amount), "fr") == french


@pytest.mark.parametrize("language", READERS)
@given(amount=AMOUNTS)
def test_an_amount_in_words_is_read_back_as_the_same_amount(language, amount):
    assert READERS[language](dirhams_in_words(amount, language)) == amount


@pytest.mark.parametrize("language", READERS)
@given(rest=st.integers(0, 310), places=st.sampled_from([1, 100, 10**5]), whole=st.integers(0, 9))
def test_the_small_numbers_that_bend_their_noun_are_read_back_wherever_they_stand(language, rest, places, whole):
    amount = min(Decimal(rest * places).scaleb(-2) + whole * 10**6, Decimal(10**7))
    assert READERS[language](dirhams_in_words(amount, language)) == amount


@pytest.mark.parametrize("language", READERS)
@pytest.mark.parametrize("amount", ["-0.01", "-1", "1E12", "1000000000000.01", "0.001", "3422.725", "NaN"])
def test_an_amount_that_no_paper_carries_is_refused(amount, language):
    with pytest.raises(ValueError):
        dirhams_in_words(Decimal(amount), language)


def test_a_float_is_never_put_in_words():
    with pytest.raises(TypeError):
        dirhams_in_words(3422.72, "ar")  # type: ignore[arg-type]


@pytest.mark.parametrize("language", ["en", "", "AR"])
def test_another_language_is_refused(language):
    with pytest.raises(ValueError):
        dirhams_in_words(Decimal(1), language)


def test_a_paper_reads_the_amount_as_kept_with_its_two_decimals():
    assert dirhams_in_words(Decimal("100000.00"), "fr") == "cent mille dirhams"
