"""A worker's own metrics for Prometheus, over HTTP. Environment: REVRX_METRICS_PORT, the port; unset or empty, none.

The main process serves what all processes of the worker have counted (`revrx_worker.shared`). The counts lie in a
folder that it makes, below PROMETHEUS_MULTIPROC_DIR where that is set, and removes at its end; what prometheus_client
itself writes to PROMETHEUS_MULTIPROC_DIR is served along.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from billiard.process import current_process
from celery import Celery, bootsteps
from celery.signals import worker_process_init, worker_shutdown

if TYPE_CHECKING:
    # Importing it costs 0.15 s, which a caller that merely sends tasks does not pay.
    from prometheus_client import CollectorRegistry, Counter, Histogram
    from prometheus_client.metrics_core import Metric

PORT = "REVRX_METRICS_PORT"
NAMED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
OWN_FOLDER = "REVRX_METRICS_FOLDER"
"""The main process tells its children where to count; it reaches those too that are spawned, not forked."""

HIGHEST_PORT = 65535
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0)
"""Seconds."""


def connect(app: Celery) -> None:
    """Let the workers of this app serve their metrics."""
    app.steps["worker"].add(MetricsPort)
    worker_process_init.connect(_count_in_slot, dispatch_uid="revrx_worker.metrics")


def counter(name: str, documentation: str, labels: Iterable[str] = ()) -> "Counter":
    """A counter of an app's own, served by its worker, summed over all of the worker's processes.

    In any other process, and in a worker without a port, it counts nothing.
    """
    from revrx_worker.shared import SharedCounter  # noqa: PLC0415 - imports prometheus_client

    return SharedCounter(name, documentation, labels, registry=None)


def histogram(
    name: str, documentation: str, labels: Iterable[str] = (), buckets: Sequence[float] = BUCKETS
) -> "Histogram":
    """A histogram of an app's own, served like `counter`; the buckets are in the unit of what is observed."""
    from revrx_worker.shared import SharedHistogram  # noqa: PLC0415

    return SharedHistogram(name, documentation, labels, registry=None, buckets=buckets)


@dataclass
class Gauge:
    """A number that the main process knows by itself; None while it does not, and then it has no series."""

    name: str
    documentation: str
    value: float | None = None


_gauges: list[Gauge] = []


def gauge(name: str, documentation: str) -> Gauge:
    """A gauge of an app's own, whose `value` the main process of a worker sets and serves."""
    made = Gauge(name, documentation)
    _gauges.append(made)
    return made


def are_served() -> bool:
    """Whether a worker with this environment serves metrics."""
    return bool(os.environ.get(PORT))


class MetricsPort(bootsteps.Step):
    """Worker step: serves from before the pool starts its processes until the worker ends.

    A step of the worker is made once; only those of its consumer start again when the broker was away.
    """

    def include_if(self, parent: Any) -> bool:  # noqa: ARG002 - Celery's signature
        """Whether there is a port."""
        return are_served()

    def create(self, parent: Any) -> None:
        """Listen, and count in this process."""
        from prometheus_client import CollectorRegistry  # noqa: PLC0415

        from revrx_worker import runs, shared  # noqa: PLC0415

        registry = CollectorRegistry()
        _listen(registry)
        folder = _new_folder()
        shared.write_to(folder, "main")
        registry.register(shared.Sums(folder, *_named_folder()))
        registry.register(_Pool(parent))
        registry.register(_Gauges())
        runs.count()
        runs.prepare_requests(parent.app)


class _Pool:
    """What the main process knows of the pool at the moment of a scrape."""

    def __init__(self, worker: Any) -> None:
        self._worker = worker

    def collect(self) -> "Iterator[Metric]":
        from celery.worker import state  # noqa: PLC0415
        from prometheus_client.metrics_core import GaugeMetricFamily  # noqa: PLC0415

        yield GaugeMetricFamily("revrx_worker_slots", "Tasks that the worker can run at once.", self._slots())
        running = len(state.active_requests)
        yield GaugeMetricFamily("revrx_worker_running", "Tasks that the worker runs now.", running)

    def _slots(self) -> int:
        """As many as there are now: autoscaling and `control pool_grow` change them."""
        try:
            return int(self._worker.pool.num_processes)
        except AttributeError:  # the pool is not there yet, or no longer
            return int(self._worker.concurrency)


class _Gauges:
    """The app's own gauges at the moment of a scrape."""

    def collect(self) -> "Iterator[Metric]":
        from prometheus_client.metrics_core import GaugeMetricFamily  # noqa: PLC0415

        for known in _gauges:
            if known.value is not None:
                yield GaugeMetricFamily(known.name, known.documentation, known.value)


def _count_in_slot(**_: Any) -> None:
    """Let a child of a prefork pool count, in the files of its slot.

    No two living children have the same index, and a new child takes that of one that is gone: billiard 4.3.2, pool.py,
    `_avail_index` gives the lowest that no process in `_pool` has, and `_join_exited_workers` takes a process out of
    `_pool` only when its exit code is known. So there are never more files than there were slots at once.

    The pool `solo` sends the signal too, from the main process, which has no index (Celery 5.7.0, concurrency/solo.py).
    """
    folder, index = os.environ.get(OWN_FOLDER), getattr(current_process(), "index", None)
    if folder is None or index is None:
        return
    from revrx_worker import runs, shared  # noqa: PLC0415

    shared.write_to(Path(folder), f"slot{index}")
    runs.count()


def _port() -> int:
    value = os.environ[PORT]
    if value.isascii() and value.isdigit() and 0 < int(value) <= HIGHEST_PORT:
        return int(value)
    raise SystemExit(f"{PORT}: {value!r} is no port; give a number from 1 to {HIGHEST_PORT}, or nothing for no metrics")


def _listen(registry: "CollectorRegistry") -> None:
    from prometheus_client import start_http_server  # noqa: PLC0415

    port = _port()
    try:
        server, _ = start_http_server(port, registry=registry)
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise SystemExit(f"{PORT}: port {port} cannot be listened on: {reason}; give a port that is free") from error
    # A child that outlived the main process would hold the port, and answer nobody.
    os.register_at_fork(after_in_child=server.socket.close)


def _named_folder() -> tuple[Path, ...]:
    name = os.environ.get(NAMED_FOLDER)
    return (Path(name),) if name else ()


def _new_folder() -> Path:
    """A folder of its own for each worker: two that share a named one have slots of the same names."""
    try:
        folder = Path(tempfile.mkdtemp(prefix="revrx-metrics-", dir=os.environ.get(NAMED_FOLDER) or None))
    except OSError as error:
        raise SystemExit(f"{PORT}: no folder for the counts: {error}; name one in {NAMED_FOLDER}") from error
    os.environ[OWN_FOLDER] = str(folder)
    owner = os.getpid()

    def remove(**_: Any) -> None:
        if os.getpid() == owner:
            shutil.rmtree(folder, ignore_errors=True)

    # The signal comes when the last task has ended, and before `--autoreload` starts the process anew; a cold shutdown
    # sends none (Celery 5.7.0, worker/worker.py, `terminate`).
    worker_shutdown.connect(remove, weak=False)
    atexit.register(remove)
    return folder
