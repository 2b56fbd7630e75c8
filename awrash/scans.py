"""Scans of papers: what a file is by its bytes, never by its name, and whether it is there from end to end.

PNG by its chunks and their checksums, JPEG by its segments, PDF by its last table of objects.
"""

import io
import re
import zlib

from pypdf import PasswordType, PdfReader, PdfWriter

PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
SUFFIXES = {PDF: ".pdf", JPEG: ".jpg", PNG: ".png"}
BEGINNINGS = {PDF: b"%PDF-", JPEG: b"\xff\xd8\xff", PNG: b"\x89PNG\r\n\x1a\n"}
TAIL = 2_048  # bytes at the end of a PDF in which its last lines stand
NO_FRAME = {0xC4, 0xC8, 0xCC}  # among C0 to CF: tables of a JPEG, not its picture
ALONE = {0x01, *range(0xD0, 0xD8)}  # markers of a JPEG that carry no length


def media_type_of(content: bytes) -> str | None:
    """The media type that the first bytes say; None when it is none of the three."""
    return next((kind for kind, beginning in BEGINNINGS.items() if content.startswith(beginning)), None)


def is_whole(content: bytes) -> bool:
    """Whether a file of one of the three types can be opened, neither cut nor damaged where that shows."""
    readers = {PDF: _is_whole_pdf, JPEG: _is_whole_jpeg, PNG: _is_whole_png}
    kind = media_type_of(content)
    return kind is not None and readers[kind](content)


def is_locked(content: bytes) -> bool:
    """Whether a PDF shows nothing without a password; one that only forbids to change or print it is open."""
    try:
        reader = PdfReader(io.BytesIO(content))
        return reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED
    except Exception:  # a file of somebody else makes a reader fail in any way; `is_whole` judges damage
        return False


def opened(content: bytes) -> tuple[bytes, int]:
    """A PDF without its protection, and how many pages it has: none when it cannot be read."""
    try:
        reader = PdfReader(io.BytesIO(content))
        if not reader.is_encrypted:
            return content, len(reader.pages)
        held = io.BytesIO()
        PdfWriter(clone_from=reader).write(held)
        return held.getvalue(), len(reader.pages)
    except Exception:  # as above: what cannot be read is said to be so where it would stand
        return content, 0


def _is_whole_pdf(content: bytes) -> bool:
    """The end of file is written, and the place named last holds the table of objects."""
    tail = content[-TAIL:]
    named = re.findall(rb"startxref\s+([0-9]{1,10})\s+%%EOF", tail)
    if not named or b"obj" not in content:
        return False
    return bool(re.match(rb"\s*(?:xref\b|[0-9]+\s+[0-9]+\s+obj\b)", content[int(named[-1]) :][:64]))


def _is_whole_jpeg(content: bytes) -> bool:
    """Its segments follow each other to a picture with a size, then to its end."""
    place, has_frame = 2, False
    while place + 4 <= len(content) and content[place] == 0xFF:
        marker = content[place + 1]
        if marker == 0xFF or marker in ALONE:
            place += 1 if marker == 0xFF else 2
            continue
        length = int.from_bytes(content[place + 2 : place + 4])
        if 0xC0 <= marker <= 0xCF and marker not in NO_FRAME:
            height, width = (int.from_bytes(content[place + at : place + at + 2]) for at in (5, 7))
            has_frame = bool(height and width)
        if marker == 0xDA:
            return has_frame and b"\xff\xd9" in content[place + 2 + length :]
        if length < 2:
            return False
        place += 2 + length
    return False


def _is_whole_png(content: bytes) -> bool:
    """Its chunks follow each other, each with its checksum, from the header through the picture to the end."""
    place, seen = len(BEGINNINGS[PNG]), list[bytes]()
    while place + 12 <= len(content):
        length = int.from_bytes(content[place : place + 4])
        end = place + 8 + length
        name, data = content[place + 4 : place + 8], content[place + 8 : end]
        if end + 4 > len(content) or zlib.crc32(name + data) != int.from_bytes(content[end : end + 4]):
            return False
        if not seen and (name != b"IHDR" or length != 13 or b"\0\0\0\0" in (data[:4], data[4:8])):
            return False
        seen.append(name)
        place = end + 4
        if name == b"IEND":
            return b"IDAT" in seen
    return False
