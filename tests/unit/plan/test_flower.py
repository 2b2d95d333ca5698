from dataclasses import replace
from typing import Any

import pytest

from revrx_operator.api.spec import PoolSpec
from revrx_operator.model import Manifest, ObjectKey, Plan, PoolSnapshot, QueueLoad, Reason
from tests.unit.plan.builders import all_children, child, pool_snapshot, pool_spec
from tests.unit.plan.plans import condition, conditions, plan

NAME = "revrx-celery-flower"
LOGIN = {"basicAuthSecretRef": {"name": "revrx-secrets", "key": "flower"}}
BOTH = (ObjectKey("Deployment", NAME), ObjectKey("Service", NAME))
BAD_LOGIN = Reason("LoginInvalid", "Secret revrx-secrets must hold USER:PASSWORD")


def spec(enabled: bool = True) -> PoolSpec:
    return pool_spec(flower={"enabled": enabled, **LOGIN})


def flower(ready: int = 1, *, conditions: dict[str, str] | None = None, **fields: Any) -> tuple[Manifest, Manifest]:
    """Flower's Deployment, with the status and reason of each condition, and its Service."""
    deployment = child(name=NAME, **{"replicas": 1, "ready": ready, **fields})
    deployment["status"]["conditions"] = [
        dict(zip(("type", "status", "reason"), (name, *words.split()), strict=True))
        for name, words in (conditions or {}).items()
    ]
    return deployment, child("Service", NAME)


def snapshot(pool: PoolSpec | None, *children: Manifest, **fields: Any) -> PoolSnapshot:
    return pool_snapshot(pool, *all_children(), *children, loads={"worker": QueueLoad()}, **fields)


def applied_flower(planned: Plan) -> list[tuple[str, str]]:
    return [(m["kind"], m["metadata"]["name"]) for m in planned.applies if m["metadata"]["name"] == NAME]


def test_a_pool_without_flower_says_nothing_of_it() -> None:
    planned = plan(snapshot(pool_spec()))

    assert (applied_flower(planned), planned.deletes) == ([], ())
    assert "FlowerReady" not in conditions(planned)


def test_flower_is_a_deployment_and_a_service_after_the_workers() -> None:
    planned = plan(snapshot(spec()))

    assert applied_flower(planned) == [("Deployment", NAME), ("Service", NAME)]
    assert planned.applies[-2:] == tuple(m for m in planned.applies if m["metadata"]["name"] == NAME)
    assert condition(planned, "FlowerReady") == ("False", "Starting", "Flower is being created")


def test_flower_is_no_worker_group() -> None:
    planned = plan(snapshot(spec(), *flower()))

    assert (planned.scales, planned.handovers, planned.deletes) == ((), (), ())
    assert planned.status is not None
    assert planned.status["replicas"] == 2
    assert [group["name"] for group in planned.status["groups"]] == ["worker"]


def test_flower_that_is_asked_for_no_more_goes_at_once() -> None:
    planned = plan(snapshot(spec(enabled=False), *flower()))

    assert (applied_flower(planned), planned.deletes) == ([], BOTH)


@pytest.mark.parametrize("enabled", [True, False])
def test_an_object_of_somebody_else_is_never_touched(enabled: bool) -> None:
    deployment, _ = flower()

    planned = plan(snapshot(spec(enabled), deployment, child("Service", NAME, owner="other-uid")))

    assert applied_flower(planned) == []
    assert ObjectKey("Service", NAME) not in planned.deletes
    if enabled:
        told = f"Service {NAME} exists and belongs to somebody else; rename the pool, or delete it"
        assert condition(planned, "FlowerReady") == ("False", "NameConflict", told)
        assert planned.deletes == ()


def test_workers_of_a_group_that_once_had_the_name_drain_like_others() -> None:
    old = child(name=NAME, replicas=2)
    old["metadata"]["labels"] = {"revrx.io/group": "flower"}
    old["spec"]["template"] = {"spec": {"containers": [{"name": "worker", "args": ["-Q", "q"]}]}}

    planned = plan(snapshot(spec(enabled=False), old))

    assert planned.deletes == ()
    assert planned.memory.retirement["flower"].look


def test_a_flower_that_anybody_could_enter_goes_and_its_secret_is_looked_at_again() -> None:
    planned = plan(snapshot(spec(), *flower(), flower_fault=BAD_LOGIN))

    assert (applied_flower(planned), planned.deletes) == ([], BOTH)
    assert condition(planned, "FlowerReady") == ("False", BAD_LOGIN.code, BAD_LOGIN.message)
    assert planned.retry_after == 5.0


@pytest.mark.parametrize(
    ("taken", "reason"),
    [
        (snapshot(spec(), flower_fault=BAD_LOGIN), "LoginInvalid"),
        (replace(snapshot(spec(), *flower(ready=0)), refusals={NAME: "the API server refuses it"}), "Refused"),
        (snapshot(spec(), child("Service", NAME, owner=None)), "NameConflict"),
        (
            snapshot(spec(), *flower(ready=0, conditions={"Progressing": "False ProgressDeadlineExceeded"})),
            "PodNotReady",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_whatever_keeps_flower_away_the_pool_is_ready(taken: PoolSnapshot, reason: str) -> None:
    found = conditions(plan(taken))

    assert found["FlowerReady"][:2] == ("False", reason)
    assert found["Ready"][0] == "True"


def test_flower_waits_with_the_workers_for_what_they_lack() -> None:
    lack = Reason("SecretMissing", "Secret revrx-secrets does not exist")

    planned = plan(pool_snapshot(spec(), faults=(lack,)))
    standing = plan(snapshot(spec(), *flower(), faults=(lack,)))

    assert applied_flower(planned) == []
    assert condition(planned, "FlowerReady")[:2] == ("False", "SecretMissing")
    assert applied_flower(standing) == [("Deployment", NAME), ("Service", NAME)]


@pytest.mark.parametrize(
    ("children", "told"),
    [
        (flower(), ("True", "PodReady")),
        (flower(ready=0), ("False", "Starting")),
        (flower(ready=0, conditions={"Progressing": "True ReplicaSetUpdated"}), ("False", "Starting")),
        (flower(ready=0, conditions={"Progressing": "True NewReplicaSetAvailable"}), ("False", "PodNotReady")),
        (flower(ready=0, conditions={"Progressing": "False ProgressDeadlineExceeded"}), ("False", "PodNotReady")),
        (flower(replicas=0, ready=0), ("False", "Stopped")),
    ],
    ids=["ready", "made", "starting", "gone", "never started", "stopped"],
)
def test_what_became_of_its_pod_is_read_from_its_deployment(
    children: tuple[Manifest, Manifest], told: tuple[str, str]
) -> None:
    assert condition(plan(snapshot(spec(), *children)), "FlowerReady")[:2] == told


def test_a_pod_of_the_spec_before_is_not_the_one_asked_for() -> None:
    deployment, service = flower()
    before = {**deployment, "metadata": {**deployment["metadata"], "generation": 2}}

    assert condition(plan(snapshot(spec(), before, service)), "FlowerReady")[1] == "Starting"


def test_an_image_without_flower_is_told_with_the_cure() -> None:
    never = flower(ready=0, conditions={"Progressing": "False ProgressDeadlineExceeded"})

    message = condition(plan(snapshot(spec(), *never)), "FlowerReady")[2]

    assert f"kubectl logs deployment/{NAME}" in message
    assert "No such command 'flower'" in message
    assert "spec.flower.image" in message


def test_where_the_spec_cannot_be_read_flower_stays() -> None:
    planned = plan(snapshot(None, *flower(), spec_errors=("spec.image: required",)))

    assert (applied_flower(planned), planned.deletes) == ([], ())
