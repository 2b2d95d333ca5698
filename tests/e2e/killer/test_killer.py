import random
import secrets

import pytest

from tests.e2e.conftest import Measured
from tests.e2e.killer import stage
from tests.e2e.killer.rounds import Round, try_round
from tests.e2e.killer.scenarios import ALL, Scenario
from tests.e2e.kubectl import Kubectl

IN_CI = {"plain"}
ONCE = {"plain", "max-lowered", "operator-killed"}
"""`make killer` plays all of them, ten times."""

SCENARIOS = [
    pytest.param(scenario, id=scenario.name, marks=[pytest.mark.smoke] if scenario.name in IN_CI else [])
    for scenario in ALL
    if scenario.name in ONCE
]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_pool_that_shrinks_takes_no_busy_worker(kubectl: Kubectl, measured: Measured, scenario: Scenario) -> None:
    stage.build(kubectl)
    seed = secrets.randbelow(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)  # noqa: S311 - nothing is secret here

    played = try_round(kubectl, scenario, Round("killer-", chance))

    assert not played.complaints
    assert played.verdict
    measured(
        f"killer test, {scenario.name}: {played.verdict.reports} reports, {played.verdict.running} of them running "
        f"when the queue was emptied, at its minimum {played.verdict.to_minimum_seconds:.0f} s later"
    )
