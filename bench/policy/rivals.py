"""KEDA's redis-lists scaler, and the plain CPU HPA."""

import random
from dataclasses import dataclass

from bench.policy import hpa
from bench.policy.clock import Clock
from bench.policy.fleet import Fleet, Pod
from revrx_operator.api.spec import Scaling, WorkerGroup


@dataclass(frozen=True)
class KedaSettings:
    """Of a ScaledObject, with its defaults."""

    polling_seconds: float = 30.0
    cooldown_seconds: float = 300.0
    behavior: hpa.Behavior = hpa.DEFAULT_BEHAVIOR


class Keda:
    """A ScaledObject on the length of one list: KEDA switches between none and one, its HPA does the rest."""

    def __init__(
        self, clock: Clock, fleet: Fleet, group: WorkerGroup, settings: KedaSettings, chance: random.Random
    ) -> None:
        self._clock, self._fleet, self._settings = clock, fleet, settings
        self._scaling = group.scaling
        self._history = hpa.History()
        self._active_at = 0.0
        fleet.raise_to(group.scaling.min_replicas)
        clock.every(settings.polling_seconds, self._poll, first=chance.uniform(0, settings.polling_seconds))
        clock.every(hpa.SYNC_SECONDS, self._sync, first=chance.uniform(0, hpa.SYNC_SECONDS))

    def _poll(self) -> None:
        """Activation, whatever the HPA thinks; after the cooldown from any number to none, busy or not."""
        fleet, now = self._fleet, self._clock.now
        if fleet.waiting:
            self._active_at = now
            if not fleet.replicas:
                fleet.raise_to(max(1, self._scaling.min_replicas))
        elif not self._scaling.min_replicas and now - self._active_at >= self._settings.cooldown_seconds:
            fleet.lower_to(0)

    def _sync(self) -> None:
        """The HPA; with no replica it stands aside."""
        current = self._fleet.replicas
        if current:
            proposal = hpa.average_value(len(self._fleet.waiting), self._scaling.tasks_per_replica, current)
            proposal = bounded(proposal, self._scaling)
            _write(self._fleet, hpa.behaved(proposal, current, self._clock.now, self._settings.behavior, self._history))


@dataclass(frozen=True)
class CpuSettings:
    """What a busy slot takes of the request of its pod, in percent."""

    percent_per_slot: float


class CpuHpa:
    """An HPA on CPU alone, which reads the last sample of metrics-server."""

    SAMPLE_SECONDS = 15.0

    def __init__(
        self, clock: Clock, fleet: Fleet, group: WorkerGroup, settings: CpuSettings, chance: random.Random
    ) -> None:
        self._clock, self._fleet, self._settings = clock, fleet, settings
        self._scaling = group.scaling
        self._history = hpa.History()
        self._samples: dict[Pod, float] = {}
        fleet.raise_to(max(1, group.scaling.min_replicas))
        clock.every(self.SAMPLE_SECONDS, self._sample, first=chance.uniform(0, self.SAMPLE_SECONDS))
        clock.every(hpa.SYNC_SECONDS, self._sync, first=chance.uniform(0, hpa.SYNC_SECONDS))

    def _sample(self) -> None:
        each = self._settings.percent_per_slot
        self._samples = {pod: len(pod.running) * each for pod in self._fleet.pods.values() if pod.ready}

    def _sync(self) -> None:
        pods, scaling = self._fleet.pods.values(), self._scaling
        percents = [self._samples[pod] for pod in pods if pod in self._samples]
        unready = sum(not pod.ready for pod in pods)
        missing = len(pods) - len(percents) - unready
        current = len(pods)
        proposal = hpa.utilization(percents, unready, missing, scaling.cpu_utilization, current)
        proposal = bounded(proposal, scaling)
        _write(self._fleet, hpa.behaved(proposal, current, self._clock.now, hpa.DEFAULT_BEHAVIOR, self._history))


def bounded(proposal: int, scaling: Scaling) -> int:
    """The proposal within the HPA's bounds; its least is one."""
    return min(scaling.max_replicas, max(1, scaling.min_replicas, proposal))


def _write(fleet: Fleet, replicas: int) -> None:
    if replicas > fleet.replicas:
        fleet.raise_to(replicas)
    elif replicas < fleet.replicas:
        fleet.lower_to(replicas)
