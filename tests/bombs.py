"""Files made to take a machine down: small to send, endless to open. Each is made here, none is kept as a file."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable
from functools import cache

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
    names = " ".join(
        f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{prefix}:1.0"' for prefix in ("office", "table")
    )
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


@cache
def workbook(name: str) -> bytes:
    return WORKBOOKS[name]()


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


# ---- scans


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int) -> bytes:
    """A grey picture of one colour."""
    deflating = zlib.compressobj(9)
    line = bytes(1 + width)
    picture = b"".join(deflating.compress(line) for _ in range(height)) + deflating.flush()
    return png_of(width, height, picture)


def png_of(width: int, height: int, picture: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", picture) + chunk(b"IEND", b"")


def jpeg(width: int, height: int) -> bytes:
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\x00"
    return b"\xff\xd8" + frame + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + b"\x00" * 100 + b"\xff\xd9"


def pdf(*objects: bytes, previous: str = "") -> bytes:
    """A PDF of these objects, numbered from 1, of which the first is the catalogue."""
    held, places = bytearray(b"%PDF-1.5\n"), []
    for number, content in enumerate(objects, 1):
        places.append(len(held))
        held += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    start = len(held)
    held += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    held += b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R {previous.format(start=start)} >>\n"
    return bytes(held) + trailer.encode() + b"startxref\n%d\n%%%%EOF\n" % start


CATALOGUE = b"<< /Type /Catalog /Pages 2 0 R >>"
PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>"


def pages(count: int, *others: bytes, said: int | None = None, previous: str = "") -> bytes:
    kids = b" ".join(b"%d 0 R" % number for number in range(3, 3 + count))
    tree = b"<< /Type /Pages /Kids [" + kids + b"] /Count %d >>" % (count if said is None else said)
    return pdf(CATALOGUE, tree, *[PAGE] * count, *others, previous=previous)


def stream(data: bytes, said: str = "/Filter /FlateDecode") -> bytes:
    return f"<< {said} /Length {len(data)} >>\nstream\n".encode() + data + b"\nendstream"


@cache
def zeros(megabytes: int = 2_000) -> bytes:
    """Many zeros, deflated: after a full flush each million deflates to the same bytes."""
    deflating, million = zlib.compressobj(9), bytes(MILLION)
    first, again = (deflating.compress(million) + deflating.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    checksum = (megabytes * MILLION % 65_521) << 16 | 1
    return first + again * (megabytes - 1) + deflating.flush()[:-4] + struct.pack(">I", checksum)


def deep_tree(levels: int) -> bytes:
    each = [b"<< /Type /Pages /Kids [%d 0 R] /Count 1 >>" % number for number in range(3, 3 + levels)]
    return pdf(CATALOGUE, *each, PAGE)


def circle() -> bytes:
    return pdf(CATALOGUE, *[b"<< /Type /Pages /Kids [%d 0 R %d 0 R] /Count 2 >>" % (at, at) for at in (3, 2)])


OBJECT_STREAM = "/Type /ObjStm /N 100000 /First 900000 /Filter /FlateDecode"
# Each with what its refusal says.
SCANS = {
    "a PNG of 60,000 by 60,000": (lambda: png_of(60_000, 60_000, zlib.compress(bytes(100))), "75 million pixels"),
    "a JPEG of 65,000 by 65,000": (lambda: jpeg(65_000, 65_000), "75 million pixels"),
    "a PDF of 20,000 pages": (lambda: pages(20_000), "more than 300 pages"),
    "a PDF that says a billion pages": (lambda: pages(1, said=10**9), "more than 300 pages"),
    "a page shown 20,000 times": (
        lambda: pdf(CATALOGUE, b"<< /Type /Pages /Count 1 /Kids [" + b"3 0 R " * 20_000 + b"] >>", PAGE),
        "more than 300 pages",
    ),
    "a picture of 60,000 by 60,000 in a PDF": (
        lambda: pages(1, stream(b"", "/Subtype /Image /Width 60000 /Height 60000 /Filter /DCTDecode")),
        "75 million pixels",
    ),
    "a stream of two gigabytes": (lambda: pages(1, stream(zeros())), "too heavy to open"),
    "ten streams of 100 MB": (lambda: pages(1, *[stream(zeros(100))] * 10), "too heavy to open"),
    "a stream deflated twice": (
        lambda: pages(1, stream(zlib.compress(zeros()), "/Filter [/FlateDecode /FlateDecode]")),
        "too heavy to open",
    ),
    "a page tree of 5,000 levels": (lambda: deep_tree(5_000), "too heavy to open"),
    "200,000 objects": (lambda: pages(1, *[b"null"] * 200_000), "too heavy to open"),
}
# What looks endless and is not: taken, or refused, but soon.
ODD_SCANS = {
    "a table that leads to itself": lambda: pages(1, previous="/Prev {start}"),
    "a page tree in a circle": circle,
    "an object stream of two gigabytes": lambda: pages(1, stream(zeros(), OBJECT_STREAM)),
    "arrays within arrays": lambda: pages(1, b"[" * 500_000),
    "a length without end": lambda: pages(1, b"<< /Length 99999999999 >>\nstream\nx\nendstream"),
}
