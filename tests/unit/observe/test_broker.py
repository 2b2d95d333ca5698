from typing import Any

import pytest

from revrx_operator.observe.broker import BadBroker, broker_of
from tests.unit.plan.builders import pool_spec

FROM_SECRET = {"urlSecretRef": {"name": "revrx-secrets", "key": "redis-url"}}


def address(url: str, env: list[dict[str, Any]] | None = None, **secret: str) -> str | None:
    spec = pool_spec(broker=FROM_SECRET, env=env or [])
    found = broker_of(spec, "shop", {"revrx-secrets": {"redis-url": url, **secret}})
    return found.url if found else None


@pytest.mark.parametrize(
    ("url", "password", "filled"),
    [
        ("redis://redis.example:6379/0", "", "redis://redis.example:6379/0"),
        ("redis://redis.example:6379/0", "s3cret", "redis://:s3cret@redis.example:6379/0"),
        ("rediss://worker@redis.example:6379/0", "s3cret", "rediss://worker:s3cret@redis.example:6379/0"),
        ("redis://:own@redis.example:6379/0", "s3cret", "redis://:own@redis.example:6379/0"),
        ("redis://redis.example:6379/0", "a/b@c", "redis://:a%2Fb%40c@redis.example:6379/0"),
        ("redis://redis.example:6379/0\n", "", "redis://redis.example:6379/0"),
    ],
)
def test_redis_password_fills_a_url_that_has_none(url: str, password: str, filled: str) -> None:
    assert address(url, [{"name": "REDIS_PASSWORD", "value": password}]) == filled


def test_redis_password_may_come_from_a_secret() -> None:
    reference = {"name": "revrx-secrets", "key": "redis-password"}
    env = [{"name": "REDIS_PASSWORD", "valueFrom": {"secretKeyRef": reference}}]

    assert (
        address("redis://redis.example:6379/0", env, **{"redis-password": "s3cret"})
        == "redis://:s3cret@redis.example:6379/0"
    )


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("redis://redis:6379/0", "redis://redis.shop.svc:6379/0"),
        ("rediss://worker:s3cret@redis", "rediss://worker:s3cret@redis.shop.svc/0"),
        ("redis://redis.cache:6379/0", "redis://redis.cache:6379/0"),
        ("redis://10.0.0.7:6379/0", "redis://10.0.0.7:6379/0"),
        ("redis://[fd00::7]:6379/0", "redis://[fd00::7]:6379/0"),
    ],
)
def test_a_service_of_the_pools_namespace_is_found_from_the_operators(url: str, found: str) -> None:
    assert address(url) == found


def test_while_the_secret_is_not_there_the_address_is_unknown() -> None:
    assert broker_of(pool_spec(broker=FROM_SECRET), "shop", {"revrx-secrets": None}) is None
    assert broker_of(pool_spec(broker=FROM_SECRET), "shop", {"revrx-secrets": {}}) is None


@pytest.mark.parametrize("url", ["", "amqp://broker", "redis://:hunter/2@redis:6379/0", "redis://redis:port/0"])
def test_what_is_no_redis_url_is_told_by_its_place_and_never_shown(url: str) -> None:
    with pytest.raises(BadBroker, match="Secret revrx-secrets, key redis-url holds no URL") as error:
        address(url)

    assert "hunter" not in str(error.value)
