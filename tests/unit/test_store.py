from typing import Any

from revrx_operator.model import PoolKey
from revrx_operator.store import Store

KEY = PoolKey("revrx", "reports")


def pool(version: int = 1, uid: str = "pool") -> dict[str, Any]:
    metadata = {"namespace": "revrx", "name": "reports", "uid": uid, "resourceVersion": str(version)}
    return {"kind": "ReportWorkerPool", "metadata": metadata}


def deployment(version: int = 1, uid: str = "deployment", managers: tuple[str, ...] = ()) -> dict[str, Any]:
    owners = [{"manager": manager, "fieldsV1": {"f:spec": {"f:replicas": {}, "f:x": {}}}} for manager in managers]
    metadata = {
        "namespace": "revrx",
        "name": "reports-worker",
        "uid": uid,
        "resourceVersion": str(version),
        "labels": {"revrx.io/pool": "reports"},
        "managedFields": [*owners, {"manager": "kubectl", "fieldsV1": {"f:metadata": {}}}],
    }
    return {"kind": "Deployment", "metadata": metadata}


def versions(store: Store) -> list[str]:
    return [child["metadata"]["resourceVersion"] for child in store.children(KEY)]


def test_what_the_watch_tells_is_news_once() -> None:
    store = Store()

    assert store.saw(pool())
    assert not store.saw(pool())
    assert store.saw(pool(version=2))


def test_the_watch_brings_no_news_of_a_write_whose_answer_was_seen() -> None:
    store = Store()
    store.saw_answer(deployment(version=7))

    assert not store.saw(deployment(version=7))


def test_an_older_version_that_comes_late_changes_nothing() -> None:
    store = Store()
    store.saw(deployment(version=10))

    assert not store.saw(deployment(version=9))
    assert versions(store) == ["10"]


def test_a_new_object_of_the_same_name_is_news_whatever_its_version() -> None:
    store = Store()
    store.saw(deployment(version=10))

    assert store.saw(deployment(version=3, uid="made anew"))
    assert versions(store) == ["3"]


def test_the_late_deletion_of_an_earlier_object_leaves_its_successor() -> None:
    store = Store()
    store.saw(deployment(uid="made anew"))

    assert not store.lost(deployment())
    assert store.lost(deployment(uid="made anew"))
    assert not store.lost(deployment(uid="made anew"))
    assert store.children(KEY) == ()


def test_a_deletion_that_was_never_announced_ends_with_the_next_listing() -> None:
    store = Store()
    store.saw(pool())
    store.saw(deployment())

    store.replace(KEY, pool(version=2), [])

    assert store.children(KEY) == ()
    assert store.pool(KEY) is not None


def test_answers_about_other_kinds_are_not_kept() -> None:
    store = Store()
    store.saw_answer({"kind": "Pod", "metadata": {"name": "reports-worker-x", "labels": {"revrx.io/pool": "reports"}}})

    assert store.children(KEY) == ()


def test_of_the_managed_fields_only_the_owners_of_the_replicas_are_kept() -> None:
    store = Store()
    store.saw(deployment(managers=("revrx-scaler",)))

    (kept,) = store.children(KEY)
    assert kept["metadata"]["managedFields"] == [
        {"manager": "revrx-scaler", "fieldsV1": {"f:spec": {"f:replicas": {}}}}
    ]


def test_children_whose_pool_was_never_seen_are_to_be_looked_at() -> None:
    store = Store()
    store.saw(deployment())

    assert store.pools() == (KEY,)


def test_of_a_pool_that_goes_with_its_children_nothing_is_left() -> None:
    store = Store()
    store.saw(pool())
    store.saw(deployment())

    store.lost(pool())
    assert store.pools() == (KEY,)
    store.lost(deployment())
    assert store.pools() == ()


def test_a_list_that_is_older_than_what_a_watch_told_meanwhile_does_not_take_it_back() -> None:
    store = Store()
    store.saw(pool(version=5))
    store.saw(deployment(version=7))

    store.replace(KEY, pool(version=4), [deployment(version=6)])

    assert (store.pool(KEY) or {})["metadata"]["resourceVersion"] == "5"
    assert versions(store) == ["7"]
