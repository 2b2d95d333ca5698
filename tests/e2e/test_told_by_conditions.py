from tests.e2e.kubectl import Kubectl
from tests.e2e.pools import condition, deployment, lone_pool, small_pool, wait_until_ready
from tests.e2e.reports import submit, wait_until_completed
from tests.e2e.waiting import eventually


def test_two_pools_on_one_queue_tell_of_each_other_until_one_is_gone(home: Kubectl) -> None:
    other = lone_pool()
    other["metadata"]["name"] = "other"
    home.apply(lone_pool())
    home.apply(other)

    shared = eventually(
        lambda: condition(home, "QueueShared"), lambda found: found.get("status") == "True", "the warning is there"
    )
    assert f"with pool {home.namespace}/other" in shared["message"]

    home("delete", "rwp", "other")
    eventually(
        lambda: condition(home, "QueueShared"), lambda found: found.get("status") == "False", "the warning is over"
    )


def test_a_pod_template_with_an_unknown_field_is_told_and_nothing_half_made(home: Kubectl) -> None:
    pool = lone_pool()
    pool["spec"]["workers"][0]["podTemplate"] = {"spec": {"nodeSelctor": {"disktype": "ssd"}}}
    home.apply(pool)

    ready = eventually(
        lambda: condition(home, "Ready"), lambda found: found.get("reason") == "Refused", "the refusal is told"
    )
    assert ".spec.template.spec.nodeSelctor: field not declared in schema" in ready["message"]
    assert not deployment(home)
    assert home.get("hpa", "reports-worker") is None


def test_a_quota_that_ends_the_growth_is_told_while_the_pool_has_its_minimum(stack: Kubectl) -> None:
    stack.apply(small_pool(variables={"REPORT_PACE_SECONDS": "2"}, scaling={"minReplicas": 1, "maxReplicas": 3}))
    wait_until_ready(stack)
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "full"}}
    stack.apply({**quota, "spec": {"hard": {"pods": str(len(stack.list("pods")))}}})
    submit(stack, 40)

    told = eventually(
        lambda: condition(stack, "Progressing"), lambda found: found.get("reason") == "PodsRefused", "the quota is told"
    )
    assert "exceeded quota: full" in told["message"]
    assert condition(stack, "Ready")["status"] == "True"

    wait_until_completed(stack, 40)
