"""A Secret that changes replaces the pods that take something from it."""

from dataclasses import replace
from typing import Any

from revrx_operator.api import SECRETS_ANNOTATION
from revrx_operator.model import Manifest, PoolMemory, PoolSnapshot, Reason
from revrx_operator.plan.pool import plan_pool
from tests.unit.plan.builders import child, pool_snapshot, pool_spec


def seen(secrets: str | None, *children: Manifest) -> PoolSnapshot:
    snapshot = pool_snapshot(pool_spec(), *children)
    return replace(snapshot, view=replace(snapshot.view, secrets=secrets))


def applied_digest(snapshot: PoolSnapshot) -> str | None:
    (deployment,) = (found for found in plan_pool(snapshot, PoolMemory()).applies if found["kind"] == "Deployment")
    annotations: dict[str, str] = deployment["spec"]["template"]["metadata"].get("annotations", {})
    return annotations.get(SECRETS_ANNOTATION)


def made_with(digest: str) -> dict[str, Any]:
    deployment = dict(child())
    template = {"metadata": {"annotations": {SECRETS_ANNOTATION: digest}}, "spec": {"containers": []}}
    return {**deployment, "spec": {**deployment["spec"], "template": template}}


def test_pods_carry_a_digest_of_what_they_take_from_secrets() -> None:
    assert applied_digest(seen("0badcafe")) == "0badcafe"
    assert applied_digest(seen("0ddba11e", made_with("0badcafe"))) == "0ddba11e"


def test_a_pool_that_takes_nothing_has_no_annotation() -> None:
    assert applied_digest(seen("")) is None
    assert applied_digest(seen("", made_with("0badcafe"))) is None


def test_while_a_secret_is_missing_the_pods_that_run_are_left_alone() -> None:
    snapshot = seen(None, made_with("0badcafe"))
    missing = replace(snapshot.view, faults=(Reason("SecretMissing", "Secret revrx does not exist"),))

    assert applied_digest(replace(snapshot, view=missing)) == "0badcafe"
