"""The namespace of a test, with what workers need: Redis, PostgreSQL, and a client that knows both."""

from tests.e2e.kubectl import Kubectl
from tests.e2e.waiting import eventually


def wait_until_up(kubectl: Kubectl) -> None:
    """Return once all pods are Ready and the tables are made."""
    kubectl("wait", "--for=condition=Ready", "pods", "--all", "--timeout=180s", seconds=190)
    # The Services may lead nowhere for a moment yet.
    eventually(lambda: kubectl.execute("client", "revrx-reports", "migrate"), bool, "the tables are made")


def remove(kubectl: Kubectl) -> None:
    """Stop all work in the namespace at once, so that others have the machine to themselves, and let it go."""
    for kind in ("rwp", "deployments"):
        kubectl("delete", kind, "--all", "--timeout=60s", seconds=70)
    kubectl("delete", "pods", "--all", "--force", "--grace-period=0", "--timeout=60s", seconds=70)
    kubectl("delete", "namespace", kubectl.namespace, "--wait=false")
