"""What the guard writes down: a disk that is full delays it, and ends nothing."""

import contextlib
import errno
import os
import platform
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from amn_tui.run.folder import RunFolder, read_place, write_whole
from amn_tui.run.guard_events import GuardEvent, GuardState, ProcessIdentity, SystemSampled
from checks.jsonl import append_line, encode_line

LAST_TRIES = 600
READ_ONLY_TRIES = 30  # what was mounted read-only because of a fault does not come back by itself


@dataclass(frozen=True, slots=True)
class Pulse:
    """How the trainer's log comes, and whether the trainer was stopped by a signal."""

    last_line_at: float | None = None  # Unix seconds
    usual_gap_s: float | None = None
    paused: bool = False


class GuardRecord:
    """The guard's three files; what cannot be appended to guard.jsonl is kept, in order, and tried again."""

    def __init__(self, folder: RunFolder, guard: ProcessIdentity, host: str | None = None) -> None:
        """Write into `folder` as the guard of that identity."""
        self._folder = folder
        self._guard = guard
        self._host = host or platform.node()
        self._place = read_place(folder)
        self._unwritten: deque[GuardEvent] = deque()
        self._complaints: set[str] = set()
        self._read_only = False

    def record(self, event: GuardEvent) -> None:
        """Append an event to guard.jsonl, now or as soon as that can be done."""
        self._unwritten.append(event)
        self.flush()

    def flush(self) -> bool:
        """Write what is still unwritten; return whether nothing is left."""
        while self._unwritten:
            try:
                append_line(self._folder.guard_log, self._unwritten[0])
            except OSError as error:
                self._complain(error)
                return False
            self._unwritten.popleft()
        return True

    def sample(self, sampled: SystemSampled) -> None:
        """Append to system.jsonl; a sample that cannot be written is no longer wanted later."""
        try:
            append_line(self._folder.system, sampled)
        except OSError as error:
            self._complain(error)

    def sign(self, trainer: ProcessIdentity | None, state: str, pulse: Pulse | None = None) -> None:
        """Replace guard.json: this guard lives."""
        pulse = pulse or Pulse()
        sign = GuardState(
            time.time(), self._guard, trainer, self._host, state, self._place, pulse.last_line_at, pulse.usual_gap_s,
            pulse.paused,
        )  # fmt: skip
        try:
            write_whole(self._folder.guard_state, encode_line(sign), durable=False)
        except OSError as error:
            self._complain(error)

    def settle(self, pause: Callable[[float], object] = time.sleep, pause_s: float = 1.0) -> bool:
        """Try for some minutes to write the rest: how a run ended must not be lost to a disk that is full now."""
        for tried in range(LAST_TRIES):
            if self.flush():
                return True
            if not self._folder.path.is_dir() or (self._read_only and tried >= READ_ONLY_TRIES):
                return False
            pause(pause_s)
        return False

    def _complain(self, error: OSError) -> None:
        """Say it once, on stderr, which may be on the same full disk."""
        self._read_only = error.errno == errno.EROFS
        words = f"{error.filename or self._folder.path}: {error.strerror}\n"
        if words not in self._complaints:
            self._complaints.add(words)
            with contextlib.suppress(OSError):
                os.write(2, words.encode("utf-8", "replace"))
