"""Arrivals: when tasks are sent and how long each takes. A trace is a function of its seed."""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bench.policy.chance import chance_of

HOUR = 3600.0
MEAN_SERVICE_SECONDS = 20.0
SERVICE_SIGMA = 0.7
"""Of the logarithm: half of the tasks take less than 16 s, one in twenty more than 49 s."""
LONGEST_SERVICE_SECONDS = 240.0
"""The soft time limit."""


@dataclass(frozen=True)
class Trace:
    """Tasks as (moment of the enqueue, seconds of work), in the order of time."""

    name: str
    seconds: float
    """How long it lasts."""
    arrivals: Sequence[tuple[float, float]]


def steady(seed: int) -> Trace:
    """Three hours of independent arrivals, 0.6 a second: twelve slots' worth of work."""
    chance = chance_of(seed)
    return _trace("steady", 3 * HOUR, _poisson(chance, 3 * HOUR, lambda _: 0.6, 0.6), chance)


QUIET_SECONDS = 1200.0
BATCH = (20, 160)
BATCH_SECONDS = 10.0


def bursty(seed: int) -> Trace:
    """Eight hours: a task every two minutes, and every twenty minutes on average a batch of 20 to 160 in 10 s.

    The gap between two batches is at least five minutes and otherwise memoryless.
    """
    chance = chance_of(seed)
    moments = _poisson(chance, 8 * HOUR, lambda _: 1 / 120, 1 / 120)
    begin = chance.expovariate(1 / QUIET_SECONDS)
    while begin < 8 * HOUR:
        moments += [begin + chance.uniform(0, BATCH_SECONDS) for _ in range(chance.randint(*BATCH))]
        begin += 300 + chance.expovariate(1 / (QUIET_SECONDS - 300))
    return _trace("bursty", 8 * HOUR, moments, chance)


DAY = (
    *((0, 0.01), (6, 0.02), (8, 0.3), (10, 0.9), (11.5, 0.9), (12.5, 0.4)),
    *((13, 0.4), (14.5, 0.8), (16, 0.8), (18, 0.2), (20, 0.05), (24, 0.01)),
)
"""(Hour, tasks a second): a trickle at night, a peak in the morning, a dip at lunch, a peak in the afternoon."""


def working_day(seed: int) -> Trace:
    """24 hours of independent arrivals at the rate of DAY, straight lines between its points."""
    chance = chance_of(seed)
    most = max(rate for _, rate in DAY)
    return _trace("working day", 24 * HOUR, _poisson(chance, 24 * HOUR, rate_at, most), chance)


def small(seed: int, minutes: float) -> Trace:
    """Minutes for a real run: every 90 s a batch of 10 to 40 tasks of 5 to 15 s."""
    chance = chance_of(seed)
    begins = [30 + 90.0 * number for number in range(int(minutes * 60 / 90))]
    moments = [begin + chance.uniform(0, 5) for begin in begins for _ in range(chance.randint(10, 40))]
    return Trace("real", minutes * 60, [(moment, chance.uniform(5, 15)) for moment in sorted(moments)])


TRACES: tuple[Callable[[int], Trace], ...] = (steady, bursty, working_day)


def rate_at(second: float) -> float:
    """Tasks a second at a second of the working day."""
    hour = second / HOUR
    for (begin, low), (end, high) in pairwise(DAY):
        if hour <= end:
            return low + (high - low) * (hour - begin) / (end - begin)
    return DAY[-1][1]


def _poisson(chance: random.Random, seconds: float, rate: Callable[[float], float], most: float) -> list[float]:
    """Independent arrivals at a rate that changes, by thinning those at its maximum."""
    moments: list[float] = []
    now = chance.expovariate(most)
    while now < seconds:
        if chance.random() * most <= rate(now):
            moments.append(now)
        now += chance.expovariate(most)
    return moments


def _trace(name: str, seconds: float, moments: list[float], chance: random.Random) -> Trace:
    return Trace(name, seconds, [(moment, _service_seconds(chance)) for moment in sorted(moments)])


def _service_seconds(chance: random.Random) -> float:
    drawn = chance.lognormvariate(math.log(MEAN_SERVICE_SECONDS) - SERVICE_SIGMA**2 / 2, SERVICE_SIGMA)
    return min(drawn, LONGEST_SERVICE_SECONDS)
