"""Reports with texts of their own, so that what the API is paid for tells which part of which report it was for."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import SecretStr

from app.engines.api import ApiRequest, Content, Send
from app.engines.openai import PART_BYTES, OpenAIEngine
from app.settings import Settings

LINE = "She rested, drank enough and had no fever; the wound is dry. "
PARTS = (2, 3)
"""Of a report, by turns."""


@dataclass(frozen=True)
class Part:
    """A part of a report: what the API is asked once, and paid for once."""

    report_id: str
    text: str
    hash: str
    """What its answer is stored under."""


def report_ids(count: int) -> list[str]:
    """Of so many reports."""
    return [f"report-{number:04}" for number in range(count)]


def report_parts(report_id: str) -> list[Part]:
    """What a report asks, by the engine's own word."""
    return [Part(report_id, str(request.asks["text"]), request.hash) for request in _requests(_text(report_id))]


def write(file: Path, ids: Sequence[str]) -> None:
    """Write the encounters as `revrx-reports submit` reads them."""
    encounters = ({"id": name, "title": "A visit", "text": _text(name)} for name in ids)
    file.write_text("".join(json.dumps(encounter) + "\n" for encounter in encounters))


def _text(report_id: str) -> str:
    """Its paragraphs are so long that each becomes a part; none is in the text of another report."""
    count = PARTS[int(report_id[-1]) % len(PARTS)]
    paragraph = LINE * (PART_BYTES * 3 // 4 // len(LINE))
    return "\n\n".join(f"{report_id}, paragraph {number}. {paragraph}" for number in range(count))


class _Heard(Exception):
    """The engine has said what it asks."""


def _requests(text: str) -> Sequence[ApiRequest]:
    heard: list[ApiRequest] = []

    def listen(requests: Sequence[ApiRequest], _: Send) -> list[Content]:
        heard.extend(requests)
        raise _Heard

    with suppress(_Heard):
        _engine().read(text, listen)
    return heard


@cache
def _engine() -> OpenAIEngine:
    return OpenAIEngine(Settings(openai_api_key=SecretStr("unused")))
