"""Cosines of rows of vectors; a zero row has cosine 0 with everything, a nan row nan."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

SAME = 0.999  # two vectors nearer than this are one vector, stored twice: float16 and int8 keep 0.9999


def normalize(rows: NDArray[Any]) -> NDArray[np.float32]:
    """Return the rows of (..., D) divided by their norms, float32; zero rows stay zero."""
    with np.errstate(invalid="ignore", over="ignore"):
        floats = np.asarray(rows, dtype=np.float32)
        norms = np.sqrt(np.einsum("...d,...d->...", floats, floats, dtype=np.float64))
        return np.asarray(floats / np.where(norms == 0, 1.0, norms)[..., None], dtype=np.float32)


def measure_cosines(unit: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the cosine of each row of (..., D) with the row beside it; both are normalised already."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.einsum("...d,...d->...", unit, other), dtype=np.float32)


def measure_mean(values: NDArray[Any]) -> float:
    """Return the mean as a float, nan of nothing."""
    return float(values.mean(dtype=np.float64)) if values.size else float("nan")
