"""Files that wait a while apart from the web root: uploads not written yet, papers brought together to be fetched."""

import json
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import current_app

UPLOAD_WAITS = 3_600  # seconds between the preview and the writing
RESULT_WAITS = 86_400  # seconds that papers brought together wait to be fetched
UPLOADS, RESULTS = "uploads", "works"  # folders
TAKEN = "taken"  # how an upload's name ends while it is being written
TOKEN = re.compile(r"[0-9a-f]{32}")


def _folder(name: str) -> Path:
    folder = Path(current_app.instance_path) / name
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def keep_result(work_id: int, content: bytes) -> None:
    """Keep the file that background work made, for a day."""
    forget_old()
    (_folder(RESULTS) / f"{work_id}.data").write_bytes(content)


def result_of(work_id: int) -> Path | None:
    """The file that background work made; None once its day is over."""
    forget_old()
    path = _folder(RESULTS) / f"{work_id}.data"
    return path if path.exists() else None


def keep_upload(owner: int, kind: str, content: bytes) -> str:
    """Keep an upload for its owner, the id of a user; gives the token that takes it back."""
    forget_old()
    token = secrets.token_hex(16)
    (_folder(UPLOADS) / f"{token}.data").write_bytes(content)
    (_folder(UPLOADS) / f"{token}.json").write_text(json.dumps({"owner": owner, "kind": kind}))
    return token


@contextmanager
def upload_of(owner: int, token: str) -> Iterator[tuple[str, bytes] | None]:
    """The kind and content kept under a token, for its owner alone and one writer at a time; None when there is none.

    It is gone when the work inside ends well. When that breaks off, the upload waits under its token as before.
    """
    forget_old()
    paths = _claim(owner, token)
    if paths is None:
        yield None
        return
    description, taken, data = paths
    try:
        yield json.loads(taken.read_text())["kind"], data.read_bytes()
    except BaseException:
        taken.rename(description)
        raise
    taken.unlink()
    data.unlink()


def _claim(owner: int, token: str) -> tuple[Path, Path, Path] | None:
    """Set an upload apart by a new name: of two presses of the button, the second finds nothing.

    Gives the paths of its description before and after that, and of its content; None when there is no such upload.
    """
    if not TOKEN.fullmatch(token):
        return None
    description, taken, data = (_folder(UPLOADS) / f"{token}.{ending}" for ending in ("json", TAKEN, "data"))
    try:
        if json.loads(description.read_text())["owner"] != owner:
            return None
        description.rename(taken)
    except FileNotFoundError:
        return None
    return description, taken, data


def give_back_interrupted() -> None:
    """Uploads that were being written when the server ended wait again for their owners; only as a server starts."""
    for taken in _folder(UPLOADS).glob(f"*.{TAKEN}"):
        taken.rename(taken.with_suffix(".json"))


def forget_old() -> None:
    """Files that waited too long are removed: they hold people's data."""
    for name, waits in ((UPLOADS, UPLOAD_WAITS), (RESULTS, RESULT_WAITS)):
        for path in _folder(name).iterdir():
            try:
                if time.time() - path.stat().st_mtime > waits:
                    path.unlink()
            except FileNotFoundError:  # somebody else took or forgot it meanwhile
                continue
