"""Finds the sections of an encounter: what stands under HOSPITAL COURSE, under Medications, and so on.

Two ways of writing are understood: headings and paragraphs on lines of their own, and the transcription services' one
long line, where a comma without a space after it stands for a line break ("PLAN: ,Rest.,FOLLOWUP:,  In a week.").
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# Kind of section, and what its heading looks like in lower case; the first that fits is taken.
KINDS = (
    ("family history", r"family"),
    ("social history", r"social|habits|tobacco"),
    ("review of systems", r"review of systems|\bros\b"),
    ("allergies", r"allerg"),
    ("medications", r"medication|\bmeds\b"),
    ("past history", r"past|previous|surgical history|medical history|\bpmh\b|\bpsh\b"),
    ("diagnosis", r"diagnos[ei]s|impression|assessment|problem list"),
    ("complaint", r"complaint|reason for|indication|presenting"),
    ("plan", r"plan\b|recommend|disposition|instruction|follow|discharge to"),
    ("course", r"course"),
    ("description", r"(procedure|operation).*(detail|description|note)|technique|description"),
    ("procedure", r"^procedures?\b|^operations?\b|(procedure|operation|surgery)s? performed|title of operation"),
    ("description", r"procedure|operati"),
    ("history", r"history|\bhpi\b|subjective|interval"),
    (
        "results",
        r"lab|imaging|x-?ray|radiograph|findings|studies|results|patholog|\bct\b|\bmri\b|\be[ck]g\b|ultrasound",
    ),
    (
        "examination",
        r"exam|vital|objective|\bheent\b|^(general|neck|chest|lungs?|heart|cv|cardiovascular|abdomen|abd)$",
    ),
    ("examination", r"^(gen|extremities|ext|skin|neuro\w*|back|rectal|pelvi[cs]|genitalia|psych\w*|respiratory|pulm)$"),
    ("fact", r"blood loss|anesthesia|complications?$|drains?\b|specimens?|condition|^diet$|^activity$|implants?$"),
    ("fact", r"^tourniquet time|^prognosis|^code status|^immunizations?$|^ebl$"),
)
# The same heading may open a list of procedures or the story of one.
TOLD_AT_LENGTH = {"procedure": "description", "complaint": "history", "diagnosis": "other", "fact": "other"}
LONGEST_TO_LIST = 300  # characters
HEADING = re.compile(r"^[ \t]*(?:\d+\.[ \t]*)?([A-Za-z][A-Za-z0-9 /&,'()-]{1,70}?)[ \t]*:(?!\d)", re.MULTILINE)
MOST_WORDS_OF_A_HEADING = 5
LONGEST_LINE = 2_000  # characters
LIST_ITEM = re.compile(r"^[ \t,]*(?:(?:\d{1,2}[.)]|[-*•])[ \t]+)?(\S.*)$", re.MULTILINE)
TRANSCRIBED_BREAK = re.compile(r",(?=\S)(?!(?<=\d,)\d{3}\b)")
APPENDED_KEYWORDS = re.compile(r"(?<=[a-z0-9)][.!?])(?=[a-z])[^.!?\n]+$")
FEWEST_KEYWORDS = 3
ACRONYMS = frozenset(
    ["HEENT", "HPI", "ROS", "CT", "MRI", "ECG", "EKG", "PA", "CV", "GI", "GU", "IV", "ICU", "X-RAY", "II", "III"]
)


@dataclass(frozen=True)
class Line:
    """A paragraph of a section; start is where it begins in the whole text, in characters."""

    text: str
    start: int


@dataclass(frozen=True)
class Section:
    """A heading as a person would write it, what kind of section it opens, and its paragraphs."""

    heading: str
    kind: str
    lines: tuple[Line, ...]


def split(text: str) -> list[Section]:
    """The sections of the text, in order; what stands before the first heading has an empty one."""
    broken = with_line_breaks(text)
    headings = [
        match for match in HEADING.finditer(broken) if _is_heading(match[1], _rest_of_line(broken, match.end()))
    ]
    starts = [(0, 0, ""), *((match.start(), match.end(), match[1]) for match in headings)]
    ends = [start for start, _, _ in starts[1:]] + [len(broken)]
    sections = (
        _section(heading, tuple(_lines(broken, body, end)))
        for (_, body, heading), end in zip(starts, ends, strict=True)
    )
    return [section for section in sections if section.lines]


def _section(heading: str, lines: tuple[Line, ...]) -> Section:
    kind = kind_of(heading)
    if any(len(line.text) > LONGEST_TO_LIST for line in lines):
        kind = TOLD_AT_LENGTH.get(kind, kind)
    return Section(_as_written(heading), kind, lines)


def with_line_breaks(text: str) -> str:
    """The text with its line breaks, every character at its place; keywords appended at the end are blanked out."""
    if "\n" not in text.strip():
        text = TRANSCRIBED_BREAK.sub("\n", text)
    appended = APPENDED_KEYWORDS.search(text)
    if appended and appended[0].count(",") >= FEWEST_KEYWORDS - 1:
        return text[: appended.start()] + " " * len(appended[0])
    return text


def kind_of(heading: str) -> str:
    """The kind of section that a heading opens; `other` if it is not known."""
    return next((kind for kind, words in KINDS if re.search(words, heading.lower())), "other")


def _is_heading(words: str, rest: str) -> bool:
    """Capitals make a heading; so does a known name, or a short one with nothing after it on its line."""
    if words.upper() == words and len(words) > 1:
        return True
    short = len(words.split()) <= MOST_WORDS_OF_A_HEADING and words[0].isupper()
    return short and (kind_of(words) != "other" or not rest.strip())


def _rest_of_line(text: str, start: int) -> str:
    return text[start : start + LONGEST_LINE].partition("\n")[0]


def _as_written(heading: str) -> str:
    words = [word if word in ACRONYMS else word.lower() for word in heading.replace(",", " ").split()]
    return " ".join([words[0][:1].upper() + words[0][1:], *words[1:]]) if words else ""


def _lines(text: str, start: int, end: int) -> Iterator[Line]:
    """The paragraphs between two places, without the numbers and dashes of a list, the very long ones in parts."""
    for match in LIST_ITEM.finditer(text[start:end]):
        paragraph = match[1].rstrip(" \t,\r")
        for offset in range(0, len(paragraph), LONGEST_LINE):
            yield Line(paragraph[offset : offset + LONGEST_LINE], start + match.start(1) + offset)
