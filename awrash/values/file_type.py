"""Scans of papers: the type of a file by its bytes, never by its name, and whether it is complete.

PNG by its chunks and their checksums, JPEG by its segments, PDF by its last table of objects. What a PDF holds is
looked into by a limited process (`limited/scan.py`): a reader of PDF takes whatever a file asks for.
"""

import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from awrash import limited

PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
SUFFIXES = {PDF: ".pdf", JPEG: ".jpg", PNG: ".png"}
BEGINNINGS = {PDF: b"%PDF-", JPEG: b"\xff\xd8\xff", PNG: b"\x89PNG\r\n\x1a\n"}
TAIL = 2_048  # bytes at the end of a PDF in which its last lines stand
NO_FRAME = {0xC4, 0xC8, 0xCC}  # among C0 to CF: tables of a JPEG, not its picture
START_OF_SCAN = 0xDA
ALONE = {0x01, *range(0xD0, 0xD8)}  # markers of a JPEG that carry no length
MOST_PARTS = 100_000  # chunks or segments of a picture: ten megabytes hold some thousands

# Limits of the product, so that no scan takes the machine from everybody else when the whole file is opened.
MEGAPIXEL = 1_000_000
MOST_MEGAPIXELS = 75  # A3 at 600 dots per inch has 70, A4 35; telephones take 12 to 50
LOGO_MEGAPIXELS = 4  # drawn on each paper, three centimetres wide: at 300 dots per inch an eighth of one would do
MOST_PAGES = 300  # a scanned page weighs 50 kB and more: ten megabytes hold some two hundred
MOST_OBJECTS = 50_000  # a scanned page has some ten, one typed by a program with its structure some hundred
MOST_UNPACKED = 300_000_000  # bytes of all streams of a PDF: forty pages in colours at 150 dots per inch
MOST_OF_STREAM = 110_000_000  # bytes of one: A4 in colours at 600 dots per inch has 105 million
LOOK = limited.Limits(memory=300_000_000, seconds=5)
SAMPLES = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}  # values of a pixel, by the colour type of a PNG


@dataclass(frozen=True)
class PdfFindings:
    """A PDF looked into: whether it asks for a password; which limit it exceeds, an empty text when none.

    The limit is `pages`, `pixels` or `heavy`.
    """

    is_locked: bool = False
    beyond: str = ""


@dataclass(frozen=True)
class PictureSize:
    """How large a picture is: pixels, and bytes once it is unpacked."""

    pixels: int
    unpacked: int


def media_type_of(content: bytes) -> str | None:
    """The media type that the first bytes say; None when it is none of the three."""
    return next((kind for kind, beginning in BEGINNINGS.items() if content.startswith(beginning)), None)


def is_whole(content: bytes) -> bool:
    """Whether a file of one of the three types can be opened, neither cut nor damaged where that shows."""
    readers = {PDF: _is_whole_pdf, JPEG: _is_whole_jpeg, PNG: _is_whole_png}
    kind = media_type_of(content)
    return kind is not None and readers[kind](content)


@lru_cache(maxsize=2)  # two rules ask about the same scan, one after the other
def inspect_pdf(content: bytes) -> PdfFindings:
    """What must be known of a PDF before it is attached; one that cannot be read at all exceeds no limit."""
    limits = {"pages": MOST_PAGES, "objects": MOST_OBJECTS, "pixels": MOST_MEGAPIXELS * MEGAPIXEL}
    query = {"do": "look", "stream": MOST_OF_STREAM, "streams": MOST_UNPACKED} | limits
    try:
        answer = json.loads(limited.run("scan", json.dumps(query).encode() + b"\n" + content, LOOK))
    except limited.LimitReached:
        return PdfFindings(beyond="heavy")
    return PdfFindings(answer["locked"], answer["beyond"])


def picture_size(content: bytes) -> PictureSize:
    """How large a PNG or a JPEG says it is, which is what its readers make room for."""
    if media_type_of(content) == PNG:
        header = content[16:].ljust(10)[:10]  # of the chunk that comes first
        width, height = int.from_bytes(header[:4]), int.from_bytes(header[4:8])
        depth, colours = header[8:]
        return PictureSize(width * height, width * height * SAMPLES.get(colours, 4) * (2 if depth > 8 else 1))
    pixels, samples = max(_frames(content), default=(0, 0))
    return PictureSize(pixels, pixels * samples)


def _is_whole_pdf(content: bytes) -> bool:
    """The end of file is written, and the place named last holds the table of objects."""
    tail = content[-TAIL:]
    places = re.findall(rb"startxref\s+([0-9]{1,10})\s+%%EOF", tail)
    if not places or b"obj" not in content:
        return False
    return bool(re.match(rb"\s*(?:xref\b|[0-9]+\s+[0-9]+\s+obj\b)", content[int(places[-1]) :][:64]))


def _is_whole_jpeg(content: bytes) -> bool:
    """Its segments follow each other to a picture with a size, then to its end."""
    scans = [place for marker, place in _segments(content) if marker == START_OF_SCAN]
    if not scans or not any(pixels for pixels, _samples in _frames(content)):
        return False
    length = int.from_bytes(content[scans[0] : scans[0] + 2])
    return b"\xff\xd9" in content[scans[0] + length :]


def _segments(content: bytes) -> Iterator[tuple[int, int]]:
    """The markers of a JPEG up to its picture, each with the place where what it marks begins."""
    place = 2
    for _part in range(MOST_PARTS):
        if place + 4 > len(content) or content[place] != 0xFF:
            return
        marker = content[place + 1]
        if marker == 0xFF or marker in ALONE:
            place += 1 if marker == 0xFF else 2
            continue
        length = int.from_bytes(content[place + 2 : place + 4])
        yield marker, place + 2
        if marker == START_OF_SCAN or length < 2:
            return
        place += 2 + length


def _frames(content: bytes) -> Iterator[tuple[int, int]]:
    """The pixels of each frame of a JPEG, and the values of one."""
    for marker, place in _segments(content):
        if 0xC0 <= marker <= 0xCF and marker not in NO_FRAME:
            height, width = (int.from_bytes(content[place + offset : place + offset + 2]) for offset in (3, 5))
            yield width * height, content[place + 7] if place + 7 < len(content) else 3


def _is_whole_png(content: bytes) -> bool:
    """Its chunks follow each other, each with its checksum, from the header through the picture to the end."""
    place, chunks = len(BEGINNINGS[PNG]), list[bytes]()
    while place + 12 <= len(content) and len(chunks) < MOST_PARTS:
        length = int.from_bytes(content[place : place + 4])
        end = place + 8 + length
        name, data = content[place + 4 : place + 8], content[place + 8 : end]
        if end + 4 > len(content) or zlib.crc32(name + data) != int.from_bytes(content[end : end + 4]):
            return False
        if not chunks and (name != b"IHDR" or length != 13 or b"\0\0\0\0" in (data[:4], data[4:8])):
            return False
        chunks.append(name)
        place = end + 4
        if name == b"IEND":
            return b"IDAT" in chunks
    return False
