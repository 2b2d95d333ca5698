import pytest

from tests.e2e.kubectl import Kubectl, Manifest
from tests.e2e.pools import OF_POOL, POOL, ready_replicas, replicas, small_pool, wait_until_ready
from tests.e2e.release import OPERATOR_PODS, Release
from tests.e2e.reports import in_state, submit, wait_until_completed
from tests.e2e.waiting import eventually

PACE_SECONDS = "20"
RETIRING = f"{OF_POOL},revrx.io/retiring"


@pytest.fixture
def four_workers(stack: Kubectl) -> Kubectl:
    """Four workers, one or more of them busy for a while, in a pool that wants to shrink to one."""
    variables = {"REPORT_PACE_SECONDS": PACE_SECONDS}
    stack.apply(small_pool(variables=variables, scaling={"minReplicas": 4}))
    wait_until_ready(stack)
    eventually(lambda: ready_replicas(stack), lambda count: count == 4, "four workers are ready")
    submit(stack, 2)
    eventually(lambda: in_state(stack, "running"), lambda running: len(running) == 2, "both reports run")
    stack.apply(small_pool(variables=variables, scaling={"minReplicas": 1}))
    return stack


def test_idle_workers_go_while_the_busy_ones_finish(four_workers: Kubectl) -> None:
    eventually(lambda: replicas(four_workers), lambda count: count in {1, 2}, "the idle workers go")
    assert len(in_state(four_workers, "running")) == 2
    completed = wait_until_completed(four_workers, 2)
    eventually(lambda: ready_replicas(four_workers), lambda count: count == 1, "one worker is left")

    assert [row.attempts for row in completed] == [1, 1]
    eventually(lambda: _retiring(four_workers), lambda pods: not pods, "nobody is marked any more")


def test_what_an_operator_began_before_it_was_killed_is_finished_by_the_next(
    four_workers: Kubectl, release: Release
) -> None:
    eventually(lambda: _retiring(four_workers), bool, "workers are marked")
    release.kubectl("delete", "pods", f"--selector={OPERATOR_PODS}", "--force", "--grace-period=0")

    completed = wait_until_completed(four_workers, 2)
    eventually(lambda: ready_replicas(four_workers), lambda count: count == 1, "one worker is left")

    assert [row.attempts for row in completed] == [1, 1]
    submit(four_workers, 4)
    wait_until_completed(four_workers, 4)


def test_a_pool_that_grows_again_gives_its_workers_back(four_workers: Kubectl) -> None:
    eventually(lambda: _retiring(four_workers), bool, "workers are marked")
    four_workers.patch("rwp", POOL, {"spec": {"paused": True}})

    eventually(lambda: _retiring(four_workers), lambda pods: not pods, "nobody is marked any more")
    submit(four_workers, 12)
    wait_until_completed(four_workers, 12)


def _retiring(kubectl: Kubectl) -> list[Manifest]:
    return kubectl.list("pods", RETIRING)
