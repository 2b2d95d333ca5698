import pytest
from hypothesis import settings

from revrx_operator.plan.windows import is_open

# How long an example takes says nothing here, and a machine that others use as well is slow at times.
settings.register_profile("plan", deadline=None)
settings.register_profile("mutation", deadline=None, max_examples=20, derandomize=True, database=None)
settings.load_profile("plan")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Thousands of mutants are to meet a case that catches them before they meet the slower properties."""
    if config.getoption("--hypothesis-profile") == "mutation":
        items.sort(key=lambda item: hasattr(getattr(item, "obj", None), "hypothesis"))


@pytest.fixture(autouse=True)
def _nothing_computed_before() -> None:
    """A test that is told what another one has found proves nothing."""
    is_open.cache_clear()
