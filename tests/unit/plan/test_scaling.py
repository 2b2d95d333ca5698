from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revrx_operator.api.spec import WorkerGroup
from revrx_operator.model import BrokerState, GroupReading, GroupSnapshot, QueueLoad, ScalingMemory, Workload
from revrx_operator.plan.scaling import decide
from tests.unit.cases import load_cases
from tests.unit.plan.builders import NOW, group_snapshot, scaling_memory, worker_group


@pytest.mark.parametrize("case", load_cases(__file__, "scaling.yaml"))
def test_decision(case: dict[str, Any]) -> None:
    group = worker_group(**case.get("group", {}))

    decision = decide(group_snapshot(**case["given"]), group, scaling_memory(**case.get("memory", {})))

    assert (decision.replicas, decision.reason.code) == (case["decision"]["replicas"], case["decision"]["reason"])
    assert case["decision"].get("text", "") in decision.reason.message


loads = st.builds(
    lambda waiting, unacked, eta: QueueLoad(waiting, unacked, 0 if unacked is None else min(eta, unacked)),
    waiting=st.integers(0, 500),
    unacked=st.none() | st.integers(0, 500),
    eta=st.integers(0, 500),
)
groups = st.builds(
    lambda low, span, per_replica, concurrency, window: worker_group(
        concurrency=concurrency,
        scaling={
            "minReplicas": low,
            "maxReplicas": max(low + span, 1),
            "tasksPerReplica": per_replica,
            "scaleDown": {"stabilizationSeconds": window},
        },
    ),
    low=st.integers(0, 20),
    span=st.integers(0, 30),
    per_replica=st.integers(1, 50),
    concurrency=st.integers(1, 32),
    window=st.integers(0, 600),
)


def snapshot_of(load: QueueLoad | None, replicas: int, now: float = NOW) -> GroupSnapshot:
    reading = None if load is None else GroupReading(load)
    return GroupSnapshot(now, BrokerState(reachable=load is not None), Workload(replicas), reading)


@given(load=loads, group=groups, replicas=st.integers(0, 60))
def test_what_is_decided_lies_between_the_bounds_or_on_the_way_down_to_them(
    load: QueueLoad, group: WorkerGroup, replicas: int
) -> None:
    decided = decide(snapshot_of(load, replicas), group, ScalingMemory()).replicas

    assert group.scaling.min_replicas <= decided <= max(group.scaling.max_replicas, replicas)


@given(load=loads, group=groups, replicas=st.integers(0, 60), more=st.integers(0, 100))
def test_more_waiting_never_means_fewer_replicas(load: QueueLoad, group: WorkerGroup, replicas: int, more: int) -> None:
    heavier = replace(load, waiting=load.waiting + more)

    fewer = decide(snapshot_of(load, replicas), group, ScalingMemory()).replicas
    assert decide(snapshot_of(heavier, replicas), group, ScalingMemory()).replicas >= fewer


@given(group=groups, replicas=st.integers(0, 60))
def test_a_restarted_operator_takes_nothing_away_before_it_has_seen_a_whole_window(
    group: WorkerGroup, replicas: int
) -> None:
    window, memory, now = group.scaling.scale_down.stabilization_seconds, ScalingMemory(), NOW
    while now < NOW + window:
        decision = decide(snapshot_of(QueueLoad(), replicas, now), group, memory)
        # A maximum below what runs is the user's own word, and is not held back.
        assert decision.replicas >= min(replicas, group.scaling.max_replicas)
        memory, now = decision.memory, now + 30.0


@given(group=groups, demand=st.lists(st.integers(0, 400), min_size=1, max_size=60))
def test_the_memory_stays_small_however_long_it_runs(group: WorkerGroup, demand: list[int]) -> None:
    memory = ScalingMemory()
    for second, waiting in enumerate(demand):
        memory = decide(snapshot_of(QueueLoad(waiting), 3, NOW + second), group, memory).memory

    assert len(memory.wanted) <= group.scaling.max_replicas + 2
