import ssl

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from revrx_operator.observe.broker_faults import Endpoint, told_of

OVER_TLS = Endpoint("redis:6380", host="redis", speaks_tls=True)
PLAIN = Endpoint("redis:6379", host="redis")
RESET = RedisConnectionError("Error while reading from redis:6380 : (104, 'Connection reset by peer')")
ALERT = ssl.SSLError(1, "[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] tlsv13 alert certificate required (_ssl.c:2580)")
CLOSED = RedisConnectionError("Connection closed by server.")
NO_CERTIFICATE = "there is none to give; set tls-auth-clients there to no"


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ALERT, f"redis:6380 asks for a client certificate, and {NO_CERTIFICATE}"),
        (RESET, f"redis:6380 closed the connection; if it asks for a client certificate, {NO_CERTIFICATE}"),
        (CLOSED, f"redis:6380 closed the connection; if it asks for a client certificate, {NO_CERTIFICATE}"),
    ],
)
def test_a_connection_that_ends_early_over_tls_leads_to_the_client_certificate(error: Exception, sentence: str) -> None:
    assert told_of(OVER_TLS, error) == sentence


def test_a_plain_connection_that_ends_early_leads_to_the_scheme() -> None:
    assert told_of(PLAIN, CLOSED) == (
        "redis:6379 closed the connection; where it speaks TLS, the URL has to begin with rediss://"
    )
