"""Sections cut into chunks: sentences packed to a length, never across a section."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from checks.errors import InputError
from trainer.build.article import Article

# A full stop ends a sentence before a space and a capital, a digit, a quote or a bracket.
_SENTENCE_END = re.compile(r"[.!?]['\"”’)\]]{0,3}\s+(?=['\"“‘(\[]{0,3}[A-Z0-9À-Þ])")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\[])(?:[A-Z]|Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|Gen|Col|Capt|Lt|Sgt|Rev|Hon|Gov|Sen|Rep|No|Nos|Vol|Ch|Fig|Eq"
    r"|vs|etc|ca|cf|e\.g|i\.e|pp?|ed|eds|al|approx|b|d|r|fl|U\.S|U\.K|Inc|Ltd|Co|Corp|Mt|Ft)\.['\"”’)\]]{0,3}\s+$"
)
_LOOK_BACK = 16


@dataclass(frozen=True, slots=True)
class ChunkRule:
    """How chunks are cut; lengths in characters."""

    target: int = 350  # a sentence joins the chunk when that brings the length nearer to this
    hard: int = 640  # no chunk is longer; a single longer sentence is cut between words
    least: int = 30  # a shorter piece is dropped

    def __post_init__(self) -> None:
        """Refuse lengths that cannot be met together."""
        if not 1 <= self.least <= self.target <= self.hard:
            found = f"min {self.least}, target {self.target}, max {self.hard}"
            raise InputError("chunk lengths", "", found, "1 <= --chunk-min <= --chunk-target <= --chunk-max")


def cut_article(article: Article, rule: ChunkRule) -> list[str]:
    """Return an article's chunks in reading order."""
    return [chunk for section in article.sections for chunk in cut_section(section, rule)]


def cut_section(section: str, rule: ChunkRule) -> list[str]:
    """Return a section's chunks: whole sentences packed to about the target, pieces under the least length dropped."""
    chunks: list[str] = []
    held = ""
    for piece in _cut_pieces(section, rule.hard):
        joined = f"{held} {piece}" if held else piece
        if held and (len(joined) > rule.hard or len(joined) - rule.target >= rule.target - len(held)):
            chunks.append(held)
            joined = piece
        held = joined
    return [chunk for chunk in [*chunks, held] if len(chunk) >= rule.least]


def _cut_pieces(section: str, hard: int) -> Iterator[str]:
    for line in section.splitlines():
        for sentence in split_sentences(" ".join(line.split())):
            yield from cut_words(sentence, hard)


def split_sentences(text: str) -> list[str]:
    """Return the sentences of one line of text; English abbreviations and initials do not end one."""
    sentences, start = [], 0
    for end in _SENTENCE_END.finditer(text):
        if not _ABBREVIATION.search(text, max(start, end.start() - _LOOK_BACK), end.end()):
            sentences.append(text[start : end.end()].strip())
            start = end.end()
    return [sentence for sentence in [*sentences, text[start:].strip()] if sentence]


def cut_words(sentence: str, hard: int) -> Iterator[str]:
    """Yield a sentence in pieces of at most `hard` characters, cut between words, inside one only where it must be."""
    while len(sentence) > hard:
        space = sentence.rfind(" ", 1, hard + 1)
        cut = space if space > 0 else hard
        yield sentence[:cut].rstrip()
        sentence = sentence[cut:].lstrip()
    if sentence:
        yield sentence
