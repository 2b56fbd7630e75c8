"""`make assets`: what docs/dependencies.md takes from npm packages, fetched anew and checked by its digest."""

import hashlib
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "docs" / "dependencies.md"
ROW = re.compile(r"^\| (\S+) \| (\S+) ([\d.]+) \| \S+ \| ([0-9a-f]{64}) \|$", re.MULTILINE)


class Vendored(NamedTuple):
    """A file of ours that is a package's, byte for byte."""

    path: str
    package: str
    version: str
    digest: str


def vendored_files(text: str) -> list[Vendored]:
    """The rows of the table of docs/dependencies.md."""
    return [Vendored(*row) for row in ROW.findall(text)]


def fetch(package: str, version: str, folder: Path) -> Path:
    """Download a package by npm, which verifies it against the registry; gives its archive."""
    command = ["npm", "pack", "--loglevel=error", f"{package}@{version}"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=folder)
    return folder / done.stdout.split()[-1]


def pick(archive: Path, files: Iterable[Vendored]) -> dict[str, bytes]:
    """The content of each file, recognised in the archive by its name and digest; LookupError for one that is not."""
    wanted = {(Path(file.path).name, file.digest): file.path for file in files}
    names = {name for name, _ in wanted}
    found: dict[str, bytes] = {}
    with tarfile.open(archive) as members:
        for member in members:
            name = Path(member.name).name
            file = members.extractfile(member) if name in names else None
            if file:
                content = file.read()
                path = wanted.get((name, hashlib.sha256(content).hexdigest()))
                found |= {path: content} if path else {}
    missing = sorted(set(wanted.values()) - set(found))
    if missing:
        raise LookupError(f"{archive.name} holds no file with the name and digest written for {', '.join(missing)}")
    return found


def write(path: Path, content: bytes) -> bool:
    """Write a file that is missing or other than it should be; tells whether it was."""
    if path.exists() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return True


def main() -> None:
    files = vendored_files(TABLE.read_text(encoding="utf-8"))
    packages = sorted({(file.package, file.version) for file in files})
    written: list[str] = []
    for package, version in packages:
        with tempfile.TemporaryDirectory() as folder:
            archive = fetch(package, version, Path(folder))
            contents = pick(archive, [file for file in files if (file.package, file.version) == (package, version)])
        written += [path for path, content in contents.items() if write(ROOT / path, content)]
    print(f"{len(files)} files of {len(packages)} packages are as docs/dependencies.md says.")
    print(f"Written anew: {', '.join(written) or 'none'}.")


if __name__ == "__main__":
    main()
