"""Windows in the order of their text: which window continues which, in blocks of neighbours, read or looked up."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from checks.cosine import SAME, measure_cosines, normalize
from checks.pairs import RowPairs
from checks.windows import Windows

BLOCK_WINDOWS = 1024
BLOCK_LOOKED_UP = 65_536


class Neighbours(Protocol):
    """Neighbouring windows in the order of the text, and cosines of their vectors.

    index (L,) numbers of the windows; run (L,): windows of one run continue each other without a gap; crossings: how
    many continue into another article.
    """

    @property
    def index(self) -> NDArray[np.int64]: ...
    @property
    def run(self) -> NDArray[np.int64]: ...
    @property
    def crossings(self) -> int: ...

    def measure_slots(self) -> NDArray[np.float32]:
        """Return the cosines of each target to its context vectors, (L, T)."""
        ...

    def measure_inners(self) -> NDArray[np.float32]:
        """Return the cosines of the last two context vectors, (L,)."""
        ...

    def meet(self, here: NDArray[np.int64], there: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the cosines of the targets of windows `here` to the last context vectors of `there`, places (n,)."""
        ...


@dataclass(frozen=True, slots=True)
class Block:
    """Neighbours that were read: contexts (L, T, D) and targets (L, D), normalised."""

    index: NDArray[np.int64]
    run: NDArray[np.int64]
    crossings: int
    contexts: NDArray[np.float32]
    targets: NDArray[np.float32]

    @property
    def last(self) -> NDArray[np.float32]:
        """Return each window's last context vector, (L, D)."""
        return self.contexts[:, -1]

    def measure_slots(self) -> NDArray[np.float32]:
        """See Neighbours."""
        return measure_cosines(self.contexts, self.targets[:, None])

    def measure_inners(self) -> NDArray[np.float32]:
        """See Neighbours."""
        return measure_cosines(self.contexts[:, -2], self.last)

    def meet(self, here: NDArray[np.int64], there: NDArray[np.int64]) -> NDArray[np.float32]:
        """See Neighbours."""
        return measure_cosines(self.targets[here], self.last[there])


@dataclass(frozen=True, slots=True)
class ScannedBlock:
    """Neighbours of a table that was scanned: first (L,) and target (L,) are the windows' rows; nothing is read."""

    index: NDArray[np.int64]
    run: NDArray[np.int64]
    crossings: int
    first: NDArray[np.int64]
    target: NDArray[np.int64]
    context: int
    pairs: RowPairs

    def measure_slots(self) -> NDArray[np.float32]:
        """See Neighbours."""
        slots = [self.pairs.measure(self.first + place, self.target) for place in range(self.context)]
        return np.stack(slots, axis=1)

    def measure_inners(self) -> NDArray[np.float32]:
        """See Neighbours."""
        return self.pairs.measure(self.first + self.context - 2, self.first + self.context - 1)

    def meet(self, here: NDArray[np.int64], there: NDArray[np.int64]) -> NDArray[np.float32]:
        """See Neighbours."""
        return self.pairs.measure(self.target[here], self.first[there] + self.context - 1)


def follow(run: NDArray[np.int64], offset: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return places (here, there) such that `there` lies `offset` windows on in the same run, of runs (L,)."""
    here = np.arange(max(0, -offset), max(0, -offset, min(len(run), len(run) - offset)), dtype=np.int64)
    here = here[run[here] == run[here + offset]]
    return here, here + offset


def order_windows(windows: Windows) -> NDArray[np.int64]:
    """Return window numbers by article and chunk, in file order where the file does not say."""
    if windows.article is None or windows.chunk is None:
        return np.arange(len(windows), dtype=np.int64)
    return np.lexsort((windows.chunk, windows.article)).astype(np.int64)


def read_neighbours(windows: Windows, limit: int, seed: int, size: int = BLOCK_WINDOWS) -> Iterator[Block]:
    """Yield blocks of `size` neighbouring windows: all of them, or about `limit` windows in blocks drawn at random.

    A window continues another when its last context vector but one is the other's last: the vectors themselves say
    so, whatever the file says about positions.
    """
    order = order_windows(windows)
    starts = np.arange(0, len(order), size)
    blocks = max(1, limit // size)
    if len(starts) > blocks:
        starts = np.sort(np.random.default_rng(seed).choice(starts, blocks, replace=False))
    for start in starts:
        yield _read_block(windows, order[start : start + size])


def link_windows(earlier: NDArray[np.float32], later: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Tell which windows continue the one beside them: normalised contexts (L, T, D) and (L, T, D) -> (L,)."""
    return np.asarray(measure_cosines(earlier[:, -1], later[:, -2]) > SAME)


def _read_block(windows: Windows, index: NDArray[np.int64]) -> Block:
    contexts = normalize(windows.read_contexts(index))
    run, crossings = _number_runs(windows, index, link_windows(contexts[:-1], contexts[1:]))
    return Block(index, run, crossings, contexts, normalize(windows.read_targets(index)))


def look_up_neighbours(windows: Windows, pairs: RowPairs, size: int = BLOCK_LOOKED_UP) -> Iterator[ScannedBlock]:
    """Yield blocks of `size` neighbouring windows of a scanned table: all of them."""
    order, last = order_windows(windows), windows.first + windows.context - 1
    for start in range(0, len(order), size):
        index = order[start : start + size]
        link = pairs.measure(last[index[:-1]], last[index[1:]] - 1) > SAME
        run, crossings = _number_runs(windows, index, link)
        first, target = windows.first[index], windows.target[index]
        yield ScannedBlock(index, run, crossings, first, target, windows.context, pairs)


def _number_runs(windows: Windows, index: NDArray[np.int64], link: NDArray[np.bool_]) -> tuple[NDArray[np.int64], int]:
    """Return the run of each window (L,), and how many of the links (L - 1,) lead into another article."""
    run = np.concatenate([[0], np.cumsum(~link)]).astype(np.int64)
    if windows.article is None:
        return run, 0
    return run, int((link & (np.diff(windows.article[index]) != 0)).sum())
