"""The table of `make mutants` names tests that are there for modules that are there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_table_of_faults_names_files_that_are_there():
    text = (ROOT / "tests/mutation.py").read_text()
    modules = re.findall(r'^    "([a-z/_]+)": ', text, re.MULTILINE)
    assert len(modules) > 30
    assert [module for module in modules if not (ROOT / f"awrash/{module}.py").exists()] == []
    named = set(re.findall(r"tests/[a-z/_]+\.py", text))
    assert [test for test in named if not (ROOT / test).exists()] == []
