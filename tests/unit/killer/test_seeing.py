import base64
import json
from typing import Any

from tests.e2e.killer.ear import Heard
from tests.e2e.killer.in_cluster.tell import beat
from tests.e2e.killer.pods import Pods, asked_at
from tests.e2e.killer.sights import Beat, Pod, Sight


def manifest(name: str = "pod-a", *, ready: str = "True", labels: dict[str, str] | None = None, **metadata: Any) -> Any:
    return {
        "metadata": {"name": name, "labels": {"pod-template-hash": "t1", **(labels or {})}, **metadata},
        "status": {"conditions": [{"type": "PodScheduled", "status": "True"}, {"type": "Ready", "status": ready}]},
    }


# Deletion asked for at second 1000, with 330 s of grace.
LEAVING: dict[str, Any] = {"deletionTimestamp": "1970-01-01T00:22:10Z", "deletionGracePeriodSeconds": 330}


def test_a_pod_is_followed_from_its_making_to_its_end() -> None:
    pods = Pods()
    pods.take("ADDED", manifest(ready="False"), at=900)
    assert pods.there == {"pod-a": Pod(ready=False, leaving=False, retiring=False, template="t1")}
    pods.take("MODIFIED", manifest(labels={"revrx.io/retiring": "990"}), at=990)
    assert pods.there == {"pod-a": Pod(ready=True, leaving=False, retiring=True, template="t1")}
    pods.take("MODIFIED", manifest(**LEAVING), at=1000.6)
    assert pods.there["pod-a"].leaving
    pods.take("DELETED", manifest(**LEAVING), at=1020)

    assert pods.there == {}
    assert list(pods.deletions.values()) == [("pod-a", 1000.6, "t1")]


def test_a_deletion_was_asked_for_when_its_grace_period_began_at_most_a_second_later() -> None:
    assert asked_at(manifest(**LEAVING), seen_at=1000.2) == 1000.2
    assert asked_at(manifest(**LEAVING), seen_at=1015) == 1001


def test_a_pod_that_went_while_nobody_watched_counts_as_deleted_when_that_is_noticed() -> None:
    pods = Pods()
    pods.relist([manifest("pod-a"), manifest("pod-b")], at=900)
    pods.relist([manifest("pod-b")], at=950)

    assert set(pods.there) == {"pod-b"}
    assert list(pods.deletions.values()) == [("pod-a", 950, "t1")]


def event(**words: Any) -> bytes:
    body = base64.b64encode(json.dumps({"hostname": "worker@pod-a", "active": 2, **words}).encode()).decode()
    return json.dumps({"body": body}).encode()


def test_a_heartbeat_tells_pod_queues_and_held_tasks() -> None:
    said = beat(event(revrx={"queues": ["reports"], "held": 3, "leaving": False}))
    assert said == {"pod": "pod-a", "queues": ["reports"], "held": 3}


def test_a_worker_that_does_not_say_its_queues_is_taken_to_have_none() -> None:
    assert beat(event()) == {"pod": "pod-a", "queues": [], "held": 2}


def test_what_is_heard_is_kept_until_something_newer_is_heard() -> None:
    heard = Heard()
    heard.take('{"beat": {"pod": "pod-a", "queues": ["reports"], "held": 4}}', at=10)
    heard.take('{"reports": {"running": 40, "queued": 3}}', at=11)
    heard.take('{"beat": {"pod": "pod-a", "queues": [], "held": 1}}', at=12)

    assert heard.beats == {"pod-a": Beat(12, frozenset(), 1)}
    assert heard.reports == {"running": 40, "queued": 3}
    assert heard.at == 12


def test_a_pool_rests_when_just_its_minimum_stands_and_nothing_is_to_be_done() -> None:
    stays = Pod(ready=True, leaving=False, retiring=False, template="t1")
    rest = Sight(0, replicas=1, pods={"a": stays}, reports={"completed": 80})

    assert rest.at_rest(1)
    assert not rest.at_rest(2)
    assert not Sight(0, 1, {"a": stays, "b": stays._replace(leaving=True)}).at_rest(1)
    assert not Sight(0, 1, {"a": stays._replace(ready=False)}).at_rest(1)
    assert not Sight(0, 1, {"a": stays}, {"running": 1}).at_rest(1)
    assert not Sight(0, 1, {"a": stays}, {"queued": 1}).at_rest(1)
    assert not Sight(0).at_rest(1)
