import pytest

from revrx_operator.api.spec import Broker
from revrx_operator.observe.broker import broker_address


@pytest.mark.parametrize(
    ("url", "password", "address"),
    [
        ("redis://redis:6379/0", None, "redis://redis:6379/0"),
        ("redis://redis:6379/0", "s3cret", "redis://:s3cret@redis:6379/0"),
        ("rediss://worker@redis:6379/0", "s3cret", "rediss://worker:s3cret@redis:6379/0"),
        ("redis://:own@redis:6379/0", "s3cret", "redis://:own@redis:6379/0"),
        ("redis://redis:6379/0", "a/b@c", "redis://:a%2Fb%40c@redis:6379/0"),
        ("redis://redis:6379/0\n", None, "redis://redis:6379/0"),
    ],
)
def test_redis_password_fills_a_url_that_has_none(url: str, password: str | None, address: str) -> None:
    assert broker_address(Broker(url="redis://redis:6379/0"), url, password).url == address
