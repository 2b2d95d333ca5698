from pathlib import Path

from tests.e2e.waiting import eventually
from tests.fixtures.api_server import ApiServer
from tests.fixtures.operator_process import operator_process
from tests.integration.plugin.conftest import Place

POOLS = ("one", "two", "three", "four")


def test_a_start_of_the_operator_neither_ends_a_warning_nor_tells_it_again(
    server: ApiServer, place: Place, tmp_path: Path
) -> None:
    for name in POOLS:
        place.pool(name)
    with operator_process(server.kubeconfig, tmp_path):
        eventually(lambda: warned(place), lambda names: names >= {*POOLS}, "each pool is warned of the others")
    since, events = since_when(place), events_of_shared_queues(place)

    with operator_process(server.kubeconfig, tmp_path):
        place.pool("five")
        eventually(lambda: warned(place), lambda names: "five" in names, "the operator has looked at all of them")

    assert {name: at for name, at in since_when(place).items() if name in since} == since
    assert [event for event in events_of_shared_queues(place) if event not in events] == [("five", "SharedWithPool")]


def conditions(place: Place) -> dict[str, dict[str, str]]:
    """What each pool says of its queues."""
    return {
        pool["metadata"]["name"]: dict(found)
        for pool in place.kubectl.list("rwp")
        for found in pool.get("status", {}).get("conditions", [])
        if found["type"] == "QueueShared"
    }


def warned(place: Place) -> set[str]:
    return {name for name, found in conditions(place).items() if found["status"] == "True"}


def since_when(place: Place) -> dict[str, str]:
    return {name: found["lastTransitionTime"] for name, found in conditions(place).items()}


def events_of_shared_queues(place: Place) -> list[tuple[str, str]]:
    """By pool, what was told of its queues."""
    events = [(event["involvedObject"]["name"], event["reason"]) for event in place.kubectl.list("events")]
    return sorted(event for event in events if event[1] in {"SharedWithPool", "NotShared"})
