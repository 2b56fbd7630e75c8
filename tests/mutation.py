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
import os
import py_compile
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import toml
from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import WorkerOutcome, WorkResult

ROOT = Path(__file__).parents[1]
PATIENCE = 300  # seconds for the tests of one fault: one that never ends is noticed too
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
    "values/spelling": "tests/values/test_spelling.py",
    "values/states": "tests/rules/test_table_of_steps.py",
    "values/text": "tests/values/test_text.py",
    "records/dated_figures": "tests/records/test_figures.py tests/rules/test_every_rule.py",
    "records/derived": "tests/records/test_derived.py tests/rules/test_boundaries.py",
    "records/steps": "tests/rules/test_table_of_steps.py",
    "records/numbering": "tests/rules/test_deleting.py",
    "rules/check": f"{RULES} tests/rules/test_every_door.py",
    "rules/constraints": RULES,
    "rules/fields": f"tests/rules/test_boundaries.py {RULES}",
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
FAULTS = (
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
        for part in ("awrash", "tests", "migrations"):  # by its content: a fault may be as old as what it replaces
            compileall.compile_dir(copy / part, quiet=1, invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH)
        for module in asked.modules or TESTS:
            of_module, survivors = faults_in(copy, module, asked.every)
            tried, killed = tried + of_module, killed + of_module - len(survivors)
            for survivor in survivors:
                print(f"\n{survivor}", flush=True)
            print(closing_line(f"awrash/{module}.py", of_module, len(survivors), asked.every), flush=True)
    print(closing_line("in all", tried, tried - killed, asked.every))
    return 0 if killed == tried else 1


def closing_line(name: str, tried: int, survived: int, every: int) -> str:
    share = f"{100 * (tried - survived) / tried:.1f} % killed" if tried else "no fault to put in"
    sample = f" (the first of {every})" if every > 1 else ""
    return f"{name}: {tried} faults{sample}, {tried - survived} killed, {survived} survived: {share}"


def faults_in(copy: Path, module: str, every: int) -> tuple[int, list[str]]:
    """Put each fault into one module of the copy; how many there were, and those that no test noticed, as diffs."""
    session = copy / f"{module.replace('/', '-')}.sqlite"
    tests = f"{sys.executable} -m pytest -x -q -p no:cacheprovider --no-header -k 'not postgres' {TESTS[module]}"
    settings = {
        "module-path": f"awrash/{module}.py",
        "timeout": PATIENCE,
        "test-command": tests,
        "distributor": {"name": "local"},
        "filters": {"operators-filter": {"exclude-operators": [rf"(?!{FAULTS}$)"]}},
    }
    file = session.with_suffix(".toml")
    file.write_text(toml.dumps({"cosmic-ray": settings}))
    run(copy, "cosmic_ray.cli", "baseline", file)  # tests that fail anyway would notice everything
    run(copy, "cosmic_ray.cli", "init", file, session)
    run(copy, "cosmic_ray.tools.filters.operators_filter", session, file)
    leave_out(session, every)
    run(copy, "cosmic_ray.cli", "exec", file, session)
    results = list(results_of(session))
    return len(results), [result.diff or "" for result in results if not result.is_killed]


def run(copy: Path, tool: str, *words: object) -> None:
    """A tool of cosmic-ray in the copy of the tree; what it says is shown when it fails."""
    command = [sys.executable, "-m", tool, *map(str, words)]
    environment = os.environ | {"HYPOTHESIS_STORAGE_DIRECTORY": str(copy / ".hypothesis")}
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")


def leave_out(session: Path, every: int) -> None:
    """Of the faults that wait, keep the first of so many."""
    with use_db(str(session), WorkDB.Mode.open) as work:
        waiting = sorted(work.pending_work_items, key=lambda item: item.mutations[0].start_pos)
        for place, item in enumerate(waiting):
            if place % every:
                work.set_result(item.job_id, WorkResult(WorkerOutcome.SKIPPED, "not of the sample"))


def results_of(session: Path) -> Iterator[WorkResult]:
    with use_db(str(session), WorkDB.Mode.open) as work:
        for _item, result in work.completed_work_items:
            if result.worker_outcome != WorkerOutcome.SKIPPED:
                yield result


if __name__ == "__main__":
    sys.exit(main())
