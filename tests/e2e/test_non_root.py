from tests.e2e.kubectl import Kubectl
from tests.e2e.pools import OF_POOL, small_pool, wait_until_ready
from tests.e2e.release import Release


def test_operator_and_workers_run_as_a_user_without_privileges(stack: Kubectl, release: Release) -> None:
    stack.apply(small_pool())
    wait_until_ready(stack)
    (worker,) = stack.list("pods", OF_POOL)
    (operator,) = release.pods()

    assert stack.execute(worker["metadata"]["name"], "id", "-u").strip() == "10001"
    assert release.kubectl.execute(operator["metadata"]["name"], "id", "-u").strip() == "10001"
