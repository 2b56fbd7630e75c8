"""What the docs say and what the code cites lead somewhere: pages, headings, marks, links."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CODE = sorted([*(ROOT / "awrash").rglob("*.py"), *(ROOT / "tests").rglob("*.py")])
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
# docs/page.md, then the headings that stand there: docs/page.md, "One heading" and "Another"
CITATION = re.compile(r'(docs/[\w/.-]+\.md)((?:,? (?:and )?"[^"]+")*)')
MARK = re.compile(r"\[[AFD](?:/[AFD])*\]")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def headings(page: Path) -> list[str]:
    """The headings of a page, as they stand there."""
    return re.findall(r"^#+ (.+?)\s*$", FENCE.sub("", page.read_text()), re.MULTILINE)


def anchor(heading: str) -> str:
    """The anchor that a forge gives a heading: small letters, without punctuation, dashes for spaces."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def docstrings(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""


def comments(source: str) -> Iterator[str]:
    """Comments; those of lines that follow each other are one."""
    last, text = -1, ""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        if token.start[0] != last + 1:
            yield text
            text = ""
        last, text = token.start[0], f"{text} {token.string.lstrip('# ')}"
    yield text


@cache
def prose(path: Path) -> list[str]:
    """The docstrings and comments of a module, each on one line."""
    source = path.read_text()
    return [" ".join(text.split()) for text in (*docstrings(source), *comments(source)) if text]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_every_page_and_heading_that_the_code_cites_is_there(path):
    if path == Path(__file__):
        return
    for text in prose(path):
        for page, cited in CITATION.findall(text):
            assert (ROOT / page).exists(), text
            missing = set(re.findall(r'"([^"]+)"', cited)) - set(headings(ROOT / page))
            assert not missing, (page, missing)


@pytest.mark.parametrize("path", sorted((ROOT / "awrash").rglob("*.py")), ids=name_of)
def test_every_mark_of_a_source_leads_to_its_heading(path):
    for text in prose(path):
        if MARK.search(text):
            cited = [names for page, names in CITATION.findall(text) if page == "docs/programme.md"]
            assert any(cited), text


def test_no_source_stands_outside_the_repository():
    found = [name_of(path) for path in CODE if path != Path(__file__) and "reference/" in " ".join(prose(path))]
    assert not found


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_of_a_page_leads_to_a_file_and_an_anchor(page):
    for target in LINK.findall(FENCE.sub("", page.read_text())):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, fragment = target.partition("#")
        found = (page.parent / file).resolve() if file else page
        assert found.exists(), target
        if fragment:
            assert fragment in map(anchor, headings(found)), target


PATH = re.compile(r"`((?:awrash|tests|benchmarks|migrations|translations)/[\w./-]*\w/?|app\.py)`")
WALKED = re.compile(r"^\|[^|]*\|(?P<said>[^|]*)\|(?P<where>[^|]*)\|$", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_path_that_a_page_names_is_there(page):
    if page.name == "CHANGELOG.md":  # it tells of paths of before
        return
    for path in PATH.findall(FENCE.sub("", page.read_text())):
        assert (ROOT / path).exists(), path


def test_each_walk_through_the_house_names_functions_that_are_there():
    """In docs/architecture.md each step names functions and classes of awrash/."""
    text = (ROOT / "docs/architecture.md").read_text()
    walks = text[text.index("## Walk 1") : text.index("## What else to know")]
    source = "\n".join(path.read_text() for path in (ROOT / "awrash").rglob("*.py"))
    for step in WALKED.finditer(walks):
        for name in re.findall(r"`(?:\w+(?:\(\))?\.)*(\w+)(?:\(\))?`", step["said"]):
            assert name == "html" or re.search(rf"\b{name}\b", source), name
