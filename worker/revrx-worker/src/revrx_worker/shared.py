"""Counters and histograms that are summed over all processes of a worker.

Each process writes files of its own, in the format of prometheus_client's multiprocess mode; whoever serves them reads
the files of all processes and adds up.

prometheus_client chooses between that mode and one process once and for all, when it is first imported, and by the
environment (0.26.0, values.py, `ValueClass`); and it names the files by process ID, of which a worker that recycles its
children has ever more. So the metrics made here bring their own value class: it takes no notice of what was imported
first, and leaves an app's other metrics as they are. It names the files by slot; and where no worker has said where
the files go, as in a process that merely sends tasks, what is counted goes nowhere.
"""

import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from prometheus_client import Counter, Histogram
from prometheus_client.metrics_core import Metric
from prometheus_client.mmap_dict import MmapedDict, mmap_key
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString


class _Files:
    """The files that this process writes, one for each kind of metric."""

    def __init__(self) -> None:
        self._open: dict[str, Any] = {}
        self.forget()

    def forget(self) -> None:
        """Write nothing from now on. After a fork the lock may be held by a thread that exists in the parent only."""
        self._lock = threading.Lock()
        for file in self._open.values():
            file.close()
        self._open = {}
        self._folder: Path | None = None
        self._slot = ""

    def write_to(self, folder: Path, slot: str) -> None:
        with self._lock:
            self._folder, self._slot = folder, slot

    def change(self, kind: str, keys: Sequence[str], change: Callable[[float], float]) -> None:
        """Change the value of the first key; the others are there from then on.

        Read from the file each time: a child goes on from what its forerunner in the slot has left.
        """
        with self._lock:
            if self._folder is not None:
                file = self._file(self._folder, kind)
                values = [file.read_value(key)[0] for key in keys]
                file.write_value(keys[0], change(values[0]), 0.0)

    def _file(self, folder: Path, kind: str) -> Any:
        if kind not in self._open:
            self._open[kind] = MmapedDict(str(folder / f"{kind}_{self._slot}.db"))  # type: ignore[no-untyped-call]
        return self._open[kind]


_files = _Files()

# A process that a task forks is in nobody's slot: two that append to one file would spoil it.
os.register_at_fork(after_in_child=_files.forget)


def write_to(folder: Path, slot: str) -> None:
    """Let this process count, in files that no other living process writes."""
    _files.write_to(folder, slot)


class _Value:
    """A number in this process's file, with the methods that metrics call (0.26.0, values.py, `MmapedValue`)."""

    def __init__(self, kind: str, *keys: str) -> None:
        self._kind = kind
        self.keys = keys

    def inc(self, amount: float) -> None:
        _files.change(self._kind, self.keys, lambda value: value + amount)

    def set(self, value: float) -> None:
        _files.change(self._kind, self.keys, lambda _: value)

    def set_exemplar(self, exemplar: object) -> None:
        """The files hold no exemplars."""


class SharedCounter(Counter):
    """A counter that is summed over the processes of the worker."""

    def _metric_init(self) -> None:
        """As prometheus_client 0.26.0, metrics.py, `Counter`, with another value class."""
        total = f"{self._name}_total"
        names, values = list(self._labelnames), list(self._labelvalues)
        self._value = _Value(self._type, mmap_key(self._name, total, names, values, self._documentation))
        self._created = time.time()


class SharedHistogram(Histogram):
    """A histogram that is summed over the processes of the worker."""

    def _metric_init(self) -> None:
        """As prometheus_client 0.26.0, metrics.py, `Histogram`, with another value class."""
        self._created = time.time()
        self._buckets = [self._part("_bucket", {"le": _go_string(bound)}) for bound in self._upper_bounds]
        # It changes with each observation; a histogram without its empty buckets would be none.
        parts = [self._part("_sum", {}), *self._buckets]
        self._sum = _Value(self._type, *(key for part in parts for key in part.keys))

    def _part(self, suffix: str, more: dict[str, str]) -> _Value:
        names, values = [*self._labelnames, *more], [*self._labelvalues, *more.values()]
        return _Value(self._type, mmap_key(self._name, self._name + suffix, names, values, self._documentation))


def _go_string(bound: float) -> str:
    return str(floatToGoString(bound))  # type: ignore[no-untyped-call]


class Sums(Collector):
    """What all processes have counted into the files of some folders, added up."""

    def __init__(self, *folders: Path) -> None:
        self._folders = folders

    def collect(self) -> Iterable[Metric]:
        """For a scrape. A file that was only just made is empty, and prometheus_client would fail on it."""
        files = (file for folder in self._folders for file in folder.glob("*.db"))
        filled = [str(file) for file in files if file.stat().st_size]
        metrics: Iterable[Metric] = MultiProcessCollector.merge(filled)  # type: ignore[no-untyped-call]
        return metrics
