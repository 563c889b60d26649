"""Which lines of the log are shown, where not all of them are: by the place where each begins, two bytes a line."""

from array import array
from bisect import bisect_left
from dataclasses import dataclass, field

from amn_tui.ui.line_starts import LineStarts


@dataclass(frozen=True, slots=True, eq=False)
class LogRows:
    """Places in the file, ascending; they stay what they are while lines are found at the head or let go of.

    `starts` is shared and only ever appended to, `count` is what these rows know of it; `last` are places behind them
    that may still turn out otherwise: a half line, a progress bar that goes on. `folds` are rows that stand for several
    lines, `sizes` for how many.
    """

    starts: LineStarts
    count: int = 0
    last: tuple[int, ...] = ()
    folds: LineStarts = field(default_factory=LineStarts)
    sizes: "array[int]" = field(default_factory=lambda: array("I"))
    last_size: int = 1

    def __len__(self) -> int:
        """Return how many there are."""
        return self.count + len(self.last)

    def __getitem__(self, row: int) -> int:
        """Return where the line of a row begins."""
        return self.starts[row] if row < self.count else self.last[row - self.count]

    def find_row(self, start: int) -> int:
        """Return which row begins at `start`, or the next one after it."""
        return bisect_left(self, start)

    def count_folded(self, start: int) -> int:
        """Return for how many lines the row at `start` stands."""
        if self.last and start == self.last[0]:
            return self.last_size
        at = bisect_left(self.folds, start, 0, len(self.sizes))
        return self.sizes[at] if at < len(self.sizes) and self.folds[at] == start else 1
