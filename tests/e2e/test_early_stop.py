from tests.e2e.kubectl import Kubectl, Manifest
from tests.e2e.pools import OF_POOL, small_pool
from tests.e2e.waiting import eventually

GRACE_SECONDS = 600


def test_a_worker_told_to_stop_while_it_starts_does_not_outstay_its_welcome(stack: Kubectl) -> None:
    pool = small_pool()
    pool["spec"]["workers"][0]["terminationGracePeriodSeconds"] = GRACE_SECONDS
    stack.apply(pool)
    starting = eventually(lambda: _starting(stack), bool, "a worker is starting")
    name = starting[0]["metadata"]["name"]

    stack("delete", "pod", name, "--wait=false")

    eventually(lambda: stack.get("pod", name), lambda pod: pod is None, "it is gone", within=GRACE_SECONDS / 5)


def _starting(kubectl: Kubectl) -> list[Manifest]:
    """Workers whose process runs and does not consume yet."""
    pods = kubectl.list("pods", OF_POOL)
    return [pod for pod in pods for status in pod["status"].get("containerStatuses", []) if _is_starting(status)]


def _is_starting(container: Manifest) -> bool:
    return "running" in container["state"] and not container["started"]
