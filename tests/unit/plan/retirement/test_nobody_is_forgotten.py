import pytest

from revrx_operator.model import Reason, RetirementMemory, WorkerBeat
from revrx_operator.plan.deletion_order import EMPTY_COST
from tests.unit.plan.builders import NOW
from tests.unit.plan.retirement.steps import LONG_AGO, beat, drained, pod, restored, retiring, step


def test_after_a_restart_of_the_operator_the_pods_are_looked_at_and_retiring_workers_told_again() -> None:
    assert RetirementMemory().look

    plan = step(retiring("a", EMPTY_COST), pod("b"), goal=1, cancelled={}, costs={})

    assert [cancel.pod for cancel in plan.cancels] == ["a"]
    assert plan.replicas == 2


def test_a_worker_that_is_not_marked_and_lacks_its_queues_gets_them_back() -> None:
    deaf = beat(0, frozenset())

    (restore,) = step(pod("a"), goal=1, beats={"a": deaf}).restores
    assert (restore.worker.pod, restore.unmark) == ("a", None)
    unlisted = step(goal=1, replicas=1, listed=False, look=False, beats={"a": deaf})
    assert unlisted.memory.look


@pytest.mark.parametrize(
    "content", [beat(), beat(queues=None), beat(queues=frozenset(), leaving=True), beat(queues=frozenset(), ago=5)]
)
def test_no_pod_is_looked_at_for_a_worker_that_listens_leaves_or_is_gone(content: WorkerBeat) -> None:
    plan = step(goal=1, replicas=1, listed=False, look=False, beats={"a": content})

    assert not plan.memory.look


def test_in_a_rollout_old_workers_may_lack_queues() -> None:
    deaf = {"a": beat(0, frozenset({"old"}))}

    assert step(pod("a"), goal=1, beats=deaf, rolling=True).restores == ()
    assert not step(goal=1, replicas=1, listed=False, look=False, beats=deaf, rolling=True).memory.look


def test_workers_whose_beats_do_not_say_what_they_take_are_asked_once() -> None:
    foreign = {"a": beat(queues=None)}

    first = step(pod("a"), goal=1, beats=foreign)
    assert (first.memory.ask, first.retry_after) == (frozenset({"a"}), 0.0)
    answered = step(pod("a", queues=frozenset(), answer=0), goal=1, beats=foreign, ask=frozenset({"a"}))
    assert (restored(answered), answered.memory.ask, answered.memory.asked) == (["a"], frozenset(), frozenset({"a"}))
    later = step(pod("a"), goal=1, beats=foreign, asked=frozenset({"a"}))
    assert (later.memory.ask, later.memory.look, later.retry_after) == (frozenset(), False, None)


def test_a_worker_that_was_not_heard_yet_is_looked_at_once_more() -> None:
    unheard = step(pod("a"), goal=1, costs={})
    assert (unheard.memory.look, unheard.retry_after) == (True, 7.0)

    silent = step(pod("a"), goal=1, costs={"a": (0, NOW - 7)})
    assert (silent.memory.look, silent.retry_after) == (False, None)


def test_while_redis_is_away_nobody_is_taken_or_told_and_what_was_said_is_forgotten() -> None:
    plan = step(drained("a"), pod("b"), goal=1, reachable=False, empty={"a": LONG_AGO})

    assert (plan.replicas, plan.restores, plan.marks, plan.cancels) == (2, (), (), ())
    assert (plan.memory, plan.cancelled) == (RetirementMemory(), {})
    assert plan.reason == Reason("BrokerUnreachable", "no worker can be asked whether it is empty: refused")


def test_pods_that_are_being_deleted_are_nobody() -> None:
    plan = step(retiring("gone", leaving=True), pod("a"), goal=1, beats={"a": beat()})

    assert (plan.restores, plan.marks, plan.cancels, plan.reason) == ((), (), (), None)
    assert plan.memory.look
