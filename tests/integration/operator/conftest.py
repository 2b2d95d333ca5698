from collections.abc import Iterator

import pytest

from tests.fixtures.redis_server import running_redis


@pytest.fixture(scope="module")
def redis_server() -> Iterator[str]:
    with running_redis() as url:
        yield url
