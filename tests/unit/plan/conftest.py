import pytest

from revrx_operator.plan.windows import is_open


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Thousands of mutants are to meet a case that catches them before they meet the slower properties."""
    if config.getoption("--hypothesis-profile") == "mutation":
        items.sort(key=lambda item: hasattr(getattr(item, "obj", None), "hypothesis"))


@pytest.fixture(autouse=True)
def _nothing_computed_before() -> None:
    """A test that is told what another one has found proves nothing."""
    is_open.cache_clear()
