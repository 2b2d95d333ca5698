"""What templates tell a pod beside the workers is what the operator tells the workers, said in two languages."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import yaml

from revrx_operator.api.spec import PoolSpec
from revrx_operator.api.validation import parse_spec
from revrx_operator.resources.environment import worker_env
from revrx_operator.resources.volumes import broker_ca
from tests.integration.chart.pods import pods
from tests.rendering import CHART, Manifest, render

VALUES: dict[str, Any] = yaml.safe_load((CHART / "tests" / "values" / "pool.yaml").read_text())
ONLY_WORKERS = {
    "CELERY_BROKER_URL",
    "CELERY_RESULT_BACKEND",
    "CELERY_TASK_SOFT_TIME_LIMIT",
    "CELERY_TASK_TIME_LIMIT",
    "REVRX_HEARTBEAT_FILE",
    "REVRX_METRICS_PORT",
}
"""What nobody else needs: the app takes its broker from REDIS_URL, and no task runs in such a pod."""


@pytest.fixture(scope="module")
def spec() -> PoolSpec:
    """With all that a pod beside the workers must know of its Redis."""
    return parse_spec(VALUES["pool"]["spec"])


@pytest.fixture(scope="module")
def sweep() -> Manifest:
    (pod,) = (pod for pod in pods(render(VALUES)) if pod["metadata"]["name"].endswith("-sweep"))
    spec: Manifest = pod["spec"]
    return spec


def by_name(entries: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {entry["name"]: entry for entry in entries}


def test_the_sweep_has_the_variables_of_the_workers(spec: PoolSpec, sweep: Manifest) -> None:
    told = by_name(worker_env(spec, spec.workers[0]))

    assert told.keys() >= ONLY_WORKERS
    assert by_name(sweep["containers"][0]["env"]) == {name: told[name] for name in told.keys() - ONLY_WORKERS}


def test_the_sweep_finds_the_broker_s_ca_where_its_variable_says(spec: PoolSpec, sweep: Manifest) -> None:
    ((volume, mount),) = broker_ca(spec.broker)
    (found,), (mounted,) = sweep["volumes"], sweep["containers"][0]["volumeMounts"]

    assert found["secret"] == volume["secret"]
    assert {**mounted, "name": mount["name"]} == mount
    assert mounted["name"] == found["name"]
