"""The table in a file: CSV in any of the office's encodings and separators, or the first sheet of an XLSX.

A line is known by the number that the person sees in the file, blank lines and lines inside quotes counted.
A workbook is read in a limited process (`limited/workbook.py`); a text is read here, line by line.
"""

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any, NoReturn

from awrash.limited import LimitReached, Limits, run
from awrash.rules.rule import Rule, RuleError
from awrash.values.language import _l
from awrash.values.text import clean

Line = tuple[int, list[str]]  # its number in the file, its cells

UTF_8_MARK, UTF_16_MARKS = b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")
ZIP_MARK = b"PK\x03\x04"
NEVER_IN_TEXT = re.compile(r"[\x00-\x08\x0e-\x19\x1b-\x1f]")
ARABIC = re.compile(r"[\u0600-\u06ff]")
JUDGED = 1_000_000  # bytes around the first that is no UTF-8, by which the encoding is recognised
MEGABYTE = 1_000_000

# Limits of the product, so that no file takes the machine from everybody else; the office's lists stay far below.
MOST_COLUMNS = 1_000
MOST_BLANK = 100_000  # blank lines: a sheet formatted far below its table has some thousands
MOST_CELLS = 5_000_000  # cells of the table that is read, blank ones counted
LONGEST_LINE = 1_000_000  # characters of a line of a text: a thousand columns of a thousand characters


@dataclass(frozen=True)
class Bounds:
    """How much of a workbook is read: cells, bytes of unpacked parts, characters of text; blank rows, and columns."""

    cells: int
    sheet: int
    strings: int
    styles: int
    text: int
    blank: int = MOST_BLANK
    columns: int = MOST_COLUMNS


# On a screen others wait: 20,000 lines of 50 columns, and as much text as may be uploaded. A command has time.
ON_SCREEN = Bounds(1_000_000, 60 * MEGABYTE, 40 * MEGABYTE, 10 * MEGABYTE, 20 * MEGABYTE)
BY_COMMAND = Bounds(20_000_000, 1_000 * MEGABYTE, 150 * MEGABYTE, 10 * MEGABYTE, 400 * MEGABYTE)
SCREEN_LIMITS = Limits(memory=200 * MEGABYTE, seconds=10)
COMMAND_LIMITS = Limits(memory=1_000 * MEGABYTE, seconds=300)


class UnreadableFile(Rule):
    """A file that holds no table."""

    message = _l("This file cannot be read as a table: save it as CSV or XLSX with a first line of column names.")


class OpenQuote(Rule):
    """A quotation mark that takes what follows it into one cell."""

    message = _l("From this line on the file cannot be read: a quotation mark is opened and not closed as it should.")


class FileTooLong(Rule):
    """A file with more lines than are read in one go."""

    message = _l("This file has more than %(most)s lines: cut it into several files.")


class TooMuchInFile(Rule):
    """A file that would take the machine's memory from everybody else."""

    message = _l(
        "This file holds more than can be read at once: copy the filled lines into a new file and save it as CSV."
    )


class TooManyBlankLines(Rule):
    """A file whose blank lines take longer to pass over than its table to read."""

    message = _l("This file has more than %(most)s blank lines: copy the lines that are filled into a new file.")


class TableError(RuleError):
    """The refusal of a whole file, at the line where reading stopped."""

    line = 1


def read_table(content: bytes, most_lines: int | None = None) -> list[Line]:
    """The lines that hold something, each with its number and its clean cells; TableError when there is no table.

    `most_lines` under the header are read on a screen; None, for a command, reads as many as there are.
    """
    lines = _workbook(content, most_lines) if content.startswith(ZIP_MARK) else _few_blank(_csv(content))
    filled = (line for line in map(_clean_line, lines) if any(line[1]))
    table = list(islice(filled, None if most_lines is None else most_lines + 2))
    if not table:
        _refuse(UnreadableFile())
    if most_lines is not None and len(table) > most_lines + 1:
        _refuse(FileTooLong(), line=table[-1][0], most=most_lines)
    return table


def _clean_line(line: Line) -> Line:
    number, cells = line
    if any(cells[MOST_COLUMNS:]):
        _refuse(UnreadableFile(), line=number)
    return number, [clean(cell) for cell in cells[:MOST_COLUMNS]]


def _refuse(rule: Rule, line: int = 1, **facts: Any) -> NoReturn:
    refusal = TableError(rule, **facts)
    refusal.line = line
    raise refusal


# ---- CSV


def _csv(content: bytes) -> Iterator[Line]:
    encoding = _encoding(content)
    lines = _Lines(content, encoding)
    reader = csv.reader(lines, delimiter=_separator(content, encoding), strict=True)
    number = 1
    try:
        for cells in reader:
            yield number, cells
            number = reader.line_num + 1
            lines.length = 0
    except csv.Error:
        _refuse(OpenQuote(), line=number)
    except UnicodeDecodeError:
        _refuse(UnreadableFile())


class _Lines:
    """The lines of a text, decoded as they are read; a table's line may go over several of them."""

    def __init__(self, content: bytes, encoding: str) -> None:
        self.text = _text(content, encoding)
        self.length = 0

    def __iter__(self) -> Iterator[str]:
        while line := self.text.readline(LONGEST_LINE + 1):
            self.length += len(line)
            if self.length > LONGEST_LINE or NEVER_IN_TEXT.search(line):
                _refuse(UnreadableFile())
            yield line


def _text(content: bytes, encoding: str, errors: str = "strict") -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(content), encoding, errors, newline="")


def _few_blank(lines: Iterator[Line]) -> Iterator[Line]:
    """The same lines; TableError once too many of them are blank."""
    blank = 0
    for line in lines:
        blank += not any(line[1])
        if blank > MOST_BLANK:
            _refuse(TooManyBlankLines(), line=line[0], most=MOST_BLANK)
        yield line


def _separator(content: bytes, encoding: str) -> str:
    """The character that separates the cells of the first line, whatever stands in quotes."""
    text = _text(content, encoding, errors="replace")
    lines = islice(iter(lambda: text.readline(LONGEST_LINE), ""), MOST_BLANK)
    first = next((line for line in lines if line.strip()), "")
    return max(";,\t", key=re.sub(r'"[^"]*"', "", first).count)


def _encoding(content: bytes) -> str:
    """UTF-8, UTF-16 or Windows-1256, by the first bytes or by what cannot be UTF-8."""
    if content.startswith(UTF_8_MARK):
        return "utf-8-sig"
    if content.startswith(UTF_16_MARKS):
        return "utf-16"
    if b"\x00" in content[:2]:
        return "utf-16-be" if content[:1] == b"\x00" else "utf-16-le"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as fault:
        around = content[max(0, fault.start - JUDGED // 2) :][:JUDGED]
    else:
        return "utf-8"
    lenient = around.decode("utf-8", errors="replace")
    # Every byte means something in Windows-1256: a UTF-8 file with a few bad bytes must not pass for it.
    return "utf-8" if lenient.count("\ufffd") <= len(ARABIC.findall(lenient)) else "windows-1256"


# ---- XLSX


def _workbook(content: bytes, most_lines: int | None) -> Iterator[Line]:
    limits, bounds = (COMMAND_LIMITS, BY_COMMAND) if most_lines is None else (SCREEN_LIMITS, ON_SCREEN)
    try:
        answer = run("workbook", json.dumps(asdict(bounds)).encode() + b"\n" + content, limits)
    except LimitReached:
        _refuse(TooMuchInFile())
    *rows, last = answer.split(b"\n")
    end = json.loads(last)
    width = end.get("width", 0)
    if width * len(rows) > MOST_CELLS:
        _refuse(TooMuchInFile())
    for row in rows:
        number, cells = json.loads(row.decode("utf-8", "surrogatepass"))
        yield number, cells + [""] * (width - len(cells))
    if "refused" in end:
        rule, facts = REFUSALS[end["refused"]]
        _refuse(rule, line=end["line"], **facts)


REFUSALS: dict[str, tuple[Rule, dict[str, int]]] = {
    "unreadable": (UnreadableFile(), {}),
    "too_much": (TooMuchInFile(), {}),
    "blank": (TooManyBlankLines(), {"most": MOST_BLANK}),
}
