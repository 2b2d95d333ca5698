"""Seeing submitted reports through until each is completed or failed, by Celery workers or in this process."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import select

from app import engines
from app.database import engine
from app.messages import UNREACHABLE, resend_lost
from app.report import FINAL, Report
from app.runs import run_report
from app.settings import settings
from app.sweep import give_up_what_kills_workers

POLL_SECONDS = 0.5
SWEEP_SECONDS = 5.0
CHUNK = 1000

logger = logging.getLogger(__name__)

OnFinished = Callable[[int], None]


@dataclass(frozen=True)
class Standing:
    """How far a report is, and for a failed one why."""

    state: str
    error: str


def standings(ids: Iterable[str]) -> dict[str, Standing]:
    """How far the reports are; those that do not exist are left out."""
    wanted = list(ids)
    columns = select(Report.id, Report.state, Report.error_code, Report.error_message)
    found: dict[str, Standing] = {}
    with engine().connect() as connection:
        for start in range(0, len(wanted), CHUNK):
            for row in connection.execute(columns.where(Report.id.in_(wanted[start : start + CHUNK]))):
                found[row.id] = Standing(row.state, f"{row.error_code}: {row.error_message}")
    return found


def wait_for_workers(ids: list[str], on_finished: OnFinished, deadline: float) -> None:
    """Wait until all are finished or the monotonic deadline has passed, sending again what got lost."""
    left, next_sweep = _unfinished(ids), time.monotonic() + SWEEP_SECONDS
    on_finished(len(ids) - len(left))
    while left and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
        if time.monotonic() >= next_sweep:
            _resend_lost()
            next_sweep = time.monotonic() + SWEEP_SECONDS
        left = _unfinished(left)
        on_finished(len(ids) - len(left))


def _resend_lost() -> None:
    try:
        resend_lost()
    except UNREACHABLE as error:
        logger.warning("Redis does not answer, waiting on: %s", error)


def run_here(ids: list[str], on_finished: OnFinished, deadline: float) -> None:
    """Run all in this process under asyncio, CELERY_WORKER_CONCURRENCY at once, until the monotonic deadline."""
    asyncio.run(_run_until_finished(ids, on_finished, deadline))


async def _run_until_finished(ids: list[str], on_finished: OnFinished, deadline: float) -> None:
    engines.load()  # once, before the threads that run the reports come to need it all together
    left = _unfinished(ids)
    on_finished(len(ids) - len(left))
    while left and time.monotonic() < deadline:
        await _run_each(left, len(ids) - len(left), on_finished, deadline)
        give_up_what_kills_workers()
        left = _unfinished(left)
        if left:  # another process holds them, or held them when it died: its leases will expire
            await asyncio.sleep(POLL_SECONDS)


async def _run_each(ids: list[str], finished: int, on_finished: OnFinished, deadline: float) -> None:
    waiting = iter(ids)

    async def run_one_after_another() -> None:
        nonlocal finished
        for report_id in waiting:
            if time.monotonic() >= deadline:
                return
            await asyncio.to_thread(run_report, report_id)
            finished += 1
            on_finished(finished)

    async with asyncio.TaskGroup() as runners:
        for _ in range(settings().celery_worker_concurrency):
            runners.create_task(run_one_after_another())


def _unfinished(ids: Iterable[str]) -> list[str]:
    return [report_id for report_id, standing in standings(ids).items() if standing.state not in FINAL]
