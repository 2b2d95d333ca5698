from tests.e2e.kubectl import Kubectl
from tests.e2e.pools import CHILDREN, OF_POOL, POOL, WORKER, condition, lone_pool, small_pool
from tests.e2e.waiting import eventually


def test_the_children_of_a_group_that_is_removed_go(stack: Kubectl) -> None:
    pool = small_pool()
    (group,) = pool["spec"]["workers"]
    second = {**group, "name": "letters", "queues": ["letters"]}
    stack.apply({**pool, "spec": {**pool["spec"], "workers": [group, second]}})
    stack("wait", "--for=condition=Ready", f"rwp/{POOL}", "--timeout=180s", seconds=200)
    first = _uids(stack)

    stack.apply(pool)

    of_second = f"{OF_POOL},revrx.io/group=letters"
    kinds = ",".join((*CHILDREN, "replicasets", "pods"))
    eventually(lambda: stack.list(kinds, of_second), lambda left: not left, "nothing of the removed group is left")
    assert _uids(stack) == first


def _uids(kubectl: Kubectl) -> dict[str, str]:
    """The children of the group that stays."""
    return {kind: (kubectl.get(kind, WORKER) or {})["metadata"]["uid"] for kind in CHILDREN}


def test_an_object_of_somebody_else_is_not_touched(kubectl: Kubectl) -> None:
    kubectl("create", "deployment", WORKER, "--image=example.com/other:1", "--replicas=0")
    foreign = kubectl.get("deployment", WORKER) or {}

    kubectl.apply(lone_pool())
    ready = eventually(lambda: condition(kubectl, "Ready"), bool, "the pool says whether it is ready")

    assert (ready["status"], ready["reason"]) == ("False", "NameConflict")
    assert f"Deployment {WORKER} exists and belongs to somebody else" in ready["message"]
    left = kubectl.get("deployment", WORKER) or {}
    assert left["metadata"]["uid"] == foreign["metadata"]["uid"]
    assert left["spec"] == foreign["spec"]
    assert "revrx-operator" not in {entry["manager"] for entry in left["metadata"]["managedFields"]}
    assert kubectl.get("horizontalpodautoscaler", WORKER) is None
