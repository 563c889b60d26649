"""How far a number measured on a sample may lie from that of the whole: its standard error."""

import math

import numpy as np
from numpy.typing import NDArray


def measure_mean_error(values: NDArray[np.floating], sizes: NDArray[np.int64], population: int) -> float:
    """Return the standard error of the mean of (n,) values drawn as stretches of neighbours, `sizes` (S,) of them each.

    Neighbours are alike, so that stretches are counted and not values. 0 where all of `population` was taken, nan of a
    single stretch: nothing can be said then.
    """
    if len(values) >= population:
        return 0.0
    if len(sizes) < 2:
        return math.nan
    sums = np.add.reduceat(values.astype(np.float64), np.cumsum(sizes) - sizes)
    spread = float(np.square(sums - values.mean(dtype=np.float64) * sizes).sum())
    unseen = 1 - len(values) / population
    return math.sqrt(unseen * spread * len(sizes) / (len(sizes) - 1)) / len(values)


def measure_share_error(found: int, asked: int, population: int) -> float:
    """Return the standard error of a share `found / asked`, drawn at random; 0 where all of `population` was asked.

    Two of each kind are added (Agresti and Coull 1998): a share of 1 in a sample is not known to be 1 in the whole.
    """
    if asked >= population:
        return 0.0
    share = (found + 2) / (asked + 4)
    return math.sqrt(share * (1 - share) / (asked + 4))


def measure_jackknife_error(without: NDArray[np.float64]) -> float:
    """Return the standard error of a statistic from its values (S,) with one stretch of the sample left out each."""
    count = len(without)
    if count < 2:
        return math.nan
    return math.sqrt((count - 1) * float(np.square(without - without.mean()).mean()))
