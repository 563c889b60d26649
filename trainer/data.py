"""Windows as tensors: rows in memory once, batches gathered by index, validation held out by article."""

import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from checks.errors import InputError
from checks.split import hold_out_windows
from checks.windows import Windows, open_windows
from trainer.datasets import resolve
from trainer.junk import find_junk

FINGERPRINT_ROWS = 4096


@dataclass(frozen=True, slots=True)
class VectorSet:
    """N windows on one device: rows (M, D) and target_rows (K, D) float32, first and target (N,) int64 into them."""

    rows: Tensor
    target_rows: Tensor
    first: Tensor
    target: Tensor
    context: int

    def __len__(self) -> int:
        """Return N, the number of windows."""
        return len(self.first)

    @property
    def dim(self) -> int:
        """Return D, the length of a vector."""
        return int(self.rows.shape[1])

    def take(self, index: Tensor) -> tuple[Tensor, Tensor]:
        """Return the contexts (B, T, D) as stored and the targets (B, D) brought to unit length."""
        steps = torch.arange(self.context, device=self.rows.device)
        return self.rows[self.first[index][:, None] + steps], F.normalize(self.target_rows[self.target[index]], dim=-1)


@dataclass(frozen=True, slots=True)
class Split:
    """Windows to train on and to validate on, each (n,) int64 on the device; `note` says what people must know."""

    train: Tensor
    val: Tensor
    val_articles: int
    note: str = ""


def open_data(name: str, context: int) -> Windows:
    """Open a shipped name or a path; raises InputError when there are no windows in it."""
    windows = open_windows(resolve(name), context)
    if not len(windows):
        raise InputError(windows.path, "", "no windows", f"an article of at least {context + 1} vectors")
    return windows


def load_vectors(windows: Windows, device: torch.device) -> VectorSet:
    """Read the rows of windows into memory as float32; contexts and targets share them where they are one array."""
    rows = _read_rows(windows.context_rows, device)
    target_rows = rows if windows.target_rows is windows.context_rows else _read_rows(windows.target_rows, device)
    first, target = (torch.from_numpy(index.copy()).to(device) for index in (windows.first, windows.target))
    return VectorSet(rows, target_rows, first, target, windows.context)


def _read_rows(rows: NDArray[Any], device: torch.device) -> Tensor:
    array = np.asarray(rows, dtype=np.float32)
    return torch.from_numpy(array if array.flags.writeable else array.copy()).to(device)


def fingerprint(windows: Windows) -> str:
    """Return a checksum of the windows and of rows spread over them: a run must go on with the data it began with."""
    checksum = zlib.crc32(windows.first.tobytes())
    for rows in (windows.context_rows, windows.target_rows):
        spread = rows[:: max(1, len(rows) // FINGERPRINT_ROWS)]
        checksum = zlib.crc32(np.asarray(spread, dtype=np.float32).tobytes(), checksum)
    return f"{checksum:08x}"


def split_windows(
    windows: Windows, *, fraction: float, seed: int, train_on: str = ":", filter_junk: bool = False
) -> Split:
    """Hold out whole articles with about `fraction` of the windows, then train on a slice of the others.

    The held-out articles do not depend on `train_on`, so that scores compare. Raises InputError when a side is empty.
    """
    report = find_junk(windows) if filter_junk else None
    kept = np.ones(len(windows), dtype=bool) if report is None else ~report.junk_windows
    held_out = _hold_out(windows, kept, fraction, seed)
    val, note = np.flatnonzero(held_out), "" if report is None else report.sentence
    if windows.article is None and len(val):
        kept[max(0, val[0] - windows.context) : val[0]] = False  # these may share vectors with the held-out ones
        note = f"{windows.path} does not say which article a window is from: the last {fraction:.0%} are held out"
    sliced = np.zeros(len(windows), dtype=bool)
    start, stop = (int(bound) if bound else None for bound in train_on.split(":"))
    sliced[start:stop] = True
    train = np.flatnonzero(kept & sliced & ~held_out)
    if not len(train) or not len(val):
        found = f"{len(train)} windows to train on and {len(val)} to validate on"
        raise InputError(windows.path, "", found, "at least one of each: see --train-on, --filter-junk, --val-fraction")
    articles = 0 if windows.article is None else len(np.unique(windows.article[val]))
    val = np.random.default_rng(seed).permutation(val)  # terms that look at a whole batch must not see one article each
    return Split(torch.from_numpy(train), torch.from_numpy(val), articles, note)


def _hold_out(windows: Windows, kept: NDArray[np.bool_], fraction: float, seed: int) -> NDArray[np.bool_]:
    """Return which windows are held out (N,), as preflight holds them out."""
    article = None if windows.article is None else windows.article[kept]
    held_out = np.zeros(len(windows), dtype=bool)
    try:
        held_out[kept] = hold_out_windows(article, int(kept.sum()), fraction, seed)
    except ValueError as error:
        raise InputError(windows.path, "articles", str(error), "articles that can be held out") from error
    return held_out


def name_set(path: Path) -> str:
    """Return a data set's name as it stands in a metric: moby-dick is moby_dick."""
    return re.sub(r"[^a-z0-9]+", "_", path.stem.lower()).strip("_") or "unnamed"
