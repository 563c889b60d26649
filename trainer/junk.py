"""Which articles are not worth training on, judged by title, kind, length and the vectors themselves."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from checks.printer import mask_controls
from checks.registry import Progress, keep_silent
from checks.windows import Windows
from trainer.junk_rules import DEFAULTS, RULES, JunkRules
from trainer.tables.articles import Articles, measure_articles

LIST_TITLE = re.compile(r"^(?:lists? of|index of|outline of)\b", re.IGNORECASE)
DISAMBIGUATION_TITLE = re.compile(r"\(disambiguation\)$", re.IGNORECASE)
KNOWN_KINDS = ("", "article", "list", "disambiguation")


@dataclass(frozen=True, slots=True)
class Removed:
    """An article that is left out, the first rule that says so, and why, in words."""

    article: int
    title: str
    rule: str
    windows: int
    why: str

    def describe(self) -> str:
        """Say it in one line."""
        return f"  {self.rule:<14} {self.windows:>7,} windows  {self.title} ({self.why})"


@dataclass(frozen=True, slots=True)
class JunkReport:
    """What is left out: kept (A,) over articles, junk_windows (N,) over windows, and each article that goes."""

    kept: NDArray[np.bool_]
    junk_windows: NDArray[np.bool_]
    removed: tuple[Removed, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Return how many articles each rule takes, in the order of the rules, those that take none left out."""
        taken = [removed.rule for removed in self.removed]
        return {rule: taken.count(rule) for rule in RULES if rule in taken}

    @property
    def sentence(self) -> str:
        """Say it in one line, for a log."""
        windows = f"{int(self.junk_windows.sum()):,} of {len(self.junk_windows):,} windows"
        by_rule = ", ".join(f"{count:,} {rule}" for rule, count in self.counts.items())
        what = f"{len(self.removed):,} of {len(self.kept):,} articles ({windows}) left out"
        return f"filter-junk: {what}{': ' if by_rule else ''}{by_rule}"

    def describe(self) -> list[str]:
        """Return the sentence, and a line for each article that is left out, the rules in their order."""
        ordered = sorted(self.removed, key=lambda removed: list(RULES).index(removed.rule))
        return [self.sentence, *(removed.describe() for removed in ordered)]


def find_junk(windows: Windows, rules: JunkRules = DEFAULTS, progress: Progress = keep_silent) -> JunkReport:
    """Find the articles that the rules take; an article is told under the first rule that takes it.

    An npz has neither titles nor kinds, so that the rules on those take nothing there. Raises InputError when the
    file does not say which article a window comes from.
    """
    articles = measure_articles(windows, progress)
    kept = np.ones(len(articles.windows), dtype=bool)
    removed = []
    for rule in (rule for rule in RULES if rule in rules.enabled):
        for article, why in FINDERS[rule](articles, rules):
            if kept[article]:
                kept[article] = False
                count = int(articles.windows[article])
                removed.append(Removed(article, articles.titles[article], rule, count, why))
    junk_windows = np.zeros(0, dtype=bool) if windows.article is None else ~kept[windows.article]
    return JunkReport(kept, junk_windows, tuple(removed))


Found: TypeAlias = Iterator[tuple[int, str]]  # articles, and why


def _find_lists(articles: Articles, _: JunkRules) -> Found:
    return _find_titles(articles, LIST_TITLE, "list")


def _find_disambiguations(articles: Articles, _: JunkRules) -> Found:
    return _find_titles(articles, DISAMBIGUATION_TITLE, "disambiguation")


def _find_titles(articles: Articles, pattern: re.Pattern[str], kind: str) -> Found:
    for number, (title, found) in enumerate(zip(articles.titles, articles.kinds, strict=True)):
        if found == kind:
            yield number, f"kind {kind}"
        elif pattern.search(title):
            yield number, "title"


def _find_kinds(articles: Articles, _: JunkRules) -> Found:
    for number, kind in enumerate(articles.kinds):
        if kind not in KNOWN_KINDS:
            yield number, f"kind {mask_controls(kind)}"


def _find_stubs(articles: Articles, rules: JunkRules) -> Found:
    for number in np.flatnonzero(articles.windows < rules.min_windows):
        count = int(articles.rows[number])
        yield int(number), f"{count} chunk{'' if count == 1 else 's'}"


def _find_repetitive(articles: Articles, rules: JunkRules) -> Found:
    for number in np.flatnonzero(articles.adjacency > rules.max_adjacency):
        yield int(number), f"neighbours at cosine {articles.adjacency[number]:.3f}"
    for number in np.flatnonzero(articles.copies > rules.max_copies * articles.rows):
        yield int(number), f"{articles.copies[number]} of {articles.rows[number]} rows are copies"


def _find_incoherent(articles: Articles, rules: JunkRules) -> Found:
    """Judge against articles that have windows: the mean of a pair or two says little."""
    known = articles.adjacency[(articles.windows > 0) & np.isfinite(articles.adjacency)]
    if not len(known):
        return
    median = float(np.median(known))
    bound = min(rules.min_adjacency, median - rules.mads * float(np.median(np.abs(known - median))))
    for number in np.flatnonzero((articles.adjacency < bound) & (articles.windows > 0)):
        yield int(number), f"neighbours at cosine {articles.adjacency[number]:.3f}, the median is {median:.3f}"


FINDERS: Mapping[str, Callable[[Articles, JunkRules], Found]] = {
    "list": _find_lists,
    "disambiguation": _find_disambiguations,
    "kind": _find_kinds,
    "stub": _find_stubs,
    "repetitive": _find_repetitive,
    "incoherent": _find_incoherent,
}
