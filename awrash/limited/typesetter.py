"""Lays a template with files of others into one PDF; Typst itself reads them, so it works within limits here.

In: a line of JSON with the path of the template (`main`), its folder (`root`), the folders of fonts (`fonts`) and the
inputs of the template (`given`). Out: the PDF, or nothing when one of the files cannot be placed.
"""

import json
import sys
from typing import BinaryIO

import typst


def answer(source: BinaryIO, target: BinaryIO) -> None:
    order = json.loads(source.readline())
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=order["fonts"])
    try:
        pdf = typst.compile(order["main"], root=order["root"], font_paths=fonts, sys_inputs=order["given"])
    except typst.TypstError as fault:
        print(fault, file=sys.stderr)
        return
    target.write(bytes(pdf))
