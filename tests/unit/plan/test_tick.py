from dataclasses import replace

from revrx_operator.model import PoolMemory, PoolSnapshot, QueueLoad, RetirementMemory, WorkerBeat
from revrx_operator.plan.pool import plan_pool
from revrx_operator.plan.status import NUMBERS_EVERY_SECONDS
from revrx_operator.plan.tick import News, tick, workloads_of
from tests.unit.plan.builders import NOW, all_children, child, pool_snapshot, pool_spec, worker_group

NOT_LOOKING = {"worker": RetirementMemory(look=False)}
LISTENS = WorkerBeat(NOW, active=0, held=0, queues=frozenset({"reports"}))


def snapshot(*, reachable: bool = True, oldest: float | None = None, waiting: int = 0) -> PoolSnapshot:
    """Two replicas, and this much in the queue."""
    load = {"worker": QueueLoad(waiting=waiting, oldest_enqueued_at=oldest)} if reachable else None
    return pool_snapshot(pool_spec(), *all_children(), loads=load)


def after_a_run(seen: PoolSnapshot, *, seconds_ago: float = 0.0) -> PoolMemory:
    """What the last run left behind; it saw the same."""
    memory = plan_pool(seen, PoolMemory()).memory
    return replace(memory, retirement=NOT_LOOKING, status_written_at=NOW - seconds_ago)


def hearing(seen: PoolSnapshot, **beats: WorkerBeat) -> PoolSnapshot:
    """The same, with workers of the one group heard."""
    groups = {"worker": replace(seen.reading.groups["worker"], workers=beats)}
    return replace(seen, reading=replace(seen.reading, groups=groups))


def needs_run(seen: PoolSnapshot, memory: PoolMemory) -> bool:
    return news(seen, memory) is not None


def news(seen: PoolSnapshot, memory: PoolMemory) -> News | None:
    return tick(seen, workloads_of(seen.view), memory)[0]


def test_nothing_new_needs_no_run() -> None:
    assert not needs_run(snapshot(), after_a_run(snapshot(), seconds_ago=1000))


def test_another_goal_is_about_workers() -> None:
    assert news(snapshot(waiting=40), after_a_run(snapshot())) is News.WORKERS


def test_another_ceiling_is_about_workers() -> None:
    memory = after_a_run(snapshot())
    replicas, code, ceiling = memory.decided["worker"]

    assert news(snapshot(), replace(memory, decided={"worker": (replicas, code, ceiling + 1)})) is News.WORKERS


def test_another_reason_for_the_same_goal_is_about_words() -> None:
    memory = after_a_run(snapshot())
    replicas, _, ceiling = memory.decided["worker"]

    assert news(snapshot(), replace(memory, decided={"worker": (replicas, "Paused", ceiling)})) is News.WORDS


def test_redis_that_goes_or_comes_back_needs_a_run() -> None:
    away = snapshot(reachable=False)

    assert news(away, replace(after_a_run(away), reachable=True)) is News.WORDS
    assert news(snapshot(), replace(after_a_run(snapshot()), reachable=False)) is News.WORDS
    assert not needs_run(away, after_a_run(away))


def test_numbers_that_move_wait_until_the_status_is_old_enough() -> None:
    moved = snapshot(waiting=3)

    assert not needs_run(moved, after_a_run(snapshot(), seconds_ago=NUMBERS_EVERY_SECONDS - 1))
    assert news(moved, after_a_run(snapshot(), seconds_ago=NUMBERS_EVERY_SECONDS)) is News.WORDS


def test_a_worker_that_becomes_busy_and_an_older_task_are_numbers_that_move() -> None:
    memory = after_a_run(hearing(snapshot(), a=LISTENS), seconds_ago=NUMBERS_EVERY_SECONDS)

    assert not needs_run(hearing(snapshot(), a=LISTENS), memory)
    assert needs_run(hearing(snapshot(), a=replace(LISTENS, active=1, held=1)), memory)
    assert needs_run(hearing(snapshot(oldest=NOW - 5), a=LISTENS), memory)


def test_each_group_is_decided_by_what_it_remembers_and_leaves_its_memory_behind() -> None:
    spec = pool_spec(worker_group(scaling={"minReplicas": 0}), worker_group(name="urgent", queues=["urgent"]))
    loads = {"worker": QueueLoad(waiting=40), "urgent": QueueLoad()}
    idle = {name: QueueLoad() for name in loads}
    seen = pool_snapshot(spec, child(replicas=2), child(name="revrx-celery-urgent", replicas=2), loads=loads)
    memory = PoolMemory()

    _, first = tick(seen, workloads_of(seen.view), memory)
    emptied = replace(pool_snapshot(spec, *seen.view.children, loads=idle), now=NOW + 1)
    _, second = tick(emptied, workloads_of(seen.view), first)

    assert [wanted for _, wanted in first.scaling["worker"].wanted] == [5]
    assert [wanted for _, wanted in first.scaling["urgent"].wanted] == [2]
    assert second.scaling["worker"].wanted == ((NOW, 5), (NOW + 1, 0))


def test_the_replicas_of_a_group_are_those_of_its_own_deployment() -> None:
    paused = pool_snapshot(pool_spec(paused=True), child(replicas=7), loads={"worker": QueueLoad()})

    assert not needs_run(paused, after_a_run(paused))
    assert needs_run(paused, replace(after_a_run(paused), decided={"worker": (2, "Paused", 10)}))


def test_a_worker_that_lacks_its_queues_needs_a_run_unless_the_pods_are_looked_at_anyway() -> None:
    quiet = snapshot()
    deaf = replace(LISTENS, queues=frozenset())
    memory = after_a_run(quiet)

    assert not needs_run(hearing(quiet, a=LISTENS), memory)
    assert news(hearing(quiet, a=LISTENS, b=deaf), memory) is News.WORKERS

    looking = replace(memory, retirement={"worker": RetirementMemory(look=True)})
    assert not needs_run(hearing(quiet, a=deaf), looking)


def test_a_spec_that_cannot_be_read_needs_no_run_and_forgets_nothing() -> None:
    memory = after_a_run(snapshot())

    assert tick(pool_snapshot(None), {}, memory) == (None, memory)
