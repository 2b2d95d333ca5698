from typing import Any

from tests.e2e.kubectl import Kubectl
from tests.e2e.pools import POOL, WORKER, ready_replicas, replicas, small_pool, wait_until_ready
from tests.e2e.reports import in_state, submit, wait_until_completed
from tests.e2e.waiting import eventually
from tests.e2e.watching import replicas_watch

REPORTS = 40


def test_a_lower_maximum_waits_for_the_reports_that_run(stack: Kubectl) -> None:
    variables = {"REPORT_PACE_SECONDS": "8"}
    stack.apply(small_pool(variables=variables, scaling={"maxReplicas": 3}))
    wait_until_ready(stack)
    submit(stack, REPORTS)
    eventually(lambda: ready_replicas(stack), lambda count: count == 3, "three workers are ready")
    eventually(lambda: in_state(stack, "running"), lambda running: len(running) > 4, "more run than one worker holds")

    with replicas_watch(stack, WORKER) as watch:
        stack.apply(small_pool(variables=variables, scaling={"maxReplicas": 1}))
        eventually(lambda: _reason(stack), lambda reason: reason == "Retiring", "the operator waits for the reports")
        assert _autoscaler(stack)["maxReplicas"] == replicas(stack) == 3
        completed = wait_until_completed(stack, REPORTS)
        eventually(lambda: watch.counts[-1], lambda count: count == 1, "one worker is left")

    eventually(lambda: _autoscaler(stack)["maxReplicas"], lambda most: most == 1, "the autoscaler has the new maximum")
    assert [row for row in completed if row.attempts != 1] == []


def test_a_paused_pool_holds_its_replicas(stack: Kubectl) -> None:
    pool = small_pool(variables={"REPORT_PACE_SECONDS": "2"}, paused=True)
    stack.apply(pool)
    wait_until_ready(stack)

    with replicas_watch(stack, WORKER) as watch:
        submit(stack, 100)
        eventually(lambda: _waiting(stack), lambda waiting: waiting > 8, "the operator has seen the queue")
        eventually(lambda: len(in_state(stack, "completed")), lambda done: done >= 8, "the one worker works")
        assert set(watch.counts) == {1}
        assert _reason(stack) == "Paused"
        assert _autoscaler(stack)["behavior"]["scaleUp"]["selectPolicy"] == "Disabled"

        stack.patch("rwp", POOL, {"spec": {"paused": False}})
        eventually(lambda: watch.counts[-1], lambda count: count > 1, "the pool grows once it is no longer paused")
    wait_until_completed(stack, 100)


def _group(kubectl: Kubectl) -> dict[str, Any]:
    status = (kubectl.get("rwp", POOL) or {}).get("status", {})
    return next(iter(status.get("groups", [])), {})


def _reason(kubectl: Kubectl) -> str:
    return str(_group(kubectl).get("reason"))


def _waiting(kubectl: Kubectl) -> int:
    return int(_group(kubectl).get("waiting", 0))


def _autoscaler(kubectl: Kubectl) -> dict[str, Any]:
    return dict((kubectl.get("horizontalpodautoscaler", WORKER) or {})["spec"])
