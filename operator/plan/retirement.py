"""Taking workers away by choice: mark, cancel, let finish, count off when empty; or give back.

What has been done stands in the cluster and in the workers, so a plan is made from what is seen, whoever began it. The
memory only shortens the way: without it workers are told and asked again, and nothing goes before its time.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from revrx_operator.model import (
    GroupSnapshot,
    Pod,
    PodMark,
    Reason,
    Restore,
    RetirementMemory,
    WorkerQueues,
    Workload,
)
from revrx_operator.plan.deletion_order import EMPTY_COST, OUR_COSTS, RETIRING_COST, leading
from revrx_operator.plan.retiring_group import FETCH_SECONDS, RetiringGroup

CACHE_SECONDS = 1.0
"""The ReplicaSet controller knows pods from a watch: it may not have seen yet what we have."""
REWRITE_SECONDS = 30.0
"""Between two times that a deletion cost which somebody else keeps writing is put right."""
HEARD_SECONDS = 7.0
"""A worker that beats is heard within three beats."""
FRESH_SECONDS = 3.0
"""A heartbeat that is older may be the last one of a worker that is gone."""
LOOK_SECONDS = 1.0
LOOK_AT_BLOCKED_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Retirement:
    """What a run does about the workers of a group that are to go."""

    replicas: int
    """As low as spec.replicas may be written now."""
    memory: RetirementMemory
    cancelled: Mapping[str, float]
    """By pod name, the confirmations that still hold."""
    reason: Reason | None = None
    """Why replicas that are not needed are still there."""
    restores: tuple[Restore, ...] = ()
    marks: tuple[PodMark, ...] = ()
    cancels: tuple[WorkerQueues, ...] = ()
    retry_after: float | None = None
    """Seconds until the group has to be looked at again."""


def retire(
    snapshot: GroupSnapshot,
    goal: int,
    *,
    name: str,
    queues: tuple[str, ...],
    cancelled: Mapping[str, float],
    memory: RetirementMemory,
    drains: bool = False,
) -> Retirement:
    """Bring the group ``name``, whose workers take tasks from ``queues``, a step nearer to ``goal`` replicas.

    ``cancelled`` tells when the worker of each pod confirmed that it takes nothing new. In a group that ``drains``
    everybody is to go, and nobody is given back whatever keeps the empty ones from being taken away.
    """
    workload = snapshot.workload
    if workload is None:  # a Deployment that we make has no pod that was marked before
        return Retirement(goal, RetirementMemory(look=False), {})
    if not snapshot.broker.reachable or snapshot.reading is None:  # nobody can be asked; what was said may not hold
        return _unasked(workload, snapshot)
    if snapshot.pods is None:
        return _unlisted(workload, goal, seems_deaf(snapshot, queues), memory)
    group = RetiringGroup(
        name=name,
        queues=queues,
        now=snapshot.now,
        goal=goal,
        drains=drains,
        workload=workload,
        pods=tuple(pod for pod in snapshot.pods if not pod.leaving),
        some_leave=any(pod.leaving for pod in snapshot.pods),
        beats=snapshot.reading.workers,
        cancelled=cancelled,
        memory=memory,
    )
    return _next_step(group)


def seems_deaf(snapshot: GroupSnapshot, queues: tuple[str, ...]) -> bool:
    """Whether a worker has just said that it lacks queues, and does not leave: it is retiring, or was forgotten."""
    if snapshot.reading is None or snapshot.workload is None or snapshot.workload.rolling:
        return False
    fresh = [beat for beat in snapshot.reading.workers.values() if snapshot.now - beat.heard_at < FRESH_SECONDS]
    return any(beat.queues is not None and not beat.leaving and not beat.queues >= {*queues} for beat in fresh)


def _unasked(workload: Workload, snapshot: GroupSnapshot) -> Retirement:
    reason = Reason("BrokerUnreachable", f"no worker can be asked whether it is empty: {snapshot.broker.message}")
    some_leave = any(pod.leaving for pod in snapshot.pods or ())
    again = LOOK_AT_BLOCKED_SECONDS if some_leave else None
    return Retirement(workload.replicas, RetirementMemory(), {}, reason, retry_after=again)


def _unlisted(workload: Workload, goal: int, deaf: bool, memory: RetirementMemory) -> Retirement:
    if goal >= workload.replicas and not deaf:
        return Retirement(workload.replicas, RetirementMemory(look=False), {})
    reason = Reason("Retiring", f"{workload.replicas} → {goal}: looking who is idle")
    again = LOOK_SECONDS if memory.look else 0.0
    return Retirement(workload.replicas, RetirementMemory(), {}, reason, retry_after=again)


def _next_step(group: RetiringGroup) -> Retirement:
    """Everything that can be done now."""
    rewrites = _rewrites(group)
    to_ask = _to_ask(group)
    return Retirement(
        replicas=_replicas(group),
        memory=_remembered(group, to_ask, bool(rewrites)),
        cancelled={pod.name: group.cancelled[pod.name] for pod in group.chosen if group.is_cancelled(pod)},
        reason=_reason(group),
        restores=tuple(_restore(group, pod) for pod in group.given_back),
        marks=(*_new_marks(group), *_own_costs(group), *rewrites),
        cancels=_cancels(group),
        retry_after=_retry_after(group, to_ask),
    )


def _replicas(group: RetiringGroup) -> int:
    """Lower by as many as the ReplicaSet can take without taking one that holds tasks."""
    current = group.workload.replicas
    settled = all(group.now - since >= CACHE_SECONDS for _, since in group.costs.values())
    if group.given_back or group.is_waiting or not settled:
        return current
    if group.goes_at_once:
        return 0 if all(map(group.may_go, group.pods)) else current
    if group.rolls_out or group.workload.rolling:
        return current
    return min(current, max(group.goal, len(group.pods) - leading(group.pods, group.may_go)))


def _restore(group: RetiringGroup, pod: Pod) -> Restore:
    queues = () if group.never_started(pod) else group.queues
    unmark = None if pod.retiring_since is None else PodMark(pod.name, pod.uid, None, None)
    return Restore(WorkerQueues(group.name, pod.name, queues), unmark)


def _new_marks(group: RetiringGroup) -> list[PodMark]:
    new = [pod for pod in group.chosen if pod.retiring_since is None]
    return [PodMark(pod.name, pod.uid, group.now, RETIRING_COST) for pod in new]


def _own_costs(group: RetiringGroup) -> list[PodMark]:
    """A retiring worker that became empty goes before those that did not, and one started anew no longer does."""
    ours = [pod for pod in group.chosen if pod.retiring_since is not None and pod.deletion_cost in OUR_COSTS]
    return [_cost(group, pod) for pod in ours if _fitting_cost(group, pod) != pod.deletion_cost]


def _rewrites(group: RetiringGroup) -> list[PodMark]:
    """A cost that somebody else wrote over ours is put right now and then, where it would take the wrong pod."""
    foreign = [pod for pod in group.chosen if pod.retiring_since is not None and pod.deletion_cost not in OUR_COSTS]
    may_go = sum(group.may_go(pod) for pod in group.pods)
    if leading(group.pods, group.may_go) == may_go or group.now - group.memory.rewritten_at < REWRITE_SECONDS:
        return []
    return [_cost(group, pod) for pod in foreign]


def _cost(group: RetiringGroup, pod: Pod) -> PodMark:
    return PodMark(pod.name, pod.uid, pod.retiring_since, _fitting_cost(group, pod))


def _fitting_cost(group: RetiringGroup, pod: Pod) -> int:
    if group.is_empty(pod):
        return EMPTY_COST
    unsure = pod.answer is None and not pod.queues and pod.deletion_cost in OUR_COSTS
    return pod.deletion_cost if unsure else RETIRING_COST


def _cancels(group: RetiringGroup) -> tuple[WorkerQueues, ...]:
    """Those who have not confirmed yet are told again, and of what else they say that they take: a pod of a template
    that is being replaced may have other queues."""
    listening = [pod for pod in group.chosen if not group.never_started(pod) and not group.is_cancelled(pod)]
    also = {pod.name: sorted((pod.queues or frozenset()) - {*group.queues}) for pod in listening}
    return tuple(WorkerQueues(group.name, pod.name, (*group.queues, *also[pod.name])) for pod in listening)


def _to_ask(group: RetiringGroup) -> frozenset[str]:
    """Retiring workers that may be empty by now, and workers whose heartbeat does not say what they listen to."""
    retiring = [pod.name for pod in group.chosen if group.fetched_all(pod) and not group.is_busy(pod)]
    asked = group.memory.asked | group.memory.ask
    stay = [pod.name for pod in group.pods if pod.retiring_since is None and pod.ready and pod.name not in asked]
    vague = [name for name in stay if name in group.beats and group.beats[name].queues is None]
    return frozenset((*retiring, *vague))


def _awaits_beats(group: RetiringGroup) -> bool:
    """Whether a worker may still be heard for the first time since the operator has started."""
    unheard = [pod.name for pod in group.pods if pod.ready and pod.name not in group.beats]
    return any(group.now - group.costs[name][1] < HEARD_SECONDS for name in unheard)


def _remembered(group: RetiringGroup, to_ask: frozenset[str], rewrote: bool) -> RetirementMemory:
    stay = {pod.name for pod in group.pods if pod.retiring_since is None}
    surplus = group.goal < max(group.workload.replicas, len(group.pods))
    unfinished = surplus or len(stay) < len(group.pods) or group.some_leave or bool(group.given_back)
    return RetirementMemory(
        look=unfinished or bool(to_ask) or _awaits_beats(group),
        ask=to_ask,
        asked=(group.memory.asked | group.memory.ask) & stay,
        costs=group.costs,
        restarts={pod.name: pod.restarts for pod in group.pods},
        empty=group.empty_since,
        rewritten_at=group.now if rewrote else group.memory.rewritten_at,
        gave_up_at=group.gave_up_at,
    )


def _retry_after(group: RetiringGroup, to_ask: frozenset[str]) -> float | None:
    if to_ask - group.memory.ask or _own_costs(group):
        return 0.0
    if group.chosen or group.given_back or group.is_waiting:
        return min(_due_seconds(group), default=LOOK_SECONDS)
    if group.goal < group.workload.replicas or group.some_leave:
        return LOOK_AT_BLOCKED_SECONDS
    return HEARD_SECONDS if _awaits_beats(group) else None


def _due_seconds(group: RetiringGroup) -> list[float]:
    """Seconds until a fetch is over, or the ReplicaSet controller knows what we know."""
    fetched = [group.cancelled[pod.name] + FETCH_SECONDS for pod in group.chosen if group.is_cancelled(pod)]
    known = [since + CACHE_SECONDS for _, since in group.costs.values()]
    return [due - group.now for due in (*fetched, *known) if 0 < due - group.now < LOOK_SECONDS]


def _reason(group: RetiringGroup) -> Reason | None:
    current = group.workload.replicas
    if group.goal >= current:
        return None
    return group.blocked or Reason("Retiring", f"{current} → {group.goal}: {_progress(group)}")


def _progress(group: RetiringGroup) -> str:
    """Such as ``2 workers are empty, 2 finish 3 tasks``."""
    empty = sum(group.may_go(pod) for pod in group.chosen)
    busy = [group.held(pod) for pod in group.chosen if not group.may_go(pod)]
    unknown = "some" if float("inf") in busy else f"{sum(busy):.0f}"
    together = "; in a rollout they go together" if group.goes_at_once else ""
    return f"{empty} workers are empty, {len(busy)} finish {unknown} tasks{_doubtful(group)}{together}"


def _doubtful(group: RetiringGroup) -> str:
    """Names a pod that others may have to wait for in a drain, because it may not answer."""
    unready = (pod for pod in group.chosen if not pod.ready and not group.may_go(pod))
    pod = next(unready, None) if group.drains else None
    return f", pod {pod.name} is not Ready" if pod else ""
