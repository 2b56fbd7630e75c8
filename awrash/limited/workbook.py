"""The first sheet of an XLSX, row by row, as the texts that would have been typed.

In: a line of JSON with the bounds, then the workbook. Out: a line of JSON for each row that holds something, its
number and its cells, then a last one with the sheet's width, or with what is wrong and the number of the line.
Only what is an XLSX by its parts is read, and each part is counted as it is unpacked: what a file says of its
own sizes is never believed.
"""

import json
import posixpath
import re
import zlib
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any, BinaryIO
from xml.parsers import expat
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

UNREADABLE, TOO_MUCH, BLANK = "unreadable", "too_much", "blank"
# What zipfile and expat say of a file that is damaged, locked or no workbook.
BROKEN = (BadZipFile, zlib.error, expat.ExpatError, LookupError, ValueError, OSError, EOFError, RuntimeError)
CHUNK = 65_536
MOST_PARTS = 5_000  # a workbook has some dozens; one with a picture a line, some thousands
MOST_OF_SMALL_PART = 4_000_000  # bytes of a part that only leads to others
TALLEST, WIDEST, LONGEST = 1_048_576, 16_384, 32_767  # what a spreadsheet can hold: rows, columns, characters of a cell
DEEPEST = 100  # elements inside each other; those of a sheet are some ten
EXACT_DIGITS = 10**15  # a spreadsheet keeps fifteen digits of a number: longer ones are not what was typed
WORKBOOKS = {
    f"application/vnd.{kind}.main+xml"
    for kind in ("openxmlformats-officedocument.spreadsheetml.sheet", "ms-excel.sheet.macroEnabled")
}
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
DIGITS = "0123456789"
# Formats of numbers that every spreadsheet knows without their being written in the file.
DATES = {*range(14, 23), *range(27, 37), 45, 47, *range(50, 59)}
SPANS = {46}
PLAIN, DATE, SPAN = 0, 1, 2  # what a format makes of a number
MILLISECONDS = 86_400_000  # of a day
LATEST = 999_999_999  # days that can be counted as a span


class Refused(Exception):
    """What is wrong with the workbook: UNREADABLE, TOO_MUCH or BLANK."""


def answer(source: BinaryIO, target: BinaryIO) -> None:
    bounds = json.loads(source.readline())
    rows = SheetRows(bounds, target)
    try:
        read(source.read(), rows)
        end: dict[str, Any] = {"width": rows.width}
    except Refused as refusal:
        end = {"refused": str(refusal), "line": rows.number}
    except BROKEN:
        end = {"refused": UNREADABLE, "line": 1}
    target.write(json.dumps(end).encode())


def read(content: bytes, rows: "SheetRows") -> None:
    """Hand the rows of the first sheet over; Refused for what is no workbook or goes beyond the bounds."""
    parts = Parts(content, rows.bounds)
    workbook = parts.workbook()
    sheets, is_1904 = sheets_of(parts, workbook)
    related = parts.related(workbook)
    kind, sheet = related[sheets[0]]
    if kind != "worksheet":
        raise Refused(UNREADABLE)
    by_kind = dict(related.values())
    rows.formats = formats_of(parts, by_kind.get("styles"))
    rows.strings = strings_of(parts, by_kind.get("sharedStrings"), rows.bounds)
    rows.is_1904 = is_1904
    parts.parse(sheet, rows.bounds["sheet"], rows.start, rows.end, rows)


class Parts:
    """The parts of a workbook, each parsed as it is unpacked."""

    def __init__(self, content: bytes, bounds: dict[str, int]) -> None:
        if content.count(b"PK\x01\x02") > MOST_PARTS:
            raise Refused(TOO_MUCH)
        self.zip, self.bounds = ZipFile(BytesIO(content)), bounds
        self.parts: dict[str, ZipInfo] = {}
        for part in self.zip.infolist():
            name = part.filename.replace("\\", "/").lower()
            if name in self.parts or part.flag_bits & 1 or part.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
                raise Refused(UNREADABLE)
            self.parts[name] = part

    def parse(
        self,
        name: str,
        most: int,
        start: Callable[..., None],
        end: Callable[..., None] | None = None,
        to: "Texts | SheetRows | None" = None,
    ) -> None:
        """Hand the elements of a part over; Refused when it is larger than may be, or declares entities."""
        part = self.parts[name.lower()]
        if part.file_size > most:
            raise Refused(TOO_MUCH)
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = start, end
        parser.StartDoctypeDeclHandler = _no_entities
        if to is not None:
            to.parser = parser
        seen = 0
        with self.zip.open(part) as unpacked:
            while chunk := unpacked.read(CHUNK):
                seen += len(chunk)
                if seen > most:
                    raise Refused(TOO_MUCH)
                parser.Parse(chunk)
        parser.Parse(b"", True)

    def workbook(self) -> str:
        """The part that is the workbook, by its relation and by its type."""
        name = next(name for kind, name in self.related("").values() if kind == "officeDocument")
        types: dict[str, str] = {}

        def start(tag: str, attributes: dict[str, str]) -> None:
            if local(tag) in ("Override", "Default"):
                key = attributes.get("PartName", "").lower() or "." + attributes.get("Extension", "").lower()
                types[key] = attributes.get("ContentType", "")

        self.parse("[content_types].xml", MOST_OF_SMALL_PART, start)
        content_type = types.get(f"/{name}") or types.get("." + name.rpartition(".")[2])
        if content_type not in WORKBOOKS:
            raise Refused(UNREADABLE)
        return name

    def related(self, name: str) -> dict[str, tuple[str, str]]:
        """What a part relates to: of each relation its kind and the part's name."""
        folder, _, last = name.rpartition("/")
        parts: dict[str, tuple[str, str]] = {}

        def start(tag: str, attributes: dict[str, str]) -> None:
            if local(tag) == "Relationship" and attributes.get("TargetMode") != "External":
                target = attributes["Target"].replace("\\", "/")
                path = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/").lower()
                # Some write the whole path without its slash.
                part = path if path in self.parts else target.lower()
                parts[attributes["Id"]] = attributes["Type"].rpartition("/")[2], part

        self.parse(f"{folder}/_rels/{last}.rels".lstrip("/"), MOST_OF_SMALL_PART, start)
        return parts


def _no_entities(*_: Any) -> None:
    raise Refused(UNREADABLE)


def local(tag: str) -> str:
    """An element's name without the prefix of its namespace."""
    return tag.rpartition(":")[2]


def sheets_of(parts: Parts, workbook: str) -> tuple[list[str], bool]:
    """The relation of each sheet in order, and whether days count from 1904."""
    sheets: list[str] = []
    since: list[bool] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if local(tag) == "sheet":
            sheets.append(next(value for name, value in attributes.items() if name != "id" and local(name) == "id"))
        elif local(tag) == "workbookPr":
            since.append(attributes.get("date1904") in ("1", "true"))

    parts.parse(workbook, MOST_OF_SMALL_PART, start)
    return sheets, any(since)


# ---- formats of numbers, and texts that cells share


def formats_of(parts: Parts, name: str | None) -> list[int]:
    """What the numbers of each style are: plain, days of a calendar, or spans of time."""
    custom: dict[str, int] = {}
    styles: list[int] = []
    within: list[str] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        tag = local(tag)
        if tag == "cellXfs":
            within.append(tag)
        elif tag == "numFmt":
            custom[attributes.get("numFmtId", "")] = kind_of(attributes.get("formatCode", ""))
        elif tag == "xf" and within:
            styles.append(numbered(attributes.get("numFmtId", "")))

    def end(tag: str) -> None:
        if local(tag) == "cellXfs":
            within.clear()

    def numbered(ident: str) -> int:
        if ident in custom:
            return custom[ident]
        known = int(ident) if ident.isdecimal() and len(ident) < 4 else 0
        return DATE if known in DATES else SPAN if known in SPANS else PLAIN

    if name in parts.parts:
        parts.parse(str(name), parts.bounds["styles"], start, end)
    return styles


def kind_of(code: str) -> int:
    """What a format's code makes of a number: its first part, without what it quotes."""
    shown = re.sub(r'"[^"]*"?|[\\_].?', "", code).partition(";")[0]
    if re.search(r"\[(?:h+|m+|s+)\]", shown, re.IGNORECASE):
        return SPAN
    return DATE if re.search("[dmhys]|a/?p", re.sub(r"\[[^\]]*\]?", "", shown), re.IGNORECASE) else PLAIN


def strings_of(parts: Parts, name: str | None, bounds: dict[str, int]) -> list[str]:
    """The texts that cells name by number."""
    if name is None or name not in parts.parts:
        return []
    reading = Texts(bounds)
    parts.parse(name, bounds["strings"], reading.start, reading.end, reading)
    return reading.strings


class Texts:
    """Runs of text put together, the guides of pronunciation left out."""

    parser: expat.XMLParserType

    def __init__(self, bounds: dict[str, int]) -> None:
        self.strings: list[str] = []
        self.bounds, self.size, self.depth = bounds, 0, 0
        self.runs: list[str] = []
        self.pieces: list[str] = []
        self.is_aside = self.is_kept = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth = deeper(self.depth)
        tag = local(tag)
        if tag == "t":
            self.begin_run(attributes)
        elif tag == "si":
            self.runs = []
        elif tag == "rPh":
            self.is_aside = True

    def end(self, tag: str) -> None:
        self.depth -= 1
        tag = local(tag)
        if tag == "t":
            self.end_run()
        elif tag == "rPh":
            self.is_aside = False
        elif tag == "si":
            text = self.whole()
            self.size += len(text)
            if self.size > self.bounds["text"] or len(self.strings) >= self.bounds["cells"]:
                raise Refused(TOO_MUCH)
            self.strings.append(text)

    def begin_run(self, attributes: dict[str, str]) -> None:
        self.pieces = []
        self.is_kept = attributes.get("xml:space") == "preserve"
        if not self.is_aside:
            self.parser.CharacterDataHandler = self.pieces.append

    def end_run(self) -> None:
        self.parser.CharacterDataHandler = None
        text = "".join(self.pieces)
        self.runs.append(text if self.is_kept else text.strip())

    def whole(self) -> str:
        """The runs of a cell as one text."""
        text = unescaped("".join(self.runs))
        if len(text) > LONGEST:
            raise Refused(TOO_MUCH)
        return text


def deeper(depth: int) -> int:
    """One element further in; Refused where no workbook goes: each level takes memory until its end."""
    if depth >= DEEPEST:
        raise Refused(UNREADABLE)
    return depth + 1


def unescaped(text: str) -> str:
    return ESCAPED.sub(lambda code: chr(int(code[1], 16)), text) if "_x" in text else text


# ---- the rows


class SheetRows:
    """The rows of a sheet: each is written once it is read, and nothing of it is kept."""

    parser: expat.XMLParserType

    def __init__(self, bounds: dict[str, int], target: BinaryIO) -> None:
        self.bounds, self.target = bounds, target
        self.formats: list[int] = []
        self.strings: list[str] = []
        self.is_1904 = False
        self.number = self.width = self.blank = self.cells = self.size = self.depth = 0
        self.row: list[str] = []
        self.column, self.kind, self.style = 0, "", ""
        self.is_in_row = self.is_written = False
        self.columns: dict[str, int] = {}
        self.numbered = ""  # the row's number as its cells write it; empty until one does
        self.pieces: list[str] = []
        self.inline = Texts(bounds)

    # The names are those of the elements: c a cell, v its value, is a text of its own, f a formula.
    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth = deeper(self.depth)
        if ":" in tag:
            tag = local(tag)
        if tag == "c":
            if self.is_in_row:
                self.start_cell(attributes)
        elif tag == "v":
            self.pieces = []
            self.parser.CharacterDataHandler = self.pieces.append
        elif tag == "row":
            self.start_row(attributes.get("r", ""))
        elif tag == "is":
            self.inline.runs = []
        elif tag in ("t", "rPh"):
            self.inline.parser = self.parser
            self.inline.start(tag, attributes)

    def end(self, tag: str) -> None:
        self.depth -= 1
        if ":" in tag:
            tag = local(tag)
        if tag == "v":
            self.parser.CharacterDataHandler = None
            self.write(self.value("".join(self.pieces)))
        elif tag == "row":
            self.end_row()
        elif tag == "is":
            self.write(self.inline.whole())
        elif tag in ("t", "rPh"):
            self.inline.end(tag)

    def start_row(self, number: str) -> None:
        self.at(int(number) if number else self.number + 1)
        self.numbered = number
        self.row, self.column, self.is_in_row = [], 0, True

    def at(self, number: int) -> None:
        """Go to a row."""
        if not self.number < number <= TALLEST:  # rows stand in order: a spreadsheet refuses any other too
            raise Refused(UNREADABLE)
        self.number = number

    def start_cell(self, attributes: dict[str, str]) -> None:
        self.cells += 1
        place = attributes.get("r")
        self.column = self.column + 1 if place is None else self.column_of(place)
        if self.column > WIDEST or self.cells > self.bounds["cells"]:
            raise Refused(UNREADABLE if self.column > WIDEST else TOO_MUCH)
        self.kind, self.style = attributes.get("t", ""), attributes.get("s", "")

    def column_of(self, place: str) -> int:
        """The column of a cell's place, `C7`, from 1; goes to the row that it names."""
        letters = place.rstrip(DIGITS)
        number = place[len(letters) :]
        if number != self.numbered:
            if self.numbered or self.row:
                raise Refused(UNREADABLE)
            if int(number) != self.number:
                self.at(int(number))
            self.numbered = number
        if letters not in self.columns:
            if not (0 < len(letters) <= 3 and letters.isascii() and letters.isalpha()):
                raise Refused(UNREADABLE)
            column = 0
            for letter in letters.upper():
                column = column * 26 + ord(letter) - ord("A") + 1
            self.columns[letters] = column
        return self.columns[letters]

    def write(self, text: str | None) -> None:
        """Write a cell into its row; None is one that holds nothing."""
        if text is None or not self.is_in_row:
            return
        self.width = max(self.width, min(self.column, self.bounds["columns"]))
        if not text:
            return
        if self.column > self.bounds["columns"]:
            raise Refused(UNREADABLE)
        self.size += len(text)
        if self.size > self.bounds["text"]:
            raise Refused(TOO_MUCH)
        if len(self.row) < self.column:
            self.row += [""] * (self.column - len(self.row))
        self.row[self.column - 1] = text

    def end_row(self) -> None:
        self.is_in_row = False
        if not any(self.row):
            self.blank += 1
            if self.blank > self.bounds["blank"]:
                raise Refused(BLANK)
        else:
            line = json.dumps([self.number, self.row], ensure_ascii=False, separators=(",", ":"))
            self.target.write(line.encode("utf-8", "surrogatepass") + b"\n")

    def value(self, text: str) -> str | None:
        """What a cell says, by its type."""
        kind = self.kind
        if kind == "s":
            return self.strings[_index(text)] if text else None
        if len(text) > LONGEST:
            raise Refused(TOO_MUCH)
        if kind == "str":
            return unescaped(text)
        if kind in ("", "n"):
            return self.number_text(text, kind)
        if kind == "b":
            return str(text not in ("0", "false")) if text else ""
        if kind == "d":
            return iso_text(text)
        if kind in ("e", "inlineStr"):
            return ""
        raise Refused(UNREADABLE)

    def number_text(self, text: str, kind: str) -> str | None:
        """A number as its style shows it: a day, a span or digits."""
        if not text:
            return None
        try:
            if "_" in text or text[0].isspace() or text[-1].isspace():
                raise ValueError(text)
            number = float(text)
        except ValueError:
            if kind == "n":
                raise
            return text
        style = self.style
        known = int(style) if style.isdecimal() and len(style) < 9 else 0
        shown = self.formats[known] if style and known < len(self.formats) else PLAIN
        moment = None
        if shown != PLAIN and abs(number) < LATEST:
            moment = span_text(number) if shown == SPAN else day_text(number, self.is_1904)
        if moment is not None:
            return moment
        return str(int(number)) if number.is_integer() and abs(number) < EXACT_DIGITS else str(number)


def _index(text: str) -> int:
    if not text.removeprefix("+").isdecimal():
        raise Refused(UNREADABLE)
    return int(text)


def span_text(number: float) -> str:
    """So many days and hours."""
    return str(timedelta(milliseconds=round(number * MILLISECONDS)))


def day_text(number: float, is_1904: bool) -> str | None:
    """A day, an hour of a day, or an hour alone; None for what no calendar has."""
    if number < 1:
        return str((datetime.min + timedelta(milliseconds=round(abs(number) % 1 * MILLISECONDS))).time())
    modern = datetime(1899, 12, 30 if number >= 60 else 31)  # spreadsheets believe that 1900 had a 29 February
    since = datetime(1904, 1, 1) if is_1904 else modern
    try:
        moment = since + timedelta(milliseconds=round(number * MILLISECONDS))
    except OverflowError:
        return None
    return str(moment.date() if moment.time() == time() else moment)


def iso_text(text: str) -> str:
    """A day or an hour as it is written in full, in the same form as those that are numbers."""
    for kind in (date, datetime, time):
        try:
            return str(kind.fromisoformat(text)) if "Z" not in text else text
        except ValueError:
            continue
    return text
