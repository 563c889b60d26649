"""A run as plain lines, for pipes, cron, dumb terminals and --headless: one line an event, no escapes, and an end."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from amn_tui.run.exit_code import decide_exit_code, list_broken
from amn_tui.run.fold import fold
from amn_tui.run.folder import RunFolder
from amn_tui.run.model import GuardSeen, ProblemFound, Run, RunEvent
from amn_tui.run.outcome import ExitCode, Phase
from amn_tui.run.session import RunReader
from amn_tui.run.text import sanitize
from amn_tui.run.trainer_process import read_last_line
from amn_tui.run.watch import Watcher
from amn_tui.ui.event_words import tell
from amn_tui.ui.notice import Notifier, list_notices
from amn_tui.ui.past import Past
from amn_tui.ui.progress_line import ProgressLine, can_rewrite

FIRST_SIGN_S = 30.0


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
    notifier = Notifier(notify, lambda where, words: warn(f"{where}: {words}") if words else None)
    printer = Printer(stream, Past(since_s), notifier, inline=inline)
    reader, run, began_s = RunReader(path), Run(str(path)), time.monotonic()
    watcher = Watcher(path if path.is_dir() else path.parent, poll=poll)
    watcher.start()
    try:
        if watcher.problem:
            printer.say(tell(ProblemFound("watching", watcher.problem)))
        while True:
            events = reader.read()
            before, run = run, fold(run, events)
            printer.show_new(before, run, events)
            if reader.source.log.more:
                continue
            if _is_over(run, since_s):
                return _conclude(run, stream)
            waiting = since_s is not None and time.monotonic() - began_s < FIRST_SIGN_S
            if run.guard is None and not waiting:
                return _give_up(run, stream, launched=since_s is not None)
            printer.show_progress(run)
            watcher.wait()
    finally:
        printer.erase_progress()
        notifier.stop()
        watcher.stop()
        reader.source.close()


class Printer:
    """Writes what is new in a run, once, and keeps the line beneath it."""

    def __init__(self, out: TextIO, past: Past, notifier: Notifier, *, inline: bool) -> None:
        """Write to `out`, without what is `past`; with a line beneath where it is `inline`."""
        self._out, self._past, self._notifier = out, past, notifier
        self._line = ProgressLine(out, rewrites=can_rewrite(out)) if inline else None
        self._seen = ""

    def say(self, words: str) -> None:
        """Write a line, unless there is nothing to say."""
        if words:
            self._out.write(sanitize(words) + "\n")

    def show_new(self, before: Run, run: Run, events: Sequence[RunEvent]) -> None:
        """Write what these events say, and tell the addresses; `before` is the run without them."""
        if events:
            self.erase_progress()
        for notice in list_notices(before, run, time.time()):
            self._notifier.send(notice)
        for event in events:
            self.say("" if self._past.holds(event) else self._tell_new(event))
        if run.plan_changed and not before.plan_changed:
            self.say("plan.toml is not what this run began with: the guard goes on with that")
        self._out.flush()

    def _tell_new(self, event: RunEvent) -> str:
        """Say an event; one that comes every few seconds, and mostly says nothing new, only when it does."""
        words = tell(event)
        if not isinstance(event, GuardSeen):
            return words
        before, self._seen = self._seen, words
        return "" if words == before else words

    def show_progress(self, run: Run) -> None:
        """Bring the line beneath up to date."""
        if self._line is not None:
            self._line.show(run)

    def erase_progress(self) -> None:
        """Take the line beneath away."""
        if self._line is not None:
            self._line.erase()


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
