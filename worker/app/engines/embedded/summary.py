"""A summary of a few sentences: who came and why, what was found and done, how it went on."""

import re
from collections.abc import Iterator

from app.engines import Finding
from app.engines.embedded.entities import PROCEDURE, ReadLine
from app.engines.embedded.findings import Read
from app.engines.embedded.sections import Section

LONGEST_SENTENCE = 280
SHORTEST_SENTENCE = 30
MOST_LISTED = 4
MOST_TELLING = 2
PATIENT = re.compile(r"\b[\w-]+[- ](?:year|month|week|day)s?[- ]old\b|\by/?o\b", re.IGNORECASE)
OUTCOME = re.compile(
    r"discharge|tolerated|stable|improved|resolved|transfer|recover|follow|return|expired", re.IGNORECASE
)
# What every operative note says, and no reader of a summary asks.
ROUTINE = re.compile(
    r"consent|sterile|prepped|draped|supine|time ?out|anesthe|risks|questions|sponge|incision|sutur|retract"
    r"|operating (?:room|table)",
    re.IGNORECASE,
)
TELLING_SECTIONS = {"course": 3, "results": 2, "history": 2, "": 2, "other": 1, "description": 1}


def summary(read: Read, findings: list[Finding]) -> str:
    """The sentences, each once, in the order in which a physician would tell them."""
    patient = next(_sentences(read, PATIENT), None)
    outcome = next(_sentences(list(reversed(read)), OUTCOME, {"plan", "course", "description", "other"}), None)
    parts = [
        patient,
        None if patient else _listed("Complaint", findings, "complaint"),
        _listed("Diagnosis", findings, "diagnosis"),
        _listed("Procedure", _of_its_own_section(read, findings), PROCEDURE),
        *_most_telling(read, besides={patient, outcome}),
        outcome,
    ]
    return " ".join(dict.fromkeys(part for part in parts if part))


def _listed(title: str, findings: list[Finding], label: str) -> str | None:
    """The findings of a label that head their section, as one sentence."""
    texts = [finding.text.rstrip(".;, ") for finding in findings if finding.label == label and not finding.negated]
    return f"{title}: {'; '.join(texts[:MOST_LISTED])}." if texts else None


def _of_its_own_section(read: Read, findings: list[Finding]) -> list[Finding]:
    """What stands under a heading for procedures; the others that are mentioned may be old, or planned."""
    headings = {section.heading for section, _ in read if section.kind == "procedure"}
    return [finding for finding in findings if finding.section in headings]


def _most_telling(read: Read, besides: set[str | None]) -> list[str]:
    """The sentences that mention most, in their order."""
    candidates = [
        (sentence, _telling(section.kind, sentence, line))
        for section, line, sentence in _all_sentences(read)
        if sentence not in besides
    ]
    best = sorted(candidates, key=lambda candidate: -candidate[1])[:MOST_TELLING]
    return [sentence for sentence, telling in candidates if telling > 0 and (sentence, telling) in best]


def _telling(kind: str, sentence: str, line: ReadLine) -> int:
    if ROUTINE.search(sentence):
        return 0
    mentioned = {mention.text for mention in line.mentions if mention.text in sentence and not mention.negated}
    return TELLING_SECTIONS.get(kind, 0) * len(mentioned)


def _sentences(read: Read, wanted: re.Pattern[str], kinds: set[str] | None = None) -> Iterator[str]:
    for section, _, sentence in _all_sentences(read):
        if (kinds is None or section.kind in kinds) and wanted.search(sentence):
            yield sentence


def _all_sentences(read: Read) -> Iterator[tuple[Section, ReadLine, str]]:
    """The sentences that are neither scraps nor too long for a summary, in order."""
    for section, lines in read:
        for line in lines:
            for sentence in line.sentences:
                if SHORTEST_SENTENCE <= len(sentence) <= LONGEST_SENTENCE:
                    yield section, line, " ".join(sentence.split())
