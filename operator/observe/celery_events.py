"""What workers publish about themselves: the events that are listened to, and how they read on the wire.

celery 5.7.0, worker/heartbeat.py: every worker sends the event worker-heartbeat each two seconds. kombu 5.7.0,
transport/redis.py, Channel._put_fanout: an event is published as JSON whose ``body`` is the event in base64, on the
channel /DB.celeryev/ROUTING.KEY, with the app's global key prefix in front.
"""

from typing import NamedTuple

from pydantic import Base64Bytes, BaseModel, Field, ValidationError
from redis.asyncio.connection import parse_url

from revrx_operator.model import BrokerAddress

HEARTBEAT = "worker.heartbeat"
THROTTLED = "revrx.throttled"
"""Sent by ``revrx_worker.throttled``."""


class Channel(NamedTuple):
    """A pub/sub channel, as the key prefix of an app and the routing key of an event."""

    key_prefix: str
    routing_key: str


class OwnWords(BaseModel):
    """What ``revrx_worker`` adds to each heartbeat."""

    queues: frozenset[str]
    held: int = Field(ge=0)
    leaving: bool


class Heartbeat(BaseModel):
    """A worker's heartbeat; what else is in it is not looked at."""

    hostname: str
    """The node name, GROUP@POD."""
    freq: float = Field(default=2.0, gt=0, le=3600)
    """Seconds between two beats."""
    active: int = Field(ge=0)
    """Tasks that it runs."""
    processed: int = Field(ge=0)
    """Tasks that it has begun since it started."""
    revrx: OwnWords | None = None


class Throttled(BaseModel):
    """A task met an API that answered 429."""

    hostname: str


class _Envelope(BaseModel):
    body: Base64Bytes


def channels_of(address: BrokerAddress) -> dict[str, Channel]:
    """By its name, each channel on which the workers of an app publish what is listened to.

    The database is that of the URL, with Sentinel that of the first URL.
    """
    url = address.url.split(";")[0].replace("sentinel://", "redis://", 1)
    start = f"{address.key_prefix}/{parse_url(url).get('db', 0)}.celeryev/"
    return {f"{start}{key}": Channel(address.key_prefix, key) for key in (HEARTBEAT, THROTTLED)}


def parse_event(routing_key: str, message: bytes) -> Heartbeat | Throttled | None:
    """The event in a message; None where it is none, or lacks what is needed.

    ``celery control heartbeat`` makes workers send a beat without counts, which is such a one.
    """
    kind = Heartbeat if routing_key == HEARTBEAT else Throttled
    try:
        return kind.model_validate_json(_Envelope.model_validate_json(message).body)
    except ValidationError:
        return None
