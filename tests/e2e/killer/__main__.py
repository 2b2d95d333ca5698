"""Command line: `python -m tests.e2e.killer [SCENARIO …]`; exit code 1 where a promise was not kept."""

import argparse
import os
import secrets
import sys
from collections.abc import Sequence
from subprocess import CalledProcessError

from tests.e2e.killer import rounds, tables
from tests.e2e.killer.rounds import Played
from tests.e2e.killer.scenarios import ALL, BY_NAME, Scenario
from tests.e2e.kubectl import KubectlError
from tests.e2e.release import Release
from tools.kind.report import KindError


def main(arguments: Sequence[str]) -> int:
    """Play the scenarios one after another on a freshly installed operator."""
    options = _parser().parse_args(arguments)
    context = os.environ.get("REVRX_E2E_CONTEXT", "kind-revrx")
    if not context.startswith("kind-"):
        print(f"REVRX_E2E_CONTEXT is {context}: the killer test only takes kind clusters", file=sys.stderr)
        return 2
    try:
        return _play(Release(context), options)
    except (AssertionError, CalledProcessError, KubectlError, KindError) as error:
        print(f"killer: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("killer: interrupted", file=sys.stderr)
        return 130


def _play(release: Release, options: argparse.Namespace) -> int:
    release.clear()
    release.install()
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
    parser.add_argument("scenarios", nargs="*", type=_scenario, metavar="SCENARIO", help="all unless named")
    parser.add_argument("--repeat", type=int, default=10, help="rounds of each (default: 10)")
    parser.add_argument("--parallel", type=int, default=3, help="of them at a time (default: 3)")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="of when disturbances happen")
    return parser


def _scenario(name: str) -> Scenario:
    if name not in BY_NAME:
        raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(BY_NAME)}")
    return BY_NAME[name]


def _tell(played: dict[str, list[Played]], release: Release) -> int:
    print(f"\n{tables.table('The killer test', played).plain()}\n\n" + "\n".join(tables.NOTES))
    failed = [f"{name}: {text}" for name, some in played.items() for found in some for text in found.complaints]
    if "Traceback" in release.log():
        failed.append("the operator's log holds a traceback")
    print("\n" + "\n".join(failed or ["every promise was kept"]))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
