"""Waiting for room on a full disk: a run is not lost for want of it, unless somebody asks to stop meanwhile."""

import contextlib
import errno
import fcntl
import os
import time
from collections.abc import Callable
from typing import Protocol, TypeVar

from checks.disk import is_full

Result = TypeVar("Result")
STDOUT = 1
TRY_EVERY_S = 0.5
LOOKS, LOOK_EVERY_S = 100, 0.002  # for one's turn: who has room for a line has written it long before
ONCE_ASKED_S = 5.0  # who asks to stop does not wait for somebody to clean up


class Output(Protocol):
    """What lines are written to."""

    def write(self, text: str, /) -> object:
        """Write text."""
        ...

    def flush(self) -> None:
        """Let nothing wait in memory."""
        ...


class Room:
    """Tries again and again what a full disk refuses."""

    def __init__(
        self,
        asked: Callable[[], object],
        pause: Callable[[float], object] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Wait until `asked` says that somebody wants to stop, and ONCE_ASKED_S from then on."""
        self._asked = asked
        self.pause = pause
        self._clock = clock
        self.waited_s = 0.0  # for room, so far

    def insist(self, work: Callable[[], Result], tell: Callable[[OSError], object] = lambda _: None) -> Result:
        """Do `work` until there is room for it, `tell` once that there is none; raises any other OSError.

        Raises the full disk's, too, when somebody has asked to stop.
        """
        began_s, until_s = self._clock(), None
        told = False
        while True:
            try:
                return work()
            except OSError as error:
                if not is_full(error):
                    raise
                now_s = self._clock()
                if until_s is None and self._asked():
                    until_s = now_s + ONCE_ASKED_S
                if until_s is not None and now_s >= until_s:
                    raise
                if not told:
                    told = True
                    tell(error)
            self.pause(TRY_EVERY_S)
            now_s = self._clock()
            self.waited_s += now_s - began_s
            began_s = now_s


class WholeLines:
    """Lines for a descriptor; what a disk that fills up takes is half a line, whose rest is written when it can be.

    Until then no other process that writes here this way has its turn: its line would stand between the two halves.
    """

    def __init__(self, descriptor: int, room: Room) -> None:
        """Write to `descriptor`."""
        self._descriptor = descriptor
        self._room = room
        self._left = b""

    def write(self, text: str) -> None:
        """Write a line that ends with a newline; after a wait for room another one says so."""
        self._left += text.encode("utf-8", "backslashreplace")
        waited_s = self._room.waited_s
        try:
            self._room.insist(self._write_rest)
            waited_s = self._room.waited_s - waited_s
            if waited_s:
                self._left = f"the disk was full: waited {waited_s:.0f} s for room in the log\n".encode()
                with contextlib.suppress(OSError):
                    self._write_rest()
        finally:
            if not self._left:
                self._end_turn()

    def flush(self) -> None:
        """Do nothing: nothing waits in memory."""

    def _write_rest(self) -> None:
        self._take_turn()
        while self._left:
            self._left = self._left[os.write(self._descriptor, self._left) :]

    def _take_turn(self) -> None:
        """Keep other processes out; raises the full disk's error while one of them waits for room for half a line."""
        for _ in range(LOOKS):
            try:
                fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno not in (errno.EAGAIN, errno.EACCES):
                    return  # a terminal, a pipe and some file systems have no locks, and do without
            else:
                return
            self._room.pause(LOOK_EVERY_S)
        raise OSError(errno.ENOSPC, "another process waits for room for its line")

    def _end_turn(self) -> None:
        with contextlib.suppress(OSError):
            fcntl.lockf(self._descriptor, fcntl.LOCK_UN)
