"""Where a command is: on PATH when its version fits, else built into the cache."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tools.kind import cache, go_build, pins, shell
from tools.kind.report import KindError, say
from tools.kind.steps import carry_out
from tools.kind.versions import Version, parse, within_one_minor


def _near(pinned: str) -> Callable[[Version], bool]:
    wanted = parse(pinned)
    return lambda version: wanted is not None and within_one_minor(version, wanted)


def _major(number: int) -> Callable[[Version], bool]:
    return lambda version: version[0] == number


@dataclass(frozen=True)
class OnPath:
    """How to find a command of this machine: its names, how it prints its version, and which versions fit."""

    names: tuple[str, ...] = ()
    version_arguments: tuple[str, ...] = ()
    fits: Callable[[Version], bool] = lambda _: False


ON_PATH: dict[str, OnPath] = {
    "kind": OnPath(("kind",), ("version",), _near(pins.KIND)),
    "kubectl": OnPath(("kubectl",), ("version", "--client"), _near(pins.KUBERNETES)),
    "helm": OnPath(("helm",), ("version", "--short"), _major(4)),
    "docker-compose": OnPath(("docker-compose",), ("version",), _major(2)),
    "helm3": OnPath(("helm3", "helm"), ("version", "--short"), _major(3)),
    # These print no version, and another one might write or judge a little differently.
    "helm-unittest": OnPath(),
    "helm-docs": OnPath(),
    "prometheus": OnPath(("prometheus",), ("--version",), _major(3)),
    "promtool": OnPath(("promtool",), ("--version",), _major(3)),
}


def tool(name: str) -> Path:
    """Give the path of a command in ON_PATH, built when this machine has none that fits; plain helm is version 4."""
    if name not in ON_PATH:
        raise KindError(f"no tool {name!r}; there are {', '.join(ON_PATH)}")
    return at_hand(name) or _built(name)


def at_hand(name: str) -> Path | None:
    """Give the path of a tool that is there already, or None."""
    built = cache.binary(pins.BY_NAME[name])
    return on_path(ON_PATH[name], os.environ.get("PATH", "")) or (built if built.exists() else None)


def on_path(wanted: OnPath, search_path: str) -> Path | None:
    """Give the first command on a search path whose version fits, or None."""
    for name in wanted.names:
        for directory in search_path.split(os.pathsep):
            found = Path(directory) / name
            if os.access(found, os.X_OK) and found.is_file():
                version = parse(shell.answer([found, *wanted.version_arguments]) or "")
                if version and wanted.fits(version):
                    return found
    return None


def _built(name: str) -> Path:
    say(f"no {name} that fits is on PATH")
    carry_out([go_build.step(pins.BY_NAME[name])])
    return cache.binary(pins.BY_NAME[name])
