"""Windows as tensors: rows in memory once, batches gathered by index, validation held out by article."""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from checks.errors import InputError
from checks.pages import read_spread
from checks.split import hold_out_windows
from checks.windows import Windows, open_windows
from trainer.datasets import resolve
from trainer.junk import find_junk
from trainer.rows import Rows, count_bytes, fits_memory, open_rows

FINGERPRINT_ROWS = 4096
TAKEN_WINDOWS = 256  # at a time
SHORTEST = 1e-12  # norm: a zero row stays one


@dataclass(frozen=True, slots=True)
class VectorSet:
    """N windows: contexts are `steps` rows from `first` on, targets are rows `target` of their own; (N,) int64 each."""

    rows: Rows
    target_rows: Rows
    first: Tensor
    target: Tensor
    steps: Tensor  # 0 ... T - 1

    def __len__(self) -> int:
        """Return N, the number of windows."""
        return len(self.first)

    @property
    def dim(self) -> int:
        """Return D, the length of a vector."""
        return self.rows.dim

    @property
    def home(self) -> torch.device:
        """Return where the numbers of windows must be."""
        return self.rows.home

    def take(self, index: Tensor) -> tuple[Tensor, Tensor]:
        """Return the contexts (B, T, D) as stored and the targets (B, D) brought to unit length, both float32."""
        numbers = self.first.index_select(0, index)[:, None] + self.steps
        contexts = self.rows.take(numbers.view(-1)).view(*numbers.shape, -1)
        targets = self.target_rows.take(self.identify(index))
        # What F.normalize does, without what stands around it: that takes longer than a batch of 32 does.
        return contexts, targets / torch.linalg.vector_norm(targets, dim=-1, keepdim=True).clamp_min(SHORTEST)

    def gather(self, batches: Iterable[Tensor]) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Yield every batch of window numbers with what `take` returns for it.

        Small batches are taken several at a time: to find the rows of one costs as much as to read them.
        """
        waiting = iter(batches)
        for first in waiting:
            some = (first, *islice(waiting, max(0, TAKEN_WINDOWS // len(first) - 1)))
            sizes = [len(batch) for batch in some]
            contexts, targets = self.take(torch.cat(some))
            yield from zip(some, torch.split(contexts, sizes), torch.split(targets, sizes), strict=True)

    def identify(self, index: Tensor) -> Tensor:
        """Return the number of each window's target, (B,): equal where the target is the same row."""
        return self.target.index_select(0, index)


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


def load_vectors(windows: Windows, device: torch.device, *, mapped: bool = False) -> VectorSet:
    """Hold the rows of windows in memory or leave them in their file; contexts and targets may be the same rows."""
    rows = open_rows(windows.context_rows, device, mapped=mapped)
    shared = windows.target_rows is windows.context_rows
    target_rows = rows if shared else open_rows(windows.target_rows, device, mapped=mapped)
    first, target = (torch.from_numpy(index.copy()).to(rows.home) for index in (windows.first, windows.target))
    return VectorSet(rows, target_rows, first, target, torch.arange(windows.context, device=rows.home))


def choose_mapped(asked: str, windows: Windows, device: torch.device, processes: int) -> bool:
    """Tell whether the rows stay in their file: as asked, or where as many copies as processes are too much."""
    if asked != "auto":
        return asked == "mapped"
    # An npz of windows holds every vector T + 1 times: what is a table's worth of memory is six of them.
    arrays = {id(array): array for array in (windows.context_rows, windows.target_rows)}.values()
    return not fits_memory(processes * sum(map(count_bytes, arrays)), device)


def fingerprint(windows: Windows) -> str:
    """Return a checksum of the windows and of rows spread over them: a run must go on with the data it began with."""
    checksum = zlib.crc32(windows.first.tobytes())
    for rows in (windows.context_rows, windows.target_rows):
        for some in read_spread(rows, FINGERPRINT_ROWS):
            checksum = zlib.crc32(some.astype(np.float32).tobytes(), checksum)
    return f"{checksum:08x}"


def split_windows(
    windows: Windows, *, fraction: float, seed: int, train_on: str = ":", filter_junk: bool = False
) -> Split:
    """Hold out whole articles with about `fraction` of the windows, then train on a range of the others.

    The held-out articles do not depend on `train_on`, so that scores compare. Raises InputError when a side is empty.
    """
    report = find_junk(windows) if filter_junk else None
    kept = np.ones(len(windows), dtype=bool) if report is None else ~report.junk_windows
    held_out = _hold_out(windows, kept, fraction, seed)
    val, note = np.flatnonzero(held_out), "" if report is None else report.sentence
    if windows.article is None and len(val):
        kept[max(0, val[0] - windows.context) : val[0]] = False  # these may share vectors with the held-out ones
        note = f"{windows.path} does not say which article a window is from: the last {fraction:.0%} are held out"
    train = np.flatnonzero(kept & _slice_articles(windows, train_on) & ~held_out)
    if not len(train) or not len(val):
        found = f"{len(train)} windows to train on and {len(val)} to validate on"
        raise InputError(windows.path, "", found, "at least one of each: see --train-on, --filter-junk, --val-fraction")
    articles = 0 if windows.article is None else len(np.unique(windows.article[val]))
    val = np.random.default_rng(seed).permutation(val)  # terms that look at a whole batch must not see one article each
    return Split(torch.from_numpy(train), torch.from_numpy(val), articles, note)


def _slice_articles(windows: Windows, train_on: str) -> NDArray[np.bool_]:
    """Return which windows come from articles START:STOP, (N,); windows are counted where articles are not known."""
    start, stop = (int(bound) if bound else None for bound in train_on.split(":"))
    article = np.arange(len(windows)) if windows.article is None else windows.article
    count = int(article.max()) + 1 if windows.table is None else len(windows.table.offsets) - 1
    sliced = np.zeros(count, dtype=bool)
    sliced[start:stop] = True
    return np.asarray(sliced[article])


def _hold_out(windows: Windows, kept: NDArray[np.bool_], fraction: float, seed: int) -> NDArray[np.bool_]:
    """Return which windows are held out (N,), as preflight holds them out."""
    origin = windows.find_origin()
    article = None if origin is None else origin[kept]
    held_out = np.zeros(len(windows), dtype=bool)
    try:
        held_out[kept] = hold_out_windows(article, int(kept.sum()), fraction, seed)
    except ValueError as error:
        raise InputError(windows.path, "articles", str(error), "articles that can be held out") from error
    return held_out
