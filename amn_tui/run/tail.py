"""Whole new lines of a growing file; half lines wait, truncation and replacement start over, memory stays bounded."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from amn_tui.run.text import LINE_BYTES, decode_log_line, decode_plain_lines

CHUNK_BYTES = 1 << 20
HEAD_BYTES = 256
SEAM_BYTES = 64  # what stands before the place that was read to: a rewritten file may begin as the old one did
OPEN_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class News:
    """What a read found: `lines` without their ends, safe to show; `more` says that there is more to read at once."""

    lines: tuple[str, ...] = ()
    restarted: bool = False  # the file was truncated, rewritten or replaced since the last read
    more: bool = False
    problem: str = ""


class Tail:
    """Reads a file as it grows; the file need not exist yet, and may be rotated, truncated, replaced or rewritten.

    A FIFO, a device or a folder is never opened for reading; a symbolic link only with `follow`.
    """

    def __init__(self, path: Path, *, follow: bool = False, chunk_bytes: int = CHUNK_BYTES) -> None:
        """Start before the first line of `path`; at most `chunk_bytes` are read at once."""
        self._path = path
        self._flags = OPEN_FLAGS | (0 if follow else os.O_NOFOLLOW)
        self._chunk_bytes = chunk_bytes
        self._descriptor = -1
        self._offset = 0
        self._head = b""
        self._seam = b""
        self._lines = LineSplitter()

    def read(self) -> News:
        """Return the lines that were finished since the last read, at most one chunk of them."""
        try:
            restarted = self._follow_file()
            return self._read_chunk(restarted=restarted)
        except OSError as error:
            self._let_go()  # and go on from here when it can be read again: what was asked once is not asked anew
            return News(problem=f"{self._path}: {error.strerror or error}")
        except _NotAFileError as error:
            return News(problem=str(error))

    @property
    def share(self) -> float:
        """Return how much of the file, as long as it is now, has been read: 0 to 1."""
        size = os.fstat(self._descriptor).st_size if self._descriptor >= 0 else 0
        return min(1.0, self._offset / size) if size else 1.0

    @property
    def gone(self) -> bool:
        """Tell whether the file that is being read has been deleted, and no other has come in its place."""
        return self._descriptor >= 0 and os.fstat(self._descriptor).st_nlink == 0 and not self._path.exists()

    def close(self) -> None:
        """Let the file go; the next read begins it anew."""
        self._let_go()
        self._start_over()

    def pause(self) -> None:
        """Let the file go; the next read goes on where this one stopped."""
        self._let_go()

    def _let_go(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1

    def _start_over(self) -> None:
        self._offset, self._head, self._seam, self._lines = 0, b"", b"", LineSplitter()

    def _follow_file(self) -> bool:
        """Have the right file open at the right place; True when it is not what was read before."""
        if self._descriptor < 0:
            self._open()
            if self._descriptor < 0 or self._is_known():
                return False
            self._start_over()
            return True
        status = os.fstat(self._descriptor)
        rewritten = not self._is_known()  # a file that was truncated lacks what stood before the place
        if rewritten:
            self._start_over()
        # What is left of the old file is read before its successor.
        elif self._offset >= status.st_size and self._is_replaced(status):
            self.close()
            self._open()
            return self._descriptor >= 0
        return rewritten

    def _is_known(self) -> bool:
        """Tell whether the file still begins, and goes on where it was read to, as it did."""
        seam_at = self._offset - len(self._seam)
        return (
            os.pread(self._descriptor, len(self._head), 0) == self._head
            and os.pread(self._descriptor, len(self._seam), seam_at) == self._seam
        )

    def _is_replaced(self, status: os.stat_result) -> bool:
        try:
            now = self._path.stat()
        except OSError:
            return False  # deleted: wait for the next one of that name
        return (now.st_dev, now.st_ino) != (status.st_dev, status.st_ino)

    def _open(self) -> None:
        try:
            descriptor = os.open(self._path, self._flags)
        except FileNotFoundError:
            return
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise _NotAFileError(f"{self._path}: not a regular file")
        self._descriptor = descriptor

    def _read_chunk(self, *, restarted: bool) -> News:
        if self._descriptor < 0:
            return News(restarted=restarted)
        raw = os.pread(self._descriptor, self._chunk_bytes, self._offset)
        if self._offset < HEAD_BYTES:
            self._head += raw[: HEAD_BYTES - self._offset]
        self._offset += len(raw)
        self._seam = (self._seam + raw[-SEAM_BYTES:])[-SEAM_BYTES:]
        return News(tuple(self._split(raw)), restarted, len(raw) == self._chunk_bytes)

    def _split(self, raw: bytes) -> list[str]:
        """Return the lines that these bytes end; all at once between the first and the last end, if that can be."""
        first, last = raw.find(b"\n") + 1, raw.rfind(b"\n") + 1
        plain = decode_plain_lines(raw[first:last])
        if plain is None:
            return list(map(decode_log_line, self._lines.feed(raw)))
        begun = list(map(decode_log_line, self._lines.feed(raw[:first])))
        self._lines.feed(raw[last:])
        return begun + plain


def read_small(path: Path) -> bytes:
    """Return a small file's content, at most CHUNK_BYTES; raises OSError, also for what is not a file."""
    with _open_file(path) as descriptor:
        return os.read(descriptor, CHUNK_BYTES)


def read_end(path: Path, most: int) -> bytes:
    """Return the last `most` bytes of a file; raises OSError, also for what is not a file."""
    with _open_file(path) as descriptor:
        return os.pread(descriptor, most, max(0, os.fstat(descriptor).st_size - most))


@contextmanager
def _open_file(path: Path) -> Iterator[int]:
    descriptor = os.open(path, OPEN_FLAGS | os.O_NOFOLLOW)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(None, "not a regular file", str(path))
        yield descriptor
    finally:
        os.close(descriptor)


class LineSplitter:
    """Cuts bytes into lines, however they arrive; never holds more than LINE_BYTES + 1 of the line being written.

    What a carriage return writes over is not kept, so that the last state of a progress bar is what its line says.
    """

    def __init__(self) -> None:
        """Start at the beginning of a line."""
        self._half = b""
        self._returned = False  # a carriage return came, and nothing after it yet

    def feed(self, raw: bytes) -> list[bytes]:
        """Return the lines that these bytes end, without their ends."""
        *whole, half = raw.split(b"\n")
        if not whole:
            self._add(half)
            return []
        lines = [self._end(whole[0])]
        lines += [part if len(part) <= LINE_BYTES else self._end(part) for part in whole[1:]]
        self._add(half)
        return lines

    def _end(self, part: bytes) -> bytes:
        self._add(part)
        line, self._half, self._returned = self._half, b"", False
        return line

    def _add(self, part: bytes) -> None:
        kept = part.rstrip(b"\r")
        if kept:
            at = kept.rfind(b"\r")
            if at >= 0 or self._returned:
                self._half = b""
            self._half = (self._half + kept[at + 1 :])[: LINE_BYTES + 1]
            self._returned = False
        self._returned = self._returned or len(kept) < len(part)


class _NotAFileError(Exception):
    """The name stands for something that must not be read."""
