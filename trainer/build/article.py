"""What every text source yields: an article and its sections of plain text."""

import re
from dataclasses import dataclass

_DISAMBIGUATION = re.compile(r"\(disambiguation\)$", re.IGNORECASE)
_LIST = re.compile(r"(?:lists? of|index of|outline of)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Article:
    """One document; a chunk never crosses one of its `sections`, and a line in a section ends a sentence."""

    id: str
    title: str
    sections: tuple[str, ...]
    kind: str = "article"  # article, disambiguation or list


def judge_kind(title: str) -> str:
    """Return an article's kind as its title tells it: article, disambiguation or list."""
    if _DISAMBIGUATION.search(title):
        return "disambiguation"
    return "list" if _LIST.match(title) else "article"


def split_numbers(name: str) -> list[tuple[int, str]]:
    """Return a key that sorts the numbers in names by their value."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]
