"""Where events come from, and how they become few new runs a second on the screen."""

import threading
from collections.abc import Callable
from typing import Protocol

from amn_tui.run.fold import fold
from amn_tui.run.model import Run, RunEvent


class Source(Protocol):
    """Turns the files of a run into events, in a thread of its own."""

    def start(self, deliver: Callable[[list[RunEvent]], None]) -> None:
        """Begin; `deliver` is called from the source's thread with every batch."""
        ...

    def stop(self) -> None:
        """End the thread; safe to call twice, and before start."""
        ...


class Feed:
    """Folds batches in the source's thread and posts the newest run; after a post it waits to be released.

    The first batch is posted even if it is empty, since only then it is known that there is nothing. A change is posted
    at once, so that a quiet run is shown without delay; while the screen is busy with one run, later ones replace each
    other and none is drawn twice.
    """

    def __init__(self, run: Run, post: Callable[[Run], None]) -> None:
        """Start with a run; `post` hands a run to the screen and may be called from any thread."""
        self.run = run
        self._post = post
        self._posted: Run | None = None
        self._busy = False
        self._lock = threading.Lock()  # the screen's thread takes this one, and never waits for a fold
        self._folding = threading.Lock()

    def deliver(self, events: list[RunEvent]) -> None:
        """Take a batch; from any thread, but the source's is the one that has a lot to say."""
        with self._folding:
            run = fold(self.run, events)
            self.run = run
        with self._lock:
            if self._busy or run is self._posted:
                return
            self._busy = True
            self._posted = run = self.run
        self._post(run)

    @property
    def has_told(self) -> bool:
        """Tell whether the source has said anything yet."""
        return self._posted is not None

    def release(self) -> None:
        """Tell that the posted run is on the screen, and that it is time; posts again if there is a newer one."""
        with self._lock:
            self._busy = self.has_told and self.run is not self._posted
            if not self._busy:
                return
            self._posted = run = self.run
        self._post(run)
