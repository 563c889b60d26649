"""The chunks of a data set, each once: the rows of a table, or an npz's targets, which it repeats as contexts."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.pages import drop_pages, take_rows
from checks.windows import Windows

BLOCK_ROWS = 8192


@dataclass(frozen=True, slots=True)
class Chunks:
    """M vectors as stored, (M, D); `scales` (M,) of int8 rows; `article` (M,) of each, None where that is not known.

    Parts of one article count as that article.
    """

    stored: NDArray[Any]
    scales: NDArray[np.float32] | None
    article: NDArray[np.integer[Any]] | None

    def __len__(self) -> int:
        """Return M, the number of vectors."""
        return len(self.stored)

    def take(self, index: NDArray[np.integer[Any]] | slice) -> NDArray[np.float32]:
        """Return rows by number at unit length, (n, D) float32; a row without a length is all zeros."""
        stored = self.stored[index] if isinstance(index, slice) else take_rows(self.stored, index)
        rows = np.array(stored, dtype=np.float32)
        drop_pages(stored)
        with np.errstate(invalid="ignore", over="ignore"):
            norms = np.sqrt(np.einsum("md,md->m", rows, rows))
            sound = np.isfinite(norms) & (norms > 0)
            rows *= np.where(sound, 1 / np.where(sound, norms, 1), 0)[:, None]
        if not sound.all():
            rows[~sound] = 0  # nan times 0 is nan
        return rows

    def read_blocks(self) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """Yield (first row, rows at unit length)."""
        for start in range(0, len(self), BLOCK_ROWS):
            yield start, self.take(slice(start, start + BLOCK_ROWS))


def list_chunks(windows: Windows) -> Chunks:
    """Return the chunks behind windows: of an npz those that are targets, all but the head of each article."""
    table = windows.table
    if table is not None:
        return Chunks(table.stored, table.scales, table.read_origins()[table.article_of_row])
    article = None
    if windows.article is not None:
        article = np.zeros(len(windows.target_rows), dtype=np.int64)
        article[windows.target] = windows.article
    return Chunks(windows.target_rows, None, article)


def draw_rows(rows: NDArray[np.int64], count: int, seed: int) -> NDArray[np.int64]:
    """Return `count` of the row numbers, drawn from `seed`, in order; all of them where they are no more."""
    if len(rows) <= count:
        return rows
    return np.sort(np.random.default_rng(seed).choice(rows, count, replace=False))
