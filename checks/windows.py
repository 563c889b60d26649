"""Windows of a data set: T context vectors and the target that follows, from a table or from the original's npz."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.errors import InputError
from checks.original import TRAIN, VALIDATION, Half, has_half, read_half
from checks.pages import take_rows
from checks.table import Table, open_table


@dataclass(frozen=True, slots=True)
class Windows:
    """N windows as index arithmetic: context i is context_rows[first[i] : first[i] + T], target target_rows[target[i]].

    context_rows (M, D) and target_rows (K, D) float32, float16 or float64; first, target (N,) int64; article and chunk
    (N,) int32: the article a window comes from and the chunk number of its target, None when the file does not say.
    `table` is the table behind it, None for an npz; article_ids (A,) are an npz's own numbers of its articles.
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
    article_ids: NDArray[Any] | None = None

    def __len__(self) -> int:
        """Return N, the number of windows."""
        return len(self.first)

    @property
    def dim(self) -> int:
        """Return D, the length of a vector."""
        return int(self.context_rows.shape[1])

    def find_origin(self) -> NDArray[np.integer[Any]] | None:
        """Return the whole article that each window comes from, (N,), where `article` may be a part of one."""
        if self.table is None or self.article is None:
            return self.article
        return self.table.read_origins()[self.article]

    def read_contexts(self, index: NDArray[np.integer[Any]]) -> NDArray[np.float32]:
        """Return the contexts of windows `index` (B,) as float32 (B, T, D)."""
        rows = self.first[index][:, None] + np.arange(self.context)
        return np.asarray(take_rows(self.context_rows, rows), dtype=np.float32)

    def read_targets(self, index: NDArray[np.integer[Any]]) -> NDArray[np.float32]:
        """Return the targets of windows `index` (B,) as float32 (B, D)."""
        return np.asarray(take_rows(self.target_rows, self.target[index]), dtype=np.float32)


def open_windows(path: Path, context: int = 5) -> Windows:
    """Open a table folder or an npz of the original's layout; raises InputError when it is neither or does not fit.

    A table of int8 rows is dequantised into memory; float rows stay memory-mapped.
    """
    if path.is_dir():
        return cut_windows(open_table(path), context)
    if not path.is_file():
        raise InputError(path, "", "nothing", "a table folder or an npz file")
    return open_npz(path, context)


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


def open_npz(path: Path, context: int | None = None, half: Half = TRAIN) -> Windows:
    """Open one half of an npz of the original's layout; `context` None takes the length T that it has.

    Float rows of 64 MB or more stay memory-mapped, float64 too: batches become float32 when they are read.
    """
    arrays = read_half(path, half, context)
    count, length, dim = arrays.contexts.shape
    first = np.arange(count, dtype=np.int64) * length
    rows, number = arrays.contexts.reshape(-1, dim), np.arange(count, dtype=np.int64)
    return Windows(
        path, rows, arrays.targets, first, number, arrays.article, arrays.chunk, length, article_ids=arrays.article_ids
    )


def open_validation(path: Path, context: int) -> Windows | None:
    """Open the validation half that an npz carries itself (val_context_sequences, val_target_vectors).

    None for a table, and for an npz without one. Raises InputError as open_windows does.
    """
    if not path.is_file() or not has_half(path, VALIDATION):
        return None
    return open_npz(path, context, VALIDATION)


def write_npz(path: Path, contexts: NDArray[Any], targets: NDArray[Any], positions: NDArray[np.int32]) -> None:
    """Write windows in the original's layout, stored uncompressed: (N, T, D), (N, D), (N, 2) int32."""
    np.savez(path, context_sequences=contexts, target_vectors=targets, sequence_positions=positions)
