"""Work that waits: files uploaded and not written yet, kept apart from the web root."""

import json
import re
import secrets
import time
from pathlib import Path

from flask import current_app

WAITS = 3_600  # seconds between the preview and the writing
TOKEN = re.compile(r"[0-9a-f]{32}")


def _folder() -> Path:
    folder = Path(current_app.instance_path) / "uploads"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


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
    """Uploads that waited too long are removed: they hold people's data."""
    for path in _folder().iterdir():
        try:
            if time.time() - path.stat().st_mtime > WAITS:
                path.unlink()
        except FileNotFoundError:  # somebody else took or forgot it meanwhile
            continue
