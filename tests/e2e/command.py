"""What the command lines that play on the cluster have in common: which cluster, and how they end."""

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from subprocess import CalledProcessError
from typing import TypeVar

from tests.e2e.kubectl import KubectlError
from tests.e2e.release import Release
from tools.kind.report import KindError

Named = TypeVar("Named")

WRONG_USE, INTERRUPTED = 2, 130
"""Exit codes, as argparse and the shell have them."""


class NotKind(Exception):
    """The context may be anybody's cluster; the text says which variable to change."""


def kind_context() -> str:
    """The context that REVRX_E2E_CONTEXT names, else that of ``make kind-up``. Raises NotKind."""
    context = os.environ.get("REVRX_E2E_CONTEXT", "kind-revrx")
    if not context.startswith("kind-"):
        raise NotKind(
            f"REVRX_E2E_CONTEXT is {context}: what runs here deletes what it finds, and only takes kind clusters"
        )
    return context


def play_on_fresh_operator(name: str, play: Callable[[Release], int]) -> int:
    """Play on a freshly installed operator, and give the exit code; what goes wrong is told in a line."""
    try:
        release = Release(kind_context())
        release.clear()
        release.install()
        return play(release)
    except NotKind as error:
        return _ended(name, error, WRONG_USE)
    except (AssertionError, CalledProcessError, KubectlError, KindError) as error:
        return _ended(name, error, 1)
    except KeyboardInterrupt:
        return _ended(name, "interrupted", INTERRUPTED)


def _ended(name: str, why: object, code: int) -> int:
    print(f"{name}: {why}", file=sys.stderr)
    return code


def tell_whether_kept(complaints: Iterable[str], operators_log: str) -> int:
    """Print the promises that were not kept, and give the exit code. Meeting trouble with a traceback breaks one."""
    failed = [*complaints, *(["the operator's log holds a traceback"] if "Traceback" in operators_log else [])]
    print("\n" + "\n".join(failed or ["every promise was kept"]))
    return 1 if failed else 0


def one_of(by_name: Mapping[str, Named]) -> Callable[[str], Named]:
    """The type of an argument of argparse that is one of these names."""

    def named(name: str) -> Named:
        if name not in by_name:
            raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(by_name)}")
        return by_name[name]

    return named
