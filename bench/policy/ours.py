"""Our operator: the real `decide` twice a second, and a plain model of how workers are taken away."""

from bench.policy.clock import Clock
from bench.policy.fleet import Fleet, Pod
from revrx_operator.api.spec import WorkerGroup
from revrx_operator.model import (
    BrokerState,
    GroupReading,
    GroupSnapshot,
    QueueLoad,
    ScalingMemory,
    WorkerBeat,
    Workload,
)
from revrx_operator.model import Pod as SeenPod
from revrx_operator.observe.service_time import ServiceTime
from revrx_operator.plan.scaling import decide
from revrx_operator.plan.stabilisation import lowered

TICK_SECONDS = 0.5
BEAT_TICKS = 4
"""Celery sends a heartbeat every 2 s."""
COUNT_OFF_SECONDS = 3.0
"""After a worker has been told to stop fetching: 2 s for a fetch under way, then the question what it holds."""
REACHABLE = BrokerState(reachable=True)


class Ours:
    """A pool's worker group under our operator."""

    def __init__(self, clock: Clock, fleet: Fleet, group: WorkerGroup) -> None:
        self._clock, self._fleet, self._group = clock, fleet, group
        self._memory = ScalingMemory()
        self._beats: dict[str, WorkerBeat] = {}
        self._service_time = ServiceTime()
        self._retiring: dict[Pod, float] = {}
        """Since when each has been told to take nothing new."""
        self._ticks = 0
        fleet.raise_to(group.scaling.min_replicas)
        clock.every(TICK_SECONDS, self._tick, first=TICK_SECONDS)

    def _tick(self) -> None:
        self._ticks += 1
        if self._is_at_rest():
            return
        self._hear()
        decision = decide(self._snapshot(), self._group, self._memory)
        self._memory = decision.memory
        if decision.replicas > self._fleet.replicas:
            self._fleet.raise_to(decision.replicas)
        surplus = self._fleet.replicas - decision.replicas
        if surplus > 0 or self._retiring:
            self._choose(surplus)
            self._count_off()

    def _is_at_rest(self) -> bool:
        """Nothing waits, nothing runs and no replica can go: the decision is known without asking."""
        fleet = self._fleet
        return not (fleet.waiting or fleet.unacked) and fleet.replicas == self._group.scaling.min_replicas

    def _hear(self) -> None:
        """Each worker beats once in four ticks, in its own one, and as soon as it is there."""
        pods, now = self._fleet.pods, self._clock.now
        for name in [name for name in self._beats if name not in pods]:
            del self._beats[name]
        for number, pod in enumerate(pods.values()):
            if pod.ready and ((self._ticks + number) % BEAT_TICKS == 0 or pod.name not in self._beats):
                self._beats[pod.name] = WorkerBeat(now, len(pod.running), pod.held)
                self._service_time.heard(pod.name, now, len(pod.running), pod.begun)

    def _snapshot(self) -> GroupSnapshot:
        fleet = self._fleet
        oldest = fleet.waiting[0].enqueued_at if fleet.waiting else None
        load = QueueLoad(len(fleet.waiting), fleet.unacked, oldest_enqueued_at=oldest)
        ready = sum(pod.ready for pod in fleet.pods.values())
        return GroupSnapshot(
            self._clock.now,
            REACHABLE,
            Workload(fleet.replicas, fleet.replicas, ready),
            GroupReading(load, self._beats, self._service_time.seconds),
            self._seen() if self._retiring else None,
        )

    def _seen(self) -> tuple[SeenPod, ...]:
        return tuple(
            SeenPod(pod.name, pod.name, "one", ready=pod.ready, retiring_since=self._retiring.get(pod))
            for pod in self._fleet.pods.values()
        )

    def _choose(self, surplus: int) -> None:
        """Have as many retire as are too many: who never started, who retires already, the idle, the least busy."""
        ranked = sorted(self._fleet.pods.values(), key=lambda pod: (pod.ready, pod not in self._retiring, pod.held))
        chosen = ranked[: max(0, surplus)]
        for pod in [pod for pod in self._retiring if pod not in chosen]:
            del self._retiring[pod]
            self._fleet.restore(pod)
        for pod in [pod for pod in chosen if pod not in self._retiring]:
            self._retiring[pod] = self._clock.now
            self._fleet.cancel(pod)

    def _count_off(self) -> None:
        now = self._clock.now
        empty = [pod for pod, since in self._retiring.items() if self._may_go(pod, now - since)]
        if empty:
            for pod in empty:
                del self._retiring[pod]
            self._fleet.remove(empty)
            self._memory = lowered(self._memory, now, len(empty))

    def _may_go(self, pod: Pod, seconds: float) -> bool:
        return not pod.ready or (not pod.held and seconds >= COUNT_OFF_SECONDS)
