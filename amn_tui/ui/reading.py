"""Everything that runs beside the screen: the source of events with its feed, and the index of the log."""

import threading
from collections.abc import Callable
from pathlib import Path

from textual.message import Message

from amn_tui.run.model import HistoryRead, ProblemFound, Run, RunEvent
from amn_tui.ui.log_file import LogFile
from amn_tui.ui.log_index import LogIndex
from amn_tui.ui.log_lines import LogLines
from amn_tui.ui.log_watch import LogWatch
from amn_tui.ui.messages import LogIndexed, RunChanged
from amn_tui.ui.source import Feed, Source

PICTURE_S = 2.0  # without a picture in that time, whatever the reason, go on


class Reading:
    """Starts and stops the threads; what they find is posted as messages."""

    def __init__(self, source: Source, run: Run, log: Path, post: Callable[[Message], object]) -> None:
        """Prepare; `post` is called from the threads."""
        self.source = source
        self.log_file = LogFile(log)
        self.feed = Feed(run, lambda newer: self._post(RunChanged(newer)))
        self.lines = LogLines(self.log_file)
        self.watch = LogWatch(self.log_file, self._tell_index, may_look_back=self._may_look_back)
        self.drawn = threading.Event()
        self._catches_up = False  # with a log too long to be read at once
        self._hand_on = post

    def _post(self, message: Message) -> None:
        try:
            self._hand_on(message)
        except RuntimeError:
            return  # the screen's loop has just ended, and with it whoever would have looked

    def _tell_index(self, index: LogIndex) -> None:
        self.lines.read_end(index)
        self._post(LogIndexed(index))

    def _deliver(self, events: list[RunEvent]) -> None:
        self.feed.deliver(events)
        shares = [event.share for event in events if isinstance(event, HistoryRead)]
        self._catches_up = any(share < 1.0 for share in shares[-1:])
        self.watch.wake()
        if shares:
            self.wait_for_picture()

    def _may_look_back(self) -> bool:
        """Tell whether there is time for where the lines of a long log begin: its curves come first.

        Side by side in one interpreter each would only slow the other down.
        """
        self.wait_for_picture()
        return not self._catches_up

    def wait_for_picture(self) -> None:
        """Let the threads wait with what is long: until the first picture they would only take time away from it."""
        self.drawn.wait(PICTURE_S)

    def tell_problem(self, where: str, words: str) -> None:
        """Say that something beside the screen failed; from any thread."""
        self.feed.deliver([ProblemFound(where, words)])

    def start(self) -> None:
        """Begin to read."""
        self.watch.start()
        self.source.start(self._deliver)

    def stop(self) -> None:
        """End both threads."""
        self.drawn.set()
        self.source.stop()
        self.watch.stop()
