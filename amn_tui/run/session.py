"""One thread turns the files of a run into batches of events for whoever shows it."""

import getpass
import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from amn_tui.run.control import MonitorAttached, MonitorDetached, ask
from amn_tui.run.disk_room import DiskWatch
from amn_tui.run.fold import fold
from amn_tui.run.folder import RunFolder
from amn_tui.run.guard_events import GuardStarted, RunEnded, TrainerAdopted
from amn_tui.run.liveness import Machine, declare_lost, look_at, this_machine
from amn_tui.run.model import GuardSeen, ProblemFound, Run, RunEvent
from amn_tui.run.pace import Pace
from amn_tui.run.process import identify_self
from amn_tui.run.source import RunSource, Trouble
from amn_tui.run.watch import Watcher
from checks.result import PreflightEnded, PreflightStarted
from checks.verdict import Verdict

STREAM_PER_S = 3.0  # so often is a log read that never rests; the screen shows no more
SILENT_S = 15.0  # a guard signs every 4 s
Deliver = Callable[[list[RunEvent]], None]


class RunReader:
    """Reads a run to its present end, and says when it ended without anybody seeing it."""

    def __init__(self, path: Path, machine: Machine | None = None) -> None:
        """Read the run folder or bare log at `path`."""
        self.source = RunSource(path)
        self._folder = RunFolder(path)
        self._machine = machine or this_machine()
        self._over = False  # ended, blocked, or declared lost: nothing needs to live any more
        self._seen: GuardSeen | None = None
        self._signed_s = 0.0  # monotonic: clocks of two machines differ, so only a sign that changes counts
        self._disk = DiskWatch(path if path.is_dir() else path.parent)

    def read(self) -> list[RunEvent]:
        """Return what is new; a chunk of the log at a time, `source.log.more` tells that there is more."""
        # Who lives is asked before the files are read: a guard writes how a run ended before it goes.
        seen = look_at(self._folder, self._machine)
        events = self.source.read()
        for event in events:
            self._follow(event)
        events += self._disk.look(going=seen.alive is True and not self._over)
        if seen.state is None or self._over:
            return events
        seen = self._time_sign(seen)
        if seen != self._seen:
            self._seen = seen
            events.append(seen)
        if not self.source.log.more and (lost := declare_lost(seen, self._machine)):
            self._over = True
            events.append(lost)
        return events

    def _time_sign(self, seen: GuardSeen) -> GuardSeen:
        """Tell a guard that is silent: one that hangs, or one on a machine of which nothing else is known."""
        now_s = self._machine.monotonic()
        if self._seen is None or seen.state != self._seen.state:
            self._signed_s = now_s
        return replace(seen, silent=seen.alive is not False and now_s - self._signed_s >= SILENT_S)

    def _follow(self, event: RunEvent) -> None:
        if isinstance(event, (GuardStarted, TrainerAdopted, PreflightStarted)):
            self._over = False
        elif isinstance(event, RunEnded):
            self._over = True
        elif isinstance(event, PreflightEnded):
            self._over = event.verdict in (Verdict.FAIL, Verdict.ERROR)

    @property
    def guard_lives(self) -> bool:
        """Tell whether a guard is there that would hear what an operator asks."""
        return not self._over and self._seen is not None and self._seen.alive is True


def read_run(path: Path, machine: Machine | None = None) -> Run:
    """Return the run as its files tell it now."""
    reader = RunReader(path, machine)
    run = Run(str(path))
    while True:
        run = fold(run, reader.read())
        if not reader.source.log.more:
            reader.source.close()
            return run


class Session:
    """Follows a run in a thread of its own and delivers batches of events, at most 15 a second, and few of a stream."""

    def __init__(self, path: Path, *, poll: bool = False, read_only: bool = False, by: str | None = None) -> None:
        """Prepare to follow `path`; `read_only` leaves no trace in the folder, `poll` does without watchdog."""
        self._path = path
        self._folder = RunFolder(path)
        self._read_only = read_only or not path.is_dir()
        self.by = by or name_operator()
        self._watcher = Watcher(path if path.is_dir() else path.parent, poll=poll)
        self._stopping = threading.Event()
        self._attached = False
        self._thread: threading.Thread | None = None

    def start(self, deliver: Deliver) -> None:
        """Begin to deliver; the first batch comes at once and holds what is there."""
        self._thread = threading.Thread(target=self._work, args=(deliver,), name="session", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread and say that this monitor left."""
        self._stopping.set()
        self._watcher.wake()
        if self._thread is not None:
            self._thread.join()

    def _work(self, deliver: Deliver) -> None:
        self._watcher.start()
        reader = RunReader(self._path)
        try:
            self._follow(reader, deliver)
        finally:
            reader.source.close()
            self._watcher.stop()
            if self._attached:
                self._ask(MonitorDetached(time.time(), identify_self()))

    def _follow(self, reader: RunReader, deliver: Deliver) -> None:
        """Read, deliver, wait; files that cannot be read are said, never raised."""
        reading, watching, pace = Trouble("session"), Trouble("watching"), Pace(STREAM_PER_S)
        while not self._stopping.is_set():
            try:
                events = [*reader.read(), *reading.tell("")]
            except Exception as error:  # noqa: BLE001 (whatever a folder holds, the screen stays and says so)
                events = reading.tell(f"{type(error).__name__}: {error}")
            events += watching.tell(self._watcher.problem)
            if reader.guard_lives and not self._attached and not self._read_only:
                self._attached = True
                events += self._ask(MonitorAttached(time.time(), self.by, identify_self()))
            deliver(events)  # an empty batch too: text that says nothing may be new in the log, and is shown
            if not reader.source.log.more:
                self._stopping.wait(pace.wait_s(time.monotonic()))
                if not self._stopping.is_set():
                    self._watcher.wait(streaming=pace.is_slowed and bool(events))

    def _ask(self, event: MonitorAttached | MonitorDetached) -> list[RunEvent]:
        try:
            ask(self._folder, event)
        except OSError as error:
            return [ProblemFound("control.jsonl", f"cannot be written: {error.strerror}; alarms will not wait for you")]
        return []


def name_operator() -> str:
    """Return who sits at this monitor: the login name, as far as it is known."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"uid {os.getuid()}"
