from tests.e2e.kubectl import Kubectl
from tests.e2e.pools import condition, deployment, small_pool, wait_until_ready
from tests.e2e.waiting import eventually


def test_a_missing_secret_is_named_and_the_pool_heals_when_it_appears(stack: Kubectl) -> None:
    secret = stack.get("secret", "revrx-secrets") or {}
    stack("delete", "secret", "revrx-secrets")

    stack.apply(small_pool())
    ready = eventually(lambda: condition(stack, "Ready"), bool, "the pool says whether it is ready")
    assert (ready["status"], ready["reason"]) == ("False", "SecretMissing")
    assert f"Secret revrx-secrets does not exist in namespace {stack.namespace}" in ready["message"]
    assert "spec.broker.urlSecretRef" in ready["message"]
    assert not deployment(stack)

    stack.apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "revrx-secrets"}, "data": secret["data"]})
    wait_until_ready(stack)
