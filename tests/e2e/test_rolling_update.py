from tests.e2e.kubectl import Kubectl
from tests.e2e.pools import OF_POOL, WORKER, deployment, small_pool, wait_until_ready, worker_env
from tests.e2e.reports import in_state, submit, wait_until_completed
from tests.e2e.waiting import eventually

REPORTS = 32


def test_an_update_rolls_without_cutting_a_report_that_runs(stack: Kubectl) -> None:
    scaling = {"minReplicas": 2, "maxReplicas": 2}
    stack.apply(small_pool(variables={"REPORT_PACE_SECONDS": "8", "ROUND": "1"}, scaling=scaling))
    wait_until_ready(stack)
    before = {pod["metadata"]["uid"] for pod in stack.list("pods", OF_POOL)}
    submit(stack, REPORTS)
    eventually(lambda: in_state(stack, "running"), lambda running: len(running) == 8, "both workers are busy")

    stack.apply(small_pool(variables={"REPORT_PACE_SECONDS": "8", "ROUND": "2"}, scaling=scaling))
    eventually(lambda: worker_env(deployment(stack))["ROUND"], lambda value: value == "2", "the update is applied")
    under_way = in_state(stack, "running")
    stack("rollout", "status", f"deployment/{WORKER}", "--timeout=240s", seconds=250)
    completed = wait_until_completed(stack, REPORTS)

    after = eventually(
        lambda: {pod["metadata"]["uid"] for pod in stack.list("pods", OF_POOL)},
        lambda pods: not pods & before,
        "the workers of before are gone",
    )
    assert len(after) == 2
    assert under_way
    assert [row for row in completed if row.attempts != 1] == []
