import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from tests.e2e.kubectl import Kubectl, Manifest
from tests.e2e.pools import POOL, lone_pool, small_pool, wait_until_ready
from tests.e2e.release import Release
from tests.e2e.reports import submit
from tests.e2e.waiting import eventually

REPORTS = 150
"""At five seconds each more than four workers finish while the test looks."""
COMMAND = Path(sys.executable).with_name("revrx-operator")


def test_explanation_status_event_and_metric_give_one_reason(release: Release, stack: Kubectl) -> None:
    stack.apply(small_pool(variables={"REPORT_PACE_SECONDS": "5"}))
    wait_until_ready(stack)
    submit(stack, REPORTS)

    told = eventually(lambda: group_status(stack), lambda group: group.get("reason") == "MaxReplicas", "at the maximum")
    (group,) = explained(stack)["groups"]
    reasons = metric(release, stack, "revrx_desired_reason")
    events = eventually(lambda: events_of(stack, "MaxReplicas"), bool, "the event is there")

    assert (group["goal"]["replicas"], group["goal"]["reason"]) == (told["desiredReplicas"], told["reason"])
    assert [labels["reason"] for labels, _ in reasons] == ["MaxReplicas"]
    assert re.match(r"group worker: [123] → 4 replicas; maxReplicas is 4; ", events[0]["message"])
    (decision,) = [past for past in group["decisions"] if past["reason"] == "MaxReplicas"]
    assert events[0]["message"].endswith(decision["message"])
    assert group["inputs"]["waiting"] + group["inputs"]["running"] > 0
    assert next(target["reason"] for target in group["targets"] if target["wins"]) == "QueueDepth"
    assert metric(release, stack, "revrx_desired_replicas")[0][1] == 4


def test_each_change_is_one_event(release: Release, stack: Kubectl) -> None:
    stack.apply(small_pool(variables={"REPORT_PACE_SECONDS": "5"}))
    wait_until_ready(stack)
    submit(stack, REPORTS)
    eventually(lambda: events_of(stack, "MaxReplicas"), bool, "the event is there")

    stack.patch("rwp", POOL, {"spec": {"paused": True}})
    eventually(lambda: events_of(stack, "Paused"), bool, "the pause is told")
    stack.patch("rwp", POOL, {"spec": {"paused": False}})
    eventually(lambda: events_of(stack, "QueueDepthRead"), bool, "its end is told")

    assert [len(events_of(stack, reason)) for reason in ("MaxReplicas", "Paused", "QueueDepthRead")] == [1, 1, 1]
    assert events_of(stack, "Paused")[0]["type"] == "Normal"


def test_a_redis_that_cannot_be_reached_is_a_warning_and_is_explained(kubectl: Kubectl) -> None:
    kubectl.apply(lone_pool())

    (event,) = eventually(lambda: events_of(kubectl, "ConnectionFailed"), bool, "the event is there")
    explanation = eventually(
        lambda: explained(kubectl), lambda found: found["broker"]["failures"] > 0, "it is explained"
    )

    assert event["type"] == "Warning"
    assert not explanation["broker"]["reachable"]
    assert explanation["groups"][0]["goal"]["reason"] == "BrokerUnreachable"


def test_the_series_of_a_pool_go_with_it(release: Release, kubectl: Kubectl) -> None:
    kubectl.apply(lone_pool())
    eventually(lambda: metric(release, kubectl, "revrx_desired_replicas"), bool, "the pool has series")

    kubectl("delete", "rwp", POOL)

    eventually(lambda: metric(release, kubectl, "revrx_desired_replicas"), lambda found: not found, "they are gone")


def test_without_an_operator_the_status_is_shown_with_the_cure(release: Release, kubectl: Kubectl) -> None:
    kubectl.apply(lone_pool())
    eventually(lambda: group_status(kubectl), bool, "the pool has a status")
    with release.away():
        ended = run_explain(kubectl)

    assert ended.returncode == 1
    assert "no operator is ready; look at it: kubectl get pods" in ended.stderr
    assert "BrokerUnreachable" in ended.stdout


def run_explain(kubectl: Kubectl, *options: str) -> subprocess.CompletedProcess[str]:
    where = ["--context", kubectl.context, "--namespace", kubectl.namespace]
    command = [str(COMMAND), "explain", POOL, *where, *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def explained(kubectl: Kubectl) -> Mapping[str, Any]:
    ended = run_explain(kubectl, "--output", "json")
    assert ended.returncode == 0, ended.stderr
    return dict(json.loads(ended.stdout))


def group_status(kubectl: Kubectl) -> Manifest:
    pool = kubectl.get("rwp", POOL) or {}
    return next(iter(pool.get("status", {}).get("groups", [])), {})


def events_of(kubectl: Kubectl, reason: str) -> list[Manifest]:
    select = f"--field-selector=involvedObject.kind=ReportWorkerPool,reason={reason}"
    found: list[Manifest] = json.loads(kubectl("get", "events", select, "--output=json"))["items"]
    return found


def metric(release: Release, kubectl: Kubectl, name: str) -> list[tuple[dict[str, str], float]]:
    """Labels and value of each series of the pool in this namespace."""
    return [
        (labels, value)
        for series, labels, value in scraped(release)
        if series == name and labels.get("namespace") == kubectl.namespace
    ]


def scraped(release: Release) -> Iterator[tuple[str, dict[str, str], float]]:
    (pod,) = release.pods()
    path = f"/api/v1/namespaces/{release.kubectl.namespace}/pods/{pod['metadata']['name']}:8081/proxy/metrics"
    for family in text_string_to_metric_families(release.kubectl("get", "--raw", path)):
        for sample in family.samples:
            yield sample.name, dict(sample.labels), sample.value
