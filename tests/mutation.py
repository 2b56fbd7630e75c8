"""`make mutants`: small faults put into the code one after the other, and which of them no test notices.

    make mutants                                     every module of the table; that takes a night
    make mutants MODULES="values/money validators"   some of them
    make mutants MODULES=validators EVERY=5          of these the first fault of five, to see how it stands

cosmic-ray makes the faults, each in a copy of the tree, so that nobody's files are touched; the tests that `TESTS`
names for the module run against each, and the first that fails ends it. What the survivors mean stands in
docs/mutation.md.
"""

import argparse
import compileall
import difflib
import importlib
import os
import py_compile
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

ROOT = Path(__file__).parents[1]
PATIENCE = 600  # seconds for the tests of one fault: one that never ends is noticed too
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv*", "node_modules", "instance", "__pycache__", ".*_cache", ".hypothesis"
)

RULES = "tests/rules/test_boundaries.py tests/rules/test_table_of_steps.py tests/rules/test_every_rule.py"
TESTS = {  # a module of awrash, without its ending: the tests that say what it does
    "values/amount_in_words": "tests/values/test_amount_in_words.py",
    "values/cells": "tests/files/test_tables.py tests/files/test_exports.py",
    "values/identifiers": "tests/values/test_identifiers.py",
    "values/masking": "tests/values/test_masking.py",
    "values/money": "tests/values/test_money.py tests/values/test_pay_formula.py",
    "values/months": "tests/values/test_months.py",
    "values/pay_formula": "tests/values/test_pay_formula.py",
    "values/spelling": "tests/values/test_spelling.py tests/values/test_text.py",
    "values/states": "tests/rules/test_table_of_steps.py",
    "values/text": "tests/values/test_text.py",
    "records/dated_figures": RULES,
    "records/derived": f"tests/records/test_derived.py tests/records/test_doubts.py {RULES} "
    "tests/reports/test_same_in_sql.py",
    "records/steps": "tests/rules/test_table_of_steps.py",
    "records/numbering": "tests/rules/test_deleting.py",
    "rules/check": f"{RULES} tests/rules/test_every_door.py",
    "rules/constraints": RULES,
    "rules/fields": RULES,
    "rules/hook": f"{RULES} tests/rules/test_every_door.py",
    "rules/immutability": f"{RULES} tests/rules/test_deleting.py tests/rules/test_who_was_paid.py",
    "rules/payability": f"tests/reports/test_same_in_sql.py {RULES}",
    "rules/signatures": RULES,
    "rules/steps": RULES,
    "rules/versions": "tests/database/test_two_at_once.py tests/screens/test_same_page_open.py",
    "validators": RULES,
    "operations/agreements": f"{RULES} tests/test_whole_life.py",
    "operations/attendance": f"{RULES} tests/operations/test_attendance.py",
    "operations/corrections": "tests/operations/test_corrections.py",
    "operations/declarations": f"{RULES} tests/cnss/test_declarations.py tests/cnss/test_complements.py",
    "operations/management_fee": f"{RULES} tests/operations/test_management_fee.py",
    "operations/payment_matching": "tests/bank/test_returns.py",
    "operations/payments": f"{RULES} tests/bank/test_returns.py",
    "operations/payroll": "tests/operations/test_seals.py tests/operations/test_payroll.py "
    "tests/operations/test_recalculation.py",
    "operations/people": f"{RULES} tests/rules/test_who_was_paid.py",
    "operations/selection": f"{RULES} tests/test_whole_life.py",
    "operations/worksites": f"{RULES} tests/test_whole_life.py",
    "records/accounts": "tests/screens/test_administrators.py tests/screens/test_accounts.py",
    "screens/actions": "tests/screens/test_table_of_roles.py tests/rules/test_table_of_steps.py",
    "screens/base": "tests/screens/test_table_of_roles.py tests/screens/test_lists.py",
}

# Faults that a person makes: a limit off by one, a condition turned round, a sign, a step of a loop. Those that no
# person makes (`<` for `is`, `+` for `>>`) would say little and take most of the time.
FAULTS = re.compile(
    r"core/(AddNot|ReplaceAndWithOr|ReplaceOrWithAnd|ReplaceTrueWithFalse|ReplaceFalseWithTrue|NumberReplacer"
    r"|ReplaceBreakWithContinue|ReplaceContinueWithBreak|ZeroIterationForLoop|RemoveDecorator"
    r"|ReplaceUnaryOperator_(Delete_Not|USub_UAdd)"
    r"|ReplaceComparisonOperator_(Eq_NotEq|NotEq_Eq|Lt_LtE|LtE_Lt|Gt_GtE|GtE_Gt|Is_IsNot|IsNot_Is)"
    r"|ReplaceBinaryOperator_(Add_Sub|Sub_Add|Mul_FloorDiv|FloorDiv_Mul|Div_Mul|Mod_Mul|BitAnd_BitOr))"
)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("modules", nargs="*", metavar="MODULE", help="modules of awrash, without their ending")
    arguments.add_argument("--every", type=int, default=1, help="try the first fault of so many")
    asked = arguments.parse_args()
    unknown = set(asked.modules) - set(TESTS)
    if unknown:
        arguments.error(f"the table in tests/mutation.py names no tests for {', '.join(sorted(unknown))}")
    killed = tried = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copytree(ROOT, Path(folder) / "awrash", ignore=LEFT_OUT)
        for part in ("awrash", "tests", "migrations"):  # by content: a fault may be as old as what it stands for
            compileall.compile_dir(copy / part, quiet=1, invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH)
        load_what_others_wrote(copy)
        for module in asked.modules or TESTS:
            of_module = survived = 0
            for change, is_noticed in judged(copy, module, asked.every):
                of_module, survived = of_module + 1, survived + (not is_noticed)
                if not is_noticed:
                    print(f"\n{change}", flush=True)
            tried, killed = tried + of_module, killed + of_module - survived
            print(closing_line(f"awrash/{module}.py", of_module, survived, asked.every), flush=True)
    print(closing_line("in all", tried, tried - killed, asked.every))
    return 0 if killed == tried else 1


def closing_line(name: str, tried: int, survived: int, every: int) -> str:
    """How many faults were put in, and what share of them was noticed."""
    share = f"{100 * (tried - survived) / tried:.1f} % killed" if tried else "no fault to put in"
    sample = f" (the first of {every})" if every > 1 else ""
    return f"{name}: {tried} faults{sample}, {tried - survived} killed, {survived} survived: {share}"


def load_what_others_wrote(copy: Path) -> None:
    """Import the libraries once: each fault is tried in a fork, which then imports our own modules alone."""
    ours = "awrash", "tests", "__main__"
    listed = "import sys, tests.conftest; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", listed], cwd=copy, capture_output=True, text=True, check=True)
    for name in loaded.stdout.split():
        if not name.startswith(ours):
            importlib.import_module(name)


def judged(copy: Path, module: str, every: int) -> Iterator[tuple[str, bool]]:
    """Each fault of a module as a diff, and whether the tests of the module notice it."""
    file = copy / "awrash" / f"{module}.py"
    source, tests = file.read_text(), TESTS[module].split()
    by_themselves, seconds = passes(copy, tests)
    if not by_themselves:
        sys.exit(f"the tests of {module} fail by themselves: they would notice everything")
    for place, faulty in enumerate(faults_of(source)):
        if place % every:
            continue
        file.write_text(faulty)
        unnoticed, _seconds = passes(copy, tests, most=int(5 * seconds) + 5)  # a loop may never end
        file.write_text(source)
        lines = difflib.unified_diff(source.splitlines(), faulty.splitlines(), f"awrash/{module}.py", n=1, lineterm="")
        yield "\n".join(lines), not unnoticed


def faults_of(source: str) -> Iterator[str]:
    """The source with one fault, for each place and each kind of fault."""
    for name in sorted(operator_names()):
        if not FAULTS.fullmatch(name):
            continue
        operator, occurrence = get_operator(name)(), 0
        while (faulty := mutate_code(source, operator, occurrence)) is not None:
            yield faulty
            occurrence += 1


def passes(copy: Path, tests: list[str], most: int = PATIENCE) -> tuple[bool, float]:
    """Run tests in a fork that imports the copy; whether they pass, and the seconds of work that they took.

    Tests that work longer than the `most` seconds, or that wait too long, do not pass.
    """
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (most, most))
        signal.alarm(PATIENCE)
        os.chdir(copy)
        sys.path.insert(0, str(copy))
        sys.modules.pop("tests", None)  # this program's own, which is not the copy's
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
        code = 1
        try:
            code = pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-k", "not postgres", *tests])
        finally:
            os._exit(code)
    _child, status, used = os.wait4(child, 0)
    return os.waitstatus_to_exitcode(status) == 0, used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())
