"""Work that waits: files uploaded and not written yet, kept apart from the web root."""

import json
import secrets
import time
from pathlib import Path

from flask import current_app

WAITS = 3_600  # seconds between the preview and the writing


def _folder() -> Path:
    folder = Path(current_app.instance_path) / "uploads"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def keep_upload(owner: int, kind: str, content: bytes) -> str:
    """Keep an upload for its owner; the token that takes it back."""
    forget_old()
    token = secrets.token_hex(16)
    (_folder() / f"{token}.json").write_text(json.dumps({"owner": owner, "kind": kind}))
    (_folder() / f"{token}.data").write_bytes(content)
    return token


def take_upload(owner: int, token: str) -> tuple[str, bytes] | None:
    """What was kept under a token, once, for its owner only."""
    if len(token) != 32 or not token.isalnum():
        return None
    about, data = _folder() / f"{token}.json", _folder() / f"{token}.data"
    if not about.exists() or not data.exists():
        return None
    kept, content = json.loads(about.read_text()), data.read_bytes()
    if kept["owner"] != owner:
        return None
    about.unlink(missing_ok=True)
    data.unlink(missing_ok=True)
    return kept["kind"], content


def forget_old() -> None:
    """Uploads that waited too long are removed: they hold people's data."""
    for path in _folder().iterdir():
        if time.time() - path.stat().st_mtime > WAITS:
            path.unlink(missing_ok=True)
