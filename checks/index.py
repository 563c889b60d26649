"""A FAISS index of targets with payload ids, as retrieval would use it."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.registry import Progress
from checks.windows import Windows

BLOCK_WINDOWS = 4096
PROBED_CELLS = 16
TRAINED_PER_CELL = 40


def choose_indexed(windows: Windows, asked: NDArray[np.int64], count: int, seed: int) -> NDArray[np.int64]:
    """Return the numbers of all windows, or of `count` drawn at random, those asked for among them; in order."""
    if len(windows) <= max(count, len(asked)):
        return np.arange(len(windows), dtype=np.int64)
    others = np.setdiff1d(np.arange(len(windows), dtype=np.int64), asked, assume_unique=True)
    drawn = np.random.default_rng(seed).choice(others, max(0, count - len(asked)), replace=False)
    return np.sort(np.concatenate([asked, drawn]))


def build_index(
    windows: Windows, flat_rows: int, seed: int, progress: Progress, numbers: NDArray[np.int64] | None = None
) -> Any:
    """Index the targets of windows `numbers`, all by default, as stored, by inner product under the window's number.

    Flat for a set of up to `flat_rows` windows, IVF with about sqrt(N) cells above.
    """
    import faiss  # late: preflight that was measured before does not need it

    faiss.omp_set_num_threads(1)
    numbers = np.arange(len(windows), dtype=np.int64) if numbers is None else numbers
    flat = len(windows) <= flat_rows
    index = faiss.IndexIDMap2(faiss.IndexFlatIP(windows.dim)) if flat else _train_cells(faiss, windows, numbers, seed)
    for block in _list_blocks(numbers):
        index.add_with_ids(np.ascontiguousarray(windows.read_targets(block)), block)
        progress(index.ntotal / len(numbers), "index")
    progress(1.0, "index")
    return index


def _list_blocks(numbers: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    for start in range(0, len(numbers), BLOCK_WINDOWS):
        yield numbers[start : start + BLOCK_WINDOWS]


def _train_cells(faiss: Any, windows: Windows, numbers: NDArray[np.int64], seed: int) -> Any:
    cells = int(len(numbers) ** 0.5)
    drawn = np.random.default_rng(seed).choice(numbers, min(len(numbers), cells * TRAINED_PER_CELL), replace=False)
    examples = windows.read_targets(np.sort(drawn))
    examples = examples[np.isfinite(examples).all(axis=1)]
    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(windows.dim), windows.dim, cells, faiss.METRIC_INNER_PRODUCT)
    index.nprobe = min(cells, PROBED_CELLS)
    index.train(np.ascontiguousarray(examples))
    return index


def find(index: Any, queries: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Return the payload ids of the `count` nearest targets, (Q, D) -> (Q, count), -1 where there is none."""
    return np.asarray(index.search(np.ascontiguousarray(queries), count)[1], dtype=np.int64)
