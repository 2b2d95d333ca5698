import pytest

from bench.killer import SUBJECTS
from bench.killer.keda import keda
from tests.e2e.killer.deafness import Spell
from tests.e2e.killer.rounds import Played
from tests.e2e.killer.subject import ours
from tests.e2e.killer.tables import COLUMNS, table
from tests.e2e.killer.verdict import Verdict


@pytest.mark.parametrize("grace_seconds", [330, 30])
def test_keda_scales_the_workers_of_our_pool_between_the_same_bounds(grace_seconds: int) -> None:
    deployment, scaled_object = keda("killer-1", grace_seconds).manifests
    (pool,) = ours().manifests
    (group,) = pool["spec"]["workers"]
    template = deployment["spec"]["template"]

    assert template["metadata"]["labels"] == deployment["spec"]["selector"]["matchLabels"]
    assert template["spec"]["terminationGracePeriodSeconds"] == grace_seconds
    assert template["spec"]["containers"][0]["resources"] == group["resources"]
    assert "ownerReferences" not in deployment["metadata"]
    assert scaled_object["spec"]["scaleTargetRef"]["name"] == deployment["metadata"]["name"]
    bounds = (scaled_object["spec"]["minReplicaCount"], scaled_object["spec"]["maxReplicaCount"])
    assert bounds == (group["scaling"]["minReplicas"], group["scaling"]["maxReplicas"])
    (trigger,) = scaled_object["spec"]["triggers"]
    assert trigger["metadata"]["address"] == "redis.killer-1:6379"
    assert int(trigger["metadata"]["listLength"]) == group["scaling"]["tasksPerReplica"]


def test_only_ours_is_held_against_what_the_operator_promises() -> None:
    assert [name for name, scenario in SUBJECTS.items() if scenario.promises] == ["ours"]


def verdict(*, interrupted: int, deaf_seconds: float, to_minimum_seconds: float) -> Verdict:
    return Verdict(
        running=40,
        reports=60,
        completed=59,
        interrupted=interrupted,
        started_again=1,
        claimed_again=0,
        stored_twice=0,
        taken=("pod-a", "pod-b"),
        deaf=Spell("pod-a", 0, deaf_seconds),
        without_queues=Spell("pod-a", 0, 55.5),
        to_minimum_seconds=to_minimum_seconds,
    )


def test_the_table_sums_what_is_counted_and_keeps_the_longest_of_what_is_timed() -> None:
    played = [
        Played(verdict(interrupted=2, deaf_seconds=1.25, to_minimum_seconds=60)),
        Played(verdict(interrupted=3, deaf_seconds=0, to_minimum_seconds=90)),
        Played(None, ("did not come to its end",)),
    ]
    told = table("Killer", {"plain": played, "rollout": played[2:]})

    first, second = (dict(zip(("", *COLUMNS), row, strict=True)) for row in told.rows)
    assert (first["rounds"], first["running"], first["reports"], first["not completed"]) == ("2", "80", "120", "2")
    assert (first["interrupted"], first["busy pods taken"], first["deaf"]) == ("5", "4", "1.2")
    assert (first["minimum p50"], first["minimum max"]) == ("75", "90")
    assert set(second.values()) == {"rollout", "-"}
