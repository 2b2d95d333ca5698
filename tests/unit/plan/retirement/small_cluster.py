"""A worker group on a clock of its own: Deployment, pods, Celery workers with tasks, and an operator that may die.

Everything that takes time in a real cluster takes time here: a fetch that is under way when a worker is told to stop,
the beats of a worker, what the ReplicaSet controller knows of its pods.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from revrx_operator.model import (
    BrokerState,
    GroupReading,
    GroupSnapshot,
    Pod,
    PodMark,
    RetirementMemory,
    WorkerBeat,
    Workload,
)
from revrx_operator.plan.retirement import Retirement, retire

QUEUE = "reports"
SLOTS = 2
FETCH_SECONDS = 1.8
BEAT_SECONDS = 2.0
STEP_SECONDS = 0.2


@dataclass
class Worker:
    """A pod with a Celery worker in it."""

    pod: Pod
    starts_at: float
    speaks: bool = True
    """Whether it is of an app with revrx_worker, whose beats say what it takes and holds."""
    listens: bool = False
    fetching_until: float = 0.0
    tasks: list[float] = field(default_factory=list)
    """When each of them ends."""
    beat: WorkerBeat | None = None
    idle_and_deaf_since: float | None = None
    seen: list[tuple[float, tuple[int, bool, int]]] = field(default_factory=list)
    """Its rank, as it changed."""


class SmallCluster:
    """One worker group."""

    def __init__(self, replicas: int, *, speaks: bool = True) -> None:
        self.now = 1_000_000.0
        self.goal = self.replicas = replicas
        self.workers: dict[str, Worker] = {}
        self.waiting: list[float] = []
        """Seconds that each task takes."""
        self.reachable = True
        self.drains = False
        """Whether the operator was asked to let everybody go; the goal is none then."""
        self.stuck = False
        """Whether pods of the newest ReplicaSet never start."""
        self.refused = False
        """Whether there may be none of them."""
        self.replica_set = "rs1"
        self.cache_seconds = 0.0
        """How old what the ReplicaSet controller knows of its pods is."""
        self.sleeps_until = 0.0
        """The ReplicaSet controller does nothing before."""
        self.memory = RetirementMemory()
        self.cancelled: dict[str, float] = {}
        self.taken_with_tasks: list[str] = []
        self._speaks = speaks
        self._born = 0
        self._unstarted_at_lowering: set[str] = set()
        for _ in range(replicas):
            self._create(starts_in=0.0)
        self.wait(0.2)

    @property
    def pods(self) -> list[Pod]:
        return [worker.pod for worker in self.workers.values()]

    # The operator

    def snapshot(self) -> GroupSnapshot:
        beats = {name: worker.beat for name, worker in self.workers.items() if worker.beat}
        reading = GroupReading(workers=beats) if self.reachable else None
        pods = tuple(self._answered(worker) for worker in self.workers.values()) if self._looks else None
        rolling = any(pod.replica_set != self.replica_set for pod in self.pods)
        workload = Workload(self.replicas, len(self.workers), sum(pod.ready for pod in self.pods), rolling)
        return GroupSnapshot(self.now, BrokerState(self.reachable), workload, reading, pods)

    @property
    def _looks(self) -> bool:
        return self.memory.look or self.drains

    def _answered(self, worker: Worker) -> Pod:
        asked = self.reachable and worker.pod.name in self.memory.ask and worker.pod.may_hold_tasks
        return replace(worker.pod, queues=self._queues(worker), answer=len(worker.tasks)) if asked else worker.pod

    def plan(self) -> Retirement:
        return retire(
            self.snapshot(),
            self.goal,
            name="worker",
            queues=(QUEUE,),
            cancelled=self.cancelled,
            memory=self.memory,
            drains=self.drains,
        )

    def run(self, dies_after: int | None = None) -> float | None:
        """One run of the operator, which dies after so many steps; returns when it wants to run again."""
        plan = self.plan()
        confirmed: set[str] = set()
        for number, _ in enumerate(self._steps(plan, confirmed), start=1):
            if number == dies_after:
                self.restart_operator()
                return 0.0
        self.memory = plan.memory
        self.cancelled = {**plan.cancelled, **dict.fromkeys(confirmed, self.now)}
        return plan.retry_after

    def restart_operator(self) -> None:
        self.memory, self.cancelled = RetirementMemory(), {}

    def _steps(self, plan: Retirement, confirmed: set[str]) -> Iterator[None]:
        """What apply does, a step at a time."""
        if self.goal > self.replicas:
            self.replicas = self.goal
            yield
        back = [restore for restore in plan.restores if self._tell(restore.worker.pod, listen=restore.worker.queues)]
        yield
        for restore in back:
            if restore.unmark:
                self._mark(restore.unmark)
                yield
        for mark in plan.marks:
            self._mark(mark)
            yield
        confirmed.update(cancel.pod for cancel in plan.cancels if self._tell(cancel.pod, listen=None))
        yield
        if max(self.goal, plan.replicas) < self.replicas:
            self._unstarted_at_lowering = {pod.name for pod in self.pods if not pod.may_hold_tasks}
            self.replicas = max(self.goal, plan.replicas)
            yield

    def _mark(self, mark: PodMark) -> None:
        if mark.pod in self.workers:
            self._update(
                self.workers[mark.pod], retiring_since=mark.retiring_since, deletion_cost=mark.deletion_cost or 0
            )

    def _tell(self, pod: str, listen: tuple[str, ...] | None) -> bool:
        """Tell a worker to listen, or (None) to stop; says whether it confirmed. Without queues nobody is told."""
        if listen == ():
            return True
        worker = self.workers.get(pod)
        if worker is None or not worker.pod.may_hold_tasks or not self.reachable:
            return False
        if listen is None and worker.listens:
            worker.fetching_until = self.now + FETCH_SECONDS
        worker.listens = listen is not None
        return True

    # The rest of the world

    def wait(self, seconds: float) -> None:
        end = self.now + seconds
        while self.now < end:
            self.now += STEP_SECONDS
            self._replica_set_controller()
            for worker in self.workers.values():
                self._work(worker)

    def _work(self, worker: Worker) -> None:
        if not worker.pod.may_hold_tasks and self.now >= worker.starts_at and not self._is_stuck(worker):
            self._update(worker, stage=3, ready=True, may_hold_tasks=True)
            worker.listens = True
        worker.tasks = [ends for ends in worker.tasks if ends > self.now]
        fetches = worker.listens or self.now < worker.fetching_until
        while fetches and self.reachable and self.waiting and len(worker.tasks) < SLOTS:
            worker.tasks.append(self.now + self.waiting.pop())
        if worker.pod.may_hold_tasks and (worker.beat is None or self.now - worker.beat.heard_at >= BEAT_SECONDS):
            worker.beat = self._beat(worker)
        deaf = worker.pod.ready and not worker.listens and not worker.tasks
        worker.idle_and_deaf_since = (worker.idle_and_deaf_since or self.now) if deaf else None

    def _is_stuck(self, worker: Worker) -> bool:
        return self.stuck and worker.pod.replica_set == self.replica_set

    def _beat(self, worker: Worker) -> WorkerBeat:
        held = len(worker.tasks)
        if not self._speaks:
            return WorkerBeat(self.now, held)
        return WorkerBeat(self.now, held, held, self._queues(worker))

    @staticmethod
    def _queues(worker: Worker) -> frozenset[str]:
        return frozenset({QUEUE}) if worker.listens else frozenset()

    def _replica_set_controller(self) -> None:
        if self.now < self.sleeps_until:
            return
        old = [pod for pod in self.pods if pod.replica_set != self.replica_set]
        if old and self.replicas:
            self._roll_on(old)
            return
        while len(self.workers) < self.replicas:
            self._create(starts_in=1.0)
        ordered = sorted(self.workers.values(), key=self._known_rank)
        for worker in ordered[: len(self.workers) - self.replicas]:
            if worker.tasks and worker.pod.name not in self._unstarted_at_lowering:
                self.taken_with_tasks.append(worker.pod.name)
            del self.workers[worker.pod.name]

    def _roll_on(self, old: list[Pod]) -> None:
        """One new pod more than replicas at most; an old one goes for each that is ready, and shuts down warm."""
        new = [pod for pod in self.pods if pod not in old]
        if self.refused:
            return
        if len(self.workers) <= self.replicas and len(new) < self.replicas:
            self._create(starts_in=1.0)
        elif all(pod.ready for pod in new):
            del self.workers[old[0].name]

    def _known_rank(self, worker: Worker) -> tuple[tuple[int, bool, int], int]:
        """As its watch had it a moment ago; among equals those with most tasks go, the worst that may happen."""
        known = [rank for at, rank in worker.seen if at <= self.now - self.cache_seconds] or [worker.seen[0][1]]
        return known[-1], -len(worker.tasks)

    def _create(self, starts_in: float) -> None:
        self._born += 1
        name = f"pool-worker-{self.replica_set}-{self._born}"
        pod = Pod(name, f"{name}-uid", self.replica_set, stage=1, ready=False, may_hold_tasks=False)
        self.workers[name] = Worker(pod, self.now + starts_in, seen=[(self.now, pod.deletion_rank)])

    def _update(self, worker: Worker, **fields: object) -> None:
        worker.pod = replace(worker.pod, **fields)  # type: ignore[arg-type]
        worker.seen.append((self.now, worker.pod.deletion_rank))

    # What happens to it

    def roll_out(self, *, stuck: bool = False, refused: bool = False) -> None:
        """A new template: the old pods are replaced one by one, or never, because the new ones do not start, or are
        refused."""
        self.stuck, self.refused = stuck, refused
        self.replica_set = f"rs{int(self.replica_set[2:]) + 1}"

    def restart_container(self, name: str) -> None:
        """Its worker is killed, which loses what it ran, and starts anew, listening as its command line says."""
        worker = self.workers[name]
        worker.tasks, worker.listens, worker.starts_at = [], False, self.now + 1.0
        self._update(worker, ready=False, may_hold_tasks=False, restarts=worker.pod.restarts + 1)

    def set_ready(self, name: str, ready: bool) -> None:
        if self.workers[name].pod.may_hold_tasks:
            self._update(self.workers[name], ready=ready)

    def unmark(self, name: str) -> None:
        self._update(self.workers[name], retiring_since=None)

    def write_cost(self, name: str, cost: int) -> None:
        self._update(self.workers[name], deletion_cost=cost)
