"""The table in a file, whatever program of the office wrote it; what is no table is refused with a sentence."""

import io
from datetime import date, datetime

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from awrash.files.tables import MOST_BLANK, TableError, read_table
from awrash.rules.rule import RuleError
from awrash.values.text import clean
from tests import bombs

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


# ---- a workbook, cell by cell, beside what another reader says of it


def told_by_calamine(content: bytes) -> list[tuple[int, list[str]]]:
    """The same lines as calamine reads them, which asks for the whole grid."""
    grid = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    lines = [(number, [clean(as_typed(cell)) for cell in row]) for number, row in enumerate(grid, 1)]
    return [line for line in lines if any(line[1])]


def as_typed(cell) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() and abs(cell) < 10**15 else str(cell)


FORMATS = (
    *("General", "0", "#,##0.00", "@", "dd/mm/yyyy", "yyyy-mm-dd;@", "[h]:mm:ss", "h:mm AM/PM", "mmm-yy", "0%"),
    *('0 "days"', "[Red]0;[Blue]yyyy", "[$-40C]d mmmm yyyy", "[$€-40C] #,##0.00", "[mm]:ss", "\\d0", "0_m", "# ?/?"),
)
NUMBERS = st.floats(0, 3_000_000) | st.integers(0, 10**8) | st.sampled_from([0.5, 1, 59, 60, 61, 45000, 45000.25])
CELLS_OF_ANY_KIND = st.none() | st.booleans() | NUMBERS | st.text("أبab_x0041 \n;\"'&<", max_size=12)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(st.tuples(CELLS_OF_ANY_KIND, st.sampled_from(FORMATS)), max_size=9), min_size=1, max_size=9))
def test_a_workbook_is_read_as_another_reader_reads_it(rows):
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"strings_to_formulas": False, "strings_to_urls": False})
    sheet, formats = book.add_worksheet(), {pattern: book.add_format({"num_format": pattern}) for pattern in FORMATS}
    sheet.write(0, 0, "cnie")
    for line, row in enumerate(rows, 1):
        for column, (cell, shown) in enumerate(row):
            sheet.write(line, column, cell, formats[shown])
    book.add_worksheet().write(0, 0, "another sheet")
    book.close()
    assert read_table(target.getvalue()) == told_by_calamine(target.getvalue())


INLINE = '<c t="inlineStr"><is>%s</is></c>'
ODD_CELLS = (
    *('<c r="C3"><v>5</v></c>', '<c r="b3"><v>5</v></c>', '<c t="str"><f>A1</f><v> a  b_x000D_ &amp;</v></c>', "<c/>"),
    *(
        '<c t="b"><v>0</v></c>',
        '<c t="b"><v></v></c>',
        '<c t="e"><v>#N/A</v></c>',
        "<c><v>abc</v></c>",
        "<c><v>1_0</v></c>",
    ),
    *('<c t="d"><v>2026-01-02</v></c>', '<c t="d"><v>2026-01-02T03:04:05</v></c>', '<c t="d"><v>03:04:05</v></c>'),
    *('<c t="d"><v>rubbish</v></c>', '<c t="s"><v>0</v></c>', '<c t="s"><v>1</v></c>', '<c t="s"><v>2</v></c>'),
    *('<c t="s"><v></v></c>', "<c><v>1e400</v></c>", "<c><v> 5 </v></c>", '<c s="99"><v>5</v></c>', "<c><v></v></c>"),
    *(
        INLINE % "<t>a_x0041_b</t>",
        INLINE % "<r><t>a</t></r><r><rPr/><t xml:space='preserve'> b</t></r><rPh><t>z</t></rPh>",
    ),
    *('<x:c xmlns:x="x" t="str"><x:v>9</x:v></x:c>', '<c t="n"><v>26</v></c>', '<c t="str"><v>a<!-- c -->b</v></c>'),
)


@pytest.mark.parametrize("cell", ODD_CELLS)
@pytest.mark.parametrize("row", ['<row r="3">%s<c t="str"><v>END</v></c></row>', "<row>%s<c><v>1</v></c></row>"])
def test_a_cell_is_read_as_another_reader_reads_it_however_it_is_written(row, cell):
    if "r=" in cell and 'r="3"' not in row:
        row = f"<row/>{row}"
    shared = "<sst><si><t>one</t></si><si><r><t>a</t></r><r><t xml:space='preserve'> b</t></r></si><si/></sst>"
    content = bombs.xlsx(f'<row r="1"><c t="str"><v>cnie</v></c></row>{row % cell}', **{"xl/sharedStrings.xml": shared})
    assert read_table(content) == told_by_calamine(content)


@pytest.mark.parametrize(
    "cell", ['<c t="n"><v>abc</v></c>', '<c t="s"><v>9</v></c>', '<c t="s"><v>-1</v></c>', '<c t="zz"><v>9</v></c>']
)
def test_a_cell_that_means_nothing_is_refused_with_its_file(cell):
    assert refused(bombs.xlsx(f"<row>{cell}</row>")).code == "unreadable_file"


def test_a_workbook_that_counts_from_1904_keeps_its_days():
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"date_1904": True, "default_date_format": "dd/mm/yyyy"})
    book.add_worksheet().write(0, 0, date(2026, 10, 1))
    book.close()
    assert read_table(target.getvalue()) == [(1, ["2026-10-01"])] == told_by_calamine(target.getvalue())


@pytest.mark.parametrize("name", ["an ODS", "encrypted", "nested entities", "a size that lies", "cut"])
def test_what_is_no_workbook_by_its_parts_is_refused_whatever_its_name(name):
    assert refused(bombs.WORKBOOKS[name]()).code == "unreadable_file"


@pytest.mark.parametrize("kind", ["vnd.ms-excel.sheet.binary.macroEnabled.main", "vnd.ms-excel", "xml"])
def test_a_binary_workbook_and_one_without_the_type_of_a_workbook_are_refused(kind):
    types = f'<Types><Override PartName="/xl/workbook.xml" ContentType="application/{kind}"/></Types>'
    row = "<row><c><v>1</v></c></row>"
    assert read_table(bombs.xlsx(row)) == [(1, ["1"])]
    assert refused(bombs.xlsx(row, **{"[Content_Types].xml": types})).code == "unreadable_file"


def test_a_stray_cell_far_below_costs_nothing():
    far = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="C1048576"><v>2</v></c></row>'
    assert read_table(bombs.xlsx(far)) == [(1, ["1", "", ""]), (1_048_576, ["", "", "2"])]


def test_blank_lines_are_passed_over_up_to_their_limit():
    assert read_table(bombs.xlsx("<row/>" * 5_000 + "<row><c><v>1</v></c></row>")) == [(5_001, ["1"])]
    assert read_table(b"\n" * 5_000 + b"1") == [(5_001, ["1"])]
    beyond = refused(b"1" + b"\n" * (MOST_BLANK + 2))
    assert (beyond.code, beyond.line) == ("too_many_blank_lines", MOST_BLANK + 2)


def test_a_number_that_is_no_day_and_no_span_is_read_as_a_number():
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    sheet, formats = (
        book.add_worksheet(),
        [book.add_format({"num_format": pattern}) for pattern in ("[h]:mm", "yyyy-mm-dd")],
    )
    for column, (number, shown) in enumerate([(10**12, 0), (1e300, 0), (10**7, 1), (-3, 1)]):
        sheet.write(0, column, number, formats[shown])
    book.close()
    assert read_table(target.getvalue()) == [(1, ["1000000000000", "1e+300", "10000000", "00:00:00"])]


def test_texts_outside_their_cells_are_passed_over():
    stray = "<t>x</t><is><t>x</t></is><v>1</v><rPh/><c><v>1</v></c>"
    assert read_table(bombs.xlsx(f"{stray}<row><t>y</t><c><v>1</v></c></row>")) == [(1, ["1"])]
