"""``kubectl revrx`` as its users call it, on a cluster where everything is real."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.kubectl import Kubectl
from tests.e2e.pools import OF_POOL, POOL, WORKER, replicas, small_pool, wait_until_ready
from tests.e2e.release import Release
from tests.e2e.reports import in_state, submit, wait_until_completed
from tests.e2e.waiting import eventually
from tests.e2e.watching import replicas_watch, running

PACE_SECONDS = 20
REPORTS = 4


@pytest.fixture
def busy_pool(stack: Kubectl) -> Kubectl:
    """A pool of one worker at least, with reports that run for a while."""
    stack.apply(small_pool(variables={"REPORT_PACE_SECONDS": str(PACE_SECONDS)}, scaling={"minReplicas": 1}))
    wait_until_ready(stack)
    submit(stack, REPORTS)
    eventually(lambda: in_state(stack, "running"), bool, "reports run")
    return stack


def test_top_shows_the_numbers_of_the_moment_also_where_an_operator_stands_by(
    release: Release, busy_pool: Kubectl
) -> None:
    with release.scaled(2):
        group = eventually(lambda: top(busy_pool), lambda found: found["running"] > 0, "top shows what runs")
        table = revrx(busy_pool, "top", POOL)

    assert group["source"] == "operator"
    assert group["running"] + group["waiting"] <= REPORTS
    assert group["busyReplicas"] >= 1
    assert group["desiredReplicas"] == replicas(busy_pool)
    assert table.stderr == ""
    assert table.stdout.splitlines()[1].split()[:2] == [POOL, "worker"]


def test_a_paused_pool_stays_as_it_is_until_it_is_resumed(stack: Kubectl) -> None:
    stack.apply(small_pool(variables={"REPORT_PACE_SECONDS": "2"}, scaling={"minReplicas": 1}))
    wait_until_ready(stack)
    revrx(stack, "pause", POOL)
    eventually(lambda: top(stack)["reason"], lambda reason: reason == "Paused", "the operator has taken it up")

    with replicas_watch(stack, WORKER) as watch:
        submit(stack, 30)
        eventually(lambda: in_state(stack, "completed"), lambda found: len(found) > 2, "the one worker works on")
        assert set(watch.counts) == {1}
        revrx(stack, "resume", POOL)
        eventually(lambda: watch.counts[-1], lambda count: count > 1, "it grows once it is resumed")


def test_a_drain_takes_every_worker_and_interrupts_no_report(busy_pool: Kubectl) -> None:
    on_their_way = {row.id for row in in_state(busy_pool, "running")}

    drained = revrx(busy_pool, "drain", POOL, "--timeout", "5m")

    assert drained.stdout.splitlines()[-1].endswith(f"has no worker left; kubectl revrx resume {POOL} brings them back")
    assert busy_pool.list("pods", OF_POOL) == []
    busy_pool("wait", "--for=condition=Drained", f"rwp/{POOL}", "--timeout=10s")
    done = {row.id: row.attempts for row in in_state(busy_pool, "completed")}
    assert on_their_way <= done.keys()

    with replicas_watch(busy_pool, WORKER) as watch:
        submit(busy_pool, 2 * REPORTS)
        eventually(lambda: top(busy_pool)["waiting"] or 0, lambda waiting: waiting >= REPORTS, "it sees what waits")
        assert top(busy_pool)["desiredReplicas"] == 0, "some ticks later"
        assert set(watch.counts) == {0}, "what waits wakes no worker"

    revrx(busy_pool, "resume", POOL)
    rows = wait_until_completed(busy_pool, 2 * REPORTS)
    assert {row.attempts for row in rows} == {1}


def test_a_drain_gets_through_a_rollout_that_is_stuck_and_interrupts_no_report(busy_pool: Kubectl) -> None:
    on_their_way = {row.id for row in in_state(busy_pool, "running")}
    busy_pool.patch("rwp", POOL, {"spec": {"image": "revrx/worker:that-nobody-has-built"}})
    eventually(lambda: len(busy_pool.list("pods", OF_POOL)), lambda count: count > 1, "the rollout has begun")

    revrx(busy_pool, "drain", POOL, "--timeout", "5m")

    assert busy_pool.list("pods", OF_POOL) == []
    busy_pool("wait", "--for=condition=Drained", f"rwp/{POOL}", "--timeout=10s")
    done = {row.id: row.attempts for row in in_state(busy_pool, "completed")}
    assert on_their_way <= done.keys()
    assert {done[name] for name in on_their_way} == {1}


def test_a_drain_that_takes_too_long_names_who_is_left_and_goes_on(busy_pool: Kubectl) -> None:
    ended = call(busy_pool, "drain", POOL, "--timeout", "3s")

    assert ended.returncode == 1
    assert f"{WORKER}-" in ended.stderr
    assert "The drain goes on" in ended.stderr.splitlines()[-1]
    eventually(lambda: busy_pool.list("pods", OF_POOL), lambda pods: not pods, "it goes on to its end", within=300)


def test_a_drain_that_is_resumed_on_the_way_gives_the_workers_back(busy_pool: Kubectl) -> None:
    revrx(busy_pool, "drain", POOL, "--no-wait")
    eventually(lambda: busy_pool.list("pods", f"{OF_POOL},revrx.io/retiring"), bool, "workers are marked")

    revrx(busy_pool, "resume", POOL)

    eventually(lambda: busy_pool.list("pods", f"{OF_POOL},revrx.io/retiring"), lambda pods: not pods, "they stay")
    submit(busy_pool, 2 * REPORTS)
    rows = wait_until_completed(busy_pool, 2 * REPORTS)
    assert {row.attempts for row in rows} == {1}


def test_reports_that_were_given_up_are_listed_and_made_again(stack: Kubectl) -> None:
    stack.apply(small_pool(scaling={"minReplicas": 1}))
    wait_until_ready(stack)
    line = json.dumps({"id": "empty", "title": "nothing to read", "text": " "})
    stack.execute("client", "revrx-reports", "submit", "-", stdin=line, seconds=120)
    eventually(lambda: in_state(stack, "failed"), lambda rows: len(rows) == 1, "the report is given up")

    listed = revrx(stack, "failed", POOL)
    again = revrx(stack, "requeue", POOL, "empty")

    assert listed.stdout.splitlines()[1].split()[::2][:2] == ["empty", "text_empty"]
    assert again.stdout == "1 queued again\n"
    (row,) = eventually(lambda: in_state(stack, "failed"), lambda rows: len(rows) == 1, "it was tried once more")
    assert row.token > 1


def test_watching_into_a_pipe_adds_what_changes(busy_pool: Kubectl) -> None:
    with running(command(busy_pool, "top", POOL, "--watch")) as lines:
        wait_until_completed(busy_pool, REPORTS)
        eventually(lambda: lines[-1].text.split()[3], lambda count: count == "0", "nothing runs any more")

    assert [line.text for line in lines].count(lines[0].text) == 1, "one heading"


def command(kubectl: Kubectl, name: str, *arguments: str) -> list[str]:
    """``kubectl revrx``, with the plugin of this environment on PATH."""
    path = f"PATH={Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    where = ["--context", kubectl.context, "--namespace", kubectl.namespace]
    return ["env", path, kubectl.command()[0], "revrx", name, *where, *arguments]


def call(kubectl: Kubectl, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(kubectl, *arguments), capture_output=True, text=True, timeout=400, check=False)


def revrx(kubectl: Kubectl, *arguments: str) -> subprocess.CompletedProcess[str]:
    ended = call(kubectl, *arguments)
    assert ended.returncode == 0, ended.stderr
    return ended


def top(kubectl: Kubectl) -> Mapping[str, Any]:
    """The one group of the pool."""
    (group,) = json.loads(revrx(kubectl, "top", POOL, "--output", "json").stdout)["groups"]
    return dict(group)
