"""Seeing submitted reports through until each is completed or failed, by Celery workers or in this process."""

import asyncio
import logging
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app import engines
from app.database import engine, sits_out_a_restart
from app.messages import UNREACHABLE, resend_lost
from app.report import FINAL, Report
from app.runs import Outcome, Surroundings, run_report
from app.settings import settings
from app.sweep import give_up_what_kills_workers

POLL_SECONDS = 0.5
SWEEP_SECONDS = 5.0
CHUNK = 1000
SIGNALS = (signal.SIGINT, signal.SIGTERM)

logger = logging.getLogger(__name__)

OnFinished = Callable[[int], None]


@dataclass(frozen=True)
class Standing:
    """How far a report is, and for a failed one why."""

    state: str
    error: str


@sits_out_a_restart
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
    """Run all in this process under asyncio, CELERY_WORKER_CONCURRENCY at once, until the monotonic deadline.

    On SIGINT or SIGTERM nothing new is begun; what runs is finished, or handed back with all that was paid for. Then
    raises Stopped.
    """
    asyncio.run(_Runner(ids, on_finished, deadline).run())


class Stopped(Exception):
    """The process was told to stop; `signal` is the number of the signal."""

    def __init__(self, signal: int) -> None:
        super().__init__(f"told to stop by signal {signal}")
        self.signal = signal


class _Runner:
    """Runs reports in threads of this process."""

    def __init__(self, ids: list[str], on_finished: OnFinished, deadline: float) -> None:
        self._ids = ids
        self._on_finished = on_finished
        self._deadline = deadline
        self._stopped_by = 0

    async def run(self) -> None:
        """Until all are finished."""
        engines.load()  # once, before the threads that run the reports come to need it all together
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(settings().celery_worker_concurrency))
        with _listening_to(loop, self._stop):
            await self._run_until_finished()
        if self._stopped_by:
            raise Stopped(self._stopped_by)

    def _stop(self, number: int) -> None:
        self._stopped_by = number

    def _over(self) -> bool:
        return bool(self._stopped_by) or time.monotonic() >= self._deadline

    async def _run_until_finished(self) -> None:
        left = _unfinished(self._ids)
        self._on_finished(len(self._ids) - len(left))
        while left and not self._over():
            await self._run_each(left)
            give_up_what_kills_workers()
            left = _unfinished(left)
            if left and not self._over():  # put off, or in the hands of another process, or left when it died
                await asyncio.sleep(POLL_SECONDS)

    async def _run_each(self, ids: list[str]) -> None:
        waiting, finished = iter(ids), len(self._ids) - len(ids)
        surroundings = Surroundings(stopping=lambda: bool(self._stopped_by))

        async def run_one_after_another() -> None:
            nonlocal finished
            for report_id in waiting:
                if self._over():
                    return
                outcome = await asyncio.to_thread(_run_or_tell, report_id, surroundings)
                if outcome in (Outcome.COMPLETED, Outcome.FAILED):
                    finished += 1
                    self._on_finished(finished)

        async with asyncio.TaskGroup() as runners:
            for _ in range(settings().celery_worker_concurrency):
                runners.create_task(run_one_after_another())


def _run_or_tell(report_id: str, surroundings: Surroundings) -> Outcome:
    """Without the database the report stays claimed, and is taken up again when its lease has expired."""
    try:
        return run_report(report_id, surroundings)
    except SQLAlchemyError as error:
        logger.warning("report %s: the database does not answer: %s", report_id, str(error).splitlines()[0])
        return Outcome.CLAIM_LOST


@contextmanager
def _listening_to(loop: asyncio.AbstractEventLoop, stop: Callable[[int], None]) -> Iterator[None]:
    """Tell of the first signal; a second one ends the process as it would by itself."""

    def told(number: int) -> None:
        for listened in SIGNALS:
            loop.remove_signal_handler(listened)
            signal.signal(listened, signal.SIG_DFL)  # or Python would wait for the threads first
        logger.warning("stopping: what runs is finished or handed back; again to stop at once")
        stop(number)

    for number in SIGNALS:
        loop.add_signal_handler(number, told, number)
    try:
        yield
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)


def _unfinished(ids: Iterable[str]) -> list[str]:
    return [report_id for report_id, standing in standings(ids).items() if standing.state not in FINAL]
