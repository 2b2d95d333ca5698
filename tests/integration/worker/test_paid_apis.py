"""The engines against a server that answers as the paid APIs do, or misbehaves in any way that we know of."""

import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from app import engines
from app.engines import api as faults
from app.engines.api import Answer, ApiRequest, Content, Send
from tests.fixtures.paid_api import Hangs, PaidApi, running_paid_api
from tests.integration.worker.paid import fault_of, paid_engine, text_of
from tests.unit.cases import load_cases

TEXT = "Anna has a cough. It is persistent 😀 since Monday; Müller prescribes amoxicillin."
PLENTY_SECONDS = 60.0


@pytest.fixture(scope="module")
def server() -> Iterator[PaidApi]:
    with running_paid_api() as api:
        yield api


@pytest.fixture
def api(server: PaidApi) -> Iterator[PaidApi]:
    server.forget()
    yield server
    server.behave()


class Enough(Exception):
    """The first request has been answered."""


def first_answer(text: str = TEXT, seconds: float = PLENTY_SECONDS) -> Answer:
    """What this process' engine gets for its first request, with so many seconds left."""
    answers: list[Answer] = []

    def ask(requests: Sequence[ApiRequest], send: Send) -> list[Content]:
        answers.append(send(requests[0], seconds))
        raise Enough

    with pytest.raises(Enough):
        engines.load().read(text, ask)
    return answers[0]


def ask_all(requests: Sequence[ApiRequest], send: Send) -> list[Content]:
    """Pay for each and all."""
    return [send(request, PLENTY_SECONDS).content for request in requests]


@pytest.mark.parametrize("engine", ["openai", "comprehend"])
@pytest.mark.parametrize("case", load_cases(__file__, "paid_apis.yaml"))
def test_each_misbehaviour_comes_out_as_what_it_means(api: PaidApi, engine: str, case: dict[str, Any]) -> None:
    if engine not in case["asked"]:
        return
    api.misbehave(fault_of(case["fault"]), times=case.get("times"))
    expected: type[Exception] | None = getattr(faults, case.get("raises", {}).get(engine, ""), None)

    with paid_engine(engine, api):
        if expected is None:
            assert first_answer().content
        else:
            with pytest.raises(expected) as raised:
                first_answer()
            assert getattr(raised.value, "retry_after", 0) == case.get("retry_after", 0)
            assert case.get("told", {}).get(engine, "") in str(raised.value)
    assert len(api.asked()) == case["asked"][engine]


@pytest.mark.parametrize(
    ("engine", "timeout", "seconds", "asked"),
    [("openai", 0.4, 30.0, 3), ("openai", 30.0, 1.0, 1), ("comprehend", 0.4, 30.0, 3)],
)
def test_an_api_that_hangs_takes_no_longer_than_the_seconds_given(
    api: PaidApi, engine: str, timeout: float, seconds: float, asked: int
) -> None:
    api.misbehave(Hangs())

    with paid_engine(engine, api, OPENAI_TIMEOUT_SECONDS=str(timeout), COMPREHEND_TIMEOUT_SECONDS=str(timeout)):
        engines.load()
        begin = time.monotonic()
        with pytest.raises(faults.Unavailable):
            first_answer(seconds=seconds)
        took = time.monotonic() - begin

    assert took < min(seconds, 4.0) + 0.5
    assert len(api.asked()) == asked


def test_comprehend_is_not_asked_where_its_three_tries_may_not_fit(api: PaidApi) -> None:
    with paid_engine("comprehend", api, COMPREHEND_TIMEOUT_SECONDS="4"), pytest.raises(faults.OutOfTime):
        first_answer(seconds=11.9)

    assert api.asked() == []


@pytest.mark.parametrize("engine", ["openai", "comprehend"])
def test_an_api_that_cannot_be_reached_is_unavailable(api: PaidApi, engine: str) -> None:
    nowhere = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "AWS_ENDPOINT_URL_COMPREHEND": "http://127.0.0.1:9"}

    with paid_engine(engine, api, **nowhere), pytest.raises(faults.Unavailable):
        first_answer()


def test_openai_is_asked_once_for_each_part_and_the_answers_are_put_together(api: PaidApi) -> None:
    with paid_engine("openai", api):
        reading = engines.load().read(text_of("Anna", "Berta", "Anna"), ask_all)

    assert len(api.asked()) == 3
    assert reading.summary == "It begins with Anna. It begins with Berta. It begins with Anna."
    assert [(found.text, found.mentions) for found in reading.findings] == [("Anna", 2), ("Berta", 1)]
    assert reading.key_phrases == ["was"]
    assert reading.entities == []


def test_openai_tells_what_an_answer_has_cost(api: PaidApi) -> None:
    with paid_engine("openai", api, OPENAI_INPUT_PRICE="0.25", OPENAI_OUTPUT_PRICE="2"):
        spent = first_answer(TEXT).spent

    assert (spent.input_tokens, spent.output_tokens) == (len(TEXT) // 4 + 1, 50)
    assert spent.cost_micros == round(spent.input_tokens * 0.25 + 50 * 2)


def test_comprehend_is_asked_for_25_parts_at_a_time_and_its_offsets_are_those_of_the_text(api: PaidApi) -> None:
    text = "😀 Überall schmerzt es Frau Öztürk ständig.\n" * 3_000

    with paid_engine("comprehend", api):
        reading = engines.load().read(text, ask_all)

    sizes = [(request.operation, len(request.texts)) for request in api.asked()]
    assert sizes == [
        ("BatchDetectEntities", 25), ("BatchDetectEntities", 5),
        ("BatchDetectKeyPhrases", 25), ("BatchDetectKeyPhrases", 5),
    ]  # fmt: skip
    assert len(reading.entities) == 9_000
    assert all(text[entity.start : entity.end] == entity.text for entity in reading.entities)
    assert {(found.text, found.mentions) for found in reading.findings} == {
        ("Überall", 3_000), ("Frau", 3_000), ("Öztürk", 3_000),
    }  # fmt: skip
    assert reading.key_phrases == ["schmerzt"]


def test_comprehend_costs_by_units_of_100_characters_and_no_less_than_three(api: PaidApi) -> None:
    with paid_engine("comprehend", api, COMPREHEND_UNIT_PRICE="0.0001"):
        assert first_answer("Short.").spent.cost_micros == 300
        assert first_answer("x" * 401).spent.cost_micros == 500


def test_without_credentials_comprehend_says_what_to_set(api: PaidApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")

    with (
        paid_engine("comprehend", api, AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY=""),
        pytest.raises(faults.Rejected, match="check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
    ):
        first_answer()
