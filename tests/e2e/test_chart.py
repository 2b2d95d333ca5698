"""The chart as a platform team has it: in its own namespace only, with a pool of the release, upgraded and tested."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.charts import NEW_FIELD, older_chart
from tests.e2e.kubectl import Kubectl, Manifest
from tests.e2e.pools import OF_POOL, POOL, deployment, lone_pool, small_pool, wait_until_ready
from tests.e2e.release import CHART, CRD, Release
from tests.e2e.reports import rows
from tests.e2e.waiting import eventually

FIELD = f"jsonpath={{.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.{NEW_FIELD}.type}}"


@pytest.fixture
def ours(release: Release, stack: Kubectl) -> Iterator[Release]:
    """A release that is yet to be installed, beside the stack and in place of the suite's; it serves its namespace.

    The CRD that an uninstall leaves belongs to a release of that name in that namespace, and another one refuses it.
    """
    release.clear()
    yield Release(release.context, stack.namespace, options=())
    release.clear()
    release.install()


@pytest.fixture
def with_pool(tmp_path: Path) -> str:
    """The option of helm by which the release has a pool."""
    values = tmp_path / "pool.json"
    values.write_text(json.dumps({"pool": {"enabled": True, "name": POOL, "spec": small_pool()["spec"]}}))
    return f"--values={values}"


def is_up_to_date(pool: Manifest | None) -> bool:
    return pool is not None and pool["status"].get("observedGeneration") == pool["metadata"]["generation"]


@pytest.mark.parametrize("helm", ["helm", "helm3"])
def test_an_upgrade_moves_the_crd_and_the_operator_and_restarts_no_worker(
    helm: str, ours: Release, stack: Kubectl, with_pool: str, tmp_path: Path
) -> None:
    old = older_chart(tmp_path)
    ours.install(helm, chart=old)
    ours.install(helm, with_pool, chart=old)
    wait_until_ready(stack)
    workers = {pod["metadata"]["uid"] for pod in stack.list("pods", OF_POOL)}
    generation = deployment(stack)["metadata"]["generation"]
    (operator,) = ours.pods()
    assert stack("get", "crd", CRD, "--output", FIELD) == ""

    ours.install(helm, with_pool)

    assert stack("get", "crd", CRD, "--output", FIELD) == "boolean"
    assert {pod["metadata"]["uid"] for pod in ours.pods()} != {operator["metadata"]["uid"]}
    stack.patch("rwp", POOL, {"spec": {NEW_FIELD: True}})
    eventually(lambda: stack.get("rwp", POOL), is_up_to_date, "the new operator has seen the new field")
    assert {pod["metadata"]["uid"] for pod in stack.list("pods", OF_POOL)} == workers
    assert deployment(stack)["metadata"]["generation"] == generation


@pytest.mark.parametrize("helm", ["helm", "helm3"])
def test_helm_test_has_the_pool_of_the_release_make_one_report(
    helm: str, ours: Release, stack: Kubectl, with_pool: str
) -> None:
    ours.install(helm)
    ours.install(helm, with_pool)
    wait_until_ready(stack)

    said = ours.helm(helm, "test", CHART, "--namespace", stack.namespace, "--logs")

    assert "1 reports by Celery workers" in said
    assert "0 failed, 0 not finished in time" in said
    assert rows(stack) == []


@pytest.mark.parametrize("helm", ["helm", "helm3"])
def test_an_uninstall_takes_the_pool_of_the_release_and_leaves_the_crd_and_every_other_pool(
    helm: str, ours: Release, stack: Kubectl, with_pool: str
) -> None:
    ours.install(helm)
    ours.install(helm, with_pool)
    stack.apply({**lone_pool(), "metadata": {"name": "another"}})
    eventually(lambda: deployment(stack, "another-worker"), bool, "the other pool has its Deployment")

    ours.uninstall(helm)

    assert stack.get("crd", CRD)
    assert stack.get("rwp", POOL) is None
    assert stack.get("rwp", "another")
    assert deployment(stack, "another-worker")
