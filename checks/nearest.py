"""The nearest row of a few queries among many rows, by FAISS, a block of rows at a time."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.chunks import Chunks
from checks.registry import Progress, keep_silent


@dataclass(frozen=True, slots=True)
class Nearest:
    """Of each query the best cosine (Q,) and the row that has it (Q,); -1 and row -1 where there is none."""

    cosine: NDArray[np.float32]
    row: NDArray[np.int64]


def find_nearest(
    queries: NDArray[np.float32],
    chunks: Chunks,
    *,
    among: NDArray[np.bool_] | None = None,
    own: NDArray[np.int64] | None = None,
    progress: Progress = keep_silent,
) -> Nearest:
    """Search unit queries (Q, D) among all rows, or among those that `among` (M,) names.

    `own` (Q,) are the rows that the queries are themselves: a row is not its own neighbour.
    """
    best = np.full(len(queries), -1.0, dtype=np.float32)
    row = np.full(len(queries), -1, dtype=np.int64)
    if not len(queries):
        return Nearest(best, row)
    for start, block in chunks.read_blocks():
        numbers = np.arange(start, start + len(block))
        if among is not None:
            chosen = among[numbers]
            numbers, block = numbers[chosen], np.ascontiguousarray(block[chosen])
        if len(numbers):
            cosine, found = _search(queries, block, numbers, own)
            better = cosine > best
            best[better], row[better] = cosine[better], found[better]
        progress(min(1.0, (start + len(block)) / len(chunks)), "nearest rows")
    return Nearest(best, row)


def _search(
    queries: NDArray[np.float32], block: NDArray[np.float32], numbers: NDArray[np.int64], own: NDArray[np.int64] | None
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return the best of a block that is not the query itself."""
    import faiss  # late: preflight that was measured before does not need it

    wanted = min(len(block), 1 if own is None else 2)
    found: tuple[Any, Any] = faiss.knn(queries, block, wanted, metric=faiss.METRIC_INNER_PRODUCT)
    cosines, rows = np.asarray(found[0]), numbers[found[1]]
    if own is not None:
        cosines = np.where(rows == own[:, None], -1.0, cosines)
    place = cosines.argmax(axis=1)
    every = np.arange(len(queries))
    return cosines[every, place], rows[every, place]
