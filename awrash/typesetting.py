"""Typst: a template and its data become one PDF, or pictures of its pages; knows nothing of records.

Data goes in as JSON, text and never markup. Both standards are declared on every PDF: PDF/A-2a to be kept,
PDF/UA-1 to be read aloud; a paper that breaks either is not made.
"""

import json
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

import segno
import typst

PAPERS = Path(__file__).parent / "papers"
STANDARDS: Any = ["a-2a", "ua-1"]
# the fonts inside the typesetter only carry marks that have no sign (`papers/frame.typ`); all that is read is Amiri
FONTS = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(PAPERS / "fonts")])
UNSHOWN = re.compile(r'the text `"(?P<sign>[^`]*)"` could not|the codepoint `"\\u\{(?P<code>[0-9a-f]+)\}"`')
PREVIEW_INCH = 110  # pixels to the inch of a page shown on screen


class Unprintable(ValueError):
    """A sign that no letter of the papers shows: an emoji, another script."""


def typeset(template: str, data: dict[str, Any]) -> bytes:
    """A PDF of the template `papers/<template>.typ`, the same bytes for the same data; Unprintable names a sign."""
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


def typeset_with(template: str, data: dict[str, Any], files: dict[str, bytes]) -> bytes:
    """A PDF with pictures and pages of other PDFs inside, named in the data; it declares no standard for them."""
    with tempfile.TemporaryDirectory() as home:
        for name in ("frame", template):
            shutil.copy(PAPERS / f"{name}.typ", home)
        for name, content in files.items():
            (Path(home) / name).write_bytes(content)
        main = str(Path(home) / f"{template}.typ")
        return bytes(typst.compile(main, root=home, font_paths=FONTS, sys_inputs=_given(data)))


def can_show(content: bytes, name: str) -> bool:
    """Whether a file of somebody else can be placed on a page, its first page if it has several."""
    with tempfile.TemporaryDirectory() as home:
        (Path(home) / name).write_bytes(content)
        main = Path(home) / "try.typ"
        main.write_text(f'#image("{name}", width: 2cm)')
        try:
            typst.compile(str(main), root=home)
        except typst.TypstError:
            return False
        return True


def qr(text: str) -> str:
    """A QR code as SVG, to draw in a template."""
    return str(segno.make(text, error="m").svg_inline(scale=4, border=2))


def _path(template: str) -> str:
    return str(PAPERS / f"{template}.typ")


def _given(data: dict[str, Any]) -> dict[str, str]:
    shared = {name: value for name, value in data.items() if name != "papers"}
    return {
        name: json.dumps(one, ensure_ascii=False)
        for name, one in (("data", shared), ("papers", data.get("papers", [])))
    }
