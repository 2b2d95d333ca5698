import time

import pytest

from tests.e2e.conftest import Measured
from tests.e2e.kubectl import Kubectl
from tests.e2e.pools import WORKER, ready_replicas, replicas, small_example, wait_until_ready
from tests.e2e.reports import submit, wait_until_completed
from tests.e2e.waiting import eventually
from tests.e2e.watching import replicas_watch, running

REPORTS = 300
RISE_SECONDS = 5.0
"""Promised are 2; a machine with two cores may be busy with starting something."""

QUEUE_GREW = 'until [ "$(redis-cli llen reports)" -gt 0 ]; do sleep 0.02; done; echo grown'


@pytest.mark.smoke
def test_three_hundred_reports_raise_the_replicas_at_once_and_all_get_done(stack: Kubectl, measured: Measured) -> None:
    stack.apply(
        small_example(
            variables={"REPORT_PACE_SECONDS": "1"},
            scaling={"scaleDown": {"stabilizationSeconds": 5, "maxReplicasPerMinute": 60}},
        )
    )
    wait_until_ready(stack)
    assert replicas(stack) == 2

    with (
        replicas_watch(stack, WORKER) as watch,
        running(stack.command("exec", "redis", "--", "sh", "-c", QUEUE_GREW)) as grew,
    ):
        eventually(lambda: watch.counts, bool, "the watch has begun")
        submit(stack, REPORTS)
        eventually(lambda: list(grew), bool, "the queue has grown")
        enqueued_at = grew[0].at
        rows = wait_until_completed(stack, REPORTS)
        completed_at = time.monotonic()
        eventually(lambda: watch.counts[-1], lambda count: count == 2, "spec.replicas is back at the minimum")
        eventually(lambda: ready_replicas(stack), lambda count: count == 2, "two workers are left")
        assert max(watch.counts) == 10
        rise = watch.first_above(2) - enqueued_at
        back = watch.lines[-1].at - enqueued_at

    measured(f"spec.replicas rose {rise * 1000:.0f} ms after the queue began to grow, up to {max(watch.counts)}")
    measured(
        f"{REPORTS} reports of 1 s were done after {completed_at - enqueued_at:.0f} s, minimum again after {back:.0f} s"
    )
    assert rise < RISE_SECONDS
    assert all(row.summary for row in rows)
