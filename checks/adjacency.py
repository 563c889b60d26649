"""The distribution of the cosine between a chunk and the next one of its article."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from checks.cosine import measure_cosines, measure_mean, normalize
from checks.pages import take_rows
from checks.scan import Scan
from checks.windows import Windows

BINS = 40  # of 0.05, from -1 to 1
SHUFFLED_PAIRS, PIECES = 20_000, 4
LOW_COSINE = 0.30


@dataclass(frozen=True, slots=True)
class Coherence:
    """All cosines (pairs,), and the mean of pairs of rows drawn at random, with its standard error."""

    cosines: NDArray[np.float32]
    shuffled: float
    shuffled_error: float

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


def measure_coherence(windows: Windows, scan: Scan, seed: int) -> Coherence:
    """Take every pair of neighbours from the scan: the rows of a table, or the last two context vectors of a window."""
    if windows.table is not None:
        cosines = scan.contexts.cosines[0, :-1][_follow_rows(windows.table.offsets)]
    else:
        cosines = scan.contexts.cosines[0, windows.first + windows.context - 2]
    return Coherence(cosines, *_measure_shuffled(windows, seed))


def _follow_rows(offsets: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which rows (M - 1,) of a table are followed by one of the same article, by its bounds (A + 1,)."""
    follows = np.ones(max(0, int(offsets[-1]) - 1), dtype=bool)
    ends = offsets[(offsets > 0) & (offsets < offsets[-1])]
    follows[ends - 1] = False
    return follows


def _measure_shuffled(windows: Windows, seed: int) -> tuple[float, float]:
    rows = windows.first + windows.context - 1
    draw = np.random.default_rng(seed)
    earlier, later = (draw.choice(rows, min(SHUFFLED_PAIRS, len(rows))) for _ in range(2))
    apart = np.flatnonzero(earlier != later)
    found = [np.empty(0, dtype=np.float32)]
    for some in np.array_split(apart, PIECES):
        pair = (normalize(take_rows(windows.context_rows, index[some])) for index in (earlier, later))
        found.append(measure_cosines(*pair))
    cosines = np.concatenate(found)
    error = float(cosines.std(dtype=np.float64) / len(cosines) ** 0.5) if len(cosines) else float("nan")
    return measure_mean(cosines), error
