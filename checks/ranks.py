"""Exact ranks by brute force: how many targets of a whole set lie nearer to a query than the one that was asked for.

Scores are inner products, by matrix products of a block of targets with all queries. That is as fast as the machine
multiplies: nothing is sorted, and only what scores as high as the target asked for is looked at.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.pages import drop_pages
from checks.registry import Progress, keep_silent
from checks.windows import Windows

BLOCK_WINDOWS = 4096
SLACK = 4e-7  # times sqrt(D) of the product of two lengths: what float32 sums may differ by from one order to another
LOST = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Ranks:
    """rank (Q,) int64 from 1 on, LOST where it was not found; first (Q,) the window ranked first, -1 of none."""

    rank: NDArray[np.int64]
    first: NDArray[np.int64]


@dataclass(slots=True)
class _Candidates:
    """What scores as high as the targets asked for: query, window and score, and how many there are by query."""

    count: NDArray[np.int64]
    query: list[NDArray[np.int64]] = field(default_factory=list)
    window: list[NDArray[np.int64]] = field(default_factory=list)
    score: list[NDArray[np.float32]] = field(default_factory=list)

    def add(self, query: NDArray[np.int64], window: NDArray[np.int64], score: NDArray[np.float32]) -> None:
        self.query.append(query)
        self.window.append(window)
        self.score.append(score)
        self.count += np.bincount(query, minlength=len(self.count))


def rank_targets(
    windows: Windows, queries: NDArray[np.float32], asked: NDArray[np.int64], most: int,
    progress: Progress = keep_silent,
) -> Ranks:  # fmt: skip
    """Rank the targets of windows `asked` (Q,) for queries (Q, D) among those of all windows, as they are stored.

    Equal scores, as exact duplicates have, rank in the order of the windows, as in an index. Ranks above `most` may be
    told as LOST. A query or a target that is not finite is never found.
    """
    own = windows.read_targets(asked)
    with np.errstate(invalid="ignore", over="ignore"):
        score = np.einsum("qd,qd->q", queries, own, dtype=np.float64).astype(np.float32)
        lengths = np.linalg.norm(queries, axis=1) * np.linalg.norm(own, axis=1)
    slack = np.where(np.isfinite(score), SLACK * windows.dim**0.5 * lengths, 0.0).astype(np.float32)
    low = np.where(np.isfinite(score), score, np.nan) - slack  # nothing is as high as nan
    found = _Candidates(np.zeros(len(asked), dtype=np.int64))
    scores = np.empty((len(asked), 2 * BLOCK_WINDOWS), dtype=np.float32)
    for numbers, targets in _read_targets(windows):
        products = scores[:, : len(targets)]
        with np.errstate(invalid="ignore", over="ignore"):
            np.matmul(queries, targets.T, out=products)
            query, place = np.divmod(np.flatnonzero(products >= low[:, None]), len(targets))
        real = numbers[place] >= 0
        query, place = query[real], place[real]
        found.add(query, numbers[place], products[query, place])
        last = int(numbers.max())
        crowded = found.count > most
        low[crowded] = np.where(asked[crowded] <= last, (score + slack)[crowded], np.nan)  # not seen yet: lost
        low[found.count > 3 * most] = np.nan
        progress((last + 1) / len(windows), "ranks")
    return _rank(found, asked, slack)


def _read_targets(windows: Windows) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
    """Yield the windows' numbers (B,) and their targets (B, D), without a copy where they follow each other in a file.

    A row between them that is no target has the number -1.
    """
    for start in range(0, len(windows), BLOCK_WINDOWS):
        numbers = np.arange(start, min(start + BLOCK_WINDOWS, len(windows)), dtype=np.int64)
        rows = windows.target[numbers]
        low, high = int(rows[0]), int(rows[-1]) + 1
        if not (np.diff(rows) > 0).all() or high - low > 2 * len(rows):
            yield numbers, windows.read_targets(numbers)
            continue
        stored: NDArray[Any] = windows.target_rows[low:high]
        spread = np.full(high - low, -1, dtype=np.int64)
        spread[rows - low] = numbers
        yield spread, np.ascontiguousarray(stored, dtype=np.float32)
        drop_pages(stored)


def _rank(found: _Candidates, asked: NDArray[np.int64], slack: NDArray[np.float32]) -> Ranks:
    query, window = np.concatenate(found.query), np.concatenate(found.window)
    score = np.concatenate(found.score)
    own = np.full(len(asked), np.nan, dtype=np.float32)
    itself = window == asked[query]
    own[query[itself]] = score[itself]
    with np.errstate(invalid="ignore"):
        nearer = score > own[query] + slack[query]
        equal = (score >= own[query] - slack[query]) & (window < asked[query])
    rank = 1 + np.bincount(query[nearer | equal], minlength=len(asked))
    first = np.full(len(asked), -1, dtype=np.int64)
    order = np.lexsort((-window, score, query))  # the last one of a query has the highest score
    first[query[order]] = window[order]
    return Ranks(np.where(np.isnan(own), LOST, rank).astype(np.int64), first)
