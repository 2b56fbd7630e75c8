"""Looks into scans of others: a PDF before it is attached, and which files can be placed on a page.

In: a line of JSON with what to do, then the content where there is one. Out: lines of JSON, one for each file, told
as soon as it is known, so that a file that ends this process takes nothing of the others away.
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
from pypdf.generic import IndirectObject, StreamObject

CHUNK = 1_000_000
OUT_OF_BOUNDS = (MemoryError, RecursionError, LimitReachedError)
DEFLATED = {"/FlateDecode", "/Fl"}


class TooMuch(Exception):
    """The PDF goes beyond a limit, which is named."""


def answer(given: BinaryIO, told: BinaryIO) -> None:
    asked = json.loads(given.readline())
    said = look(given.read(), asked) if asked["do"] == "look" else show(asked)
    for one in said:
        told.write(json.dumps(one).encode() + b"\n")
        told.flush()


# ---- before a PDF is attached


def look(content: bytes, most: dict[str, int]) -> Iterator[dict[str, Any]]:
    """Whether a PDF asks for a password, and which limit it goes beyond; nothing of what cannot be read at all."""
    told: dict[str, Any] = {"locked": False, "beyond": ""}
    try:
        if content.count(b" obj") > most["objects"]:
            raise TooMuch("heavy")
        reader = PdfReader(BytesIO(content))
        told["locked"] = reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED
        if not told["locked"]:
            count(reader, most)
    except TooMuch as limit:
        told["beyond"] = str(limit)
    except OUT_OF_BOUNDS:
        told["beyond"] = "heavy"
    except Exception:  # a file of somebody else makes a reader fail in any way; `values/file_type.py` judges damage
        told["unread"] = True
    yield told


def count(reader: PdfReader, most: dict[str, int]) -> None:
    """Pages, objects, pixels of pictures and unpacked bytes; TooMuch at the first that is too much."""
    if sum(map(len, (*reader.xref.values(), reader.xref_objStm))) > most["objects"]:
        raise TooMuch("heavy")
    if int(reader.root_object["/Pages"].get("/Count", 0)) > most["pages"] or len(reader.pages) > most["pages"]:
        raise TooMuch("pages")
    unpacked = 0
    for found in objects(reader):
        if isinstance(found, StreamObject):
            if found.get("/Subtype") == "/Image" and pixels(found) > most["pixels"]:
                raise TooMuch("pixels")
            unpacked += size_of(found, min(most["stream"], most["streams"] - unpacked))


def objects(reader: PdfReader) -> Iterator[Any]:
    """The objects that stand in the file itself, streams among them; those that cannot be read are left out."""
    for generation, places in reader.xref.items():
        for number in places:
            try:
                yield reader.get_object(IndirectObject(number, generation, reader))
            except OUT_OF_BOUNDS:
                raise
            except Exception:  # as above
                continue


def pixels(picture: Any) -> int:
    sides = [picture.get(one, 0) for one in ("/Width", "/Height")]
    return abs(int(sides[0]) * int(sides[1]))


def size_of(stream: Any, most: int) -> int:
    """Bytes that a deflated stream takes once unpacked; TooMuch beyond the most."""
    names = stream.get("/Filter", [])
    filters = [str(one) for one in (names if isinstance(names, list) else [names])]
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
    inflating = zlib.decompressobj()
    try:
        for part in parts:
            yield inflating.decompress(part, CHUNK)
            while inflating.unconsumed_tail:
                yield inflating.decompress(inflating.unconsumed_tail, CHUNK)
    except zlib.error:  # what is damaged unpacks no further
        return


# ---- before files are laid into one


def show(asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Of each file in a folder, the pages that can be placed: none when it cannot; a PDF loses its protection there."""
    for name in asked["names"]:
        used = resource.getrusage(resource.RUSAGE_SELF)
        allowed = int(used.ru_utime + used.ru_stime) + asked["seconds"]
        resource.setrlimit(resource.RLIMIT_CPU, (allowed, resource.getrlimit(resource.RLIMIT_CPU)[1]))
        path = Path(asked["folder"]) / name
        pages = unprotect(path) if name.endswith(".pdf") else 1
        yield {"name": name, "pages": pages if pages and can_show(path) else 0}


def unprotect(path: Path) -> int:
    """Write a PDF without its protection in its own place; its number of pages, none when it cannot be read."""
    try:
        reader = PdfReader(BytesIO(path.read_bytes()))
        if reader.is_encrypted:
            held = BytesIO()
            PdfWriter(clone_from=reader).write(held)
            path.write_bytes(held.getvalue())
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
