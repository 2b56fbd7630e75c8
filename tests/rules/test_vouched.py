"""A statement that passes by the rules names the test that runs them over what it writes, and the test is there."""

import ast
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def vouchers() -> list[tuple[str, ast.expr]]:
    """Every value of `vouched_by` in the application, with its module."""
    found = []
    for file in sorted((ROOT / "awrash").rglob("*.py")):
        module = ".".join(file.relative_to(ROOT).with_suffix("").parts)
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Dict):
                pairs = zip(node.keys, node.values, strict=True)
                found += [(module, value) for key, value in pairs if getattr(key, "value", None) == "vouched_by"]
            elif isinstance(node, ast.keyword) and node.arg == "vouched_by":
                found.append((module, node.value))
    return found


VOUCHERS = vouchers()


def test_the_application_writes_past_its_rules_in_these_modules_alone():
    assert {module for module, _ in VOUCHERS} == {"awrash.demo.prefecture", "awrash.operations.payroll"}


@pytest.mark.parametrize("module, value", VOUCHERS, ids=[f"{module}:{value.lineno}" for module, value in VOUCHERS])
def test_what_vouches_for_a_statement_is_a_test_that_is_there(module, value):
    named = getattr(importlib.import_module(module), value.id) if isinstance(value, ast.Name) else value.value
    path, name = named.split("::")
    tests = [part for part in ast.parse((ROOT / path).read_text()).body if isinstance(part, ast.FunctionDef)]
    assert name in {test.name for test in tests if test.name.startswith("test_")}
