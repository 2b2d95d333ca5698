import ast
import random
from zlib import crc32

import pytest

from revrx_operator.api.spec import PoolSpec
from revrx_operator.resources.deployment import build_deployment
from tests.e2e.killer import stage
from tests.e2e.killer.rounds import RUNNING, SUBMITTED, schedule
from tests.e2e.killer.scenarios import ALL, BY_NAME, Scenario
from tests.e2e.killer.subject import APP, CONCURRENCY, WORKERS

SCENARIOS = pytest.mark.parametrize("scenario", ALL, ids=lambda scenario: scenario.name)


def spec_of(scenario: Scenario) -> PoolSpec:
    (pool,) = scenario.subject("killer-1").manifests
    return PoolSpec.model_validate(pool["spec"])


@SCENARIOS
def test_the_pool_of_a_scenario_is_valid_and_runs_forty_reports_on_ten_workers(scenario: Scenario) -> None:
    (group,) = spec_of(scenario).workers
    assert (group.concurrency, group.prefetch_multiplier, group.pool) == (CONCURRENCY, 1, "prefork")
    assert group.scaling.max_replicas >= WORKERS
    assert group.scaling.max_replicas * group.scaling.tasks_per_replica <= SUBMITTED - RUNNING
    assert (group.time_limit_seconds, group.grace_seconds) == (300, 330)


def test_the_app_reaches_the_workers_as_a_file_on_their_path() -> None:
    scenario = BY_NAME["plain"]
    (pool,) = scenario.subject("killer-1").manifests
    spec = spec_of(scenario)
    pool = {**pool, "metadata": {"name": "reports", "namespace": "killer-1", "uid": "1"}}
    pod = build_deployment(pool, spec, spec.workers[0])["spec"]["template"]["spec"]
    (worker,) = pod["containers"]

    assert worker["args"][:2] == ["-A", APP]
    path = next(entry["value"] for entry in worker["env"] if entry["name"] == "PYTHONPATH")
    assert {"name": APP, "mountPath": path} in worker["volumeMounts"]
    assert {"name": APP, "configMap": {"name": APP}} in pod["volumes"]


def test_every_worker_that_may_find_no_place_takes_one_of_ten_slots_of_its_namespace() -> None:
    (group,) = spec_of(BY_NAME["half-pending"]).workers
    assert group.resources["limits"]["killer.revrx.io/killer-1"] == "1"
    assert group.scaling.max_replicas == 2 * WORKERS


def test_disturbances_come_within_their_times_one_after_another_and_the_same_for_the_same_seed() -> None:
    disturbances = BY_NAME["operator-killed"].disturbances
    drawn = schedule(disturbances, random.Random(7))  # noqa: S311

    assert drawn == schedule(disturbances, random.Random(7))  # noqa: S311
    assert [due for due, _ in drawn] == sorted(due for due, _ in drawn)
    assert all(found.earliest <= due <= found.latest for due, found in drawn)


def test_the_redis_of_the_stage_writes_down_what_it_acknowledges() -> None:
    (redis,) = (found for found in stage.stack() if found["kind"] == "Pod" and found["metadata"]["name"] == "redis")
    (container,) = redis["spec"]["containers"]
    options = container["command"][4:]
    assert container["command"][:2] == ["sh", "-c"]
    assert 'redis-server "$@"' in container["command"][2]
    assert options[options.index("--appendfsync") + 1] == "always"
    assert options[options.index("--user") :][:2] == ["--user", "revrx"]


def test_reports_take_twenty_to_sixty_seconds_each_its_own() -> None:
    texts = [report["text"] for report in stage.reports("plain-1-", SUBMITTED)]
    seconds = {20 + crc32(text.encode()) % 41 for text in texts}
    assert len(set(texts)) == SUBMITTED
    assert (min(seconds), max(seconds)) == (20, 60)


def test_what_runs_in_the_pods_is_a_module_of_its_own() -> None:
    """It reaches them as text: what it imports has to be in the worker's image."""
    for name in ("slow", "tell"):
        tree = ast.parse((stage.HERE / "in_cluster" / f"{name}.py").read_text())
        imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        assert not [node.module for node in imports if (node.module or "").startswith(("tests", "tools", "bench"))]
