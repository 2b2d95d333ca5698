"""The faults: what is done to a busy crew, its servers and its API, and what it may cost."""

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

import redis

from tests.faults.crew import SLOTS, kill_a_child
from tests.faults.paid_requests import misbehaving
from tests.faults.stage import LEASE_SECONDS, WORKERS, Stage
from tests.fixtures.paid_api import Hangs, Refuses

POOLS = ("prefork", "threads")

WORKER_KILLS = 15
CHILD_KILLS = 10
GROUPS = 4
REDIS_RESTARTS = 4
RESETS = 4
REDIS_AWAY_SECONDS = 120
DATABASE_RESTARTS = 2
DATABASE_RESTART_SECONDS = 3
DATABASE_AWAY_SECONDS = 3 * LEASE_SECONDS
DATABASE_WAIT_SECONDS = 4
STORM_SECONDS = 12
FROZEN_SECONDS = 5 * LEASE_SECONDS
HANG_SECONDS = 12


# What the API takes for an answer. A new worker takes seconds to be ready, and there are to be reports left for it.
QUICK, SLOW, VERY_SLOW = 0.15, 0.6, 1.5


@dataclass(frozen=True)
class Fault:
    """One row of the matrix for each pool that it can strike."""

    name: str
    strike: Callable[[Stage], None]
    in_vain: Mapping[str, int] = field(default_factory=dict)
    """By pool: so many requests are under way where it strikes, all strikes together, and may be paid for nothing."""
    pools: tuple[str, ...] = POOLS
    seconds: float = 240.0
    """Within which all reports are to be completed."""
    env: Mapping[str, str] = field(default_factory=dict)
    answer_seconds: float = QUICK


def _in_both(count: int) -> Mapping[str, int]:
    return dict.fromkeys(POOLS, count)


def _while_busy(stage: Stage, times: int, last: float = 0.6) -> Iterator[int]:
    """Yields that many times, each time when a further share of the reports is completed and the crew is busy."""
    for number in range(times):
        stage.at(last * (number + 0.5) / times)
        yield number


def _nothing(stage: Stage) -> None:
    stage.at(0.3)


def _replace_the_crew(stage: Stage) -> None:
    for _ in _while_busy(stage, 2 * WORKERS):
        stage.crew.retire(stage.crew.members[0])


def _signal_groups(stage: Stage) -> None:
    for _ in _while_busy(stage, GROUPS):
        stage.crew.replace_after(stage.crew.members[0], signal.SIGTERM)


def _kill_children(stage: Stage) -> None:
    for number in _while_busy(stage, CHILD_KILLS):
        kill_a_child(stage.crew.members[number % WORKERS])


def _kill_workers(stage: Stage) -> None:
    for _ in _while_busy(stage, WORKER_KILLS, last=0.8):
        stage.crew.replace_after(stage.crew.members[0], signal.SIGKILL)


def _freeze_a_worker(stage: Stage) -> None:
    stage.at(0.3)
    group = stage.crew.members[0].process.pid
    os.killpg(group, signal.SIGSTOP)
    time.sleep(FROZEN_SECONDS)
    os.killpg(group, signal.SIGCONT)


def _restart_redis(stage: Stage) -> None:
    for _ in _while_busy(stage, REDIS_RESTARTS):
        stage.redis.stop()
        stage.redis.start()


def _reset(kind: str) -> Callable[[Stage], None]:
    def strike(stage: Stage) -> None:
        for _ in _while_busy(stage, RESETS):
            with redis.Redis.from_url(stage.redis.url) as client:
                client.execute_command("CLIENT", "KILL", "TYPE", kind)

    return strike


def _take_redis_away(stage: Stage) -> None:
    stage.at(0.2)
    stage.redis.stop()
    time.sleep(REDIS_AWAY_SECONDS)
    stage.redis.start()


def _flush_redis(stage: Stage) -> None:
    for _ in _while_busy(stage, 2):
        with redis.Redis.from_url(stage.redis.url) as client:
            client.flushall()


def _take_the_database_away(times: int, seconds: float) -> Callable[[Stage], None]:
    def strike(stage: Stage) -> None:
        for _ in _while_busy(stage, times):
            stage.postgresql.stop()
            time.sleep(seconds)
            stage.postgresql.start()

    return strike


def _storm(stage: Stage) -> None:
    stage.at(0.2)
    with misbehaving(stage.api, Refuses(HTTPStatus.TOO_MANY_REQUESTS, retry_after="1")):
        time.sleep(STORM_SECONDS)


def _hang(stage: Stage) -> None:
    stage.at(0.2)
    with misbehaving(stage.api, Hangs()):
        time.sleep(HANG_SECONDS)


# A report that was killed with its worker REPORT_MAX_ATTEMPTS times counts as the one that kills; fifteen kills within
# minutes hit some by chance as often as that.
MANY_ATTEMPTS = {"REPORT_MAX_ATTEMPTS": str(WORKER_KILLS + 1)}

ALL = (
    Fault("none", _nothing),
    Fault(f"SIGTERM, then a new worker, x {2 * WORKERS}", _replace_the_crew, answer_seconds=SLOW),
    Fault(
        f"SIGTERM to the process group x {GROUPS}",
        _signal_groups,
        {"prefork": GROUPS * SLOTS},
        answer_seconds=SLOW,
    ),
    Fault(f"SIGKILL of a child x {CHILD_KILLS}", _kill_children, {"prefork": CHILD_KILLS}, pools=("prefork",)),
    Fault(
        f"SIGKILL of the worker x {WORKER_KILLS}",
        _kill_workers,
        _in_both(WORKER_KILLS * SLOTS),
        seconds=400,
        env=MANY_ATTEMPTS,
        answer_seconds=VERY_SLOW,
    ),
    Fault(f"a worker frozen for {FROZEN_SECONDS} s", _freeze_a_worker, _in_both(SLOTS)),
    Fault(f"Redis restarts x {REDIS_RESTARTS}", _restart_redis),
    Fault(f"connections reset (normal) x {RESETS}", _reset("normal")),
    Fault(f"connections reset (pubsub) x {RESETS}", _reset("pubsub")),
    Fault(f"Redis away for {REDIS_AWAY_SECONDS} s", _take_redis_away, seconds=420),
    Fault("FLUSHALL x 2", _flush_redis),
    Fault(
        f"database restarts x {DATABASE_RESTARTS}",
        _take_the_database_away(DATABASE_RESTARTS, DATABASE_RESTART_SECONDS),
    ),
    Fault(
        f"database away for {DATABASE_AWAY_SECONDS} s",
        _take_the_database_away(1, DATABASE_AWAY_SECONDS),
    ),
    Fault(
        f"database away for {DATABASE_AWAY_SECONDS} s, given up after {DATABASE_WAIT_SECONDS} s",
        _take_the_database_away(1, DATABASE_AWAY_SECONDS),
        env={"REPORT_DATABASE_WAIT_SECONDS": str(DATABASE_WAIT_SECONDS)},
    ),
    Fault(f"API answers 429 for {STORM_SECONDS} s", _storm),
    Fault(f"API hangs for {HANG_SECONDS} s", _hang),
)
