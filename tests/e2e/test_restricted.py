from tests.e2e.kubectl import Kubectl
from tests.e2e.pools import EXAMPLES, POOL, SMALL_RESOURCES, condition, lone_pool, read, wait_until_ready
from tests.e2e.reports import submit, wait_until_completed
from tests.e2e.waiting import eventually


def test_the_restricted_example_makes_reports_where_nothing_else_is_admitted(stack: Kubectl) -> None:
    stack("label", "namespace", stack.namespace, "pod-security.kubernetes.io/enforce=restricted")
    pool = read(EXAMPLES / "restricted.yaml")
    pool["metadata"] = {"name": POOL}
    (group,) = pool["spec"]["workers"]
    group.update(resources=SMALL_RESOURCES, scaling={"minReplicas": 1, "maxReplicas": 2})

    stack.apply(pool)
    wait_until_ready(stack)
    submit(stack, 5)

    wait_until_completed(stack, 5)


def test_a_pool_whose_pods_are_not_admitted_says_what_is_wrong_with_them(kubectl: Kubectl) -> None:
    kubectl("label", "namespace", kubectl.namespace, "pod-security.kubernetes.io/enforce=restricted")
    kubectl.apply(lone_pool())

    told = eventually(
        lambda: condition(kubectl, "Ready"), lambda found: found.get("reason") == "PodsRefused", "the refusal is told"
    )
    assert "runAsNonRoot" in told["message"]
