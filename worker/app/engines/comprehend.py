"""The engine that asks AWS Comprehend for entities and key phrases."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from app.engines import Entity, Finding, Reading, told_once
from app.engines.api import Answer, ApiRequest, Ask, Content, OutOfTime, Spent, Unavailable, Unusable
from app.engines.comprehend_client import TRIES, call, connected
from app.engines.forms import first_fault
from app.engines.parts import Part, parts
from app.settings import Settings

# AWS Comprehend, quotas for synchronous batches: documents of at most 5 KB of UTF-8, 25 to a call.
MOST_BYTES = 5_000
MOST_DOCUMENTS = 25
# AWS Comprehend, pricing: in units of 100 characters, at least three for each document.
UNIT_CHARACTERS = 100
LEAST_UNITS = 3

FIRST_SENTENCES = re.compile(r"(?:.*?[.!?](?:\s|$)){1,2}", re.DOTALL)
SUMMARY_CHARACTERS = 300


class _Entity(BaseModel):
    Type: str
    Text: str
    BeginOffset: int
    EndOffset: int


class _Phrase(BaseModel):
    Text: str


class _Entities(BaseModel):
    Index: int
    found: Annotated[list[_Entity], Field(alias="Entities")]


class _Phrases(BaseModel):
    Index: int
    found: Annotated[list[_Phrase], Field(alias="KeyPhrases")]


@dataclass(frozen=True)
class _Operation:
    """A call of the API, and what it tells of a document."""

    name: str
    result: type[_Entities | _Phrases]


ENTITIES = _Operation("batch_detect_entities", _Entities)
PHRASES = _Operation("batch_detect_key_phrases", _Phrases)
OPERATIONS = {operation.name: operation for operation in (ENTITIES, PHRASES)}


class ComprehendEngine:
    """Asks for the entities and the key phrases of 25 parts at a time."""

    def __init__(self, chosen: Settings) -> None:
        self._language = chosen.comprehend_language
        self._unit_price = chosen.comprehend_unit_price
        self._timeout = chosen.comprehend_timeout_seconds
        self._client = connected(chosen)

    def read(self, text: str, ask: Ask) -> Reading:
        """Read the text of one encounter."""
        documents = parts(text, MOST_BYTES)
        batches = [documents[start : start + MOST_DOCUMENTS] for start in range(0, len(documents), MOST_DOCUMENTS)]
        requests = [self._request(operation, batch) for operation in (ENTITIES, PHRASES) for batch in batches]
        contents = ask(requests, self._send)
        entities = list(_entities(_found(contents[: len(batches)], batches)))
        phrases = dict.fromkeys(found["Text"] for _, found in _found(contents[len(batches) :], batches))
        findings = (Finding(entity.label, entity.text, entity.section, entity.negated) for entity in entities)
        return Reading(_summary(text), told_once(findings), list(phrases), entities)

    def _request(self, operation: _Operation, batch: Sequence[Part]) -> ApiRequest:
        texts = [part.text for part in batch]
        return ApiRequest(
            {"engine": "comprehend", "operation": operation.name, "language": self._language, "texts": texts}
        )

    def _send(self, request: ApiRequest, seconds: float) -> Answer:
        if seconds < self._timeout * TRIES:
            raise OutOfTime
        texts = request.asks["texts"]
        answered = call(self._client, request.asks["operation"], TextList=texts, LanguageCode=self._language)
        if "ResultList" not in answered:
            raise Unavailable("the API answered with what is none of Comprehend's answers")
        spent = Spent(cost_micros=round(_units(texts) * self._unit_price * 1_000_000))
        return Answer({"documents": _documents(answered, request, spent)}, spent)


def _units(texts: Sequence[str]) -> int:
    return sum(max(math.ceil(len(text) / UNIT_CHARACTERS), LEAST_UNITS) for text in texts)


def _documents(answered: Mapping[str, Any], request: ApiRequest, spent: Spent) -> list[Any]:
    """What was found in each of the texts, in their order. Raises Unusable unless all were read."""
    for fault in answered.get("ErrorList", ()):
        raise Unusable(f"part {fault.get('Index')}: {fault.get('ErrorCode')}: {fault.get('ErrorMessage')}", spent)
    kind = OPERATIONS[request.asks["operation"]].result
    try:
        results = [kind.model_validate(result) for result in answered["ResultList"]]
    except ValidationError as error:
        raise Unusable(f"the answer is not what was asked for: {first_fault(error)}", spent) from None
    by_index = {result.Index: [found.model_dump() for found in result.found] for result in results}
    if by_index.keys() != set(range(len(request.asks["texts"]))):
        raise Unusable("the answer does not tell of each text what was found", spent)
    return [by_index[index] for index in sorted(by_index)]


def _found(contents: Iterable[Content], batches: Iterable[Sequence[Part]]) -> Iterator[tuple[Part, Mapping[str, Any]]]:
    for content, batch in zip(contents, batches, strict=True):
        for part, document in zip(batch, content["documents"], strict=True):
            for found in document:
                yield part, found


def _entities(found: Iterable[tuple[Part, Mapping[str, Any]]]) -> Iterator[Entity]:
    for part, entity in found:
        start, end = part.start + entity["BeginOffset"], part.start + entity["EndOffset"]
        yield Entity(entity["Type"].lower(), entity["Text"], section="", negated=False, start=start, end=end)


def _summary(text: str) -> str:
    """Comprehend writes none: how the text begins has to do."""
    begin = FIRST_SENTENCES.match(text)
    return " ".join((begin.group() if begin else text)[:SUMMARY_CHARACTERS].split())
