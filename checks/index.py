"""A FAISS index of targets with payload ids, as retrieval would use it."""

from collections.abc import Iterator
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from checks.registry import Progress
from checks.windows import Windows

BLOCK_WINDOWS = 16_384
PROBED_CELLS = 16
TRAINED_PER_CELL = 40


def build_index(windows: Windows, flat_rows: int, seed: int, progress: Progress) -> Any:
    """Index every window's target, as stored, by inner product under the window's number.

    Flat up to `flat_rows` targets, IVF with about sqrt(N) cells above.
    """
    faiss.omp_set_num_threads(1)
    count = len(windows)
    flat = count <= flat_rows
    index = faiss.IndexIDMap2(faiss.IndexFlatIP(windows.dim)) if flat else _train_cells(windows, seed)
    for numbers in _list_blocks(count):
        index.add_with_ids(np.ascontiguousarray(windows.read_targets(numbers)), numbers)
        progress(float(numbers[-1] + 1) / count, "index")
    return index


def _list_blocks(count: int) -> Iterator[NDArray[np.int64]]:
    for start in range(0, count, BLOCK_WINDOWS):
        yield np.arange(start, min(start + BLOCK_WINDOWS, count), dtype=np.int64)


def _train_cells(windows: Windows, seed: int) -> Any:
    cells = int(len(windows) ** 0.5)
    drawn = np.random.default_rng(seed).choice(len(windows), min(len(windows), cells * TRAINED_PER_CELL), replace=False)
    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(windows.dim), windows.dim, cells, faiss.METRIC_INNER_PRODUCT)
    index.nprobe = min(cells, PROBED_CELLS)
    index.train(np.ascontiguousarray(windows.read_targets(np.sort(drawn))))
    return index


def find(index: Any, queries: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Return the payload ids of the `count` nearest targets, (Q, D) -> (Q, count), -1 where there is none."""
    return np.asarray(index.search(np.ascontiguousarray(queries), count)[1], dtype=np.int64)
