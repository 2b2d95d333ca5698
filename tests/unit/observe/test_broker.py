from typing import Any

import pytest
import trustme

from revrx_operator.model import BrokerAddress, SentinelMaster, Tls
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


def broker(url: str, ca: str | None = None, **fields: Any) -> BrokerAddress | None:
    reference = {"name": "revrx-secrets", "key": "ca.crt"}
    spec = pool_spec(broker={**FROM_SECRET, **({"caSecretRef": reference} if ca is not None else {}), **fields})
    return broker_of(spec, "shop", {"revrx-secrets": {"redis-url": url, "ca.crt": ca or "", "sentinel": "of them\n"}})


def certificate() -> str:
    return trustme.CA().cert_pem.bytes().decode()


def test_the_ca_of_the_pool_is_trusted() -> None:
    pem = certificate()
    address = broker("rediss://redis:6379/0?ssl_check_hostname=false", f"# für Redis\n{pem}")
    assert address is not None
    assert address.tls == Tls(pem.strip(), "required", check_hostname=False)


@pytest.mark.parametrize("pem", ["", "nonsense", "-----BEGIN CERTIFICATE-----\nYWJj\n-----END CERTIFICATE-----"])
def test_a_ca_that_is_no_certificate_is_told_by_its_secret_and_key(pem: str) -> None:
    with pytest.raises(BadBroker) as error:
        broker("rediss://redis:6379/0", pem)
    assert error.value.reason.code == "BrokerCaInvalid"
    assert str(error.value).startswith("Secret revrx-secrets, key ca.crt holds no certificate")


def test_while_the_ca_is_not_there_the_address_is_unknown() -> None:
    spec = pool_spec(broker={"url": "rediss://redis:6379/0", "caSecretRef": {"name": "tls", "key": "ca.crt"}})
    assert broker_of(spec, "shop", {"tls": None}) is None


def test_sentinels_and_the_master_that_they_answer_are_looked_up_in_the_pools_namespace() -> None:
    sentinel = {"masterName": "reports", "passwordSecretRef": {"name": "revrx-secrets", "key": "sentinel"}}
    address = broker("sentinel://:pw@one:26379/1;sentinel://two.cache:26379", sentinel=sentinel)
    assert address is not None
    assert address.url == "sentinel://:pw@one.shop.svc:26379/1;sentinel://:pw@two.cache:26379/1"
    assert address.sentinel == SentinelMaster("reports", "of them", "shop")
    assert address.tls is None


def test_a_ca_turns_tls_on_for_sentinels() -> None:
    address = broker("sentinel://one:26379/0", certificate(), sentinel={"masterName": "reports"})
    assert address is not None
    assert address.tls is not None


@pytest.mark.parametrize(
    ("url", "ca", "fields", "told"),
    [
        (
            "sentinel://one:1/0",
            None,
            {},
            "begins with sentinel://; give the name of the master in spec.broker.sentinel",
        ),
        ("redis://one:1/0", None, {"sentinel": {"masterName": "m"}}, "begins with redis://; name the Sentinels in it"),
        ("redis://one:1/0", certificate(), {}, "begins with redis://; begin it with rediss://, or remove"),
    ],
)
def test_a_url_in_a_secret_that_does_not_fit_the_fields_beside_it_is_told(
    url: str, ca: str | None, fields: dict[str, Any], told: str
) -> None:
    with pytest.raises(BadBroker, match=r"^Secret revrx-secrets, key redis-url begins") as error:
        broker(url, ca, **fields)
    assert told in str(error.value)
    assert error.value.reason.code == "BrokerUrlInvalid"


def test_pools_that_enter_one_redis_alike_share_its_connection() -> None:
    prefixed, other = broker("redis://redis:6379/0", globalKeyPrefix="one:"), broker("redis://redis:6379/0")
    assert prefixed is not None
    assert other is not None
    assert prefixed != other
    assert prefixed.server == other.server
