"""The blocks of a page of the documentation, run as a reader would: bash at the root of the repository."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.kubectl import KubectlError
from tests.pages import ROOT
from tools.kind.tools import tool

BLOCK_SECONDS = 600.0
CONTEXT_OPTIONS = {"kubectl": "--context", "helm": "--kube-context"}


class BlockError(KubectlError):
    """A block ended with an error; the text is what it said."""


@dataclass(frozen=True)
class Shell:
    """bash whose kubectl and helm speak to one cluster."""

    commands: Path
    """A folder for the PATH."""

    @classmethod
    def on(cls, context: str, folder: Path) -> "Shell":
        """Give kubectl and helm in ``folder`` the context, and no word of it in the blocks."""
        for name, option in CONTEXT_OPTIONS.items():
            command = folder / name
            command.write_text(f'#!/bin/sh\nexec "{tool(name)}" {option} {context} "$@"\n')
            command.chmod(0o755)
        return cls(folder)

    def run(self, block: str, *, seconds: float = BLOCK_SECONDS) -> str:
        """What a block prints to its standard output; raises BlockError."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=ROOT,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        if done.returncode:
            raise BlockError(f"{block}\nended with {done.returncode}: {done.stderr.strip()}\n{done.stdout}")
        return done.stdout

    def _environment(self) -> Mapping[str, str]:
        path = os.pathsep.join([str(self.commands), str(Path(sys.executable).parent), os.environ["PATH"]])
        return {**os.environ, "PATH": path}


def missing_lines(shown: str, printed: str) -> list[str]:
    """The lines that a page shows and a command did not print, in this order.

    Any other number or time will do, and … stands for anything.
    """
    lines = iter(" ".join(line.split()) for line in printed.splitlines())
    return [line for line in shown.splitlines() if not any(_pattern(line).fullmatch(found) for found in lines)]


def _pattern(line: str) -> re.Pattern[str]:
    words = re.escape(" ".join(line.split()))
    anything = words.replace("…", ".*")
    return re.compile(re.sub(r"\b\d+(?:m\d+)?s\b", r"\\d+(?:m\\d+)?s", anything).replace(r"\ ", " "))
