"""Taking workers away by choice: mark, cancel, let finish, count off when empty; or give back.

What has been done stands in the cluster and in the workers, so a plan is made from what is seen, whoever began it. The
memory only shortens the way: without it workers are told and asked again, and nothing goes before its time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from revrx_operator.model import (
    BrokerState,
    GroupSnapshot,
    Pod,
    PodMark,
    Reason,
    Restore,
    RetirementMemory,
    WorkerBeat,
    WorkerQueues,
    Workload,
)
from revrx_operator.plan.deletion_order import EMPTY_COST, OUR_COSTS, RETIRING_COST, leading

FETCH_SECONDS = 2.0
"""After a worker has stopped taking tasks, one that it was fetching may still come in (kombu waits 1 s for a fetch)."""
CACHE_SECONDS = 1.0
"""The ReplicaSet controller knows pods from a watch: it may not have seen yet what we have."""
STUCK_SECONDS = 20.0
"""An empty worker that cannot be taken away for so long is given back: none is to stand idle for half a minute."""
REST_SECONDS = 60.0
"""Until the next try after that."""
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
) -> Retirement:
    """Bring the group ``name``, whose workers take tasks from ``queues``, a step nearer to ``goal`` replicas.

    ``cancelled`` tells when the worker of each pod confirmed that it takes nothing new.
    """
    workload = snapshot.workload
    if workload is None:  # a Deployment that we make has no pod that was marked before
        return Retirement(goal, RetirementMemory(look=False), {})
    if not snapshot.broker.reachable or snapshot.reading is None:  # nobody can be asked; what was said may not hold
        return Retirement(workload.replicas, RetirementMemory(), {}, _away(snapshot.broker))
    if snapshot.pods is None:
        return _unlisted(workload, goal, seems_deaf(snapshot, queues), memory)
    group = _Group(
        name=name,
        queues=queues,
        now=snapshot.now,
        goal=goal,
        workload=workload,
        pods=tuple(pod for pod in snapshot.pods if not pod.leaving),
        some_leave=any(pod.leaving for pod in snapshot.pods),
        beats=snapshot.reading.workers,
        cancelled=cancelled,
        memory=memory,
    )
    return group.next_step()


def seems_deaf(snapshot: GroupSnapshot, queues: tuple[str, ...]) -> bool:
    """Whether a worker has just said that it lacks queues, and does not leave: it is retiring, or was forgotten."""
    if snapshot.reading is None or snapshot.workload is None or snapshot.workload.rolling:
        return False
    fresh = [beat for beat in snapshot.reading.workers.values() if snapshot.now - beat.heard_at < FRESH_SECONDS]
    return any(beat.queues is not None and not beat.leaving and not beat.queues >= {*queues} for beat in fresh)


def _away(broker: BrokerState) -> Reason:
    return Reason("BrokerUnreachable", f"no worker can be asked whether it is empty: {broker.message}")


def _unlisted(workload: Workload, goal: int, deaf: bool, memory: RetirementMemory) -> Retirement:
    if goal >= workload.replicas and not deaf:
        return Retirement(workload.replicas, RetirementMemory(look=False), {})
    reason = Reason("Retiring", f"{workload.replicas} → {goal}: looking who is idle")
    again = LOOK_SECONDS if memory.look else 0.0
    return Retirement(workload.replicas, RetirementMemory(), {}, reason, retry_after=again)


@dataclass(frozen=True)
class _Group:
    """A worker group with its pods, those that are being deleted left out."""

    name: str
    queues: tuple[str, ...]
    now: float
    goal: int
    workload: Workload
    pods: tuple[Pod, ...]
    some_leave: bool
    beats: Mapping[str, WorkerBeat]
    cancelled: Mapping[str, float]
    memory: RetirementMemory

    def next_step(self) -> Retirement:
        """Everything that can be done now."""
        return Retirement(
            replicas=self._replicas(),
            memory=self._remembered(),
            cancelled={pod.name: self.cancelled[pod.name] for pod in self._chosen if self._is_cancelled(pod)},
            reason=self._reason(),
            restores=self._restores,
            marks=self._marks(),
            cancels=self._cancels(),
            retry_after=self._retry_after(),
        )

    # What is known of a pod

    def _never_started(self, pod: Pod) -> bool:
        """Whether it holds no task for want of a worker; such a one goes without being asked."""
        return not pod.may_hold_tasks and pod.name not in self.beats

    def _is_cancelled(self, pod: Pod) -> bool:
        """Its worker confirmed that it takes nothing new, and has not been started anew since."""
        return pod.name in self.cancelled and not pod.queues

    def _fetched_all(self, pod: Pod) -> bool:
        return self._is_cancelled(pod) and self.now - self.cancelled[pod.name] >= FETCH_SECONDS

    def _is_empty(self, pod: Pod) -> bool:
        """It takes nothing, and said after the last fetch that it holds nothing."""
        if pod.retiring_since is None or self._is_busy(pod):
            return False
        return self._fetched_all(pod) and pod.queues == frozenset() and pod.answer == 0

    def _may_go(self, pod: Pod) -> bool:
        return self._never_started(pod) or self._is_empty(pod)

    def _held(self, pod: Pod) -> float:
        """Tasks that its worker holds as far as known; one that was not heard may be full."""
        if pod.answer is not None:
            return pod.answer
        beat = self.beats.get(pod.name)
        if beat is None:
            return 0 if self._never_started(pod) else float("inf")
        return beat.active if beat.held is None else max(beat.held, beat.active)

    # What keeps workers from being taken away

    @cached_property
    def _rolls_out(self) -> bool:
        return len({pod.replica_set for pod in self.pods}) > 1

    @cached_property
    def _counts_off(self) -> bool:
        """Pods that were counted off are still there: the ReplicaSet takes them in a moment."""
        return not self._rolls_out and len(self.pods) > self.workload.replicas

    @cached_property
    def _is_waiting(self) -> bool:
        """The cluster has not taken in yet what was written last, which takes it milliseconds: touch nothing."""
        return self._counts_off or (self.workload.rolling and not self._rolls_out and not self._rests)

    @cached_property
    def _not_ready(self) -> Pod | None:
        """A pod that was Ready and is not: the ReplicaSet would take it first, and it may hold tasks."""
        stay = (pod for pod in self.pods if pod.retiring_since is None)
        return next((pod for pod in stay if pod.may_hold_tasks and not pod.ready), None)

    @cached_property
    def _gave_up_at(self) -> float:
        """When empty workers were last given back; now, where one cannot be taken away for too long."""
        stuck = any(self.now - since >= STUCK_SECONDS for since in self._empty.values())
        return self.now if stuck and not self._counts_off else self.memory.gave_up_at

    @property
    def _rests(self) -> bool:
        return self.now - self._gave_up_at < REST_SECONDS

    @cached_property
    def _blocked(self) -> Reason | None:
        """Why no worker may be told to stop now; those that were told are given back."""
        goal, current = self.goal, self.workload.replicas
        if self._rolls_out:
            return Reason("RollingOut", f"{goal} replicas would do; {current} stay until the rollout is through")
        if pod := self._not_ready:
            text = f"{goal} replicas would do; {current} stay while pod {pod.name}, which may hold tasks, is not Ready"
            return Reason("PodNotReady", text)
        if self._rests:
            text = f"{goal} replicas would do; {current} stay, for Kubernetes would take others than the empty workers"
            return Reason("DeletionOrder", text)
        return None

    # Who is to go

    @cached_property
    def _chosen(self) -> tuple[Pod, ...]:
        """As many as are too many: who never started, who retires already, the idle, the least busy."""
        if self._is_waiting:
            return tuple(pod for pod in self.pods if pod.retiring_since is not None)
        surplus = max(0, len(self.pods) - self.goal)
        chosen = sorted(self.pods, key=self._preference)[:surplus]
        return tuple(pod for pod in chosen if self._never_started(pod) or not self._blocked)

    def _preference(self, pod: Pod) -> tuple[bool, int, bool, float, str]:
        started = not self._never_started(pod)
        return started, 0 if started else pod.stage, pod.retiring_since is None, self._held(pod), pod.name

    def _replicas(self) -> int:
        """Lower by as many as the ReplicaSet can take without taking one that holds tasks."""
        current = self.workload.replicas
        settled = all(self.now - since >= CACHE_SECONDS for _, since in self._costs.values())
        if self._restores or self._is_waiting or self._rolls_out or self.workload.rolling or not settled:
            return current
        return min(current, max(self.goal, len(self.pods) - leading(self.pods, self._may_go)))

    # The steps

    @cached_property
    def _restores(self) -> tuple[Restore, ...]:
        """Those that are to stay after all, the busiest first, and those that were forgotten."""
        back = [pod for pod in self.pods if pod.retiring_since is not None and pod not in self._chosen]
        forgotten = [pod for pod in self.pods if self._is_forgotten(pod)]
        return tuple(self._restore(pod) for pod in (*sorted(back, key=self._held, reverse=True), *forgotten))

    def _restore(self, pod: Pod) -> Restore:
        queues = () if self._never_started(pod) else self.queues
        unmark = None if pod.retiring_since is None else PodMark(pod.name, pod.uid, None, None)
        return Restore(WorkerQueues(self.name, pod.name, queues), unmark)

    def _is_forgotten(self, pod: Pod) -> bool:
        """It is not marked, and yet it lacks queues. Of a template that is being replaced it may lack new ones."""
        if pod.retiring_since is not None or self._rolls_out or self.workload.rolling:
            return False
        beat = self.beats.get(pod.name)
        queues = beat.queues if beat and pod.queues is None and not beat.leaving else pod.queues
        return queues is not None and not queues >= {*self.queues}

    def _marks(self) -> tuple[PodMark, ...]:
        new = [pod for pod in self._chosen if pod.retiring_since is None]
        marks = [PodMark(pod.name, pod.uid, self.now, RETIRING_COST) for pod in new]
        return (*marks, *self._own_costs(), *self._rewrites)

    def _own_costs(self) -> list[PodMark]:
        """A retiring worker that became empty goes before those that did not, and one started anew no longer does."""
        ours = [pod for pod in self._chosen if pod.retiring_since is not None and pod.deletion_cost in OUR_COSTS]
        return [self._cost(pod) for pod in ours if self._fitting_cost(pod) != pod.deletion_cost]

    @cached_property
    def _rewrites(self) -> tuple[PodMark, ...]:
        """A cost that somebody else wrote over ours is put right now and then, where it would take the wrong pod."""
        foreign = [pod for pod in self._chosen if pod.retiring_since is not None and pod.deletion_cost not in OUR_COSTS]
        empty = sum(self._may_go(pod) for pod in self.pods)
        if leading(self.pods, self._may_go) == empty or self.now - self.memory.rewritten_at < REWRITE_SECONDS:
            return ()
        return tuple(self._cost(pod) for pod in foreign)

    def _cost(self, pod: Pod) -> PodMark:
        return PodMark(pod.name, pod.uid, pod.retiring_since, self._fitting_cost(pod))

    def _fitting_cost(self, pod: Pod) -> int:
        if self._is_empty(pod):
            return EMPTY_COST
        unsure = pod.answer is None and not pod.queues and pod.deletion_cost in OUR_COSTS
        return pod.deletion_cost if unsure else RETIRING_COST

    def _cancels(self) -> tuple[WorkerQueues, ...]:
        """Those who have not confirmed yet are told again."""
        deaf = [pod for pod in self._chosen if not self._never_started(pod) and not self._is_cancelled(pod)]
        return tuple(WorkerQueues(self.name, pod.name, self.queues) for pod in deaf)

    # What the next run has to know

    @cached_property
    def _costs(self) -> Mapping[str, tuple[int, float]]:
        return {pod.name: self._seen_cost(pod) for pod in self.pods}

    def _seen_cost(self, pod: Pod) -> tuple[int, float]:
        known = self.memory.costs.get(pod.name)
        return known if known and known[0] == pod.deletion_cost else (pod.deletion_cost, self.now)

    @cached_property
    def _empty(self) -> Mapping[str, float]:
        known = self.memory.empty
        unasked = {pod.name for pod in self.pods if pod.answer is None and self._is_cancelled(pod)}
        empty = [pod.name for pod in self.pods if self._is_empty(pod) or pod.name in unasked & known.keys()]
        return {name: known.get(name, self.now) for name in empty}

    @cached_property
    def _to_ask(self) -> frozenset[str]:
        """Retiring workers that may be empty by now, and workers whose heartbeat does not say what they listen to."""
        retiring = [pod.name for pod in self._chosen if self._fetched_all(pod) and not self._is_busy(pod)]
        return frozenset((*retiring, *self._silent))

    def _is_busy(self, pod: Pod) -> bool:
        """A heartbeat is enough to know that it is not empty, never that it is."""
        beat = self.beats.get(pod.name)
        return beat is not None and (beat.held or beat.active) > 0

    @cached_property
    def _silent(self) -> tuple[str, ...]:
        asked = self.memory.asked | self.memory.ask
        stay = [pod.name for pod in self.pods if pod.retiring_since is None and pod.ready and pod.name not in asked]
        return tuple(name for name in stay if name in self.beats and self.beats[name].queues is None)

    @cached_property
    def _unheard(self) -> bool:
        """Whether a worker that stays may still be heard for the first time."""
        names = [pod.name for pod in self.pods if pod.ready and pod.name not in self.beats]
        return any(self.now - self._costs[name][1] < HEARD_SECONDS for name in names)

    def _remembered(self) -> RetirementMemory:
        stay = {pod.name for pod in self.pods if pod.retiring_since is None}
        retires = any(pod.retiring_since is not None for pod in self.pods)
        surplus = self.goal < max(self.workload.replicas, len(self.pods))
        return RetirementMemory(
            look=bool(surplus or retires or self.some_leave or self._unheard or self._to_ask or self._restores),
            ask=self._to_ask,
            asked=(self.memory.asked | self.memory.ask) & stay,
            costs=self._costs,
            empty=self._empty,
            rewritten_at=self.now if self._rewrites else self.memory.rewritten_at,
            gave_up_at=self._gave_up_at,
        )

    def _retry_after(self) -> float | None:
        if self._to_ask - self.memory.ask or self._own_costs():
            return 0.0
        if self._chosen or self._restores or self._is_waiting:
            return min(self._due_seconds(), default=LOOK_SECONDS)
        if self.goal < self.workload.replicas or self.some_leave:
            return LOOK_AT_BLOCKED_SECONDS
        return HEARD_SECONDS if self._unheard else None

    def _due_seconds(self) -> list[float]:
        """Seconds until a fetch is over, or the ReplicaSet controller knows what we know."""
        fetched = [self.cancelled[pod.name] + FETCH_SECONDS for pod in self._chosen if self._is_cancelled(pod)]
        known = [since + CACHE_SECONDS for _, since in self._costs.values()]
        return [due - self.now for due in (*fetched, *known) if 0 < due - self.now < LOOK_SECONDS]

    def _reason(self) -> Reason | None:
        if self.goal >= self.workload.replicas:
            return None
        return self._blocked or Reason("Retiring", f"{self.workload.replicas} → {self.goal}: {self._progress()}")

    def _progress(self) -> str:
        """Such as ``2 workers are empty, 2 finish 3 tasks``."""
        empty = sum(self._may_go(pod) for pod in self._chosen)
        busy = [self._held(pod) for pod in self._chosen if not self._may_go(pod)]
        unknown = "some" if float("inf") in busy else f"{sum(busy):.0f}"
        return f"{empty} workers are empty, {len(busy)} finish {unknown} tasks"
