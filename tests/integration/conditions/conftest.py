"""The same API server and namespaces as for the plugin, and the operator as a process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.redis_server import running_redis
from tests.integration.plugin.conftest import START_SECONDS, place, server

__all__ = ["place", "server"]


@pytest.fixture(scope="package")
def redis_server() -> Iterator[str]:
    with running_redis() as url:
        yield url


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The first test waits for the API server."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(START_SECONDS))
