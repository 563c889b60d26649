"""One metric in compact arrays: exact while it is short, then the lowest and highest of neighbours, never a mean."""

import math
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from enum import StrEnum
from itertools import compress
from operator import or_

MOST_ROWS = 4096  # 57 bytes each: a quarter of a megabyte, however long the log
NAN, ABOVE, BELOW = 1, 2, 4  # what a row may hold besides numbers: nan, inf, -inf


class Axis(StrEnum):
    """What a curve is drawn over."""

    EPOCH = "epochs"  # an epoch's end lies at its number, a step within it at the share that is done
    STEP = "steps"  # counted from the beginning of the run
    TIME = "time"  # seconds since the log's first stamp


AXES = (Axis.EPOCH, Axis.STEP, Axis.TIME)
Place = tuple[float, float, float]  # where a value lies on each axis; nan where that is not known


def flag(value: float) -> int:
    """Return 0 for a number, else what kind of none it is."""
    return 0 if math.isfinite(value) else NAN if math.isnan(value) else ABOVE if value > 0 else BELOW


class Column:
    """Rows in the order of the log; each stands for `stride` values, the last for `filled` of them.

    `low` and `high` are of the finite values (inf and -inf where there is none), `first` and `last` as they came,
    `flags` tells which values were no numbers. `version` changes with every change.
    """

    __slots__ = ("at", "filled", "first", "flags", "high", "last", "low", "most", "stride", "version")

    def __init__(self, most: int = MOST_ROWS) -> None:
        """Start empty; more than `most` rows become half as many."""
        self.at = (array("d"), array("d"), array("d"))
        self.low, self.high, self.first, self.last = array("d"), array("d"), array("d"), array("d")
        self.flags = bytearray()
        self.most, self.stride, self.filled, self.version = most, 1, 0, 0

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.low)

    @property
    def newest(self) -> float:
        """Return the value that came last; nan before the first."""
        return self.last[-1] if self.last else math.nan

    def place(self, axis: Axis) -> "array[float]":
        """Return where the rows lie on an axis, in order."""
        return self.at[AXES.index(axis)]

    def extend(self, places: Sequence[Place], values: Sequence[float]) -> None:
        """Add values in the order of the log, each with its place."""
        self.version += 1
        begin = 0
        while begin < len(values):
            room = self.stride - self.filled if len(self) and self.filled < self.stride else 0
            if room:
                self._fill(places[begin : begin + room], values[begin : begin + room])
                begin += room
            elif len(self) >= self.most:
                self._halve()
            else:
                begin = self._append(places, values, begin)

    def _append(self, places: Sequence[Place], values: Sequence[float], begin: int) -> int:
        """Add rows until there are `most` of them, or no more values; return how many values are used up."""
        end = min(len(values), begin + (self.most - len(self)) * self.stride)
        if self.stride == 1 and all(map(math.isfinite, values[begin:end])):
            for column in (self.low, self.high, self.first, self.last):
                column.extend(values[begin:end])
            for column, at in zip(self.at, zip(*places[begin:end], strict=True), strict=True):
                column.extend(at)
            self.flags.extend(bytes(end - begin))
            self.filled = 1
            return end
        for start in range(begin, end, self.stride):
            stop = min(end, start + self.stride)
            for column in self.at:
                column.append(0.0)
            self.low.append(math.inf)
            self.high.append(-math.inf)
            self.first.append(values[start])
            self.last.append(values[start])
            self.flags.append(0)
            self.filled = 0
            self._fill(places[start:stop], values[start:stop])
        return end

    def _fill(self, places: Sequence[Place], values: Sequence[float]) -> None:
        """Take more values into the last row."""
        finite = values if all(map(math.isfinite, values)) else list(compress(values, map(math.isfinite, values)))
        self.low[-1] = min(self.low[-1], min(finite, default=math.inf))
        self.high[-1] = max(self.high[-1], max(finite, default=-math.inf))
        self.last[-1] = values[-1]
        if finite is not values:
            for value in values:
                self.flags[-1] |= flag(value)
        for column, at in zip(self.at, places[-1], strict=True):
            column[-1] = at
        self.filled += len(values)

    def _halve(self) -> None:
        """Join neighbours: what a row is known for, its extremes and its ends, survives."""
        count = len(self)
        rest = slice(count - count % 2, count)
        self.low = array("d", [*map(min, self.low[0::2], self.low[1::2]), *self.low[rest]])
        self.high = array("d", [*map(max, self.high[0::2], self.high[1::2]), *self.high[rest]])
        self.first = self.first[0::2]
        self.last = array("d", [*self.last[1::2], *self.last[rest]])
        self.flags = bytearray([*map(or_, self.flags[0::2], self.flags[1::2]), *self.flags[rest]])
        self.at = (self._join(0, rest), self._join(1, rest), self._join(2, rest))
        self.filled += 0 if count % 2 else self.stride
        self.stride *= 2

    def _join(self, axis: int, rest: slice) -> "array[float]":
        return array("d", [*self.at[axis][1::2], *self.at[axis][rest]])

    def cut(self, epoch: float) -> None:
        """Forget what lies at this epoch or after it: a run that went on says it again."""
        keep = bisect_left(self.at[0], epoch)
        if keep < len(self):
            self.version += 1
            for column in (*self.at, self.low, self.high, self.first, self.last, self.flags):
                del column[keep:]
            self.filled = self.stride if keep else 0
