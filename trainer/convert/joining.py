"""Windows in the order of their text, and which of them continue the one before: what a row is, is told by its bits."""

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.sequence import order_windows
from checks.windows import Windows

BLOCK_BYTES = 1 << 23


@dataclass(frozen=True, slots=True)
class Sequence:
    """The order in which windows are read, and what the file says of it.

    order (N,) int64 numbers of windows; expected (N,) bool: by its position a window is the next one of the one before
    it, or nothing is known and it may be; gaps: how many windows follow one of their article that is not next to them;
    repeated: how many have the position of the one before them.
    """

    order: NDArray[np.int64]
    expected: NDArray[np.bool_]
    gaps: int
    repeated: int


def sort_windows(windows: Windows) -> Sequence:
    """Put windows in the order of their positions, or leave them in the file's where there are none."""
    order = order_windows(windows)
    expected = np.ones(len(order), dtype=bool)
    expected[:1] = False
    if windows.article is None or windows.chunk is None:
        return Sequence(order, expected, 0, 0)
    same = np.diff(windows.article[order]) == 0
    step = np.diff(windows.chunk[order].astype(np.int64))
    expected[1:] = same & (step == 1)
    return Sequence(order, expected, int((same & (step > 1)).sum()), int((same & (step == 0)).sum()))


@dataclass(frozen=True, slots=True)
class Block:
    """Windows that follow each other in the order: their numbers (B,), whether each continues the one before (B,).

    vectors (B, T + 1, D), as stored: the contexts and the target.
    """

    index: NDArray[np.int64]
    continues: NDArray[np.bool_]
    vectors: NDArray[np.floating]

    def pick_rows(self) -> NDArray[np.floating]:
        """Return the rows that are new, (R, D): a window that continues another brings its target alone."""
        new = np.ones(self.vectors.shape[:2], dtype=bool)
        new[self.continues, :-1] = False
        return self.vectors[new]


def join_windows(windows: Windows, sequence: Sequence, block_bytes: int = BLOCK_BYTES) -> Iterator[Block]:
    """Yield all windows in blocks of about `block_bytes`.

    One continues another when it is expected to, and its context is the other's without the first vector and with its
    target, bit for bit; so by induction every vector that is stored once stands for copies that were all equal.
    """
    length, dim = windows.context, windows.dim
    kind = np.result_type(windows.context_rows, windows.target_rows)
    size = max(1, block_bytes // ((length + 1) * dim * kind.itemsize))
    held = np.zeros((size + 1, length + 1, dim), dtype=kind)  # [0] is the last window of the block before
    bits = held.view(f"u{kind.itemsize}")  # nan is itself, bit for bit
    for start in range(0, len(sequence.order), size):
        index = sequence.order[start : start + size]
        count = len(index)
        held[1 : count + 1, :length] = windows.context_rows[windows.first[index][:, None] + np.arange(length)]
        held[1 : count + 1, length] = windows.target_rows[windows.target[index]]
        same = (bits[:count, 1:] == bits[1 : count + 1, :-1]).all(axis=(1, 2))
        yield Block(index, same & sequence.expected[start : start + count], held[1 : count + 1])
        held[0] = held[count]
        for array in (windows.context_rows, windows.target_rows):
            release_pages(array)


def release_pages(array: NDArray[Any]) -> None:
    """Let go of what was read of a memory-mapped array: it would count as this process's memory until the end."""
    base: Any = array
    while isinstance(base, np.ndarray):
        base = base.base
    if isinstance(base, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        base.madvise(mmap.MADV_DONTNEED)
