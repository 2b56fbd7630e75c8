"""The arrows of the house: who imports whom, and what is nowhere to be found."""

import ast
import hashlib
import os
import re
import subprocess
import tarfile
from collections import Counter
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from babel.messages import pofile
from fontTools.ttLib import TTFont

from docs import fonts
from docs.vendored import Vendored, pick
from tests import servers

HOUSE = Path(__file__).parent.parent / "awrash"
FILES = sorted(path for path in HOUSE.rglob("*.py") if path.name != "__init__.py")
DOORS = {"serving", "commands", "admin_views", "screens", "public", "worker", "settings"}  # as pyproject.toml has it
MOST_IN_FRONT, MOST_IN_A_ROOM = 12, 25  # modules


def room_of(path: Path) -> str:
    """The folder or module of `awrash/` in which a file lives."""
    return path.relative_to(HOUSE).with_suffix("").parts[0]


def name_of(path: Path) -> str:
    return str(path.relative_to(HOUSE).with_suffix(""))


@cache
def tree_of(path: Path) -> ast.Module:
    """A module taken apart, once for all that look at it."""
    return ast.parse(path.read_text())


def every(files: list[Path]) -> Any:
    return pytest.mark.parametrize("path", files, ids=name_of)


def test_every_room_says_what_lives_there_and_holds_what_a_newcomer_takes_in():
    for room in (path for path in HOUSE.iterdir() if list(path.glob("*.py"))):
        assert ast.get_docstring(ast.parse((room / "__init__.py").read_text())), room
        assert len([path for path in FILES if path.parent == room]) <= MOST_IN_A_ROOM, room
    assert len([path for path in FILES if path.parent == HOUSE]) <= MOST_IN_FRONT


@every(FILES)
def test_every_module_says_what_it_is_for(path):
    assert ast.get_docstring(tree_of(path))


def test_what_runs_in_a_limited_process_knows_nothing_of_the_application():
    for path in (HOUSE / "limited").glob("*.py"):
        assert not re.search(r"^\s*(?:from|import) awrash", path.read_text(), re.MULTILINE), path
        assert not [node for node in ast.walk(tree_of(path)) if _hides_an_import(node)], path


def _hides_an_import(node: ast.AST) -> bool:
    is_function = isinstance(node, ast.FunctionDef)
    return is_function and any(isinstance(inner, ast.Import | ast.ImportFrom) for inner in ast.walk(node))


@every([path for path in FILES if room_of(path) not in DOORS])
def test_nobody_below_the_doors_knows_who_asks_or_commits(path):
    names = {node.id for node in ast.walk(tree_of(path)) if isinstance(node, ast.Name)}
    called = {node.attr for node in ast.walk(tree_of(path)) if isinstance(node, ast.Attribute)}
    assert not names & {"request", "current_user", "flash"}
    assert "commit" not in called


@every(FILES)
def test_no_import_hides_in_a_function_and_no_function_outgrows_a_screen(path):
    tree = tree_of(path)
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.names[0].name == "*"]
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        assert not _hides_an_import(function)
        assert function.end_lineno - function.lineno < 60


# No amount passes here: how like two names are, the chances of a made-up office, cells of Excel read as typed.
NO_AMOUNTS = {"reports/counter_search", "demo/prefecture", "limited/workbook"}


@every([path for path in FILES if name_of(path) not in NO_AMOUNTS])
def test_no_float_touches_the_pay(path):
    for node in ast.walk(tree_of(path)):
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), f"line {node.lineno}"
        named = getattr(node, "id", None) or getattr(node, "attr", None)
        assert named not in {"float", "Float", "Double", "REAL"}, f"line {node.lineno}"


FIGURES_MEANT = {"seeds/figures", "demo/prefecture", "limited/workbook"}  # seeds; people invented; parts of a workbook


@every([path for path in FILES if name_of(path) not in FIGURES_MEANT])
def test_no_figure_of_the_programme_stands_in_code(path):
    for node in ast.walk(tree_of(path)):
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


def test_a_package_with_another_file_than_the_one_written_down_is_refused(tmp_path):
    (tmp_path / "axe.min.js").write_text("another")
    with tarfile.open(tmp_path / "axe.tgz", "w:gz") as archive:
        archive.add(tmp_path / "axe.min.js", "package/axe.min.js")
    wanted = Vendored("tests/vendor/axe.min.js", "axe-core", "4.14.1", hashlib.sha256(b"another").hexdigest())
    assert pick(tmp_path / "axe.tgz", [wanted]) == {wanted.path: b"another"}
    with pytest.raises(LookupError, match=re.escape(wanted.path)):
        pick(tmp_path / "axe.tgz", [wanted._replace(digest="0" * 64)])


STYLE, SCRIPT = sorted((HOUSE / "static/style").glob("*.css")), sorted((HOUSE / "static/script").glob("*.js"))
PURPOSE = {".css": r"/\* [A-Z].+\. \*/\n", ".js": r"// [A-Z].+\.\n"}


@pytest.mark.parametrize("path", STYLE + SCRIPT, ids=lambda path: path.name)
def test_a_file_of_style_or_script_begins_with_its_purpose_and_has_short_lines(path):
    text = path.read_text()
    assert re.match(PURPOSE[path.suffix], text), text.partition("\n")[0]
    assert max(map(len, text.splitlines())) <= 140


def test_every_file_of_style_and_script_reaches_the_pages():
    style = re.findall(r'@import "(.+)";', (HOUSE / "static/style/main.css").read_text())
    assert sorted(["main.css", *style]) == [path.name for path in STYLE]
    script = {name for path in SCRIPT for name in re.findall(r'(?:from|import) "\./(.+)";', path.read_text())}
    assert sorted({"main.js", *script}) == [path.name for path in SCRIPT]


def test_what_the_pages_load_is_built_from_the_style_and_script_of_today(tmp_path):
    tools = HOUSE.parent / "node_modules"
    servers.require((tools / "purgecss").exists(), "PurgeCSS is missing: `make lint` installs it")
    build = ["npm", "run", "--silent", "build"]
    subprocess.run(build, cwd=HOUSE.parent, env=os.environ | {"BUILT": str(tmp_path)}, check=True, capture_output=True)
    for name in ("awrash.css", "awrash.rtl.css", "awrash.js"):
        built = HOUSE / "static/built" / name
        assert built.read_bytes() == (tmp_path / name).read_bytes(), f"`make assets` builds {name} anew"


@pytest.mark.parametrize("source", fonts.SOURCES, ids=lambda source: source.stem)
def test_the_typeface_is_cut_from_the_package_and_no_longer_bears_its_reserved_name(source):
    cut = fonts.cut(source)
    assert fonts.built(source).read_bytes() == cut, "`make assets` cuts it anew"
    assert not [record for record in TTFont(BytesIO(cut))["name"].names if "Plex" in record.toUnicode()]


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_the_typeface_has_every_letter_of_the_screens(language):
    letters = {letter for source in fonts.SOURCES for letter in TTFont(fonts.built(source)).getBestCmap()}
    with (HOUSE.parent / f"translations/{language}/LC_MESSAGES/messages.po").open("rb") as file:
        catalogue = pofile.read_po(file)
    words = "".join(f"{message.id}{message.string}" for message in catalogue)
    assert {letter for letter in words if letter.isalpha() and ord(letter) not in letters} == set()


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


def functions_in(path: Path) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)]


CALLED_BY_LIBRARIES = {  # methods by which Flask-Admin, WTForms, SQLAlchemy, Jinja and huey ask our classes
    *("get_filters", "inaccessible_callback", "init_search", "scaffold_form", "scaffold_inline_form_models"),
    *("scaffold_list_form", "scaffold_sortable_columns", "iter_choices", "pre_validate", "process_data"),
    *("coerce_compared_value", "process_bind_param", "process_result_value", "filter_stream", "preprocess"),
    "_set_signal_handlers",
}


def test_every_function_is_called():
    written = "\n".join(path.read_text() for kind in ("py", "html", "typ") for path in HOUSE.rglob(f"*.{kind}"))
    words = Counter(re.findall(r"\w+", written + (HOUSE.parent / "app.py").read_text()))
    defined = Counter(function.name for path in FILES for function in functions_in(path))
    marked = {
        function.name for path in FILES for function in functions_in(path) if function.decorator_list
    }  # a decorator calls it
    unnamed = {name for name, count in defined.items() if words[name] == count and not name.startswith("__")}
    assert unnamed - marked - CALLED_BY_LIBRARIES == set()


PRIVATE = {
    name_of(path): {function.name for function in functions_in(path) if re.match(r"_[a-z]", function.name)}
    for path in FILES
}


@every(FILES)
def test_nobody_calls_what_another_module_keeps_to_itself(path):
    own = PRIVATE[name_of(path)]
    others = set().union(*PRIVATE.values()) - own
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            assert node.func.attr not in others, f"line {node.lineno}"
        if isinstance(node, ast.ImportFrom):
            assert not {name.name for name in node.names} & others, f"line {node.lineno}"
