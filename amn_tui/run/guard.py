"""python -m amn_tui.run.guard RUN_DIR: the trainer's parent. It judges the gates, stops the run, records how it ended.

It has no screen. What it decides is in supervision.py, ladder.py and ending.py; this is what it does.
"""

import signal
import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path

from amn_tui.run.attendance import Attendance
from amn_tui.run.calm import CalmSteps
from amn_tui.run.control import CONTROL_EVENTS, ControlEvent
from amn_tui.run.detached import end_with
from amn_tui.run.disk_room import is_full, measure_room
from amn_tui.run.ending import Exit, decide_outcome, name_signal
from amn_tui.run.folder import RunFolder
from amn_tui.run.formats.detect import DetectedDialect
from amn_tui.run.formats.ours import OursDialect
from amn_tui.run.guard_events import (
    GuardStarted,
    ProcessIdentity,
    RunEnded,
    Rung,
    StopEscalated,
    TrainerAdopted,
    TrainerStarted,
)
from amn_tui.run.guard_record import GuardRecord, Pulse
from amn_tui.run.history import Interrupted, find_part, read_baselines, read_waived_gates
from amn_tui.run.liveness import this_machine
from amn_tui.run.lock import take_lock
from amn_tui.run.outcome import OUTCOME_CODES, ExitCode, Outcome
from amn_tui.run.plan import Prepared
from amn_tui.run.plan_file import read_own_plan
from amn_tui.run.process import adopt_orphans, identify_self
from amn_tui.run.process_table import ProcessRow, list_rows
from amn_tui.run.sample import OomWatch, Sampler
from amn_tui.run.secret import mask_argv, recall_command
from amn_tui.run.source import RecordSource
from amn_tui.run.supervision import (
    Facts,
    Supervision,
    decide,
    hear_log,
    is_over,
    judge_at_end,
    note_restart,
    recall_log,
    take_over,
)
from amn_tui.run.sweep import RunMark, list_members, push, reap_orphans
from amn_tui.run.tail import Tail
from amn_tui.run.torchrun import read_failure
from amn_tui.run.trainer_process import (
    AdoptedTrainer,
    OwnTrainer,
    Waiter,
    ignore_terminal_signals,
    read_last_line,
    spawn_trainer,
)
from checks.errors import InputError
from trainer.events import LogEvent

TICK_S = 0.25
SAMPLE_EVERY_S = 4.0
CHUNK_BYTES = 1 << 17  # what is read of the log between two looks at what operators ask
LAST_WORDS_S = 15.0  # how long the rest of a flooded log is read once its writer has ended


class Guard:
    """One run's guard: hears the log and the operators, does what `decide` says, writes down what happened."""

    def __init__(
        self, folder: RunFolder, prepared: Prepared, state: Supervision, began_s: float, plan_mark: str = ""
    ) -> None:
        """Guard the run in `folder`, launched at `began_s` (Unix seconds); the trainer is started by `run`."""
        self.folder = folder
        self.prepared = prepared
        self.state = state
        self.terminated = False
        self.trainer: ProcessIdentity | None = None
        self._identity = identify_self()
        self._record = GuardRecord(folder, self._identity)
        self._log = Tail(folder.log, chunk_bytes=CHUNK_BYTES)
        self._dialect = DetectedDialect()
        self._calm = CalmSteps(state.judged.gates)
        self._control: RecordSource | None = None
        self._attendance = Attendance()
        self._began_s = began_s
        self._plan_mark = plan_mark
        self._sampler = Sampler(folder.path)
        self._oom = OomWatch()
        self._sampled_s = float("-inf")
        self._forbidden: frozenset[int] = frozenset()

    def run(self, lock: int) -> int:
        """Start the trainer, see it to its end, and return the exit code of the outcome."""
        self._record.record(GuardStarted(time.time(), self._identity, this_machine().host, self._plan_mark))
        if recalled := self._read_whole_log():
            self.state = recall_log(self.state, recalled)
        try:
            child = spawn_trainer(
                self.prepared, self.folder, str(self.folder.path), lock, grace_s=self.state.plan.run.grace_s
            )  # fmt: skip
        except OSError as error:
            named = error.filename or self.prepared.argv[0]
            return self.end(Exit(problem=f"{named}: {error.strerror}"), ())
        trainer = OwnTrainer(child)
        self.trainer = trainer.identity
        self._record.sign(self.trainer, "training")
        self._record.record(TrainerStarted(time.time(), self.trainer, mask_argv(self.prepared.argv)))
        return self._see_to_end(trainer)

    def adopt(self, trainer: ProcessIdentity, left: Interrupted) -> int:
        """Guard a trainer whose guard was killed, which has `left` this.

        What an earlier part of the run has logged is remembered; what this one has, watched or not, is judged.
        """
        self.trainer = trainer
        self._record.sign(trainer, "training")
        self._record.record(TrainerAdopted(time.time(), self._identity, this_machine().host, trainer))
        events = self._read_whole_log()
        began = find_part(events, left.began_s) if left.parts > 1 else 0
        if began:
            self.state = recall_log(self.state, events[:began])
        self.state = take_over(hear_log(self.state, events[began:], time.monotonic()), left.told)
        return self._see_to_end(AdoptedTrainer(trainer))

    def _see_to_end(self, trainer: OwnTrainer | AdoptedTrainer) -> int:
        self.state = replace(self.state, last_line_s=time.monotonic())
        return self.end(*self.watch(trainer))

    def watch(self, trainer: OwnTrainer | AdoptedTrainer) -> tuple[Exit, tuple[int, ...]]:
        """Tick until nothing of the run is left; return how the trainer ended, and which pids could not be ended."""
        mark = RunMark(self._identity.pid, trainer.identity, str(self.folder.path))
        waiter, began_s = Waiter(trainer.identity.pid), time.monotonic()
        ended, heard_until_s = None, float("inf")
        while True:
            if ended is None and (ended := trainer.peek_exit()) is not None:
                waiter.rest()
                full, lasted_s = is_full(self.folder), time.monotonic() - began_s
                ended = replace(ended, oom=self._oom.has_killed(), full=full, lasted_s=lasted_s)
                heard_until_s = time.monotonic() + LAST_WORDS_S
            more = self._hear_log()
            facts = self._look(mark, gone=ended is not None)
            self._act(mark, facts)
            if is_over(self.state, facts) and (not more or facts.monotonic_s >= heard_until_s):
                if ended is not None:
                    trainer.let_go()
                return ended or Exit(), facts.left or ()
            if not more:
                waiter.wait(TICK_S)

    def _look(self, mark: RunMark, *, gone: bool) -> Facts:
        """Ask what is so; the control file is read after the trainer was seen to have ended."""
        left = None
        if gone or (self.state.stop is not None and self.state.stop.rung is Rung.KILL_ALL):
            left = tuple(row.pid for row in self._sweep(mark))
        return Facts(
            time.time(), time.monotonic(), tuple(self._hear_control()), self._attendance.is_attended(), self.terminated,
            gone, left, self._forbidden, measure_room(self.folder),
        )  # fmt: skip

    def _act(self, mark: RunMark, facts: Facts) -> None:
        """Decide, do, write down."""
        self.state, events = decide(self.state, facts)
        for event in events:
            done = event
            if isinstance(event, StopEscalated):
                done = replace(event, pids=self._push(mark, event.rung))
            self._record.record(done)
        if self.state.stop is not None and self.state.stop.rung is Rung.KILL_ALL:
            self._push(mark, Rung.KILL_ALL)
        self._record.flush()
        if facts.monotonic_s - self._sampled_s >= SAMPLE_EVERY_S or events:
            self._sampled_s = facts.monotonic_s
            self._oom.look()
            rows = self._sweep(mark)
            self._record.sample(self._sampler.sample(rows, facts.now_s, facts.monotonic_s))
            paused = any(row.paused for row in rows if row.pid == mark.trainer.pid)
            self._record.sign(self.trainer, say_state(self.state), take_pulse(self.state, facts, paused=paused))

    def _sweep(self, mark: RunMark) -> list[ProcessRow]:
        rows = list_rows()
        reap_orphans(mark.trainer.pid, rows)
        return list_members(mark, rows)

    def _hear_log(self) -> bool:
        """Take in one chunk of the log; return whether there is more to read at once."""
        events, more = self._read_log()
        self.state = hear_log(self.state, events, time.monotonic())
        return more

    def _read_whole_log(self) -> list[LogEvent]:
        """Return what was logged before this guard came."""
        whole: list[LogEvent] = []
        more = True
        while more:
            events, more = self._read_log()
            whole += events
        return whole

    def _read_log(self) -> tuple[list[LogEvent], bool]:
        news = self._log.read()
        if news.restarted:
            self._dialect = DetectedDialect()
            self.state = note_restart(self.state)
        ours = self._dialect.name == OursDialect.name
        return [self._dialect.read(line) for line in (self._calm.thin(news.lines) if ours else news.lines)], news.more

    def _hear_control(self) -> list[ControlEvent]:
        """Return what was asked since this process began; who came before and is still there counts as there.

        The time of a line tells only of the first look: what is new after it is meant for this run, whatever clock
        it was written by.
        """
        first = self._control is None
        if self._control is None:
            self._control = RecordSource(self.folder.control, CONTROL_EVENTS)
        events = [event for event in self._control.read() if isinstance(event, CONTROL_EVENTS)]
        for event in events:
            self._attendance.hear(event)
        return [event for event in events if not first or event.time >= self._began_s]

    def _push(self, mark: RunMark, rung: Rung) -> tuple[int, ...]:
        pids, forbidden = push(rung, mark)
        self._forbidden |= forbidden
        return pids

    def end(self, ended: Exit, left: tuple[int, ...]) -> int:
        """Write down how the run ended, with the verdicts that only its end can give; `left` are its survivors."""
        for judged in judge_at_end(self.state, time.time()):
            self._record.record(judged)
        run = self.state.plan.run
        outcome, words = decide_outcome(
            ended, self.state.asked, self.state.curve, is_ours=run.is_ours, may_end_early=run.may_end_early
        )
        if ended.code and self.state.asked is None:
            words += f": {read_failure(self.folder.log, ended) or read_last_line(self.folder.log)}"
        if outcome is Outcome.CRASHED and ended.full:
            words += "; the disk is full"
        number = None if ended.signal is None else name_signal(ended.signal)
        if left:
            words += f"; could not stop {', '.join(say_survivor(pid, self._forbidden) for pid in left)}"
        self._record.record(RunEnded(time.time(), outcome, words, ended.code, number, left))
        self._record.sign(self.trainer, "ended")
        return OUTCOME_CODES[outcome] if self._record.settle() else ExitCode.ERROR


def say_state(state: Supervision) -> str:
    """Say in one word how the run stands, for the sign of life."""
    return "stopping" if state.asked else "alarm" if state.alarm else "training"


def take_pulse(state: Supervision, facts: Facts, *, paused: bool) -> Pulse:
    """Return when the log last grew, in Unix seconds, and how far apart its lines usually come."""
    usual_s = statistics.median(state.gaps_s) if state.gaps_s else None
    silent_s = None if state.last_line_s is None else facts.monotonic_s - state.last_line_s
    return Pulse(None if silent_s is None else facts.now_s - silent_s, usual_s, paused)


def say_survivor(pid: int, forbidden: frozenset[int]) -> str:
    """Say which process is left, and why."""
    return f"pid {pid} ({'permission denied' if pid in forbidden else 'it does not end'})"


def guard_run(folder: RunFolder, began_s: float) -> int:
    """Guard the prepared run in `folder` to its end; raises InputError when it cannot be begun.

    What operators asked before `began_s` (Unix seconds) was meant for an earlier part of the run.
    """
    plan, mark = read_own_plan(folder.plan)
    if plan.prepared is None:
        raise InputError(folder.plan, "prepared", "nothing", "a plan written by amn-tui launch")
    prepared = replace(plan.prepared, argv=recall_command(plan.prepared.argv, folder.plan))
    lock = take_lock(folder)
    state = Supervision(plan, read_baselines(folder), alarmed=read_waived_gates(folder))
    guard = Guard(folder, prepared, state, began_s, mark)
    take_post(guard)
    return guard.run(lock)


def take_post(guard: Guard) -> None:
    """Make this process one that guards: whose orphans come to it, and that stops its run when it is told to end."""
    ignore_terminal_signals()
    adopt_orphans()

    def terminate(_number: int, _frame: object) -> None:
        guard.terminated = True

    signal.signal(signal.SIGTERM, terminate)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})  # the starter blocked it


def main() -> None:
    """Guard the run folder that is named; errors go to stderr, which the launcher keeps in guard.err.

    After RUN_DIR may stand the moment of the launch, in Unix seconds, when the same process went through preflight
    first. (The start time that the system keeps for a process is rounded: it can lie a second too early.)
    """
    began_s = float(sys.argv[2]) if len(sys.argv) > 2 else time.time()
    end_with(lambda: guard_run(RunFolder(Path(sys.argv[1]).absolute()), began_s))


if __name__ == "__main__":
    main()
