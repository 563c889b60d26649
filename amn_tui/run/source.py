"""The files of a run as events: what is new in them, in an order that gives the same run however it is cut."""

import stat
from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import islice
from pathlib import Path
from typing import Any

from amn_tui.run.control import CONTROL_EVENTS
from amn_tui.run.folder import RunFolder
from amn_tui.run.formats.detect import DetectedDialect
from amn_tui.run.formats.ours import STEP_LINE, TIME_CHARS, OursDialect, is_surely_text
from amn_tui.run.guard_events import GUARD_EVENTS, SystemSampled
from amn_tui.run.model import HistoryRead, Logged, LogRestarted, Planned, ProblemFound, RunEvent
from amn_tui.run.plan_file import read_own_plan
from amn_tui.run.tail import Tail
from checks.errors import InputError
from checks.jsonl import decode_line
from checks.result import PREFLIGHT_EVENTS
from trainer.events import LogEvent, Text

DELETED = "it was deleted: what it had said is still shown, and a new one is read from its beginning"
NO_LINE = "\n"  # is in none


class Trouble:
    """What is wrong with one file, or the like, told when it changes: "" takes back what was said before."""

    def __init__(self, where: str) -> None:
        """Speak of `where`."""
        self._where = where
        self._told = ""

    def tell(self, words: str) -> list[RunEvent]:
        """Return what is to be said now that this is wrong, "" when nothing is."""
        if words == self._told:
            return []
        self._told = words
        return [ProblemFound(self._where, words)]


class RecordSource:
    """New events of one .jsonl file; torn and foreign lines are passed over."""

    def __init__(self, path: Path, kinds: Iterable[type[Any]]) -> None:
        """Read `path` from its beginning as lines of `kinds`."""
        self._tail = Tail(path)
        self._trouble = Trouble(path.name)
        self._kinds = tuple(kinds)

    def read(self) -> list[RunEvent]:
        """Return the events of the lines that are new."""
        events: list[RunEvent] = []
        while True:
            news = self._tail.read()
            events += self._trouble.tell(news.problem)
            events += [event for line in news.lines if (event := decode_line(line, self._kinds)) is not None]
            if not news.more:
                return events

    def close(self) -> None:
        """Let the file go."""
        self._tail.close()


class LogSource:
    """New events of the log, in whichever dialect it is."""

    def __init__(self, path: Path, *, follow: bool = False) -> None:
        """Read `path` from its beginning; a symbolic link only with `follow`."""
        self._tail = Tail(path, follow=follow)
        self._trouble = Trouble(path.name)
        self._dialect = DetectedDialect()
        self.more = False

    def read(self) -> list[RunEvent]:
        """Return what one chunk of new lines says; `more` tells that another is waiting. Plain text says nothing."""
        news, behind = self._tail.read(), self.more
        self.more = news.more
        events = self._trouble.tell(news.problem or (DELETED if self._tail.gone else ""))
        if news.restarted:
            self._dialect = DetectedDialect()
            events.append(LogRestarted())
        events += [Logged(event) for event in self._read_lines(news.lines)]
        if news.more or behind:
            events.append(HistoryRead(self._tail.share if news.more else 1.0))
        return events

    def _read_lines(self, lines: Iterable[str]) -> Iterator[LogEvent]:
        """Yield what lines say; of a row of steps only the first and the last, since the others change nothing.

        Text says nothing and ends no row.
        """
        row: list[str] = []
        read, ours = self._dialect.read, self._dialect.name == OursDialect.name
        same = NO_LINE  # what a step of the same epoch has behind its time: nearly every line has
        for line in lines:
            if line.startswith(same, TIME_CHARS):
                row.append(line)
                continue
            if ours and is_surely_text(line):
                continue
            if ours and (step := STEP_LINE.match(line)):
                same = line[TIME_CHARS : step.end()]
                row.append(line)
                continue
            if isinstance(event := read(line), Text):
                continue
            yield from self._read_row(row)
            row = []
            ours = self._dialect.name == OursDialect.name
            yield event
        yield from self._read_row(row)

    def _read_row(self, row: list[str]) -> Iterator[LogEvent]:
        first = next(self._read_steps(row), None)
        if first is not None:
            yield first
            if len(row) > 1:
                yield from islice(self._read_steps(reversed(row)), 1)

    def _read_steps(self, lines: Iterable[str]) -> Iterator[LogEvent]:
        return (event for line in lines if not isinstance(event := self._dialect.read(line), Text))

    def close(self) -> None:
        """Let the file go."""
        self._tail.close()


class PlanSource:
    """The run folder's plan, read again whenever it is another one."""

    def __init__(self, path: Path) -> None:
        """Read `path`, which need not exist yet."""
        self._path = path
        self._trouble = Trouble(path.name)
        self._seen: tuple[int, int, int] | None = None

    def read(self) -> list[RunEvent]:
        """Return the plan if it is new, or what is wrong with it."""
        try:
            status = self._path.lstat()
        except OSError:
            return []
        identity = status.st_ino, status.st_mtime_ns, status.st_size
        if identity == self._seen:
            return []
        self._seen = identity
        if not stat.S_ISREG(status.st_mode):  # to open a FIFO would be to wait for ever
            return self._trouble.tell(f"{self._path}: not a regular file")
        try:
            return [*self._trouble.tell(""), Planned(*read_own_plan(self._path))]
        except InputError as error:
            return self._trouble.tell(str(error))


class RunSource:
    """All files of a run folder, or a log alone."""

    def __init__(self, path: Path) -> None:
        """Read a run folder, or a bare log file."""
        folder = RunFolder(path)
        bare = not path.is_dir()
        self.log = LogSource(path if bare else folder.log, follow=bare)
        self.plan = None if bare else PlanSource(folder.plan)
        kinds = {folder.preflight: PREFLIGHT_EVENTS, folder.guard_log: GUARD_EVENTS, folder.control: CONTROL_EVENTS,
                 folder.system: (SystemSampled,)}  # fmt: skip
        self.records = [] if bare else [RecordSource(file, known) for file, known in kinds.items()]

    def read(self) -> list[RunEvent]:
        """Return what is new: the plan, then everything recorded by its time, then what the log says."""
        planned = self.plan.read() if self.plan else []
        # Each file keeps its order, also where the clock was set back while it was written.
        recorded = merge(*(source.read() for source in self.records), key=lambda event: getattr(event, "time", 0.0))
        return [*planned, *recorded, *self.log.read()]

    def close(self) -> None:
        """Let all files go."""
        self.log.close()
        for source in self.records:
            source.close()
