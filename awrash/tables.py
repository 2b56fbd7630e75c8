"""The table in a file: CSV in any of the office's encodings and separators, or the first sheet of an XLSX.

A line is known by the number that the person sees in the file, blank lines and lines inside quotes counted.
"""

import csv
import io
import re
import zlib
from collections.abc import Iterator
from itertools import islice
from typing import Any, NoReturn
from zipfile import BadZipFile, ZipFile

from python_calamine import CalamineError, CalamineWorkbook

from awrash.language import _l
from awrash.rules import Rule, RuleError
from awrash.text import clean

Line = tuple[int, list[str]]

UTF_8_MARK, UTF_16_MARKS = b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")
ZIP_MARK = b"PK\x03\x04"
NEVER_IN_TEXT = re.compile(r"[\x00-\x08\x0e-\x19\x1b-\x1f]")
# What a workbook may become in memory: a stray cell in its last corner would ask for terabytes.
MOST_UNPACKED, MOST_CELLS = 200_000_000, 5_000_000
MOST_COLUMNS = 1_000
PLACE = re.compile(rb'<(?:\w+:)?c\s(?:[^<>]*?\s)?r="([A-Z]{1,3})([0-9]{1,7})"')
# What zipfile and calamine say of a file that is damaged, locked or no workbook.
BROKEN_WORKBOOK = (CalamineError, BadZipFile, zlib.error, LookupError, ValueError, OSError, EOFError, RuntimeError)
EXACT_DIGITS = 10**15  # a spreadsheet keeps fifteen digits of a number: longer ones are not what was typed


class UnreadableFile(Rule):
    """A file that holds no table."""

    message = _l("This file cannot be read as a table: save it as CSV or XLSX with a first line of column names.")


class OpenQuote(Rule):
    """A quotation mark that takes what follows it into one cell."""

    message = _l("From this line on the file cannot be read: a quotation mark is opened and not closed as it should.")


class FileTooLong(Rule):
    """A file with more lines than are read in one go."""

    message = _l("This file has more than %(most)s lines: cut it into several files.")


class TableError(RuleError):
    """The refusal of a whole file, at the line where reading stopped."""

    line = 1


def read_table(content: bytes, most_lines: int | None = None) -> list[Line]:
    """The lines that hold something, each with its number and its clean cells; TableError when there is no table."""
    lines = _workbook(content) if content.startswith(ZIP_MARK) else _csv(_decoded(content))
    filled = (line for line in map(_clean_line, lines) if any(line[1]))
    read = list(islice(filled, None if most_lines is None else most_lines + 2))
    if not read:
        _refuse(UnreadableFile())
    if most_lines is not None and len(read) > most_lines + 1:
        _refuse(FileTooLong(), line=read[-1][0], most=most_lines)
    return read


def _clean_line(line: Line) -> Line:
    number, cells = line
    if any(cells[MOST_COLUMNS:]):
        _refuse(UnreadableFile(), line=number)
    return number, [clean(cell) for cell in cells[:MOST_COLUMNS]]


def _refuse(rule: Rule, line: int = 1, **facts: Any) -> NoReturn:
    refusal = TableError(rule, str(rule.message) % facts)
    refusal.line = line
    raise refusal


# ---- CSV


def _csv(text: str) -> Iterator[Line]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    number = 1
    try:
        for cells in reader:
            yield number, cells
            number = reader.line_num + 1
    except csv.Error:
        _refuse(OpenQuote(), line=number)


def _separator(text: str) -> str:
    """The sign that parts the cells of the first line, what stands in quotes aside."""
    first = next((line for line in re.split(r"[\r\n]+", text) if line.strip()), "")
    return max(";,\t", key=re.sub(r'"[^"]*"', "", first).count)


def _decoded(content: bytes) -> str:
    try:
        text = content.decode(_encoding(content))
    except UnicodeDecodeError:
        _refuse(UnreadableFile())
    if NEVER_IN_TEXT.search(text):
        _refuse(UnreadableFile())
    return text


def _encoding(content: bytes) -> str:
    if content.startswith(UTF_8_MARK):
        return "utf-8-sig"
    if content.startswith(UTF_16_MARKS):
        return "utf-16"
    if b"\x00" in content[:2]:
        return "utf-16-be" if content[:1] == b"\x00" else "utf-16-le"
    lenient = content.decode("utf-8", errors="replace")
    wrong, arabic = lenient.count("\ufffd"), len(re.findall(r"[\u0600-\u06ff]", lenient))
    # Every byte means something in Windows-1256: a UTF-8 file with a few bad bytes must not pass for it.
    return "utf-8" if wrong <= arabic else "windows-1256"


# ---- XLSX


def _workbook(content: bytes) -> Iterator[Line]:
    try:
        _refuse_giants(content)
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        table = sheet.to_python(skip_empty_area=False)
    except BROKEN_WORKBOOK:
        _refuse(UnreadableFile())
    for number, row in enumerate(table, 1):
        yield number, [_text(cell) for cell in row]


def _refuse_giants(content: bytes) -> None:
    with ZipFile(io.BytesIO(content)) as parts:
        if sum(part.file_size for part in parts.infolist()) > MOST_UNPACKED:
            _refuse(UnreadableFile())
        for name in parts.namelist():
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                _refuse_wide(parts.read(name))


def _refuse_wide(sheet: bytes) -> None:
    widest = tallest = 0
    for letters, number in PLACE.findall(sheet):
        column = 0
        for letter in letters:
            column = column * (ord("Z") - ord("A") + 1) + letter - ord("A") + 1
        widest, tallest = max(widest, column), max(tallest, int(number))
    if widest * tallest > MOST_CELLS:
        _refuse(UnreadableFile())


def _text(cell: Any) -> str:
    """A cell as it would have been typed; a number with more digits than are kept stays unreadable."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < EXACT_DIGITS:
        return str(int(cell))
    return "" if cell is None else str(cell)
