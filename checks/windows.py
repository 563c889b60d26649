"""Windows of a data set: T context vectors and the target that follows, from a table or from the original's npz."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.errors import InputError
from checks.npz import list_arrays, read_arrays
from checks.table import Table, open_table

CONTEXT_KEYS = ("context_sequences", "contexts", "train_context_sequences")
TARGET_KEYS = ("target_vectors", "targets", "train_target_vectors")
POSITION_KEYS = ("sequence_positions", "truth_keys")


@dataclass(frozen=True, slots=True)
class Windows:
    """N windows as index arithmetic: context i is context_rows[first[i] : first[i] + T], target target_rows[target[i]].

    context_rows (M, D) and target_rows (K, D) float32 or float16; first, target (N,) int64; article and chunk (N,)
    int32: the article a window comes from and the chunk number of its target, None when the file does not say.
    `table` is the table behind it, None for an npz.
    """

    path: Path
    context_rows: NDArray[Any]
    target_rows: NDArray[Any]
    first: NDArray[np.int64]
    target: NDArray[np.int64]
    article: NDArray[np.int32] | None
    chunk: NDArray[np.int32] | None
    context: int
    table: Table | None = None

    def __len__(self) -> int:
        """Return N, the number of windows."""
        return len(self.first)

    @property
    def dim(self) -> int:
        """Return D, the length of a vector."""
        return int(self.context_rows.shape[1])

    def read_contexts(self, index: NDArray[np.integer[Any]]) -> NDArray[np.float32]:
        """Return the contexts of windows `index` (B,) as float32 (B, T, D)."""
        rows = self.first[index][:, None] + np.arange(self.context)
        return np.asarray(self.context_rows[rows], dtype=np.float32)

    def read_targets(self, index: NDArray[np.integer[Any]]) -> NDArray[np.float32]:
        """Return the targets of windows `index` (B,) as float32 (B, D)."""
        return np.asarray(self.target_rows[self.target[index]], dtype=np.float32)


def open_windows(path: Path, context: int = 5) -> Windows:
    """Open a table folder or an npz of the original's layout; raises InputError when it is neither or does not fit.

    A table of int8 rows is dequantised into memory; float rows stay memory-mapped.
    """
    if path.is_dir():
        return cut_windows(open_table(path), context)
    if not path.is_file():
        raise InputError(path, "", "nothing", "a table folder or an npz file")
    return _open_npz(path, context)


def cut_windows(table: Table, context: int) -> Windows:
    """Cut every run of T + 1 rows inside an article into a window; none crosses an article."""
    rows = table.stored if table.scales is None else table.read()
    starts = [
        np.arange(a, max(a, b - context), dtype=np.int64)
        for a, b in zip(table.offsets, table.offsets[1:], strict=False)
    ]
    first = np.concatenate([np.empty(0, np.int64), *starts])
    article = table.article_of_row[first]
    chunk = (first + context - table.offsets[article]).astype(np.int32)
    return Windows(table.path, rows, rows, first, first + context, article, chunk, context, table)


def _open_npz(path: Path, context: int) -> Windows:
    arrays = read_arrays(path, CONTEXT_KEYS + TARGET_KEYS + POSITION_KEYS)
    contexts, targets = _find(arrays, path, CONTEXT_KEYS), _find(arrays, path, TARGET_KEYS)
    positions = next((arrays[key] for key in POSITION_KEYS if key in arrays), None)
    if contexts.ndim != 3 or targets.ndim != 2 or contexts.shape[::2] != targets.shape:
        raise InputError(path, "contexts and targets", f"{contexts.shape} and {targets.shape}", "(N, T, D) and (N, D)")
    if contexts.shape[1] != context:
        raise InputError(
            path, "contexts", f"{contexts.shape[1]} a window", f"{context}, or --context {contexts.shape[1]}"
        )
    count = len(targets)
    article = chunk = None
    if positions is not None and positions.shape == (count, 2):  # 1-D positions say nothing about articles
        article, chunk = _read_positions(path, positions)
    first = np.arange(count, dtype=np.int64) * context
    rows = contexts.reshape(-1, contexts.shape[2])
    return Windows(path, rows, targets, first, np.arange(count, dtype=np.int64), article, chunk, context)


def _read_positions(path: Path, positions: NDArray[Any]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return article and chunk (N,); articles are numbered anew from 0, since a file's own ids may be huge."""
    numbers = np.asarray(positions)
    if not np.issubdtype(numbers.dtype, np.integer):
        raise InputError(path, "positions", numbers.dtype, "integers")
    limit = np.iinfo(np.int32).max
    if len(numbers) and (int(numbers[:, 1].min()) < 0 or int(numbers[:, 1].max()) > limit):
        raise InputError(path, "positions", "chunk numbers below 0 or too large", f"0 to {limit}")
    _, article = np.unique(numbers[:, 0], return_inverse=True)
    return article.astype(np.int32), numbers[:, 1].astype(np.int32)


def _find(arrays: dict[str, NDArray[Any]], path: Path, keys: tuple[str, ...]) -> NDArray[Any]:
    for key in keys:
        if key in arrays:
            array = arrays[key]
            if array.dtype not in (np.float32, np.float16, np.float64):
                raise InputError(path, key, array.dtype, "float32 or float16")
            return array
    found = ", ".join(list_arrays(path)[:20]) or "an empty archive"
    raise InputError(path, "", found, f"one of the arrays {', '.join(keys)}")


def write_npz(path: Path, contexts: NDArray[Any], targets: NDArray[Any], positions: NDArray[np.int32]) -> None:
    """Write windows in the original's layout, stored uncompressed: (N, T, D), (N, D), (N, 2) int32."""
    np.savez(path, context_sequences=contexts, target_vectors=targets, sequence_positions=positions)
