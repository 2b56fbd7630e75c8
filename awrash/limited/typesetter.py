"""Lays a template with files of others into one PDF; Typst itself reads them, so it works within limits here.

In: a line of JSON with the template's place, its folder, the fonts and what the template is given. Out: the PDF, or
nothing when one of the files cannot be placed.
"""

import json
import sys
from typing import BinaryIO

import typst


def answer(given: BinaryIO, told: BinaryIO) -> None:
    asked = json.loads(given.readline())
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=asked["fonts"])
    try:
        made = typst.compile(asked["main"], root=asked["root"], font_paths=fonts, sys_inputs=asked["given"])
    except typst.TypstError as fault:
        print(fault, file=sys.stderr)
        return
    told.write(bytes(made))
