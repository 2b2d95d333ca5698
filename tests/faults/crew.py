"""The workers of a scenario."""

import os
import signal
import subprocess
from contextlib import ExitStack
from dataclasses import dataclass, field

from celery import Celery

from tests.integration.worker.processes import Worker, Workers
from tests.waiting import wait_for

SLOTS = 4
LEAVE_SECONDS = 60.0
CONSUME_SECONDS = 60.0
HEALTH_CHECK = "app.celery_app.health_check"


@dataclass
class Crew:
    """Workers that take reports now. Those that a fault has not ended are to live, and to take tasks, to the last."""

    workers: Workers
    pool: str
    running: ExitStack
    members: list[Worker] = field(default_factory=list)

    def hire(self) -> Worker:
        """One more, as its image starts it, once it is ready."""
        name = f"faults-{self.workers.started + 1}@%h"
        options = ("--pool", self.pool, "--concurrency", str(SLOTS), "--hostname", name)
        worker = self.running.enter_context(self.workers.running(*options))
        self.members.append(worker)
        return worker

    def replace_after(self, worker: Worker, number: int) -> None:
        """Send the signal of that number to the worker's whole process group; a new one follows when it is gone."""
        self.members.remove(worker)
        os.killpg(worker.process.pid, number)
        worker.process.wait(LEAVE_SECONDS)
        self.hire()

    def retire(self, worker: Worker) -> None:
        """SIGTERM to the main process alone: it ends when its reports are done. A new one follows when it is gone."""
        self.members.remove(worker)
        worker.process.terminate()
        code = worker.process.wait(LEAVE_SECONDS)
        assert code == 0, f"{worker.log}: a worker that was told to end did so with exit code {code}"
        self.hire()

    def dead(self) -> list[str]:
        """Those that have ended although no fault ended them."""
        return [worker.log.name for worker in self.members if worker.process.poll() is not None]

    def deaf(self) -> list[str]:
        """Those that take no tasks any more."""
        marks = {worker.log: worker.log.stat().st_size for worker in self.members}
        left = list(marks)

        def all_have_run_one() -> bool:
            client.send_task(HEALTH_CHECK, queue="default", ignore_result=True)
            left[:] = [log for log in left if not _ran_health_check(log.read_bytes()[marks[log] :])]
            return not left

        with Celery(broker=self.workers.env["REDIS_URL"]) as client:
            try:
                wait_for(all_have_run_one, "a worker is deaf", CONSUME_SECONDS)
            except AssertionError:
                return [log.name for log in left]
        return []


def _ran_health_check(log: bytes) -> bool:
    return any(b"health_check[" in line and b"succeeded" in line for line in log.splitlines())


def a_child_of(worker: Worker) -> int:
    """The process that has run tasks of a prefork pool for longest; it is busy when all slots are."""
    children = subprocess.run(
        ["pgrep", "--oldest", "--parent", str(worker.process.pid)], capture_output=True, check=True
    )
    return int(children.stdout)


def kill_a_child(worker: Worker) -> None:
    """As the system does when memory runs out."""
    os.kill(a_child_of(worker), signal.SIGKILL)
