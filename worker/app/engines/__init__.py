"""Engines read encounters: one is embedded, the others call a paid API."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import import_module
from typing import Protocol

from app.engines.api import Ask
from app.settings import Settings, settings


@dataclass(frozen=True)
class Entity:
    """A mention in the text, at the characters start to end."""

    label: str
    text: str
    section: str
    negated: bool
    start: int
    end: int


@dataclass(frozen=True)
class Finding:
    """Something that a reader of the report wants to know, told once however often it is mentioned."""

    label: str
    text: str
    section: str
    negated: bool
    mentions: int = 1


@dataclass(frozen=True)
class Reading:
    """What an engine read out of an encounter."""

    summary: str
    findings: list[Finding] = field(default_factory=list)
    key_phrases: list[str] = field(default_factory=list)
    entities: list[Entity] = field(default_factory=list)


def told_once(findings: Iterable[Finding]) -> list[Finding]:
    """Each of them once, in the words of its last mention, and how often it is mentioned."""
    told: dict[tuple[str, str, bool], Finding] = {}
    for finding in findings:
        key = (finding.label, finding.text.lower(), finding.negated)
        told[key] = replace(finding, mentions=told[key].mentions + 1 if key in told else 1)
    return list(told.values())


class Engine(Protocol):
    """Reads encounters. What it raises, but for the faults of an API, is recorded on the report as `engine_error`."""

    def read(self, text: str, ask: Ask) -> Reading:
        """Read the text of one encounter, asking what is to be paid for by `ask` alone."""
        ...


# Name to "module:factory". The modules are imported on first use: they may be heavy, and the command that merely
# submits reports needs none of them.
ENGINES = {
    "embedded": "app.engines.embedded:EmbeddedEngine",
    "openai": "app.engines.openai:OpenAIEngine",
    "comprehend": "app.engines.comprehend:ComprehendEngine",
}


@cache
def load() -> Engine:
    """The engine that REPORT_ENGINE names, made once per process."""
    module, _, factory = ENGINES[settings().report_engine].partition(":")
    make: Callable[[Settings], Engine] = getattr(import_module(module), factory)
    return make(settings())
