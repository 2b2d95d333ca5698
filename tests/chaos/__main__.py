"""Command line: `python -m tests.chaos [FAULT …]`; exit code 1 where a promise was not kept."""

import argparse
import random
import secrets
import sys
from collections.abc import Sequence

from bench.result import Table
from tests.chaos.faults import ALL, BY_NAME, Fault
from tests.chaos.play import Played, try_to_play
from tests.e2e.command import one_of, play_on_fresh_operator, tell_whether_kept
from tests.e2e.release import Release

OPERATORS = 2
COLUMNS = (
    *("", "lasted s", "correct after s", "reports", "completed", "interrupted", "started again", "stored twice"),
    *("busy pods taken", "deaf s"),
)


def main(arguments: Sequence[str]) -> int:
    """Play the faults one after another on two freshly installed operators."""
    options = _parser().parse_args(arguments)
    return play_on_fresh_operator("chaos", lambda release: _play(release, options.faults or ALL, options.seed))


def _parser() -> argparse.ArgumentParser:
    faults = "\n".join(f"  {fault.name:20}{fault.summary}" for fault in ALL)
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos",
        description=f"The chaos suite.\n\n{faults}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("faults", nargs="*", type=one_of(BY_NAME), metavar="FAULT", help="all unless named")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="of what happens when")
    return parser


def _play(release: Release, faults: Sequence[Fault], seed: int) -> int:
    print(f"seed {seed}", flush=True)
    with release.scaled(OPERATORS):
        chance = random.Random(seed)  # noqa: S311 - nothing is secret here
        played = [try_to_play(release, fault, chance) for fault in faults]
        log = release.log()
    print(f"\n{_table(played).plain()}")
    return tell_whether_kept((f"{found.fault.name}: {text}" for found in played for text in found.complaints), log)


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
