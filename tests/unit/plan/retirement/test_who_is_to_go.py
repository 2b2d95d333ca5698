from revrx_operator.model import BrokerState, GroupReading, GroupSnapshot, RetirementMemory, WorkerBeat
from revrx_operator.plan.retirement import retire
from tests.unit.plan.builders import NOW
from tests.unit.plan.retirement.steps import REPORTS, beat, marked, pod, restored, retiring, step, unstarted


def test_the_pods_are_looked_at_only_when_replicas_are_to_go() -> None:
    content = step(goal=3, replicas=3, listed=False, look=False)
    assert (content.memory.look, content.retry_after) == (False, None)

    shrinking = step(goal=2, replicas=3, listed=False, look=False)
    assert (shrinking.memory.look, shrinking.retry_after, shrinking.replicas) == (True, 0.0, 3)


def test_the_pods_of_a_deployment_that_is_made_now_are_not_looked_at() -> None:
    snapshot = GroupSnapshot(NOW, BrokerState(True), None, GroupReading())

    plan = retire(snapshot, 3, name="worker", queues=(), cancelled={}, memory=RetirementMemory())

    assert (plan.memory.look, plan.replicas) == (False, 3)


def test_the_idle_go_first_then_the_least_busy_then_the_unheard() -> None:
    beats = {"busy": beat(4), "idle": beat(0), "less-busy": beat(1)}
    pods = (pod("silent"), pod("busy"), pod("idle"), pod("less-busy"))

    assert [marked(step(*pods, goal=goal, beats=beats)) for goal in (3, 2, 1, 0)] == [
        ["idle"],
        ["idle", "less-busy"],
        ["idle", "less-busy", "busy"],
        ["idle", "less-busy", "busy", "silent"],
    ]


def test_a_worker_that_runs_what_it_does_not_count_as_held_is_busy() -> None:
    beats = {"a": WorkerBeat(NOW, active=2, held=0, queues=REPORTS), "b": WorkerBeat(NOW, active=1)}

    assert marked(step(pod("a"), pod("b"), goal=1, beats=beats)) == ["b"]


def test_equally_busy_workers_go_by_name() -> None:
    assert marked(step(pod("b"), pod("a"), pod("c"), goal=1)) == ["a", "b"]


def test_pods_that_never_started_go_before_all_others_in_the_replica_sets_own_order() -> None:
    pods = (pod("idle"), unstarted("pending"), unstarted("starting", 3), unstarted("nowhere", 0))

    assert marked(step(*pods, goal=1, beats={"idle": beat()}))[:3] == ["nowhere", "pending", "starting"]


def test_those_that_retire_already_stay_the_ones() -> None:
    plan = step(retiring("b"), pod("a"), goal=1, beats={"a": beat(0), "b": beat(3)})

    assert (marked(plan), restored(plan)) == ([], [])
