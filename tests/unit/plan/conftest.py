import pytest
from hypothesis import settings

from revrx_operator.plan.windows import is_open

# How long an example takes says nothing here, and a machine that others use as well is slow at times.
settings.register_profile("plan", deadline=None)
# A mutant that no case of the YAML files catches meets every property; thousands of mutants do.
settings.register_profile("mutation", deadline=None, max_examples=30, derandomize=True, database=None)
settings.load_profile("plan")


@pytest.fixture(autouse=True)
def _nothing_computed_before() -> None:
    """A test that is told what another one has found proves nothing."""
    is_open.cache_clear()
