"""Typst: a template and its data become one PDF, or pictures of its pages; knows nothing of records.

Data goes in as JSON, text and never markup. What holds files of others is laid out in a limited process
(`limited/typesetter.py`), once each of them was tried in another; a logo was tried when it was attached. Both
standards are declared on every PDF: PDF/A-2a to be kept, PDF/UA-1 to be read aloud; a paper that breaks either is
not made.
"""

import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import segno
import typst

from awrash.limited import LimitReached, Limits, run

PAPERS = Path(__file__).parent
TEMPLATES = PAPERS / "templates"
STANDARDS: Any = ["a-2a", "ua-1"]
# the fonts inside the typesetter only carry marks that have no sign (`templates/frame.typ`); all that is read is Amiri
FONTS = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(PAPERS / "fonts")])
UNSHOWN = re.compile(r'the text `"(?P<sign>[^`]*)"` could not|the codepoint `"\\u\{(?P<code>[0-9a-f]+)\}"`')
MEMORY = 1_000_000_000  # bytes for what holds files of others: half a gigabyte of pictures, and their pages
TRIAL_SECONDS = 10  # of a processor for each file of others; one within its limits takes at most two
LAYING_SECONDS = 120  # of a processor for all of them on their pages; a thousand pages take some ten
PREVIEW_INCH = 110  # pixels to the inch of a page shown on screen


class Unprintable(ValueError):
    """A sign that no letter of the papers shows: an emoji, another script."""


def typeset(template: str, data: dict[str, Any]) -> bytes:
    """A PDF of the template `templates/<template>.typ`, the same bytes for the same data; Unprintable names a sign."""
    try:
        made = typst.compile(_path(template), font_paths=FONTS, sys_inputs=_given(data), pdf_standards=STANDARDS)
    except typst.TypstError as fault:
        named = UNSHOWN.search(str(fault))
        if named is None:
            raise
        raise Unprintable(named["sign"] or chr(int(named["code"], 16))) from fault
    return bytes(made)


def pictures(template: str, data: dict[str, Any]) -> list[bytes]:
    """Each page as a PNG, to look at on screen before anything is issued."""
    made = typst.compile(_path(template), font_paths=FONTS, sys_inputs=_given(data), format="png", ppi=PREVIEW_INCH)
    return [made] if isinstance(made, bytes) else list(made)


class CannotLayOut(ValueError):
    """Files of others that, laid into one, take more than the limits."""


class OthersFiles:
    """A folder of files of others, while they are laid into one PDF; only limited processes open them."""

    def __init__(self, folder: str) -> None:
        self.folder = Path(folder)
        self.names: list[str] = []

    def add(self, content: bytes, suffix: str) -> str:
        """Keep a file; the name by which data calls it."""
        name = f"item-{len(self.names)}{suffix}"
        (self.folder / name).write_bytes(content)
        self.names.append(name)
        return name

    def pages(self) -> dict[str, int]:
        """How many pages of each file can be shown: none of one that cannot be opened, or takes too much."""
        found: dict[str, int] = {}
        while left := self.names[len(found) :]:
            asked = {"do": "show", "folder": str(self.folder), "names": left, "seconds": TRIAL_SECONDS}
            limits = Limits(MEMORY, TRIAL_SECONDS * (len(left) + 1))
            try:
                told = run("scan", json.dumps(asked).encode() + b"\n", limits)
            except LimitReached as ended:  # at the file after those that it told of
                told = ended.answer + json.dumps({"name": left[ended.answer.count(b"\n")], "pages": 0}).encode()
            found |= {one["name"]: one["pages"] for one in map(json.loads, told.splitlines())}
        return found

    def typeset(self, template: str, data: dict[str, Any]) -> bytes:
        """A PDF with pictures and pages of the files inside, named in the data; it declares no standard for them."""
        for name in ("frame", template):
            shutil.copy(TEMPLATES / f"{name}.typ", self.folder)
        asked = {"main": str(self.folder / f"{template}.typ"), "root": str(self.folder), "given": _given(data)}
        asked |= {"fonts": [str(PAPERS / "fonts")]}
        try:
            made = run("typesetter", json.dumps(asked).encode(), Limits(MEMORY, LAYING_SECONDS))
        except LimitReached as ended:
            raise CannotLayOut(template) from ended
        if not made:
            raise CannotLayOut(template)
        return made


@contextmanager
def others_files() -> Iterator[OthersFiles]:
    """A folder of their own for files of others; it goes once they are laid out."""
    with tempfile.TemporaryDirectory() as folder:
        yield OthersFiles(folder)


def can_show(content: bytes, suffix: str) -> bool:
    """Whether a file of somebody else can be placed on a page, its first page if it has several."""
    with others_files() as files:
        name = files.add(content, suffix)
        return bool(files.pages()[name])


def qr(text: str) -> str:
    """A QR code as SVG, to draw in a template."""
    return str(segno.make(text, error="m").svg_inline(scale=4, border=2))


def _path(template: str) -> str:
    return str(TEMPLATES / f"{template}.typ")


def _given(data: dict[str, Any]) -> dict[str, str]:
    shared = {name: value for name, value in data.items() if name != "papers"}
    return {
        name: json.dumps(one, ensure_ascii=False)
        for name, one in (("data", shared), ("papers", data.get("papers", [])))
    }
