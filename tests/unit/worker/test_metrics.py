import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from prometheus_client import CollectorRegistry

from revrx_worker import metrics, shared
from revrx_worker.runs import queue_name, waited_seconds

QUEUES = {"reports": SimpleNamespace(routing_key="reports"), "urgent": SimpleNamespace(routing_key="report.urgent")}

A_TASK_THAT_FORKS = """
import os, pathlib, sys
from revrx_worker import metrics, shared

words = metrics.counter("words", "Words.")
shared.write_to(pathlib.Path(sys.argv[1]), "slot0")
words.inc()
child = os.fork()
if child:
    os.waitpid(child, 0)
else:
    words.inc()
"""


@pytest.fixture(autouse=True)
def nowhere() -> Iterator[None]:
    """This process is none of a worker's."""
    shared._files.forget()
    yield
    shared._files.forget()


@pytest.fixture
def registry(tmp_path: Path) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(shared.Sums(tmp_path))
    return registry


def become(folder: Path, slot: str) -> None:
    """As if this were another process."""
    shared._files.forget()
    shared.write_to(folder, slot)


def test_an_app_that_merely_joins_does_not_pay_for_prometheus_client() -> None:
    code = "import sys, celery, revrx_worker; revrx_worker.join(celery.Celery()); print(*sys.modules)"

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert "revrx_worker.metrics" in said.split()
    assert "prometheus_client" not in said.split()


def test_a_process_that_was_told_no_folder_counts_nothing(tmp_path: Path, registry: CollectorRegistry) -> None:
    words = metrics.counter("words", "Words.")
    words.inc()
    become(tmp_path, "slot0")
    words.inc(2)

    assert registry.get_sample_value("words_total") == 2


def test_slots_are_summed_and_the_next_process_in_a_slot_goes_on_counting(
    tmp_path: Path, registry: CollectorRegistry
) -> None:
    words = metrics.counter("words", "Words.", ["kind"])
    lengths = metrics.histogram("lengths", "Letters.", ["kind"], buckets=(1, 4))
    for slot in ("slot0", "slot1", "slot0"):
        become(tmp_path, slot)
        words.labels("short").inc()
        lengths.labels("short").observe(3)

    assert registry.get_sample_value("words_total", {"kind": "short"}) == 3
    assert registry.get_sample_value("lengths_bucket", {"kind": "short", "le": "1.0"}) == 0
    assert registry.get_sample_value("lengths_bucket", {"kind": "short", "le": "4.0"}) == 3
    assert registry.get_sample_value("lengths_sum", {"kind": "short"}) == 9
    assert registry.get_sample_value("lengths_bucket", {"kind": "short", "le": "+Inf"}) == 3
    assert len(list(tmp_path.iterdir())) == 4


def test_a_counter_that_starts_over_leaves_those_of_the_other_slots(
    tmp_path: Path, registry: CollectorRegistry
) -> None:
    words = metrics.counter("words", "Words.")
    for slot in ("slot0", "slot1"):
        become(tmp_path, slot)
        words.inc()

    words.reset()

    assert registry.get_sample_value("words_total") == 1


def test_a_process_that_a_task_forks_counts_nothing(tmp_path: Path, registry: CollectorRegistry) -> None:
    subprocess.run([sys.executable, "-c", A_TASK_THAT_FORKS, tmp_path], check=True)

    assert registry.get_sample_value("words_total") == 1


def test_a_file_that_was_only_just_made_spoils_no_scrape(tmp_path: Path, registry: CollectorRegistry) -> None:
    (tmp_path / "counter_slot1.db").touch()
    become(tmp_path, "slot0")
    metrics.counter("words", "Words.").inc()

    assert registry.get_sample_value("words_total") == 1


def test_a_folder_that_is_not_there_is_told_in_a_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path / "missing"))

    with pytest.raises(SystemExit, match=r"^REVRX_METRICS_PORT: no folder for the counts: .*PROMETHEUS_MULTIPROC_DIR$"):
        metrics._new_folder()


@pytest.mark.parametrize(
    ("routing_key", "queue"),
    [("reports", "reports"), ("report.urgent", "urgent"), ("user.4711", "other"), (None, "other")],
)
def test_the_queue_is_one_that_the_worker_knows(routing_key: str | None, queue: str) -> None:
    assert queue_name(QUEUES, routing_key) == queue


@pytest.mark.parametrize(
    ("stamp", "eta", "seconds"),
    [
        (990.0, None, 10.0),
        (1005.0, None, 0.0),  # the sender's clock is ahead
        (None, None, None),
        ("yesterday", None, None),
        (float("-inf"), None, None),
        (400.0, "1970-01-01T00:16:30+00:00", 10.0),
        (400.0, "1970-01-01T00:16:30", 10.0),
        (990.0, "1970-01-01T00:00:01+00:00", 10.0),
        (990.0, "soon", 10.0),
    ],
)
def test_the_wait_counts_from_the_stamp_or_from_a_later_eta(
    stamp: object, eta: str | None, seconds: float | None
) -> None:
    assert waited_seconds(stamp, eta, 1000.0) == seconds
