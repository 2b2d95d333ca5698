"""Answers that Redis keeps for a report's next run while the database is away."""

from collections.abc import Iterator

import pytest
from cryptography.fernet import InvalidToken
from redis import Redis

from app import answers, rescue
from app.engines.api import Answer, ApiRequest, Spent
from app.settings import Settings
from tests.fixtures.redis_server import RedisServer
from tests.integration.worker.processes import row
from tests.integration.worker.rows import stored

REQUEST = ApiRequest({"engine": "test", "text": "She coughs."})
ANSWER = Answer({"summary": "A cough."}, Spent(3, 2, 1))


@pytest.fixture
def client(redis: RedisServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Redis]:
    """The Redis of this process, as a worker has one."""
    with Redis.from_url(redis.url) as client:
        client.flushall()
        monkeypatch.setattr(rescue, "has_redis", lambda: True)
        monkeypatch.setattr(rescue, "quick_redis", lambda: client)
        yield client


def test_an_answer_that_two_find_in_redis_is_charged_once(database: str, client: Redis) -> None:
    stored("a")
    assert rescue.keep("a", REQUEST, ANSWER)

    assert answers.known("a", REQUEST) == ANSWER.content
    answers._bring_home("a", REQUEST, ANSWER)

    told = row("a")
    assert (told["api_calls"], told["input_tokens"], told["output_tokens"], told["cost_micros"]) == (1, 3, 2, 1)


def test_an_answer_that_two_have_paid_for_is_charged_twice(database: str) -> None:
    stored("a")

    for _ in range(2):
        answers.store("a", REQUEST, ANSWER, latest=0.0)

    assert (row("a")["api_calls"], row("a")["cost_micros"]) == (2, 2)


def test_what_redis_keeps_is_opened_by_whoever_has_the_text_and_by_nobody_else(client: Redis) -> None:
    rescue.keep("a", REQUEST, ANSWER)
    (name,) = client.keys()
    kept = client.get(name) or b""

    assert name == f"revrx:answer:a:{REQUEST.hash}".encode()
    assert 86_000 < client.ttl(name) <= 86_400
    with pytest.raises(InvalidToken):
        rescue._seal(ApiRequest({"engine": "test", "text": "She sneezes."})).decrypt(kept)
    assert rescue.find("a", REQUEST) == ANSWER
    assert rescue.find("b", REQUEST) is None


def test_something_else_in_its_place_is_no_answer(client: Redis) -> None:
    rescue.keep("a", REQUEST, ANSWER)
    (name,) = client.keys()

    for other in (b"something else", rescue._seal(REQUEST).encrypt(b'{"content": 1}')):
        client.set(name, other)
        assert rescue.find("a", REQUEST) is None


def test_redis_keeps_no_answer_where_that_is_not_wanted(client: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rescue, "settings", lambda: Settings(report_rescue_seconds=0))

    assert not rescue.keep("a", REQUEST, ANSWER)
    assert client.keys() == []
