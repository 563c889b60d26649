"""What this machine can at most: the bare passes over a table that preflight cannot be quicker than."""

import hashlib
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from checks.pages import drop_pages
from checks.table import open_table

BLOCK_ROWS, DISTANCES = 512, range(1, 7)  # a block stays in a core's own cache


def time_pass(path: Path, work: Callable[[NDArray[np.float32]], object]) -> float:
    """Return the seconds of one pass over a table's mapped rows, block by block, in as little memory as one block."""
    stored = open_table(path).stored
    began_s = time.perf_counter()
    for start in range(0, len(stored), BLOCK_ROWS):
        work(stored[start : start + BLOCK_ROWS])
        drop_pages(stored)
    return time.perf_counter() - began_s


def time_norms(path: Path) -> float:
    """Return the seconds of a pass that squares and sums every row: the bound of memory, and of one multiplication."""
    return time_pass(path, lambda rows: np.einsum("md,md->m", rows, rows))


def time_neighbours(path: Path) -> float:
    """Return the seconds of a pass that takes norms and the products with the rows 1 to 5 further on."""

    def work(rows: NDArray[np.float32]) -> None:
        np.einsum("md,md->m", rows, rows)
        for distance in DISTANCES:
            np.einsum("md,md->m", rows[:-distance], rows[distance:])

    return time_pass(path, work)


def time_hash(path: Path) -> float:
    """Return the seconds of a pass that takes the SHA-256 of every byte."""
    digest = hashlib.sha256()
    return time_pass(path, lambda rows: digest.update(rows.data))


def time_products(path: Path, queries: int) -> float:
    """Return the seconds of multiplying so many queries with every row (GEMM), the results thrown away."""
    vectors = np.ascontiguousarray(open_table(path).read(0, queries))
    products = np.empty((queries, BLOCK_ROWS), dtype=np.float32)

    def work(rows: NDArray[np.float32]) -> None:
        np.matmul(vectors, rows.T, out=products[:, : len(rows)])

    return time_pass(path, work)
