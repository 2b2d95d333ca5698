"""A worker group with its pods: what is known of each, what keeps them from being taken away, and who is to go."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from revrx_operator.model import Pod, Reason, RetirementMemory, WorkerBeat, Workload

FETCH_SECONDS = 2.0
"""After a worker has stopped taking tasks, one that it was fetching may still come in (kombu waits 1 s for a fetch)."""
STUCK_SECONDS = 20.0
"""An empty worker that cannot be taken away for so long is given back: none is to stand idle for half a minute."""
REST_SECONDS = 60.0
"""Until the next try after that."""


@dataclass(frozen=True)
class RetiringGroup:
    """A group at one moment; pods that are being deleted are left out."""

    name: str
    queues: tuple[str, ...]
    now: float
    goal: int
    drains: bool
    """Whether everybody is to go, whatever comes."""
    workload: Workload
    pods: tuple[Pod, ...]
    some_leave: bool
    """Whether pods were left out."""
    beats: Mapping[str, WorkerBeat]
    cancelled: Mapping[str, float]
    memory: RetirementMemory

    # What is known of a pod

    def never_started(self, pod: Pod) -> bool:
        """Whether it holds no task for want of a worker; such a one goes without being asked."""
        return not pod.may_hold_tasks and pod.name not in self.beats

    def is_cancelled(self, pod: Pod) -> bool:
        """Whether its worker confirmed that it takes nothing new, and has not been started anew since: a new one takes
        tasks again, and is not asked while it is busy."""
        started_anew = self.memory.restarts.get(pod.name, pod.restarts) != pod.restarts
        return pod.name in self.cancelled and not pod.queues and not started_anew

    def fetched_all(self, pod: Pod) -> bool:
        """Whether nothing more can come in, so that it makes sense to ask."""
        return self.is_cancelled(pod) and self.now - self.cancelled[pod.name] >= FETCH_SECONDS

    def is_busy(self, pod: Pod) -> bool:
        """Whether a heartbeat says so: enough to know that a worker is not empty, never that it is."""
        beat = self.beats.get(pod.name)
        return beat is not None and (beat.held or beat.active) > 0

    def is_empty(self, pod: Pod) -> bool:
        """Whether it takes nothing, and said after the last fetch that it holds nothing."""
        if pod.retiring_since is None or self.is_busy(pod):
            return False
        return self.fetched_all(pod) and pod.queues == frozenset() and pod.answer == 0

    def may_go(self, pod: Pod) -> bool:
        """Whether no task is lost or interrupted with it."""
        return self.never_started(pod) or self.is_empty(pod)

    def held(self, pod: Pod) -> float:
        """Tasks that its worker holds as far as known; infinite for one that was not heard: it may be full."""
        if pod.answer is not None:
            return pod.answer
        beat = self.beats.get(pod.name)
        if beat is None:
            return 0 if self.never_started(pod) else float("inf")
        return beat.active if beat.held is None else max(beat.held, beat.active)

    def is_forgotten(self, pod: Pod) -> bool:
        """Whether it is not marked, and yet lacks queues. Of a template that is being replaced it may lack new ones."""
        if pod.retiring_since is not None or self.rolls_out or self.workload.rolling:
            return False
        beat = self.beats.get(pod.name)
        queues = beat.queues if beat and pod.queues is None and not beat.leaving else pod.queues
        return queues is not None and not queues >= {*self.queues}

    # Since when

    @cached_property
    def costs(self) -> Mapping[str, tuple[int, float]]:
        """Deletion cost of each pod, and since when it is seen."""
        return {pod.name: self._seen_cost(pod) for pod in self.pods}

    def _seen_cost(self, pod: Pod) -> tuple[int, float]:
        known = self.memory.costs.get(pod.name)
        return known if known and known[0] == pod.deletion_cost else (pod.deletion_cost, self.now)

    @cached_property
    def empty_since(self) -> Mapping[str, float]:
        """When retiring workers were found empty; one that was not asked this time still is."""
        known = self.memory.empty
        unasked = {pod.name for pod in self.pods if pod.answer is None and self.is_cancelled(pod)}
        empty = [pod.name for pod in self.pods if self.is_empty(pod) or pod.name in unasked & known.keys()]
        return {name: known.get(name, self.now) for name in empty}

    # What keeps workers from being taken away

    @cached_property
    def rolls_out(self) -> bool:
        """Whether more than one ReplicaSet has pods."""
        return len({pod.replica_set for pod in self.pods}) > 1

    @cached_property
    def _counts_off(self) -> bool:
        """Pods that were counted off are still there: the ReplicaSet takes them in a moment."""
        return not self.rolls_out and len(self.pods) > self.workload.replicas

    @cached_property
    def is_waiting(self) -> bool:
        """Whether the cluster has yet to take in what was written last, a matter of milliseconds: touch nothing."""
        unobserved = self.workload.rolling and not self.rolls_out
        return self._counts_off or (unobserved and not self._rests and not self.drains)

    @property
    def goes_at_once(self) -> bool:
        """Whether the group drains amid a rollout, which may be stuck for good. Lowered to one or more, a Deployment
        spreads the loss over its ReplicaSets as it sees fit; lowered to none, it empties each of them (Kubernetes 1.37,
        pkg/controller/deployment/util/deployment_util.go, getReplicaSetFraction)."""
        return self.drains and (self.rolls_out or self.workload.rolling)

    @cached_property
    def gave_up_at(self) -> float:
        """When empty workers were last given back; now, where one cannot be taken away for too long."""
        stuck = any(self.now - since >= STUCK_SECONDS for since in self.empty_since.values())
        return self.now if stuck and not self._counts_off and not self.drains else self.memory.gave_up_at

    @property
    def _rests(self) -> bool:
        return self.now - self.gave_up_at < REST_SECONDS

    @cached_property
    def _not_ready(self) -> Pod | None:
        """A pod that was Ready and is not: the ReplicaSet would take it first, and it may hold tasks."""
        stay = (pod for pod in self.pods if pod.retiring_since is None)
        return next((pod for pod in stay if pod.may_hold_tasks and not pod.ready), None)

    @cached_property
    def blocked(self) -> Reason | None:
        """Why no worker may be told to stop now; those that were told are given back. In a drain all may: who is empty
        is not missed."""
        goal, current = self.goal, self.workload.replicas
        if self.drains:
            return None
        if self.rolls_out:
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
    def chosen(self) -> tuple[Pod, ...]:
        """As many as are too many: who never started, who retires already, the idle, the least busy."""
        told = [pod for pod in self.pods if pod.retiring_since is not None]
        if self._counts_off:
            return tuple(told)
        surplus = max(0, len(self.pods) - self.goal)
        if self.is_waiting:  # which may be for good, where the pods of a rollout are refused: who is needed listens
            return tuple(sorted(told, key=self._preference)[:surplus])
        chosen = sorted(self.pods, key=self._preference)[:surplus]
        return tuple(pod for pod in chosen if self.never_started(pod) or not self.blocked)

    def _preference(self, pod: Pod) -> tuple[bool, int, bool, float, str]:
        started = not self.never_started(pod)
        return started, 0 if started else pod.stage, pod.retiring_since is None, self.held(pod), pod.name

    @cached_property
    def given_back(self) -> tuple[Pod, ...]:
        """Those that are to stay after all, the busiest first, and those that were forgotten."""
        back = [pod for pod in self.pods if pod.retiring_since is not None and pod not in self.chosen]
        forgotten = [pod for pod in self.pods if self.is_forgotten(pod)]
        return (*sorted(back, key=self.held, reverse=True), *forgotten)
