"""Running several things together, and how they end."""

import asyncio
from collections.abc import Collection, Coroutine
from typing import Any


async def until_one_ends(*runs: Coroutine[Any, Any, None]) -> None:
    """Run all until one returns or fails; the others are cancelled, and a failure is raised."""
    tasks = [asyncio.create_task(run) for run in runs]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await _cancel(tasks)
    _raise_failures(done)


async def until_all_stop(stop: asyncio.Event, *runs: Coroutine[Any, Any, None]) -> None:
    """Run all, each of which ends by itself when ``stop`` is set; if one ends before, the others are cancelled.

    A failure is raised.
    """
    tasks = [asyncio.create_task(run) for run in runs]
    try:
        done, others = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if others and stop.is_set():
            done |= (await asyncio.wait(others))[0]
    finally:
        await _cancel(tasks)
    _raise_failures(done)


async def _cancel(tasks: Collection[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _raise_failures(done: Collection[asyncio.Task[None]]) -> None:
    for task in done:
        task.result()
