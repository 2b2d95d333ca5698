"""The engine that asks an OpenAI model, or any server that speaks OpenAI's chat completions."""

from collections.abc import Sequence
from typing import Annotated

import httpx2
from openai import (
    APIConnectionError,
    APIError,
    APIStatusError,
    DefaultHttpxClient,
    OpenAI,
    RateLimitError,
    Timeout,
)
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.engines import Finding, Reading, told_once
from app.engines.api import Answer, ApiRequest, Ask, Fault, Rejected, Spent, Throttled, Unavailable, Unusable
from app.engines.forms import first_fault
from app.engines.parts import parts
from app.engines.retry_after import retry_after
from app.settings import Settings

PART_BYTES = 24_000
"""Of the text in one request: large enough for most encounters, small enough that a lost answer costs little."""
BYTES_OF_A_TOKEN = 4
ANSWER_TOKENS = 1_500
BLIPS = 2
"""How often the SDK sends a request again, at once, after an error of the server or of the connection."""
# openai 3.54.0, _constants.py: it pauses for half a second before the first of them, and for one before the second.
PAUSE_SECONDS = 0.75
CONNECT_SECONDS = 5.0
SERVER_ERROR = 500
TIMEOUTS = (408, 409)
CURES = {
    401: "check OPENAI_API_KEY",
    403: "check the rights of OPENAI_API_KEY",
    404: "check OPENAI_MODEL and OPENAI_BASE_URL",
}

INSTRUCTIONS = """You read one part of a transcribed medical encounter. Tell what it says, in the words of the text: a \
summary of at most three sentences; each finding once, with the section that it stands in, negated where the text \
denies it; and the key phrases. Add nothing that the text does not say."""


class _Strict(BaseModel):
    """Structured output takes only schemas that allow nothing else and leave nothing out."""

    model_config = ConfigDict(extra="forbid")


class PartFinding(_Strict):
    """One finding of a part."""

    label: Annotated[
        str,
        Field(
            description="complaint, diagnosis, procedure, condition, medication, allergy, measurement, plan or other"
        ),
    ]
    text: str
    section: str
    negated: bool


class PartReading(_Strict):
    """What the model is asked to fill in."""

    summary: str
    findings: list[PartFinding]
    key_phrases: list[str]


SCHEMA = PartReading.model_json_schema()


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message


class _Usage(BaseModel):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class _Completion(BaseModel):
    """What we need of a chat completion. The SDK's own type takes any JSON at all for one."""

    choices: Annotated[list[_Choice], Field(min_length=1)]
    usage: _Usage | None = None


class OpenAIEngine:
    """Asks once for each part of the text, and puts the answers together."""

    def __init__(self, chosen: Settings) -> None:
        self._model = chosen.openai_model
        self._timeout = chosen.openai_timeout_seconds
        self._prices = (chosen.openai_input_price, chosen.openai_output_price)
        self._client = OpenAI(
            api_key=chosen.openai_api_key.get_secret_value(),
            base_url=chosen.openai_base_url or None,
            http_client=DefaultHttpxClient(event_hooks={"response": [_leave_to_the_report]}),
        )

    def read(self, text: str, ask: Ask) -> Reading:
        """Read the text of one encounter."""
        requests = [self._request(part.text) for part in parts(text, PART_BYTES)]
        return _together([PartReading.model_validate(content) for content in ask(requests, self._send)])

    def _request(self, text: str) -> ApiRequest:
        asks = {"engine": "openai", "model": self._model, "instructions": INSTRUCTIONS, "schema": SCHEMA, "text": text}
        size = len(text.encode()) + len(INSTRUCTIONS)
        return ApiRequest(asks, tokens=size // BYTES_OF_A_TOKEN + ANSWER_TOKENS)

    def _send(self, request: ApiRequest, seconds: float) -> Answer:
        try:
            completion = self._complete(request, seconds)
        except APIStatusError as error:
            raise _refusal(error) from None
        except APIConnectionError as error:
            raise Unavailable(_told(error)) from None
        except ValidationError as error:
            told = f"the API answered with what is no chat completion: {first_fault(error)}"
            raise Unavailable(told) from None
        return self._answer(completion)

    def _complete(self, request: ApiRequest, seconds: float) -> _Completion:
        """All tries of the SDK together take no longer than the seconds that are left."""
        tries = BLIPS + 1 if seconds >= (self._timeout + PAUSE_SECONDS) * (BLIPS + 1) else 1
        client = self._client.with_options(timeout=_timeout(min(self._timeout, seconds)), max_retries=tries - 1)
        answered = client.chat.completions.with_raw_response.create(
            model=self._model,
            messages=[
                {"role": "system", "content": INSTRUCTIONS},
                {"role": "user", "content": str(request.asks["text"])},
            ],
            response_format={
                "type": "json_schema",
                "json_schema": {"name": "reading", "strict": True, "schema": SCHEMA},
            },
        )
        return _Completion.model_validate_json(answered.content)

    def _answer(self, completion: _Completion) -> Answer:
        """Check by hand: the SDK's own parser would not tell what an unusable answer has cost."""
        spent = self._spent(completion.usage)
        message = completion.choices[0].message
        if message.refusal:
            raise Unusable(f"the model refused: {message.refusal}", spent)
        try:
            content = PartReading.model_validate_json(message.content or "")
        except ValidationError as error:
            raise Unusable(f"the model's answer is not what was asked for: {first_fault(error)}", spent) from None
        return Answer(content.model_dump(), spent)

    def _spent(self, usage: _Usage | None) -> Spent:
        if usage is None:
            return Spent()
        # A price is for a million tokens, so tokens times price are millionths of it.
        input_price, output_price = self._prices
        cost = usage.prompt_tokens * input_price + usage.completion_tokens * output_price
        return Spent(usage.prompt_tokens, usage.completion_tokens, round(cost))


def _timeout(seconds: float) -> Timeout:
    connect = min(CONNECT_SECONDS, seconds / 4)
    return Timeout(seconds - connect, connect=connect)


def _leave_to_the_report(response: httpx2.Response) -> None:
    """Or the SDK would send the request again, and all waiting requests with it, or sleep as long as it is asked to.

    openai 3.54.0, _base_client.py, `_should_retry`: the server's own word in this header is obeyed.
    """
    if response.status_code == httpx2.codes.TOO_MANY_REQUESTS or "retry-after" in response.headers:
        response.headers["x-should-retry"] = "false"


def _refusal(error: APIStatusError) -> Fault | Rejected:
    if isinstance(error, RateLimitError):
        return Throttled(_told(error), retry_after(error.response.headers))
    if error.status_code >= SERVER_ERROR or error.status_code in TIMEOUTS:
        return Unavailable(_told(error), retry_after(error.response.headers))
    cure = CURES.get(error.status_code)
    return Rejected(f"{cure}: {_told(error)}" if cure else _told(error))


def _told(error: APIError) -> str:
    return f"{type(error).__name__}: {error.message}"


def _together(read: Sequence[PartReading]) -> Reading:
    findings = (Finding(**finding.model_dump()) for part in read for finding in part.findings)
    phrases = dict.fromkeys(phrase for part in read for phrase in part.key_phrases)
    return Reading(" ".join(part.summary for part in read), told_once(findings), list(phrases))
