import base64
import json
from typing import Any

import pytest

from revrx_operator.model import BrokerAddress
from revrx_operator.observe.celery_events import (
    HEARTBEAT,
    THROTTLED,
    Channel,
    Heartbeat,
    OwnWords,
    Throttled,
    channels_of,
    parse_event,
)

BEAT = {"hostname": "worker@pod", "freq": 2.0, "active": 1, "processed": 7, "loadavg": [1, 2, 3], "sw_ver": "5.7.0"}


def envelope(event: Any) -> bytes:
    body = base64.b64encode(json.dumps(event).encode()).decode()
    return json.dumps({"body": body, "headers": {}, "properties": {"body_encoding": "base64"}}).encode()


@pytest.mark.parametrize(
    ("url", "prefix", "channel"),
    [
        ("redis://broker", "", "/0.celeryev/worker.heartbeat"),
        ("redis://broker:6379/3", "", "/3.celeryev/worker.heartbeat"),
        ("rediss://:secret@broker/3", "mine:", "mine:/3.celeryev/worker.heartbeat"),
        ("sentinel://a:26379/2;sentinel://b:26379/0", "", "/2.celeryev/worker.heartbeat"),
    ],
)
def test_heartbeats_come_on_the_channel_of_database_and_prefix(url: str, prefix: str, channel: str) -> None:
    assert channels_of(BrokerAddress(url, prefix))[channel] == Channel(prefix, HEARTBEAT)


def test_a_heartbeat_of_any_app_is_read() -> None:
    assert parse_event(HEARTBEAT, envelope(BEAT)) == Heartbeat(hostname="worker@pod", active=1, processed=7)


def test_what_revrx_worker_adds_is_read() -> None:
    beat = parse_event(HEARTBEAT, envelope({**BEAT, "revrx": {"queues": ["a", "b"], "held": 3, "leaving": True}}))

    assert isinstance(beat, Heartbeat)
    assert beat.revrx == OwnWords(queues=frozenset("ab"), held=3, leaving=True)


def test_that_an_api_throttles_is_read() -> None:
    assert parse_event(THROTTLED, envelope({"hostname": "worker@pod", "uuid": "1"})) == Throttled(hostname="worker@pod")


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"null",
        b'{"body": "no base64!"}',
        envelope([]),
        envelope({"hostname": "worker@pod", "freq": 5}),  # celery control heartbeat
        envelope({**BEAT, "active": -1}),
        envelope({**BEAT, "freq": 0}),
        envelope({**BEAT, "freq": 1e9}),
    ],
)
def test_what_is_no_heartbeat_is_passed_over(message: bytes) -> None:
    assert parse_event(HEARTBEAT, message) is None
