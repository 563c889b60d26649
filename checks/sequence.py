"""Windows in the order of their text: which window continues which, read in blocks of neighbours."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from checks.cosine import SAME, measure_cosines, normalize
from checks.windows import Windows

BLOCK_WINDOWS = 1024


@dataclass(frozen=True, slots=True)
class Block:
    """Neighbouring windows in the order of the text, vectors normalised.

    index (L,) numbers of the windows; contexts (L, T, D); targets (L, D); run (L,): windows of one run continue each
    other without a gap; crossings: how many continue into another article.
    """

    index: NDArray[np.int64]
    contexts: NDArray[np.float32]
    targets: NDArray[np.float32]
    run: NDArray[np.int64]
    crossings: int

    @property
    def last(self) -> NDArray[np.float32]:
        """Return each window's last context vector, (L, D)."""
        return self.contexts[:, -1]

    def follow(self, offset: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return places (here, there) in the block such that `there` lies `offset` windows on in the same run."""
        here = np.arange(max(0, -offset), max(0, -offset, min(len(self.run), len(self.run) - offset)), dtype=np.int64)
        here = here[self.run[here] == self.run[here + offset]]
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
    link = link_windows(contexts[:-1], contexts[1:])
    run = np.concatenate([[0], np.cumsum(~link)]).astype(np.int64)
    crossings = 0
    if windows.article is not None:
        crossings = int((link & (np.diff(windows.article[index]) != 0)).sum())
    return Block(index, contexts, normalize(windows.read_targets(index)), run, crossings)
