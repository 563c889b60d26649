"""A run as plain lines, for pipes, cron, dumb terminals and --headless: one line an event, no escapes, and an end."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from amn_tui.run.exit_code import decide_exit_code, list_broken
from amn_tui.run.fold import fold
from amn_tui.run.folder import RunFolder
from amn_tui.run.guard_events import (
    AlarmRaised,
    AlarmWaived,
    GateJudged,
    RunEnded,
    StopAsked,
    StopEscalated,
    TrainerAdopted,
    TrainerStarted,
)
from amn_tui.run.model import GuardSeen, Logged, ProblemFound, Run, RunEvent
from amn_tui.run.outcome import ExitCode, Phase
from amn_tui.run.session import RunReader
from amn_tui.run.text import sanitize
from amn_tui.run.trainer_process import read_last_line
from amn_tui.run.watch import Watcher
from amn_tui.ui.notice import Notifier, list_notices
from amn_tui.ui.past import Past
from amn_tui.ui.progress_line import ProgressLine, can_rewrite
from checks.printer import say_cached
from checks.result import CheckEnded, PreflightEnded
from trainer.events import EpochEnded

FIRST_SIGN_S = 30.0
SHOWN = ("val_cosine", "train_cosine", "ood_cosine", "val_loss", "loss", "lr", "seconds")


def run_plain(
    path: Path,
    *,
    out: TextIO | None = None,
    since_s: float | None = None,
    poll: bool = False,
    inline: bool = False,
    notify: Sequence[str] = (),
) -> int:
    """Print what happens in a run until it ends; return the exit code.

    With `inline` a line beneath says where it is; the addresses in `notify` are told of an alarm and the end.

    `since_s`, in Unix seconds, is when it was launched or told to go on: its guard is about to appear, and how an
    earlier part of it went is neither told again nor its end.
    """
    stream = out or sys.stdout
    line = ProgressLine(stream, rewrites=can_rewrite(stream)) if inline else None
    notifier = Notifier(notify, lambda where, words: warn(f"{where}: {words}") if words else None)
    reader, run, began_s, past = RunReader(path), Run(str(path)), time.monotonic(), Past(since_s)
    watcher, seen = Watcher(path if path.is_dir() else path.parent, poll=poll), ""
    watcher.start()
    try:
        if watcher.problem:
            stream.write(sanitize(tell(ProblemFound("watching", watcher.problem))) + "\n")
        while True:
            events = reader.read()
            before, run = run, fold(run, events)
            if line is not None and events:
                line.erase()
            for notice in list_notices(before, run, time.time()):
                notifier.send(notice)
            for event in events:
                words = "" if past.holds(event) else tell(event)
                if isinstance(event, GuardSeen):  # comes every few seconds, and mostly says nothing new
                    words, seen = ("" if words == seen else words), words
                if words:
                    stream.write(sanitize(words) + "\n")
            if run.plan_changed and not before.plan_changed:
                stream.write("plan.toml is not what this run began with: the guard goes on with that\n")
            stream.flush()
            if reader.source.log.more:
                continue
            if _is_over(run, since_s):
                return _conclude(run, stream)
            waiting = since_s is not None and time.monotonic() - began_s < FIRST_SIGN_S
            if run.guard is None and not waiting:
                return _give_up(run, stream, launched=since_s is not None)
            if line is not None:
                line.show(run)
            watcher.wait()
    finally:
        if line is not None:
            line.erase()
        notifier.stop()
        watcher.stop()
        reader.source.close()


def warn(words: str) -> None:
    """Write a line to stderr: lines on stdout are about the run."""
    sys.stderr.write(sanitize(words) + "\n")


def _is_over(run: Run, since_s: float | None) -> bool:
    latest_s = max(run.phase_at or 0.0, run.ended.time if run.ended else 0.0)
    return run.phase in (Phase.ENDED, Phase.BLOCKED) and (since_s is None or latest_s >= since_s)


def _conclude(run: Run, out: TextIO) -> int:
    code = decide_exit_code(run)
    if run.phase is Phase.BLOCKED:
        out.write("BLOCKED: a check did not pass; fix it, or launch with --override CHECK=REASON\n")
    elif broken := list_broken(run):
        out.write(f"did not hold: {', '.join(map(sanitize, broken))}\n")
    return code


def _give_up(run: Run, out: TextIO, *, launched: bool) -> int:
    """End where no guard is: a log of something else is read and left, a launch that shows no sign has failed."""
    if not launched:
        out.write("no guard is known here: this is all there is so far\n")
        return decide_exit_code(run)
    said = sanitize(read_last_line(RunFolder(Path(run.path)).guard_errors)) or "it said nothing"
    out.write(f"LOST: no sign of the launch after {FIRST_SIGN_S:g} s: {said}\n")
    return ExitCode.LOST


def tell(event: RunEvent) -> str:
    """Say an event in one line; empty for one that says nothing new."""
    match event:
        case CheckEnded():
            return _tell_check(event)
        case PreflightEnded(_, verdict, baselines):
            shown = " ".join(f"{name}={value:.3f}" for name, value in baselines.items())
            return f"preflight {verdict}  {shown}"
        case TrainerStarted(_, trainer, argv):
            return f"training started: process {trainer.pid}: {' '.join(argv)}"
        case Logged(EpochEnded(epoch, epochs, values)):
            shown = " ".join(f"{key}={values[key]:.6g}" for key in SHOWN if key in values)
            return f"epoch {epoch}/{epochs}  {shown}"
        case GateJudged(_, gate, verdict, words, advice):
            return f"gate {verdict}  {gate}: {words}{f' ({advice})' if advice else ''}"
        case AlarmRaised(at, _, gate, words, advice, deadline):
            return f"ALARM  {gate}: {words}; stopping in {max(0.0, deadline - at):.0f} s. {advice}"
        case AlarmWaived(_, _, by, reason):
            return f"waived by {by}: {reason}"
        case GuardSeen() if event.orphaned:
            return "UNGUARDED: gates are off: the guard is gone, training goes on"
        case GuardSeen(state) if state is not None and state.paused:
            return "the trainer was stopped by a signal; SIGCONT continues it"
        case GuardSeen(silent=True):
            return "the guard gives no sign of life"
        case TrainerAdopted(_, guard, _, trainer):
            return f"guarded again: process {guard.pid} has adopted the trainer, process {trainer.pid}"
        case _:
            return _tell_end(event)


def _tell_check(ended: CheckEnded) -> str:
    control = ended.control
    proof = f" [control: {control.broken}: {control.verdict}]" if control else ""
    took = f"{ended.seconds:.1f} s" if ended.measured_at is None else say_cached(ended.measured_at)
    overridden = f" [overridden: {ended.overridden}]" if ended.overridden else ""
    return f"check {ended.verdict}  {ended.check}: {ended.detail}{proof}{overridden} ({took})"


def _tell_end(event: RunEvent) -> str:
    match event:
        case StopAsked(_, by, reason):
            return f"stopping: {by}{f': {reason}' if reason else ''}"
        case StopEscalated(_, rung, _, pids):
            return f"stopping: {rung} {' '.join(map(str, pids))}".rstrip()
        case RunEnded(_, outcome, words):
            return f"{outcome}: {words}"
        case ProblemFound(where, words):
            return f"problem: {where}: {words}" if words else f"no longer a problem: {where}"
        case _:
            return ""
