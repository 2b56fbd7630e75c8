"""Typst: a template and its data become one PDF, or pictures of its pages; knows nothing of records.

Data goes in as JSON, text and never markup. A PDF that holds files of others is laid out in a limited process
(`limited/typesetter.py`), once each of them was tried in another; a logo was tried when it was attached. Both
standards are declared on every PDF: PDF/A-2a to be kept, PDF/UA-1 to be read aloud; a paper that breaks either is
not made.
"""

import json
import logging
import re
import shutil
from pathlib import Path
from typing import Any

import segno
import typst

from awrash.limited import LimitReached, Limits, run
from awrash.values.others_files import MEMORY, OthersFiles

FOLDER = Path(__file__).parent
TEMPLATES = FOLDER / "templates"
TEXTS = FOLDER / "texts"
FONT_FOLDERS = [str(FOLDER / "fonts")]
STANDARDS: Any = ["a-2a", "ua-1"]
# the fonts inside the typesetter only carry marks that have no sign (`templates/frame.typ`); all that is read is Amiri
FONTS = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=FONT_FOLDERS)
UNSHOWN = re.compile(r'the text `"(?P<sign>[^`]*)"` could not|the codepoint `"\\u\{(?P<code>[0-9a-f]+)\}"`')
PDF_BEGINS = b"%PDF"
LAYING_SECONDS = 120  # of processor time to lay all files of others on their pages; a thousand pages take some ten
PREVIEW_INCH = 110  # pixels to the inch of a page shown on screen


log = logging.getLogger(__name__)


class Unprintable(ValueError):
    """A sign that no letter of the papers shows: an emoji, another script."""


class CannotLayOut(ValueError):
    """Files of others that, laid into one, take more than the limits."""


def typeset(template: str, data: dict[str, Any]) -> bytes:
    """A PDF of the template `templates/<template>.typ`, the same bytes for the same data; Unprintable names a sign."""
    try:
        pdf = typst.compile(_path(template), font_paths=FONTS, sys_inputs=_inputs(data), pdf_standards=STANDARDS)
    except typst.TypstError as fault:
        sign = _unshown_sign(str(fault))
        if sign is None:
            raise
        raise Unprintable(sign) from fault
    return bytes(pdf)


def typeset_long(template: str, data: dict[str, Any]) -> bytes:
    """The same for what has thousands of rows, in a process that takes its memory with it when it ends.

    Unprintable names a sign; CannotLayOut when it takes more memory or time than the limits.
    """
    written = _in_process(template, TEMPLATES, data, STANDARDS)
    if written.startswith(PDF_BEGINS):
        return written
    fault = written.decode()
    sign = _unshown_sign(fault)
    if sign is None:
        raise RuntimeError(f"{template}: {fault}")
    raise Unprintable(sign)


def _unshown_sign(fault: str) -> str | None:
    """The sign that no letter shows, of which Typst says so; None when it says something else."""
    unshown = UNSHOWN.search(fault)
    return None if unshown is None else unshown["sign"] or chr(int(unshown["code"], 16))


def page_pictures(template: str, data: dict[str, Any]) -> list[bytes]:
    """Each page as a PNG, to look at on screen before anything is issued."""
    pages = typst.compile(_path(template), font_paths=FONTS, sys_inputs=_inputs(data), format="png", ppi=PREVIEW_INCH)
    return [pages] if isinstance(pages, bytes) else list(pages)


def typeset_with(files: OthersFiles, template: str, data: dict[str, Any]) -> bytes:
    """A PDF with pictures and pages of these files inside, named in the data; it declares no standard for them.

    CannotLayOut when they take more memory or time than the limits.
    """
    for name in ("frame", template):
        shutil.copy(TEMPLATES / f"{name}.typ", files.folder)
    written = _in_process(template, files.folder, data, None)
    if not written.startswith(PDF_BEGINS):
        log.warning("%s: %s", template, written.decode(errors="replace"))
        raise CannotLayOut(template)
    return written


def _in_process(template: str, folder: Path, data: dict[str, Any], standards: list[str] | None) -> bytes:
    """What the limited typesetter writes of a template in this folder: a PDF, or what it found wrong."""
    order = {
        "main": str(folder / f"{template}.typ"),
        "root": str(folder),
        "given": _inputs(data),
        "fonts": FONT_FOLDERS,
        "standards": standards,
    }
    try:
        return run("typesetter", json.dumps(order).encode(), Limits(MEMORY, LAYING_SECONDS))
    except LimitReached as limit:
        raise CannotLayOut(template) from limit


def qr_code(text: str) -> str:
    """A QR code as SVG, to draw in a template."""
    return str(segno.make(text, error="m").svg_inline(scale=4, border=2))


def _path(template: str) -> str:
    return str(TEMPLATES / f"{template}.typ")


def _inputs(data: dict[str, Any]) -> dict[str, str]:
    """The two texts that a template reads: what its papers share, and the facts of each."""
    shared = {name: value for name, value in data.items() if name != "papers"}
    inputs = {"data": shared, "papers": data.get("papers", [])}
    return {name: json.dumps(value, ensure_ascii=False) for name, value in inputs.items()}
