"""A queue in Redis and the Celery workers on it, as far as waiting and being taken away are concerned."""

import random
from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.policy.clock import Clock
from revrx_operator.api.spec import WorkerGroup

STARTUP_SECONDS = (3.0, 4.0, 5.0, 6.0)
"""From the pod's creation until its worker fetches, one of these for each pod: what kind takes for a small app."""


@dataclass(slots=True, eq=False)
class Task:
    """A message, and what became of it."""

    enqueued_at: float
    service_seconds: float
    started_at: float | None = None
    """When it was started first."""
    starts: int = 0

    def wait_seconds(self, now: float) -> float:
        """From the enqueue to the first start, or until now."""
        return (now if self.started_at is None else self.started_at) - self.enqueued_at


@dataclass(slots=True, eq=False)
class Pod:
    """A worker: the tasks that run in its slots, and those that it has fetched ahead."""

    name: str
    created_at: float
    ready: bool = False
    fetching: bool = False
    stopping: bool = False
    """It got SIGTERM: it finishes what runs and gives the rest back."""
    ended_at: float | None = None
    running: list[Task] = field(default_factory=list)
    reserved: deque[Task] = field(default_factory=deque)
    begun: int = 0

    @property
    def held(self) -> int:
        """Messages that are with this worker and not acknowledged."""
        return len(self.running) + len(self.reserved)


class Fleet:
    """The pods of one Deployment, and the queue that Redis deals out among them.

    A worker fetches while it holds fewer than slots times prefetch multiplier; of those that ask, Redis serves the
    one that has asked for longest, so idle workers are dealt to in turn. Late acknowledgement: a message is with its
    worker until its task ends.
    """

    def __init__(
        self,
        clock: Clock,
        group: WorkerGroup,
        chance: random.Random,
        grace_seconds: float,
        startup_seconds: Sequence[float] = STARTUP_SECONDS,
    ) -> None:
        self.clock = clock
        self.waiting: deque[Task] = deque()
        self.pods: dict[str, Pod] = {}
        """Those that spec.replicas counts, by name."""
        self.unacked = 0
        self.history: list[tuple[float, int]] = [(0.0, 0)]
        """Each value of spec.replicas, and since when."""
        self.taken_running = 0
        """Tasks that ran in a pod when it was told to stop."""
        self.interrupted = 0
        """Tasks that were killed at the end of the grace period."""
        self._every_pod: list[Pod] = []
        self._asking: OrderedDict[Pod, None] = OrderedDict()
        self._slots = group.concurrency
        self._capacity = group.concurrency * group.prefetch_multiplier
        # A dead worker's message comes back after the bundled app's visibility timeout.
        self._redelivery_seconds = float(group.time_limit_seconds * (group.prefetch_multiplier + 1))
        self._grace_seconds = grace_seconds
        self._startup_seconds = startup_seconds
        self._chance = chance

    # Seen from outside

    @property
    def replicas(self) -> int:
        """spec.replicas."""
        return len(self.pods)

    def pod_seconds(self) -> float:
        """What the pods have cost, each from its creation to its end, start-up and shutdown included."""
        return sum(
            (self.clock.now if pod.ended_at is None else pod.ended_at) - pod.created_at for pod in self._every_pod
        )

    # What producers and scalers do

    def enqueue(self, task: Task) -> None:
        """Send a task."""
        self.waiting.append(task)
        self._deal()

    def raise_to(self, replicas: int) -> None:
        """Write a higher spec.replicas."""
        for _ in range(replicas - self.replicas):
            self._create()
        self._remember()

    def lower_to(self, replicas: int) -> None:
        """Write a lower spec.replicas; the ReplicaSet takes pods that are not Ready, then any."""
        pods = sorted(self.pods.values(), key=lambda pod: (pod.ready, self._chance.random()))
        self.remove(pods[: self.replicas - replicas])

    def remove(self, pods: list[Pod]) -> None:
        """Write a spec.replicas that is lower by these pods, and have them be the ones that go."""
        for pod in pods:
            del self.pods[pod.name]
            self._terminate(pod)
        self._remember()

    def cancel(self, pod: Pod) -> None:
        """Have a worker take nothing new."""
        pod.fetching = False
        self._asking.pop(pod, None)

    def restore(self, pod: Pod) -> None:
        """Have a worker take tasks again."""
        pod.fetching = pod.ready
        self._ask(pod)

    # What pods do

    def _create(self) -> None:
        pod = Pod(f"pod-{len(self._every_pod)}", self.clock.now)
        self._every_pod.append(pod)
        self.pods[pod.name] = pod
        self.clock.at(self.clock.now + self._chance.choice(self._startup_seconds), lambda: self._begin(pod))

    def _begin(self, pod: Pod) -> None:
        if not pod.stopping:
            pod.ready = pod.fetching = True
            self._ask(pod)

    def _ask(self, pod: Pod) -> None:
        if pod.fetching and pod.held < self._capacity:
            self._asking[pod] = None
            self._deal()

    def _deal(self) -> None:
        while self.waiting and self._asking:
            pod, _ = self._asking.popitem(last=False)
            self._take(pod, self.waiting.popleft())
            if pod.held < self._capacity:
                self._asking[pod] = None

    def _take(self, pod: Pod, task: Task) -> None:
        self.unacked += 1
        if len(pod.running) < self._slots:
            self._run(pod, task)
        else:
            pod.reserved.append(task)

    def _run(self, pod: Pod, task: Task) -> None:
        now = self.clock.now
        pod.running.append(task)
        pod.begun += 1
        task.starts += 1
        if task.started_at is None:
            task.started_at = now
        self.clock.at(now + task.service_seconds, lambda: self._finish(pod, task))

    def _finish(self, pod: Pod, task: Task) -> None:
        if task not in pod.running:  # it was killed
            return
        pod.running.remove(task)
        self.unacked -= 1
        if pod.stopping:
            if not pod.running:
                self._end(pod)
            return
        if pod.reserved:
            self._run(pod, pod.reserved.popleft())
        self._ask(pod)

    def _terminate(self, pod: Pod) -> None:
        """SIGTERM: Celery's warm shutdown, and SIGKILL once the grace period is over."""
        pod.stopping = True
        self.cancel(pod)
        self.taken_running += len(pod.running)
        if pod.running:
            self.clock.at(self.clock.now + self._grace_seconds, lambda: self._kill(pod))
        else:
            self._end(pod)

    def _kill(self, pod: Pod) -> None:
        if pod.ended_at is not None:
            return
        self.interrupted += len(pod.running)
        lost = [*pod.reserved, *pod.running]
        pod.reserved.clear()
        pod.running.clear()
        self.clock.at(self.clock.now + self._redelivery_seconds, lambda: self._give_back(lost))
        self._end(pod)

    def _end(self, pod: Pod) -> None:
        pod.ended_at = self.clock.now
        self._give_back(list(pod.reserved))

    def _give_back(self, tasks: list[Task]) -> None:
        """Messages that no worker acknowledged return to the head of the queue."""
        self.unacked -= len(tasks)
        self.waiting.extendleft(reversed(tasks))
        self._deal()

    def _remember(self) -> None:
        if self.history[-1][1] != self.replicas:
            self.history.append((self.clock.now, self.replicas))
