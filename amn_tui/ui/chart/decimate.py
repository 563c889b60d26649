"""More points than columns: what is kept of those that share one."""

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(slots=True)
class Column:
    """The points that fall on one column: lowest, highest, first and last finite value, and whether any was not."""

    low: float = math.inf
    high: float = -math.inf
    first: float | None = None
    last: float | None = None
    nonfinite: bool = False

    def add(self, value: float) -> None:
        """Take in one more value."""
        if not math.isfinite(value):
            self.nonfinite = True
            return
        self.low, self.high = min(self.low, value), max(self.high, value)
        self.first = value if self.first is None else self.first
        self.last = value


def place_epoch(epoch: float, epochs: int, steps: int) -> int:
    """Return the column, of `steps`, of an epoch counted from 1; the first and last epoch touch the edges."""
    if epochs <= 1:
        return 0
    return round((min(max(epoch, 1), epochs) - 1) / (epochs - 1) * (steps - 1))


def spread_points(points: Iterable[tuple[int, float]], epochs: int, steps: int) -> dict[int, Column]:
    """Return the columns that have points, in order; min and max survive however many share one."""
    columns: dict[int, Column] = {}
    for epoch, value in points:
        columns.setdefault(place_epoch(epoch, epochs, steps), Column()).add(value)
    return dict(sorted(columns.items()))
