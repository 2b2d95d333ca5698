"""Command line: `python -m bench NAME [OPTIONS]`; `python -m bench all` runs every bench as the README quotes it."""

import argparse
import shlex
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import Protocol

from kubernetes.client import ApiException
from redis import RedisError
from urllib3.exceptions import HTTPError

from bench import killer, policy, reaction, scale, worker
from bench.result import BenchError, Result
from tools.kind.report import KindError

FAULTS = (BenchError, KindError, ApiException, HTTPError, RedisError)
"""What ends a bench with a sentence: it cannot measure, or cluster or Redis went away."""


class Bench(Protocol):
    """What a module of this package offers; see the docstring of the package."""

    SUMMARY: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the options."""

    def run(self, options: argparse.Namespace) -> Result:
        """Measure. Raises BenchError."""


BENCHES: Mapping[str, Bench] = {
    "reaction": reaction,
    "killer": killer,
    "scale": scale,
    "policy": policy,
    "worker": worker,
}


def main(arguments: Sequence[str]) -> int:
    """Run a bench, or all of them; the exit code is 1 when one cannot measure."""
    options = _parser().parse_args(arguments)
    try:
        if options.bench != "all":
            return _run(options.bench, options, arguments)
        return max([_run(name, _parser().parse_args([name]), [name]) for name in BENCHES])
    except KeyboardInterrupt:
        print("bench: interrupted; nothing is left behind", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description="The figures that the README quotes.")
    names = parser.add_subparsers(dest="bench", required=True, metavar="NAME")
    for name, bench in BENCHES.items():
        bench.add_arguments(names.add_parser(name, help=bench.SUMMARY, description=bench.SUMMARY))
    names.add_parser("all", help="all of them, with their defaults")
    return parser


def _run(name: str, options: argparse.Namespace, arguments: Sequence[str]) -> int:
    try:
        result = BENCHES[name].run(options)
    except FAULTS as error:
        print(f"bench {name}: {_told(error)}", file=sys.stderr)
        return 1
    print(f"\n{result.plain()}")
    print(f"\nkept in {result.keep(name, shlex.join(['python', '-m', 'bench', *arguments]))}")
    return 0


def _told(error: BaseException) -> str:
    """Tell what went wrong; where clearing away failed as well, what had gone wrong before it too."""
    before = error.__context__
    told = str(error).strip()
    if isinstance(error, ApiException):
        told = f"the API server answers {error.status} {error.reason}: {error.body}"
    return f"{told}\nbefore that: {_told(before)}" if isinstance(before, FAULTS) else told


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # it ends in order then: what it made goes
    sys.exit(main(sys.argv[1:]))
