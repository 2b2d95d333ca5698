import asyncio
from collections.abc import Callable, Iterator

import pytest

from tests.fixtures.redis_server import running_redis

PATIENCE_SECONDS = 20.0


@pytest.fixture(scope="module")
def redis_server() -> Iterator[str]:
    with running_redis() as url:
        yield url


async def eventually(holds: Callable[[], object]) -> None:
    """Return once it holds; TimeoutError if it does not come to that."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not holds():
            await asyncio.sleep(0.02)
