"""The lines of the log that the screen needs: read by other threads, only looked up by the screen's own."""

import threading

from amn_tui.ui.line import Line
from amn_tui.ui.log_file import LogFile
from amn_tui.ui.log_index import LogIndex
from amn_tui.ui.log_line import tone_line

KEPT_LINES = 2000
AHEAD_LINES = 64  # so many of the newest are ready before the screen hears of them
CHARACTERS_PER_CELL = 4  # a letter and three marks on it

Key = tuple[int, int, int]


class LogLines:
    """Keeps the lines that were read last. A file system that hangs keeps lines from appearing, and nothing else."""

    def __init__(self, log: LogFile) -> None:
        """Read from `log`."""
        self._log = log
        self._lines: dict[Key, Line] = {}
        self._lock = threading.Lock()  # never held while anything is read

    def find(self, index: LogIndex, number: int) -> Line | None:
        """Return a line that was read, None for one that was not: this waits for nothing."""
        with self._lock:
            return self._lines.get(_key(index, number))

    def read(self, index: LogIndex, first: int, last: int) -> None:
        """Read the lines from `first` up to `last`; not for the thread of the screen."""
        for number in range(max(0, first), min(last, index.count)):
            if self.find(index, number) is None:
                self._keep(_key(index, number), tone_line(self._log.read_line(index, number)))

    def read_end(self, index: LogIndex) -> None:
        """Read the newest lines: those that a screen which follows the log is about to show."""
        self.read(index, index.count - AHEAD_LINES, index.count)

    def _keep(self, key: Key, line: Line) -> None:
        with self._lock:
            self._lines[key] = line
            if len(self._lines) > KEPT_LINES:
                del self._lines[next(iter(self._lines))]


def _key(index: LogIndex, number: int) -> Key:
    """Tell lines apart by where they begin and end: a half line changes as it grows."""
    end = index.starts[number + 1] if number + 1 < index.count else index.end
    return index.generation, index.starts[number], end


def clip(line: Line, cells: int) -> Line:
    """Return a line that is no longer than it takes to fill so many cells: to measure 64 KiB takes too long."""
    most = cells * CHARACTERS_PER_CELL
    return tuple(part if len(part.text) <= most else part._replace(text=part.text[:most]) for part in line)
