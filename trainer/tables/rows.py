"""The rows of a table or an npz in the order of the text, block by block, never more in memory than a few blocks."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from checks.cosine import measure_cosines, normalize
from checks.table import Table, open_table
from checks.windows import Windows, cut_windows, open_windows
from trainer.datasets import resolve

BLOCK_ROWS = 4096
OFFSETS = (1, 2, 3, 4, 5)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Cosines (n,) float32 of rows that lie one offset apart in an article, and the article (n,) each pair is from."""

    cosines: NDArray[np.float32]
    article: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Block:
    """Rows (B, D) float32 as stored and normalised, and a hash of the bytes of each, (B,) uint64.

    article (B,) is all 0 where the file does not say. adjacent are the pairs that check 5 looks at; apart[d] are the
    cosines (n,) of all pairs d rows apart.
    """

    rows: NDArray[np.float32]
    unit: NDArray[np.float32]
    article: NDArray[np.int32]
    hashes: NDArray[np.uint64]
    adjacent: Pairs
    apart: dict[int, NDArray[np.float32]]


class ScaledRows:
    """Stands where an array of a table's rows stands, and brings int8 rows to float32 only where they are read."""

    def __init__(self, table: Table) -> None:
        """Take a table of int8 rows."""
        self._table = table
        self.shape, self.dtype = table.stored.shape, np.dtype(np.float32)

    def __len__(self) -> int:
        """Return M, the number of rows."""
        return self._table.rows

    def __getitem__(self, index: Any) -> NDArray[np.float32]:
        """Return rows of a slice or of an index of any shape, float32."""
        return self._table.read(index.start, index.stop) if isinstance(index, slice) else self._table.take(index)


def open_source(name: str, context: int) -> Windows:
    """Open a shipped name, a table folder or an npz; unlike open_windows, int8 rows stay on disk.

    Raises InputError when it is neither or does not fit.
    """
    path = resolve(name)
    return cut_lazily(open_table(path), context) if path.is_dir() else open_windows(path, context)


def cut_lazily(table: Table, context: int) -> Windows:
    """Cut a table into windows without reading a row of it."""
    if table.scales is None:
        return cut_windows(table, context)
    windows = cut_windows(dataclasses.replace(table, scales=None), context)
    rows = cast("NDArray[Any]", ScaledRows(table))
    return dataclasses.replace(windows, context_rows=rows, target_rows=rows, table=table)


def read_blocks(windows: Windows, offsets: tuple[int, ...] = OFFSETS, size: int = BLOCK_ROWS) -> Iterator[Block]:
    """Yield every row of a table, or every target of an npz, once."""
    if windows.table is None:
        return _read_npz(windows, offsets, size)
    return _read_table(windows.table, offsets, size)


def map_rows(rows: NDArray[Any], start: int, stop: int) -> NDArray[Any]:
    """Return rows start to stop; those of a file through a mapping of their own, which goes when they are let go.

    A mapping of the whole file would keep in memory every page that was ever read.
    """
    if not isinstance(rows, np.memmap) or rows.filename is None or not rows.flags.c_contiguous or start >= stop:
        return rows[start:stop]
    width = rows.itemsize * int(np.prod(rows.shape[1:]))
    shape = (min(stop, len(rows)) - start, *rows.shape[1:])
    return np.memmap(rows.filename, rows.dtype, "r", rows.offset + start * width, shape)


def hash_rows(*columns: NDArray[Any]) -> NDArray[np.uint64]:
    """Hash the bytes of each row over all columns, (B, …) each -> (B,) uint64: equal bytes, equal hash.

    64 bits of BLAKE2b: among a million different rows two are taken for one with a chance of 3e-8.
    """
    flat = [np.ascontiguousarray(column).reshape(len(column), -1).view(np.uint8) for column in columns]
    joined = np.concatenate(flat, axis=1) if len(flat) > 1 else flat[0]
    return np.frombuffer(b"".join(blake2b(row, digest_size=8).digest() for row in joined), np.uint64)


def _read_table(table: Table, offsets: tuple[int, ...], size: int) -> Iterator[Block]:
    article = table.article_of_row
    reach = max(offsets)
    before = np.empty((0, table.dim), np.float32)
    for start in range(0, table.rows, size):
        stop = min(start + size, table.rows)
        stored = map_rows(table.stored, start, stop)
        columns = (stored,) if table.scales is None else (stored, table.scales[start:stop])
        rows = np.array(stored, np.float32)  # a copy: nothing may hold on to the mapping
        rows = rows if table.scales is None else rows * table.scales[start:stop, None]
        unit = normalize(rows)
        near = np.concatenate([before, unit])
        numbers = article[start - len(before) : stop]
        pairs = {offset: _pair_rows(near, numbers, offset, len(before)) for offset in offsets}
        apart = {offset: found.cosines for offset, found in pairs.items()}
        yield Block(rows, unit, article[start:stop], hash_rows(*columns), pairs[1], apart)
        before = near[-reach:].copy()


def _pair_rows(near: NDArray[np.float32], article: NDArray[np.int32], offset: int, begun: int) -> Pairs:
    """Pair the rows from number `begun` on with those `offset` before them in the same article."""
    first = max(begun, offset)
    later, earlier = slice(first, None), slice(first - offset, max(0, len(near) - offset))
    inside = article[later] == article[earlier]
    return Pairs(measure_cosines(near[earlier], near[later])[inside], article[later][inside])


def _read_npz(windows: Windows, offsets: tuple[int, ...], size: int) -> Iterator[Block]:
    size = max(1, size // (windows.context + 1))
    unknown = np.zeros(len(windows), np.int32)
    for start in range(0, len(windows), size):
        stop = min(start + size, len(windows))
        stored = map_rows(windows.target_rows, start, stop)
        rows = np.array(stored, np.float32)
        contexts = map_rows(windows.context_rows, start * windows.context, stop * windows.context)
        slots = normalize(contexts).reshape(stop - start, windows.context, -1)
        unit = normalize(rows)
        article = unknown[start:stop] if windows.article is None else windows.article[start:stop]
        apart = {d: measure_cosines(slots[:, -d], unit) for d in offsets if d <= windows.context}
        adjacent = Pairs(measure_cosines(slots[:, -2], slots[:, -1]), article)  # as check 5 pairs them
        yield Block(rows, unit, article, hash_rows(stored), adjacent, apart)
