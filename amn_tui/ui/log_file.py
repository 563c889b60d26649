"""The log as lines on disk: where each begins, and reading the few that are shown. Only pread; never mmap."""

import os
import stat
import threading
from dataclasses import replace
from pathlib import Path

from amn_tui.run.text import LINE_BYTES, decode_log_line
from amn_tui.ui.line_starts import LineStarts
from amn_tui.ui.log_index import MOST_LINES, LogIndex, append_starts, count_lines, cut_index, holds_bars

TAIL_BYTES = 1 << 18  # what is indexed before the first paint
CHUNK_BYTES = 1 << 22
HEAD_BYTES = 256  # told apart by: a file that is replaced by one of the same length
SEAM_BYTES = 64  # and by what stands before the place that was indexed to: a banner may be the same
LOOK_BACK_BYTES = 1 << 30  # how far before the tail lines are indexed


class LogFile:
    """One log file that may grow, be truncated, replaced, deleted and come back.

    `refresh` and `index_head` belong to one thread; the others may be called from another: they only read.
    """

    def __init__(self, path: Path) -> None:
        """Remember where the file is; nothing is opened yet."""
        self.path = path
        self.index = LogIndex(LineStarts())
        self._descriptor = -1
        self._identity: tuple[int, int] | None = None
        self._head = self._seam = b""
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
        if size - self.index.end > LOOK_BACK_BYTES and self.index.end:
            self.index = LogIndex(LineStarts(), generation=self.index.generation + 1)  # too much at once: begin anew
        if self.index.end == 0 and size > TAIL_BYTES:
            self._index_tail(size)
        else:
            self._index_growth(size)
        return self.index is not before

    def _is_rewritten(self, size: int) -> bool:
        seam_at = self.index.end - len(self._seam)
        return (
            size < self.index.end
            or os.pread(self._descriptor, len(self._head), 0) != self._head
            or os.pread(self._descriptor, len(self._seam), seam_at) != self._seam
        )

    def _open(self) -> None:
        """Open anew; refuses what is no regular file, without waiting on a pipe."""
        descriptor = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY | os.O_NOFOLLOW)
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            os.close(descriptor)
            raise OSError(0, "not a regular file", str(self.path))
        self.index = LogIndex(LineStarts(), generation=self.index.generation + 1)
        self._swap(descriptor)
        self._identity, self._head = (found.st_dev, found.st_ino), os.pread(descriptor, HEAD_BYTES, 0)
        self._seam = b""

    def _index_tail(self, size: int) -> None:
        raw = os.pread(self._descriptor, TAIL_BYTES, size - TAIL_BYTES)
        first = raw.find(b"\n") + 1  # without a newline the tail is one line, cut at its front
        self.index = LogIndex(LineStarts(), end=size - TAIL_BYTES + first, generation=self.index.generation)
        self._index_growth(size)

    def _index_growth(self, size: int) -> None:
        if len(self._head) < HEAD_BYTES:
            self._head = os.pread(self._descriptor, HEAD_BYTES, 0)
        old = self.index
        if size == old.end:
            return
        whole = old.whole or (old.count == 0 and old.end == 0)
        end, widest, has_bars = old.end, old.widest, old.has_bars
        while end < size and (raw := os.pread(self._descriptor, min(CHUNK_BYTES, size - end), end)):
            widest = max(widest, append_starts(old.starts, raw, end, fresh=old.count == 0 and end == old.end))
            has_bars = has_bars or holds_bars(raw)
            end += len(raw)
        self._seam = os.pread(self._descriptor, SEAM_BYTES, max(0, end - SEAM_BYTES))
        grown = replace(old, count=count_lines(old.starts, end), end=end, widest=widest, whole=whole, has_bars=has_bars)
        self.index = grown if grown.count <= 2 * MOST_LINES else cut_index(grown)

    def index_head(self) -> bool:
        """Index what lies before the tail; return whether there was anything. Takes seconds for gigabytes."""
        tail = self.index
        if tail.whole or tail.cut or not tail.count:
            return False
        starts = LineStarts()
        widest, border, has_bars = tail.widest, tail.starts[0], tail.has_bars
        begin = end = max(0, border - LOOK_BACK_BYTES)
        while end < border and (raw := os.pread(self._descriptor, min(CHUNK_BYTES, border - end), end)):
            widest = max(widest, append_starts(starts, raw, end, fresh=end == begin))
            has_bars = has_bars or holds_bars(raw)
            end += len(raw)
            if len(starts) > 2 * MOST_LINES:
                del starts[:-MOST_LINES]
        at_border = os.pread(self._descriptor, 1, border - 1) == b"\n"
        del starts[count_lines(starts, end) :]
        cut = not starts or starts[0] > 0
        if begin:
            del starts[:1]  # it may lie inside a line
        starts.extend(tail.starts if at_border or not starts else tail.starts[1:])  # the tail may begin inside a line
        self.index = replace(
            tail, starts=starts, count=count_lines(starts, tail.end), widest=widest, whole=not cut, cut=cut,
            has_bars=has_bars,
        )  # fmt: skip
        return True

    def read_line(self, index: LogIndex, number: int) -> str:
        """Return a line, decoded and safe; empty when it is not there any more."""
        return decode_log_line(self.read_raw_line(index, number))

    def read_raw_line(self, index: LogIndex, number: int) -> bytes:
        """Return a line as it is, without its end, at most LINE_BYTES + 1 of it."""
        start = index.starts[number]
        end = index.starts[number + 1] if number + 1 < index.count else index.end
        try:
            with self._swapping:
                raw = self._read_bytes(start, end) if index.generation == self.index.generation else b""
        except OSError:
            return b""
        return raw.rstrip(b"\n").removesuffix(b"\r")

    def read_bytes(self, index: LogIndex, start: int, end: int) -> bytes:
        """Return a piece of the file; empty when it is not there any more."""
        try:
            with self._swapping:
                same = index.generation == self.index.generation
                return os.pread(self._descriptor, end - start, start) if same else b""
        except OSError:
            return b""

    def _read_bytes(self, start: int, end: int) -> bytes:
        """Read a line; of one that is too long the newest part when it is a progress bar that overwrites itself."""
        if end - start <= LINE_BYTES:
            return os.pread(self._descriptor, end - start, start)
        newest = os.pread(self._descriptor, LINE_BYTES, end - LINE_BYTES).rstrip(b"\r\n")
        if b"\r" in newest:
            return newest[newest.rindex(b"\r") + 1 :]
        return os.pread(self._descriptor, LINE_BYTES + 1, start)
