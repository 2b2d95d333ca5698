"""What holds of every decision, whatever is read and whatever the user wants."""

from collections.abc import Iterator
from dataclasses import replace
from math import ceil
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from revrx_operator.api.spec import WorkerGroup
from revrx_operator.model import (
    BrokerState,
    CpuUsage,
    GroupReading,
    GroupSnapshot,
    QueueLoad,
    ScalingMemory,
    WorkerBeat,
    Workload,
)
from revrx_operator.plan.demand import demand_of
from revrx_operator.plan.scaling import decide
from revrx_operator.plan.stabilisation import after_restart, lowered
from revrx_operator.plan.targets import THROTTLED_SECONDS
from revrx_operator.plan.windows import bounds_at
from tests.unit.plan.builders import NOW, worker_group

TICK = 0.5

HOURS = [{"start": "0 22 * * *", "end": "0 6 * * *"}, {"start": "0 8 * * *", "end": "0 18 * * *"}]


@st.composite
def group_specs(draw: st.DrawFn) -> WorkerGroup:
    low, span = draw(st.integers(0, 20)), draw(st.integers(0, 30))
    high = max(low + span, 1)
    within = st.integers(max(low, 1), high)
    windows = [{**hours, draw(st.sampled_from(["minReplicas", "maxReplicas"])): draw(within)} for hours in HOURS]
    return worker_group(
        concurrency=draw(st.integers(1, 32)),
        scaling={
            "minReplicas": low,
            "maxReplicas": high,
            "tasksPerReplica": draw(st.integers(1, 50)),
            "maxWaitSeconds": draw(st.none() | st.integers(1, 600)),
            "scaleDown": {
                "stabilizationSeconds": draw(st.integers(0, 600)),
                "maxReplicasPerMinute": draw(st.integers(1, 20)),
            },
            "windows": windows[: draw(st.integers(0, 2))],
        },
    )


@st.composite
def queue_loads(draw: st.DrawFn) -> QueueLoad:
    unacked = draw(st.none() | st.integers(0, 500))
    eta = 0 if unacked is None else draw(st.integers(0, unacked))
    oldest = draw(st.none() | st.floats(-5, 1200).map(lambda age: NOW - age))
    return QueueLoad(draw(st.integers(0, 500)), unacked, eta, oldest)


beats = st.builds(
    lambda active, ahead, leaving: WorkerBeat(
        NOW - 1, active, None if ahead is None else active + ahead, None, leaving
    ),
    active=st.integers(0, 32),
    ahead=st.none() | st.integers(0, 8),
    leaving=st.booleans(),
)
readings = st.builds(
    GroupReading,
    queues=queue_loads(),
    workers=st.dictionaries(st.sampled_from("abcdefgh"), beats),
    service_seconds=st.none() | st.floats(0, 900),
    throttled_at=st.none() | st.floats(0, 60).map(lambda ago: NOW - ago),
)
workloads = st.builds(
    lambda replicas, ready, cpu, rolling: Workload(
        replicas, ready=min(ready, replicas), rolling=rolling, cpu=None if cpu is None else CpuUsage(cpu, replicas)
    ),
    replicas=st.integers(0, 60),
    ready=st.integers(0, 60),
    cpu=st.none() | st.integers(0, 400),
    rolling=st.booleans(),
)
past = st.lists(st.tuples(st.floats(0, 700).map(lambda ago: NOW - ago), st.integers(0, 60)), max_size=5).map(sorted)
memories = st.builds(lambda wanted, gone: ScalingMemory(tuple(wanted), tuple(gone)), wanted=past, gone=past)
situations: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"reading": readings, "workload": workloads, "group": group_specs(), "memory": memories}
)


def replicas_of(
    reading: GroupReading, workload: Workload, group: WorkerGroup, memory: ScalingMemory, now: float = NOW
) -> int:
    return decide(GroupSnapshot(now, BrokerState(reachable=True), workload, reading), group, memory).replicas


@given(situations)
def test_a_decision_lies_between_the_bounds_or_on_the_way_down_to_them(given: dict[str, Any]) -> None:
    bounds = bounds_at(given["group"].scaling, NOW)

    decided = replicas_of(**given)

    assert bounds.floor.replicas <= decided <= max(bounds.ceiling.replicas, given["workload"].replicas)


@given(situations)
def test_no_fewer_replicas_are_decided_than_are_busy_or_the_maximum_allows(given: dict[str, Any]) -> None:
    reading, group = given["reading"], given["group"]
    snapshot = GroupSnapshot(NOW, BrokerState(reachable=True), given["workload"], reading)
    busy = ceil(demand_of(snapshot, reading, group.concurrency).slots / group.concurrency)
    holds_messages = reading.queues.unacked is None or reading.queues.unacked > 0

    least = max(busy, 1 if holds_messages else 0)
    assert replicas_of(**given) >= min(least, bounds_at(group.scaling, NOW).ceiling.replicas)


@given(situations, st.integers(0, 100))
def test_more_waiting_never_means_fewer_replicas(given: dict[str, Any], more: int) -> None:
    queues = given["reading"].queues
    heavier = replace(given["reading"], queues=replace(queues, waiting=queues.waiting + more))

    assert replicas_of(**given | {"reading": heavier}) >= replicas_of(**given)


@given(situations, st.floats(0, 1200))
def test_a_longer_wait_never_means_fewer_replicas(given: dict[str, Any], longer: float) -> None:
    queues = given["reading"].queues
    oldest = (NOW if queues.oldest_enqueued_at is None else queues.oldest_enqueued_at) - longer
    older = replace(given["reading"], queues=replace(queues, oldest_enqueued_at=oldest))

    assert replicas_of(**given | {"reading": older}) >= replicas_of(**given)


@given(situations, st.sampled_from("abcdefgh"), st.integers(0, 100))
def test_more_running_in_a_worker_never_means_fewer_replicas(given: dict[str, Any], name: str, more: int) -> None:
    workers = dict(given["reading"].workers)
    beat = workers.setdefault(name, WorkerBeat(NOW - 1, 0))
    reading = replace(given["reading"], workers=workers)
    assume(not beat.leaving)
    workers = {**workers, name: replace(beat, active=beat.active + more)}
    busier = replace(given["reading"], workers=workers)
    assert replicas_of(**given | {"reading": busier}) >= replicas_of(**given | {"reading": reading})


@given(situations, st.integers(0, 100))
def test_more_unacknowledged_never_means_fewer_replicas(given: dict[str, Any], more: int) -> None:
    queues = given["reading"].queues
    assume(queues.unacked is not None)
    heavier = replace(given["reading"], queues=replace(queues, unacked=queues.unacked + more))

    assert replicas_of(**given | {"reading": heavier}) >= replicas_of(**given)


@given(situations)
def test_while_an_api_answers_429_only_what_runs_and_the_minimum_raise(given: dict[str, Any]) -> None:
    reading, group, workload = given["reading"], given["group"], given["workload"]
    assume(reading.throttled_at is not None and NOW - reading.throttled_at < THROTTLED_SECONDS)
    slots = demand_of(GroupSnapshot(NOW, BrokerState(reachable=True), workload, reading), reading, group.concurrency)

    most = max(
        workload.replicas, 1, bounds_at(group.scaling, NOW).floor.replicas, ceil(slots.slots / group.concurrency)
    )
    assert replicas_of(**given) <= most


@given(situations)
def test_after_a_restart_the_same_rise_is_decided_and_never_a_deeper_fall(given: dict[str, Any]) -> None:
    group, gone = given["group"], given["memory"].lowered
    fresh = after_restart(gone[-1][0] if gone else None, group.scaling.scale_down.max_replicas_per_minute)

    before, after = replicas_of(**given), replicas_of(**given | {"memory": fresh})

    assert after == before if before > given["workload"].replicas else after >= before


@given(group=group_specs(), replicas=st.integers(0, 60))
def test_a_restarted_operator_takes_nothing_away_before_it_has_seen_a_whole_window(
    group: WorkerGroup, replicas: int
) -> None:
    window, memory, now = group.scaling.scale_down.stabilization_seconds, ScalingMemory(), NOW
    while now < NOW + window:
        snapshot = GroupSnapshot(now, BrokerState(reachable=True), Workload(replicas), GroupReading())
        decision = decide(snapshot, group, memory)
        # A maximum below what runs is the user's own word, and is not held back.
        assert decision.replicas >= min(replicas, bounds_at(group.scaling, now).ceiling.replicas)
        memory, now = decision.memory, now + 30.0


def followed(group: WorkerGroup, replicas: int, waiting: list[int], seconds: float) -> Iterator[tuple[float, int, int]]:
    """Time, demand and replicas where every goal is reached at once, from one reading to the next."""
    memory, now = ScalingMemory(), NOW
    for tasks in waiting:
        reading = GroupReading(QueueLoad(waiting=tasks))
        decision = decide(GroupSnapshot(now, BrokerState(reachable=True), Workload(replicas), reading), group, memory)
        gone, memory = replicas - decision.replicas, decision.memory
        if gone > 0:
            memory = lowered(memory, now, gone)
        replicas = decision.replicas
        yield now, tasks, replicas
        now += seconds


@given(
    replicas=st.integers(0, 30),
    floor=st.integers(0, 200),
    per_replica=st.integers(1, 50),
    noise=st.lists(st.floats(0, 1, exclude_max=True), min_size=2, max_size=60),
)
def test_demand_that_moves_within_one_replicas_worth_of_tasks_never_lowers_and_raises_once(
    replicas: int, floor: int, per_replica: int, noise: list[float]
) -> None:
    group = worker_group(scaling={"minReplicas": 0, "maxReplicas": 1000, "tasksPerReplica": per_replica})
    waiting = [floor + int(share * per_replica) for share in noise]

    seen = [count for _, _, count in followed(group, replicas, waiting, seconds=300 / 61)]

    assert seen == sorted(seen)
    assert len(set(seen)) <= 2


@given(
    group=group_specs(),
    replicas=st.integers(0, 60),
    waiting=st.lists(st.integers(0, 400), min_size=1, max_size=60),
    seconds=st.sampled_from([TICK, 7.0, 31.0]),
)
def test_within_any_minute_no_more_replicas_go_than_the_pace_allows(
    group: WorkerGroup, replicas: int, waiting: list[int], seconds: float
) -> None:
    falls, before = [], replicas
    for now, _, count in followed(group, replicas, waiting, seconds):
        falls.append((now, max(before - count, 0)))
        before = count

    for end, _ in falls:
        within = sum(gone for at, gone in falls if end - 60 < at <= end)
        assert within <= group.scaling.scale_down.max_replicas_per_minute


@given(
    replicas=st.integers(0, 60),
    waiting=st.lists(st.integers(0, 400), min_size=1, max_size=60),
    window=st.integers(0, 300),
)
def test_no_fall_goes_below_what_was_wanted_within_the_window(replicas: int, waiting: list[int], window: int) -> None:
    scaling = {"minReplicas": 0, "maxReplicas": 1000, "scaleDown": {"stabilizationSeconds": window}}
    group = worker_group(scaling=scaling)
    wanted, before = [], replicas
    for now, tasks, count in followed(group, replicas, waiting, seconds=7.0):
        wanted.append((now, ceil(tasks / 8)))
        highest = max(replicas for at, replicas in wanted if at > now - window or at == now)
        assert count >= min(before, highest)
        before = count


@given(group=group_specs(), demand=st.lists(st.integers(0, 400), min_size=1, max_size=60))
def test_the_memory_stays_small_however_long_it_runs(group: WorkerGroup, demand: list[int]) -> None:
    memory = ScalingMemory()
    for second, waiting in enumerate(demand):
        reading = GroupReading(QueueLoad(waiting))
        snapshot = GroupSnapshot(NOW + second, BrokerState(reachable=True), Workload(3), reading)
        memory = decide(snapshot, group, memory).memory

    assert len(memory.wanted) <= group.scaling.max_replicas + 2
