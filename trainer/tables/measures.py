"""The numbers that say what a table of vectors is."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Spread:
    """How values lie; nan where there is none."""

    count: int
    mean: float
    std: float
    min: float
    p10: float
    p50: float
    p90: float
    max: float


@dataclass(frozen=True, slots=True)
class Measures:
    """A table or an npz in numbers. Articles, lengths and kinds are unknown (0, None, {}) where the file has none.

    adjacency are the cosines of chunks that follow each other, low_share the share of those below 0.30; profile the
    mean cosines of chunks 1 to 5 apart; random the mean over all pairs of rows; copies how many rows are, byte for
    byte, an earlier row. number_mean and number_std are those of all numbers of all vectors.
    """

    name: str
    path: Path
    layout: str  # table or npz
    rows: int
    dim: int
    dtype: str
    articles: int
    context: int
    windows: int
    kinds: Mapping[str, int]
    lengths: Spread | None
    norms: Spread
    number_mean: float
    number_std: float
    nan_rows: int
    inf_rows: int
    zero_rows: int
    copies: int
    adjacency: Spread
    low_share: float
    profile: tuple[float, ...]
    random: float
    encoder: Mapping[str, Any]

    @property
    def copied_share(self) -> float:
        """Return the share of rows that repeat an earlier row."""
        return self.copies / self.rows if self.rows else math.nan


@dataclass(frozen=True, slots=True)
class Values:
    """What the histograms count: finite norms (M,), cosines of neighbours (pairs,), article lengths (A,)."""

    norms: NDArray[np.float32]
    adjacency: NDArray[np.float32]
    lengths: NDArray[np.float32]


def describe(values: NDArray[Any]) -> Spread:
    """Return how values lie."""
    if not len(values):
        return Spread(0, *(math.nan,) * 7)
    p10, p50, p90 = (float(value) for value in np.percentile(values, [10, 50, 90]))
    mean, std = float(values.mean(dtype=np.float64)), float(values.std(dtype=np.float64))
    return Spread(len(values), mean, std, float(values.min()), p10, p50, p90, float(values.max()))
