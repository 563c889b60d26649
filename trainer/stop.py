"""A request to stop training, by signal or by a line in the run folder's control.jsonl; the loop asks between steps."""

import signal
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from checks.jsonl import decode_line

CONTROL_VARIABLE = "AMN_CONTROL"
EXIT_STOPPED = 143
LOOK_EVERY_S = 0.2
LARGEST_READ_BYTES = 2**20
SIGNALS = (signal.SIGTERM, signal.SIGINT)


@dataclass(frozen=True, slots=True)
class AbortAsked:
    """The part of a control line that the trainer needs; `time` in Unix seconds."""

    time: float


class StopRequest:
    """Remembers the first request to stop; later ones, signals included, change nothing and break nothing."""

    def __init__(
        self,
        control: Path | None,
        started_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Watch `control`, if any; what was asked before `started_s` (Unix time) was meant for an earlier process."""
        self._control = control
        self._started_s = started_s
        self._clock = clock
        self._by: str | None = None
        self._looked_s = float("-inf")
        self._offset = 0
        self._inode = 0
        # Lines that come after this moment count whatever their time says: a wall clock may jump.
        self._known_bytes = self._stat_size() or 0

    def install(self) -> None:
        """Take SIGTERM and SIGINT as requests."""
        for number in SIGNALS:
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if self._by is None:
            self._by = signal.Signals(number).name

    def check(self) -> str | None:
        """Return who asked, None when nobody did; looks at the file at most every LOOK_EVERY_S."""
        now_s = self._clock()
        if self._by is None and self._control is not None and now_s - self._looked_s >= LOOK_EVERY_S:
            self._looked_s = now_s
            if self._read_request(self._control):
                self._by = self._control.name
        return self._by

    def _stat_size(self) -> int | None:
        """Return the file's size; None when there is no regular file."""
        try:
            status = self._control.stat() if self._control else None
        except OSError:
            return None
        if status is None or not stat.S_ISREG(status.st_mode):
            return None
        if status.st_ino != self._inode:
            self._inode, self._offset = status.st_ino, 0
        return status.st_size

    def _read_request(self, path: Path) -> bool:
        size = self._stat_size()
        if size is None or size == self._offset:
            return False
        if size < self._offset:
            self._offset = self._known_bytes = 0
        try:
            with path.open("rb") as file:
                file.seek(self._offset)
                chunk = file.read(LARGEST_READ_BYTES)
        except OSError:
            return False
        return self._find_request(chunk)

    def _find_request(self, chunk: bytes) -> bool:
        """Go through whole lines; half a line waits, unless it is longer than any of ours."""
        for line in chunk.splitlines(keepends=True):
            if not line.endswith(b"\n") and len(chunk) < LARGEST_READ_BYTES:
                break
            starts_at, self._offset = self._offset, self._offset + len(line)
            asked = decode_line(line, [AbortAsked])
            if asked and (asked.time >= self._started_s or starts_at >= self._known_bytes):
                return True
        return False
