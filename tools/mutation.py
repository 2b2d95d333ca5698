"""Mutation testing of what decides: every small fault put into operator/plan must be found by its tests.

mutmut mutates a tree of real folders, which ``src/revrx_operator`` is not, so it gets a copy, build/mutation.
That stays behind: ``mutmut show NAME``, called there, shows a mutant.
"""

import argparse
import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
TREE = ROOT / "build/mutation"
MUTATED = "src/revrx_operator/plan"
TESTS = "tests/unit/plan"
LEAST_PERCENT = 90.0

FAILED = frozenset({1, 3})
"""Exit codes of pytest that mutmut 3.8 keeps for a mutant that a test noticed."""
TIMED_OUT = frozenset({36, 24, -24, 152, 255})
"""Those of one that no longer comes to its end."""

SENTENCE = r"""^\s*(return )?(\w+ = )?[(]?f?"[^"]*( [^"]*)+"[),]*$"""
"""A line that is nothing but words for people. How they are put is not what the tests are about."""

SETTINGS = f"""
[tool.mutmut]
source_paths = ["src/revrx_operator"]
pytest_add_cli_args = ["--hypothesis-profile=mutation", "-p", "no:cacheprovider"]
pytest_add_cli_args_test_selection = ["{TESTS}"]
do_not_mutate_patterns = ['{SENTENCE}']
only_mutate = """


Results = Mapping[str, int | None]
"""The exit code of the tests for each mutant."""


def main() -> int:
    """Run it, print a table and the survivors; 1 where too many survive."""
    _copy([f"{MUTATED}/*{module}.py" for module in _modules()] or [f"{MUTATED}/*"])
    # As a module of this Python, which may live anywhere; one at a time and out of the way of whoever else works here.
    command = ["nice", "-n", "15", sys.executable, "-m", "mutmut", "run", "--max-children", "1"]
    subprocess.run(command, cwd=TREE, check=True)
    found = _results(TREE / "mutants" / MUTATED)
    if not found:
        print("mutation: mutmut left no results in build/mutation; delete that folder and try again")
        return 1
    print(_table(found))
    return 0 if _percent([code for codes in found.values() for code in codes.values()]) >= LEAST_PERCENT else 1


def _modules() -> Sequence[str]:
    there = sorted({file.stem for file in (ROOT / "operator/plan").rglob("*.py")} - {"__init__"})
    parser = argparse.ArgumentParser(prog="python -m tools.mutation", description="Mutation testing of operator/plan.")
    parser.add_argument("module", nargs="*", metavar="MODULE", help=f"of {', '.join(there)}; all, if none is named")
    chosen: list[str] = parser.parse_args().module
    if unknown := sorted(set(chosen) - set(there)):
        parser.error(f"operator/plan has no module {', '.join(unknown)}; it has {', '.join(there)}")
    return chosen


def _copy(only: Sequence[str]) -> None:
    shutil.rmtree(TREE, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "operator", TREE / "src/revrx_operator", ignore=ignored)
    shutil.copytree(ROOT / TESTS, TREE / TESTS, ignore=ignored)
    for file in ("tests/__init__.py", "tests/conftest.py", "tests/unit/__init__.py", "tests/unit/cases.py"):
        shutil.copy(ROOT / file, TREE / file)
    (TREE / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text() + SETTINGS + json.dumps(only))


def _results(folder: Path) -> Mapping[str, Results]:
    """By file; those without mutants are left out."""
    metas = {str(file.relative_to(folder)).removesuffix(".meta"): file for file in sorted(folder.rglob("*.meta"))}
    read = {name: json.loads(file.read_text())["exit_code_by_key"] for name, file in metas.items()}
    return {name: codes for name, codes in read.items() if codes}


def _table(found: Mapping[str, Results]) -> str:
    rows = [_row(name, list(codes.values())) for name, codes in found.items()]
    total = _row("all", [code for codes in found.values() for code in codes.values()])
    survivors = [key for codes in found.values() for key, code in codes.items() if not _is_killed(code)]
    return "\n".join([f"{'':36}killed survived  percent", *rows, total, "", *survivors])


def _row(name: str, codes: Sequence[int | None]) -> str:
    killed = Counter(map(_is_killed, codes))
    return f"{name:36}{killed[True]:6} {killed[False]:8} {_percent(codes):7.1f}%"


def _percent(codes: Sequence[int | None]) -> float:
    return 100.0 * sum(map(_is_killed, codes)) / len(codes)


def _is_killed(code: int | None) -> bool:
    return code in FAILED | TIMED_OUT


if __name__ == "__main__":
    sys.exit(main())
