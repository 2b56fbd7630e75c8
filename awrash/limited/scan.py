"""Looks into scans of others: a PDF before it is attached, and which files can be placed on a page.

In: a line of JSON with what to do (`do`), then the content where there is one. Out: a line of JSON for each file,
written as soon as it is known, so that a file that ends this process takes nothing of the others away.
"""

import json
import resource
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import typst
from pypdf import PasswordType, PdfReader, PdfWriter
from pypdf.errors import LimitReachedError
from pypdf.generic import IndirectObject, PdfObject, StreamObject

CHUNK = 1_000_000
OUT_OF_BOUNDS = (MemoryError, RecursionError, LimitReachedError)
DEFLATED = {"/FlateDecode", "/Fl"}


class TooMuch(Exception):
    """The PDF goes beyond a limit, which is named: `heavy`, `pages` or `pixels`."""


def answer(source: BinaryIO, target: BinaryIO) -> None:
    order = json.loads(source.readline())
    findings = look(source.read(), order) if order["do"] == "look" else show(order)
    for finding in findings:
        target.write(json.dumps(finding).encode() + b"\n")
        target.flush()


# ---- before a PDF is attached


def look(content: bytes, most: dict[str, int]) -> Iterator[dict[str, Any]]:
    """Whether a PDF asks for a password, and which limit it goes beyond; `unread` for what cannot be read at all.

    `most` are the limits: `objects`, `pages`, `pixels` of a picture, unpacked bytes of a `stream` and of all `streams`.
    """
    finding: dict[str, Any] = {"locked": False, "beyond": ""}
    try:
        if content.count(b" obj") > most["objects"]:
            raise TooMuch("heavy")
        reader = PdfReader(BytesIO(content))
        finding["locked"] = reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED
        if not finding["locked"]:
            measure(reader, most)
    except TooMuch as limit:
        finding["beyond"] = str(limit)
    except OUT_OF_BOUNDS:
        finding["beyond"] = "heavy"
    except Exception:  # a file of somebody else makes a reader fail in any way; `values/file_type.py` judges damage
        finding["unread"] = True
    yield finding


def measure(reader: PdfReader, most: dict[str, int]) -> None:
    """Count pages, objects, pixels of pictures and unpacked bytes; TooMuch at the first that is too much."""
    if sum(map(len, (*reader.xref.values(), reader.xref_objStm))) > most["objects"]:
        raise TooMuch("heavy")
    tree: Any = reader.root_object["/Pages"]  # a dictionary, unless the file is damaged
    if int(tree.get("/Count", 0)) > most["pages"] or len(reader.pages) > most["pages"]:
        raise TooMuch("pages")
    unpacked = 0
    for stream in objects(reader):
        if isinstance(stream, StreamObject):
            if stream.get("/Subtype") == "/Image" and pixels(stream) > most["pixels"]:
                raise TooMuch("pixels")
            unpacked += size_of(stream, min(most["stream"], most["streams"] - unpacked))


def objects(reader: PdfReader) -> Iterator[PdfObject | None]:
    """The objects that stand in the file itself, streams among them; those that cannot be read are left out."""
    for generation, places in reader.xref.items():
        for number in places:
            try:
                yield reader.get_object(IndirectObject(number, generation, reader))
            except OUT_OF_BOUNDS:
                raise
            except Exception:  # as above
                continue


def pixels(picture: StreamObject) -> int:
    return abs(int(picture.get("/Width", 0)) * int(picture.get("/Height", 0)))


def size_of(stream: StreamObject, most: int) -> int:
    """Bytes that a deflated stream takes once unpacked; TooMuch beyond the most."""
    names = stream.get("/Filter", [])
    filters = [str(name) for name in (names if isinstance(names, list) else [names])]
    parts, size = iter([bytes(stream._data)]), len(stream._data)
    while filters and filters.pop(0) in DEFLATED:
        parts = unpack(parts)
        if not filters or filters[0] not in DEFLATED:
            size = 0
            for part in parts:
                size += len(part)
                if size > most:
                    raise TooMuch("heavy")
    return size


def unpack(parts: Iterator[bytes]) -> Iterator[bytes]:
    """The inflated bytes, at most CHUNK of them at a time."""
    inflating = zlib.decompressobj()
    try:
        for part in parts:
            yield inflating.decompress(part, CHUNK)
            while inflating.unconsumed_tail:
                yield inflating.decompress(inflating.unconsumed_tail, CHUNK)
    except zlib.error:  # what is damaged unpacks no further
        return


# ---- before files are laid into one


def show(order: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """How many pages of each file in a folder can be placed, 0 for one that cannot; a PDF loses its protection there.

    Each of the `names` in the `folder` has so many `seconds` of a processor's work.
    """
    for name in order["names"]:
        used = resource.getrusage(resource.RUSAGE_SELF)
        allowed = int(used.ru_utime + used.ru_stime) + order["seconds"]
        resource.setrlimit(resource.RLIMIT_CPU, (allowed, resource.getrlimit(resource.RLIMIT_CPU)[1]))
        path = Path(order["folder"]) / name
        pages = unprotect(path) if name.endswith(".pdf") else 1
        yield {"name": name, "pages": pages if pages and can_show(path) else 0}


def unprotect(path: Path) -> int:
    """Write a PDF without its protection in its own place; gives its number of pages, 0 when it cannot be read."""
    try:
        reader = PdfReader(BytesIO(path.read_bytes()))
        if reader.is_encrypted:
            unprotected = BytesIO()
            PdfWriter(clone_from=reader).write(unprotected)
            path.write_bytes(unprotected.getvalue())
        return len(reader.pages)
    except MemoryError:
        raise
    except Exception:  # as above: what cannot be read is said to be so where it would stand
        return 0


def can_show(path: Path) -> bool:
    """Whether a file can be placed on a page, its first page if it has several."""
    trial = path.with_name("try.typ")
    trial.write_text(f'#image("{path.name}", width: 2cm)')
    try:
        typst.compile(str(trial), root=str(path.parent))
    except typst.TypstError:
        return False
    return True
