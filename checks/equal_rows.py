"""Rows that are equal byte for byte: found by hashing all of them, and proved by comparing those whose hashes meet."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.pages import drop_pages, take_rows
from checks.registry import Progress, keep_silent

BLOCK_BYTES = 1 << 24
SEED = 790_391


def hash_rows(rows: NDArray[Any], progress: Progress = keep_silent) -> NDArray[np.uint64]:
    """Hash the bytes of each row, (M, D) of any type -> (M,): a sum of its 8-byte words with random odd factors.

    Equal rows have equal hashes; others meet by chance so seldom that comparing them costs nothing.
    """
    if not rows.size:
        return np.zeros(len(rows), dtype=np.uint64)
    width = rows.shape[1] * rows.itemsize
    factors = np.random.default_rng(SEED).integers(0, 2**63, -(-width // 8), dtype=np.uint64) * 2 + 1
    hashes = np.empty(len(rows), dtype=np.uint64)
    step = max(1, BLOCK_BYTES // width)
    for start in range(0, len(rows), step):
        block = rows[start : start + step]
        hashes[start : start + len(block)] = np.einsum("mw,w->m", _read_words(block, width), factors)
        drop_pages(block)
        progress(min(1.0, (start + step) / len(rows)), "hashing")
    return hashes


def _read_words(block: NDArray[Any], width: int) -> NDArray[np.uint64]:
    octets = np.ascontiguousarray(block).view(np.uint8).reshape(len(block), width)
    if width % 8:
        octets = np.pad(octets, ((0, 0), (0, 8 - width % 8)))
    return octets.view(np.uint64)


def find_first_equals(rows: NDArray[Any], hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return for every row the number of the first one equal to it, (M,): its own where it is the first."""
    order = np.argsort(hashes, kind="stable").astype(np.int64)
    meets = np.flatnonzero(np.diff(hashes[order]) == 0)
    joined = np.zeros(len(order), dtype=bool)  # whether a row is equal to the one before it in this order
    step = max(1, BLOCK_BYTES // max(1, rows.shape[1] * rows.itemsize))
    for start in range(0, len(meets), step):
        places = meets[start : start + step]
        earlier, later = (take_rows(rows, order[at]).view(np.uint8) for at in (places, places + 1))
        joined[places + 1] = (earlier == later).all(axis=1)
    group = np.cumsum(~joined) - 1
    first = np.empty(len(order), dtype=np.int64)
    first[order] = order[np.flatnonzero(~joined)][group]
    return first
