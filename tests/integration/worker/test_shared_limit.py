"""The limit that workers share, in a real Redis."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.limit import PATIENCE_SECONDS, Rates
from app.limit.local import LocalLimit
from app.limit.shared import SharedLimit
from app.quick_redis import ANSWER_SECONDS
from tests.fixtures.redis_server import RedisServer, free_port, redis_server
from tests.fixtures.sentinel import MASTER, sentinel
from tests.fixtures.tls_redis import new_authority
from tests.integration.worker.conftest import only_these_settings
from tests.integration.worker.processes import WORKER_FOLDER

ALMOST = 0.25
"""Of a second: both tell the time by clocks that go on meanwhile."""

apis = (f"api-{number}" for number in count())

# What a run does with the limit: reserve so many tokens, settle for a surplus, or block for so many seconds.
STEPS = st.one_of(
    st.tuples(st.just("reserve"), st.integers(0, 60)),
    st.tuples(st.just("settle"), st.integers(-30, 30)),
    st.tuples(st.just("block"), st.integers(1, 12)),
)


@pytest.fixture
def client(redis: RedisServer) -> Iterator[Redis]:
    with Redis.from_url(redis.url, decode_responses=True) as client:
        yield client


def shared(rates: Rates, client: Redis, prefix: str = "") -> SharedLimit:
    """A limit of a fresh API, as each process makes its own."""
    limit = SharedLimit(next(apis), rates)
    limit._redis = client
    return limit


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 60), st.integers(0, 600), st.lists(STEPS, max_size=25))
def test_redis_and_a_process_alone_come_to_the_same(
    client: Redis, requests: int, tokens: int, steps: list[tuple[str, int]]
) -> None:
    rates = Rates(requests, tokens)
    ours, theirs = LocalLimit(rates), shared(rates, client)
    for step, amount in steps:
        if step != "reserve":
            getattr(ours, step)(amount)
            getattr(theirs, step)(amount)
            continue
        waits = ours.reserve(amount), theirs.reserve(amount)
        assert waits[1] == pytest.approx(waits[0], abs=ALMOST)
        if abs(waits[0] - PATIENCE_SECONDS) < ALMOST:
            return  # one of them may have counted it and the other not


def test_eight_that_share_it_never_send_more_than_the_limit(client: Redis, redis: RedisServer) -> None:
    api = next(apis)

    def ask_often(_: int) -> list[float]:
        with Redis.from_url(redis.url) as own:
            limit = SharedLimit(api, Rates(requests=600, tokens=0))
            limit._redis = own
            waits = [(time.monotonic(), limit.reserve(10)) for _ in range(40)]
            return [now + wait for now, wait in waits if wait <= PATIENCE_SECONDS]

    with ThreadPoolExecutor(8) as pool:
        sent = sorted(when for times in pool.map(ask_often, range(8)) for when in times)

    # A tenth of the 600 at once, then nine a second; what would wait longer than ten seconds is not counted.
    assert 60 + 9 * (PATIENCE_SECONDS - 1) <= len(sent) <= 60 + 9 * (PATIENCE_SECONDS + 5)
    for second in range(10):
        assert sum(sent[0] <= when < sent[0] + second + 1 for when in sent) <= 60 + 9 * (second + 1) + 1


def test_while_redis_is_away_each_process_keeps_to_the_limit_alone(caplog: pytest.LogCaptureFixture) -> None:
    with Redis(port=free_port(), retry=Retry(NoBackoff(), 0)) as nobody:
        limit = shared(Rates(requests=10, tokens=0), nobody)
        limit.settle(5)

        waits = [limit.reserve(0) for _ in range(3)]
        limit.block(30)
        blocked = limit.reserve(0)

    assert waits == [0.0, pytest.approx(6.7, abs=ALMOST), pytest.approx(13.3, abs=ALMOST)]
    assert blocked == pytest.approx(30, abs=ALMOST)
    assert "the limit on API calls is kept by each process alone" in caplog.text


ASK = """
import json, time
from app.limit import limit_of
begin = time.monotonic()
waits = [limit_of("openai").reserve(100) for _ in range(2)]
limit_of("openai").block(5)
print(json.dumps({"waits": waits, "took": time.monotonic() - begin}))
"""


CONNECT = """
from app.limit import limit_of
limit_of("openai").reserve(100)
"""
FREEZE = """
import os, signal
os.kill(int(os.environ["REDIS_PID"]), signal.SIGSTOP)
"""


def ask_in_a_process(folder: Path, script: str = ASK, **env: str) -> dict[str, object]:
    """What a process with these settings is told."""
    with only_these_settings(folder, ENABLE_CELERY="true", REPORT_API_REQUESTS_PER_MINUTE="10", **env):
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=WORKER_FOLDER, capture_output=True, text=True, check=True, timeout=60
        )
    told: dict[str, object] = json.loads(done.stdout)
    return told


def test_all_processes_of_a_redis_share_one_limit_below_their_prefix(
    client: Redis, redis: RedisServer, tmp_path: Path
) -> None:
    settings = {"REDIS_URL": redis.url, "CELERY_GLOBAL_KEYPREFIX": "pool-a:", "REPORT_API_TOKENS_PER_MINUTE": "9000"}

    first = ask_in_a_process(tmp_path, **settings)
    second = ask_in_a_process(tmp_path, **settings)

    assert first["waits"] == [0.0, pytest.approx(6.7, abs=1)]
    assert isinstance(second["waits"], list)
    assert second["waits"][0] > 5
    limits = set(client.keys("*limit:openai:*"))
    assert limits == {f"pool-a:revrx:limit:openai:{part}" for part in ("requests", "tokens", "blocked")}
    assert all(0 < client.ttl(name) <= 200 for name in limits)


def test_behind_sentinels_and_over_tls_it_is_shared_as_well(tmp_path: Path) -> None:
    authority = new_authority(tmp_path)
    with sentinel("of the Sentinels", authority) as watched:
        settings = {
            "REDIS_URL": watched.url,
            "REVRX_SENTINEL_MASTER": MASTER,
            "REVRX_SENTINEL_PASSWORD": watched.password,
            "REVRX_BROKER_CA_FILE": str(authority.ca),
        }
        first, second = (ask_in_a_process(tmp_path, **settings) for _ in range(2))

    assert first["waits"] == [0.0, pytest.approx(6.7, abs=1)]
    assert isinstance(second["waits"], list)
    assert second["waits"][0] > 5


def test_a_redis_that_is_away_costs_a_run_little_time(tmp_path: Path) -> None:
    told = ask_in_a_process(tmp_path, REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")

    assert told["waits"] == [0.0, pytest.approx(6.7, abs=1)]
    assert isinstance(told["took"], float)
    assert told["took"] < 3


@pytest.mark.parametrize(
    ("script", "waits"),
    [(FREEZE, [0.0, 6.7]), (CONNECT + FREEZE, [6.7, 13.3])],
    ids=["before it is entered", "after it was entered"],
)
def test_a_redis_that_hangs_costs_a_call_a_second_and_each_process_keeps_to_the_limit_alone(
    tmp_path: Path, script: str, waits: list[float]
) -> None:
    with redis_server() as server:
        told = ask_in_a_process(tmp_path, script + ASK, REDIS_URL=server.url, REDIS_PID=str(server.pid))

    assert told["waits"] == [pytest.approx(wait, abs=2) for wait in waits]
    assert isinstance(told["took"], float)
    assert 3 * ANSWER_SECONDS < told["took"] < 3 * ANSWER_SECONDS + 2
