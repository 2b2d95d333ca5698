"""docs/migrate-from-deployment.md: its steps, as they stand, while the old workers run reports."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.kubectl import Kubectl, Manifest
from tests.e2e.plain_workers import NAME, REPLICAS, small_workers
from tests.e2e.pools import CHILDREN, POOL, small_pool
from tests.e2e.reports import in_state, submit, wait_until_completed
from tests.e2e.shell import Shell
from tests.e2e.waiting import eventually
from tests.pages import blocks_of

PAGE = "migrate-from-deployment.md"
OLD = f"app={NAME}"
PACE = {"REPORT_PACE_SECONDS": "20"}
REPORTS, LATER = 24, 28
EMPTY = "- empty -"

Step = Callable[[str], str]


@pytest.fixture
def busy(stack: Kubectl) -> Kubectl:
    """Two plain workers with all slots busy, and their HPA."""
    stack.apply(*small_workers(PACE))
    stack("rollout", "status", f"deployment/{NAME}", "--timeout=240s", seconds=260)
    submit(stack, REPORTS)
    eventually(lambda: in_state(stack, "running"), lambda running: len(running) == 4 * REPLICAS, "all slots are busy")
    return stack


@pytest.fixture
def step(busy: Kubectl, tmp_path: Path) -> Step:
    """Runs the one block of the page that holds these words, in the test's namespace."""
    shell = Shell.on(busy.context, tmp_path)
    texts = [block.text for block in blocks_of(PAGE) if block.language in {"sh", "console"}]

    def run(words: str) -> str:
        (block,) = (text for text in texts if words in text)
        return shell.run(_without_prompts(block).replace("-n revrx ", f"-n {busy.namespace} "))

    return run


def test_the_steps_move_to_a_pool_without_a_report_cut_off(busy: Kubectl, step: Step) -> None:
    step("delete hpa")
    busy.apply(pool(POOL))
    busy("wait", "--for=condition=Ready", f"rwp/{POOL}", "--timeout=180s", seconds=200)
    _drain(step)
    step(f"delete deployment {NAME}\n")

    eventually(lambda: _old_pods(busy), lambda pods: not pods, "the old workers are gone", within=30)
    _nothing_was_cut_off(busy)
    assert _names(busy, "horizontalpodautoscalers") == [f"{POOL}-worker"]


def test_the_name_can_stay(busy: Kubectl, step: Step) -> None:
    step("delete hpa")
    busy("delete", "deployment", NAME, "--cascade=orphan")
    busy.apply(pool("revrx-celery"))
    busy("wait", "--for=condition=Ready", "rwp/revrx-celery", "--timeout=180s", seconds=200)
    assert len(_old_pods(busy)) == REPLICAS
    _drain(step)
    step("delete replicaset")

    eventually(lambda: _old_pods(busy), lambda pods: not pods, "the old workers are gone", within=30)
    _nothing_was_cut_off(busy)
    assert [_names(busy, kind) for kind in CHILDREN] == [[NAME]] * len(CHILDREN)


def test_a_pool_of_the_same_name_leaves_the_plain_deployment_alone_and_says_so(busy: Kubectl) -> None:
    before = busy.get("deployment", NAME) or {}
    busy.apply(pool("revrx-celery"))
    eventually(lambda: _reasons(busy, "revrx-celery"), lambda reasons: "NameConflict" in reasons, "the pool says so")

    after = busy.get("deployment", NAME) or {}
    assert after["spec"] == before["spec"]
    assert "ownerReferences" not in after["metadata"]
    assert _names(busy, "horizontalpodautoscalers") == [f"{NAME}-hpa"]
    assert _names(busy, "poddisruptionbudgets") == []


def pool(name: str) -> Manifest:
    """A pool for the same queue, whose reports take as long."""
    manifest = small_pool(variables=PACE)
    manifest["metadata"]["name"] = name
    return manifest


def _drain(step: Step) -> None:
    step("cancel_consumer")
    eventually(
        lambda: step("inspect -t 10 active").count(EMPTY),
        lambda empty: empty == 2 * REPLICAS,
        "the old workers run nothing and hold nothing",
        within=300,
    )


def _nothing_was_cut_off(kubectl: Kubectl) -> None:
    """Each report was begun once, and the pool makes those that come now."""
    assert [row.attempts for row in wait_until_completed(kubectl, REPORTS)] == [1] * REPORTS
    submit(kubectl, LATER)
    assert [row.attempts for row in wait_until_completed(kubectl, LATER)] == [1] * LATER


def _old_pods(kubectl: Kubectl) -> list[Manifest]:
    return kubectl.list("pods", OLD)


def _reasons(kubectl: Kubectl, name: str) -> list[str]:
    status = (kubectl.get("rwp", name) or {}).get("status", {})
    return [condition["reason"] for condition in status.get("conditions", [])]


def _names(kubectl: Kubectl, kind: str) -> list[str]:
    return [item["metadata"]["name"] for item in kubectl.list(kind)]


def _without_prompts(block: str) -> str:
    return "".join(line.removeprefix("$ ").removeprefix("> ") for line in block.splitlines(keepends=True))
