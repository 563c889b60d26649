"""Vectors to look for: targets of a set, each taken by another way than the index takes it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from checks.cosine import normalize
from checks.pages import take_rows
from checks.sequence import link_windows, order_windows
from checks.table import Table
from checks.windows import Windows

FEWEST_QUERIES = 10
FROM_TABLE = "rows looked up by article and chunk"
FROM_NEXT = "the copy of the target in the next window's context"
FROM_ITSELF = "the target itself, rounded to half precision: proves the index, not the ids"


@dataclass(frozen=True, slots=True)
class Queries:
    """Vectors (Q, D) re-derived for windows `asked` (Q,), and in words by which way."""

    vectors: NDArray[np.float32]
    asked: NDArray[np.int64]
    way: str


def derive_queries(windows: Windows, count: int, seed: int) -> Queries:
    """Take targets by another way than the index does: see Queries.way."""
    order = order_windows(windows)
    if windows.table is not None and windows.article is not None and windows.chunk is not None:
        asked = _draw(order, count, seed)
        rows = windows.table.offsets[windows.article[asked]] + windows.chunk[asked]
        return Queries(_read_anew(windows.table, rows), asked, FROM_TABLE)
    places = _draw(np.arange(max(0, len(order) - 1)), count, seed)
    later = windows.read_contexts(order[places + 1])
    linked = link_windows(normalize(windows.read_contexts(order[places])), normalize(later))
    if linked.sum() >= min(FEWEST_QUERIES, len(order) - 1):
        return Queries(normalize(later[linked, -1]), order[places[linked]], FROM_NEXT)
    asked = _draw(order, count, seed)
    return Queries(normalize(windows.read_targets(asked).astype(np.float16)), asked, FROM_ITSELF)


def _draw(numbers: NDArray[np.int64], count: int, seed: int) -> NDArray[np.int64]:
    if len(numbers) <= count:
        return numbers
    return np.sort(np.random.default_rng(seed).choice(numbers, count, replace=False))


def _read_anew(table: Table, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Read rows from the file again, and bring them back from their stored form in double precision."""
    vectors = np.asarray(take_rows(table.stored, rows), dtype=np.float64)
    if table.scales is not None:
        vectors *= np.asarray(table.scales[rows], dtype=np.float64)[:, None]
    return normalize(vectors)
