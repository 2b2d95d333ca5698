from tests.e2e.kubectl import Kubectl
from tests.e2e.pools import EXAMPLES, WORKER, deployment, replicas, wait_until_ready, worker_container
from tests.e2e.release import Release
from tests.e2e.reports import submit, wait_until_completed
from tests.e2e.waiting import eventually
from tests.e2e.watching import replicas_watch

FILE = f"--filename={EXAMPLES / 'scale-to-zero.yaml'}"


def test_a_pool_of_none_is_created_at_zero_stays_there_wakes_up_and_returns(stack: Kubectl, release: Release) -> None:
    with replicas_watch(stack, WORKER) as watch:
        stack("apply", FILE)
        wait_until_ready(stack)

        stack("apply", FILE)
        _see_a_change_through(stack, "debug")
        release.restart()
        _see_a_change_through(stack, "warning")
        assert set(watch.counts) == {0}

        submit(stack, 10)
        wait_until_completed(stack, 10)
        eventually(lambda: replicas(stack), lambda count: count == 0, "the pool is back at zero")
        eventually(lambda: stack.list("pods", "revrx.io/pool"), lambda pods: not pods, "no worker is left")

    assert max(watch.counts) in {2, 3}  # 10 reports at 8 a replica; 3 where all are fetched before any is done


def _see_a_change_through(kubectl: Kubectl, log_level: str) -> None:
    """Change something that says nothing about replicas, and wait until the operator has applied it."""
    (group,) = (kubectl.get("rwp", "reports") or {})["spec"]["workers"]
    kubectl.patch("rwp", "reports", {"spec": {"workers": [{**group, "logLevel": log_level}]}})
    wanted = f"--loglevel={log_level}"
    eventually(
        lambda: worker_container(deployment(kubectl))["args"], lambda args: wanted in args, f"workers get {wanted}"
    )
