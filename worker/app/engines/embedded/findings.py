"""Chooses from what was read in an encounter what a reader of its report wants to know, told once."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from app.engines import Finding
from app.engines.embedded.entities import CONDITION, MEDICATION, PROCEDURE, Mention, ReadLine
from app.engines.embedded.measurements import MEASUREMENT
from app.engines.embedded.sections import Section

Read = list[tuple[Section, list[ReadLine]]]

LONGEST = 200  # characters
SHORTEST = 8
MOST_LINES_OF_A_SECTION = 12
MOST_OF_A_LABEL = 15
MOST_COMPARED = 100  # of a label: a text of 1 MB has thousands
# Sections whose lines are findings as they stand, and the label of each; a fact is labelled by its heading.
AS_WRITTEN = {"complaint": "complaint", "diagnosis": "diagnosis", "procedure": PROCEDURE, "allergies": "allergy"}
# Where "no fever, no cough" is routine and only what is there tells something.
ROUTINELY_DENIED = {"review of systems", "examination"}
FACT = "fact"
MENTIONED = (CONDITION, PROCEDURE, MEDICATION, MEASUREMENT)
NOT_THE_PATIENTS = {"family history"}
ORDER = ("complaint", "diagnosis", PROCEDURE, CONDITION, MEDICATION, "allergy", MEASUREMENT, FACT, "plan", "follow-up")
BARE = {
    "pain",
    "mass",
    "lesion",
    "lesions",
    "wound",
    "drainage",
    "injection",
    "excision",
    "repair",
    "graft",
    "scar",
    "tear",
}
RISK = re.compile(r"\brisks?\b", re.IGNORECASE)
FOLLOW_UP = re.compile(
    r"follow(?:ed)?[- ]?up\b|\bwill (?:be )?(?:follow|see\b|return|recheck)|\breturn (?:to|in|for)\b|\brecheck"
    r"|\bappointment\b|\bsee (?:me|us|him|her) (?:back )?in\b",
    re.IGNORECASE,
)
FOLLOW_UP_SECTIONS = {"course", "description", "other", "diagnosis"}
NOTHING = re.compile(r"^(?:none|n/?a|not applicable|nil|as above|same|noncontributory)\b.{0,15}$", re.IGNORECASE)


def findings(read: Read) -> list[Finding]:
    """The findings, the most telling labels first, each once, with how often it is mentioned."""
    told: dict[tuple[str, str, bool], Finding] = {}
    for finding in _all(read):
        key = (finding.label, finding.text.lower().rstrip("."), finding.negated)
        seen = told.get(key)
        told[key] = replace(seen, mentions=seen.mentions + 1) if seen else finding
    ranked = list(_at_most(MOST_COMPARED, sorted(told.values(), key=_rank)))
    return list(_at_most(MOST_OF_A_LABEL, (finding for finding in ranked if not _within_another(finding, ranked))))


def _all(read: Read) -> Iterator[Finding]:
    for section, lines in read:
        label = section.heading.lower() if section.kind == FACT else AS_WRITTEN.get(section.kind, "")
        for line in lines[:MOST_LINES_OF_A_SECTION] if label else ():
            if not NOTHING.match(line.text):
                yield Finding(label, _short(line.text), section.heading, negated=False)
        for line in lines:
            yield from _mentioned(section, line, beside=label)
            yield from _planned(section, line)


def _mentioned(section: Section, line: ReadLine, beside: str) -> Iterator[Finding]:
    """What a line mentions; in a section that is told as written only what has a label of another kind."""
    for mention in line.mentions:
        told = mention.label == MEASUREMENT if beside else mention.label in MENTIONED
        if told and not _says_little(mention, section, line):
            label = section.kind if section.kind in NOT_THE_PATIENTS else mention.label
            yield Finding(label, " ".join(mention.text.split()), section.heading, mention.negated)


def _says_little(mention: Mention, section: Section, line: ReadLine) -> bool:
    """Denied where that is routine, a step or a risk of an operation, or a word that says nothing by itself."""
    return (
        (mention.negated and section.kind in ROUTINELY_DENIED)
        or (mention.label == PROCEDURE and section.kind == "description")
        or mention.text.lower() in BARE
        or bool(RISK.search(line.text) and any(RISK.search(told) for told in line.sentences if mention.text in told))
    )


def _planned(section: Section, line: ReadLine) -> Iterator[Finding]:
    """What is to be done: every sentence of a plan, and what is said of follow-up elsewhere."""
    if section.kind == "plan" or section.kind in FOLLOW_UP_SECTIONS:
        for sentence in line.sentences:
            follow_up = FOLLOW_UP.search(sentence)
            if (follow_up or section.kind == "plan") and len(sentence) >= SHORTEST:
                yield Finding("follow-up" if follow_up else "plan", _short(sentence), section.heading, negated=False)


def _within_another(finding: Finding, others: Iterable[Finding]) -> bool:
    """A longer finding says the same and more: a fracture of the hip beside a fracture, a diagnosis beside it."""
    text = finding.text.lower().rstrip(".")
    return any(
        text in other.text.lower() and len(other.text) > len(finding.text)
        for other in others
        if other.negated == finding.negated and other.label in {finding.label, _says_more_than(finding.label)}
    )


def _says_more_than(label: str) -> str:
    return "diagnosis" if label == CONDITION else label


def _rank(finding: Finding) -> int:
    return ORDER.index(finding.label) if finding.label in ORDER else len(ORDER)


def _at_most(most: int, ranked: Iterable[Finding]) -> Iterator[Finding]:
    counts: dict[str, int] = {}
    for finding in ranked:
        counts[finding.label] = counts.get(finding.label, 0) + 1
        if counts[finding.label] <= most:
            yield finding


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else text[:LONGEST].rsplit(" ", 1)[0] + " …"
