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
        if first and stop == self._count:
            self._cut(first)
            return
        kept = LineStarts(islice(self._iterate(0), first))
        kept.extend(self._iterate(stop))
        vars(self).update(vars(kept))

    def _cut(self, count: int) -> None:
        """Keep the first `count` of them, one at least."""
        self._last = self[count - 1]
        del self._steps[count - 1 :], self._marks[1 + (count - 1) // SPAN :]
        self._long = {at: step for at, step in self._long.items() if at < count - 1}
        self._count = count

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
        if not self._count:
            self._begin(islice(left, 1))
        while batch := list(islice(left, BATCH)):
            self.extend_by_steps(list(map(sub, batch, [self._last, *batch[:-1]])))

    def _begin(self, first: Iterable[int]) -> None:
        for offset in first:
            self._marks.append(offset)
            self._count, self._last = 1, offset

    def extend_by_steps(self, steps: list[int]) -> None:
        """Add offsets by how far each lies behind the one before it, the first behind the last there is."""
        if not steps:
            return
        first = -self._count % SPAN  # so many, until a whole offset is kept again
        at = self._last
        if first < len(steps):
            at += sum(steps[: first + 1])
            self._marks.append(at)
            for begin in range(first + 1, len(steps) - SPAN + 1, SPAN):
                at += sum(steps[begin : begin + SPAN])
                self._marks.append(at)
        self._last += sum(steps)
        self._add(steps)

    def _add(self, steps: list[int]) -> None:
        short = steps
        if max(steps) > LONGEST_STEP:
            short = [0 if step > LONGEST_STEP else step for step in steps]
            long = (at for at, step in enumerate(steps) if step > LONGEST_STEP)
            self._long.update((self._count - 1 + at, steps[at]) for at in long)
        self._steps.extend(short)
        self._count += len(steps)
