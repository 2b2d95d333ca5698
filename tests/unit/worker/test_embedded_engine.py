"""What the embedded engine reads out of encounters."""

from collections.abc import Sequence
from typing import Any

import pytest

from app import engines
from app.engines.api import ApiRequest, Content, Send
from app.engines.embedded import sections
from tests.unit.cases import load_cases


def nobody(requests: Sequence[ApiRequest], send: Send) -> list[Content]:
    raise AssertionError(f"the embedded engine pays for nothing, and asks {requests} of {send}")


@pytest.mark.parametrize("case", load_cases(__file__, "sections.yaml"))
def test_sections(case: dict[str, Any]) -> None:
    found = sections.split(case["text"])

    assert [[section.heading, section.kind, *(line.text for line in section.lines)] for section in found] == case[
        "sections"
    ]
    for section in found:
        for line in section.lines:
            assert case["text"][line.start : line.start + len(line.text)] == line.text


@pytest.mark.parametrize("case", load_cases(__file__, "findings.yaml"))
def test_findings(case: dict[str, Any]) -> None:
    found = engines.load().read(case["text"], nobody).findings

    assert [f"{finding.label}: {'no ' if finding.negated else ''}{finding.text}" for finding in found] == case[
        "findings"
    ]


@pytest.mark.parametrize("case", load_cases(__file__, "summaries.yaml"))
def test_summary_and_key_phrases(case: dict[str, Any]) -> None:
    reading = engines.load().read(case["text"], nobody)

    assert reading.summary == " ".join(case["summary"])
    assert reading.key_phrases == case["key_phrases"]


def test_an_entity_stands_where_it_says() -> None:
    text = "PLAN: ,Aspirin 81 mg daily for chest pain.,DIET:, Regular."
    entities = engines.load().read(text, nobody).entities

    assert [(entity.label, entity.text) for entity in entities] == [
        ("medication", "Aspirin 81 mg daily"),
        ("condition", "chest pain"),
    ]
    assert all(text[entity.start : entity.end] == entity.text for entity in entities)


@pytest.mark.parametrize("text", [".", ":", ",,,,", "\x00\x01", "¿qué?", "A:" * 2000, "pain of " * 2000, "\n" * 5000])
def test_a_text_that_makes_no_sense_makes_a_reading_all_the_same(text: str) -> None:
    assert engines.load().read(text, nobody).findings is not None
