"""``top`` with operators that answer, and watched."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from revrx_operator.explain.summaries import summarize
from revrx_operator.explain.summary import GroupSummary
from revrx_operator.model import GroupReading, QueueLoad
from revrx_operator.plugin import top
from revrx_operator.plugin.looking import Look, Scope
from tests.unit.explain.builders import pool_state
from tests.unit.fake_cluster import FakeCluster, commanded, operator_pod

STATE = pool_state(GroupReading(QueueLoad(waiting=40)))
POOL = {**STATE.snapshot.view.pool, "spec": {"workers": [{"name": "worker", "queues": ["reports"]}]}}
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LIVE = json.loads(summarize([STATE], NOW).model_dump_json(by_alias=True))
NOTHING: dict[str, Any] = {**LIVE, "groups": []}


async def test_the_operator_that_acts_is_believed_and_not_the_one_that_stands_by(tmp_path: Path) -> None:
    pods = {"standing-by:8081": (200, NOTHING), "acting:8081": (200, LIVE)}
    cluster = FakeCluster(pods, [operator_pod("standing-by"), operator_pod("acting")], pool=POOL)

    ended = await commanded(cluster, tmp_path, "top", "-o", "json")

    (group,) = json.loads(ended.stdout)["groups"]
    assert (group["waiting"], group["desiredReplicas"], group["source"]) == (40, 5, "operator")
    assert ended.stderr == ""


async def test_an_operator_that_does_not_answer_silences_no_other(tmp_path: Path) -> None:
    pods = {"frozen:8081": (503, {"message": "no route"}), "acting:8081": (200, LIVE)}
    cluster = FakeCluster(pods, [operator_pod("frozen"), operator_pod("acting")], pool=POOL)

    ended = await commanded(cluster, tmp_path, "top", "revrx-celery")

    assert ended.stdout.splitlines()[1].split()[:3] == ["revrx-celery", "worker", "40"]
    assert ended.stderr == ""


@pytest.mark.parametrize(
    ("cluster", "note"),
    [
        (FakeCluster(), "no operator is ready; look at it: kubectl get pods --all-namespaces"),
        (FakeCluster(list_status=403), "pods is forbidden; name the operator's namespace with --operator-namespace"),
        (
            FakeCluster({"operator:8081": (403, {"message": "no pods/proxy"})}, [operator_pod("operator")]),
            "the operator revrx-system/operator may not be asked: no pods/proxy; it takes get on pods/proxy",
        ),
        (
            FakeCluster({"operator:8081": (200, {"another": "answer"})}, [operator_pod("operator")]),
            "the operator answers something else; take the plugin of its version",
        ),
        (
            FakeCluster({"operator:8081": (200, NOTHING)}, [operator_pod("operator")]),
            "no operator knows revrx/revrx-celery yet",
        ),
    ],
    ids=["none is ready", "pods may not be listed", "the proxy may not be used", "another version", "not known yet"],
)
async def test_where_it_cannot_be_asked_the_status_is_shown_and_why(
    cluster: FakeCluster, note: str, tmp_path: Path
) -> None:
    ended = await commanded(replace(cluster, pool=POOL), tmp_path, "top")

    assert ended.exit_code == 0
    assert note in ended.stderr
    assert ended.stdout.splitlines()[1].split()[-1] == "QueueDepth"


@asynccontextmanager
async def nobody(_: object) -> AsyncIterator[Any]:
    class Here:
        namespace = "revrx"

    yield Here()


class Over(Exception):
    """There is no further look."""


def looks(monkeypatch: pytest.MonkeyPatch, *found: Look) -> None:
    following: Iterator[Look] = iter(found)

    async def look(*_: object) -> Look:
        try:
            return next(following)
        except StopIteration:
            raise Over from None

    monkeypatch.setattr(top, "look", look)
    monkeypatch.setattr(top, "session", nobody)


def group(name: str, waiting: int, oldest: int = 0) -> GroupSummary:
    sent = NOW.replace(second=oldest)
    return GroupSummary(namespace="revrx", pool="reports", group=name, waiting=waiting, oldest_enqueued_at=sent)


@pytest.mark.looptime
async def test_watched_without_a_terminal_only_what_has_changed_is_added(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first = Look(NOW, (group("a", 1), group("b", 1)))
    older = Look(NOW.replace(minute=1), (group("a", 1), group("b", 1)))
    changed = Look(NOW.replace(minute=2), (group("a", 1), group("b", 7)), "no operator is ready")
    looks(monkeypatch, first, older, changed, changed)

    with pytest.raises(Over):
        await top._top(None, Scope(), None, watch=True)  # type: ignore[arg-type]

    shown = capsys.readouterr()
    assert [line.split()[1:3] for line in shown.out.splitlines()] == [
        ["GROUP", "WAITING"], ["a", "1"], ["b", "1"], ["b", "7"],
    ]  # fmt: skip
    assert shown.err.count("no operator is ready") == 1
