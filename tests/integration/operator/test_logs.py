"""What a log collector gets of a running operator; on a real API server and a real Redis."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from tests.e2e.kubectl import Kubectl
from tests.fixtures.operator_process import OperatorProcess, operator_process
from tests.integration.operator.conftest import NAMESPACE, pool
from tests.waiting import wait_for

NAME = "logged"

pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def operator(kubectl: Kubectl, tmp_path: Path) -> Iterator[OperatorProcess]:
    variables = {"REVRX_LOG_FORMAT": "json", "REVRX_WATCH_NAMESPACES": NAMESPACE}
    with operator_process(Path(os.environ["KUBECONFIG"]), tmp_path, **variables) as process:
        yield process


def test_each_line_is_an_object_and_a_decision_tells_its_numbers_and_its_run(
    kubectl: Kubectl, redis_server: str, operator: OperatorProcess
) -> None:
    kubectl.apply(pool(NAME, redis_server, queue=NAME, minReplicas=2, maxReplicas=10))
    wait_for(lambda: kubectl.get("deployment", f"{NAME}-worker"), "the pool has its Deployment")
    with Redis.from_url(redis_server) as redis:
        redis.lpush(NAME, *["{}"] * 40)

    wait_for(lambda: decisions(operator), "a decision is logged")

    (decision, *_), lines = decisions(operator), logged(operator)
    assert decision["deployment"] == f"{NAME}-worker"
    assert (decision["from"], decision["to"]) == (2, 5)
    assert decision["reason"] == "QueueDepth"
    assert decision["pool"] == f"{NAMESPACE}/{NAME}"
    assert f"{NAMESPACE}/{NAME}-worker: 2 -> 5 replicas, QueueDepth: " in decision["message"]
    made = next(line for line in lines if "applied Deployment" in line["message"])
    assert made["pool"] == decision["pool"]
    assert made["run"] < decision["run"]
    assert {"time", "level", "logger", "message"} <= set.intersection(*map(set, lines))


def decisions(operator: OperatorProcess) -> list[dict[str, Any]]:
    return [line for line in logged(operator) if "to" in line]


def logged(operator: OperatorProcess) -> list[dict[str, Any]]:
    return [json.loads(line) for line in operator.log.read_text().splitlines()]
