"""Predictors that learned nothing: what a model must beat, measured on the windows the trainer will hold out."""

import numpy as np
from numpy.typing import NDArray

from checks.cosine import measure_cosines, normalize
from checks.data import Data
from checks.windows import Windows

BLOCK_WINDOWS = 4096


def measure_predictors(data: Data) -> dict[str, float]:
    """Return mean cosines to the target on held-out windows, rounded; raises ValueError as the split does.

    mean_of_context, copy_last, global_mean (of the targets that are trained on), and context_next: the mean of all
    context vectors but the last to that last one, which needs no target.
    """
    windows, held_out = data.train.windows, data.hold_out()
    middle = normalize(_measure_mean_target(windows, np.flatnonzero(~held_out)))
    sums = {"mean_of_context": 0.0, "copy_last": 0.0, "global_mean": 0.0, "context_next": 0.0}
    index = np.flatnonzero(held_out)
    for start in range(0, len(index), BLOCK_WINDOWS):
        block = index[start : start + BLOCK_WINDOWS]
        contexts, targets = normalize(windows.read_contexts(block)), normalize(windows.read_targets(block))
        found = {
            "mean_of_context": (normalize(contexts.mean(axis=1)), targets),
            "copy_last": (contexts[:, -1], targets),
            "global_mean": (np.broadcast_to(middle, targets.shape), targets),
            "context_next": (normalize(contexts[:, :-1].mean(axis=1)), contexts[:, -1]),
        }
        for name, (predicted, wanted) in found.items():
            sums[name] += float(measure_cosines(predicted, wanted).sum(dtype=np.float64))
    return {name: round(total / len(index), 6) for name, total in sums.items()}


def _measure_mean_target(windows: Windows, index: NDArray[np.int64]) -> NDArray[np.float32]:
    total = np.zeros(windows.dim)
    for start in range(0, len(index), BLOCK_WINDOWS):
        total += normalize(windows.read_targets(index[start : start + BLOCK_WINDOWS])).sum(axis=0, dtype=np.float64)
    return np.asarray(total / max(1, len(index)), dtype=np.float32)
