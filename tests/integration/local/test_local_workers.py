import logging
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from revrx_operator.apply.local import LocalWorkers, NoBroker
from revrx_operator.model import Plan, PoolMemory, Reason, Scale
from tests.integration.local.conftest import SLEEPER, controlled, pool, running
from tests.waiting import until

Nap = Callable[[str, float], object]


async def test_replicas_follow_the_queue_up_and_back_to_zero(broker: redis.Redis, nap: Nap) -> None:
    scale_down = {"stabilizationSeconds": 1, "maxReplicasPerMinute": 10}
    async with running(pool(maxReplicas=3, tasksPerReplica=4, scaleDown=scale_down)) as workers:
        await until(lambda: workers.status.get("reason") == "Idle")
        assert workers.pids == []
        for number in range(12):
            nap(str(number), 1.0)
        await until(lambda: workers.ready_replicas == 3)
        await until(lambda: broker.llen("ended") == 12)
        await until(lambda: workers.pids == [])
        await until(lambda: workers.status["replicas"] == 0)
    assert sorted(broker.lrange("begun", 0, -1)) == sorted(broker.lrange("ended", 0, -1))


async def test_a_worker_that_was_killed_is_started_anew_and_leaves_no_children(
    broker: redis.Redis, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(pool(minReplicas=1)) as workers:
        await until(lambda: workers.ready_replicas == 1)
        (killed,) = workers.pids
        os.kill(killed, signal.SIGKILL)
        await until(lambda: workers.ready_replicas == 0)
        await until(lambda: workers.ready_replicas == 1)
        assert workers.pids != [killed]
        ((pod,),) = (await workers.observe(workers.key, PoolMemory())).pods.values()
        assert pod.restarts == 1
        assert not session_lives(killed)
    assert "ended with status -9, a new one starts in 2 s" in caplog.text


async def test_leaving_ends_every_process_at_once_even_a_busy_one(broker: redis.Redis, nap: Nap) -> None:
    async with running(pool(minReplicas=1)) as workers:
        await until(lambda: workers.ready_replicas == 1)
        pids = workers.pids
        nap("long", 300.0)
        await until(lambda: broker.llen("begun") == 1)
    assert len(pids) == 1
    await until(lambda: not any(session_lives(pid) for pid in pids))


async def test_a_busy_worker_that_is_scaled_away_finishes_its_task_and_takes_no_other(
    broker: redis.Redis, nap: Nap
) -> None:
    async with running(pool(minReplicas=1)) as workers:
        await until(lambda: workers.ready_replicas == 1)
        (pid,) = workers.pids
        nap("running", 2.0)
        await until(lambda: broker.llen("begun") == 1)
        away = Scale("worker", "naps-worker", current=1, replicas=0, reason=Reason("Test", "a busy worker goes"))
        await workers.carry_out(Plan(scales=(away,)), await workers.observe(workers.key, PoolMemory()))
        assert workers.ready_replicas == 0
        assert workers.pids == [pid]
        await until(lambda: pid not in workers.pids)
        assert broker.lrange("ended", 0, -1) == ["running"]
        assert not session_lives(pid)


async def test_a_pool_with_flower_runs_here_without_it(broker: redis.Redis) -> None:
    with_flower = pool(minReplicas=1)
    with_flower["spec"]["flower"] = {"enabled": True, "basicAuthSecretRef": {"name": "naps", "key": "flower"}}
    async with running(with_flower) as workers:
        await until(lambda: workers.status.get("readyReplicas") == 1)
        assert len(workers.pids) == 1
        assert "FlowerReady" not in {condition["type"] for condition in workers.status["conditions"]}


async def test_draining_waits_for_what_runs(broker: redis.Redis, nap: Nap) -> None:
    async with LocalWorkers(pool(), SLEEPER) as workers:
        async with controlled(workers):
            nap("running", 2.0)
            await until(lambda: broker.llen("begun") == 1)
        await workers.drain()
        assert broker.lrange("ended", 0, -1) == ["running"]
        assert workers.pids == []


async def test_an_app_that_does_not_start_is_tried_again_and_its_last_words_are_told(
    broker: redis.Redis, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    async with running(pool(minReplicas=1), tmp_path):
        await until(lambda: caplog.text.count("its last words: ") == 2)
    assert "its last words: The module sleeper was not found." in caplog.text


async def test_a_folder_that_is_not_there_is_told_without_a_traceback(
    broker: redis.Redis, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    async with running(pool(minReplicas=1), tmp_path / "absent"):
        await until(lambda: "-1: cannot be started: " in caplog.text)
    assert [record for record in caplog.records if record.levelno >= logging.ERROR and record.exc_info] == []


def session_lives(pid: int) -> bool:
    """Whether any process of the session that the worker leads is still there."""
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_redis_that_this_machine_cannot_find_is_told_with_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CELERY_BROKER_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    for broker in (
        {"urlSecretRef": {"name": "redis", "key": "url"}},
        {"url": "sentinel://sentinel:26379/0", "sentinel": {"masterName": "reports"}},
    ):
        somewhere = pool()
        somewhere["spec"]["broker"] = broker
        with pytest.raises(NoBroker, match="set REDIS_URL"):
            LocalWorkers(somewhere, SLEEPER)
