import pytest

from tests.e2e.kubectl import Kubectl
from tests.e2e.pools import (
    CHILDREN,
    OF_POOL,
    WORKER,
    deployment,
    lone_pool,
    small_pool,
    wait_until_ready,
    worker_container,
    worker_env,
)
from tests.e2e.waiting import eventually

IMAGE = "revrx/worker:dev"


@pytest.mark.smoke
def test_a_hand_edit_is_put_back_and_a_foreign_addition_stays(stack: Kubectl) -> None:
    stack.apply(small_pool(variables={"REPORT_PACE_SECONDS": "1"}))
    wait_until_ready(stack)

    stack("annotate", f"deployment/{WORKER}", "example.com/owner=reports-team")
    stack("set", "env", f"deployment/{WORKER}", "REPORT_PACE_SECONDS=99", "MINE=1")
    eventually(
        lambda: worker_env(deployment(stack))["REPORT_PACE_SECONDS"],
        lambda pace: pace == "1",
        "the variable is put back",
    )
    stack("set", "image", f"deployment/{WORKER}", "worker=example.com/other:1")
    eventually(
        lambda: worker_container(deployment(stack))["image"], lambda image: image == IMAGE, "the image is put back"
    )

    left = deployment(stack)
    assert left["metadata"]["annotations"]["example.com/owner"] == "reports-team"
    assert worker_env(left)["MINE"] == "1"


@pytest.mark.smoke
@pytest.mark.parametrize("kind", ["deployment", "horizontalpodautoscaler", "poddisruptionbudget"])
def test_a_child_that_somebody_deletes_comes_back(kubectl: Kubectl, kind: str) -> None:
    kubectl.apply(lone_pool())
    first = eventually(lambda: kubectl.get(kind, WORKER) or {}, bool, f"the pool has its {kind}")

    kubectl("delete", kind, WORKER)
    eventually(
        lambda: (kubectl.get(kind, WORKER) or first)["metadata"]["uid"],
        lambda uid: uid != first["metadata"]["uid"],
        f"there is a new {kind}",
    )


@pytest.mark.smoke
def test_deleting_the_pool_leaves_nothing(stack: Kubectl) -> None:
    stack.apply(small_pool())
    wait_until_ready(stack)
    assert all(stack.list(kind, OF_POOL) for kind in (*CHILDREN, "replicasets", "pods"))

    stack("delete", "rwp", "reports")

    kinds = ",".join((*CHILDREN, "replicasets", "pods"))
    eventually(lambda: stack.list(kinds, OF_POOL), lambda left: not left, "nothing of the pool is left")
