"""python -m amn_tui.run.guard RUN_DIR: the trainer's parent. It judges the gates, stops the run, records how it ended.

It has no screen. What it decides is in supervision.py, ladder.py and ending.py; this is what it does.
"""

import platform
import signal
import sys
import time
from collections import deque
from dataclasses import replace
from pathlib import Path

import psutil

from amn_tui.run.attendance import Attendance
from amn_tui.run.control import CONTROL_EVENTS, ControlEvent
from amn_tui.run.ending import Exit, decide_outcome, name_signal
from amn_tui.run.folder import RunFolder, write_whole
from amn_tui.run.formats.detect import DetectedDialect
from amn_tui.run.guard_events import (
    AlarmRaised,
    GuardEvent,
    GuardStarted,
    GuardState,
    ProcessIdentity,
    RunEnded,
    Rung,
    StopEscalated,
    SystemSampled,
    TrainerStarted,
)
from amn_tui.run.history import read_baselines, read_waived_gates
from amn_tui.run.lock import take_lock
from amn_tui.run.outcome import OUTCOME_CODES, ExitCode
from amn_tui.run.plan import Prepared
from amn_tui.run.plan_file import read_plan
from amn_tui.run.process import adopt_orphans, identify_self
from amn_tui.run.sample import Sampler, count_oom_kills
from amn_tui.run.source import RecordSource
from amn_tui.run.supervision import Facts, Supervision, decide, hear_log, judge_at_end
from amn_tui.run.sweep import RunMark, list_members, push, reap_orphans
from amn_tui.run.tail import Tail
from amn_tui.run.trainer_process import (
    Child,
    Waiter,
    identify_child,
    ignore_terminal_signals,
    peek_exit,
    read_last_line,
    spawn_trainer,
)
from checks.errors import InputError
from checks.jsonl import append_line, encode_line

TICK_S = 0.25
SAMPLE_EVERY_S = 5.0


class Guard:
    """One run's guard: hears the log and the operators, does what `decide` says, writes down what happened."""

    def __init__(self, folder: RunFolder, prepared: Prepared, state: Supervision) -> None:
        """Guard the run in `folder`; the trainer is started by `run`."""
        self.folder = folder
        self.prepared = prepared
        self.state = state
        self.identity = identify_self()
        self.trainer: ProcessIdentity | None = None
        self.terminated = False
        self._log = Tail(folder.log)
        self._dialect = DetectedDialect()
        self._control = RecordSource(folder.control, CONTROL_EVENTS)
        self._attendance = Attendance()
        self._began_s = psutil.Process().create_time()  # before preflight: the same process went through it
        self._sampler = Sampler(folder.path)
        self._sampled_s = float("-inf")
        self._unwritten: deque[tuple[Path, GuardEvent | SystemSampled]] = deque(maxlen=10_000)
        self._forbidden: frozenset[int] = frozenset()

    def run(self, lock: int) -> int:
        """Start the trainer, see it to its end, and return the exit code of the outcome."""
        self.record(GuardStarted(time.time(), self.identity, platform.node()))
        oom_kills = count_oom_kills()
        try:
            child = spawn_trainer(self.prepared, self.folder, str(self.folder.path), lock)
        except OSError as error:
            return self.end(Exit(problem=f"{self.prepared.argv[0]}: {error.strerror}"))
        self.trainer = identify_child(child)
        self.record(TrainerStarted(time.time(), self.trainer, self.prepared.argv))
        ended = self.watch(child)
        return self.end(replace(ended, oom=count_oom_kills() > oom_kills))

    def watch(self, child: Child) -> Exit:
        """Tick until the trainer has ended and, where the run was stopped, nothing of it is left."""
        mark = RunMark(self.identity.pid, identify_child(child), str(self.folder.path))
        waiter = Waiter(child.pid)
        ended = None
        while True:
            if ended is None and (ended := peek_exit(child.pid)) is not None:
                waiter.rest()
            self.tick(mark, gone=ended is not None and self.state.asked is None)
            if ended is not None and self.is_clean(mark):
                child.wait()
                return ended
            waiter.wait(TICK_S)

    def is_clean(self, mark: RunMark) -> bool:
        """Tell whether the run is over: nothing left that a stop could still end."""
        reap_orphans(mark.trainer.pid)
        if self.state.asked is None:
            return True
        left = {row.pid for row in list_members(mark) if row.pid != mark.trainer.pid}
        # The main process is gone: what it left behind gets no more requests, and its grace is over.
        if left - self._forbidden and self.state.stop and self.state.stop.rung is not Rung.KILL_ALL:
            self._push(mark, Rung.TERM_GROUP)
            self.state = replace(self.state, stop=replace(self.state.stop, rung=Rung.KILL_ALL))
            self.record(StopEscalated(time.time(), Rung.KILL_ALL, None, tuple(sorted(left))))
        return not left - self._forbidden

    def tick(self, mark: RunMark, *, gone: bool) -> None:
        """Hear, decide, do, write."""
        now_s, monotonic_s = time.time(), time.monotonic()
        self._hear_log(monotonic_s)
        requests = tuple(self._hear_control())
        facts = Facts(now_s, monotonic_s, requests, self._attendance.is_attended(), self.terminated, gone)
        self.state, events = decide(self.state, facts)
        for event in events:
            done = event
            if isinstance(event, StopEscalated):
                done = replace(event, pids=self._push(mark, event.rung))
            self.record(done)
        if self.state.stop is not None and self.state.stop.rung is Rung.KILL_ALL:
            self._push(mark, Rung.KILL_ALL)
        if monotonic_s - self._sampled_s >= SAMPLE_EVERY_S or events:
            self._sampled_s = monotonic_s
            self._write(self.folder.system, self._sampler.sample(list_members(mark), now_s, monotonic_s))
            self._sign("alarm" if any(isinstance(e, AlarmRaised) for e in events) else "training")

    def _hear_log(self, monotonic_s: float) -> None:
        more = True
        while more:
            news = self._log.read()
            if news.restarted:
                self._dialect = DetectedDialect()
                self.state = replace(self.state, curve=replace(self.state.curve, resumed=True))
            self.state = hear_log(self.state, [self._dialect.read(line) for line in news.lines], monotonic_s)
            more = news.more

    def _hear_control(self) -> list[ControlEvent]:
        """Return what was asked since this process began; who came before and is still there counts as there."""
        events = [event for event in self._control.read() if isinstance(event, CONTROL_EVENTS)]
        for event in events:
            self._attendance.hear(event)
        return [event for event in events if event.time >= self._began_s]

    def _push(self, mark: RunMark, rung: Rung) -> tuple[int, ...]:
        pids, forbidden = push(rung, mark)
        self._forbidden |= forbidden
        return pids

    def end(self, ended: Exit) -> int:
        """Write down how the run ended, with the verdicts that only its end can give."""
        if self.trainer is not None:
            self._hear_log(time.monotonic())
        for judged in judge_at_end(self.state, time.time()):
            self.record(judged)
        outcome, words = decide_outcome(ended, self.state.asked, self.state.curve, is_ours=self.state.plan.run.is_ours)
        if ended.code and self.state.asked is None:
            words += f": {read_last_line(self.folder.log)}"
        number = None if ended.signal is None else name_signal(ended.signal)
        survivors = tuple(sorted(self._forbidden))
        if survivors:
            words += f"; could not stop {', '.join(map(str, survivors))}: permission denied"
        self.record(RunEnded(time.time(), outcome, words, ended.code, number, survivors))
        self._sign("ended")
        return OUTCOME_CODES[outcome]

    def record(self, event: GuardEvent) -> None:
        """Append an event to guard.jsonl."""
        self._write(self.folder.guard_log, event)

    def _write(self, path: Path, event: GuardEvent | SystemSampled) -> None:
        """Append; on a full disk keep what could not be written and try again the next time."""
        self._unwritten.append((path, event))
        try:
            while self._unwritten:
                append_line(*self._unwritten[0])
                self._unwritten.popleft()
        except OSError as error:
            sys.stderr.write(f"{path}: {error.strerror}\n")

    def _sign(self, state: str) -> None:
        sign = GuardState(time.time(), self.identity, self.trainer, platform.node(), state)
        try:
            write_whole(self.folder.guard_state, encode_line(sign))
        except OSError as error:
            sys.stderr.write(f"{self.folder.guard_state}: {error.strerror}\n")


def guard_run(folder: RunFolder) -> int:
    """Guard the prepared run in `folder` to its end; raises InputError when it cannot be begun."""
    plan = read_plan(folder.plan)
    if plan.prepared is None:
        raise InputError(folder.plan, "prepared", "nothing", "a plan written by amn-tui launch")
    lock = take_lock(folder)
    ignore_terminal_signals()
    adopt_orphans()
    state = Supervision(plan, read_baselines(folder), alarmed=read_waived_gates(folder))
    guard = Guard(folder, plan.prepared, state)

    def terminate(_number: int, _frame: object) -> None:
        guard.terminated = True

    signal.signal(signal.SIGTERM, terminate)
    return guard.run(lock)


def main() -> None:
    """Guard the run folder that is named; errors go to stderr, which the launcher keeps in guard.err."""
    try:
        code = guard_run(RunFolder(Path(sys.argv[1])))
    except InputError as error:
        sys.stderr.write(f"{error}\n")
        code = ExitCode.ERROR
    sys.exit(code)


if __name__ == "__main__":
    main()
