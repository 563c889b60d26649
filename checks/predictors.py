"""Predictors that learned nothing, or as good as nothing: what a model must beat, on windows that are held out."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from checks.cosine import measure_cosines, normalize
from checks.data import Data
from checks.pairs import RowPairs, look_up_rows
from checks.registry import Progress, keep_silent, narrow
from checks.windows import Windows

BLOCK_WINDOWS, BLOCK_LOOKED_UP = 4096, 65_536
FITTED_WINDOWS = 20_000  # of an npz, drawn from those that are trained on; of a table all
SHRINKAGE = 1e-3  # of the ridge, as a share of a context vector's own product


def measure_predictors(data: Data, progress: Progress = keep_silent) -> dict[str, float]:
    """Return mean cosines to the target on held-out windows, rounded; raises ValueError as the split does.

    mean_of_context, copy_last, global_mean (of the targets that are trained on), context_next (the mean of all context
    vectors but the last to that last one, which needs no target), and ridge: a weight for each place in the context,
    by least squares on the windows that are trained on (all of a table, FITTED_WINDOWS of an npz).
    """
    windows, held_out = data.train.windows, data.hold_out()
    scan = data.train.make_scan(narrow(progress, 0, 2)) if windows.table is not None else None
    rows = look_up_rows(windows, scan)
    trained, index = np.flatnonzero(~held_out), np.flatnonzero(held_out)
    last = np.eye(windows.context)[-1]
    weights = {"mean_of_context": np.ones(windows.context), "copy_last": last}
    weights["ridge"] = _fit_ridge(windows, trained, rows, data.seed)
    sums = dict.fromkeys((*weights, "context_next"), 0.0)
    for gram, slots in _read_grams(windows, index, rows):
        for name, weight in weights.items():
            sums[name] += _score(gram, slots, weight)
        sums["context_next"] += _score(gram, gram[:, -1], 1 - last)
    held_out_sum = _sum_targets(windows, index, narrow(progress, 1, 2))
    trained_sum = _sum_targets(windows, trained, keep_silent) if scan is None else scan.target_sum - held_out_sum
    with np.errstate(invalid="ignore"):
        sums["global_mean"] = float(normalize(trained_sum[None])[0].astype(np.float64) @ held_out_sum)
    return {name: round(total / len(index), 6) for name, total in sums.items()}


def _read_grams(
    windows: Windows, index: NDArray[np.int64], rows: RowPairs | None
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Yield the cosines of windows' context vectors with each other (L, T, T), and with their target (L, T)."""
    size = BLOCK_WINDOWS if rows is None else BLOCK_LOOKED_UP
    for start in range(0, len(index), size):
        block = index[start : start + size]
        if rows is not None:
            yield _look_up_grams(windows, block, rows)
            continue
        contexts, targets = normalize(windows.read_contexts(block)), normalize(windows.read_targets(block))
        with np.errstate(invalid="ignore"):
            gram = np.matmul(contexts, contexts.transpose(0, 2, 1))
        yield gram.astype(np.float64), measure_cosines(contexts, targets[:, None]).astype(np.float64)


def _look_up_grams(
    windows: Windows, index: NDArray[np.int64], rows: RowPairs
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    places = range(windows.context)
    first, target = windows.first[index], windows.target[index]
    gram = np.empty((len(index), windows.context, windows.context))
    for i in places:
        for j in range(i + 1):
            gram[:, i, j] = gram[:, j, i] = rows.measure(first + i, first + j)
    return gram, np.stack([rows.measure(first + i, target) for i in places], axis=1).astype(np.float64)


def _score(gram: NDArray[np.float64], wanted: NDArray[np.float64], weight: NDArray[np.float64]) -> float:
    """Sum the cosines of weighted context vectors with what is wanted: (L, T, T), (L, T), (T,)."""
    with np.errstate(invalid="ignore"):
        lengths = np.sqrt(np.maximum(np.einsum("lij,i,j->l", gram, weight, weight, optimize=True), 0.0))
        return float((wanted @ weight / np.where(lengths == 0, 1.0, lengths)).sum())


def _fit_ridge(windows: Windows, trained: NDArray[np.int64], rows: RowPairs | None, seed: int) -> NDArray[np.float64]:
    """Return the weights (T,) that bring the weighted context nearest to the target; equal ones where none can be."""
    if rows is None and len(trained) > FITTED_WINDOWS:
        trained = np.sort(np.random.default_rng(seed).choice(trained, FITTED_WINDOWS, replace=False))
    products, wanted = np.zeros((windows.context, windows.context)), np.zeros(windows.context)
    for gram, slots in _read_grams(windows, trained, rows):
        products += gram.sum(axis=0)
        wanted += slots.sum(axis=0)
    if not np.isfinite(products).all() or not np.isfinite(wanted).all():
        return np.ones(windows.context)
    shrinkage = SHRINKAGE * max(float(np.trace(products)) / windows.context, 1.0)
    return np.asarray(np.linalg.solve(products + shrinkage * np.eye(windows.context), wanted))


def _sum_targets(windows: Windows, index: NDArray[np.int64], progress: Progress) -> NDArray[np.float64]:
    total = np.zeros(windows.dim)
    for start in range(0, len(index), BLOCK_WINDOWS):
        total += normalize(windows.read_targets(index[start : start + BLOCK_WINDOWS])).sum(axis=0, dtype=np.float64)
        progress(min(1.0, (start + BLOCK_WINDOWS) / len(index)), "trivial predictors")
    return total
