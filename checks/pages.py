"""Pages of a file that an array is mapped from: given back after they were read, so that memory stays small."""

import mmap
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

PAGE_BYTES = 2 * 2**20  # of a file that a system may map for one byte of it: Linux has such pages in its cache
PIECE_BYTES = 64 * 2**20  # of pages that rows read at random may have in memory at once


def drop_pages(array: NDArray[Any]) -> None:
    """Give back the pages that an array, or a slice of one, is mapped from, if it is; the system's cache keeps them."""
    mapping = _find_mapping(array)
    if mapping is None or not array.nbytes or not hasattr(mmap, "MADV_DONTNEED"):
        return
    if not array.flags.c_contiguous:
        mapping.madvise(mmap.MADV_DONTNEED)
        return
    begin = array.ctypes.data - np.frombuffer(mapping, dtype=np.uint8, count=1).ctypes.data
    start = max(0, begin - PAGE_BYTES)  # the first and the last row brought their neighbours with them
    start -= start % mmap.PAGESIZE
    mapping.madvise(mmap.MADV_DONTNEED, start, min(len(mapping), begin + array.nbytes + PAGE_BYTES) - start)


def _find_mapping(array: NDArray[Any]) -> mmap.mmap | None:
    base: Any = array
    while base is not None and not isinstance(base, mmap.mmap):
        base = getattr(base, "base", None)
    return base


def take_rows(array: NDArray[Any], index: NDArray[np.integer[Any]]) -> NDArray[Any]:
    """Return the rows of (M, D) at an index of any shape, (*index.shape, D), each a copy.

    Rows of a mapped file are read in the order of the file, some pages at a time, and the pages given back.
    """
    if _find_mapping(array) is None:
        return np.asarray(array[index])
    numbers, places = np.unique(index, return_inverse=True)
    found = np.empty((len(numbers), array.shape[1]), dtype=array.dtype)
    pages = numbers * (array.strides[0] or 1) // PAGE_BYTES
    turns = np.flatnonzero(np.diff(pages, prepend=-1))  # where a row lies in another page than the one before it
    bounds = [*turns[:: PIECE_BYTES // PAGE_BYTES].tolist(), len(numbers)]
    for start, stop in pairwise(bounds):
        np.take(array, numbers[start:stop], axis=0, out=found[start:stop], mode="clip")
        drop_pages(array[numbers[start] : numbers[stop - 1] + 1])
    taken: NDArray[Any] = found[places.reshape(index.shape)]
    return taken


def read_spread(array: NDArray[Any], count: int) -> Iterator[NDArray[Any]]:
    """Yield about `count` rows spread over (M, D), some at a time, so that few pages are in memory at once."""
    spread = array[:: max(1, len(array) // count)]
    for start in range(0, len(spread), PIECE_BYTES // PAGE_BYTES):
        yield np.array(spread[start : start + PIECE_BYTES // PAGE_BYTES])
        drop_pages(array)
