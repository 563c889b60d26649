"""Curriculum: train on the windows whose text hangs together first, then on more of them (Bengio et al., 2009)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.cosine import measure_cosines, normalize
from checks.pages import drop_pages
from checks.windows import Windows
from trainer.stages import Stage

BLOCK_VECTORS = 8192  # at a time: 25 MB at D = 768
BROKEN = -1.0  # the coherence of two vectors of which one holds nan or inf, so that such windows come last


@dataclass(frozen=True, slots=True)
class Curriculum:
    """Stages over n training windows: coherence (n,) float32, order (n,) int64 with the most coherent one first."""

    stages: tuple[Stage, ...]
    coherence: NDArray[np.float32]
    order: NDArray[np.int64]

    def find_stage(self, epoch: int) -> Stage:
        """Return the stage that an epoch, from 1 on, belongs to."""
        return [stage for stage in self.stages if stage.epoch <= epoch][-1]

    def count(self, epoch: int) -> int:
        """Return how many windows an epoch trains on, at least 1: its steps follow from that."""
        return max(1, round(self.find_stage(epoch).share * len(self.order)))

    def pick(self, epoch: int) -> NDArray[np.int64]:
        """Return the places of an epoch's windows among the training windows, (count,) rising.

        They depend on stage and coherence alone; of two windows that are equally coherent the earlier one goes first.
        """
        return np.sort(self.order[: self.count(epoch)])

    def describe(self, epoch: int) -> str:
        """Say in one line what an epoch trains on."""
        count = self.count(epoch)
        least = self.coherence[self.order[count - 1]]
        return f"curriculum: epoch {epoch}: {count:,} of {len(self.order):,} windows, coherence at least {least:.3f}"


def plan_curriculum(stages: tuple[Stage, ...], coherence: NDArray[np.float32]) -> Curriculum:
    """Order the training windows by their coherence (n,); raises ValueError without a stage or a window."""
    if not stages or not len(coherence):
        raise ValueError(f"a curriculum of {len(stages)} stages over {len(coherence)} windows")
    return Curriculum(stages, coherence, np.argsort(-coherence, kind="stable"))


def measure_coherence(windows: Windows, index: NDArray[np.integer[Any]]) -> NDArray[np.float32]:
    """Return for windows `index` (n,) the mean cosine of neighbours among the T context vectors and the target, (n,).

    A zero vector has cosine 0 with its neighbours, one with nan or inf -1.
    """
    blocks = _measure_rows(windows, index) if windows.table is not None else _measure_windows(windows, index)
    return np.concatenate([np.empty(0, dtype=np.float32), *blocks])


def _measure_rows(windows: Windows, index: NDArray[np.integer[Any]]) -> Iterator[NDArray[np.float32]]:
    """Measure every pair of a table's rows once: a window is T pairs in a row, whose mean is a difference of sums."""
    rows = windows.context_rows
    sums = np.zeros(max(1, len(rows)), dtype=np.float64)  # sums[i]: of the cosines of the first i pairs
    for start in range(0, len(rows) - 1, BLOCK_VECTORS):
        unit = normalize(rows[start : start + BLOCK_VECTORS + 1])
        sums[start + 1 : start + len(unit)] = _measure_pairs(unit[:-1], unit[1:])
        drop_pages(rows)
    np.cumsum(sums, out=sums)
    first = windows.first[index]
    yield ((sums[first + windows.context] - sums[first]) / windows.context).astype(np.float32)


def _measure_windows(windows: Windows, index: NDArray[np.integer[Any]]) -> Iterator[NDArray[np.float32]]:
    size = max(1, BLOCK_VECTORS // (windows.context + 1))
    for start in range(0, len(index), size):
        block = index[start : start + size]
        vectors = np.concatenate([windows.read_contexts(block), windows.read_targets(block)[:, None]], axis=1)
        unit = normalize(vectors)
        cosines = _measure_pairs(unit[:, :-1], unit[:, 1:])
        yield cosines.mean(axis=1, dtype=np.float64).astype(np.float32)


def _measure_pairs(earlier: NDArray[np.float32], later: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.nan_to_num(measure_cosines(earlier, later), nan=BROKEN)
