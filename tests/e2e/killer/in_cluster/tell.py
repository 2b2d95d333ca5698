"""Tells what the workers publish and how far the reports are, a JSON line each. Runs in the client's pod.

Argument: what the ids of the reports begin with. It ends when nobody reads it any more.
"""

import base64
import json
import sys
import time
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import text

from app.database import engine
from app.settings import settings

CHANNEL = "/0.celeryev/worker.heartbeat"
"""kombu 5.7.0, transport/redis.py: /DB.celeryev/ROUTING.KEY, for database 0."""
LOOK_SECONDS = 0.5
COUNT = "select state, count(*) as reports from reports where id like :ids group by state"


def main(prefix: str) -> None:
    """Tell of each heartbeat as it comes, and of the reports every second."""
    redis = Redis.from_url(settings().broker_url, socket_timeout=5)
    listener = redis.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
    listening, count_at = False, 0.0
    while True:
        try:
            if not listening:
                listener.subscribe(CHANNEL)
                listening = True
            message = listener.get_message(timeout=LOOK_SECONDS)
        except RedisError:  # it restarts: subscribe once more when it is back
            listening, message = False, None
            time.sleep(LOOK_SECONDS)
        if message:
            _say(beat=beat(message["data"]))
        if time.monotonic() >= count_at:
            _say(reports=_reports(prefix))
            count_at = time.monotonic() + 1


def beat(data: bytes) -> dict[str, Any]:
    """Give pod, queues and held tasks of a heartbeat; an app without revrx_worker says nothing of the last two."""
    event = json.loads(base64.b64decode(json.loads(data)["body"]))
    words = event.get("revrx") or {}
    return {
        "pod": event["hostname"].partition("@")[2],
        "queues": words.get("queues", []),
        "held": words.get("held", event.get("active", 0)),
    }


def _reports(prefix: str) -> dict[str, int]:
    with engine().connect() as connection:
        return {row.state: row.reports for row in connection.execute(text(COUNT), {"ids": f"{prefix}%"})}


def _say(**what: Any) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
