"""Whatever happens in whatever order: no worker with a task is taken, none stays deaf, and the goal is reached."""

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.unit.plan.retirement.small_cluster import SmallCluster

LONGEST_DEAF_SECONDS = 30.0
names = st.integers(0, 7)
seconds = st.sampled_from([1.0, 3.0, 5.0, 30.0])


class RetiringWorkers(RuleBasedStateMachine):
    """An operator on a small cluster, both pushed about."""

    cluster: SmallCluster

    @initialize(
        replicas=st.integers(2, 5),
        goal=st.integers(0, 3),
        seconds=st.lists(seconds, max_size=8),
        lag=st.sampled_from([0.0, 0.8]),
        speaks=st.booleans(),
    )
    def begin(self, replicas: int, goal: int, seconds: list[float], lag: float, speaks: bool) -> None:
        """Some workers are busy, and usually replicas are to go."""
        self.meddled_with: set[str] = set()
        self.cluster = SmallCluster(replicas, speaks=speaks)
        self.cluster.waiting = seconds
        self.cluster.wait(0.4)
        self.cluster.goal = goal
        self.cluster.cache_seconds = lag

    @rule(seconds=st.lists(seconds, min_size=1, max_size=6))
    def tasks_come(self, seconds: list[float]) -> None:
        self.cluster.waiting.extend(seconds)

    @rule(goal=st.integers(0, 5))
    def the_goal_changes(self, goal: int) -> None:
        self.cluster.goal, self.cluster.drains = goal, False

    @rule()
    def a_drain_begins(self) -> None:
        self.cluster.goal, self.cluster.drains = 0, True

    @rule(seconds=st.sampled_from([0.2, 0.5, 1.0, 2.0]))
    def time_passes(self, seconds: float) -> None:
        self.cluster.wait(seconds)

    @rule(pause=st.sampled_from([0.2, 0.6, 1.0]))
    def the_operator_runs(self, pause: float) -> None:
        self.cluster.run()
        self.cluster.wait(pause)

    @rule(seconds=st.integers(1, 20))
    def the_operator_runs_for_a_while(self, seconds: int) -> None:
        self._keep_running(float(seconds))

    @rule(steps=st.integers(1, 6))
    def the_operator_dies_after_some_steps(self, steps: int) -> None:
        self.cluster.run(dies_after=steps)

    @rule(seconds=st.sampled_from([1.0, 5.0]))
    def the_replica_set_controller_is_busy_elsewhere(self, seconds: float) -> None:
        self.cluster.sleeps_until = self.cluster.now + seconds

    @rule(stuck=st.booleans(), refused=st.booleans())
    def a_rollout_begins(self, stuck: bool, refused: bool) -> None:
        self.cluster.roll_out(stuck=stuck, refused=refused)

    @rule(number=names)
    def somebody_takes_a_mark_off(self, number: int) -> None:
        if name := self._name(number):
            self.cluster.unmark(name)
            self.meddled_with.add(name)

    @rule(number=names)
    def a_container_is_started_anew(self, number: int) -> None:
        if name := self._name(number):
            self.cluster.restart_container(name)

    @rule(number=names, ready=st.booleans())
    def a_pod_turns_ready_or_not(self, number: int, ready: bool) -> None:
        if name := self._name(number):
            self.cluster.set_ready(name, ready)

    @rule(number=names, cost=st.sampled_from([-100, 0, 100]))
    def somebody_else_writes_a_cost(self, number: int, cost: int) -> None:
        if name := self._name(number):
            self.cluster.write_cost(name, cost)

    @precondition(lambda self: self.cluster.reachable)
    @rule()
    def redis_goes(self) -> None:
        self.cluster.reachable = False

    @precondition(lambda self: not self.cluster.reachable)
    @rule()
    def redis_comes_back(self) -> None:
        self.cluster.reachable = True

    def teardown(self) -> None:
        """Where operator and Redis are up nobody stands idle for long but in a drain, where nobody is needed; left in
        peace, everything comes to rest, and a drain even amid a rollout that never ends."""
        cluster = self.cluster
        cluster.reachable, cluster.waiting = True, []
        self._keep_running(LONGEST_DEAF_SECONDS)
        idle_since = [worker.idle_and_deaf_since for worker in cluster.workers.values()]
        assert cluster.drains or all(cluster.now - since < LONGEST_DEAF_SECONDS for since in idle_since if since)
        if not cluster.drains:
            cluster.stuck = cluster.refused = False
        for worker in list(cluster.workers):
            cluster.set_ready(worker, ready=True)
        self._keep_running(250.0)
        assert cluster.replicas == len(cluster.workers) == cluster.goal
        assert all(worker.listens for worker in cluster.workers.values())
        assert not any(pod.retiring_since for pod in cluster.pods)
        assert cluster.run() is None

    @invariant()
    def _nothing_went_wrong(self) -> None:
        cluster = self.cluster
        assert cluster.taken_with_tasks == []
        for worker in cluster.workers.values():
            started = worker.pod.may_hold_tasks
            known = worker.pod.retiring_since is not None or worker.pod.name in self.meddled_with
            assert worker.listens or not started or known, "deaf and not marked"

    def _name(self, number: int) -> str | None:
        names = sorted(self.cluster.workers)
        return names[number % len(names)] if names else None

    def _keep_running(self, seconds: float) -> None:
        """Run whenever a run is asked for, and every few seconds, as the ticks of a controller do."""
        end = self.cluster.now + seconds
        while self.cluster.now < end:
            retry_after = self.cluster.run()
            self.cluster.wait(0.1 if retry_after is None else max(0.1, min(retry_after, 1.0)))
            self._nothing_went_wrong()


TestRetiringWorkers = RetiringWorkers.TestCase
TestRetiringWorkers.settings = settings(max_examples=30, stateful_step_count=25)
