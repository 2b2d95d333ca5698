"""Of two operators one acts, and the other takes over: soon after a kill or a freeze, at once in an upgrade."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest

from tests.e2e.conftest import Measured
from tests.e2e.kubectl import Kubectl, Manifest
from tests.e2e.pools import WORKER, replicas, small_pool, wait_until_ready
from tests.e2e.release import CHART, Release
from tests.e2e.reports import submit, wait_until_completed
from tests.e2e.signals import send_signal
from tests.e2e.waiting import eventually
from tests.e2e.watching import Line, replicas_watch, running

TAKEOVER_SECONDS = 12.0
HANDOVER_SECONDS = 2.0
PROCESS = "revrx-operator"


@pytest.fixture
def two_operators(release: Release) -> Iterator[Release]:
    with release.scaled(2):
        yield release


@pytest.fixture
def pool(stack: Kubectl) -> Kubectl:
    """A pool of one worker that grows with the first reports."""
    stack.apply(small_pool(variables={"REPORT_PACE_SECONDS": "5"}, scaling={"minReplicas": 1, "maxReplicas": 4}))
    wait_until_ready(stack)
    return stack


def test_after_a_kill_a_burst_is_answered_within_the_time_of_a_takeover(
    two_operators: Release, pool: Kubectl, measured: Measured
) -> None:
    with replicas_watch(pool, WORKER) as watch:
        began = time.monotonic()
        send_signal(pool, acting(two_operators), "SIGKILL", to=PROCESS)
        submit(pool, 12)
        eventually(lambda: replicas(pool), lambda count: count == 2, "the pool has grown")
        seconds = watch.first_above(1) - began

    measured(f"operator killed, then a burst: more replicas in spec after {seconds:.1f} s")
    assert seconds < TAKEOVER_SECONDS
    wait_until_completed(pool, 12)


def test_an_operator_that_was_frozen_is_followed_by_another_and_stands_by_when_it_wakes(
    two_operators: Release, pool: Kubectl, measured: Measured
) -> None:
    frozen = acting(two_operators)
    with holders(two_operators) as seen, replicas_watch(pool, WORKER) as watch:
        send_signal(pool, frozen, "SIGSTOP", to=PROCESS)
        eventually(lambda: seen[-1].text, lambda name: name != name_of(frozen), "another holds it")
        other, last = seen[-1].text, [line.at for line in seen if line.text == name_of(frozen)][-1]
        seconds = next(line.at for line in seen if line.text == other) - last
        send_signal(pool, frozen, "SIGCONT", to=PROCESS)
        submit(pool, 12)
        wait_until_completed(pool, 12)

    measured(f"operator frozen: another holds the lease {seconds:.1f} s after the last renewal")
    assert seconds < TAKEOVER_SECONDS
    assert holder(two_operators) == other
    grown = watch.counts[: watch.counts.index(2) + 1]
    assert set(grown[:-1]) == {1}


def test_a_rollout_hands_over_at_once_and_moves_no_replica(
    two_operators: Release, pool: Kubectl, measured: Measured
) -> None:
    before = {name_of(pod) for pod in two_operators.pods()}
    assert holder(two_operators) in before
    with holders(two_operators) as seen, replicas_watch(pool, WORKER) as watch:
        two_operators.kubectl("rollout", "restart", f"deployment/{CHART}")
        eventually(lambda: holder(two_operators), lambda name: name not in {*before, ""}, "a new one holds it")
        two_operators.kubectl("rollout", "status", f"deployment/{CHART}", "--timeout=120s", seconds=130)

    longest = max(without_holder(seen))
    measured(f"operator rolled out: nobody held the lease for {longest:.1f} s at most")
    assert longest < HANDOVER_SECONDS
    assert set(watch.counts) == {1}


def acting(release: Release) -> Manifest:
    """The pod of the operator that holds the lease."""
    name = eventually(
        lambda: holder(release), lambda name: name in {name_of(pod) for pod in release.pods()}, "one acts"
    )
    return next(pod for pod in release.pods() if name_of(pod) == name)


def holder(release: Release) -> str:
    """Who holds the lease; empty while nobody does."""
    lease = release.kubectl.get("lease", CHART) or {"spec": {}}
    return str(lease["spec"].get("holderIdentity", ""))


def name_of(pod: Manifest) -> str:
    return str(pod["metadata"]["name"])


@contextmanager
def holders(release: Release) -> Iterator[list[Line]]:
    """Who holds the lease, each time that it is written."""
    output = 'jsonpath={.spec.holderIdentity}{"\\n"}'
    select = f"--field-selector=metadata.name={CHART}"
    with running(release.kubectl.command("get", "leases", select, "--watch", f"--output={output}")) as lines:
        yield lines


def without_holder(seen: list[Line]) -> list[float]:
    """The seconds of each time between two holders."""
    return [after.at - line.at for line, after in pairwise(seen) if not line.text]
