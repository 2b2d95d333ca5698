"""Commands of this machine: run to a log, asked for their output, or asked whether they succeed."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.kind.cache import log_file
from tools.kind.report import KindError, duration, say

STILL_AT_WORK = 30.0
"""Seconds of silence after which a running command is reported."""
TAIL = 15


def environment(extra: Mapping[str, str] | None) -> dict[str, str]:
    """Give this process's environment with some variables set."""
    return {**os.environ, **(extra or {})}


def run(
    command: Sequence[str | Path],
    *,
    log: str,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: bytes | None = None,
) -> None:
    """Run a command with its output in the log of that name; raise KindError with the log's end when it fails."""
    path = log_file(log)
    with path.open("wb") as output:
        process = subprocess.Popen(
            command,
            env=environment(env),
            cwd=cwd,
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        if process.stdin:
            process.stdin.write(stdin or b"")
            process.stdin.close()
        status = _wait(process, log)
    if status:
        raise KindError(f"{' '.join(map(str, command[:3]))} failed ({status}); the end of {path}:\n{_tail(path)}")


def _wait(process: "subprocess.Popen[bytes]", log: str) -> int:
    """Wait for a process, with a line every half minute; a run that is interrupted leaves none behind."""
    began = time.monotonic()
    try:
        while True:
            try:
                return process.wait(timeout=STILL_AT_WORK)
            except subprocess.TimeoutExpired:
                say(f"      still at {log}, {duration(time.monotonic() - began)}")
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()


def _tail(path: Path) -> str:
    return "\n".join(f"  {line}" for line in path.read_text(errors="replace").splitlines()[-TAIL:])


def output(command: Sequence[str | Path], *, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> str:
    """Give what a short command prints; raise KindError with its complaint when it fails."""
    try:
        done = subprocess.run(command, env=environment(env), cwd=cwd, capture_output=True, text=True, check=False)
    except OSError as error:
        raise KindError(f"{command[0]} cannot be run: {error.strerror}") from error
    if done.returncode:
        complaint = (done.stderr.strip() or done.stdout.strip()).splitlines()[-TAIL:]
        raise KindError(f"{' '.join(map(str, command[:4]))} failed ({done.returncode}): " + "\n  ".join(complaint))
    return done.stdout.strip()


def answer(command: Sequence[str | Path], *, seconds: float = 20, env: Mapping[str, str] | None = None) -> str | None:
    """Give what a command prints, or None when it is not there, fails, or says nothing in that many seconds."""
    try:
        done = subprocess.run(
            command, env=environment(env), capture_output=True, text=True, check=False, timeout=seconds
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
