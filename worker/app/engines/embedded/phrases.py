"""The key phrases of an encounter: the clinical terms it is about, those of its diagnoses and procedures first."""

from collections import Counter
from collections.abc import Iterator

from app.engines.embedded.entities import CONDITION, MEDICATION, PROCEDURE
from app.engines.embedded.findings import NOT_THE_PATIENTS, Read

MOST = 10
SECTION_WEIGHT = {"diagnosis": 6, "procedure": 6, "complaint": 4, "course": 2, "results": 2, "plan": 2, "history": 2}
LABEL_WEIGHT = {CONDITION: 2, PROCEDURE: 2, MEDICATION: 1}
TELLING_WORDS = 3


def key_phrases(read: Read) -> list[str]:
    """At most ten, the most telling first; a phrase within another is not told again."""
    scores: Counter[str] = Counter()
    for phrase, weight in _weighed(read):
        scores[phrase] += weight
    chosen: list[str] = []
    for phrase, _ in scores.most_common(MOST * 10):
        if not any(phrase in other or other in phrase for other in chosen):
            chosen.append(phrase)
    return chosen[:MOST]


def _weighed(read: Read) -> Iterator[tuple[str, int]]:
    """Each mention of what the patient has or had done; a phrase of several words says more than its head alone."""
    for section, lines in read:
        mentions = (mention for line in lines for mention in line.mentions if section.kind not in NOT_THE_PATIENTS)
        for mention in mentions:
            if mention.label in LABEL_WEIGHT and not mention.negated:
                words = mention.text.lower().split()
                telling = min(len(words), TELLING_WORDS)
                yield " ".join(words), LABEL_WEIGHT[mention.label] * SECTION_WEIGHT.get(section.kind, 1) * telling
