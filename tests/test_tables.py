"""The table in a file, whatever program of the office wrote it; what is no table is refused with a sentence."""

import io
from datetime import date, datetime

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from awrash.rules import RuleError
from awrash.tables import TableError, read_table

TABLE = "الاسم;cnie\r\nأگنوز;J1\r\n"
CELLS = [(1, ["الاسم", "cnie"]), (2, ["أگنوز", "J1"])]


def workbook(*rows) -> bytes:
    """Rows of cells; None is a cell that was never written."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"default_date_format": "dd/mm/yyyy"})
    book.set_properties({"created": datetime(2026, 11, 23)})  # the same bytes on each run
    sheet = book.add_worksheet()
    for line, row in enumerate(rows):
        for column, cell in enumerate(row):
            if cell is not None:
                sheet.write(line, column, cell)
    book.close()
    return target.getvalue()


def refused(content: bytes, **limits) -> TableError:
    with pytest.raises(TableError) as refusal:
        read_table(content, **limits)
    return refusal.value


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "windows-1256"])
def test_arabic_is_read_in_every_encoding_of_the_office(encoding):
    table = TABLE.replace("الاسم;cnie", "cnie;الاسم") if encoding in ("utf-16-le", "utf-16-be") else TABLE
    expected = [CELLS[0][1][::-1]] if table != TABLE else [CELLS[0][1]]
    assert [cells for _, cells in read_table(table.encode(encoding))] == [*expected, CELLS[1][1]]


def test_a_utf_8_file_with_a_damaged_letter_does_not_pass_for_windows():
    assert refused(TABLE.encode().replace("گ".encode(), b"\xda")).code == "unreadable_file"


def test_the_french_letters_of_windows_1256_are_read():
    assert read_table("nom;ville\nHélène;Fès".encode("windows-1256"))[1][1] == ["Hélène", "Fès"]


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_cells_are_parted_as_the_first_line_does(separator, end):
    assert read_table(f'"a;,,,;b"{separator}c{end}1{separator}2'.encode()) == [(1, ["a;,,,;b", "c"]), (2, ["1", "2"])]


def test_a_line_keeps_the_number_that_is_seen_in_the_file():
    assert read_table(b'\na;b\n;\n"x\ny";2\n3;4') == [(2, ["a", "b"]), (4, ["x y", "2"]), (6, ["3", "4"])]
    assert [number for number, _ in read_table(workbook([None], ["a", "b"], [None], ["c", "d"]))] == [2, 4]


@pytest.mark.parametrize("broken", [b'"Rue 5;2', b'"Rue" 5;2'])
def test_a_quotation_mark_that_would_swallow_lines_is_refused_where_it_stands(broken):
    refusal = refused(b"a;b\n1;2\n" + broken + b"\n3;4\n")
    assert (refusal.code, refusal.line) == ("open_quote", 3)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b" \r\n;;;\r\n",
        b"a;" * 2_000,
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        bytes(range(256)) * 20,
        b"PK\x03\x04 no workbook",
        workbook(["a"], ["b"])[:-40],
        workbook(),
    ],
    ids=[
        "empty",
        "blank",
        "endless line",
        "mark alone",
        "mark of UTF-16 alone",
        "rubbish",
        "zip rubbish",
        "cut",
        "empty workbook",
    ],
)
def test_what_holds_no_table_is_refused(content):
    assert refused(content).code == "unreadable_file"


def test_a_workbook_gives_what_was_typed():
    row = ["J1", date(1990, 12, 31), datetime(2026, 10, 1), 26, 3422.72, "0612345678", None, "x"]
    cells = read_table(workbook(row))[0][1]
    assert cells == ["J1", "1990-12-31", "2026-10-01", "26", "3422.72", "0612345678", "", "x"]


def test_a_number_too_long_for_a_spreadsheet_is_not_read_rounded():
    assert "350810000000000000000193" not in (cells := read_table(workbook([350810000000000000000193]))[0][1])
    assert not cells[0].isdigit()


def test_a_stray_cell_in_the_last_corner_of_a_workbook_is_refused():
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    sheet = book.add_worksheet()
    sheet.write(0, 0, "cnie")
    sheet.write(1_048_575, 16_383, "x")
    book.close()
    assert refused(target.getvalue()).code == "unreadable_file"


def test_a_file_is_read_up_to_its_limit_and_refused_beyond():
    lines = b"a\n" + b"1\n" * 3
    assert len(read_table(lines, most_lines=3)) == 4
    assert refused(lines, most_lines=2).code == "file_too_long"


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=400))
def test_no_bytes_at_all_break_the_reader(content):
    try:
        assert read_table(content)
    except RuleError as refusal:
        assert refusal.code in ("unreadable_file", "open_quote")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_damaged_workbook_breaks_the_reader(data):
    content = bytearray(workbook(["cnie", "born_on"], ["J1", date(1990, 12, 31)]))
    for place in data.draw(st.lists(st.integers(4, len(content) - 1), min_size=1, max_size=12)):
        content[place] = data.draw(st.integers(0, 255))
    try:
        assert read_table(bytes(content))
    except RuleError as refusal:
        assert refusal.code == "unreadable_file"
