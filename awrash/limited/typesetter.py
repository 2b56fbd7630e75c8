"""Typesets what takes much memory, or holds files of others, which Typst itself reads: within limits, for once.

In: a line of JSON with the path of the template (`main`), its folder (`root`), the folders of fonts (`fonts`), the
inputs of the template (`given`) and the standards to declare. Out: the PDF, or what Typst found wrong.
"""

import json
from typing import BinaryIO

import typst


def answer(source: BinaryIO, target: BinaryIO) -> None:
    order = json.loads(source.readline())
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=order["fonts"])
    try:
        written = typst.compile(
            order["main"],
            root=order["root"],
            font_paths=fonts,
            sys_inputs=order["given"],
            pdf_standards=order["standards"],
        )
    except typst.TypstError as fault:
        written = str(fault).encode()
    target.write(bytes(written))
