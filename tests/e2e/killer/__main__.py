"""Command line: `python -m tests.e2e.killer [SCENARIO …]`; exit code 1 where a promise was not kept."""

import argparse
import secrets
import sys
from collections.abc import Sequence

from tests.e2e.command import one_of, play_on_fresh_operator, tell_whether_kept
from tests.e2e.killer import rounds, tables
from tests.e2e.killer.rounds import Played
from tests.e2e.killer.scenarios import ALL, BY_NAME
from tests.e2e.release import Release


def main(arguments: Sequence[str]) -> int:
    """Play the scenarios one after another on a freshly installed operator."""
    options = _parser().parse_args(arguments)
    return play_on_fresh_operator("killer", lambda release: _play(release, options))


def _play(release: Release, options: argparse.Namespace) -> int:
    print(f"seed {options.seed}", flush=True)
    played = {
        scenario.name: rounds.play_all(
            release.context, scenario, repeat=options.repeat, parallel=options.parallel, seed=options.seed
        )
        for scenario in options.scenarios or ALL
    }
    return _tell(played, release)


def _parser() -> argparse.ArgumentParser:
    scenarios = "\n".join(f"  {scenario.name:16}{scenario.summary}" for scenario in ALL)
    parser = argparse.ArgumentParser(
        prog="python -m tests.e2e.killer",
        description=f"The killer test.\n\n{scenarios}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("scenarios", nargs="*", type=one_of(BY_NAME), metavar="SCENARIO", help="all unless named")
    parser.add_argument("--repeat", type=int, default=10, help="rounds of each (default: 10)")
    parser.add_argument("--parallel", type=int, default=3, help="of them at a time (default: 3)")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="of when disturbances happen")
    return parser


def _tell(played: dict[str, list[Played]], release: Release) -> int:
    print(f"\n{tables.table('The killer test', played).plain()}\n\n" + "\n".join(tables.NOTES))
    complaints = (f"{name}: {text}" for name, some in played.items() for found in some for text in found.complaints)
    return tell_whether_kept(complaints, release.log())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
