"""Offsets that only grow, a little more than two bytes each: where the lines of a log begin."""

from array import array
from collections.abc import Iterable, Iterator
from itertools import accumulate, islice
from operator import sub
from typing import overload

SPAN = 64  # a whole offset is kept for every so many; the others are steps from one to the next
LONGEST_STEP = (1 << 16) - 1
BATCH = 1 << 16


class LineStarts:
    """An ascending list of offsets; one thread may append while others read what was there before."""

    def __init__(self, offsets: Iterable[int] = ()) -> None:
        """Begin with these."""
        self._marks = array("Q")
        self._steps = array("H")  # from each offset to the next; 0: see `_long`
        self._long: dict[int, int] = {}
        self._count = self._last = 0
        self.extend(offsets)

    def __len__(self) -> int:
        """Return how many there are."""
        return self._count

    @overload
    def __getitem__(self, at: int) -> int: ...
    @overload
    def __getitem__(self, at: slice) -> "LineStarts": ...
    def __getitem__(self, at: int | slice) -> "int | LineStarts":
        """Return one, or a copy of those from one on."""
        if isinstance(at, slice):
            first, stop, _ = at.indices(self._count)
            return LineStarts(islice(self._iterate(first), max(0, stop - first)))
        if not -self._count <= at < self._count:
            raise IndexError(at)
        at %= self._count
        begin = at - at % SPAN
        steps = self._steps[begin:at]
        missing = sum(self._long.get(number, 0) for number in range(begin, at)) if 0 in steps else 0
        return self._marks[at // SPAN] + sum(steps) + missing

    def __delitem__(self, at: slice) -> None:
        """Forget some of them; only where nobody else reads."""
        first, stop, _ = at.indices(self._count)
        if stop <= first:
            return
        kept = LineStarts(islice(self._iterate(0), first))
        kept.extend(self._iterate(stop))
        vars(self).update(vars(kept))

    def __iter__(self) -> Iterator[int]:
        """Go through all of them."""
        return self._iterate(0)

    def _iterate(self, first: int) -> Iterator[int]:
        if first >= self._count:
            return iter(())
        steps = (self._steps[at] or self._long.get(at, 0) for at in range(first, self._count - 1))
        return accumulate(steps, initial=self[first])

    def append(self, offset: int) -> None:
        """Add one behind the last."""
        self.extend((offset,))

    def extend(self, offsets: Iterable[int]) -> None:
        """Add these behind the last."""
        left = iter(offsets)
        while batch := list(islice(left, BATCH)):
            if self._count:
                self._add(batch)
            else:
                self._marks.append(batch[0])
                self._count, self._last = 1, batch[0]
                self._add(batch[1:])

    def _add(self, batch: list[int]) -> None:
        if not batch:
            return
        steps = list(map(sub, batch, [self._last, *batch[:-1]]))
        if max(steps) > LONGEST_STEP:
            for at, step in enumerate(steps):
                if step > LONGEST_STEP:
                    self._long[self._count - 1 + at], steps[at] = step, 0
        self._marks.extend(batch[-self._count % SPAN :: SPAN])
        self._steps.extend(steps)
        self._last = batch[-1]
        self._count += len(batch)
