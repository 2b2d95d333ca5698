from typing import Any

import pytest

from bench.reaction.subjects import DEPLOYMENT, KEDA, NAMESPACE, pool, same_shape, scaled_object
from bench.reaction.tables import durations, ratios
from bench.reaction.timing import Reaction, Sight, reaction
from bench.result import BenchError
from revrx_operator.api.spec import PoolSpec
from revrx_operator.resources.deployment import build_deployment


def deployment() -> dict[str, Any]:
    manifest = pool(0)
    spec = PoolSpec.model_validate(manifest["spec"])
    manifest["metadata"] |= {"namespace": NAMESPACE, "uid": "u"}
    return build_deployment(manifest, spec, spec.workers[0], replicas=1)


def test_each_moment_is_that_of_the_first_sight_of_it() -> None:
    sights = [Sight(0.1, 1, 1), Sight(0.3, 5, 1), Sight(0.4, 5, 3), Sight(15, 10, 5), Sight(16, 10, 10)]
    assert reaction([*sights, Sight(17, 10, 10)], before=1, replicas=10) == Reaction(first=0.3, full=15, ready=16)


def test_one_step_from_one_to_ten_is_both_moments() -> None:
    assert reaction([Sight(0.2, 10, 1), Sight(8, 10, 10)], before=1, replicas=10) == Reaction(
        first=0.2, full=0.2, ready=8
    )


@pytest.mark.parametrize(
    ("sights", "last"),
    [
        ([], "nothing seen"),
        ([Sight(0, 1, 1)], "1 replicas in spec, 1 Ready"),
        ([Sight(1, 10, 9)], "10 replicas in spec, 9 Ready"),
    ],
)
def test_a_run_that_does_not_come_to_its_end_is_told_with_what_was_last_seen(sights: list[Sight], last: str) -> None:
    with pytest.raises(BenchError, match=f"not 10 replicas Ready within 180 s of the enqueue: {last}"):
        reaction(sights, before=0, replicas=10)


def test_keda_scales_pods_of_the_very_shape_of_ours() -> None:
    ours = deployment()
    theirs = same_shape(ours, minimum=1)
    assert theirs["metadata"] == {"name": ours["metadata"]["name"]} == {"name": DEPLOYMENT}
    assert theirs["spec"]["template"]["spec"] == ours["spec"]["template"]["spec"]
    assert theirs["spec"]["strategy"] == ours["spec"]["strategy"]


def test_our_operator_does_not_know_the_copy_by_its_labels() -> None:
    template = same_shape(deployment(), minimum=0)["spec"]["template"]
    assert not any("revrx.io" in label for label in template["metadata"]["labels"])


def test_both_sides_have_the_same_bounds_target_queue_and_redis() -> None:
    spec = pool(minimum=1)["spec"]
    (group,) = spec["workers"]
    for subject in KEDA:
        theirs = scaled_object(subject.settings or {}, minimum=1)["spec"]
        (trigger,) = theirs["triggers"]
        assert theirs["minReplicaCount"] == group["scaling"]["minReplicas"]
        assert theirs["maxReplicaCount"] == group["scaling"]["maxReplicas"]
        assert trigger["metadata"]["listLength"] == str(group["scaling"]["tasksPerReplica"])
        assert [trigger["metadata"]["listName"]] == group["queues"]
        assert spec["broker"]["url"] == f"redis://{trigger['metadata']['address']}/0"


def test_the_tables_compare_percentile_with_percentile() -> None:
    reactions = {
        "ours": [Reaction(0.1, 0.2, 4.0)] * 3,
        "KEDA": [Reaction(2.0, 10.0, 12.0), Reaction(4.0, 20.0, 24.0), Reaction(3.0, 30.0, 36.0)],
    }
    assert durations(reactions).rows[0] == ["ours", "3", *["0.10"] * 3, *["0.20"] * 3, *["4.00"] * 3]
    (row,) = ratios(reactions, "ours").rows
    assert row == ["KEDA", "30.0", "39.0", "40.0", "100.0", "145.0", "150.0", "6.0", "8.7", "9.0"]
