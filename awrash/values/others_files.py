"""Files that others made, opened only by processes with limits: how many pages of each can be shown."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from awrash.limited import LimitReached, Limits, run

MEMORY = 1_000_000_000  # bytes for what holds files of others: half a gigabyte of pictures, and their pages
TRIAL_SECONDS = 10  # of a processor for each file of others; one within its limits takes at most two


class OthersFiles:
    """A folder for files that others made, while they are laid into one PDF; only limited processes open them."""

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
        pages: dict[str, int] = {}
        while left := self.names[len(pages) :]:
            query = {"do": "show", "folder": str(self.folder), "names": left, "seconds": TRIAL_SECONDS}
            limits = Limits(MEMORY, TRIAL_SECONDS * (len(left) + 1))
            try:
                answer = run("scan", json.dumps(query).encode() + b"\n", limits)
            except LimitReached as ended:  # at the file after those that it answered for
                answer = ended.answer + json.dumps({"name": left[ended.answer.count(b"\n")], "pages": 0}).encode()
            pages |= {file["name"]: file["pages"] for file in map(json.loads, answer.splitlines())}
        return pages


@contextmanager
def others_files() -> Iterator[OthersFiles]:
    """A folder of their own for files that others made; it is deleted once they are laid out."""
    with tempfile.TemporaryDirectory() as folder:
        yield OthersFiles(folder)


def can_show(content: bytes, suffix: str) -> bool:
    """Whether a file of somebody else can be placed on a page, its first page if it has several."""
    with others_files() as files:
        name = files.add(content, suffix)
        return bool(files.pages()[name])
