"""A text is read by the type of the column that it fills, through every door."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import Date, Integer, Text

from awrash.database import parsing
from awrash.database.columns import Month
from awrash.screens import forms
from awrash.values.money import FigureType, Money
from awrash.values.spelling import fold
from awrash.values.states import CarrierKind

WRITTEN = [
    (Month(), "10/2026", date(2026, 10, 1)),
    (Date(), "31/12/1990", date(1990, 12, 31)),
    (Money(), "3 422,72", Decimal("3422.72")),
    (FigureType(), "17,92", Decimal("17.92")),
    (Integer(), "٢٦", 26),
    (Text(), "31/12/1990", "31/12/1990"),
]


@pytest.mark.parametrize("column_type, text, value", WRITTEN)
def test_a_text_means_what_its_column_holds(column_type, text, value):
    assert parsing.parse(column_type, text) == value


@pytest.mark.parametrize("column_type", [kind for kind, text, value in WRITTEN[:-1]])
def test_a_text_that_is_no_such_value_is_refused(column_type):
    with pytest.raises(ValueError):
        parsing.parse(column_type, "no value")


def test_a_figure_with_more_decimals_than_are_kept_is_refused():
    with pytest.raises(ValueError):
        parsing.parse(FigureType(), "0,123456")


def test_a_form_reads_each_type_as_a_file_does():
    fields = (forms.MonthField, forms.DayField, forms.AmountField, forms.FigureField, forms.NumberField)
    kinds = (Month(), Date(), Money(), FigureType(), Integer())
    assert [field.format for field in fields] == [parsing.format_of(kind) for kind in kinds]


def test_a_word_is_read_by_its_value_and_by_its_label_in_each_language(app):
    words = parsing.words_by_text(CarrierKind)
    assert {text for text, word in words.items() if word == CarrierKind.association} == {
        fold(name) for name in ("association", "جمعية", "Association")
    }
