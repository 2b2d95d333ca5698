"""What a worker group has to do: from what Redis and its workers say to a few numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

from revrx_operator.model import GroupReading, GroupSnapshot, Pod, WorkerBeat


@dataclass(frozen=True, slots=True)
class Demand:
    """Work of one group at one moment, in tasks."""

    waiting: int
    """In its queues, for any worker to take."""
    running: int
    """Held by workers that stay, prefetched ones included, eta tasks not."""
    slots: int
    """Slots in use, of workers that stay."""
    unacked: int | None
    """Handed to any worker and not acknowledged, eta tasks included; None where unknown."""
    oldest_seconds: float
    """How long the oldest task that is due has waited; 0 where none waits."""
    heard: bool
    """Whether workers tell what they run; else Redis alone does."""


def demand_of(snapshot: GroupSnapshot, reading: GroupReading, concurrency: int) -> Demand:
    """The demand of a group whose Redis was read.

    What retiring and terminating workers hold is none: another replica could not take it. Prefetched tasks count as
    running and fill no slot: they are bound to their worker, so a replica for them would stand idle.
    """
    queues = reading.queues
    departing = _departing(snapshot.pods, reading.workers)
    staying = [beat for name, beat in reading.workers.items() if name not in departing]
    active = sum(beat.active for beat in staying)
    unacked = _unacked_by_staying(reading, departing, staying)
    running = max(active, unacked)
    slots = active + _unheard(snapshot, reading.workers) * concurrency if reading.workers else running
    oldest = queues.oldest_enqueued_at
    return Demand(
        waiting=queues.waiting,
        running=running,
        slots=slots,
        unacked=queues.unacked,
        oldest_seconds=0.0 if oldest is None else max(0.0, snapshot.now - oldest),
        heard=bool(reading.workers),
    )


def _departing(pods: tuple[Pod, ...] | None, workers: Mapping[str, WorkerBeat]) -> Mapping[str, int | None]:
    """Workers that take nothing new, and what they answered when asked for what they hold."""
    marked = {pod.name: pod.answer for pod in pods or () if pod.leaving or pod.retiring_since is not None}
    return {name: None for name, beat in workers.items() if beat.leaving} | marked


def _unacked_by_staying(reading: GroupReading, departing: Mapping[str, int | None], staying: list[WorkerBeat]) -> int:
    """Tasks that Redis has handed out and that are due, without those that depart with their workers.

    Where Redis has too many to look through, what the workers say they hold is all that is known.
    """
    queues = reading.queues
    if queues.unacked is None:
        return sum(_held(beat, None) for beat in staying)
    gone = sum(_held(reading.workers.get(name), answer) for name, answer in departing.items())
    return queues.unacked - queues.eta - gone


def _held(beat: WorkerBeat | None, answer: int | None) -> int:
    """What a worker holds, by the best that is known: its own count, its answer, what it runs."""
    if beat is not None and beat.held is not None:
        return beat.held
    if answer is not None:
        return answer
    return beat.active if beat is not None else 0


def _unheard(snapshot: GroupSnapshot, workers: Mapping[str, WorkerBeat]) -> int:
    """Ready workers of which nothing is known: each counts as fully busy.

    Asked only where others are heard. Where nobody is heard the app sends no heartbeats, and if each of its workers
    counted as busy the group would never shrink. It can, for who leaves is asked first. They occupy slots and are not
    added to the running tasks: the depth target would start workers because workers are silent, and the new ones are
    silent at first, too.
    """
    if snapshot.pods is not None:
        return sum(1 for pod in snapshot.pods if pod.ready and not _goes(pod) and pod.name not in workers)
    ready = snapshot.workload.ready if snapshot.workload else 0
    return max(0, ready - sum(1 for beat in workers.values() if not beat.leaving))


def _goes(pod: Pod) -> bool:
    return pod.leaving or pod.retiring_since is not None


class Work(NamedTuple):
    """What there is to do in a worker group and who does it, as status, summaries and metrics tell it."""

    waiting: int
    """Tasks in its queues."""
    running: int
    """Tasks that its workers hold and that are due."""
    busy: int
    """Workers that run something."""
    oldest_enqueued_at: float | None
    """When the task that has waited longest was sent; None where none waits."""


def work_of(reading: GroupReading, concurrency: int) -> Work:
    """The work of a group whose Redis was read."""
    queues = reading.queues
    return Work(queues.waiting, running_tasks(reading), busy_workers(reading, concurrency), queues.oldest_enqueued_at)


def running_tasks(reading: GroupReading) -> int:
    """Tasks that workers hold and that are due, those of retiring workers included."""
    return max(sum(beat.active for beat in reading.workers.values()), reading.queues.running)


def busy_workers(reading: GroupReading, concurrency: int) -> int:
    """Workers that run something; where none is heard, as many as the running tasks fill."""
    if reading.workers:
        return sum(1 for beat in reading.workers.values() if beat.active)
    return ceil(reading.queues.running / concurrency)
