"""The distribution of the cosine between a chunk and the next one of its article."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from checks.cosine import measure_cosines, measure_mean, normalize
from checks.registry import Progress, keep_silent
from checks.table import Table
from checks.windows import Windows

BINS = 40  # of 0.05, from -1 to 1
BLOCK_WINDOWS = 8192
SHUFFLED_PAIRS = 20_000
LOW_COSINE = 0.30


@dataclass(frozen=True, slots=True)
class Coherence:
    """All cosines (pairs,), and the mean of as many pairs of rows drawn at random from the same vectors."""

    cosines: NDArray[np.float32]
    shuffled: float

    @property
    def histogram(self) -> list[int]:
        """Count the cosines in equal bins from -1 to 1."""
        counts = np.histogram(np.clip(self.cosines, -1, 1), bins=BINS, range=(-1, 1))[0]
        return [int(count) for count in counts]

    def measure_quantiles(self) -> tuple[float, float, float]:
        """Return the 10th, 50th and 90th percentile, nan of nothing."""
        if not len(self.cosines):
            return (float("nan"),) * 3
        low, middle, high = np.percentile(self.cosines, [10, 50, 90])
        return float(low), float(middle), float(high)

    def measure_low(self, below: float) -> float:
        """Return the share of pairs below a cosine."""
        return measure_mean(self.cosines < below)


def measure_coherence(windows: Windows, seed: int, progress: Progress = keep_silent) -> Coherence:
    """Measure every pair of neighbours: the rows of a table, or the last two context vectors of each window."""
    pairs = _pair_rows(windows.table) if windows.table is not None else _pair_contexts(windows)
    found, done = [np.empty(0, dtype=np.float32)], 0
    for earlier, later in pairs:
        found.append(measure_cosines(earlier, later))
        done += len(later)
        progress(min(1.0, done / max(1, len(windows))), "pairs")
    return Coherence(np.concatenate(found), _measure_shuffled(windows, seed))


def _pair_rows(table: Table) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    article = table.article_of_row
    before = np.empty((0, table.dim), dtype=np.float32)
    for start, block in table.read_blocks():
        rows = np.concatenate([before, normalize(block)])
        numbers = article[start - len(before) : start + len(block)]
        inside = numbers[1:] == numbers[:-1]
        yield rows[:-1][inside], rows[1:][inside]
        before = rows[-1:]


def _pair_contexts(windows: Windows) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    last = windows.first + windows.context - 1
    for start in range(0, len(windows), BLOCK_WINDOWS):
        rows = last[start : start + BLOCK_WINDOWS]
        yield normalize(windows.context_rows[rows - 1]), normalize(windows.context_rows[rows])


def _measure_shuffled(windows: Windows, seed: int) -> float:
    rows = windows.first + windows.context - 1
    draw = np.random.default_rng(seed)
    earlier, later = (draw.choice(rows, min(SHUFFLED_PAIRS, len(rows))) for _ in range(2))
    apart = earlier != later
    cosines = [
        measure_cosines(normalize(windows.context_rows[a]), normalize(windows.context_rows[b]))
        for a, b in zip(np.array_split(earlier[apart], 8), np.array_split(later[apart], 8), strict=True)
    ]
    return measure_mean(np.concatenate(cosines))
