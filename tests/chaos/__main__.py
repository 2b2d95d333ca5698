"""Command line: `python -m tests.chaos [FAULT …]`; exit code 1 where a promise was not kept."""

import argparse
import os
import random
import secrets
import sys
from collections.abc import Sequence
from subprocess import CalledProcessError

from bench.result import Table
from tests.chaos.faults import ALL, BY_NAME, Fault
from tests.chaos.play import Played, try_to_play
from tests.e2e.kubectl import KubectlError
from tests.e2e.release import Release
from tools.kind.report import KindError

OPERATORS = 2
COLUMNS = (
    *("", "lasted s", "correct after s", "reports", "completed", "interrupted", "started again", "stored twice"),
    *("busy pods taken", "deaf s"),
)


def main(arguments: Sequence[str]) -> int:
    """Play the faults one after another on two freshly installed operators."""
    options = _parser().parse_args(arguments)
    context = os.environ.get("REVRX_E2E_CONTEXT", "kind-revrx")
    if not context.startswith("kind-"):
        print(f"REVRX_E2E_CONTEXT is {context}: the chaos suite only takes kind clusters", file=sys.stderr)
        return 2
    try:
        return _play(Release(context), options.faults or ALL, options.seed)
    except (AssertionError, CalledProcessError, KubectlError, KindError) as error:
        print(f"chaos: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("chaos: interrupted", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    faults = "\n".join(f"  {fault.name:20}{fault.summary}" for fault in ALL)
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos",
        description=f"The chaos suite.\n\n{faults}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("faults", nargs="*", type=_fault, metavar="FAULT", help="all unless named")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="of what happens when")
    return parser


def _fault(name: str) -> Fault:
    if name not in BY_NAME:
        raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(BY_NAME)}")
    return BY_NAME[name]


def _play(release: Release, faults: Sequence[Fault], seed: int) -> int:
    release.clear()
    release.install()
    print(f"seed {seed}", flush=True)
    with release.scaled(OPERATORS):
        chance = random.Random(seed)  # noqa: S311 - nothing is secret here
        played = [try_to_play(release, fault, chance) for fault in faults]
        defect = "Traceback" in release.log()
    print(f"\n{_table(played).plain()}\n")
    failed = [f"{found.fault.name}: {text}" for found in played for text in found.complaints]
    failed += ["the operator's log holds a traceback"] if defect else []
    print("\n".join(failed or ["every promise was kept"]))
    return 1 if failed else 0


def _table(played: Sequence[Played]) -> Table:
    return Table("The chaos suite", COLUMNS, [_row(found) for found in played])


def _row(found: Played) -> list[str]:
    verdict = found.verdict
    if verdict is None:
        return [found.fault.name, *["-"] * (len(COLUMNS) - 1)]
    figures = (
        *(verdict.reports, verdict.completed, verdict.interrupted, verdict.started_again, verdict.stored_twice),
        len(verdict.taken),
    )
    seconds = (f"{found.struck_seconds:.0f}", f"{found.correct_seconds:.1f}")
    return [found.fault.name, *seconds, *map(str, figures), f"{verdict.deaf.seconds:.1f}"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
