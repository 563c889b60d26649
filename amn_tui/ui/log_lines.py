"""The lines of the log that the screen needs: read by other threads, only looked up by the screen's own."""

import threading
from collections.abc import Iterable

from amn_tui.run.text import decode_log_line, sanitize
from amn_tui.ui.line import Line, Part, Tone
from amn_tui.ui.log_file import LogFile
from amn_tui.ui.log_index import LogIndex
from amn_tui.ui.log_line import tone_line

KEPT_LINES = 2000
AHEAD_LINES = 64  # so many of the newest are ready before the screen hears of them
CHARACTERS_PER_CELL = 4  # a letter and three marks on it
BETWEEN = " => "  # what one update of a progress bar is set apart from the next with

Key = tuple[int, int, int]


class LogLines:
    """Keeps the lines that were read last. A file system that hangs keeps lines from appearing, and nothing else."""

    def __init__(self, log: LogFile) -> None:
        """Read from `log`."""
        self.log = log
        self.reads = 0  # how often lines were read: until it changes, the same lines are there
        self.apart = False  # whether a progress bar that overwrites itself is shown with all it ever said
        self._lines: dict[Key, Line] = {}
        self._updates: dict[Key, int] = {}
        self._lock = threading.Lock()  # never held while anything is read

    def find(self, index: LogIndex, number: int) -> Line | None:
        """Return a line that was read, None for one that was not: this waits for nothing."""
        with self._lock:
            return self._lines.get(_key(index, number))

    def count_updates(self, index: LogIndex, number: int) -> int:
        """Return how often a line overwrote itself, as far as is known; 1 for one that did not."""
        with self._lock:
            return self._updates.get(_key(index, number), 1)

    def read(self, index: LogIndex, numbers: Iterable[int]) -> None:
        """Read these lines; not for the thread of the screen."""
        for number in numbers:
            if 0 <= number < index.count and self.find(index, number) is None:
                raw = self.log.read_raw_line(index, number)
                updates = raw.count(b"\r") + 1
                if updates > 1 and self.apart:
                    pieces = (sanitize(piece.decode("utf-8", "replace")) for piece in raw.split(b"\r"))
                    text, updates = BETWEEN.join(pieces), 1
                else:
                    text = decode_log_line(raw)
                self._keep(_key(index, number), tone_line(text), updates)
        self.reads += 1

    def read_end(self, index: LogIndex) -> None:
        """Read the newest lines: those that a screen which follows the log is about to show."""
        self.read(index, range(max(0, index.count - AHEAD_LINES), index.count))

    def take_apart(self, apart: bool) -> None:
        """Show all that a progress bar said, or the last of it; what was read is forgotten."""
        with self._lock:
            self.apart = apart
            self._lines.clear()
            self._updates.clear()

    def _keep(self, key: Key, line: Line, updates: int) -> None:
        with self._lock:
            self._lines[key] = line
            if updates > 1:
                self._updates[key] = updates
            if len(self._lines) > KEPT_LINES:
                oldest = next(iter(self._lines))
                del self._lines[oldest]
                self._updates.pop(oldest, None)


def _key(index: LogIndex, number: int) -> Key:
    """Tell lines apart by where they begin and end: a half line changes as it grows."""
    end = index.starts[number + 1] if number + 1 < index.count else index.end
    return index.generation, index.starts[number], end


def clip(line: Line, cells: int) -> Line:
    """Return a line that is no longer than it takes to fill so many cells: to measure 64 KiB takes too long."""
    most = cells * CHARACTERS_PER_CELL
    return tuple(part if len(part.text) <= most else part._replace(text=part.text[:most]) for part in line)


def cut_line(line: Line, first: int, last: int | None = None) -> Line:
    """Return the characters of a line from `first` up to `last`, or to its end."""
    if last is None:
        last = sum(len(part.text) for part in line)
    kept: list[Part] = []
    at = 0
    for part in line:
        text = part.text[max(0, first - at) : max(0, last - at)]
        if text:
            kept.append(part._replace(text=text))
        at += len(part.text)
    return tuple(kept)


def mark_spans(line: Line, spans: Iterable[tuple[int, int]], tone: Tone) -> Line:
    """Return the line with some of its characters in another tone; spans are ascending and apart."""
    length = sum(len(part.text) for part in line)
    marked: list[Part] = []
    at = 0
    for first, last in spans:
        marked += cut_line(line, at, first)
        marked += (part._replace(tone=tone) for part in cut_line(line, first, last))
        at = last
    return (*marked, *cut_line(line, at, length)) if marked else line
