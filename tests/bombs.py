"""Files made to take a machine down: small to send, endless to open. Each is made here, none is kept as a file."""

import io
import struct
import zipfile
from collections.abc import Iterable

MAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
NAMES = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MILLION = 1_000_000


def sheet(rows: str, dimension: str = "") -> str:
    return f"<worksheet {NAMES}>{dimension}<sheetData>{rows}</sheetData></worksheet>"


def xlsx(rows: str = "", **parts: str) -> bytes:
    """A workbook by its parts; those that are named here with their text stand in the place of the usual ones."""
    place = parts.pop("place", "xl/worksheets/sheet1.xml")
    whole = {
        "[Content_Types].xml": f'<Types><Override PartName="/xl/workbook.xml" ContentType="{MAIN}"/></Types>',
        "_rels/.rels": relations("officeDocument", "xl/workbook.xml"),
        "xl/_rels/workbook.xml.rels": relations("worksheet", f"/{place}", "sharedStrings", "sharedStrings.xml"),
        "xl/workbook.xml": f'<workbook {NAMES} xmlns:r="{RELATION}"><sheets>'
        '<sheet name="A" sheetId="1" r:id="r0"/></sheets></workbook>',
        place: sheet(rows),
    }
    return packed(whole | parts)


def relations(*given: str) -> str:
    pairs = zip(given[::2], given[1::2], strict=True)
    each = (f'<Relationship Id="r{at}" Type="{RELATION}/{kind}" Target="{to}"/>' for at, (kind, to) in enumerate(pairs))
    return f"<Relationships>{''.join(each)}</Relationships>"


def packed(parts: dict[str, str], stored: Iterable[str] = ()) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in parts.items():
            made.writestr(name, text, zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED)
    return target.getvalue()


def an_ods() -> bytes:
    """A sheet that says its one cell a million times across, and a million times down."""
    cell = '<table:table-cell table:number-columns-repeated="16384" office:value-type="float" office:value="1"/>'
    row = f'<table:table-row table:number-rows-repeated="1048576">{cell}</table:table-row>'
    body = f'<office:spreadsheet><table:table table:name="A">{row}</table:table></office:spreadsheet>'
    names = " ".join(f'xmlns:{one}="urn:oasis:names:tc:opendocument:xmlns:{one}:1.0"' for one in ("office", "table"))
    document = f"<office:document-content {names}><office:body>{body}</office:body></office:document-content>"
    mimetype = "application/vnd.oasis.opendocument.spreadsheet"
    return packed({"mimetype": mimetype, "content.xml": document}, stored=["mimetype"])


def a_lie(size: int = 1_000) -> bytes:
    """A sheet of a hundred megabytes whose directory says a thousand bytes."""
    content = xlsx(place="xl/worksheets/sheet1.xml", **{"xl/worksheets/sheet1.xml": sheet(" " * 100 * MILLION)})
    said = struct.pack("<I", len(sheet(" " * 100 * MILLION)))
    return content.replace(said, struct.pack("<I", size))


def entities() -> bytes:
    """A billion laughs."""
    levels = [f'<!ENTITY e{at} "{f"&e{at - 1};" * 10}">' for at in range(1, 10)]
    declared = f'<!DOCTYPE worksheet [<!ENTITY e0 "ha">{"".join(levels)}]>'
    inline = '<row r="1"><c r="A1" t="inlineStr"><is><t>&e9;</t></is></c></row>'
    return xlsx(**{"xl/worksheets/sheet1.xml": declared + sheet(inline)})


def encrypted() -> bytes:
    """A workbook whose parts say that they are encrypted."""
    content = bytearray(xlsx('<row r="1"><c r="A1"><v>1</v></c></row>'))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(mark)
        while place >= 0:
            content[place + at] |= 1
            place = content.find(mark, place + 4)
    return bytes(content)


def corners(quote: str = '"', equals: str = "=") -> str:
    """Two cells, in the first corner of the largest sheet and in its last."""
    places = ((1, "A1"), (1_048_576, "XFD1048576"))
    return "".join(
        f"<row r{equals}{quote}{row}{quote}><c r{equals}{quote}{cell}{quote}><v>1</v></c></row>" for row, cell in places
    )


WHOLE_GRID = "<dimension ref='A1:XFD1048576'/>"
WORKBOOKS = {
    "single quotes": lambda: xlsx(**{"xl/worksheets/sheet1.xml": sheet(corners("'"), WHOLE_GRID)}),
    "spaces round the equals sign": lambda: xlsx(corners('"', " = ")),
    "a sheet in another folder": lambda: xlsx(corners(), place="elsewhere/s.xml"),
    "an ODS": an_ods,
    "blank rows": lambda: xlsx("<row/>" * 2_500_000),
    "blank rows under a line": lambda: xlsx('<row><c t="str"><v>cnie</v></c></row>' + "<row/>" * 2_500_000),
    "shared strings": lambda: xlsx(
        '<row><c t="s"><v>0</v></c></row>',
        **{"xl/sharedStrings.xml": f"<sst><si><t>{'a' * 190 * MILLION}</t></si></sst>"},
    ),
    "one text in many cells": lambda: xlsx(
        "<row>" + '<c t="s"><v>0</v></c>' * 900 + "</row>",
        **{"xl/sharedStrings.xml": f"<sst><si><t>{'a' * 19 * MILLION}</t></si></sst>"},
    ),
    "a size that lies": a_lie,
    "nested entities": entities,
    "a million columns": lambda: xlsx("<row>" + "<c><v>1</v></c>" * MILLION + "</row>"),
    "a million elements in each other": lambda: xlsx("<row>" + "<a>" * 5 * MILLION),
    "a million parts": lambda: xlsx(**{f"xl/media/{at}.png": "" for at in range(60_000)}),
    "cut": lambda: xlsx("<row><c><v>1</v></c></row>" * 1_000)[:-200],
    "encrypted": encrypted,
}
TEXTS = {
    "blank lines": lambda: b"\n" * 15 * MILLION,
    "blank lines under a line": lambda: b"cnie;born_on\n" + b"\n" * 15 * MILLION,
    "a line of 19 MB": lambda: b"a" * 19 * MILLION,
    "a quoted line of 19 MB": lambda: b'cnie\n"' + b"ab\n" * 6 * MILLION + b'"',
    "millions of columns": lambda: b";" * 19 * MILLION,
    "nothing but NUL": lambda: b"\0" * 19 * MILLION,
    "blanks without end": lambda: b" " * 19 * MILLION,
    "quotes without end": lambda: b'"' * 19 * MILLION,
    "no encoding": lambda: "ا;".encode() * 6 * MILLION + b"\xff",
}
