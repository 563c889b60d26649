"""A log as the whole monitor sees it: followed by real threads, watched or polled."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from amn_tui.run.fold import fold
from amn_tui.run.folder import RunFolder
from amn_tui.run.model import Run, RunEvent
from amn_tui.run.session import Session
from amn_tui.run.watch import Watcher
from amn_tui.ui.log_file import LogFile
from amn_tui.ui.log_index import LogIndex
from amn_tui.ui.log_lines import LogLines
from amn_tui.ui.log_watch import LogWatch

Epochs = list[tuple[int, float]]
EPOCH = "2026-11-22T10:24:40Z Epoch {}/99 done val_cosine=0.{}\n"
# Follows a log in a process of its own; says what it was told, and ends at epoch 9.
FOLLOW = """
import sys, threading
from pathlib import Path
from amn_tui.run.fold import fold
from amn_tui.run.model import ProblemFound, Run
from amn_tui.run.session import Session
run, done, told = Run("/x"), threading.Event(), []
def deliver(events):
    global run
    run = fold(run, events)
    told.extend(e for e in events if isinstance(e, ProblemFound))
    if run.curve.last and len(told) < 99:
        print(run.curve.last.epoch, flush=True)
        if run.curve.last.epoch == 9: done.set()
session = Session(Path(sys.argv[1]), read_only=True)
session.start(deliver)
done.wait(60)
session.stop()
print(len(told), told[0].words if told else "", [r.epoch for r in run.curve.epochs], session._thread.is_alive())
"""


def append(path: Path, number: int) -> None:
    with path.open("a") as file:
        file.write(EPOCH.format(number, number))


class Watched:
    """A log as the whole monitor sees it: the curve of its run, and the lines of its pane."""

    def __init__(self, folder: Path, *, poll: bool) -> None:
        """Follow the log in `folder`."""
        self.run, self.looks = Run("/x"), 0
        self.session = Session(folder, poll=poll, read_only=True)
        self.session._watcher = Watcher(folder, poll=poll, every_s=0.02 if poll else 0.3)
        self.log = LogFile(folder / "training.log")
        self.pane = LogLines(self.log)
        self.watch = LogWatch(self.log, self._take, look_s=0.05)
        self.index: LogIndex | None = None
        self.session.start(self._deliver)
        self.watch.start()

    def _take(self, index: LogIndex) -> None:
        self.index = index

    def _deliver(self, events: list[RunEvent]) -> None:
        self.run, self.looks = fold(self.run, events), self.looks + 1
        self.watch.wake()

    @property
    def epochs(self) -> Epochs:
        """Return what the curve has."""
        return self.run.curve.list_values("val_cosine")

    @property
    def lines(self) -> list[str]:
        """Return what the pane has: lines that it has read once are not read again."""
        index = self.index
        if index is None:
            return []
        self.pane.read(index, range(index.count))
        found = [self.pane.find(index, number) or () for number in range(index.count)]
        return ["".join(part.text for part in line) for line in found]

    def close(self) -> None:
        """End the threads."""
        self.session.stop()
        self.watch.stop()


@pytest.fixture
def follow(folder: RunFolder) -> Iterator[Callable[[bool], Watched]]:
    """Return a function that follows the folder's log, watched or polled."""
    opened: list[Watched] = []

    def start(poll: bool) -> Watched:
        opened.append(Watched(folder.path, poll=poll))
        return opened[-1]

    yield start
    for watched in opened:
        watched.close()
