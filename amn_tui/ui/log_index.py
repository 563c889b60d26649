"""Where the lines of a log begin: two bytes a line, and never more lines than memory has room for."""

from bisect import bisect_left
from dataclasses import dataclass, replace

from amn_tui.ui.line_starts import LineStarts

MOST_LINES = 1 << 22  # so many of the newest are kept at least, twice as many at most: 18 MB, however long the log gets

# What a progress bar is known by, at first sight: with a total, and without. A byte alone is looked for far quicker.
BAR_NEEDLES = ((b"|", b"%|"), (b"[", b"it ["))


@dataclass(frozen=True, slots=True, eq=False)
class LogIndex:
    """Where lines begin: `starts` is shared and only ever appended to, `count` and `end` are what this index knows.

    `whole` is False while only the tail has been looked at: line 0 is then not the first of the file, and never will
    be when the index was `cut` to its newest lines. `has_bars` tells that there
    may be progress bars. `generation` changes when the file was truncated or replaced.
    """

    starts: LineStarts
    count: int = 0
    end: int = 0
    widest: int = 0
    whole: bool = False
    generation: int = 0
    cut: bool = False
    has_bars: bool = False

    def find_line(self, start: int) -> int:
        """Return which line begins at `start`, or where one that is not indexed would be."""
        return bisect_left(self.starts, start, 0, self.count)


def holds_bars(raw: bytes) -> bool:
    """Tell whether there may be a progress bar in a piece of a log."""
    return any(byte in raw and needle in raw for byte, needle in BAR_NEEDLES)


def append_starts(starts: LineStarts, raw: bytes, offset: int, *, fresh: bool) -> int:
    """Append where lines begin in `raw`, which lies at `offset`; return the longest gap between two of them.

    `starts` always ends with the place where the next line begins or would begin, so that a half line is there too.
    """
    if fresh:
        starts.append(offset)
    steps = [length + 1 for length in map(len, raw.split(b"\n"))]
    rest = steps.pop() - 1
    if not steps:
        return offset + rest - starts[-1]
    steps[0] += offset - starts[-1]  # the first of these lines may have begun before
    starts.extend_by_steps(steps)
    return max(steps)


def cut_index(index: LogIndex) -> LogIndex:
    """Return an index of the newest lines alone; whoever still holds the old one is not disturbed."""
    starts = index.starts[-MOST_LINES:]
    return replace(index, starts=starts, count=count_lines(starts, index.end), whole=False, cut=True)


def count_lines(starts: LineStarts, end: int) -> int:
    """Count the lines: a start at the very end of the file has no line yet."""
    return len(starts) - 1 if starts and starts[-1] >= end else len(starts)
