"""Real databases, a real Redis and real Celery workers."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from app.database import engine
from app.leases import lease_keeper
from app.migrate import migrate
from app.quick_redis import quick_redis
from app.settings import settings
from tests.fixtures.postgresql_server import INSTALL, new_database, postgresql_binaries, running_postgresql
from tests.fixtures.redis_server import RedisServer, redis_server
from tests.integration.worker.processes import Workers

SETTINGS = ("ENABLE_CELERY", "CELERY_", "REDIS_", "REPORT_", "DATABASE_", "OPENAI_", "AWS_", "COMPREHEND_")


# A message that nobody holds is sent again after seconds instead of a minute.
QUICK = {"REPORT_RESEND_SECONDS": "5"}


@contextmanager
def only_these_settings(folder: Path, **env: str) -> Iterator[None]:
    """This process has the settings given and no others, neither from its caller nor from a file .env."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(SETTINGS)]:
            patch.delenv(name)
        for name, value in env.items():
            patch.setenv(name, value)
        patch.chdir(folder)
        _forget()
        yield
    _forget()


def _forget() -> None:
    if engine.cache_info().currsize:
        engine().dispose()
    settings.cache_clear()
    engine.cache_clear()
    lease_keeper.cache_clear()
    quick_redis.cache_clear()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    if postgresql_binaries() is None:
        pytest.skip(INSTALL)
    with running_postgresql() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without tables, which this process uses."""
    url = f"sqlite:///{tmp_path}/reports.db" if request.param == "sqlite" else _new_postgresql(request)
    with only_these_settings(tmp_path, DATABASE_URL=url):
        yield url


def _new_postgresql(request: pytest.FixtureRequest) -> str:
    server: str = request.getfixturevalue("postgresql")
    with psycopg.connect(server, autocommit=True) as connection:
        number = connection.execute("SELECT count(*) FROM pg_database").fetchone()
    return new_database(server, f"reports_{number[0] if number else 0}")


@pytest.fixture
def database(empty_database: str) -> str:
    """The URL of a database with tables, which this process uses."""
    migrate()
    return empty_database


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


@pytest.fixture(scope="module")
def workers(redis: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    """Starts Celery workers on one Redis and one SQLite database, which this process uses too."""
    folder = tmp_path_factory.mktemp("workers")
    url = f"sqlite:///{folder}/reports.db"
    with only_these_settings(folder, DATABASE_URL=url):
        migrate()
        yield Workers(folder, {"DATABASE_URL": url, "REDIS_URL": redis.url, "ENABLE_CELERY": "true", **QUICK})
