"""Templates are laid out for who reads them; of that layout nothing leaves with the page."""

import re
from collections.abc import Iterator
from typing import Any

from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

INDENTATION = re.compile(r"^[ \t]+", re.MULTILINE)
# Elements that stand on lines of their own in the browser: the end of a line beside them is not seen.
ON_ITS_OWN = (
    r"</?(?:html|head|body|meta|link|title|script|header|main|nav|aside|section|div|p|h[1-4]|ul|ol|li|dl|dt|dd|br|table"
    r"|caption|thead|tbody|tfoot|tr|th|td|form|fieldset|legend|option|details|summary|figure|figcaption|template)\b"
)
UNSEEN_LINE_END = re.compile(rf"({ON_ITS_OWN}[^<>]*>)\n+|\n+(?={ON_ITS_OWN})")


class LaidOut(Extension):
    """Take from a template, as it is read, the indentation and the ends of lines that no reader of the page would see.

    White space that the reader must see therefore stands within a line, or at its end between texts.
    """

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        return INDENTATION.sub("", source)

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        for token in stream:
            is_text = token.type == "data"
            yield Token(token.lineno, "data", UNSEEN_LINE_END.sub(r"\1", token.value)) if is_text else token


OPTIONS: dict[str, Any] = {
    "trim_blocks": True,
    "lstrip_blocks": True,
    "extensions": ["jinja2.ext.do", LaidOut],
}
