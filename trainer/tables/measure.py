"""One pass over the rows of a table, which ends in its numbers."""

import math
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from checks.adjacency import LOW_COSINE
from checks.cosine import measure_mean
from checks.dataset import read_manifest_of
from checks.manifest import pick_fields
from checks.registry import Progress, keep_silent
from checks.windows import Windows
from trainer.tables.measures import Measures, Values, describe
from trainer.tables.rows import OFFSETS, read_blocks


@dataclass(slots=True)
class _Sums:
    """What is kept of the rows that went by."""

    dim: int
    norms: list[NDArray[np.float32]] = field(default_factory=list)
    hashes: list[NDArray[np.uint64]] = field(default_factory=list)
    adjacency: list[NDArray[np.float32]] = field(default_factory=list)
    apart: dict[int, list[float]] = field(default_factory=lambda: {offset: [0.0, 0.0] for offset in OFFSETS})
    nan: int = 0
    inf: int = 0
    rows: int = 0
    numbers: float = 0.0
    squares: float = 0.0
    unit: NDArray[np.float64] = field(init=False)
    lengths: float = 0.0  # of the unit rows, squared: their number, but for zero rows

    def __post_init__(self) -> None:
        self.unit = np.zeros(self.dim)

    def add(self, rows: NDArray[np.float32], unit: NDArray[np.float32]) -> None:
        """Take in rows (B, D), of which only the finite ones count towards sums."""
        with np.errstate(invalid="ignore", over="ignore"):
            norms = np.sqrt(np.einsum("md,md->m", rows, rows, dtype=np.float64))
        finite = np.isfinite(norms)
        nan = np.isnan(rows[~finite]).any(axis=1)
        self.nan, self.inf = self.nan + int(nan.sum()), self.inf + int((~nan).sum())
        if not finite.all():
            rows, unit, norms = rows[finite], unit[finite], norms[finite]
        self.norms.append(norms.astype(np.float32))
        self.rows += len(rows)
        self.numbers += float(rows.sum(dtype=np.float64))
        self.squares += float(np.square(norms).sum())
        self.unit += unit.sum(axis=0, dtype=np.float64)
        self.lengths += float((norms > 0).sum())


def measure(windows: Windows, name: str, progress: Progress = keep_silent) -> tuple[Measures, Values]:
    """Measure a table, or an npz by its targets, in one pass; the rows are streamed."""
    sums = _Sums(windows.dim)
    total = len(windows) if windows.table is None else windows.table.rows
    seen = 0
    for block in read_blocks(windows):
        sums.add(block.rows, block.unit)
        sums.hashes.append(block.hashes)
        sums.adjacency.append(_keep_finite(block.adjacent.cosines))
        for offset, cosines in block.apart.items():
            kept = _keep_finite(cosines)
            sums.apart[offset][0] += float(kept.sum(dtype=np.float64))
            sums.apart[offset][1] += len(kept)
        seen += len(block.rows)
        progress(seen / total, name)
    values = Values(_join(sums.norms), _join(sums.adjacency), count_lengths(windows).astype(np.float32))
    return _conclude(windows, name, sums, values, total), values


def _conclude(windows: Windows, name: str, sums: _Sums, values: Values, total: int) -> Measures:
    table = windows.table
    count = max(1, sums.rows * windows.dim)
    mean = sums.numbers / count
    lengths = values.lengths
    hashes = np.concatenate([np.empty(0, np.uint64), *sums.hashes])
    return Measures(
        name=name, path=windows.path, layout="npz" if table is None else "table", rows=total, dim=windows.dim,
        dtype=str(windows.target_rows.dtype if table is None else table.stored.dtype),
        articles=len(lengths), context=windows.context, windows=len(windows),
        kinds={} if table is None else dict(Counter(table.read_kinds()).most_common()),
        lengths=describe(lengths) if len(lengths) else None, norms=describe(values.norms),
        number_mean=mean, number_std=math.sqrt(max(0.0, sums.squares / count - mean * mean)),
        nan_rows=sums.nan, inf_rows=sums.inf, zero_rows=int((values.norms == 0).sum()),
        copies=len(hashes) - len(np.unique(hashes)),
        adjacency=describe(values.adjacency), low_share=measure_mean(values.adjacency < LOW_COSINE),
        profile=tuple(total / pairs if pairs else math.nan for total, pairs in sums.apart.values()),
        random=_measure_random(sums), encoder=pick_fields(read_manifest_of(windows) or {}, windows.dim),
    )  # fmt: skip


def count_lengths(windows: Windows) -> NDArray[np.int64]:
    """Return how many chunks each article has, (A,); of an npz its windows and one context; empty where unknown."""
    if windows.table is not None:
        return np.diff(windows.table.offsets)
    if windows.article is None:
        return np.empty(0, np.int64)
    return np.bincount(windows.article).astype(np.int64) + windows.context


def _measure_random(sums: _Sums) -> float:
    """Return the mean cosine of all pairs of two different rows: |sum of u|² counts each twice, and each row once."""
    pairs = sums.rows * (sums.rows - 1)
    return float(sums.unit @ sums.unit - sums.lengths) / pairs if pairs else math.nan


def _keep_finite(values: NDArray[np.float32]) -> NDArray[np.float32]:
    finite = np.isfinite(values)
    return values if finite.all() else values[finite]


def _join(parts: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    return np.concatenate([np.empty(0, np.float32), *parts])
