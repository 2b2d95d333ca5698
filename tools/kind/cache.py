"""Where downloads and builds are kept between runs: `${XDG_CACHE_HOME:-~/.cache}/revrx`."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.kind.pins import GoTool
from tools.kind.report import say

REPOSITORY = Path(__file__).resolve().parents[2]


def directory(*parts: str) -> Path:
    """Give a directory of the cache, made when missing."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    path = base.joinpath("revrx", *parts)
    path.mkdir(parents=True, exist_ok=True)
    return path


def binary(tool: GoTool) -> Path:
    """Give the place of a built tool: `bin/VERSION/NAME`."""
    return directory("bin", tool.version) / tool.name


def log_file(name: str) -> Path:
    """Give the log of a step or a daemon."""
    return directory("logs") / f"{name.replace('/', '-').replace(':', '-')}.log"


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Give a temporary name to write to; only what was written without an error gets the real one."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def locked(what: str) -> Iterator[None]:
    """Keep a piece of work to this process: two runs at a time would do it twice."""
    with (directory("locks") / what).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"another run is at work ({what}): waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
