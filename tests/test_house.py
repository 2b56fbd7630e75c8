"""The arrows of the house: who imports whom, and what is nowhere to be found."""

import ast
import hashlib
import re
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent / "awrash"
FILES = sorted(HOUSE.glob("*.py"))
VALUES = {"damancom", "language", "states", "money", "identifiers", "payroll", "text", "periods", "parameters"}
VALUES |= {"words", "discretion"}
GROUND = {"database", "rules", "permanence", "signing", "payable", "validators", "preview", "versions"}
NOUNS = {"figures", "derived", "models", "audit", "accounts", "returns", "outreach"}
VALUES |= {"scans"}
NOUNS |= {"attachments", "sending", "complements", "fee"}
VALUES |= {"typesetting", "paper_kinds"}
GROUND |= {"ready", "starting"}
NOUNS |= {"stationery", "wordings", "issued", "long_work", "form_keys"}
VERBS = {
    "transfers",
    "paying_fee",
    "operations",
    "correcting",
    "reports",
    "proof",
    "transparency",
    "open_data",
    "preflight",
    "standing",
    "journeys",
    "declaring",
    "attaching",
    "complementing",
    "checking",
    "counter",
    "payroll_run",
    "tables",
    "imports",
    "return_columns",
    "return_matching",
    "return_reading",
    "exports",
    "facts",
    "papering",
    "papers_selection",
    "papers_people",
    "papers_committee",
    "papers_worksites",
    "papers_month",
    "documents",
    "paper_seeds",
    "seeds",
    "issuing",
    "bulk_papers",
    "dossier",
    "jobs",
    "show",
    "settings",
}
VERBS |= {"cover", "gates", "wage_months"}
VERBS |= {"papers_complaints"}
VALUES |= {"sheet_code"}
VERBS |= {"papers_sheets", "papers_wages", "papers_transfers", "papers_governor"}
ROOMS = [VALUES, GROUND, NOUNS, VERBS]


def level(name: str) -> int:
    return next((index for index, room in enumerate(ROOMS) if name in room), len(ROOMS))


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == "awrash":
            found |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("awrash."):
            found.add(node.module.split(".")[1])
    return {one for one in found if (HOUSE / f"{one}.py").exists()}


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_imports_point_down_only(path):
    above = {other for other in imported(path) if level(other) > level(path.stem)}
    assert not above


def test_what_runs_in_a_limited_process_knows_nothing_of_the_application():
    for path in (HOUSE / "limited").glob("*.py"):
        assert not re.search(r"^\s*(?:from|import) awrash", path.read_text(), re.MULTILINE), path
        assert not [node for node in ast.walk(ast.parse(path.read_text())) if _hides_an_import(node)], path


def _hides_an_import(node: ast.AST) -> bool:
    is_function = isinstance(node, ast.FunctionDef)
    return is_function and any(isinstance(one, ast.Import | ast.ImportFrom) for one in ast.walk(node))


def test_a_rule_never_knows_the_models():
    for name in GROUND:
        assert not imported(HOUSE / f"{name}.py") & (NOUNS | VERBS)


@pytest.mark.parametrize("path", [path for path in FILES if level(path.stem) < len(ROOMS)], ids=lambda path: path.stem)
def test_nobody_below_the_doors_knows_who_asks_or_commits(path):
    names = {node.id for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Name)}
    called = {node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)}
    assert not names & {"request", "current_user", "flash"}
    assert "commit" not in called


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_no_import_hides_in_a_function_and_no_file_grows_too_long(path):
    tree = ast.parse(path.read_text())
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        assert not [node for node in ast.walk(function) if isinstance(node, ast.Import | ast.ImportFrom)]
        assert function.end_lineno - function.lineno < 60
    assert path.read_text().count("\n") <= 760


# No amount passes here: how like two names are, the chances of a made-up office, cells of Excel read as typed.
NO_AMOUNTS = {"counter", "demo", "tables"}


@pytest.mark.parametrize("path", [path for path in FILES if path.stem not in NO_AMOUNTS], ids=lambda path: path.stem)
def test_no_float_touches_the_pay(path):
    for node in ast.walk(ast.parse(path.read_text())):
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), f"line {node.lineno}"
        named = getattr(node, "id", None) or getattr(node, "attr", None)
        assert named not in {"float", "Float", "Double", "REAL"}, f"line {node.lineno}"


@pytest.mark.parametrize(
    "path", [path for path in FILES if path.stem not in ("parameters", "demo")], ids=lambda p: p.stem
)
def test_no_figure_of_the_programme_stands_in_code(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            assert node.value not in {26, 54, 191, 1364, 5000, 6000, 600000, 17.92, 0.05, 0.8}, f"line {node.lineno}"
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Decimal" and node.args:
            given = getattr(node.args[0], "value", None)
            assert given in (None, "0.00", "0.01", "0.00001"), f"line {node.lineno}"


VENDORED = re.compile(r"^\| (\S+) \| \S+ [\d.]+ \| \S+ \| ([0-9a-f]{64}) \|$", re.MULTILINE)


def test_every_file_taken_from_a_package_is_the_one_that_was_written_down():
    written = dict(VENDORED.findall((HOUSE.parent / "docs/dependencies.md").read_text()))
    for name, digest in written.items():
        assert hashlib.sha256((HOUSE.parent / name).read_bytes()).hexdigest() == digest, name
    kept = [*(HOUSE / "static/vendor").iterdir(), *(HOUSE / "static/fonts").glob("*.woff2")]
    kept += [*(HOUSE / "papers/fonts").glob("*.ttf"), *(HOUSE.parent / "tests/vendor").iterdir()]
    for file in kept:
        assert str(file.relative_to(HOUSE.parent)) in written or "LICENSE" in file.name, file


TEMPLATES = sorted((HOUSE / "templates").rglob("*.html"))
GLUED = re.compile(r"%\}\n *[a-z-]+(?:=\"|>|\n)")  # an attribute after a block's end: the line's end between them goes


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_line_of_a_template_fits_on_a_screen_and_no_attribute_runs_into_another(path):
    text = path.read_text()
    assert max(map(len, text.splitlines())) <= 140
    assert not GLUED.search(text)


def test_the_layout_of_a_template_stays_at_home_and_the_space_between_words_leaves(app):
    item = "      <li>\n        {{ n }} {% if n == 1 %}first{% endif %}\n        <b>one</b>\n        two\n      </li>\n"
    page = app.jinja_env.from_string(f"<ul>\n    {{% for n in (1, 2) %}}\n{item}    {{% endfor %}}\n</ul>")
    assert page.render() == "<ul><li>1 first<b>one</b>\ntwo</li><li>2 <b>one</b>\ntwo</li></ul>"
