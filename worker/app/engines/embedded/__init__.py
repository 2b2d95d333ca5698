"""The embedded engine: reads encounters with spaCy and lists of clinical terms, without network or model."""

from itertools import islice

from app.engines import Entity, Reading
from app.engines.api import Ask
from app.engines.embedded.entities import EntityReader
from app.engines.embedded.findings import Read, findings
from app.engines.embedded.phrases import key_phrases
from app.engines.embedded.sections import split
from app.engines.embedded.summary import summary
from app.settings import Settings

MOST_ENTITIES = 5000


class EmbeddedEngine:
    """Reads an encounter of 3,000 characters in about 10 ms, one of 1 MB in a few seconds."""

    def __init__(self, _: Settings | None = None) -> None:
        self._reader = EntityReader()

    def read(self, text: str, ask: Ask | None = None) -> Reading:  # noqa: ARG002 - there is nobody to ask
        """Read the text of one encounter."""
        read = list(self._reader.read(split(text)))
        found = findings(read)
        return Reading(summary(read, found), found, key_phrases(read), _entities(read))


def _entities(read: Read) -> list[Entity]:
    """The entities in the order of the text, the first thousands of a very long one."""
    every = (
        Entity(mention.label, mention.text, section.heading, mention.negated, mention.start, mention.end)
        for section, lines in read
        for line in lines
        for mention in sorted(line.mentions, key=lambda mention: mention.start)
    )
    return list(islice(every, MOST_ENTITIES))
