"""``failed`` and ``requeue``: the real ``revrx-reports``, reached as ``kubectl exec`` reaches a container."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.integration.plugin.conftest import REPORTS, Place, environment

pytestmark = pytest.mark.usefixtures("node")


@pytest.fixture
def worker(place: Place) -> Place:
    """A pool with a ready worker."""
    place.pool()
    place.worker("reports-worker-1")
    return place


def test_an_error_of_the_command_is_passed_on(worker: Place) -> None:
    ended = worker.revrx("failed", "reports")

    assert ended.exit_code == 1
    assert ended.stderr.startswith("Error: the database sqlite://")
    assert "has no tables yet; run: revrx-reports migrate" in ended.stderr


def test_what_was_given_up_is_listed_and_made_again(worker: Place, node: Path) -> None:
    run_here(node, "migrate")
    lines = [json.dumps({"id": name, "title": "empty", "text": " "}) for name in ("a", "b")]
    run_here(node, "submit", "-", stdin="\n".join(lines))

    listed = worker.revrx("failed", "reports")
    heading, *rows = [line.split() for line in listed.stdout.splitlines()]
    assert heading == ["ID", "AGE", "CODE", "MESSAGE"]
    assert sorted((row[0], row[2]) for row in rows) == [("a", "text_empty"), ("b", "text_empty")]

    first = worker.revrx("failed", "reports", "--most", "1")
    assert len(first.stdout.splitlines()) == 2
    assert first.stderr == "There are more; --most 10 lists them.\n"

    again = worker.revrx("requeue", "reports", "--", "a", "-x")
    assert again.exit_code == 1
    assert again.stdout.startswith("1 queued again")
    assert again.stderr == "-x: there is no failed report with this id that could be made again\n"

    left = json.loads(worker.revrx("failed", "reports", "--code", "text_empty", "-o", "json").stdout)
    assert [report["id"] for report in left] == ["b"]


def run_here(node: Path, *arguments: str, stdin: str = "") -> None:
    """``revrx-reports`` without a cluster; it ends with 1 where reports fail."""
    subprocess.run(
        [*REPORTS, *arguments], env=environment(node), input=stdin, capture_output=True, text=True, check=False
    )


def test_a_worker_that_is_not_ready_is_not_asked(place: Place) -> None:
    place.pool()
    place.worker("reports-worker-1", ready=False)

    ended = place.revrx("requeue", "reports", "--all")

    assert ended.exit_code == 1
    assert ended.stderr.startswith("Error: no worker of pool reports is ready, and it takes one to run revrx-reports: ")


def test_an_image_without_the_command_is_told(worker: Place) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("revrx_operator.plugin.workers.REPORTS", "their-reports")
        ended = worker.revrx("requeue", "reports", "--all")

    assert ended.stderr == (
        "Error: the image of pod reports-worker-1 has no their-reports: its reports are not this product's\n"
    )
