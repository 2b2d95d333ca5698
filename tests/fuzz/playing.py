"""Generating resources, giving each to the API server and to ``validate``, and to the operator what is taken."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st

from revrx_operator.kubeapi import POOL, as_yaml
from revrx_operator.resources.names import child_name
from tests.fuzz.api import Refusal
from tests.fuzz.judging import ACCEPTED, SAD, Agreement, Told, agreement, validated
from tests.fuzz.pools import pools
from tests.fuzz.reconciling import Taken, outcomes
from tests.fuzz.stage import Stage

FOREIGN_IN = 12
"""In one of so many cases a child's name is taken."""


@dataclass
class Tally:
    """What came of all of them."""

    agreements: Counter[Agreement] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    """Each with the resource that brings it out."""
    half_made: int = 0
    errors: dict[str, int] = field(default_factory=dict)
    crashes: list[str] = field(default_factory=list)

    @property
    def resources(self) -> int:
        """How many there were."""
        return self.agreements.total()

    @property
    def is_good(self) -> bool:
        """Whether everything is as it should be."""
        return not self.faults and not self.crashes and not self.errors.get("defect")

    def blame(self, pool: dict[str, Any], fault: str) -> None:
        """Keep a fault for the end."""
        self.faults.append(f"{fault}\n{as_yaml(pool)}")


@dataclass
class _Batch:
    """Resources that were taken, each in a namespace of its own."""

    stage: Stage
    tally: Tally
    progress: Callable[[Tally], None]
    taken: list[Taken] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def namespace(self) -> str:
        """One that is free."""
        return next(name for name in self.stage.namespaces if name not in self.used)

    def add(self, namespace: str, taken: Taken) -> None:
        """The operator works on it from now on; when all namespaces are in use, look what it has made."""
        self.used.add(namespace)
        self.taken.append(taken)
        if len(self.used) == len(self.stage.namespaces):
            self.settle()

    def settle(self) -> None:
        """Take down what became of them, and make room."""
        for one, outcome in outcomes(self.stage.api, self.taken):
            self.tally.reasons[outcome.reason] += 1
            if outcome.fault:
                self.tally.half_made += "half made" in outcome.fault
                last = self.stage.operator.last_word(f"{one.namespace}/{one.pool['metadata']['name']}")
                self.tally.blame(one.pool, f"{outcome.fault}\n{last}")
        for namespace in self.used:
            self.stage.clear(namespace)
        self.taken, self.used = [], set()
        self.progress(self.tally)


def play(stage: Stage, examples: int, seed: int, progress: Callable[[Tally], None] = lambda _: None) -> Tally:
    """Play that many resources; the same seed brings the same ones."""
    tally = Tally()
    batch = _Batch(stage, tally, progress)

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=examples,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(pool=pools, foreign=st.integers(1, FOREIGN_IN))
    def each(pool: dict[str, Any], foreign: int) -> None:
        _play_one(batch, pool, foreign == FOREIGN_IN)

    each()
    batch.settle()
    tally.errors, tally.crashes = stage.operator.errors(), stage.operator.crashes()
    return tally


def _play_one(batch: _Batch, pool: dict[str, Any], foreign: bool) -> None:
    namespace, told = batch.namespace(), validated(pool)
    if foreign and not told.fields:
        name = child_name(pool["metadata"]["name"], pool["spec"]["workers"][0]["name"])
        batch.stage.stand_in_the_way(namespace, name)
        batch.used.add(namespace)
    uid, refusal = _created(batch.stage, namespace, pool)
    found = agreement(None if refusal is None else refusal.fields, told)
    batch.tally.agreements[found] += 1
    if found in SAD:
        batch.tally.blame(pool, _told(found, refusal, told))
    if refusal is None and found in ACCEPTED:
        batch.add(namespace, Taken(namespace, pool, uid, told))


def _created(stage: Stage, namespace: str, pool: dict[str, Any]) -> tuple[str, Refusal | None]:
    try:
        return str(stage.api.create(POOL, namespace, pool)["metadata"]["uid"]), None
    except Refusal as refusal:
        return "", refusal


def _told(found: Agreement, refusal: Refusal | None, told: Told) -> str:
    server = refusal or "takes it"
    own = "; ".join(f"{field}" for field in sorted(told.fields)) or "takes it"
    return f"{found}: the API server: {server}; validate: {own}: {'; '.join(told.messages)}"
