"""Which windows each step learns from: drawn anew for every epoch, from seed, epoch and process alone."""

import math
from collections.abc import Callable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from trainer.group import CPU

Pick = Callable[[int], NDArray[np.int64]]  # epoch -> positions (m,) in the training windows


def assign_windows(article: NDArray[np.int32] | None, index: NDArray[np.int64], world: int) -> NDArray[np.int64]:
    """Return which of `world` processes each window of `index` (n,) belongs to, (n,).

    Whole articles, so that each process reads its own part of the table: the largest first, each to the process with
    the fewest windows so far. Where articles (N,) are not known each process takes a stretch of neighbours.
    """
    if article is None:
        return np.arange(len(index), dtype=np.int64) * world // max(1, len(index))
    numbers, place, sizes = np.unique(article[index], return_inverse=True, return_counts=True)
    owner, load = np.zeros(len(numbers), dtype=np.int64), [0] * world
    for number in np.argsort(-sizes, kind="stable"):
        lightest = load.index(min(load))
        owner[number] = lightest
        load[lightest] += int(sizes[number])
    return owner[place]


class Sampler:
    """Batches of window numbers; every process gets as many, of equal size when there are several."""

    def __init__(
        self, index: NDArray[np.int64], owner: NDArray[np.int64], *, batch_size: int, seed: int, rank: int = 0,
        world: int = 1, pick: Pick | None = None, home: torch.device = CPU,
    ) -> None:  # fmt: skip
        """Draw from the windows `index` (n,), owned as `owner` (n,) says; `batch_size` is that of all processes.

        `pick` leaves out some of them in some epochs. Batches come on the device `home`.
        """
        self._index, self._owner = index, owner
        self._windows = batch_size // world  # of one process and step
        self._seed, self._rank, self._world = seed, rank, world
        self._pick = pick
        self._steps: dict[int, int] = {}  # by how many windows an epoch picks: the same ones each time
        self._home = home

    def count_steps(self, epoch: int) -> int:
        """Return the steps of an epoch: as many as the process with the most windows needs."""
        positions = self._pick_positions(epoch)
        if len(positions) not in self._steps:
            owned = np.bincount(self._owner[positions], minlength=self._world)
            self._steps[len(positions)] = math.ceil(int(owned.max()) / self._windows)
        return self._steps[len(positions)]

    def draw_batches(self, epoch: int, start: int = 0) -> Iterator[Tensor]:
        """Yield this process's batches of an epoch from step `start` on, (B,) int64.

        The last batch of one process alone may be smaller; several must wait for each other, so that those with fewer
        windows take some twice.
        """
        positions = self._pick_positions(epoch)
        mine = torch.from_numpy(self._index[positions[self._owner[positions] == self._rank]])
        generator = torch.Generator().manual_seed((self._seed * self._world + self._rank) * 1_000_003 + epoch)
        order = mine[torch.randperm(len(mine), generator=generator)]
        if self._world > 1:
            order = order.repeat(math.ceil(self.count_steps(epoch) * self._windows / len(order)))
            order = order[: self.count_steps(epoch) * self._windows]
        yield from torch.split(order.to(self._home), self._windows)[start:]

    def _pick_positions(self, epoch: int) -> NDArray[np.int64]:
        return np.arange(len(self._index)) if self._pick is None else self._pick(epoch)
