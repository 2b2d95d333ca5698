"""Workers as processes of a machine whose clock is set."""

import time
from collections.abc import Callable

import pytest
import redis

from tests.integration.local.conftest import pool, running
from tests.waiting import until

DAY_SECONDS = 86_400.0


@pytest.mark.parametrize("jump", [DAY_SECONDS, -DAY_SECONDS], ids=["ahead", "back"])
async def test_a_clock_that_is_set_is_noticed_and_workers_are_neither_cut_off_nor_forgotten(
    broker: redis.Redis,
    nap: Callable[[str, float], object],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    jump: float,
) -> None:
    ahead, as_it_was = [0.0], time.time
    monkeypatch.setattr(time, "time", lambda: as_it_was() + ahead[0])
    async with running(pool(maxReplicas=2, tasksPerReplica=2)) as workers:
        nap("under way", 5.0)
        await until(lambda: broker.llen("begun") == 1)
        pids = workers.pids

        ahead[0] = jump
        await until(lambda: f"the clock was set by {jump:+.0f} s; going on as after a restart" in caplog.text)
        for number in range(3):
            nap(str(number), 1.0)
        await until(lambda: workers.ready_replicas == 2)
        await until(lambda: broker.llen("ended") == 4)

        assert set(pids) < set(workers.pids)
    assert sorted(broker.lrange("begun", 0, -1)) == ["0", "1", "2", "under way"]
