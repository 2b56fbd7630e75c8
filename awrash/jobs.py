"""Files that wait a while apart from the web root: uploads not written yet, papers brought together to be fetched."""

import json
import re
import secrets
import time
from pathlib import Path

from flask import current_app

WAITS = 3_600  # seconds between the preview and the writing
FETCHED_WITHIN = 86_400  # seconds that papers brought together wait to be fetched
RESULTS = "works"
TOKEN = re.compile(r"[0-9a-f]{32}")


def _folder(name: str = "uploads") -> Path:
    folder = Path(current_app.instance_path) / name
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def keep_result(work: int, content: bytes) -> None:
    """Keep the file that long work made, for a day."""
    forget_old()
    (_folder(RESULTS) / f"{work}.data").write_bytes(content)


def result_of(work: int) -> Path | None:
    """The file that long work made; None once its day is over."""
    forget_old()
    path = _folder(RESULTS) / f"{work}.data"
    return path if path.exists() else None


def keep_upload(owner: int, kind: str, content: bytes) -> str:
    """Keep an upload for its owner; the token that takes it back."""
    forget_old()
    token = secrets.token_hex(16)
    (_folder() / f"{token}.data").write_bytes(content)
    (_folder() / f"{token}.json").write_text(json.dumps({"owner": owner, "kind": kind}))
    return token


def take_upload(owner: int, token: str) -> tuple[str, bytes] | None:
    """The kind and content kept under a token, once, for its owner only and while it waits; None otherwise."""
    forget_old()
    if not TOKEN.fullmatch(token):
        return None
    about, data = _folder() / f"{token}.json", _folder() / f"{token}.data"
    try:
        kept = json.loads(about.read_text())
        if kept["owner"] != owner:
            return None
        content = data.read_bytes()
        about.unlink()  # of two presses of the button, the second finds nothing
        data.unlink()
    except FileNotFoundError:
        return None
    return kept["kind"], content


def forget_old() -> None:
    """Files that waited too long are removed: they hold people's data."""
    for name, waits in (("uploads", WAITS), (RESULTS, FETCHED_WITHIN)):
        for path in _folder(name).iterdir():
            try:
                if time.time() - path.stat().st_mtime > waits:
                    path.unlink()
            except FileNotFoundError:  # somebody else took or forgot it meanwhile
                continue
