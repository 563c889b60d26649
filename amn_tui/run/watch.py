"""Waking up when a folder changes: watchdog tells at once where it can, a look every second tells the rest."""

import logging
import threading
from pathlib import Path

from watchdog.events import (
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

LOOK_EVERY_S = 1.0
REST_AFTER = 6  # looks in a row that found a stream: from then on the clock of whoever looks is enough
# It logs a warning when it is stopped in the middle of an event, and the terminal that we draw on would show it.
logging.getLogger("watchdog").addHandler(logging.NullHandler())
# Opening and closing are not changes: our own reads would wake us for ever. The kernel is asked for no more than these.
CHANGES: list[type[FileSystemEvent]] = [FileCreatedEvent, FileDeletedEvent, FileModifiedEvent, FileMovedEvent]


class Watcher:
    """Wakes one waiting thread when something in a folder changes, and every second anyway.

    watchdog is an accelerator, never the truth: it is silent on network file systems, on folders deleted and made
    again, and when the machine's watches are used up. What a look finds is decided by the reader.
    """

    def __init__(self, folder: Path, *, poll: bool = False, every_s: float = LOOK_EVERY_S) -> None:
        """Prepare to watch `folder`; `poll` leaves watchdog out."""
        self.problem = ""
        self._folder = folder
        self._poll = poll
        self._every_s = every_s
        self._changed = threading.Event()
        self._observer: BaseObserver | None = None
        self._watched: tuple[int, int] | None = None  # which folder the watch was last put on
        self._streamed = 0
        self._resting = False

    def start(self) -> None:
        """Start to watch; where watchdog cannot, `problem` says why and looking by the clock goes on."""
        if self._poll:
            return
        self._watched = self._identify()
        try:
            observer = Observer()
            observer.schedule(_Waker(self._changed), str(self._folder.resolve()), event_filter=CHANGES)
            observer.start()
        except (OSError, RuntimeError) as error:
            self.problem = f"changes are looked for every {self._every_s:g} s: {error}"
            return
        self.problem = ""
        self._observer = observer

    def wait(self, *, streaming: bool = False) -> None:
        """Return when something may have changed: at the latest after the interval.

        Who says again and again that a stream comes is let go on at their own pace, without a watch: to be woken for
        every line of it costs more than to read it.
        """
        self._streamed = self._streamed + 1 if streaming else 0
        if self._streamed >= REST_AFTER:
            self._resting = True
            self._end_watch()
            return
        if self._resting:  # the stream is over; what came before there is a watch again is looked for once more
            self._resting = False
            self.start()
            return
        if not self._changed.wait(self._every_s):
            self._renew()
        self._changed.clear()

    def wake(self) -> None:
        """Let `wait` return now."""
        self._changed.set()

    def stop(self) -> None:
        """Stop watching."""
        self._resting = False
        self._end_watch()

    def _end_watch(self) -> None:
        if self._observer is not None:
            self._observer.stop()
            self._observer.join()
            self._observer = None

    def _renew(self) -> None:
        """Put a new watch on a folder that was deleted and made again, and in the place of one that has died.

        Only where there is another folder to watch is a watch that could not be had asked for again.
        """
        if self._poll:
            return
        found = self._identify()
        if found is not None and (found != self._watched or self._has_died()):
            self.stop()
            self.start()

    def _has_died(self) -> bool:
        observer = self._observer
        return observer is not None and not all(thread.is_alive() for thread in (observer, *observer.emitters))

    def _identify(self) -> tuple[int, int] | None:
        try:
            found = self._folder.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino


class _Waker(FileSystemEventHandler):
    def __init__(self, changed: threading.Event) -> None:
        self._changed = changed

    def on_any_event(self, _event: FileSystemEvent) -> None:
        self._changed.set()
