"""Where vectors lie in their space: a signature that a rotation or another encoder cannot keep."""

import base64
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from checks.estimate import measure_jackknife_error
from checks.reference import Space
from checks.sequence import read_neighbours
from checks.windows import Windows

DIRECTIONS = 64
ALIKE = 1e-6  # unit vectors with less variance than this are one vector


@dataclass(frozen=True, slots=True)
class Overlap:
    """How vectors lie against a reference space.

    overlap is the share of their variance in its leading directions, above chance, as a share of the reference's own:
    about 1 for the same kind of text, 0.2 to 0.7 for other text, 0.00 for a rotated space. mean_cosine is that of
    their mean vector to the reference's. `error` is the standard error of the overlap, 0 where all rows were taken.
    """

    overlap: float
    mean_cosine: float
    mean: NDArray[np.float64]
    error: float


class Moments:
    """Sums over rows, and those of each block of them: their mean, and the share of their variance along a basis."""

    def __init__(self, basis: NDArray[np.float64]) -> None:
        """Start with no rows; `basis` is (K, D)."""
        self.basis = basis
        self._wide = basis.T.astype(np.float32)
        self.rows, self.squares, self.inside = 0, 0.0, 0.0
        self.total = np.zeros(basis.shape[1])
        self.parts: list[Moments] = []

    def add(self, rows: NDArray[np.float32]) -> None:
        """Take in a block of rows (B, D)."""
        part = Moments(self.basis)
        with np.errstate(invalid="ignore"):
            part.rows, part.total = len(rows), rows.sum(axis=0, dtype=np.float64)
            part.squares = float(np.einsum("bd,bd->", rows, rows, dtype=np.float64))
            part.inside = float(np.square(rows @ self._wide).sum(dtype=np.float64))
            self._shift(part, 1)
        self.parts.append(part)

    def _shift(self, part: "Moments", sign: int) -> None:
        self.rows += sign * part.rows
        self.total = self.total + sign * part.total
        self.squares += sign * part.squares
        self.inside += sign * part.inside

    def leave_out(self, part: "Moments") -> "Moments":
        """Return the sums without one block."""
        rest = Moments(self.basis)
        rest._shift(self, 1)
        rest._shift(part, -1)
        return rest

    @property
    def mean(self) -> NDArray[np.float64]:
        """Return the mean row, (D,)."""
        return np.asarray(self.total / max(1, self.rows))

    @property
    def share(self) -> float:
        """Return the share of the variance that lies along the basis, nan of rows that are all alike."""
        with np.errstate(invalid="ignore", divide="ignore"):
            inside = self.inside / self.rows - np.square(self.basis @ self.mean).sum()
            variance = self.squares / self.rows - np.square(self.mean).sum()
            return float(inside / variance) if variance > ALIKE else float("nan")


def measure_space(windows: Windows, limit: int = 1_000_000_000, seed: int = 0) -> Space:
    """Measure the space of the windows' targets, each a row of the text once."""
    rows, total, products = 0, np.zeros(windows.dim), np.zeros((windows.dim, windows.dim))
    for block in read_neighbours(windows, limit, seed):
        rows += len(block.targets)
        total += block.targets.sum(axis=0, dtype=np.float64)
        products += block.targets.T @ block.targets
    mean = total / rows
    values, vectors = np.linalg.eigh(products / rows - np.outer(mean, mean))
    count = min(DIRECTIONS, max(1, windows.dim // 4))
    directions = vectors[:, ::-1][:, :count].T
    stored = base64.b64encode(directions.astype("<f2").tobytes()).decode("ascii")
    share = float(values[::-1][:count].sum() / values.sum())
    return Space(tuple(np.round(mean, 6).tolist()), stored, count, round(share, 6))


def measure_overlap(windows: Windows, space: Space, limit: int, seed: int) -> tuple[Overlap, Overlap]:
    """Hold the last context vectors, and the targets, against a reference space of the same dimension."""
    basis = read_directions(space)
    contexts, targets = Moments(basis), Moments(basis)
    for block in read_neighbours(windows, limit, seed):
        contexts.add(block.last)
        targets.add(block.targets)
    whole = limit >= len(windows)
    return _compare(contexts, space, whole=whole), _compare(targets, space, whole=whole)


def read_directions(space: Space) -> NDArray[np.float64]:
    """Return the leading directions, (count, D)."""
    stored = np.frombuffer(base64.b64decode(space.directions), dtype="<f2")
    return stored.reshape(space.count, len(space.mean)).astype(np.float64)


def cosine(vector: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return the cosine of two vectors, nan where one has no length."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return float(vector @ other / (np.linalg.norm(vector) * np.linalg.norm(other)))


def _compare(moments: Moments, space: Space, *, whole: bool) -> Overlap:
    chance = space.count / len(space.mean)
    parts = [] if whole or len(moments.parts) < 2 else moments.parts
    without = [moments.leave_out(part).share for part in parts]
    with np.errstate(invalid="ignore", divide="ignore"):
        overlap = float(np.divide(moments.share - chance, space.share - chance))
        rest = np.divide(np.array(without, dtype=np.float64) - chance, space.share - chance)
    error = 0.0 if whole else measure_jackknife_error(rest)
    return Overlap(overlap, cosine(moments.mean, np.asarray(space.mean)), moments.mean, error)
