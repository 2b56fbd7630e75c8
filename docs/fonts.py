"""`make assets`: the typeface of the screens, cut to the letters and features that the pages use.

Its licence lets a changed font be passed on under another name than "Plex", which it reserves.
"""

from io import BytesIO
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

STATIC = Path(__file__).resolve().parent.parent / "awrash" / "static"
SOURCES = sorted((STATIC / "fonts").glob("*.woff2"))
BUILT = STATIC / "built"
RESERVED, OUR_NAME = "IBM Plex Sans Arabic", "Awrash Sans Arabic"
# As style/fonts.css has them. Arabic is every letter a name may hold, without the ready-made shapes that nobody types.
LETTERS = {"arabic": range(0x0600, 0x0700), "latin": range(0x0000, 0x2300)}


def script_and_weight(source: Path) -> tuple[str, str]:
    """What a package's file name says of its font: ("arabic", "400")."""
    script, weight, _ = source.stem.removeprefix("ibm-plex-sans-arabic-").split("-")
    return script, weight


def built(source: Path) -> Path:
    """Where the font that is made of a package's stands."""
    return BUILT / f"awrash-{'-'.join(script_and_weight(source))}.woff2"


def cut(source: Path) -> bytes:
    """The font with the letters of its script alone, under our name; the same bytes each time."""
    font = TTFont(source, recalcTimestamp=False)
    for record in font["name"].names:
        name = record.toUnicode()
        record.string = name.replace(RESERVED, OUR_NAME).replace(RESERVED.replace(" ", ""), OUR_NAME.replace(" ", ""))
    options = Options()
    options.name_IDs = ["*"]  # copyright and licence stay within
    subsetter = Subsetter(options)
    script, _ = script_and_weight(source)
    subsetter.populate(unicodes=set(font.getBestCmap()) & set(LETTERS[script]))
    subsetter.subset(font)
    font.flavor = "woff2"
    content = BytesIO()
    font.save(content)
    return content.getvalue()


def main() -> None:
    for source in SOURCES:
        built(source).write_bytes(cut(source))
    print(f"{len(SOURCES)} fonts are cut to the letters that the pages use.")


if __name__ == "__main__":
    main()
