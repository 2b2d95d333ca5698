from tests.e2e.kubectl import Kubectl
from tests.e2e.pools import OF_POOL, small_pool, wait_until_ready
from tests.e2e.reports import in_state, rows, submit, wait_until_completed
from tests.e2e.signals import send_signal
from tests.e2e.waiting import eventually


def test_the_reports_of_a_worker_killed_with_sigkill_are_completed_once(stack: Kubectl) -> None:
    stack.apply(
        small_pool(variables={"REPORT_PACE_SECONDS": "25", "REPORT_LEASE_SECONDS": "10"}, scaling={"maxReplicas": 1})
    )
    wait_until_ready(stack)
    (worker,) = stack.list("pods", OF_POOL)
    submit(stack, 4)
    eventually(lambda: in_state(stack, "running"), lambda running: len(running) == 4, "all four reports are running")

    send_signal(stack, worker, "SIGKILL", to="celery")

    completed = wait_until_completed(stack, 4)
    (after,) = stack.list("pods", OF_POOL)
    (container,) = after["status"]["containerStatuses"]
    assert container["lastState"]["terminated"]["exitCode"] == 128 + 9
    # Two runs claimed each row: the one that was killed, and one more, whose token alone could write the result.
    assert [(row.attempts, row.token) for row in completed] == [(2, 2)] * 4
    assert all(row.summary for row in completed)
    assert rows(stack) == completed
