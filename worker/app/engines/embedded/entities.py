"""Finds conditions, procedures, medications with their doses, measurements and dates, and what is said not to be there.

Stands on spaCy's tokenizer, sentence splitter and matchers, and on negspacy for NegEx (Chapman 2001). No model is
loaded: clinical words are known from lists and by their endings, then widened to the phrase that they stand in.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import negspacy.negation  # noqa: F401 -- registers the pipe `negex` with spaCy
import spacy
from spacy.language import Language
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc, Span, Token
from spacy.util import filter_spans

from app.engines.embedded.measurements import measurements
from app.engines.embedded.sections import Line, Section
from app.engines.embedded.vocabulary import (
    CONDITION_ENDING,
    MEDICATION_ENDING,
    NOT_CLINICAL,
    PROCEDURE_ENDING,
    terms,
)

CONDITION, PROCEDURE, MEDICATION = "condition", "procedure", "medication"
ENDINGS = ((CONDITION, CONDITION_ENDING), (PROCEDURE, PROCEDURE_ENDING), (MEDICATION, MEDICATION_ENDING))
MOST_WORDS_BEFORE = 4
# Their full stops end no sentence.
ABBREVIATIONS = ("p.o.", "b.i.d.", "t.i.d.", "q.i.d.", "p.r.n.", "q.d.", "q.h.s.", "n.p.o.", "lbs.", "approx.")
DOSE = re.compile(
    r"""(?:[ ,]{0,2}(?:
      \d+(?:[.,/]\d+)*(?:\s?-\s?\d+)?\s?(?:mg|mcg|g|grams?|ml|mL|cc|units?|mEq|%|tablets?|puffs?)(?:/\w+)?
    | (?:p\.?o|IV|IM|b\.?i\.?d|t\.?i\.?d|q\.?i\.?d|p\.?r\.?n|q\.?\s?(?:\d+\s?h|h\.?s|a\.?m|p\.?m|day|d))\.?(?!\w)
    | subcutaneously|orally|by\ mouth|at\ bedtime|as\ needed|daily|nightly|weekly
    | (?:once|twice|three\ times)(?:\ a\ day|\ daily)|every\ \w+\ (?:hours|days|weeks?)
    ))+""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Mention:
    """An entity in a line; start and end are characters in the whole text."""

    label: str
    text: str
    negated: bool
    start: int
    end: int


@dataclass(frozen=True)
class ReadLine:
    """A line, its sentences, and what is mentioned in it."""

    text: str
    sentences: tuple[str, ...]
    mentions: tuple[Mention, ...]


class EntityReader:
    """The spaCy pipeline, built once."""

    def __init__(self) -> None:
        self._nlp = spacy.blank("en")
        self._nlp.max_length = 10_000_000  # nothing here needs memory per character as a parser would
        tokenizer: Any = self._nlp.tokenizer
        for abbreviation in ABBREVIATIONS:
            tokenizer.add_special_case(abbreviation, [{"ORTH": abbreviation}])
        self._nlp.add_pipe("sentencizer")
        self._nlp.add_pipe("revrx_clinical")
        self._nlp.add_pipe("negex", config={"ent_types": [CONDITION, PROCEDURE, MEDICATION]})

    def read(self, sections: Iterable[Section]) -> Iterator[tuple[Section, list[ReadLine]]]:
        """Each section with its lines read."""
        for section in sections:
            docs = self._nlp.pipe(line.text for line in section.lines)
            yield section, [_read_line(line, doc) for line, doc in zip(section.lines, docs, strict=True)]


def _read_line(line: Line, doc: Doc) -> ReadLine:
    """The line with its mentions; what is part of a measurement (potassium 3.7) is not told a second time."""
    measured = [(label, text, start, start + len(text)) for label, text, start in measurements(line.text)]
    mentions = [
        Mention(label, text, False, line.start + start, line.start + end) for label, text, start, end in measured
    ]
    mentions += [
        Mention(span.label_, span.text, bool(span._.negex), line.start + span.start_char, line.start + span.end_char)
        for span in doc.ents
        if not any(start < span.end_char and span.start_char < end for _, _, start, end in measured)
    ]
    return ReadLine(line.text, tuple(sentence.text.strip() for sentence in doc.sents), tuple(mentions))


@Language.factory("revrx_clinical")
class ClinicalMatcher:
    """Pipe that sets the entities of a document."""

    def __init__(self, nlp: Language, name: str) -> None:  # noqa: ARG002 -- the signature is spaCy's
        self._phrases = PhraseMatcher(nlp.vocab, attr="LOWER")
        for label in (CONDITION, PROCEDURE, MEDICATION):
            self._phrases.add(label, [nlp.make_doc(term) for term in terms(f"{label}s")])
        self._anatomy = PhraseMatcher(nlp.vocab, attr="LOWER")
        self._anatomy.add("anatomy", [nlp.make_doc(term) for term in terms("anatomy")])
        self._modifiers = frozenset(terms("modifiers")) | {word for term in terms("anatomy") for word in term.split()}

    def __call__(self, doc: Doc) -> Doc:
        """Set the entities, the longest phrase where several overlap."""
        known = filter_spans([*self._phrases(doc, as_spans=True), *_by_ending(doc)])
        sites = {span.start: span.end for span in filter_spans(self._anatomy(doc, as_spans=True))}
        sentence_of = [sentence for sentence in doc.sents for _ in range(len(sentence))]
        doc.set_ents(filter_spans([self._widened(span, sentence_of[span.start], sites) for span in known]))
        return doc

    def _widened(self, span: Span, sentence: Span, sites: dict[int, int]) -> Span:
        if span.label_ == MEDICATION:
            return _with_dose(span)
        start, end = span.start, _past_site(span, sentence.end, sites)
        while start > max(sentence.start, span.start - MOST_WORDS_BEFORE) and self._modifies(span.doc[start - 1]):
            start -= 1
        return Span(span.doc, start, end, label=span.label_)

    def _modifies(self, token: Token) -> bool:
        return token.lower_ in self._modifiers


def _by_ending(doc: Doc) -> Iterator[Span]:
    for token in doc:
        if token.lower_ in NOT_CLINICAL:
            continue
        for label, ending in ENDINGS:
            if ending.fullmatch(token.lower_):
                yield Span(doc, token.i, token.i + 1, label=label)
                break


def _past_site(span: Span, sentence_end: int, sites: dict[int, int]) -> int:
    """Where the phrase ends that names the site: fracture *of the right femoral neck*."""
    if span.end >= sentence_end or span.doc[span.end].lower_ not in {"of", "in", "to"}:
        return span.end
    ahead = range(span.end + 1, min(span.end + 1 + MOST_WORDS_BEFORE, sentence_end))
    return next((sites[place] for place in ahead if place in sites), span.end)


def _with_dose(span: Span) -> Span:
    dose = DOSE.match(span.doc.text, span.end_char)
    if dose is None:
        return span
    widened = span.doc.char_span(span.start_char, dose.end(), label=MEDICATION, alignment_mode="expand")
    return widened or span
