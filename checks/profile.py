"""How a target lies to the chunks around it: by context slot, by offset, at article borders, from head to tail."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.cosine import SAME, measure_cosines, measure_mean, normalize
from checks.estimate import measure_mean_error
from checks.pairs import look_up_rows
from checks.registry import Progress, keep_silent
from checks.scan import Scan
from checks.sequence import Neighbours, follow, look_up_neighbours, order_windows, read_neighbours
from checks.windows import Windows

OFFSETS = tuple(range(-5, 6))
DISTANCES = tuple(range(1, 6))
SHORTEST_ARTICLE, MOST_ARTICLES, MOST_SEAMS = 12, 300, 5000


@dataclass(frozen=True, slots=True)
class Profile:
    """Mean cosines over n windows, all of `population` or a sample of it.

    edge is that of the last step, into the target; inner of the step before; `index` (n,), edges and inners (n,) are
    those of each window, stretch after stretch of `sizes` (S,) neighbours. slots (T,) are by context slot. offsets
    (11,) are by offset -5 to 5 around the last context chunk, left out where the chunk there is the target itself;
    selves (11,) is how often it is, as a share of `pairs`.
    """

    index: NDArray[np.int64]
    edges: NDArray[np.float32]
    inners: NDArray[np.float32]
    slots: NDArray[np.float64]
    offsets: NDArray[np.float64]
    selves: NDArray[np.float64]
    pairs: NDArray[np.int64]
    crossings: int
    sizes: NDArray[np.int64]
    population: int

    @property
    def distances(self) -> list[float]:
        """Return the mean cosine of a target to the chunks 1 to 5 away from it, itself being one after the last."""
        places = [[place for place in (1 - d, 1 + d) if place in OFFSETS] for d in DISTANCES]
        return [float(np.mean([self.offsets[OFFSETS.index(place)] for place in pair])) for pair in places]

    def measure_error(self, values: NDArray[Any]) -> float:
        """Return the standard error of the mean of such (n,) values; 0 where every window was taken."""
        return measure_mean_error(values, self.sizes, self.population)


def measure_profile(
    windows: Windows, limit: int, seed: int, progress: Progress = keep_silent, scan: Scan | None = None
) -> Profile:
    """Measure a profile on all windows of a table that was scanned.

    Else on all windows, or on about `limit` of them in stretches of neighbours drawn at random.
    """
    index, edges, inners = [], [], []
    rows = look_up_rows(windows, scan)
    whole = len(windows) if rows is not None else min(limit, len(windows))
    blocks: Iterator[Neighbours] = (
        look_up_neighbours(windows, rows) if rows is not None else read_neighbours(windows, limit, seed)
    )
    slots, crossings = np.zeros(windows.context), 0
    sums, selves, pairs = np.zeros(len(OFFSETS)), np.zeros(len(OFFSETS)), np.zeros(len(OFFSETS), dtype=np.int64)
    for block in blocks:
        index.append(block.index)
        found = block.measure_slots()
        edges.append(found[:, -1])
        inners.append(block.measure_inners())
        slots += found.sum(axis=0, dtype=np.float64)
        crossings += block.crossings
        for place, offset in enumerate(OFFSETS):
            cosines = block.meet(*follow(block.run, offset))
            same = cosines > SAME  # the chunk there is the target itself
            sums[place] += cosines[~same].sum(dtype=np.float64)
            selves[place] += same.sum()
            pairs[place] += len(same)
        progress(min(1.0, sum(map(len, index)) / whole), "neighbours")
    with np.errstate(invalid="ignore"):
        offsets, met = sums / (pairs - selves), selves / pairs
    numbers = np.concatenate(index)
    return Profile(
        index=numbers, edges=np.concatenate(edges), inners=np.concatenate(inners), slots=slots / len(numbers),
        offsets=offsets, selves=met, pairs=pairs, crossings=crossings,
        sizes=np.array([len(part) for part in index], dtype=np.int64), population=len(windows),
    )  # fmt: skip


def measure_seam(windows: Windows, seed: int, scan: Scan | None = None) -> tuple[float, int]:
    """Return the mean cosine from the last chunk of an article to the first of the next, and of how many such pairs.

    Of all of them in a table that was scanned, else of MOST_SEAMS at most.
    """
    if windows.article is None:
        return float("nan"), 0
    order = order_windows(windows)
    ends = np.flatnonzero(np.diff(windows.article[order]))
    rows = look_up_rows(windows, scan)
    if rows is not None:
        return measure_mean(rows.measure(windows.target[order[ends]], windows.first[order[ends + 1]])), len(ends)
    if len(ends) > MOST_SEAMS:
        ends = np.random.default_rng(seed).choice(ends, MOST_SEAMS, replace=False)
    tails = normalize(windows.read_targets(order[ends]))
    heads = normalize(windows.read_contexts(order[ends + 1])[:, 0])
    return measure_mean(measure_cosines(tails, heads)), len(ends)


def measure_direction(windows: Windows, seed: int) -> tuple[float, float, int]:
    """Tell which way articles run: how much nearer the head of one is to its middle than its tail is.

    Returns the mean over articles, its standard error, and the number of articles. An article begins with what it is
    about, so that text runs one way; cosines of neighbours are the same both ways.
    """
    leads = []
    for rows in _read_articles(windows, seed):
        unit = normalize(rows)
        near = unit @ normalize(unit.mean(axis=0))
        part = max(1, len(near) // 10)
        leads.append(float(near[:part].mean() - near[-part:].mean()))
    if len(leads) < 2:
        return float("nan"), float("nan"), len(leads)
    return float(np.mean(leads)), float(np.std(leads, ddof=1) / np.sqrt(len(leads))), len(leads)


def _read_articles(windows: Windows, seed: int) -> Iterator[NDArray[np.float32]]:
    """Yield the rows of articles, drawn at random where they are many."""
    if windows.article is None:
        return
    order = order_windows(windows)
    groups = np.split(order, np.flatnonzero(np.diff(windows.article[order])) + 1)
    groups = [group for group in groups if len(group) + windows.context >= SHORTEST_ARTICLE]
    chosen = np.random.default_rng(seed).permutation(len(groups))[:MOST_ARTICLES]
    for number in chosen:
        group = groups[number]
        yield np.concatenate([windows.read_contexts(group[:1])[0], windows.read_targets(group)])
