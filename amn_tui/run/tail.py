"""Whole new lines of a growing file; half lines wait, truncation and replacement start over, memory stays bounded."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from amn_tui.run.text import LINE_BYTES, decode_log_line

CHUNK_BYTES = 1 << 20
HEAD_BYTES = 256
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
        self._half = b""  # the line being written, never more than LINE_BYTES + 1 of it

    def read(self) -> News:
        """Return the lines that were finished since the last read, at most one chunk of them."""
        try:
            restarted = self._follow_file()
            return self._read_chunk(restarted=restarted)
        except OSError as error:
            self.close()
            return News(problem=f"{self._path}: {error.strerror or error}")
        except _NotAFileError as error:
            return News(problem=str(error))

    def close(self) -> None:
        """Let the file go; the next read begins it anew."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor, self._offset, self._head, self._half = -1, 0, b"", b""

    def _follow_file(self) -> bool:
        """Have the right file open at the right place; True when it is not what was read before."""
        if self._descriptor < 0:
            self._open()
            return False
        status = os.fstat(self._descriptor)
        rewritten = status.st_size < self._offset or os.pread(self._descriptor, len(self._head), 0) != self._head
        if rewritten:
            self._offset, self._head, self._half = 0, b"", b""
        # What is left of the old file is read before its successor.
        elif self._offset >= status.st_size and self._is_replaced(status):
            self.close()
            self._open()
            return self._descriptor >= 0
        return rewritten

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
        *whole, half = raw.split(b"\n")
        if whole:
            whole[0] = self._half + whole[0]
            self._half = b""
        self._half = (self._half + half)[: LINE_BYTES + 1]
        return News(tuple(map(decode_log_line, whole)), restarted, len(raw) == self._chunk_bytes)


class _NotAFileError(Exception):
    """The name stands for something that must not be read."""
