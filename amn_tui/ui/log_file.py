"""The log as lines on disk: where each begins, and reading the few that are shown. Only pread; never mmap."""

import os
import stat
import threading
from array import array
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from amn_tui.run.text import LINE_BYTES, decode_log_line

TAIL_BYTES = 1 << 18  # what is indexed before the first paint
CHUNK_BYTES = 1 << 22
HEAD_BYTES = 256  # told apart by: a file that is replaced by one of the same length


@dataclass(frozen=True, slots=True, eq=False)
class LogIndex:
    """Where lines begin: `starts` is shared and only ever appended to, `count` and `end` are what this index knows.

    `whole` is False while only the tail has been looked at: line 0 is then not the first of the file. `generation`
    changes when the file was truncated or replaced.
    """

    starts: "array[int]"
    count: int = 0
    end: int = 0
    widest: int = 0
    whole: bool = False
    generation: int = 0


class LogFile:
    """One log file that may grow, be truncated, replaced, deleted and come back.

    `refresh` and `index_head` belong to one thread; `read_line` may be called from another: it only reads.
    """

    def __init__(self, path: Path) -> None:
        """Remember where the file is; nothing is opened yet."""
        self.path = path
        self.index = LogIndex(array("Q"))
        self._descriptor = -1
        self._identity: tuple[int, int] | None = None
        self._head = b""
        self._swapping = threading.Lock()  # held while the descriptor changes, and while a line is read from it

    def close(self) -> None:
        """Close the file."""
        self._swap(-1)

    def _swap(self, descriptor: int) -> None:
        with self._swapping:
            if self._descriptor >= 0:
                os.close(self._descriptor)
            self._descriptor = descriptor

    def refresh(self) -> bool:
        """Look at the file and index what is new, tail first; return whether anything changed. Raises OSError."""
        before = self.index
        found = self.path.lstat()  # a link in a run folder is not followed; a bare log's path is resolved before
        if self._descriptor < 0 or (found.st_dev, found.st_ino) != self._identity or self._is_rewritten(found.st_size):
            self._open()
        size = os.fstat(self._descriptor).st_size
        if self.index.end == 0 and size > TAIL_BYTES:
            self._index_tail(size)
        else:
            self._index_growth(size)
        return self.index is not before

    def _is_rewritten(self, size: int) -> bool:
        return size < self.index.end or os.pread(self._descriptor, len(self._head), 0) != self._head

    def _open(self) -> None:
        """Open anew; refuses what is no regular file, without waiting on a pipe."""
        descriptor = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY | os.O_NOFOLLOW)
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            os.close(descriptor)
            raise OSError(0, "not a regular file", str(self.path))
        self.index = LogIndex(array("Q"), generation=self.index.generation + 1)
        self._swap(descriptor)
        self._identity, self._head = (found.st_dev, found.st_ino), os.pread(descriptor, HEAD_BYTES, 0)

    def _index_tail(self, size: int) -> None:
        raw = os.pread(self._descriptor, TAIL_BYTES, size - TAIL_BYTES)
        first = raw.find(b"\n") + 1  # without a newline the tail is one line, cut at its front
        self.index = LogIndex(array("Q"), end=size - TAIL_BYTES + first, generation=self.index.generation)
        self._index_growth(size)

    def _index_growth(self, size: int) -> None:
        if len(self._head) < HEAD_BYTES:
            self._head = os.pread(self._descriptor, HEAD_BYTES, 0)
        old = self.index
        if size == old.end:
            return
        whole = old.whole or (old.count == 0 and old.end == 0)
        end, widest = old.end, old.widest
        while end < size and (raw := os.pread(self._descriptor, min(CHUNK_BYTES, size - end), end)):
            widest = max(widest, _append_starts(old.starts, raw, end, fresh=old.count == 0 and end == old.end))
            end += len(raw)
        self.index = LogIndex(old.starts, _count_lines(old.starts, end), end, widest, whole, old.generation)

    def index_head(self) -> bool:
        """Index what lies before the tail; return whether there was anything. Takes seconds for gigabytes."""
        tail = self.index
        if tail.whole or not tail.count:
            return False
        starts: array[int] = array("Q")
        end, widest, border = 0, tail.widest, tail.starts[0]
        while end < border and (raw := os.pread(self._descriptor, min(CHUNK_BYTES, border - end), end)):
            widest = max(widest, _append_starts(starts, raw, end, fresh=end == 0))
            end += len(raw)
        at_border = os.pread(self._descriptor, 1, border - 1) == b"\n"
        del starts[_count_lines(starts, end) :]
        starts.extend(tail.starts if at_border else tail.starts[1:])  # the tail may begin inside a long line
        self.index = LogIndex(starts, _count_lines(starts, tail.end), tail.end, widest, True, tail.generation)
        return True

    def read_line(self, index: LogIndex, number: int) -> str:
        """Return a line, decoded and safe; empty when it is not there any more."""
        start = index.starts[number]
        end = index.starts[number + 1] if number + 1 < index.count else index.end
        try:
            with self._swapping:
                raw = self._read_bytes(start, end) if index.generation == self.index.generation else b""
        except OSError:
            return ""
        return decode_log_line(raw.rstrip(b"\n").removesuffix(b"\r"))

    def _read_bytes(self, start: int, end: int) -> bytes:
        """Read a line; of one that is too long the newest part when it is a progress bar that overwrites itself."""
        if end - start <= LINE_BYTES:
            return os.pread(self._descriptor, end - start, start)
        newest = os.pread(self._descriptor, LINE_BYTES, end - LINE_BYTES).rstrip(b"\r\n")
        if b"\r" in newest:
            return newest[newest.rindex(b"\r") + 1 :]
        return os.pread(self._descriptor, LINE_BYTES + 1, start)


def _append_starts(starts: "array[int]", raw: bytes, offset: int, *, fresh: bool) -> int:
    """Append where lines begin in `raw`, which lies at `offset`; return the longest gap between two of them.

    `starts` always ends with the place where the next line begins or would begin, so that a half line is there too.
    """
    if fresh:
        starts.append(offset)
    pieces = raw.split(b"\n")
    if len(pieces) == 1:
        return offset + len(raw) - starts[-1]
    lengths = [len(piece) + 1 for piece in pieces[:-1]]
    longest = max(max(lengths), offset + lengths[0] - starts[-1])
    starts.extend(accumulate(lengths[1:], initial=offset + lengths[0]))
    return longest


def _count_lines(starts: "array[int]", end: int) -> int:
    """Count the lines: a start at the very end of the file has no line yet."""
    return len(starts) - 1 if starts and starts[-1] >= end else len(starts)
