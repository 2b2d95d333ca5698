from revrx_operator.explain.facts import explain
from revrx_operator.explain.report import Explanation, Group
from revrx_operator.model import GroupReading, PoolMemory, QueueLoad, WorkerBeat
from tests.unit.explain.builders import pool_state
from tests.unit.plan.builders import NOW, pod, pool_spec, scaling_memory, worker_group

BUSY = GroupReading(
    QueueLoad(waiting=147, unacked=18, eta=2, oldest_enqueued_at=NOW - 12.5),
    {"worker-a": WorkerBeat(NOW - 1, 4), "worker-b": WorkerBeat(NOW - 1, 3)},
    service_seconds=1.25,
)


def only_group(explanation: Explanation) -> Group:
    (group,) = explanation.groups
    return group


def test_every_input_is_told() -> None:
    inputs = only_group(explain(pool_state(BUSY))).inputs

    assert inputs is not None
    assert (inputs.waiting, inputs.running, inputs.unacked, inputs.eta) == (147, 16, 18, 2)
    assert (inputs.oldest_wait, inputs.service) == (12.5, 1.25)
    assert (inputs.workers_heard, inputs.busy, inputs.slots_in_use, inputs.slots) == (2, 2, 7, 8)


def test_every_target_answers_and_the_winner_comes_first() -> None:
    targets = only_group(explain(pool_state(BUSY))).targets

    assert [(target.reason, target.replicas, target.wins) for target in targets] == [
        ("QueueDepth", 21, True),
        ("Occupied", 2, False),
        ("HeldMessages", 1, False),
        ("MaxWait", 0, False),
    ]


def test_the_goal_has_the_words_of_the_status() -> None:
    state = pool_state(BUSY)
    (told,) = state.snapshot.view.pool["status"]["groups"]

    goal = only_group(explain(state)).goal

    assert (goal.replicas, goal.reason, goal.message) == (told["desiredReplicas"], told["reason"], told["message"])
    assert goal.reason == "MaxReplicas"


def test_nothing_is_idle_where_something_waits() -> None:
    busy, idle = only_group(explain(pool_state(BUSY))), only_group(explain(pool_state(GroupReading())))

    assert "Idle" not in [target.reason for target in busy.targets]
    assert idle.targets[0].reason == "Idle"


def test_a_window_in_force_is_named_as_the_bound() -> None:
    window = {"start": "0 0 * * *", "end": "59 23 * * *", "timeZone": "Europe/Berlin", "minReplicas": 4}
    spec = pool_spec(worker_group(scaling={"windows": [window]}))

    group = only_group(explain(pool_state(GroupReading(), spec=spec)))

    assert (group.floor.replicas, group.ceiling.replicas) == (4, 10)
    assert group.floor.said_by == "the window from 0 0 * * * to 59 23 * * * Europe/Berlin"
    assert group.ceiling.said_by == "maxReplicas"


def test_what_holds_shrinking_back_is_told() -> None:
    group = only_group(explain(pool_state(GroupReading(), replicas=8)))

    assert [why.reason for why in group.held] == ["Stabilizing"]
    assert group.goal.replicas == 8
    assert group.pace is not None
    assert (group.pace.highest_wanted, group.pace.within) == (8, 300)


def test_workers_that_have_to_finish_first_are_told() -> None:
    spec = pool_spec(worker_group(scaling={"scaleDown": {"stabilizationSeconds": 0}}))
    memory = PoolMemory(scaling={"worker": scaling_memory(wanted=[[1, 2]], lowered=[[30, 1]])})
    retiring = pod("worker-a", retiring=True, answer=3)
    reading = GroupReading(QueueLoad(unacked=3), {"worker-a": WorkerBeat(NOW - 1, 3)})
    state = pool_state(reading, spec=spec, replicas=3, memory=memory, pods={"worker": (retiring,)})

    group = only_group(explain(state))

    (told,) = state.snapshot.view.pool["status"]["groups"]
    assert told["reason"] == "Retiring"
    assert [(why.reason, why.message) for why in group.held] == [("Retiring", told["message"])]
    assert [(worker.pod, worker.since, worker.holds) for worker in group.retiring] == [("worker-a", 10.0, 3)]
    assert group.pace is not None
    assert (group.pace.gone, group.pace.per_minute) == (1, 4)


def test_a_redis_that_is_away_leaves_the_inputs_out_and_is_named_without_its_password() -> None:
    explanation = explain(pool_state(failures=7))

    group = only_group(explanation)
    assert (group.inputs, group.targets) == (None, ())
    assert group.goal.reason == "BrokerUnreachable"
    assert explanation.broker is not None
    assert (explanation.broker.where, explanation.broker.failures) == ("redis:6379", 7)
    assert "s3cret" not in explanation.model_dump_json()


def test_the_last_decisions_come_with_their_inputs() -> None:
    first = pool_state(GroupReading())
    second = pool_state(BUSY, memory=first.memory, history=first.history)

    past = only_group(explain(second)).decisions

    assert [(entry.previous, entry.replicas, entry.reason) for entry in past] == [
        (None, 2, "MinReplicas"),
        (2, 10, "MaxReplicas"),
    ]
    assert (past[1].waiting, past[1].running, past[1].oldest_wait, past[1].service) == (147, 16, 12.5, 1.25)


def test_an_explanation_survives_its_way_over_the_wire() -> None:
    explanation = explain(pool_state(BUSY))

    assert Explanation.model_validate_json(explanation.model_dump_json(by_alias=True)) == explanation
