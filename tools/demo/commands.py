"""Commands that end with whoever waits for them."""

import asyncio
import os
import signal
from asyncio.subprocess import PIPE
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from tools.demo.stage import StageError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that has ended: its exit code, what it printed, and what it said on standard error."""

    status: int
    output: str
    complaint: str


async def attempt(*words: str | Path, stdin: bytes = b"") -> Ended:
    """Run a command in a session of its own; if the wait is cancelled, it is killed. Raises StageError."""
    try:
        process = await asyncio.create_subprocess_exec(
            *words, stdin=PIPE, stdout=PIPE, stderr=PIPE, start_new_session=True
        )
    except OSError as error:
        raise StageError(f"{words[0]} cannot be run: {error.strerror}") from error
    try:
        output, complaint = await process.communicate(stdin)
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    return Ended(await process.wait(), _text(output), _text(complaint))


async def run(*words: str | Path, stdin: bytes = b"") -> str:
    """What a command prints. Raises StageError, with its complaint, when it fails."""
    ended = await attempt(*words, stdin=stdin)
    if ended.status:
        name = " ".join([Path(words[0]).name, *map(str, words[1:])])
        raise StageError(f"{name} failed ({ended.status}): {ended.complaint or ended.output}")
    return ended.output


async def together(*works: Coroutine[Any, Any, T]) -> list[T]:
    """The results of all; where one fails the others are cancelled. Raises the first failure."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work) for work in works]
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]


def _text(printed: bytes) -> str:
    return printed.decode(errors="replace").strip()
